# SPDX-License-Identifier: BSD-3-Clause
"""Circles between the files of each library, and between the libraries, by what they include.

A part of a library is NAME.c with NAME.h or la_NAME.h. It needs the parts whose headers it
includes. The headers of a whole library, la_LIBRARY.h and LIBRARY_private.h, belong to all its
parts and are left out.

usage: test_circles.py SOURCE
"""
import pathlib
import re
import sys
import unittest

LIB = pathlib.Path(sys.argv[1]) / 'lib'

# Circles that there are, by library: at most those. A new one, or a larger one, fails.
ALLOWED = {
    'dpio': [{'share', 'worker'}],
    'wire': [{'checksum', 'plain', 'rx', 'rx_parts'}],
}


def part(header_or_source):
    return re.sub(r'^la_', '', header_or_source.rpartition('/')[2].rpartition('.')[0])


def files(library):
    return {path.name: path.read_text(encoding='utf-8')
            for path in library.rglob('*.[ch]')}


def included(text):
    return re.findall(r'^#include "(.*)"', text, flags=re.M)


def reached(graph, start):
    """All that is needed by what is needed by start, and so on."""
    seen, left = set(), [start]
    while left:
        for name in graph.get(left.pop(), ()):
            if name not in seen:
                seen.add(name)
                left.append(name)
    return seen


def circles(graph):
    """The sets of names that all need each other."""
    needs = {name: reached(graph, name) for name in graph}
    found = {frozenset(other for other in graph if other in needs[name] and name in needs[other])
             for name in graph if name in needs[name]}
    return sorted(map(set, found), key=sorted)


def parts(library):
    """What each part of a library needs of it."""
    texts = files(library)
    everybodys = {library.name, library.name + '_private'}
    graph = {}
    for name, text in texts.items():
        needs = {part(other) for other in included(text) if other.rpartition('/')[2] in texts}
        graph.setdefault(part(name), set()).update(needs - {part(name)} - everybodys)
    return {name: needs for name, needs in graph.items() if name not in everybodys}


def libraries():
    """What each library needs of the others."""
    owner = {name: library.name for library in LIB.iterdir() if library.is_dir()
             for name in files(library) if name.endswith('.h')}
    return {library.name: {owner[name.rpartition('/')[2]] for text in files(library).values()
                           for name in included(text) if name.rpartition('/')[2] in owner} -
                          {library.name}
            for library in LIB.iterdir() if library.is_dir()}


class Circles(unittest.TestCase):
    def test_no_library_has_a_new_circle(self):
        for library in sorted(path for path in LIB.iterdir() if path.is_dir()):
            with self.subTest(library.name):
                new = [circle for circle in circles(parts(library))
                       if not any(circle <= old for old in ALLOWED.get(library.name, []))]
                self.assertEqual(new, [])

    def test_libraries_are_in_no_circle(self):
        self.assertEqual(circles(libraries()), [])

    def test_the_link_knows_nothing_of_connections(self):
        self.assertLessEqual(libraries()['link'], {'base', 'wire'})
        self.assertIn('link', libraries()['stack'])

    def test_a_circle_is_found(self):
        self.assertEqual(circles({'a': {'b'}, 'b': {'c'}, 'c': {'b', 'd'}, 'd': set()}),
                         [{'b', 'c'}])


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
