# SPDX-License-Identifier: BSD-3-Clause
"""With and without a port's offloads the same octets are on the wire.

One page is fetched with all offloads that the port has, and once more without. Of
each frame that the server sends, checksums must be right, and what is left without
timestamps, and once sequence numbers count from where they began, must be the same.

    tap: net_tap fills in checksums;  veth: net_af_packet puts tags in and takes them off
    with a VLAN the kernel's client is behind link_emulator, which is its access port
"""
import socket
import struct
import threading

import harness
from harness import Server, run
from veth import OFFLOADS_OFF, Emulator

VLAN = 42
V4 = ('10.77.0.1', '10.77.0.254', 24)
V6 = ('fd00:77::1', 'fd00:77::fe', 64)
# How far a window grows depends on when the peer acknowledges; two runs are compared.
FIXED_WINDOW = 'tcp.window-max=64k'
TAG_VALID = 0x10                        # TP_STATUS_VLAN_VALID
SOL_PACKET, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 263, 8, 23


class Capture:
    """What comes in on an interface, as it lay on the wire, tags included."""

    def __init__(self, interface):
        self.frames = []
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.socket.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self.socket.bind((interface, 0))
        self.socket.settimeout(0.1)
        self.ended = False
        self.thread = threading.Thread(target=self.take)
        self.thread.start()

    def take(self):
        while True:
            try:
                octets, more, _, _ = self.socket.recvmsg(16384, 128)
            except TimeoutError:
                # Not before: what has come in may not have been read yet.
                if self.ended:
                    return
                continue
            for _, kind, told in more:
                status, _, _, _, _, tci, tpid = struct.unpack('=IIIHHHH', told[:20])
                if kind == PACKET_AUXDATA and status & TAG_VALID:
                    octets = octets[:12] + struct.pack('!HH', tpid, tci) + octets[12:]
            self.frames.append(octets)

    def stop(self):
        self.ended = True
        self.thread.join()
        self.socket.close()
        return self.frames


class Offload(harness.unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        from scapy import all as scapy                  # pylint: disable=import-outside-toplevel
        cls.scapy = scapy

    def client(self, interface, addresses):
        """Let the kernel be the client on an interface, and nothing else."""
        _, address, prefix_len = addresses
        harness.sysctls({f'net/ipv6/conf/{interface}/disable_ipv6': '0',
                         f'net/ipv6/conf/{interface}/accept_dad': '0',
                         f'net/ipv6/conf/{interface}/router_solicitations': '0'})
        run('ip', 'address', 'add', f'{address}/{prefix_len}', 'dev', interface)
        run('ethtool', '-K', interface, *OFFLOADS_OFF, check=False)
        run('ip', 'link', 'set', interface, 'up')

    def pair(self, here, there):
        run('ip', 'link', 'add', here, 'type', 'veth', 'peer', 'name', there)
        self.addCleanup(run, 'ip', 'link', 'delete', here, check=False)
        for end in (here, there):
            harness.sysctls({f'net/ipv6/conf/{end}/disable_ipv6': '1'})
            run('ethtool', '-K', end, *OFFLOADS_OFF, '-K', end, check=False)
            run('ip', 'link', 'set', end, 'up')

    def attach(self, wire, vlan, addresses):
        """The client on this end of the wire; with a VLAN, behind an access port."""
        if not vlan:
            self.client(wire, addresses)
            return
        self.pair('left', 'right')
        emulator = Emulator(wire, 'left', '--vlan', vlan)
        self.addCleanup(emulator.kill)
        self.client('right', addresses)

    def fetch(self, device, addresses, vlan, settings):
        """A page from a server of these settings: what it said, and the frames it sent."""
        settings = [f'port.address={addresses[0]}/{addresses[2]}', 'listen web.body=5000',
                    f'port.vlan={vlan}', *settings]
        wire = 'dtap0'
        if device == 'veth':
            self.pair('near0', 'far0')
            settings += ['eal.args=--no-pci --no-huge -m 256 --file-prefix lanet --lcores '
                         + harness.lcores(), 'eal.args=--vdev net_af_packet0,iface=near0',
                         'port.device=net_af_packet0']
            wire = 'far0'
        server = Server(*settings, link=lambda: self.attach(wire, vlan, addresses))
        try:
            harness.until('the link is up', lambda: server.get('info')['link_up'])
            capture = Capture(wire)
            try:
                page = run('curl', '-sS', '--max-time', 20, '--retry', 5, '--retry-connrefused',
                           '--local-port', '5000', '-o', '/dev/null', '-w', '%{size_download}',
                           f'http://{"[%s]" % addresses[0] if addresses is V6 else addresses[0]}/')
                harness.until('it is closed', lambda: server.counter('closed') == 1)
            finally:
                frames = capture.stop()
            self.assertEqual(page.stdout, '5000')
            return server.output(), frames
        finally:
            code, said = server.stop()
            self.doCleanups()
            self.assertEqual(code, 0, said)

    def normal(self, frame):
        """A segment with right checksums, without what differs from run to run."""
        s = self.scapy
        packet = s.Ether(frame)
        if s.TCP not in packet:
            return None
        rebuilt = packet.copy()
        if s.IP in rebuilt:
            del rebuilt[s.IP].chksum
        del rebuilt[s.TCP].chksum
        self.assertEqual(bytes(rebuilt), bytes(packet), 'a checksum is wrong')
        tcp = packet[s.TCP]
        if tcp.flags == 'SA':
            self.isn, self.peer = tcp.seq, tcp.ack
        tcp.seq = (tcp.seq - self.isn) & 0xffffffff
        tcp.ack = (tcp.ack - self.peer) & 0xffffffff
        tcp.options = [(name, (0, 0) if name == 'Timestamp' else value)
                       for name, value in tcp.options]
        tcp.chksum = 0
        packet[s.Ether].src = packet[s.Ether].dst = '02:00:00:00:00:00'
        if s.IP in packet:
            packet[s.IP].chksum = 0
        return bytes(packet)

    def sent(self, frames):
        """The segments that the server sent, each once, in the order of the stream."""
        return sorted({octets for octets in map(self.normal, frames) if octets})

    def same(self, device, addresses, vlan, key, words):
        with_it, frames = self.fetch(device, addresses, vlan, [f'port.{key}=auto', FIXED_WINDOW])
        self.assertIn(words, with_it)
        without, others = self.fetch(device, addresses, vlan, [f'port.{key}=off', FIXED_WINDOW])
        self.assertNotIn(words, without)
        sent = self.sent(frames)
        self.assertGreaterEqual(len(sent), 6)
        self.assertEqual(sent, self.sent(others))
        tag = struct.pack('!HH', 0x8100, vlan)
        for octets in sent:
            self.assertEqual(octets[12:16] == tag, vlan != 0)

    def test_checksums_over_ipv4(self):
        self.same('tap', V4, 0, 'checksum-offload', 'checksums by the device')

    def test_checksums_over_ipv6(self):
        self.same('tap', V6, 0, 'checksum-offload', 'checksums by the device')

    def test_checksums_behind_a_tag(self):
        self.same('tap', V4, VLAN, 'checksum-offload', 'checksums by the device')

    def test_checksums_behind_a_tag_over_ipv6(self):
        self.same('tap', V6, VLAN, 'checksum-offload', 'checksums by the device')

    def test_tags_over_ipv4(self):
        self.same('veth', V4, VLAN, 'vlan-offload', 'tags put in by the device, taken off by')

    def test_tags_over_ipv6(self):
        self.same('veth', V6, VLAN, 'vlan-offload', 'tags put in by the device, taken off by')


harness.main()
