# SPDX-License-Identifier: BSD-3-Clause
"""A balancer in direct-routing mode hands clients' frames on from its own Ethernet address:
answers go straight to the clients, not to it."""
import harness
from frames import OTHER_MAC, FrameCase
from harness import ADDRESS, CLIENT, INTERFACE, NOBODY

CLIENT_MAC = '02:00:00:00:c1:1e'        # NOBODY's, once it is found.


class Direct(FrameCase):
    def sniffed(self, what, *frames, timeout=5):
        """Frames from the server that come after these go in, up to one that is wanted."""
        sniffer = self.scapy.AsyncSniffer(
            iface=INTERFACE, timeout=timeout * harness.PATIENCE,
            lfilter=lambda f: f.src == self.mac, stop_filter=what)
        sniffer.start()
        harness.until('it listens', lambda: getattr(sniffer, 'stop_cb', None))
        self.send(*frames)
        sniffer.join()
        wanted = [frame for frame in sniffer.results if what(frame)]
        self.assertTrue(wanted, f'of {len(sniffer.results)} frames')
        return wanted[0]

    def syn(self, source, port):
        return (self.scapy.Ether(dst=self.mac, src=OTHER_MAC) / self.ip(src=source) /
                self.segment(sport=port))

    def syn_ack(self, source, port):
        tcp = self.scapy.TCP
        return self.sniffed(lambda f: tcp in f and f[tcp].dport == port and f[tcp].flags == 'SA',
                            self.syn(source, port))

    def test_a_known_client_is_answered_where_it_is(self):
        self.assertEqual(self.syn_ack(CLIENT, 4445).dst, self.own_mac)
        self.get_works()

    def test_an_unknown_client_is_asked_for_and_found(self):
        arp = self.scapy.ARP
        asked = self.sniffed(lambda f: arp in f and f[arp].pdst == NOBODY and f[arp].op == 1,
                             self.syn(NOBODY, 4446))
        self.send(self.scapy.Ether(dst=self.mac, src=CLIENT_MAC) / arp(
            op=2, hwsrc=CLIENT_MAC, psrc=NOBODY, hwdst=self.mac, pdst=asked[arp].psrc))
        harness.until('it is answered', lambda: self.syn_ack(NOBODY, 4447).dst == CLIENT_MAC)
        self.assertEqual(asked[arp].psrc, ADDRESS)
        self.get_works()


if __name__ == '__main__':
    harness.main()
