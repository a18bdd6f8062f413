/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_RFC9293_H
#define LA_RFC9293_H

/** @file
 * What each file here starts with: one connection, `h`, made before and
 * checked after every test (its pools must be full again).
 */
#include "family.h"
#include "la_check.h"
#include "tcb.h"

/** Of a full segment without options, in the family that is tested. */
#define MSS la_test_mss()

static struct tcb_host h;

static inline void
rfc_begin(void)
{
	tcb_begin(&h);
}

static inline void
rfc_end(void)
{
	tcb_end(&h);
}

static inline TCase *
rfc_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, rfc_begin, rfc_end);
	suite_add_tcase(suite, tcase);
	return tcase;
}

/** ESTABLISHED with the peer's SYN as tests mostly want it. */
static inline void
rfc_open(void)
{
	static const struct tcb_setup plain = { .by = BY_SYN };

	tcb_open(&h, &plain);
}

static inline void
rfc_open_with(struct tcb_setup setup)
{
	tcb_open(&h, &setup);
}

#define ck_state(want) \
	ck_assert_str_eq(la_tcp_state_name(h.tcb.state), la_tcp_state_name(want))
#define ck_reason(want) \
	ck_assert_str_eq(la_tcp_reason_name(h.reason), la_tcp_reason_name(want))
/** The segment before drew a RST with these numbers. */
#define ck_replied(want_flags, want_seq, want_ack) \
	do { \
		ck_assert(h.out.events & LA_EV_REPLY); \
		ck_assert_uint_eq(h.out.reply.flags, (want_flags)); \
		ck_assert_uint_eq(h.out.reply.seq, (want_seq)); \
		if ((want_flags) & LA_ACK) \
			ck_assert_uint_eq(h.out.reply.ack, (want_ack)); \
	} while (0)
#define ck_no_reply() ck_assert(!(h.out.events & LA_EV_REPLY))

#endif
