# SPDX-License-Identifier: BSD-3-Clause
"""Frames made by hand with scapy, on the interface of the kernel's client."""
import json
import os

os.environ.setdefault('XDG_CACHE_HOME', '/run/tmp')     # Scapy writes a cache.

# pylint: disable=wrong-import-position
import harness
from harness import ADDRESS, CLIENT, FAMILY, INTERFACE, WORKERS, run
# pylint: enable=wrong-import-position

OTHER_MAC = '02:00:00:00:be:ef'         # Of nobody.


def neighbour(address, interface=INTERFACE):
    """What the kernel knows of a neighbour: dst, lladdr, state; {} if it knows nothing."""
    said = run('ip', '-j', 'neigh', 'show', address, 'dev', interface).stdout
    return (json.loads(said) or [{}])[0]


class FrameCase(harness.Case):
    """A server, scapy, and ways to send and to count. No cases."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Here, since importing scapy takes seconds and looks at the interfaces.
        from scapy import all as scapy                  # pylint: disable=import-outside-toplevel
        scapy.conf.verb = 0
        cls.scapy = scapy
        cls.get_works(cls())
        cls.mac = neighbour(ADDRESS)['lladdr']
        cls.own_mac = scapy.get_if_hwaddr(INTERFACE)

    def ip(self, **fields):
        """An IP header of the variant's family from the client to the server."""
        kind = self.scapy.IP if FAMILY == 4 else self.scapy.IPv6
        return kind(**({'src': CLIENT, 'dst': ADDRESS} | fields))

    def ether(self, dst=None, **fields):
        return self.scapy.Ether(dst=dst or self.mac, src=self.own_mac, **fields)

    def segment(self, **fields):
        return self.scapy.TCP(**({'sport': 4444, 'dport': 80, 'flags': 'S', 'seq': 1000} | fields))

    def frame(self, *, ip=None, tcp=None, data=b''):
        return self.ether() / self.ip(**(ip or {})) / self.segment(**(tcp or {})) / data

    def send(self, *frames, interface=INTERFACE):
        self.scapy.sendp(list(frames), iface=interface)

    def answer(self, frame, timeout=10, interface=INTERFACE):
        """The first answer, or None if there is none in that time."""
        return self.scapy.srp1(frame, iface=interface, timeout=timeout * harness.PATIENCE)

    def counted(self, reason, *frames, interface=INTERFACE, others=False):
        """Frames go in, the reason's counter goes up by as many, the next client works. With
        others, it may go up by more: what the kernel's clients send counts, too."""
        before = self.server.counter(reason)
        self.send(*frames, interface=interface)
        harness.until(f'{reason} counts {len(frames)}',
                      lambda: self.server.counter(reason) - before >= len(frames))
        if not others:
            self.assertEqual(self.server.counter(reason) - before, len(frames))
        self.get_works()

    def forged(self, counter, frame):
        """Somebody claims the client's address: the client is asked, and answers still."""
        before = self.server.counter(counter)
        self.send(frame)
        # Of several workers, the one that hears this may not know the client.
        if WORKERS == 1:
            harness.until('it is ignored', lambda: self.server.counter(counter) > before)
        for _ in range(4 * WORKERS):
            self.get_works()
