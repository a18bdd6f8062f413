# SPDX-License-Identifier: BSD-3-Clause
"""Kernel clients over a link that loses 3 %, delays by 5 ms, reorders 10 % and
duplicates 1 % of the frames each way: slower, and none wrong.

    server -- dtap0 = link_emulator = left -- right (namespace "client")
"""
import os
import tempfile

import harness
from harness import CLIENT, FULL, HOST, LINE, PREFIX_LEN, VLAN, run, storm
from veth import Emulator, Veth

ENTER = ('ip', 'netns', 'exec', 'client')
SEED = os.environ.get('LA_SEED', '1')
LINK = ('--loss', '3', '--delay-ms', '5', '--reorder', '10', '--duplicate', '1',
        '--vlan', str(VLAN))


class LossyLink(harness.Case):
    """A server behind the link; no cases."""
    far = None
    emulator = None

    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server(*cls.settings, link=cls.far_client)
        cls.emulator = Emulator(LINE, 'left', '--seed', SEED, *LINK)

    @classmethod
    def far_client(cls):
        """Put the client into a namespace behind the emulator's two interfaces."""
        cls.far = Veth('client', 'left', 'right', [f'{CLIENT}/{PREFIX_LEN}'])
        # In TIME-WAIT a client answers with an ACK, not a RST: a connection that a late
        # duplicate opened would not be found out before it is over.
        cls.far.run('sysctl', '-qw', 'net.ipv4.tcp_max_tw_buckets=0')

    @classmethod
    def tearDownClass(cls):
        counts = cls.emulator.stop()
        cls.far.close()
        super().tearDownClass()
        cls.check_link(counts)

    @staticmethod
    def check_link(counts):
        """The link was as bad as it was meant to be."""
        for side in counts.values():
            assert 0.01 < side['lost'] / side['received'] < 0.06, counts
            assert side['reordered'] > 0 and side['duplicated'] > 0, counts
            assert side['too_long'] == 0 and side['overflow'] == 0, counts

    def all_closed(self):
        try:
            harness.until('all are closed', lambda: harness.no_connections(self.server), 30)
        except AssertionError as failure:
            raise AssertionError(f'{failure}: {self.server.rows("connections,8")}') from None


class Lossy(LossyLink):
    settings = ('tcp.cookie-confirm=2s',)

    def test_curl_gets_pages_in_a_row(self):
        for _ in range(20):
            page = run(*ENTER, 'curl', '-sS', '--max-time', 30, '-o', '/dev/null', '-w',
                       '%{http_code} %{size_download}', f'http://{HOST}/')
            self.assertEqual(page.stdout, '200 64')

    def test_curl_gets_a_large_body(self):
        page = run(*ENTER, 'curl', '-sS', '--max-time', 60, '-o', '/dev/null', '-w',
                   '%{http_code} %{size_download}', f'http://{HOST}:8081/', timeout=65)
        self.assertEqual(page.stdout, '200 1048576')

    def test_curl_posts_a_large_body(self):
        with tempfile.NamedTemporaryFile() as body:
            body.write(os.urandom(1 << 20))
            body.flush()
            page = run(*ENTER, 'curl', '-sS', '--max-time', 60, '-o', '/dev/null', '-w',
                       '%{http_code}', '--data-binary', f'@{body.name}', f'http://{HOST}/',
                       timeout=65)
        self.assertEqual(page.stdout, '200')

    def test_ab_completes_all(self):
        said = run(*ENTER, 'ab', '-q', '-s', 60, '-n', 2000, '-c', 100, f'http://{HOST}/',
                   timeout=120).stdout
        self.assertRegex(said, r'Complete requests:\s+2000\n')
        self.assertRegex(said, r'Failed requests:\s+0\n')

    def test_echoes_at_once_each_with_its_own_octets(self):
        connections, octets = (1000, 20000) if FULL else (200, 20000)
        counts = storm('echo', 7, connections, concurrent=connections, octets=octets,
                       enter=ENTER, timeout=120)
        self.assertEqual(counts['octets_received'], connections * octets)

    def test_one_echo_of_much(self):
        octets = 4 << 20 if FULL else 256 << 10
        counts = storm('echo', 7, 1, octets=octets, enter=ENTER, timeout=180)
        self.assertEqual(counts['octets_received'], octets)

    def test_the_client_closes_first(self):
        storm('close', 9, 2000, concurrent=200, enter=ENTER, timeout=120)
        # Also: no late duplicate of a handshake's last ACK has opened a connection anew.
        self.all_closed()

    def test_the_server_closes_first(self):
        storm('http', 80, 2000, concurrent=200, enter=ENTER, timeout=120)


class LossyWithoutCookies(LossyLink):
    """With a cookie nobody sends the SYN-ACK again when the last ACK of the handshake is
    lost, so a client that waits for the server to speak needs SYN-RECEIVED."""
    settings = ('tcp.syn-cookies=never',)

    def test_the_server_closes_first_and_the_client_says_nothing(self):
        storm('drain', 8088, 2000, concurrent=200, enter=ENTER, timeout=120)
        self.all_closed()

    def test_echoes_with_syn_received(self):
        counts = storm('echo', 7, 100, concurrent=100, octets=10000, enter=ENTER, timeout=120)
        self.assertEqual(counts['octets_received'], 100 * 10000)
        self.all_closed()


if __name__ == '__main__':
    harness.main()
