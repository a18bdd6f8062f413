# SPDX-License-Identifier: BSD-3-Clause
"""lastack replay with captures of Linux clients and servers (captures/), and with bad ones.

usage: test_replay.py LASTACK
"""
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest

LASTACK = sys.argv.pop()
CAPTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'captures')
ETHERNET, RAW = 1, 101


def read(path):
    """Link type and frames of a pcap file: [(microseconds, octets), ...]."""
    with open(path, 'rb') as file:
        octets = file.read()
    link = struct.unpack_from('<I', octets, 20)[0]
    frames, at = [], 24
    while at < len(octets):
        seconds, us, got, _ = struct.unpack_from('<IIII', octets, at)
        frames.append((seconds * 1000000 + us, octets[at + 16:at + 16 + got]))
        at += 16 + got
    return link, frames


def write(path, frames, link=ETHERNET, snaplen=65535):
    with open(path, 'wb') as file:
        file.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, snaplen, link))
        for us, frame in frames:
            kept = frame[:snaplen]
            file.write(struct.pack('<IIII', us // 1000000, us % 1000000, len(kept), len(frame)))
            file.write(kept)


def segment(frame):
    """(source port, destination port, SEQ, flags, text) of a TCP frame over IPv4."""
    tcp = 14 + 4 * (frame[14] & 15)
    end = 14 + struct.unpack_from('>H', frame, 16)[0]
    source, dest, seq = struct.unpack_from('>HHI', frame, tcp)
    return source, dest, seq, frame[tcp + 13], frame[tcp + 4 * (frame[tcp + 12] >> 4):end]


def streams(frames):
    """What each (source port, destination port) sent, in order, without repeats."""
    begun, text = {}, {}
    for _, frame in frames:
        if frame[12:14] != b'\x08\x00' or frame[23] != 6:
            continue
        source, dest, seq, flags, octets = segment(frame)
        if flags & 2:
            begun[source, dest] = seq + 1
        if octets:
            stream = text.setdefault((source, dest), bytearray())
            at = (seq - begun[source, dest]) % 2**32
            stream[at:at + len(octets)] = octets
    return {key: bytes(stream) for key, stream in text.items()}


class Replay(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='lastack-replay-')
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.echo = os.path.join(CAPTURES, 'kernel_echo.pcap')

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_it(self, *words, code=0):
        done = subprocess.run([LASTACK, 'replay', *words], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              check=False, timeout=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout if code == 0 else done.stderr

    def counts(self, said):
        return {name: int(count) for name, count in re.findall(r'^  (\w+) +(\d+)', said, re.M)}

    def test_a_clients_echo_comes_back_to_the_octet(self):
        out = self.path('out.pcap')
        counts = self.counts(self.run_it('--trust-checksums', self.echo, out))
        self.assertEqual((counts['opened'], counts['closed']), (3, 3))
        self.assertFalse([name for name in counts if name.startswith('drop')])
        sent = streams(read(out)[1])
        clients = [key for key in sent if key[1] == 7]
        self.assertEqual(len(clients), 3)
        for source, dest in clients:
            self.assertEqual(len(sent[source, dest]), 150 * 15)
            self.assertEqual(sent[dest, source], sent[source, dest])

    def test_ipv6(self):
        said = self.run_it('--trust-checksums', os.path.join(CAPTURES, 'kernel_http_ipv6.pcap'),
                           self.path('out.pcap'))
        self.assertEqual(self.counts(said)['opened'], 3)

    def test_twice_is_the_same_to_the_octet(self):
        octets = []
        for name in ('one.pcap', 'two.pcap'):
            self.run_it('--trust-checksums', self.echo, self.path(name))
            with open(self.path(name), 'rb') as file:
                octets.append(file.read())
        self.assertEqual(*octets)

    def test_times_are_the_captures(self):
        out = self.path('out.pcap')
        self.run_it('--trust-checksums', self.echo, out)
        given = {us for us, _ in read(self.echo)[1]}
        written = [us for us, _ in read(out)[1]]
        self.assertEqual(min(given), min(written))
        self.assertEqual(written, sorted(written))

    def test_without_the_servers_side(self):
        """The client's first ACK tells what the server had sent."""
        frames = [(us, frame) for us, frame in read(self.echo)[1] if segment(frame)[1] == 7]
        write(self.path('in.pcap'), frames)
        counts = self.counts(self.run_it('--trust-checksums', self.path('in.pcap'),
                                         self.path('out.pcap')))
        self.assertEqual((counts['opened'], counts['closed']), (3, 3))

    def test_frames_without_an_ethernet_header(self):
        frames = [(us, frame[14:]) for us, frame in read(self.echo)[1]]
        write(self.path('in.pcap'), frames, RAW)
        counts = self.counts(self.run_it('--trust-checksums', self.path('in.pcap'),
                                         self.path('out.pcap')))
        self.assertEqual(counts['closed'], 3)

    def test_wrong_checksums_are_dropped_and_the_cure_is_said(self):
        said = self.run_it(self.echo, self.path('out.pcap'))
        self.assertIn('--trust-checksums', said)
        self.assertNotIn('opened', self.counts(said))

    def test_cut_frames_are_left_out_and_said(self):
        write(self.path('in.pcap'), read(self.echo)[1], snaplen=100)
        said = self.run_it('--trust-checksums', self.path('in.pcap'), self.path('out.pcap'))
        self.assertRegex(said, r'cut +\d+ frames are not whole')
        self.assertEqual(self.counts(said)['opened'], 3)

    def test_a_clock_that_goes_back(self):
        frames = [(us - 5000000 * (i % 2), frame) for i, (us, frame)
                  in enumerate(read(self.echo)[1])]
        write(self.path('in.pcap'), frames)
        said = self.run_it('--trust-checksums', self.path('in.pcap'), self.path('out.pcap'))
        self.assertEqual(self.counts(said)['closed'], 3)

    def test_a_configuration_says_who_is_served(self):
        with open(self.path('own.ini'), 'w', encoding='utf-8') as file:
            file.write('[port]\ndevice = net_null0\naddress = 10.9.0.1/24\n'
                       '[listen any]\nport = 7\nservice = discard\n')
        counts = self.counts(self.run_it('-c', self.path('own.ini'), '--trust-checksums',
                                         self.echo, self.path('out.pcap')))
        self.assertEqual(counts['opened'], 3)
        self.assertEqual(counts['rx_text_octets'], 3 * 150 * 15)
        self.assertNotIn('tx_text_octets', counts)
        error = self.run_it('-c', self.path('own.ini'), '-s', 'port.address=10.8.0.1/24',
                            self.echo, self.path('out.pcap'), code=1)
        self.assertIn('no frame to an address of the configuration', error)

    def test_what_is_no_capture_is_said(self):
        with open(self.path('bad'), 'wb') as file:
            file.write(b'GIF89a' * 100)
        write(self.path('empty'), [])
        half = read(self.echo)[1]
        write(self.path('half'), half)
        os.truncate(self.path('half'), os.path.getsize(self.path('half')) - 10)
        write(self.path('usb'), half, link=189)
        for name, want in (('bad', 'unknown file format'), ('empty', 'no SYN'),
                           ('half', 'truncated'), ('usb', 'link type 189'),
                           ('missing', 'No such file')):
            self.assertIn(want, self.run_it(self.path(name), self.path('out'), code=1))
        self.run_it('--trust-checksums', self.echo, self.path('no/such/folder'), code=1)
        self.assertIn('the same file', self.run_it(self.echo, self.echo, code=2))
        self.assertIn('which capture', self.run_it(self.echo, code=2))

    def test_any_octets_at_all(self):
        """Frames of the capture, cut and changed: no crash, and the summary adds up."""
        frames = []
        for i, (us, frame) in enumerate(read(self.echo)[1] * 20):
            changed = bytearray(frame[:len(frame) - i % 60 if i % 3 == 0 else len(frame)])
            changed[i * 7 % len(changed)] ^= 1 << i % 8
            frames.append((us, bytes(changed)))
        write(self.path('in.pcap'), frames + read(self.echo)[1])
        said = self.run_it('--trust-checksums', self.path('in.pcap'), self.path('out.pcap'))
        given, = re.findall(r'(\d+) given to the stack', said)
        self.assertEqual(self.counts(said)['rx_frames'], int(given))


if __name__ == '__main__':
    unittest.main()
