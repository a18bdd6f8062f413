/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TEST_RING_PORT_H
#define LA_TEST_RING_PORT_H

/*
 * EAL without hugepages or devices, and a port over rings: the test holds the
 * other end of the wire.
 */
#include <rte_mbuf.h>

#include "la_check.h"
#include "la_dpio.h"
#include "la_emit.h"
#include "la_rings.h"

enum { RING_PORT_SIZE = 256, RING_PORT_MBUFS = 2048 };

/* Unchecked fixture: once for all cases. */
void eal_start(void);
/* The same with two lcores for workers. */
void eal_start_two(void);
/* The same for so many workers, that take turns on the processors there are. */
void eal_start_workers(uint32_t workers);
void eal_stop(void);

/* A worker that serves echo on port 7, and the peer at the rings' other end. */
struct ring_port {
	struct la_rings rings;
	struct la_dpio *dpio;           /* The process: of this port alone, or of more. */
	struct la_port *port;
	struct rte_mempool *pool;       /* The port's. */
	struct la_stack_range range;
	struct la_stack_listener listener;
	struct la_stack_params params;
	struct la_path path;            /* From the peer to us. */
	uint32_t seq, ack;
};

/* Only what a stack is to be made of. */
void ring_port_params(struct ring_port *p, uint32_t connections);
void ring_port_start(struct ring_port *p, uint32_t connections);
/* The same in two steps. */
void ring_port_prepare(struct ring_port *p, uint32_t connections);
void ring_port_run(struct ring_port *p);
/* A process without ports; and one more port of it, whose worker is that behind so many lcores.
 * The caller starts the process. */
struct la_dpio *ring_port_process(void);
void ring_port_add(struct ring_port *p, struct la_dpio *dpio, uint32_t connections,
		uint32_t lcores_skipped, bool far_end);
/* Stop, check that every mbuf is back in the pool, and close. */
void ring_port_stop(struct ring_port *p);
/* The check alone, once the process has stopped. */
void ring_port_check_mbufs(struct ring_port *p);

/* Send octets, or a segment from the peer; payload is text 'x'. */
void ring_port_inject(struct ring_port *p, const uint8_t *octets, uint32_t len);
void ring_port_segment(struct ring_port *p, uint8_t flags, uint32_t len);
/* Wait for a TCP segment with these flags; other frames are skipped. The mbuf
 * that holds it is freed: text is not looked at but for its length. */
struct la_seg ring_port_expect(struct ring_port *p, uint8_t flags);
/* Let the stack learn, by an ARP request to it, where the peer is. */
void ring_port_introduce(struct ring_port *p);
/* The handshake from a port. */
void ring_port_open(struct ring_port *p, uint16_t port);

uint64_t ring_port_count(struct ring_port *p, enum la_stack_count count);
/* Wait until a figure is what it has to be. */
void ring_port_await(uint64_t (*figure)(struct ring_port *p), struct ring_port *p,
		uint64_t value);

#endif
