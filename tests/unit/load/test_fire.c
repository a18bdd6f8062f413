/* SPDX-License-Identifier: BSD-3-Clause */
/* Attacks beside a steady honest load: no honest connection fails, and all is as it was soon
 * afterwards. Run by hand it prints the table. */
#include "la_check.h"
#include "fire.h"
#include "load_private.h"

#define MS(n) ((n) * UINT64_C(1000))
#define S(n) ((n) * UINT64_C(1000000))

static struct fire fire;

static bool
is_of_family(const struct fire_attack *attack)
{
	return attack->family == FIRE_BOTH ||
			(attack->family == FIRE_IPV6) == la_test_is_ipv6();
}

START_TEST(no_honest_connection_fails)
{
	const struct fire_attack *attack = &fire_attacks[_i];

	if (!is_of_family(attack))
		return;
	fire_run(&fire, attack, S(3));
	fire_print(&fire);
	ck_assert_uint_eq(fire.result.failed, 0);
	ck_assert_uint_eq(fire.result.lost, 0);
	ck_assert_uint_le(fire.result.worst_us, attack->worst_us);
	ck_assert_uint_le(fire.result.empty_us, attack->recover_us);
}
END_TEST

static void
reset_all(void)
{
	for (uint32_t n = 0; n < FIRE_PEERS; n++) {
		if (fire.peer[n].state == FIRE_OPEN)
			fire_peer_send(&fire, n, LA_RST, 0, "");
	}
}

/* Twice as many as there are blocks want one for ever. Who has one and uses it goes on; once they
 * reset theirs, or have gone and are idle for too long, all others are served. */
START_TEST(a_full_table_harms_nobody_who_is_in_it)
{
	enum { HONEST = 5 };
	const bool gone = _i == 1;
	struct load_rig *r = &fire.rig;

	fire_begin(&fire, &fire_table_full);
	r->plan = (struct la_load_plan){ .concurrent = HONEST, .connections = HONEST,
		.timeout_us = S(30) };
	load_rig_plan(r);
	load_rig_pass(r, MS(10));
	ck_assert_uint_eq(la_load_counters(r->load)->opened.value, HONEST);
	fire.on = true;
	load_rig_pass(r, S(2));
	fire.on = false;
	ck_assert_uint_ge(fire.result.most.connections, r->server.params.connections * 3 / 4);
	ck_assert_uint_eq(la_load_counters(r->load)->open.value, HONEST);
	load_rig_until(r, LA_LOAD_PHASE_DONE, S(30));
	load_rig_only(r, LA_LOAD_FAILURES);
	ck_assert_uint_eq(la_load_counters(r->load)->closed.value, HONEST);
	if (gone)
		load_rig_pass(r, r->server.params.tcp.idle_timeout_us + S(3));
	else
		reset_all();
	r->load->params.octets = 100;
	ck_assert_uint_lt(fire_calm(&fire, MS(500)), MS(5));
	ck_assert_uint_eq(fire.result.failed, 0);
	load_rig_end(r);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("fire");
	TCase *t = tcase_create("fire");

	fire_print_head();
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, no_honest_connection_fails, 0, fire_attacks_len);
	tcase_add_loop_test(t, a_full_table_harms_nobody_who_is_in_it, 0, 2);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
