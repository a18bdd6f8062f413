#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Add up what `meson test` logged.

usage: tally.py STEPS_FAILED LOG.json...

A network test prints a line for each of its cases and counts as those cases; any
other test counts as one. A test that ended badly without naming a case, and each
step that failed (a build, a log that is not there), counts as one failure. Prints
one line; exits 1 if anything failed.
"""
import json
import re
import sys

CASE = re.compile(r'^(ok|FAILED|skipped) \S', re.MULTILINE)
WORDS = {'OK': 'ok', 'EXPECTEDFAIL': 'ok', 'SKIP': 'skipped'}


def tally(test):
    """Counts of one test, as a list of words."""
    ended = WORDS.get(test['result'], 'FAILED')
    cases = CASE.findall(test.get('stdout') or '') if ' / net_' in test['name'] else []
    if not cases:
        return [ended]
    if ended == 'FAILED' and 'FAILED' not in cases:
        cases.append('FAILED')
    return cases


def main(steps_failed, paths):
    words = ['FAILED'] * steps_failed
    for path in paths:
        try:
            with open(path, encoding='utf-8') as log:
                tests = [json.loads(line) for line in log if line.strip()]
        except (OSError, ValueError) as error:
            print(f'tally: {error}', file=sys.stderr)
            words.append('FAILED')
            continue
        for test in tests:
            words += tally(test)
    counts = [words.count(word) for word in ('ok', 'FAILED', 'skipped')]
    print('{} passed, {} failed, {} skipped'.format(*counts))
    return 1 if counts[1] or not counts[0] else 0


if __name__ == '__main__':
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
