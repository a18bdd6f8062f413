# SPDX-License-Identifier: BSD-3-Clause
"""The house in order: what the tree and its pages must hold to.

usage: test_house.py SOURCE BUILD
"""
import pathlib
import re
import statistics
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(sys.argv[1])
BUILD = pathlib.Path(sys.argv[2])


def sources(*folders):
    return [path for folder in folders for path in sorted((SOURCE / folder).rglob('*.[ch]'))]


def functions(path):
    """(name, lines) of each function: from its name to the brace that closes it."""
    lines = path.read_text(encoding='utf-8').splitlines()
    start = name = None
    for number, line in enumerate(lines):
        match = re.match(r'([a-z_]\w*)\(', line)
        if match:
            start, name = number, match.group(1)
        elif line == '}' and start is not None:
            yield name, number - start + 1
            start = None


def defined(path):
    """Names of functions that have a body here."""
    return re.findall(r'^([A-Za-z_]\w*)\([^;{}]*\)\n\{', path.read_text(encoding='utf-8'), re.M)


def includes(folder):
    """Of each file of a folder, without its ending: those of the same folder that it includes."""
    found = {}
    for path in sources(folder):
        name = path.relative_to(SOURCE / folder).with_suffix('')
        text = path.read_text(encoding='utf-8')
        for header in re.findall(r'#include "([\w/]+)\.h"', text):
            for other in name.parent / header, pathlib.Path(header):
                if (SOURCE / folder / other).with_suffix('.h').exists():
                    found.setdefault(name, set()).add(other)
                    break
    return {name: others - {name} for name, others in found.items()}


def circle(graph, name, path=()):
    """A way from name back to where it has been; None: there is none."""
    if name in path:
        return path[path.index(name):]
    found = (circle(graph, other, path + (name,)) for other in graph.get(name, ()))
    return next((way for way in found if way), None)


class House(unittest.TestCase):
    def test_dpio_has_layers_and_no_circles(self):
        """A worker knows no port, a port no process; no files include one another."""
        order = ['worker', 'port', 'control']
        graph = includes('lib/dpio')
        self.assertGreater(len(graph), 30)
        upward = [(name, other) for name, others in graph.items() for other in others
                  if len(name.parts) == len(other.parts) == 2 and
                  order.index(name.parts[0]) < order.index(other.parts[0])]
        self.assertEqual(upward, [])
        for name in graph:
            self.assertIsNone(circle(graph, name))

    def test_only_dpio_includes_dpdk(self):
        guilty = [path for path in sources('lib', 'app')
                  if 'dpio' not in path.parts and
                  re.search(r'#include\s*<rte_', path.read_text(encoding='utf-8'))]
        self.assertEqual(guilty, [])

    def test_a_private_header_stays_in_its_library(self):
        """Those named la_ are for others; each name is found once."""
        house = {}
        for path in (SOURCE / 'lib').rglob('*.h'):
            self.assertNotIn(path.name, house, path)
            house[path.name] = path.relative_to(SOURCE / 'lib').parts[0]
        guilty = []
        apps = {path.name for path in (SOURCE / 'app').rglob('*.h')}
        for path in sources('lib', 'app'):
            parts = path.relative_to(SOURCE).parts
            own = parts[1] if parts[0] == 'lib' else None
            for name in re.findall(r'#include "([^"]+)"', path.read_text(encoding='utf-8')):
                name = pathlib.PurePath(name).name
                if own is None and name in apps or name.startswith('la_'):
                    continue
                if house.get(name, own) != own:
                    guilty.append(f'{path.relative_to(SOURCE)} includes {name}')
        self.assertEqual(guilty, [])

    def test_lib_has_no_mutable_state_at_file_scope(self):
        """Nothing of a library lies in .data or .bss, whatever its linkage."""
        archives = sorted(BUILD.glob('lib/*/libla_*.a'))
        self.assertGreater(len(archives), 9)
        symbols = subprocess.run(['objdump', '-t', *map(str, archives)], check=True, text=True,
                                 stdout=subprocess.PIPE).stdout
        if '__asan' in symbols or 'gnu.lto' in symbols:
            self.skipTest('this build puts data of its own there')
        guilty = re.findall(r'O (?:\.data|\.bss)(?:\.\w+)?\t\S+ (\S+)', symbols)
        # The telemetry registry: DPDK keeps commands for the life of the process.
        self.assertLessEqual(set(guilty), {'registry'})

    def test_a_name_tells_who_may_use_it(self):
        """Two underscores: only the same library, so no header of the others declares it."""
        archives = [BUILD / 'lib/liblastack.a', *sorted(BUILD.glob('lib/conf/libla_conf.a')),
                    *sorted(BUILD.glob('lib/dpio/libla_dpio*.a'))]
        listed = subprocess.run(['nm', '-g', '--defined-only', *map(str, archives)], check=True,
                                text=True, stdout=subprocess.PIPE).stdout
        names = set(re.findall(r'^[0-9a-f]+ [A-Z] (\w+)$', listed, re.M))
        # What a sanitizer or the compiler adds has a reserved name.
        names = {name for name in names if not name.startswith('_')}
        if 'gnu_lto' in listed or not names:
            self.skipTest('the names of this build are the compiler\'s')
        self.assertGreater(len(names), 300)
        self.assertEqual([name for name in names if not name.startswith('la_')], [])
        declared = set()
        for path in sources('lib'):
            if path.name.startswith('la_') and path.suffix == '.h':
                text = re.sub(r'/\*.*?\*/', '', path.read_text(encoding='utf-8'), flags=re.S)
                declared.update(re.findall(r'\b(la_\w+)(?=[(\[])', text))
        self.assertEqual({name for name in declared if '__' in name}, set())
        self.assertEqual({name for name in names if '__' not in name} - declared, set())

    def test_few_functions_are_named_by_one_word(self):
        """One word says nothing in a profile or a debugger."""
        for folder in 'lib', 'app':
            names = [name for path in sources(folder) for name in defined(path)]
            self.assertGreater(len(names), 300)
            short = [name for name in names if '_' not in name]
            self.assertLess(len(short), 0.03 * len(names), short)

    def test_functions_are_short(self):
        found = [(lines, name, path.name) for path in sources('lib', 'app')
                 for name, lines in functions(path)]
        self.assertGreater(len(found), 300)
        self.assertLess(statistics.median(lines for lines, _, _ in found), 20)
        self.assertLess(max(found)[0], 60, max(found))

    def test_every_file_names_its_licence(self):
        unnamed = [path for path in sources('lib', 'app', 'tests')
                   if 'SPDX-License-Identifier: BSD-3-Clause' not in
                   path.read_text(encoding='utf-8').splitlines()[0]]
        self.assertEqual(unnamed, [])


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
