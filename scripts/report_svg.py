# SPDX-License-Identifier: BSD-3-Clause
"""What all plots share: figures of one look, and their SVG made fit for the page.

Matplotlib draws with placeholder colours. In the SVG they become the page's CSS
variables, so that one drawing serves light and dark; names get a prefix, so that
several drawings live in one page; texts take the page's font.
"""
import io
import re
import xml.etree.ElementTree as ET

import matplotlib
from matplotlib.figure import Figure

INK, MUTED, GRID, BAD, GOOD = ('#010101', '#010102', '#010103', '#010104', '#010105')
RUNS = tuple(f'#0102{n:02x}' for n in range(1, 8))
DASHES = ((None, None), (5, 1.6), (6, 1.6, 1.4, 1.6), (1.6, 1.4))
VARIABLES = {INK: 'var(--ink)', MUTED: 'var(--muted)', GRID: 'var(--grid)', BAD: 'var(--bad)',
             GOOD: 'var(--good)', **{name: f'var(--run{n})' for n, name in enumerate(RUNS)}}

# The user's own settings of matplotlib must not change the page.
matplotlib.rcdefaults()
matplotlib.rcParams.update({
    'svg.hashsalt': 'lastack', 'svg.fonttype': 'none', 'font.size': 9.5, 'text.parse_math': False,
    'text.color': INK, 'axes.labelcolor': INK, 'axes.edgecolor': MUTED, 'xtick.color': MUTED,
    'ytick.color': MUTED, 'xtick.labelcolor': INK, 'ytick.labelcolor': INK,
    'axes.spines.top': False, 'axes.spines.right': False, 'axes.grid': True,
    'axes.axisbelow': True, 'grid.color': GRID, 'grid.linewidth': 0.8, 'axes.linewidth': 0.8,
    'lines.linewidth': 1.6, 'xtick.minor.size': 0, 'ytick.minor.size': 0, 'axes.labelsize': 9.5,
    'lines.scale_dashes': True, 'axes.xmargin': 0.02, 'path.simplify_threshold': 0.2,
})

SVG, XLINK = '{http://www.w3.org/2000/svg}', '{http://www.w3.org/1999/xlink}'


def figure(wide, height, heights=None):
    """A figure and its axes, one above the other if there are heights."""
    made = Figure(figsize=(13.4 if wide else 6.4, height), layout='constrained')
    made.patch.set_alpha(0)
    axes = made.subplots(len(heights or (1,)), sharex=True,
                         gridspec_kw={'height_ratios': heights} if heights else None)
    for one in made.axes:
        one.patch.set_alpha(0)
    made.align_ylabels()
    return made, axes


def dots(x):
    """A line of few points shows them; a single one would not be seen at all."""
    return {'marker': 'o', 'markersize': 3} if len(x) < 3 else {}


def drawn(made, name, title):
    """The SVG of a figure, for use inside HTML; the name must differ from all others."""
    file = io.BytesIO()
    made.savefig(file, format='svg', metadata={'Date': None, 'Creator': None})
    root = ET.fromstring(file.getvalue())
    box = root.get('viewBox')
    root.attrib.clear()
    root.attrib.update({'viewBox': box, 'role': 'img', 'aria-label': title})
    tidy(root, name)
    return ET.tostring(root, encoding='unicode')


def tidy(element, name):
    element.tag = element.tag.replace(SVG, '')
    for child in list(element):
        # Styles here would reach the whole page, and the page needs no metadata.
        if child.tag in (f'{SVG}metadata', f'{SVG}style'):
            element.remove(child)
        else:
            tidy(child, name)
    element.attrib = {key.replace(XLINK, ''): attribute(key.replace(XLINK, ''), value, name)
                      for key, value in element.attrib.items()}
    element.tail = element.tail and element.tail.strip() or None
    if element.tag != 'text':
        element.text = element.text and element.text.strip() or None


def attribute(key, value, name):
    if key == 'id':
        return f'{name}-{value}'
    if key.endswith('href'):
        return value.replace('#', f'#{name}-')
    if key == 'd' or key == 'transform':
        return re.sub(r'\d+\.\d+', lambda found: f'{float(found.group()):.2f}', value)
    if key == 'style':
        # The size of a text stays, its font is the page's.
        value = re.sub(r"font: (?:\d+ )?([\d.]+px) [^;]*", r'font-size: \1', value)
        value = re.sub(r'#[0-9a-f]{6}', lambda found: VARIABLES.get(found.group(), found.group()),
                       value)
    return value.replace('url(#', f'url(#{name}-')
