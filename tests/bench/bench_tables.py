# SPDX-License-Identifier: BSD-3-Clause
"""The tables of scripts/bench."""
import json
import os
import platform
import re
import subprocess
import sys

import figures


def said(*words, **more):
    """The first line that a program prints; nothing if it cannot be run."""
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, check=False, **more)
    except OSError:
        return ''
    return done.stdout.split('\n')[0].strip()


def table(heads, rows):
    """Print a table whose first column is words and whose others are figures."""
    print('| ' + ' | '.join(heads) + ' |')
    print('|---|' + '---:|' * (len(heads) - 1))
    for words in rows:
        print('| ' + ' | '.join(words) + ' |', flush=True)
    print(flush=True)


def grouped(figure):
    return '-' if figure is None else f'{figure:,.0f}'


def count(build, name, quick):
    """Instructions of a connection, or None without valgrind."""
    if figures.valgrind_missing():
        return None
    return figures.instructions(build, figures.CASES[name], 9600 if quick else 32000)


def best_cycles(build, name, quick):
    """Cycles of a connection, of the batch in the middle if it is told: least of some runs."""
    number, rounds = (64000, 2) if quick else (640000, 5)
    found = [figures.cycles(build, figures.CASES[name], number) for _ in range(rounds)]
    return min(mean if median is None else median for mean, median in found)


def machine(root, build, tsc_hz):
    """What the figures were measured on."""
    with open('/proc/cpuinfo', encoding='utf-8') as file:
        found = re.search(r'^model name\s*: (.*)', file.read(), re.MULTILINE)
    dirty = said('git', 'status', '--porcelain', cwd=root)
    rows = [
        ('processor', found[1] if found else platform.machine()),
        ('cores', str(os.cpu_count())),
        ('TSC', f'{tsc_hz / 1e6:,.0f} MHz'),
        ('kernel', f'{platform.system()} {platform.release()}'),
        ('DPDK', said('pkg-config', '--modversion', 'libdpdk')),
        ('compiler', said(*figures.compiler_of(build), '--version')),
        ('options', ' '.join(f'`{option}`' for option in figures.OPTIONS)),
        ('commit', (said('git', 'rev-parse', '--short=12', 'HEAD', cwd=root) or 'unknown')
         + (', with changes that are not committed' if dirty else '')),
    ]
    table(['measured on', ''], rows)


def connections(root, build, quick):
    """A connection by mode, and what each of its segments takes."""
    names = {'close': 'open and close', 'http': 'fetch 64 bytes, server closes',
             'syn': 'SYN alone', 'linux': 'open and close, options of Linux',
             'port': 'open and close, checksums left to the port',
             'near': 'open and close, clients on the link',
             'close_ipv6': 'open and close, IPv6',
             'load': 'the generator: open and close', 'load_http': 'the generator: fetch'}
    segments = {'syn': 'SYN', 'ack': 'ACK that opens', 'fin': 'FIN', 'last': 'last ACK'}
    rows = [(name, names[name]) for name in figures.whole(root)]
    rows += [(f'close:{name}', f'of open and close: {words}') for name, words in segments.items()]
    table(['a connection', 'program', 'instructions', 'cycles'],
          ([words, f'`{name}`', grouped(count(build, name, quick)),
            grouped(best_cycles(build, name, quick))] for name, words in rows))


def share(part, parts):
    figure = parts.get(part, 0)
    return f'{figure:,.0f} ({100 * figure / sum(parts.values()):.0f}%)'


def parts(build):
    """Where the instructions of a connection are."""
    if figures.valgrind_missing():
        return
    columns = ['close', 'http', 'linux', 'close_ipv6']
    found = [dict(figures.parts(build, figures.CASES[name], 9600)) for name in columns]
    table(['instructions by source', *(f'`{name}`' for name in columns)],
          ([name, *(share(name, parts) for parts in found)]
           for name, _ in figures.PARTS if any(name in parts for parts in found)))


def operations(build):
    """Single operations, in cycles."""
    lines = figures.run([os.path.join(build, 'tests', 'bench', 'la_bench')]).splitlines()
    pairs = [re.fullmatch(r'(\w+): (.+?)\s+([\d.]+)', line) for line in lines]
    table(['one operation', 'cycles'],
          ([f'{pair[1]}: {pair[2]}', pair[3]] for pair in pairs if pair))


def lastack_bench(build, quick, *arguments):
    """The server's figures of `lastack bench`."""
    words = [os.path.join(build, 'app', 'lastack'), 'bench', '--json', '-',
             '--seconds', '2' if quick else '5', *arguments]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)
    try:
        return json.loads(done.stdout)['server']
    except (ValueError, KeyError):
        raise figures.Failed(f'{" ".join(words)} ended with {done.returncode}:\n'
                             f'{done.stderr.strip()}') from None


def rates(build, quick):
    """Two cores, joined by rings. @return the frequency of the TSC."""
    live = (100000,) if quick else (1000000, 16000000)
    runs = [('connect', []), ('connect, IPv6', ['--family', '6']),
            ('http', ['--service', 'http']), ('echo', ['--service', 'echo']),
            *((f'connect beside {held:,} held open', ['--live', str(held)]) for held in live)]
    found = [(name, lastack_bench(build, quick, *arguments)) for name, arguments in runs]
    columns = {'connections/s': 'connections_per_s', 'cycles a connection': 'cycles_per_connection',
               'cycles a packet': 'cycles_per_packet', 'longest poll, us': 'longest_poll_us'}
    table(['`lastack bench`', *columns],
          ([name, *(f'{server[column]:,.0f}' for column in columns.values())]
           for name, server in found))
    return found[0][1]['tsc_hz']


def text(build, quick):
    """Echoes, bulk, overload and TIME-WAIT, as their programs say it."""
    programs = [['la_bench_echo', '10000', '200000' if quick else '2000000'], ['la_bench_bulk'],
                ['la_bench_overload'],
                ['la_bench_time_wait', '100000' if quick else '10000000']]
    for words in programs:
        said_so = figures.run([os.path.join(build, 'tests', 'bench', words[0]), *words[1:]])
        table([f'`{" ".join(words)}`', ''],
              (line.partition(': ')[::2] for line in said_so.splitlines()))


def write(root, build, quick):
    """Run everything and print it."""
    if figures.valgrind_missing():
        print('bench: valgrind is not installed, so no instructions are counted', file=sys.stderr)
    connections(root, build, quick)
    parts(build)
    operations(build)
    text(build, quick)
    machine(root, build, rates(build, quick))
