# SPDX-License-Identifier: BSD-3-Clause
"""`lastack load` against `lastack serve` over memif: both sides tell the same."""
import json
import signal
import unittest

import harness
from harness import FAMILY, FULL, LASTACK, address, run, until
from lastack_telemetry import Telemetry
from load import LEN, LOAD_PREFIX, Load, MemifServer
from variant import in_url

CONNECTIONS = 10000000 if FULL else 100000


def load_answers():
    try:
        telemetry = Telemetry(LOAD_PREFIX)
    except (OSError, ValueError):
        return None
    if 'phase' in (telemetry.get('/lastack/load') or {}):
        return telemetry
    telemetry.close()
    return None


class Alone(unittest.TestCase):
    def test_a_signal_while_the_link_is_down_ends_it(self):
        """Nobody is at the other end of the memif, for which load waits."""
        load = Load('net_memif0,role=server,socket=/run/none.sock,socket-abstract=no',
                    f'{address(2, net=80)}/{LEN}', f'{in_url(address(1, net=80))}:9',
                    duration='600s')
        try:
            until('load answers', load_answers, 30).close()
            load.signal()
            told = load.result(20, code=1)
        finally:
            load.kill()
        self.assertEqual((told['attempted'], told['failed']['total']), (0, 0))
        self.assertIn('stopped by a signal', load.said)


class Pair(unittest.TestCase):
    """Rates are such that no ring overflows on two busy cores: a lost frame is no fault of
    either side, but a lost RST is never sent again."""
    settings = ('tcp.time-wait=1s',)

    def setUp(self):
        self.server = MemifServer(*self.settings)

    def tearDown(self):
        code, output = self.server.stop()
        self.assertEqual(code, 0, output[-4000:])

    def counted(self, **expected):
        """The server's counters, once nothing is open."""
        until('nothing is open', lambda: harness.no_connections(self.server))
        counters = self.server.get('counters')
        self.assertEqual({name: counters[name] for name in expected}, expected)
        return counters

    def all_went_well(self, told, connections=CONNECTIONS):
        self.assertEqual(told['failed']['total'], 0, told['failed'])
        self.assertEqual((told['attempted'], told['opened'], told['closed']),
                         (connections,) * 3)

    def run_all(self, port, seconds=300, **settings):
        settings = {'rate': 0, 'concurrent': 200, 'connections': CONNECTIONS,
                    'duration': '0'} | settings
        told = self.server.load(port, **settings).result(seconds)
        self.all_went_well(told)
        return told

    def test_the_client_closes_first(self):
        self.run_all(9)
        counters = self.counted(opened=CONNECTIONS, closed=CONNECTIONS, reset=0, timed_out=0)
        self.assertEqual(counters['cookies_accepted'], CONNECTIONS)

    def test_the_server_closes_first(self):
        self.run_all(10, close='server')
        self.counted(opened=CONNECTIONS, closed=CONNECTIONS, reset=0, timed_out=0)

    def test_the_client_resets(self):
        self.run_all(9, close='rst')
        self.counted(opened=CONNECTIONS, reset=CONNECTIONS, closed=0)

    def test_pages(self):
        self.run_all(80, service='http', close='server', length=64)
        self.counted(opened=CONNECTIONS, closed=CONNECTIONS, reset=0)

    def test_octets(self):
        self.run_all(7, service='echo', octets=1000)
        counters = self.counted(opened=CONNECTIONS, closed=CONNECTIONS, reset=0)
        self.assertEqual(counters['rx_text_octets'], CONNECTIONS * 1000)

    def test_its_telemetry_and_top(self):
        load = self.server.load(8080, service='hold', concurrent=3000, rate=20000, duration='0')
        try:
            telemetry = until('load answers', load_answers, 30)
            until('3000 are open', lambda: telemetry.get('/lastack/load')['opened'] == 3000)
            self.assertEqual(telemetry.get('/lastack/info')['role'], 'load')
            told = telemetry.get('/lastack/load')
            self.assertEqual((told['open'], told['failed'], told['service'], told['phase']),
                             (3000, 0, 'hold', 'sustain'))
            latency = telemetry.get('/lastack/latency')
            self.assertEqual(latency['handshake_us']['count'], 3000)
            self.assertEqual(latency['connection_us']['count'], 0)
            self.assertEqual(telemetry.get('/lastack/states')['ESTABLISHED'], 3000)
            self.assertIn('error', self.server.get('load'))
            self.assertIn('error', self.server.get('latency'))
            until('the server has them too', lambda: self.server.states()['ESTABLISHED'] == 3000)
            self.top_shows_both()
            telemetry.close()
        finally:
            load.signal(signal.SIGTERM)
            result = load.result(30)
        self.all_went_well(result, 3000)

    def top_shows_both(self):
        shown = json.loads(run(LASTACK, 'top', '--once', '--json').stdout)['instances']
        roles = {instance['info']['role']: instance for instance in shown}
        self.assertEqual(set(roles), {'serve', 'load'})
        self.assertEqual(roles['load']['load']['opened'], 3000)
        self.assertEqual(roles['serve']['states']['ESTABLISHED'], 3000)

    def test_two_signals_cut_it_off(self):
        """Each side waits for the other to close: they would stay for 1000 s."""
        load = self.server.load(9, close='server', rate=0, concurrent=50, duration='0',
                                connections=10**9, timeout='1000s')
        until('50 are open', lambda: self.server.states()['ESTABLISHED'] == 50)
        load.signal()
        until('it has heard', lambda: self.phase() == 'drain')
        load.signal()
        told = load.result(30, code=1)
        self.assertEqual((told['attempted'], told['failed']['unfinished']), (50, 50))
        self.counted(opened=50, reset=50)

    def phase(self):
        with Telemetry(LOAD_PREFIX) as telemetry:
            return telemetry.get('/lastack/load')['phase']


@unittest.skipUnless(FAMILY == 4, 'its addresses are IPv4')
class ManyAddresses(unittest.TestCase):
    """As many addresses as there may be, and a thousand ports on each. One of them is the
    gateway to the others: a host asks for no more neighbours than that."""
    connections = 65535

    def setUp(self):
        self.server = MemifServer('port.address=10.80.0.1/16',
                                  'port.address=10.1.0.0-10.1.255.254/15',
                                  'listen discard.port=9000-9999', 'tcp.time-wait=1s')

    def tearDown(self):
        code, output = self.server.stop()
        self.assertEqual(code, 0, output[-4000:])

    def test_each_address_answers(self):
        load = self.server.load('9000-9999', ('-s', 'port.gateway=10.80.0.1'),
                                target='10.1.0.0-10.1.255.254', rate=0, concurrent=200,
                                connections=self.connections, duration='0')
        told = load.result(120)
        self.assertEqual((told['opened'], told['closed'], told['failed']['total']),
                         (self.connections, self.connections, 0), told['failed'])
        counters = self.server.get('counters')
        self.assertEqual((counters['opened'], counters['rx_not_our_address']), (self.connections, 0))


@unittest.skipUnless(FAMILY == 4, 'its addresses are IPv4')
class ManyNeighbours(unittest.TestCase):
    """Each target is a neighbour that has to be asked for."""

    def test_each_is_known(self):
        targets = '10.80.16.0-10.80.31.255'
        server = MemifServer('port.address=10.80.0.1/16', f'port.address={targets}/16')
        try:
            told = server.load(9, target=targets, rate=5000, connections=20000,
                               duration='60s').result(120)
        finally:
            code, output = server.stop()
        self.assertEqual(code, 0, output[-4000:])
        self.assertEqual((told['opened'], told['failed']['total']), (20000, 0), told['failed'])


class StatefulPair(Pair):
    """The same of a server that keeps SYNs."""
    settings = ('tcp.time-wait=1s', 'tcp.syn-cookies=never')
    test_its_telemetry_and_top = test_two_signals_cut_it_off = test_octets = test_pages = None

    def test_the_client_closes_first(self):
        self.run_all(9)
        self.counted(opened=CONNECTIONS, closed=CONNECTIONS, reset=0, cookies_accepted=0)


if __name__ == '__main__':
    harness.main()
