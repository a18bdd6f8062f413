/* SPDX-License-Identifier: BSD-3-Clause */
/* A full table: who gives way to whom, and who never does. */
#include <string.h>

#include "la_check.h"
#include "rig.h"

#define SECONDS(n) ((n) * UINT64_C(1000000))

static struct rig rig;

enum { BLOCKS = 32 };

/* From a source of its own: another address, or another 64 bits of one. */
static struct rig_peer
stranger(uint32_t n)
{
	struct rig_peer peer = rig_peer(n);

	if (la_addr_is_v4(&peer.address))
		peer.address = la_addr_v4(0x0b000001 + n);
	else
		la_put32(peer.address.b + 4, n + 1);
	return peer;
}

/* As `lastack serve` has it. */
static void
begin(uint32_t connections)
{
	rig_params(&rig, connections);
	rig.params.senders = connections;
	rig.params.tcp.idle_timeout_us = SECONDS(7440);
}

/* Is it known to the stack? An ACK of a connection draws nothing, and any other a RST. */
static bool
is_open(const struct rig_peer *peer)
{
	const uint64_t rsts = rig_count(&rig, LA_COUNT_TX_RSTS);

	rig_give(&rig, peer, rig_seg(peer, LA_ACK, 0));
	return rig_count(&rig, LA_COUNT_TX_RSTS) == rsts;
}

static const struct la_seg *
answer_to_syn(const struct rig_peer *peer)
{
	const struct la_rx *rx;

	rig_forget(&rig);
	rig_give(&rig, peer, rig_syn(peer));
	while ((rx = rig_next(&rig)) != NULL) {
		if (rx->kind == LA_KIND_TCP && rx->seg.flags & LA_SYN && rx->dest_port == peer->port)
			return &rx->seg;
	}
	return NULL;
}

/* A client that opens and asks. @return whether it is answered. */
static bool
ask(struct rig_peer *peer)
{
	const uint64_t octets = rig.service.octets;
	const struct la_seg *synack = answer_to_syn(peer);

	if (synack == NULL)
		return false;
	rig_synack(peer, synack);
	rig_give(&rig, peer, rig_seg(peer, LA_ACK, 10));
	peer->seq += 10;
	rig_forget(&rig);
	return rig.service.octets - octets == 10;
}

static void
open_many(struct rig_peer *peer, uint32_t from, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		peer[i] = stranger(from + i);
		rig_forget(&rig);
		rig_open(&rig, &peer[i]);
	}
	rig_forget(&rig);
}

static const struct {
	enum la_syn_cookies mode;
	uint32_t idle_s, keepalive_s, confirm_s;
} settings[] = {
	{ LA_COOKIES_ALWAYS, 7440, 0, 75 }, { LA_COOKIES_AUTO, 7440, 0, 75 },
	{ LA_COOKIES_NEVER, 7440, 0, 75 }, { LA_COOKIES_ALWAYS, 7440, 0, 0 },
	{ LA_COOKIES_ALWAYS, 0, 0, 75 }, { LA_COOKIES_ALWAYS, 7440, 600, 75 },
	{ LA_COOKIES_ALWAYS, 0, 600, 0 }, { LA_COOKIES_NEVER, 0, 600, 0 },
};

/* Strangers fill the table and are silent. Nobody gets in for 30 s, and then everybody does. */
START_TEST(the_silent_give_way_to_new_ones)
{
	static struct rig_peer silent[BLOCKS], one;

	begin(BLOCKS);
	rig.params.syn_cookies = settings[_i].mode;
	rig.params.backlog = BLOCKS;
	rig.params.tcp.idle_timeout_us = SECONDS(settings[_i].idle_s);
	rig.params.tcp.keepalive_us = SECONDS(settings[_i].keepalive_s);
	rig.params.tcp.confirm_us = SECONDS(settings[_i].confirm_s);
	rig_start(&rig);
	open_many(silent, 0, BLOCKS);
	rig_wait(&rig, SECONDS(29));
	one = stranger(1000);
	ck_assert(!ask(&one));
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_IDLE_EVICTED), 0);
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), BLOCKS);
	rig_wait(&rig, SECONDS(4));
	for (uint32_t i = 0; i < BLOCKS; i++) {
		one = stranger(2000 + i);
		rig_wait(&rig, 1000);
		ck_assert(ask(&one));
		ck_assert_uint_eq(rig_count(&rig, LA_COUNT_IDLE_EVICTED), i + 1);
		ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TIMED_OUT), i + 1);
	}
	/* All are young now. */
	one = stranger(3000);
	ck_assert(!ask(&one));
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_IDLE_EVICTED), BLOCKS);
	rig_end(&rig, false);
}
END_TEST

START_TEST(nobody_gives_way_if_that_is_off)
{
	static struct rig_peer silent[BLOCKS], one;

	begin(BLOCKS);
	rig.params.evict_idle_us = 0;
	rig_start(&rig);
	open_many(silent, 0, BLOCKS);
	rig_wait(&rig, SECONDS(200));
	one = stranger(1000);
	ck_assert(!ask(&one));
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_IDLE_EVICTED), 0);
	rig_end(&rig, false);
}
END_TEST

/* Those who say something now and then stay, whatever comes. */
START_TEST(who_makes_progress_stays)
{
	static struct rig_peer busy[BLOCKS / 2], silent[BLOCKS / 2], one;
	uint32_t came = 0;

	begin(BLOCKS);
	rig_start(&rig);
	open_many(busy, 0, BLOCKS / 2);
	open_many(silent, 100, BLOCKS / 2);
	for (uint32_t second = 0; second < 300; second++) {
		for (uint32_t i = second % 29; i < BLOCKS / 2; i += 29) {
			rig_give(&rig, &busy[i], rig_seg(&busy[i], LA_ACK, 1));
			busy[i].seq++;
		}
		one = stranger(1000 + second);
		came += ask(&one);
		rig_wait(&rig, SECONDS(1));
	}
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_IDLE_EVICTED), came);
	/* Half a table, each for 30 s, and up to 2.1 s more. */
	ck_assert_uint_ge(came, 270 / 33 * BLOCKS / 2);
	for (uint32_t i = 0; i < BLOCKS / 2; i++)
		ck_assert(is_open(&busy[i]));
	rig_end(&rig, false);
}
END_TEST

/* Opened a second apart; half of them are heard later. New ones take the places of those that
 * have been silent for longest, one by one. */
static const uint32_t newer[] = { 1, 2, 7, BLOCKS / 2 };
START_TEST(the_longest_idle_is_the_first)
{
	static struct rig_peer peer[BLOCKS], one;

	begin(BLOCKS);
	rig_start(&rig);
	for (uint32_t i = 0; i < BLOCKS; i++) {
		peer[i] = stranger(i);
		ck_assert(ask(&peer[i]));
		rig_wait(&rig, SECONDS(1));
	}
	rig_wait(&rig, SECONDS(20));
	for (uint32_t i = 1; i < BLOCKS; i += 2)
		ck_assert(is_open(&peer[i]));
	rig_wait(&rig, SECONDS(13));
	for (uint32_t i = 0; i < newer[_i]; i++) {
		one = stranger(1000 + i);
		ck_assert(ask(&one));
	}
	for (uint32_t i = 0; i < BLOCKS; i++)
		ck_assert_int_eq(is_open(&peer[i]), i % 2 == 1 || i / 2 >= newer[_i]);
	rig_end(&rig, false);
}
END_TEST

/* One address has half of the table, and is heard more often than all others: it gives way first. */
START_TEST(who_holds_much_gives_way_first)
{
	static struct rig_peer single[BLOCKS / 2], many[BLOCKS / 2], one;

	begin(BLOCKS);
	rig_start(&rig);
	open_many(single, 0, BLOCKS / 2);
	rig_wait(&rig, SECONDS(60));
	for (uint32_t i = 0; i < BLOCKS / 2; i++) {
		many[i] = rig_peer(i);
		rig_forget(&rig);
		rig_open(&rig, &many[i]);
	}
	rig_wait(&rig, SECONDS(33));
	for (uint32_t i = 0; i < BLOCKS / 4; i++) {
		one = stranger(1000 + i);
		ck_assert(ask(&one));
	}
	for (uint32_t i = 0; i < BLOCKS / 2; i++)
		ck_assert(is_open(&single[i]));
	rig_end(&rig, false);
}
END_TEST

/* What a peer may stop in. */
enum stop {
	AFTER_TEXT, CLOSE_WAIT, FIN_WAIT_1, FIN_WAIT_2, CLOSING, LAST_ACK, SENDING, WINDOW_CLOSED,
	BEHIND_A_HOLE, SYN_RECEIVED, STOPS,
};

static void
stop_in(struct rig_peer *peer, enum stop stop)
{
	struct la_seg seg;

	rig_forget(&rig);
	if (stop == SYN_RECEIVED) {
		rig_give(&rig, peer, rig_syn(peer));
		return;
	}
	rig_open(&rig, peer);
	if (stop == FIN_WAIT_2 || stop == CLOSING) {
		peer->ack += stop == FIN_WAIT_2;
		rig_give(&rig, peer, rig_seg(peer, LA_ACK | (stop == CLOSING ? LA_FIN : 0), 0));
		return;
	}
	seg = rig_seg(peer, LA_ACK, stop == CLOSE_WAIT || stop == LAST_ACK ? 0 : 1);
	if (stop == CLOSE_WAIT || stop == LAST_ACK)
		seg.flags |= LA_FIN;
	if (stop == BEHIND_A_HOLE)
		seg.seq += 5;
	if (stop == WINDOW_CLOSED)
		seg.wnd = 0;
	if (stop != FIN_WAIT_1)
		rig_give(&rig, peer, seg);
	peer->seq += stop == BEHIND_A_HOLE || stop == FIN_WAIT_1 ? 0 : 1;
}

static const enum la_tcp_state states[STOPS] = {
	[AFTER_TEXT] = LA_ESTABLISHED, [CLOSE_WAIT] = LA_CLOSE_WAIT, [FIN_WAIT_1] = LA_FIN_WAIT_1,
	[FIN_WAIT_2] = LA_FIN_WAIT_2, [CLOSING] = LA_CLOSING, [LAST_ACK] = LA_LAST_ACK,
	[SENDING] = LA_ESTABLISHED, [WINDOW_CLOSED] = LA_ESTABLISHED,
	[BEHIND_A_HOLE] = LA_ESTABLISHED, [SYN_RECEIVED] = LA_SYN_RECEIVED,
};

/* All blocks are in one state, in which their peers fell silent. */
START_TEST(each_state_gives_way_after_the_time_and_not_before)
{
	enum { FEW = 4 };
	static struct rig_peer peer[FEW], one;
	const enum stop stop = (enum stop)_i;
	/* Where all handshakes are under way nobody takes a place. */
	const uint32_t comers = stop == SYN_RECEIVED ? 0 : FEW;

	begin(FEW);
	rig.params.syn_cookies = stop == SYN_RECEIVED ? LA_COOKIES_NEVER : LA_COOKIES_ALWAYS;
	rig.params.backlog = FEW;
	rig.params.senders = 2 * FEW;   /* Else D30 ends them, and sooner. */
	rig.params.evict_idle_us = SECONDS(20);
	rig.service.close_at_open = stop == FIN_WAIT_1 || stop == FIN_WAIT_2 || stop == CLOSING;
	rig.service.keep_after_fin = stop == CLOSE_WAIT;
	rig.service.send_at_data = stop == SENDING || stop == WINDOW_CLOSED ? 100 : 0;
	rig_start(&rig);
	for (uint32_t i = 0; i < FEW; i++) {
		peer[i] = stranger(i);
		rig_introduce(&rig, &peer[i]);
		stop_in(&peer[i], stop);
	}
	rig.service.close_at_open = false;
	rig.service.send_at_data = 0;
	ck_assert_uint_eq(rig_state(&rig, states[stop]), FEW);
	rig.keep_nothing = true;
	rig_wait(&rig, SECONDS(19));
	rig.keep_nothing = false;
	one = stranger(1000);
	ck_assert(!ask(&one));
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_IDLE_EVICTED), 0);
	rig.keep_nothing = true;
	/* The time of birth is known to 2.1 s; that of text sent, from the first timeout on. */
	rig_wait(&rig, SECONDS(4));
	rig.keep_nothing = false;
	for (uint32_t i = 0; i < comers; i++) {
		one = stranger(2000 + i);
		ck_assert(ask(&one));
		ck_assert_uint_eq(rig_count(&rig, LA_COUNT_IDLE_EVICTED), i + 1);
	}
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), comers);
	rig_end(&rig, false);
}
END_TEST

/* Who reads what we sent octet by octet makes no progress; who reads 1,024 of them does. */
START_TEST(who_reads_crumbs_gives_way)
{
	enum { FEW = 4 };
	static struct rig_peer peer[FEW], one;
	const uint32_t octets = _i == 0 ? 1 : 1024;

	begin(FEW);
	rig.params.senders = 2 * FEW;
	rig.service.send_at_data = 100000;
	rig_start(&rig);
	for (uint32_t i = 0; i < FEW; i++) {
		peer[i] = stranger(i);
		rig_introduce(&rig, &peer[i]);
		stop_in(&peer[i], SENDING);
	}
	rig.service.send_at_data = 0;
	rig.keep_nothing = true;
	for (uint32_t i = 0; i < 40; i++) {
		peer[i % FEW].ack += octets;
		rig_give(&rig, &peer[i % FEW], rig_seg(&peer[i % FEW], LA_ACK, 0));
		rig_wait(&rig, SECONDS(1));
	}
	rig.keep_nothing = false;
	one = stranger(1000);
	ck_assert_int_eq(ask(&one), _i == 0);
	rig_end(&rig, false);
}
END_TEST

/* What we opened ourselves is not given to strangers. */
START_TEST(our_own_opens_never_give_way)
{
	struct rig_peer peer = rig_peer(1), one = stranger(1000);
	struct la_seg synack;

	begin(1);
	rig_start(&rig);
	rig_introduce(&rig, &peer);
	ck_assert_uint_ne(rig_connect(&rig, 9999, &peer.address, peer.port), LA_NONE);
	rig_poll(&rig);
	peer.local_port = 9999;
	peer.ack = rig_expect(&rig, LA_SYN)->seq + 1;
	synack = rig_syn(&peer);
	synack.flags |= LA_ACK;
	synack.ack = peer.ack;
	rig_give(&rig, &peer, synack);
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 1);
	rig_wait(&rig, SECONDS(100));
	ck_assert(!ask(&one));
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 1);
	rig_end(&rig, false);
}
END_TEST

/* A botnet opens as fast as it can, one address each, and is silent. Clients that ask every 20 s
 * lose nothing, and nearly all who come later get in. */
START_TEST(a_flood_of_silent_opens_takes_nothing_from_who_speaks)
{
	enum { MANY = 2048, CLIENTS = 64, A_SECOND = 50 };
	static struct rig_peer client[CLIENTS], one;
	uint32_t next = 10000, came = 0, tries = 0;

	begin(MANY);
	rig_start(&rig);
	open_many(client, 0, CLIENTS);
	rig.keep_nothing = true;
	for (uint32_t second = 0; second < 200; second++) {
		rig.keep_nothing = false;
		for (uint32_t i = 0; i < A_SECOND; i++) {
			one = stranger(next++);
			ask(&one);
			rig.now_us += 1000;
		}
		if (second > 60) {
			one = stranger(next++);
			tries++;
			came += ask(&one);
		}
		rig.keep_nothing = true;
		for (uint32_t i = second % 20; i < CLIENTS; i += 20) {
			rig_give(&rig, &client[i], rig_seg(&client[i], LA_ACK, 10));
			client[i].seq += 10;
		}
		rig_wait(&rig, SECONDS(1) - A_SECOND * 1000);
	}
	rig.keep_nothing = false;
	rig_forget(&rig);
	ck_assert_uint_gt(rig_count(&rig, LA_COUNT_IDLE_EVICTED), 5000);
	for (uint32_t i = 0; i < CLIENTS; i++)
		ck_assert(is_open(&client[i]));
	ck_assert_uint_ge(came * 100, tries * 95);
	rig_end(&rig, false);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stack evict");
	TCase *t = tcase_create("evict");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, the_silent_give_way_to_new_ones, 0,
			sizeof(settings) / sizeof(settings[0]));
	tcase_add_test(t, nobody_gives_way_if_that_is_off);
	tcase_add_test(t, who_makes_progress_stays);
	tcase_add_loop_test(t, the_longest_idle_is_the_first, 0, sizeof(newer) / sizeof(newer[0]));
	tcase_add_test(t, who_holds_much_gives_way_first);
	tcase_add_loop_test(t, each_state_gives_way_after_the_time_and_not_before, 0, STOPS);
	tcase_add_loop_test(t, who_reads_crumbs_gives_way, 0, 2);
	tcase_add_test(t, our_own_opens_never_give_way);
	tcase_add_test(t, a_flood_of_silent_opens_takes_nothing_from_who_speaks);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
