# SPDX-License-Identifier: BSD-3-Clause
"""The working tree beside another revision: the same programs, run in turns."""
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

import figures


class Tree:
    """A revision in a folder of its own, which goes when it is left."""

    def __init__(self, root, revision):
        self.root = root
        self.revision = revision
        self.folder = None

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix='lastack-compare-')
        try:
            self.git('worktree', 'add', '--quiet', '--detach', self.path(), self.revision)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        # A second Ctrl-C would leave the folder.
        handlers = {number: signal.signal(number, signal.SIG_IGN)
                    for number in (signal.SIGINT, signal.SIGTERM)}
        shutil.rmtree(self.folder, ignore_errors=True)
        subprocess.run(['git', '-C', self.root, 'worktree', 'prune'], check=False)
        for number, handler in handlers.items():
            signal.signal(number, handler)

    def git(self, *words):
        subprocess.run(['git', '-C', self.root, *words], check=True, stdout=subprocess.DEVNULL)

    def path(self, *names):
        return os.path.join(self.folder, 'tree', *names)

    def has_family(self):
        """Whether its la_bench_cycle takes a family; an older one ignores the word."""
        try:
            with open(self.path('tests', 'bench', 'bench_cycle.c'), encoding='utf-8') as file:
                return '4|6' in file.read()
        except OSError:
            return False


def attempt(measure, *arguments):
    """A figure, or None and the reason."""
    try:
        return measure(*arguments), None
    except figures.Failed as error:
        return None, str(error).strip().splitlines()[-1]


def timed(builds, case, connections, rounds):
    """What figures.cycles() says of each build, in turns."""
    found = [[] for _ in builds]
    for _ in range(rounds):
        for at, build in enumerate(builds):
            found[at].append(figures.cycles(build, case, connections))
    return found


def rows_of_cycles(name, other, ours):
    """What is one figure of each round becomes two: the median and the best of them."""
    for at, what in enumerate(('mean', 'median batch')):
        columns = [[figure[at] for figure in found] for found in (other, ours)]
        if None in columns[0] or None in columns[1]:
            continue
        row(name, f'cycles, {what}: median', *(statistics.median(column) for column in columns))
        row(name, f'cycles, {what}: best', *(min(column) for column in columns))


def row(name, what, other, ours):
    print(f'| {name} | {what} | {other:,.0f} | {ours:,.0f} | {ours / other:.3f} |', flush=True)


def compare_case(builds, tree, case, rounds, connections):
    if case.name.endswith('_ipv6') and not tree.has_family():
        print(f'| {case.name} | {tree.revision} has no IPv6 there | | | |')
        return
    # Old programs may lack the mode: ask before all the rounds.
    _, reason = attempt(figures.cycles, builds[0], case, case.batch)
    if reason:
        print(f'| {case.name} | {tree.revision} has no such program: {reason} | | | |')
        return
    other, ours = timed(builds, case, connections, rounds)
    rows_of_cycles(case.name, other, ours)
    if figures.valgrind_missing():
        return
    counts = [attempt(figures.instructions, build, case, 9600) for build in builds]
    if counts[0][0] is None or counts[1][0] is None:
        print(f'| {case.name} | instructions: {counts[0][1] or counts[1][1]} | | | |')
    else:
        row(case.name, 'instructions', counts[0][0], counts[1][0])


def compare(root, build, revision, names, rounds, quick):
    """Print the working tree beside @p revision; a ratio below 1 is a gain."""
    programs = sorted({figures.CASES[name].program for name in names})
    with Tree(root, revision) as tree:
        print(f'bench: building {revision}', file=sys.stderr, flush=True)
        figures.build(tree.path(), tree.path('build'),
                      [f'tests/bench/{program}' for program in programs])
        builds = tree.path('build'), build
        print(f'A connection, {rounds} rounds in turns:\n')
        print(f'| program | figure | {revision} | working tree | ratio |')
        print('|---|---|---:|---:|---:|')
        for name in names:
            compare_case(builds, tree, figures.CASES[name], rounds, 64000 if quick else 640000)
