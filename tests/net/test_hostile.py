# SPDX-License-Identifier: BSD-3-Clause
"""Scanners, floods and malformed frames; after each, the next good client is served."""
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import unittest

import harness
from frames import OTHER_MAC, FrameCase, neighbour
from harness import (ADDRESS, CLIENT, FAMILY, FULL, HOST, INTERFACE, LINE, MORE_CLIENTS, MTU,
                     NOBODY, PATIENCE, TAP, VLAN, WORKERS, address, run, until)

HERE = os.path.dirname(os.path.abspath(__file__))
FLOOD_PER_S = 20000
FLOOD_SECONDS = 10 if FULL else 4
FLOOD_SOURCE = MORE_CLIENTS[0]          # Else its SYNs would be those of ab's connections, too.
PAGES = 2000                            # That ab fetches at a time.
OTHER_VLAN = VLAN % 4094 + 1
RSS_SLACK_KB = 1024
BROADCAST = 'ff:ff:ff:ff:ff:ff'
ICMP_HEADERS = 28 if FAMILY == 4 else 48
NMAP = ('nmap', '-6') if FAMILY == 6 else ('nmap',)


def flood_command(seconds):
    """hping3 as fast as it can, where it can; else our own, as fast as a link carries it."""
    limit = ['timeout', '-s', 'INT', str(seconds)]
    if FAMILY == 4 and not VLAN:
        return [*limit, 'hping3', '-S', '--flood', '-q', '-a', FLOOD_SOURCE, '-p', '80', ADDRESS]
    link = json.loads(run('ip', '-j', 'link', 'show', INTERFACE).stdout)[0]
    return [*limit, sys.executable, os.path.join(HERE, 'flood.py'), INTERFACE, link['address'],
            neighbour(ADDRESS)['lladdr'], FLOOD_SOURCE, ADDRESS, '80', str(FLOOD_PER_S)]


@contextlib.contextmanager
def flood(seconds):
    with subprocess.Popen(flood_command(seconds), stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()


class Tools(harness.Case):
    def test_nmap_sees_one_open_and_two_closed_ports(self):
        said = run(*NMAP, '-sS', '-n', '-Pn', '-p', '79-81', ADDRESS).stdout
        self.assertRegex(said, r'79/tcp\s+closed')
        self.assertRegex(said, r'80/tcp\s+open')
        self.assertRegex(said, r'81/tcp\s+closed')

    def test_nmap_stealth_scans_find_no_open_port(self):
        for scan in ('-sF', '-sN', '-sX'):
            said = run(*NMAP, scan, '-n', '-Pn', '-p', '80', ADDRESS).stdout
            self.assertRegex(said, r'80/tcp\s+open\|filtered')
        self.get_works()

    def test_syn_flood_beside_ab(self):
        self.get_works()
        self.ab()
        before, sent = self.server.rss_kb(), self.cookies()
        runs = 0
        with flood(FLOOD_SECONDS) as flooding:
            while runs == 0 or flooding.poll() is None:
                self.ab()
                runs += 1
        self.assertGreater(self.cookies() - sent, runs * PAGES)
        self.assertLessEqual(self.server.rss_kb() - before, RSS_SLACK_KB)
        self.get_works()

    def cookies(self):
        return self.server.get('cookies')['sent']

    def ab(self):
        said = run('ab', '-q', '-n', PAGES, '-c', 20, f'http://{HOST}/').stdout
        self.assertRegex(said, rf'Complete requests:\s+{PAGES}\n')
        self.assertRegex(said, r'Failed requests:\s+0\n')

    def test_ping_with_payload(self):
        for size in (0, 56, 1000, MTU - ICMP_HEADERS):
            said = run('ping', '-n', '-c', 3, '-i', 0.05, '-W', 10, '-s', size, '-p', 'a55a',
                       ADDRESS).stdout
            self.assertIn(' 0% packet loss', said)
            self.assertNotIn('wrong data', said)


class Segments(FrameCase):
    """TCP, whatever carries it."""

    def test_bad_tcp_checksum(self):
        self.counted('rx_tcp_checksum', self.frame(tcp={'chksum': 1}))

    def test_data_offsets(self):
        self.counted('rx_tcp_offset', self.frame(tcp={'dataofs': 4}),
                     self.frame(tcp={'dataofs': 15}))

    def test_option_lengths(self):
        broken = (b'\x02\x00\x05\xb4', b'\x02\x01\x05\xb4', b'\x08\x0a\x00\x00')
        self.counted('rx_tcp_option', *(self.raw_options(octets) for octets in broken))

    def raw_options(self, octets):
        """A SYN whose options are these octets."""
        s = self.scapy
        tcp = bytes(s.TCP(sport=4444, dport=80, flags='S', dataofs=5 + len(octets) // 4))
        pseudo = self.pseudo_checksum(tcp + octets)
        fixed = tcp[:16] + pseudo.to_bytes(2, 'big') + tcp[18:]
        ip = {'proto': 6} if FAMILY == 4 else {'nh': 6}
        return self.ether() / self.ip(**ip) / (fixed + octets)

    def pseudo_checksum(self, octets):
        if FAMILY == 4:
            return self.scapy.in4_chksum(6, self.ip(), octets)
        return self.scapy.in6_chksum(6, self.ip(), octets)

    def test_flag_nonsense_to_a_listener(self):
        self.counted('drop_listen_flags', *(self.frame(tcp={'flags': flags})
                                            for flags in ('SF', 'SR', '', 'F', 'FPU')))

    def test_land(self):
        self.counted('rx_ip_land', self.frame(ip={'src': ADDRESS}, tcp={'sport': 80}))

    def test_truncated_at_every_octet(self):
        whole = bytes(self.frame(tcp={'options': [('MSS', 1460), ('WScale', 7)]}))
        before = self.server.counter('rx_frames')
        # A kernel that takes a tag off wants two octets behind it.
        least = 14 if TAP or not VLAN else 16
        frames = [self.scapy.Raw(whole[:length]) for length in range(least, len(whole))]
        self.send(*frames)
        harness.until('all were looked at', lambda: self.server.counter('rx_frames') - before
                      >= len(frames))
        self.get_works()

    def test_closed_port_is_answered_by_the_rfc(self):
        s = self.scapy
        reply = self.answer(self.frame(tcp={'dport': 81, 'sport': 4445}))
        self.assertEqual((str(reply[s.TCP].flags), reply[s.TCP].seq, reply[s.TCP].ack),
                         ('RA', 0, 1001))
        reply = self.answer(self.frame(tcp={'dport': 81, 'flags': 'A', 'ack': 777}))
        self.assertEqual((str(reply[s.TCP].flags), reply[s.TCP].seq), ('R', 777))

    def test_syn_ack_offers_only_what_was_offered(self):
        s = self.scapy
        reply = self.answer(self.frame(tcp={'sport': 4446}))
        self.assertEqual(str(reply[s.TCP].flags), 'SA')
        self.assertEqual(reply[s.TCP].ack, 1001)
        self.assertEqual([name for name, _ in reply[s.TCP].options], ['MSS'])


@unittest.skipUnless(FAMILY == 4, 'IPv4')
class Ipv4(FrameCase):
    def test_arp_is_answered(self):
        s = self.scapy
        reply = self.answer(self.ether(BROADCAST) / s.ARP(
            op='who-has', psrc=CLIENT, pdst=ADDRESS))
        self.assertIsNotNone(reply)
        self.assertEqual((reply[s.ARP].op, reply[s.ARP].hwsrc), (2, self.mac))

    def test_arp_for_another_address_is_not(self):
        s = self.scapy
        self.assertIsNone(self.answer(self.ether(BROADCAST) / s.ARP(
            op='who-has', psrc=CLIENT, pdst=NOBODY), timeout=0.3))

    def test_arp_of_odd_sizes(self):
        s = self.scapy
        arp = bytes(s.ARP(op='who-has', psrc=CLIENT, pdst=ADDRESS))
        head = s.Ether(dst='ff:ff:ff:ff:ff:ff', type=0x0806)
        odd = arp[:4] + b'\x08\x10' + arp[6:]
        self.counted('rx_arp', head / odd, head / (b'\x00\x06' + arp[2:]))

    def test_bad_ip_checksum(self):
        self.counted('rx_ip_checksum', self.frame(ip={'chksum': 1}))

    @unittest.skipUnless(TAP or WORKERS == 1, 'the kernel puts fragments together for a fanout')
    def test_fragments(self):
        whole = self.frame(data=b'x' * 1000, tcp={'flags': 'A'})
        self.counted('rx_ip_fragment', *self.scapy.fragment(whole, fragsize=400))

    def test_ip_options(self):
        self.counted('rx_ip_options', self.frame(ip={'options': [self.scapy.IPOption_RR()]}))

    def test_sources_no_host_may_use(self):
        self.counted('rx_ip_source', *(self.frame(ip={'src': source})
                                       for source in ('255.255.255.255', '224.0.0.1')))

    def test_a_forged_arp_steals_no_neighbour(self):
        s = self.scapy
        self.forged('arp_ignored', self.ether() / s.ARP(
            op='is-at', hwsrc=OTHER_MAC, psrc=CLIENT, hwdst=self.mac, pdst=ADDRESS))


@unittest.skipUnless(FAMILY == 6, 'IPv6')
class Ipv6(FrameCase):
    """Headers and the chain of extensions (RFC 8200)."""

    def chain(self, *headers):
        """A SYN behind these."""
        packet = self.ip()
        for header in headers:
            packet /= header
        return self.ether() / packet / self.segment(sport=4447)

    def test_extension_headers_are_passed_over(self):
        s = self.scapy
        unknown = s.HBHOptUnknown(otype=0x1e, optdata=b'0' * 60)
        for headers in ((s.IPv6ExtHdrHopByHop(), s.IPv6ExtHdrDestOpt()),
                        (s.IPv6ExtHdrDestOpt(options=[unknown]),),
                        (s.IPv6ExtHdrHopByHop(), s.IPv6ExtHdrDestOpt(),
                         s.IPv6ExtHdrRouting(addresses=['fd00::9'], segleft=0),
                         s.IPv6ExtHdrDestOpt())):
            self.counted('ok_syn_acked', self.chain(*headers), others=True)

    def test_bad_extension_headers(self):
        s = self.scapy
        unknown = s.HBHOptUnknown(otype=0x80, optdata=b'1234')
        self.counted('rx_ip_extension',
                     self.chain(s.IPv6ExtHdrDestOpt(), s.IPv6ExtHdrHopByHop()),
                     self.chain(*[s.IPv6ExtHdrDestOpt()] * 9),
                     self.chain(s.IPv6ExtHdrRouting(addresses=['fd00::9'], segleft=1)),
                     self.chain(s.IPv6ExtHdrDestOpt(options=[unknown])),
                     self.chain(s.IPv6ExtHdrHopByHop(len=200)),
                     self.ether() / self.ip(nh=60) / b'\x3c\x00\x01\x04')

    def test_too_much_in_extension_headers(self):
        """RFC 8504, 5.3."""
        s = self.scapy
        nothing = s.HBHOptUnknown(otype=0x1e, optdata=b'')
        self.counted('rx_ip_extension', *(
            self.chain(s.IPv6ExtHdrDestOpt(options=options)) for options in
            ([s.PadN(optdata=b'0' * 60)], [s.Pad1()] * 1342, [nothing] * 9)))
        self.counted('ok_syn_acked', self.chain(s.IPv6ExtHdrDestOpt(options=[nothing] * 8)),
                     others=True)

    def test_fragments(self):
        s = self.scapy
        packet = self.ip() / s.IPv6ExtHdrFragment(id=7) / self.segment(flags='A') / (b'x' * 1000)
        parts = [self.ether() / part for part in s.fragment6(packet, 400)]
        self.assertGreater(len(parts), 2)
        self.counted('rx_ip_fragment', *parts)

    def test_a_fragment_that_is_the_whole_packet_is_taken(self):
        """RFC 6946; in one, Neighbour Discovery is not (RFC 6980)."""
        s = self.scapy
        whole = s.IPv6ExtHdrFragment(offset=0, m=0, id=7)
        self.counted('ok_syn_acked', self.chain(whole),
                     self.chain(s.IPv6ExtHdrDestOpt(), whole), others=True)
        self.counted('rx_nd', self.ether() / self.ip(hlim=255) / whole
                     / s.ICMPv6ND_NS(tgt=ADDRESS))

    def test_headers_that_lie(self):
        self.counted('rx_ip_version', self.frame(ip={'version': 4}))
        self.counted('rx_ip_total_len', self.frame(ip={'plen': 1400}))
        self.counted('rx_tcp_short', self.frame(ip={'plen': 19}))

    def test_sources_no_host_may_use(self):
        self.counted('rx_ip_source', *(self.frame(ip={'src': source}) for source in
                                       ('::', '::1', 'ff02::1', '::ffff:10.77.0.254')))

    def test_tcp_to_a_group(self):
        self.counted('rx_ip_destination', self.frame(ip={'dst': 'ff02::1'}))

    def test_bad_icmp_checksum(self):
        s = self.scapy
        self.counted('rx_icmp', self.ether() / self.ip() / s.ICMPv6EchoRequest(cksum=1))


@unittest.skipUnless(FAMILY == 6, 'IPv6')
class NeighbourDiscovery(FrameCase):
    def solicitation(self, target=ADDRESS, ip=None, mac=None, **fields):
        """To the target's group."""
        s = self.scapy
        number = bytes(s.inet_pton(s.socket.AF_INET6, target))
        group = 'ff02::1:ff' + number[13:14].hex() + ':' + number[14:].hex()
        packet = self.ip(**({'dst': group, 'hlim': 255} | (ip or {}))) / s.ICMPv6ND_NS(
            **({'tgt': target} | fields))
        if mac is None:
            mac = s.ICMPv6NDOptSrcLLAddr(lladdr=self.own_mac)
        return self.ether('33:33:ff:' + ':'.join(f'{octet:02x}' for octet in number[13:])) / (
            packet / mac if mac else packet)

    def advertisement(self, target=CLIENT, mac=OTHER_MAC, ip=None, **fields):
        """To the server alone."""
        s = self.scapy
        told = s.ICMPv6ND_NA(**({'tgt': target, 'R': 0, 'S': 1, 'O': 1} | fields))
        return self.ether() / self.ip(**({'hlim': 255} | (ip or {}))) / told \
            / s.ICMPv6NDOptDstLLAddr(lladdr=mac)

    def test_a_solicitation_is_answered(self):
        s = self.scapy
        reply = self.answer(self.solicitation())
        self.assertEqual((reply[s.ICMPv6ND_NA].tgt, reply[s.IPv6].hlim, reply[s.IPv6].dst),
                         (ADDRESS, 255, CLIENT))
        self.assertEqual((reply[s.ICMPv6ND_NA].S, reply[s.ICMPv6ND_NA].R), (1, 0))
        self.assertEqual(reply[s.ICMPv6NDOptDstLLAddr].lladdr, self.mac)

    def test_one_for_another_address_is_not(self):
        self.assertIsNone(self.answer(self.solicitation(NOBODY), timeout=0.3))

    def test_duplicate_address_detection_is_answered_to_all(self):
        s = self.scapy
        replies = s.AsyncSniffer(iface=INTERFACE, count=1, timeout=10 * harness.PATIENCE,
                                 lfilter=lambda f: s.ICMPv6ND_NA in f and
                                 f[s.IPv6].dst == 'ff02::1')
        replies.start()
        harness.until('it listens', lambda: getattr(replies, 'stop_cb', None))
        self.send(self.solicitation(ip={'src': '::'}, mac=b''))
        replies.join()
        reply = replies.results[0]
        self.assertEqual((reply[s.ICMPv6ND_NA].tgt, reply[s.ICMPv6ND_NA].S), (ADDRESS, 0))

    def test_malformed(self):
        s = self.scapy
        no_length = s.ICMPv6NDOptSrcLLAddr(lladdr=self.own_mac, len=0)
        group_mac = s.ICMPv6NDOptSrcLLAddr(lladdr='33:33:00:00:00:01')
        self.counted('rx_nd',
                     self.solicitation(ip={'hlim': 254}), self.advertisement(ip={'hlim': 254}),
                     self.solicitation(code=1), self.solicitation(mac=no_length),
                     self.solicitation(mac=group_mac), self.advertisement(target='ff02::1'),
                     self.solicitation(ip={'src': '::'}),
                     self.advertisement(ip={'dst': 'ff02::1'}))

    def test_a_forged_advertisement_steals_no_neighbour(self):
        self.not_stolen(self.advertisement())

    def test_a_forged_solicitation_steals_no_neighbour(self):
        s = self.scapy
        self.not_stolen(self.solicitation(mac=s.ICMPv6NDOptSrcLLAddr(lladdr=OTHER_MAC)))

    def not_stolen(self, frame):
        self.forged('nd_ignored', frame)

    def test_nobody_is_learnt_by_an_advertisement_not_asked_for(self):
        self.counted('rx_ok', *(self.advertisement(address(host)) for host in range(10, 60)),
                     others=True)
        counters = self.server.get('counters')
        self.assertLessEqual(counters['nd_adverts'], counters['nd_sent'])

    def test_routers_and_groups_are_not_heard(self):
        """Router advertisements, redirects and MLD queries: neither answered nor obeyed."""
        s = self.scapy
        router = {'src': 'fe80::99', 'hlim': 255}
        advert = s.ICMPv6ND_RA(routerlifetime=1800) / s.ICMPv6NDOptSrcLLAddr(lladdr=OTHER_MAC) \
            / s.ICMPv6NDOptPrefixInfo(prefix='fd00:99::', prefixlen=64)
        to_all = self.ether('33:33:00:00:00:01') / self.ip(dst='ff02::1', **router)
        query = self.ether('33:33:00:00:00:01') / self.ip(
            dst='ff02::1', src='fe80::99', hlim=1) / s.IPv6ExtHdrHopByHop(
                options=[s.RouterAlert()]) / s.ICMPv6MLQuery()
        redirect = self.ether() / self.ip(**router) / s.ICMPv6ND_Redirect(
            tgt='fe80::99', dst=CLIENT) / s.ICMPv6NDOptDstLLAddr(lladdr=OTHER_MAC)
        for frame in (to_all / advert, self.ether() / self.ip(**router) / advert, query, redirect):
            self.assertIsNone(self.answer(frame, timeout=0.3))
        self.get_works()


class Buffers(harness.Case):
    """Ordinary sockets that leave requests unfinished, or do not read what is echoed."""
    buffers = 64
    settings = ('listen keep.buffers=64', 'listen keep.head-timeout=4s',
                'listen keep.body-timeout=4s', 'listen echo.buffers=64',
                'listen echo.send-timeout=4s')

    def held(self):
        return self.server.get('memory')['service_objects']

    def opened(self, port, octets):
        sock = socket.socket(socket.AF_INET6 if FAMILY == 6 else socket.AF_INET)
        self.addCleanup(sock.close)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        sock.settimeout(30 * PATIENCE)
        sock.connect((ADDRESS, port))
        sock.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while octets:
                octets = octets[sock.send(octets):]
        sock.settimeout(30 * PATIENCE)
        return sock

    def test_one_that_is_late_is_told_so(self):
        for request in (b'GET / HT', b'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na'):
            sock = self.opened(8080, request)
            self.assertTrue(sock.recv(4096).startswith(b'HTTP/1.1 408 Request Timeout\r\n'))
            self.assertEqual(sock.recv(4096), b'')

    def test_they_stop_nobody(self):
        for port, octets in ((8080, b'G'), (7, bytes(1 << 18))):
            for _ in range(2 * self.buffers * WORKERS):
                self.opened(port, octets)
        with tempfile.NamedTemporaryFile() as body:
            body.write(os.urandom(20000))
            body.flush()
            for _ in range(3):
                page = self.curl('-o', '/dev/null', '-w', '%{http_code}', '--data-binary',
                                 f'@{body.name}', f'http://{HOST}:8080/')
                self.assertEqual(page.stdout, '200')
        with socket.create_connection((ADDRESS, 7), timeout=20 * PATIENCE) as sock:
            sock.sendall(b'hello')
            self.assertEqual(sock.recv(5), b'hello')
        until('all buffers are free', lambda: self.held() == 0, 30)
        # One of those who opened twice as many is ended for another, or by its time.
        ended = self.server.counter('buffers_expired') + self.server.counter('buffers_reused')
        self.assertGreater(ended, self.buffers * WORKERS)


class Tags(FrameCase):
    """802.1Q at the server's port itself, past the link that takes the tags off."""

    def tagged(self, vlan, priority=0, **more):
        frame = self.frame(tcp={'sport': 4448}, **more)
        return self.ether() / self.scapy.Dot1Q(vlan=vlan, prio=priority) / frame.payload

    def test_other_vlans_are_dropped(self):
        self.counted('rx_vlan', self.tagged(OTHER_VLAN), self.tagged(4095), interface=LINE)
        if VLAN:
            self.counted('rx_vlan', self.frame(), self.tagged(0), interface=LINE)

    def test_priority_is_kept(self):
        s = self.scapy
        reply = self.answer(self.tagged(VLAN, 5), interface=LINE)
        self.assertEqual(str(reply[s.TCP].flags), 'SA')
        self.assertEqual((reply[s.Dot1Q].vlan, reply[s.Dot1Q].prio), (VLAN, 5))

    def test_two_tags(self):
        s = self.scapy
        inner = self.frame(tcp={'sport': 4449}).payload
        self.counted('rx_vlan', self.ether() / s.Dot1Q(vlan=VLAN) / s.Dot1Q(vlan=VLAN) / inner,
                     interface=LINE)


if __name__ == '__main__':
    harness.main()
