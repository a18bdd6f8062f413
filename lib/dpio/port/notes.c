/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of rules: a condition over counters, a sentence, a cure. A rule is for what the
 * setup is to blame for; what a peer does wrong is among the counters.
 */
#include "notes.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Which ports a rule is for. */
enum kind { ANY, PACKET_SOCKET, OTHER };

struct rule {
	const char *name;               /* Stable: a key of telemetry and JSON. */
	enum kind kind;
	size_t counter;                 /* Where it is among the facts. */
	uint64_t least;                 /* Fewer are no fault of a setup. */
	size_t of;                      /* Another counter, */
	uint64_t percent;               /* and at least so many per cent of it; 0: any. */
	const char *text;               /* '#' is the count, '@' the interface. */
	const char *cure;
};

#define FACT(name) offsetof(struct la_note_facts, name)
#define TOTAL(name) FACT(totals.name)
#define FEW 20

static const struct rule rules[] = {
	{ "link_down", ANY, FACT(link_down), 1, 0, 0,
		"the link is down",
		"connect the other end, or set it up: ip link set NAME up" },
	{ "kernel_address", ANY, FACT(kernel_address), 1, 0, 0,
		"the kernel of this host has an address of ours too, and answers for it",
		"ip address del ADDRESS dev NAME, or another port.address" },
	{ "gateway_silent", ANY, FACT(gateway_silent), 1, 0, 0,
		"the gateway does not answer ARP or Neighbour Discovery",
		"correct port.gateway, or port.vlan, or start the gateway" },
	{ "no_gateway", ANY, TOTAL(count[LA_COUNT_NO_GATEWAY]), 1, 0, 0,
		"# packets were for addresses that are in no subnet, and there is no gateway",
		"set port.gateway, or give port.address its prefix length" },
	{ "address_conflict", ANY, TOTAL(count[LA_COUNT_ADDRESS_CONFLICTS]), 1, 0, 0,
		"another host uses one of our addresses: seen # times",
		"take the address from that host, or out of port.address" },

	{ "checksum_partial", ANY, TOTAL(rx[LA_RX_TCP_CHECKSUM_PARTIAL]), 3, 0, 0,
		"# segments dropped: their checksum was left to a NIC, and none is on the way",
		"on the interface of this host that sends them (a veth's other end, a bridge): "
		"ethtool -K NAME tx off" },
	{ "checksum_wrong", ANY, TOTAL(rx[LA_RX_TCP_CHECKSUM]), FEW,
		TOTAL(rx[LA_RX_OK]), 100,
		"# segments dropped for a wrong TCP checksum, most of all that came",
		"turn off the sender's offload (ethtool -K NAME tx off), or look for what changes "
		"packets on the way" },
	{ "ip_checksum_wrong", ANY, TOTAL(rx[LA_RX_IP_CHECKSUM]), FEW,
		TOTAL(rx[LA_RX_OK]), 100,
		"# packets dropped for a wrong IPv4 checksum, most of all that came",
		"turn off the sender's offload (ethtool -K NAME tx off), or look for what changes "
		"packets on the way" },
	{ "frames_joined", PACKET_SOCKET, FACT(joins), 1, 0, 0,
		"@ joins frames (GRO, LRO) into longer ones than a packet socket takes",
		"ethtool -K @ gro off lro off" },
	{ "frames_cut_off", PACKET_SOCKET, TOTAL(rx[LA_RX_CUT_OFF]), 3, 0, 0,
		"# frames dropped: longer than the packet socket's, and cut off",
		"ethtool -K @ gro off lro off; tx off on a veth's other end; or a larger framesz "
		"in eal.args" },
	{ "frames_cut_off", OTHER, TOTAL(rx[LA_RX_CUT_OFF]), 3, 0, 0,
		"# frames dropped: longer than the port's, and cut off",
		"raise port.mtu to the link's, or turn off LRO at the device" },
	{ "frames_in_pieces", ANY, TOTAL(rx_multi_segment), 3, 0, 0,
		"# frames dropped: longer than the port's buffers",
		"raise port.mtu to the link's, or turn off GRO and LRO" },
	{ "other_vlan", ANY, TOTAL(rx[LA_RX_VLAN]), FEW, TOTAL(rx[LA_RX_OK]), 400,
		"# frames dropped for their 802.1Q tag, nearly all that came",
		"set port.vlan to the link's VLAN, or let the switch take tags off" },
	{ "other_mac", ANY, TOTAL(rx[LA_RX_NOT_OUR_MAC]), 1000, TOTAL(rx[LA_RX_OK]), 400,
		"# frames were for another Ethernet address, nearly all that came",
		"let peers ask for the address anew: ip neighbour flush dev NAME" },

	{ "wrong_worker", ANY, TOTAL(count[LA_COUNT_WRONG_CORE]), 100,
		TOTAL(rx_packets), 1,
		"# segments came to another worker than the one that has their connection",
		"worker.count = 1, or a device that keeps a flow on its queue" },
	{ "device_drops", ANY, TOTAL(rx_missed), 100, TOTAL(rx_packets), 1,
		"the device dropped # frames: no worker was there to take them",
		"give each worker a processor of its own, or add workers" },
	{ "device_refuses", ANY, TOTAL(tx_refused), 100, TOTAL(tx_packets), 1,
		"the device did not take # frames that were to be sent",
		"lower the load, or use a faster device or more queues" },
	{ "mbufs_empty", ANY, TOTAL(no_mbuf), 1, 0, 0,
		"the pool of mbufs was empty # times",
		"the device holds them: lower the load, or end a capture by dpdk-dumpcap" },

	{ "connections_full", ANY, TOTAL(count[LA_COUNT_TABLE_FULL]), 1, 0, 0,
		"# connections not taken: all control blocks were in use",
		"raise tcp.connections (load: load.concurrent)" },
	{ "connections_evicted", ANY, TOTAL(count[LA_COUNT_IDLE_EVICTED]), 1, 0, 0,
		"# idle connections ended for new ones: all control blocks were in use",
		"raise tcp.connections, or lower tcp.idle-timeout" },
	{ "backlog_full", ANY, TOTAL(tcp[LA_DROP_BACKLOG_FULL]), 1, 0, 0,
		"# SYNs dropped: all of tcp.backlog was in use",
		"set tcp.syn-cookies = auto, or raise tcp.backlog" },
	{ "senders_full", ANY, TOTAL(count[LA_COUNT_NO_SENDER]), 1, 0, 0,
		"# times a connection had to wait: all extension blocks were in use",
		"raise tcp.senders" },
	{ "reassembly_full", ANY, TOTAL(tcp[LA_DROP_REASSEMBLY_FULL]), 100,
		TOTAL(rx_packets), 1,
		"# segments that came out of order were dropped: there was no room to hold them",
		"raise tcp.reassembly" },
	{ "time_wait_full", ANY, TOTAL(count[LA_COUNT_TIME_WAIT_REUSED]), 1, 0, 0,
		"# connections left TIME-WAIT early: all records were in use",
		"raise tcp.time-wait-max, or lower tcp.time-wait" },
};

_Static_assert(sizeof(rules) / sizeof(rules[0]) <= LA_NOTES_MAX, "each may hold at once");

static uint64_t
fact_at(const struct la_note_facts *facts, size_t at)
{
	uint64_t value;

	memcpy(&value, (const char *)facts + at, sizeof(value));
	return value;
}

static bool
rule_holds(const struct rule *r, const struct la_note_facts *facts)
{
	const uint64_t count = fact_at(facts, r->counter);

	if (r->kind != ANY && (r->kind == PACKET_SOCKET) != facts->packet_socket)
		return false;
	if (count < r->least)
		return false;
	return r->percent == 0 || (double)count * 100 >=
			(double)fact_at(facts, r->of) * (double)r->percent;
}

/* A pattern with the count and the interface put in. */
static void
write_text(char text[LA_NOTE_LEN], const char *pattern, uint64_t count, const char *interface)
{
	size_t used = 0;

	text[0] = '\0';
	for (; *pattern != '\0' && used < LA_NOTE_LEN - 1; pattern++) {
		const size_t left = LA_NOTE_LEN - used;

		if (*pattern == '#')
			snprintf(text + used, left, "%" PRIu64, count);
		else if (*pattern == '@')
			snprintf(text + used, left, "%s", interface[0] != '\0' ? interface :
					"NAME");
		else
			snprintf(text + used, left, "%c", *pattern);
		used += strlen(text + used);
	}
}

uint32_t
la_port__notes(const struct la_note_facts *facts, struct la_dpio_note notes[LA_NOTES_MAX])
{
	uint32_t n = 0;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct rule *r = &rules[i];
		const uint64_t count = fact_at(facts, r->counter);
		struct la_dpio_note *note = &notes[n];

		if (!rule_holds(r, facts))
			continue;
		*note = (struct la_dpio_note){ .name = r->name, .count = count };
		write_text(note->text, r->text, count, facts->interface);
		write_text(note->cure, r->cure, count, facts->interface);
		n++;
	}
	return n;
}
