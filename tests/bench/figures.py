# SPDX-License-Identifier: BSD-3-Clause
"""Run the programs of tests/bench and read their figures: cycles, and instructions by
callgrind."""
import collections
import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile

# What one line of a table runs: `arguments` go before the number of connections and `more`
# after it. The program counts them in batches of `batch`; `mean` is where its mean is.
Case = collections.namedtuple('Case', 'name program arguments more batch mean')
BATCH = 32
SEGMENTS = ('syn', 'ack', 'fin', 'last')


def cycle(name, mode, family):
    return Case(name, 'la_bench_cycle', (mode,), ('0', '1', '1', family), BATCH,
                r'([\d.]+) cycles per connection')


def load(name, mode):
    return Case(name, 'la_bench_load', (mode,), ('0', 'load', '4'), 1, r'load\s+([\d.]+) cycles')


CASES = {case.name: case for case in [
    *(cycle(mode, mode, '4') for mode in ('close', 'http', 'syn', 'linux', 'port', 'near')),
    cycle('close_ipv6', 'close', '6'),
    *(cycle(f'close:{segment}', f'close:{segment}', '4') for segment in SEGMENTS),
    load('load', 'close'), load('load_http', 'http'),
]}
PROGRAMS = ('cycle', 'echo', 'bulk', 'overload', 'load', 'time_wait')


def programs(source):
    """Programs of tests/bench that a tree has the source of."""
    folder = os.path.join(source, 'tests', 'bench')
    return ['la_bench', *(f'la_bench_{name}' for name in PROGRAMS
                          if os.path.exists(os.path.join(folder, f'bench_{name}.c')))]


def whole(source):
    """Names of the cases that are a whole connection and that a tree has a program for."""
    return [name for name, case in CASES.items()
            if ':' not in name and case.program in programs(source)]


# libc chooses memcpy() and its like by what the processor can do. Without these they are the
# same everywhere (glibc 2.36, sysdeps/x86_64/multiarch).
BASELINE = 'glibc.cpu.hwcaps=' + ','.join('-' + word for word in (
    'AVX512F', 'AVX512VL', 'AVX512BW', 'AVX2', 'AVX', 'BMI2', 'SSE4_2', 'SSSE3', 'ERMS', 'FSRM',
    'RTM', 'AVX_Fast_Unaligned_Load', 'Prefer_ERMS', 'Prefer_FSRM'))


class Failed(Exception):
    """A program did not do what it was to do; the text says what."""


def run(words, **more):
    """What a program printed, both streams; or Failed."""
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **more) as process:
        try:
            said, _ = process.communicate()
        except BaseException:
            # It ends its own children, which may write to a folder that is to go.
            process.terminate()
            raise
    if process.returncode != 0:
        raise Failed(f'{" ".join(words)} ended with {process.returncode}:\n{said.strip()}')
    return said


# How scripts/bench builds: as fast as gcc makes it, with the source lines for callgrind.
OPTIONS = ('-Dbuildtype=release', '-Db_lto=true', '-Ddebug=true')


def build(source, folder, targets):
    """Configure once, compile what has changed; compilers have the second place."""
    if not os.path.exists(os.path.join(folder, 'build.ninja')):
        run(['meson', 'setup', folder, source, '-Dwerror=true', *OPTIONS])
    run(['nice', '-n', '5', 'ninja', '-C', folder, '--quiet', *targets])


def compiler_of(folder):
    """The compiler of a build, as the words of a command."""
    with open(os.path.join(folder, 'compile_commands.json'), encoding='utf-8') as file:
        words = shlex.split(json.load(file)[0]['command'])
    # ccache, if there is one, stands before it.
    return words[:next(at for at, word in enumerate(words) if word.startswith('-'))]


def command(build, case, connections, *variant):
    """The command line of a case."""
    return [os.path.join(build, 'tests', 'bench', case.program), *case.arguments,
            str(connections // case.batch), *case.more, *variant]


def cycles(build, case, connections):
    """TSC cycles of one connection: the mean, and that of the batch in the middle, or None
    from an older program."""
    said = run(command(build, case, connections))
    mean = re.search(case.mean, said)
    if not mean:
        raise Failed(f'{case.name}: no cycles in:\n{said}')
    median = re.search(r'median batch ([\d.]+)', said)
    return float(mean[1]), float(median[1]) if median else None


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


def instructions(build, case, connections, *variant):
    """Instructions of one connection; @p connections is a multiple of the case's batch."""
    total = callgrind(command(build, case, connections, *variant), read_total)
    if total == 0:
        raise Failed(f'{case.name}: {case.program} does not tell callgrind what to count')
    return total / connections


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


def parts(build, case, connections):
    """Instructions of one connection by part of the stack, as [(part, figure)]."""
    counts = collections.Counter()
    for (file, _), count in callgrind(command(build, case, connections), read_by_file).items():
        counts[next(name for name, words in PARTS if re.search(words, file))] += count
    return [(name, counts[name] / connections) for name, _ in PARTS if counts[name]]
