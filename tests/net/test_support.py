# SPDX-License-Identifier: BSD-3-Clause
"""What the load tests stand on, with kernel clients and no lastack: the echo server
and its bad manners, nginx, the link that loses chosen segments, the kernel's counts."""
import json
import os
import signal
import time
import unittest

import harness
import nginx
from harness import ADDRESS, CLIENT, HOST, PREFIX_LEN, address, run, storm, until
from veth import Emulator, KernelEcho, Veth, counted, nstat

PORT = 7
CONNECTIONS = 2000
FEW = 40                                # Where each waits for a timeout.


class Far(unittest.TestCase):
    """Servers in a namespace; the client is here."""

    @classmethod
    def setUpClass(cls):
        harness.sysctls(harness.CLIENT_SYSCTLS)
        cls.far = Veth('server', 'near', 'far',
                       [f'{address(host)}/{PREFIX_LEN}' for host in (1, 2, 3)],
                       [f'{CLIENT}/{PREFIX_LEN}'])

    @classmethod
    def tearDownClass(cls):
        cls.far.close()

    def echo(self, address=ADDRESS, port=PORT, **more):
        server = KernelEcho(address, port, self.far.enter, **more)
        self.addCleanup(server.kill)
        return server


class Echo(Far):
    def test_echo_and_the_kernels_counts(self):
        server = self.echo()
        here, there = nstat(), self.far.nstat()
        counts = storm('echo', PORT, CONNECTIONS, octets=1000)
        self.assertEqual(counts['octets_received'], CONNECTIONS * 1000)
        here, there = counted(here, nstat()), counted(there, self.far.nstat())
        self.assertEqual(here['TcpActiveOpens'], CONNECTIONS)
        self.assertEqual(there['TcpPassiveOpens'], CONNECTIONS)
        # Nothing of TcpRetransSegs: a kernel that has to wait for a processor sends a tail loss
        # probe, and that says nothing of the two programs.
        for name in ('TcpAttemptFails', 'TcpExtListenOverflows', 'TcpExtListenDrops'):
            self.assertNotIn(name, here | there)
        counts = server.stop()
        self.assertEqual((counts['accepted'], counts['closed']), (CONNECTIONS, CONNECTIONS))
        self.assertEqual((counts['octets_received'], counts['octets_sent']),
                         (CONNECTIONS * 1000,) * 2)
        self.assertEqual((counts['open'], counts['failed'], counts['resets']), (0, 0, 0))

    def test_a_client_that_is_slow_to_read(self):
        server = self.echo()
        # More than both sockets hold at first: the server has to wait for room.
        counts = storm('echo', PORT, 4, octets=16 << 20)
        self.assertEqual(counts['octets_received'], 4 * 16 << 20)
        self.assertEqual(server.stop(signal.SIGTERM)['octets_sent'], 4 * 16 << 20)

    def test_wrong(self):
        server = self.echo(mode='wrong')
        counts = storm('echo', PORT, 100, octets=100, check=False)
        self.assertEqual(counts['failures']['wrong'], 100)
        self.assertEqual(server.stop()['accepted'], 100)

    def test_silent(self):
        server = self.echo(mode='silent')
        counts = storm('echo', PORT, FEW, octets=100, check=False, timeout=2)
        self.assertEqual((counts['opened'], counts['failures']['unfinished']), (FEW, FEW))
        self.assertEqual(counts['octets_received'], 0)
        counts = server.stop()
        self.assertEqual((counts['octets_received'], counts['octets_sent']), (FEW * 100, 0))

    def test_slow(self):
        server = self.echo(mode='slow', slow_ms=300)
        start = time.monotonic()
        # Ten at once: three rounds.
        counts = storm('echo', PORT, 30, concurrent=10, octets=100)
        self.assertGreaterEqual(time.monotonic() - start, 0.9)
        self.assertEqual(counts['octets_received'], 3000)
        self.assertEqual(server.stop()['closed'], 30)

    def test_reset(self):
        server = self.echo(mode='reset')
        counts = storm('echo', PORT, 100, octets=100, check=False)
        self.assertEqual((counts['opened'], counts['failures']['reset']), (100, 100))
        self.assertEqual(server.stop()['resets'], 100)

    def test_close(self):
        server = self.echo(mode='close')
        storm('drain', PORT, CONNECTIONS)
        self.assertEqual(server.stop()['closed'], CONNECTIONS)

    def test_a_range_of_addresses_and_ports(self):
        server = self.echo(f'{ADDRESS}-{address(3)}', '7000-7009')
        for target in (ADDRESS, address(2), address(3)):
            for port in (7000, 7009):
                said = run(harness.STORM, '--target', target, '--port', port, '--mode', 'echo',
                           '--octets', 10).stdout
                self.assertEqual(json.loads(said)['closed'], 1)
        counts = storm('close', 7010, 1, check=False)
        self.assertEqual(counts['failures']['refused'], 1)
        self.assertEqual(server.stop()['accepted'], 6)

    def test_no_more_than_so_many(self):
        server = self.echo(mode='slow', slow_ms=100, connections=10)
        start = time.monotonic()
        storm('echo', PORT, 30, concurrent=30, octets=10)
        self.assertGreaterEqual(time.monotonic() - start, 0.3)
        self.assertEqual(server.stop()['closed'], 30)

    def test_bad_words_for_the_storm(self):
        good = ('--target', 'fd00::1', '--port', '7')
        for more in (('--target', 'fd00::g'), ('--target', 'fd00::1-fd00::2'),
                     ('--source', '10.0.0.1'), ('--source', 'fd00::2-fd00::1'),
                     ('--local-ports', '2-1'), ('--connections', '-1'), ('--mode', 'rude')):
            done = run(harness.STORM, *good, *more, check=False)
            self.assertEqual(done.returncode, 2, done.stdout)
            self.assertTrue(done.stdout.startswith('conn_storm: '), done.stdout)

    def test_bad_usage(self):
        good = ('--address', '127.0.0.1', '--port', '7')
        for more in (('--mode', 'rude'), ('--port', '0'), ('--port', '9-8'), ('--port', 'x'),
                     ('--address', '1.2.3'), ('--address', '10.0.0.0-10.255.0.0'),
                     ('--address', '10.0.0.2-10.0.0.1'), ('--address', 'fd00::1-10.0.0.9'),
                     ('--address', 'fd00::1-fd01::1'), ('--address', 'fd00::/64'), ('more',)):
            done = run(harness.KERNEL_ECHO, *good, *more, check=False)
            self.assertEqual(done.returncode, 2, done.stdout)
            self.assertTrue(done.stdout.startswith('kernel_echo: '), done.stdout)


class Nginx(Far):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nginx = nginx.Nginx(ADDRESS, cls.far.enter)

    @classmethod
    def tearDownClass(cls):
        try:
            cls.nginx.stop()
            assert not os.path.exists(cls.nginx.folder)
            # The master took its workers with it.
            assert cls.far.run('ss', '-tlnH').stdout == ''
        finally:
            super().tearDownClass()

    def get(self, port, code=0):
        """curl's exit status is this one; the page with its head."""
        done = run('curl', '-sSi', '--max-time', 10, f'http://{HOST}:{port}/', check=False)
        self.assertEqual(done.returncode, code, done.stdout)
        return done.stdout.replace('\r', '')

    def test_pages_good_and_bad(self):
        head, _, body = self.get(80).partition('\n\n')
        self.assertTrue(head.startswith('HTTP/1.1 200 '))
        self.assertIn('\nConnection: keep-alive', head)
        self.assertEqual(body, nginx.BODY.decode())
        head, _, body = self.get(81).partition('\n\n')
        self.assertIn('\nConnection: close', head)
        self.assertEqual(body, nginx.BODY.decode())
        self.assertTrue(self.get(82).startswith('HTTP/1.1 503 '))
        head, _, body = self.get(83).partition('\n\n')
        self.assertTrue(head.startswith('HTTP/1.1 200 '))
        self.assertNotEqual(len(body), len(nginx.BODY))
        self.assertIn('HTTP/1.1 200 ', self.get(84, 18))        # 18: cut off

    def test_status_counts_the_clients_alone(self):
        before, there = self.nginx.status(), self.far.nstat()
        storm('http', 81, CONNECTIONS)
        after, there = self.nginx.status(), counted(there, self.far.nstat())
        for word in nginx.STATUS_WORDS:
            self.assertEqual(after[word] - before[word], CONNECTIONS, word)
        self.assertEqual(there['TcpPassiveOpens'], CONNECTIONS)
        # nginx hears of a client's FIN when it gets to it.
        until('the status itself is all that is open', lambda: self.nginx.status()['active'] == 1)
        page = run('curl', '-sS', f'http://{HOST}/status').stdout
        self.assertRegex(page, r'server accepts handled requests\n')


class Link(unittest.TestCase):
    """The client and the server are far, and the link between them is here."""

    @classmethod
    def setUpClass(cls):
        cls.client = Veth('client', 'left', 'right', [f'{CLIENT}/{PREFIX_LEN}'])
        cls.server = Veth('server', 'near', 'far', [f'{ADDRESS}/{PREFIX_LEN}'])

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.close()

    def lose(self, kind, mode='echo', server_mode='echo', first='left', second='near', rounds=1,
             **more):
        """What the link counted, and what moved in the client's and the server's kernel."""
        link = Emulator(first, second, '--drop-first', kind)
        self.addCleanup(link.kill)
        echo = KernelEcho(ADDRESS, PORT, self.server.enter, mode=server_mode)
        self.addCleanup(echo.kill)
        before = self.client.nstat(), self.server.nstat()
        for _ in range(rounds):
            storm(mode, PORT, FEW, octets=100 if mode == 'echo' else 0,
                  enter=self.client.enter, **more)
        moved = [counted(then, side.nstat())
                 for then, side in zip(before, (self.client, self.server))]
        self.assertEqual(echo.stop()['accepted'], FEW * rounds)
        counts = link.stop()['drop_first']
        self.assertEqual((counts['connections'], counts['forgotten']), (FEW * rounds, 0))
        return counts['dropped'], *moved

    def test_data_mends_a_lost_last_ack(self):
        """All are served, and no more than one ACK of each was lost, least of all its data. What
        either kernel sends again is up to its timers."""
        dropped, *_ = self.lose('pure-ack')
        self.assertEqual(dropped, FEW)

    def test_a_server_that_speaks_first_sends_its_syn_ack_again(self):
        dropped, _, server = self.lose('pure-ack', 'drain', 'close')
        self.assertEqual(dropped, FEW)
        self.assertGreaterEqual(server['TcpRetransSegs'], FEW)

    def test_each_connection_of_a_tuple_loses_its_own(self):
        dropped, *_ = self.lose('pure-ack', 'drain', 'close', rounds=2,
                                local_ports=f'2000-{2000 + FEW - 1}')
        self.assertEqual(dropped, 2 * FEW)

    def test_syn_data_and_fin(self):
        for kind in ('syn', 'data', 'fin'):
            dropped, client, _ = self.lose(kind)
            self.assertEqual(dropped, FEW, kind)
            self.assertGreaterEqual(client['TcpRetransSegs'], FEW, kind)

    def test_two_of_a_kind(self):
        dropped, client, _ = self.lose('data:2')
        self.assertEqual(dropped, 2 * FEW)
        self.assertGreaterEqual(client['TcpRetransSegs'], 2 * FEW)

    def test_the_other_direction(self):
        dropped, _, server = self.lose('syn-ack', first='near', second='left')
        self.assertEqual(dropped, FEW)
        self.assertGreaterEqual(server['TcpRetransSegs'], FEW)

    def test_the_other_direction_is_left_alone(self):
        link = Emulator('left', 'near', '--drop-first', 'syn-ack')
        self.addCleanup(link.kill)
        echo = KernelEcho(ADDRESS, PORT, self.server.enter)
        self.addCleanup(echo.kill)
        storm('echo', PORT, FEW, octets=100, enter=self.client.enter)
        self.assertEqual(link.stop()['drop_first'],
                         {'connections': FEW, 'dropped': 0, 'forgotten': 0})

    def test_bad_kinds(self):
        for kind in ('ack', 'pure-ack:0', 'pure-ack:x', 'pure-ack:', ':1', ''):
            done = run(harness.EMULATOR, '--drop-first', kind, 'left', 'near', check=False)
            self.assertEqual(done.returncode, 2, done.stdout)


if __name__ == '__main__':
    harness.main()
