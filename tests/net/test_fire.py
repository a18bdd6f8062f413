# SPDX-License-Identifier: BSD-3-Clause
"""Attacks beside a steady honest load: no honest connection fails, and all is as it was
soon afterwards. A table is printed at the end. With LA_NET_FULL=1 an attack goes on for ten
seconds, as fast as it can; else for one, at a rate that the link carries."""
import json
import os
import signal
import subprocess
import sys
import time
import unittest

import harness
from frames import neighbour
from harness import ADDRESS, CLIENT, FAMILY, FULL, INTERFACE, PATIENCE, run, storm, until

HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = 10 if FULL else 1
CALM_SECONDS = 2 if FULL else 0.3
FRAMES_PER_S = 0 if FULL else 20000     # 0: as fast as it can.
OPENS_PER_S = 0 if FULL else 10000
HONEST_PER_S = 200 if FULL else 100
HELD = 20
TIMEOUT = 30
TABLE = 2000                            # Connections, where it is to be full.
SLOW = 0.05                             # Seconds more than before: not as it was.
PAGES, CLOSES_FIRST, BIG, ECHO, DISCARD, CLOSE = 80, 8080, 8081, 7, 9, 8088
HEAD = ('attack', 'a second', 'honest', 'failed', 'held and lost', 'slowest before, ms',
        'slowest, ms', 'connections', 'extension blocks', 'buffers', 'TIME-WAIT', 'RSS + kB',
        'honest as before, s', 'pools as before, s')
rows = []


def tearDownModule():
    print('', '| ' + ' | '.join(HEAD) + ' |', '|' + '---|' * len(HEAD), *rows, sep='\n',
          flush=True)


class Child:
    """A program of Python's that says when it is ready, and what came of it at SIGINT."""

    def __init__(self, program, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, program), *map(str, arguments)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.process.stdout.readline()

    def end(self):
        self.process.send_signal(signal.SIGINT)
        said, _ = self.process.communicate(timeout=2 * TIMEOUT * PATIENCE)
        return json.loads(said)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


class Fire(harness.Case):
    """What is measured. No cases."""

    def child(self, program, *arguments):
        child = Child(program, *arguments)
        self.addCleanup(child.kill)
        return child

    def honest(self, port=PAGES, rate=HONEST_PER_S, held=HELD):
        return self.child('fire_honest.py', ADDRESS, port, ECHO, rate, held, TIMEOUT * PATIENCE)

    def attacker(self, name, port, rate):
        link = json.loads(run('ip', '-j', 'link', 'show', INTERFACE).stdout)[0]
        return self.child('fire_attack.py', name, INTERFACE, link['address'],
                          neighbour(ADDRESS)['lladdr'], CLIENT, ADDRESS, port, rate)

    def in_use(self):
        memory = self.server.get('memory')
        return [memory['connections'], memory['senders'], memory['service_objects'],
                self.server.states()['TIME-WAIT']]

    def watch(self, seconds):
        """The most of each pool while time goes by."""
        most, ends = self.in_use(), time.monotonic() + seconds
        while time.monotonic() < ends:
            time.sleep(0.05)
            most = [max(pair) for pair in zip(most, self.in_use())]
        return most

    def pools_are_as_before(self):
        """But for those that the honest hold; one of their pages may be under way."""
        connections, senders, buffers, _ = self.in_use()
        return connections <= HELD + 20 and senders <= HELD + 20 and buffers <= HELD + 20

    def fire(self, title, attack, port=PAGES, honest=None, rate=HONEST_PER_S, empty_s=150):
        """attack() starts one, and gives what ends it: how much was sent."""
        load = self.honest(port if honest is None else honest, rate)
        time.sleep(CALM_SECONDS)
        rss_kb, began = self.server.rss_kb(), time.monotonic()
        end = attack()
        self.most = most = self.watch(SECONDS)
        sent, ended = end(), time.monotonic()
        until('the pools are as before', self.pools_are_as_before, empty_s)
        empty_s = time.monotonic() - ended
        time.sleep(CALM_SECONDS)
        result = load.end()
        self.tell(title, sent / (ended - began), result, began, ended, most,
                  self.server.rss_kb() - rss_kb, empty_s)
        self.assertEqual([why for _, _, why in result['pages'] if why], [])
        self.assertEqual(result['lost'], [])
        self.get_works()
        return sent

    @staticmethod
    def tell(title, per_second, result, began, ended, most, rss_kb, empty_s):
        pages = result['pages']
        calm = max((took for at, took, _ in pages if at + took < began), default=0)
        worst = max((took for at, took, _ in pages if at + took >= began), default=0)
        slow = [at + took for at, took, why in pages if took > calm + SLOW or why]
        rows.append('| ' + ' | '.join(str(word) for word in (
            title, round(per_second), len(pages), sum(why is not None for _, _, why in pages),
            len(result['lost']), f'{1e3 * calm:.1f}', f'{1e3 * worst:.1f}', *most, rss_kb,
            f'{max(0, max(slow, default=0) - ended):.1f}', f'{empty_s:.1f}')) + ' |')

    def attack(self, title, name, port=PAGES, per_second=None, **more):
        def begin():
            rate = OPENS_PER_S if per_second is None else per_second
            return self.attacker(name, port, rate).end
        return self.fire(title, begin, port, **more)

    def flood(self, title, name, **more):
        before = self.server.counter('rx_frames')
        sent = self.attack(title, name, per_second=FRAMES_PER_S, **more)
        self.assertGreater(sent, 0)
        self.assertGreater(self.server.counter('rx_frames'), before)


class Floods(Fire):
    def test_syns(self):
        self.flood('SYN flood', 'syn')

    def test_acks(self):
        self.flood('bad-cookie ACK flood', 'ack')

    def test_rsts(self):
        self.flood('RST flood', 'rst')

    def test_fins(self):
        self.flood('FIN flood', 'fin')

    def test_fragments(self):
        self.flood('fragments', 'fragment')

    @unittest.skipUnless(FAMILY == 4, 'IPv4')
    def test_arp(self):
        self.flood('ARP storm', 'arp')

    @unittest.skipUnless(FAMILY == 6, 'IPv6')
    def test_nd(self):
        self.flood('ND storm', 'nd')

    def test_icmp(self):
        self.flood('ICMP storm', 'icmp')


class Crowds(Fire):
    """More than there are extension blocks and buffers."""
    settings = ('tcp.connections=16000',)

    def test_slow_readers(self):
        self.attack('slow readers', 'slow_readers', BIG, honest=PAGES)

    def test_slow_writers(self):
        self.attack('slow writers', 'slow_writers', CLOSES_FIRST)

    def test_half_closed(self):
        """The server closes, and they do not."""
        self.attack('half-closed', 'hold', CLOSE, honest=PAGES)


class Kept(Fire):
    """SYNs are kept, for some seconds, and TIME-WAIT is full at once."""
    settings = ('tcp.connections=16000', 'tcp.syn-cookies=auto', 'tcp.backlog=10000',
                'tcp.syn-ack-retries=1', 'tcp.time-wait-max=1000')

    def test_half_open(self):
        self.flood('half-open', 'half_open')

    def test_syns(self):
        self.flood('SYN flood, cookies auto', 'syn')

    def test_time_wait(self):
        def begin():
            counts = storm('drain', CLOSE, 5000, concurrent=100)
            return lambda: counts['closed']
        self.fire('TIME-WAIT full', begin)
        self.assertGreater(self.server.counter('time_wait_reused'), 0)


class Full(Fire):
    """More than the table holds."""
    settings = (f'tcp.connections={TABLE}',)

    def test_who_is_in_is_not_harmed(self):
        self.attack('connection table full', 'hold', DISCARD, honest=PAGES, rate=0)
        self.assertGreater(self.most[0], TABLE * 3 / 4)
        load = self.honest()
        time.sleep(CALM_SECONDS)
        result = load.end()
        self.assertGreater(len(result['pages']), 0)
        self.assertEqual([why for _, _, why in result['pages'] if why], [])


if __name__ == '__main__':
    harness.main()
