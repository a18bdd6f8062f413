# SPDX-License-Identifier: BSD-3-Clause
"""Hugepages for the time of a test. Their number is the machine's, not the sandbox's:
what was added is taken away again, also when the test fails or is interrupted."""
import atexit
import ctypes
import os
import unittest

NUMBER = '/proc/sys/vm/nr_hugepages'
MOUNT = '/run/huge'                     # Of the sandbox, and gone with it.

libc = ctypes.CDLL(None, use_errno=True)


def meminfo(name):
    with open('/proc/meminfo', encoding='ascii') as lines:
        return next((int(line.split()[1]) for line in lines if line.startswith(f'{name}:')), 0)


def number():
    with open(NUMBER, encoding='ascii') as file:
        return int(file.read())


def set_number(pages):
    with open(NUMBER, 'w', encoding='ascii') as file:
        file.write(str(pages))


class Hugepages:
    """So many MiB free, mounted at MOUNT; SkipTest if that cannot be."""

    def __init__(self, mib):
        self.added = 0
        atexit.register(self.give_back)         # After a signal no tearDown runs.
        size_kb = meminfo('Hugepagesize')
        if size_kb == 0:
            raise unittest.SkipTest('this kernel has no hugepages')
        try:
            self.take(-(-mib * 1024 // size_kb))
        except OSError as error:
            raise unittest.SkipTest(f'no hugepages: {error}') from None
        except unittest.SkipTest:
            self.give_back()
            raise

    def take(self, pages):
        missing = pages - meminfo('HugePages_Free')
        if missing > 0:
            before = number()
            self.added = missing                # Before it is true: a signal may come between.
            set_number(before + missing)
            self.added = number() - before      # The kernel may have found fewer.
            if self.added < missing:
                raise unittest.SkipTest(f'{missing} more hugepages cannot be had: memory is '
                                        'short or in pieces')
        if os.path.ismount(MOUNT):
            return
        os.makedirs(MOUNT, exist_ok=True)
        if libc.mount(b'hugetlbfs', MOUNT.encode(), b'hugetlbfs', ctypes.c_ulong(0), None) != 0:
            error = ctypes.get_errno()
            self.give_back()
            raise OSError(error, f'mount {MOUNT}: {os.strerror(error)}')

    def give_back(self):
        """By what was added, not to what it was: another test may have taken some too."""
        added, self.added = self.added, 0
        if added > 0:
            set_number(max(0, number() - added))
