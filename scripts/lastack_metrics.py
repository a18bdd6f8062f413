# SPDX-License-Identifier: BSD-3-Clause
"""Answers of the telemetry socket as Prometheus metrics.

The tables below say what becomes of which figure. What they do not know is shown too: a new
reason is one more label, a new event of /lastack/counters goes to lastack_events_total, a new
figure of /lastack/load to lastack_load_other. All names here lack the leading lastack_.
"""
from prometheus_client.core import Metric

FAMILIES = {
    # name: (type, help)
    'up': ('gauge', 'Whether the instance answers on its telemetry socket.'),
    'read_seconds': ('gauge', 'How long it took to read the instance\'s figures, or to give up.'),
    'instance': ('info', 'What runs.'),
    'uptime_seconds': ('gauge', 'Time since the instance started.'),
    'workers': ('gauge', 'Workers, each with a stack and a queue of its own.'),
    'link_up': ('gauge', 'Whether each port has a link.'),
    'link_changes': ('counter', 'Times that a link came up or went down.'),
    'gateway_silent': ('gauge', 'Whether a gateway does not answer ARP or ND.'),
    'mtu_bytes': ('gauge', 'The largest IP packet of the port.'),

    'device': ('info', 'The ports that there are: a device each, and its name in [port].'),
    'device_link_up': ('gauge', 'Whether this port has a link.'),
    'device_link_changes': ('counter', 'Times that this port\'s link came up or went down.'),
    'device_gateway_silent': ('gauge', 'Whether a gateway of this port does not answer.'),
    'device_mtu_bytes': ('gauge', 'The largest IP packet of this port.'),
    'device_workers': ('gauge', 'Workers of this port.'),
    'device_packets': ('counter', 'Packets that went through this port.'),
    'device_bytes': ('counter', 'Octets of the frames that went through this port.'),
    'device_drops': ('counter', 'Frames that this port lost.'),

    'connections': ('gauge', 'Connections by state, in the words of RFC 9293.'),
    'connections_opened': ('counter', 'Connections that became ESTABLISHED.'),
    'connections_closed': ('counter', 'Connections that ended with both sides\' FIN.'),
    'connections_reset': ('counter', 'Connections ended by the peer\'s RST.'),
    'connections_aborted': ('counter', 'Connections ended with a RST of ours.'),
    'connections_timed_out': ('counter', 'Connections given up: no answer, or idle for too long.'),
    'connections_refused': ('counter', 'Active opens refused by the peer.'),
    'syns_received': ('counter', 'SYNs that arrived for a listener.'),
    'mss_raised': ('counter', 'SYNs and SYN-ACKs whose MSS was below 64 and taken for that.'),
    'ecn_connections': ('counter', 'Connections that became ESTABLISHED with ECN.'),
    'ecn_marked': ('counter', 'Segments of text that came with CE: a router on the way here is '
        'congested.'),
    'ecn_reduced': ('counter', "Times that the peer's ECE reduced cwnd: a router on the way there "
        'is congested.'),
    'cookies_sent': ('counter', 'SYN-ACKs that carried a cookie.'),
    'cookies_accepted': ('counter', 'Connections opened by a cookie.'),
    'cookies_rejected': ('counter', 'ACKs to a listener whose cookie was not good.'),
    'cookie_workers': ('gauge', 'Workers that answer SYNs with cookies now.'),
    'cookie_mode': ('info', 'When SYNs are answered with cookies: tcp.syn-cookies.'),
    'cookie_key_age_seconds': ('gauge', 'Age of the cookie key in use.'),
    'cookie_key_rotations': ('counter', 'Times a new cookie key came into use.'),
    'text_bytes': ('counter', 'TCP text delivered to services (rx), and sent, retransmissions '
                              'included (tx).'),
    'segments': ('counter', 'TCP segments received, by what became of them; drop_*: not taken.'),
    'segments_sent': ('counter', 'TCP segments sent.'),
    'segments_unsent': ('counter', 'TCP segments not sent, and why.'),
    'retransmissions': ('counter', 'Timeouts that made something be sent again.'),
    'path_black_holes': ('counter', 'Times that text went on in smaller segments, as larger ones '
                                    'timed out.'),
    'rsts_sent': ('counter', 'RSTs sent.'),
    'challenge_acks_sent': ('counter', 'Challenge ACKs sent (RFC 5961).'),
    'replies_limited': ('counter', 'Replies kept back by a rate limit.'),
    'time_wait_entered': ('counter', 'Connections that entered TIME-WAIT.'),
    'time_wait_expired': ('counter', 'TIME-WAIT records that lived for 2MSL.'),
    'time_wait_reused': ('counter', 'TIME-WAIT records given up early: the queue was full.'),
    'time_wait_reopened': ('counter', 'TIME-WAIT records that an active open took the place of.'),
    'table_full': ('counter', 'Flows not added because the table or the pool was full.'),
    'idle_evicted': ('counter', 'Connections without progress that were ended, since the table '
                     'was full, for a new one.'),
    'reassembly_evicted': ('counter', 'Times that a connection\'s out-of-order text was forgotten '
                                      'to hold another\'s.'),
    'sends_put_off': ('counter', 'SENDs put off because no extension block was free.'),
    'buffers_taken_back': ('counter', 'Connections that lost a service\'s buffer: timed out, or '
                                      'ended for another to have it.'),
    'buffers_wanting': ('counter', 'Times that text was not taken because no buffer was left.'),
    'senders_gave_way': ('counter', 'Extension blocks taken from the connection without progress for '
                         'longest, for another.'),
    'arp': ('counter', 'ARP: requests answered, replies used, requests sent, packets ignored.'),
    'wrong_core': ('counter', 'Segments that came to another worker than their connection\'s.'),
    'address_conflicts': ('counter', 'ARP from another host that uses one of our addresses.'),
    'neighbours_not_learnt': ('counter', 'Neighbours not learnt because the table was full.'),
    'neighbours_lost': ('counter', 'Neighbours that stopped answering.'),
    'icmp': ('counter', 'ICMP: echo requests answered, errors about our connections.'),
    'events': ('counter', 'Events that have no metric of their own yet.'),

    'frames': ('counter', 'Frames received, by what was made of them before TCP saw them.'),
    'stack_frames': ('counter', 'Frames handed to the stacks.'),
    'port_packets': ('counter', 'Packets that went through the port.'),
    'port_bytes': ('counter', 'Octets of the frames that went through the port.'),
    'port_drops': ('counter', 'Frames that the port or its queues lost.'),

    'peak_connections': ('gauge', 'The most connections there have been at once.'),
    'peak_time_wait': ('gauge', 'The most TIME-WAIT records there have been at once.'),
    'peak_connections_opened_per_second': ('gauge', 'The best second: connections opened.'),
    'peak_connections_closed_per_second': ('gauge', 'The best second: connections closed.'),
    'peak_syns_per_second': ('gauge', 'The best second: SYNs.'),
    'peak_port_packets_per_second': ('gauge', 'The best second: packets.'),
    'peak_port_bytes_per_second': ('gauge', 'The best second: octets.'),

    'worker': ('info', 'Where a worker runs, and its queue.'),
    'worker_answers': ('gauge', 'Whether the worker answered when asked for its figures.'),
    'worker_polls': ('counter', 'Polls of the worker\'s queue.'),
    'worker_shared_frames': ('counter', 'Control frames heard of from other workers.'),
    'worker_busy_ratio': ('gauge', 'Share of the last second spent on polls that found work.'),
    'worker_cycles_per_packet': ('gauge', 'CPU cycles for each packet in the last second.'),
    'worker_burst_packets': ('gauge', 'Packets in a poll that found some, in the last second.'),
    'worker_table_flows': ('gauge', 'Flows in the worker\'s table, TIME-WAIT included.'),
    'worker_table_size': ('gauge', 'Flows the worker\'s table has room for.'),
    'worker_longest_poll_seconds': ('gauge', 'The longest poll since the start.'),
    'worker_connections_opened': ('counter', 'Connections that became ESTABLISHED here.'),
    'worker_connections_closed': ('counter', 'Connections that ended with both FINs here.'),
    'worker_packets': ('counter', 'Packets that went through the worker\'s queue.'),

    'listener': ('info', 'Listeners by the name of their section.'),
    'listener_connections': ('gauge', 'Connections open now.'),
    'listener_connections_accepted': ('counter', 'Connections accepted.'),
    'listener_connections_refused': ('counter', 'Connections refused.'),

    'connection_bytes': ('gauge', 'Octets of a connection\'s control block.'),
    'time_wait_bytes': ('gauge', 'Octets of a TIME-WAIT record.'),
    'sender_bytes': ('gauge', 'Octets of an extension block, which a connection has while it sends.'),
    'memory_bytes': ('gauge', 'Memory by use: the stacks with all in them, the tables alone, '
                              'mbufs.'),
    'pool_used': ('gauge', 'Objects in use.'),
    'pool_size': ('gauge', 'Objects there are.'),
    'mbufs': ('gauge', 'Buffers of the port.'),
    'mbufs_free': ('gauge', 'Buffers of the port that are free.'),

    'load': ('info', 'What the load generator does with a connection.'),
    'load_phase': ('gauge', '1 for the phase the run is in.'),
    'load_offered_per_second': ('gauge', 'Opens a second that are due now.'),
    'load_connections': ('gauge', 'Connections open now.'),
    'load_connections_attempted': ('counter', 'Opens made: a SYN was sent.'),
    'load_connections_opened': ('counter', 'Opens that became ESTABLISHED.'),
    'load_connections_closed': ('counter', 'Connections that ended well.'),
    'load_connections_failed': ('counter', 'Connections that failed, by reason.'),
    'load_late_opens': ('counter', 'Opens made over 1 ms after they fell due.'),
    'load_latest_open_seconds': ('gauge', 'The longest time an open was made after it fell due.'),
    'load_opens_behind': ('gauge', 'Opens that are due and not made yet.'),
    'load_retransmissions': ('counter', 'Segments sent again by the load generator.'),
    'load_wrong_core': ('counter', 'Segments that came to another worker than opened.'),
    'load_live_connections': ('gauge', 'Connections held open beside the run.'),
    'load_other': ('gauge', 'Figures that have no metric of their own yet.'),
    'load_handshake_seconds': ('summary', 'From SYN to ESTABLISHED, over the whole run; quantile '
                                          '0 is the least, 1 the most.'),
    'load_connection_seconds': ('summary', 'From SYN to the end, over the whole run; quantile '
                                           '0 is the least, 1 the most.'),
}

MICRO = 1000000         # Microseconds in the second.


def to(family, per=1, **labels):
    """What becomes of a figure: its family, what it is divided by, its labels."""
    return family, per, labels


INFO = {
    'uptime_s': to('uptime_seconds'), 'workers': to('workers'), 'link_up': to('link_up'),
    'link_changes': to('link_changes'),
    'gateway_silent': to('gateway_silent'), 'mtu': to('mtu_bytes'),
}
COUNTERS = {
    'opened': to('connections_opened'), 'closed': to('connections_closed'),
    'reset': to('connections_reset'), 'aborted': to('connections_aborted'),
    'timed_out': to('connections_timed_out'), 'refused': to('connections_refused'),
    'syn_received': to('syns_received'), 'mss_raised': to('mss_raised'),
    'ecn_opened': to('ecn_connections'), 'ecn_marked': to('ecn_marked'),
    'ecn_reduced': to('ecn_reduced'), 'cookies_sent': to('cookies_sent'),
    'cookies_accepted': to('cookies_accepted'), 'cookies_rejected': to('cookies_rejected'),
    'rx_frames': to('stack_frames'),
    'rx_text_octets': to('text_bytes', direction='rx'),
    'tx_text_octets': to('text_bytes', direction='tx'),
    'tx_segments': to('segments_sent'), 'tx_retransmits': to('retransmissions'),
    'path_black_holes': to('path_black_holes'),
    'tx_no_frame': to('segments_unsent', reason='no_frame'),
    'tx_no_neighbour': to('segments_unsent', reason='no_neighbour'),
    'tx_rsts': to('rsts_sent'), 'challenges': to('challenge_acks_sent'),
    'tx_rsts_limited': to('replies_limited', reply='rst'),
    'challenges_limited': to('replies_limited', reply='challenge_ack'),
    'answers_limited': to('replies_limited', reply='answer'),
    'icmp_limited': to('replies_limited', reply='icmp'),
    'time_wait_entered': to('time_wait_entered'), 'time_wait_expired': to('time_wait_expired'),
    'time_wait_reused': to('time_wait_reused'), 'time_wait_reopened': to('time_wait_reopened'),
    'table_full': to('table_full'), 'idle_evicted': to('idle_evicted'),
    'no_sender': to('sends_put_off'),
    'reassembly_evicted': to('reassembly_evicted'),
    'buffers_expired': to('buffers_taken_back', reason='expired'),
    'buffers_reused': to('buffers_taken_back', reason='reused'),
    'no_buffer': to('buffers_wanting'),
    'senders_gave_way': to('senders_gave_way'),
    'arp_requests': to('arp', event='requests'), 'arp_replies': to('arp', event='replies'),
    'arp_sent': to('arp', event='sent'), 'arp_ignored': to('arp', event='ignored'),
    'wrong_core': to('wrong_core'), 'address_conflicts': to('address_conflicts'),
    'neighbours_full': to('neighbours_not_learnt'), 'neighbours_lost': to('neighbours_lost'),
    'icmp_echos': to('icmp', event='echos'), 'icmp_errors': to('icmp', event='errors'),
    'icmp_too_big': to('icmp', event='too_big'), 'icmp_refused': to('icmp', event='refused'),
    'icmp_ignored': to('icmp', event='ignored'),
    'port_rx_packets': to('port_packets', direction='rx'),
    'port_tx_packets': to('port_packets', direction='tx'),
    'port_rx_octets': to('port_bytes', direction='rx'),
    'port_tx_octets': to('port_bytes', direction='tx'),
    'port_tx_refused': to('port_drops', reason='tx_refused'),
    'port_no_mbuf': to('port_drops', reason='no_mbuf'),
    'port_rx_multi_segment': to('port_drops', reason='rx_multi_segment'),
    'port_rx_missed': to('port_drops', reason='rx_missed'),
    'worker_share_missed': to('port_drops', reason='share_missed'),
}
# Of each port, where port_* are those of all.
DEVICE = {
    'link_up': to('device_link_up'), 'link_changes': to('device_link_changes'),
    'gateway_silent': to('device_gateway_silent'), 'mtu': to('device_mtu_bytes'),
    'workers': to('device_workers'),
    'rx_packets': to('device_packets', direction='rx'),
    'tx_packets': to('device_packets', direction='tx'),
    'rx_octets': to('device_bytes', direction='rx'),
    'tx_octets': to('device_bytes', direction='tx'),
    'tx_refused': to('device_drops', reason='tx_refused'),
    'rx_missed': to('device_drops', reason='rx_missed'),
}
# What a counter of /lastack/reasons is of, and its family.
REASONS = (('segment', 'segments'), ('frame', 'frames'))
WORKER_COUNTERS = {
    'opened': to('worker_connections_opened'), 'closed': to('worker_connections_closed'),
    'port_rx_packets': to('worker_packets', direction='rx'),
    'port_tx_packets': to('worker_packets', direction='tx'),
}
PEAKS = {
    'peak_connections': to('peak_connections'), 'peak_time_wait': to('peak_time_wait'),
    'peak_opened_per_s': to('peak_connections_opened_per_second'),
    'peak_closed_per_s': to('peak_connections_closed_per_second'),
    'peak_syn_per_s': to('peak_syns_per_second'),
    'peak_rx_pps': to('peak_port_packets_per_second', direction='rx'),
    'peak_tx_pps': to('peak_port_packets_per_second', direction='tx'),
    'peak_rx_bps': to('peak_port_bytes_per_second', 8, direction='rx'),
    'peak_tx_bps': to('peak_port_bytes_per_second', 8, direction='tx'),
}
WORKER = {
    'answers': to('worker_answers'), 'polls': to('worker_polls'),
    'shared_frames': to('worker_shared_frames'),
    'busy_percent': to('worker_busy_ratio', 100),
    'cycles_per_packet': to('worker_cycles_per_packet'), 'burst_avg': to('worker_burst_packets'),
    'longest_poll_us': to('worker_longest_poll_seconds', MICRO),
}
# Only of a worker that answers.
WORKER_TABLE = {'table_used': to('worker_table_flows'), 'table_size': to('worker_table_size')}
LISTENER = {
    'accepted': to('listener_connections_accepted'), 'refused': to('listener_connections_refused'),
    'open': to('listener_connections'),
}
COOKIES = {
    'workers_sending_cookies': to('cookie_workers'), 'key_age_s': to('cookie_key_age_seconds'),
    'rotations': to('cookie_key_rotations'),
}
MEMORY = {
    'octets_per_connection': to('connection_bytes'), 'octets_per_time_wait': to('time_wait_bytes'),
    'octets_per_sender': to('sender_bytes'),
    'octets_stacks': to('memory_bytes', use='stacks'),
    'octets_table': to('memory_bytes', use='tables'),
    'octets_mbufs': to('memory_bytes', use='mbufs'),
    'mbufs': to('mbufs'), 'mbufs_free': to('mbufs_free'),
    **{pool: to('pool_used', pool=pool)
       for pool in ('connections', 'time_wait', 'senders', 'reassembly', 'service_objects')},
    **{f'{pool}_size': to('pool_size', pool=pool)
       for pool in ('connections', 'time_wait', 'senders', 'reassembly', 'service_objects')},
}
LOAD = {
    'offered_per_s': to('load_offered_per_second'), 'open': to('load_connections'),
    'attempted': to('load_connections_attempted'), 'opened': to('load_connections_opened'),
    'closed': to('load_connections_closed'), 'late_opens': to('load_late_opens'),
    'late_max_us': to('load_latest_open_seconds', MICRO), 'behind': to('load_opens_behind'),
    'retransmissions': to('load_retransmissions'), 'wrong_core': to('load_wrong_core'),
    'live': to('load_live_connections'),
    **{reason: to('load_connections_failed', reason=reason)
       for reason in ('refused', 'timeout', 'reset', 'wrong_data', 'closed_early', 'no_port',
                      'no_room', 'no_neighbour', 'late', 'unfinished')},
}
LOAD_SUMS = ('failed',)                 # Of the reasons.
PHASES = ('idle', 'resolve', 'live', 'ramp', 'sustain', 'ramp_down', 'drain', 'done')
QUANTILES = (('0', 'min'), ('0.5', 'p50'), ('0.9', 'p90'), ('0.99', 'p99'), ('0.999', 'p999'),
             ('1', 'max'))


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def rows(answer):
    """A table's rows by their number, without what is said beside them."""
    return {name: row for name, row in answer.items() if isinstance(row, dict)}


class Page:
    """What one scrape shows, of all instances."""

    def __init__(self):
        self.families = {}
        self.seen = set()

    def add(self, family, labels, value, suffix=''):
        kind, words = FAMILIES[family]
        # A folder's name or a string of JSON may hold what UTF-8 cannot.
        labels = {name: str(text).encode(errors='replace').decode()
                  for name, text in labels.items()}
        suffix = suffix or {'counter': '_total', 'info': '_info'}.get(kind, '')
        name = f'lastack_{family}{suffix}'
        # One sample shown twice would cost the whole page.
        key = (name, *sorted(labels.items()))
        if key in self.seen:
            return
        self.seen.add(key)
        if family not in self.families:
            self.families[family] = Metric(f'lastack_{family}', words, kind)
        self.families[family].add_sample(name, labels, value)

    def figures(self, table, answer, labels):
        for key, (family, per, more) in table.items():
            value = answer.get(key)
            if is_number(value):
                self.add(family, {**labels, **more}, value / per)

    def texts(self, family, answer, keys, labels):
        self.add(family, {**labels, **{key: answer.get(key, '') for key in keys}}, 1)

    def counters(self, answer, reasons, labels):
        self.figures(COUNTERS, answer, labels)
        for key, value in answer.items():
            if is_number(value) and key not in COUNTERS:
                family, label = counter_family(reasons.get(key))
                self.add(family, {**labels, label: key}, value)

    def workers(self, answer, labels):
        for number, row in rows(answer).items():
            mine = {**labels, 'worker': number}
            self.texts('worker', row, ('lcore', 'queue'), mine)
            self.figures(WORKER, row, mine)
            if row.get('answers') != 0:
                self.figures(WORKER_TABLE, row, mine)

    def ports(self, answer, labels):
        for row in rows(answer).values():
            mine = {**labels, 'device': row.get('device', '')}
            self.texts('device', row, ('name', 'driver', 'mac'), mine)
            self.figures(DEVICE, row, mine)

    def listeners(self, answer, labels):
        several = len({row.get('device') for row in rows(answer).values()}) > 1
        for row in rows(answer).values():
            mine = {**labels, 'listener': row.get('name', '')}
            if several:         # Each port has a row of its own.
                mine['device'] = row.get('device', '')
            self.texts('listener', row, ('address', 'port', 'service'), mine)
            self.figures(LISTENER, row, mine)

    def load(self, answer, labels):
        self.texts('load', answer, ('service',), labels)
        phase = answer.get('phase')
        for name in dict.fromkeys((*PHASES, phase)):
            if name is not None:
                self.add('load_phase', {**labels, 'phase': name}, int(name == phase))
        self.figures(LOAD, answer, labels)
        for key, value in answer.items():
            if is_number(value) and key not in LOAD and key not in LOAD_SUMS:
                self.add('load_other', {**labels, 'figure': key}, value)

    def latency(self, answer, labels):
        for family, key in (('load_handshake_seconds', 'handshake_us'),
                            ('load_connection_seconds', 'connection_us')):
            times = answer.get(key)
            if not isinstance(times, dict) or not is_number(times.get('count')):
                continue
            for quantile, name in QUANTILES:
                if is_number(times.get(name)):
                    # Of nothing there are no quantiles, which is not to say they are 0.
                    value = times[name] / MICRO if times['count'] else float('nan')
                    self.add(family, {**labels, 'quantile': quantile}, value)
            self.add(family, labels, times['count'], '_count')

    def instance(self, prefix, answers, seconds):
        """All of one instance. answers: command -> dict; empty if it does not answer."""
        labels = {'prefix': prefix}
        self.add('up', labels, int(bool(answers)))
        self.add('read_seconds', labels, seconds)
        if answers:
            self.texts('instance', answers['info'], ('version', 'role', 'device', 'driver', 'mac'),
                       labels)
            self.counters(answers.get('counters', {}), answers.get('reasons', {}), labels)
        for command, answer in answers.items():
            if command not in ('counters', 'reasons'):
                self.command(command, answer, labels)

    def command(self, command, answer, labels):
        name, _, worker = command.partition(',')
        if worker:
            self.figures(WORKER_COUNTERS, answer, {**labels, 'worker': worker})
        elif name == 'states':
            for state, n in answer.items():
                if is_number(n):
                    self.add('connections', {**labels, 'state': state.replace('_', '-')}, n)
        elif name in ('ports', 'workers', 'listeners', 'load', 'latency'):
            getattr(self, name)(answer, labels)
        else:
            self.figures({'info': INFO, 'throughput': PEAKS, 'cookies': COOKIES,
                          'memory': MEMORY}[name], answer, labels)
            if name == 'cookies':
                self.texts('cookie_mode', answer, ('mode',), labels)


def counter_family(reason):
    """Family and label of a counter that is not in the table, by its row of /lastack/reasons."""
    for of, family in REASONS:
        if isinstance(reason, dict) and reason.get('of') == of:
            return family, 'reason'
    return 'events', 'event'
