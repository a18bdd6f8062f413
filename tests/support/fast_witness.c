/* SPDX-License-Identifier: BSD-3-Clause */
/* What a segment that came alone was, by what it did to the stack with the general path. */
#include "fast_case.h"
#include "stack_private.h"

static uint64_t
reason(const struct fast_case *c, enum la_tcp_reason what)
{
	return c->pair.general.stack->counters.tcp[what].value;
}

static uint64_t
cookies_sent(const struct fast_case *c)
{
	return c->pair.general.stack->counters.count[LA_COUNT_COOKIES_SENT].value;
}

uint32_t
fast_lookup(const struct fast_case *c, const struct la_tuple *tuple)
{
	const struct la_flow *flow = &c->pair.general.stack->flow;

	return la_flow_lookup(flow, tuple, la_flow_hash(flow, tuple));
}

void
fast_witness_before(struct fast_case *c)
{
	const struct la_stack *s = c->pair.general.stack;
	const struct la_frame *frame = &c->burst[0];
	struct fast_witness *w = &c->witness;
	uint32_t local;

	w->seen = false;
	if (c->burst_len != 1 || la_rx_parse(&w->rx, frame->octets, frame->len, frame->checked) !=
			LA_RX_OK || w->rx.kind != LA_KIND_TCP)
		return;
	local = la_address_index(&s->link.addresses, &w->rx.dest);
	if (local == LA_ADDRESS_NONE)
		return;
	w->seen = true;
	w->tuple = (struct la_tuple){
		.remote = w->rx.source, .local = (uint16_t)local,
		.local_port = w->rx.dest_port, .remote_port = w->rx.source_port,
	};
	w->handle = fast_lookup(c, &w->tuple);
	if (w->handle != LA_FLOW_NONE && !(w->handle & LA_FLOW_TIME_WAIT))
		w->tcb = *la_stack__tcb(s, w->handle);
	w->cookies = cookies_sent(c);
	w->kept = reason(c, LA_OK_SYN_ACKED);
	w->opened = reason(c, LA_OK_OPENED_BY_COOKIE);
	w->ok = reason(c, LA_OK);
}

static enum fast_kind
kind_of_syn_ack(const struct la_tcb *now)
{
	if (now->state == LA_FIN_WAIT_1)
		return FAST_KIND_OPEN_ACTIVE_CLOSE;
	return now->flags & LA_TCB_EXT ? FAST_KIND_OPEN_ACTIVE_SEND : FAST_KIND_OPEN_ACTIVE;
}

/* Our FIN is in flight, and text before it. */
static bool
has_answered(const struct la_tcb *tcb)
{
	return tcb->flags & LA_TCB_FIN_SENT && tcb->snd.nxt - tcb->snd.una > 1;
}

/* Of the end that closes first. */
static enum fast_kind
kind_of_fin_acked(const struct fast_witness *w)
{
	if (has_answered(&w->tcb))
		return FAST_KIND_FIN_ACKED_ANSWER;
	return w->tcb.state == LA_FIN_WAIT_1 && !(w->tcb.flags & LA_TCB_EXT) ?
			FAST_KIND_FIN_ACKED_BARE : FAST_KIND_FIN_ACKED;
}

static enum fast_kind
kind_of_record(const struct fast_witness *w)
{
	if (!(w->rx.seg.flags & LA_FIN))
		return FAST_KIND_FIN_ACKED;
	if (has_answered(&w->tcb))
		return FAST_KIND_FIN_LAST_ANSWER;
	return w->rx.seg.len == 0 && !(w->tcb.flags & LA_TCB_EXT) ? FAST_KIND_FIN_LAST_BARE :
			FAST_KIND_FIN_LAST;
}

/* Of a connection that lives on. */
static enum fast_kind
kind_of_block(const struct fast_witness *w, const struct la_tcb *now)
{
	const struct la_seg *seg = &w->rx.seg;
	const uint32_t moved = now->rcv.nxt - w->tcb.rcv.nxt;

	if (w->tcb.state == LA_SYN_RECEIVED)
		return FAST_KIND_OPEN_KEPT;
	if (w->tcb.state == LA_SYN_SENT)
		return kind_of_syn_ack(now);
	if ((seg->flags & LA_FIN) && moved == seg->len + 1)
		return seg->len > 0 ? FAST_KIND_TEXT_FIN : FAST_KIND_FIN;
	if (seg->len > 0)
		return moved == seg->len ? FAST_KIND_TEXT : FAST_KIND_OUT_OF_ORDER;
	if (now->snd.una != w->tcb.snd.una)
		return now->state != w->tcb.state ? kind_of_fin_acked(w) : FAST_KIND_TEXT_ACKED;
	return now->snd_wnd != w->tcb.snd_wnd ? FAST_KIND_WINDOW : FAST_KIND_PURE_ACK;
}

/* To what had no block before; FAST_KINDS for what is not counted. */
static enum fast_kind
kind_of_stranger(const struct fast_case *c)
{
	const struct fast_witness *w = &c->witness;

	if (cookies_sent(c) != w->cookies)
		return FAST_KIND_SYN_COOKIE;
	if (reason(c, LA_OK_SYN_ACKED) != w->kept)
		return FAST_KIND_SYN_KEPT;
	if (reason(c, LA_OK_OPENED_BY_COOKIE) == w->opened)
		return FAST_KINDS;
	if (w->rx.seg.len > 0)
		return FAST_KIND_OPEN_TEXT;
	return w->rx.seg.flags & LA_FIN ? FAST_KIND_OPEN_FIN : FAST_KIND_OPEN;
}

static enum fast_kind
kind_of(const struct fast_case *c)
{
	const struct fast_witness *w = &c->witness;
	const uint32_t now = fast_lookup(c, &w->tuple);

	if (w->handle == LA_FLOW_NONE)
		return kind_of_stranger(c);
	if (w->handle & LA_FLOW_TIME_WAIT)
		return FAST_KIND_TO_TIME_WAIT;
	if (reason(c, LA_OK) == w->ok)
		return FAST_KIND_NOT_OK;
	if (now == LA_FLOW_NONE)
		return w->tcb.state == LA_LAST_ACK ? FAST_KIND_LAST_ACK : FAST_KINDS;
	if (now & LA_FLOW_TIME_WAIT && !(w->rx.seg.flags & LA_FIN))
		return FAST_KIND_FIN_ACKED;
	if (now & LA_FLOW_TIME_WAIT)
		return kind_of_record(w);
	return kind_of_block(w, la_stack__tcb(c->pair.general.stack, now));
}

void
fast_witness_after(struct fast_case *c)
{
	enum fast_kind kind;

	if (!c->witness.seen)
		return;
	kind = kind_of(c);
	if (kind != FAST_KINDS)
		c->tally->kind[kind]++;
}

const char *
fast_kind_text(enum fast_kind kind)
{
	static const char *const texts[] = {
#define X(name, text) text,
		FAST_KINDS_LIST
#undef X
	};

	return texts[kind];
}
