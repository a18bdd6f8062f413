# SPDX-License-Identifier: BSD-3-Clause
"""`lastack load` in the tests: against the kernel through a veth pair or a tap, and against
`lastack serve` over memif."""
import json
import os
import signal
import subprocess
import tempfile

import harness
from harness import FAMILY, LASTACK, MTU, VLAN, address, run, until
from variant import in_url
from veth import Emulator, Veth, pair

LOAD_PREFIX = 'laload'
LEN = 16 if FAMILY == 4 else 64         # Of the prefixes of all networks here.
FAR = address(254, net=78)              # Where the kernel's servers are.
AT_FAR = in_url(FAR)
# Frames of any size at one end of a veth pair.
AF_PACKET = ',framesz=9216,blocksz=36864,framecnt=2048' if MTU > 1504 else ''
CHECKS = 'failed<0.001%,reset<0.001%'
MEMIF = 'socket-abstract=no,rsize=12' + (',bsize=9216' if MTU > 1504 else '')
CONFIGURATION = '''
[eal]
args = --no-pci --no-huge -m 256 --lcores {lcores} --file-prefix {prefix}
args = --vdev {device}
[port]
device = {name}
address = {address}
mtu = {mtu}
vlan = {vlan}
[worker]
idle = yield
[tcp]
time-wait-max = 200000
drain = 2s
'''


def source(host, net):
    """One of the addresses that connections come from. Each is a neighbour of the kernel's,
    whose table for IPv6 has 1024 places for all namespaces together."""
    return f'10.{net}.1.{host}' if FAMILY == 4 else f'fd00:{net}::1:{host:x}'


def sources(net, last=250):
    return f'{source(1, net)}-{source(last, net)}'


def configuration(device, own, more, prefix, workers=1, vlan=VLAN):
    text = CONFIGURATION.format(lcores=harness.lcores(workers), prefix=prefix, device=device,
                                name=device.split(',')[0], address=own, mtu=MTU, vlan=vlan)
    with tempfile.NamedTemporaryFile('w', suffix='.ini', delete=False) as file:
        file.write(text + more)
    return file.name


class Load:
    """A run that is under way. Settings are those of -s in [load]: rate='5k'. checks are those
    of --pass, None for the preset ones. The rate reached is not among them, since it depends on
    how busy the machine is."""

    def __init__(self, device, own, target, arguments=(), enter=(), workers=1, checks=CHECKS,
                 **settings):
        self.json = tempfile.NamedTemporaryFile(suffix='.json', delete=False).name
        settings = {'target': target, 'ramp': '0', 'duration': '20s'} | settings
        section = '[load]\n' + ''.join(f'{name.replace("_", "-")} = {value}\n'
                                       for name, value in settings.items())
        self.command = [*enter, LASTACK, 'load', '-c',
                        configuration(device, own, section, LOAD_PREFIX, workers),
                        '--json', self.json,
                        *(('--pass', checks) if checks else ()), *arguments]
        # A session of its own: a Ctrl-C is for the test, which then stops it.
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, start_new_session=True)

    def result(self, seconds=60, code=0):
        """Wait for its end: what it told in JSON; .said is what it printed. code is its exit
        status, None for any."""
        try:
            self.said, _ = self.process.communicate(timeout=seconds * harness.PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            said, _ = self.process.communicate()
            raise AssertionError(f'load runs on after {seconds} s:\n{said[-3000:]}') from None
        if code is not None and self.process.returncode != code:
            raise AssertionError(f'load exited {self.process.returncode}, not {code}:\n'
                                 f'{self.said[-4000:]}')
        with open(self.json, encoding='ascii') as file:
            self.told = told = json.load(file)
        os.unlink(self.json)
        for name in ('attempted', 'opened', 'closed', 'retransmissions'):
            assert sum(row[name] for row in told['per_second']) == told[name], name
        assert sum(row['failed'] for row in told['per_second']) == told['failed']['total']
        for name in ('attempted', 'opened', 'closed'):
            assert sum(row[name] for row in told['workers']) == told[name], name
        assert sum(row['failed'] for row in told['workers']) == told['failed']['total']
        return told

    def signal(self, number=signal.SIGINT):
        self.process.send_signal(number)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


class Far:
    """A namespace with servers of the kernel's, and lastack's port at this end of a veth
    pair, or, over a VLAN, of another that a link joins to it."""

    def __init__(self):
        self.emulator = None
        self.veth = Veth('far', 'left' if VLAN else 'near0', 'far0', (f'{FAR}/{LEN}',))
        self.enter = self.veth.enter
        if VLAN:
            pair('near0', 'right')
            self.emulator = Emulator('right', 'left', '--vlan', VLAN)

    def load(self, target, arguments=(), **settings):
        return near_load(target, arguments, **settings)

    def close(self):
        if self.emulator is not None:
            self.emulator.stop()
            run('ip', 'link', 'delete', 'near0')
        self.veth.close()


def near_load(target, arguments=(), **settings):
    """lastack's port is near0."""
    settings = {'sources': sources(78)} | settings
    return Load(f'net_af_packet0,iface=near0{AF_PACKET}', f'{address(1, net=78)}/{LEN}', target,
                arguments, **settings)


def tap_load(target, arguments=(), **settings):
    """lastack's port is a tap whose other end is here."""
    load = Load('net_tap9,iface=dtap9', f'{address(1, net=79)}/{LEN}', target, arguments,
                **({'sources': sources(79)} | settings))
    try:
        until('the tap is there',
              lambda: run('ip', 'link', 'show', 'dtap9', check=False).returncode == 0)
        harness.add_addresses('dtap9', [f'{address(254, net=79)}/{LEN}'])
        run('ip', 'link', 'set', 'dtap9', 'txqueuelen', 30000, 'up')
    except BaseException:
        load.kill()
        raise
    return load


class FarServer(harness.Server):
    """`lastack serve` in a namespace, with discard on port 9 of FAR, by a packet socket."""

    def __init__(self, enter, interface, *settings, workers=1):
        self.enter = enter
        queues = f',qpairs={workers}' if workers > 1 else ''
        path = configuration(f'net_af_packet0,iface={interface}{AF_PACKET}{queues}',
                             f'{FAR}/{LEN}',
                             '[listen discard]\nport = 9\nservice = discard\n'
                             '[listen close]\nport = 10\nservice = close\n'
                             '[listen web]\nport = 80\nservice = http\n'
                             '[listen echo]\nport = 7\nservice = echo\n', harness.PREFIX,
                             workers, vlan=0)
        super().__init__(*settings, config=path, link=lambda: None)

    def start(self):
        self.command = [*self.enter, *self.command]
        super().start()

    @staticmethod
    def make_port():
        """It is there."""


class MemifServer(harness.Server):
    """`lastack serve` with every service, at one end of a memif."""
    SERVICES = {'web': ('http', 80), 'keep': ('http', 8080), 'echo': ('echo', 7),
                'discard': ('discard', 9), 'close': ('close', 10)}

    def __init__(self, *settings, workers=1):
        self.socket = os.path.join(tempfile.gettempdir(), 'memif.sock')
        services = ''.join(f'[listen {name}]\nport = {port}\nservice = {service}\n'
                           for name, (service, port) in self.SERVICES.items())
        path = configuration(f'net_memif0,role=server,socket={self.socket},{MEMIF}',
                             f'{address(1, net=80)}/{LEN}', services, harness.PREFIX, workers)
        settings = ('listen keep.close=client', 'listen echo.buffers=4096',
                    'tcp.connections=100000', *settings)
        super().__init__(*settings, config=path, link=lambda: None)

    def load(self, port, arguments=(), target=address(1, net=80), **settings):
        settings = {'sources': sources(80), 'concurrent': 400} | settings
        return Load(f'net_memif0,role=client,socket={self.socket},{MEMIF}',
                    f'{address(2, net=80)}/{LEN}', f'{in_url(target)}:{port}', arguments,
                    **settings)

    @staticmethod
    def make_port():
        """memif makes it."""
