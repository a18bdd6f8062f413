# SPDX-License-Identifier: BSD-3-Clause
"""lastack top against fake instances: what it prints, and its screen.

usage: test_top.py SOURCE LASTACK
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import figures
from screen import PATIENCE, Screen

LASTACK, SOURCE = sys.argv.pop(), sys.argv.pop()
sys.path += [os.path.join(SOURCE, 'scripts'), os.path.join(SOURCE, 'tests/net')]

from fake_telemetry import HANG, FakeTelemetry          # noqa: E402


class Fake(FakeTelemetry):
    """One that may be ended before its test is, and counts what it was asked."""
    asked = 0

    def say(self, peer, what):
        self.asked += 1
        super().say(peer, what)

    def hang(self):
        """From now on no question is answered."""
        self.answers.update(dict.fromkeys(self.answers, HANG))

    def close(self, leave_socket=False):
        if not self.ended.is_set():
            super().close(leave_socket)


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.runtime = folder.name
        # Where both the fakes and top look.
        os.environ['RUNTIME_DIRECTORY'] = self.runtime
        self.environment = {**os.environ, 'LC_ALL': 'C.UTF-8', 'TERM': 'xterm-256color'}

    def fake(self, prefix, answers, **more):
        fake = Fake(prefix, answers, **more)
        self.addCleanup(fake.close)
        return fake

    def top(self, *arguments):
        done = subprocess.run([LASTACK, 'top', *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, env=self.environment,
                              timeout=20 * PATIENCE, check=False)
        return done.returncode, done.stdout, done.stderr


class Once(Case):
    def json(self, *arguments):
        code, out, err = self.top('--once', '--json', *arguments)
        self.assertEqual((code, err), (0, ''))
        return json.loads(out)

    def test_text_has_the_figures(self):
        self.fake('rte', figures.serve(workers=2))
        code, out, err = self.top('--once')
        self.assertEqual((code, err), (0, ''))
        for line in (r'rte  serve 0\.1\.0  up 1:02:03  2 workers  net_tap0 \(net_tap\)',
                     r' opened/s +15,292 +30,584', r' bits in/s +41\.2 M +82\.4 M',
                     r' connections +165, 330 at most; TIME-WAIT 9,606, 19,212 at most',
                     r' FIN-WAIT-1 +1  FIN-WAIT-2 +2  CLOSE-WAIT +0',
                     r' +1 +2 +41 ####\.\.\.\.\.\. +299 +7 +11,000 +1% +121',
                     r' rst_closed_port +17  SYN to a port nobody listens on.*',
                     r' web +\* +80,8000-8099 +http +900 +1 +160'):
            self.assertRegex(out, f'(?m)^{line}$')
        # What is 0 is no drop, and what counts good frames neither.
        for word in ('drop_paws', 'rx_frames', 'rx_ok'):
            self.assertNotIn(word, out)
        self.assertTrue(out.isascii())

    def test_json_is_what_telemetry_told(self):
        told = figures.serve(workers=12)
        self.fake('rte', told)
        answer = self.json()
        self.assertEqual(answer['version'], '0.1.0')
        (instance,) = answer['instances']
        self.assertEqual(set(instance), {'prefix', 'info', 'throughput', 'counters', 'states',
                                         'workers', 'listeners', 'cookies', 'memory'})
        self.assertEqual(instance['prefix'], 'rte')
        for name in ('info', 'throughput', 'counters', 'states', 'cookies', 'memory'):
            self.assertEqual(instance[name], told[name], name)
        for name in ('workers', 'listeners'):
            self.assertEqual(instance[name], list(told[name].values()), name)

    def test_a_load_tells_more(self):
        told = figures.load()
        self.fake('gen', told)
        (instance,) = self.json()['instances']
        self.assertEqual(instance['load'], told['load'])
        self.assertEqual(instance['latency'], told['latency'])
        out = self.top('--once')[1]
        self.assertRegex(out, r'(?m)^ load +15,300 offered/s, 15,292 reached/s; http: sustain$')
        self.assertRegex(out, r'(?m)^ timeout +7  reset +3$')
        self.assertRegex(out, r'(?m)^ connection +90 +333 +180 +400 +900 +2,100 +99,990$')

    def test_all_instances_are_found_and_only_those(self):
        self.fake('rte', figures.serve())
        self.fake('rte:1', figures.serve(pid=1001))
        self.fake('gen', figures.load())
        self.fake('stranger', {})
        self.fake('ended', figures.serve()).close(leave_socket=True)
        self.assertEqual([one['prefix'] for one in self.json()['instances']],
                         ['gen', 'rte', 'rte:1'])
        self.assertEqual([one['prefix'] for one in
                          self.json('--prefix', 'rte:1', '--prefix', 'gen')['instances']],
                         ['rte:1', 'gen'])

    def test_what_an_older_instance_does_not_know_is_left_out(self):
        self.fake('rte', {**figures.serve(), 'memory': None,
                          'cookies': {'error': 'not today'}})
        (instance,) = self.json()['instances']
        self.assertNotIn('memory', instance)
        self.assertNotIn('cookies', instance)
        self.assertIn('states', instance)

    def test_none_runs(self):
        for arguments in ((), ('--once',), ('--json',), ('--once', '--json')):
            code, out, err = self.top(*arguments)
            self.assertEqual((code, out), (1, ''))
            self.assertEqual(err, f'lastack top: no instance runs in {self.runtime}/dpdk\n')

    def test_one_of_those_named_is_missing(self):
        self.fake('rte', figures.serve())
        code, out, err = self.top('--once', '--prefix', 'rte', '--prefix', 'other')
        self.assertEqual(code, 1)
        self.assertIn('opened/s', out)
        self.assertRegex(err, r'^lastack top: other: not running: there is no \S+\n$')

    def test_what_is_no_telemetry_is_survived(self):
        wrong = {'null': None, 'no object': [1], 'no JSON': b'{"/lastack/info": ',
                 'binary': b'\xff\0', 'longer than told': b'x' * 20000, 'a number': 5,
                 'stopping': {'error': 'stopping'}}
        for what, info in wrong.items():
            fake = self.fake('odd', {**figures.serve(), 'info': info})
            code, out, err = self.top('--once', '--prefix', 'odd')
            fake.close()
            self.assertEqual((code, out), (1, ''), what)
            self.assertRegex(err, r'^lastack top: odd: [^\n]+\n$', what)

    def test_a_wrong_greeting_is_survived(self):
        for greeting in ({'version': 1}, [1], 'hello', {'max_output_len': 0}, {'max_output_len': 1 << 40},
                         {'max_output_len': 'much'}):
            fake = self.fake('odd', figures.serve(), greeting=greeting)
            code, out, err = self.top('--once', '--prefix', 'odd')
            fake.close()
            self.assertEqual((code, out), (1, ''), greeting)
            self.assertRegex(err, 'is no telemetry socket|did not answer in JSON')

    def test_one_that_does_not_answer_is_given_up(self):
        self.fake('stuck', figures.serve()).hang()
        code, _, err = self.top('--once', '--prefix', 'stuck')
        self.assertEqual((code, err), (1, 'lastack top: stuck: does not answer\n'))

    def test_what_it_is_told_does_not_reach_the_terminal(self):
        answers = figures.serve()
        answers['info']['device'] = 'x\x1b[2J\x07'
        answers['listeners']['0']['name'] = '\x1b]0;title\x07'
        answers['counters']['drop_\x1b[5m'] = 5
        answers['reasons'] = {**answers['reasons'], 'drop_\x1b[5m': {'class': 'drop'},
                              'drop_no_ack': {'class': 'drop', 'help': 'blinks \x1b[5m'}}
        self.fake('rte', answers)
        out = self.top('--once')[1]
        self.assertIn('x?[2J?', out)
        self.assertIn('drop_?[5m ', out)
        self.assertIn('blinks ?[5m', out)
        self.assertNotRegex(out, r'[\x00-\x09\x0b-\x1f]')

    def test_usage(self):
        for arguments in (('--prefix',), ('--prefix', 'a/b'), ('--prefix', '..'),
                          ('--prefix', ''), ('--prefix', 'x' * 80), ('--twice',), ('more',),
                          ('-c', 'x')):
            code, out, err = self.top(*arguments)
            self.assertEqual((code, out), (2, ''), arguments)
            self.assertNotEqual(err, '')
        code, out, err = self.top('--help')
        self.assertEqual((code, err), (0, ''))
        self.assertIn('lastack top [--prefix NAME]', out)

    def test_a_full_disk_is_a_failure(self):
        self.fake('rte', figures.serve())
        for arguments in (('--once',), ('--once', '--json'), ('--json',), ()):
            with open('/dev/full', 'w', encoding='ascii') as full:
                done = subprocess.run([LASTACK, 'top', *arguments], stdout=full,
                                      stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                      env=self.environment, timeout=20 * PATIENCE, check=False)
            self.assertEqual(done.returncode, 1, arguments)
            self.assertIn(b'stdout', done.stderr)


class Lines(Case):
    """Output that goes on, into a pipe."""

    def start(self, *arguments):
        process = subprocess.Popen([LASTACK, 'top', *arguments], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, text=True, env=self.environment)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def end(self, process, number=signal.SIGINT):
        process.send_signal(number)
        self.assertEqual(process.wait(10 * PATIENCE), 0)

    def test_a_line_each_second(self):
        fake = self.fake('rte', figures.serve())
        self.fake('gen', figures.load())
        began = time.monotonic()
        process = self.start()
        lines = [process.stdout.readline() for _ in range(8)]
        self.assertGreater(time.monotonic() - began, 2)
        # What has moved is reported once, over a time that is top's to measure.
        fake.answers['counters']['drop_paws'] += 1000000
        self.until(process, ' rte ', 'drops_per_s=0\n')
        self.until(process, 'drops_per_s=0\n')
        self.end(process)
        self.assertRegex(lines[0], r'^\d\d:\d\d:\d\d gen opened_per_s=15292 .*'
                                   r' offered_per_s=15300 failed=10\n$')
        self.assertRegex(lines[1], r'^\d\d:\d\d:\d\d rte opened_per_s=15292 closed_per_s=15291 '
                                   r'syn_per_s=15300 rx_pps=65002 tx_pps=42171 rx_bps=41203112 '
                                   r'tx_bps=33100000 connections=165 time_wait=9606 '
                                   r'drops_per_s=0\n$')

    def test_an_object_each_second(self):
        self.fake('rte', figures.serve())
        process = self.start('--json')
        objects = [json.loads(process.stdout.readline()) for _ in range(3)]
        self.end(process, signal.SIGTERM)
        for one in objects:
            self.assertEqual([instance['prefix'] for instance in one['instances']], ['rte'])
            self.assertEqual(one['instances'][0]['throughput']['opened_per_s'], 15292)
        # A late one may be followed by another in the same second, but by no two.
        self.assertLess(objects[0]['time'], objects[2]['time'])

    def test_one_that_comes_goes_and_comes(self):
        process = self.start('--prefix', 'rte')
        self.assertIn('error="not running', process.stdout.readline())
        for pid in (1, 2):
            fake = self.fake('rte', figures.serve(pid=pid))
            self.until(process, 'opened_per_s=15292')
            fake.close()
            self.until(process, 'error="')
        self.end(process)

    def test_one_that_does_not_answer_holds_up_nobody(self):
        self.fake('rte', figures.serve())
        self.fake('stuck', figures.serve()).hang()
        process = self.start('--prefix', 'rte', '--prefix', 'stuck')
        line = self.until(process, 'error="does not answer"')
        self.assertIn(' stuck ', line)
        self.until(process, ' rte opened_per_s=15292')
        self.end(process)

    def until(self, process, word, no_word=None):
        """The next line that has a word, and has not another."""
        for _ in range(40):
            line = process.stdout.readline()
            if word in line and (no_word is None or no_word not in line):
                return line
        raise AssertionError(f'no {word}')


class Live(Case):
    """The screen."""

    def start(self, *arguments, columns=80, rows=24, **environment):
        screen = Screen([LASTACK, 'top', *arguments], {**self.environment, **environment},
                        columns, rows)
        self.addCleanup(screen.close)
        return screen

    def leaves(self, screen):
        self.assertEqual(screen.wait(), 0)
        self.assertTrue(screen.is_restored(), screen.said[-200:])

    def test_it_draws_and_q_ends_it(self):
        fake = self.fake('rte', figures.serve(workers=2))
        screen = self.start()
        text = screen.shows('q quit', 'serve 0.1.0', '15,292', 'drops by reason', 'web', '█')
        self.assertEqual(text.splitlines()[0][:5], ' rte ')
        self.assertNotIn('1 rte', text)
        self.assertNotIn('drop_paws', text)
        fake.answers['throughput']['opened_per_s'] = 98765
        fake.answers['counters']['drop_paws'] += 3
        screen.shows('98,765', 'drop_paws')
        screen.press('q')
        self.leaves(screen)

    def test_signals_end_it(self):
        self.fake('rte', figures.serve())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            screen = self.start()
            screen.shows('q quit')
            screen.process.send_signal(number)
            self.leaves(screen)
        screen = self.start()
        screen.shows('q quit')
        screen.press('\x03')
        self.leaves(screen)

    def test_keys_switch(self):
        self.fake('a', figures.serve())
        self.fake('b', figures.load())
        self.fake('c', figures.serve())
        screen = self.start(rows=50)
        screen.shows(' 1 a  2 b  3 c', 'listener')
        steps = (('\t', 'b'), ('\x1bOC', 'c'), ('\t', 'a'), ('\x1bOD', 'c'), ('\x1b[Z', 'b'),
                 ('1', 'a'), ('3', 'c'), ('9', 'c'), ('z', 'c'), ('2', 'b'))
        for key, prefix in steps:
            screen.press(key)
            screen.until(f'{key!r} shows {prefix}', lambda text, prefix=prefix:
                         text.startswith(f' {prefix}  '))
        screen.shows('latency, us', 'offered/s', 'timeout')
        screen.press('q')
        self.leaves(screen)

    def test_keys_sort(self):
        fake = self.fake('rte', figures.serve(workers=3))
        screen = self.start(rows=40)
        screen.shows('workers by number', 'drops by rate')

        def order(pattern):
            return [int(n) for n in re.findall(pattern, screen.text(), re.MULTILINE)]
        lcores = r'^ +\d +(\d) +\d+ [█░]'
        self.assertEqual(order(lcores), [1, 2, 3])
        screen.press('s')
        screen.shows('workers by busy')
        self.assertEqual(order(lcores), [3, 2, 1])
        screen.press('s')
        screen.shows('workers by cycles')
        self.assertEqual(order(lcores), [1, 2, 3])
        fake.answers['counters'].update({'drop_paws': 1, 'drop_no_ack': 1000})
        screen.shows('drop_paws', 'drop_no_ack')
        screen.press('dd')
        screen.shows('drops by name')
        self.assertEqual(re.findall(r'^ (drop_\w+)', screen.text(), re.MULTILINE),
                         ['drop_no_ack', 'drop_paws'])
        screen.press('q')
        self.leaves(screen)

    @staticmethod
    def read_for(screen, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            screen.read(0.1)

    def test_pause_asks_no_more(self):
        fake = self.fake('rte', figures.serve())
        screen = self.start()
        screen.shows('q quit')
        screen.press('p')
        screen.shows('PAUSED', 'p go on')
        # What was asked before may still come in, but no more than that.
        asked = fake.asked
        self.read_for(screen, 2.2)
        self.assertLessEqual(fake.asked - asked, len(fake.answers))
        fake.answers['throughput']['opened_per_s'] = 98765
        self.read_for(screen, 1.2)
        self.assertNotIn('98,765', screen.text())
        screen.press('p')
        screen.shows('98,765', 'p pause')
        screen.press('q')
        self.leaves(screen)

    def test_help(self):
        self.fake('rte', figures.serve())
        screen = self.start()
        screen.shows('opened/s')
        screen.press('h')
        screen.shows('Ctrl-L', 'any key leaves it')
        screen.press('x')
        screen.shows('opened/s')
        screen.press('h')
        screen.shows('any key leaves it')
        screen.press('q')
        self.leaves(screen)

    def test_it_copes_with_any_size(self):
        self.fake('rte', figures.serve(workers=40))
        self.fake('gen', figures.load())
        screen = self.start('--prefix', 'rte', '--prefix', 'gen')
        screen.shows('... ', 'drops by reason')
        screen.resize(130, 80)
        screen.shows('CLOSING', '     39    40    79', 'cookies and memory', '10.77.0.1')
        for columns, rows in ((1, 1), (2, 2), (10, 3), (200, 5), (20, 60)):
            screen.resize(columns, rows)
            screen.read(0.2)
            self.assertIsNone(screen.process.poll(), (columns, rows))
        screen.resize(80, 24)
        text = screen.shows('q quit', '15,292', 'drops by reason')
        self.assertEqual(len(text.splitlines()), 24)
        screen.press('q')
        self.leaves(screen)

    def test_one_that_goes_away_and_comes_back(self):
        fake = self.fake('rte', figures.serve())
        self.fake('gen', figures.load())
        screen = self.start()
        screen.shows('1 gen  2 rte')
        screen.press('2')
        fake.close()
        # What it told last is still there, but no rate is.
        screen.shows('2 rte (gone)', 'asked again each second: ', 'FIN-WAIT-1')
        screen.until('no rate', lambda text: re.search(r'opened/s +0 +30,584 ', text))
        again = figures.serve(pid=7)
        again['throughput']['opened_per_s'] = 4321
        self.fake('rte', again)
        text = screen.shows('4,321')
        self.assertNotIn('gone', text)
        screen.press('q')
        self.leaves(screen)

    def test_one_that_comes_up_later(self):
        screen = self.start('--prefix', 'late')
        screen.shows(' late', 'not running: there is no ')
        self.fake('late', figures.serve())
        screen.shows('15,292', 'serve')
        screen.press('q')
        self.leaves(screen)

    def test_another_one_is_found(self):
        self.fake('rte', figures.serve())
        screen = self.start()
        screen.shows('15,292')
        self.fake('zwei', figures.serve())
        screen.shows('1 rte  2 zwei')
        screen.press('q')
        self.leaves(screen)

    def test_keys_work_while_one_does_not_answer(self):
        fake = self.fake('rte', figures.serve())
        screen = self.start()
        screen.shows('15,292')
        fake.hang()
        screen.shows('does not answer')
        screen.press('q')
        self.leaves(screen)

    def test_a_terminal_that_goes_away(self):
        self.fake('rte', figures.serve())
        screen = self.start()
        screen.shows('q quit')
        screen.hang_up()
        self.assertEqual(screen.process.wait(10 * PATIENCE), 0)

    def test_without_unicode_or_colours(self):
        self.fake('rte', figures.serve())
        screen = self.start(LC_ALL='C', TERM='vt100')
        text = screen.shows('15,292', '####......')
        self.assertTrue(text.isascii())
        screen.press('q')
        self.assertEqual(screen.wait(), 0)

    def test_a_terminal_of_no_use(self):
        self.fake('rte', figures.serve())
        for name in ('dumb', 'nosuchterminal', ''):
            screen = self.start(TERM=name)
            self.assertEqual(screen.wait(), 1, name)
            self.assertIn(b'lastack top: no screen on a terminal of type', screen.said)
            self.assertNotIn(b'\x1b', screen.said)

    def test_none_runs(self):
        screen = self.start()
        self.assertEqual(screen.wait(), 1)
        self.assertIn(b'no instance runs in', screen.said)
        self.assertNotIn(b'\x1b', screen.said)


if __name__ == '__main__':
    unittest.main()
