# SPDX-License-Identifier: BSD-3-Clause
"""The same scripts of segments to two servers, and where their answers differ.

Scripts go on side by side, in rounds: a segment of each to both servers, then all that
the servers have to say. No time says when that is: a server takes frames in order, so when it
has answered a SYN that was sent last, it has answered all before. The kernel's services run in
this very thread, between the rounds.
"""
import collections
import contextlib
import ctypes
import os
import select
import socket
import struct
import time

from machine import PATIENCE
from differential_rules import is_bare, is_silent, judge
from segments import (ACK, FIN, MODULUS, MSS, RST, SACK, SYN, TIMESTAMPS, WSCALE, Ends, distance,
                      packet, read, tcp, text)
from tcp_scripts import CLOSE, CLOSED, DISCARD, ECHO, MALFORMED

CLONE_NEWNET = 0x40000000
SOL_PACKET, PACKET_STATISTICS, PACKET_IGNORE_OUTGOING = 263, 6, 23
SO_RCVBUFFORCE = 33
ROOM = 256 << 20
FAR = 30000                             # Further up only the window's end is near.
# Scripts under way: a queue of the kernel holds 1,000 frames, and so many challenges in half a
# second are within Lastack's limit.
AT_ONCE = 240
# After an answer that either side gives only so often: RSTs to a tuple, challenges.
RST_PAUSE, CHALLENGE_PAUSE, STEP_PAUSE = 0.15, 0.55, 0.012
LIMITED = ('tx_rsts_limited', 'challenges_limited', 'answers_limited')
libc = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def inside(namespace):
    """Sockets made meanwhile are of that namespace."""
    with open('/proc/self/ns/net', 'rb') as here, open(f'/run/netns/{namespace}', 'rb') as there:
        if libc.setns(there.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), 'setns')
        try:
            yield
        finally:
            libc.setns(here.fileno(), CLONE_NEWNET)


class Services:
    """What the kernel's side serves: as lastack's echo, discard and close."""

    def __init__(self, namespace, family):
        self.poll = select.epoll()
        self.listeners, self.open, self.by_peer = {}, {}, {}    # By file, file, address.
        with inside(namespace):
            for port in (DISCARD, ECHO, CLOSE):
                listener = socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6)
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
                listener.setblocking(False)
                listener.bind(('', port))
                listener.listen(65535)
                self.listeners[listener.fileno()] = listener, port
                self.poll.register(listener, select.EPOLLIN)

    def run(self):
        """Until there is nothing more to do."""
        while events := self.poll.poll(0, 4096):
            for number, _ in events:
                if number in self.listeners:
                    self.accept(*self.listeners[number])
                elif number in self.open:
                    self.serve(number, *self.open[number])

    def accept(self, listener, port):
        while True:
            try:
                accepted, peer = listener.accept()
            except BlockingIOError:
                return
            except OSError:
                continue                # It has ended meanwhile.
            accepted.setblocking(False)
            number = accepted.fileno()
            self.open[number] = accepted, port, peer[:2]
            self.by_peer[peer[:2]] = number
            with contextlib.suppress(OSError):
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.poll.register(number, select.EPOLLIN)
            if port == CLOSE:
                with contextlib.suppress(OSError):
                    accepted.shutdown(socket.SHUT_WR)

    def serve(self, number, accepted, port, peer):
        try:
            while octets := accepted.recv(65536):
                if port == ECHO:
                    accepted.send(octets)
        except BlockingIOError:
            return
        except OSError:
            pass                        # A RST.
        self.drop(number, peer)

    def drop(self, number, peer):
        accepted = self.open.pop(number)[0]
        self.by_peer.pop(peer, None)
        self.poll.unregister(number)
        accepted.close()

    def abort(self, peer):
        """End what is left of a client."""
        number = self.by_peer.get(peer)
        if number is not None:
            with contextlib.suppress(OSError):
                self.open[number][0].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                                struct.pack('ii', 1, 0))
            self.drop(number, peer)

    def close(self):
        for number, (_, _, peer) in list(self.open.items()):
            self.drop(number, peer)
        for listener, _ in self.listeners.values():
            listener.close()
        self.poll.close()


class Side:
    """One of the two servers, as frames reach it."""

    def __init__(self, name, interface, macs, family, target, barrier_source):
        self.name, self.family, self.target = name, family, target
        self.head = b''.join(bytes.fromhex(mac.replace(':', '')) for mac in macs) + \
            (b'\x08\x00' if family == 4 else b'\x86\xdd')
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
        self.socket.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self.socket.bind((interface, 3))
        self.socket.settimeout(30 * PATIENCE)
        self.barrier_ends = Ends(family, barrier_source, target)
        self.barriers = 0
        self.clients = {}

    def send(self, ends, segment, mangle=None):
        self.socket.send(self.head + packet(ends, segment, mangle))

    def barrier(self):
        """All that came before the answer to a SYN that is sent now, by client."""
        self.barriers += 1
        port = 1024 + self.barriers % 60000
        number = self.barriers * 7919 % MODULUS
        self.send(self.barrier_ends, tcp(self.barrier_ends, (port, self.barrier_port), number, 0,
                                         SYN, 65535))
        mine = self.barrier_ends.source + struct.pack('!H', port)
        while True:
            try:
                frame = self.socket.recv(65536)
            except TimeoutError:
                raise AssertionError(f'{self.name} does not answer') from None
            found = read(frame)
            if found is None:
                continue
            key, segment = found
            if key == mine and segment.ack == (number + 1) % MODULUS:
                break
            if key in self.clients:
                self.clients[key].append(segment)
        if segment.flags & SYN:
            self.send(self.barrier_ends, tcp(self.barrier_ends, (port, self.barrier_port),
                                             (number + 1) % MODULUS, 0, RST, 0))

    def settle(self):
        """All that the segments before have to draw."""
        self.barrier()
        self.barrier()

    def lost(self):
        """Frames that the socket had no room for."""
        return struct.unpack('II', self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]

    def close(self):
        self.socket.close()


class Lastack(Side):
    """A SYN to a listener: answered whatever the limits are."""
    barrier_port = DISCARD


class Kernel(Side):
    """A closed port: nothing is kept, and no RST is held back."""
    barrier_port = CLOSED

    def __init__(self, *arguments, services):
        super().__init__(*arguments)
        self.services = services

    def settle(self):
        self.barrier()
        self.services.run()
        self.barrier()
        self.services.run()


class Client:
    """A script's end of a connection with one side: the numbers, and what came."""

    def __init__(self, script, side, source, port):
        self.script, self.side = script, side
        self.ends = Ends(side.family, source, side.target)
        self.ports = port, script.port
        self.peer = source, port
        self.key = self.ends.source + struct.pack('!H', port)
        self.iss = script.isn
        self.irs = None                 # Until its SYN has come.
        self.una = self.sent = (self.iss + 1) % MODULUS
        self.nxt = self.tsecr = self.scale = 0
        self.wnd = 65535
        self.tsval = script.tsval
        self.moved = False              # Of what the step before has acknowledged.
        self.repeat_ack = None          # Of what came again.
        self.last_seq = self.last_ack = 0
        self.spoiled = None
        self.arrived = []
        side.clients[self.key] = self.arrived

    def forget(self):
        del self.side.clients[self.key]

    def number(self, place):
        base, more = place
        start = {'una': self.una, 'edge': self.una + self.wnd, 'sent': self.sent, 'nxt': self.nxt,
                 'isn': self.script.isn, 'number': 0}[base]
        return (start + more) % MODULUS

    def stamp(self, step):
        """The timestamps option of a step."""
        kind = step.stamp
        if kind == 'none' or (not self.script.stamps and kind != 'always'):
            return b''
        if kind == 'ahead':
            self.tsval += 1 << 20
        elif kind != 'same':
            self.tsval += 1
        if self.tsval % MODULUS == 0:
            self.tsval += 1             # To Linux 0 is no timestamp.
        value = self.tsval - {'old': 10, 'older': 1 << 30}.get(kind, 0)
        echo = {'ecr-0': 0, 'ecr-ahead': self.tsecr + 100000}.get(kind, self.tsecr)
        if step.flags & SYN and not step.flags & ACK:
            echo = 0
        return struct.pack('!BBBBII', 1, 1, TIMESTAMPS, 10, value % MODULUS, echo % MODULUS)

    def send(self, step):
        seq, ack = self.number(step.seq), self.number(step.ack)
        stamp = self.stamp(step)
        options = step.options
        options += b'\0' * (-len(options) % 4)
        if len(options) + len(stamp) > 40:
            stamp = b''
        # A SYN's text lies behind it.
        place = distance(seq, self.iss) - 1 + bool(step.flags & SYN)
        segment = tcp(self.ends, self.ports, seq, ack, step.flags, step.wnd, stamp + options,
                      text(place, step.length), step.urg, step.mangle)
        self.side.send(self.ends, segment, step.mangle)
        self.last_seq, self.last_ack = seq, ack
        if step.flags & SYN and not step.flags & ACK and self.irs is None:
            self.una = (seq + 1) % MODULUS

    def observe(self, step):
        """What a step has drawn, in numbers that both sides should have in common."""
        seen = dict.fromkeys(FIELDS)
        self.moved, self.repeat_ack = False, None
        for segment in self.arrived:
            self.take(step, segment, seen)
        self.arrived.clear()
        if seen['answer'] and seen['syn'] is not None:
            seen['syn'] = None          # By a timer, too: a SYN has one answer.
        if seen['end'] is not None:
            seen['ack from'] = None     # An ACK apart, or one with the text: as each likes.
        return seen

    def take(self, step, segment, seen):
        if segment.flags & RST:
            self.take_rst(segment, seen)
        elif segment.flags & SYN:
            self.take_syn_ack(step, segment, seen)
        else:
            self.take_rest(segment, seen)

    def relative(self, number, base, sent):
        """To an ISN if there is one, else to what we sent."""
        return ('sent', distance(number, sent)) if base is None else distance(number, base)

    def take_rst(self, segment, seen):
        ack = distance(segment.ack, self.last_seq) if segment.flags & ACK else None
        seq = 'zero' if segment.seq == 0 and ack is not None else \
            'ack' if segment.seq == self.last_ack else self.relative(
                segment.seq, self.irs, self.last_ack)
        seen['rst'] = seq, ack

    def take_syn_ack(self, step, segment, seen):
        again = self.irs == segment.seq
        if again and ((step.flags & (SYN | ACK)) != SYN or
                      segment.ack != (self.last_seq + 1) % MODULUS):
            return                      # By a timer.
        self.irs = segment.seq
        self.iss = (segment.ack - 1) % MODULUS
        self.una, self.nxt = segment.ack, segment.end
        self.scale = 0
        options = segment.options
        if WSCALE in options:
            self.scale = options[WSCALE][0]
        self.wnd = segment.wnd
        if TIMESTAMPS in options:
            self.tsecr, echo = struct.unpack('!II', options[TIMESTAMPS])
            seen['echo'] = distance(echo, self.tsval)
        seen['syn'] = distance(segment.ack, self.last_seq), tuple(
            sorted((kind, options[kind].hex() if kind == MSS else '') for kind in options))

    def take_rest(self, segment, seen):
        length = len(segment.text) + bool(segment.flags & FIN)
        fresh = distance(segment.end, self.nxt) if self.irs is not None else length
        if self.irs is not None and segment.text:
            self.check_text(segment)
        if length and fresh <= 0:
            # By a timer, or for the sake of three ACKs; it may also be what answers.
            self.repeat_ack = self.relative(segment.ack, self.iss, self.last_seq)
            return
        seen['answer'] = True
        if segment.flags & ACK:
            self.take_ack(segment, seen)
        if TIMESTAMPS in segment.options:
            value, echo = struct.unpack('!II', segment.options[TIMESTAMPS])
            # A kernel wants a SYN-ACK's timestamp in the handshake's last ACK.
            if self.irs is None or distance(segment.end, self.irs) > 1 or self.far_una() > 1:
                self.tsecr = value
            seen['echo'] = distance(echo, self.tsval)
        if length:
            self.nxt = segment.end
            seen['end'] = self.relative(segment.end, self.irs, 0)
            seen['fin'] = bool(segment.flags & FIN) or None
        else:
            seen['ack from'] = self.relative(segment.seq, self.irs, self.last_ack)
            seen['sack'] = self.blocks(segment.options.get(SACK, b'')) or None
        seen['closed'] = segment.wnd == 0 or None

    def take_ack(self, segment, seen):
        seen['ack'] = self.relative(segment.ack, self.iss, self.last_seq)
        if distance(segment.ack, self.una) >= 0:
            self.moved = self.moved or segment.ack != self.una
            self.una = segment.ack
            self.wnd = segment.wnd << self.scale

    def blocks(self, octets):
        numbers = struct.unpack(f'!{len(octets) // 4}I', octets)
        return tuple(distance(number, self.iss) for number in numbers)

    def far_seq(self, step):
        """Of the end of the step that was sent last, but for its FIN."""
        return distance(self.last_seq, self.iss) + step.length

    def far_una(self):
        return distance(self.una, self.iss)

    def far_nxt(self):
        return 0 if self.irs is None else distance(self.nxt, self.irs)

    def check_text(self, segment):
        place = distance(segment.seq, self.irs) - 1
        if self.script.port != ECHO or segment.text != text(place, len(segment.text)):
            self.spoiled = f'text at {place} is not what was sent'


FIELDS = ('rst', 'syn', 'answer', 'ack', 'end', 'fin', 'sack', 'echo', 'closed', 'ack from')


class Pair:
    """A script under way."""

    def __init__(self, run, script, source, port):
        self.run, self.script, self.cookies = run, script, run.cookies
        self.clients = [Client(script, side, source, port) for side in run.sides]
        self.at = 0
        self.edge = self.stamps_differ = self.behind = False
        self.closed_window = self.held = self.lagged = False
        self.odd_open = self.ended = self.old_rst = False
        self.fins, self.top, self.beyond_fin = set(), 0, False
        self.not_before = 0
        self.log = []

    @property
    def step(self):
        return self.script.steps[self.at]

    def send(self):
        step = self.step
        for client in self.clients:
            client.send(step)
        if not step.mangle and not step.flags & (SYN | RST):
            end, una = self.clients[0].far_seq(step), self.clients[0].far_una()
            self.top = max(self.top, end if step.length else 0)
            if step.flags & FIN and end >= una:
                self.fins.add(end)
            self.beyond_fin = self.beyond_fin or any(una <= fin < self.top for fin in self.fins)
            self.held = self.held or step.seq[1] > 0
            if self.clients[0].far_una() <= 1:
                self.odd_open = self.odd_open or step.seq != ('una', 0) or step.has_bad_ack()
        self.odd_open = self.odd_open or bool(step.flags & SYN) and self.at > 0
        self.old_rst = self.old_rst or step.flags & RST and step.stamp == 'old'
        self.ended = self.ended or bool(step.flags & (RST | FIN))
        self.edge = self.edge or self.step_at_edge()
        self.closed_window = self.closed_window or step.wnd != 65535

    def is_behind(self):
        """Has one of them sent more than the other?"""
        return len({client.far_nxt() for client in self.clients}) > 1

    def step_at_edge(self):
        base, more = self.step.seq
        return base == 'edge' or base == 'una' and FAR < more < 1 << 28

    def parts(self, theirs):
        """The rule by which only one of them may have taken the step, whatever they say."""
        step = self.step
        if step.options in MALFORMED and not step.mangle:
            return 'malformed'
        if step.flags & RST and self.step_at_edge() and max(self.fins | {self.top}) > FAR:
            return 'edge'               # It may be the end of a SACK block.
        if step.stamp.startswith('ecr') and is_bare(theirs) and theirs['ack'] == 1:
            return 'timestamps'
        return None

    def compare(self, now):
        """What both said: the fields that differ, and nothing if none do."""
        ours, theirs = (client.observe(self.step) for client in self.clients)
        for client, seen, other in ((self.clients[0], ours, theirs),
                                    (self.clients[1], theirs, ours)):
            if is_silent(seen) and is_bare(other) and client.repeat_ack == other['ack']:
                seen.update(other)
        self.log.append((self.step, ours, theirs))
        if ours['echo'] == theirs['echo'] == 0:
            self.stamps_differ = False
        elif self.step.is_old() or self.step.has_bad_ack() or not self.step.flags & ACK:
            self.stamps_differ = True   # If only one of them has taken its timestamp.
        pause = STEP_PAUSE
        for client, seen in zip(self.clients, (ours, theirs)):
            if seen['rst'] is not None:
                pause = max(pause, RST_PAUSE)
            elif seen['answer'] and seen['end'] is None and not client.moved:
                pause = CHALLENGE_PAUSE
        self.not_before = now + pause
        return ours, theirs

    def forget(self, services):
        for client in self.clients:
            client.forget()
        services.abort(self.clients[0].peer)

    def story(self):
        lines = [f'script {self.script.name}, to port {self.script.port}'
                 f'{", timestamps" if self.script.stamps else ""}']
        for step, ours, theirs in self.log:
            lines.append(f'  {step}')
            for name, seen in (('lastack', ours), ('kernel ', theirs)):
                said = ' '.join(f'{field}={value}' for field, value in seen.items()
                                if value is not None)
                lines.append(f'      {name} {said or "-"}')
        return '\n'.join(lines)


class Run:
    """Scripts side by side, and what came of them."""

    def __init__(self, sides, services, limited, family, cookies):
        self.sides, self.services, self.limited, self.family = sides, services, limited, family
        self.cookies = cookies
        self.kept_back, self.kept_back_before = 0, limited()
        self.segments = self.scripts = self.complete = 0
        self.cut = collections.Counter()
        self.allowed = collections.Counter()
        self.found = []                 # (what it is, the script's story)

    def source(self, number):
        """An address and a port for a script; none comes again in a run."""
        low, high = number % 60000, number // 60000
        net = '10.78' if self.family == 4 else 'fd00:78:'
        host = f'.{low >> 8}.{low & 255}' if self.family == 4 else f':{low:x}'
        return net + host, 1024 + (low * 7919 + high) % 60000

    def run(self, scripts):
        scripts = iter(scripts)
        pairs = []
        more = True
        while True:
            while more and len(pairs) < AT_ONCE:
                script = next(scripts, None)
                more = script is not None
                if more:
                    pairs.append(Pair(self, script, *self.source(self.scripts)))
                    self.scripts += 1
            if not pairs:
                return
            pairs = self.round(pairs)

    def round(self, pairs):
        now = time.monotonic()
        due = [pair for pair in pairs if now >= pair.not_before]
        if not due:
            time.sleep(0.002)
            return pairs
        for pair in due:
            pair.send()
        self.segments += len(due)
        for side in self.sides:
            side.settle()
        now = time.monotonic()
        limited = self.limited()
        self.kept_back, self.kept_back_before = limited - self.kept_back_before, limited
        over = set()
        for pair in due:
            if self.step_is_last(pair, now):
                over.add(pair)
                pair.forget(self.services)
        return [pair for pair in pairs if pair not in over]

    def step_is_last(self, pair, now):
        ours, theirs = pair.compare(now)
        if pair.clients[0].spoiled:
            self.found.append((pair.clients[0].spoiled, pair.story()))
            return True
        if ours != theirs and self.judge(pair, ours, theirs):
            return True
        if pair.step.kind == 'end: ACK of all' and any(
                seen['end'] is not None for seen in (ours, theirs)):
            return False                # Until there is no more.
        if pair.step.kind == 'end: ACK of all' and pair.is_behind() and \
                ours['rst'] is None and theirs['rst'] is None:
            self.found.append(('one has not sent all', pair.story()))
            return True
        rule = pair.parts(theirs)
        if rule is not None:
            self.cut[rule] += 1
            return True
        pair.at += 1
        if pair.at == len(pair.script.steps):
            self.complete += 1
            return True
        pair.not_before = max(pair.not_before, now + pair.step.pause)
        return False

    def judge(self, pair, ours, theirs):
        """Whether a difference ends the script."""
        verdict = judge(pair, ours, theirs)
        if verdict is not None:
            names, over = verdict
            self.allowed.update(names)
            self.cut.update(names if over else ())
            return over
        names = [name for name in FIELDS if ours[name] != theirs[name]]
        self.found.append((f'{pair.step.kind}: {", ".join(names)}', pair.story()))
        return True
