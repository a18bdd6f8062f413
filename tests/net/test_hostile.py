# SPDX-License-Identifier: BSD-3-Clause
"""Scanners, floods and malformed frames; after each, the next good client is served."""
import os
import subprocess
import time

os.environ.setdefault('XDG_CACHE_HOME', '/run/tmp')     # Scapy writes a cache.

import harness                                          # noqa: E402
from harness import ADDRESS, CLIENT, FULL, run          # noqa: E402

OTHER_MAC = '02:00:00:00:be:ef'
RSS_SLACK_KB = 1024


class Tools(harness.Case):
    def test_nmap_sees_one_open_and_two_closed_ports(self):
        said = run('nmap', '-sS', '-n', '-Pn', '-p', '79-81', ADDRESS).stdout
        self.assertRegex(said, r'79/tcp\s+closed')
        self.assertRegex(said, r'80/tcp\s+open')
        self.assertRegex(said, r'81/tcp\s+closed')

    def test_nmap_stealth_scans_find_no_open_port(self):
        for scan in ('-sF', '-sN', '-sX'):
            said = run('nmap', scan, '-n', '-Pn', '-p', '80', ADDRESS).stdout
            self.assertRegex(said, r'80/tcp\s+open\|filtered')
        self.get_works()

    def test_syn_flood_beside_ab(self):
        self.get_works()
        run('ab', '-q', '-n', 2000, '-c', 20, f'http://{ADDRESS}/')
        before = self.server.rss_kb()
        seconds = 10 if FULL else 4
        flood = subprocess.Popen(
            ['timeout', '-s', 'INT', str(seconds), 'hping3', '-S', '--flood', '-q', '-p', '80',
             ADDRESS], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        try:
            end = time.monotonic() + seconds
            while time.monotonic() < end - 1:
                said = run('ab', '-q', '-n', 2000, '-c', 20, f'http://{ADDRESS}/').stdout
                self.assertRegex(said, r'Complete requests:\s+2000\n')
                self.assertRegex(said, r'Failed requests:\s+0\n')
        finally:
            flood.terminate()
            flood.wait(10)
        self.assertGreater(self.server.get('cookies')['sent'], 10000)
        self.assertLessEqual(self.server.rss_kb() - before, RSS_SLACK_KB)
        self.get_works()

    def test_ping_with_payload(self):
        for size in (0, 56, 1000, 1472):
            said = run('ping', '-n', '-c', 3, '-i', 0.05, '-W', 2, '-s', size, '-p', 'a55a',
                       ADDRESS).stdout
            self.assertIn(' 0% packet loss', said)
            self.assertNotIn('wrong data', said)


class Frames(harness.Case):
    """Frames made by hand on the kernel's end of the tap."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Here, since importing scapy takes seconds and looks at the interfaces.
        from scapy import all as scapy                  # pylint: disable=import-outside-toplevel
        scapy.conf.verb = 0
        cls.scapy = scapy
        cls.get_works(cls())
        with open('/proc/net/arp', encoding='ascii') as table:
            cls.mac = next(line.split()[3] for line in table if line.startswith(f'{ADDRESS} '))

    def frame(self, *, ip=None, tcp=None, data=b''):
        s = self.scapy
        fields = {'sport': 4444, 'dport': 80, 'flags': 'S', 'seq': 1000} | (tcp or {})
        return (s.Ether(dst=self.mac) / s.IP(**({'src': CLIENT, 'dst': ADDRESS} | (ip or {})))
                / s.TCP(**fields) / data)

    def answer(self, frame, timeout=1):
        return self.scapy.srp1(frame, iface='dtap0', timeout=timeout * harness.PATIENCE)

    def counted(self, reason, *frames):
        """Frames go in, the reason's counter goes up by as many, the next client works."""
        before = self.server.counter(reason)
        self.scapy.sendp(list(frames), iface='dtap0')
        harness.until(f'{reason} counts {len(frames)}',
                      lambda: self.server.counter(reason) == before + len(frames))
        self.get_works()

    def test_arp_is_answered(self):
        s = self.scapy
        reply = self.answer(s.Ether(dst='ff:ff:ff:ff:ff:ff') / s.ARP(
            op='who-has', psrc=CLIENT, pdst=ADDRESS))
        self.assertIsNotNone(reply)
        self.assertEqual((reply[s.ARP].op, reply[s.ARP].hwsrc), (2, self.mac))

    def test_arp_for_another_address_is_not(self):
        s = self.scapy
        self.assertIsNone(self.answer(s.Ether(dst='ff:ff:ff:ff:ff:ff') / s.ARP(
            op='who-has', psrc=CLIENT, pdst='10.77.0.99'), timeout=0.3))

    def test_arp_of_odd_sizes(self):
        s = self.scapy
        arp = bytes(s.ARP(op='who-has', psrc=CLIENT, pdst=ADDRESS))
        head = s.Ether(dst='ff:ff:ff:ff:ff:ff', type=0x0806)
        odd = arp[:4] + b'\x08\x10' + arp[6:]
        self.counted('rx_arp', head / odd, head / (b'\x00\x06' + arp[2:]))

    def test_bad_tcp_checksum(self):
        self.counted('rx_tcp_checksum', self.frame(tcp={'chksum': 1}))

    def test_bad_ip_checksum(self):
        self.counted('rx_ip_checksum', self.frame(ip={'chksum': 1}))

    def test_fragments(self):
        whole = self.frame(data=b'x' * 1000, tcp={'flags': 'A'})
        self.counted('rx_ip_fragment', *self.scapy.fragment(whole, fragsize=400))

    def test_ip_options(self):
        self.counted('rx_ip_options', self.frame(ip={'options': [self.scapy.IPOption_RR()]}))

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
        pseudo = s.in4_chksum(6, s.IP(src=CLIENT, dst=ADDRESS), tcp + octets)
        fixed = tcp[:16] + pseudo.to_bytes(2, 'big') + tcp[18:]
        return s.Ether(dst=self.mac) / s.IP(src=CLIENT, dst=ADDRESS, proto=6) / (fixed + octets)

    def test_flag_nonsense_to_a_listener(self):
        self.counted('drop_listen_flags', *(self.frame(tcp={'flags': flags})
                                            for flags in ('SF', 'SR', '', 'F', 'FPU')))

    def test_land(self):
        self.counted('rx_ip_land', self.frame(ip={'src': ADDRESS}, tcp={'sport': 80}))

    def test_sources_no_host_may_use(self):
        self.counted('rx_ip_source', *(self.frame(ip={'src': source})
                                       for source in ('255.255.255.255', '224.0.0.1')))

    def test_truncated_at_every_octet(self):
        whole = bytes(self.frame(tcp={'options': [('MSS', 1460), ('WScale', 7)]}))
        before = self.server.counter('rx_frames')
        frames = [self.scapy.Raw(whole[:length]) for length in range(14, len(whole))]
        self.scapy.sendp(frames, iface='dtap0')
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


if __name__ == '__main__':
    harness.main()
