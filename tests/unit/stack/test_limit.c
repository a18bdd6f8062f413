/* SPDX-License-Identifier: BSD-3-Clause */
/* Budgets of replies: what one source may have of them, and what it can learn of others. */
#include "la_check.h"
#include "la_limit.h"
#include "rig.h"

enum { SECOND_US = 1000000 };

static struct rig rig;
static struct la_shares shares;

static void
init(uint64_t label, uint32_t rate)
{
	const struct la_key key = { { 1, 2 } };

	memset(&shares, 0, sizeof(shares));
	la_shares_init(&shares, &key, label, rate);
}

static uint32_t
take_all(const struct la_addr *source, uint64_t now_us)
{
	uint32_t n = 0;

	while (la_shares_take(&shares, source, now_us))
		n++;
	return n;
}

/* Source number n of either family: an address, or 64 bits of one. */
static struct la_addr
source_of(bool v4, uint32_t n)
{
	struct la_addr a = { { 0x20, 1, 0xd, 0xb8, [15] = 1 } };

	if (v4)
		return la_addr_v4(0x0b000000 + n);
	la_put32(a.b + 4, n);
	return a;
}

static const uint32_t rates[] = { 0, 1, 7, 10, 1000, 10000 };

/* However many it asks for, and whatever addresses of its own it uses. */
START_TEST(one_source_has_an_eighth)
{
	const uint32_t rate = rates[_i / 2], part = (rate + 7) / 8;
	const bool v4 = _i % 2;
	uint32_t differ = 0, last = 0;

	init(3, rate);
	for (uint64_t second = 0; second < 50; second++) {
		struct la_addr source = source_of(v4, 1);
		uint32_t n = 0;

		for (uint8_t host = 1; host < 200; host++) {
			if (!v4)
				source.b[15] = source.b[8] = host;
			n += take_all(&source, second * SECOND_US + 5);
		}
		ck_assert_uint_ge(n, (part + 1) / 2);
		ck_assert_uint_le(n, part + (part + 1) / 2);
		differ += n != last;
		last = n;
	}
	if (rate >= 1000)
		ck_assert_uint_gt(differ, 40);
}
END_TEST

/* A stranger has taken all it can; whoever else comes gets his answer. */
START_TEST(one_source_starves_no_other)
{
	uint32_t answered = 0;

	init((uint64_t)_i, 1000);
	for (uint32_t second = 0; second < 100; second++) {
		const struct la_addr greedy = source_of(_i % 2, 1), other = source_of(_i % 2, 2);

		take_all(&greedy, second * SECOND_US);
		answered += la_shares_take(&shares, &other, second * SECOND_US + 1);
	}
	ck_assert_uint_eq(answered, 100);
}
END_TEST

/* Many sources together have what all have, and no more. */
START_TEST(all_sources_together_have_the_rate)
{
	uint64_t sum = 0;

	init(5, 1000);
	for (uint32_t second = 0; second < 50; second++) {
		uint32_t n = 0;

		for (uint32_t i = 0; i < 5000; i++) {
			const struct la_addr source = source_of(i % 2, i);

			n += la_shares_take(&shares, &source, second * SECOND_US);
		}
		ck_assert_uint_ge(n, 500);
		ck_assert_uint_le(n, 1500);
		sum += n;
	}
	ck_assert_uint_ge(sum, 40000);
	ck_assert_uint_le(sum, 60000);
}
END_TEST

/* Places are named by a key: nobody can choose addresses that share one. */
START_TEST(places_follow_from_the_secret)
{
	uint32_t shared = 0;

	for (uint64_t label = 0; label < 400; label++) {
		const struct la_addr a = source_of(true, 1), b = source_of(_i == 0, 2);

		init(label, 8 * 1000);
		take_all(&a, 0);
		shared += !la_shares_take(&shares, &b, 0);
	}
	ck_assert_uint_le(shared, 5);
}
END_TEST

static struct rig_peer
stranger(uint32_t n)
{
	struct rig_peer peer = rig_peer(n);

	peer.address = source_of(la_addr_is_v4(&peer.address), n);
	return peer;
}

/* CVE-2016-5696 by RSTs: one who forges segments of somebody else's tuple, and counts what RSTs
 * are left for himself, finds as many whether that tuple draws RSTs or not. */
START_TEST(what_is_drawn_in_anothers_name_is_not_missing)
{
	enum { ROUNDS = 40, FORGED = 2000, OWN = 2000 };
	uint64_t got[2] = { 0, 0 };

	rig_params(&rig, 4);
	rig.params.rst_per_s = 1000;
	rig_start(&rig);
	rig.keep_nothing = true;
	for (uint32_t i = 0; i < ROUNDS; i++) {
		struct rig_peer victim = stranger(1), own = stranger(2);
		uint64_t before, victims;

		victim.local_port = own.local_port = 9;
		rig.now_us += 1100000;
		before = rig.frames;
		for (uint32_t n = 0; n < FORGED; n++)
			rig_give(&rig, &victim, rig_seg(&victim, i & 1 ? LA_ACK : LA_RST, 0));
		victims = rig.frames - before;
		ck_assert_uint_le(victims, 8);
		ck_assert_uint_eq(victims > 0, i & 1);
		before = rig.frames;
		for (uint32_t n = 0; n < OWN; n++) {
			own.port++;
			rig_give(&rig, &own, rig_seg(&own, LA_ACK, 0));
		}
		got[i & 1] += rig.frames - before;
	}
	/* 125 a second each, from 63 to 188: twenty of them differ by chance. */
	ck_assert_uint_ge(got[0], 20 * 63);
	ck_assert_uint_ge(got[1], 20 * 63);
	ck_assert_uint_le(got[0] > got[1] ? got[0] - got[1] : got[1] - got[0], 20 * 63);
	rig_end(&rig, true);
}
END_TEST

/* The ACK by which a peer challenges a RST (RFC 5961, 3.2) must be answered: so must a few. */
START_TEST(a_tuple_gets_a_few_rsts_in_a_second)
{
	struct rig_peer peer = rig_peer(1);

	rig_params(&rig, 4);
	rig_start(&rig);
	peer.local_port = 9;
	for (int second = 0; second < 3; second++) {
		for (uint32_t i = 0; i < 100; i++)
			rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, i));
		ck_assert_uint_eq(rig.sents, 8);
		rig_forget(&rig);
		/* Another port of the same source. */
		peer.port++;
		rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 0));
		rig_expect(&rig, LA_RST);
		rig_forget(&rig);
		peer.port--;
		rig.now_us += SECOND_US + 1000;
	}
	rig_end(&rig, true);
}
END_TEST

/* One stranger asks for all RSTs there are; a peer whose connection is gone hears its own. */
START_TEST(a_stranger_starves_nobody_of_rsts)
{
	struct rig_peer greedy = stranger(1), peer = stranger(2);

	rig_params(&rig, 4);
	rig_start(&rig);
	greedy.local_port = 9;
	rig.keep_nothing = true;
	for (uint32_t i = 0; i < 30000; i++) {
		greedy.port++;
		rig_give(&rig, &greedy, rig_syn(&greedy));
	}
	ck_assert_uint_le(rig_count(&rig, LA_COUNT_TX_RSTS), 1876);
	rig.keep_nothing = false;
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 10));
	rig_expect(&rig, LA_RST);
	rig_end(&rig, true);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stack limit");
	TCase *t = tcase_create("limit");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, one_source_has_an_eighth, 0, 2 * sizeof(rates) / sizeof(rates[0]));
	tcase_add_loop_test(t, one_source_starves_no_other, 0, 8);
	tcase_add_test(t, all_sources_together_have_the_rate);
	tcase_add_loop_test(t, places_follow_from_the_secret, 0, 2);
	tcase_add_test(t, what_is_drawn_in_anothers_name_is_not_missing);
	tcase_add_test(t, a_tuple_gets_a_few_rsts_in_a_second);
	tcase_add_test(t, a_stranger_starves_nobody_of_rsts);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
