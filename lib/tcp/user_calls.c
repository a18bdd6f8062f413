/* SPDX-License-Identifier: BSD-3-Clause */
/* SEND, CLOSE and ABORT (RFC 9293, 3.10.2, 3.10.4, 3.10.5). */
#include "tcp_private.h"

bool
la_tcp_send(const struct la_tcp_env *env, struct la_tcb *tcb, uint32_t len, uint64_t now_us)
{
	enum { AGAIN_US = 100000 };
	struct la_tcp_ext *ext = la_ext__take(env, tcb);

	if (!ext) {
		/* A timer that runs already is a limit, which must not be postponed. */
		if (tcb->timer == LA_TIMER_NONE) {
			tcb->timer = LA_TIMER_NO_SENDER;
			env->arm(env->user, tcb, now_us + AGAIN_US);
		}
		return false;
	}
	/* Nothing can be sent after a FIN: a caller's error. */
	assert(!(tcb->flags & LA_TCB_CLOSE));
	if (ext->end == tcb->snd.una) {
		ext->small_end = tcb->snd.una;
		ext->since_us = ext->paid_us = now_us;
		ext->crumbs = 0;
		la_tcp__end_probing(tcb);
	}
	ext->end += len;
	return true;
}

/* The FIN has to be acknowledged from now on, as text has. */
static void
begin_close(const struct la_tcp_env *env, struct la_tcb *tcb)
{
	tcb->flags |= LA_TCB_CLOSE;
	la_tcp__end_probing(tcb);
	if (tcb->flags & LA_TCB_EXT && la_tcp_ext(env, tcb)->end == tcb->snd.una)
		la_tcp_ext(env, tcb)->since_us = 0;
}

void
la_tcp_close(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us)
{
	(void)now_us;
	switch ((enum la_tcp_state)tcb->state) {
	case LA_SYN_SENT:
		tcb->state = LA_CLOSED;
		break;
	case LA_SYN_RECEIVED:
		/* The FIN waits until the peer has acknowledged our SYN. */
		tcb->flags |= LA_TCB_CLOSE;
		break;
	case LA_ESTABLISHED:
		begin_close(env, tcb);
		tcb->state = LA_FIN_WAIT_1;
		break;
	case LA_CLOSE_WAIT:
		begin_close(env, tcb);
		tcb->state = LA_LAST_ACK;
		break;
	case LA_CLOSED: case LA_LISTEN: case LA_FIN_WAIT_1: case LA_FIN_WAIT_2:
	case LA_CLOSING: case LA_LAST_ACK: case LA_TIME_WAIT:
		break;
	}
}

void
la_tcp_abort(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_tcp_out *out)
{
	(void)env;
	switch ((enum la_tcp_state)tcb->state) {
	case LA_SYN_RECEIVED: case LA_ESTABLISHED: case LA_FIN_WAIT_1: case LA_FIN_WAIT_2:
	case LA_CLOSE_WAIT:
		la_tcp__reply_reset(out, tcb->snd.nxt);
		/* With an ACK, peers that check more than the RFC asks accept it, too. */
		out->reply.flags |= LA_ACK;
		out->reply.ack = tcb->rcv.nxt;
		break;
	case LA_CLOSED: case LA_LISTEN: case LA_SYN_SENT: case LA_CLOSING: case LA_LAST_ACK:
	case LA_TIME_WAIT:
		break;
	}
	tcb->state = LA_CLOSED;
	out->events |= LA_EV_ABORTED;
}

void
la_tcp_set_room(const struct la_tcp_env *env, struct la_tcb *tcb, uint32_t room)
{
	struct la_tcp_ext *ext;

	/* Only a window smaller than the largest needs to be remembered. */
	if (!(tcb->flags & LA_TCB_EXT) && room >= la_window__max(env, tcb))
		return;
	ext = la_ext__take(env, tcb);
	if (!ext)
		return;
	ext->room = room;
	/* Tell the peer, unless it has plenty left already (3.8.6.2.2). */
	if (ext->rcv_edge - tcb->rcv.nxt < ext->window / 2 &&
			la_window__edge(env, tcb, ext) != ext->rcv_edge)
		la_tcp_owe_ack(tcb);
}
