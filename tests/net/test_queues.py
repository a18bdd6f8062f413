# SPDX-License-Identifier: BSD-3-Clause
"""Several queues, each with a worker: flows stay with theirs, and what is opened comes back
to who opened it. On few processors: workers that find nothing to do give theirs away."""
import re
import unittest

import harness
from harness import ADDRESS, CLIENT, FULL, run, storm, until
from lastack_telemetry import Telemetry
from load import FAR, LOAD_PREFIX, Far, FarServer, Load, MemifServer, tap_load
from veth import KernelEcho, Veth

CONNECTIONS = 100000 if FULL else 10000
MANY = 20000 if FULL else 8500          # More than the kernel's table of a tap's flows holds.
EVEN = 1.2                              # The busiest worker's share over the idlest one's.


def per_worker(server, name):
    """A counter of each worker."""
    workers = server.get('info')['workers']
    return [server.get(f'counters,{n}')[name] for n in range(workers)]


class Queues(unittest.TestCase):
    def even(self, counts, all_of_them):
        self.assertEqual(sum(counts), all_of_them, counts)
        self.assertLess(max(counts), min(counts) * EVEN, counts)

    def load_went_well(self, told, workers, connections=CONNECTIONS):
        self.assertEqual(told['failed'], dict.fromkeys(told['failed'], 0))
        self.assertEqual((told['attempted'], told['opened'], told['closed']),
                         (connections,) * 3)
        self.assertEqual(told['latency_us']['handshake']['count'], connections)
        self.assertEqual(len(told['workers']), workers)
        self.even([row['opened'] for row in told['workers']], connections)
        self.assertEqual([row['wrong_core'] for row in told['workers']], [0] * workers)


class TapServe(Queues):
    """Kernel clients against a tap of several queues."""

    def serve(self, workers, *settings):
        server = harness.Server(*settings, config=harness.configuration(workers=workers))
        self.addCleanup(server.kill)
        self.assertEqual(server.get('info')['workers'], workers)
        self.assertIn('eBPF', server.get('info')['steering'])
        return server

    def queues(self):
        said = run('ip', '-d', 'link', 'show', 'dtap0').stdout
        return int(re.search(r'numqueues (\d+)', said)[1])

    def stop(self, server):
        code, output = server.stop()
        self.assertEqual(code, 0, output[-3000:])
        self.assertNotIn('wrong_core', output)

    def test_flows_are_spread_and_stay(self):
        for workers in (2, 4):
            server = self.serve(workers)
            # Those that are read, and none beside them.
            self.assertEqual(self.queues(), workers)
            storm('echo', 7, CONNECTIONS, octets=1000)
            storm('http', 80, CONNECTIONS)
            until('nothing is open', lambda s=server: harness.no_connections(s))
            self.assertEqual(server.counter('wrong_core'), 0)
            self.even(per_worker(server, 'opened'), 2 * CONNECTIONS)
            self.assertEqual(server.counter('opened'), 2 * CONNECTIONS)
            self.stop(server)

    def test_neighbours_are_known_to_all(self):
        """ARP comes to one queue. A worker that speaks first must have been told by whoever
        heard it where the client is."""
        server = self.serve(4, 'tcp.keepalive=1s')
        held = harness.hold(9, 40)
        try:
            self.assertGreater(min(per_worker(server, 'opened')), 0)
            shared = [row['shared_frames'] for row in server.rows('workers')]
            self.assertEqual(sum(n > 0 for n in shared), 3, shared)
            before = server.counter('tx_segments')
            until('all were asked whether they are alive',
                  lambda: server.counter('tx_segments') >= before + 40)
            self.assertEqual(per_worker(server, 'tx_no_neighbour'), [0] * 4)
            # Asked again by the kernel, whoever it hears first.
            run('ip', 'neigh', 'flush', 'dev', 'dtap0')
            run('ping', '-c', 3, '-i', '0.2', '-W', 5, ADDRESS)
        finally:
            counts = harness.let_go(held)
        self.assertEqual((counts['closed'], counts['failed']), (40, 0), counts)
        self.assertEqual(server.counter('address_conflicts'), 0)
        self.stop(server)

    def test_pages_one_by_one(self):
        server = self.serve(4)
        for _ in range(20):
            page = run('curl', '-sS', '--max-time', 20, '-o', '/dev/null', '-w',
                       '%{http_code} %{size_download}', f'http://{ADDRESS}/')
            self.assertEqual(page.stdout, '200 64')
        run('ip', 'neigh', 'flush', 'dev', 'dtap0')
        storm('http', 80, 1000)
        self.assertEqual(server.counter('wrong_core'), 0)
        self.stop(server)


class TapLoad(Queues):
    """The load role on a tap of several queues, against servers of the kernel."""

    def test_answers_come_back(self):
        for workers in (2, 4):
            echo = KernelEcho('0.0.0.0', 7)
            try:
                load = tap_load('10.79.0.254:7', service='echo', octets=100, rate=3000,
                                connections=CONNECTIONS, duration='90s', workers=workers)
                self.load_went_well(load.result(120), workers)
            finally:
                counts = echo.stop()
            self.assertIn('eBPF program in the tap, by the destination port', load.said)
            self.assertEqual(load.told['latency_us']['connection']['count'], CONNECTIONS)
            self.assertEqual(counts['accepted'], CONNECTIONS)

    def test_more_flows_at_once_than_the_kernel_remembers(self):
        for workers in (2, 4):
            echo = KernelEcho('0.0.0.0', 7)
            try:
                load = tap_load('10.79.0.254:7', service='hold', concurrent=MANY, rate=3000,
                                connections=MANY, duration=f'{MANY // 3000 + 4}s',
                                workers=workers)
                self.load_went_well(load.result(120), workers, MANY)
            finally:
                counts = echo.stop()
            self.assertEqual(load.told['connections_max'], MANY)
            self.assertEqual(counts['accepted'], MANY)


class Memif(Queues):
    """Both roles, each with several workers."""

    def test_both_sides_agree(self):
        for workers in (2, 4):
            server = MemifServer('tcp.time-wait=1s', workers=workers)
            self.addCleanup(server.kill)
            for port, settings in ((9, {}), (7, {'service': 'echo', 'octets': 1000}),
                                   (80, {'service': 'http', 'close': 'server'})):
                before = per_worker(server, 'opened')
                told = server.load(port, rate=0, concurrent=100, connections=CONNECTIONS,
                                   duration='0', workers=workers, **settings).result(200)
                self.load_went_well(told, workers)
                until('nothing is open', lambda s=server: harness.no_connections(s))
                after = per_worker(server, 'opened')
                self.even([a - b for a, b in zip(after, before)], CONNECTIONS)
            self.assertEqual(server.counter('wrong_core'), 0)
            self.assertEqual(sum(per_worker(server, 'closed')), server.counter('closed'))
            code, output = server.stop()
            self.assertEqual(code, 0, output[-3000:])


class Packet(Queues):
    """net_af_packet, whose frames the kernel spreads by a hash of its own."""

    def test_serving_with_fanout(self):
        for workers in (2, 4):
            with Veth('far', 'near0', 'far0', (), (f'{CLIENT}/24',)) as veth:
                run('ip', 'address', 'add', '10.78.0.1/16', 'dev', 'near0')
                server = FarServer(veth.enter, 'far0', workers=workers)
                self.addCleanup(server.kill)
                self.assertEqual(server.get('info')['workers'], workers)
                storm('http', 80, CONNECTIONS, concurrent=50, target=FAR)
                storm('echo', 7, CONNECTIONS, concurrent=50, octets=1000, target=FAR)
                until('nothing is open', lambda s=server: harness.no_connections(s))
                self.even(per_worker(server, 'opened'), 2 * CONNECTIONS)
                self.assertEqual(server.counter('wrong_core'), 0)
                code, output = server.stop()
                self.assertEqual(code, 0, output[-3000:])

    def test_fewer_workers_than_the_kernel_fills_queues(self):
        """What no worker of its own reads is read all the same."""
        with Veth('far', 'near0', 'far0', (), (f'{CLIENT}/24',)) as veth:
            run('ip', 'address', 'add', '10.78.0.1/16', 'dev', 'near0')
            server = FarServer(veth.enter, 'far0', 'worker.count=2', workers=4)
            self.addCleanup(server.kill)
            info = server.get('info')
            self.assertEqual((info['workers'], info['queues']), (2, 4))
            storm('http', 80, 1000, concurrent=50, target=FAR)
            self.assertEqual(server.counter('wrong_core'), 0)
            code, output = server.stop()
            self.assertEqual(code, 0, output[-3000:])

    def test_load_has_one_worker_and_says_so(self):
        far = Far()
        echo = KernelEcho(FAR, 7, far.enter)
        try:
            for queues in (1, 4):
                load = Load(f'net_af_packet0,iface=near0,qpairs={queues}', '10.78.0.1/16',
                            f'{FAR}:7', ('-s', 'worker.count=4'), workers=4,
                            sources='10.78.1.1-10.78.1.250', service='echo', rate=2000,
                            connections=2000)
                self.load_went_well(load.result(), 1, 2000)
                self.assertIn('1 of 4 workers runs: ', load.said)
                self.assertIn('qpairs=N' if queues == 1 else 'by a hash', load.said)
        finally:
            echo.stop()
            far.close()


class Fallback(Queues):
    """What cannot be steered is left to one queue, and that is said."""

    def load(self, device, enter=()):
        return Load(device, '10.79.0.1/16', '10.79.0.254:7', ('-s', 'worker.count=4'),
                    enter=enter, workers=4, rate=10, duration='600s')

    def say(self, load, *words):
        """It says so and ends when it is told to, though there is nobody to load."""
        try:
            until('telemetry answers', lambda: load_telemetry(load), 30)
            load.signal()
            load.result(20, code=1)
        finally:
            load.kill()
        for word in words:
            self.assertIn(word, load.said)

    def test_a_kernel_that_takes_no_program(self):
        with open('/proc/sys/kernel/unprivileged_bpf_disabled', encoding='ascii') as setting:
            if setting.read().strip() == '0':
                self.skipTest('anybody may load a program here')
        humble = ('setpriv', '--bounding-set', '-bpf,-sys_admin')
        self.say(self.load('net_tap9,iface=dtap9', humble),
                 '1 of 4 workers runs: the kernel lets no program steer',
                 'bpf: Operation not permitted', '1 of 16 queues')
        server = harness.Server(config=harness.configuration(workers=4), enter=humble)
        try:
            self.assertIn('hash of the kernel', server.get('info')['steering'])
            self.assertEqual(server.get('info')['workers'], 4)
            storm('http', 80, 1000)
            self.assertEqual(server.counter('wrong_core'), 0)
        finally:
            code, output = server.stop()
        self.assertEqual(code, 0, output[-3000:])

    def test_a_driver_without_rss_and_rules(self):
        """Configured for four queues, and then for one."""
        self.say(self.load('net_vhost0,iface=/run/tmp/vhost.sock,queues=4'),
                 '1 of 4 workers runs: net_vhost has no RSS, and takes no rules')


def load_telemetry(load):
    if load.process.poll() is not None:
        raise AssertionError(load.process.stdout.read())
    try:
        Telemetry(LOAD_PREFIX).close()
    except (OSError, ValueError):
        return False
    return True


if __name__ == '__main__':
    harness.main()
