/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is known of a segment that belongs to no connection, where SYNs get cookies.
 *
 * A handshake by cookie leaves nothing behind at our end, so when its last ACK and the first
 * text are lost, what comes next looks like a segment of no connection. A RST would end a good
 * one (a kernel would not send it), and silence for all would leave the peers of dead ones in the
 * dark. Three cases:
 *
 *   under way   the last SYN of this place was of this tuple, was not opened, and with the ISN
 *               that was noted the number acknowledged is our cookie: it opens, the text is held
 *   certain     there is no handshake: that SYN was opened; or no other, of this tuple or another,
 *               was overwritten in this place lately before it was opened; or the TSecr is older
 *               than any such handshake: a RST
 *   in doubt    a SYN of the place was lost: silence, as long as a peer may take to repeat its
 *               first segment, and then a RST
 *
 * All of that without a SYN that is opened being looked for, and with 88 KB, however many come.
 * To check a cookie for a range of SEQs instead would cost two MACs for each number in it.
 */
#include "syns.h"

enum {
	LATELY_US = 5000000,
	/* A peer in a handshake repeats its first segment meanwhile, by an RTO of 1 s and the
	 * next of 2 s (RFC 6298); what goes on for longer is a connection that we do not have. */
	DOUBT_MS = 3000,
	DOUBT_ENDS_MS = 20000,
};

bool
la_stack__syn_acked(const struct la_stack *s, const struct la_syn_seen *seen,
		const struct la_rx *rx, uint64_t now_us, struct la_tcp_negotiated *n)
{
	const struct la_cookie_tuple tuple = la_stack__cookie_tuple(rx);
	struct la_cookie_opts opts = la_stack__cookie_opts(&s->params.tcp,
			seen->options & ~LA_OPT_MSS, 0, seen->wscale, la_addr_is_v4(&rx->dest));

	if (!la_cookie_check_known(&s->cookie, &tuple, seen->isn, rx->seg.ack, now_us, &opts))
		return false;
	*n = la_stack__negotiated(&opts);
	return true;
}

const struct la_syn_seen *
la_stack__syn_of(const struct la_stack *s, const struct la_rx *rx, uint32_t hash, uint64_t now_us,
		struct la_tcp_negotiated *n)
{
	const struct la_syn_seen *seen = &s->syns_seen[hash % LA_SYNS_SEEN];

	if (seen->hash != hash || seen->options == 0)
		return NULL;
	return la_stack__syn_acked(s, seen, rx, now_us, n) ? seen : NULL;
}

/*
 * It must lie in the window of the SYN-ACK, and not be older than the SYN. RCV.NXT and TS.Recent
 * come from the SYN: the first text, which this segment has overtaken, is taken when it comes.
 */
bool
la_stack__syn_opens(const struct la_stack *s, const struct la_syn_seen *seen,
		const struct la_rx *rx, struct la_seg *first)
{
	const uint32_t window = s->params.tcp.window, next = seen->isn + 1;
	const bool stamped = s->params.tcp.timestamps &&
			seen->options & rx->seg.opts.present & LA_OPT_TIMESTAMPS;

	if (rx->seg.seq - next >= (window < UINT16_MAX ? window : UINT16_MAX))
		return false;
	if (stamped && la_seq_lt(rx->seg.opts.tsval, seen->tsval))
		return false;
	*first = rx->seg;
	first->seq = next;
	first->opts.tsval = seen->tsval;
	return true;
}

/* Have others the same addresses and cookies, so that nobody can tell whose the tuple is? All of
 * them have the same clock of timestamps. */
static bool
has_others(const struct la_stack *s)
{
	return s->cookie.fixed || (s->params.workers > 1 && s->params.owner.owns == NULL);
}

/* A TSecr that only a SYN-ACK, or a segment, of the last seconds can have told the peer. */
static bool
heard_us_lately(const struct la_stack *s, const struct la_rx *rx, uint64_t now_us)
{
	const struct la_cookie_tuple tuple = la_stack__cookie_tuple(rx);

	return la_cookie_tsval(&s->cookie, &tuple, now_us) - rx->seg.opts.tsecr <
			LATELY_US / 1000;
}

/* Of a tuple without timestamps: has it been in doubt for too short a time to say that no
 * handshake is under way? A place that others want, too, leaves all of them in doubt. */
static bool
is_in_doubt(struct la_stack *s, uint32_t hash, uint64_t now_us)
{
	struct la_doubted *place = &s->doubted[hash % LA_DOUBTED];
	const uint32_t now_ms = (uint32_t)(now_us / 1000), age_ms = now_ms - place->since_ms;

	if (place->hash == hash && age_ms < DOUBT_MS)
		return true;
	if (place->hash == hash && age_ms < DOUBT_ENDS_MS) {
		/* The RST may lead to a new connection: doubts of the old one are no reason then. */
		place->hash = ~hash;
		return false;
	}
	*place = (struct la_doubted){ hash, now_ms };
	return true;
}

bool
la_stack__may_be_under_way(struct la_stack *s, const struct la_rx *rx, uint32_t hash,
		uint64_t now_us)
{
	const struct la_syn_seen *seen = &s->syns_seen[hash % LA_SYNS_SEEN];
	const bool lost = la_stack__syn_clock(now_us) - s->syns_lost[hash % LA_SYNS_SEEN] <=
			LATELY_US >> 16;

	if (seen->hash == hash && seen->options == 0)
		return false;
	if (rx->seg.opts.present & LA_OPT_TIMESTAMPS && s->params.tcp.timestamps)
		return (lost || has_others(s)) && heard_us_lately(s, rx, now_us);
	return lost && is_in_doubt(s, hash, now_us);
}
