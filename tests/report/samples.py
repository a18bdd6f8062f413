# SPDX-License-Identifier: BSD-3-Clause
"""Small runs as `lastack load --json` and `lastack bench --json` write them."""

REASONS = ('refused', 'timeout', 'reset', 'wrong_data', 'closed_early', 'no_port', 'no_room',
           'no_neighbour', 'late')


def times(buckets):
    """What a run says of one kind of time, from the buckets [low, high, count]."""
    def at(share):
        seen = 0
        for _, high, count in buckets:
            seen += count
            if seen >= share * total:
                return high
        return buckets[-1][1]
    total = sum(count for _, _, count in buckets)
    mean = sum((low + high) / 2 * count for low, high, count in buckets) / total
    return {'count': total, 'min': buckets[0][0], 'mean': mean, 'p50': at(.5), 'p90': at(.9),
            'p99': at(.99), 'p999': at(.999), 'max': buckets[-1][1], 'histogram': buckets}


def second(number, rate, failed):
    return {'second': number, 'offered': rate, 'attempted': rate, 'opened': rate - failed,
            'closed': rate - failed, 'failed': failed, 'retransmissions': 2 * failed,
            'connections': 20 + number,
            'latency_us': {'p50': 180 + number, 'p99': 900 + number, 'max': 4000 + number}}


def load(rate=1000, length=5, **failed):
    """A run of so many seconds, with what failed in its third second by reason."""
    total = sum(failed.values())
    opened = rate * length - total
    return {
        'version': '0.1.0', 'role': 'load', 'started': '2026-11-25T15:44:39Z',
        'config': {'load': {'rate': str(rate), 'sources': ['10.77.1.1', '10.77.1.9']},
                   'tcp': {'time-wait': '60s'}},
        'machine': {'cpu': 'A processor', 'cpus': 2, 'memory_mib': 24000, 'kernel': '6.18.0',
                    'dpdk': 'DPDK 22.11.11', 'device': 'net_memif0', 'driver': 'net_memif',
                    'tsc_hz': 2600000000},
        'seconds': length + .3, 'attempted': rate * length, 'opened': opened, 'closed': opened,
        'failed': {'total': total, **dict.fromkeys(REASONS, 0), **failed},
        'late': {'opens': 7, 'max_us': 4312}, 'retransmissions': 2 * total,
        'offered_per_s': float(rate), 'opens_per_s': opened / length,
        'per_second': [second(n, rate, total if n == 3 else 0) for n in range(1, length + 1)],
        'latency_us': {
            'handshake': times([[60, 61, 500], [70, 71, 400], [80, 81, 90], [900, 915, 10]]),
            'connection': times([[150, 151, 500], [200, 203, 499], [90000, 91000, 1]])},
        'verdict': {'result': 'fail' if total else 'pass',
                    'why': f'{total} connections failed' if total else 'all checks hold',
                    'checks': [{'check': 'failed<0.001%', 'ok': not total,
                                'value': f'{100 * total / rate / length}%'},
                               {'check': 'rate within 5%', 'value': '99.9%', 'ok': True}]},
    }


def bench():
    run = load(rate=50000)
    run.update(role='bench', offered_per_s=0, server={
        'cycles_per_connection': 1912.4, 'cycles_per_packet': 271.3, 'tsc_hz': 2600000000,
        'live': 1000000, 'bytes_per_connection': 75, 'longest_poll_us': 212,
        'connections_per_s': 49876.5})
    return run


def search():
    run = load(rate=2000)
    run['search'] = {'low': 1000, 'high': 9000, 'best_per_s': 4321.0, 'trials': [
        {'trial': 1, 'rate': 1000, 'seconds': 6.1, 'opens_per_s': 999.9, 'failed': 0, 'p99_us': 900,
         'result': 'pass', 'why': 'all checks hold'},
        {'trial': 2, 'rate': 9000, 'seconds': 6.1, 'opens_per_s': 4400.0, 'failed': 3,
         'p99_us': 90000, 'result': 'fail', 'why': 'the rate is 51% below the one offered'},
        {'trial': 3, 'rate': 4321, 'seconds': 6.1, 'opens_per_s': 4320.0, 'failed': 0,
         'p99_us': 900, 'result': 'pass', 'why': 'all checks hold'}]}
    return run
