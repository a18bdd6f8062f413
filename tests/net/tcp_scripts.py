# SPDX-License-Identifier: BSD-3-Clause
"""Scripts of segments that a client, a careless one or an attacker may send, drawn
from a seed. A script says where a number lies from what the server has said, not the number:

    seq: 'una', what the server has acknowledged; 'edge', the end of its window;
         'sent', behind all that was sent
    ack: 'nxt', all that the server has sent; 'none', no ACK bit
"""
import random

from segments import ACK, CWR, ECE, FIN, PSH, RST, SYN, URG

DISCARD, ECHO, CLOSE, CLOSED = 9, 7, 8088, 81
PORTS = (DISCARD,) * 4 + (ECHO,) * 5 + (CLOSE,) * 3 + (CLOSED,)
LENGTHS = (1, 1, 2, 10, 100, 100, 535, 536, 1000, 1350)
FEW = (1, 1, 2, 3, 10, 100, 500, 1000, 5000)
FAR = (70000, 1 << 20, 1 << 30, (1 << 31) - 1, 1 << 31)
MSSES = (1460, 1460, 1460, 536, 512, 100, 64, 8960, 65535, 1400, 1220)
GARBAGE = (
    b'\x02\x00\x05\xb4',                # MSS of length 0.
    b'\x02\x01\x05\xb4',                # Of length 1.
    b'\x02\x03\x05\x01',                # One octet short.
    b'\x02\x28\x05\xb4',                # Past the end.
    b'\x08\x02\x01\x01',                # Timestamps without any.
    b'\xfe\x04\xf9\x89',                # An experiment.
    b'\x22\x02\x01\x01',                # TCP Fast Open: a cookie is asked for.
    b'\x1e\x04\x00\x81',                # Multipath TCP.
    b'\x01\x01\x01\x01',
    b'\x00\xff\xff\xff',                # Nothing counts behind the end.
    b'\x05\x0a\x00\x00\x00\x01\x00\x00\x00\x09\x01\x01',
    b'\x05\x02\x01\x01',
    b'\x1c\x04\x00\x01',                # User timeout (RFC 5482).
    b'\x01\x01\x01\x02',                # A kind without a length.
)
MALFORMED = GARBAGE[:4] + GARBAGE[13:]
MANGLES = ('tcp-checksum', 'ip-checksum', 'offset-short', 'offset-long')


class Step:
    """A segment of a script, or a pause."""

    def __init__(self, kind, flags=ACK, seq=('una', 0), ack=('nxt', 0), **more):
        self.kind = kind
        self.flags = flags
        self.seq = seq
        self.ack = ack if flags & ACK else more.pop('stray_ack', ('number', 0))
        self.length = more.pop('length', 0)
        self.wnd = more.pop('wnd', 65535)
        self.options = more.pop('options', b'')         # Before or in place of timestamps.
        self.stamp = more.pop('stamp', 'new')
        self.urg = more.pop('urg', 0)
        self.mangle = more.pop('mangle', None)
        self.pause = more.pop('pause', 0)
        assert not more, more

    def is_old(self):
        """Is it all before RCV.NXT?"""
        length = self.length + bool(self.flags & FIN)
        return self.seq[0] == 'una' and self.seq[1] < 0 and self.seq[1] + length <= 0 and \
            not self.flags & (SYN | RST)

    def has_bad_ack(self):
        return bool(self.flags & ACK) and self.ack != ('nxt', 0)

    def __str__(self):
        more = ''.join(f' {name}={value}' for name, value in (
            ('len', self.length), ('options', self.options.hex()), ('urg', self.urg),
            ('mangle', self.mangle)) if value)
        more += f' wnd={self.wnd}' if self.wnd != 65535 else ''
        more += f' stamp={self.stamp}' if self.stamp != 'new' else ''
        flags = ''.join(x for i, x in enumerate('FSRPAUEC') if self.flags >> i & 1) or '-'
        return f'{self.kind}: {flags} seq {self.seq[0]}{self.seq[1]:+} ' \
            f'ack {self.ack[0]}{self.ack[1]:+}{more}'


class Script:
    """Steps, to a port, by a client with an ISN and options of its own."""

    def __init__(self, seed, number):
        self.name = f'{seed}:{number}'
        self.number = number
        draw = random.Random(self.name)
        self.draw = draw
        self.port = draw.choice(PORTS)
        self.isn = draw.choice((draw.getrandbits(32), (1 << 32) - draw.randint(1, 3000)))
        self.tsval = draw.choice((draw.getrandbits(32), (1 << 32) - draw.randint(1, 9)))
        self.stamps = draw.random() < 0.6
        self.over = False               # It has ended itself: what follows is short.
        self.steps = []
        self.make(draw.randint(5, 40))
        del self.draw

    def make(self, length):
        draw = self.draw
        if draw.random() < 0.1:
            self.steps += [self.stray() for _ in range(draw.randint(1, 3))]
        self.steps.append(self.syn())
        while draw.random() < 0.25:
            self.steps.append(self.early())
        self.steps.append(self.opening())
        if self.port == CLOSE and self.steps[-1].kind != 'last ACK':
            self.steps.append(Step('last ACK'))
        end = None
        while len(self.steps) < length and end != len(self.steps):
            self.steps.append(draw.choices(KINDS, WEIGHTS)[0](self))
            if self.port == CLOSE and self.steps[-1].flags & SYN:
                self.steps.append(Step('last ACK'))     # It may have opened again.
            if self.over and end is None:
                end = len(self.steps) + draw.randint(1, 6)
        self.steps += [Step('end: text', ACK | PSH, length=1, pause=0.6), Step('end: ACK of all'),
                       Step('end: RST', RST), Step('end: ACK')]

    # Handshake.

    def syn_options(self):
        draw = self.draw
        parts = []
        if draw.random() < 0.85:
            parts.append(b'\x02\x04' + draw.choice(MSSES).to_bytes(2, 'big'))
        if draw.random() < 0.5:
            parts.append(b'\x01\x03\x03' + bytes([draw.choice((0, 1, 2, 7, 8, 14, 15, 255))]))
        if draw.random() < 0.6:
            parts.append(b'\x01\x01\x04\x02')
        if draw.random() < 0.08:
            parts.append(draw.choice(GARBAGE[4:10]))
        draw.shuffle(parts)
        return b''.join(parts)

    def syn(self, kind='SYN', **more):
        draw = self.draw
        flags = SYN
        if draw.random() < 0.15:
            flags |= draw.choice((PSH, URG, FIN, PSH | URG, FIN | PSH, ECE | CWR, ECE))
        return Step(kind, flags, **({'seq': ('isn', 0), 'options': self.syn_options(),
                    'length': draw.choice((1, 100)) if draw.random() < 0.05 else 0} | more))

    def stray(self):
        """What comes before any SYN, or has no good numbers."""
        draw = self.draw
        flags = draw.choice((0, ACK, ACK, RST, FIN, FIN | ACK, RST | ACK, SYN | ACK, PSH, PSH | ACK,
                             SYN | FIN, SYN | RST, FIN | PSH | URG, FIN | RST, SYN | FIN | ACK,
                             SYN | RST | ACK, 0xff))
        return Step('stray', flags, ('isn', draw.choice((0, 1, 7, 1 << 20))),
                    ('number', draw.getrandbits(32)),
                    length=draw.choice((0, 0, 0, 1, 100)))

    def early(self):
        """Between the SYN and the handshake's last ACK."""
        draw = self.draw
        return draw.choice((
            lambda: self.syn('SYN again', options=self.steps[-1].options),
            lambda: self.syn('SYN again, other options'),
            lambda: self.syn('SYN, other number', seq=('isn', draw.choice((-1, 1, 2, 100, 70000)))),
            lambda: Step('early: RST', RST, ('una', draw.choice((0, 0, 1, 100, -1, 70000)))),
            lambda: Step('early: RST+ACK', RST | ACK, ('una', draw.choice((0, 1, 70000))),
                         ('nxt', draw.choice((0, 1)))),
            lambda: Step('early: wrong ACK', ACK, ack=('nxt', self.offset())),
            lambda: Step('early: ACK, wrong SEQ', ACK, ('una', self.offset())),
            lambda: Step('early: text, no ACK', PSH, length=10),
            lambda: Step('early: FIN, no ACK', FIN),
            lambda: Step('early: SYN+ACK', SYN | ACK, ('una', draw.choice((-1, 0)))),
            lambda: Step('early: bad checksum', ACK, mangle=draw.choice(MANGLES)),
        ))()

    def opening(self):
        draw = self.draw
        chance = draw.random()
        if chance < 0.65:
            return Step('last ACK')
        if chance < 0.85:
            return Step('last ACK with text', ACK | PSH, length=draw.choice(LENGTHS))
        # The kernel's service hears of the FIN before it can close first.
        if chance < 0.93 and self.port != CLOSE:
            return Step('last ACK with FIN', ACK | FIN, length=draw.choice((0, 0, 10)))
        return self.early()

    # The connection.

    def offset(self):
        draw = self.draw
        return draw.choice((-1, 1)) * draw.choice(FEW + FAR)

    def in_order(self):
        return Step('text', ACK | self.draw.choice((0, PSH)), length=self.draw.choice(LENGTHS))

    def above_hole(self):
        return Step('text above a hole', seq=('una', self.draw.choice(FEW)),
                    length=self.draw.choice(LENGTHS))

    def overlapping(self):
        length = self.draw.choice(LENGTHS)
        return Step('text, old and new', seq=('una', -self.draw.randint(1, length)),
                    length=length + self.draw.choice((1, 50)))

    def old_text(self):
        length = self.draw.choice(LENGTHS)
        return Step('old text', seq=('una', -length - self.draw.choice((0, 0, 1, 100))),
                    length=length)

    def at_edge(self):
        length = self.draw.choice(LENGTHS)
        return Step('text at the edge', seq=('edge', self.draw.choice((
            -length, -1, 0, 1, 100, -length - 1, -length + 1))), length=length)

    def beyond(self):
        return Step('text beyond the window', seq=('edge', self.draw.choice((1, 100) + FAR[:4])),
                    length=self.draw.choice((1, 100)))

    def fin(self):
        self.over = True
        return Step('FIN', ACK | FIN, length=self.draw.choice((0, 0, 0, 1, 100)))

    def fin_above_hole(self):
        return Step('FIN above a hole', ACK | FIN, ('una', self.draw.choice(FEW)),
                    length=self.draw.choice((0, 0, 1, 100)))

    def fin_outside(self):
        return Step('FIN outside the window', ACK | FIN, self.draw.choice((
            ('una', -2), ('una', -100), ('edge', 1), ('edge', 0), ('edge', -1), ('una', -1))))

    def rst(self):
        draw = self.draw
        self.over = True
        return Step('RST', RST | draw.choice((0, ACK)), ('una', 0), ('nxt', draw.choice((
            0, 0, -1, 1, 1 << 30))), length=draw.choice((0, 0, 0, 10)),
            stamp=draw.choice(('new', 'none', 'old')))

    def rst_inexact(self):
        draw = self.draw
        return Step('RST not at RCV.NXT', RST | draw.choice((0, ACK)), draw.choice((
            ('una', 1), ('una', -1), ('una', 100), ('una', 30000), ('edge', -1), ('edge', 0),
            ('edge', 1), ('una', -100), ('una', 1 << 30), ('una', -70000))),
            stamp=draw.choice(('new', 'none')))

    def ack_now(self):
        return Step('ACK', wnd=self.draw.choice((65535, 65535, 1000, 0)))

    def ack_old(self):
        return Step('old ACK', ack=('nxt', -self.draw.choice(FEW + FAR[:4])))

    def ack_ahead(self):
        return Step('ACK of what was not sent', ack=('nxt', self.draw.choice(FEW + FAR)),
                    length=self.draw.choice((0, 0, 10)))

    def ack_text_old(self):
        return Step('text with an old ACK', length=self.draw.choice((1, 10, 100)),
                    ack=('nxt', -self.draw.choice(FEW + FAR[:4])))

    def ack_elsewhere(self):
        return Step('ACK from elsewhere', seq=('una', self.offset()))

    def ack_at_edge(self):
        return Step('ACK at the edge', seq=('edge', self.draw.choice((-1, 0, 1))))

    def keep_alive(self):
        return Step('keep-alive', seq=('una', -1), length=self.draw.choice((0, 1)))

    def syn_inside(self):
        draw = self.draw
        return self.syn('SYN on a connection', seq=('una', draw.choice((
            0, 0, 1, -1, 100, -100, 70000, 1 << 30, -70000))), stamp=draw.choice((
                'new', 'new', 'old', 'none')))

    def syn_ack(self):
        return Step('SYN+ACK', SYN | ACK, ('una', self.draw.choice((-1, 0, 1, 70000))))

    def odd_flags(self):
        draw = self.draw
        flags = draw.choice((0, PSH, FIN, URG, FIN | PSH | URG, FIN | SYN, SYN | RST, SYN | FIN | ACK,
                             ECE | ACK, CWR | ACK, ACK | ECE | CWR, RST | FIN, 0xff))
        return Step('odd flags', flags, ('una', draw.choice((0, 0, 0, 1, -1, 100))),
                    length=draw.choice((0, 0, 10)))

    def urgent(self):
        draw = self.draw
        return Step('urgent', ACK | draw.choice((URG, URG, 0)), length=draw.choice((0, 1, 10, 100)),
                    urg=draw.choice((0, 1, 5, 10, 1000, 65535)))

    def mangled(self):
        draw = self.draw
        return Step('mangled', ACK | draw.choice((0, PSH, FIN, RST)), length=draw.choice((0, 10)),
                    mangle=draw.choice(MANGLES))

    def garbage(self):
        draw = self.draw
        return Step('odd options', length=draw.choice((0, 1, 10)), options=draw.choice(GARBAGE),
                    stamp=draw.choice(('new', 'none')))

    def stamped(self):
        draw = self.draw
        return Step('odd timestamp', ACK | draw.choice((0, 0, 0, FIN)),
                    ('una', draw.choice((0, 0, 0, 1, -1, 100))),
                    length=draw.choice((0, 0, 1, 10, 100)),
                    stamp=draw.choice(('none', 'old', 'older', 'ecr-0', 'ecr-ahead', 'ahead',
                                       'same', 'always')))

    def wait(self):
        return Step('ACK after a pause', pause=self.draw.choice((0.02, 0.1, 0.6)))


KINDS, WEIGHTS = zip(*(
    (Script.in_order, 30), (Script.above_hole, 10), (Script.overlapping, 6), (Script.old_text, 5),
    (Script.at_edge, 2), (Script.beyond, 2), (Script.fin, 3), (Script.fin_above_hole, 1),
    (Script.fin_outside, 1), (Script.rst, 1), (Script.rst_inexact, 3), (Script.ack_now, 8),
    (Script.ack_old, 3), (Script.ack_ahead, 2), (Script.ack_text_old, 2),
    (Script.ack_elsewhere, 3), (Script.ack_at_edge, 1), (Script.keep_alive, 3),
    (Script.syn_inside, 3), (Script.syn_ack, 1), (Script.odd_flags, 3), (Script.urgent, 2),
    (Script.mangled, 2), (Script.garbage, 3), (Script.stamped, 4), (Script.wait, 1),
    (Script.stray, 1)))
