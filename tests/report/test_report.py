# SPDX-License-Identifier: BSD-3-Clause
"""The report: what its page holds, and what it says of files that it cannot read.

usage: test_report.py REPORT [CASE]...
"""
import importlib
import json
import math
import os
import pathlib
import re
import runpy
import signal
import subprocess
import sys
import tempfile
import traceback
import unittest

import samples
from pages import Page

REPORT = os.path.abspath(sys.argv[1])
ALL_PLOTS = {
    'Rate offered and reached, and failures, over time', 'Connections open over time',
    'Connection time over time', 'Percentiles of handshake time', 'Percentiles of connection time',
    'Distribution of handshake time', 'Distribution of connection time'}
HOSTILE = '</style></svg><script src="http://x.example/x.js">\'"&amp;<img src=x onerror=y>$\\frac$'


def setUpModule():
    """One folder for all, with matplotlib's cache of fonts: it takes seconds to make, and is
    not to be in anybody's home."""
    Case.scratch = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(Case.scratch.cleanup)
    os.environ['MPLCONFIGDIR'] = Case.scratch.name + '/matplotlib'
    # Loaded here for the processes that Case.run_report() forks: it takes a second.
    importlib.import_module('matplotlib.figure')


def run_forked(arguments, folder, out, err):
    """The report in a process of its own that has matplotlib already: its exit code."""
    pid = os.fork()
    if pid > 0:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    code = 1
    try:
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        os.chdir(folder)
        sys.argv = [REPORT, *map(str, arguments)]
        sys.path.insert(0, os.path.dirname(REPORT))
        runpy.run_path(REPORT, run_name='__main__')
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


class Case(unittest.TestCase):
    scratch = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.scratch.name))

    def file(self, name, content):
        """A file in the test's folder; objects become JSON. Returns its path."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        path.write_bytes(content)
        return path

    def run_program(self, *arguments, env=None):
        return subprocess.run([REPORT, *arguments], cwd=self.folder, env=env, text=True,
                              capture_output=True, timeout=100)

    def run_report(self, *arguments):
        """As run_program(), but that it starts at once."""
        with tempfile.TemporaryFile('w+') as out, tempfile.TemporaryFile('w+') as err:
            code = run_forked(arguments, self.folder, out, err)
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(arguments, code, out.read(), err.read())

    def octets(self, *files):
        output = self.folder / 'page.html'
        done = self.run_report(*files, '-o', output)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, '', ''))
        return output.read_bytes()

    def page(self, **runs):
        """The page of runs, by the names of their files."""
        files = [self.file(f'{name}.json', run) for name, run in runs.items()]
        return Page(self.octets(*files).decode('utf-8'))

    def refused(self, what, *arguments):
        """The report says this in one line, with exit code 2, and writes nothing."""
        done = self.run_report(*arguments, '-o', 'refused.html')
        self.assertEqual((done.returncode, done.stdout), (2, ''), done.stderr)
        self.assertRegex(done.stderr, f'^report: {what}\n$')
        self.assertFalse((self.folder / 'refused.html').exists())


class Plots(Case):
    def test_one_run_has_every_plot(self):
        page = self.page(run=samples.load())
        self.assertEqual(set(page.plots), ALL_PLOTS)
        captions = sum(name == 'figcaption' for name, _ in page.elements)
        self.assertEqual(captions, len(ALL_PLOTS))

    def test_axes_have_names_and_units(self):
        plots = self.page(run=samples.load()).plots
        rate = plots['Rate offered and reached, and failures, over time']
        self.assertLessEqual({'connections per second', 'failed/s', 'seconds since the start', '1k',
                              'none failed'}, set(rate))
        self.assertLessEqual({'handshake time', '90%', '99%', '100\u00a0µs'},
                             set(plots['Percentiles of handshake time']))
        self.assertLessEqual({'per cent that took no longer', '100', '10\u00a0ms'},
                             set(plots['Distribution of connection time']))

    def test_failures_have_a_bar_for_each_reason_or_a_word(self):
        run = samples.load(rate=5000, timeout=1234, no_port=5)
        failures = self.page(run=run).plots['Failures by reason']
        self.assertLessEqual({'timeout', 'no port', '1,234', '5'}, set(failures))
        self.assertNotIn('reset', failures)
        self.assertIn('No connection failed.', self.page(run=samples.load()).text)

    def test_a_search_has_its_trials_and_the_best(self):
        page = self.page(run=samples.search())
        self.assertIn('best: 4.32k/s', page.plots['Trials of the search for the highest rate'])
        self.assertIn('passed between 1k/s and 9k/s is 4.32k/s', page.text)
        self.assertEqual(page.rows['2'][:5], ['9,000', '6.1', '4,400', '3', '90\u00a0ms'])
        self.assertIn('the rate is 51% below the one offered', page.rows['2'])

    def test_a_search_that_found_nothing_says_so(self):
        run = samples.search()
        run['search'] = {'low': 5, 'high': 9, 'best_per_s': 0, 'trials': []}
        self.assertIn('No rate passed between 5/s and 9/s.', self.page(run=run).text)

    def line(self, run, title):
        """The corners (x, y upwards) of the first run's line in a plot of a single run."""
        svg = re.search(f'<svg[^>]*aria-label="{title}.*?</svg>',
                        self.octets(self.file('run.json', run)).decode('utf-8'), re.S).group()
        path = re.search(r'<path d="([^"]*)"[^>]*style="fill: none; stroke: var\(--run0\)', svg)
        return [(float(x), -float(y)) for x, y in re.findall(r'([\d.]+) ([\d.]+)', path.group(1))]

    def test_lines_are_where_the_figures_say(self):
        """The rate reached, read back from the drawing, is that of the file."""
        run = samples.load(rate=1000)
        rates = (100, 400, 200, 800, 1000)
        for row, opened in zip(run['per_second'], rates):
            row['opened'] = opened
        heights = [y for _, y in self.line(run, 'Rate offered')]
        scale = (heights[4] - heights[0]) / 900
        self.assertEqual(len(heights), 5)
        for height, opened in zip(heights, rates):
            self.assertAlmostEqual((height - heights[0]) / scale + 100, opened, delta=1)

    def test_rows_are_drawn_as_rates_whatever_their_length(self):
        """A count of half a second is half a rate, and a moment at the end is no row."""
        run = samples.load(rate=1000, length=4)
        for row, second, opened in zip(run['per_second'], (1, 2, 2.5, 2.55), (100, 800, 200, 20)):
            row.update(second=second, opened=opened)
        heights = [y for _, y in self.line(run, 'Rate offered')]
        self.assertEqual(len(heights), 3)
        scale = (heights[1] - heights[0]) / 700
        self.assertAlmostEqual((heights[2] - heights[0]) / scale + 100, 400, delta=1)

    def test_percentiles_are_where_the_histogram_says(self):
        """500, 400, 90 and 10 of 1000: the steps are at 50%, 90% and 99%, the end at 99.9%."""
        steps = self.line(samples.load(), 'Percentiles of handshake')
        places, heights = sorted({x for x, _ in steps}), sorted({y for _, y in steps})
        for scale, where in ((places, (1, 2, 10, 100, 1000)), (heights, (61, 71, 81, 915))):
            unit = (scale[-1] - scale[0]) / math.log10(where[-1] / where[0])
            for place, value in zip(scale, where, strict=True):
                self.assertAlmostEqual((place - scale[0]) / unit, math.log10(value / where[0]),
                                       delta=0.01)

    def test_distributions_are_where_the_histogram_says(self):
        """Half took 61 us or less, 900 of 1000 took 71, 990 took 81, and all 915."""
        corners = self.line(samples.load(), 'Distribution of handshake')
        shares = sorted({y for _, y in corners})
        scale = (shares[-1] - shares[0]) / 100
        for height, share in zip(shares, (0, 50, 90, 99, 100), strict=True):
            self.assertAlmostEqual((height - shares[0]) / scale, share, delta=0.2)

    def test_a_long_run_is_drawn_in_few_points(self):
        files = self.file('long.json', samples.load(length=20000))
        content = self.octets(files)
        self.assertLess(len(content), 400_000)
        self.assertIn(b'Each point stands for 34 seconds.', content)


class Figures(Case):
    def test_the_head_has_the_verdicts(self):
        page = self.page(good=samples.load(), bad=samples.load(reset=25))
        self.assertIn('2 runs: 1 passed, 1 failed', page.text)
        for text in ('✓ pass', 'all checks hold', '✗ fail', '25 connections failed',
                     '25 of 5,000 connections failed', '2026-11-25 15:44:39 UTC'):
            self.assertIn(text, page.text)
        self.assertEqual(page.rows['failed<0.001%'], ['0.5%', '✗'])
        self.assertEqual(page.rows['rate within 5%'], ['99.9%', '✓'])

    def test_runs_stand_side_by_side(self):
        rows = self.page(a=samples.load(), b=samples.load(rate=2000, reset=25)).rows
        self.assertEqual(rows[''], ['a', 'b'])
        self.assertEqual(rows['role'], ['load', 'load'])
        self.assertEqual(rows['offered, per second'], ['1,000', '2,000'])
        self.assertEqual(rows['reached, per second'], ['1,000', '1,995'])
        self.assertEqual(rows['opened'], ['5,000', '9,975'])
        self.assertEqual(rows['failed'], ['0', '25 (0.25%)'])
        self.assertEqual(rows['opened over 1 ms late'], ['7', '7'])
        self.assertEqual(rows['retransmissions'], ['0', '50'])
        # The last of two kinds of time is the connection's.
        self.assertEqual(rows['p50'], ['151\u00a0µs'] * 2)
        self.assertEqual(rows['p99.9'], ['203\u00a0µs'] * 2)
        self.assertEqual(rows['longest'], ['91\u00a0ms'] * 2)

    def test_what_failed_before_its_syn_fell_due_too(self):
        run = samples.load(rate=1400, no_neighbour=7000)
        run.update(attempted=0, per_second=[])
        page = self.page(run=run)
        self.assertIn('7,000 of 7,000 connections failed', page.text)
        self.assertEqual(page.rows['failed'], ['7,000 (100%)'])

    def test_a_bench_has_figures_of_the_server(self):
        rows = self.page(load=samples.load(), bench=samples.bench()).rows
        self.assertEqual(rows['offered, per second'], ['1,000', 'closed loop'])
        self.assertEqual(rows['cycles per connection'], ['–', '1,912'])
        self.assertEqual(rows['cycles per packet'], ['–', '271'])
        self.assertEqual(rows['octets per connection'], ['–', '75'])
        self.assertEqual(rows['longest poll'], ['–', '212\u00a0µs'])
        self.assertNotIn('longest poll', self.page(load=samples.load()).rows)

    def test_differences_are_marked(self):
        other = samples.load(rate=2000)
        other['machine']['kernel'] = '6.1.0'
        del other['config']['tcp']
        page = self.page(a=samples.load(), b=other)
        self.assertEqual(page.rows['≠ load.rate'], ['1000', '2000'])
        self.assertEqual(page.rows['≠ tcp.time-wait'], ['60s', '–'])
        self.assertEqual(page.rows['load.sources'], ['10.77.1.1\n10.77.1.9'] * 2)
        self.assertEqual(page.rows['≠ kernel'], ['6.18.0', '6.1.0'])
        self.assertEqual(page.rows['processor'], ['A processor'] * 2)
        self.assertIn('differ in 2 of 3', page.text)

    def test_one_run_differs_from_nothing(self):
        self.assertNotIn('≠', self.page(run=samples.load()).text)

    def test_files_of_one_name_are_told_apart(self):
        a, b = self.file('a/run.json', samples.load()), self.file('b/run.json', samples.load())
        names = Page(self.octets('a/run.json', 'b/run.json', b).decode('utf-8')).rows['']
        self.assertEqual(names, ['a/run', 'b/run', str(b)[:-5]])
        names = Page(self.octets(a, a).decode('utf-8')).rows['']
        self.assertEqual(names, [f'{str(a)[:-5]} (1)', f'{str(a)[:-5]} (2)'])


class Parts(Case):
    """What older files lack is left out, and the rest is there."""

    def test_the_least_that_is_a_run(self):
        page = self.page(least={'role': 'load', 'opened': 0})
        self.assertEqual(page.plots, {})
        self.assertIn('no verdict', page.text)
        self.assertIn('No run has figures by the second.', page.text)

    def test_any_part_may_be_missing(self):
        whole = {**samples.search(), 'server': samples.bench()['server']}
        runs = {}
        for number, name in enumerate(sorted(set(whole) - {'role', 'opened'})):
            runs[f'without{number}'] = {key: value for key, value in whole.items() if key != name}
        self.assertGreater(len(runs), 15)
        self.assertLessEqual(ALL_PLOTS, set(self.page(**runs).plots))

    def test_percentiles_stand_in_for_a_histogram(self):
        run = samples.load()
        del run['latency_us']['handshake']['histogram']
        page = self.page(run=run)
        self.assertEqual(set(page.plots), ALL_PLOTS)
        self.assertIn('files without a histogram', page.text)

    def test_a_run_without_a_connection(self):
        nothing = dict.fromkeys(('count', 'min', 'mean', 'p50', 'p90', 'p99', 'p999', 'max'), 0)
        run = samples.load(rate=3, length=3, refused=3)
        run['per_second'] = [{**row, 'latency_us': {'p50': 0, 'p99': 0, 'max': 0}}
                             for row in run['per_second']]
        run['latency_us'] = dict.fromkeys(('handshake', 'connection'), {**nothing, 'histogram': []})
        page = self.page(run=run)
        self.assertEqual(set(page.plots), {
            'Rate offered and reached, and failures, over time', 'Connections open over time',
            'Failures by reason'})
        self.assertNotIn('p50', page.rows)

    def test_extremes_draw(self):
        run = samples.load(length=1)
        run.update(opened=2 ** 64, opens_per_s=1e-300, failed={'late': 2 ** 64})
        run['latency_us']['handshake'] = {'count': 1, 'max': 2 ** 64,
                                          'histogram': [[0, 0, 1], [1, 2 ** 64, 2 ** 64]]}
        self.assertLessEqual(ALL_PLOTS, set(self.page(run=run).plots))


class Safety(Case):
    def hostile(self):
        """A run with hostile words wherever a file may have words."""
        run = samples.search()
        run.update(version=HOSTILE, started=HOSTILE)
        run['config'] = {HOSTILE: {HOSTILE: [HOSTILE, 'x']}}
        run['machine'] = {HOSTILE: HOSTILE, 'cpu': 'left\u202eright\ud800\0'}
        run['failed'] = {HOSTILE: 3, 'reset': 1}
        run['verdict'] = {'result': 'fail', 'why': HOSTILE,
                          'checks': [{'check': HOSTILE, 'value': HOSTILE, 'ok': False}]}
        run['search']['trials'][0]['why'] = HOSTILE
        return run

    def self_contained(self, page):
        self.assertEqual(page.names() & {'script', 'img', 'link', 'iframe', 'object', 'embed',
                                         'base', 'image', 'a', 'form'}, set())
        self.assertEqual([value for value in page.attributes('href', 'src', 'xlink:href', 'srcset')
                          if not value.startswith('#')], [])
        self.assertEqual([name for _, attributes in page.elements for name in attributes
                          if name.startswith('on')], [])
        for style in [page.style, *page.attributes('style')]:
            self.assertNotRegex(style, r'@import|url\((?!#)')

    def test_the_page_loads_nothing_and_runs_nothing(self):
        for run in (samples.load(reset=3), samples.search(), samples.bench()):
            page = self.page(run=run)
            self.self_contained(page)
            self.assertNotIn('http://', page.text)
            self.assertIn("default-src 'none'; style-src 'unsafe-inline'",
                          page.attributes('content'))

    def test_hostile_words_stay_words(self):
        page = self.page(**{'"><script>&lt;': self.hostile(), 'b': samples.load()})
        self.self_contained(page)
        self.assertEqual(page.rows[''], ['"><script>&lt;', 'b'])
        self.assertEqual(page.rows[f'≠ {HOSTILE}.{HOSTILE}'], [f'{HOSTILE}\nx', '–'])
        self.assertEqual(page.rows['≠ processor'], ['left\ufffdright\ufffd\ufffd', 'A processor'])
        # Five more: why, check and value of the verdict, why of the trial, the machine.
        self.assertGreaterEqual(page.text.count(HOSTILE), 8)
        self.assertLessEqual({'other', '3'}, set(page.plots['Failures by reason']))

    def test_names_within_the_page_are_unique(self):
        page = self.page(a=samples.search(), b=samples.load(reset=3), c=samples.search())
        ids = page.attributes('id')
        self.assertGreater(len(ids), 100)
        self.assertEqual(len(ids), len(set(ids)))
        self.assertLessEqual({href[1:] for href in page.attributes('href')}, set(ids))

    def test_colours_are_the_pages(self):
        """No colour is fixed in a drawing, or it would be wrong in light or dark."""
        page = self.page(a=samples.search(), b=samples.load(reset=3))
        self.assertRegex(page.style, r'prefers-color-scheme: dark')
        defined = set(re.findall(r'(--\w[\w-]*):', page.style))
        for style in page.attributes('style', 'fill', 'stroke'):
            self.assertNotIn('#0', style)
            self.assertLessEqual(set(re.findall(r'var\((--[\w-]+)\)', style)), defined)

    def test_equal_input_gives_an_equal_page(self):
        files = [self.file('a.json', samples.search()), self.file('b.json', samples.load(reset=3))]
        first = self.octets(*files)
        more = {'TZ': 'Asia/Tokyo', 'SOURCE_DATE_EPOCH': '1', 'PYTHONHASHSEED': '7'}
        done = self.run_program(*files, '-o', 'again.html', env=os.environ | more)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, '', ''))
        self.assertEqual((self.folder / 'again.html').read_bytes(), first)


class Refusals(Case):
    def test_what_is_no_json(self):
        for content, what in ((b'', r'line 1 column 1: Expecting value'), (b'{"a"', 'line 1 .*'),
                              (b'\xff\xfe', 'not UTF-8 text'), (b'[NaN]', 'NaN is not a number'),
                              (b'[' * 100000, '.*nested too deeply'),
                              (b'9' * 5000, '.*too many digits')):
            self.file('bad.json', content)
            self.refused(f'bad.json: not JSON.*{what}', 'bad.json')

    def test_what_is_not_of_the_shape(self):
        for change, what in (
                ({'role': 'serve'}, 'role is not load or bench'),
                ({'role': ['load']}, 'role is not load or bench'),
                ({'role': None}, '.*no "role"'), ({'opened': None}, '.*no "opened"'),
                ({'opened': '5'}, 'opened is not a number.*'),
                ({'opened': True}, 'opened is not a number.*'),
                ({'seconds': -1}, 'seconds is not a number.*'),
                ({'seconds': 1e999}, '.*is not a number.*'),
                ({'seconds': 2 ** 65}, 'seconds is not a number.*'),
                ({'per_second': {}}, 'per_second is not a list'),
                ({'per_second': [{}, 5]}, r'per_second\[1\] is not an object'),
                ({'per_second': [{'latency_us': {'p99': 'x'}}]},
                 r'per_second\[0\].latency_us.p99 is not a number.*'),
                ({'latency_us': {'handshake': {'histogram': [[1, 2]]}}},
                 r'latency_us.handshake.histogram\[0\] is not \[low, high, count\]'),
                ({'latency_us': {'connection': {'histogram': [[5, 6, 1], [1, 2, 1]]}}},
                 r'latency_us.connection.histogram\[1\] is empty, or not above.*'),
                ({'config': {'load': {'rate': 5}}}, 'config.load.rate is not text'),
                ({'config': {'load\n': 'x'}}, 'config.load\ufffd is not an object'),
                ({'machine': {'cpu': None}}, 'machine.cpu is not a number.*'),
                ({'verdict': {'result': 'maybe'}}, 'verdict.result is not pass or fail'),
                ({'verdict': {'checks': [{'ok': 1}]}}, r'verdict.checks\[0\].ok is not true.*')):
            with self.subTest(change=change):
                self.file('bad.json', {**samples.load(), **change})
                self.refused(f'bad.json: {what}', 'bad.json')
        self.file('list.json', [1])
        self.refused('list.json: the JSON is not an object', 'list.json')

    def test_the_bad_one_of_several_is_named(self):
        self.file('good.json', samples.load())
        self.file('bad.json', b'x')
        self.refused('bad.json: not JSON.*', 'good.json', 'bad.json')

    def test_files_that_cannot_be_read(self):
        self.refused('none.json: No such file or directory', 'none.json')
        self.refused('.: Is a directory', '.')

    def test_a_run_is_never_overwritten(self):
        content = self.file('run.json', samples.load()).read_bytes()
        done = self.run_report('run.json', '-o', 'run.json')
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r'^report: run.json: .*overwritten\n$')
        self.assertEqual((self.folder / 'run.json').read_bytes(), content)

    def test_a_page_that_cannot_be_written(self):
        self.file('run.json', samples.load())
        done = self.run_report('run.json', '-o', 'none/page.html')
        self.assertEqual((done.returncode, done.stderr),
                         (1, 'report: none/page.html: No such file or directory\n'))

    def test_usage(self):
        self.assertEqual(self.run_program().returncode, 2)
        self.assertEqual(self.run_program('--no-such').returncode, 2)
        self.assertEqual(self.run_program('--help').returncode, 0)

    def test_to_standard_output(self):
        self.file('run.json', samples.load())
        done = self.run_program('run.json', '-o', '-')
        self.assertEqual(done.returncode, 0)
        self.assertTrue(done.stdout.startswith('<!DOCTYPE html>'))


if __name__ == '__main__':
    # A test that is ended by SIGTERM clears up as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
