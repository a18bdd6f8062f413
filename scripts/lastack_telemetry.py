# SPDX-License-Identifier: BSD-3-Clause
"""A client of DPDK's telemetry socket, version 2: one request, one JSON object.

An instance is named by its prefix, EAL's --file-prefix. Several processes with --in-memory
may share one; the second of them is then PREFIX:1, as the name of its socket ends.
"""
import glob
import json
import os
import socket

SOCKET = 'dpdk_telemetry.v2'


def runtime_folder():
    """Where DPDK keeps the folders of what runs; by EAL's own rule."""
    base = os.environ.get('RUNTIME_DIRECTORY') or (
        '/var/run' if os.getuid() == 0 else os.environ.get('XDG_RUNTIME_DIR') or '/tmp')
    return os.path.join(base, 'dpdk')


def socket_path(prefix):
    prefix, _, number = prefix.partition(':')
    return os.path.join(runtime_folder(), prefix, SOCKET + (f':{number}' if number else ''))


def prefixes():
    """All that have a socket, whether or not someone is left to answer, and Lastack or not."""
    found = []
    for path in glob.glob(os.path.join(glob.escape(runtime_folder()), '*', f'{SOCKET}*')):
        folder, name = os.path.split(path)
        if name == SOCKET or name.startswith(f'{SOCKET}:'):
            found.append(os.path.basename(folder) + name[len(SOCKET):])
    return sorted(found)


class Telemetry:
    """A connection. What is not answered in time raises OSError, nonsense ValueError."""

    def __init__(self, prefix=None, timeout=10, path=None):
        """By prefix, or by the path of the socket itself."""
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.set_timeout(timeout)
        try:
            self.socket.connect(path or socket_path(prefix))
            self.greeting = self.receive(1024)
            self.reply_len = int(self.greeting['max_output_len'])
        except (KeyError, TypeError):
            self.socket.close()
            raise ValueError('the greeting is not one of DPDK\'s telemetry') from None
        except (OSError, ValueError):
            self.socket.close()
            raise

    def set_timeout(self, seconds):
        """How long each of the next steps may take."""
        if seconds <= 0:
            raise TimeoutError('timed out')
        self.socket.settimeout(seconds)

    def receive(self, room):
        octets = self.socket.recv(room)
        if not octets:
            raise ConnectionResetError('the connection was closed')
        return json.loads(octets)

    def get(self, command):
        """The answer to a command, without the command's name around it."""
        self.socket.send(command.encode())
        reply = self.receive(self.reply_len + 1)
        try:
            return reply[command.split(',')[0]]
        except (KeyError, TypeError):
            raise ValueError(f'no answer to {command}') from None

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
