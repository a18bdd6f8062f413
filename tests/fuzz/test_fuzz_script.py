# SPDX-License-Identifier: BSD-3-Clause
"""scripts/fuzz reads libFuzzer's words, and ends what it started."""
import importlib.machinery
import importlib.util
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../scripts/fuzz')
LOADER = importlib.machinery.SourceFileLoader('fuzz', SCRIPT)
fuzz = importlib.util.module_from_spec(importlib.util.spec_from_loader('fuzz', LOADER))
LOADER.exec_module(fuzz)

GOOD = """INFO: seed corpus: files: 44 min: 1b max: 90b total: 900b rss: 30Mb
#45\tINITED cov: 350 ft: 700 corp: 40/800b exec/s: 0 rss: 31Mb
#4096\tNEW    cov: 361 ft: 720 corp: 41/820b lim: 90 exec/s: 2048 rss: 31Mb
#9000\tDONE   cov: 362 ft: 720 corp: 41/820b lim: 90 exec/s: 3000 rss: 31Mb
Done 9000 runs in 3 second(s)
stat::number_of_executed_units: 9001
stat::average_exec_per_sec:     3000
"""
BAD = """#45\tINITED cov: 350 ft: 700 corp: 40/800b exec/s: 0 rss: 31Mb
==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x1
artifact_prefix='/f o/x-'; Test unit written to /f o/x-crash-01ab
"""


class Words(unittest.TestCase):
    def test_a_run_without_a_finding(self):
        self.assertEqual(fuzz.parsed(GOOD), {'executions': 9001, 'edges': 362, 'files': []})

    def test_a_finding_before_the_sum(self):
        self.assertEqual(fuzz.parsed(BAD), {'executions': 45, 'edges': 350,
                                            'files': ['/f o/x-crash-01ab']})

    def test_nothing_said(self):
        self.assertEqual(fuzz.parsed(''), {'executions': 0, 'edges': 0, 'files': []})


class Children(unittest.TestCase):
    def test_none_is_left_after_ctrl_c(self):
        runs = []
        with tempfile.TemporaryDirectory() as folder:
            def start(name):
                runs.append(fuzz.Run(name, ['sleep', '1000'], os.path.join(folder, name)))
                if len(runs) == 2:
                    raise KeyboardInterrupt
                return runs[-1]

            def ended(_):
                self.fail('none ends of itself')

            try:
                with self.assertRaises(KeyboardInterrupt):
                    fuzz.side_by_side([lambda: start('one'), lambda: start('two')], 2, ended)
                self.assertIsNotNone(runs[0].process.poll())
            finally:
                for run in runs:
                    run.end()


if __name__ == '__main__':
    unittest.main()
