/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Classifies a segment that belongs to no connection, while SYNs get cookies.
 *
 * A handshake by cookie leaves no state at our end. So when its last ACK and the first text are
 * lost, the next segment looks like one of no connection. A RST would end a good connection (a
 * kernel would not send it), and to send no RST at all would leave the peers of dead connections
 * waiting. Three cases:
 *
 *   under way   the last SYN noted in this place was of this tuple, was not opened, and SEG.ACK is
 *               our cookie for the ISN noted: the connection opens, the text is held
 *   certain     there is no handshake: a RST. That SYN was opened; or no unopened note, of this or
 *               another tuple, was overwritten in this place lately; or the TSecr is older than
 *               any such handshake
 *   in doubt    a note of the place was lost: no answer for as long as a peer may take to repeat
 *               its first segment, and then a RST
 *
 * This needs no look-up when a SYN is opened, and 88 KB, however many SYNs come. To check a
 * cookie for a range of SEQs instead would cost two MACs for each number in the range.
 */
#include "syns.h"

enum {
	LATELY_US = 5000000,
	/* In this time a peer in a handshake repeats its first segment, after an RTO of 1 s and the
	 * next of 2 s (RFC 6298); a tuple that sends for longer has a connection unknown to us. */
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
 * The segment must lie in the window of the SYN-ACK, and not be older than the SYN. RCV.NXT and
 * TS.Recent come from the SYN: so the first text, which was overtaken, is accepted when it comes.
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

/* Do other cores or hosts share our addresses and cookies, so that the owner of a tuple is unknown?
 * All of them have the same timestamp clock. */
static bool
has_others(const struct la_stack *s)
{
	return s->cookie.fixed || (s->params.workers > 1 && s->params.owner.owns == NULL);
}

/* Did the peer get this TSecr from a SYN-ACK, or another segment, of the last seconds? */
static bool
heard_us_lately(const struct la_stack *s, const struct la_rx *rx, uint64_t now_us)
{
	const struct la_cookie_tuple tuple = la_stack__cookie_tuple(rx);

	return la_cookie_tsval(&s->cookie, &tuple, now_us) - rx->seg.opts.tsecr <
			LATELY_US / 1000;
}

/* For a tuple without timestamps: has it been in doubt for too short a time to exclude a
 * handshake? Tuples that share a place keep each other in doubt. */
static bool
is_in_doubt(struct la_stack *s, uint32_t hash, uint64_t now_us)
{
	struct la_doubted *place = &s->doubted[hash % LA_DOUBTED];
	const uint32_t now_ms = (uint32_t)(now_us / 1000), age_ms = now_ms - place->since_ms;

	if (place->hash == hash && age_ms < DOUBT_MS)
		return true;
	if (place->hash == hash && age_ms < DOUBT_ENDS_MS) {
		/* The RST may lead to a new connection, which must not inherit this doubt's age. */
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
