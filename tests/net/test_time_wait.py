# SPDX-License-Identifier: BSD-3-Clause
"""50,000 connections that the server closes first, and their TIME-WAIT."""
import time

import harness
from harness import WORKERS, storm

MANY = 50000
PORTS = '2000-51999'                    # MANY of them: each connection has its own.


class TimeWait(harness.Case):
    settings = ('tcp.time-wait=60s',)

    def all_in_time_wait(self):
        """The clients' last FINs may still be on their way."""
        harness.until(f'{MANY} in TIME-WAIT and nothing else', lambda:
                      self.server.states()['TIME-WAIT'] == MANY
                      and harness.no_connections(self.server))

    def test_server_first_is_shown_and_ports_can_be_used_at_once(self):
        storm('drain', 8088, MANY, concurrent=500, local_ports=PORTS)
        self.all_in_time_wait()
        # The same tuples again, at once: each newer SYN reopens one.
        storm('drain', 8088, MANY, concurrent=500, local_ports=PORTS)
        self.all_in_time_wait()
        self.assertEqual(self.server.counter('ok_time_wait_reopened'), MANY)


class ShortTimeWait(harness.Case):
    settings = ('tcp.time-wait=5s',)

    def test_it_lasts_5_s_and_is_over(self):
        storm('drain', 8088, MANY - 1, concurrent=500, local_ports=PORTS)
        start = time.monotonic()
        storm('drain', 8088, 1, local_ports=PORTS.split('-')[1] + '-' + PORTS.split('-')[1])
        harness.until(f'{MANY} are over',
                      lambda: self.server.counter('time_wait_expired') == MANY, 30)
        self.assertGreaterEqual(time.monotonic() - start, 5)
        self.assertEqual(self.server.counter('time_wait_entered'), MANY)
        self.assertEqual(self.server.states()['TIME-WAIT'], 0)


class SmallTimeWait(harness.Case):
    settings = ('tcp.time-wait=60s', 'tcp.time-wait-max=1000')

    def test_a_full_queue_reuses_the_oldest_and_counts_it(self):
        connections = 4000 * WORKERS + 1000
        storm('drain', 8088, connections, concurrent=100)
        harness.until('all were there',
                      lambda: self.server.counter('time_wait_entered') == connections)
        # Each worker has a queue of its own.
        self.assertEqual(self.server.states()['TIME-WAIT'], 1000 * WORKERS)
        self.assertEqual(self.server.counter('time_wait_reused'), connections - 1000 * WORKERS)
        self.get_works()


class ClientFirst(harness.Case):
    def test_client_first_leaves_nothing_at_the_server(self):
        storm('close', 9, 20000, concurrent=500, source='-'.join(harness.MORE_CLIENTS))
        harness.until('nothing is left', lambda: harness.no_connections(self.server))
        self.assertEqual(self.server.states()['TIME-WAIT'], 0)


if __name__ == '__main__':
    harness.main()
