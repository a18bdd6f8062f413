# SPDX-License-Identifier: BSD-3-Clause
"""Figures of instances that are not there, by role, for a FakeTelemetry to tell."""

STATES = ('SYN_SENT', 'SYN_RECEIVED', 'ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2', 'CLOSE_WAIT',
          'CLOSING', 'LAST_ACK', 'TIME_WAIT')
RATES = {'opened_per_s': 15292, 'closed_per_s': 15291, 'rx_pps': 65002, 'tx_pps': 42171,
         'rx_bps': 41203112, 'tx_bps': 33100000, 'syn_per_s': 15300}
REASONS = ('refused', 'timeout', 'reset', 'wrong_data', 'closed_early', 'no_port', 'no_room',
           'no_neighbour', 'late')

MEANINGS = {name: {'class': kind, 'of': of, 'help': meaning} for name, kind, of, meaning in (
    ('ok', 'ok', 'segment', 'processed to the end'),
    ('rst_closed_port', 'drop', 'segment',
     'SYN to a port nobody listens on: answered by RST'),
    ('drop_paws', 'drop', 'segment', 'timestamp older than TS.Recent (RFC 7323 5.3)'),
    ('drop_no_ack', 'drop', 'segment', 'no ACK bit on a synchronized connection'),
    ('rx_ok', 'ok', 'frame', 'a frame that was passed on'),
    ('rx_tcp_checksum', 'drop', 'frame', 'TCP checksum is wrong'),
    ('port_rx_missed', 'drop', 'port', 'frames the device dropped'))}


def rows(*these):
    """A table as DPDK gives it."""
    return {str(n): row for n, row in enumerate(these)}


def worker(n, **more):
    return {'answers': 1, 'lcore': n + 1, 'queue': n, 'polls': 1000, 'busy_percent': 40 + n,
            'cycles_per_packet': 300 - n, 'burst_avg': 7, 'table_used': 11000,
            'table_size': 1048576, 'longest_poll_us': 120 + n, **more}


def serve(workers=1, pid=1000):
    """What an instance of role serve answers."""
    rates = dict(RATES)
    rates.update({'connections': 165, 'time_wait': 9606})
    rates.update({f'peak_{name}': 2 * value for name, value in rates.items()})
    return {
        'info': {'version': '0.1.0', 'role': 'serve', 'pid': pid, 'uptime_s': 3723,
                 'workers': workers, 'ports': 1, 'listeners': 2, 'device': 'net_tap0',
                 'driver': 'net_tap', 'link_up': 1, 'gateway_silent': 0},
        'throughput': rates,
        'counters': {'opened': 1000, 'rx_frames': 5000, 'rx_ok': 5000, 'rx_text_octets': 12,
                     'ok': 4000, 'rst_closed_port': 17, 'drop_paws': 0, 'drop_no_ack': 3,
                     'rx_tcp_checksum': 0, 'port_rx_missed': 0},
        'reasons': MEANINGS,
        'states': dict(zip(STATES, (0, 0, 160, 1, 2, 0, 0, 2, 9606))),
        'workers': rows(*(worker(n) for n in range(workers))),
        'listeners': rows({'name': 'web', 'address': '*', 'port': '80,8000-8099',
                           'service': 'http', 'accepted': 900, 'refused': 1, 'open': 160},
                          {'name': 'echo', 'address': '10.77.0.1', 'port': '7',
                           'service': 'echo', 'accepted': 100, 'refused': 0, 'open': 5}),
        'cookies': {'mode': 'always', 'workers_sending_cookies': 1, 'sent': 1000,
                    'accepted': 1000, 'rejected': 0, 'key_age_s': 5, 'rotations': 0},
        'memory': {'octets_per_connection': 64, 'time_wait': 9606, 'time_wait_size': 4000000,
                   'mbufs': 16383, 'mbufs_free': 12000},
        'load': {'error': 'not of role load'},
        'latency': {'error': 'not of role load'},
    }


def load(pid=2000):
    """What an instance of role load answers."""
    answers = serve(pid=pid)
    answers['info'].update({'role': 'load', 'listeners': 0})
    answers['listeners'] = {}
    answers['load'] = {'service': 'http', 'phase': 'sustain', 'offered_per_s': 15300,
                       'attempted': 100000, 'opened': 99990, 'closed': 99900, 'failed': 10,
                       'open': 90, 'late_opens': 3, 'late_max_us': 1234, 'behind': 0,
                       'retransmissions': 4, **dict.fromkeys(REASONS, 0), 'timeout': 7,
                       'reset': 3}
    times = {'min': 90, 'p50': 120, 'p90': 180, 'p99': 400, 'p999': 900, 'max': 2100,
             'count': 99990}
    answers['latency'] = {'handshake_us': times, 'connection_us': {**times, 'p50': 333}}
    return answers
