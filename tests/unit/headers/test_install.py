# SPDX-License-Identifier: BSD-3-Clause
"""What is installed works from where it is installed: headers, library, documents.

usage: test_install.py BUILD MESON c|c++ link|compile

c++: only that the headers are C++ too; skipped where there is no C++ compiler.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD, MESON, LANGUAGE, LINK = sys.argv[1:]
COMPILERS = {'c': ('cc', 'gcc', 'clang'), 'c++': ('c++', 'g++', 'clang++')}
COMPILER = next(filter(shutil.which, COMPILERS[LANGUAGE]), None)
# As strict as a program may be that includes the headers; C++ has no older standard that helps.
STRICT = ('-Wall', '-Wextra', '-Wpedantic', '-Werror',
          '-std=c11' if LANGUAGE == 'c' else '-std=c++11')
PROGRAM = '''
#include <stdio.h>
#include "la_stack.h"
#include "la_version.h"
#if LA_VERSION_NUMBER < LA_VERSION_OF(0, 1, 0) || LA_VERSION_NUMBER >= LA_VERSION_OF(999, 0, 0)
#error "the version is no number"
#endif
int
main(void)
{
	struct la_addr address = la_addr_v4(0x0a4d0001);
	char text[LA_ADDR_TEXT_LEN];

	printf("lastack %s\\n%d.%d.%d %s\\n", LA_VERSION, LA_VERSION_MAJOR, LA_VERSION_MINOR,
			LA_VERSION_PATCH, la_addr_format(&address, text));
	return 0;
}
'''


def output(*command, **more):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, **more).stdout


def anchors(path):
    """What GitHub makes of headings."""
    heads = re.findall(r'^#+ (.*)$', path.read_text(encoding='utf-8'), flags=re.M)
    return {re.sub(r'[^\w -]', '', head).lower().replace(' ', '-') for head in heads}


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        subprocess.run([MESON, 'install', '-C', BUILD, '--no-rebuild', '--quiet',
                        '--destdir', folder.name], check=True, stdout=subprocess.DEVNULL)

    def one(self, pattern):
        found = list(self.root.glob(pattern))
        self.assertEqual(len(found), 1, pattern)
        return found[0]

    def flags(self, *what):
        pc = self.one('**/pkgconfig/lastack.pc')
        env = {**os.environ, 'PKG_CONFIG_LIBDIR': str(pc.parent),
               'PKG_CONFIG_SYSROOT_DIR': str(self.root)}
        env.pop('PKG_CONFIG_PATH', None)
        return output('pkg-config', *what, 'lastack', env=env).split()

    def source(self, text):
        path = self.root / ('program.c' if LANGUAGE == 'c' else 'program.cc')
        path.write_text(text, encoding='utf-8')
        return str(path)

    def test_each_header_compiles_alone(self):
        headers = sorted(self.one('**/include/lastack').glob('*.h'))
        self.assertGreater(len(headers), 25)
        flags = self.flags('--cflags')
        for header in headers:
            source = self.source(f'#include "{header.name}"\n#include "{header.name}"\n'
                                 'int main(void) { return 0; }\n')
            done = subprocess.run([COMPILER, *STRICT, '-fsyntax-only', *flags, source], text=True,
                                  stderr=subprocess.PIPE, check=False)
            with self.subTest(header.name):
                self.assertEqual((done.returncode, done.stderr), (0, ''))

    @unittest.skipUnless(LINK == 'link', 'the library is instrumented')
    def test_a_program_links_with_the_library(self):
        program = str(self.root / 'program')
        subprocess.run([COMPILER, *STRICT, *self.flags('--cflags'), self.source(PROGRAM), '-o',
                        program, *self.flags('--libs')], check=True)
        first, second = output(program).splitlines()
        version = self.flags('--modversion')[0]
        self.assertEqual((first, second), (f'lastack {version}', f'{version} 10.77.0.1'))
        self.assertEqual(output(str(self.one('**/bin/lastack')), '--version'), first + '\n')

    @unittest.skipUnless(LANGUAGE == 'c', 'once is enough')
    def test_links_between_programs_lead_somewhere(self):
        """Also below DESTDIR, where a package is made."""
        links = [path for path in self.root.rglob('*') if path.is_symlink()]
        self.assertEqual({link.name for link in links},
                         {'lastack-report', 'lastack-prometheus-exporter'})
        for link in links:
            self.assertFalse(os.readlink(link).startswith('/'), link)
            self.assertTrue(link.is_file(), link)

    @unittest.skipUnless(LANGUAGE == 'c', 'once is enough')
    def test_documents_are_there_and_their_links_lead_somewhere(self):
        folder = self.one('**/share/doc/lastack')
        documents = sorted(folder.glob('**/*.md'))
        for name in ('LICENSE', 'README.md', 'lib/README.md', 'tests/README.md'):
            self.assertTrue((folder / name).is_file(), name)
        links = 0
        for path in documents:
            text = re.sub(r'^```.*?^```', '', path.read_text(encoding='utf-8'), flags=re.M | re.S)
            for target in re.findall(r'\]\(([^)\s]+)\)', text):
                if re.match(r'https?:', target):
                    continue
                self.assertFalse(target.startswith('/'), f'{path}: {target}')
                file, _, anchor = target.partition('#')
                to = path.parent / file if file else path
                self.assertTrue(to.exists(), f'{path}: {target}')
                if anchor:
                    self.assertIn(anchor, anchors(to), f'{path}: {target}')
                links += 1
        self.assertGreater(links, 3)


if __name__ == '__main__':
    if COMPILER is None:
        print(f'skipped: there is no compiler for {LANGUAGE}: none of '
              f'{", ".join(COMPILERS[LANGUAGE])}')
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
