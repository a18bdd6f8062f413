/* SPDX-License-Identifier: BSD-3-Clause */
#include "load_screen.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "load_run.h"

const char *
la_screen_number(double n, char text[LA_GROUPED_LEN])
{
	char digits[LA_GROUPED_LEN];
	const int len = snprintf(digits, sizeof(digits), "%.0f", n);
	int used = 0;

	for (int i = 0; i < len && used < LA_GROUPED_LEN - 2; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			text[used++] = ',';
		text[used++] = digits[i];
	}
	text[used] = '\0';
	return text;
}

void
la_screen_start(struct la_screen *s)
{
	s->started = true;
	s->terminal = isatty(STDOUT_FILENO);
	printf("\n  second   offered/s    opened/s    closed/s         open     failed"
			"   p50 us   p99 us   max us\n");
}

/* As many as a whole second would have brought. */
static const char *
per_second(uint64_t count, const struct la_load_second *n, char text[LA_GROUPED_LEN])
{
	return la_screen_number((double)count / n->lasted_s, text);
}

static void
print_second(const struct la_load_second *n)
{
	char offered[LA_GROUPED_LEN], opened[LA_GROUPED_LEN], closed[LA_GROUPED_LEN],
			open[LA_GROUPED_LEN], failed[LA_GROUPED_LEN];

	printf("%8.1f %11s %11s %11s %12s %10s %8" PRIu64 " %8" PRIu64 " %8" PRIu64, n->at_s,
			n->offered > 0 ? per_second(n->offered, n, offered) : "-",
			per_second(n->opened, n, opened), per_second(n->closed, n, closed),
			la_screen_number((double)n->connections, open),
			la_screen_number((double)n->failed, failed), n->p50_us, n->p99_us,
			n->max_us);
}

void
la_screen_second(struct la_screen *s, const struct la_load_second *second)
{
	if (s->terminal)
		printf("\r");
	print_second(second);
	printf(s->terminal ? "\033[K" : "\n");
	fflush(stdout);
}

void
la_screen_end(struct la_screen *s)
{
	if (s->started && s->terminal)
		printf("\n");
}

static void
print_times(const char *name, const struct la_histogram *h)
{
	static const double fractions[] = { 0.5, 0.9, 0.99, 0.999 };

	printf("%-13s", name);
	if (h->count.value == 0) {
		printf("none measured\n");
		return;
	}
	printf("%10" PRIu64, h->min_us.value);
	for (int i = 0; i < 4; i++)
		printf(" %10" PRIu64, la_histogram_percentile(h, fractions[i]));
	printf(" %10" PRIu64 "   %" PRIu64 " measured\n", h->max_us.value, h->count.value);
}

static void
print_failures(const struct la_load_run *run)
{
	const uint64_t all = la_load_failed(run->total.failed);

	printf("failed       %" PRIu64 "\n", all);
	for (int i = 0; i < LA_LOAD_FAILURES; i++) {
		if (run->total.failed[i] > 0)
			printf("    %-13s %12" PRIu64 "  %s\n", la_load_failure_name(i),
					run->total.failed[i], la_load_failure_help(i));
	}
	if (run->total.failed[LA_FAIL_NO_PORT] > 0)
		printf("note         give more load.sources, load.source-ports or targets: every "
				"source and port was in use\n");
}

static void
print_verdict(const struct la_load_run *run, const struct la_checks *checks)
{
	printf("verdict      %s", run->verdict.pass ? "pass" : "FAIL");
	if (run->total.opened == 0)
		printf(": no connection was opened");
	else if (run->verdict.besides[0] != '\0')
		printf(": %s", run->verdict.besides);
	printf("\n");
	for (uint32_t i = 0; i < checks->n; i++)
		printf("    %-4s %-24s %s\n", run->verdict.checked[i].ok ? "ok" : "NOT",
				checks->check[i].text, run->verdict.checked[i].value);
}

void
la_screen_summary(const struct la_load_run *run, const struct la_checks *checks)
{
	const struct la_port_load *t = &run->total;
	char rate[LA_GROUPED_LEN], offered[LA_GROUPED_LEN];

	printf("\nran for      %.1f s%s\n", run->seconds,
			run->interrupted ? ", stopped by a signal" : "");
	printf("connections  attempted %" PRIu64 ", opened %" PRIu64 ", closed %" PRIu64 "\n",
			t->attempted, t->opened, t->closed);
	printf("rate         %s opened/s%s%s%s%s\n", la_screen_number(run->opens_per_s, rate),
			t->sustain_us > 0 && run->plan.ramp_us + run->plan.ramp_down_us > 0 ?
			" between the ramps" : "",
			run->offered_per_s > 0 ? ", " : "",
			run->offered_per_s > 0 ? la_screen_number(run->offered_per_s, offered) : "",
			run->offered_per_s > 0 ? " offered" : "");
	if (t->late_opens > 0)
		printf("late         %" PRIu64 " opens were made over 1 ms after they fell due, up to "
				"%" PRIu64 " us\n", t->late_opens, t->late_max_us);
	printf("repeated     %" PRIu64 " timeouts made something be sent again\n",
			t->retransmissions);
	if (t->wrong_core > 0)
		printf("wrong core   %" PRIu64 " segments came to another worker than opened\n",
				t->wrong_core);
	print_failures(run);
	printf("us                  min        p50        p90        p99      p99.9        max\n");
	print_times("handshake", &run->times[LA_LOAD_TIME_HANDSHAKE]);
	print_times("connection", &run->times[LA_LOAD_TIME_CONNECTION]);
	print_verdict(run, checks);
}
