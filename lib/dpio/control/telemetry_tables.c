/* SPDX-License-Identifier: BSD-3-Clause */
/* Tables: workers, listeners, connections. */
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>

#include "telemetry.h"

enum {
	ROW_OCTETS = 320,               /* The longest row of connections as JSON. */
	LISTENER_OCTETS = 400,
	MAILS_MAX = 1024,               /* To a worker, for the rows of one answer. */
	ROWS_MAX = 200,                 /* Fewer than a dict's entries. */
	PORTS_LEN = 100,
};

static void
run_usage(void *worker, void *arg)
{
	la_stack_usage(((struct la_worker *)worker)->stack, arg);
}

static void
put_worker(struct la_dpio *d, uint32_t n, struct rte_tel_data *row)
{
	const struct la_worker *w = la_dpio__worker(d, n);
	const struct la_sample *s = &d->sampler.worker[n];
	struct la_stack_usage usage = { 0 };

	la_tel__number(row, "answers", la_dpio__mail(d, n, run_usage, &usage));
	rte_tel_data_add_dict_string(row, "device", la_dpio__port_of(d, n)->device);
	la_tel__number(row, "lcore", w->lcore);
	la_tel__number(row, "queue", w->queue);
	la_tel__number(row, "polls", la_count_read(&w->counters.polls));
	la_tel__number(row, "shared_frames", la_count_read(&w->counters.shared));
	la_tel__number(row, "busy_percent", s->busy_percent);
	la_tel__number(row, "cycles_per_packet", s->cycles_per_packet);
	la_tel__number(row, "burst_avg", s->burst_avg);
	la_tel__number(row, "table_used", usage.table_used);
	la_tel__number(row, "table_size", usage.table_size);
	la_tel__number(row, "longest_poll_us", la_count_read(&w->counters.longest_cycles) *
			1000 / (rte_get_tsc_hz() / 1000));
}

void
la_tel__workers(struct la_dpio *d, struct rte_tel_data *out, long n)
{
	(void)n;
	for (uint32_t i = 0; i < la_dpio__workers(d) && i < LA_TEL_REPLY / ROW_OCTETS; i++) {
		struct rte_tel_data *row = la_tel__dict();

		if (row != NULL)
			put_worker(d, i, row);
		la_tel__row(out, i, row);
	}
}

/* All ports of one listener: the entries of its group. */
static void
group_ports(const struct la_port *p, uint32_t first, char text[PORTS_LEN])
{
	size_t used = 0;

	text[0] = '\0';
	for (uint32_t i = first; i < p->stack.listeners_len && used < PORTS_LEN - 16; i++) {
		const struct la_stack_listener *l = &p->stack.listeners[i];

		if (l->group != p->stack.listeners[first].group)
			continue;
		used += (size_t)snprintf(text + used, PORTS_LEN - used, "%s%u",
				used ? "," : "", l->port_first);
		if (l->port_last != l->port_first)
			used += (size_t)snprintf(text + used, PORTS_LEN - used, "-%u",
					l->port_last);
	}
}

struct group_counts { uint64_t accepted, refused, open; };

static struct group_counts
group_count(const struct la_port *p, uint32_t group)
{
	struct group_counts sum = { 0 };

	for (uint32_t i = 0; i < p->stack.listeners_len; i++) {
		if (p->stack.listeners[i].group != group)
			continue;
		for (uint32_t w = 0; w < p->workers; w++) {
			const struct la_listener_counters *c =
					la_stack_listener_counters(p->worker[w].stack, i);

			sum.accepted += la_count_read(&c->accepted);
			sum.refused += la_count_read(&c->refused);
			sum.open += la_count_read(&c->open);
		}
	}
	return sum;
}

static bool
is_first_of_group(const struct la_port *p, uint32_t listener)
{
	for (uint32_t i = 0; i < listener; i++) {
		if (p->stack.listeners[i].group == p->stack.listeners[listener].group)
			return false;
	}
	return true;
}

static const char *
address_text(const struct la_port *p, uint32_t address, char text[LA_ADDR_TEXT_LEN])
{
	uint32_t left = address;

	if (address == LA_ANY_ADDRESS)
		return "*";
	for (uint32_t i = 0; i < p->stack.ranges_len; i++) {
		const struct la_stack_range *range = &p->stack.ranges[i];
		const struct la_addr addr = la_addr_after(&range->first, left);

		if (left < range->count)
			return la_addr_format(&addr, text);
		left -= range->count;
	}
	return "?";
}

static void
put_listener(const struct la_port *p, uint32_t n, struct rte_tel_data *row)
{
	const struct la_stack_listener *l = &p->stack.listeners[n];
	const struct group_counts sum = group_count(p, l->group);
	char address[LA_ADDR_TEXT_LEN], ports[PORTS_LEN];

	group_ports(p, n, ports);
	rte_tel_data_add_dict_string(row, "name", l->name);
	rte_tel_data_add_dict_string(row, "address", address_text(p, l->address, address));
	rte_tel_data_add_dict_string(row, "port", ports);
	rte_tel_data_add_dict_string(row, "service", l->service != NULL ? l->service : "own");
	la_tel__number(row, "accepted", sum.accepted);
	la_tel__number(row, "refused", sum.refused);
	la_tel__number(row, "open", sum.open);
	rte_tel_data_add_dict_string(row, "device", p->device);
}

/* A row for each listener of a port. What does not fit is counted. */
static void
put_listeners(const struct la_port *p, struct rte_tel_data *out, uint32_t *rows, uint32_t *more)
{
	for (uint32_t i = 0; i < p->stack.listeners_len; i++) {
		struct rte_tel_data *row;

		if (!is_first_of_group(p, i))
			continue;
		if (*rows >= LA_TEL_REPLY / LISTENER_OCTETS) {
			++*more;
			continue;
		}
		row = la_tel__dict();
		if (row != NULL)
			put_listener(p, i, row);
		la_tel__row(out, (*rows)++, row);
	}
}

void
la_tel__listeners(struct la_dpio *d, struct rte_tel_data *out, long n)
{
	uint32_t rows = 0, more = 0;

	(void)n;
	for (uint32_t i = 0; i < d->near; i++)
		put_listeners(d->port[i], out, &rows, &more);
	if (more > 0)
		la_tel__number(out, "more", more);
}

struct rows_wanted {
	struct la_stack_row row[ROWS_MAX];
	uint32_t max, n;
	uint32_t from;                  /* Where the worker's stack has got to. */
	bool time_wait;
};

static void
run_rows(void *worker, void *arg)
{
	struct rows_wanted *wanted = arg;
	const struct la_worker *w = worker;
	const uint64_t now_us = la_worker__now_us(w);
	struct la_stack_row *rows = wanted->row + wanted->n;
	const uint32_t max = wanted->max - wanted->n;

	wanted->n += wanted->time_wait ? la_stack_time_wait_rows(w->stack, now_us, &wanted->from,
			rows, max) : la_stack_rows(w->stack, now_us, &wanted->from, rows, max);
}

/* Of all workers. @return false if one did not answer. */
static bool
collect_rows(struct la_dpio *d, struct rows_wanted *wanted, bool time_wait)
{
	wanted->time_wait = time_wait;
	for (uint32_t i = 0; i < la_dpio__workers(d); i++) {
		int mails = 0;

		wanted->from = 0;
		do {
			if (wanted->n == wanted->max)
				return true;
			if (!la_dpio__mail(d, i, run_rows, wanted))
				return false;
		} while (wanted->from != 0 && ++mails < MAILS_MAX);
	}
	return true;
}

static void
put_end(struct rte_tel_data *row, const char *name, const struct la_addr *addr, uint16_t port)
{
	char address[LA_ADDR_TEXT_LEN], text[LA_ADDR_TEXT_LEN + 16];

	la_addr_format(addr, address);
	snprintf(text, sizeof(text), la_addr_is_v4(addr) ? "%s:%u" : "[%s]:%u", address, port);
	rte_tel_data_add_dict_string(row, name, text);
}

static void
put_connection(const struct la_stack_row *r, struct rte_tel_data *row)
{
	put_end(row, "local", &r->local, r->local_port);
	put_end(row, "remote", &r->remote, r->remote_port);
	rte_tel_data_add_dict_string(row, "state", la_tcp_state_name(r->state));
	la_tel__number(row, "snd_una", r->snd_una);
	la_tel__number(row, "snd_nxt", r->snd_nxt);
	la_tel__number(row, "rcv_nxt", r->rcv_nxt);
	rte_tel_data_add_dict_string(row, "timer", la_tcp_timer_name(r->timer));
	la_tel__number(row, "timer_left_us", r->timer_left_us);
	la_tel__number(row, "age_s", r->age_s);
	la_tel__number(row, "unsent", r->unsent);
}

void
la_tel__connections(struct la_dpio *d, struct rte_tel_data *out, long n)
{
	const uint32_t fit = LA_TEL_REPLY / ROW_OCTETS;
	struct rows_wanted wanted = { .max = (uint32_t)RTE_MIN(n, (long)fit) };

	/* One worker's TIME-WAIT would leave no room for what is open at the others. */
	if (!collect_rows(d, &wanted, false) || !collect_rows(d, &wanted, true)) {
		rte_tel_data_add_dict_string(out, "error", "a worker did not answer");
		return;
	}
	for (uint32_t i = 0; i < wanted.n; i++) {
		struct rte_tel_data *row = la_tel__dict();

		if (row != NULL)
			put_connection(&wanted.row[i], row);
		la_tel__row(out, i, row);
	}
	if (n > (long)fit && wanted.n == fit)
		rte_tel_data_add_dict_string(out, "more", "the reply holds no more rows");
}
