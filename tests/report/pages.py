# SPDX-License-Identifier: BSD-3-Clause
"""What a test wants to know of a page: its elements, plots, cells and texts."""
import html.parser

VOID = ('meta', 'link', 'img', 'br', 'hr', 'input')


class Page(html.parser.HTMLParser):
    """A page, read strictly: each element is closed, in order."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements = []      # (name, {attribute: value})
        self.text = ''          # of the body, without what draws
        self.rows = {}          # first cell of a row: the texts of the others, as last seen
        self.style = ''
        self.plots = {}         # what a drawing says it is: its texts
        self.open = []
        self.cells = None
        self.feed(text)
        self.close()
        assert not self.open, f'not closed: {self.open}'

    def handle_starttag(self, name, attributes):
        self.elements.append((name, dict(attributes)))
        if name in VOID:
            return
        self.open.append(name)
        if name == 'tr':
            self.cells = []
        elif name in ('td', 'th') and self.cells is not None:
            self.cells.append('')
        elif name == 'svg' and dict(attributes).get('aria-label'):
            self.plot = self.plots.setdefault(dict(attributes)['aria-label'], [])

    def handle_startendtag(self, name, attributes):
        self.elements.append((name, dict(attributes)))

    def handle_endtag(self, name):
        assert self.open and self.open[-1] == name, f'</{name}> closes {self.open[-1:]}'
        self.open.pop()
        if name == 'tr' and self.cells:
            self.rows[self.cells[0]] = self.cells[1:]
            self.cells = None

    def handle_data(self, data):
        if 'svg' in self.open:
            if self.open[-1] == 'text':
                self.plot.append(data)
        elif 'style' in self.open:
            self.style += data
        elif 'body' in self.open:
            self.text += data
            if self.cells:
                self.cells[-1] += data

    def names(self):
        return {name for name, _ in self.elements}

    def attributes(self, *names):
        """All values of these attributes."""
        return [value for _, attributes in self.elements for name, value in attributes.items()
                if name in names]
