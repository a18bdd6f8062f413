# SPDX-License-Identifier: BSD-3-Clause
"""Run a command where it can leave nothing behind.

The command gets network, process and mount namespaces of its own, an empty
/run (so DPDK's runtime files and `ip netns` names are its own too) and TMPDIR
on it. When the command ends, or this program does in any way, SIGKILL
included, the kernel ends every process inside and drops the namespaces with
all their interfaces and files. SIGINT and SIGTERM are passed on to the command
once, and its exit status is handed on.

usage: sandbox.py COMMAND [ARGUMENT]...         (as root)
"""
import ctypes
import os
import signal
import subprocess
import sys

CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET = 0x00020000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 2, 4, 8, 1 << 14, 1 << 18
PR_SET_PDEATHSIG = 1
SKIP = 77
PASSED_ON = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}

libc = ctypes.CDLL(None, use_errno=True)


def check(result, what):
    if result != 0:
        error = ctypes.get_errno()
        sys.exit(f'sandbox: {what}: {os.strerror(error)}: a container may need --privileged')


def mount(kind, where, flags, options=None):
    check(libc.mount(kind, where.encode(), kind, ctypes.c_ulong(flags), options), f'mount {where}')


def furnish():
    """Make the new mount namespace fit to live in."""
    check(libc.mount(None, b'/', None, ctypes.c_ulong(MS_REC | MS_PRIVATE), None), 'make / private')
    mount(b'proc', '/proc', MS_NOSUID | MS_NODEV | MS_NOEXEC)
    mount(b'tmpfs', '/run', MS_NOSUID | MS_NODEV, b'mode=755')
    for name in ('dpdk', 'netns', 'lock', 'tmp'):
        os.mkdir(f'/run/{name}')
    os.environ['TMPDIR'] = '/run/tmp'
    os.environ['LA_SANDBOX'] = '1'
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)


def wait_for(pid):
    """Reap children until this one ends; its exit status as a shell gives it."""
    while True:
        ended, status = os.wait()
        if ended == pid:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def attend(pid):
    """Pass signals on to a child and wait for it."""
    for number in PASSED_ON:
        signal.signal(number, lambda n, frame: os.kill(pid, n))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED_ON)
    return wait_for(pid)


def init(command):
    """The first process inside: starts the command and reaps orphans."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setsid()
    furnish()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        for number in PASSED_ON:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED_ON)
        try:
            os.execvp(command[0], command)
        except OSError as error:
            print(f'sandbox: {command[0]}: {error.strerror}', file=sys.stderr)
            os._exit(127)
    return attend(pid)


def main(command):
    if not command:
        sys.exit(__doc__)
    if os.geteuid() != 0:
        print('sandbox: only root may make namespaces', file=sys.stderr)
        return SKIP
    signal.pthread_sigmask(signal.SIG_BLOCK, PASSED_ON)
    check(libc.unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET), 'unshare')
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        try:
            code = init(command)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f'sandbox: {error}', file=sys.stderr)
            code = 1
        os._exit(code)
    return attend(pid)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
