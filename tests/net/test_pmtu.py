# SPDX-License-Identifier: BSD-3-Clause
"""A client behind a router whose link to it takes less than the server's port. It says
that it takes 1460 octets, so only the router's "too big" tells of that.

    server -- dtap0, here: the router -- left (MTU 1400) -- right (namespace "client")
"""

import harness
from harness import ADDRESS, run, until
from veth import Veth

NARROW = 1400
ADDRESS_V6, ROUTER_V6 = 'fd77::1', 'fd77::fe'
CLIENT, CLIENT_V6 = '10.79.0.2', 'fd79::2'
GATEWAY, GATEWAY_V6 = '10.79.0.1', 'fd79::1'
BIG = 1048576


class NarrowLink(harness.Case):
    settings = (f'port.address={ADDRESS}/24', f'port.address={ADDRESS_V6}/64',
                f'port.gateway={harness.CLIENT}', f'port.gateway={ROUTER_V6}')
    far = None

    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server(*cls.settings, link=cls.link)
        until('the link is up', lambda: cls.server.rows('ports')[0]['link_up'] == 1)

    @classmethod
    def link(cls):
        """A router here, and the client behind its narrow link."""
        harness.plain_link()
        cls.far = Veth('client', 'left', 'right', [f'{CLIENT}/24'], [f'{GATEWAY}/24'])
        with_v6 = {'net/ipv6/conf/all/disable_ipv6': '0',
                   'net/ipv6/conf/default/accept_dad': '0'}
        harness.sysctls(with_v6 | {'net/ipv6/conf/left/disable_ipv6': '0',
                                   'net/ipv6/conf/all/forwarding': '1',
                                   'net/ipv4/ip_forward': '1'})
        harness.sysctls(with_v6 | {'net/ipv6/conf/right/disable_ipv6': '0'}, 'client')
        run('ip', 'link', 'set', 'left', 'mtu', NARROW)
        run('ip', 'address', 'add', f'{ROUTER_V6}/64', 'dev', 'dtap0', 'nodad')
        run('ip', 'address', 'add', f'{GATEWAY_V6}/64', 'dev', 'left', 'nodad')
        cls.far.run('ip', 'address', 'add', f'{CLIENT_V6}/64', 'dev', 'right', 'nodad')
        cls.far.run('ip', 'route', 'add', 'default', 'via', GATEWAY)
        cls.far.run('ip', '-6', 'route', 'add', 'default', 'via', GATEWAY_V6)
        # The router had no address yet when the server asked for it, and forwards for
        # others under its link-local one: let it speak for itself once.
        run('ping', '-c1', '-W5', '-I', ROUTER_V6, ADDRESS_V6)

    @classmethod
    def tearDownClass(cls):
        cls.far.close()
        super().tearDownClass()

    def page(self, host, port):
        """What the client gets, and how much of it."""
        return self.far.run('curl', '-sS', '--max-time', 20, '-o', '/dev/null', '-w',
                            '%{http_code} %{size_download}', f'http://{host}:{port}/').stdout

    def moved(self, before):
        after = self.server.get('counters')
        return {name: after[name] - before[name] for name in
                ('icmp_too_big', 'icmp_errors', 'icmp_ignored')}

    def check(self, host):
        before = self.server.get('counters')
        self.assertEqual(self.page(host, 8081), f'200 {BIG}')
        moved = self.moved(before)
        self.assertEqual(moved['icmp_too_big'], 1, moved)
        # All of the first window may be too big, and no more than that.
        self.assertEqual(moved['icmp_errors'], 1 + moved['icmp_ignored'], moved)
        # What is small is served as ever.
        self.assertEqual(self.page(host, 80), '200 64')
        self.assertEqual(self.moved(before)['icmp_errors'], moved['icmp_errors'])

    def test_a_large_page_over_ipv4(self):
        self.check(ADDRESS)

    def test_a_large_page_over_ipv6(self):
        self.check(f'[{ADDRESS_V6}]')


if __name__ == '__main__':
    harness.main()
