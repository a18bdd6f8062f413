# SPDX-License-Identifier: BSD-3-Clause
"""Run the programs of tests/bench and read their figures: cycles, and instructions by
callgrind."""
import collections
import os
import re
import shutil
import subprocess
import tempfile

# What one line of a table runs: `arguments` go before the number of batches, `more` after
# it. A batch is so many connections.
Case = collections.namedtuple('Case', 'name program arguments more')
BATCH = 32
SEGMENTS = ('syn', 'ack', 'fin', 'last')

CASES = {case.name: case for case in [
    *(Case(mode, 'la_bench_cycle', (mode,), ('0', '1', '1', '4'))
      for mode in ('close', 'http', 'syn', 'linux', 'port')),
    Case('close_ipv6', 'la_bench_cycle', ('close',), ('0', '1', '1', '6')),
    *(Case(f'close:{segment}', 'la_bench_cycle', (f'close:{segment}',), ('0', '1', '1', '4'))
      for segment in SEGMENTS),
]}
WHOLE = ['close', 'http', 'syn', 'linux', 'port', 'close_ipv6']

# libc chooses memcpy() and its like by what the processor can do. Without these they are the
# same everywhere (glibc 2.36, sysdeps/x86_64/multiarch).
BASELINE = 'glibc.cpu.hwcaps=' + ','.join('-' + word for word in (
    'AVX512F', 'AVX512VL', 'AVX512BW', 'AVX2', 'AVX', 'BMI2', 'SSE4_2', 'SSSE3', 'ERMS', 'FSRM', 'RTM',
    'AVX_Fast_Unaligned_Load', 'Prefer_ERMS', 'Prefer_FSRM'))


class Failed(Exception):
    """A program did not do what it was to do; the text says what."""


def run(words, **more):
    """What a program printed, both streams; or Failed."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, **more)
    if done.returncode != 0:
        raise Failed(f'{" ".join(words)} ended with {done.returncode}:\n{done.stdout.strip()}')
    return done.stdout


def command(build, case, batches, *variant):
    """The command line of a case."""
    return [os.path.join(build, 'tests', 'bench', case.program), *case.arguments, str(batches),
            *case.more, *variant]


def cycles(build, case, batches):
    """TSC cycles of one connection."""
    said = run(command(build, case, batches))
    found = re.search(r'([\d.]+) cycles per connection', said)
    if not found:
        raise Failed(f'{case.name}: no cycles in:\n{said}')
    return float(found[1])


def valgrind_missing():
    return shutil.which('valgrind') is None


def callgrind(words, read):
    """Run a program under callgrind and give read() its output file."""
    with tempfile.TemporaryDirectory(prefix='lastack-bench-') as folder:
        path = os.path.join(folder, 'out')
        run(['valgrind', '--tool=callgrind', '--collect-atstart=no',
             f'--callgrind-out-file={path}', *words],
            env=dict(os.environ, GLIBC_TUNABLES=BASELINE))
        with open(path, encoding='utf-8') as file:
            return read(file)


def read_total(lines):
    """Instructions in all, from the lines of a callgrind file."""
    for line in lines:
        if line.startswith('totals:'):
            return int(line.split()[1])
    raise Failed('callgrind wrote no total')


def read_by_file(lines):
    """Instructions by (source file, function), without those of functions called.

    A file or function is named once, with a number, and by the number from then on. The line
    after `calls=` has the cost of what was called, which is that one's own.
    """
    names = {'f': {}, 'n': {}}
    counts = collections.Counter()
    at = {'f': '???', 'n': '???'}
    skip = False
    for line in lines:
        found = re.match(r'(c?)f([lien])=(\([0-9]+\))? ?(.*)', line)
        if found:
            called, kind, number, name = found.groups()
            kind = 'n' if kind == 'n' else 'f'
            name = names[kind].setdefault(number, name) if number else name
            if not called:
                at[kind] = name
        elif line.startswith('calls='):
            skip = True
        elif line[:1].isdigit() or line[:1] in '+-*':
            if not skip:
                counts[at['f'], at['n']] += int(line.split()[1])
            skip = False
    return counts


def instructions(build, case, batches, *variant):
    """Instructions of one connection."""
    total = callgrind(command(build, case, batches, *variant), read_total)
    if total == 0:
        raise Failed(f'{case.name}: {case.program} does not tell callgrind what to count')
    return total / (BATCH * batches)


# Parts of the stack, by the source file that an instruction comes from. The first that fits.
PARTS = [
    ('checksums', r'/wire/(la_)?checksum'),
    ('parse', r'/wire/rx|/stack/receive\.c'),
    ('emit', r'/wire/emit'),
    ('hashes and cookies', r'siphash|/cookie/'),
    ('lookup', r'/flow/'),
    ('timers', r'/timer/|/base/la_timed'),
    ('state machine', r'/tcp/'),
    ('service', r'/service/|/http/'),
    ('stack', r'/stack/|/link/'),
    ('octets, pools, counters', r'/base/|/wire/'),
    ('libc and the rest', r''),
]


def parts(build, case, batches):
    """Instructions of one connection by part of the stack, as [(part, figure)]."""
    counts = collections.Counter()
    for (file, _), count in callgrind(command(build, case, batches), read_by_file).items():
        counts[next(name for name, words in PARTS if re.search(words, file))] += count
    return [(name, counts[name] / (BATCH * batches)) for name, _ in PARTS if counts[name]]
