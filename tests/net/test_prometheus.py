# SPDX-License-Identifier: BSD-3-Clause
"""What Prometheus learns from scripts/prometheus-exporter is what the clients did."""
import collections
import copy
import json
import math
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

import harness
from fake_telemetry import HANG, NONSENSE, FakeTelemetry
from harness import PREFIX, SCRIPTS, Server, run, storm, until

import lastack_metrics                  # In SCRIPTS.
from prometheus_client import parser

TOP = os.path.dirname(SCRIPTS)
CONFIG = os.path.join(TOP, 'config/prometheus.yml')
BOARD = os.path.join(TOP, 'config/grafana.json')
EVENTS = ('lib/stack/stack_events.def', 'lib/link/link_events.def')
REASONS = {'segments': 'lib/tcp/tcp_reasons.def', 'frames': 'lib/wire/rx_reasons.def'}
WEB = '127.0.0.1:9090'
NEEDS_PROMETHEUS = unittest.skipUnless(
    shutil.which('prometheus') and shutil.which('promtool'), 'no prometheus: install it')

LOAD = {
    'info': {'version': '0.1.0', 'role': 'load', 'uptime_s': 7, 'workers': 2, 'device': 'net_x0'},
    'counters': {'opened': 900, 'ok': 5000, 'drop_paws': 3, 'rx_ok': 5003, 'port_rx_packets': 5003},
    'reasons': {'ok': {'class': 'ok', 'of': 'segment'}, 'rx_ok': {'class': 'ok', 'of': 'frame'},
                'drop_paws': {'class': 'drop', 'of': 'segment'}},
    'counters,0': {'opened': 400}, 'counters,1': {'opened': 500},
    'states': {'ESTABLISHED': 40, 'TIME_WAIT': 0},
    'load': {
        'service': 'http', 'phase': 'sustain', 'offered_per_s': 100, 'attempted': 1000,
        'opened': 900, 'closed': 850, 'failed': 45, 'open': 40, 'late_opens': 6,
        'late_max_us': 2500, 'behind': 2, 'retransmissions': 11, 'refused': 1, 'timeout': 2,
        'reset': 3, 'wrong_data': 4, 'closed_early': 5, 'no_port': 6, 'no_room': 7,
        'no_neighbour': 8, 'late': 9, 'unfinished': 0, 'live': 12},
    'latency': {
        'handshake_us': {'min': 20, 'p50': 50, 'p90': 90, 'p99': 990, 'p999': 1999, 'max': 30000,
                         'count': 900},
        'connection_us': {'min': 0, 'p50': 0, 'p90': 0, 'p99': 0, 'p999': 0, 'max': 0,
                          'count': 0}},
    'workers': {'0': {'answers': 1, 'lcore': 1, 'queue': 0, 'polls': 5, 'busy_percent': 57,
                      'cycles_per_packet': 300, 'burst_avg': 4, 'table_used': 3, 'table_size': 9,
                      'longest_poll_us': 1500}},
    'memory': {'error': 'a worker did not answer'},
}
FAILED = {'refused': 1, 'timeout': 2, 'reset': 3, 'wrong_data': 4, 'closed_early': 5, 'no_port': 6,
          'no_room': 7, 'no_neighbour': 8, 'late': 9, 'unfinished': 0}


class Exporter:
    """scripts/prometheus-exporter on a port of its own choice."""

    def __init__(self, *arguments, listen='127.0.0.1:0'):
        self.process = subprocess.Popen(
            [os.path.join(SCRIPTS, 'prometheus-exporter'), '--listen', listen, *arguments],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True)
        said = self.process.stderr.readline()
        match = re.fullmatch(r'prometheus-exporter: (http://127\.0\.0\.1:(\d+))/metrics\n', said)
        if not match:
            self.kill()
            raise AssertionError(f'the exporter said {said!r}')
        self.url, self.port = match[1], int(match[2])

    def text(self, waits=None):
        """The page as it is. waits: how long the scraper says it waits."""
        request = urllib.request.Request(f'{self.url}/metrics')
        if waits:
            request.add_header('X-Prometheus-Scrape-Timeout-Seconds', str(waits))
        with urllib.request.urlopen(request, timeout=10 * harness.PATIENCE) as page:
            return page.read().decode()

    def samples(self, waits=None):
        """{(name, (label, value), ...): value} of all samples, the labels in order."""
        return {(sample.name, *sorted(sample.labels.items())): sample.value
                for family in parser.text_string_to_metric_families(self.text(waits))
                for sample in family.samples}

    def stop(self, number=signal.SIGTERM):
        """Signal, wait, and return the exit status and what it said on stderr."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=10 * harness.PATIENCE)
        return self.process.returncode, said

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stderr.close()


class Prometheus:
    """Debian's, with the sample configuration but for its times and target."""

    def __init__(self, target):
        self.folder = tempfile.mkdtemp()
        with open(CONFIG, encoding='utf-8') as sample:
            text = sample.read()
        for old, new in (('127.0.0.1:9877', target), ('scrape_interval: 5s', 'scrape_interval: 1s'),
                         ('scrape_timeout: 4s', 'scrape_timeout: 1s')):
            assert text.count(old) == 1, (old, text)
            text = text.replace(old, new)
        config = os.path.join(self.folder, 'prometheus.yml')
        with open(config, 'w', encoding='utf-8') as copied:
            copied.write(text)
        with open(os.path.join(self.folder, 'log'), 'w', encoding='utf-8') as log:
            self.process = subprocess.Popen(
                ['prometheus', f'--config.file={config}', f'--web.listen-address={WEB}',
                 f'--storage.tsdb.path={self.folder}/data'],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def log(self):
        with open(os.path.join(self.folder, 'log'), encoding='utf-8') as log:
            return log.read()

    def query(self, expression):
        """The samples of an instant query: a list of (labels, value). None: not there yet."""
        if self.process.poll() is not None:
            raise AssertionError(f'prometheus exited {self.process.returncode}:\n{self.log()}')
        query = urllib.parse.urlencode({'query': expression})
        try:
            with urllib.request.urlopen(f'http://{WEB}/api/v1/query?{query}', timeout=10) as reply:
                answer = json.load(reply)
        except urllib.error.HTTPError as error:
            if error.code == 503:       # Still starting.
                return None
            raise AssertionError(f'{expression}: {error.read().decode()}') from None
        except urllib.error.URLError:
            return None
        return [(row['metric'], float(row['value'][1])) for row in answer['data']['result']]

    def value(self, expression):
        """The one value of a query, or None."""
        rows = self.query(expression)
        if not rows:
            return None
        if len(rows) != 1:
            raise AssertionError(f'{expression}: {rows}')
        return rows[0][1]

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(20 * harness.PATIENCE)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            shutil.rmtree(self.folder)


class Scraped(harness.Case):
    """One server, and a load generator that is made up, under one exporter."""
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.load = FakeTelemetry('load', copy.deepcopy(LOAD))
        cls.addClassCleanup(cls.load.close)
        cls.exporter = Exporter('--prefix', PREFIX, '--prefix', 'load')
        cls.addClassCleanup(cls.exporter.kill)

    def counters_at_rest(self):
        """All counters, once they stand still."""
        def still():
            first = self.server.get('counters')
            time.sleep(0.1)
            return first if first == self.server.get('counters') else None
        return until('counters stand still', still)

    @NEEDS_PROMETHEUS
    def test_prometheus_s_query_returns_what_a_storm_did(self):
        prometheus = Prometheus(f'127.0.0.1:{self.exporter.port}')
        self.addCleanup(prometheus.stop)
        opened = f'lastack_connections_opened_total{{prefix="{PREFIX}"}}'
        until('prometheus has 2 samples', lambda: (prometheus.value(
            f'count_over_time({opened}[1m])') or 0) >= 2, 30)
        before = self.server.counter('opened')
        done = storm('http', 80, 30000)['opened']
        counters = self.counters_at_rest()
        self.assertEqual(counters['opened'] - before, done)
        until('prometheus has it all', lambda: prometheus.value(opened) == counters['opened'])
        self.totals_are_equal(prometheus, counters)
        # Over all the time that there is. A rate is of the time between scrapes, which is up to
        # the machine; what has moved is not.
        moved = f'max_over_time({opened}[1h]) - min_over_time({opened}[1h])'
        self.assertEqual(prometheus.value(moved), counters['opened'] - before)
        self.assertGreater(prometheus.value(f'rate({opened}[1h])'), 0)
        self.board_shows(prometheus)
        self.up_follows_the_server(prometheus)

    def totals_are_equal(self, prometheus, counters):
        """Every counter of the telemetry is there, under the name it ought to have."""
        label = f'{{prefix="{PREFIX}"}}'
        shown = collections.Counter()
        for row, value in prometheus.query(f'{{__name__=~"lastack_.*_total",prefix="{PREFIX}",'
                                           'worker="",listener=""}'):
            shown[row.get('reason') or row['__name__']] += value
        for name in ('ok', 'drop_paws', 'ok_opened_by_cookie', 'rx_ok', 'rx_tcp_checksum'):
            self.assertEqual(shown[name], counters[name], name)
        for metric, name in (('connections_closed', 'closed'), ('cookies_sent', 'cookies_sent'),
                             ('time_wait_entered', 'time_wait_entered'),
                             ('segments_sent', 'tx_segments')):
            self.assertEqual(shown[f'lastack_{metric}_total'], counters[name], name)
        for metric, path in REASONS.items():
            self.assertEqual(prometheus.value(f'sum(lastack_{metric}_total{label})'),
                             sum(counters[name] for name in definitions(path)), metric)
        states = dict((row['state'], n) for row, n in prometheus.query(
            f'lastack_connections{label}'))
        self.assertEqual(states, self.server.states())

    def board_shows(self, prometheus):
        """Each query of the board is one, and finds something where there has to be something."""
        for expression in board_expressions():
            query = expression.replace('$prefix', '.*').replace('$__rate_interval', '10s')
            found = prometheus.query(query)
            self.assertTrue(found or expression.endswith(' > 0'), query)

    def up_follows_the_server(self, prometheus):
        up = f'lastack_up{{prefix="{PREFIX}"}}'
        self.assertEqual(prometheus.value(up), 1)
        code, said = self.server.stop()
        self.assertEqual(code, 0, said)
        until('it is down', lambda: prometheus.value(up) == 0)
        rows = prometheus.query(f'{{__name__=~"lastack_.*",prefix="{PREFIX}"}}')
        self.assertEqual({row['__name__'] for row, _ in rows},
                         {'lastack_up', 'lastack_read_seconds'})
        self.assertEqual(prometheus.value('lastack_up{prefix="load"}'), 1)
        self.server.start()
        until('it is up again', lambda: prometheus.value(up) == 1)

    def test_every_metric_of_the_board_is_on_the_page(self):
        names = {key[0] for key in self.exporter.samples()}
        asked = {name for expression in board_expressions()
                 for name in re.findall(r'\blastack_\w+', expression)}
        self.assertGreater(len(asked), 40)
        self.assertEqual(asked - names, set())

    @NEEDS_PROMETHEUS
    def test_promtool_finds_no_fault(self):
        for page in (self.exporter.text(), FAULTY):
            done = subprocess.run(['promtool', 'check', 'metrics'], input=page, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20,
                                  check=False)
            self.assertEqual((done.returncode, done.stdout) == (0, ''), page != FAULTY, done.stdout)
        run('promtool', 'check', 'config', CONFIG)

    def test_worker_and_listener_figures_are_those_of_the_telemetry(self):
        storm('echo', 7, 100, octets=100)
        counters = self.counters_at_rest()
        shown = self.exporter.samples()

        def figure(name, **labels):
            return shown[(f'lastack_{name}', *sorted({**labels, 'prefix': PREFIX}.items()))]
        self.assertEqual(figure('worker_connections_opened_total', worker='0'), counters['opened'])
        echo = next(row for row in self.server.rows('listeners') if row['name'] == 'echo')
        self.assertGreaterEqual(echo['accepted'], 100)
        self.assertEqual(figure('listener_connections_accepted_total', listener='echo'),
                         echo['accepted'])
        self.assertEqual(figure('listener_info', listener='echo', address='*', port='7',
                                service='echo'), 1)
        memory = self.server.get('memory')
        self.assertEqual(figure('memory_bytes', use='stacks'), memory['octets_stacks'])
        self.assertEqual(figure('connection_bytes'), 64)
        self.assertEqual(figure('pool_size', pool='time_wait'), 200000)
        self.assertEqual(figure('cookie_mode_info', mode='always'), 1)
        self.assertTrue(0 <= figure('worker_busy_ratio', worker='0') <= 1)

    def test_the_instance_says_what_is_a_reason(self):
        told = self.server.get('reasons')
        families = {name: lastack_metrics.counter_family(row) for name, row in told.items()}
        for family, path in REASONS.items():
            reasons = definitions(path)
            self.assertGreater(len(reasons), 20)
            self.assertEqual(reasons & set(lastack_metrics.COUNTERS), set())
            self.assertEqual({families[name] for name in reasons}, {(family, 'reason')})
        # All others have a metric of their own.
        rest = set(told) - set().union(*map(definitions, REASONS.values()))
        self.assertEqual(rest - set(lastack_metrics.COUNTERS), set())


FAULTY = '# TYPE lastack_opened counter\nlastack_opened 1\n'


def board_expressions():
    """What the panels of the Grafana board ask for."""
    with open(BOARD, encoding='utf-8') as board:
        panels = json.load(board)['panels']
    return [target['expr'] for panel in panels for target in panel.get('targets', ())]


def definitions(path):
    """The telemetry's names of what an X-macro file defines."""
    with open(os.path.join(TOP, path), encoding='utf-8') as file:
        return set(re.findall(r'^X\(\w+, (\w+),', file.read(), re.MULTILINE))


class Board(unittest.TestCase):
    def setUp(self):
        with open(BOARD, encoding='utf-8') as board:
            self.board = json.load(board)

    def test_variables_choose_the_data_source_and_the_instances(self):
        kinds = {row['name']: row['type'] for row in self.board['templating']['list']}
        self.assertEqual(kinds, {'datasource': 'datasource', 'prefix': 'query'})
        for expression in board_expressions():
            self.assertEqual(expression.count('lastack_'), expression.count('prefix=~"$prefix"'))
        sources = re.findall(r'"uid": "([^"]*)"', json.dumps(self.board['panels']))
        self.assertEqual(set(sources), {'${datasource}'})

    def test_panels_do_not_overlap(self):
        taken = set()
        for panel in self.board['panels']:
            at = panel['gridPos']
            cells = {(x, y) for x in range(at['x'], at['x'] + at['w'])
                     for y in range(at['y'], at['y'] + at['h'])}
            self.assertLessEqual(at['x'] + at['w'], 24, panel['title'])
            self.assertEqual(cells & taken, set(), panel['title'])
            taken |= cells
        numbers = [panel['id'] for panel in self.board['panels']]
        self.assertEqual(len(numbers), len(set(numbers)))


class Faked(unittest.TestCase):
    """Figures and faults that a running server does not have."""

    def fake(self, prefix='load', answers=None, **more):
        fake = FakeTelemetry(prefix, copy.deepcopy(LOAD) if answers is None else answers, **more)
        self.addCleanup(lambda: fake.ended.is_set() or fake.close())
        return fake

    def exporter(self, *arguments):
        exporter = Exporter(*arguments)
        self.addCleanup(exporter.kill)
        return exporter

    def down(self, samples, prefix='load'):
        """It is said to be down, and nothing else is said of it."""
        mine = {key[0]: value for key, value in samples.items() if ('prefix', prefix) in key}
        self.assertEqual(set(mine), {'lastack_up', 'lastack_read_seconds'})
        self.assertEqual(mine['lastack_up'], 0)

    def test_load_has_its_figures_in_base_units(self):
        self.fake()
        shown = self.exporter('--prefix', 'load').samples()
        prefix = ('prefix', 'load')
        for name, value in (
                ('offered_per_second', 100), ('connections', 40), ('late_opens_total', 6),
                ('connections_attempted_total', 1000), ('connections_opened_total', 900),
                ('connections_closed_total', 850), ('latest_open_seconds', 0.0025),
                ('opens_behind', 2), ('retransmissions_total', 11),
                ('handshake_seconds_count', 900), ('connection_seconds_count', 0)):
            self.assertEqual(shown[(f'lastack_load_{name}', prefix)], value, name)
        failed = {key[2][1]: n for key, n in shown.items()
                  if key[0] == 'lastack_load_connections_failed_total'}
        self.assertEqual(failed, FAILED)
        phases = {key[1][1]: n for key, n in shown.items() if key[0] == 'lastack_load_phase'}
        self.assertEqual(phases, {'idle': 0, 'resolve': 0, 'live': 0, 'ramp': 0, 'sustain': 1,
                                  'ramp_down': 0, 'drain': 0, 'done': 0})
        self.assertEqual(shown[('lastack_load_info', prefix, ('service', 'http'))], 1)
        self.assertEqual(shown[('lastack_worker_busy_ratio', prefix, ('worker', '0'))], 0.57)
        self.assertEqual(shown[('lastack_worker_connections_opened_total', prefix,
                                ('worker', '1'))], 500)

    def test_latency_is_a_summary_and_nothing_measured_is_not_0(self):
        self.fake()
        exporter = self.exporter('--prefix', 'load')
        self.assertIn('# TYPE lastack_load_handshake_seconds summary\n', exporter.text())
        shown = exporter.samples()

        def quantiles(name):
            return {key[2][1]: value for key, value in shown.items() if key[0] == name}
        self.assertEqual(quantiles('lastack_load_handshake_seconds'), {
            '0': 0.00002, '0.5': 0.00005, '0.9': 0.00009, '0.99': 0.00099, '0.999': 0.001999,
            '1': 0.03})
        nothing = quantiles('lastack_load_connection_seconds')
        self.assertEqual(len(nothing), 6)
        self.assertTrue(all(math.isnan(value) for value in nothing.values()), nothing)

    def test_what_is_new_shows_up_by_itself(self):
        fake = self.fake()
        fake.answers['counters'].update(drop_brand_new=5, rx_brand_new=6, brand_new=7, drop_odd=1)
        fake.answers['reasons'].update(drop_brand_new={'of': 'segment'}, drop_odd='odd',
                                       rx_brand_new={'of': 'frame'})
        fake.answers['load'].update(brand_new=8, phase='rest', note='words')
        fake.answers['states']['BRAND_NEW'] = 9
        shown = self.exporter('--prefix', 'load').samples()
        prefix = ('prefix', 'load')
        for name, label, value in (
                ('segments_total', ('reason', 'drop_brand_new'), 5),
                ('frames_total', ('reason', 'rx_brand_new'), 6),
                ('events_total', ('event', 'brand_new'), 7),
                ('events_total', ('event', 'drop_odd'), 1),
                ('load_other', ('figure', 'brand_new'), 8), ('load_phase', ('phase', 'rest'), 1),
                ('connections', ('state', 'BRAND-NEW'), 9)):
            self.assertEqual(shown[(f'lastack_{name}', *sorted((prefix, label)))], value, name)

    def test_every_counter_is_shown_once(self):
        fake = self.fake()
        names = set().union(*(definitions(path) for path in (*EVENTS, *REASONS.values())))
        fake.answers = {'info': LOAD['info'], 'counters': dict(zip(sorted(names), range(10, 999)))}
        shown = self.exporter('--prefix', 'load').samples()
        self.assertEqual(sorted(n for key, n in shown.items() if key[0].endswith('_total')),
                         list(range(10, 10 + len(names))))

    def test_one_that_is_not_there_is_down(self):
        exporter = self.exporter('--prefix', 'load')
        self.down(exporter.samples())
        fake = self.fake()
        self.assertEqual(exporter.samples()[('lastack_up', ('prefix', 'load'))], 1)
        fake.close(leave_socket=True)
        self.down(exporter.samples())
        os.unlink(fake.path)
        _, said = exporter.stop()
        self.assertEqual([line.split(': ')[2] for line in said.splitlines()],
                         ['no figures', 'answers again', 'no figures'])

    def test_each_port_has_figures_of_its_own(self):
        near = {'name': 'port', 'device': 'net_tap0', 'driver': 'net_tap', 'mac': '2:0', 'mtu': 1500,
                'link_up': 1, 'link_changes': 1, 'gateway_silent': 0, 'workers': 1,
                'rx_packets': 5, 'rx_octets': 500, 'tx_packets': 6, 'tx_octets': 600,
                'tx_refused': 7, 'rx_missed': 8}
        far = {**near, 'name': 'far', 'device': 'net_tap1', 'mtu': 1400, 'rx_packets': 50}
        self.fake(answers={**LOAD, 'ports': {'0': near, '1': far}})
        shown = self.exporter('--prefix', 'load').samples()

        def figure(metric, device, **labels):
            labels.update(prefix='load', device=device)
            return shown[(f'lastack_device_{metric}', *sorted(labels.items()))]
        self.assertEqual([figure('packets_total', device, direction='rx')
                          for device in ('net_tap0', 'net_tap1')], [5, 50])
        self.assertEqual(figure('mtu_bytes', 'net_tap1'), 1400)
        self.assertEqual(figure('drops_total', 'net_tap0', reason='rx_missed'), 8)
        self.assertEqual(figure('info', 'net_tap1', name='far', driver='net_tap', mac='2:0'), 1)
        # Those of all are called as ever.
        self.assertEqual(shown[('lastack_port_packets_total', ('direction', 'rx'),
                                ('prefix', 'load'))], 5003)

    def test_there_is_one_page(self):
        exporter = self.exporter()
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f'{exporter.url}/nosuch', timeout=10 * harness.PATIENCE)
        self.assertEqual(refused.exception.code, 404)
        with urllib.request.urlopen(f'{exporter.url}/', timeout=10 * harness.PATIENCE) as page:
            self.assertEqual(page.status, 200)

    def test_a_scrape_never_hangs(self):
        for prefix, where in (('greeting', None), ('first', 'info'), ('midway', 'latency')):
            answers = {**LOAD, where: HANG}
            self.fake(prefix, answers, greeting=None if where else HANG)
        self.fake('slow', LOAD, pause=0.3)
        self.fake()
        names = ('greeting', 'first', 'midway', 'slow', 'load')
        exporter = self.exporter(*(word for name in names for word in ('--prefix', name)))
        shown = exporter.samples(waits=1)
        for name in names[:4]:
            self.down(shown, name)
        self.assertEqual(shown[('lastack_up', ('prefix', 'load'))], 1)
        exporter.samples()

    def test_a_worker_that_hangs_costs_no_more_than_its_own_figures(self):
        self.fake(answers={**LOAD, 'workers': HANG})
        shown = self.exporter('--prefix', 'load').samples(waits=1)
        self.assertEqual(shown[('lastack_up', ('prefix', 'load'))], 1)
        self.assertEqual(shown[('lastack_connections_opened_total', ('prefix', 'load'))], 900)
        self.assertNotIn('lastack_worker_busy_ratio', {key[0] for key in shown})

    def test_nonsense_is_down_and_breaks_nothing(self):
        """Also answers of the wrong shape, names no label can have, and rows given twice."""
        odd = {**LOAD, 'states': {'ESTABLISHED': 'many', 'CLOSING': None, 'LAST_ACK': True},
               'workers': {'0': 7}, 'latency': {'handshake_us': 5},
               'listeners': {'0': {'name': 'a\n"\\\ud800', 'open': 1},
                             '1': {'name': 'a\n"\\\ud800', 'open': 2}}}
        self.fake('odd', odd)
        self.fake('cut', {**LOAD, 'counters': NONSENSE})
        self.fake('list', {**LOAD, 'info': [1]})
        self.fake('empty', LOAD, greeting={'no': 'length'})
        names = ('odd', 'cut', 'list', 'empty')
        exporter = self.exporter(*(word for name in names for word in ('--prefix', name)))
        shown = exporter.samples()
        for name in names[1:]:
            self.down(shown, name)
        mine = {key: value for key, value in shown.items() if ('prefix', 'odd') in key}
        self.assertEqual(mine[('lastack_listener_connections', ('listener', 'a\n"\\?'),
                               ('prefix', 'odd'))], 1)
        self.assertEqual(exporter.text().count('\nlastack_listener_connections{'), 1)
        self.assertNotIn('lastack_connections', {key[0] for key in mine})

    def test_without_prefix_it_finds_what_runs_at_each_scrape(self):
        exporter = self.exporter()

        def up():
            return {key[1][1]: value for key, value in exporter.samples().items()
                    if key[0] == 'lastack_up'}
        self.assertEqual(up(), {})
        fakes = [self.fake('one'), self.fake('two:1')]
        self.fake('testpmd', {'info': None})
        killed = self.fake('killed')
        killed.close(leave_socket=True)
        self.addCleanup(os.unlink, killed.path)
        self.assertEqual(up(), {'one': 1, 'two:1': 1})
        fakes[0].close()
        self.assertEqual(up(), {'two:1': 1})

    def test_a_scrape_is_one_connection_which_ends(self):
        fake = self.fake()
        exporter = self.exporter('--prefix', 'load')
        for _ in range(3):
            exporter.samples()
        self.assertEqual(fake.connections, 3)
        until('all are gone', lambda: fake.clients() == 0)

    def test_a_client_that_says_nothing_keeps_nobody_waiting(self):
        self.fake()
        exporter = self.exporter('--prefix', 'load')
        with socket.create_connection(('127.0.0.1', exporter.port)):
            self.assertTrue(exporter.samples())

    def test_signals_end_it_cleanly(self):
        fake = self.fake('stuck', {'info': HANG})
        for n, number in enumerate((signal.SIGINT, signal.SIGTERM), 1):
            exporter = self.exporter('--prefix', 'stuck')
            with socket.create_connection(('127.0.0.1', exporter.port)) as scraper:
                scraper.send(b'GET /metrics HTTP/1.1\r\n\r\n')
                until('a scrape is under way', lambda scrapes=n: fake.connections == scrapes)
                self.assertEqual(exporter.stop(number), (0, ''))

    def test_what_cannot_be_said_in_one_line(self):
        exporter = self.exporter()
        for status, words, arguments in (
                (1, 'Address already in use', ('--listen', f'127.0.0.1:{exporter.port}')),
                (2, "not ADDRESS:PORT, as in 127.0.0.1:9877 or [::1]:9877: '9877'",
                 ('--listen', '9877')),
                (2, "'127.0.0.1:65536'", ('--listen', '127.0.0.1:65536')),
                (2, "'::1:9877'", ('--listen', '::1:9877')),
                (2, "not a name as --file-prefix has it: '../x'", ('--prefix', '../x')),
                (2, 'unrecognized arguments: --nonsense', ('--nonsense',))):
            done = run(os.path.join(SCRIPTS, 'prometheus-exporter'), *arguments, check=False)
            self.assertEqual(done.returncode, status, done.stdout)
            self.assertIn(words, done.stdout)
            self.assertEqual(done.stdout.count('\n'), 1, done.stdout)


if __name__ == '__main__':
    sys.dont_write_bytecode = True
    harness.main()
