/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TEST_CLOSING_H
#define LA_TEST_CLOSING_H

/*
 * Connections that the service closes first.
 */
#include "la_check.h"
#include "rig.h"

enum { TIME_WAIT_US = 4000000 };

static inline void
closing_params(struct rig *rig, uint32_t connections)
{
	rig_params(rig, connections);
	rig->params.time_wait_us = TIME_WAIT_US;
	rig->params.time_wait_max = connections;
}

/* The service closes at once; the peer answers with its FIN: TIME-WAIT is ours. */
static inline void
closing_time_wait(struct rig *rig, struct rig_peer *peer)
{
	const struct la_seg *fin;

	rig_open(rig, peer);
	fin = rig_expect(rig, LA_FIN | LA_ACK);
	peer->ack = fin->seq + 1;
	rig_give(rig, peer, rig_seg(peer, LA_FIN | LA_ACK, 0));
	peer->seq++;
	/* The ACK of the last FIN goes out once, before the record takes over. */
	ck_assert_uint_eq(rig_expect(rig, LA_ACK)->ack, peer->seq);
	rig_expect_nothing(rig);
}

#endif
