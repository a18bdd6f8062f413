/* SPDX-License-Identifier: BSD-3-Clause */
/* Several cores with the same addresses: what came to the wrong one is counted and kept
 * silent about, and only one announces the addresses. */
#include "la_check.h"
#include "rig.h"

enum { CLOSED_PORT = 81 };

static struct rig rig, other;

/* Local and remote ports that belong to this core: even ones. */
static bool
owns(const void *user, uint16_t local, uint16_t local_port, const struct la_addr *remote,
		uint16_t remote_port)
{
	ck_assert_ptr_eq(user, &rig);
	ck_assert_uint_eq(local, 0);
	ck_assert_int_ne(la_addr_is_v4(remote), la_test_is_ipv6());
	(void)local_port;
	return remote_port % 2 == 0;
}

static void
begin(struct rig *r, uint32_t worker, bool owner)
{
	rig_params(r, 16);
	r->params.worker = worker;
	r->params.workers = 2;
	if (owner)
		r->params.owner = (struct la_owner){ owns, &rig };
	rig_start(r);
}

/* One that belongs to the other core, and one that belongs here. */
static struct rig_peer
peer(bool wrong)
{
	struct rig_peer p = rig_peer(wrong ? 1 : 2);

	p.seq = 5000;
	p.ack = 7000;
	return p;
}

static const uint8_t flags[] = {
	LA_ACK, LA_ACK | LA_PSH, LA_ACK | LA_FIN, LA_SYN | LA_ACK, LA_RST, LA_RST | LA_ACK, LA_FIN,
};

enum { FLAGS = sizeof(flags) / sizeof(flags[0]) };

/* As the load role has it: nobody listens, and all that comes should have a connection. */
START_TEST(what_has_no_listener_here_is_anothers)
{
	struct rig_peer wrong = peer(true), right = peer(false);

	begin(&rig, 1, true);
	wrong.local_port = right.local_port = CLOSED_PORT;
	rig_give(&rig, &wrong, rig_seg(&wrong, flags[_i], 0));
	rig_expect_nothing(&rig);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_WRONG_CORE), 1);
	ck_assert_uint_eq(rig_reason(&rig, LA_DROP_CLOSED_SILENT), 1);
	rig_give(&rig, &right, rig_seg(&right, flags[_i], 0));
	if (!(flags[_i] & LA_RST))
		ck_assert(rig_expect(&rig, flags[_i] & LA_ACK ? LA_RST : LA_RST | LA_ACK) != NULL);
	rig_expect_nothing(&rig);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_WRONG_CORE), 1);
	rig_end(&rig, true);
}
END_TEST

START_TEST(an_ack_to_a_listener_is_anothers)
{
	struct rig_peer wrong = peer(true), right = peer(false);

	rig_params(&rig, 16);
	rig.params.syn_cookies = _i == 0 ? LA_COOKIES_ALWAYS : LA_COOKIES_NEVER;
	rig.params.workers = 2;
	rig.params.owner = (struct la_owner){ owns, &rig };
	rig_start(&rig);
	rig_give(&rig, &wrong, rig_seg(&wrong, LA_ACK, 10));
	rig_expect_nothing(&rig);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_WRONG_CORE), 1);
	rig_give(&rig, &right, rig_seg(&right, LA_ACK, 10));
	rig_expect(&rig, LA_RST);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_WRONG_CORE), 1);
	rig_end(&rig, true);
}
END_TEST

/* Who comes to the wrong queue from the start is served there. */
START_TEST(a_syn_opens_at_any_core)
{
	struct rig_peer wrong = rig_peer(1);

	begin(&rig, 1, true);
	rig_open(&rig, &wrong);
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 1);
	wrong.local_port = CLOSED_PORT;
	rig_give(&rig, &wrong, rig_syn(&wrong));
	rig_expect(&rig, LA_RST | LA_ACK);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_WRONG_CORE), 0);
	rig_end(&rig, false);
}
END_TEST

/*
 * Nobody can say whose a tuple is: then the timestamp shows that a core of this process
 * has spoken to it lately, since all have one secret. @p alone: there is one core.
 */
static void
open_there_speak_here(bool alone, uint64_t wait_us, uint64_t wrong, bool silence)
{
	struct rig_peer p = rig_peer(1);

	p.syn_opts = (struct la_opts){ .present = LA_OPT_MSS | LA_OPT_TIMESTAMPS, .mss = la_test_mss(),
		.tsval = 1000 };
	begin(&other, 0, false);
	begin(&rig, 1, false);
	if (alone) {
		rig_end(&rig, true);
		rig_params(&rig, 16);
		rig_start(&rig);
	}
	rig_open(&other, &p);
	rig_wait(&other, wait_us);
	rig_wait(&rig, wait_us);
	rig_give(&other, &p, rig_seg(&p, LA_ACK, 100));
	p.seq += 100;
	rig_forget(&rig);
	rig_give(&rig, &p, rig_seg(&p, LA_ACK, 100));
	if (silence)
		rig_expect_nothing(&rig);
	else
		rig_expect(&rig, LA_RST);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_WRONG_CORE), wrong);
	rig_end(&other, false);
	rig_end(&rig, true);
}

START_TEST(a_timestamp_shows_whose_it_is)
{
	open_there_speak_here(false, 10000, 1, true);
	open_there_speak_here(false, 6000000, 0, false);
	/* One core alone knows that it has answered no SYN of this tuple. */
	open_there_speak_here(true, 10000, 0, false);
}
END_TEST

/* Gratuitous ARP, or an advertisement that nobody asked for. */
static bool
is_announcement(const struct la_rx *rx)
{
	if (!la_test_is_ipv6())
		return rx->kind == LA_KIND_ARP && rx->arp.sender == rx->arp.target;
	return rx->kind == LA_KIND_ND && rx->nd.type == LA_ND_ADVERTISEMENT && !rx->nd.solicited;
}

START_TEST(worker_0_announces_for_all)
{
	for (uint32_t worker = 0; worker < 2; worker++) {
		const struct la_rx *rx;
		uint32_t announced = 0;

		rig_params(&rig, 16);
		rig_no_gateway(&rig);
		rig.ranges[0].count = 40;
		rig.params.worker = worker;
		rig.params.workers = 2;
		rig_start(&rig);
		la_stack_start(rig.stack, rig.now_us);
		rig_wait(&rig, 2000000);
		while ((rx = rig_next(&rig)) != NULL)
			announced += is_announcement(rx);
		ck_assert_uint_eq(announced, worker == 0 ? 40 : 0);
		rig_end(&rig, true);
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stack owner");
	TCase *t = tcase_create("owner");

	tcase_add_loop_test(t, what_has_no_listener_here_is_anothers, 0, FLAGS);
	tcase_add_loop_test(t, an_ack_to_a_listener_is_anothers, 0, 2);
	tcase_add_test(t, a_syn_opens_at_any_core);
	tcase_add_test(t, a_timestamp_shows_whose_it_is);
	tcase_add_test(t, worker_0_announces_for_all);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
