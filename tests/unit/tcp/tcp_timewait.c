/* SPDX-License-Identifier: BSD-3-Clause */
/* TIME-WAIT records: the ring, expiry, and what segments to them draw. */
#include "family.h"
#include "la_check.h"
#include "la_timewait.h"

/* With 60 s of 2MSL a unit of `after` is 8 ms. */
enum { SIZE = 8, LIST = 3 * LA_TW_BLOCK, LATE_US = 8000 };
#define TWO_MSL UINT64_C(60000000)
#define SND 0xfffffff0u
#define RCV 0xffffffe8u

static struct la_tw tw;
static uint64_t now_us;

static void
make(uint32_t size, uint64_t timewait_us)
{
	void *memory = malloc(la_tw_memory(size));

	ck_assert_ptr_nonnull(memory);
	memset(memory, 0xa5, la_tw_memory(size));
	la_tw_init(&tw, memory, size, timewait_us);
}

static void
begin(void)
{
	make(SIZE, TWO_MSL);
	/* 2^32 ms is less than a minute away. */
	now_us = (UINT64_C(0x100000000) - 30000) * 1000;
}

static void
end(void)
{
	free(tw.records);
}

static struct la_tuple
tuple_of(uint16_t port)
{
	return (struct la_tuple){ .remote = la_test_addr(0x0a4d0001), .local = 3,
		.local_port = 80, .remote_port = port };
}

static uint32_t
enter(uint16_t port, bool timestamps)
{
	struct la_tcb tcb = { .tuple = tuple_of(port), .snd = { SND, SND },
		.rcv = { RCV }, .ts_recent = 1000,
		.flags = timestamps ? LA_TCB_TIMESTAMPS : 0, .state = LA_TIME_WAIT };

	return la_tw_enter(&tw, &tcb, now_us);
}

/* Expire, and @return how many; their ports go into ports[]. */
static uint32_t
expire(uint32_t max, uint16_t *ports)
{
	uint32_t handles[LIST], got = la_tw_expire(&tw, now_us, handles, max);

	for (uint32_t i = 0; i < got; i++)
		ports[i] = tw.records[handles[i]].tuple.remote_port;
	return got;
}

START_TEST(a_record_keeps_what_is_needed)
{
	uint32_t handle = enter(7, true);
	const struct la_tw_record *record = &tw.records[handle];
	const struct la_tuple tuple = tuple_of(7);

	ck_assert_uint_ge(handle, 1);
	ck_assert_uint_le(handle, SIZE);
	ck_assert(la_tuple_eq(&record->tuple, &tuple));
	ck_assert_uint_eq(record->snd_nxt, SND);
	ck_assert_uint_eq(record->rcv_nxt, RCV);
	ck_assert_uint_eq(record->ts_recent, 1000);
	ck_assert(record->live);
	ck_assert(record->timestamps);
	ck_assert_uint_eq(tw.live, 1);
	/* With its share of the flow table, 11, no more than 48. */
	ck_assert_uint_le(la_tw_memory(1000000), 37 * 1000000);
}
END_TEST

/* MUST-13 */
START_TEST(a_record_lasts_two_msl)
{
	uint64_t start = now_us;
	uint16_t ports[SIZE];

	enter(1, false);
	ck_assert_uint_eq(expire(SIZE, ports), 0);
	now_us = start + TWO_MSL - 1000;
	ck_assert_uint_eq(expire(SIZE, ports), 0);
	now_us = start + TWO_MSL + LATE_US;
	ck_assert_uint_eq(expire(SIZE, ports), 1);
	ck_assert_uint_eq(ports[0], 1);
	ck_assert_uint_eq(tw.places, 0);
	ck_assert_uint_eq(tw.live, 0);
	ck_assert_uint_eq(expire(SIZE, ports), 0);
}
END_TEST

START_TEST(records_expire_in_order_and_within_the_budget)
{
	uint16_t ports[SIZE];

	for (uint16_t i = 0; i < SIZE; i++) {
		enter(i, false);
		now_us += 1000000;
	}
	ck_assert(la_tw_is_full(&tw));
	now_us += TWO_MSL;
	ck_assert_uint_eq(expire(3, ports), 3);
	ck_assert_uint_eq(ports[0], 0);
	ck_assert_uint_eq(ports[2], 2);
	ck_assert_uint_eq(expire(3, ports), 3);
	ck_assert_uint_eq(ports[0], 3);
	ck_assert_uint_eq(expire(3, ports), 2);
	ck_assert_uint_eq(expire(3, ports), 0);
}
END_TEST

START_TEST(only_what_is_due_expires)
{
	uint16_t ports[SIZE];

	for (uint16_t i = 0; i < 4; i++) {
		enter(i, false);
		now_us += 1000000;
	}
	now_us += TWO_MSL - 2500000;
	ck_assert_uint_eq(expire(SIZE, ports), 2);
	ck_assert_uint_eq(tw.live, 2);
}
END_TEST

START_TEST(a_removed_record_leaves_a_hole_that_goes_by_itself)
{
	uint32_t handles[SIZE];
	uint16_t ports[SIZE];

	for (uint16_t i = 0; i < 4; i++)
		handles[i] = enter(i, false);
	la_tw_remove(&tw, handles[0]);
	la_tw_remove(&tw, handles[2]);
	ck_assert_uint_eq(tw.live, 2);
	ck_assert_uint_eq(la_tw_oldest(&tw), LA_NONE);
	now_us += TWO_MSL + 1000;
	ck_assert_uint_eq(expire(SIZE, ports), 2);
	ck_assert_uint_eq(ports[0], 1);
	ck_assert_uint_eq(ports[1], 3);
	ck_assert_uint_eq(tw.places, 0);
}
END_TEST

START_TEST(a_full_ring_gives_up_its_oldest)
{
	uint16_t ports[SIZE];

	for (uint16_t i = 0; i < 3 * SIZE; i++) {
		if (la_tw_is_full(&tw)) {
			ck_assert_uint_eq(tw.records[la_tw_oldest(&tw)].tuple.remote_port,
					i - SIZE);
			la_tw_drop_oldest(&tw);
		}
		enter(i, false);
	}
	ck_assert_uint_eq(tw.live, SIZE);
	now_us += TWO_MSL + 1000;
	ck_assert_uint_eq(expire(SIZE, ports), SIZE);
	ck_assert_uint_eq(ports[0], 2 * SIZE);
}
END_TEST

START_TEST(a_full_ring_of_holes_is_emptied_by_dropping)
{
	for (uint16_t i = 0; i < SIZE; i++)
		la_tw_remove(&tw, enter(i, false));
	ck_assert(la_tw_is_full(&tw));
	while (tw.places > 0) {
		ck_assert_uint_eq(la_tw_oldest(&tw), LA_NONE);
		la_tw_drop_oldest(&tw);
	}
	enter(1, false);
	ck_assert_uint_eq(tw.live, 1);
}
END_TEST

START_TEST(restart_moves_a_record_to_the_end)
{
	uint32_t first = enter(1, true), moved;
	uint16_t ports[SIZE];

	enter(2, false);
	now_us += TWO_MSL / 2;
	moved = la_tw_restart(&tw, first, now_us);
	ck_assert_uint_ne(moved, first);
	ck_assert_uint_eq(tw.records[moved].tuple.remote_port, 1);
	ck_assert(tw.records[moved].live);
	ck_assert(tw.records[moved].timestamps);
	ck_assert(!tw.records[first].live);
	ck_assert_uint_eq(tw.live, 2);
	now_us += TWO_MSL / 2 + LATE_US;
	ck_assert_uint_eq(expire(SIZE, ports), 1);
	ck_assert_uint_eq(ports[0], 2);
	now_us += TWO_MSL / 2;
	ck_assert_uint_eq(expire(SIZE, ports), 1);
	ck_assert_uint_eq(ports[0], 1);
}
END_TEST

static struct { uint64_t due_us; uint16_t port; uint32_t handle; } list[LIST];
static uint32_t n;

static void
forget(uint32_t i)
{
	ck_assert_uint_lt(i, n);
	n--;
	for (; i < n; i++)
		list[i] = list[i + 1];
}

/* What came off the queue was due, and what was due for a unit came off. */
static void
expire_as_listed(uint64_t unit_us)
{
	uint32_t handles[LIST];

	for (uint32_t got = la_tw_expire(&tw, now_us, handles, LIST), i = 0; i < got; i++) {
		ck_assert_uint_gt(n, 0);
		ck_assert_uint_eq(tw.records[handles[i]].tuple.remote_port, list[0].port);
		ck_assert_uint_le(list[0].due_us, now_us);
		forget(0);
	}
	if (n > 0)
		ck_assert_uint_gt(list[0].due_us + unit_us, now_us);
	ck_assert_uint_eq(tw.live, n);
}

static void
enter_as_listed(uint16_t port, uint64_t timewait_us)
{
	if (la_tw_is_full(&tw)) {
		if (la_tw_oldest(&tw) != LA_NONE)
			forget(0);
		la_tw_drop_oldest(&tw);
	}
	list[n].port = port;
	list[n].due_us = now_us + timewait_us;
	list[n++].handle = enter(port, port & 1);
	ck_assert_uint_eq(tw.live, n);
}

static void
restart_as_listed(uint32_t i, uint64_t timewait_us)
{
	const uint16_t port = list[i].port;
	const uint32_t moved = la_tw_restart(&tw, list[i].handle, now_us);

	forget(i);
	list[n].port = port;
	list[n].due_us = now_us + timewait_us;
	list[n++].handle = moved;
	ck_assert_uint_eq(tw.records[moved].tuple.remote_port, port);
	ck_assert_uint_eq(tw.records[moved].timestamps, port & 1);
}

/*
 * Against a list that does the same slowly: rings of less than a block, of some blocks and
 * a bit, where head and tail meet in one block; 2MSL of one unit and of many; records that
 * come fast, and so slowly that 14 bits do not span a block of them.
 */
static const struct { uint32_t size; uint64_t timewait_ms, unit_ms, step_ms; } rings[] = {
	{ SIZE, 60000, 8, 12000 },
	{ 1, 60000, 8, 40000 },
	{ 63, 60000, 8, 2000 },
	{ 64, 60000, 8, 2000 },
	{ LIST - 7, 60000, 8, 700 },
	{ LIST - 7, 60000, 8, 20 },
	{ LIST - 7, 60000, 8, 40000 },
	{ LIST - 7, 60000, 8, 3000000 },
	{ LIST - 7, 8191, 1, 100 },
	{ LIST - 7, 8192, 2, 100 },
	{ LIST - 7, 1, 1, 2 },
	{ LIST - 7, 86400000, 16384, 900000 },
	{ LIST - 7, INT32_MAX, 1 << 18, 30000000 },
};
enum { RINGS = sizeof(rings) / sizeof(rings[0]), SEEDS = 6 };

START_TEST(any_order_of_calls_keeps_the_order)
{
	const uint64_t timewait_us = rings[_i % RINGS].timewait_ms * 1000;
	uint32_t random = (uint32_t)_i + 1;

	end();
	make(rings[_i % RINGS].size, timewait_us);
	n = 0;
	for (uint16_t port = 1; port < 4000; port++) {
		random = random * 1664525 + 1013904223;
		now_us += (random >> 4) % (2 * rings[_i % RINGS].step_ms) * 1000 + (random >> 20);
		/* Who does not look for a while finds the records as late as he is. */
		if ((random >> 24) % 4 != 0)
			expire_as_listed(rings[_i % RINGS].unit_ms * 1000 + 1000);
		if (n > 0 && (random >> 28) < 5) {
			uint32_t i = (random >> 20) % n;

			la_tw_remove(&tw, list[i].handle);
			forget(i);
		}
		if (n > 0 && (random >> 28) > 12 && !la_tw_is_full(&tw))
			restart_as_listed((random >> 12) % n, timewait_us);
		enter_as_listed(port, timewait_us);
	}
	now_us += timewait_us + rings[_i % RINGS].unit_ms * 1000 + 1000;
	expire_as_listed(0);
	ck_assert_uint_eq(n, 0);
	ck_assert_uint_eq(tw.places, 0);
}
END_TEST

/* One block holds records of hours and of days. */
START_TEST(records_that_came_slowly_expire_each_in_its_time)
{
	uint16_t ports[LIST];

	end();
	make(LIST, TWO_MSL);
	for (uint16_t i = 0; i < 40; i++) {
		enter(i, false);
		ck_assert_uint_eq(expire(LIST, ports), 0);
		now_us += 50000000;
		ck_assert_uint_eq(expire(LIST, ports), 0);
		enter((uint16_t)(i + 1000), false);
		now_us += TWO_MSL - 50000000 - 1000;
		ck_assert_uint_eq(expire(LIST, ports), 0);
		now_us += 1000 + LATE_US;
		ck_assert_uint_eq(expire(LIST, ports), 1);
		ck_assert_uint_eq(ports[0], i);
		now_us += 50000000;
		ck_assert_uint_eq(expire(LIST, ports), 1);
		ck_assert_uint_eq(ports[0], i + 1000);
		/* Long pauses: 2^32 ms and more. */
		now_us += i % 8 == 7 ? UINT64_C(0x100000000) * 1000 : 0;
	}
}
END_TEST

/* Nobody looked for many times 2MSL: what is in the block stays due. */
START_TEST(a_late_record_stays_due_beside_new_ones)
{
	uint16_t ports[LIST];

	end();
	make(LIST, TWO_MSL);
	for (uint16_t i = 0; i < 20; i++) {
		enter(i, false);
		now_us += 10 * TWO_MSL;
	}
	ck_assert_uint_eq(expire(LIST, ports), 20);
	ck_assert_uint_eq(ports[19], 19);
}
END_TEST

#define ACKED LA_OK_TIME_WAIT_ACKED
#define REOPENED LA_OK_TIME_WAIT_REOPENED
#define RST_DROPPED LA_DROP_RST_TIME_WAIT

static const struct {
	const char *what;
	bool timestamps;                /* Of the record; TS.Recent is 1000. */
	uint8_t flags;
	int32_t seq, ack;               /* After RCV.NXT and SND.NXT. */
	uint32_t len;
	uint32_t tsval;                 /* 0: no option. */
	bool rst_ends;
	enum la_tw_action action;
	enum la_tcp_reason reason;
} cases[] = {
	{ "the FIN again", false, LA_FIN | LA_ACK, -1, 0, 0, 0, false, LA_TW_RESTART, ACKED },
	{ "the FIN, stamped", true, LA_FIN | LA_ACK, -1, 0, 0, 1000, false, LA_TW_RESTART, ACKED },
	{ "text, FIN again", false, LA_FIN | LA_ACK, -101, 0, 100, 0, false, LA_TW_RESTART, ACKED },
	{ "late text", false, LA_ACK, -100, 0, 50, 0, false, LA_TW_ACK, ACKED },
	{ "new text", false, LA_ACK, 0, 0, 50, 0, false, LA_TW_ACK, ACKED },
	{ "the last ACK", false, LA_ACK, 0, 0, 0, 0, false, LA_TW_DROP, LA_OK },
	{ "no ACK bit", false, LA_FIN, -1, 0, 0, 0, false, LA_TW_DROP, LA_DROP_NO_ACK },
	{ "RFC 1337, if wanted: an exact RST", false, LA_RST, 0, 0, 0, 0, false, LA_TW_DROP, RST_DROPPED },
	{ "an exact RST that may end it", false, LA_RST, 0, 0, 0, 0, true, LA_TW_END, LA_END_RST },
	{ "an inexact RST ends nothing", false, LA_RST, 1, 0, 0, 0, true, LA_TW_DROP, RST_DROPPED },
	{ "a RST before it", false, LA_RST, -1, 0, 0, 0, true, LA_TW_DROP, RST_DROPPED },
	/* RFC 1122, 4.2.2.13 */
	{ "a newer SYN", false, LA_SYN, 1, 0, 0, 0, false, LA_TW_REOPEN, REOPENED },
	{ "a much newer SYN", false, LA_SYN, 0x7ffffff0, 0, 0, 0, false, LA_TW_REOPEN, REOPENED },
	{ "an old SYN", false, LA_SYN, -1, 0, 0, 0, false, LA_TW_ACK, ACKED },
	{ "an older SYN", false, LA_SYN, -0x7ffffff0, 0, 0, 0, false, LA_TW_ACK, ACKED },
	{ "a SYN-ACK", false, LA_SYN | LA_ACK, 100, 0, 0, 0, false, LA_TW_ACK, ACKED },
	{ "a SYN with FIN", false, LA_SYN | LA_FIN, 100, 0, 0, 0, false, LA_TW_ACK, ACKED },
	/* RFC 6191, 2 */
	{ "newer by timestamp", true, LA_SYN, -5000, 0, 0, 1001, false, LA_TW_REOPEN, REOPENED },
	{ "older by timestamp", true, LA_SYN, 5000, 0, 0, 999, false, LA_TW_ACK, ACKED },
	{ "same timestamp, newer", true, LA_SYN, 1, 0, 0, 1000, false, LA_TW_REOPEN, REOPENED },
	{ "same timestamp, older", true, LA_SYN, -1, 0, 0, 1000, false, LA_TW_ACK, ACKED },
	{ "no timestamp now, newer", true, LA_SYN, 1, 0, 0, 0, false, LA_TW_REOPEN, REOPENED },
	{ "no timestamp now, older", true, LA_SYN, -1, 0, 0, 0, false, LA_TW_ACK, ACKED },
	{ "a timestamp now only", false, LA_SYN, -5000, 0, 0, 1, false, LA_TW_REOPEN, REOPENED },
};
START_TEST(a_segment_to_time_wait)
{
	struct la_tw_record *record = &tw.records[enter(1, cases[_i].timestamps)];
	struct la_seg reply, seg = { .flags = cases[_i].flags, .seq = RCV + (uint32_t)cases[_i].seq,
		.ack = SND + (uint32_t)cases[_i].ack, .len = cases[_i].len, .wnd = 100 };
	enum la_tcp_reason reason = LA_TCP_REASONS;
	enum la_tw_action action;

	if (cases[_i].tsval) {
		seg.opts.present = LA_OPT_TIMESTAMPS;
		seg.opts.tsval = cases[_i].tsval;
	}
	action = la_tw_segment_arrives(record, &seg, cases[_i].rst_ends, 777, 555, &reply, &reason);
	ck_assert_msg(action == cases[_i].action && reason == cases[_i].reason,
			"%s: action %d, reason %d", cases[_i].what, action, reason);
	ck_assert_uint_eq(record->rcv_nxt, RCV);
	if (action != LA_TW_ACK && action != LA_TW_RESTART)
		return;
	ck_assert_uint_eq(reply.flags, LA_ACK);
	ck_assert_uint_eq(reply.seq, SND);
	ck_assert_uint_eq(reply.ack, RCV);
	ck_assert_uint_eq(reply.len, 0);
	ck_assert_uint_eq(reply.wnd, 555);
	ck_assert_uint_eq(reply.opts.present, cases[_i].timestamps ? LA_OPT_TIMESTAMPS : 0);
	if (cases[_i].timestamps) {
		ck_assert_uint_eq(reply.opts.tsval, 777);
		ck_assert_uint_eq(reply.opts.tsecr, 1000);
	}
}
END_TEST

/* RFC 7323, 4.3: TS.Recent goes on to follow what is acceptable, and nothing else. */
static const struct {
	const char *what;
	uint8_t flags;
	int32_t seq, ack;               /* After RCV.NXT and SND.NXT. */
	uint32_t len, tsval, recent;    /* TS.Recent is 1000 before. */
} stamped[] = {
	{ "an ACK", LA_ACK, 0, 0, 0, 1005, 1005 },
	{ "an ACK of the same time", LA_ACK, 0, 0, 0, 1000, 1000 },
	{ "an ACK from far ahead", LA_ACK, 0, 0, 0, 0x7fffff00, 0x7fffff00 },
	{ "an old ACK", LA_ACK, 0, 0, 0, 999, 1000 },
	{ "an ACK without", LA_ACK, 0, 0, 0, 0, 1000 },
	{ "an ACK of less", LA_ACK, 0, -1, 0, 1005, 1000 },
	{ "an ACK of what was not sent", LA_ACK, 0, 1, 0, 1005, 1000 },
	{ "an ACK before it", LA_ACK, -1, 0, 0, 1005, 1000 },
	{ "an ACK behind it", LA_ACK, 1, 0, 0, 1005, 1000 },
	{ "late text", LA_ACK, -100, 0, 50, 1005, 1000 },
	{ "the FIN again", LA_FIN | LA_ACK, -1, 0, 0, 1005, 1000 },
	{ "no ACK bit", 0, 0, 0, 0, 1005, 1000 },
	{ "a RST", LA_RST, 0, 0, 0, 1005, 1000 },
};
START_TEST(ts_recent_follows_what_is_acceptable)
{
	struct la_tw_record *record = &tw.records[enter(1, true)];
	struct la_seg reply, syn, seg = { .flags = stamped[_i].flags,
		.seq = RCV + (uint32_t)stamped[_i].seq, .ack = SND + (uint32_t)stamped[_i].ack,
		.len = stamped[_i].len, .wnd = 100 };
	enum la_tcp_reason reason;

	if (stamped[_i].tsval) {
		seg.opts.present = LA_OPT_TIMESTAMPS;
		seg.opts.tsval = stamped[_i].tsval;
	}
	la_tw_segment_arrives(record, &seg, false, 777, 555, &reply, &reason);
	ck_assert_msg(record->ts_recent == stamped[_i].recent, "%s: TS.Recent is %u",
			stamped[_i].what, record->ts_recent);
	/* RFC 6191, 2: a SYN is held against what was seen last. */
	syn = (struct la_seg){ .flags = LA_SYN, .seq = RCV - 5000,
		.opts = { .present = LA_OPT_TIMESTAMPS, .tsval = stamped[_i].recent + 1 } };
	ck_assert_int_eq(la_tw_segment_arrives(record, &syn, false, 777, 555, &reply, &reason),
			LA_TW_REOPEN);
	syn.opts.tsval -= 2;
	ck_assert_int_eq(la_tw_segment_arrives(record, &syn, false, 777, 555, &reply, &reason),
			LA_TW_ACK);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("timewait");
	TCase *t = tcase_create("timewait");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, a_record_keeps_what_is_needed);
	tcase_add_test(t, a_record_lasts_two_msl);
	tcase_add_test(t, records_expire_in_order_and_within_the_budget);
	tcase_add_test(t, only_what_is_due_expires);
	tcase_add_test(t, a_removed_record_leaves_a_hole_that_goes_by_itself);
	tcase_add_test(t, a_full_ring_gives_up_its_oldest);
	tcase_add_test(t, a_full_ring_of_holes_is_emptied_by_dropping);
	tcase_add_test(t, restart_moves_a_record_to_the_end);
	tcase_add_loop_test(t, any_order_of_calls_keeps_the_order, 0, RINGS * SEEDS);
	tcase_add_test(t, records_that_came_slowly_expire_each_in_its_time);
	tcase_add_test(t, a_late_record_stays_due_beside_new_ones);
	tcase_add_loop_test(t, a_segment_to_time_wait, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_loop_test(t, ts_recent_follows_what_is_acceptable, 0,
			sizeof(stamped) / sizeof(stamped[0]));
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
