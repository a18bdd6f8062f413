/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Text ahead of a hole, in chunks: a list in order of SEQ, without overlaps. Chunks that touch form
 * a run, and the first and last chunk of a run hold each other's handle: so a search skips a run in
 * one step however long it is, and the first chunk gives its SACK block. A search for a place
 * starts at the nearest of three runs: the first, the last, and the one that received text last. So
 * text behind the last run, text that fills the first hole and text beside the latest text find
 * their place at once; any other search skips at most LA_HELD_RUNS runs.
 */
#include "held.h"

enum { HELD_MIN = 64, HELD_MAX = 512, OCTETS_PER_HELD = 512, HELD_SHARE = 8, HELD_ALWAYS = 8 };

uint32_t
la_held__share(const struct la_tcp_env *env)
{
	return la_tcp__min(la_pool_left(env->chunks) / HELD_SHARE, HELD_MAX);
}

/*
 * Chunks one connection may hold: enough for its window in segments of 512 octets, so that a peer
 * that sends single octets cannot take all chunks; and at most a share of what is left, so that
 * something remains for the next connection when many take all they can. Each may hold a few in any
 * case: free ones or, if there are none, another connection's.
 */
static uint32_t
held_max(const struct la_tcp_env *env, const struct la_tcp_ext *ext)
{
	return la_tcp__min(HELD_MIN + ext->window / OCTETS_PER_HELD,
			la_tcp__max(la_held__share(env), HELD_ALWAYS));
}

static inline struct la_tcp_chunk *
chunk_of(const struct la_tcp_env *env, uint32_t handle)
{
	return la_pool_get(env->chunks, handle);
}

/* One past the last octet of a run. */
static inline uint32_t
run_end(const struct la_tcp_env *env, uint32_t run)
{
	const struct la_tcp_chunk *last = chunk_of(env, chunk_of(env, run)->other);

	return last->seq + last->len;
}

static inline uint32_t
next_run(const struct la_tcp_env *env, uint32_t run)
{
	return chunk_of(env, chunk_of(env, run)->other)->next;
}

/* The run in front of one that is not the first. */
static inline uint32_t
run_before(const struct la_tcp_env *env, uint32_t run)
{
	return chunk_of(env, chunk_of(env, run)->prev)->other;
}

/* Search forwards from a run that starts at or before @p seq. */
static uint32_t
find_forwards(const struct la_tcp_env *env, uint32_t run, uint32_t seq, uint32_t *steps)
{
	uint32_t next = next_run(env, run);

	while (next != LA_NONE && la_seq_leq(chunk_of(env, next)->seq, seq)) {
		run = next;
		next = next_run(env, run);
		(*steps)++;
	}
	return run;
}

/* Search backwards from a run that starts behind @p seq and is not the first. */
static uint32_t
find_backwards(const struct la_tcp_env *env, uint32_t run, uint32_t seq, uint32_t *steps)
{
	do {
		run = run_before(env, run);
		(*steps)++;
	} while (la_seq_gt(chunk_of(env, run)->seq, seq));
	return run;
}

uint32_t
la_held__find(const struct la_tcp_env *env, const struct la_tcp_ext *ext, uint32_t seq,
		uint32_t *steps)
{
	const uint32_t first = ext->held, recent = ext->held_recent;
	uint32_t last, low = first, high;

	*steps = 0;
	if (first == LA_NONE || la_seq_lt(seq, chunk_of(env, first)->seq))
		return LA_NONE;
	last = chunk_of(env, ext->held_tail)->other;
	if (la_seq_leq(chunk_of(env, last)->seq, seq))
		return last;
	high = last;
	if (recent != LA_NONE && la_seq_leq(chunk_of(env, recent)->seq, seq))
		low = recent;
	else if (recent != LA_NONE)
		high = recent;
	if (seq - chunk_of(env, low)->seq <= chunk_of(env, high)->seq - seq)
		return find_forwards(env, low, seq, steps);
	return find_backwards(env, high, seq, steps);
}

static inline struct la_tcp_ext *
holder_of(const struct la_tcp_env *env, uint32_t handle)
{
	return la_pool_get(env->exts, handle);
}

static void
leave_holders(const struct la_tcp_env *env, const struct la_tcp_ext *ext)
{
	if (ext->held_before != LA_NONE)
		holder_of(env, ext->held_before)->held_after = ext->held_after;
	else
		env->holders->first = ext->held_after;
	if (ext->held_after != LA_NONE)
		holder_of(env, ext->held_after)->held_before = ext->held_before;
	else
		env->holders->last = ext->held_before;
}

static void
join_holders(const struct la_tcp_env *env, struct la_tcp_ext *ext, uint64_t now_us)
{
	const uint32_t handle = la_pool_handle(env->exts, ext), last = env->holders->last;

	ext->held_since_ms = (uint32_t)(now_us / 1000);
	ext->held_before = last;
	ext->held_after = LA_NONE;
	if (last != LA_NONE)
		holder_of(env, last)->held_after = handle;
	else
		env->holders->first = handle;
	env->holders->last = handle;
}

void
la_held__progress(const struct la_tcp_env *env, struct la_tcp_ext *ext, uint64_t now_us)
{
	leave_holders(env, ext);
	join_holders(env, ext, now_us);
}

/* RFC 2018, 8: text that is not acknowledged may be dropped, even if a SACK reported it. */
static void
forget_first_holder(const struct la_tcp_env *env)
{
	struct la_tcp_ext *ext = holder_of(env, env->holders->first);

	la_held__free(env, ext);
	ext->fin_held = false;
	ext->dup_acks_owed = 0;
}

/* Take a free chunk. If there is none, evict the text of the connection that has filled no hole for
 * longest; if that is this connection itself, fail. */
static uint32_t
take_chunk(const struct la_tcp_env *env, const struct la_tcp_ext *ext, struct la_tcp_out *out)
{
	const uint32_t handle = la_pool_take(env->chunks), oldest = env->holders->first;

	if (LA_LIKELY(handle != LA_NONE) || oldest == LA_NONE || holder_of(env, oldest) == ext)
		return handle;
	forget_first_holder(env);
	out->events |= LA_EV_EVICTED;
	return la_pool_take(env->chunks);
}

uint32_t
la_tcp_held_expire(const struct la_tcp_env *env, uint64_t now_us, uint32_t max)
{
	const uint32_t now_ms = (uint32_t)(now_us / 1000), limit_ms = env->params->rto_max_us / 1000;
	uint32_t n = 0;

	for (; n < max && env->holders->first != LA_NONE; n++) {
		if (now_ms - holder_of(env, env->holders->first)->held_since_ms < limit_ms)
			break;
		forget_first_holder(env);
	}
	return n;
}

/* Link a chunk between those before and after it. */
static void
link_chunk(const struct la_tcp_env *env, struct la_tcp_ext *ext, uint32_t handle, uint32_t before,
		uint32_t after)
{
	struct la_tcp_chunk *chunk = chunk_of(env, handle);

	chunk->prev = before;
	chunk->next = after;
	if (before != LA_NONE)
		chunk_of(env, before)->next = handle;
	else
		ext->held = handle;
	if (after != LA_NONE)
		chunk_of(env, after)->prev = handle;
	else
		ext->held_tail = handle;
	ext->held_count++;
}

/* Make a chunk a run of its own, append it to the run before, prepend it to the run after, or join
 * both runs by it. @return that run. */
static uint32_t
join_runs(const struct la_tcp_env *env, struct la_tcp_ext *ext, uint32_t handle, bool left,
		bool right)
{
	const struct la_tcp_chunk *chunk = chunk_of(env, handle);
	const uint32_t run = left ? chunk_of(env, chunk->prev)->other : handle;
	const uint32_t last = right ? chunk_of(env, chunk->next)->other : handle;

	chunk_of(env, run)->other = last;
	chunk_of(env, last)->other = run;
	ext->held_runs = (uint8_t)(ext->held_runs + 1 - left - right);
	ext->held_recent = run;
	return run;
}

/* Hold a copy of text that lies in a hole behind @p run (LA_NONE: before all runs). @return the run
 * it is part of now; LA_NONE: it is not held. */
static uint32_t
hold_piece(const struct la_tcp_env *env, struct la_tcp_ext *ext, uint32_t run, uint32_t seq,
		const uint8_t *text, uint32_t len, struct la_tcp_out *out)
{
	const uint32_t before = run != LA_NONE ? chunk_of(env, run)->other : LA_NONE;
	const uint32_t after = before != LA_NONE ? chunk_of(env, before)->next : ext->held;
	const bool left = before != LA_NONE && run_end(env, run) == seq;
	const bool right = after != LA_NONE && chunk_of(env, after)->seq == seq + len;
	struct la_tcp_chunk *chunk;
	uint32_t handle;

	if (ext->held_count >= held_max(env, ext) ||
			(ext->held_runs >= LA_HELD_RUNS && !left && !right))
		return LA_NONE;
	handle = take_chunk(env, ext, out);
	if (handle == LA_NONE)
		return LA_NONE;
	chunk = chunk_of(env, handle);
	chunk->seq = seq;
	chunk->len = len;
	memcpy(chunk->text, text, len);
	link_chunk(env, ext, handle, before, after);
	return join_runs(env, ext, handle, left, right);
}

/* Each turn fills a hole, or a chunk's length of it; a run that was skipped has then become part of
 * another. */
static bool
add_pieces(const struct la_tcp_env *env, const struct la_tcb *tcb, struct la_tcp_ext *ext,
		const struct la_seg *seg, struct la_tcp_out *out)
{
	const uint32_t end = seg->seq + seg->len;
	uint32_t seq = seg->seq, steps;
	uint32_t run = la_held__find(env, ext, seq, &steps);

	while (seq != end) {
		uint32_t next = ext->held, len = la_tcp__min(end - seq, LA_CHUNK_TEXT);

		if (run != LA_NONE) {
			const uint32_t known = run_end(env, run);

			/* Report the SACK block that this text belongs to first. */
			if (la_seq_lt(seq, known)) {
				ext->held_recent = run;
				la_dsack__owe(env, tcb, seq, la_seq_lt(known, end) ? known : end);
				seq = la_seq_lt(known, end) ? known : end;
				continue;
			}
			next = next_run(env, run);
		}
		if (next != LA_NONE)
			len = la_tcp__min(len, chunk_of(env, next)->seq - seq);
		run = hold_piece(env, ext, run, seq, seg->data + (seq - seg->seq), len,
				out);
		if (run == LA_NONE)
			return false;
		seq += len;
	}
	return true;
}

bool
la_held__add(const struct la_tcp_env *env, const struct la_tcb *tcb, struct la_tcp_ext *ext,
		const struct la_seg *seg, uint64_t now_us, struct la_tcp_out *out)
{
	const bool held = ext->held != LA_NONE;
	const bool all = add_pieces(env, tcb, ext, seg, out);

	if (!held && ext->held != LA_NONE)
		join_holders(env, ext, now_us);
	return all;
}

void
la_held__drop_first(const struct la_tcp_env *env, struct la_tcp_ext *ext)
{
	const uint32_t handle = ext->held;
	const struct la_tcp_chunk *chunk = chunk_of(env, handle);
	const uint32_t next = chunk->next;
	uint32_t run = LA_NONE;

	if (chunk->other == handle) {
		ext->held_runs--;
	} else {
		run = next;
		chunk_of(env, run)->other = chunk->other;
		chunk_of(env, chunk->other)->other = run;
	}
	if (ext->held_recent == handle)
		ext->held_recent = run;
	ext->held = next;
	if (next != LA_NONE)
		chunk_of(env, next)->prev = LA_NONE;
	else
		ext->held_tail = LA_NONE;
	if (next == LA_NONE)
		leave_holders(env, ext);
	ext->held_count--;
	la_pool_give(env->chunks, handle);
}

void
la_held__free(const struct la_tcp_env *env, struct la_tcp_ext *ext)
{
	while (ext->held != LA_NONE)
		la_held__drop_first(env, ext);
}

static void
add_block(const struct la_tcp_env *env, uint32_t run, struct la_opts *opts)
{
	opts->sack[opts->sacks++] = (struct la_sack){ chunk_of(env, run)->seq, run_end(env, run) };
}

void
la_dsack__note(const struct la_tcp_env *env, const struct la_tcb *tcb, uint32_t left,
		uint32_t right)
{
	struct la_tcp_ext *ext;

	if ((tcb->flags & (LA_TCB_EXT | LA_TCB_SACK)) != (LA_TCB_EXT | LA_TCB_SACK))
		return;
	ext = la_tcp_ext(env, tcb);
	ext->dsack_left = left;
	ext->dsack_right = right;
}

void
la_dsack__owe(const struct la_tcp_env *env, const struct la_tcb *tcb, uint32_t left, uint32_t right)
{
	la_dsack__note(env, tcb, left, right);
	if ((tcb->flags & (LA_TCB_EXT | LA_TCB_SACK)) == (LA_TCB_EXT | LA_TCB_SACK) &&
			la_tcp_ext(env, tcb)->dup_acks_owed == 0)
		la_tcp_ext(env, tcb)->dup_acks_owed = 1;
}

void
la_tcp_answer(const struct la_tcp_env *env, struct la_tcb *tcb, bool may)
{
	struct la_tcp_ext *ext = tcb->flags & LA_TCB_EXT ? la_tcp_ext(env, tcb) : NULL;
	const bool dsack = ext != NULL && ext->dsack_left != ext->dsack_right;

	if (may && !dsack)
		la_tcp_owe_ack(tcb);
	else if (may && ext->dup_acks_owed == 0)
		ext->dup_acks_owed = 1;
	else if (!may && dsack && ext->dup_acks_owed == 0)
		ext->dsack_left = ext->dsack_right;
}

/* A D-SACK comes first, and is sent once (RFC 2883, 4). */
static void
put_dsack(struct la_tcp_ext *ext, struct la_opts *opts)
{
	if (ext->dsack_left == ext->dsack_right)
		return;
	if (opts->sacks == LA_SACK_MAX)
		opts->sacks--;
	memmove(opts->sack + 1, opts->sack, opts->sacks * sizeof(opts->sack[0]));
	opts->sack[0] = (struct la_sack){ ext->dsack_left, ext->dsack_right };
	opts->sacks++;
	ext->dsack_left = ext->dsack_right;
}

/* RFC 2018, 4: the block with the segment that came last comes first. */
void
la_sack__options(const struct la_tcp_env *env, struct la_tcp_ext *ext, struct la_opts *opts)
{
	uint32_t run = ext->held;

	opts->sacks = 0;
	if (ext->held_recent != LA_NONE)
		add_block(env, ext->held_recent, opts);
	for (; run != LA_NONE && opts->sacks < LA_SACK_MAX; run = next_run(env, run)) {
		if (run != ext->held_recent)
			add_block(env, run, opts);
	}
	put_dsack(ext, opts);
	if (opts->sacks > 0)
		opts->present |= LA_OPT_SACK;
}
