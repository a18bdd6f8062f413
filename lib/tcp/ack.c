/* SPDX-License-Identifier: BSD-3-Clause */
/* SEGMENT ARRIVES, fifth: check the ACK field (RFC 9293, 3.10.7.4). */
#include "sack.h"

void
la_tcp__reply_reset(struct la_tcp_out *out, uint32_t seq)
{
	out->reply = (struct la_seg){ .seq = seq, .flags = LA_RST };
	out->events |= LA_EV_REPLY;
}

void
la_tcp__established(const struct la_tcp_env *env, struct la_tcb *tcb, uint32_t ack,
		struct la_tcp_out *out)
{
	tcb->snd.una = ack;
	tcb->backoff = 0;
	if (tcb->timer != LA_TIMER_CONFIRM)
		tcb->timer = LA_TIMER_NONE;
	tcb->state = tcb->flags & LA_TCB_CLOSE ? LA_FIN_WAIT_1 : LA_ESTABLISHED;
	tcb->flags &= ~LA_TCB_REPEAT;
	la_ext__restart(env, tcb);
	out->events |= LA_EV_ESTABLISHED;
}

static enum la_tcp_reason
ack_in_syn_received(const struct la_tcp_env *env, struct la_tcb *tcb, const struct la_seg *seg,
		struct la_tcp_out *out)
{
	if (!la_seq_gt(seg->ack, tcb->snd.una) || la_seq_gt(seg->ack, tcb->snd.nxt)) {
		la_tcp__reply_reset(out, seg->ack);
		return LA_RST_ACK_UNACCEPTABLE;
	}
	tcb->snd_wnd = seg->wnd;
	la_tcp__established(env, tcb, seg->ack, out);
	return LA_OK;
}

/* Not acceptable: beyond SND.NXT, or older than any window was. Both are answered within a limit
 * (RFC 5961, 5.2 and 7). */
static LA_COLD enum la_tcp_reason
ack_unacceptable(const struct la_tcb *tcb, const struct la_seg *seg, struct la_tcp_out *out)
{
	out->events |= LA_EV_CHALLENGE;
	return la_seq_gt(seg->ack, tcb->snd.nxt) ? LA_DROP_ACK_NOT_SENT : LA_DROP_ACK_TOO_OLD;
}

/* RFC 5681, 2: what counts as a duplicate. */
static bool
is_duplicate(const struct la_tcb *tcb, const struct la_seg *seg)
{
	return seg->len == 0 && !(seg->flags & (LA_SYN | LA_FIN)) && seg->ack == tcb->snd.una &&
		tcb->snd.una != tcb->snd.nxt && seg->wnd == tcb->snd_wnd;
}

/* A peer that acknowledges an octet now and then, to keep an extension block, makes no progress; a
 * slow peer has some time. */
static LA_COLD void
note_crumbs(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_tcp_ext *ext,
		uint32_t octets, uint64_t now_us)
{
	enum { CRUMBS = 1024, SLOW_US = 30000000 };

	if (octets >= CRUMBS - (uint32_t)ext->crumbs) {
		ext->crumbs = 0;
		ext->paid_us = now_us;
		la_ext__progress(env, ext);
		return;
	}
	ext->crumbs = (uint16_t)(ext->crumbs + octets);
	if (now_us - ext->paid_us >= SLOW_US)
		la_ext__stall(env, tcb);
}

/* SND.UNA has moved from `una`: account for text, round trip and windows. */
static void
advance_ext(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_tcp_ext *ext,
		uint32_t una, struct la_news *news, struct la_tcp_out *out)
{
	uint32_t text_end = la_seq_lt(tcb->snd.una, ext->end) ? tcb->snd.una : ext->end;

	out->acked = la_seq_lt(una, text_end) ? text_end - una : 0;
	ext->since_us = news->now_us;
	if (LA_LIKELY(la_seq_geq(tcb->snd.una, ext->end)))
		la_ext__progress(env, ext);
	else
		note_crumbs(env, tcb, ext, tcb->snd.una - una, news->now_us);
	if (la_seq_lt(ext->next, tcb->snd.una))
		ext->next = tcb->snd.una;
	if (la_seq_lt(ext->small_end, tcb->snd.una))
		ext->small_end = tcb->snd.una;
	if (ext->rtt_sent_us != 0 && la_seq_gt(tcb->snd.una, ext->rtt_seq)) {
		la_rtt__sample(env->params, ext, news->now_us - ext->rtt_sent_us);
		ext->rtt_sent_us = 0;
	}
	/* `recover` must not seem to lie ahead after 2^31 octets without a loss. */
	if (!ext->recovering && la_seq_gt(tcb->snd.una - 1, ext->recover)) {
		ext->recover = tcb->snd.una - 2;
		ext->slow_again = false;
	}
	if (la_tcp__has_sack(tcb))
		la_board__acked(tcb, ext, una, news);
	else
		la_cc__acked(env, tcb, ext, tcb->snd.una - una, news->now_us);
}

static void
advance_una(const struct la_tcp_env *env, struct la_tcb *tcb, uint32_t ack, struct la_news *news,
		struct la_tcp_out *out)
{
	uint32_t una = tcb->snd.una;

	tcb->snd.una = ack;
	/* RFC 6298, 5.2 and 5.3: the timer stops, or starts anew. */
	tcb->backoff = 0;
	tcb->timer = LA_TIMER_NONE;
	tcb->flags &= ~LA_TCB_REPEAT;
	if (tcb->flags & LA_TCB_EXT)
		advance_ext(env, tcb, la_tcp_ext(env, tcb), una, news, out);
}

/* When the segment that this ACK answers was sent (RFC 7323, 3.2). */
static void
read_echo(const struct la_tcb *tcb, const struct la_tcp_ext *ext, const struct la_seg *seg,
		struct la_news *news)
{
	if (!(tcb->flags & LA_TCB_TIMESTAMPS) || !(seg->opts.present & LA_OPT_TIMESTAMPS))
		return;
	news->echoes = true;
	news->echo_ms = seg->opts.tsecr - ext->ts_offset;
}

/* With SACK: first move SND.UNA, then process the SACK blocks. */
static void
ack_with_sack(const struct la_tcp_env *env, struct la_tcb *tcb, const struct la_seg *seg,
		struct la_news *news, struct la_tcp_out *out)
{
	struct la_tcp_ext *ext = la_tcp_ext(env, tcb);

	news->fack = ext->rack_known ? ext->rack_fack : tcb->snd.una;
	read_echo(tcb, ext, seg, news);
	if (news->advanced)
		advance_una(env, tcb, seg->ack, news, out);
	la_sack__arrives(tcb, ext, seg, news);
	la_recovery__acked(env, tcb, ext, news);
}

/*
 * Take SND.WND from the newest segment: one that acknowledges more than any before it (the
 * refinement of 3.8.6), or the newest by WL1 and WL2. Text sent again has an old SEQ, but its
 * window belongs to its ACK. Without an extension block there are no WL1 and WL2: a segment at or
 * past RCV.NXT that acknowledges everything is new enough.
 */
static void
update_window(const struct la_tcp_env *env, struct la_tcb *tcb, const struct la_seg *seg,
		bool advanced)
{
	struct la_tcp_ext *ext;

	if (!(tcb->flags & LA_TCB_EXT)) {
		tcb->snd_wnd = seg->wnd;
		return;
	}
	ext = la_tcp_ext(env, tcb);
	ext->unanswered = 0;
	if (!advanced && !la_seq_lt(ext->wl1, seg->seq) &&
			!(ext->wl1 == seg->seq && la_seq_leq(ext->wl2, seg->ack)))
		return;
	/* An open window ends the backoff of the probes. */
	if ((tcb->timer == LA_TIMER_PERSIST || tcb->timer == LA_TIMER_USER) && seg->wnd != tcb->snd_wnd) {
		tcb->timer = LA_TIMER_NONE;
		tcb->backoff = 0;
	}
	tcb->snd_wnd = seg->wnd;
	ext->wl1 = seg->seq;
	ext->wl2 = seg->ack;
	ext->max_wnd = la_tcp__max(ext->max_wnd, la_tcp_snd_wnd(tcb));
}

/* Our FIN was acknowledged: the next state. */
static void
fin_acked(const struct la_tcp_params *params, struct la_tcb *tcb, uint64_t now_us,
		struct la_tcp_out *out)
{
	switch ((enum la_tcp_state)tcb->state) {
	case LA_FIN_WAIT_1:
		tcb->born = la_tcp_birth(params, now_us) & LA_BORN_MASK;
		tcb->state = LA_FIN_WAIT_2;
		break;
	case LA_CLOSING:
		tcb->state = LA_TIME_WAIT;
		out->events |= LA_EV_TIME_WAIT;
		break;
	case LA_LAST_ACK:
		tcb->state = LA_CLOSED;
		out->events |= LA_EV_CLOSED;
		break;
	case LA_CLOSED: case LA_LISTEN: case LA_SYN_SENT: case LA_SYN_RECEIVED:
	case LA_ESTABLISHED: case LA_FIN_WAIT_2: case LA_CLOSE_WAIT: case LA_TIME_WAIT:
		break;
	}
}

enum la_tcp_reason
la_ack__check(const struct la_tcp_env *env, struct la_tcb *tcb, const struct la_seg *seg,
		uint64_t now_us, struct la_tcp_out *out)
{
	bool advanced = la_seq_gt(seg->ack, tcb->snd.una);
	struct la_news news = { .params = env->params, .now_us = now_us, .advanced = advanced };
	uint32_t max_wnd, cwnd = 0;

	if (tcb->state == LA_SYN_RECEIVED)
		return ack_in_syn_received(env, tcb, seg, out);
	max_wnd = tcb->flags & LA_TCB_EXT ? la_tcp_ext(env, tcb)->max_wnd : la_tcp_snd_wnd(tcb);
	if (LA_UNLIKELY(seg->ack - tcb->snd.una > tcb->snd.nxt - tcb->snd.una &&
			tcb->snd.una - seg->ack > max_wnd))
		return ack_unacceptable(tcb, seg, out);

	if (LA_UNLIKELY(tcb->ecn != LA_TCB_ECN_NONE) && tcb->flags & LA_TCB_EXT)
		cwnd = la_tcp_ext(env, tcb)->cwnd;
	if ((tcb->flags & (LA_TCB_EXT | LA_TCB_SACK)) == (LA_TCB_EXT | LA_TCB_SACK))
		ack_with_sack(env, tcb, seg, &news, out);
	else if (advanced)
		advance_una(env, tcb, seg->ack, &news, out);
	else if ((tcb->flags & LA_TCB_EXT) && is_duplicate(tcb, seg))
		la_cc__duplicate_ack(env->params, tcb, la_tcp_ext(env, tcb),
				la_mss__effective(env, tcb));
	if (LA_UNLIKELY(cwnd != 0))
		la_ecn__acked(env, tcb, seg, cwnd, out);
	if (seg->ack == tcb->snd.una)
		update_window(env, tcb, seg, advanced);
	if ((tcb->flags & LA_TCB_FIN_SENT) && tcb->snd.una == tcb->snd.nxt)
		fin_acked(env->params, tcb, now_us, out);
	return LA_OK;
}
