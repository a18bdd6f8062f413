# SPDX-License-Identifier: BSD-3-Clause
"""What scripts/demo shows. Runs in a sandbox, in the top folder."""
import json
import signal
import subprocess
import sys
import time

import harness
from harness import ADDRESS, CLIENT, MORE_CLIENTS, STORM, Server, run

PHASE_SECONDS = 5
TIME_WAIT_SECONDS = 5
PHASES = (
    ('echo', 7, ('--concurrent', '200', '--octets', '2000'),
     'send 2,000 octets of its own, want the same back'),
    ('close', 9, ('--concurrent', '200'), 'open and close; the client closes first'),
    ('http', 80, ('--concurrent', '200'), 'GET a page; the server closes first'),
)
COLUMNS = (('opened/s', 'opened_per_s', 10), ('closed/s', 'closed_per_s', 10),
           ('packets in/s', 'rx_pps', 14), ('out/s', 'tx_pps', 10),
           ('connections', 'connections', 13), ('TIME-WAIT', 'time_wait', 11))
FAILED = ('reset', 'aborted', 'timed_out', 'refused')


def indented(text):
    for line in text.strip('\n').splitlines():
        print(f'    {line[:120]}')


class Show:
    """The demo's course, and what its clients counted."""

    def __init__(self, server):
        self.server = server
        self.start = time.monotonic()
        self.clients = {'opened': 0, 'closed': 0, 'failed': 0}
        self.storm = None

    def heading(self):
        print('    second' + ''.join(f'{title:>{width}}' for title, _, width in COLUMNS))

    def row(self):
        rate = self.server.get('throughput')
        print(f'    {time.monotonic() - self.start:6.0f}' + ''.join(
            f'{rate[key]:>{width},}' for _, key, width in COLUMNS))

    def count(self, opened, closed, failed):
        for name, n in (('opened', opened), ('closed', closed), ('failed', failed)):
            self.clients[name] += n

    def curl(self):
        print(f'\n$ curl -i http://{ADDRESS}/')
        page = run('curl', '-sSi', '--max-time', 5, f'http://{ADDRESS}/', check=False)
        good = page.returncode == 0 and page.stdout.startswith('HTTP/1.1 200 ')
        self.count(1, good, not good)
        indented(page.stdout)

    def phase(self, mode, port, options, words):
        """Let one storm blow, with a row of the server's figures each second."""
        print(f'\nA storm of the kernel\'s own clients on port {port}: {words}')
        self.heading()
        self.storm = subprocess.Popen(
            [STORM, '--target', ADDRESS, '--port', str(port), '--mode', mode,
             '--connections', '100000000', '--seconds', str(PHASE_SECONDS), '--timeout', '30',
             '--source', '-'.join(MORE_CLIENTS), *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        said = None
        while said is None:
            try:
                said, _ = self.storm.communicate(timeout=1)
            except subprocess.TimeoutExpired:
                self.row()
        counts = json.loads(said)
        self.count(counts['opened'], counts['closed'], counts['failed'])
        print(f'    the clients: {counts["opened"]:,} opened, {counts["closed"]:,} closed, '
              f'{counts["failed"]} failed')

    def rest(self):
        """Until TIME-WAIT has run out."""
        print(f'\nQuiet. TIME-WAIT (2MSL, here {TIME_WAIT_SECONDS} s) runs out:')
        self.heading()
        deadline = time.monotonic() + 3 * TIME_WAIT_SECONDS
        while time.monotonic() < deadline:
            time.sleep(1)
            self.row()
            states = self.server.states()
            if states['TIME-WAIT'] == 0 and harness.no_connections(self.server):
                break

    def verdict(self):
        """The last lines. True if both sides tell the same and nothing failed."""
        counters = self.server.get('counters')
        told = {'opened': counters['opened'], 'closed': counters['closed'],
                'failed': sum(counters[name] for name in FAILED)}
        said = len(self.server.output())
        code, output = self.server.stop()
        print('\n^C')
        indented(output[said:])
        good = code == 0 and told == self.clients and told['failed'] == 0
        print(f'\n{"connections":24}{"opened":>12}{"closed":>12}{"failed":>12}')
        for who, counts in (('by its telemetry', told), ('by the clients', self.clients)):
            print(f'{who:24}' + ''.join(
                f'{counts[name]:>12,}' for name in ('opened', 'closed', 'failed')))
        if good:
            print('Both agree, and nothing failed.')
        else:
            print(f'NOT AS IT SHOULD BE: the two must be equal and failed 0 (lastack exited {code}).')
        return good


def main():
    signal.signal(signal.SIGINT, harness.interrupt)
    signal.signal(signal.SIGTERM, harness.interrupt)
    print(f'Lastack on a net_tap port: no NIC, no hugepages.\n\n'
          f'    clients of the kernel            lastack serve\n'
          f'    {CLIENT} ---- dtap0, a tap ---- {ADDRESS}\n')
    server = Server(f'tcp.time-wait={TIME_WAIT_SECONDS}s', config='config/tap.ini', prefix='rte')
    try:
        print('$ ' + ' '.join(['lastack', *server.command[1:]]))
        indented(server.output())
        show = Show(server)
        show.curl()
        for phase in PHASES:
            show.phase(*phase)
        show.rest()
        return 0 if show.verdict() else 1
    except harness.Interrupted as signalled:
        print('\nInterrupted: cleaning up.')
        return 128 + signalled.args[0]
    finally:
        server.kill()


if __name__ == '__main__':
    sys.exit(main())
