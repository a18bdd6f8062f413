# SPDX-License-Identifier: BSD-3-Clause
"""Two ports in one process, each with a kernel behind it: addresses, gateways, listeners and
links of their own, and one telemetry socket."""
import json
import os
import socket
import tempfile
import unittest

import harness
from harness import LASTACK, PREFIX, Server, run, until

# What [port] and [port far] are, and the kernel's end of each.
NEAR, FAR = '10.77.0.1', '10.78.0.1'
TAPS = {'dtap0': '10.77.0.254', 'dtap1': '10.78.0.254'}
CONFIGURATION = '''
[eal]
args = --no-pci --no-huge -m 512 --lcores {lcores} --file-prefix {prefix}
args = --vdev net_tap0,iface=dtap0 --vdev net_tap1,iface=dtap1
[port]
device = net_tap0
address = 10.77.0.1/24
gateway = 10.77.0.253
[port far]
device = net_tap1
address = 10.78.0.1-10.78.0.9/24
gateway = 10.78.0.254
mtu = 1400
[worker]
idle = yield
[tcp]
connections = 10000
time-wait-max = 10000
[listen web]
[listen here]
on = port
port = 81
[listen there]
on = far
port = 82
service = discard
[listen one]
address = 10.78.0.9
port = 83
'''


def configuration(workers=2):
    """A file: the main lcore and so many workers on the processors there are."""
    cpus = sorted(os.sched_getaffinity(0))
    lcores = ','.join(f'{n}@{cpus[n % len(cpus)]}' for n in range(workers + 1))
    with tempfile.NamedTemporaryFile('w', suffix='.ini', delete=False) as file:
        file.write(CONFIGURATION.format(lcores=lcores, prefix=PREFIX))
    return file.name


def link():
    for tap, address in TAPS.items():
        run('ip', 'address', 'add', f'{address}/24', 'dev', tap)
        run('ip', 'link', 'set', tap, 'txqueuelen', 30000, 'up')


class Ports(harness.Case):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(config=configuration(), link=link)
        until('both links are up', lambda: [port['link_up'] for port in cls.ports()] == [1, 1])

    @classmethod
    def ports(cls):
        return cls.server.rows('ports')

    def page(self, address, port=80, check=True):
        return self.curl('-o', '/dev/null', '-w', '%{http_code}', f'http://{address}:{port}/',
                         timeout=5, check=check).stdout

    def is_closed(self, address, port):
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection((address, port), timeout=5)

    def test_both_serve(self):
        before = self.server.counter('opened')
        for address in (NEAR, FAR, '10.78.0.9'):
            self.assertEqual(self.page(address), '200')
        run('ping', '-c1', '-W5', NEAR)
        run('ping', '-c1', '-W5', '10.78.0.5')
        self.assertEqual(self.server.counter('opened'), before + 3)

    def test_a_listener_is_on_its_ports_alone(self):
        self.assertEqual(self.page(NEAR, 81), '200')
        self.is_closed(FAR, 81)
        self.is_closed(NEAR, 82)
        self.assertEqual(self.page('10.78.0.9', 83), '200')
        self.is_closed(FAR, 83)
        self.is_closed(NEAR, 83)

    def test_telemetry_tells_of_both(self):
        info = self.server.get('info')
        self.assertEqual((info['ports'], info['workers'], info['listeners']), (2, 2, 4))
        near, far = self.ports()
        self.assertEqual((near['name'], near['device'], near['mtu'], near['workers']),
                         ('port', 'net_tap0', 1500, 1))
        self.assertEqual((far['name'], far['device'], far['mtu'], far['workers']),
                         ('far', 'net_tap1', 1400, 1))
        self.assertNotEqual(near['mac'], far['mac'])
        workers = self.server.rows('workers')
        self.assertEqual([(row['device'], row['lcore'], row['queue']) for row in workers],
                         [('net_tap0', 1, 0), ('net_tap1', 2, 0)])
        listeners = {(row['name'], row['device']) for row in self.server.rows('listeners')}
        self.assertEqual(listeners, {('web', 'net_tap0'), ('web', 'net_tap1'),
                                     ('here', 'net_tap0'), ('there', 'net_tap1'),
                                     ('one', 'net_tap1')})
        self.assertIn('error', self.server.get('states,2'))
        memory = self.server.get('memory')
        self.assertEqual(memory['connections_size'], 20000)

    def test_sums_are_of_both(self):
        self.page(NEAR)
        self.page(FAR)
        whole, first, second = (self.server.get(f'counters{which}') for which in ('', ',0', ',1'))
        for name in ('opened', 'closed', 'syn_received', 'cookies_accepted'):
            self.assertEqual(whole[name], first[name] + second[name], name)
            self.assertGreater(min(first[name], second[name]), 0, name)
        accepted = {row['device']: row['accepted'] for row in self.server.rows('listeners')
                    if row['name'] == 'web'}
        self.assertGreater(min(accepted.values()), 0)
        self.assertEqual(self.server.get('cookies')['accepted'], whole['cookies_accepted'])

    def test_connections_of_both_are_listed(self):
        held = [harness.subprocess.Popen(['nc', address, '80'], stdin=harness.subprocess.PIPE)
                for address in (NEAR, FAR)]
        try:
            until('both are open', lambda: self.server.states()['ESTABLISHED'] == 2)
            rows = {row['local'] for row in self.server.rows('connections')
                    if row['state'] == 'ESTABLISHED'}
            self.assertEqual(rows, {f'{NEAR}:80', f'{FAR}:80'})
            self.assertEqual(self.server.get('states,1')['ESTABLISHED'], 1)
        finally:
            for process in held:
                process.kill()
                process.communicate()
        until('both are gone', lambda: self.server.states()['ESTABLISHED'] == 0)

    def changes(self):
        return [port['link_changes'] for port in self.ports()]

    def test_one_link_goes_down_and_comes_up(self):
        before = self.changes()
        run('ip', 'link', 'set', 'dtap1', 'down')
        until('it is seen', lambda: [port['link_up'] for port in self.ports()] == [1, 0])
        self.assertEqual(self.changes(), [before[0], before[1] + 1])
        self.assertEqual(self.page(NEAR), '200')
        run('ip', 'link', 'set', 'dtap1', 'up')
        until('it is seen', lambda: [port['link_up'] for port in self.ports()] == [1, 1])
        self.assertEqual(self.changes(), [before[0], before[1] + 2])
        self.assertEqual(self.page(FAR), '200')
        self.assertEqual(self.page(NEAR), '200')
        self.assertRegex(self.server.output(), r'far: link down at \d\d:\d\d:\d\d\n')
        self.assertRegex(self.server.output(), r'far: link up at \d\d:\d\d:\d\d\n')

    def test_a_silent_gateway_is_told_by_its_port(self):
        until('it is said', lambda: 'port: gateway 10.77.0.253 does not answer' in
              self.server.output(), 20)
        self.assertEqual([port['gateway_silent'] for port in self.ports()], [1, 0])
        self.assertNotIn('far: gateway', self.server.output())

    def test_top_shows_workers_of_both(self):
        shown = json.loads(run(LASTACK, 'top', '--once', '--json').stdout)['instances'][0]
        self.assertEqual(shown['info']['ports'], 2)
        self.assertEqual(len(shown['workers']), 2)


class Start(unittest.TestCase):
    """What is said at the start and at the end, and what does not start."""

    def test_each_port_gets_its_lcores(self):
        """Three lcores for two ports; a tap has more than one queue."""
        server = Server(config=configuration(3), link=link)
        try:
            devices = [row['device'] for row in server.rows('workers')]
            self.assertEqual(devices, ['net_tap0', 'net_tap0', 'net_tap1'])
            harness.storm('close', 80, 50)
        finally:
            code, output = server.stop()
        self.assertEqual(code, 0, output)
        for line in ('port         net_tap0 (net_tap)', 'port         net_tap1 (net_tap)',
                     'listener     there: discard on * port 82 (on far)',
                     'worker       2 on lcore 3, queue 0 of net_tap1',
                     'connections  opened 50, closed 50'):
            self.assertIn(line, output)

    def test_too_few_lcores_are_an_error(self):
        for settings, line, lcores in (
                ((), '2 ports with 1 worker each need 2 lcores beside the main one, eal.args '
                     'gives 1', 2),
                (('-s', 'worker.count=2'), '2 ports with 2 workers each need 4 lcores', 4)):
            done = run(LASTACK, 'serve', '-c', configuration(1), *settings, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(line, done.stdout)
            # What it proposes is the main one and as many as it needs.
            proposed = done.stdout.split('--lcores ')[1].split()[0]
            self.assertEqual(proposed.count('@'), 1 + lcores, done.stdout)

    def test_a_port_that_is_not_there_is_an_error(self):
        done = run(LASTACK, 'serve', '-c', configuration(), '-s', 'port far.device=net_tap7',
                   check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("there is no device 'net_tap7'", done.stdout)

    def test_what_check_prints_can_be_read_again(self):
        path = configuration()
        first = run(LASTACK, 'check', '-c', path, '-s', 'port far.mtu=1300').stdout
        with tempfile.NamedTemporaryFile('w', suffix='.ini', delete=False) as file:
            file.write(first)
        self.assertEqual(run(LASTACK, 'check', '-c', file.name).stdout, first)
        self.assertIn('[port far]\n', first)
        self.assertIn('mtu                = 1300\n', first)


if __name__ == '__main__':
    harness.main()
