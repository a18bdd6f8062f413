# SPDX-License-Identifier: BSD-3-Clause
"""`lastack load` against servers of the kernel: what it counts is what they count."""
import re
import signal
import unittest

import harness
from harness import FAMILY, FULL, MTU, VLAN, address, run, until
from load import AT_FAR, FAR, LEN, Far, FarServer, near_load, source, sources, tap_load
from nginx import BODY, Nginx
from variant import in_url
from veth import Emulator, KernelEcho, Veth, counted, pair

CONNECTIONS = 100000 if FULL else 10000
RATE = 5000


class Kernel(unittest.TestCase):
    """Servers in a namespace of their own, behind a veth pair."""

    @classmethod
    def setUpClass(cls):
        cls.far = Far()

    @classmethod
    def tearDownClass(cls):
        cls.far.close()

    def all_went_well(self, told, connections):
        self.assertEqual(told['failed'], dict.fromkeys(told['failed'], 0))
        self.assertEqual((told['attempted'], told['opened'], told['closed']),
                         (connections, connections, connections))
        self.assertEqual(told['verdict']['result'], 'pass', told['verdict'])

    def test_pages_of_nginx(self):
        for close, port in (('client', 80), ('server', 81)):
            nginx = Nginx(FAR, self.far.enter)
            before = self.far.veth.nstat()
            try:
                told = self.far.load(f'{AT_FAR}:{port}', service='http', close=close, rate=RATE,
                                     connections=CONNECTIONS, length=len(BODY),
                                     duration='60s').result(90)
                self.all_went_well(told, CONNECTIONS)
                # A busy machine may be slower, and none is faster.
                self.assertLess(told['opens_per_s'], RATE * 1.01)
                status = nginx.status()
                self.assertEqual([status[word] for word in ('accepts', 'handled', 'requests')],
                                 [CONNECTIONS] * 3)
            finally:
                nginx.stop()
            moved = counted(before, self.far.veth.nstat())
            self.assertEqual(moved['TcpPassiveOpens'], CONNECTIONS)
            self.assertEqual(moved.get('TcpExtListenOverflows', 0), 0)

    def test_octets_of_an_echo_server(self):
        echo = KernelEcho(FAR, 7, self.far.enter)
        before = self.far.veth.nstat()
        try:
            told = self.far.load(f'{AT_FAR}:7', service='echo', octets=2000, rate=RATE,
                                 connections=CONNECTIONS, duration='60s').result(90)
        finally:
            counts = echo.stop()
        self.all_went_well(told, CONNECTIONS)
        self.assertEqual((counts['accepted'], counts['closed']), (CONNECTIONS, CONNECTIONS))
        self.assertEqual(counts['octets_sent'], CONNECTIONS * 2000)
        self.assertEqual(counted(before, self.far.veth.nstat())['TcpPassiveOpens'], CONNECTIONS)

    @unittest.skipIf(VLAN or MTU > 1504, 'a tap has neither')
    def test_through_a_tap(self):
        echo = KernelEcho('0.0.0.0' if FAMILY == 4 else '::', 7)
        try:
            load = tap_load(f'{in_url(address(254, net=79))}:7', service='echo', octets=100,
                            rate=RATE, connections=CONNECTIONS, duration='60s')
            told = load.result(90)
        finally:
            counts = echo.stop()
        self.all_went_well(told, CONNECTIONS)
        self.assertEqual(counts['accepted'], CONNECTIONS)

    def test_a_rst_ends_each(self):
        echo = KernelEcho(FAR, 7, self.far.enter)
        try:
            told = self.far.load(f'{AT_FAR}:7', service='echo', close='rst', rate=2000,
                                 connections=2000).result()
        finally:
            counts = echo.stop()
        self.all_went_well(told, 2000)
        self.assertEqual(counts['accepted'], 2000)

    def test_held_ones_stay_until_the_end(self):
        echo = KernelEcho(FAR, 7, self.far.enter)
        try:
            told = self.far.load(f'{AT_FAR}:7', service='hold', concurrent=1000, rate=2000,
                                 duration='3s').result()
        finally:
            counts = echo.stop()
        self.all_went_well(told, 1000)
        self.assertEqual((told['connections_max'], counts['accepted']), (1000, 1000))

    def established(self):
        said = self.far.veth.run('ss', '-Htn', 'state', 'established').stdout
        return len(said.splitlines())

    def failures(self, told, **expected):
        found = {name: n for name, n in told['failed'].items() if n and name != 'total'}
        self.assertEqual(found, expected)
        self.assertEqual(told['verdict']['result'], 'fail')

    def run_short(self, target, code=1, **settings):
        """100 connections. Only those that are to wait for nothing get a short timeout."""
        settings = {'rate': 200, 'connections': 100, 'timeout': '30s'} | settings
        return self.far.load(target, **settings).result(code=code)

    def test_more_than_memory_holds(self):
        load = self.far.load(f'{AT_FAR}:7', concurrent=10**9)
        said, _ = load.process.communicate(timeout=30 * harness.PATIENCE)
        self.assertEqual(load.process.returncode, 1, said)
        self.assertIn('lower load.concurrent or', said)

    def test_nobody_listens(self):
        self.failures(self.run_short(f'{AT_FAR}:1'), refused=100)

    def test_a_black_hole(self):
        self.far.veth.run('nft', 'add', 'table', 'inet', 'hole')
        try:
            self.far.veth.run('nft', 'add', 'chain', 'inet', 'hole', 'in',
                              '{ type filter hook input priority 0; }')
            self.far.veth.run('nft', 'add', 'rule', 'inet', 'hole', 'in', 'tcp', 'dport', '9',
                              'counter', 'drop')
            told = self.run_short(f'{AT_FAR}:9', timeout='2500ms')
            said = self.far.veth.run('nft', 'list', 'table', 'inet', 'hole').stdout
        finally:
            self.far.veth.run('nft', 'delete', 'table', 'inet', 'hole')
        self.failures(told, timeout=100)
        # A SYN is sent again after a second, and again two seconds after that.
        self.assertGreater(told['retransmissions'], 0)
        fell_in = int(re.search(r'counter packets (\d+)', said)[1])
        self.assertEqual(fell_in, told['attempted'] + told['retransmissions'])

    def test_nobody_has_the_address(self):
        told = self.run_short(f'{in_url(address(253, net=78))}:80')
        self.failures(told, no_neighbour=100)
        self.assertEqual(told['attempted'], 0)

    def test_bad_servers(self):
        for mode, reason, timeout in (('silent', 'timeout', '1s'), ('wrong', 'wrong_data', '30s'),
                                      ('reset', 'reset', '30s')):
            echo = KernelEcho(FAR, 7, self.far.enter, mode=mode)
            try:
                told = self.run_short(f'{AT_FAR}:7', service='echo', timeout=timeout)
                self.failures(told, **{reason: 100})
            finally:
                echo.stop()

    def test_a_server_that_closes_at_once(self):
        """Whose kernel sends a RST if our octets were there by then."""
        echo = KernelEcho(FAR, 7, self.far.enter, mode='close')
        try:
            failed = self.run_short(f'{AT_FAR}:7', service='echo')['failed']
        finally:
            echo.stop()
        self.assertEqual((failed['closed_early'] + failed['reset'], failed['total']), (100, 100))

    def test_a_slow_server_is_slow_and_no_failure(self):
        echo = KernelEcho(FAR, 7, self.far.enter, mode='slow', slow_ms=300)
        try:
            told = self.run_short(f'{AT_FAR}:7', code=0, service='echo')
        finally:
            echo.stop()
        self.assertEqual(told['failed']['total'], 0)
        # However long a handshake takes, its connection takes 300 ms more.
        handshake, connection = (told['latency_us'][name] for name in ('handshake', 'connection'))
        for key in ('mean', 'p50'):
            self.assertGreater(connection[key] - handshake[key], 200000, key)

    def test_bad_pages(self):
        nginx = Nginx(FAR, self.far.enter)
        try:
            for port, reason, more in ((82, 'wrong_data', {}), (84, 'closed_early', {}),
                                       (83, 'wrong_data', {'length': len(BODY)})):
                told = self.run_short(f'{AT_FAR}:{port}', service='http', **more)
                self.failures(told, **{reason: 100})
            # What is wanted may be anything.
            told = self.run_short(f'{AT_FAR}:82', code=0, service='http', status=503)
            self.assertEqual(told['failed']['total'], 0)
        finally:
            nginx.stop()

    def test_no_port_is_free(self):
        echo = KernelEcho(FAR, 7, self.far.enter)
        try:
            load = self.far.load(f'{AT_FAR}:7', service='hold', concurrent=50, rate=100,
                                 sources=source(1, 78), source_ports='5000-5019', duration='2s')
            told = load.result(code=1)
        finally:
            echo.stop()
        self.assertEqual((told['opened'], told['closed']), (20, 20))
        self.assertGreater(told['failed']['no_port'], 0)
        self.assertIn('give more load.sources', load.said)

    def test_pass_decides(self):
        echo = KernelEcho(FAR, 7, self.far.enter)
        try:
            for checks, code, result in (('failed<1,p99<60s', 0, 'pass'), ('p50<1us', 1, 'fail')):
                told = self.far.load(f'{AT_FAR}:7', checks=checks, rate=500,
                                     connections=200).result(code=code)
                self.assertEqual(told['verdict']['result'], result)
                self.assertEqual([check['check'] for check in told['verdict']['checks']],
                                 checks.split(','))
        finally:
            echo.stop()

    def test_a_run_that_ends_in_its_ramp_is_judged_by_what_was_due(self):
        """1000 of the 500,000 that the ramp would have: never at the full rate."""
        echo = KernelEcho(FAR, 7, self.far.enter)
        try:
            load = self.far.load(f'{AT_FAR}:7', rate=50000, ramp='20s', duration='60s',
                                 connections=1000, checks=None)
            self.all_went_well(load.result(), 1000)
        finally:
            echo.stop()
        self.assertIn('rate>=95%', [check['check'] for check in load.told['verdict']['checks']])
        self.assertNotIn('between the ramps', load.said)

    def test_a_signal_ends_it_with_a_summary(self):
        echo = KernelEcho(FAR, 7, self.far.enter)
        try:
            load = self.far.load(f'{AT_FAR}:7', service='hold', concurrent=100, rate=1000,
                                 duration='0')
            harness.until('100 are open', lambda: self.established() == 100)
            load.signal()
            told = load.result()
        finally:
            echo.stop()
        self.all_went_well(told, 100)
        self.assertTrue(told['interrupted'])
        self.assertIn('stopped by a signal', load.said)

    def test_a_run_stopped_in_its_ramp_fails(self):
        """Whatever it did until then went well, but it was never at its rate."""
        echo = KernelEcho(FAR, 7, self.far.enter)
        try:
            load = self.far.load(f'{AT_FAR}:7', service='hold', rate=1000, ramp='60s',
                                 duration='120s')
            harness.until('20 are open', lambda: self.established() >= 20)
            load.signal(signal.SIGTERM)
            told = load.result(code=1)
        finally:
            echo.stop()
        self.assertTrue(told['interrupted'])
        self.assertEqual(told['failed']['total'], 0)
        self.assertEqual(told['verdict']['why'], 'stopped in the ramp: the rate was never offered')
        self.assertTrue(all(check['ok'] for check in told['verdict']['checks']))

    def test_a_second_run_opens_what_is_in_time_wait(self):
        """The server closes first, so its kernel keeps TIME-WAIT of the tuples that the second
        run opens anew: no SYN has to be repeated."""
        nginx = Nginx(FAR, self.far.enter)
        try:
            for _ in range(2):
                told = self.far.load(f'{AT_FAR}:81', service='http', close='server', rate=500,
                                     connections=300, source_ports='20000-20299',
                                     length=len(BODY)).result(60)
                self.all_went_well(told, 300)
                self.assertFalse(told['interrupted'])
                self.assertLess(told['retransmissions'], 30)
        finally:
            nginx.stop()

    def test_those_that_did_not_fail_are_not_all(self):
        """Nine SYNs of ten are refused: times of the tenth are no reason to pass."""
        echo = KernelEcho(FAR, 7, self.far.enter)
        self.far.veth.run('nft', 'add', 'table', 'inet', 'shut')
        try:
            self.far.veth.run('nft', 'add', 'chain', 'inet', 'shut', 'in',
                              '{ type filter hook input priority 0; }')
            self.far.veth.run('nft', 'add', 'rule', 'inet', 'shut', 'in',
                              *('tcp dport 7 tcp flags & (syn|ack) == syn numgen random mod 10 '
                                '< 9 reject with tcp reset').split())
            told = self.far.load(f'{AT_FAR}:7', checks='p99<60s', rate=500,
                                 connections=300).result(code=1)
        finally:
            self.far.veth.run('nft', 'delete', 'table', 'inet', 'shut')
            echo.stop()
        self.assertGreater(told['failed']['refused'], 200)
        self.assertIn('failed, and no check is of failed', told['verdict']['why'])
        self.assertEqual([check['check'] for check in told['verdict']['checks']], ['p99<60s'])

    def test_the_search_finds_a_limit(self):
        """SYNs beyond 1000 a second are dropped: those come again after a second. A machine
        that is busy may fail a trial below that, but nothing makes one pass above it."""
        limit = 1000
        rule = f'tcp dport 7 tcp flags syn limit rate over {limit}/second burst 20 packets drop'
        echo = KernelEcho(FAR, 7, self.far.enter)
        self.far.veth.run('nft', 'add', 'table', 'inet', 'slow')
        try:
            self.far.veth.run('nft', 'add', 'chain', 'inet', 'slow', 'in',
                              '{ type filter hook input priority 0; }')
            self.far.veth.run('nft', 'add', 'rule', 'inet', 'slow', 'in', *rule.split())
            load = self.far.load(f'{AT_FAR}:7', ('--search', '800:4k'),
                                 checks='failed<1,p99<500ms,rate>=95%',
                                 duration='1500ms', ramp='300ms')
            told = load.result(150, code=None)
        finally:
            self.far.veth.run('nft', 'delete', 'table', 'inet', 'slow')
            echo.stop()
        trials, best = told['search']['trials'], told['search']['best_per_s']
        self.assertEqual(trials[0]['rate'], 800)
        for trial in trials:
            # What was measured decides, and nothing else.
            good = (trial['failed'] < 1 and trial['p99_us'] < 500000
                    and trial['opens_per_s'] >= trial['rate'] * 0.95)
            self.assertEqual(trial['result'], 'pass' if good else 'fail', trial)
            self.assertFalse(good and trial['rate'] > limit * 1.1, load.said)
        self.assertEqual(load.process.returncode, 0 if best else 1)
        # The rate found has passed, and one that is hardly higher has not.
        if best:
            results = {trial['rate']: trial['result'] for trial in trials}
            self.assertEqual(results[best], 'pass', load.said)
            above = min(rate for rate, result in results.items()
                        if rate > best and result == 'fail')
            self.assertLess(above, best * 1.03, load.said)

    def test_a_search_needs_trials_that_end(self):
        load = self.far.load(f'{AT_FAR}:1', ('--search', '100:1k'), service='hold', duration='0',
                             checks=None)
        said, _ = load.process.communicate(timeout=30 * harness.PATIENCE)
        self.assertEqual(load.process.returncode, 2, said)
        self.assertIn('--search: load.duration: 0: a trial must have an end', said)

    def test_a_search_may_find_nothing(self):
        """Whatever the configuration's own rate, none, is judged by."""
        load = self.far.load(f'{AT_FAR}:1', ('--search', '100:1k'), duration='1s', rate=0,
                             checks=None)
        told = load.result(code=1)
        self.assertEqual(told['search']['best_per_s'], 0)
        self.assertIn('rate>=95%', [check['check'] for check in told['verdict']['checks']])
        self.assertIn('no rate from 100 to 1,000 passes', load.said)


class BadLink(unittest.TestCase):
    """near0 -- right = link_emulator = left -- far0 (namespace "far")"""

    def setUp(self):
        self.far = Veth('far', 'left', 'far0', (f'{FAR}/{LEN}',))
        pair('near0', 'right')

    def tearDown(self):
        run('ip', 'link', 'del', 'near0')
        self.far.close()

    def load(self, port, **settings):
        settings = {'sources': sources(78, 50), 'timeout': '30s', 'duration': '60s',
                    'rate': 1000} | settings
        return near_load(f'{AT_FAR}:{port}', **settings)

    @staticmethod
    def link(*options):
        return Emulator('right', 'left', '--vlan', VLAN, *options)

    def test_a_lost_last_ack_loses_nothing(self):
        """The server made cookies and kept nothing: only we can mend it."""
        for port, close in ((9, 'client'), (10, 'server')):
            link = self.link('--seed', '1', '--drop-first', 'pure-ack')
            self.far.run('ip', 'address', 'flush', 'dev', 'far0')
            server = FarServer(self.far.enter, 'far0')
            try:
                told = self.load(port, close=close, connections=500).result(60)
                until('all are there', lambda: server.counter('closed') == 500)
                self.assertEqual(server.counter('cookies_accepted'), 500)
            finally:
                code, output = server.stop()
                counts = link.stop()
            self.assertEqual(code, 0, output[-3000:])
            self.assertEqual(told['failed']['total'], 0, told['failed'])
            self.assertEqual(told['closed'], 500)
            self.assertEqual(counts['drop_first']['dropped'], 500)

    def test_all_connections_end(self):
        connections = 20000 if FULL else 3000
        link = self.link('--seed', '7', '--loss', '2')
        echo = KernelEcho(FAR, 7, self.far.enter)
        try:
            told = self.load(7, service='echo', octets=500, connections=connections).result(120)
        finally:
            echo.stop()
            link.stop()
        self.assertEqual(told['attempted'], connections)
        self.assertEqual(told['closed'] + told['failed']['total'], connections)
        # Only if one frame was lost again and again for 30 seconds.
        self.assertEqual(told['failed']['total'], told['failed']['timeout'])
        self.assertLess(told['failed']['timeout'], connections / 1000 + 1)
        self.assertGreater(told['retransmissions'], connections / 50)


if __name__ == '__main__':
    harness.main()
