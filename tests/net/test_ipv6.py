# SPDX-License-Identifier: BSD-3-Clause
"""Both families at once, and the link they share: neighbours that are forgotten, move or
have our address; link-local and many addresses; a bridge that snoops; the link goes down and
comes back."""
import json
import os
import re
import socket
import struct
import subprocess
import time
import unittest

os.environ['LA_NET_FAMILY'] = '6'       # Whatever it is: here both are.

# pylint: disable=wrong-import-position
import harness
from frames import neighbour
from harness import (ADDRESS, CLIENT, HOST, INTERFACE, LINE, MTU, STORM, TAP, address, hold,
                     interface_sysctls, let_go, run, storm, sysctls, until)
# pylint: enable=wrong-import-position

ADDRESS_4, CLIENT_4 = address(1, 4), address(254, 4)
FAMILIES = {4: ADDRESS_4, 6: ADDRESS}
MACS = ('02:77:00:00:00:01', '02:77:00:00:00:02')
FLUSHES = 150                           # Of the kernel's neighbours, while connections are at work.
RANGE = ('fd00:77::1000', 'fd00:77::10ff')


def both_families():
    link = harness.plain_link()
    run('ip', 'address', 'add', f'{CLIENT_4}/24', 'dev', INTERFACE)
    return link


class BothFamilies(harness.Case):
    """A server, and a client with an address of each family. No cases."""

    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server(*cls.settings, link=both_families)

    def page(self, host, port=80):
        page = self.curl('-o', '/dev/null', '-w', '%{http_code}', f'http://{host}:{port}/')
        self.assertEqual(page.stdout, '200')

    def both_work(self):
        self.page(ADDRESS_4)
        self.page(HOST)

    def ping(self, target, *arguments):
        """What ping says of three that are answered."""
        said = run('ping', '-n', '-c', 3, '-i', 0.05, '-W', 10, *arguments, target).stdout
        self.assertIn(' 0% packet loss', said)
        return said

    def no_ping(self, target, *arguments):
        said = run('ping', '-n', '-c', 3, '-i', 0.05, '-W', 1, *arguments, target,
                   check=False).stdout
        self.assertIn('100% packet loss', said)

    def set_mac(self, mac):
        run('ip', 'link', 'set', INTERFACE, 'address', mac)


class Families(BothFamilies):
    def test_one_port_serves_both_at_once(self):
        accepted = self.accepted()
        storms = [subprocess.Popen([STORM, '--target', target, '--port', '80', '--mode', 'http',
                                    '--connections', '3000'], stdout=subprocess.PIPE, text=True)
                  for target in FAMILIES.values()]
        for process in storms:
            said, _ = process.communicate(timeout=60 * harness.PATIENCE)
            counts = json.loads(said)
            self.assertEqual((counts['closed'], counts['failed']), (3000, 0))
        self.assertEqual(self.accepted() - accepted, 6000)

    def accepted(self):
        return next(row['accepted'] for row in self.server.rows('listeners')
                    if row['name'] == 'web')

    def test_link_local(self):
        found = re.search(r'(?m)^address\s+(fe80::[0-9a-f:]+)/64', self.server.output())
        self.assertIsNotNone(found)
        local = f'{found[1]}%{INTERFACE}'
        self.ping(local)
        page = self.curl('-g', '-o', '/dev/null', '-w', '%{http_code}',
                         f'http://[{local.replace("%", "%25")}]/')
        self.assertEqual(page.stdout, '200')
        said = run(STORM, '--target', local, '--port', 7, '--mode', 'echo', '--octets', 1000,
                   '--connections', 20).stdout
        self.assertEqual(json.loads(said)['closed'], 20)

    def test_ping_of_all_sizes(self):
        for size in (0, 8, 56, 1232, MTU - 48):
            self.assertNotIn('wrong data', self.ping(ADDRESS, '-s', size, '-p', 'a55a'))

    def test_a_ping_in_fragments_is_dropped_and_the_next_works(self):
        before = self.server.counter('rx_ip_fragment')
        self.no_ping(ADDRESS, '-s', MTU)
        until('all fragments are counted',
              lambda: self.server.counter('rx_ip_fragment') - before >= 6)
        self.ping(ADDRESS)

    def test_hop_limits(self):
        """The last hop is not one that counts; ours is 64."""
        self.assertIn('ttl=64', self.ping(ADDRESS, '-t', 1))
        with socket.socket(socket.AF_INET6) as sock:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 1)
            sock.settimeout(10)
            sock.connect((ADDRESS, 7))
            sock.sendall(b'hop')
            self.assertEqual(sock.recv(3), b'hop')

    def test_nmap_finds_the_same_ports(self):
        for options, target in ((('-6',), ADDRESS), ((), ADDRESS_4)):
            said = run('nmap', *options, '-sS', '-n', '-Pn', '-p', '7,9,79-81,8080,8088',
                       target).stdout
            self.assertEqual(re.findall(r'(\d+)/tcp\s+open', said),
                             ['7', '9', '80', '8080', '8088'])


class Neighbours(BothFamilies):
    settings = ('tcp.keepalive=1s', 'tcp.keepalive-interval=1s', 'tcp.keepalive-probes=15')

    def test_the_kernel_finds_us_reachable(self):
        for target in FAMILIES.values():
            # Unless the server asks just then, the kernel knows nothing of it now.
            run('ip', 'neigh', 'flush', 'dev', INTERFACE)
            self.both_work()
            until('REACHABLE', lambda: 'REACHABLE' in neighbour(target).get('state', ''))

    def test_connections_go_on_while_neighbours_are_forgotten(self):
        # None is opened meanwhile: to open one, the kernel wants to know where we are.
        for target in FAMILIES.values():
            storming = subprocess.Popen(
                [STORM, '--target', target, '--port', '7', '--mode', 'echo', '--octets', '4000000',
                 '--connections', '50', '--concurrent', '50'], stdout=subprocess.PIPE, text=True)
            until('all are open', lambda: self.server.states()['ESTABLISHED'] == 50)
            flushed = 0
            # What is lost meanwhile the kernel sends again, later each time: so this has an end.
            while flushed < FLUSHES and storming.poll() is None:
                run('ip', 'neigh', 'flush', 'dev', INTERFACE)
                flushed += 1
                time.sleep(0.02)
            self.assertGreater(flushed, FLUSHES // 10)
            counts = json.loads(storming.stdout.read())
            storming.stdout.close()
            self.assertEqual((counts['closed'], counts['failed']), (50, 0), counts)

    def connect(self, target):
        sock = socket.create_connection((target, 7), timeout=20 * harness.PATIENCE)
        self.addCleanup(sock.close)
        return sock

    def exchange(self, sock, octets):
        sock.sendall(octets)
        received = b''
        while len(received) < len(octets):
            received += sock.recv(len(octets))
        self.assertEqual(received, octets)

    @staticmethod
    def heard(sock):
        """Segments that the client's kernel has received on a connection."""
        return struct.unpack('140x I', sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO,
                                                       144))[0]

    def hears_more(self, sock):
        before = self.heard(sock)
        until('a segment more', lambda: self.heard(sock) > before, 15)

    def test_a_client_that_moves_and_speaks_is_answered_at_once(self):
        socks = [self.connect(target) for target in FAMILIES.values()]
        for mac in MACS:
            self.set_mac(mac)
            for sock in socks:
                self.exchange(sock, os.urandom(100000))

    def test_a_client_that_moves_and_says_so_is_found(self):
        """Keep-alive probes, which no segment of the client's is answered by, reach it."""
        self.tell_of_moves()
        socks = [self.connect(target) for target in FAMILIES.values()]
        for sock in socks:
            self.hears_more(sock)
        for mac in MACS:
            self.set_mac(mac)
            for sock in socks:
                self.hears_more(sock)
        for sock in socks:
            self.exchange(sock, b'still here')
        self.assertEqual(self.server.counter('timed_out'), 0)

    @staticmethod
    def tell_of_moves():
        interface_sysctls(INTERFACE, {'ndisc_notify': '1'})
        sysctls({f'net/ipv4/conf/{INTERFACE}/arp_notify': '1'})


def take(own, prefix_len, *more):
    """An address for the client."""
    run('ip', 'address', 'add', f'{own}/{prefix_len}', 'dev', INTERFACE, *more)


class Defence(BothFamilies):
    def test_we_defend_an_address_that_another_would_have(self):
        before = self.server.counter('address_conflicts')
        interface_sysctls(INTERFACE, {'accept_dad': '1', 'dad_transmits': '1'})
        take(ADDRESS, 64)
        until('DAD fails', lambda: 'dadfailed' in self.flags())
        run('ip', 'address', 'del', f'{ADDRESS}/64', 'dev', INTERFACE)
        self.both_work()
        # Who asks before it takes an address does not use it yet.
        self.assertEqual(self.server.counter('address_conflicts'), before)

    def flags(self):
        """Of our address, at the client: the words that the kernel says beside it."""
        told = json.loads(run('ip', '-j', '-6', 'address', 'show', 'dev', INTERFACE).stdout)
        return [word for one in told for info in one.get('addr_info', [])
                if info.get('local') == ADDRESS for word in info]


class Duplicates(BothFamilies):
    def test_one_that_has_it_all_the_same_is_told_of(self):
        Neighbours.tell_of_moves()
        for mac, (own, prefix_len, more) in zip(MACS, ((ADDRESS, 128, ['nodad']),
                                                       (ADDRESS_4, 32, []))):
            before = self.server.counter('address_conflicts')
            take(own, prefix_len, *more)
            try:
                # The kernel says where it is with all that it has.
                self.set_mac(mac)
                self.conflict_is_told(mac, own)
                self.assertGreater(self.server.counter('address_conflicts'), before)
            finally:
                run('ip', 'address', 'del', f'{own}/{prefix_len}', 'dev', INTERFACE)
            self.both_work()

    def conflict_is_told(self, mac, own):
        until('it is said', lambda: [
            line for line in self.server.output().splitlines()
            if 'ADDRESS CONFLICT' in line and mac in line and own in line])


class Ranges(BothFamilies):
    settings = (f'port.address={ADDRESS_4}/24', f'port.address={ADDRESS}/64',
                f'port.address={"-".join(RANGE)}/64', 'port.address=fd00:88::5/64')

    def test_all_of_a_range_answer_and_nobody_beside_it(self):
        run('ip', 'route', 'add', 'fd00:88::/64', 'dev', INTERFACE)
        for target in (*RANGE, 'fd00:77::1080', 'fd00:88::5'):
            self.ping(target)
            self.page(f'[{target}]')
            until('REACHABLE', lambda at=target: 'REACHABLE' in neighbour(at).get('state', ''))
        for target in ('fd00:77::fff', 'fd00:77::1100', 'fd00:88::4'):
            self.no_ping(target)
            self.assertNotIn('lladdr', neighbour(target))

    def test_connections_to_many_of_them(self):
        for host in range(0x1000, 0x1100, 15):
            said = run(STORM, '--target', f'fd00:77::{host:x}', '--port', 7, '--mode', 'echo',
                       '--octets', 3000, '--connections', 10).stdout
            self.assertEqual(json.loads(said)['closed'], 10)


@unittest.skipUnless(TAP, 'af_packet does not tell of its link')
class Link(BothFamilies):
    def test_down_and_up_is_said_and_all_is_announced_again(self):
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as listening:
            listening.bind((LINE, 0))
            listening.settimeout(0.1)
            self.set_link('down')
            self.set_link('up')
            own, own_4 = (socket.inet_pton(family, text) for family, text in (
                (socket.AF_INET6, ADDRESS), (socket.AF_INET, ADDRESS_4)))
            wanted = {
                'asked for': lambda f: f[20:21] == b'\x3a' and f[54:55] == b'\x87' and
                f[22:38] == bytes(16) and f[62:78] == own,
                'advertised': lambda f: f[20:21] == b'\x3a' and f[54:55] == b'\x88' and
                f[62:78] == own,
                'ARP': lambda f: f[12:14] == b'\x08\x06' and f[28:32] == f[38:42] == own_4,
            }
            until('all are announced', lambda: self.seen(listening, wanted))
        if INTERFACE == LINE:
            harness.add_addresses(INTERFACE, harness.client_addresses())    # Lost with the link.
        self.both_work()

    def set_link(self, word):
        before = self.said(word)
        run('ip', 'link', 'set', LINE, word)
        until('it is said', lambda: self.said(word) > before)

    def said(self, word):
        return len(re.findall(rf'(?m)^link {word}', self.server.output()))

    @staticmethod
    def seen(listening, wanted):
        """Strike what a frame shows off those wanted: whether none is left."""
        try:
            frame, told = listening.recvfrom(2048)
        except OSError:                 # Nothing for a while, or: the link is down.
            return not wanted
        if told[2] != socket.PACKET_OUTGOING:
            for name in [name for name, shows in wanted.items() if shows(frame)]:
                del wanted[name]
        return not wanted

    def test_connections_survive_a_link_that_is_down_for_a_moment(self):
        held = hold(7, 50)
        self.addCleanup(held.kill)
        self.set_link('down')
        self.set_link('up')
        if INTERFACE == LINE:
            harness.add_addresses(INTERFACE, harness.client_addresses())
        self.both_work()
        counts = let_go(held)
        self.assertEqual((counts['closed'], counts['failed']), (50, 0))


SWITCH = ('mcast_snooping', 1, 'mcast_querier', 1, 'mcast_query_interval', 100,
          'mcast_startup_query_interval', 100, 'mcast_query_response_interval', 20,
          'mcast_membership_interval', 300)
GROUP = 'ff02::1:ff00:1'                # What ADDRESS is asked for in.


def behind_a_switch():
    """The client is behind the kernel's bridge, which asks every second who listens."""
    link = harness.plain_link()
    run('ip', 'address', 'flush', 'dev', INTERFACE)
    run('ip', 'link', 'add', 'switch', 'mtu', MTU, 'type', 'bridge', *SWITCH)
    run('ip', 'link', 'set', INTERFACE, 'master', 'switch')
    harness.add_addresses('switch', [f'{CLIENT}/64'])
    run('ip', 'link', 'set', 'switch', 'up')
    return link


class Snooping(harness.Case):
    @classmethod
    def setUpClass(cls):
        cls.addClassCleanup(run, 'ip', 'link', 'delete', 'switch', check=False)
        cls.server = harness.Server(link=behind_a_switch)

    def listens(self):
        """Whether the bridge knows that the server does; it forgets that in 3 s."""
        said = json.loads(run('bridge', '-j', 'mdb', 'show', 'dev', 'switch').stdout)
        return any(entry['grp'] == GROUP and entry['port'] == INTERFACE
                   for database in said for entry in database.get('mdb', ()))

    def asked(self, times):
        end = self.server.counter('mld_queries') + times
        until(f'{times} queries', lambda: self.server.counter('mld_queries') >= end)

    def test_a_switch_that_asks_keeps_hearing_of_us(self):
        for version in (2, 1):
            run('ip', 'link', 'set', 'switch', 'type', 'bridge', 'mcast_mld_version', version)
            self.asked(4)
            until('the group is known', self.listens)
            self.get_works()


if __name__ == '__main__':
    harness.main()
