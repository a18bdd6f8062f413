# SPDX-License-Identifier: BSD-3-Clause
"""Lastack beside Linux: random scripts of segments go to both, and the answers must be
the same but for what the table in lib/README.md allows ("Beside Linux").

    here: dtap0 -- lastack; near -- far (namespace "server"), with services of the kernel's

Both sides keep SYNs, or both send cookies. Environment: LA_SEED (1), LA_SCRIPTS, how many
(300), LA_FIRST, the number of the first (0). The name of a script is SEED:NUMBER; one alone is
LA_SEED=SEED LA_FIRST=NUMBER LA_SCRIPTS=1.
"""
import collections
import json
import os
import re
import time
import unittest

import harness
from differential import LIMITED, Kernel, Lastack, Run, Services
from differential_rules import RULES
from frames import neighbour
from harness import ADDRESS, CLIENT, FAMILY, HERE, INTERFACE, PREFIX_LEN, WORKERS, address, run
from tcp_scripts import Script
from veth import Veth

SEED = os.environ.get('LA_SEED', '1')
SCRIPTS = int(os.environ.get('LA_SCRIPTS', '300'))
FIRST = int(os.environ.get('LA_FIRST', '0'))
KERNEL, GATEWAY = address(1, FAMILY, 76), address(254, FAMILY, 76)
BARRIER_SOURCE = '10.78.255.254' if FAMILY == 4 else 'fd00:78::ffff:fffe'
# Answers come at once, timers long after, and nothing is kept for the next connection.
KERNEL_SYSCTLS = {
    'net/ipv4/tcp_invalid_ratelimit': 0,
    'net/ipv4/tcp_early_retrans': 0,
    'net/ipv4/tcp_no_metrics_save': 1,
    'net/ipv4/tcp_congestion_control': 'reno',
    'net/ipv4/tcp_ecn': 0,              # As tcp.ecn=off: test_ecn.py has it.
}
ROUTE = ('quickack', 1, 'rto_min', '100s', 'initcwnd', 4)


def mac_of(interface, enter=()):
    return json.loads(run(*enter, 'ip', '-j', 'link', 'show', interface).stdout)[0]['address']


class Table(unittest.TestCase):
    def test_the_table_has_the_rules_and_no_others(self):
        with open(os.path.join(HERE, '../../lib/README.md'), encoding='utf-8') as page:
            table = page.read().split('\n## Beside Linux\n')[1].split('\n## ')[0]
        self.assertEqual(re.findall(r'^\| `([a-z-]+)` \|', table, re.MULTILINE), list(RULES))
        self.assertLess(len(RULES), 12)


class Kept(harness.Case):
    """Both keep a SYN."""
    settings = ('tcp.syn-cookies=never', 'tcp.nagle=off', 'tcp.ecn=off', 'tcp.drain=0',
                'tcp.rto-min=14s',
                'tcp.connections=30000', 'listen echo.buffers=2048', f'port.gateway={CLIENT}')
    syncookies = 0
    far = None

    @classmethod
    def setUpClass(cls):
        if WORKERS != 1:
            raise unittest.SkipTest('one answer shows that one worker has done all before it')
        super().setUpClass()
        try:
            # Behind the server, whose start turns IPv6 off where it is not asked for.
            cls.far = Veth('server', 'near', 'far', [f'{KERNEL}/{PREFIX_LEN}'],
                           [f'{GATEWAY}/{PREFIX_LEN}'])
            harness.sysctls(KERNEL_SYSCTLS | {'net/ipv4/tcp_syncookies': cls.syncookies}, 'server')
            cls.far.run('ip', f'-{FAMILY}', 'route', 'add', 'default', 'via', GATEWAY, *ROUTE)
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        try:
            super().tearDownClass()
        finally:
            if cls.far is not None:
                cls.far.close()
                cls.far = None

    def limited(self):
        """How many answers Lastack has kept back."""
        counters = self.server.get('counters')
        return sum(counters[name] for name in LIMITED)

    def sides(self, services):
        ours = Lastack('lastack', INTERFACE, (neighbour(ADDRESS)['lladdr'], mac_of(INTERFACE)),
                       FAMILY, ADDRESS, BARRIER_SOURCE)
        theirs = Kernel('kernel', 'near', (mac_of('far', self.far.enter), mac_of('near')),
                        FAMILY, KERNEL, BARRIER_SOURCE, services=services)
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        return ours, theirs

    def report(self, going, seconds):
        print(f'{going.scripts} scripts, {going.segments} segments to each, {seconds:.0f} s; '
              f'{going.complete} went to their end')
        for name, count in going.allowed.most_common():
            print(f'    {name}: allowed {count} times, ended {going.cut[name]} scripts')
        kinds = collections.Counter(kind for kind, _ in going.found)
        for kind, count in kinds.most_common():
            print(f'    DIFFERENT {count} times: {kind}; for one,')
            print(next(story for found, story in going.found if found == kind))

    def test_scripts(self):
        self.get_works()
        # What a processor is given for the kernel it works off in order.
        processors = os.sched_getaffinity(0)
        self.addCleanup(os.sched_setaffinity, 0, processors)
        os.sched_setaffinity(0, {min(processors)})
        services = Services('server', FAMILY)
        self.addCleanup(services.close)
        sides = self.sides(services)
        going = Run(sides, services, self.limited, FAMILY, self.syncookies == 2)
        began = time.monotonic()
        going.run(Script(SEED, FIRST + number) for number in range(SCRIPTS))
        self.report(going, time.monotonic() - began)
        self.assertEqual([side.lost() for side in sides], [0, 0])
        self.assertEqual(len(going.found), 0, 'differences that the table does not allow')
        if SCRIPTS >= 300:
            # It is no test if all that is allowed ends scripts early.
            self.assertGreater(going.complete, SCRIPTS / 4)
            self.assertGreater(going.segments, 10 * SCRIPTS)


class Cookies(Kept):
    """Both answer SYNs by cookies."""
    settings = Kept.settings[1:]
    syncookies = 2


if __name__ == '__main__':
    harness.main()
