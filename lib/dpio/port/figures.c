/* SPDX-License-Identifier: BSD-3-Clause */
/* A port in figures: counters of its workers, added up, and what they say about the setup. */
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "notes.h"
#include "port.h"
#include "worker/memory.h"

static void
add_counters(uint64_t *sum, const la_counter *counter, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		sum[i] += la_count_read(&counter[i]);
}

void
la_port__add_worker(const struct la_worker *w, struct la_dpio_totals *totals)
{
	const struct la_stack_counters *c = la_stack_counters(w->stack);

	add_counters(totals->rx, c->rx, LA_RX_REASONS);
	add_counters(totals->tcp, c->tcp, LA_TCP_REASONS);
	add_counters(totals->count, c->count, LA_STACK_COUNTS);
	add_counters(totals->state, c->state, LA_TCP_STATES);
	add_counters(&totals->rx_packets, &w->counters.rx_packets, 1);
	add_counters(&totals->rx_octets, &w->counters.rx_octets, 1);
	add_counters(&totals->rx_multi_segment, &w->counters.rx_multi_segment, 1);
	add_counters(&totals->share_missed, &w->counters.share_missed, 1);
	add_counters(&totals->tx_packets, &w->tx.packets, 1);
	add_counters(&totals->tx_octets, &w->tx.octets, 1);
	add_counters(&totals->tx_refused, &w->tx.refused, 1);
	add_counters(&totals->no_mbuf, &w->tx.no_mbuf, 1);
}

void
la_port__add_totals(const struct la_port *p, struct la_dpio_totals *totals)
{
	totals->rx_missed += la_port__missed(p);
	for (uint32_t i = 0; i < p->workers; i++)
		la_port__add_worker(&p->worker[i], totals);
}

void
la_port_totals(const struct la_port *p, struct la_dpio_totals *totals)
{
	*totals = (struct la_dpio_totals){ .rx_missed = 0 };
	la_port__add_totals(p, totals);
}

/* Only where the kernel sees the same frames, or has the port's other end. */
static bool
kernel_answers(const struct la_port *p)
{
	return (la_interface__is_shared(p->driver) || strcmp(p->driver, "net_tap") == 0) &&
			la_interface__kernel_has(p->stack.ranges, p->stack.ranges_len);
}

static void
facts_of(const struct la_port *p, struct la_note_facts *facts)
{
	*facts = (struct la_note_facts){
		.link_down = !p->link_up,
		.gateway_silent = p->gateway_silent[0] || p->gateway_silent[1],
		.kernel_address = kernel_answers(p),
		.joins = p->interface.joins != 0,
		.packet_socket = la_interface__is_shared(p->driver),
		.interface = p->interface.name,
	};
	la_port__add_totals(p, &facts->totals);
}

uint32_t
la_port_notes(const struct la_port *p, struct la_dpio_note *notes, uint32_t max)
{
	struct la_dpio_note some[LA_NOTES_MAX];
	struct la_note_facts facts;
	uint32_t n = 0, found;

	facts_of(p, &facts);
	found = la_port__notes(&facts, some);
	for (; n < found && n < max; n++) {
		notes[n] = some[n];
		notes[n].device = p->device;
	}
	return n;
}

static uint64_t
cycles_us(uint64_t cycles)
{
	return cycles * 1000 / (rte_get_tsc_hz() / 1000);
}

void
la_port_work(const struct la_port *p, struct la_port_work *work)
{
	*work = (struct la_port_work){ .tsc_hz = rte_get_tsc_hz() };
	for (uint32_t i = 0; i < p->workers; i++) {
		const struct la_worker *w = &p->worker[i];

		work->busy_cycles += la_count_read(&w->counters.busy_cycles);
		work->rx_packets += la_count_read(&w->counters.rx_packets);
		work->tx_packets += la_count_read(&w->tx.packets);
		work->longest_poll_us = RTE_MAX(work->longest_poll_us,
				cycles_us(la_count_read(&w->counters.longest_cycles)));
	}
}

static void
run_forget_longest(void *worker, void *arg)
{
	(void)arg;
	la_count_set(&((struct la_worker *)worker)->counters.longest_cycles, 0);
}

void
la_port_forget_longest(struct la_port *p)
{
	la_port__mail_all(p, run_forget_longest, NULL);
}

static void
run_usage(void *worker, void *arg)
{
	la_stack_usage(((struct la_worker *)worker)->stack, arg);
}

bool
la_port_usage(struct la_port *p, uint32_t worker, struct la_stack_usage *usage)
{
	return la_port__mail(p, worker, run_usage, usage);
}

bool
la_port_memory(const struct la_port *p, struct la_port_memory *memory)
{
	struct la_memory_range *ranges = calloc(p->workers, 2 * sizeof(*ranges));
	char setting[64];

	*memory = (struct la_port_memory){ .octets = 0 };
	if (ranges == NULL)
		return false;
	for (uint32_t i = 0; i < p->workers; i++) {
		const struct la_worker *w = &p->worker[i];

		ranges[2 * i] = (struct la_memory_range){ w->memory, w->memory_len };
		ranges[2 * i + 1] = (struct la_memory_range){
			w->load_memory, w->load_memory != NULL ? w->load_memory_len : 0,
		};
		memory->octets += ranges[2 * i].len + ranges[2 * i + 1].len;
	}
	memory->huge = la_memory__huge(ranges, 2 * p->workers);
	if (memory->huge < memory->octets)
		memory->cure = la_memory__huge_cure(la_memory__huge_setting(setting,
				sizeof(setting)));
	free(ranges);
	return true;
}
