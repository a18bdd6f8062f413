# SPDX-License-Identifier: BSD-3-Clause
"""The kernel's interface under the port: what it does to frames in front of a packet socket is
turned off, and on again, or said with its cure; a tap that is in use is refused."""
import tempfile

import harness
from harness import LASTACK, PREFIX, Server, run

HERE, THERE, OURS, CLIENT = 'near0', 'far0', '10.79.0.1', '10.79.0.254'
PACKET = ['eal.args=--no-pci --no-huge -m 256 --file-prefix lanet --lcores ' + harness.lcores(),
          f'eal.args=--vdev net_af_packet0,iface={HERE}', 'port.device=net_af_packet0',
          f'port.address={OURS}/24', 'listen web.close=client']


def gro():
    said = run('ethtool', '-k', HERE).stdout
    return 'generic-receive-offload: on' in said


class Interface(harness.unittest.TestCase):
    def pair(self, *offloads):
        """A veth as the kernel makes it, but for offloads of the client's end. The client is in
        a namespace of its own, or its frames would not leave the host's stack."""
        run('ip', 'netns', 'add', 'far')
        self.addCleanup(run, 'ip', 'netns', 'delete', 'far', check=False)
        run('ip', 'link', 'add', HERE, 'type', 'veth', 'peer', 'name', THERE, 'netns', 'far')
        self.addCleanup(run, 'ip', 'link', 'delete', HERE, check=False)
        self.far('ip', 'address', 'add', f'{CLIENT}/24', 'dev', THERE)
        self.far('ethtool', '-K', THERE, *offloads)
        run('ip', 'link', 'set', HERE, 'up')
        self.far('ip', 'link', 'set', THERE, 'up')

    def far(self, *command, **more):
        return run('ip', 'netns', 'exec', 'far', *command, **more)

    def serve(self, *settings):
        server = Server(*PACKET, *settings, link=lambda: None)
        self.addCleanup(server.kill)
        harness.until('the link is up', lambda: server.get('info')['link_up'])
        return server

    def upload(self, octets, seconds):
        """Whether a POST of so many octets is answered."""
        with tempfile.NamedTemporaryFile() as body:
            body.write(b'x' * octets)
            body.flush()
            return self.far('curl', '-s', '--max-time', seconds, '-H', 'Expect:', '--data-binary',
                            f'@{body.name}', '-o', '/dev/null', '-w', '%{http_code}',
                            f'http://{OURS}/', check=False, timeout=seconds + 5).stdout == '200'

    def notes(self, server):
        return {row['name']: row for row in server.rows('notes')}

    def test_gro_is_off_while_it_serves(self):
        self.pair('tx', 'off', 'gso', 'off')
        run('ethtool', '-K', HERE, 'gro', 'on')
        server = self.serve()
        self.assertFalse(gro())
        self.assertTrue(self.upload(600000, 20))
        self.assertEqual(self.notes(server), {})
        code, said = server.stop()
        self.assertEqual(code, 0)
        self.assertIn(f'note         {HERE}: rx-gro turned off until the end', said)
        self.assertTrue(gro())

    def test_gro_that_is_off_stays_off(self):
        self.pair('tx', 'off', 'gso', 'off')
        run('ethtool', '-K', HERE, 'gro', 'off')
        _, said = self.serve().stop()
        self.assertNotIn('turned off', said)
        self.assertFalse(gro())

    def test_gro_may_be_left_alone_and_what_it_does_is_said(self):
        self.pair('tx', 'off', 'gso', 'off')
        run('ethtool', '-K', HERE, 'gro', 'on')
        server = self.serve('port.kernel-gro=leave')
        self.assertTrue(gro())
        self.upload(600000, 3)
        notes = self.notes(server)
        self.assertIn(f'ethtool -K {HERE} gro off', notes['frames_joined']['cure'])
        self.assertGreaterEqual(notes['frames_cut_off']['count'], 3)
        self.assertEqual(server.counter('rx_cut_off'), notes['frames_cut_off']['count'])
        self.assertEqual(server.counter('rx_ip_total_len'), 0)
        _, said = server.stop()
        self.assertIn('longer than the packet socket\'s, and cut off', said)
        self.assertTrue(gro())

    def test_checksums_left_to_a_nic_are_said(self):
        self.pair('tx', 'on')
        server = self.serve()
        self.assertFalse(self.upload(10, 4))
        note = self.notes(server)['checksum_partial']
        self.assertEqual(note['count'], server.counter('rx_tcp_checksum_partial'))
        self.assertEqual(server.counter('rx_tcp_checksum'), 0)
        self.assertIn('ethtool -K NAME tx off', note['cure'])
        self.far('ethtool', '-K', THERE, 'tx', 'off')
        self.assertTrue(self.upload(10, 20))
        _, said = server.stop()
        self.assertIn('checksum was left to a NIC', said)

    def test_an_address_that_the_kernel_has_too_is_said(self):
        self.pair('tx', 'off')
        server = self.serve()
        self.assertEqual(self.notes(server), {})
        run('ip', 'address', 'add', f'{OURS}/32', 'dev', HERE)
        self.assertIn('ip address del', self.notes(server)['kernel_address']['cure'])
        run('ip', 'address', 'del', f'{OURS}/32', 'dev', HERE)
        self.assertEqual(self.notes(server), {})

    def test_a_tap_in_use_is_refused(self):
        server = Server(link=lambda: None)
        self.addCleanup(server.kill)
        run('ip', 'link', 'set', 'dtap0', 'up')
        harness.until('the link is up', lambda: server.get('info')['link_up'])
        changes = server.get('info')['link_changes']
        second = run(LASTACK, 'serve', '-c', harness.configuration(), '-s',
                     f'eal.args=--no-pci --no-huge -m 256 --file-prefix {PREFIX}2 --vdev '
                     f'net_tap0,iface=dtap0 --lcores {harness.lcores()}', check=False)
        self.assertEqual(second.returncode, 1)
        self.assertIn('the tap dtap0 is in use', second.stdout)
        self.assertTrue(server.get('info')['link_up'])
        self.assertEqual(server.get('info')['link_changes'], changes)
        self.assertEqual(server.stop()[0], 0)


harness.main()
