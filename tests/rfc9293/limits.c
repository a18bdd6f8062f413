/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All that ends a connection, together: the idle limit, keep-alive, FIN-WAIT-2, retransmission
 * and closed windows share one timer with what asks the peer or gives memory back. A model
 * that keeps each apart says when a connection must end, for each state, each setting and
 * each kind of peer.
 */
#include "rfc9293.h"

#define SECOND UINT64_C(1000000)
#define DAY (86400 * SECOND)

enum {
	RETRIES = 8,                    /* tcb_params() */
	LATE_US = 2200000,              /* Times that count from `born` are rounded up, */
	LATE_COARSE_US = 8500000,       /* further where a limit is long. */
};

/* What the peer does. */
enum peer {
	SILENT,
	GARBAGE,                        /* Segments that are dropped. */
	OCTETS,                         /* Text in order, an octet at a time. */
	ACKS,                           /* Bare ACKs of nothing new. */
	PEERS
};

/* What of ours is not acknowledged. */
enum outstanding { NOTHING, TEXT, CLOSED_WINDOW, OUTSTANDINGS };

static const enum la_tcp_state states[] = {
	LA_ESTABLISHED, LA_CLOSE_WAIT, LA_FIN_WAIT_1, LA_FIN_WAIT_2, LA_CLOSING, LA_LAST_ACK,
};
enum { STATES = sizeof(states) / sizeof(states[0]) };

static const uint32_t idle_s[] = { 0, 1, 30, 80, 600, 86400 };
static const uint32_t keepalive_s[] = { 0, 10, 100, 86400 };
static const uint32_t confirm_s[] = { 0, 29, 75, 3600 };
static const uint32_t fin_wait_2_s[] = { 0, 60 };

struct one {
	enum la_tcp_state state;
	enum peer peer;
	enum outstanding outstanding;
	bool cookie;
	uint64_t every_us;              /* Between two segments of the peer. */
	uint64_t idle_us, keepalive_us, confirm_us, fin_wait_2_us;
};

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* So many timeouts of a second at first, doubled up to a minute. */
static uint64_t
timeouts_us(unsigned int n)
{
	uint64_t us = 0;

	for (unsigned int i = 0; i < n; i++)
		us += least(SECOND << i, 60 * SECOND);
	return us;
}

static bool
has_fin_out(enum la_tcp_state state)
{
	return state == LA_FIN_WAIT_1 || state == LA_CLOSING || state == LA_LAST_ACK;
}

/* Nothing is outstanding. */
static uint64_t
model_of_peer_us(const struct one *one)
{
	const bool heard = one->peer == OCTETS || one->peer == ACKS;
	const uint64_t silence_us = heard ? one->every_us : UINT64_MAX;
	const uint64_t gone_us = one->keepalive_us +
			h.params.keepalive_probes * h.params.keepalive_interval_us;
	uint64_t end = UINT64_MAX;

	if (one->idle_us != 0 && one->idle_us <= silence_us)
		end = one->idle_us;
	if (one->state == LA_FIN_WAIT_2 && one->fin_wait_2_us != 0)
		return least(end, one->fin_wait_2_us);
	if (one->keepalive_us != 0 && gone_us <= silence_us)
		end = least(end, gone_us);
	return end;
}

/* When it must have ended, counted from when the peer begins to be as it is; UINT64_MAX: never. */
static uint64_t
model_us(const struct one *one)
{
	uint64_t end = UINT64_MAX;

	if (one->outstanding == NOTHING && !has_fin_out(one->state))
		return model_of_peer_us(one);
	if (one->outstanding != CLOSED_WINDOW)
		end = timeouts_us(RETRIES + 1);
	else if (one->peer == SILENT || one->peer == GARBAGE)
		end = timeouts_us(RETRIES + 2);
	return one->idle_us != 0 ? least(end, one->idle_us) : end;
}

/* What is dropped, one kind after the other. */
static struct la_seg
garbage(unsigned int n)
{
	const uint32_t seq = h.tcb.rcv.nxt, ack = h.tcb.snd.una;
	struct la_seg seg;

	switch (n % 5) {
	case 0: return seg_data(seq + 200000, ack, 10);
	case 1: return seg_ack(seq, h.tcb.snd.nxt + 100000);
	case 2: return seg_rst(seq + 1000);
	case 3:
		seg = seg_syn();
		seg.seq = seq + 7;
		return seg;
	default:
		seg = seg_data(seq, ack, 1);
		seg.flags &= ~LA_ACK;
		return seg;
	}
}

static void
peer_acts(const struct one *one, unsigned int n)
{
	struct la_seg seg = garbage(n);

	if (one->peer == OCTETS)
		seg = seg_data(h.tcb.rcv.nxt, h.tcb.snd.una, 1);
	else if (one->peer == ACKS)
		seg = seg_ack(h.tcb.rcv.nxt, h.tcb.snd.una);
	/* Another window each time, unless it is closed: these are no duplicate ACKs. */
	seg.wnd = one->outstanding == CLOSED_WINDOW ? 0 : (uint16_t)(TEST_WND - n % 100);
	tcb_arrives(&h, seg);
	if (one->peer == GARBAGE)
		ck_assert(h.reason != LA_OK);
	if (h.tcb.state != LA_CLOSED)
		tcb_pull(&h);
}

/* @return after how long it has ended; UINT64_MAX: it still is there after @p horizon_us. */
static uint64_t
lasts_us(const struct one *one, uint64_t horizon_us)
{
	const uint64_t begin = h.now_us, end = begin + horizon_us;
	uint64_t acts = one->peer == SILENT ? UINT64_MAX : begin + one->every_us;

	for (unsigned int n = 0; h.tcb.state != LA_CLOSED;) {
		const uint64_t fires = h.armed ? h.deadline_us : UINT64_MAX;

		if (least(fires, acts) > end)
			return UINT64_MAX;
		if (fires <= acts) {
			tcb_fire(&h);
			if (h.tcb.state != LA_CLOSED)
				tcb_pull(&h);
		} else {
			h.now_us = acts;
			acts += one->every_us;
			peer_acts(one, n++);
		}
	}
	ck_assert(h.events & LA_EV_TIMED_OUT);
	return h.now_us - begin;
}

static void
open_it(const struct one *one)
{
	h.params.idle_timeout_us = one->idle_us;
	h.params.keepalive_us = one->keepalive_us;
	h.params.confirm_us = one->confirm_us;
	h.params.fin_wait_2_us = one->fin_wait_2_us;
	h.params.born_coarse = la_tcp_born_coarse_for(&h.params);
	if (one->cookie)
		rfc_open_with((struct tcb_setup){ .by = BY_COOKIE });
	else
		tcb_enter(&h, one->state);
	if (one->outstanding == CLOSED_WINDOW)
		tcb_arrives(&h, seg_wnd(seg_ack(h.tcb.rcv.nxt, h.tcb.snd.una), 0));
	if (one->outstanding != NOTHING)
		tcb_send(&h, 100);
	tcb_pull(&h);
}

static void
check_one(const struct one *one)
{
	const uint64_t never_us = one->peer == SILENT ? 75 * DAY : 10000 * SECOND;
	uint64_t want, late, got;

	tcb_begin(&h);
	want = model_us(one);
	open_it(one);
	late = h.params.born_coarse != 0 ? LATE_COARSE_US : LATE_US;
	got = lasts_us(one, want == UINT64_MAX ? never_us : want + late);
	if (want == UINT64_MAX ? got != want : got < want || got > want + late)
		ck_abort_msg("%s%s, peer %d each %d s, outstanding %d, idle %d s, keepalive %d s, "
				"confirm %d s, fin-wait-2 %d s: ended after %lld ms, not %lld",
				la_tcp_state_name(one->state), one->cookie ? " by cookie" : "",
				one->peer, (int)(one->every_us / SECOND), one->outstanding,
				(int)(one->idle_us / SECOND), (int)(one->keepalive_us / SECOND),
				(int)(one->confirm_us / SECOND), (int)(one->fin_wait_2_us / SECOND),
				(long long)(got / 1000), (long long)(want / 1000));
	tcb_end(&h);
}

#define EACH(i, list) size_t i = 0; i < sizeof(list) / sizeof((list)[0]); i++

/* With each limit, and each that the state knows besides. */
static void
check_limits(struct one one)
{
	for (EACH(i, idle_s)) {
		for (EACH(k, keepalive_s)) {
			for (EACH(x, confirm_s)) {
				one.idle_us = idle_s[i] * SECOND;
				one.keepalive_us = keepalive_s[k] * SECOND;
				one.confirm_us = confirm_s[x] * SECOND;
				one.fin_wait_2_us = fin_wait_2_s[x % 2] * SECOND;
				check_one(&one);
				if (!one.cookie && x == 1)
					break;
			}
		}
	}
}

static bool
makes_sense(const struct one *one)
{
	const bool sends = one->state == LA_ESTABLISHED || one->state == LA_CLOSE_WAIT;
	const bool hears = one->state == LA_ESTABLISHED || one->state == LA_FIN_WAIT_1 ||
			one->state == LA_FIN_WAIT_2;

	if (one->cookie && one->state != LA_ESTABLISHED)
		return false;
	if (one->outstanding != NOTHING && !sends)
		return false;
	return one->peer != OCTETS || hears;
}

START_TEST(each_limit_is_kept_whatever_else_the_timer_serves)
{
	static const uint64_t every[] = { 7 * SECOND, 25 * SECOND, 59 * SECOND };
	struct one one = { .state = states[_i % STATES], .cookie = _i >= STATES };

	for (one.peer = 0; one.peer < PEERS; one.peer++) {
		for (one.outstanding = 0; one.outstanding < OUTSTANDINGS; one.outstanding++) {
			if (!makes_sense(&one))
				continue;
			for (EACH(e, every)) {
				one.every_us = every[e];
				check_limits(one);
				if (one.peer == SILENT)
					break;
			}
		}
	}
}
END_TEST

/* A poll takes segments first, then fires timers, then sends: so a timer may fire that was set
 * before its connection heard of its peer. Whoever is heard all the time is not idle. */
START_TEST(a_segment_in_the_poll_of_a_timer_is_heard)
{
	enum { TIMERS = 50 };
	struct one one = { .peer = _i % 2 ? OCTETS : ACKS, .outstanding = NOTHING };

	h.params.idle_timeout_us = 100 * SECOND;
	h.params.keepalive_us = _i / 2 % 2 ? 30 * SECOND : 0;
	rfc_open_with((struct tcb_setup){ .by = _i / 4 ? BY_COOKIE : BY_SYN });
	/* An extension block that is held, and has nothing to do. */
	tcb_send(&h, 100);
	tcb_pull(&h);
	tcb_arrives(&h, seg_ack(h.tcb.rcv.nxt, h.tcb.snd.nxt));
	tcb_pull(&h);
	for (unsigned int n = 0; n < TIMERS && h.armed; n++) {
		const struct la_seg seg = one.peer == OCTETS ?
				seg_data(h.tcb.rcv.nxt, h.tcb.snd.una, 1) :
				seg_wnd(seg_ack(h.tcb.rcv.nxt, h.tcb.snd.una),
						(uint16_t)(TEST_WND - n));

		if (h.now_us < h.deadline_us)
			h.now_us = h.deadline_us;
		tcb_arrives(&h, seg);
		while (h.armed && h.deadline_us <= h.now_us)
			tcb_fire(&h);
		ck_state(LA_ESTABLISHED);
		tcb_pull(&h);
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("limits");
	TCase *t = tcase_create("limits");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, each_limit_is_kept_whatever_else_the_timer_serves, 0, STATES + 1);
	tcase_add_loop_test(rfc_case(s, "poll"), a_segment_in_the_poll_of_a_timer_is_heard, 0, 8);
	return s;
}

LA_CHECK_MAIN(suite)
