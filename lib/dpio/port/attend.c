/* SPDX-License-Identifier: BSD-3-Clause */
/* A port's workers in the control thread's hands: what it tells them, and what it asks. */
#include <unistd.h>

#include "port.h"

enum { NEWS_US = 1000000 };

static void
run_start(void *worker, void *arg)
{
	struct la_worker *w = worker;

	(void)arg;
	la_stack_start(w->stack, la_worker__now_us(w));
}

static void
run_drain(void *worker, void *arg)
{
	struct la_worker *w = worker;

	(void)arg;
	la_stack_drain(w->stack);
}

static void
run_abort_all(void *worker, void *arg)
{
	struct la_worker *w = worker;

	(void)arg;
	la_stack_abort_all(w->stack, la_worker__now_us(w));
}

static void
run_set_keys(void *worker, void *arg)
{
	struct la_worker *w = worker;

	la_stack_set_cookie_keys(w->stack, arg, la_worker__now_us(w));
}

/* Adds what this worker has noticed. */
static void
run_notices(void *worker, void *arg)
{
	const struct la_worker *w = worker;
	struct la_stack_notice *sum = arg, notice = { 0 };

	la_stack_notices(w->stack, &notice);
	for (int family = 0; family < 2; family++) {
		sum->gateway_silent[family] |= notice.gateway_silent[family];
		if (notice.no_gateway[family])
			sum->no_gateway_for[family] = notice.no_gateway_for[family];
		sum->no_gateway[family] |= notice.no_gateway[family];
	}
	/* One at a time: that of another worker stays for the next look. */
	if (notice.conflict && !sum->conflict) {
		sum->conflict = true;
		sum->conflict_address = notice.conflict_address;
		sum->conflict_mac = notice.conflict_mac;
		la_stack_conflict_said(w->stack);
	}
}

static void
look_at_link(struct la_port *p, struct la_port_news *news)
{
	const bool up = la_port_link_up(p);

	if (up == p->link_up)
		return;
	if (up && !la_port__mail_all(p, run_start, NULL))
		return;
	p->link_up = up;
	la_count(&p->link_changes);
	news->link_changed = true;
	news->link_up = up;
}

static void
look_at_notices(struct la_port *p, struct la_port_news *news)
{
	struct la_stack_notice notice = { 0 };

	if (!la_port__mail_all(p, run_notices, &notice))
		return;
	for (int family = 0; family < 2; family++) {
		const bool silent = notice.gateway_silent[family];

		news->gateway_silent[family] = silent;
		news->gateway_changed[family] = silent != p->gateway_silent[family];
		p->gateway_silent[family] = silent;
		news->no_gateway[family] = notice.no_gateway[family] && !p->no_gateway[family];
		news->no_gateway_for[family] = notice.no_gateway_for[family];
		p->no_gateway[family] |= notice.no_gateway[family];
	}
	if (!notice.conflict || (la_addr_eq(&notice.conflict_address, &p->conflict_address) &&
			la_mac_eq(&notice.conflict_mac, &p->conflict_mac)))
		return;
	news->conflict = true;
	news->conflict_address = p->conflict_address = notice.conflict_address;
	news->conflict_mac = p->conflict_mac = notice.conflict_mac;
}

void
la_port__tick(struct la_port *p, uint64_t now_us, struct la_port_news *news)
{
	*news = (struct la_port_news){ 0 };
	look_at_link(p, news);
	if (now_us - p->news_us >= NEWS_US) {
		p->news_us = now_us;
		look_at_notices(p, news);
	}
}

void
la_port__drain(struct la_port *p)
{
	la_port__mail_all(p, run_drain, NULL);
}

void
la_port__reset_all(struct la_port *p)
{
	la_port__mail_all(p, run_abort_all, NULL);
}

void
la_port_abort_all(struct la_port *p)
{
	la_port__reset_all(p);
	usleep(LA_LAST_RST_US);
}

bool
la_port__set_cookie_keys(struct la_port *p, struct la_key key[2])
{
	return la_port__mail_all(p, run_set_keys, key);
}
