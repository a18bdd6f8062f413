/* SPDX-License-Identifier: BSD-3-Clause */
/* All counters in one row, each with what the outside knows of it. */
#include "la_dpio.h"

static const struct row {
	const char *key, *help;
	enum la_class class;
	size_t offset;                  /* In struct la_dpio_totals. */
} rows[] = {
#define X(member, key, class, help) \
	{ #key, help, LA_CLASS_##class, offsetof(struct la_dpio_totals, member) },
#include "port_counters.def"
#undef X
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

_Static_assert(LA_DPIO_COUNTERS == LA_STACK_COUNTS + (int)LA_TCP_REASONS + (int)LA_RX_REASONS +
		ROWS, "each counter is in the row");

static struct la_dpio_counter
event_counter(const struct la_dpio_totals *t, enum la_stack_count i)
{
	return (struct la_dpio_counter){ la_stack_count_name(i), la_stack_count_help(i),
			la_stack_count_class(i), LA_OF_STACK, t->count[i] };
}

static struct la_dpio_counter
segment_counter(const struct la_dpio_totals *t, enum la_tcp_reason i)
{
	return (struct la_dpio_counter){ la_tcp_reason_name(i), la_tcp_reason_help(i),
			la_tcp_reason_class(i), LA_OF_SEGMENTS, t->tcp[i] };
}

static struct la_dpio_counter
frame_counter(const struct la_dpio_totals *t, enum la_rx_reason i)
{
	return (struct la_dpio_counter){ la_rx_reason_name(i), la_rx_reason_help(i),
			la_rx_reason_class(i), LA_OF_FRAMES, t->rx[i] };
}

static struct la_dpio_counter
port_counter(const struct la_dpio_totals *t, const struct row *row)
{
	return (struct la_dpio_counter){ row->key, row->help, row->class, LA_OF_PORT,
			*(const uint64_t *)((const char *)t + row->offset) };
}

struct la_dpio_counter
la_dpio_counter(const struct la_dpio_totals *totals, uint32_t n)
{
	if (n < LA_STACK_COUNTS)
		return event_counter(totals, (enum la_stack_count)n);
	n -= LA_STACK_COUNTS;
	if (n < LA_TCP_REASONS)
		return segment_counter(totals, (enum la_tcp_reason)n);
	n -= LA_TCP_REASONS;
	if (n < LA_RX_REASONS)
		return frame_counter(totals, (enum la_rx_reason)n);
	return port_counter(totals, &rows[n - LA_RX_REASONS]);
}

const char *
la_dpio_counter_of(const struct la_dpio_counter *counter)
{
	switch (counter->of) {
	case LA_OF_FRAMES:
		return "frame";
	case LA_OF_SEGMENTS:
		return "segment";
	case LA_OF_STACK:
		return "stack";
	case LA_OF_PORT:
		return "port";
	}
	return "?";
}
