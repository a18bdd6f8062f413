# SPDX-License-Identifier: BSD-3-Clause
"""Starting, failing to start, stopping, dying, and what is left afterwards."""
import os
import signal
import socket
import unittest

import harness
from harness import ADDRESS, Server, hold, let_go, run, storm


def start(*arguments, timeout=20):
    """Run `lastack` to its end; exit status and what it printed."""
    done = run(harness.LASTACK, *arguments, timeout=timeout, check=False)
    return done.returncode, done.stdout


class Lifecycle(unittest.TestCase):
    def setUp(self):
        self.before = self.traces()

    @staticmethod
    def traces():
        """What a run could leave behind. (DPDK leaves its runtime folder to a next run.)"""
        with open('/proc/net/dev', encoding='ascii') as devices:
            interfaces = sorted(line.split(':')[0].strip() for line in devices if ':' in line)
        return interfaces, sorted(os.listdir('/run/netns')), sorted(os.listdir('/run/tmp'))

    def refused(self, code, *words, settings=(), path=None):
        """serve exits with this code and one line that has all these words."""
        path = path or harness.configuration()
        if code == 1:
            harness.make_port()         # EAL wants it; what fails comes after.
        self.before = self.traces()
        arguments = ['serve', '-c', path]
        for setting in settings:
            arguments += ['-s', setting]
        status, output = start(*arguments)
        self.assertEqual(status, code, output)
        lines = [line for line in output.splitlines() if all(word in line for word in words)]
        self.assertEqual(len(lines), 1, output)
        self.assertEqual(self.traces(), self.before)

    def tearDown(self):
        harness.drop_port()

    def serve(self, *settings, **more):
        """A server that does not outlive a case that failed, nor its link."""
        server = Server(*settings, **more)
        self.addCleanup(server.kill)
        return server

    def edited(self, old, new):
        """A configuration with a change."""
        path = harness.configuration()
        with open(path, encoding='utf-8') as file:
            text = file.read()
        self.assertIn(old, text)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text.replace(old, new))
        return path

    def test_unknown_key(self):
        self.refused(2, 'conections', 'connections',
                     path=self.edited('connections =', 'conections ='))

    def test_unknown_key_on_the_command_line(self):
        self.refused(2, 'tcp', 'time-wate', settings=['tcp.time-wate=5s'])

    def test_value_out_of_range(self):
        self.refused(2, '99999', '1-65535', path=self.edited('port = 80\n', 'port = 99999\n'))

    def test_unknown_service(self):
        self.refused(2, 'finger', path=self.edited('service = close', 'service = finger'))

    def test_no_such_file(self):
        self.refused(2, '/nonexistent.ini', path='/nonexistent.ini')

    def test_missing_device(self):
        self.refused(1, 'net_tap9', settings=['port.device=net_tap9'])

    def test_too_much_memory(self):
        self.refused(1, 'memory', settings=['tcp.connections=2000000000'])

    def test_port_number_used_twice(self):
        self.refused(2, '7', path=self.edited('port = 9\n', 'port = 7\n'))

    def test_usage(self):
        for arguments in ((), ('serve',), ('dance',), ('serve', '--nonsense')):
            self.assertEqual(start(*arguments)[0], 2, arguments)
        self.assertEqual(start('--help')[0], 0)
        self.assertEqual(start('--version')[0], 0)

    def test_second_server_with_the_same_prefix(self):
        server = self.serve()
        # With a tap of its own: that of the first would be refused before.
        path = self.edited('dtap0', 'dtap1') if harness.TAP else None
        self.refused(1, 'lanet', path=path)
        self.assertEqual(server.stop()[0], 0)

    def test_sigint_and_sigterm_stop_with_a_summary(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            server = self.serve()
            storm('http', 80, 100)
            code, output = server.stop(number)
            self.assertEqual(code, 0, output)
            self.assertRegex(output, r'(?m)^.*opened.*\b100\b')
            self.assertNotIn('dtap0', self.traces()[0])

    def test_drain_finishes_what_is_open(self):
        server = self.serve('tcp.drain=600s')
        held = hold(7, 50)
        # A client is connected before its last ACK has been heard.
        harness.until('all are open', lambda: server.states()['ESTABLISHED'] == 50)
        # The server closes; the clients, who see the end of the stream, close too.
        code, output = server.stop(signal.SIGTERM, seconds=30)
        self.assertEqual(code, 0, output)
        counts = let_go(held)
        self.assertEqual((counts['closed'], counts['failed']), (50, 0))

    @staticmethod
    def clients_that_never_close(server, count):
        """Connected, and their last ACK heard: with cookies nobody knows of them before."""
        clients = [socket.create_connection((ADDRESS, 7), timeout=10) for _ in range(count)]
        harness.until('all are open', lambda: server.states()['ESTABLISHED'] == count)
        return clients

    @staticmethod
    def draining(clients):
        """The server has closed its side of each: all its workers know that they drain."""
        return run('ss', '-tnH').stdout.count('CLOSE-WAIT') == len(clients)

    def test_draining_takes_nobody_new_and_has_an_end(self):
        server = self.serve('tcp.drain=2s')
        clients = self.clients_that_never_close(server, 20)
        server.process.send_signal(signal.SIGTERM)
        harness.until('clients see the end', lambda: self.draining(clients))
        with self.assertRaises(OSError):
            socket.create_connection((ADDRESS, 80), timeout=1).close()
        code, output = server.stop(0, seconds=30)
        self.assertEqual(code, 0, output)
        for client in clients:
            client.close()

    def test_second_signal_ends_at_once(self):
        server = self.serve('tcp.drain=600s')
        clients = self.clients_that_never_close(server, 20)
        server.process.send_signal(signal.SIGTERM)
        harness.until('clients see the end', lambda: self.draining(clients))
        server.stop(signal.SIGTERM, seconds=30)
        for client in clients:
            client.close()

    def test_duration_ends_it(self):
        server = self.serve(arguments=('--duration', '1'), link=lambda: None)
        code, output = server.stop(0)
        self.assertEqual(code, 0, output)

    def test_killed_and_started_again(self):
        server = self.serve()
        storm('http', 80, 100)
        server.kill()
        harness.until('the tap is gone', lambda: 'dtap0' not in self.traces()[0])
        server = self.serve()
        storm('http', 80, 100)
        self.assertEqual(server.stop()[0], 0)

    def test_10000_connections_and_stop(self):
        """Under a sanitizer this is the leak check of a full run."""
        server = self.serve()
        storm('http', 80, 5000)
        storm('echo', 7, 5000, octets=1000)
        code, output = server.stop()
        self.assertEqual(code, 0, output)
        for word in ('AddressSanitizer', 'LeakSanitizer', 'runtime error'):
            self.assertNotIn(word, output)


if __name__ == '__main__':
    harness.main()
