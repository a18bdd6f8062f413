/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The scoreboard (RFC 6675, 3): what is in flight, as an array of ranges from SND.UNA to SND.NXT,
 * each with the time it was last sent and its status. Only a connection with SACK keeps one. The
 * array has a fixed length: when it is full, two neighbours are merged, and the merged status is
 * the one that sends nothing too early. A forgotten SACK does no harm (RFC 2018, 8).
 */
#include "sack.h"

static uint32_t
range_end(const struct la_tcb *tcb, const struct la_tcp_ext *ext, uint32_t i)
{
	return i + 1 < ext->ranges ? ext->range[i + 1].seq : tcb->snd.nxt;
}

/* Merge range i with the one behind it. */
static void
merge_next(struct la_tcp_ext *ext, uint32_t i)
{
	struct la_tcp_range *a = &ext->range[i];
	const struct la_tcp_range *b = a + 1;

	if (la_board__mark_after(b->sent, a->sent))
		a->sent = b->sent;
	a->sacked &= b->sacked;
	a->lost &= b->lost;
	a->again |= b->again;
	ext->ranges--;
	memmove(a + 1, a + 2, (ext->ranges - i - 1) * sizeof(*a));
}

static bool
are_alike(const struct la_tcp_range *a, const struct la_tcp_range *b)
{
	return a->sacked == b->sacked && a->lost == b->lost && a->again == b->again;
}

/* The pair that differs least: the same status, and sent at nearly the same time. If no two
 * neighbours have the same status, the last pair, as it is acknowledged last. */
static uint32_t
pair_to_merge(const struct la_tcp_ext *ext)
{
	uint32_t best = ext->ranges - 2u, least = UINT32_MAX;

	for (uint32_t i = 0; i + 1 < ext->ranges; i++) {
		const struct la_tcp_range *a = &ext->range[i], *b = a + 1;
		const uint32_t apart = la_board__mark_after(a->sent, b->sent) ?
				(a->sent - b->sent) & LA_MARK_MASK :
				(b->sent - a->sent) & LA_MARK_MASK;

		if (are_alike(a, b) && apart < least) {
			best = i;
			least = apart;
		}
	}
	return best;
}

/* Make room for two more cuts. */
static void
make_room(struct la_tcp_ext *ext)
{
	while (ext->ranges > LA_RANGES - 2)
		merge_next(ext, pair_to_merge(ext));
}

/* Make a range start at @p at. @return its index; `ranges` if that is SND.NXT. */
static uint32_t
cut_range(const struct la_tcb *tcb, struct la_tcp_ext *ext, uint32_t at)
{
	struct la_tcp_range *range;
	uint32_t i = 0;

	while (i < ext->ranges && la_seq_leq(range_end(tcb, ext, i), at))
		i++;
	range = &ext->range[i];
	if (i == ext->ranges || la_seq_leq(at, range->seq))
		return i;
	memmove(range + 2, range + 1, (ext->ranges - i - 1) * sizeof(*range));
	range[1] = range[0];
	range[1].seq = at;
	ext->ranges++;
	return i + 1;
}

/* Merge neighbours that are both SACKed or both lost: their times no longer matter. */
static void
join_ranges(struct la_tcp_ext *ext)
{
	for (uint32_t i = 0; i + 1 < ext->ranges;) {
		const struct la_tcp_range *a = &ext->range[i], *b = a + 1;

		if ((a->sacked && b->sacked) || (a->lost && b->lost))
			merge_next(ext, i);
		else
			i++;
	}
}

/* Text is sent for the first time. Times are as coarse as a quarter of the round trip: RACK
 * compares ranges of the same time by SEQ. (Only marks in the same cell of a fixed grid are merged,
 * so a long series of them never becomes one range.) */
static void
append_range(struct la_tcp_ext *ext, uint32_t seq, uint64_t now_us)
{
	const struct la_tcp_range range = { .seq = seq, .sent = la_board__mark(now_us) };

	if (ext->ranges > 0) {
		struct la_tcp_range *last = &ext->range[ext->ranges - 1];
		const uint32_t apart = (range.sent ^ last->sent) & LA_MARK_MASK;

		if (!ext->rack_apart && are_alike(last, &range) && apart <= ext->srtt_us >> (LA_MARK_SHIFT + 4)) {
			last->sent = range.sent;
			return;
		}
	}
	make_room(ext);
	ext->range[ext->ranges++] = range;
	ext->rack_apart = false;
}

/* Text is sent again. */
static void
mark_again(const struct la_tcb *tcb, struct la_tcp_ext *ext, uint32_t seq, uint32_t end,
		uint64_t now_us)
{
	/* Later than text sent at the same time, though it comes before that text in the stream. */
	const uint32_t mark = (la_board__mark(now_us) + 1) & LA_MARK_MASK;
	uint32_t first, last;

	make_room(ext);
	first = cut_range(tcb, ext, seq);
	last = cut_range(tcb, ext, end);
	for (uint32_t i = first; i < last; i++) {
		ext->range[i].sent = mark;
		ext->range[i].lost = false;
		ext->range[i].again = true;
	}
	ext->scarred = ext->rack_apart = true;
	/* Karn (RFC 6298, 3): do not time what was sent twice. */
	if (ext->rtt_seq - seq < end - seq)
		ext->rtt_sent_us = 0;
}

void
la_board__sent(const struct la_tcb *tcb, struct la_tcp_ext *ext, uint32_t seq, uint32_t end,
		uint64_t now_us)
{
	const uint32_t nxt = tcb->snd.nxt;

	if (la_seq_lt(seq, nxt))
		mark_again(tcb, ext, seq, la_seq_lt(end, nxt) ? end : nxt, now_us);
	if (la_seq_gt(end, nxt))
		append_range(ext, nxt, now_us);
}

/* The octets of a range up to @p end have reached the peer: count them if this is new. */
static void
range_arrived(struct la_tcp_ext *ext, const struct la_tcp_range *range, uint32_t end,
		struct la_news *news)
{
	if (range->sacked)
		return;
	news->delivered += end - range->seq;
	if (ext->rtt_sent_us != 0 && ext->rtt_seq - range->seq < end - range->seq) {
		la_rtt__sample(news->params, ext, news->now_us - ext->rtt_sent_us);
		ext->rtt_sent_us = 0;
	}
	la_rack__arrived(ext, range, end, news);
}

void
la_board__acked(const struct la_tcb *tcb, struct la_tcp_ext *ext, uint32_t before,
		struct la_news *news)
{
	const uint32_t una = tcb->snd.una;
	uint32_t gone = 0;

	if (!ext->scarred) {
		news->delivered += una - before;
		while (gone < ext->ranges && la_seq_leq(range_end(tcb, ext, gone), una))
			gone++;
	}
	for (; gone < ext->ranges && la_seq_leq(range_end(tcb, ext, gone), una); gone++)
		range_arrived(ext, &ext->range[gone], range_end(tcb, ext, gone), news);
	if (gone < ext->ranges && la_seq_lt(ext->range[gone].seq, una)) {
		if (ext->scarred)
			range_arrived(ext, &ext->range[gone], una, news);
		ext->range[gone].seq = una;
	}
	ext->ranges -= gone;
	memmove(ext->range, ext->range + gone, ext->ranges * sizeof(ext->range[0]));
	if (ext->ranges == 0)
		ext->scarred = ext->resend = ext->rack_known = ext->rack_apart = false;
}

void
la_board__sacked(const struct la_tcb *tcb, struct la_tcp_ext *ext, uint32_t left, uint32_t right,
		struct la_news *news)
{
	uint32_t first, last;

	make_room(ext);
	first = cut_range(tcb, ext, left);
	last = cut_range(tcb, ext, right);
	for (uint32_t i = first; i < last; i++) {
		range_arrived(ext, &ext->range[i], range_end(tcb, ext, i), news);
		ext->range[i].sacked = true;
		ext->range[i].lost = false;
	}
	ext->scarred = true;
	join_ranges(ext);
}

uint32_t
la_board__pipe(const struct la_tcb *tcb, const struct la_tcp_ext *ext)
{
	uint32_t pipe = 0;

	if (!ext->scarred)
		return ext->next - tcb->snd.una;
	for (uint32_t i = 0; i < ext->ranges && la_seq_lt(ext->range[i].seq, ext->next); i++) {
		const struct la_tcp_range *range = &ext->range[i];
		const uint32_t end = range_end(tcb, ext, i);

		if (!range->sacked && !range->lost)
			pipe += (la_seq_lt(end, ext->next) ? end : ext->next) - range->seq;
	}
	return pipe;
}

uint32_t
la_board__sum_sacked(const struct la_tcb *tcb, const struct la_tcp_ext *ext)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < ext->ranges; i++)
		if (ext->range[i].sacked)
			sum += range_end(tcb, ext, i) - ext->range[i].seq;
	return sum;
}

bool
la_board__lost(const struct la_tcb *tcb, const struct la_tcp_ext *ext, uint32_t *seq, uint32_t *end)
{
	for (uint32_t i = 0; i < ext->ranges && la_seq_lt(ext->range[i].seq, ext->next); i++) {
		if (!ext->range[i].lost)
			continue;
		*seq = ext->range[i].seq;
		*end = range_end(tcb, ext, i);
		return true;
	}
	return false;
}

void
la_board__last(const struct la_tcb *tcb, const struct la_tcp_ext *ext, uint32_t *seq, uint32_t *end)
{
	uint32_t i = ext->ranges;

	*seq = *end = tcb->snd.una;
	while (i-- > 0) {
		if (ext->range[i].sacked || la_seq_geq(ext->range[i].seq, ext->next))
			continue;
		*seq = ext->range[i].seq;
		*end = range_end(tcb, ext, i);
		return;
	}
}

uint32_t
la_board__skip(const struct la_tcb *tcb, struct la_tcp_ext *ext)
{
	for (uint32_t i = 0; i < ext->ranges; i++) {
		const uint32_t end = range_end(tcb, ext, i);

		if (!ext->range[i].sacked || la_seq_leq(end, ext->next))
			continue;
		if (la_seq_gt(ext->range[i].seq, ext->next))
			return ext->range[i].seq;
		ext->next = end;
	}
	return la_seq_lt(ext->next, tcb->snd.nxt) ? tcb->snd.nxt : ext->end;
}

bool
la_board__mark_lost(const struct la_tcb *tcb, struct la_tcp_ext *ext, uint64_t now_us,
		uint32_t reo_us)
{
	/* Text sent at this moment is not lost yet, however short the round trip is. */
	const uint32_t late_us = la_tcp__max(ext->rack_rtt_us + reo_us, 1 << LA_MARK_SHIFT);
	uint32_t wait_us = 0;
	bool lost = false;

	for (uint32_t i = 0; i < ext->ranges && la_seq_lt(ext->range[i].seq, ext->next); i++) {
		struct la_tcp_range *range = &ext->range[i];
		const uint32_t age_us = la_board__mark_age(range->sent, now_us);

		if (range->sacked || range->lost || !la_rack__is_after(ext, range,
				range_end(tcb, ext, i)))
			continue;
		if (age_us >= late_us)
			range->lost = lost = true;
		else
			wait_us = la_tcp__max(wait_us, late_us - age_us);
	}
	ext->rack_due_us = wait_us > 0 ? now_us + wait_us : 0;
	if (lost)
		join_ranges(ext);
	return lost;
}

void
la_board__none_lost(struct la_tcp_ext *ext)
{
	/* The peer has dropped text it held, else it would have acknowledged it (RFC 2018, 8). */
	const bool reneged = ext->ranges > 0 && ext->range[0].sacked;

	for (uint32_t i = 0; i < ext->ranges; i++) {
		ext->range[i].lost = false;
		if (reneged)
			ext->range[i].sacked = false;
	}
	ext->rack_due_us = 0;
}
