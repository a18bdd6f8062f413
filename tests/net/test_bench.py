# SPDX-License-Identifier: BSD-3-Clause
"""`lastack bench`: both ends in one process, as an ordinary user."""
import json
import os
import resource
import signal
import subprocess
import tempfile
import unittest

import harness
from harness import LASTACK, run, until
from lastack_telemetry import Telemetry

NOBODY = 65534


class Bench(unittest.TestCase):
    """Not root: no hugepages, no devices, a runtime folder of the user's own."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        os.chown(self.folder.name, NOBODY, NOBODY)
        # The build may lie where only root looks.
        self.program = os.path.join(self.folder.name, 'lastack')
        run('cp', LASTACK, self.program)

    def tearDown(self):
        # EAL's folder of this run is gone.
        runtime = os.path.join(self.folder.name, 'dpdk')
        self.assertEqual(os.listdir(runtime) if os.path.isdir(runtime) else [], [])
        self.folder.cleanup()

    def environment(self):
        return dict(os.environ, XDG_RUNTIME_DIR=self.folder.name, HOME=self.folder.name)

    def bench(self, *arguments):
        path = os.path.join(self.folder.name, 'out.json')
        run(self.program, 'bench', '--seconds', '1', '--json', path, *arguments, timeout=60,
            user=NOBODY, group=NOBODY, extra_groups=(), env=self.environment(),
            cwd=self.folder.name)
        with open(path, encoding='ascii') as file:
            return json.load(file)

    def start(self, *arguments, **streams):
        return subprocess.run(
            [self.program, 'bench', '--seconds', '1', *arguments], user=NOBODY, group=NOBODY,
            extra_groups=(), env=self.environment(), cwd=self.folder.name, check=False,
            stdin=subprocess.DEVNULL, text=True, timeout=60 * harness.PATIENCE, **streams)

    def test_over_ipv6(self):
        said = self.bench('--family', '6')
        self.assertEqual(said['failed']['total'], 0)
        self.assertGreater(said['opened'], 0)
        self.assertEqual(said['config']['bench']['family'], '6')

    def test_the_json_may_be_all_of_stdout(self):
        done = self.start('--json', '-', stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)['role'], 'bench')
        self.assertIn('ran for', done.stderr)
        with open('/dev/full', 'w', encoding='ascii') as full:
            done = self.start('--json', '-', stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 1)
        self.assertIn('--json -: not written: No space left on device', done.stderr)

    def test_json_that_cannot_be_written_is_found_out_at_once(self):
        for path, why in (('/nonexistent/a.json', 'No such file or directory'),
                          ('/', 'Is a directory'), ('/proc/version', 'Permission denied')):
            done = self.start('--json', path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertEqual((done.returncode, done.stdout, done.stderr),
                             (1, '', f'lastack: --json {path}: {why}\n'))
        os.mkdir(os.path.join(self.folder.name, 'dpdk'))

    def all_went_well(self, told, packets):
        self.assertEqual(told['role'], 'bench')
        self.assertGreater(told['opened'], 0)
        self.assertEqual((told['attempted'], told['closed']), (told['opened'], told['opened']))
        self.assertEqual(told['failed']['total'], 0)
        self.assertEqual(told['verdict']['result'], 'pass')
        for name in ('attempted', 'opened', 'closed'):
            self.assertEqual(sum(row[name] for row in told['per_second']), told[name], name)
        for name in ('handshake', 'connection'):
            times = told['latency_us'][name]
            self.assertEqual(times['count'], told['opened'])
            self.assertEqual(sum(n for _, _, n in times['histogram']), times['count'])
            order = [times[key] for key in ('min', 'p50', 'p90', 'p99', 'p999', 'max')]
            self.assertEqual(order, sorted(order))
        server = told['server']
        self.assertGreater(server['cycles_per_connection'], 0)
        self.assertAlmostEqual(server['cycles_per_connection'] / server['cycles_per_packet'],
                               packets, delta=packets / 10)

    def test_connections_open_and_close(self):
        told = self.bench()
        # SYN, ACK, FIN, ACK in; SYN-ACK, FIN out.
        self.all_went_well(told, 6)
        self.assertEqual(told['server']['live'], 0)
        self.assertAlmostEqual(told['server']['bytes_per_connection'], 75, delta=2)

    def test_others_are_held_meanwhile(self):
        told = self.bench('--live', '5000')
        self.all_went_well(told, 6)
        self.assertEqual(told['server']['live'], 5000)

    def test_those_held_cost_the_others_nothing(self):
        """They are silent: each packet counted belongs to one that opened and closed."""
        server = self.bench('--live', '100000', '--seconds', '3')['server']
        self.assertEqual(server['live'], 100000)
        self.assertAlmostEqual(server['cycles_per_connection'] / server['cycles_per_packet'], 6,
                               delta=0.06)

    def test_too_many_to_hold(self):
        with open(self.program, 'rb') as program:
            if b'__asan_init' in program.read():
                self.skipTest('a sanitizer cannot live with a limit of memory')
        for live, code, why in (('1000000001', 2, 'not a number in 0-1000000000'),
                                ('1001m', 2, 'not a number in 0-1000000000'),
                                ('16g', 2, 'not a number in 0-1000000000'),
                                ('1000m', 1, 'are available: lower --live'),
                                ('16000k', 1, ': lower --live')):
            done = self.start('--live', live, '--workers', '2', stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS,
                                                                    (1 << 30, 1 << 30)))
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(why, done.stderr)

    def test_pages_are_fetched(self):
        self.all_went_well(self.bench('--service', 'http'), 7)

    def test_octets_come_back(self):
        self.all_went_well(self.bench('--service', 'echo', '--workers', '2'), 7)

    def test_its_telemetry_knows_both_ends_and_a_signal_ends_it(self):
        process = subprocess.Popen(
            [self.program, 'bench', '--seconds', '600', '--live', '40000', '--workers', '2'],
            user=NOBODY, group=NOBODY, extra_groups=(), env=self.environment(),
            cwd=self.folder.name, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        try:
            path = os.path.join(self.folder.name, 'dpdk', f'lastack-bench-{process.pid}',
                                'dpdk_telemetry.v2')
            telemetry = until('telemetry answers', lambda: self.answers(path), 30)
            self.assertEqual(telemetry.get('/lastack/info')['role'], 'bench')
            until('it opens', lambda: telemetry.get('/lastack/load')['closed'] > 100)
            self.assertGreater(telemetry.get('/lastack/latency')['handshake_us']['count'], 100)
            self.assertGreater(telemetry.get('/lastack/counters')['cookies_accepted'], 100)
            # Each worker has room for its share.
            self.assertLess(telemetry.get('/lastack/memory')['connections_size'], 50000)
            telemetry.close()
        finally:
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=30 * harness.PATIENCE)
        self.assertEqual(process.returncode, 0, said)
        self.assertIn('stopped by a signal', said)

    def answers(self, path):
        """The socket is there before the commands are, and the server before the load."""
        try:
            telemetry = Telemetry(path=path)
        except (OSError, ValueError):
            return None
        if 'phase' in (telemetry.get('/lastack/load') or {}):
            return telemetry
        telemetry.close()
        return None


if __name__ == '__main__':
    harness.main()
