/* SPDX-License-Identifier: BSD-3-Clause */
#include "replay_stack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	START_US = 1000000,             /* The stack's clock at the capture's first frame. */
	STEP_US = 1000,                 /* A poll in between. */
	BUDGET = 1 << 16,
	AFTER_US = 1000000,
	ALIGNMENT = 64,
};

static uint8_t *
give_room(void *user)
{
	struct la_replay *r = user;

	return r->room;
}

static void
put_out(void *user, uint32_t len, bool tcp, uint16_t tci)
{
	struct la_replay *r = user;
	struct la_rx rx;

	(void)tcp;
	(void)tci;
	if (la_rx_parse(&rx, r->room, len, 0) == LA_RX_OK && rx.kind == LA_KIND_TCP &&
			!la_replay_ours(r->numbers, &rx))
		r->out_of_memory = true;
	la_replay_write(r->out, r->room, len, r->now_us - START_US);
	r->sent++;
}

bool
la_replay_init(struct la_replay *r, struct la_stack_params *params)
{
	const struct la_stack_io io = { r, give_room, put_out, NULL };
	/* The same every time, so that a run can be repeated to the octet. */
	const struct la_key secret = { { 0x7265706c6179, 1 } };
	size_t len;

	params->secret = secret;
	params->workers = 1;
	len = la_stack_memory(params);
	if (len == 0)
		return false;
	r->now_us = START_US;
	r->memory = aligned_alloc(ALIGNMENT, (len + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1));
	r->numbers = la_replay_numbers_make();
	if (r->memory == NULL || r->numbers == NULL)
		return false;
	memset(r->memory, 0, len);
	r->stack = la_stack_init(r->memory, params, &io, r->now_us);
	return true;
}

void
la_replay_end(struct la_replay *r)
{
	free(r->memory);
	if (r->numbers != NULL)
		la_replay_numbers_free(r->numbers);
}

bool
la_replay_has(const struct la_stack_range *ranges, uint32_t n, const struct la_addr *address)
{
	for (uint32_t i = 0; i < n; i++) {
		if (la_addr_is_v4(&ranges[i].first) == la_addr_is_v4(address) &&
				la_addr_place(&ranges[i].first, address) < ranges[i].count)
			return true;
	}
	return false;
}

static void
poll_until(struct la_replay *r, uint64_t us)
{
	while (r->now_us < us) {
		r->now_us = us - r->now_us > STEP_US ? r->now_us + STEP_US : us;
		la_stack_advance(r->stack, r->now_us, BUDGET);
		la_stack_output(r->stack, r->now_us);
	}
}

static void
give_frame(struct la_replay *r, struct la_replay_frame *f, const struct la_rx *rx, uint8_t checked)
{
	const struct la_frame frame = { f->octets, f->len, checked, 0 };

	if (rx->reason == LA_RX_OK && rx->kind == LA_KIND_TCP)
		la_replay_move(r->numbers, rx, f->octets, f->len);
	la_replay_write(r->out, f->octets, f->len, f->us);
	la_stack_receive(r->stack, &frame, 1, r->now_us);
	la_stack_advance(r->stack, r->now_us, BUDGET);
	la_stack_output(r->stack, r->now_us);
	r->given++;
}

static void
play_frame(struct la_replay *r, struct la_replay_frame *f)
{
	const uint8_t trusted = LA_RX_IP_CHECKSUM_GOOD | LA_RX_L4_CHECKSUM_GOOD;
	struct la_rx rx;

	poll_until(r, START_US + f->us);
	r->last_us = f->us;
	/* Of the capture's server all are believed: those that it sent itself may have been
	 * captured before its NIC filled in their checksums. */
	la_rx_parse(&rx, f->octets, f->len, trusted);
	if (rx.reason == LA_RX_OK && rx.kind != LA_KIND_ARP &&
			la_replay_has(r->ranges, r->ranges_len, &rx.source)) {
		r->theirs++;
		if (rx.kind == LA_KIND_TCP && !la_replay_theirs(r->numbers, &rx))
			r->out_of_memory = true;
		return;
	}
	if (f->cut) {
		r->cut++;
		return;
	}
	if (!r->trust_checksums)
		la_rx_parse(&rx, f->octets, f->len, 0);
	give_frame(r, f, &rx, r->trust_checksums ? trusted : 0);
}

bool
la_replay_run(struct la_replay *r, char error[LA_REPLAY_ERROR_MAX])
{
	static struct la_replay_frame frame;
	int got;

	while ((got = la_replay_read(r->in, &frame, error)) > 0) {
		if (r->frames++ == 0)
			la_stack_start(r->stack, r->now_us);
		play_frame(r, &frame);
		if (r->out_of_memory) {
			snprintf(error, LA_REPLAY_ERROR_MAX, "out of memory");
			return false;
		}
	}
	poll_until(r, r->now_us + AFTER_US);
	return got == 0;
}
