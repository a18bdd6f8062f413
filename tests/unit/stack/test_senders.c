/* SPDX-License-Identifier: BSD-3-Clause */
/* When extension blocks run out: who gives way, and who does not (D30). */
#include <string.h>

#include "la_check.h"
#include "rig.h"

static struct rig rig;

enum { HOLDERS = 8, SECOND = 1000000 };

/* All extension blocks are held, by peers 0 to 7, one a millisecond. */
static void
hold_all(struct rig_peer *holders, uint32_t octets)
{
	rig_params(&rig, 64);
	rig.params.senders = HOLDERS;
	rig.service.send_at_data = octets;
	rig_start(&rig);
	for (uint32_t i = 0; i < HOLDERS; i++) {
		holders[i] = rig_peer(i);
		rig_open(&rig, &holders[i]);
		rig_introduce(&rig, &holders[i]);
		rig_give(&rig, &holders[i], rig_seg(&holders[i], LA_ACK, 10));
		holders[i].seq += 10;
		rig.now_us += 10000;
	}
	rig.service.send_at_data = 100;
	rig_forget(&rig);
}

/* Whether one that comes now gets an answer to what it sends. */
static bool
is_served(uint32_t number)
{
	struct rig_peer peer = rig_peer(number);
	const struct la_rx *rx;

	rig_forget(&rig);
	rig_open(&rig, &peer);
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 10));
	while ((rx = rig_next(&rig)) != NULL) {
		if (rx->kind == LA_KIND_TCP && rx->dest_port == peer.port && rx->seg.len == 100)
			return true;
	}
	return false;
}

/* Who makes no progress gives way, in order; who does keeps what it has. */
START_TEST(the_extension_block_that_made_no_progress_for_longest_gives_way)
{
	struct rig_peer holders[HOLDERS];

	hold_all(holders, 2000);
	ck_assert(!is_served(100));
	rig_wait(&rig, 3 * SECOND);
	/* The first two come back to life: what is acknowledged counts. */
	for (int i = 0; i < 2; i++) {
		holders[i].ack += 1024;
		rig_give(&rig, &holders[i], rig_seg(&holders[i], LA_ACK, 0));
	}
	for (uint32_t i = 1; i <= HOLDERS - 2; i++) {
		ck_assert(is_served(100 + i));
		ck_assert_uint_eq(rig_count(&rig, LA_COUNT_SENDERS_GAVE_WAY), i);
		ck_assert_uint_eq(rig.service.ended[LA_END_BY_TIMED_OUT], i);
	}
	/* All others are making progress now. */
	ck_assert(!is_served(200));
	for (int i = 0; i < 2; i++) {
		holders[i].ack += 2000 - 1024;
		rig_give(&rig, &holders[i], rig_seg(&holders[i], LA_ACK, 0));
	}
	ck_assert_uint_eq(rig.service.acked, 2 * 2000);
	rig_end(&rig, false);
}
END_TEST

/* What is held above a hole can come again: its connection goes on. */
START_TEST(who_only_holds_text_above_a_hole_gives_way_and_goes_on)
{
	struct rig_peer holders[HOLDERS];
	struct la_stack_usage usage;

	rig_params(&rig, 64);
	rig.params.senders = HOLDERS;
	rig.service.send_at_data = 100;
	rig_start(&rig);
	for (uint32_t i = 0; i < HOLDERS; i++) {
		struct la_seg ahead;

		holders[i] = rig_peer(i);
		rig_open(&rig, &holders[i]);
		ahead = rig_seg(&holders[i], LA_ACK, 10);
		ahead.seq += 10;
		rig_give(&rig, &holders[i], ahead);
	}
	rig_wait(&rig, 3 * SECOND / 2);
	ck_assert(is_served(100));
	la_stack_usage(rig.stack, &usage);
	ck_assert_uint_eq(usage.reassembly, HOLDERS - 1);
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), HOLDERS + 1);
	ck_assert_uint_eq(rig.service.ended[LA_END_BY_TIMED_OUT], 0);
	/* All of it again, and in order. */
	rig_give(&rig, &holders[0], rig_seg(&holders[0], LA_ACK, 20));
	ck_assert_uint_eq(rig.service.octets, 10 + 20);
	rig_end(&rig, false);
}
END_TEST

/* Of many a few are free again before anybody asks. */
START_TEST(a_few_of_many_extension_blocks_are_kept_free)
{
	enum { MANY = 640, SPARE = 10 };
	struct la_stack_usage usage;

	rig_params(&rig, 2 * MANY);
	rig.params.senders = MANY;
	rig.service.send_at_data = 100;
	rig_start(&rig);
	rig.now_us += SECOND;
	for (uint32_t i = 0; i < MANY; i++) {
		struct rig_peer peer = rig_peer(i);

		rig_open(&rig, &peer);
		rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 10));
		rig_forget(&rig);
	}
	la_stack_usage(rig.stack, &usage);
	ck_assert_uint_eq(usage.senders, MANY);
	rig.keep_nothing = true;
	rig_wait(&rig, 2 * SECOND);
	la_stack_usage(rig.stack, &usage);
	ck_assert_uint_eq(usage.senders, MANY - SPARE);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_SENDERS_GAVE_WAY), SPARE);
	rig_end(&rig, false);
}
END_TEST

/* Text in order does not keep a block whose own text nobody acknowledges. */
START_TEST(an_octet_now_and_then_keeps_no_extension_block)
{
	struct rig_peer holders[HOLDERS];

	hold_all(holders, 100);
	rig.service.send_at_data = 0;
	for (int round = 0; round < 6; round++) {
		rig_wait(&rig, SECOND / 2);
		for (uint32_t i = 0; i < HOLDERS; i++) {
			rig_give(&rig, &holders[i], rig_seg(&holders[i], LA_ACK, 1));
			holders[i].seq++;
		}
	}
	rig.service.send_at_data = 100;
	ck_assert(is_served(100));
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_SENDERS_GAVE_WAY), 1);
	rig_end(&rig, false);
}
END_TEST

/* What all holders acknowledge each time, and how often: crumbs keep no extension block, whether an
 * RTO goes by between them or not; 1,024 octets do. */
static const struct { uint32_t octets, each_ms, for_s; bool keeps; } readers[] = {
	{ 1, 100, 40, false }, { 20, 900, 40, false }, { 1, 9000, 40, false },
	{ 64, 100, 20, true }, { 64, 100, 60, true }, { 1024, 900, 60, true },
};
START_TEST(who_reads_crumbs_keeps_no_extension_block)
{
	struct rig_peer holders[HOLDERS];

	hold_all(holders, 100000);
	rig.keep_nothing = true;
	for (uint32_t ms = 0; ms < readers[_i].for_s * 1000; ms += readers[_i].each_ms) {
		for (uint32_t i = 0; i < HOLDERS; i++) {
			holders[i].ack += readers[_i].octets;
			rig_give(&rig, &holders[i], rig_seg(&holders[i], LA_ACK, 0));
		}
		rig_wait(&rig, readers[_i].each_ms * 1000ull);
	}
	/* Within an RTO of what they acknowledged last. */
	for (uint32_t i = 0; i < HOLDERS; i++) {
		holders[i].ack += readers[_i].octets;
		rig_give(&rig, &holders[i], rig_seg(&holders[i], LA_ACK, 0));
	}
	rig.keep_nothing = false;
	ck_assert_int_eq(is_served(100), !readers[_i].keeps);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_SENDERS_GAVE_WAY), !readers[_i].keeps);
	rig_end(&rig, false);
}
END_TEST

/* A service that, where it is given text, lets another connection send. */
struct meddler {
	struct la_service service;
	uint32_t other;
	bool acted;
	uint32_t calls, ends;
};

static void
send_some(void *user, struct la_conn *conn)
{
	(void)user;
	conn->send = 10;
}

static uint32_t
meddle(struct la_service *service, struct la_conn *conn, const uint8_t *text, uint32_t len)
{
	struct meddler *m = (struct meddler *)service;

	(void)text;
	m->calls++;
	if (m->other == LA_NONE)
		conn->send = 100;
	else
		m->acted = la_stack_act(rig.stack, m->other, conn->now_us, send_some, NULL);
	return len;
}

static void
count_ends(struct la_service *service, struct la_conn *conn, enum la_end why)
{
	(void)conn;
	(void)why;
	((struct meddler *)service)->ends++;
}

static void
fill_zeros(struct la_service *service, struct la_conn *conn, uint32_t offset, uint8_t *dst,
		uint32_t len)
{
	(void)service;
	(void)conn;
	(void)offset;
	memset(dst, 0, len);
}

static const struct la_service_ops meddler_ops = {
	.name = "meddler", .data = meddle, .fill = fill_zeros, .end = count_ends,
};

/* The extension block that would give way first is that of the connection whose callback it is. */
START_TEST(an_act_from_a_callback_takes_no_extension_block_away)
{
	struct meddler m = { .service.ops = &meddler_ops };
	struct rig_peer holder = rig_peer(0), other = rig_peer(1), third = rig_peer(2);

	rig_params(&rig, 64);
	rig.params.senders = 1;
	rig.params.plain_c = _i;
	rig.listeners[0].instance = &m.service;
	rig_start(&rig);
	rig_open(&rig, &holder);
	rig_open(&rig, &other);
	rig_introduce(&rig, &holder);
	rig_give(&rig, &holder, rig_seg(&holder, LA_ACK, 10));
	holder.seq += 10;
	rig_wait(&rig, 3 * SECOND);
	m.other = 2;
	rig_give(&rig, &holder, rig_seg(&holder, LA_ACK, 10));
	ck_assert_uint_eq(m.calls, 2);
	ck_assert(!m.acted);
	ck_assert_uint_eq(m.ends, 0);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_NO_SENDER), 1);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_SENDERS_GAVE_WAY), 0);
	/* With a free one it may. */
	ck_assert(la_stack_end_one(rig.stack, 1, true, rig.now_us));
	rig_open(&rig, &third);
	rig_give(&rig, &third, rig_seg(&third, LA_ACK, 10));
	ck_assert_uint_eq(m.calls, 3);
	ck_assert(m.acted);
	rig_end(&rig, false);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stack senders");
	TCase *t = tcase_create("senders");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, the_extension_block_that_made_no_progress_for_longest_gives_way);
	tcase_add_test(t, who_only_holds_text_above_a_hole_gives_way_and_goes_on);
	tcase_add_test(t, a_few_of_many_extension_blocks_are_kept_free);
	tcase_add_test(t, an_octet_now_and_then_keeps_no_extension_block);
	tcase_add_loop_test(t, who_reads_crumbs_keeps_no_extension_block, 0,
			sizeof(readers) / sizeof(readers[0]));
	tcase_add_loop_test(t, an_act_from_a_callback_takes_no_extension_block_away, 0, 2);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
