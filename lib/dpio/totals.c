/* SPDX-License-Identifier: BSD-3-Clause */
/* Counters of the workers, added up, and what they say about the setup. */
#include <string.h>

#include "dpio_private.h"
#include "notes.h"

static void
add(uint64_t *sum, const la_counter *counter, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		sum[i] += la_count_read(&counter[i]);
}

void
la_dpio_add_worker(const struct la_worker *w, struct la_dpio_totals *totals)
{
	const struct la_stack_counters *c = la_stack_counters(w->stack);

	add(totals->rx, c->rx, LA_RX_REASONS);
	add(totals->tcp, c->tcp, LA_TCP_REASONS);
	add(totals->count, c->count, LA_STACK_COUNTS);
	add(totals->state, c->state, LA_TCP_STATES);
	add(&totals->rx_packets, &w->counters.rx_packets, 1);
	add(&totals->rx_octets, &w->counters.rx_octets, 1);
	add(&totals->rx_multi_segment, &w->counters.rx_multi_segment, 1);
	add(&totals->share_missed, &w->counters.share_missed, 1);
	add(&totals->tx_packets, &w->tx.packets, 1);
	add(&totals->tx_octets, &w->tx.octets, 1);
	add(&totals->tx_refused, &w->tx.refused, 1);
	add(&totals->no_mbuf, &w->tx.no_mbuf, 1);
}

static void
add_port(const struct la_dpio *d, struct la_dpio_totals *totals)
{
	totals->rx_missed += la_dpio_port_missed(d);
	for (uint32_t i = 0; i < d->workers; i++)
		la_dpio_add_worker(&d->worker[i], totals);
}

void
la_dpio_totals(const struct la_dpio *d, struct la_dpio_totals *totals)
{
	*totals = (struct la_dpio_totals){ .rx_missed = 0 };
	for (; d != NULL; d = d->next)
		add_port(d, totals);
}

/* Only where the kernel sees the same frames, or has the port's other end. */
static bool
kernel_answers(const struct la_dpio *d)
{
	return (la_interface_is_shared(d->driver) || strcmp(d->driver, "net_tap") == 0) &&
			la_interface_kernel_has(d->stack.ranges, d->stack.ranges_len);
}

static void
facts_of(const struct la_dpio *d, struct la_note_facts *facts)
{
	*facts = (struct la_note_facts){
		.link_down = !d->link_up,
		.gateway_silent = d->gateway_silent[0] || d->gateway_silent[1],
		.kernel_address = kernel_answers(d),
		.joins = d->interface.joins != 0,
		.packet_socket = la_interface_is_shared(d->driver),
		.interface = d->interface.name,
	};
	add_port(d, &facts->totals);
}

uint32_t
la_dpio_notes(const struct la_dpio *d, struct la_dpio_note *notes, uint32_t max)
{
	uint32_t n = 0;

	for (; d != NULL; d = d->next) {
		struct la_dpio_note some[LA_NOTES_MAX];
		struct la_note_facts facts;
		uint32_t found;

		facts_of(d, &facts);
		found = la_notes(&facts, some);
		for (uint32_t i = 0; i < found && n < max; i++) {
			notes[n] = some[i];
			notes[n++].device = d->device;
		}
	}
	return n;
}
