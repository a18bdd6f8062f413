/* SPDX-License-Identifier: BSD-3-Clause */
#include "ring_port.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_ethdev.h>
#include <rte_ring.h>

enum { PATIENCE_MS = 10000, NAME_LEN = 64, CORES_LEN = 256 };

static const struct la_mac peer_mac = { { 2, 0, 0, 0, 0, 0x77 } };

/* Main on the first of the processors there are, workers on the last and the first in turn. */
static void
lcores(char *text, size_t len, uint32_t workers)
{
	cpu_set_t set;
	int first = -1, last = 0;
	size_t used;

	ck_assert_int_eq(sched_getaffinity(0, sizeof(set), &set), 0);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &set))
			continue;
		first = first < 0 ? cpu : first;
		last = cpu;
	}
	used = (size_t)snprintf(text, len, "0@%d", first);
	for (uint32_t i = 1; i <= workers; i++)
		used += (size_t)snprintf(text + used, len - used, ",%u@%d", i,
				i % 2 == 1 ? last : first);
}

void
eal_start_workers(uint32_t workers)
{
	char cores[CORES_LEN], prefix[NAME_LEN];
	char *argv[] = { "test", "--no-huge", "--no-pci", "-m", workers > 1 ? "256" : "64",
		"--lcores", cores, "--file-prefix", prefix, NULL };
	struct la_dpio_error error = { "" };

	lcores(cores, sizeof(cores), workers);
	snprintf(prefix, sizeof(prefix), "ladpio%d", (int)getpid());
	ck_assert_msg(la_dpio_eal_start(9, argv, &error), "%s", error.text);
}

void
eal_start(void)
{
	eal_start_workers(1);
}

void
eal_start_two(void)
{
	eal_start_workers(2);
}

void
eal_stop(void)
{
	la_dpio_eal_stop();
}

void
ring_port_params(struct ring_port *p, uint32_t connections)
{
	memset(p, 0, sizeof(*p));
	la_stack_params_default(&p->params, connections);
	p->range = (struct la_stack_range){
		.first = la_addr_v4(0x0a000001), .count = 1, .prefix_len = 24,
	};
	p->listener = (struct la_stack_listener){
		.name = "echo", .address = LA_ANY_ADDRESS, .port_first = 7, .port_last = 7,
		.service = "echo",
		.params = { .connections = connections, .window = 65535, .buffers = 64 },
	};
	p->params.ranges = &p->range;
	p->params.ranges_len = 1;
	p->params.listeners = &p->listener;
	p->params.listeners_len = 1;
}

struct la_dpio *
ring_port_process(void)
{
	static const struct la_dpio_setting settings[] = {
		{ "eal", NULL, NULL }, { "port", NULL, NULL }, { "port", "mtu", "1500" },
		{ "port", "address", "10.0.0.1" }, { "port", "address", "10.0.0.9" },
		{ "listen web", "port", "80" }, { "listen far.web", "port", "81" },
	};
	const struct la_dpio_params params = {
		.role = "serve", .version = "1.2.3", .settings = settings,
		.settings_len = sizeof(settings) / sizeof(settings[0]),
	};
	struct la_dpio_error error = { "" };
	struct la_dpio *dpio = la_dpio_make(&params, &error);

	ck_assert_msg(dpio != NULL, "%s", error.text);
	return dpio;
}

void
ring_port_add(struct ring_port *p, struct la_dpio *dpio, uint32_t connections,
		uint32_t lcores_skipped, bool far_end)
{
	static int number;
	char name[NAME_LEN], pool[RTE_MEMPOOL_NAMESIZE];
	struct la_port_params params = {
		.device = p->rings.device, .mtu = 1500, .offload = true, .burst = 32, .yield = true,
		.lcores_skipped = lcores_skipped, .lcores = 1, .far_end = far_end,
	};
	struct la_dpio_error error = { "" };
	uint16_t id;

	ring_port_params(p, connections);
	snprintf(name, sizeof(name), "t%d", number++);
	ck_assert(la_rings_make(&p->rings, name, RING_PORT_SIZE));
	p->dpio = dpio;
	p->port = la_dpio_add_port(dpio, &params, &error);
	ck_assert_msg(p->port != NULL, "%s", error.text);
	ck_assert_int_eq(rte_eth_dev_get_port_by_name(p->rings.device, &id), 0);
	snprintf(pool, sizeof(pool), "lastack%u", id);
	p->pool = rte_mempool_lookup(pool);
	ck_assert_ptr_nonnull(p->pool);
	p->path = (struct la_path){
		.source_mac = peer_mac, .dest_mac = la_port_info(p->port)->mac,
		.source = la_addr_v4(0x0a000002), .dest = la_addr_v4(0x0a000001),
		.source_port = 1000, .dest_port = 7,
	};
}

void
ring_port_prepare(struct ring_port *p, uint32_t connections)
{
	ring_port_add(p, ring_port_process(), connections, 0, false);
}

void
ring_port_run(struct ring_port *p)
{
	struct la_dpio_error error = { "" };

	la_port_prepare(p->port, &p->params, NULL);
	ck_assert_msg(la_dpio_start(p->dpio, &error), "%s", error.text);
}

void
ring_port_start(struct ring_port *p, uint32_t connections)
{
	ring_port_prepare(p, connections);
	ring_port_run(p);
}

void
ring_port_check_mbufs(struct ring_port *p)
{
	struct rte_mbuf *m;

	while (rte_ring_dequeue(p->rings.from_worker, (void **)&m) == 0)
		rte_pktmbuf_free(m);
	while (rte_ring_dequeue(p->rings.to_worker, (void **)&m) == 0)
		rte_pktmbuf_free(m);
	ck_assert_uint_eq(rte_mempool_avail_count(p->pool), p->pool->size);
}

void
ring_port_stop(struct ring_port *p)
{
	la_dpio_stop(p->dpio);
	ring_port_check_mbufs(p);
	la_dpio_close(p->dpio);
	la_rings_free(&p->rings);
}

void
ring_port_inject(struct ring_port *p, const uint8_t *octets, uint32_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(p->pool);
	void *room;

	ck_assert_ptr_nonnull(m);
	room = rte_pktmbuf_append(m, (uint16_t)len);
	ck_assert_ptr_nonnull(room);
	memcpy(room, octets, len);
	ck_assert_int_eq(rte_ring_enqueue(p->rings.to_worker, m), 0);
}

void
ring_port_segment(struct ring_port *p, uint8_t flags, uint32_t len)
{
	uint8_t frame[2048];
	const struct la_seg seg = {
		.seq = p->seq, .ack = p->ack, .flags = flags, .wnd = 65535, .len = (uint16_t)len,
	};

	memset(frame, 'x', sizeof(frame));
	ring_port_inject(p, frame, la_emit_tcp(frame, &p->path, &seg, false));
	p->seq += len + ((flags & (LA_SYN | LA_FIN)) != 0);
}

/* The next frame that comes out, or NULL after a long time. */
static struct rte_mbuf *
await_frame(struct ring_port *p)
{
	struct rte_mbuf *m;

	for (int ms = 0; ms < PATIENCE_MS; ms++) {
		if (rte_ring_dequeue(p->rings.from_worker, (void **)&m) == 0)
			return m;
		usleep(1000);
	}
	return NULL;
}

struct la_seg
ring_port_expect(struct ring_port *p, uint8_t flags)
{
	struct la_rx rx;

	do {
		struct rte_mbuf *m = await_frame(p);

		ck_assert_msg(m != NULL, "no segment with flags %#x came", flags);
		la_rx_parse(&rx, rte_pktmbuf_mtod(m, const uint8_t *), m->data_len, 0);
		ck_assert_int_eq(rx.reason, LA_RX_OK);
		rte_pktmbuf_free(m);
	} while (rx.kind != LA_KIND_TCP || (rx.seg.flags & ~LA_PSH) != flags);
	p->ack = rx.seg.seq + rx.seg.len + ((rx.seg.flags & (LA_SYN | LA_FIN)) != 0);
	return rx.seg;
}

void
ring_port_open(struct ring_port *p, uint16_t port)
{
	p->path.source_port = port;
	p->seq = 100000u * port;
	p->ack = 0;
	ring_port_segment(p, LA_SYN, 0);
	ck_assert_uint_eq(ring_port_expect(p, LA_SYN | LA_ACK).ack, p->seq);
	ring_port_segment(p, LA_ACK, 0);
}

uint64_t
ring_port_count(struct ring_port *p, enum la_stack_count count)
{
	struct la_dpio_totals totals;

	la_dpio_totals(p->dpio, &totals);
	return totals.count[count];
}

void
ring_port_await(uint64_t (*figure)(struct ring_port *p), struct ring_port *p, uint64_t value)
{
	for (int ms = 0; ms < PATIENCE_MS && figure(p) != value; ms++)
		usleep(1000);
	ck_assert_uint_eq(figure(p), value);
}

static uint64_t
answered(struct ring_port *p)
{
	return ring_port_count(p, LA_COUNT_ARP_REQUESTS);
}

void
ring_port_introduce(struct ring_port *p)
{
	uint8_t frame[LA_ARP_FRAME_LEN];
	const struct la_arp arp = {
		.op = 1, .sender_mac = peer_mac, .sender = la_addr_low(&p->path.source),
		.target = la_addr_low(&p->path.dest),
	};
	const uint64_t before = answered(p);

	ring_port_inject(p, frame, la_emit_arp(frame, &arp, 0));
	ring_port_await(answered, p, before + 1);
}
