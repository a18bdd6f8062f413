# SPDX-License-Identifier: BSD-3-Clause
"""The page of the report: verdicts, figures, plots, configuration and machines."""
import datetime
import pathlib

import report_plots as plots
import report_svg as svg
from report_html import Safe, element, safe
from report_run import NO_SYN
from report_words import count, digits, duration, short

NOTHING = element('span', '–', class_='none', title='not in this file')


def swatch(index):
    """The colour and dashes of a run, as its lines have them."""
    return sample('line', plots.colour(index), plots.dash(index))


def sample(kind, colour, dashes):
    """A piece of what a plot draws, for its legend."""
    paint = svg.VARIABLES[colour]
    if kind == 'line':
        pattern = ' '.join(f'{2 * part:g}' for part in dashes or () if part)
        inner = element('line', x1=1, y1=6, x2=29, y2=6, stroke=paint, stroke_width=2.5,
                        stroke_dasharray=pattern or None)
    elif kind == 'bar':
        inner = element('rect', x=8, y=1, width=14, height=10, rx=1.5, fill=paint)
    elif kind == 'o':
        inner = element('circle', cx=15, cy=6, r=5, fill=paint)
    else:
        inner = element('path', d='M10 1l10 10M20 1l-10 10', stroke=paint, stroke_width=2.5)
    return Safe('<svg class="key" viewBox="0 0 30 12" aria-hidden="true">' + inner + '</svg>')


def figure(plot):
    legend = [element('li', sample(kind, colour, dashes), text)
              for text, kind, colour, dashes in plot.legend]
    return element('figure',
                   element('ul', legend, class_='legend') if legend else None,
                   Safe(plot.svg), element('figcaption', plot.caption),
                   class_='wide' if plot.wide else None)


def per_run(draw, runs, wide):
    """A figure for each run that has what is drawn, under its name."""
    drawn = [(run.name, draw(runs, index, wide)) for index, run in enumerate(runs)]
    many = len(runs) > 1
    return [element('div', element('h3', swatch(index), name) if many else None, figure(plot),
                    class_='card wide' if plot.wide else 'card')
            for index, (name, plot) in enumerate(drawn) if plot]


def card(plot, title=None):
    return plot and element('div', element('h3', title) if title else None, figure(plot),
                            class_='card wide' if plot.wide else 'card')


def with_all(cards, draw, runs, title):
    """The cards of single runs, and one of all runs that fills what is left of the row."""
    return cards + [card(draw(runs, len(cards) % 2 == 0), title)]


def section(name, title, cards, without=None):
    """A part of the page; with nothing to show, a word instead or no part at all."""
    cards = [each for each in cards if each]
    if not cards and not without:
        return None
    body = element('div', cards, class_='cards') if cards else element('p', without)
    return element('section', element('h2', title), body, id_=name)


# The head: how each run ended.

def sentence(run):
    """A run in one sentence."""
    offered, reached = run.at('offered_per_s'), run.at('opens_per_s')
    words = []
    if offered:
        words.append(f'{short(offered)}/s offered')
    elif offered == 0:
        words.append('closed loop')
    if reached is not None:
        words.append(f'{short(reached)}/s reached')
    words.append(f'{count(run.failed())} of {count(attempts(run))} connections failed')
    return ', '.join(words) + '.'


def attempts(run):
    """All that fell due: those that failed before their SYN are not among the attempted."""
    attempted = run.at('attempted')
    if attempted is None:
        return run.at('opened') + run.failed()
    return attempted + sum(run.at('failed', reason, otherwise=0) for reason in NO_SYN)


def badge(result):
    word, sign = {'pass': ('pass', '✓'), 'fail': ('fail', '✗')}.get(result, ('no verdict', '–'))
    return element('span', f'{sign} {word}', class_=f'badge {result or "unknown"}')


def checks(run):
    rows = [element('tr', element('td', check.get('check', '')),
                    element('td', check.get('value', ''), class_='figure'),
                    element('td', {True: '✓', False: '✗'}.get(check.get('ok'), ''),
                            class_={True: 'good', False: 'bad'}.get(check.get('ok'))))
            for check in run.at('verdict', 'checks', otherwise=[])]
    head = element('tr', *(element('th', word, scope='col') for word in
                           ('check', 'value', 'ok')))
    return rows and element('table', element('thead', head), element('tbody', rows),
                            class_='checks')


def when(run):
    """The time a run started, as people write it, or as the file has it."""
    started = run.at('started', otherwise='')
    try:
        return datetime.datetime.strptime(started, '%Y-%m-%dT%H:%M:%SZ').strftime(
            '%Y-%m-%d %H:%M:%S UTC')
    except ValueError:
        return started


def verdict(run, index, many):
    result = run.at('verdict', 'result')
    about = [f'lastack {run.at("role")}', run.at('version'), when(run),
             run.at('seconds') is not None and f'{count(run.at("seconds"))} s']
    why = run.at('verdict', 'why')
    return element('article',
                   element('h2', swatch(index) if many else None, run.name),
                   badge(result), why and element('p', why, class_='why'),
                   element('p', sentence(run)), checks(run) or None,
                   element('p', ' · '.join(part for part in about if part), class_='about'),
                   class_=f'verdict {result or "unknown"}')


def summary(runs):
    results = [run.at('verdict', 'result') for run in runs]
    parts = [f'{results.count(result)} {word}' for result, word in
             (('pass', 'passed'), ('fail', 'failed'), (None, 'without a verdict'))
             if result in results]
    return f'{len(runs)} {"run" if len(runs) == 1 else "runs"}: {", ".join(parts)}'


# The table of figures: a column for each run.

def figures(path, form):
    def cell(run):
        value = run.at(*path)
        return value is not None and form(value)
    return cell


def timing(which, name):
    """A time, and in its title the microseconds; a kind of time never seen has none."""
    def cell(run):
        value = run.at('latency_us', which, name)
        if value is None or not run.at('latency_us', which, 'count', otherwise=1):
            return False
        return element('span', duration(value), title=f'{value:,} µs')
    return cell


def failed(run):
    total = run.failed()
    if not total:
        return '0'
    share = 100 * total / max(attempts(run), 1)
    return element('span', f'{count(total)} ({digits(share)}%)', class_='bad')


def rate(value):
    return f'{count(round(value, 1))}'


def offered(run):
    value = run.at('offered_per_s')
    return value is not None and (rate(value) if value else 'closed loop')


TIMES = (('min', 'shortest'), ('p50', 'p50'), ('p90', 'p90'), ('p99', 'p99'), ('p999', 'p99.9'),
         ('max', 'longest'))
FIGURES = (
    ('Run', (
        ('role', figures(('role',), str)),
        ('length, s', figures(('seconds',), count)))),
    ('Rate', (
        ('offered, per second', offered),
        ('reached, per second', figures(('opens_per_s',), rate)))),
    ('Connections', (
        ('attempted', figures(('attempted',), count)),
        ('opened', figures(('opened',), count)),
        ('closed', figures(('closed',), count)),
        ('failed', failed),
        ('opened over 1 ms late', figures(('late', 'opens'), count)),
        ('longest delay of an open', figures(('late', 'max_us'), duration)),
        ('retransmissions', figures(('retransmissions',), count)))),
    *((f'{which.capitalize()} time', tuple((word, timing(which, name)) for name, word in TIMES))
      for which in ('handshake', 'connection')),
    ('Server', (
        ('connections per second', figures(('server', 'connections_per_s'), rate)),
        ('cycles per connection', figures(('server', 'cycles_per_connection'), count)),
        ('cycles per packet', figures(('server', 'cycles_per_packet'), count)),
        ('octets per connection', figures(('server', 'bytes_per_connection'), count)),
        ('connections held meanwhile', figures(('server', 'live'), count)),
        ('longest poll', figures(('server', 'longest_poll_us'), duration)),
        ('clock, GHz', figures(('server', 'tsc_hz'), lambda hz: f'{hz / 1e9:.3g}')))),
)


def names(runs):
    """The head of a table with a column for each run."""
    return element('thead', element('tr', element('td'), *(
        element('th', swatch(index) if len(runs) > 1 else None, run.name, scope='col')
        for index, run in enumerate(runs))))


def group(runs, title, rows):
    """A part of the table: the rows that any run has; no rows, no part."""
    shown = [element('tr', element('th', word, scope='row'),
                     *(element('td', cell or NOTHING) for cell in cells))
             for word, cells in ((word, [cell(run) for run in runs]) for word, cell in rows)
             if any(cells)]
    return shown and element('tbody', element('tr', element(
        'th', title, class_='group', colspan=len(runs) + 1, scope='colgroup')), shown)


def figures_table(runs):
    """One table for several runs; for a single one a small table for each group."""
    groups = [group(runs, title, rows) or None for title, rows in FIGURES]
    if len(runs) > 1:
        body = scroll(element('table', names(runs), groups, class_='figures'))
    else:
        # The first two are short, and share one.
        body = element('div', [scroll(element('table', part, class_='figures'))
                               for part in (groups[:2], *groups[2:]) if part], class_='groups')
    return element('section', element('h2', 'Figures'), body, id_='figures')


def scroll(table):
    return element('div', table, class_='scroll', tabindex=0)


# The trials of a search.

TRIAL = (('trial', 'trial', count), ('rate', 'rate, per second', rate),
         ('seconds', 'seconds', count), ('opens_per_s', 'reached, per second', rate),
         ('failed', 'failed', count), ('p99_us', 'p99', duration))


def trials(run):
    found = run.at('search', otherwise={})
    if not found.get('trials'):
        return None
    head = [element('th', word, scope='col') for _, word, _ in TRIAL]
    rows = [element('tr', *(element('td', form(trial[name]) if name in trial else NOTHING,
                                    class_='figure') for name, _, form in TRIAL),
                    element('td', badge(trial.get('result'))), element('td', trial.get('why')))
            for trial in found['trials']]
    return element('details', element('summary', f'All {len(rows)} trials'),
                   scroll(element('table', element('thead', element('tr', head, element(
                       'th', 'result', scope='col'), element('th', 'why', scope='col'))),
                       element('tbody', rows), class_='trials')))


def found(run):
    """What a search found, in a sentence."""
    search = run.at('search', otherwise={})
    best = search.get('best_per_s')
    within = ('' if 'low' not in search or 'high' not in search else
              f' between {short(search["low"])}/s and {short(search["high"])}/s')
    if best is None:
        return f'Searched{within}.'
    if best == 0:
        return f'No rate passed{within}.'
    return f'The highest rate that passed{within} is {short(best)}/s.'


def searches(runs, wide):
    cards = []
    for index, run in enumerate(runs):
        if run.at('search') is None:
            continue
        plot = plots.search(runs, index, wide)
        cards.append(element(
            'div', element('h3', swatch(index), run.name) if len(runs) > 1 else None,
            element('p', found(run)), plot and figure(plot), trials(run),
            class_='card wide' if wide else 'card'))
    return cards


# Configuration and machines: a column for each run, and a mark where runs differ.

MACHINE = {'cpu': 'processor', 'cpus': 'processors', 'memory_mib': 'memory, MiB',
           'kernel': 'kernel', 'dpdk': 'DPDK', 'device': 'device', 'driver': 'driver',
           'tsc_hz': 'clock, Hz'}


def fact(value):
    return value if isinstance(value, str) else count(value)


def machine(run):
    return {MACHINE.get(name, name): fact(value)
            for name, value in run.at('machine', otherwise={}).items()}


def compared(runs, title, name, tables):
    """A table of texts by key; rows in which runs differ are marked, and counted."""
    keys = list(dict.fromkeys(key for table in tables for key in table))
    if not keys:
        return element('section', element('h2', title), element('p', 'Not in these files.'),
                       id_=name)
    differ = [key for key in keys if len({table.get(key) for table in tables}) > 1]
    rows = [element('tr', element('th', '≠ ' if key in differ else None, key, scope='row'),
                    *(element('td', table[key] if key in table else NOTHING) for table in tables),
                    class_='differs' if key in differ else None) for key in keys]
    return element('section', element('h2', title),
                   element('p', differences(differ, len(keys))) if len(runs) > 1 else None,
                   scroll(element('table', names(runs), element('tbody', rows),
                                  class_='compared')), id_=name)


def differences(differ, many):
    if not differ:
        return 'The same in all runs.'
    return [f'The runs differ in {len(differ)} of {many}, marked ', element('b', '≠'), ': ',
            ', '.join(differ[:12]), ', …' if len(differ) > 12 else '.']


# The page.

def sections(runs):
    wide = len(runs) == 1
    both = ('handshake', 'connection')
    fails = [run for run in runs if run.failed()]
    return [
        figures_table(runs),
        section('rate', 'Rate and connections over time',
                with_all(per_run(plots.rate, runs, False), plots.connections, runs,
                         'Connections open, all runs' if len(runs) > 1 else None),
                'No run has figures by the second.'),
        section('latency', 'Latency over time',
                with_all(per_run(plots.latency, runs, wide), plots.p99, runs, 'p99, all runs')),
        section('percentiles', 'Latency by percentile', [
            card(plots.percentiles(runs, which, False), f'{which.capitalize()} time')
            for which in both]),
        section('cdf', 'Distribution of latency', [
            card(plots.cdf(runs, which, False), f'{which.capitalize()} time') for which in both]),
        section('failures', 'Failures by reason', [card(plots.failures(runs, True))],
                'No connection failed.' if not fails else
                'The reasons of the failures are not in these files.'),
        section('search', 'Search for the highest rate', searches(
            runs, sum(run.at('search') is not None for run in runs) == 1)),
        compared(runs, 'Configuration', 'configuration', [run.settings() for run in runs]),
        compared(runs, 'Machine', 'machine', [machine(run) for run in runs]),
    ]


def page(runs):
    """The whole page, as octets."""
    style = (pathlib.Path(__file__).parent / 'report.css').read_text(encoding='utf-8')
    title = runs[0].name if len(runs) == 1 else f'{len(runs)} runs'
    head = element(
        'head', Safe('<meta charset="utf-8">'
                     # Nothing is loaded and nothing runs, whatever a file says.
                     '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
                     'style-src \'unsafe-inline\'">'
                     '<meta name="viewport" content="width=device-width, initial-scale=1">'
                     '<meta name="color-scheme" content="light dark">'),
        element('title', f'Lastack report: {title}'), element('style', Safe(style)))
    body = element(
        'body', element('header', element('h1', 'Lastack report'),
                        element('p', summary(runs))),
        element('main', element('div', [verdict(run, index, len(runs) > 1)
                                        for index, run in enumerate(runs)], class_='verdicts'),
                sections(runs)))
    document = '<!DOCTYPE html>\n' + element('html', '\n', head, '\n', body, '\n', lang='en') + '\n'
    return safe(Safe(document)).encode('utf-8')
