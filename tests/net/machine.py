# SPDX-License-Identifier: BSD-3-Clause
"""Programs, deadlines and settings of the machine that the tests run on."""
import os
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get('LA_BUILD', os.path.join(HERE, '../../build'))
LASTACK = os.path.join(BUILD, 'app/lastack')
STORM = os.path.join(BUILD, 'tests/net/conn_storm')
EMULATOR = os.path.join(BUILD, 'tests/net/link_emulator')
KERNEL_ECHO = os.path.join(BUILD, 'tests/net/kernel_echo')
PATIENCE = float(os.environ.get('LA_PATIENCE', '1'))
CLIENT_SYSCTLS = {
    'net/ipv4/ip_local_port_range': '1024 65535',
    'net/ipv4/tcp_tw_reuse': '1',
    'net/ipv4/tcp_max_tw_buckets': '200000',
    'net/ipv6/conf/all/disable_ipv6': '1',
    'net/ipv6/conf/default/disable_ipv6': '1',
    # A thousand clients at once are a thousand neighbours' worth of routes.
    'net/ipv6/route/max_size': '65536',
}
# The kernel's end of a link has the addresses it is given, at once, and no others.
IPV6_SYSCTLS = {'accept_ra': '0', 'accept_dad': '0', 'router_solicitations': '0'}


def run(*command, timeout=60, check=True, **more):
    """Run a command to its end; its output is text, both streams together."""
    try:
        done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors='replace', timeout=timeout * PATIENCE, check=False, **more)
    except subprocess.TimeoutExpired as expired:
        said = (expired.output or b'').decode(errors='replace')
        raise AssertionError(f'{command} took over {timeout} s:\n{said[-2000:]}') from None
    if check and done.returncode != 0:
        raise AssertionError(f'{command} exited {done.returncode}:\n{done.stdout[-4000:]}')
    return done


def until(what, condition, seconds=10, every=0.02):
    """Wait for a condition and return what it gave; AssertionError if it never holds."""
    deadline = time.monotonic() + seconds * PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f'not within {seconds} s: {what}')
        time.sleep(every)


def sysctls(values, namespace=None):
    enter = ['ip', 'netns', 'exec', namespace] if namespace else []
    script = '\n'.join(f'echo "{value}" > /proc/sys/{name}' for name, value in values.items())
    run(*enter, 'sh', '-e', '-c', script)


def interface_sysctls(interface, values, namespace=None):
    """Those of IPv6 on an interface."""
    sysctls({f'net/ipv6/conf/{interface}/{name}': value for name, value in values.items()},
            namespace)


def add_addresses(interface, addresses, namespace=None):
    """Give a kernel's interface addresses with a prefix length; IPv6 is on if one is IPv6."""
    enter = ['ip', 'netns', 'exec', namespace] if namespace else []
    ipv6 = any(':' in address for address in addresses)
    interface_sysctls(interface, IPV6_SYSCTLS, namespace)
    interface_sysctls(interface, {'disable_ipv6': str(int(not ipv6))}, namespace)
    for address in addresses:
        more = ['nodad'] if ':' in address else []
        # IPv6 may speak from any that it prefers: from these it speaks if told to.
        more += ['preferred_lft', '0'] if address.endswith('/128') else []
        run(*enter, 'ip', 'address', 'add', address, 'dev', interface, *more)
