/* SPDX-License-Identifier: BSD-3-Clause */
/* Walks over all connections, a part at each poll: who takes too long, who is held. */
#include "load_private.h"

enum { SWEEP_MIN_US = 10000, SWEEP_MAX_US = 1000000, SWEEPS_A_TIMEOUT = 16, CLOSE_A_POLL = 64 };

static uint64_t
sweep_us(const struct la_load *load)
{
	const uint64_t us = load->plan.timeout_us / SWEEPS_A_TIMEOUT;

	if (us < SWEEP_MIN_US)
		return SWEEP_MIN_US;
	return us > SWEEP_MAX_US ? SWEEP_MAX_US : us;
}

static void
give_up(struct la_load *load, uint32_t handle, uint64_t now_us)
{
	struct la_load_conn *c = &load->conns[handle];

	if (!(c->flags & LA_LOAD_FAILED)) {
		c->flags |= LA_LOAD_FAILED;
		c->failure = LA_FAIL_TIMEOUT;
	}
	la_stack_end_one(load->stack, handle, true, now_us);
}

static void
look_at(struct la_load *load, uint32_t handle, uint64_t now_us)
{
	const struct la_load_conn *c = &load->conns[handle];

	if ((c->flags & (LA_LOAD_IN_USE | LA_LOAD_PATIENT)) != LA_LOAD_IN_USE)
		return;
	if ((int32_t)((uint32_t)now_us - c->deadline_us) >= 0)
		give_up(load, handle, now_us);
}

/* So many that all come by once in sweep_us(). */
void
la_load_sweep(struct la_load *load, uint64_t now_us)
{
	const uint64_t elapsed_us = now_us - load->swept_us, whole_us = sweep_us(load);
	uint64_t n = load->fresh * elapsed_us / whole_us;

	if (n == 0)
		return;
	/* The rest of a place is kept for the next time. */
	load->swept_us += n * whole_us / load->fresh;
	if (n > load->fresh) {
		n = load->fresh;
		load->swept_us = now_us;
	}
	while (n-- > 0) {
		if (++load->sweep_at > load->fresh)
			load->sweep_at = 1;
		look_at(load, load->sweep_at, now_us);
	}
}

/* CLOSE what is held; from then on it has a deadline again. */
void
la_load_close_held(struct la_load *load, uint64_t now_us)
{
	for (int n = 0; n < CLOSE_A_POLL && load->close_at < load->fresh; n++) {
		const uint32_t handle = ++load->close_at;
		struct la_load_conn *c = &load->conns[handle];

		if ((c->flags & (LA_LOAD_IN_USE | LA_LOAD_PATIENT | LA_LOAD_IS_LIVE)) !=
				(LA_LOAD_IN_USE | LA_LOAD_PATIENT))
			continue;
		c->flags &= ~LA_LOAD_PATIENT;
		c->deadline_us = (uint32_t)(now_us + load->plan.timeout_us);
		la_stack_end_one(load->stack, handle, load->params.close == LA_LOAD_RST, now_us);
	}
}
