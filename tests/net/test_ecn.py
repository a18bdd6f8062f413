# SPDX-License-Identifier: BSD-3-Clause
"""A kernel client that asks for ECN (RFC 3168), over a link that marks a twentieth of the text
each way and loses nothing: both ends slow down, and nothing is sent again.

    server -- dtap0 = link_emulator = left -- right (namespace "client")
"""
import harness
from harness import CLIENT, LINE, PREFIX_LEN, storm
from veth import Emulator, Veth, counted

CONNECTIONS, OCTETS = 20, 200000


class Marked(harness.Case):
    settings = ()
    cookies = 1
    far = None
    emulator = None

    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server(*cls.settings, link=cls.far_client)
        cls.emulator = Emulator(LINE, 'left', '--mark', '5', '--delay-ms', '1')

    @classmethod
    def far_client(cls):
        cls.far = Veth('client', 'left', 'right', [f'{CLIENT}/{PREFIX_LEN}'])
        cls.far.run('sysctl', '-qw', 'net.ipv4.tcp_ecn=1')

    @classmethod
    def tearDownClass(cls):
        counts = cls.emulator.stop()
        cls.far.close()
        super().tearDownClass()
        assert all(side['marked'] > 0 for side in counts.values()), counts

    def test_marks_slow_down_both_ends_and_nothing_is_sent_again(self):
        before = self.far.nstat()
        counts = storm('echo', 7, CONNECTIONS, concurrent=CONNECTIONS, octets=OCTETS,
                       enter=self.far.enter, timeout=60)
        kernel = counted(before, self.far.nstat())
        self.assertEqual(counts['octets_received'], CONNECTIONS * OCTETS)
        ours = self.server.get('counters')
        self.assertEqual(ours['ecn_opened'], CONNECTIONS)
        self.assertGreater(ours['ecn_marked'], 0)
        self.assertGreater(ours['ecn_reduced'], 0)
        self.assertGreater(kernel['IpExtInECT0Pkts'], 0)
        self.assertGreater(kernel['IpExtInCEPkts'], 0)
        self.assertEqual(ours['tx_retransmits'], 0)
        self.assertNotIn('TcpRetransSegs', kernel)
        self.assertEqual(ours['cookies_accepted'] > 0, bool(self.cookies))


class MarkedWithoutCookies(Marked):
    settings = ('tcp.syn-cookies=never',)
    cookies = 0


if __name__ == '__main__':
    harness.main()
