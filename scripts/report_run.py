# SPDX-License-Identifier: BSD-3-Clause
"""Reading the JSON of `lastack load` and `lastack bench`, and holding it to its shape.

The files are not trusted: what a Run holds is checked by type and range, what the
shape does not know is left out, and only `role` and `opened` must be there.
"""
import json
import math
import pathlib
import unicodedata

MOST = 2 ** 64
SHORT = 0.1
COUNTS = ('offered', 'attempted', 'opened', 'closed', 'failed', 'retransmissions')
REASONS = ('refused', 'timeout', 'reset', 'wrong_data', 'closed_early', 'no_port', 'no_room',
           'no_neighbour', 'late', 'unfinished')
NO_SYN = ('no_port', 'no_room', 'no_neighbour', 'late')


class BadFile(Exception):
    """A file that is not such JSON: its name, and what is wrong with it."""

    def __init__(self, name, what):
        super().__init__(name, what)
        self.name, self.what = name, what


class Bad(Exception):
    """A value that is not of the shape; the text says which and why."""


def printable(text):
    """One line of what can be shown: no controls, no half characters, no marks that
    turn the direction of the text around them."""
    return ''.join('\ufffd' if unicodedata.category(c) in ('Cc', 'Cf', 'Cs', 'Zl', 'Zp') else c
                   for c in text)


# Each of these takes a value and where it was found, and returns it or raises Bad.

def number(value, where):
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= MOST:
        raise Bad(f'{where} is not a number from 0 to 2^64')
    return value


def text(value, where):
    if not isinstance(value, str):
        raise Bad(f'{where} is not text')
    return printable(value)


def truth(value, where):
    if not isinstance(value, bool):
        raise Bad(f'{where} is not true or false')
    return value


def one_of(*words):
    def word(value, where):
        if value not in words:
            raise Bad(f'{where} is not {" or ".join(words)}')
        return value
    return word


def table(item):
    """Names to items, whatever the names are."""
    def items(value, where):
        if not isinstance(value, dict):
            raise Bad(f'{where} is not an object')
        return {printable(name): item(entry, f'{where}.{name}') for name, entry in value.items()}
    return items


def setting(value, where):
    """A value of the configuration: text, or the texts of a key that repeats."""
    if isinstance(value, list):
        return [text(entry, where) for entry in value]
    return [text(value, where)]


def fact(value, where):
    return text(value, where) if isinstance(value, str) else number(value, where)


def histogram(value, where):
    """Buckets [low, high, count], none empty, ascending."""
    if not isinstance(value, list):
        raise Bad(f'{where} is not a list')
    last = 0
    for index, bucket in enumerate(value):
        here = f'{where}[{index}]'
        if not isinstance(bucket, list) or len(bucket) != 3:
            raise Bad(f'{here} is not [low, high, count]')
        low, high, count = (number(entry, here) for entry in bucket)
        if low < last or high < low or count < 1:
            raise Bad(f'{here} is empty, or not above the bucket before it')
        last = low
    return value


LATENCY = {'count': number, 'min': number, 'mean': number, 'p50': number, 'p90': number,
           'p99': number, 'p999': number, 'max': number, 'histogram': histogram}
SECOND = {'second': number, 'offered': number, 'attempted': number, 'opened': number,
          'closed': number, 'failed': number, 'retransmissions': number, 'connections': number,
          'latency_us': {'p50': number, 'p99': number, 'max': number}}
TRIAL = {'trial': number, 'rate': number, 'seconds': number, 'opens_per_s': number,
         'failed': number, 'p99_us': number, 'result': one_of('pass', 'fail'), 'why': text}
SHAPE = {
    'version': text,
    'role': one_of('load', 'bench'),
    'started': text,
    'config': table(table(setting)),
    'machine': table(fact),
    'seconds': number,
    'attempted': number,
    'opened': number,
    'closed': number,
    'failed': table(number),
    'late': {'opens': number, 'max_us': number},
    'retransmissions': number,
    'offered_per_s': number,
    'opens_per_s': number,
    'per_second': [SECOND],
    'latency_us': {'handshake': LATENCY, 'connection': LATENCY},
    'verdict': {'result': one_of('pass', 'fail'), 'why': text,
                'checks': [{'check': text, 'value': text, 'ok': truth}]},
    'search': {'low': number, 'high': number, 'best_per_s': number, 'trials': [TRIAL]},
    'server': {'cycles_per_connection': number, 'cycles_per_packet': number, 'tsc_hz': number,
               'live': number, 'bytes_per_connection': number, 'longest_poll_us': number,
               'connections_per_s': number},
}


def shaped(value, shape, where=''):
    """The value, held to the shape. What is null counts as not there."""
    if callable(shape):
        return shape(value, where)
    if isinstance(shape, list):
        if not isinstance(value, list):
            raise Bad(f'{where} is not a list')
        return [shaped(entry, shape[0], f'{where}[{index}]') for index, entry in enumerate(value)]
    if not isinstance(value, dict):
        raise Bad(f'{where or "the JSON"} is not an object')
    return {name: shaped(value[name], part, f'{where}.{name}'.lstrip('.'))
            for name, part in shape.items() if value.get(name) is not None}


class Run:
    """One run: its name, and what its file holds."""

    def __init__(self, name, data):
        self.name = name
        self.data = data

    def at(self, *path, otherwise=None):
        """The member at this path, or what is said otherwise if there is none."""
        value = self.data
        for name in path:
            if name not in value:
                return otherwise
            value = value[name]
        return value

    def failed(self):
        """All that failed; a file without the sum has the reasons."""
        reasons = self.at('failed', otherwise={})
        return reasons.get('total', sum(reasons.values()))

    def failures(self):
        """(reason, number) of what failed, in the order of the known reasons."""
        reasons = self.at('failed', otherwise={})
        others = sum(count for name, count in reasons.items() if name not in REASONS + ('total',))
        found = [(name, reasons.get(name, 0)) for name in REASONS] + [('other', others)]
        return [(name, count) for name, count in found if count > 0]

    def settings(self):
        """{section.key: text} of the configuration."""
        return {f'{section}.{key}': '\n'.join(lines)
                for section, keys in self.at('config', otherwise={}).items()
                for key, lines in keys.items()}


def parse(content):
    """The JSON of a file, or Bad."""
    def no_such_number(word):
        raise Bad(f'not JSON: {word} is not a number')
    try:
        return json.loads(content.decode('utf-8'), parse_constant=no_such_number)
    except UnicodeDecodeError:
        raise Bad('not JSON: not UTF-8 text') from None
    except json.JSONDecodeError as error:
        raise Bad(f'not JSON: line {error.lineno} column {error.colno}: {error.msg}') from None
    except RecursionError:
        raise Bad('not JSON of lastack: nested too deeply') from None
    except ValueError:
        raise Bad('not JSON of lastack: a number has too many digits') from None


def join_short_end(rows):
    """What came after the last second, in too short a time to say a rate of, counts to it."""
    if len(rows) < 2 or rows[-1]['second'] - rows[-2]['second'] >= SHORT:
        return
    end, last = rows.pop(), rows[-1]
    for name in COUNTS:
        if name in end and name in last:
            last[name] += end[name]
    last['second'] = end['second']
    if 'connections' in end:
        last['connections'] = end['connections']


def make_rates(rows):
    """The counts of a row as so many a second: rows are not all of one length."""
    join_short_end(rows)
    before = 0
    for row in rows:
        length = row['second'] - before
        before = row['second']
        for name in COUNTS:
            if name in row and length > 0:
                row[name] /= length


def checked(data):
    data = shaped(data, SHAPE)
    for name in ('role', 'opened'):
        if name not in data:
            raise Bad(f'not JSON of lastack load or bench: no "{name}"')
    # The plots count on the time to go forward.
    rows = data.get('per_second', [])
    for index, row in enumerate(rows):
        row.setdefault('second', index + 1)
    rows.sort(key=lambda row: row['second'])
    make_rates(rows)
    return data


def load(name):
    try:
        return checked(parse(pathlib.Path(name).read_bytes()))
    except OSError as error:
        raise BadFile(name, error.strerror) from None
    except Bad as error:
        raise BadFile(name, str(error)) from None


def distinct(paths):
    """A name for each file: its own without .json, or with its folders if others are
    called the same, or with a number if it is given twice."""
    short = [path[:-5] if path.endswith('.json') else path for path in paths]
    last = [pathlib.PurePath(path).name or path for path in short]
    names = [a if last.count(a) == 1 else b for a, b in zip(last, short)]
    return [printable(name if names.count(name) == 1 else
                      f'{name} ({names[:index + 1].count(name)})')
            for index, name in enumerate(names)]


def load_all(paths):
    return [Run(name, load(path)) for name, path in zip(distinct(paths), paths)]


def mean(values):
    return math.fsum(values) / len(values)


def joined(rows):
    """One row for several seconds: rates as their mean, the last count of open
    connections, the median of the medians, the worst of the worst."""
    row = {'second': rows[-1]['second']}
    for name in COUNTS:
        values = [r[name] for r in rows if name in r]
        if values:
            row[name] = mean(values)
    if 'connections' in rows[-1]:
        row['connections'] = rows[-1]['connections']
    latency = [r['latency_us'] for r in rows if r.get('latency_us', {}).get('max')]
    if latency:
        p50 = sorted(entry.get('p50', 0) for entry in latency)
        row['latency_us'] = {'p50': p50[len(p50) // 2],
                             'p99': max(entry.get('p99', 0) for entry in latency),
                             'max': max(entry['max'] for entry in latency)}
    return row


def seconds(run, most=600):
    """The rows of per_second, at most so many, and how many seconds one stands for."""
    rows = run.at('per_second', otherwise=[])
    width = max(1, math.ceil(len(rows) / most))
    if width == 1:
        return rows, 1
    return [joined(rows[i:i + width]) for i in range(0, len(rows), width)], width
