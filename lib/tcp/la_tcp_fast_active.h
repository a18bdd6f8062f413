/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TCP_FAST_ACTIVE_H
#define LA_TCP_FAST_ACTIVE_H

/** @file
 * The fast path of the end that opens: what la_tcp_fast.h is for the other end.
 */
#include "la_tcp_fast.h"

/** la_tcp_open_active() for a block with undefined content. */
static inline void
la_tcp_fast_connect(const struct la_tcp_fast *fast, struct la_tcb *tcb,
		const struct la_tuple *tuple, uint16_t listener, uint32_t iss, uint64_t now_us)
{
	*tcb = (struct la_tcb){
		.tuple = *tuple, .listener = listener & (LA_TCB_LISTENERS - 1), .snd = { iss, iss + 1 },
		.born = now_us >> fast->born_shift & LA_BORN_MASK, .state = LA_SYN_SENT,
		.flags = LA_TCB_ACTIVE | LA_TCB_REPEAT,
	};
}

/** True if it owes its SYN, and nothing else. */
static inline bool
la_tcp_owes_syn(const struct la_tcb *tcb)
{
	return tcb->state == LA_SYN_SENT &&
			(tcb->flags & (LA_TCB_REPEAT | LA_TCB_EXT | LA_TCB_ACK_OWED)) ==
			LA_TCB_REPEAT;
}

/**
 * 3.10.7.3, first to fourth: a SYN that acknowledges ours, with neither text nor FIN. In
 * SYN-SENT SND.NXT is ISS + 1, the only ACK that is acceptable.
 */
static inline bool
la_tcp_is_syn_ack(const struct la_tcb *tcb, const struct la_plain *p)
{
	return tcb->state == LA_SYN_SENT && p->ack == tcb->snd.nxt && p->text_len == 0 &&
			(p->flags & (LA_SYN | LA_ACK | LA_RST | LA_FIN)) == (LA_SYN | LA_ACK) &&
			!(tcb->flags & LA_TCB_EXT);
}

/** Process that SYN-ACK: enter ESTABLISHED, owe an ACK. */
void la_tcp_fast_syn_ack(const struct la_tcp_env *env, struct la_tcb *tcb,
		const struct la_plain *p, uint64_t now_us);

/** The ACK of it was sent alone: set the timer for what the connection waits for now. */
static inline void
la_tcp_fast_opened(const struct la_tcp_env *env, const struct la_tcp_fast *fast,
		struct la_tcb *tcb, uint64_t now_us)
{
	/* D21: the ACK may have to be repeated. */
	if (tcb->timer != LA_TIMER_CONFIRM)
		la_tcp_fast_idle(env, fast, tcb, now_us);
}

/** CLOSE (3.10.4) in ESTABLISHED. */
static inline void
la_tcp_fast_close_first(struct la_tcb *tcb)
{
	tcb->flags |= LA_TCB_CLOSE;
	tcb->state = LA_FIN_WAIT_1;
}

#endif
