# SPDX-License-Identifier: BSD-3-Clause
"""The documents: README is short, the manual pages are complete, and references lead somewhere.

usage: test_documents.py SOURCE BUILD LASTACK
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(sys.argv[1])
BUILD = pathlib.Path(sys.argv[2])
LASTACK = sys.argv[3]
PAGES = BUILD / 'app' / 'man'

# The page that has the options of each command, and what else is asked for them.
COMMANDS = {
    'serve': 'lastack.8', 'bench': 'lastack.8', 'check': 'lastack.8', 'replay': 'lastack.8',
    'load': 'lastack-load.8', 'top': 'lastack-top.8',
}
SCRIPTS = {
    'report': 'lastack-report.1', 'prometheus-exporter': 'lastack-prometheus-exporter.8',
}


def read(*path):
    return SOURCE.joinpath(*path).read_text(encoding='utf-8')


def page(name):
    """The text of a built page, without what protects hyphens and words from roff."""
    text = (PAGES / name).read_text(encoding='utf-8')
    return text.replace('\\-', '-').replace('\\&', '')


def words(text):
    """Whole names: drop_syn is not in a page because drop_syn_sent is."""
    return set(re.findall(r'[\w.-]*\w', text))


def output(*command):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout


def def_names(*path):
    return re.findall(r'^X\(\w+, (\w+),', read(*path), flags=re.M)


def documents():
    """The Markdown that is part of the tree, each with its links: (path, [target])."""
    for path in ('README.md', 'lib/README.md', 'tests/README.md'):
        text = re.sub(r'^```.*?^```', '', read(path), flags=re.M | re.S)
        yield path, re.findall(r'\]\(([^)\s]+)\)', text)


def anchors(path):
    """What GitHub makes of headings."""
    heads = re.findall(r'^#+ (.*)$', path.read_text(encoding='utf-8'), flags=re.M)
    return {re.sub(r'[^\w -]', '', head).lower().replace(' ', '-') for head in heads}


class Readme(unittest.TestCase):
    def test_it_is_read_in_five_minutes(self):
        lines = read('README.md').splitlines()
        self.assertLessEqual(len(lines), 160)
        self.assertEqual([line for line in lines if len(line) > 100], [])

    def test_links_exist(self):
        for path, targets in documents():
            for target in targets:
                if re.match(r'https?:', target):
                    continue
                file, _, anchor = target.partition('#')
                to = (SOURCE / path).parent / file if file else SOURCE / path
                self.assertTrue(to.exists(), f'{path}: {target}')
                if anchor:
                    self.assertIn(anchor, anchors(to), f'{path}: {target}')

    def test_links_exist_where_documents_are_installed(self):
        installed = json.loads((BUILD / 'meson-info' / 'intro-installed.json').read_text())
        places = {os.path.relpath(source, SOURCE): target for source, target in installed.items()}
        for path, targets in documents():
            for target in targets:
                file = target.partition('#')[0]
                if file and not re.match(r'https?:', target):
                    to = os.path.normpath(os.path.join(os.path.dirname(places[path]), file))
                    self.assertIn(to, places.values(), f'{path}: {target}')

    def test_manual_pages_it_names_exist(self):
        names = re.findall(r'(lastack[\w.-]*)\((\d)\)', read('README.md'))
        self.assertGreater(len(names), 5)
        for name, section in names:
            self.assertTrue((PAGES / f'{name}.{section}').exists(), name)
        for name in re.findall(r'`man (lastack[\w.-]*)`', read('README.md')):
            self.assertTrue(list(PAGES.glob(f'{name}.[158]')), name)

    def test_files_it_names_exist(self):
        files = set(re.findall(r'\b(?:config|scripts)/[\w.-]*\w', read('README.md')))
        self.assertGreater(len(files), 6)
        for name in files:
            self.assertTrue((SOURCE / name).exists(), name)


class Pages(unittest.TestCase):
    def all(self):
        pages = sorted(PAGES.glob('lastack*.[158]'))
        self.assertEqual(len(pages), 6)
        return pages

    def test_mandoc_finds_no_fault(self):
        for path in self.all():
            # In their folder, where it looks for the pages that they refer to.
            out = subprocess.run(['mandoc', '-Tlint', path.name], cwd=PAGES, text=True,
                                 check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            # What it says of the index of the machine's own pages is not about these.
            faults = [line for line in out.stdout.splitlines() if 'mandoc.db' not in line]
            self.assertEqual(faults, [])

    @unittest.skipUnless(shutil.which('man'), 'there is no man')
    def test_man_shows_them_without_a_warning(self):
        for path in self.all():
            out = subprocess.run(['man', '--warnings', '-l', str(path)], check=True, text=True,
                                 env={**os.environ, 'LC_ALL': 'C', 'MANPAGER': 'cat',
                                      'MANWIDTH': '80'},
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertEqual(out.stderr, '')
            self.assertIn('NAME', out.stdout)

    def test_no_table_is_left_out(self):
        for path in self.all():
            self.assertNotRegex(path.read_text(encoding='utf-8'), r'(?m)^@')

    def test_every_key_has_its_meaning(self):
        text = ' '.join(page('lastack.ini.5').split())
        rows = output(LASTACK, 'check', '--table').splitlines()[2:]
        self.assertGreater(len(rows), 60)
        for row in rows:
            section, key, _, preset, meaning = [cell.strip(' `') for cell in
                                                row.strip('|').split('|')]
            self.assertRegex(text, rf'\.Ss {re.escape(section)}.*\.It Cm {re.escape(key)} ')
            self.assertIn(meaning.replace('`', ''), text)
            self.assertIn(preset, text)

    def test_every_counter_and_reason_is_explained(self):
        names = def_names('lib', 'stack', 'stack_events.def')
        names += def_names('lib', 'link', 'link_events.def')
        names += def_names('lib', 'tcp', 'tcp_reasons.def')
        names += def_names('lib', 'wire', 'rx_reasons.def')
        names += def_names('lib', 'dpio', 'control', 'port_counters.def')
        self.assertGreater(len(names), 100)
        self.assertEqual(set(names) - words(page('lastack.8')), set())

    def test_a_key_is_its_name_in_lower_case(self):
        """In each list of counters; those of ports have something before it."""
        lists = [path for path in sorted((SOURCE / 'lib').rglob('*.def'))
                 if path.name != 'keys.def']
        self.assertGreater(len(lists), 4)
        for path in lists:
            code = path.read_text(encoding='utf-8')
            rows = re.findall(r'^X\((\w+), (\w+),.*\n\t"(.*)"\)$', code, flags=re.M)
            self.assertEqual(len(rows), len(re.findall(r'^X\(', code, flags=re.M)))
            for name, key, meaning in rows:
                self.assertTrue(key.endswith(name.lower()), key)
                self.assertGreater(len(meaning), 5, key)
                where = 'lastack-load.8' if path.name == 'load_failures.def' else 'lastack.8'
                self.assertIn(' '.join(re.sub(r'\\(.)', r'\1', meaning).split()),
                              ' '.join(page(where).split()))

    def test_every_failure_of_load_is_explained(self):
        names = def_names('lib', 'load', 'load_failures.def')
        self.assertGreater(len(names), 5)
        self.assertEqual(set(names) - words(page('lastack-load.8')), set())

    def test_every_note_is_explained(self):
        names = re.findall(r'^\t\{ "(\w+)"', read('lib', 'dpio', 'port', 'notes.c'), flags=re.M)
        self.assertGreater(len(names), 15)
        self.assertEqual(set(names) - words(page('lastack.8')), set())

    def test_every_telemetry_command_is_explained(self):
        names = re.findall(r'"(/lastack/\w+)"', read('lib', 'dpio', 'control', 'telemetry.c'))
        self.assertGreater(len(names), 10)
        for name in names:
            self.assertIn(f'.It Cm {name}', page('lastack.8'))

    def test_every_option_is_explained(self):
        helps = [(output(LASTACK, command, '--help'), name) for command, name in COMMANDS.items()
                 if f'lastack {command} ' in output(LASTACK, '--help')]
        helps += [(output(sys.executable, str(SOURCE / 'scripts' / script), '--help'), name)
                  for script, name in SCRIPTS.items()]
        self.assertGreater(len(helps), 4)
        for text, name in helps:
            # The help of all that take a configuration points to this command.
            own = text.replace('keys: lastack.ini(5), lastack check --table', '')
            options = set(re.findall(r'(?<![\w-])--?[a-z][a-z-]*', own))
            self.assertTrue(options)
            known = set('-' + option for option in re.findall(r'Fl (\S+)', page(name)))
            self.assertEqual(options - known, set(), name)

    def test_every_metric_it_names_exists(self):
        known = set(re.findall(r"^    '([a-z_]+)': \(", read('scripts', 'lastack_metrics.py'),
                               flags=re.M))
        names = set()
        for start, listed, end in re.findall(r'\blastack_([a-z_]+)'
                                             r'(?:\{([a-z_,]+)\}(_[a-z]\w*))?',
                                             page('lastack-prometheus-exporter.8')):
            # lastack_a_{b,c}_total is two names; what is in braces at the end are labels.
            names |= {start + one + end for one in listed.split(',')}
        self.assertGreater(len(names), 30)
        self.assertEqual({re.sub('_(total|info)$', '', name) for name in names} - known, set())


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
