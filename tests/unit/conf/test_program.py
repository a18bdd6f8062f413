# SPDX-License-Identifier: BSD-3-Clause
"""The program itself: exit codes, and what goes to which stream."""
import os
import re
import subprocess
import sys
import tempfile
import unittest

LASTACK, CONFIG = sys.argv.pop(), sys.argv.pop()
TAP = os.path.join(CONFIG, 'tap.ini')


class Program(unittest.TestCase):
    def lastack(self, *arguments):
        done = subprocess.run([LASTACK, *arguments], capture_output=True, text=True, timeout=20,
                              check=False)
        return done.returncode, done.stdout, done.stderr

    def file(self, content):
        file = tempfile.NamedTemporaryFile(suffix='.ini')
        self.addCleanup(file.close)
        file.write(content)
        file.flush()
        return file.name

    def test_usage(self):
        for arguments in ((), ('load',), ('dance',), ('bench', '--live', 'x'), ('bench', '--workers', '17'),
                          ('bench', '--service', 'hold'), ('bench', '-c', TAP),
                          ('load', '-c', TAP, '--pass', 'p99<5'),
                          ('load', '-c', TAP, '--search', '5:1'), ('load', '-c', TAP), ('check',), ('check', '-c'),
                          ('check', '--nonsense'), ('check', '-c', TAP, 'more'),
                          ('check', '-c', TAP, '--duration', '5')):
            code, out, err = self.lastack(*arguments)
            self.assertEqual((code, out), (2, ''), arguments)
            self.assertNotEqual(err, '', arguments)

    def test_usage_errors_say_where_to_look(self):
        for arguments, said in (
                (('check', TAP), f'a configuration is given with -c: -c {TAP}'),
                (('check', '-c', TAP, 'more'), 'see lastack check --help'),
                (('check', '--nonsense'), 'see lastack check --help'),
                (('check', '-c', TAP, '--json', 'x'), 'see lastack check --help'),
                (('serve', '-c', TAP, '--duration', '5h'), 'such as 90, 90s or 2m'),
                (('bench', '--duration', '0'), 'such as 90, 90s or 2m')):
            self.assertIn(said, self.lastack(*arguments)[2], arguments)
        for command in ('serve', 'load', 'check'):
            self.assertIn('-s SECTION.KEY=VALUE  set a key', self.lastack(command, '--help')[1])

    def commands(self):
        """Each command that this build has, and the options in its help."""
        listed = set(re.findall(r'^lastack ([a-z]+) ', self.lastack('--help')[1], flags=re.M))
        return {name: set(re.findall(r'--[a-z-]+|(?<![\w-])-[a-z]\b',
                                     re.sub(r'lastack \w+ --\w+\n', '\n',
                                            self.lastack(name, '--help')[1])))
                for name in listed}

    def test_each_command_refuses_the_options_of_others(self):
        commands = self.commands()
        self.assertIn('check', commands)
        every = set().union(*commands.values())
        self.assertGreater(len(every), 7)
        for command, own in commands.items():
            for option in every - own:
                code, out, err = self.lastack(command, option, 'x')
                self.assertEqual((code, out), (2, ''), (command, option))
                # A letter is like no other.
                nearest = r'; the nearest is --[a-z-]+' if option.startswith('--') else ''
                self.assertRegex(err, rf'^lastack {command}: no option {option}{nearest}; '
                                      rf'see lastack {command} --help\n$')

    def test_misspelt_options_are_told_the_nearest(self):
        for arguments, said in (
                (('check', '--confg', 'x'), 'no option --confg; the nearest is --config;'),
                (('check', '--tabel'), 'no option --tabel; the nearest is --table;'),
                (('replay', '--trust-checksum=x'), '--trust-checksums takes no value;'),
                (('replay', '--truts-checksums=x'),
                 'no option --truts-checksums; the nearest is --trust-checksums;'),
                (('top', '--prefx', 'x'), 'no option --prefx; the nearest is --prefix;'),
                (('top', '--jsn=x'), 'no option --jsn; the nearest is --json;'),
                (('top', '--prefix'), '--prefix: a value must follow;'),
                (('check', '-c'), '-c: a value must follow;'),
                (('check', '-xc', 'y'), 'no option -x;')):
            code, out, err = self.lastack(*arguments)
            self.assertEqual((code, out), (2, ''), arguments)
            self.assertEqual(err.count('\n'), 1, err)
            self.assertIn(f'lastack {arguments[0]}: {said} see lastack {arguments[0]} --help', err)

    def test_options_are_taken_in_each_spelling(self):
        """Short and long, shortened, with = and without, before words and behind them."""
        text = self.lastack('check', '-c', TAP, '-s', 'tcp.mss=1400')[1]
        self.assertRegex(text, r'(?m)^mss += 1400$')
        for arguments in (('--config', TAP, '--set', 'tcp.mss=1400'),
                          (f'--config={TAP}', '--set=tcp.mss=1400'),
                          (f'--con={TAP}', '--se=tcp.mss=1400'),
                          (f'-c{TAP}', '-stcp.mss=1400'),
                          ('-s', 'tcp.mss=900', '-s', 'tcp.mss=1400', '-c', 'x', '-c', TAP)):
            self.assertEqual(self.lastack('check', *arguments), (0, text, ''), arguments)
        self.assertIn('no/such', self.lastack('replay', 'no/such', 'out', '--trust')[2])

    def test_commands_that_are_not_there_are_not_listed(self):
        self.assertIn('this build has no command dance;', self.lastack('dance')[2])
        code, out, err = self.lastack('--help')
        self.assertEqual((code, err), (0, ''))
        self.assertIn('lastack check', out)
        self.assertNotIn('lastack dance', out)

    def test_version(self):
        code, out, err = self.lastack('--version')
        self.assertEqual((code, err), (0, ''))
        self.assertRegex(out, r'^lastack \d+\.\d+\.\d+\n$')

    def test_each_sample_prints_what_prints_itself(self):
        for name in ('tap.ini', 'af_packet.ini', 'memif.ini', 'nic.ini', 'ports.ini',
                     'load.ini'):
            code, first, err = self.lastack('check', '-c', os.path.join(CONFIG, name))
            self.assertEqual((code, err), (0, ''), name)
            code, second, err = self.lastack('check', '-c', self.file(first.encode()))
            self.assertEqual((code, second, err), (0, first, ''), name)

    def test_errors_go_to_stderr_all_of_them(self):
        path = self.file(b'[port]\ndevice = x\naddress = 10.0.0.1/24\n[listen web]\nport = 99999\n'
                         b'[tcp]\nwindo = 4k\n')
        code, out, err = self.lastack('check', '-c', path, '-s', 'tcp.window=x')
        self.assertEqual((code, out), (2, ''))
        self.assertEqual(err.splitlines(), [
            f'{path}:5: [listen web] port: 99999 is not in 1-65535',
            f'{path}:7: [tcp] windo: no such key; the nearest is window',
            '-s tcp.window=x: x is not a size in octets such as 4096, 64k or 1m'])

    def test_overrides_are_seen(self):
        code, out, _ = self.lastack('check', '-c', TAP, '-s', 'tcp.window=4k',
                                    '-s', 'listen web.port=8000-8001', '-s', 'tcp.window=8k')
        self.assertEqual(code, 0)
        self.assertRegex(out, r'(?m)^window +=\s8k$')
        self.assertRegex(out, r'(?m)^port +=\s8000-8001$')

    def test_what_is_no_configuration(self):
        for path, said in (('/nonexistent.ini', 'No such file or directory'),
                           ('/', 'it is a directory'),
                           (self.file(b''), '[port] device: must be given'),
                           (self.file(b'\x7fELF\2\1\1\0'), 'is not text')):
            code, out, err = self.lastack('check', '-c', path)
            self.assertEqual((code, out), (2, ''), path)
            self.assertIn(said, err.splitlines()[0])
            self.assertTrue(err.startswith(path), err)

    def test_a_full_disk_is_a_failure(self):
        with open('/dev/full', 'w', encoding='ascii') as full:
            done = subprocess.run([LASTACK, 'check', '-c', TAP], stdout=full, timeout=20,
                                  stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 1)


if __name__ == '__main__':
    unittest.main()
