# SPDX-License-Identifier: BSD-3-Clause
"""The kernel's HTTP clients: curl, ab, wrk."""
import os
import re
import socket
import struct
import tempfile

import harness
from harness import ADDRESS, FULL, HEADERS, HOST, MTU, TIMESTAMPS, run

WEB = f'http://{HOST}/'                 # The server closes after each response.
KEEP = f'http://{HOST}:8080/'           # Keep-alive.
BIG = f'http://{HOST}:8081/'            # A body of 1 MiB.
CODE_SIZE = ('-o', '/dev/null', '-w', '%{http_code} %{size_download}')
REQUESTS = 20000
COOKIE_MSS = 8960                       # The largest that a cookie remembers.


class Curl(harness.Case):
    def test_get(self):
        page = self.curl('-i', WEB).stdout
        self.assertTrue(page.startswith('HTTP/1.1 200 '), page)
        self.assertRegex(page, r'(?i)\ncontent-length: 64\r?\n')
        self.assertRegex(page, r'(?i)\nconnection: close\r?\n')

    def test_head_has_no_body(self):
        page = self.curl('-I', *CODE_SIZE, WEB)
        self.assertEqual(page.stdout, '200 0')

    def test_post_of_1_mib(self):
        with tempfile.NamedTemporaryFile() as body:
            body.write(os.urandom(1 << 20))
            body.flush()
            for url in (WEB, KEEP):
                page = self.curl(*CODE_SIZE, '--data-binary', f'@{body.name}', url)
                self.assertEqual(page.stdout, '200 64')

    def test_body_of_1_mib(self):
        self.assertEqual(self.curl(*CODE_SIZE, BIG).stdout, '200 1048576')

    def test_segments_are_as_long_as_the_mtu_allows(self):
        with socket.create_connection((ADDRESS, 8081), timeout=10) as sock:
            sock.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
            while sock.recv(1 << 16):
                pass
            told = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 32)
        sent, received = struct.unpack('8x2I2I8x', told)[2:]
        mss = MTU - HEADERS
        self.assertEqual((sent, received), (mss - TIMESTAMPS, min(mss, COOKIE_MSS) - TIMESTAMPS))

    def test_keep_alive_uses_one_connection(self):
        out = ('-o', '/dev/null') * 5
        page = self.curl('--http1.1', *out, '-w', '%{http_code} %{num_connects}\n', *[KEEP] * 5)
        self.assertEqual(page.stdout.split('\n')[:-1], ['200 1'] + ['200 0'] * 4)

    def test_connection_close_is_honoured(self):
        page = self.curl('-i', '-H', 'Connection: close', KEEP).stdout
        self.assertRegex(page, r'(?i)\nconnection: close\r?\n')

    def test_http_1_0(self):
        self.assertEqual(self.curl('--http1.0', *CODE_SIZE, KEEP).stdout, '200 64')

    def test_options_as_health_checks_send_it(self):
        for target in ('/', '*'):
            said = self.curl('-i', '-X', 'OPTIONS', '--request-target', target, KEEP, WEB).stdout
            self.assertEqual(said.count('HTTP/1.1 204 '), 2, said)
            self.assertEqual(said.count('Allow: GET, HEAD, POST, OPTIONS'), 2, said)
        self.assertEqual(self.answer_to(b'OPTIONS / HTTP/1.0\r\n\r\n')[9:12], b'204')

    def test_100_in_a_row(self):
        for _ in range(100):
            self.assertEqual(self.curl(*CODE_SIZE, WEB).stdout, '200 64')

    def test_bad_requests_are_told_and_the_next_works(self):
        for request, code in ((b'NONSENSE\r\n\r\n', b'400'),
                              (b'DELETE / HTTP/1.1\r\nHost: x\r\n\r\n', b'405'),
                              (b'GET / HTTP/1.1\r\nX: ' + b'y' * 70000 + b'\r\n\r\n', b'431'),
                              (b'\x00' * 100 + b'\r\n\r\n', b'400')):
            self.assertEqual(self.answer_to(request)[9:12], code, request[:40])
            self.get_works()

    @staticmethod
    def answer_to(request):
        with socket.create_connection((ADDRESS, 80), timeout=10) as sock:
            try:
                sock.sendall(request)
            except ConnectionError:
                pass            # The answer came before the end of the request.
            return sock.recv(4096)


class Load(harness.Case):
    def check_ab(self, *arguments):
        said = run('ab', '-q', '-n', REQUESTS, '-c', 200, *arguments, timeout=60).stdout
        self.assertRegex(said, rf'Complete requests:\s+{REQUESTS}\n')
        self.assertRegex(said, r'Failed requests:\s+0\n')
        self.assertNotIn('Non-2xx', said)
        return said

    def test_ab(self):
        self.check_ab(WEB)

    def test_ab_keep_alive(self):
        said = self.check_ab('-k', KEEP)
        self.assertRegex(said, rf'Keep-Alive requests:\s+{REQUESTS}\n')

    def test_ab_keep_alive_to_a_server_that_closes(self):
        self.check_ab('-k', WEB)

    def test_ab_without_keep_alive_to_a_server_that_would(self):
        self.check_ab(KEEP)

    def wrk(self, url):
        """An answer that took more than 2 s is an error to wrk, if not told to wait."""
        said = run('wrk', '-t1', '-c100', '--timeout', '30s', f'-d{10 if FULL else 3}s', url,
                   timeout=60).stdout
        self.assertNotIn('Non-2xx', said)
        return said

    def test_wrk(self):
        said = self.wrk(KEEP)
        self.assertNotIn('Socket errors', said)
        self.assertGreater(int(re.search(r'(\d+) requests in', said)[1]), 0)

    def test_wrk_to_a_server_that_closes(self):
        said = self.wrk(WEB)
        errors = re.search(r'Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)',
                           said)
        self.assertIn(errors and errors.groups(), (None, ('0', '0', '0', '0')))


if __name__ == '__main__':
    harness.main()
