/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A bad link: relays Ethernet frames between two interfaces, loses, delays,
 * reorders and duplicates some of them. What happens to the n-th frame of a
 * direction depends on --seed alone. For kernels without netem.
 *
 *   link_emulator --seed N [--loss PERCENT] [--delay-ms N] [--reorder PERCENT]
 *           [--duplicate PERCENT] [--mark PERCENT] [--drop-first KIND[:N]] [--vlan N]
 *           INTERFACE INTERFACE
 *
 * --mark: of the IPv4 packets that are ECN-capable so many are marked with CE (RFC 3168).
 *
 * --vlan: frames at the first interface have a tag of that VLAN, those at the second
 * have none, as on the two sides of an access port. Others count as foreign.
 *
 * --drop-first loses the first N (1) segments of a kind, syn, syn-ack, pure-ack,
 * data, fin or rst, of each TCP connection, of what comes from the first interface:
 * with pure-ack and the clients there, the last ACK of each handshake.
 *
 * Runs until SIGINT or SIGTERM, then prints one JSON object of counts. Memory is
 * fixed: frames that find no place are lost, and counted as overflow. Turn
 * segmentation and checksum offload off on both sides, since frames pass as they
 * lie in memory.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "drop_first.h"
#include "link_tag.h"

enum { FRAME_MAX = 9216 + 22, PLACES = 8192, SIDES = 2, BURST = 64 };

/* A frame on its way. */
struct frame {
	uint64_t due_ns, order;         /* When it arrives; ties go by order. */
	uint32_t len;
	uint8_t from;
	uint8_t octets[FRAME_MAX];
};

struct counts {
	uint64_t received, sent, lost, reordered, duplicated, marked, overflow, too_long, refused, foreign;
};

struct link {
	const char *name[SIDES];
	int socket[SIDES];
	uint64_t random[SIDES];
	double loss, reorder, duplicate, mark;  /* 0 to 1 */
	struct drop_first drop_first;           /* For frames from the first side. */
	uint64_t delay_ns;
	uint16_t vlan;                          /* Of frames at the first side; 0: none. */
	struct counts counts[SIDES];            /* By the side that a frame came from. */
	struct frame *frames;                   /* PLACES of them. */
	uint32_t heap[PLACES], heap_len;        /* Places in use, the next due first. */
	uint32_t idle[PLACES], idle_len;        /* Places not in use. */
	uint64_t order;
};

static volatile sig_atomic_t stopped;

static void
on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* The next number of a side, 0 to below 1 (a Weyl sequence, then mixed). */
static double
chance(struct link *link, int side)
{
	uint64_t z = link->random[side] += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	z ^= z >> 31;
	return (double)(z >> 11) / 9007199254740992.0;
}

static bool
before(const struct link *link, uint32_t a, uint32_t b)
{
	const struct frame *f = &link->frames[a], *g = &link->frames[b];

	return f->due_ns != g->due_ns ? f->due_ns < g->due_ns : f->order < g->order;
}

static void
swap(struct link *link, uint32_t i, uint32_t j)
{
	uint32_t place = link->heap[i];

	link->heap[i] = link->heap[j];
	link->heap[j] = place;
}

static void
heap_add(struct link *link, uint32_t place)
{
	uint32_t i = link->heap_len++;

	link->heap[i] = place;
	for (; i > 0 && before(link, link->heap[i], link->heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(link, i, (i - 1) / 2);
}

static uint32_t
heap_take(struct link *link)
{
	uint32_t first = link->heap[0], i = 0, child;

	link->heap[0] = link->heap[--link->heap_len];
	while ((child = 2 * i + 1) < link->heap_len) {
		if (child + 1 < link->heap_len &&
				before(link, link->heap[child + 1], link->heap[child]))
			child++;
		if (!before(link, link->heap[child], link->heap[i]))
			break;
		swap(link, i, child);
		i = child;
	}
	return first;
}

static bool
send_to(const struct link *link, int side, const struct frame *f)
{
	if (side == 0 && link->vlan != 0)
		return link_tag_send(link->socket[0], f->octets, f->len, link->vlan);
	return send(link->socket[side], f->octets, f->len, 0) == (ssize_t)f->len;
}

static void
deliver_due(struct link *link)
{
	while (link->heap_len > 0 && link->frames[link->heap[0]].due_ns <= now_ns()) {
		uint32_t place = heap_take(link);
		const struct frame *f = &link->frames[place];

		if (send_to(link, !f->from, f))
			link->counts[f->from].sent++;
		else
			link->counts[f->from].refused++;
		link->idle[link->idle_len++] = place;
	}
}

static void
put_on_link(struct link *link, int side, const uint8_t *octets, uint32_t len, uint64_t due_ns)
{
	struct frame *f;

	if (link->idle_len == 0) {
		link->counts[side].overflow++;
		return;
	}
	f = &link->frames[link->idle[--link->idle_len]];
	f->due_ns = due_ns;
	f->order = link->order++;
	f->len = len;
	f->from = (uint8_t)side;
	memcpy(f->octets, octets, len);
	heap_add(link, link->idle[link->idle_len]);
}

/* Mark one packet with CE, if it is IPv4 and ECN-capable: its checksum is that of before, less
 * what the field has grown by (RFC 1624). */
static void
mark(struct link *link, int side, uint8_t *octets, uint32_t len)
{
	enum { IPV4 = 14, CE = 3 };
	uint8_t *ip = octets + IPV4;
	uint32_t sum;

	if (len < IPV4 + 20 || octets[12] != 0x08 || octets[13] != 0 || ip[0] >> 4 != 4 ||
			(ip[1] & CE) == 0 || (ip[1] & CE) == CE)
		return;
	sum = (uint32_t)(ip[10] << 8 | ip[11]) + 0xffff - (CE - (ip[1] & CE));
	sum = (sum & 0xffff) + (sum >> 16);
	ip[1] |= CE;
	ip[10] = (uint8_t)(sum >> 8);
	ip[11] = (uint8_t)sum;
	link->counts[side].marked++;
}

/* Decide a frame's fate. Each frame draws all its numbers, whatever they say. */
static void
take_frame(struct link *link, int side, uint8_t *octets, uint32_t len)
{
	struct counts *counts = &link->counts[side];
	bool lost = chance(link, side) < link->loss;
	bool reordered = chance(link, side) < link->reorder;
	bool duplicated = chance(link, side) < link->duplicate;
	double late = chance(link, side);
	uint64_t due_ns = now_ns() + link->delay_ns;

	counts->received++;
	if (side == 0 && drop_first_takes(&link->drop_first, octets, len))
		return;
	if (lost) {
		counts->lost++;
		return;
	}
	if (link->mark > 0 && chance(link, side) < link->mark)
		mark(link, side, octets, len);
	if (reordered) {
		/* Late by up to twice the delay, so that those behind it overtake it. */
		due_ns += (uint64_t)(late * 2 * (double)(link->delay_ns + 500000));
		counts->reordered++;
	}
	put_on_link(link, side, octets, len, due_ns);
	if (duplicated) {
		counts->duplicated++;
		put_on_link(link, side, octets, len, due_ns);
	}
}

/* Has it the tag that frames of its side have, or none where they have none? */
static bool
tag_fits(const struct link *link, int side, int tci)
{
	if (side == 0 && link->vlan != 0)
		return tci >= 0 && (tci & 0x0fff) == link->vlan;
	return tci < 0;
}

/* Take what has come in on one side, at most a burst of it. */
static void
receive(struct link *link, int side)
{
	uint8_t octets[FRAME_MAX];

	for (int i = 0; i < BURST; i++) {
		int tci;
		ssize_t n = link_tag_receive(link->socket[side], octets, sizeof(octets), &tci);

		if (n < 0)
			return;
		if (n > (ssize_t)sizeof(octets))
			link->counts[side].too_long++;
		else if (!tag_fits(link, side, tci))
			link->counts[side].foreign++;
		else
			take_frame(link, side, octets, (uint32_t)n);
	}
}

static void
run(struct link *link)
{
	struct pollfd fds[SIDES] = {
		{ .fd = link->socket[0], .events = POLLIN },
		{ .fd = link->socket[1], .events = POLLIN },
	};

	while (!stopped) {
		uint64_t wait_ns = 100000000, now = now_ns();
		struct timespec wait;

		if (link->heap_len > 0) {
			uint64_t due_ns = link->frames[link->heap[0]].due_ns;

			wait_ns = due_ns > now ? due_ns - now : 0;
		}
		wait = (struct timespec){ .tv_sec = (time_t)(wait_ns / 1000000000u),
			.tv_nsec = (long)(wait_ns % 1000000000u) };
		if (ppoll(fds, SIDES, &wait, NULL) > 0) {
			receive(link, 0);
			receive(link, 1);
		}
		deliver_due(link);
	}
}

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "link_emulator: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int
open_interface(const char *name)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(name),
	};
	struct packet_mreq promiscuous = {
		.mr_ifindex = address.sll_ifindex, .mr_type = PACKET_MR_PROMISC,
	};
	int one = 1, room = 64 << 20, fd;       /* For what comes while others run. */

	if (address.sll_ifindex == 0)
		die(name);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0 || !link_tag_listen(fd) || setsockopt(fd, SOL_PACKET,
				PACKET_IGNORE_OUTGOING, &one, sizeof(one)) < 0 ||
			setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous,
				sizeof(promiscuous)) < 0 ||
			setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0 ||
			bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die(name);
	return fd;
}

/* Frames of a side that found no room before they were read. */
static unsigned int
missed(const struct link *link, int side)
{
	struct tpacket_stats stats = { .tp_drops = 0 };
	socklen_t len = sizeof(stats);

	getsockopt(link->socket[side], SOL_PACKET, PACKET_STATISTICS, &stats, &len);
	return stats.tp_drops;
}

static void
report(const struct link *link)
{
	const struct drop_first *d = &link->drop_first;

	printf("{");
	for (int side = 0; side < SIDES; side++) {
		const struct counts *c = &link->counts[side];

		printf("%s\"from_%s\": {\"received\": %llu, \"sent\": %llu, \"lost\": %llu, "
				"\"reordered\": %llu, \"duplicated\": %llu, \"marked\": %llu, "
				"\"overflow\": %llu, \"too_long\": %llu, \"refused\": %llu, \"foreign\": %llu, "
				"\"missed\": %u}",
				side ? ", " : "", link->name[side],
				(unsigned long long)c->received, (unsigned long long)c->sent,
				(unsigned long long)c->lost, (unsigned long long)c->reordered,
				(unsigned long long)c->duplicated, (unsigned long long)c->marked,
				(unsigned long long)c->overflow,
				(unsigned long long)c->too_long, (unsigned long long)c->refused,
				(unsigned long long)c->foreign, missed(link, side));
	}
	if (d->kind != DROP_NOTHING)
		printf(", \"drop_first\": {\"connections\": %llu, \"dropped\": %llu, "
				"\"forgotten\": %llu}", (unsigned long long)d->connections,
				(unsigned long long)d->dropped, (unsigned long long)d->forgotten);
	printf("}\n");
}

static _Noreturn void
usage(const char *what)
{
	fprintf(stderr, "link_emulator: %s\nusage: link_emulator [--seed N] [--loss PERCENT] "
			"[--delay-ms N] [--reorder PERCENT] [--duplicate PERCENT] [--mark PERCENT]\n  "
			"[--drop-first syn|syn-ack|pure-ack|data|fin|rst[:N]] [--vlan N]\n  "
			"INTERFACE INTERFACE\n", what);
	exit(2);
}

static double
value(const char *text, double max)
{
	char *end;
	double n = strtod(text, &end);

	if (end == text || *end != '\0' || !(n >= 0 && n <= max))
		usage(text);
	return n;
}

static const struct option options[] = {
	{ "seed", 1, NULL, 's' }, { "loss", 1, NULL, 'l' }, { "delay-ms", 1, NULL, 'd' },
	{ "reorder", 1, NULL, 'r' }, { "duplicate", 1, NULL, 'u' }, { "mark", 1, NULL, 'm' },
	{ "drop-first", 1, NULL, 'f' }, { "vlan", 1, NULL, 'v' }, { NULL, 0, NULL, 0 },
};

static void
take_option(struct link *link, int option, const char *text)
{
	switch (option) {
	case 's':
		link->random[0] = (uint64_t)value(text, 1e15);
		link->random[1] = ~link->random[0];
		break;
	case 'l': link->loss = value(text, 100) / 100; break;
	case 'd': link->delay_ns = (uint64_t)(value(text, 10000) * 1e6); break;
	case 'r': link->reorder = value(text, 100) / 100; break;
	case 'u': link->duplicate = value(text, 100) / 100; break;
	case 'm': link->mark = value(text, 100) / 100; break;
	case 'v': link->vlan = (uint16_t)value(text, 4094); break;
	case 'f':
		if (!drop_first_parse(&link->drop_first, text))
			usage(text);
		break;
	default: usage("unknown option");
	}
}

static void
prepare(struct link *link, char **names)
{
	struct sigaction stop = { .sa_handler = on_signal };

	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	link->frames = calloc(PLACES, sizeof(*link->frames));
	if (link->frames == NULL || !drop_first_start(&link->drop_first))
		die("memory");
	for (uint32_t i = 0; i < PLACES; i++)
		link->idle[link->idle_len++] = i;
	for (int side = 0; side < SIDES; side++) {
		link->name[side] = names[side];
		link->socket[side] = open_interface(names[side]);
	}
}

int
main(int argc, char **argv)
{
	static struct link link = { .random = { 1, ~1ull } };
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		take_option(&link, option, optarg);
	if (argc - optind != SIDES)
		usage("two interfaces are needed");
	prepare(&link, argv + optind);
	printf("ready\n");
	fflush(stdout);
	run(&link);
	report(&link);
	drop_first_end(&link.drop_first);
	free(link.frames);
	return 0;
}
