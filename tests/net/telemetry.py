# SPDX-License-Identifier: BSD-3-Clause
"""A client of DPDK's telemetry socket, version 2: one request, one JSON object."""
import json
import socket


class Telemetry:
    def __init__(self, prefix, timeout=10):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(timeout)
        try:
            self.socket.connect(f'/var/run/dpdk/{prefix}/dpdk_telemetry.v2')
            self.greeting = json.loads(self.socket.recv(1024))
        except (OSError, ValueError):
            self.socket.close()
            raise

    def get(self, command):
        """The answer to a command, without the command's name around it."""
        self.socket.send(command.encode())
        reply = json.loads(self.socket.recv(self.greeting['max_output_len'] + 1))
        return reply[command.split(',')[0]]

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
