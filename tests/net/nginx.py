# SPDX-License-Identifier: BSD-3-Clause
"""Debian's nginx as a server for load tests: good, slow to let go, and bad ones."""
import http.client
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile

import harness
from variant import in_url

BODY = b'lastack and nginx: 0123456789 abcdefghijklmnopqrstuvwxyz ABCDE\n'
FILES = 65535                           # Connections at once, if the machine allows it.
STATUS_WORDS = ('accepts', 'handled', 'requests')

# The last server is too slow for the one before it, which gives up within the body.
CONFIGURATION = '''
user root;
worker_processes {workers};
worker_rlimit_nofile {files};
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections {files}; multi_accept on; }}
http {{
    access_log off;
    default_type text/plain;
    server_tokens off;
    keepalive_requests 1000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    root {folder}/pages;
    open_file_cache max=100;
    server {{
        listen {address}:{port} backlog=65535;
        listen unix:{folder}/status.sock;
        location = /status {{ stub_status; }}
    }}
    server {{
        listen {address}:{close_port} backlog=65535;
        keepalive_timeout 0;
    }}
    server {{
        listen {address}:{error_port} backlog=65535;
        location / {{ return 503; }}
    }}
    server {{
        listen {address}:{length_port} backlog=65535;
        location / {{ return 200 "another length\\n"; }}
    }}
    server {{
        listen {address}:{cut_port} backlog=65535;
        location / {{
            proxy_pass http://unix:{folder}/cut.sock;
            proxy_buffering off;
            proxy_read_timeout 100ms;
        }}
    }}
    server {{
        listen unix:{folder}/cut.sock;
        root {folder}/long;
        limit_rate_after 1000;
        limit_rate 1;
    }}
}}
'''


class Nginx:
    """nginx, once it listens; enter is a command that enters its network namespace.

    port: BODY at /, keep-alive, and stub_status at /status; close_port: the same page,
    but nginx closes first; error_port: 503; length_port: a good response with a body of
    another length; cut_port: a response that ends before its Content-Length.
    """

    def __init__(self, address, enter=(), port=80, close_port=81, error_port=82,
                 length_port=83, cut_port=84, workers=1):
        self.folder = tempfile.mkdtemp(prefix='nginx-')
        self.asked = 0                  # Our own requests for the status.
        for name, body in (('pages', BODY), ('long', BODY * 100)):
            os.mkdir(f'{self.folder}/{name}')
            with open(f'{self.folder}/{name}/index.html', 'wb') as page:
                page.write(body)
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        files = FILES if hard == resource.RLIM_INFINITY else min(hard, FILES)
        path = f'{self.folder}/nginx.conf'
        with open(path, 'w', encoding='ascii') as file:
            file.write(CONFIGURATION.format(
                folder=self.folder, address=in_url(address), port=port, close_port=close_port,
                error_port=error_port, length_port=length_port, cut_port=cut_port,
                workers=workers, files=files))
        # A session of its own: a Ctrl-C is for the test, which then stops it.
        self.process = subprocess.Popen(
            [*enter, 'nginx', '-p', self.folder, '-c', path, '-e', f'{self.folder}/error.log',
             '-g', 'daemon off;'], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            harness.until('nginx answers', self.answers, 15)
        except AssertionError as failure:
            said = self.log()
            self.kill()
            raise AssertionError(f'{failure}\n{said}') from None

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f'nginx exited {self.process.returncode}')
        try:
            return self.ask_status()
        except OSError:
            return None

    def log(self):
        try:
            with open(f'{self.folder}/error.log', encoding='utf-8', errors='replace') as log:
                return log.read()[-3000:]
        except OSError:
            return ''

    def ask_status(self):
        """What stub_status says, by a socket that needs no network."""
        connection = http.client.HTTPConnection('localhost', timeout=10)
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.sock.settimeout(10)
            connection.sock.connect(f'{self.folder}/status.sock')
            self.asked += 1
            connection.request('GET', '/status')
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def status(self):
        """accepts, handled and requests of others than us; active, reading, writing and
        waiting with us, who are one that is being answered."""
        text = self.ask_status()
        numbers = [int(number) for number in re.findall(r'\d+', text)]
        if len(numbers) != 7:
            raise AssertionError(f'stub_status says {text!r}')
        counts = {word: number - self.asked
                  for word, number in zip(STATUS_WORDS, numbers[1:4])}
        return counts | dict(zip(('active', 'reading', 'writing', 'waiting'),
                                 numbers[:1] + numbers[4:]))

    def stop(self, seconds=15):
        """End it, and hold it to exit status 0."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(seconds * harness.PATIENCE)
        except subprocess.TimeoutExpired:
            code = None
        said = self.log()
        self.kill()
        if code != 0:
            raise AssertionError(f'nginx exited {code}:\n{said}')

    def kill(self):
        if self.process.poll() is None:
            self.process.terminate()    # The master takes its workers with it.
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
