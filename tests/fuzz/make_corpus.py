#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Write the seeds of corpus/parse: one frame of each sort, checksums right.

Usage: make_corpus.py [FOLDER]     (default: corpus beside this file)
"""
import ipaddress
import pathlib
import struct
import sys

PEER, HOST = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
MSS, SACK_OK, WSCALE = b"\x02\x04\x05\xb4", b"\x04\x02", b"\x03\x03\x07"
TIMES = b"\x08\x0a" + struct.pack("!II", 1000, 2000)
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def checksum(octets):
    octets += bytes(len(octets) % 2)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def addresses(version):
    text = ("10.77.0.2", "10.77.0.1") if version == 4 else ("2001:db8::2", "2001:db8::1")
    return b"".join(ipaddress.ip_address(a).packed for a in text)


def ip(version, protocol, payload, extensions=b"", first=None):
    ends = addresses(version)
    if version == 4:
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0)
        value = struct.pack("!H", checksum(head + ends))
        return HOST + PEER + b"\x08\x00" + head[:10] + value + ends + payload
    first = protocol if first is None else first
    head = struct.pack("!IHBB", 6 << 28, len(extensions + payload), first, 255)
    return HOST + PEER + b"\x86\xdd" + head + ends + extensions + payload


def summed(version, protocol, packet, at):
    """The packet with its checksum, at offset `at`, filled in."""
    pseudo = b""
    if protocol != 1:
        pseudo = addresses(version) + struct.pack("!II", len(packet), protocol)
    return packet[:at] + struct.pack("!H", checksum(pseudo + packet)) + packet[at + 2:]


def tcp(version, flags, options=b"", text=b"", **more):
    options += b"\x01" * (-len(options) % 4)
    head = struct.pack("!HHIIBBHHH", 40000, 80, 1, 2, (5 + len(options) // 4) << 4, flags,
                       64240, 0, 0)
    return ip(version, 6, summed(version, 6, head + options + text, 16), **more)


def icmp(version, kind, body):
    protocol = 1 if version == 4 else 58
    return ip(version, protocol, summed(version, protocol, bytes([kind, 0, 0, 0]) + body, 2))


def tagged(frame, tci):
    """The frame with an 802.1Q tag."""
    return frame[:12] + struct.pack("!HH", 0x8100, tci) + frame[12:]


def parse_seeds():
    blocks = b"".join(struct.pack("!II", 10 * n, 10 * n + 5) for n in range(1, 4))
    solicit = bytes(4) + ipaddress.ip_address("2001:db8::1").packed + b"\x01\x01" + PEER
    advertise = b"\xe0" + solicit[1:20] + b"\x02\x01" + PEER
    query = b"\x27\x10" + bytes(18) + b"\x02\x7d" + bytes(2)
    arp = struct.pack("!HHBBH", 1, 0x800, 6, 4, 1) + PEER + bytes([10, 77, 0, 2]) + bytes(6)
    chain = b"\x3c\x00\x01\x04" + bytes(4) + b"\x06\x00\x1e\x04" + bytes(4)
    return {
        "arp_request": b"\xff" * 6 + PEER + b"\x08\x06" + arp + bytes([10, 77, 0, 1]),
        "icmp_echo": icmp(4, 8, b"\x00\x01\x00\x02ping"),
        "icmp6_echo": icmp(6, 128, b"\x00\x01\x00\x02ping"),
        "icmp6_advertisement": icmp(6, 136, advertise),
        "icmp6_listener_query": icmp(6, 130, bytes(4) + query),
        "icmp6_packet_too_big": icmp(6, 2, struct.pack("!I", 1280) + tcp(6, ACK)[14:]),
        "icmp6_solicitation": icmp(6, 135, solicit),
        "tag_arp": tagged(b"\xff" * 6 + PEER + b"\x08\x06" + arp + bytes([10, 77, 0, 1]), 7),
        "tag_icmp6_solicitation": tagged(icmp(6, 135, solicit), 0xa007),
        "tag_priority_tcp_syn": tagged(tcp(4, SYN, MSS), 0xe000),
        "tag_tcp6_data": tagged(tcp(6, ACK | PSH, text=b"hello"), 0x0fff),
        "tcp_syn": tcp(4, SYN, MSS + SACK_OK + TIMES + b"\x01" + WSCALE),
        "tcp_syn_mss": tcp(4, SYN, MSS),
        "tcp_ack": tcp(4, ACK),
        "tcp_ack_padded": tcp(4, ACK) + bytes(6),
        "tcp_ack_sack": tcp(4, ACK, b"\x01\x01" + TIMES + b"\x01\x01\x05\x1a" + blocks),
        "tcp_data_times": tcp(4, ACK | PSH, b"\x01\x01" + TIMES, b"GET / HTTP/1.1\r\n\r\n"),
        "tcp_fin": tcp(4, ACK | FIN),
        "tcp_rst": tcp(4, RST),
        "tcp_option_unknown": tcp(4, SYN, b"\xfe\x06abcd" + MSS + b"\x00\x00"),
        "tcp6_syn": tcp(6, SYN, MSS + SACK_OK + TIMES + b"\x01" + WSCALE),
        "tcp6_syn_mss": tcp(6, SYN, MSS),
        "tcp6_ack_sack": tcp(6, ACK, b"\x01\x01" + TIMES + b"\x01\x01\x05\x1a" + blocks),
        "tcp6_data_times": tcp(6, ACK | PSH, b"\x01\x01" + TIMES, b"GET / HTTP/1.1\r\n\r\n"),
        "tcp6_fin": tcp(6, ACK | FIN),
        "tcp6_rst": tcp(6, RST),
        "tcp6_extensions": tcp(6, ACK, text=b"hello", extensions=chain, first=0),
    }


def main():
    default = pathlib.Path(__file__).resolve().parent / "corpus"
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    (folder / "parse").mkdir(parents=True, exist_ok=True)
    for name, frame in parse_seeds().items():
        (folder / "parse" / name).write_bytes(frame)


if __name__ == "__main__":
    main()
