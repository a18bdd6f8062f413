/* SPDX-License-Identifier: BSD-3-Clause */
/* Out-of-order text of many connections: what one may hold, for how long, and who gives way. */
#include "la_check.h"
#include "rig.h"

#define SECONDS(n) ((n) * UINT64_C(1000000))

static struct rig rig;

static uint32_t
chunks_used(void)
{
	struct la_stack_usage usage;

	la_stack_usage(rig.stack, &usage);
	return usage.reassembly;
}

/* Text that is @p at octets ahead. */
static void
ahead(const struct rig_peer *peer, uint32_t at, uint32_t len)
{
	struct la_seg seg = rig_seg(peer, LA_ACK, len);

	seg.seq += at;
	rig_give(&rig, peer, seg);
}

/* @p n segments of one octet, behind a hole of one. @return how many were held. */
static uint32_t
crumbs(const struct rig_peer *peer, uint32_t n)
{
	const uint32_t used = chunks_used();

	for (uint32_t i = 1; i <= n; i++)
		ahead(peer, i, 1);
	return chunks_used() - used;
}

static void
begin(uint32_t connections, uint32_t chunks)
{
	rig_params(&rig, connections);
	rig.params.senders = connections;
	rig.params.reassembly = chunks;
	rig_start(&rig);
	rig.keep_nothing = true;
}

static struct rig_peer
open_peer(uint32_t n)
{
	struct rig_peer peer = rig_peer(n);

	rig.keep_nothing = false;
	rig_forget(&rig);
	rig_open(&rig, &peer);
	rig.keep_nothing = true;
	return peer;
}

/* As many hold what they can get, and let half a frame a second come. Who comes after them
 * loses a segment, and what is behind it is held. */
static const struct { uint32_t holders, held_at_least; } crowds[] = {
	{ 1, 45 }, { 10, 45 }, { 22, 45 }, { 40, 8 }, { 100, 8 }, { 600, 8 },
};
START_TEST(who_comes_late_finds_room)
{
	static struct rig_peer holder[600];
	const uint32_t n = crowds[_i].holders;
	struct rig_peer late;
	uint32_t used;

	begin(1024, 4096);
	for (uint32_t i = 0; i < n; i++) {
		holder[i] = open_peer(i);
		crumbs(&holder[i], 300);
	}
	rig_wait(&rig, 1500000);
	late = open_peer(2000);
	used = chunks_used();
	for (uint32_t i = 1; i <= 44; i++)
		ahead(&late, 1400 * i, 1400);
	if (rig_count(&rig, LA_COUNT_REASSEMBLY_EVICTED) == 0)
		ck_assert_uint_ge(chunks_used() - used + 1, crowds[_i].held_at_least);
	rig_give(&rig, &late, rig_seg(&late, LA_ACK, 1400));
	ck_assert_uint_ge(rig.service.octets, 1400 * (crowds[_i].held_at_least - 1));
	rig_end(&rig, false);
}
END_TEST

/* The pool is full: the one that has filled no hole for longest loses what it holds, and only
 * it; every stream is exact. */
START_TEST(who_has_filled_no_hole_for_longest_gives_way)
{
	struct rig_peer peer[4];
	uint64_t octets;

	begin(16, 24);
	for (uint32_t i = 0; i < 3; i++) {
		peer[i] = open_peer(i);
		ck_assert_uint_eq(crumbs(&peer[i], 7), 7);
		ahead(&peer[i], 9, 1);
		rig_wait(&rig, 1000);
	}
	ck_assert_uint_eq(chunks_used(), 24);
	/* One fills its first hole (and waits behind the next), one sends what fills none. */
	rig_give(&rig, &peer[_i], rig_seg(&peer[_i], LA_ACK, 1));
	peer[_i].seq += 8;
	ahead(&peer[_i], 2, 7);
	ck_assert_uint_eq(chunks_used(), 18);
	peer[3] = open_peer(3);
	ck_assert_uint_eq(crumbs(&peer[3], 6), 6);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_REASSEMBLY_EVICTED), 0);
	ahead(&peer[3], 9, 1);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_REASSEMBLY_EVICTED), 1);
	ck_assert_uint_eq(chunks_used(), 24 - 8 + 1);
	octets = rig.service.octets;
	for (uint32_t i = 0; i < 4; i++) {
		const bool evicted = i == (_i == 0 ? 1 : 0);
		const uint32_t held = i == 3 ? 6 : (int)i == _i ? 8 : evicted ? 0 : 7;

		rig_give(&rig, &peer[i], rig_seg(&peer[i], LA_ACK, 1));
		ck_assert_uint_eq(rig.service.octets - octets, 1 + held);
		/* And all of it again. */
		rig_give(&rig, &peer[i], rig_seg(&peer[i], LA_ACK, 100));
		ck_assert_uint_eq(rig.service.octets - octets, 100);
		octets = rig.service.octets;
	}
	ck_assert_uint_eq(chunks_used(), 0);
	rig_end(&rig, false);
}
END_TEST

/* A pool that one connection has all of: it gives way to nobody, and takes no more. */
START_TEST(a_pool_of_one_holder_does_not_turn)
{
	struct rig_peer peer;

	begin(4, 4);
	peer = open_peer(1);
	ck_assert_uint_eq(crumbs(&peer, 50), 4);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_REASSEMBLY_EVICTED), 0);
	ck_assert_uint_eq(rig_reason(&rig, LA_DROP_REASSEMBLY_FULL), 46);
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 1));
	ck_assert_uint_eq(rig.service.octets, 5);
	rig_end(&rig, false);
}
END_TEST

/* Octets in order now and then, or text in flight: neither keeps what waits for ever. */
START_TEST(a_hole_that_is_not_filled_is_forgotten_whatever_else_goes_on)
{
	struct rig_peer peer;

	rig_params(&rig, 4);
	rig.service.send_at_open = _i == 1 ? 100 : 0;
	rig_start(&rig);
	rig.keep_nothing = true;
	peer = open_peer(1);
	rig_introduce(&rig, &peer);
	for (uint32_t i = 1; i <= 10; i++)
		ahead(&peer, 1000 + i, 1);
	for (uint32_t i = 0; i < 59; i++) {
		rig_wait(&rig, SECONDS(1));
		if (_i == 0)
			rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 1));
		peer.seq += _i == 0;
	}
	ck_assert_uint_eq(chunks_used(), 10);
	rig_wait(&rig, SECONDS(2));
	ck_assert_uint_eq(chunks_used(), 0);
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 1);
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 1400));
	ck_assert_uint_eq(rig.service.octets, 1400 + (_i == 0 ? 59 : 0));
	rig_end(&rig, false);
}
END_TEST

/* A path that loses is no peer that holds: with each hole that is filled the time begins anew. */
START_TEST(who_fills_holes_keeps_what_waits)
{
	struct rig_peer peer;

	begin(4, 256);
	peer = open_peer(1);
	for (uint32_t i = 0; i < 20; i++)
		ahead(&peer, 20 * i + 10, 10);
	for (uint32_t i = 0; i < 20; i++) {
		rig_wait(&rig, SECONDS(50));
		rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 10));
		peer.seq += 20;
		ck_assert_uint_eq(rig.service.octets, 20 * (i + 1));
	}
	rig_end(&rig, false);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stack held");
	TCase *t = tcase_create("held");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, who_comes_late_finds_room, 0, sizeof(crowds) / sizeof(crowds[0]));
	tcase_add_loop_test(t, who_has_filled_no_hole_for_longest_gives_way, 0, 3);
	tcase_add_test(t, a_pool_of_one_holder_does_not_turn);
	tcase_add_loop_test(t, a_hole_that_is_not_filled_is_forgotten_whatever_else_goes_on, 0, 2);
	tcase_add_test(t, who_fills_holes_keeps_what_waits);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
