# SPDX-License-Identifier: BSD-3-Clause
"""Which network the tests run over, by environment: LA_NET_FAMILY=4|6,
LA_NET_VLAN=0|N, LA_NET_MTU=576-9000, LA_NET_WORKERS=1|2|4; and its addresses."""
import os
import sys


def choice(name, preset, low, high):
    text = os.environ.get(name, str(preset))
    if not text.isdigit() or not low <= int(text) <= high:
        sys.exit(f'FAILED {name}: {text} is not in {low}-{high}')
    return int(text)


FAMILY = choice('LA_NET_FAMILY', 4, 4, 6)
VLAN = choice('LA_NET_VLAN', 0, 0, 4094)
MTU = choice('LA_NET_MTU', 1500, 576, 9000)
WORKERS = choice('LA_NET_WORKERS', 1, 1, 16)
if FAMILY == 5 or (FAMILY == 6 and MTU < 1280):
    sys.exit('FAILED LA_NET_FAMILY: 4, or 6 with an LA_NET_MTU of 1280 or more')

PREFIX_LENS = {4: 24, 6: 64}
PREFIX_LEN = PREFIX_LENS[FAMILY]
# What lies in a packet before the text, with timestamps, and without.
HEADERS = {4: 20 + 20, 6: 40 + 20}[FAMILY]
TIMESTAMPS = 12


def address(host, family=FAMILY, net=77):
    """Address of a host by its number, whose digits are those of the address."""
    return f'10.{net}.0.{host}' if family == 4 else f'fd00:{net}::{host}'


def in_url(text):
    return f'[{text}]' if ':' in text else text


ADDRESS = address(1)                    # The server's; it has that of the other family too.
HOST = in_url(ADDRESS)
CLIENT = address(254)
MORE_CLIENTS = (address(240), address(247))     # First and last.
NOBODY = address(99)
# net_tap of DPDK 22.11 takes no longer frames: then a veth pair is in the tap's place.
TAP = MTU <= 1504
# Where frames come out of lastack's port, dtap0, and go in.
LINE = 'dtap0' if TAP else 'wire0'
# What the kernel's client sits on, and where frames made by hand go in.
INTERFACE = 'right' if VLAN else LINE


def lcores(workers=WORKERS):
    """Lcores on the processors there are: main on the first, workers on the others in
    turn, from the last on."""
    cpus = sorted(os.sched_getaffinity(0))
    places = [cpus[0]] + [cpus[-1 - i % len(cpus)] for i in range(workers)]
    return ','.join(f'{lcore}@{cpu}' for lcore, cpu in enumerate(places))


def af_packet_words(workers):
    """How net_af_packet is told to take frames of this size, and so many workers."""
    size = '' if MTU <= 1500 else ',framesz=9216,blocksz=36864,framecnt=2048'
    return size + (f',qpairs={workers}' if workers > 1 else '')


def words(workers=WORKERS):
    """What tap.ini leaves open."""
    device = 'net_tap0' if TAP else 'net_af_packet0'
    return {'@LCORES@': lcores(workers), '@WORKERS@': str(workers), '@VLAN@': str(VLAN),
            '@MTU@': str(MTU), '@DEVICE@': device, '@VDEV@': f'{device},iface=dtap0' +
            ('' if TAP else af_packet_words(workers))}


def told():
    """The variant, as the head of a run says it; nothing for the usual one."""
    said = [word for word, usual in ((f'IPv{FAMILY}', 'IPv4'), (f'VLAN {VLAN}', 'VLAN 0'),
                                     (f'MTU {MTU}', 'MTU 1500'),
                                     (f'{WORKERS} workers', '1 workers')) if word != usual]
    return ', '.join(said)
