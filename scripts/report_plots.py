# SPDX-License-Identifier: BSD-3-Clause
"""The plots of the report: runs in, SVG for the page out.

Each function returns a Plot or None if the runs hold nothing to draw. No text of a
file is drawn, so names stand in the page's legends only. Colours are placeholders
that report_svg.py turns into the page's, which has them for light and dark.
"""
import collections
import math

from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

import report_svg as svg
from report_run import REASONS, seconds
from report_words import duration, percent, short

# legend: (text, kind of sample, colour, dashes) of each thing drawn.
Plot = collections.namedtuple('Plot', 'svg caption legend wide')

LEAST_US = 0.5  # A logarithmic axis has no 0; times are whole microseconds.


def colour(index):
    return svg.RUNS[index % len(svg.RUNS)]


def dash(index):
    return svg.DASHES[index % len(svg.DASHES)]


def overlaid(indexes, runs):
    return [(runs[i].name, 'line', colour(i), dash(i)) for i in indexes]


def number_axis(axis, name, whole=False):
    axis.set_major_locator(MaxNLocator(5, integer=whole))
    axis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    axis.set_label_text(name)


def duration_axis(axis, name, low, high):
    """A logarithmic axis from low to high microseconds, with units at its ticks."""
    low, high = max(low, LEAST_US), max(high, LEAST_US)
    if high / low < 8:
        middle = math.sqrt(low * high)
        low, high = middle / 2.9, middle * 2.9
    decades = math.log10(high / low)
    subs = (1, 2, 5) if decades < 2.5 else (1,)
    axis.set_major_locator(LogLocator(subs=subs, numticks=20))
    axis.set_minor_locator(LogLocator(subs=range(1, 10), numticks=20))
    axis.set_major_formatter(FuncFormatter(lambda value, _: duration(value)))
    axis.set_minor_formatter(FuncFormatter(lambda value, _: ''))
    axis.set_label_text(name)
    margin = 10 ** (decades * 0.04)
    return low / margin, high * margin


def time_axis(axes, last):
    axes.set_xlim(0, max(last * 1.02, last + 0.5))
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, steps=(1, 2, 5, 10)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f'{value:,.0f}'))
    axes.set_xlabel('seconds since the start')


def column(rows, *path):
    """(seconds, values) of one figure; where it is missing, NaN makes a gap."""
    values = []
    for row in rows:
        value = row
        for name in path:
            value = value.get(name, {}) if isinstance(value, dict) else {}
        values.append(math.nan if value == {} else value)
    return [row['second'] for row in rows], values


def last_second(run):
    return run.at('per_second')[-1]['second']


def there(values):
    return [value for value in values if not math.isnan(value)]


def each_stands_for(width):
    return f' Each point stands for {width} seconds.' if width > 1 else ''


def most(runs, *names):
    """The highest of some figures in any second of any run, for axes that compare."""
    found = [value for run in runs for name in names
             for value in there(column(seconds(run)[0], name)[1])]
    return max(found, default=0)


OFFERED = (3, 3)


def rate(runs, index, wide):
    """Offered and reached over time, and under it what failed."""
    run = runs[index]
    rows, width = seconds(run)
    x, opened = column(rows, 'opened')
    if not there(opened):
        return None
    figure, (upper, lower) = svg.figure(wide, 3.5, heights=(3, 1))
    legend = [('reached: established per second', 'line', colour(index), None)]
    upper.fill_between(x, opened, color=colour(index), alpha=0.14, linewidth=0)
    upper.plot(x, opened, color=colour(index), **svg.dots(x))
    offered = column(rows, 'offered')[1]
    # A closed loop offers nothing. Thin and above, or the line reached would hide it.
    if run.at('offered_per_s', otherwise=1) and any(there(offered)):
        upper.plot(x, offered, color=svg.INK, linewidth=1, dashes=OFFERED)
        legend.insert(0, ('offered', 'line', svg.INK, OFFERED))
    upper.set_ylim(0, most(runs, 'offered', 'opened') * 1.08 or 1)
    number_axis(upper.yaxis, 'connections per second')
    legend += failed_per_second(lower, rows, most(runs, 'failed'))
    time_axis(lower, x[-1])
    return Plot(
        svg.drawn(figure, f'rate{index}', 'Rate offered and reached, and failures, over time'),
        'The line of the rate reached should lie on the one offered: where it stays below, the '
        'target or the generator could not keep up, and the bars below say whether connections '
        'failed then.' + each_stands_for(width), legend, wide)


def failed_per_second(axes, rows, highest):
    x, failed = column(rows, 'failed')
    number_axis(axes.yaxis, 'failed/s', whole=highest < 10)
    axes.yaxis.set_major_locator(MaxNLocator(2, integer=highest < 10))
    axes.set_ylim(0, highest * 1.15 or 1)
    if not there(failed):
        axes.text(0.5, 0.45, 'not in this file', transform=axes.transAxes, ha='center',
                  va='center', color=svg.MUTED)
        return []
    if not any(there(failed)):
        axes.text(0.5, 0.45, 'none failed', transform=axes.transAxes, ha='center', va='center',
                  color=svg.MUTED)
        return []
    step = min((b - a for a, b in zip(x, x[1:]) if b > a), default=1)
    axes.bar(x, [0 if math.isnan(value) else value for value in failed], width=0.8 * step,
             color=svg.BAD, linewidth=0)
    return [('failed', 'bar', svg.BAD, None)]


def connections(runs, wide):
    """Connections open over time, all runs in one."""
    figure, axes = svg.figure(wide, 3.5)
    drawn, widest = [], 1
    for index, run in enumerate(runs):
        rows, width = seconds(run)
        x, count = column(rows, 'connections')
        if there(count):
            axes.plot(x, count, color=colour(index), dashes=dash(index), **svg.dots(x))
            drawn.append(index)
            widest = max(widest, width)
    if not drawn:
        return None
    axes.set_ylim(0, most(runs, 'connections') * 1.08 or 1)
    number_axis(axes.yaxis, 'connections open')
    time_axis(axes, max(last_second(runs[i]) for i in drawn))
    return Plot(
        svg.drawn(figure, 'connections', 'Connections open over time'),
        'A level line is a balance of opens and closes; one that climbs while the rate is level '
        'means that connections last ever longer.' + each_stands_for(widest),
        overlaid(drawn, runs), wide)


LATENCY_LINES = (('p50', 'p50', (None, None), 1.8), ('p99', 'p99', (5, 1.6), 1.4),
                 ('max', 'longest', (1.2, 1.6), 1.4))


def latency_range(runs):
    found = [max(value, LEAST_US) for run in runs for name, _, _, _ in LATENCY_LINES
             for value in there(column(with_latency(seconds(run)[0]), 'latency_us', name)[1])]
    return (min(found), max(found)) if found else None


def with_latency(rows):
    """The rows; a second in which no connection ended has no latency."""
    return [row if row.get('latency_us', {}).get('max') else {'second': row['second']}
            for row in rows]


def latency(runs, index, wide):
    """Connection time over time: median, 99th percentile and longest of each second."""
    rows, width = seconds(runs[index])
    rows = with_latency(rows)
    if not any('latency_us' in row for row in rows):
        return None
    figure, axes = svg.figure(wide, 3.1)
    axes.set_yscale('log')
    legend = []
    for name, word, dashes, thick in LATENCY_LINES:
        x, values = column(rows, 'latency_us', name)
        axes.plot(x, [max(value, LEAST_US) for value in values], color=colour(index),
                  dashes=dashes, linewidth=thick, **svg.dots(x))
        legend.append((word, 'line', colour(index), dashes))
    axes.set_ylim(duration_axis(axes.yaxis, 'connection time', *latency_range(runs)))
    time_axis(axes, x[-1])
    return Plot(
        svg.drawn(figure, f'latency{index}', 'Connection time over time'),
        'Level lines are a steady server; a p99 or a longest that jumps while p50 stays is a '
        'stall or a retransmission that few connections felt.' + each_stands_for(width),
        legend, wide)


def p99(runs, wide):
    """The 99th percentile of connection time over time, several runs in one."""
    figure, axes = svg.figure(wide, 3.1)
    axes.set_yscale('log')
    drawn, found, widest = [], [], 1
    for index, run in enumerate(runs):
        rows, width = seconds(run)
        x, values = column(with_latency(rows), 'latency_us', 'p99')
        if there(values):
            axes.plot(x, [max(value, LEAST_US) for value in values], color=colour(index),
                      dashes=dash(index), **svg.dots(x))
            drawn.append(index)
            found += there(values)
            widest = max(widest, width)
    if len(drawn) < 2:
        return None
    axes.set_ylim(duration_axis(axes.yaxis, 'p99 of connection time', min(found), max(found)))
    time_axis(axes, max(last_second(runs[i]) for i in drawn))
    return Plot(
        svg.drawn(figure, 'p99', '99th percentile of connection time over time, all runs'),
        'The lower line served the slowest hundredth better in that second; lines that part late '
        'in a run show a server that tires.' + each_stands_for(widest), overlaid(drawn, runs), wide)


def cumulative(run, which):
    """[(time in us, connections that took no longer)], ascending, of one kind of time.

    From the histogram, or from the percentiles where a file has none. The second
    result says which."""
    data = run.at('latency_us', which, otherwise={})
    if data.get('histogram'):
        points, total = [], 0
        for _, high, count in data['histogram']:
            total += count
            points.append((max(min(high, data.get('max', high)), LEAST_US), total))
        return points, True
    count = data.get('count', 0)
    points = [(max(data[name], LEAST_US), count * share)
              for name, share in (('min', 0), ('p50', 0.5), ('p90', 0.9), ('p99', 0.99),
                                  ('p999', 0.999), ('max', 1)) if name in data]
    return (sorted(points), False) if count and len(points) > 1 else ([], False)


def curves(runs, which):
    """[(index of the run, points, exact)] of the runs that have any."""
    found = [(index, *cumulative(run, which)) for index, run in enumerate(runs)]
    return [curve for curve in found if curve[1]]


def between(exact):
    """How a curve goes from one point to the next, and whether its points are shown."""
    return {'drawstyle': 'steps-post'} if exact else {'marker': 'o', 'markersize': 3.5}


def inexact(found):
    return ('' if all(exact for _, _, exact in found) else
            ' Lines with dots join the percentiles of files without a histogram.')


def percentiles(runs, which, wide):
    """Latency over 1/(1 - percentile), as HdrHistogram's plots have it."""
    found = curves(runs, which)
    if not found:
        return None
    figure, axes = svg.figure(wide, 3.3)
    axes.set_xscale('log')
    axes.set_yscale('log')
    longest = 10
    for index, points, exact in found:
        total = points[-1][1]
        # What has `before` others before it is no percentile below before / total.
        x, before = [], 0
        for _, count in points:
            x.append(total / (total - before) if exact else total / max(total - count, 1))
            before = count
        end = max(x[-1], total) if exact else x[-1]
        y = [time for time, _ in points]
        axes.plot(x + [end], y + [y[-1]], color=colour(index), dashes=dash(index),
                  **between(exact))
        longest = max(longest, end)
    axes.set_xlim(1, longest * 1.2)
    percent_axis(axes.xaxis)
    axes.set_ylim(duration_axis(axes.yaxis, f'{which} time',
                                min(points[0][0] for _, points, _ in found),
                                max(points[-1][0] for _, points, _ in found)))
    return Plot(
        svg.drawn(figure, f'percentiles_{which}', f'Percentiles of {which} time'),
        f'Each step to the right is a rarer {which}, ten times as rare from one of the upper '
        'percentiles to the next: look for the percentile at which a curve leaves its plateau, and '
        'for curves that cross.' + inexact(found),
        overlaid([index for index, _, _ in found], runs), wide)


def percent_axis(axis):
    ticks = [1, 2, *(10 ** power for power in range(1, 20))]
    low, high = axis.get_view_interval()
    axis.set_ticks([tick for tick in ticks if low <= tick <= high])
    axis.set_ticks([], minor=True)
    axis.set_major_formatter(FuncFormatter(lambda tick, _: percent(tick)))
    axis.set_label_text('percentile, on a scale of 1/(1 - percentile)')


def cdf(runs, which, wide):
    """The share of connections that took no longer, over that time."""
    found = curves(runs, which)
    if not found:
        return None
    figure, axes = svg.figure(wide, 3.3)
    axes.set_xscale('log')
    for index, points, exact in found:
        total = points[-1][1]
        x = [time for time, _ in points]
        y = [100 * count / total for _, count in points]
        if exact:
            x, y = x[:1] + x, [0] + y
        axes.plot(x, y, color=colour(index), dashes=dash(index), **between(exact))
    limits = duration_axis(axes.xaxis, f'{which} time',
                           min(points[0][0] for _, points, _ in found),
                           max(points[-1][0] for _, points, _ in found))
    axes.set_xlim(limits)
    axes.set_ylim(0, 102)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.set_ylabel('per cent that took no longer')
    return Plot(
        svg.drawn(figure, f'cdf_{which}', f'Distribution of {which} time'),
        'A curve further left is faster and a steeper one steadier; a step followed by a flat part '
        'means two kinds of connections, such as those with a retransmission.' + inexact(found),
        overlaid([index for index, _, _ in found], runs), wide)


def failures(runs, wide):
    """What failed, by reason: a bar for each run."""
    counts = [dict(run.failures()) for run in runs]
    failed = [index for index, count in enumerate(counts) if count]
    reasons = [name for name in (*REASONS, 'other') if any(name in count for count in counts)]
    if not failed:
        return None
    thick = 0.8 / len(failed)
    figure, axes = svg.figure(wide, 0.9 + 0.24 * len(reasons) * (len(failed) + 0.6))
    highest = max(max(count.values()) for count in counts if count)
    for place, index in enumerate(failed):
        for row, name in enumerate(reasons):
            count = counts[index].get(name, 0)
            y = row + (place - (len(failed) - 1) / 2) * thick
            if count:
                axes.barh(y, count, height=thick * 0.86, color=colour(index), linewidth=0)
            axes.annotate(f'{count:,.0f}', (count, y), xytext=(4, 0),
                          textcoords='offset points', va='center', fontsize=8.5,
                          color=svg.INK if count else svg.MUTED)
    axes.set_yticks(range(len(reasons)), [name.replace('_', ' ') for name in reasons])
    axes.invert_yaxis()
    axes.grid(False, axis='y')
    axes.tick_params(axis='y', length=0)
    axes.set_xlim(0, highest * 1.12)
    number_axis(axes.xaxis, 'connections that failed', whole=highest < 10)
    return Plot(
        svg.drawn(figure, 'failures', 'Failures by reason'),
        'The longest bar is where to look first: refused and reset are answers of the target, '
        'timeout is silence, no port and late are limits of the generator.',
        [(runs[i].name, 'bar', colour(i), None) for i in failed], wide)


def search(runs, index, wide):
    """The trials of a search: rate asked for against rate reached."""
    found = runs[index].at('search', otherwise={})
    trials = [trial for trial in found.get('trials', []) if 'rate' in trial and
              'opens_per_s' in trial]
    if not trials:
        return None
    figure, axes = svg.figure(wide, 3.5)
    rates = [trial['rate'] for trial in trials]
    best, kinds = found.get('best_per_s', 0), []
    top = max(*rates, *(trial['opens_per_s'] for trial in trials), best) * 1.1 or 1
    axes.plot([0, top], [0, top], color=svg.MUTED, linewidth=1, dashes=(2, 2))
    for result, marker, shade, size in (('pass', 'o', svg.GOOD, 6), ('fail', 'x', svg.BAD, 6.5)):
        some = [(t['rate'], t['opens_per_s']) for t in trials if t.get('result') == result]
        if some:
            axes.plot(*zip(*some), linestyle='none', marker=marker, markersize=size, color=shade,
                      markeredgewidth=2 if marker == 'x' else 0, zorder=3)
            kinds.append((f'trial: {result}', marker, shade, None))
    if best:
        axes.axvline(best, color=svg.INK, linewidth=1.1, zorder=1)
        left = best > top / 2
        axes.annotate(f'best: {short(best)}/s', (best, 0), xytext=(-5 if left else 5, 7),
                      textcoords='offset points', ha='right' if left else 'left')
        kinds.append(('best', 'line', svg.INK, None))
    axes.set_xlim(0, top)
    axes.set_ylim(0, top)
    number_axis(axes.xaxis, 'rate asked for, connections per second')
    number_axis(axes.yaxis, 'reached per second')
    return Plot(
        svg.drawn(figure, f'search{index}', 'Trials of the search for the highest rate'),
        'Trials on the diagonal reached what was asked for; the best rate is the highest that '
        'passed, and crosses close to its right show that the search has come near the limit.',
        [('all of it reached', 'line', svg.MUTED, (2, 2))] + kinds, wide)
