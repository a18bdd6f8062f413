# SPDX-License-Identifier: BSD-3-Clause
"""A program on a terminal of its own: a pseudo-terminal, and pyte to see what is on it."""
import errno
import fcntl
import os
import select
import signal
import struct
import subprocess
import termios
import time

import pyte

PATIENCE = float(os.environ.get('LA_PATIENCE', '1'))


class Screen:
    """A program that thinks a person looks on."""

    def __init__(self, command, environment, columns=80, rows=24):
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.outer, self.inner = os.openpty()
        self.size(columns, rows)
        self.before = termios.tcgetattr(self.inner)
        self.said = b''
        self.process = subprocess.Popen(command, stdin=self.inner, stdout=self.inner,
                                        stderr=self.inner, env=environment,
                                        preexec_fn=self.take_terminal)

    def take_terminal(self):
        """In the child: the terminal is its own, so Ctrl-C reaches it."""
        os.setsid()
        fcntl.ioctl(self.inner, termios.TIOCSCTTY, 0)

    def size(self, columns, rows):
        fcntl.ioctl(self.inner, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))

    def resize(self, columns, rows):
        """The kernel tells the program by SIGWINCH."""
        self.read(0)
        self.screen.resize(rows, columns)
        self.size(columns, rows)

    def read(self, seconds):
        """Take in what comes within so long. False if nothing did."""
        if not select.select([self.outer], [], [], seconds)[0]:
            return False
        try:
            octets = os.read(self.outer, 65536)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return False
        self.said += octets
        self.stream.feed(octets)
        return True

    def text(self):
        return '\n'.join(line.rstrip() for line in self.screen.display)

    def until(self, what, condition, seconds=10):
        """Until a condition on the text holds; the text."""
        deadline = time.monotonic() + seconds * PATIENCE
        while not condition(self.text()):
            if time.monotonic() > deadline:
                raise AssertionError(f'not within {seconds} s: {what}. The screen:\n{self.text()}')
            self.read(0.05)
        return self.text()

    def shows(self, *words):
        return self.until(words, lambda text: all(word in text for word in words))

    def press(self, keys):
        os.write(self.outer, keys.encode())

    def wait(self, seconds=10):
        """The exit status, once it has ended."""
        deadline = time.monotonic() + seconds * PATIENCE
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                raise AssertionError(f'still there. The screen:\n{self.text()}')
            self.read(0.05)
        while self.read(0):
            pass
        return self.process.returncode

    def is_restored(self):
        """Whether the terminal is as it was: its modes, the main screen, a cursor."""
        return (termios.tcgetattr(self.inner) == self.before and
                b'\x1b[?1049h' in self.said and
                self.said.rfind(b'\x1b[?1049l') > self.said.rfind(b'\x1b[?1049h') and
                self.said.rfind(b'\x1b[?25h') > self.said.rfind(b'\x1b[?25l'))

    def hang_up(self):
        """The terminal goes away."""
        os.close(self.outer)
        self.outer = None

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self.inner)
        if self.outer is not None:
            os.close(self.outer)
