# SPDX-License-Identifier: BSD-3-Clause
"""Octets come back unchanged, however many and over however many connections."""
import filecmp
import os
import socket
import tempfile
import time

import harness
from harness import ADDRESS, FULL


class Echo(harness.Case):
    def test_nc_gets_a_random_file_back(self):
        size = (100 if FULL else 8) << 20
        with tempfile.NamedTemporaryFile() as there, tempfile.NamedTemporaryFile() as back:
            for _ in range(size >> 20):
                there.write(os.urandom(1 << 20))
            there.flush()
            # The shell opens the files: nc wants its standard input and output.
            harness.run('sh', '-c', f'nc -N {ADDRESS} 7 < {there.name} > {back.name}',
                        timeout=180 if FULL else 60)
            self.assertEqual(os.path.getsize(back.name), size)
            self.assertTrue(filecmp.cmp(there.name, back.name, shallow=False))

    def test_1000_connections_at_once_each_with_its_own_octets(self):
        counts = harness.storm('echo', 7, 1000, concurrent=1000, octets=20000)
        self.assertEqual(counts['octets_received'], 1000 * 20000)

    def test_a_client_that_does_not_read_holds_up_itself_alone(self):
        with socket.create_connection((ADDRESS, 7), timeout=10) as lazy:
            lazy.setblocking(False)
            sent = self.send_until_full(lazy)
            counts = harness.storm('echo', 7, 100, concurrent=100, octets=20000)
            self.assertEqual(counts['failed'], 0)
            lazy.settimeout(10 * harness.PATIENCE)
            lazy.shutdown(socket.SHUT_WR)
            received = 0
            while octets := lazy.recv(1 << 16):
                received += len(octets)
        self.assertEqual(received, sent)

    def send_until_full(self, sock):
        """Send until the window stays closed for a while; octets sent."""
        sent, still = 0, 0
        while still < 20:
            try:
                sent += sock.send(bytes(1 << 16))
                still = 0
            except BlockingIOError:
                still += 1
                time.sleep(0.02)
            self.assertLess(sent, 64 << 20, 'the server holds what nobody reads')
        return sent

    def test_discard_takes_all_and_sends_nothing(self):
        with socket.create_connection((ADDRESS, 9), timeout=10) as sock:
            sock.sendall(bytes(1 << 20))
            sock.shutdown(socket.SHUT_WR)
            self.assertEqual(sock.recv(1), b'')

    def test_reset_resets_at_the_first_octet(self):
        with socket.create_connection((ADDRESS, 8089), timeout=10) as sock:
            sock.sendall(b'x')
            with self.assertRaises(ConnectionResetError):
                sock.recv(1)

    def test_one_client_closes_50_connections_at_its_end_first(self):
        harness.storm('close', 9, 50)


if __name__ == '__main__':
    harness.main()
