/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the port's other stacks are given of the frames that come to one. Junk must be
 * given to nobody, and then nobody may miss it; what is of use must be.
 */
#include <string.h>

#include "control.h"
#include "la_check.h"
#include "rig.h"
#include "stack_private.h"

static struct rig rig;
static uint8_t *before;

/* Of the two active opens that errors quote. */
static uint32_t iss[2];

static void
give(const struct control *c)
{
	uint8_t frame[CONTROL_FRAME_MAX];

	rig_put_frame(&rig, frame, control_make(c, &rig.params.mac, frame));
	rig_poll(&rig);
}

static void
open_one(bool v6)
{
	uint32_t handle;

	ck_assert_int_eq(la_stack_connect(rig.stack, v6 ? control_ranges[0].count : 0,
			CONTROL_LOCAL_PORT, &control_remote[v6], CONTROL_REMOTE_PORT, 0,
			rig.now_us, &handle), LA_OPEN_MADE);
	rig_poll(&rig);
	iss[v6] = la_stack__tcb(rig.stack, handle)->snd.una;
}

/* The gateways answer, and what an error can act on is in flight. */
static void
open_both(void)
{
	for (int i = 0; i < controls_len; i++) {
		if (controls[i].heard == LA_HEARERS_ALL)
			give(&controls[i]);
	}
	open_one(false);
	open_one(true);
	ck_assert_uint_eq(rig_state(&rig, LA_SYN_SENT), 2);
	rig_forget(&rig);
}

/* Gateways are asked for, and nobody has answered. */
static void
begin(void)
{
	rig_params(&rig, 16);
	memcpy(rig.ranges, control_ranges, sizeof(control_ranges));
	rig.params.ranges_len = CONTROL_RANGES;
	for (int family = 0; family < 2; family++) {
		rig.params.has_gateway[family] = true;
		rig.params.gateway[family] = control_gateway[family];
	}
	rig_start(&rig);
	la_stack_start(rig.stack, rig.now_us);
	rig_forget(&rig);
	before = malloc(la_stack_memory(&rig.params));
	ck_assert_ptr_nonnull(before);
}

static void
finish(void)
{
	free(before);
	rig_end(&rig, false);
}

static void
remember(void)
{
	memcpy(before, rig.memory, la_stack_memory(&rig.params));
}

static bool
changed(void)
{
	return memcmp(before, rig.memory, la_stack_memory(&rig.params)) != 0;
}

static enum la_stack_hearers
who_hears(const struct control *c, struct la_rx *rx, struct la_tuple *quoted)
{
	static uint8_t frame[CONTROL_FRAME_MAX];
	struct control here = *c;

	here.seq = iss[c->v6];
	la_rx_parse(rx, frame, control_make(&here, &rig.params.mac, frame), 0);
	if (c->flaw != BAD_CHECKSUM && !(c->flaw == FROM_AFAR && c->kind == CONTROL_ND))
		LA_MUST(rx->reason == LA_RX_OK);
	return la_stack_would_hear(rig.stack, rx, quoted);
}

static void
check_quoted(const struct control *c, const struct la_tuple *quoted)
{
	ck_assert_uint_eq(quoted->local, c->v6 ? control_ranges[0].count : 0);
	ck_assert_uint_eq(quoted->local_port, CONTROL_LOCAL_PORT);
	ck_assert_uint_eq(quoted->remote_port, CONTROL_REMOTE_PORT);
	ck_assert(la_addr_eq(&quoted->remote, &control_remote[c->v6]));
}

/* Text must be in flight for it to do anything (test_pmtu). */
static bool
is_too_big(const struct control *c)
{
	return c->kind == CONTROL_ICMP && (c->v6 ? c->type == 2 : c->code == 4);
}

/* To ask changes nothing. What would not be heard does nothing if it is, to the last octet
 * of the stack. */
START_TEST(what_others_can_use_is_theirs_and_no_more)
{
	const struct control *c = &controls[_i];
	struct la_tuple quoted;
	struct la_rx rx;

	begin();
	if (c->kind == CONTROL_ICMP)
		open_both();
	remember();
	ck_assert_msg(who_hears(c, &rx, &quoted) == c->heard, "%s %d/%d, flaw %d", c->name,
			c->type, c->code, c->flaw);
	ck_assert(!changed());
	if (c->heard == LA_HEARERS_OWNER)
		check_quoted(c, &quoted);
	la_stack_overhear(rig.stack, &rx, rig.now_us);
	rig_expect_nothing(&rig);
	if (!is_too_big(c))
		ck_assert_msg(changed() == (c->heard != LA_HEARERS_NONE), "%s %d/%d, flaw %d",
				c->name, c->type, c->code, c->flaw);
	finish();
}
END_TEST

static enum la_stack_hearers
expected(bool v6, int type, int code)
{
	const bool heard = v6 ? type == 2 || (type == 1 && code == 4) :
			type == 3 && code >= 2 && code <= 4;

	return heard ? LA_HEARERS_OWNER : LA_HEARERS_NONE;
}

/* All quote a segment that is in flight. */
START_TEST(of_all_icmp_only_what_acts_is_heard)
{
	struct control c = { .kind = CONTROL_ICMP, .v6 = _i != 0 };

	begin();
	open_both();
	for (int n = 0; n < 256 * 256; n++) {
		struct la_tuple quoted;
		struct la_rx rx;

		c.type = (uint8_t)(n >> 8);
		c.code = (uint8_t)n;
		if (c.v6 && (c.type == LA_ND_SOLICITATION || c.type == LA_ND_ADVERTISEMENT))
			continue;
		if (who_hears(&c, &rx, &quoted) != expected(c.v6, c.type, c.code))
			ck_abort_msg("type %d, code %d", c.type, c.code);
	}
	finish();
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stack overhear");
	TCase *t = tcase_create("overhear");

	tcase_add_loop_test(t, what_others_can_use_is_theirs_and_no_more, 0, controls_len);
	tcase_add_loop_test(t, of_all_icmp_only_what_acts_is_heard, 0, 2);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
