# SPDX-License-Identifier: BSD-3-Clause
"""What /lastack/... says is what the clients did, also while they do it."""
import re
import subprocess

import harness
from harness import CLIENT, HOST, MTU, VLAN, WORKERS, hold, let_go, run, storm
from variant import in_url, words

SS_STATES = {'ESTAB': 'ESTABLISHED', 'CLOSE-WAIT': 'FIN-WAIT-2', 'FIN-WAIT-2': 'CLOSE-WAIT'}


class Telemetry(harness.Case):
    def listener(self, name):
        rows = [row for row in self.server.rows('listeners') if row['name'] == name]
        self.assertEqual(len(rows), 1, rows)
        return rows[0]

    def test_info_names_what_runs(self):
        info = self.server.get('info')
        self.assertEqual(info['role'], 'serve')
        self.assertEqual(info['workers'], WORKERS)
        version = run(harness.LASTACK, '--version').stdout
        self.assertIn(info['version'], version)
        self.assertGreaterEqual(info['uptime_s'], 0)

    def test_config_is_the_effective_one(self):
        config = self.server.get('config')
        self.assertEqual(config['port/device'], words()['@DEVICE@'])
        self.assertEqual(config['port/address'], '10.77.0.1/24')
        self.assertEqual(config['port/address/2'], 'fd00:77::1/64')
        self.assertEqual((config['port/mtu'], config['port/vlan']), (str(MTU), str(VLAN)))
        self.assertEqual(config['worker/idle'], 'yield')
        self.assertEqual(config['tcp/time_wait_max'], '200000')

    def test_memory_states_the_sizes(self):
        memory = self.server.get('memory')
        self.assertEqual(memory['octets_per_connection'], 64)
        self.assertLessEqual(memory['octets_per_time_wait'], 36)
        self.assertGreater(memory['octets_table'], 0)
        self.assertTrue(0 < memory['mbufs_free'] <= memory['mbufs'], memory)

    def test_accepted_is_what_the_clients_opened(self):
        before = {name: self.listener(name)['accepted'] for name in ('web', 'echo', 'discard')}
        opened = self.server.counter('opened')
        counts = {'web': storm('http', 80, 3000), 'echo': storm('echo', 7, 500, octets=1000),
                  'discard': storm('close', 9, 2000)}
        harness.until('all closed', lambda: harness.no_connections(self.server))
        for name, done in counts.items():
            self.assertEqual(self.listener(name)['accepted'] - before[name], done['opened'])
        self.assertEqual(self.server.counter('opened') - opened, 5500)

    def test_held_connections_are_in_every_view(self):
        held = hold(7, 300)
        self.addCleanup(held.kill)
        # A client is connected before its last ACK has been heard.
        harness.until('300 ESTABLISHED', lambda: self.server.states()['ESTABLISHED'] == 300)
        self.assertEqual(self.listener('echo')['open'], 300)
        rows = self.server.rows('connections,50')
        self.assertEqual(len(rows), 50)
        live = self.kernel_view()
        for row in rows:
            self.assertEqual(SS_STATES[live[row['remote']]], row['state'], row)
            self.assertEqual(row['local'], f'{HOST}:7')
        counts = let_go(held)
        self.assertEqual((counts['closed'], counts['failed']), (300, 0))
        harness.until('all closed', lambda: harness.no_connections(self.server))
        self.assertEqual(self.listener('echo')['open'], 0)

    def test_open_ones_are_shown_before_time_wait(self):
        """Whichever worker has them."""
        storm('drain', 8088, 400 * WORKERS)
        held = hold(9, 4 * WORKERS)
        self.addCleanup(held.kill)
        harness.until('all are open', lambda: self.server.states()['ESTABLISHED'] == 4 * WORKERS)
        rows = self.server.rows(f'connections,{4 * WORKERS + 1}')
        self.assertEqual([row['state'] for row in rows],
                         ['ESTABLISHED'] * 4 * WORKERS + ['TIME-WAIT'])
        let_go(held)
        harness.until('all closed', lambda: harness.no_connections(self.server))

    @staticmethod
    def kernel_view():
        """The clients' side: local address and port -> state, as ss has it."""
        lines = run('ss', '-tnH', 'dst', HOST).stdout.splitlines()
        return {fields[3]: fields[0] for fields in (line.split() for line in lines)}

    def test_figures_agree_under_load(self):
        """Every sample taken while clients come and go, and one after, is consistent in itself."""
        load = subprocess.Popen(
            ['wrk', '-t1', '-c50', '-d4s', f'http://{HOST}/'], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL)
        self.addCleanup(load.wait)
        last, ended = 0, False
        while not ended:
            ended = load.poll() is not None
            counters = self.server.get('counters')
            self.assertGreaterEqual(counters['opened'], last)
            last = counters['opened']
            states = self.server.states()
            self.assertTrue(all(0 <= n <= 300000 for n in states.values()), states)
            rate = self.server.get('throughput')
            self.assertGreaterEqual(rate['connections'], 0)
        harness.until('a second of it has been counted',
                      lambda: self.server.get('throughput')['peak_opened_per_s'] > 0)

    def test_cookies_count(self):
        """Of connections that the clients close, so no tuple is in our TIME-WAIT: a SYN to that
        reopens the record, without a cookie, and the kernel comes back to its ports."""
        before = self.server.get('cookies')
        storm('echo', 7, 200, octets=100)
        harness.until('all closed', lambda: harness.no_connections(self.server))
        after = self.server.get('cookies')
        self.assertEqual(after['mode'], 'always')
        self.assertEqual(after['accepted'] - before['accepted'], 200)
        self.assertGreaterEqual(after['sent'] - before['sent'], 200)
        self.assertEqual(after['rejected'], before['rejected'])

    def test_workers_have_figures(self):
        workers = self.server.rows('workers')
        self.assertEqual(len(workers), WORKERS)
        for key in ('lcore', 'queue', 'polls', 'busy_percent', 'cycles_per_packet', 'burst_avg',
                    'table_used', 'table_size', 'longest_poll_us'):
            for worker in workers:
                self.assertIn(key, worker)

    def test_every_worker_has_its_share(self):
        before = self.opened_by_worker()
        connections = 400 * WORKERS
        storm('close', 9, connections)
        shares = [after - then for after, then in zip(self.opened_by_worker(), before)]
        self.assertEqual(sum(shares), connections)
        self.assertGreater(min(shares), 200, shares)

    def opened_by_worker(self):
        return [self.server.get(f'counters,{worker}')['opened'] for worker in range(WORKERS)]

    def test_per_worker_forms(self):
        for command in ('counters', 'states', 'throughput'):
            self.assertEqual(set(self.server.get(f'{command},0')), set(self.server.get(command)))

    def test_nonsense_is_survived(self):
        for parameter in ('99', '-1', 'x', '9' * 30, '0,0', ''):
            for command in ('counters', 'states', 'throughput', 'connections', 'info'):
                self.server.telemetry.get(f'/lastack/{command},{parameter}')
        self.get_works()

    def test_debian_s_own_client_reads_it(self):
        said = subprocess.run(
            ['dpdk-telemetry.py', '-f', harness.PREFIX], input='/lastack/info\n/\nquit\n',
            stdout=subprocess.PIPE, text=True, timeout=20, check=True).stdout
        self.assertIn('"role"', said)
        for name in ('info', 'throughput', 'counters', 'reasons', 'states', 'workers',
                     'listeners', 'cookies', 'connections', 'memory', 'notes', 'config'):
            self.assertTrue(re.search(rf'"/lastack/{name}"', said), name)

    def test_remote_is_the_client(self):
        held = hold(9, 1)
        self.addCleanup(held.kill)
        rows = harness.until('it is there', lambda: [
            row for row in self.server.rows('connections') if row['state'] == 'ESTABLISHED'])
        self.assertEqual([row['remote'].rsplit(':', 1)[0] for row in rows],
                         [in_url(CLIENT)])
        let_go(held)


if __name__ == '__main__':
    harness.main()
