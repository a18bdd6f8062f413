/* SPDX-License-Identifier: BSD-3-Clause */
/* Connections in each of the states, reached by segments and calls alone. */
#include <assert.h>

#include "family.h"
#include "tcb.h"

void
tcb_syn_opts(const struct tcb_setup *setup, struct la_seg *syn)
{
	syn->opts.present |= LA_OPT_MSS;
	syn->opts.mss = setup->mss ? setup->mss : la_test_mss();
	if (setup->wscale) {
		syn->opts.present |= LA_OPT_WSCALE;
		syn->opts.wscale = setup->shift;
	}
	if (setup->sack)
		syn->opts.present |= LA_OPT_SACK_PERMITTED;
	if (setup->timestamps)
		*syn = seg_ts(*syn, 0xfffffff0, 0);
}

static void
open_by_syn(struct tcb_host *host, const struct tcb_setup *setup)
{
	struct la_seg syn = seg_syn();

	tcb_syn_opts(setup, &syn);
	la_tcp_open_passive(&host->env, &host->tcb, &syn, TEST_ISS, host->now_us);
	tcb_pull(host);
	tcb_arrives(host, seg_wnd(seg_ack(R(0), S(0)), setup->wnd ? setup->wnd : TEST_WND));
}

static void
open_active(struct tcb_host *host, const struct tcb_setup *setup)
{
	struct la_seg syn_ack = seg_syn_ack(S(0));

	la_tcp_open_active(&host->env, &host->tcb, TEST_ISS, host->now_us);
	tcb_pull(host);
	tcb_syn_opts(setup, &syn_ack);
	syn_ack.opts.tsecr = host->last_tsval;
	if (setup->wnd)
		syn_ack.wnd = setup->wnd;
	tcb_arrives(host, syn_ack);
	tcb_pull(host);
	/* The window field of a SYN is not scaled; say it again, scaled. */
	if (setup->wscale && setup->shift)
		tcb_arrives(host, seg_wnd(seg_ack(R(0), S(0)),
				setup->wnd ? setup->wnd : TEST_WND));
}

static void
open_by_cookie(struct tcb_host *host, const struct tcb_setup *setup)
{
	struct la_tcp_negotiated n = { .timestamps = setup->timestamps, .sack = setup->sack,
		.wscale = setup->wscale, .snd_scale = setup->wscale ? setup->shift : 0,
		.mss_class = la_mss_to_class(setup->mss ? setup->mss : la_test_mss()) };
	struct la_seg ack = seg_wnd(seg_ack(R(0), S(0)), setup->wnd ? setup->wnd : TEST_WND);

	if (setup->timestamps)
		ack = seg_ts(ack, host->peer_tsval++, 77);
	la_tcp_open_cookie(&host->env, &host->tcb, &ack, &n, host->now_us);
	tcb_arrives(host, ack);
}

void
tcb_open(struct tcb_host *host, const struct tcb_setup *setup)
{
	if (setup->by == BY_ACTIVE)
		open_active(host, setup);
	else if (setup->by == BY_COOKIE)
		open_by_cookie(host, setup);
	else
		open_by_syn(host, setup);
	tcb_pull(host);
	assert(host->tcb.state == LA_ESTABLISHED);
	assert(host->events & LA_EV_ESTABLISHED);
	host->events = 0;
}

static void
enter_closing(struct tcb_host *host, enum la_tcp_state state)
{
	tcb_close(host);
	tcb_pull(host);
	if (state == LA_FIN_WAIT_1)
		return;
	if (state == LA_CLOSING) {
		tcb_arrives(host, seg_fin(R(0), S(0)));
	} else {
		tcb_arrives(host, seg_ack(R(0), S(1)));
		if (state == LA_TIME_WAIT)
			tcb_arrives(host, seg_fin(R(0), S(1)));
	}
	tcb_pull(host);
}

static void
enter_opening(struct tcb_host *host, enum la_tcp_state state)
{
	static const struct tcb_setup plain = { .by = BY_SYN };
	struct la_seg syn = seg_syn();

	if (state == LA_SYN_SENT) {
		la_tcp_open_active(&host->env, &host->tcb, TEST_ISS, host->now_us);
	} else {
		tcb_syn_opts(&plain, &syn);
		la_tcp_open_passive(&host->env, &host->tcb, &syn, TEST_ISS, host->now_us);
	}
	tcb_pull(host);
}

static void
enter_closed_by_peer(struct tcb_host *host, enum la_tcp_state state)
{
	tcb_arrives(host, seg_fin(R(0), S(0)));
	tcb_pull(host);
	if (state == LA_LAST_ACK)
		tcb_close(host);
	tcb_pull(host);
}

void
tcb_enter(struct tcb_host *host, enum la_tcp_state state)
{
	static const struct tcb_setup plain = { .by = BY_SYN };

	if (state == LA_SYN_SENT || state == LA_SYN_RECEIVED) {
		enter_opening(host, state);
	} else {
		tcb_open(host, &plain);
		if (state == LA_CLOSE_WAIT || state == LA_LAST_ACK)
			enter_closed_by_peer(host, state);
		else if (state != LA_ESTABLISHED)
			enter_closing(host, state);
	}
	assert(host->tcb.state == state);
	host->events = 0;
}
