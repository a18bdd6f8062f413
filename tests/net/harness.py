# SPDX-License-Identifier: BSD-3-Clause
"""What the network tests stand on.

A test file ends in `harness.main()`. It runs itself again in a sandbox
(sandbox.py), so that a case may make interfaces and processes freely. In there
a Server is `lastack serve` on a net_tap port; the kernel's end of the tap,
dtap0, is the client with all of the kernel's tools. Over a VLAN the tap has tagged
frames, and the client is behind a link that takes the tag off and puts it on:

    server -- dtap0 = link_emulator --vlan N = left -- right

Each case prints one line: `ok NAME`, `FAILED NAME` or `skipped NAME`.

Environment: LA_BUILD, the build folder (default: build); LA_NET_FULL=1 for the
sizes and times of a full run; LA_PATIENCE, a factor on all deadlines; what the
network is, variant.py.
"""
import atexit
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPTS = os.path.normpath(os.path.join(HERE, '../../scripts'))
sys.path.append(SCRIPTS)

# pylint: disable=wrong-import-position
from lastack_telemetry import Telemetry
import veth
from machine import (CLIENT_SYSCTLS, EMULATOR, KERNEL_ECHO, LASTACK, PATIENCE, STORM,
                     add_addresses, interface_sysctls, run, sysctls, until)
from variant import (ADDRESS, CLIENT, FAMILY, INTERFACE, MORE_CLIENTS, MTU, HOST, LINE,
                     NOBODY, PREFIX_LEN, TAP, TIMESTAMPS, HEADERS, VLAN, WORKERS, address,
                     lcores, told, words)
# pylint: enable=wrong-import-position

FULL = os.environ.get('LA_NET_FULL') == '1'
PREFIX = 'lanet'
OPEN_STATES = ('SYN-SENT', 'SYN-RECEIVED', 'ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2',
               'CLOSE-WAIT', 'CLOSING', 'LAST-ACK')


def configuration(path=os.path.join(HERE, 'tap.ini'), workers=WORKERS):
    """A copy of tap.ini that suits this machine."""
    with open(path, encoding='utf-8') as template:
        text = template.read()
    for word, value in words(workers).items():
        text = text.replace(word, value)
    with tempfile.NamedTemporaryFile('w', suffix='.ini', delete=False) as copy:
        copy.write(text)
    return copy.name


class Server:
    """`lastack serve` on a tap. Settings are those of -s: 'tcp.time-wait=5s'."""

    def __init__(self, *settings, link=None, arguments=(), config=None, prefix=PREFIX, enter=()):
        self.command = [*enter, LASTACK, 'serve', '-c', config or configuration()]
        for setting in settings:
            self.command += ['-s', setting]
        self.command += arguments
        self.link = link or plain_link
        self.prefix = prefix
        self.linked = None
        self.log = tempfile.NamedTemporaryFile('w+', suffix='.log')
        self.process = None
        self.telemetry = None
        self.start()

    def start(self):
        sysctls(CLIENT_SYSCTLS)
        self.make_port()
        # A session of its own: a Ctrl-C is for the test, which then stops the server.
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=subprocess.STDOUT, start_new_session=True)
        try:
            self.telemetry = until('telemetry answers /lastack/info', self.answers, 30)
            self.linked = self.link()
        except AssertionError as failure:
            self.kill()
            raise AssertionError(f'{failure}\n{self.output()}') from None

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f'{self.command} exited {self.process.returncode}')
        try:
            telemetry = Telemetry(self.prefix)
        except (OSError, ValueError):
            return None
        if isinstance(telemetry.get('/lastack/info'), dict):
            return telemetry
        telemetry.close()
        return None

    def get(self, command):
        return self.telemetry.get(f'/lastack/{command}')

    def states(self):
        """Connections by the RFC's name of their state."""
        return {name.upper().replace('_', '-'): n for name, n in self.get('states').items()}

    def rows(self, command):
        """An answer that is a table: its rows, without what is said beside them."""
        return [row for row in self.get(command).values() if isinstance(row, dict)]

    def counter(self, name):
        return self.get('counters')[name]

    def output(self):
        self.log.seek(0)
        return self.log.read()

    def rss_kb(self):
        with open(f'/proc/{self.process.pid}/status', encoding='ascii') as status:
            return next(int(line.split()[1]) for line in status if line.startswith('VmRSS:'))

    def stop(self, number=signal.SIGINT, seconds=15):
        """Signal, wait, and return the exit status and what it printed."""
        if self.telemetry is not None:
            self.telemetry.close()
            self.telemetry = None
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.process.wait(seconds * PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f'still there {seconds} s after signal {number}:\n'
                                 f'{self.output()}') from None
        self.unlink()
        return self.process.returncode, self.output()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.unlink()

    @staticmethod
    def make_port():
        make_port()

    def unlink(self):
        try:
            if self.linked is not None:
                self.linked.close()
        finally:
            self.linked = None
            drop_port()


def make_port():
    """What the server's port stands on, if that is no tap."""
    if not TAP and run('ip', 'link', 'show', LINE, check=False).returncode != 0:
        veth.pair('dtap0', LINE)


def drop_port():
    if not TAP:
        run('ip', 'link', 'delete', LINE, check=False)


def widen_line():
    # The tap's ring of 1000 frames overflows when a thousand clients speak at once, and a
    # link that loses frames is test_lossy.py's subject.
    run('ip', 'link', 'set', LINE, 'mtu', MTU, 'txqueuelen', 30000, 'up')


def client_addresses():
    """With their prefix lengths: the client's own and those of MORE_CLIENTS."""
    first, last = (int(one.replace(':', '.').rsplit('.', 1)[1]) for one in MORE_CLIENTS)
    host_len = 32 if FAMILY == 4 else 128
    return [f'{CLIENT}/{PREFIX_LEN}',
            *(f'{address(host)}/{host_len}' for host in range(first, last + 1))]


def plain_link():
    """Give the client its addresses, on the kernel's end of the tap or behind a link."""
    link = VlanLink() if VLAN else None
    add_addresses(INTERFACE, client_addresses())
    widen_line()
    return link


class VlanLink:
    """An access port of the VLAN: tagged towards the server, and untagged towards `right`."""

    def __init__(self):
        interface_sysctls(LINE, {'disable_ipv6': '1'})
        veth.pair('left', 'right')
        try:
            widen_line()
            self.emulator = veth.Emulator(LINE, 'left', '--vlan', VLAN)
        except AssertionError:
            run('ip', 'link', 'delete', 'left')
            raise

    def close(self):
        try:
            counts = self.emulator.stop()
        finally:
            run('ip', 'link', 'delete', 'left', check=False)
        # Neither too small nor too slow: what is lost is lost by lastack.
        for side in counts.values():
            assert side['overflow'] == side['too_long'] == 0, counts


def storm(mode, port, connections, concurrent=100, octets=0, enter=(), check=True, source=None,
          local_ports=None, timeout=60, target=ADDRESS):
    """Run conn_storm; its counts. With check, a failed connection fails the case."""
    command = [*enter, STORM, '--target', target, '--port', port, '--mode', mode,
               '--connections', connections, '--concurrent', concurrent, '--octets', octets,
               '--timeout', int(timeout * PATIENCE)]
    if source:
        command += ['--source', source]
    if local_ports:
        command += ['--local-ports', local_ports]
    done = run(*command, timeout=timeout + 10, check=False)
    counts = json.loads(done.stdout.splitlines()[-1])
    if check and (done.returncode != 0 or counts['failed'] or counts['closed'] != connections):
        raise AssertionError(f'{command}: {counts}')
    return counts


def hold(port, connections, enter=()):
    """Open connections and keep them open: the process, once all are open."""
    process = subprocess.Popen(
        [*enter, STORM, '--target', ADDRESS, '--port', str(port), '--mode', 'hold',
         '--connections', str(connections)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        text=True)
    line = process.stdout.readline()
    if line.strip() != f'open {connections}':
        process.kill()
        raise AssertionError(f'conn_storm said {line!r}')
    return process


def let_go(process):
    """End a hold(): its counts."""
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=30 * PATIENCE)
    return json.loads(said.splitlines()[-1])


def no_connections(server):
    """Whether no connection has a control block; TIME-WAIT is not one."""
    states = server.states()
    return not any(states[state] for state in OPEN_STATES)


class Case(unittest.TestCase):
    """Cases that share one server, self.server. It has to stop cleanly after them."""
    settings = ()
    server = None

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*cls.settings)

    @classmethod
    def tearDownClass(cls):
        code, output = cls.server.stop()
        if code != 0:
            raise AssertionError(f'the server exited {code}:\n{output[-6000:]}')

    def curl(self, *arguments, timeout=20, **more):
        return run('curl', '-sS', '--max-time', timeout, *arguments, timeout=timeout + 5, **more)

    def get_works(self):
        """The server still serves: what every hostile case ends with."""
        page = self.curl('-o', '/dev/null', '-w', '%{http_code} %{size_download}',
                         f'http://{HOST}/')
        self.assertEqual(page.stdout, '200 64')


class Result(unittest.TestResult):
    """One line a case; the reason behind it if it did not pass."""

    def say(self, word, test, more=''):
        name = test.id().rsplit('.', 1)[-1] if isinstance(test, unittest.TestCase) else str(test)
        print(f'{word} {name.removeprefix("test_")}{more}', flush=True)

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()

    def addSuccess(self, test):
        super().addSuccess(test)
        self.say('ok', test, f' ({time.monotonic() - self.began:.1f} s)')

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.say('FAILED', test)
        print(self.failures[-1][1], flush=True)
        self.show_log(test)

    def addError(self, test, err):
        super().addError(test, err)
        self.say('FAILED', test)
        print(self.errors[-1][1], flush=True)
        self.show_log(test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.say('skipped', test, f': {reason}')

    @staticmethod
    def show_log(test):
        server = getattr(test, 'server', None)
        if server is not None:
            print('the server said:', server.output()[-3000:], sep='\n', flush=True)


class Interrupted(KeyboardInterrupt):
    """SIGINT or SIGTERM: unwind, so that servers are stopped."""


def interrupt(number, _frame):
    raise Interrupted(number)


def main():
    if os.environ.get('LA_SANDBOX') != '1':
        if os.geteuid() != 0:
            print('skipped: namespaces and net_tap need root')
            sys.exit(77)
        sandbox = os.path.join(HERE, 'sandbox.py')
        os.execv(sys.executable, [sys.executable, sandbox, sys.executable, *sys.argv])
    for program in (LASTACK, STORM, EMULATOR, KERNEL_ECHO):
        if not os.access(program, os.X_OK):
            sys.exit(f'FAILED no program {program}: build it, or set LA_BUILD')
    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    atexit.register(sys.stdout.flush)
    loader = unittest.TestLoader()
    if len(sys.argv) > 1:
        loader.testNamePatterns = [f'*{pattern}*' for pattern in sys.argv[1:]]
    result = Result()
    if told():
        print(f'over {told()}', flush=True)
    try:
        loader.loadTestsFromModule(sys.modules['__main__']).run(result)
    except Interrupted as signalled:
        print('FAILED interrupted')
        sys.exit(128 + signalled.args[0])
    sys.exit(0 if result.wasSuccessful() else 1)
