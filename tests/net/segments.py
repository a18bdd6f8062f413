# SPDX-License-Identifier: BSD-3-Clause
"""TCP segments as octets, made and read fast: some ten thousand a second."""
import socket
import struct

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = (1 << i for i in range(8))
MODULUS = 1 << 32
ETHERNET_LEN, IPV4_LEN, IPV6_LEN, TCP_LEN = 14, 20, 40, 20
END, NOP, MSS, WSCALE, SACK_PERMITTED, SACK, TIMESTAMPS = 0, 1, 2, 3, 4, 5, 8
# What text there is at a place of a stream. The period is no power of two.
PERIOD = 251
PATTERN = bytes(range(PERIOD)) * (9000 // PERIOD + 2)


def text(place, length):
    """What a stream has at a place, whoever sends it and however often."""
    return PATTERN[place % PERIOD:place % PERIOD + length]


def checksum(data):
    """RFC 1071: the sum of 16-bit words with end-around carry is the remainder by 65,535."""
    if len(data) & 1:
        data += b'\0'
    return 0xffff - (int.from_bytes(data, 'big') % 0xffff or 0xffff)


def distance(number, base):
    """How far a sequence number is from another, negative if before it."""
    far = (number - base) % MODULUS
    return far - MODULUS if far >= MODULUS // 2 else far


class Ends:
    """The addresses of one tuple, as headers have them."""

    def __init__(self, family, source, target):
        kind = socket.AF_INET if family == 4 else socket.AF_INET6
        self.family = family
        self.source = socket.inet_pton(kind, source)
        self.addresses = self.source + socket.inet_pton(kind, target)


def tcp(ends, ports, seq, ack, flags, wnd, options=b'', data=b'', urg=0, mangle=None):
    """A segment with its checksum, but for what mangle asks for."""
    offset = (TCP_LEN + len(options)) // 4
    if mangle == 'offset-short':
        offset = 4
    elif mangle == 'offset-long':
        offset = 15
        data = data[:8]
    head = struct.pack('!HHIIBBHHH', *ports, seq, ack, offset << 4, flags, wnd, 0, urg)
    segment = head + options + data
    total = checksum(ends.addresses + struct.pack('!HH', socket.IPPROTO_TCP, len(segment))
                     + segment)
    if mangle == 'tcp-checksum':
        total ^= 0x0101
    return segment[:16] + struct.pack('!H', total) + segment[18:]


def packet(ends, segment, mangle=None):
    """The segment in a packet of its family."""
    if ends.family == 6:
        return struct.pack('!IHBB', 6 << 28, len(segment), socket.IPPROTO_TCP, 64) \
            + ends.addresses + segment
    head = struct.pack('!BBHHHBBH', 0x45, 0, IPV4_LEN + len(segment), 1, 0x4000, 64,
                       socket.IPPROTO_TCP, 0) + ends.addresses
    total = checksum(head) ^ (0x0101 if mangle == 'ip-checksum' else 0)
    return head[:10] + struct.pack('!H', total) + head[12:] + segment


class Arrived:
    """A segment that came from a server."""
    __slots__ = ('seq', 'ack', 'flags', 'wnd', 'options', 'text')

    def __init__(self, frame, at, end):
        _, _, self.seq, self.ack, offset, self.flags, self.wnd, _, _ = struct.unpack_from(
            '!HHIIBBHHH', frame, at)
        start = at + (offset >> 4) * 4
        self.options = read_options(frame[at + TCP_LEN:start])
        self.text = frame[start:end]

    @property
    def end(self):
        """The number behind it."""
        return (self.seq + len(self.text) + bool(self.flags & FIN) + bool(self.flags & SYN)) \
            % MODULUS


def read_options(octets):
    """Options by their kind."""
    found, at = {}, 0
    while at < len(octets) and octets[at] != END:
        if octets[at] == NOP:
            at += 1
            continue
        length = octets[at + 1]
        found[octets[at]] = octets[at + 2:at + length]
        at += max(length, 2)
    return found


def read(frame):
    """Of a frame from a server: (address and port of the client, segment); None if it is no
    TCP."""
    if frame[12:14] == b'\x08\x00':
        if frame[23] != socket.IPPROTO_TCP:
            return None
        at = ETHERNET_LEN + IPV4_LEN
        return frame[30:34] + frame[36:38], \
            Arrived(frame, at, ETHERNET_LEN + int.from_bytes(frame[16:18], 'big'))
    if frame[12:14] == b'\x86\xdd':
        if frame[20] != socket.IPPROTO_TCP:
            return None
        at = ETHERNET_LEN + IPV6_LEN
        return frame[38:54] + frame[56:58], \
            Arrived(frame, at, at + int.from_bytes(frame[18:20], 'big'))
    return None
