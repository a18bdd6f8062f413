/* SPDX-License-Identifier: BSD-3-Clause */
/* The load role: how the run goes, and its times. */
#include "telemetry.h"

/* The port that has generators; NULL, and said so, if none has. */
static const struct la_port *
find_load(const struct la_dpio *d, struct rte_tel_data *out)
{
	for (uint32_t i = 0; i < d->ports; i++) {
		if (d->port[i]->has_load)
			return d->port[i];
	}
	rte_tel_data_add_dict_string(out, "error", "this instance has no load role");
	return NULL;
}

static uint64_t
sum_failures(const uint64_t failed[LA_LOAD_FAILURES])
{
	uint64_t all = 0;

	for (int i = 0; i < LA_LOAD_FAILURES; i++)
		all += failed[i];
	return all;
}

void
la_tel__load(struct la_dpio *d, struct rte_tel_data *out, long n)
{
	const struct la_port *port = find_load(d, out);
	struct la_port_load load;

	(void)n;
	if (port == NULL)
		return;
	la_port_load(port, &load);
	rte_tel_data_add_dict_string(out, "service", la_load_service_name(port->load.service));
	rte_tel_data_add_dict_string(out, "phase", la_load_phase_name(load.phase));
	la_tel__number(out, "offered_per_s", load.offered_per_s);
	la_tel__number(out, "attempted", load.attempted);
	la_tel__number(out, "opened", load.opened);
	la_tel__number(out, "closed", load.closed);
	la_tel__number(out, "failed", sum_failures(load.failed));
	la_tel__number(out, "open", load.open);
	la_tel__number(out, "live", load.live);
	la_tel__number(out, "late_opens", load.late_opens);
	la_tel__number(out, "late_max_us", load.late_max_us);
	la_tel__number(out, "behind", load.behind);
	la_tel__number(out, "retransmissions", load.retransmissions);
	la_tel__number(out, "wrong_core", load.wrong_core);
	for (enum la_load_failure i = 0; i < LA_LOAD_FAILURES; i++)
		la_tel__number(out, la_load_failure_name(i), load.failed[i]);
}

static void
put_times(const struct la_port *p, struct rte_tel_data *out, const char *name,
		enum la_load_time which)
{
	struct rte_tel_data *row = la_tel__dict();
	struct la_histogram times = { .count.value = 0 };

	if (row == NULL)
		return;
	la_port_load_times(p, which, &times);
	la_tel__number(row, "min", times.min_us.value);
	la_tel__number(row, "p50", la_histogram_percentile(&times, 0.5));
	la_tel__number(row, "p90", la_histogram_percentile(&times, 0.9));
	la_tel__number(row, "p99", la_histogram_percentile(&times, 0.99));
	la_tel__number(row, "p999", la_histogram_percentile(&times, 0.999));
	la_tel__number(row, "max", times.max_us.value);
	la_tel__number(row, "count", times.count.value);
	if (rte_tel_data_add_dict_container(out, name, row, 0) != 0)
		rte_tel_data_free(row);
}

void
la_tel__latency(struct la_dpio *d, struct rte_tel_data *out, long n)
{
	const struct la_port *port = find_load(d, out);

	(void)n;
	if (port == NULL)
		return;
	put_times(port, out, "handshake_us", LA_LOAD_TIME_HANDSHAKE);
	put_times(port, out, "connection_us", LA_LOAD_TIME_CONNECTION);
}
