#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Hold the instructions that a connection takes to what has landed.

usage: test_instructions.py [--build BUILD] [CASE]...
       test_instructions.py [--build BUILD] --renew

A case fails that takes over 3 per cent more than instructions.ini says. --renew writes that
file anew, for the build it is given. Exit codes: 0 passed, 1 failed, 77 skipped, since the
figures are another build's or valgrind is missing.
"""
import argparse
import configparser
import json
import os
import platform
import sys

import figures

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'instructions.ini')
CONNECTIONS = 9600
BOUND = 1.03
ROOT = os.path.join(os.path.dirname(FILE), '..', '..')
CASES = figures.whole(ROOT)
FAILED, SKIPPED = 1, 77
HEADER = '''\
; Instructions that the stack takes for one connection, as landed: la_bench_cycle under
; callgrind. test_instructions.py fails if a case takes over 3 per cent more. They hold for
; this compiler and these options alone, and every other build skips the test. They do not
; depend on the processor: libc is told to use its plain memcpy() and its like, and the stack
; to run no code that is chosen by the processor.
;
; Written by: tests/bench/test_instructions.py --renew
'''


def compiler_version(build):
    """Name and version of the compiler, such as `gcc 12.2.0`."""
    said = figures.run([*figures.compiler_of(build), '-dM', '-E', '-x', 'c', os.devnull])
    macros = dict(line.split(' ', 2)[1:] for line in said.splitlines() if line.count(' ') > 1)
    name = 'clang' if '__clang__' in macros else 'gcc'
    parts = (f'__{name}_major__', f'__{name}_minor__', f'__{name}_patchlevel__') \
        if name == 'clang' else ('__GNUC__', '__GNUC_MINOR__', '__GNUC_PATCHLEVEL__')
    return name + ' ' + '.'.join(macros[part] for part in parts)


def build_of(build):
    """What of a build the figures depend on."""
    path = os.path.join(build, 'meson-info', 'intro-buildoptions.json')
    with open(path, encoding='utf-8') as file:
        options = {option['name']: option['value'] for option in json.load(file)}
    return {'compiler': compiler_version(build), 'machine': platform.machine(),
            **{name: str(options[name]).lower()
               for name in ('optimization', 'c_args', 'b_ndebug', 'b_lto', 'b_sanitize')}}


def measure(build, name):
    return figures.instructions(build, figures.CASES[name], CONNECTIONS, 'plain')


def renew(build):
    landed = configparser.ConfigParser(delimiters='=')
    landed['build'] = build_of(build)
    landed['instructions'] = {name: f'{measure(build, name):.1f}' for name in CASES}
    with open(FILE, 'w', encoding='ascii') as file:
        file.write(HEADER + '\n')
        landed.write(file)


def why_not(build, landed):
    """Why the figures cannot be compared; None if they can."""
    if figures.valgrind_missing():
        return 'valgrind is not installed'
    for name, value in build_of(build).items():
        if landed['build'].get(name) != value:
            return f'instructions.ini is for {name} {landed["build"].get(name)}, not {value}'
    return None


def check(build, name, landed):
    """Whether a case takes no more than it may."""
    figure = measure(build, name)
    before = landed['instructions'].getfloat(name)
    if before is None:
        print(f'{name}: {figure:.1f} instructions a connection, and instructions.ini has none')
    else:
        print(f'{name}: {figure:.1f} instructions a connection; landed {before:.1f}, '
              f'bound {before * BOUND:.1f}')
    if before is not None and figure <= before * BOUND:
        if figure < before * (2 - BOUND):
            print('This is better than landed: renew the file, so that it stays so.')
        return True
    print(f'FAILED {name}. If this is what it has to cost, say why in the commit, and renew '
          f'the file:\n    tests/bench/test_instructions.py --build {build} --renew')
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--build', default='build', help='default: %(default)s')
    parser.add_argument('--renew', action='store_true', help='write the file anew')
    parser.add_argument('cases', metavar='CASE', nargs='*', default=CASES,
                        help=f'default: {" ".join(CASES)}')
    args = parser.parse_args()
    unknown = set(args.cases) - set(CASES)
    if unknown:
        parser.error(f'no such case: {" ".join(sorted(unknown))}')
    try:
        if args.renew:
            renew(args.build)
            return 0
        landed = configparser.ConfigParser(delimiters='=')
        landed.read(FILE, encoding='ascii')
        reason = why_not(args.build, landed)
        if reason:
            print(f'skipped: {reason}')
            return SKIPPED
        return 0 if all([check(args.build, name, landed) for name in args.cases]) else FAILED
    except (figures.Failed, OSError) as error:
        print(f'test_instructions: {error}', file=sys.stderr)
        return FAILED


if __name__ == '__main__':
    sys.exit(main())
