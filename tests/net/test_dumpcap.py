# SPDX-License-Identifier: BSD-3-Clause
"""dpdk-dumpcap captures what a running server receives and sends, and the server
does not mind. Where it cannot, the server says nothing of it."""
import os
import re
import signal
import subprocess
import tempfile
import unittest

os.environ.setdefault('XDG_CACHE_HOME', '/run/tmp')     # Scapy writes a cache.

import harness                                          # noqa: E402
from harness import ADDRESS, CLIENT, FULL, Server, run, storm   # noqa: E402
from hugepages import MOUNT, Hugepages                  # noqa: E402

from scapy.layers.inet import IP, TCP, in4_chksum       # noqa: E402
from scapy.utils import PcapReader, checksum            # noqa: E402

MIB = 128                               # Of hugepages: server and dumpcap need some 30.
BATCH = 100                             # Connections whose frames fit into dumpcap's ring twice.
BATCHES = 100 if FULL else 10
NO_HUGE = '--no-huge -m 512'
# The server fills in the checksums, so that those captured are those sent.
SETTINGS = ('port.checksum-offload=off',)


def shared_memory():
    """EAL's words for memory that dumpcap can map too."""
    with open(harness.LASTACK, 'rb') as program:
        sanitized = b'__asan_init' in program.read()
    # Where EAL puts it is the sanitizer's; elsewhere dumpcap may have something.
    return f'--huge-dir {MOUNT}' + (' --base-virtaddr 0x200000000000' if sanitized else '')


def configuration(memory=None):
    """tap.ini with other memory, or with shared memory."""
    path = harness.configuration()
    with open(path, encoding='utf-8') as file:
        text = file.read()
    assert NO_HUGE in text
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text.replace(NO_HUGE, memory or shared_memory()))
    return path


class Dumpcap:
    """A capture into a file, once it is going on."""

    def __init__(self, *arguments):
        self.file = tempfile.NamedTemporaryFile(suffix='.pcap')
        self.log = tempfile.NamedTemporaryFile('w+')
        command = ['dpdk-dumpcap', '--file-prefix', harness.PREFIX, '-i', 'net_tap0', '-p',
                   '-w', self.file.name, *[str(word) for word in arguments]]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=self.log,
                                        start_new_session=True)
        try:
            harness.until('dumpcap counts packets', lambda: self.packets() is not None)
        except AssertionError as failure:
            self.kill()
            raise AssertionError(f'{failure}\n{self.said()}') from None

    def said(self):
        with open(self.log.name, encoding='utf-8') as log:
            return log.read()

    def packets(self):
        """How many it has captured; None: it is not as far yet."""
        if self.process.poll() is not None:
            raise AssertionError(f'dumpcap exited {self.process.returncode}')
        # The last one may be cut off; each number but the last ends in a blank.
        numbers = re.findall(r'(\d+) ', self.said().partition('Packets captured: ')[2])
        return int(numbers[-1]) if numbers else None

    def end(self, number=signal.SIGINT):
        """Signal and wait: the exit status is 0."""
        if number and self.process.poll() is None:
            self.process.send_signal(number)
        try:
            code = self.process.wait(10 * harness.PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f'dumpcap does not end:\n{self.said()[-2000:]}') from None
        assert code == 0, f'dumpcap exited {code}:\n{self.said()[-2000:]}'

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def frames(self):
        with PcapReader(self.file.name) as reader:
            return list(reader)

    def tcp(self, port):
        """Its IPv4 packets with TCP from or to a port of the server."""
        return [frame[IP] for frame in self.frames() if TCP in frame and
                port in (frame[TCP].sport, frame[TCP].dport)]


def is_valid(packet):
    """Whether the checksums of IP and TCP are right, by the octets as captured."""
    octets = bytes(packet.original)[:packet.len]
    head, text = octets[:packet.ihl * 4], octets[packet.ihl * 4:]
    return checksum(head) == 0 and in4_chksum(6, packet, text) == 0


def handshakes(packets, flags):
    """What SYNs, or SYN-ACKs, belong to: the client's port and its ISN, each once."""
    segments = [packet[TCP] for packet in packets if str(packet[TCP].flags) == flags]
    return {(tcp.dport, tcp.ack - 1) if tcp.ack else (tcp.sport, tcp.seq) for tcp in segments}


class Capture(harness.Case):
    settings = SETTINGS

    @classmethod
    def setUpClass(cls):
        cls.pages = Hugepages(MIB)
        cls.server = Server(*cls.settings, config=configuration())

    @classmethod
    def tearDownClass(cls):
        try:
            super().tearDownClass()
        finally:
            cls.pages.give_back()

    def setUp(self):
        self.captures = []

    def tearDown(self):
        for capture in self.captures:
            capture.kill()

    def capture(self, *arguments):
        self.captures.append(Dumpcap(*arguments))
        return self.captures[-1]

    def all_closed(self):
        harness.until('all are closed', lambda: harness.no_connections(self.server))

    def assert_valid(self, packets):
        bad = [packet.summary() for packet in packets if not is_valid(packet)]
        self.assertEqual(bad, [])

    def assert_handshake(self, packets):
        # The first of each: a client that has to wait sends its SYN again.
        syn, syn_ack, ack = (next(packet for packet in packets if str(packet[TCP].flags) == flags
                                  and packet.src == source)
                             for flags, source in (('S', CLIENT), ('SA', ADDRESS), ('A', CLIENT)))
        self.assertEqual((syn.dst, syn_ack.dst, ack.dst), (ADDRESS, CLIENT, ADDRESS))
        self.assertLess(packets.index(syn), packets.index(syn_ack))
        self.assertLess(packets.index(syn_ack), packets.index(ack))
        self.assertEqual(syn_ack[TCP].ack, (syn[TCP].seq + 1) % 2**32)
        self.assertEqual(ack[TCP].seq, syn_ack[TCP].ack)
        self.assertEqual(ack[TCP].ack, (syn_ack[TCP].seq + 1) % 2**32)

    def sent_by(self, packets, address):
        return b''.join(bytes(packet[TCP].payload)[:packet.len - packet.ihl * 4 -
                                                   packet[TCP].dataofs * 4]
                        for packet in packets if packet.src == address)

    def segments(self):
        """TCP segments received, each counted by the one reason it ended with, and sent."""
        counters = self.server.get('counters')
        return (sum(count for name, count in counters.items()
                    if name.startswith(('ok', 'end_', 'rst_', 'drop_'))),
                counters['tx_segments'])

    def all_captured(self, capture, before):
        """Wait for a capture of TCP alone, which may be behind: what it has to have."""
        self.all_closed()
        received, sent = (now - then for now, then in zip(self.segments(), before))
        harness.until('dumpcap has them all', lambda: capture.packets() >= received + sent)
        return received, sent

    def check_one_page(self, *arguments):
        capture = self.capture('-f', 'tcp', *arguments)
        before = self.segments()
        page = self.curl('-i', f'http://{ADDRESS}/').stdout
        self.all_captured(capture, before)
        capture.end()
        packets = capture.tcp(80)
        self.assert_handshake(packets)
        self.assert_valid(packets)
        self.assertTrue(self.sent_by(packets, CLIENT).startswith(b'GET / HTTP/1.1\r\n'))
        self.assertEqual(self.sent_by(packets, ADDRESS).decode().replace('\r', ''), page)
        for address in (CLIENT, ADDRESS):
            self.assertTrue(any(packet.src == address and 'F' in str(packet[TCP].flags)
                                for packet in packets), packets)

    def test_a_page_in_pcapng(self):
        self.check_one_page()

    def test_a_page_in_pcap(self):
        self.check_one_page('-P')

    def test_a_filter_takes_its_port_alone(self):
        capture = self.capture('-f', 'tcp port 7')
        storm('http', 80, 10)
        self.all_closed()
        before = self.segments()
        storm('echo', 7, 1, octets=100)
        self.all_captured(capture, before)
        capture.end()
        packets = capture.tcp(7)
        self.assertEqual(len(packets), len(capture.frames()))
        self.assert_handshake(packets)
        self.assertEqual(len(self.sent_by(packets, ADDRESS)), 100)

    def test_a_storm_is_captured_to_the_segment(self):
        capture = self.capture('-f', 'tcp')
        before = self.segments()
        for _ in range(BATCHES):
            storm('http', 80, BATCH)
            least = self.all_captured(capture, before)
        capture.end()
        most = [now - then for now, then in zip(self.segments(), before)]
        packets = capture.tcp(80)
        self.assert_valid(packets)
        # Clients may send a segment again, also at the very end: to the segment is what the
        # server has counted of them.
        self.assertEqual(len(handshakes(packets, 'S')), BATCHES * BATCH)
        self.assertEqual(len(handshakes(packets, 'SA')), BATCHES * BATCH)
        for source, low, high in zip((CLIENT, ADDRESS), least, most):
            self.assertTrue(low <= sum(packet.src == source for packet in packets) <= high)

    def test_it_ends_after_so_many_packets(self):
        capture = self.capture('-c', 20)
        storm('http', 80, 100)
        capture.end(0)
        self.assertGreaterEqual(len(capture.frames()), 20)
        self.get_works()

    def test_again_and_again(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
            capture = self.capture('-f', 'tcp')
            before = self.segments()
            self.get_works()
            self.all_captured(capture, before)
            capture.end(number)
            self.assertEqual(len(handshakes(capture.tcp(80), 'SA')), 1)
            self.get_works()


class Endings(unittest.TestCase):
    """One of the two ends badly, or first."""

    def setUp(self):
        self.pages = Hugepages(MIB)
        self.addCleanup(self.pages.give_back)

    def server(self):
        server = Server(*SETTINGS, config=configuration())
        self.addCleanup(server.kill)
        return server

    def capture(self):
        capture = Dumpcap()
        self.addCleanup(capture.kill)
        return capture

    def test_the_server_stops_first(self):
        server, capture = self.server(), self.capture()
        storm('http', 80, BATCH)
        code, output = server.stop()
        self.assertEqual(code, 0, output)
        capture.end(0)
        self.assertEqual(len(handshakes(capture.tcp(80), 'SA')), BATCH)

    def test_the_server_dies(self):
        server, capture = self.server(), self.capture()
        storm('http', 80, 200)
        server.kill()
        capture.end(0)

    def test_dumpcap_is_killed_under_load(self):
        server, capture = self.server(), self.capture()
        storm('http', 80, 200)
        capture.kill()
        storm('http', 80, 2000)
        self.assertEqual(server.counter('opened'), 2200)
        code, output = server.stop()
        self.assertEqual(code, 0, output)


class NotPossible(unittest.TestCase):
    """No memory to share: nothing is said of capturing, and all else is as ever."""

    def check(self, memory):
        server = Server(config=configuration(memory))
        self.addCleanup(server.kill)
        with self.assertRaisesRegex(AssertionError, 'dumpcap exited 1'):
            Dumpcap().kill()
        storm('http', 80, 100)
        self.assertEqual(server.counter('opened'), 100)
        code, output = server.stop()
        self.assertEqual(code, 0, output)
        self.assertNotRegex(output, r'(?i)dump|capture')

    def test_without_hugepages(self):
        self.check(NO_HUGE)

    def test_in_memory(self):
        pages = Hugepages(MIB)
        self.addCleanup(pages.give_back)
        self.check('--in-memory')


class Possible(unittest.TestCase):
    def test_the_command_is_said(self):
        pages = Hugepages(MIB)
        self.addCleanup(pages.give_back)
        server = Server(config=configuration())
        self.addCleanup(server.kill)
        code, output = server.stop()
        self.assertEqual(code, 0, output)
        self.assertRegex(output, r'(?m)^capture +dpdk-dumpcap --file-prefix lanet -i net_tap0 ')


if __name__ == '__main__':
    harness.main()
