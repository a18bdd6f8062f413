# SPDX-License-Identifier: BSD-3-Clause
"""A telemetry socket whose answers are made up: for roles, figures and faults that no running
instance has at hand. Needs a runtime folder of its own, as sandbox.py makes it.
"""
import json
import os
import socket
import threading

from lastack_telemetry import socket_path

GREETING = {'version': 'DPDK 22.11.11', 'pid': 1, 'max_output_len': 16384}
HANG = object()                         # Instead of an answer: none, for ever.
NONSENSE = object()                     # Octets that are not JSON. Others: bytes, sent as they are.


class FakeTelemetry:
    """Answers as DPDK does: {command: answers[command]}, null for what it does not know.

    answers has commands without /lastack/, and may be changed at any time. Greeting may be HANG.
    pause: seconds before each answer.
    """

    def __init__(self, prefix, answers, greeting=None, pause=0):
        self.prefix = prefix
        self.answers = answers
        self.greeting = greeting or GREETING
        self.pause = pause
        self.path = socket_path(prefix)
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        self.lock = threading.Lock()
        self.open = set()
        self.connections = 0            # Since the start.
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(self.path)
        self.listener.listen(20)
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.open.add(peer)
                self.connections += 1
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        try:
            self.say(peer, self.greeting)
            while True:
                request = peer.recv(1024).decode()
                if not request:
                    break
                self.ended.wait(self.pause)
                name = request.removeprefix('/lastack/')
                answer = self.answers.get(name)
                if answer is not HANG and answer is not NONSENSE and not isinstance(answer, bytes):
                    answer = {request.split(',')[0]: answer}
                self.say(peer, answer)
        except OSError:
            pass                        # The other end left.
        with self.lock:
            self.open.discard(peer)
        peer.close()

    def say(self, peer, what):
        if what is HANG:
            self.ended.wait()
            raise OSError
        if what is NONSENSE:
            what = b'{"cut'
        peer.send(what if isinstance(what, bytes) else json.dumps(what).encode())

    def clients(self):
        """How many are connected now."""
        with self.lock:
            return len(self.open)

    def close(self, leave_socket=False):
        """Stop; with leave_socket as one that was killed, whose socket stays in its folder."""
        self.ended.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        with self.lock:
            for peer in self.open:
                peer.shutdown(socket.SHUT_RDWR)
        if not leave_socket:
            os.unlink(self.path)
        self.thread.join()
