# SPDX-License-Identifier: BSD-3-Clause
"""`lastack load` in the tests: against the kernel through a veth pair or a tap, and against
`lastack serve` over memif."""
import json
import os
import signal
import subprocess
import tempfile

import harness
from harness import LASTACK, run, until
from veth import Veth

LOAD_PREFIX = 'laload'
FAR = '10.78.0.254'                     # Where the kernel's servers are.
CONFIGURATION = '''
[eal]
args = --no-pci --no-huge -m 256 --lcores {lcores} --file-prefix {prefix}
args = --vdev {device}
[port]
device = {name}
address = {address}
[worker]
idle = yield
[tcp]
time-wait-max = 200000
drain = 2s
'''


def configuration(device, address, more, prefix, workers=1):
    text = CONFIGURATION.format(lcores=harness.lcores(workers), prefix=prefix, device=device,
                                name=device.split(',')[0], address=address)
    with tempfile.NamedTemporaryFile('w', suffix='.ini', delete=False) as file:
        file.write(text + more)
    return file.name


class Load:
    """A run that is under way. Settings are those of -s in [load]: rate='5k'."""

    def __init__(self, device, address, target, arguments=(), enter=(), workers=1, **settings):
        self.json = tempfile.NamedTemporaryFile(suffix='.json', delete=False).name
        settings = {'target': target, 'ramp': '0', 'duration': '20s'} | settings
        section = '[load]\n' + ''.join(f'{name.replace("_", "-")} = {value}\n'
                                       for name, value in settings.items())
        self.command = [*enter, LASTACK, 'load', '-c',
                        configuration(device, address, section, LOAD_PREFIX, workers), '--json', self.json,
                        *arguments]
        # A session of its own: a Ctrl-C is for the test, which then stops it.
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, start_new_session=True)

    def result(self, seconds=60, code=0):
        """Wait for its end: what it told in JSON; .said is what it printed."""
        try:
            self.said, _ = self.process.communicate(timeout=seconds * harness.PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            said, _ = self.process.communicate()
            raise AssertionError(f'load runs on after {seconds} s:\n{said[-3000:]}') from None
        if self.process.returncode != code:
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
    pair; sources are 10.78.1.1-10.78.1.250."""

    def __init__(self):
        self.veth = Veth('far', 'near0', 'far0', (f'{FAR}/16',))
        self.enter = self.veth.enter

    def load(self, target, arguments=(), **settings):
        settings = {'sources': '10.78.1.1-10.78.1.250'} | settings
        return Load('net_af_packet0,iface=near0', '10.78.0.1/16', target, arguments, **settings)

    def close(self):
        self.veth.close()


def tap_load(target, arguments=(), **settings):
    """lastack's port is a tap whose other end is here, with the address 10.79.0.254."""
    load = Load('net_tap9,iface=dtap9', '10.79.0.1/16', target, arguments,
                **({'sources': '10.79.1.1-10.79.1.250'} | settings))
    try:
        until('the tap is there',
              lambda: run('ip', 'link', 'show', 'dtap9', check=False).returncode == 0)
        run('ip', 'address', 'add', '10.79.0.254/16', 'dev', 'dtap9')
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
        path = configuration(f'net_af_packet0,iface={interface}{queues}', f'{FAR}/16',
                             '[listen discard]\nport = 9\nservice = discard\n'
                             '[listen close]\nport = 10\nservice = close\n'
                             '[listen web]\nport = 80\nservice = http\n'
                             '[listen echo]\nport = 7\nservice = echo\n', harness.PREFIX,
                             workers)
        super().__init__(*settings, config=path, link=lambda: None)

    def start(self):
        self.command = [*self.enter, *self.command]
        super().start()


class MemifServer(harness.Server):
    """`lastack serve` with every service, at one end of a memif."""
    SERVICES = {'web': ('http', 80), 'keep': ('http', 8080), 'echo': ('echo', 7),
                'discard': ('discard', 9), 'close': ('close', 10)}

    def __init__(self, *settings, workers=1):
        self.socket = os.path.join(tempfile.gettempdir(), 'memif.sock')
        services = ''.join(f'[listen {name}]\nport = {port}\nservice = {service}\n'
                           for name, (service, port) in self.SERVICES.items())
        path = configuration(f'net_memif0,role=server,socket={self.socket},socket-abstract=no,'
                             'rsize=12', '10.80.0.1/16', services, harness.PREFIX, workers)
        settings = ('listen keep.close=client', 'listen echo.buffers=4096',
                    'tcp.connections=100000', *settings)
        super().__init__(*settings, config=path, link=lambda: None)

    def load(self, port, arguments=(), target='10.80.0.1', **settings):
        settings = {'sources': '10.80.1.1-10.80.1.250', 'concurrent': 400} | settings
        return Load(f'net_memif0,role=client,socket={self.socket},socket-abstract=no,rsize=12',
                    '10.80.0.2/16', f'{target}:{port}', arguments, **settings)
