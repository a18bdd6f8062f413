# SPDX-License-Identifier: BSD-3-Clause
"""Where Lastack and Linux may differ; lib/README.md has the reasons, under the same names.

A rule gets a script under way and what both sides said to its last step. It takes out what
may differ, and says whether the connections differ from now on: then the script ends.
"""
from segments import ACK, FIN, RST, SYN
from tcp_scripts import CLOSE, ECHO, MALFORMED

RULES = {}


def rule(name):
    def keep(function):
        RULES[name] = function
        return function
    return keep


def same(ours, theirs, *fields):
    """From now on they do not differ in these fields."""
    for field in fields:
        ours[field] = theirs[field]


def is_bare(seen):
    """An ACK and nothing else."""
    return seen['answer'] and seen['end'] is None and seen['rst'] is None


def differences(ours, theirs):
    return {field for field in ours if ours[field] != theirs[field]}


def alike(ours, theirs, *but):
    return differences(ours, theirs) <= set(but)


def is_silent(seen):
    return not seen['answer'] and seen['rst'] is None and seen['syn'] is None


@rule('sack')
def sack(pair, ours, theirs):
    """D-SACKs, SACK beside text, FINs in blocks, and which blocks of many."""
    # The first block has what has come last, if it has come above a hole.
    above = pair.step.seq[0] == 'una' and pair.step.seq[1] > 0
    many = max(len(seen['sack'] or ()) for seen in (ours, theirs)) > 4
    for seen in (ours, theirs):
        blocks = seen['sack'] or ()
        kept = [(left, right - (right - 1 in pair.fins))
                for left, right in zip(blocks[::2], blocks[1::2]) if right > seen['ack']]
        kept = [(left, right) for left, right in kept if left < right]
        # A D-SACK of what is in another block.
        kept = [one for one in kept if not any(
            one != other and other[0] <= one[0] and one[1] <= other[1] for other in kept)]
        if not above:
            kept = None if many else sorted(kept)
        elif many:
            kept = kept[:1]
        seen['sack'] = kept if kept and seen['end'] is None and not pair.edge else None
    if ours['sack'] is None or theirs['sack'] is None:
        if ours['end'] is not None or theirs['end'] is not None:
            ours['sack'] = theirs['sack'] = None


@rule('edge')
def edge(pair, ours, theirs):
    """Windows are not equally large, and text beyond their end is cut off or not."""
    if not pair.step_at_edge():
        return False
    over = is_silent(ours) != is_silent(theirs) or \
        (ours['ack'], ours['end']) != (theirs['ack'], theirs['end'])
    ours.update(theirs)
    return over


@rule('bad-ack')
def bad_ack(pair, ours, theirs):
    """An ACK of less than was ever acknowledged, and what a segment with a bad one is good for."""
    step = pair.step
    if not step.has_bad_ack():
        return False
    if alike(ours, theirs, 'echo'):
        same(ours, theirs, 'echo')
        return False
    if step.ack[0] == 'nxt' and step.ack[1] > 0:
        # TIME-WAIT does not look at it.
        if pair.script.port == CLOSE and is_bare(ours) and is_silent(theirs):
            ours.update(theirs)
        return False
    over = step.length > 0 or bool(step.flags & FIN)
    if over or is_silent(ours) and is_bare(theirs) or \
            pair.closed_window and is_bare(ours) and is_silent(theirs):
        ours.update(theirs)
        return over
    return False


@rule('old-segment')
def old_segment(pair, ours, theirs):
    """What is old to its end, at RCV.NXT, is taken for what its ACK and timestamp say."""
    step = pair.step
    if step.is_old():
        if is_bare(ours) and is_silent(theirs) or is_bare(theirs) and is_silent(ours):
            ours.update(theirs)
            return True
    if pair.stamps_differ and ours != theirs:
        if step.stamp in ('old', 'older', 'same'):
            ours.update(theirs)
            return True
        same(ours, theirs, 'echo')
    return False


@rule('malformed')
def malformed(pair, ours, theirs):
    """RST with more than a RST has, no ACK, RST and SYN at all, and options of no length."""
    step = pair.step
    if step.options in MALFORMED:
        ours.update(theirs)             # Run ends the script.
    elif step.flags & RST:
        if is_silent(ours) and is_bare(theirs) and (
                step.flags & (SYN | FIN) or step.length):
            ours.update(theirs)
        elif is_bare(ours) and is_silent(theirs) and pair.held:
            ours.update(theirs)         # At the end of what was held above a hole.
            return True
    elif step.flags & SYN and step.flags & FIN and is_bare(ours) and is_silent(theirs):
        ours.update(theirs)             # To TIME-WAIT.
        return True
    elif not step.flags & (ACK | SYN) and (is_bare(ours) and is_silent(theirs) or
                                           is_silent(ours) and is_bare(theirs)):
        ours.update(theirs)
    return False


@rule('timestamps')
def timestamps(pair, ours, theirs):
    """A bare ACK that is a little older, a last ACK that echoes what was not sent, and a RST
    that is old."""
    step = pair.step
    if pair.old_rst and ours['rst'] is not None and theirs['rst'] is None:
        ours.update(theirs)
        return True
    if step.stamp in ('old', 'older') and not step.length and is_bare(ours) and is_silent(theirs):
        ours.update(theirs)
    if step.stamp.startswith('ecr') and is_bare(theirs) and theirs['ack'] == 1 and ours != theirs:
        ours.update(theirs)
        return True
    return False


@rule('syn')
def syn(pair, ours, theirs):
    """Back to LISTEN without a word; the first one again, with a newer timestamp; the
    very next number in TIME-WAIT."""
    step = pair.step
    if not step.flags & SYN:
        return False
    if is_silent(ours) and (theirs['rst'] is not None or is_bare(theirs) and step.length) or \
            ours['syn'] is not None and is_bare(theirs) and step.seq == ('una', 0):
        ours.update(theirs)
        return True
    if ours['syn'] is not None and alike(ours, theirs, 'echo') and ours != theirs:
        pair.stamps_differ = True
        same(ours, theirs, 'echo')
    return False


@rule('cookie')
def cookie(pair, ours, theirs):
    """Who keeps no SYN cannot tell an ACK of no connection from one that opens: Linux
    opens again, we are silent for a while."""
    if pair.cookies and ours != theirs and (
            pair.ended or pair.odd_open or is_silent(ours) and theirs['rst'] is not None):
        ours.update(theirs)
        return True
    return False


@rule('beyond-fin')
def beyond_fin(pair, ours, theirs):
    """Text beyond a FIN: nobody knows where the stream ends."""
    if pair.beyond_fin and ours != theirs:
        over = not alike(ours, theirs, 'sack')
        ours.update(theirs)
        return over
    return False


@rule('sending')
def sending(pair, ours, theirs):
    """How much goes out at once of what waits; a FIN that waits for no window."""
    was = pair.behind
    pair.lagged = pair.lagged or was
    if pair.lagged and (theirs['rst'] is None) != (ours['rst'] is None):
        ours.update(theirs)             # One's FIN was acknowledged a step before the other's.
        return True
    pair.behind = pair.is_behind()
    if (was or pair.behind) and ours['rst'] == theirs['rst'] and \
            (pair.script.port == ECHO or pair.closed_window):
        same(ours, theirs, 'end', 'fin', 'answer', 'ack from', 'echo', 'ack')
    return False


@rule('limits')
def limits(pair, ours, theirs):
    """What Lastack's own counters say was kept back in this round."""
    if is_silent(ours) and not is_silent(theirs) and pair.run.kept_back > 0:
        pair.run.kept_back -= 1
        ours.update(theirs)
    return False


def judge(pair, ours, theirs):
    """(the rules that it takes, whether the script is over), or None: not allowed."""
    ours, theirs = dict(ours), dict(theirs)
    names, over = [], False
    for name, function in RULES.items():
        before = differences(ours, theirs)
        over = bool(function(pair, ours, theirs)) or over
        if differences(ours, theirs) < before:
            names.append(name)
    return (names, over) if ours == theirs else None
