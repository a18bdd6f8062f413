# SPDX-License-Identifier: BSD-3-Clause
"""Far ends for the tests: a named namespace behind a veth pair, what its kernel
counted, and a bad link between two interfaces.

    here: HERE -- THERE (namespace NAME), or with an Emulator
    namespace "client": right -- left = link_emulator = near -- far: namespace "server"
"""
import contextlib
import json
import signal
import subprocess

from machine import (CLIENT_SYSCTLS, EMULATOR, KERNEL_ECHO, PATIENCE, add_addresses,
                     interface_sysctls, run, sysctls)
from variant import MTU

# Frames pass as they are on a wire: no longer than the MTU, checksums filled in.
OFFLOADS_OFF = [word for name in ('tx', 'rx', 'sg', 'tso', 'gso', 'gro') for word in (name, 'off')]
SYSCTLS = CLIENT_SYSCTLS | {
    'net/core/somaxconn': '65535',
    'net/ipv4/tcp_max_syn_backlog': '65535',
}


def nstat(enter=()):
    """The kernel's counters of a namespace by their name, since it began to be:
    TcpPassiveOpens, TcpRetransSegs, TcpExtListenOverflows."""
    said = run(*enter, 'nstat', '-azsj').stdout
    return {name: int(count) for name, count in json.loads(said)['kernel'].items()}


def counted(before, after):
    """What moved between two nstat(): the counters that did, and by how much."""
    return {name: after[name] - before.get(name, 0) for name in after
            if after[name] != before.get(name, 0)}


def pair(here, there, namespace=None):
    """A veth pair, as on a wire; both ends are up and have no IPv6."""
    enter = ('ip', 'netns', 'exec', namespace) if namespace else ()
    run('ip', 'link', 'add', here, 'mtu', MTU, 'type', 'veth', 'peer', 'name', there,
        'mtu', MTU, *(('netns', namespace) if namespace else ()))
    for name, where, inside in ((here, None, ()), (there, namespace, enter)):
        interface_sysctls(name, {'disable_ipv6': '1'}, where)
        run(*inside, 'ethtool', '-K', name, *OFFLOADS_OFF)
        # As in harness.plain_link: no frame is lost for want of room in a queue.
        run(*inside, 'ip', 'link', 'set', name, 'txqueuelen', 30000, 'up')


class Veth:
    """A namespace with one end of a pair; the other end is here. Addresses have a
    prefix length: those of there, and those of here, none if it is lastack's port."""

    def __init__(self, name, here, there, addresses, local=()):
        self.name = name
        self.here = here
        self.there = there
        self.enter = ('ip', 'netns', 'exec', name)
        run('ip', 'netns', 'add', name)
        try:
            self.make(addresses, local)
        except BaseException:
            self.close()
            raise

    def make(self, addresses, local):
        sysctls(SYSCTLS, self.name)
        pair(self.here, self.there, self.name)
        self.run('ip', 'link', 'set', 'lo', 'up')
        add_addresses(self.there, addresses, self.name)
        add_addresses(self.here, local)

    def run(self, *command, **more):
        """Run a command there."""
        return run(*self.enter, *command, **more)

    def nstat(self):
        return nstat(self.enter)

    def close(self):
        # The pair at once; a namespace takes its time.
        run('ip', 'link', 'delete', self.here, check=False)
        run('ip', 'netns', 'delete', self.name, check=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Program:
    """A program of tests/support that says "ready", and counts in JSON when stopped."""

    def __init__(self, *command):
        # A session of its own: a Ctrl-C is for the test, which then stops it.
        self.process = subprocess.Popen([str(word) for word in command],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        text=True, start_new_session=True)
        line = self.process.stdout.readline()
        if line != 'ready\n':
            self.kill()
            raise AssertionError(f'{command} said {line!r}')

    def stop(self, number=signal.SIGINT):
        """End it: its counts."""
        self.process.send_signal(number)
        try:
            said, _ = self.process.communicate(timeout=15 * PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f'{self.process.args[0]} does not end') from None
        if self.process.returncode != 0:
            raise AssertionError(f'{self.process.args[0]} exited {self.process.returncode}')
        return json.loads(said)

    def kill(self):
        with contextlib.suppress(OSError):
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Emulator(Program):
    """link_emulator between two interfaces that are here."""

    def __init__(self, first, second, *options):
        for interface in (first, second):
            run('ip', 'link', 'set', interface, 'promisc', 'on', 'up')
        super().__init__(EMULATOR, *options, first, second)


class KernelEcho(Program):
    """kernel_echo in a namespace; more are its options: mode='slow', slow_ms=200."""

    def __init__(self, address, port, enter=(), **more):
        options = [word for name, value in more.items()
                   for word in (f'--{name.replace("_", "-")}', value)]
        super().__init__(*enter, KERNEL_ECHO, '--address', address, '--port', port,
                         *options)
