/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffers of services: nobody keeps one for ever, and none is kept from who needs it. */
#include <string.h>

#include "la_check.h"
#include "rig.h"

enum { HTTP = 8080, ECHO = 7 };

#define SECONDS(n) (UINT64_C(1000000) * (n))
#define MS(n) (UINT64_C(1000) * (n))
#define HOST "Host: h\r\n"
#define GET "GET / HTTP/1.1\r\n" HOST "\r\n"
#define POST "POST / HTTP/1.1\r\n" HOST
#define OK "HTTP/1.1 200 OK\r\n"

static struct rig rig;

/* Both services with so many buffers. */
static void
start(uint32_t connections, uint32_t buffers)
{
	rig_params(&rig, connections);
	rig.params.senders = connections;
	rig.listeners[rig_listen(&rig, "http", HTTP)].params.buffers = buffers;
	rig.listeners[rig_listen(&rig, "echo", ECHO)].params.buffers = buffers;
	rig_start(&rig);
}

static struct rig_peer
open_at(uint32_t n, uint16_t port)
{
	struct rig_peer peer = rig_peer(n);

	peer.local_port = port;
	rig_open(&rig, &peer);
	return peer;
}

/* A segment with this text, seen as sent; @p wnd: the peer's window. */
static void
say(struct rig_peer *peer, const char *text, uint32_t len, uint16_t wnd)
{
	const struct la_path path = {
		.source_mac = rig.peer_mac, .dest_mac = rig.params.mac, .source = peer->address,
		.dest = peer->local, .source_port = peer->port, .dest_port = peer->local_port,
	};
	struct la_seg seg = rig_seg(peer, LA_ACK, len);
	uint8_t frame[RIG_FRAME_MAX];

	seg.wnd = wnd;
	memcpy(frame + la_tcp_text_offset(&path, &seg), text, len);
	rig_forget(&rig);
	rig_put_frame(&rig, frame, la_emit_tcp(frame, &path, &seg, false));
	rig_poll(&rig);
	peer->seq += len;
}

static void
tell(struct rig_peer *peer, const char *text)
{
	say(peer, text, (uint32_t)strlen(text), 65535);
}

/* The next segment for a peer since rig_forget(), or NULL; its text is at the end of the frame. */
static const struct la_seg *
next_for(const struct rig_peer *peer)
{
	const struct la_rx *rx;

	while ((rx = rig_next(&rig)) != NULL) {
		if (rx->kind == LA_KIND_TCP && rx->dest_port == peer->port)
			return &rx->seg;
	}
	return NULL;
}

/* Whether the segment that next_for() gave last begins so. */
static bool
begins_with(const struct la_seg *seg, const char *text)
{
	const struct rig_frame *frame = &rig.sent[rig.seen - 1];

	return seg != NULL && seg->len >= strlen(text) &&
			memcmp(frame->octets + frame->len - seg->len, text, strlen(text)) == 0;
}

static bool
was_reset(const struct rig_peer *peer)
{
	const struct la_seg *seg;

	while ((seg = next_for(peer)) != NULL) {
		if (seg->flags & LA_RST)
			return true;
	}
	return false;
}

/* Take what was sent, for the next ACK. */
static void
take_some(struct rig_peer *peer)
{
	const struct la_seg *seg;

	while ((seg = next_for(peer)) != NULL) {
		if (!(seg->flags & LA_RST))
			peer->ack = seg->seq + seg->len + !!(seg->flags & LA_FIN);
	}
}

static void
take_all(struct rig_peer *peer)
{
	take_some(peer);
	say(peer, "", 0, 65535);
}

static uint32_t
held(void)
{
	struct la_stack_usage usage;

	la_stack_usage(rig.stack, &usage);
	return usage.service_objects;
}

/* The ways to hold a buffer, what is sent for it, the peer's window then, the time that is
 * allowed, and what ends it: 408 or a RST. */
static const struct { uint16_t port; const char *text; uint16_t wnd; uint32_t s; bool answered; }
		holders[] = {
	{ HTTP, "G", 65535, 30, true }, { HTTP, "GET / HTTP/1.1\r\n", 65535, 30, true },
	{ HTTP, GET "P", 65535, 30, true },
	{ HTTP, POST "Content-Length: 1\r\n\r\n", 65535, 30, true },
	{ HTTP, POST "Content-Length: 5000\r\n\r\nabc", 65535, 30, true },
	{ HTTP, POST "Transfer-Encoding: chunked\r\n\r\n5\r\na", 65535, 30, true },
	{ HTTP, POST "Expect: 100-continue\r\nContent-Length: 9\r\n\r\n", 65535, 30, true },
	{ HTTP, GET "HEAD / HTTP/1.1\r\n" HOST "\r\n", 0, 180, false },
	{ ECHO, "a", 0, 180, false }, { ECHO, "abcdefgh", 3, 180, false },
};
enum { HOLDERS = sizeof(holders) / sizeof(holders[0]) };

START_TEST(who_holds_a_buffer_without_progress_loses_it)
{
	struct rig_peer peer;

	start(16, 16);
	peer = open_at(1, holders[_i].port);
	say(&peer, holders[_i].text, (uint32_t)strlen(holders[_i].text), holders[_i].wnd);
	take_all(&peer);
	say(&peer, "", 0, holders[_i].wnd);
	ck_assert_uint_eq(held(), 1);
	rig_wait(&rig, SECONDS(holders[_i].s) - MS(20));
	ck_assert_uint_eq(held(), 1);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_BUFFERS_EXPIRED), 0);
	rig_introduce(&rig, &peer);
	rig_wait(&rig, MS(40));
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_BUFFERS_EXPIRED), 1);
	if (!holders[_i].answered) {
		ck_assert(was_reset(&peer));
		ck_assert_uint_eq(held(), 0);
		ck_assert_uint_eq(la_stack_connections(rig.stack), 0);
	} else {
		ck_assert(begins_with(next_for(&peer), "HTTP/1.1 408 Request Timeout\r\n"));
		/* Nobody takes it: that is no reason to hold the buffer either. */
		rig_wait(&rig, SECONDS(4));
		rig_introduce(&rig, &peer);
		rig_wait(&rig, SECONDS(1));
		ck_assert(was_reset(&peer));
		ck_assert_uint_eq(held(), 0);
	}
	rig_wait(&rig, SECONDS(70));
	rig_end(&rig, true);
}
END_TEST

START_TEST(a_408_that_is_taken_ends_the_connection_in_order)
{
	struct rig_peer peer;

	start(16, 16);
	peer = open_at(1, HTTP);
	rig_introduce(&rig, &peer);
	tell(&peer, "GET / HT");
	rig_forget(&rig);
	rig_wait(&rig, SECONDS(30) + MS(20));
	take_all(&peer);
	ck_assert_uint_eq(held(), 0);
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK | LA_FIN, 0));
	ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), 1);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ABORTED), 0);
	rig_wait(&rig, SECONDS(70));
	rig_end(&rig, true);
}
END_TEST

/* Octets in each step of 10 s, and whether that is enough. A body has 100,000 to come. */
static const struct { uint32_t a_step; bool lasts; } drips[] = {
	{ 0, false }, { 1, false }, { 100, false }, { 340, false }, { 513, true }, { 1024, true },
};

START_TEST(an_octet_now_and_then_is_no_progress)
{
	static const char zeros[2000];
	struct rig_peer peer;

	start(16, 16);
	peer = open_at(1, HTTP);
	rig_introduce(&rig, &peer);
	tell(&peer, POST "Content-Length: 100000\r\n\r\n");
	for (int step = 0; step < 18; step++) {
		rig_wait(&rig, SECONDS(10));
		if (rig_state(&rig, LA_ESTABLISHED) == 1 && drips[_i].a_step > 0)
			say(&peer, zeros, drips[_i].a_step, 65535);
		if (step < 2)
			ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 1);
	}
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), drips[_i].lasts);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_BUFFERS_EXPIRED) == 0, drips[_i].lasts);
	rig_end(&rig, false);
}
END_TEST

/* A head has one time for all of it, however it comes. */
START_TEST(a_head_may_not_come_for_ever)
{
	struct rig_peer peer;

	start(16, 16);
	peer = open_at(1, HTTP);
	rig_introduce(&rig, &peer);
	tell(&peer, "GET / HTTP/1.1\r\n" HOST);
	for (int step = 0; step < 29; step++) {
		rig_wait(&rig, SECONDS(1));
		ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 1);
		tell(&peer, "Cookie: 0123456789012345678901234567890123456789012345678901\r\n");
	}
	rig_wait(&rig, SECONDS(1) + MS(20));
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 0);
	/* Each request has a time of its own. */
	peer = open_at(2, HTTP);
	for (int step = 0; step < 8; step++) {
		tell(&peer, "HEAD / HTTP/1.1\r\n");
		rig_wait(&rig, SECONDS(20));
		tell(&peer, HOST "\r\n");
		ck_assert(begins_with(next_for(&peer), OK));
		peer.ack += rig.sent_rx[rig.seen - 1].seg.len;
	}
	/* The first one, and its 408 that was not taken. */
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_BUFFERS_EXPIRED), 2);
	rig_end(&rig, false);
}
END_TEST

/* Echo: the peer takes so little of 60,000 octets each 20 s; an octet alone is all there is. */
START_TEST(an_echo_is_read_or_ended)
{
	static const char zeros[1400];
	struct rig_peer peer;

	start(16, 16);
	peer = open_at(1, ECHO);
	rig_introduce(&rig, &peer);
	for (int i = 0; i < 40; i++)
		say(&peer, zeros, sizeof(zeros), 0);
	ck_assert_uint_eq(held(), 1);
	for (int step = 0; step < 30; step++) {
		say(&peer, "", 0, _i == 0 ? 100 : 1030);
		rig_wait(&rig, SECONDS(10));
		rig_introduce(&rig, &peer);
		rig_wait(&rig, SECONDS(10));
		take_some(&peer);
	}
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), (uint32_t)_i);
	rig_end(&rig, false);
}
END_TEST

/* A ring that is small and never empty for long moves as a whole, and lasts. */
START_TEST(a_few_octets_at_a_time_are_progress_if_they_are_all)
{
	struct rig_peer peer;

	start(16, 16);
	peer = open_at(1, ECHO);
	rig_introduce(&rig, &peer);
	tell(&peer, "ab");
	for (int step = 0; step < 20; step++) {
		rig_wait(&rig, SECONDS(20));
		tell(&peer, "ab");
		peer.ack += 2;
		say(&peer, "", 0, 65535);
		ck_assert_uint_eq(held(), 1);
	}
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 1);
	rig_end(&rig, false);
}
END_TEST

enum { PEERS_MAX = 200 };
static const uint32_t sizes[] = { 1, 2, 3, 64, PEERS_MAX };
enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

/* Half a request, or text that is not taken back. */
static void
hold_one(struct rig_peer *peer, uint32_t n, uint16_t port)
{
	*peer = open_at(n, port);
	rig_introduce(&rig, peer);
	say(peer, "G", 1, port == ECHO ? 0 : 65535);
}

/* What needs a buffer, in two pieces, and what comes of it at once. */
static void
must_be_served(uint32_t n, uint16_t port)
{
	struct rig_peer peer = open_at(n, port);

	if (port == ECHO) {
		tell(&peer, "hello");
		ck_assert(begins_with(next_for(&peer), "hello"));
		peer.ack += 5;
		say(&peer, "", 0, 65535);
		return;
	}
	tell(&peer, POST "Content-Length: 3\r\n\r\n");
	ck_assert_uint_eq(next_for(&peer)->ack, peer.seq);
	tell(&peer, "abc");
	ck_assert(begins_with(next_for(&peer), OK));
	take_all(&peer);
}

/* All buffers are held; who comes is served at once, and the oldest holder pays. */
START_TEST(the_holder_without_progress_for_longest_gives_way)
{
	static struct rig_peer holder[PEERS_MAX];
	const uint16_t port = _i % 2 ? ECHO : HTTP;
	const uint32_t n = sizes[_i / 2];

	start(2 * PEERS_MAX + 8, n);
	for (uint32_t i = 0; i < n; i++) {
		hold_one(&holder[i], i, port);
		rig_wait(&rig, 1000);
	}
	ck_assert_uint_eq(held(), n);
	rig_wait(&rig, MS(250));
	for (uint32_t i = 0; i < n; i++) {
		rig_forget(&rig);
		must_be_served(1000 + i, port);
		ck_assert_uint_eq(rig_count(&rig, LA_COUNT_BUFFERS_REUSED), i + 1);
		ck_assert_uint_eq(held(), n - 1);
		/* It is gone; it does not know if its RST was lost, and asks. */
		tell(&holder[i], "E");
		ck_assert(was_reset(&holder[i]));
		/* Full again. */
		hold_one(&holder[i], 2000 + i, port);
		ck_assert_uint_eq(held(), n);
	}
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_NO_BUFFER), 0);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ABORTED), n);
	rig_end(&rig, false);
}
END_TEST

/* Those who are busy are not ended by those who come: they take turns. */
START_TEST(nobody_gives_way_at_once)
{
	const uint16_t port = _i % 2 ? ECHO : HTTP;
	struct rig_peer a, b;

	start(16, 1);
	hold_one(&a, 1, port);
	b = open_at(2, port);
	tell(&b, "GET");
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_NO_BUFFER), 1);
	ck_assert_uint_eq(rig_expect(&rig, LA_ACK)->ack, b.seq - 3);
	b.seq -= 3;
	rig_wait(&rig, MS(200));
	tell(&b, "GET");
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_BUFFERS_REUSED), 0);
	b.seq -= 3;
	rig_wait(&rig, MS(50));
	tell(&b, "GET");
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_BUFFERS_REUSED), 1);
	ck_assert(was_reset(&a));
	ck_assert_uint_eq(held(), 1);
	rig_end(&rig, false);
}
END_TEST

/* The window of who was refused is closed; its probes open it when somebody may give way. */
START_TEST(a_window_closed_for_want_of_a_buffer_opens)
{
	struct rig_peer a, b;
	struct la_seg probe;

	start(16, 1);
	hold_one(&a, 1, ECHO);
	b = open_at(2, ECHO);
	rig_introduce(&rig, &b);
	tell(&b, "abc");
	b.seq -= 3;
	rig_wait(&rig, SECONDS(1));
	rig_forget(&rig);
	probe = rig_seg(&b, LA_ACK, 0);
	probe.seq--;
	rig_give(&rig, &b, probe);
	ck_assert_uint_gt(rig_expect(&rig, LA_ACK)->wnd, 0);
	tell(&b, "abc");
	ck_assert(begins_with(next_for(&b), "abc"));
	rig_end(&rig, false);
}
END_TEST

/* Of 64 buffers all are held from one moment on: how many still are so much later. As fewer are
 * left, less time is allowed; none are ended as long as half are free. */
static const struct { uint32_t holders, ms, held; } shrinks[] = {
	{ 64, 1900, 64 }, { 64, 2100, 61 }, { 64, 10100, 53 }, { 64, 29900, 32 }, { 64, 30100, 0 },
	{ 32, 29900, 32 }, { 32, 30100, 0 }, { 1, 29900, 1 }, { 63, 2100, 61 }, { 40, 20000, 40 },
};

START_TEST(time_shrinks_as_buffers_run_low)
{
	struct rig_peer peer;

	start(128, 64);
	for (uint32_t i = 0; i < shrinks[_i].holders; i++)
		hold_one(&peer, i, HTTP);
	rig_wait(&rig, MS(shrinks[_i].ms));
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), shrinks[_i].held);
	rig_wait(&rig, SECONDS(120));
	ck_assert_uint_eq(held(), 0);
	rig_end(&rig, false);
}
END_TEST

/* Nobody waits for what there is none of: without an extension block the end is a RST. */
START_TEST(without_an_extension_block_the_time_ends_all_the_same)
{
	struct rig_peer peer, greedy;

	rig_params(&rig, 16);
	rig.params.senders = 1;
	rig_listen(&rig, "http", HTTP);
	rig_listen(&rig, "echo", ECHO);
	rig_start(&rig);
	hold_one(&peer, 1, HTTP);
	rig_wait(&rig, SECONDS(29));
	hold_one(&greedy, 2, ECHO);
	rig_forget(&rig);
	rig_wait(&rig, SECONDS(1) + MS(20));
	ck_assert(was_reset(&peer));
	ck_assert_uint_eq(held(), 1);
	rig_end(&rig, false);
}
END_TEST

/* Many that are due at once do not stop the rest: a call has its budget. */
START_TEST(a_turn_ends_no_more_than_its_budget)
{
	enum { BUDGET = 10, TICK_US = 10000 };
	struct rig_peer peer;
	uint64_t before;

	start(2 * PEERS_MAX, PEERS_MAX);
	for (uint32_t i = 0; i < PEERS_MAX / 2; i++)
		hold_one(&peer, i, HTTP);
	rig.keep_nothing = true;
	rig.now_us += SECONDS(31);
	for (uint32_t i = 0; i < PEERS_MAX / 2; i += BUDGET, rig.now_us += TICK_US) {
		before = rig_count(&rig, LA_COUNT_BUFFERS_EXPIRED);
		la_stack_advance(rig.stack, rig.now_us, BUDGET);
		ck_assert_uint_eq(rig_count(&rig, LA_COUNT_BUFFERS_EXPIRED), before + BUDGET);
	}
	rig_end(&rig, false);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stack buffers");
	TCase *t = tcase_create("buffers");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, who_holds_a_buffer_without_progress_loses_it, 0, HOLDERS);
	tcase_add_test(t, a_408_that_is_taken_ends_the_connection_in_order);
	tcase_add_loop_test(t, an_octet_now_and_then_is_no_progress, 0, 6);
	tcase_add_test(t, a_head_may_not_come_for_ever);
	tcase_add_loop_test(t, an_echo_is_read_or_ended, 0, 2);
	tcase_add_test(t, a_few_octets_at_a_time_are_progress_if_they_are_all);
	tcase_add_loop_test(t, the_holder_without_progress_for_longest_gives_way, 0, 2 * SIZES);
	tcase_add_loop_test(t, nobody_gives_way_at_once, 0, 2);
	tcase_add_test(t, a_window_closed_for_want_of_a_buffer_opens);
	tcase_add_loop_test(t, time_shrinks_as_buffers_run_low, 0, 10);
	tcase_add_test(t, without_an_extension_block_the_time_ends_all_the_same);
	tcase_add_test(t, a_turn_ends_no_more_than_its_budget);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
