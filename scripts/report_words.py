# SPDX-License-Identifier: BSD-3-Clause
"""Figures in words: counts, rates, times and shares, as people read them."""
import math


def digits(value, most=3):
    """A number with so many significant digits; next to nothing is 0."""
    if abs(value) < 1e-9:
        return '0'
    places = max(0, most - 1 - math.floor(math.log10(abs(value))))
    shown = f'{value:,.{places}f}'
    return shown.rstrip('0').rstrip('.') if '.' in shown else shown


def short(value):
    """1234567 as 1.23M."""
    for size, unit in ((1e18, 'E'), (1e15, 'P'), (1e12, 'T'), (1e9, 'G'), (1e6, 'M'), (1e3, 'k')):
        if abs(value) >= size * 0.9995:
            return digits(value / size) + unit
    return digits(value)


def count(value):
    """A whole number, or one with a decimal place if it is not whole."""
    return f'{value:,.0f}' if value == int(value) or value >= 1000 else digits(value)


def duration(us):
    """A time in microseconds with the unit that suits it."""
    for size, unit in ((1e6, 's'), (1e3, 'ms')):
        if us >= size * 0.9995:
            return f'{digits(us / size)}\u00a0{unit}'
    return f'{digits(us)}\u00a0µs'


def percent(times):
    """The percentile that one in so many is above: 1000 is 99.9%."""
    nines = max(0, round(math.log10(times)) - 2)
    return f'{100 - 100 / times:.{nines}f}%'
