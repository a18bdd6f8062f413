/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The path's MTU, and ICMP errors about a connection. They are as easy to forge as any packet, so
 * each one counts only if it quotes what is in flight (RFC 5927, 4.1), and its effect is small.
 */
#include "sack.h"

/* The largest class that fits; LA_MSS_CLASSES if that is not below what is sent now. We never
 * believe that a path takes less than the default MSS (RFC 5927, 7.2). Only classes are used, so
 * that a forger gains a few steps at most. */
static uint32_t
lower_class(const struct la_tcp_env *env, const struct la_tcb *tcb, uint32_t mss)
{
	const uint32_t most = la_tcp__max(mss, la_mss__default(tcb));
	const uint32_t class = la_mss_to_class((uint16_t)la_tcp__min(most, UINT16_MAX));

	return la_mss_value[class] < la_mss__send(env, tcb) ? class : LA_MSS_CLASSES;
}

static bool
in_flight(const struct la_tcb *tcb, uint32_t seq)
{
	return la_seq_geq(seq, tcb->snd.una) && la_seq_lt(seq, tcb->snd.nxt);
}

bool
la_tcp_too_big(const struct la_tcp_env *env, struct la_tcb *tcb, uint32_t seq, uint32_t mss,
		uint64_t now_us)
{
	struct la_tcp_ext *ext;
	uint32_t class;

	/* Without an extension block no text is in flight, and only text is large. */
	if (tcb->state < LA_ESTABLISHED || tcb->state == LA_TIME_WAIT ||
			!(tcb->flags & LA_TCB_EXT) || !in_flight(tcb, seq))
		return false;
	class = lower_class(env, tcb, mss);
	if (class == LA_MSS_CLASSES)
		return false;
	la_tcp_set_mss_index(tcb, class);
	ext = la_tcp_ext(env, tcb);
	ext->mss = (uint16_t)la_mss__effective(env, tcb);
	la_cc__too_big(tcb, ext, ext->mss);
	la_board__none_lost(ext);
	ext->next = tcb->snd.una;
	ext->rtt_sent_us = 0;           /* Karn (RFC 6298, 3). */
	/* The text is sent from now on: the RTO starts again, and is not doubled. */
	tcb->timer = LA_TIMER_NONE;
	if (!la_tcp_owes(env, tcb))
		la_timer__choose(env, tcb, now_us);
	return true;
}

/* The router that drops the packet sends no ICMP, or the ICMP is filtered (RFC 2923, 2.1). */
bool
la_tcp__black_hole(const struct la_tcp_env *env, struct la_tcb *tcb)
{
	enum { FIRST = 3, LAST = 5 };
	uint32_t class;

	if (tcb->backoff < FIRST)
		return false;
	class = lower_class(env, tcb, tcb->backoff < LAST ? LA_MSS_DEFAULT_V6 : 0);
	/* If the segments would not become smaller, the text is lost for another reason. */
	if (class == LA_MSS_CLASSES || tcb->snd.nxt - tcb->snd.una <= la_mss_value[class])
		return false;
	la_tcp_set_mss_index(tcb, class);
	la_tcp_ext(env, tcb)->mss = (uint16_t)la_mss__effective(env, tcb);
	return true;
}

bool
la_tcp_unreachable(struct la_tcb *tcb, uint32_t seq, struct la_tcp_out *out)
{
	out->events = 0;
	out->acked = 0;
	if (tcb->state != LA_SYN_SENT || !in_flight(tcb, seq))
		return false;
	tcb->state = LA_CLOSED;
	out->events |= LA_EV_REFUSED;
	return true;
}
