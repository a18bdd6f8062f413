/* SPDX-License-Identifier: BSD-3-Clause */
#include "la_verdict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum metric { METRIC_FAILED, METRIC_FAILURE, METRIC_RATE, METRIC_MIN, METRIC_MEAN, METRIC_MAX,
	METRIC_PERCENTILE };

enum { NAME_LEN = 32 };

/* Limit of failures, in per cent of those due, if no check covers `failed`. */
#define UNCHECKED_FAILURES_MAX 1.0

/* Greater than any count or time. */
#define LIMIT_MAX 1e18

uint64_t
la_load_failed(const uint64_t failed[LA_LOAD_FAILURES])
{
	uint64_t sum = 0;

	for (int i = 0; i < LA_LOAD_FAILURES; i++)
		sum += failed[i];
	return sum;
}

/* Only digits and a point: strtod() accepts other forms, too. */
static bool
is_number(const char *text, const char *end)
{
	return end > text && strspn(text, "0123456789.") >= (size_t)(end - text);
}

/* Metrics that are times. */
static bool
time_metric(struct la_check *c, const char *name)
{
	char *end;

	if (strcmp(name, "min") == 0)
		c->metric = METRIC_MIN;
	else if (strcmp(name, "mean") == 0)
		c->metric = METRIC_MEAN;
	else if (strcmp(name, "max") == 0)
		c->metric = METRIC_MAX;
	else if (name[0] == 'p' && name[1] >= '0' && name[1] <= '9') {
		c->metric = METRIC_PERCENTILE;
		/* The name in JSON, whose keys have no point. */
		if (strcmp(name, "p999") == 0)
			name = "p99.9";
		c->fraction = strtod(name + 1, &end) / 100;
		return *end == '\0' && is_number(name + 1, end) && c->fraction <= 1;
	} else {
		return false;
	}
	return true;
}

static bool
is_time(const struct la_check *c)
{
	return c->metric >= METRIC_MIN;
}

static bool
read_metric(struct la_check *c, const char *name)
{
	static const char handshake[] = "handshake.", connection[] = "connection.";

	if (strcmp(name, "failed") == 0) {
		c->metric = METRIC_FAILED;
		return true;
	}
	if (strcmp(name, "rate") == 0) {
		c->metric = METRIC_RATE;
		return true;
	}
	for (int i = 0; i < LA_LOAD_FAILURES; i++) {
		if (strcmp(name, la_load_failure_name(i)) == 0) {
			c->metric = METRIC_FAILURE;
			c->failure = (uint8_t)i;
			return true;
		}
	}
	c->time = LA_LOAD_TIME_CONNECTION;
	if (strncmp(name, handshake, strlen(handshake)) == 0) {
		c->time = LA_LOAD_TIME_HANDSHAKE;
		name += strlen(handshake);
	} else if (strncmp(name, connection, strlen(connection)) == 0) {
		name += strlen(connection);
	}
	return time_metric(c, name);
}

/* Read the unit after a number. A time must have a unit. */
static bool
read_unit(struct la_check *c, const char *unit)
{
	static const struct { const char *name; double factor; } units[] = {
		{ "us", 1 }, { "ms", 1e3 }, { "s", 1e6 },
	}, sizes[] = { { "", 1 }, { "k", 1e3 }, { "m", 1e6 } };

	c->percent = !is_time(c) && strcmp(unit, "%") == 0;
	if (c->percent)
		return true;
	for (int i = 0; i < 3; i++) {
		if (strcmp(unit, is_time(c) ? units[i].name : sizes[i].name) == 0) {
			c->limit *= is_time(c) ? units[i].factor : sizes[i].factor;
			return true;
		}
	}
	return false;
}

static bool
read_value(struct la_check *c, const char *text, char *error, size_t error_len)
{
	char *end;

	c->limit = strtod(text, &end);
	if (!is_number(text, end) || !(c->limit <= LIMIT_MAX)) {
		snprintf(error, error_len, "'%s': no number behind '%s'", c->text, c->op);
		return false;
	}
	if (read_unit(c, end))
		return true;
	snprintf(error, error_len, is_time(c) ? "'%s': a time is in us, ms or s" :
			"'%s': a number, k, m or %%", c->text);
	return false;
}

static bool
read_check(struct la_check *c, const char *text, size_t len, char *error, size_t error_len)
{
	char name[NAME_LEN];
	size_t name_len, op_len;

	if (len >= sizeof(c->text)) {
		snprintf(error, error_len, "'%.20s...' is too long", text);
		return false;
	}
	snprintf(c->text, sizeof(c->text), "%.*s", (int)len, text);
	name_len = strcspn(c->text, "<>");
	op_len = strspn(c->text + name_len, "<>=");
	if (name_len == 0 || name_len >= sizeof(name) || op_len == 0 || op_len > 2 ||
			(op_len == 2 && c->text[name_len + 1] != '=')) {
		snprintf(error, error_len, "'%s' is not METRIC, one of < <= > >=, and a value",
				c->text);
		return false;
	}
	memcpy(name, c->text, name_len);
	name[name_len] = '\0';
	memcpy(c->op, c->text + name_len, op_len);
	c->op[op_len] = '\0';
	if (!read_metric(c, name)) {
		snprintf(error, error_len, "'%s': no metric '%s'; there are failed, rate, min, "
				"mean, max, p50 and other percentiles, and each failure's name",
				c->text, name);
		return false;
	}
	return read_value(c, c->text + name_len + op_len, error, error_len);
}

bool
la_checks_parse(struct la_checks *checks, const char *text, char *error, size_t error_len)
{
	*checks = (struct la_checks){ .n = 0 };
	do {
		const size_t len = strcspn(text, ",");

		if (checks->n == LA_CHECKS_MAX) {
			snprintf(error, error_len, "more than %d checks", LA_CHECKS_MAX);
			return false;
		}
		if (!read_check(&checks->check[checks->n++], text, len, error, error_len))
			return false;
		text += len;
	} while (*text++ == ',');
	return true;
}

void
la_checks_default(struct la_checks *checks, bool rate)
{
	char error[LA_VERDICT_LEN];

	(void)la_checks_parse(checks, rate ? "failed<0.001%,reset<0.001%,rate>=95%" :
			"failed<0.001%,reset<0.001%", error, sizeof(error));
}

static double
per_cent(double part, double of)
{
	return of > 0 ? part * 100 / of : 0;
}

static double
time_of(const struct la_check *c, const struct la_histogram *h)
{
	switch ((enum metric)c->metric) {
	case METRIC_MIN:
		return (double)la_count_read(&h->min_us);
	case METRIC_MAX:
		return (double)la_count_read(&h->max_us);
	case METRIC_MEAN:
		return h->count.value > 0 ? (double)h->sum_us.value / (double)h->count.value : 0;
	case METRIC_PERCENTILE:
		return (double)la_histogram_percentile(h, c->fraction);
	case METRIC_FAILED: case METRIC_FAILURE: case METRIC_RATE:
		break;
	}
	return 0;
}

/* All connections that were due. */
static double
all_due(const struct la_load_result *r)
{
	return (double)(r->attempted + r->failed[LA_FAIL_NO_PORT] + r->failed[LA_FAIL_NO_ROOM] +
			r->failed[LA_FAIL_NO_NEIGHBOUR] + r->failed[LA_FAIL_LATE]);
}

/* Percentages: failures relate to all connections due, the rate relates to the rate offered. */
static double
value_of(const struct la_check *c, const struct la_load_result *r)
{
	const uint64_t failed = la_load_failed(r->failed);
	double n;

	if (is_time(c))
		return time_of(c, r->times[c->time]);
	if (c->metric == METRIC_RATE)
		return c->percent ? per_cent(r->opens_per_s, r->offered_per_s) : r->opens_per_s;
	n = (double)(c->metric == METRIC_FAILED ? failed : r->failed[c->failure]);
	return c->percent ? per_cent(n, all_due(r)) : n;
}

static bool
check_holds(const struct la_check *c, double value)
{
	const bool equal_too = c->op[1] == '=';

	if (c->op[0] == '<')
		return value < c->limit || (equal_too && value == c->limit);
	return value > c->limit || (equal_too && value == c->limit);
}

static void
print_value(const struct la_check *c, double value, char text[32])
{
	if (c->percent)
		snprintf(text, 32, "%.4g%%", value);
	else if (!is_time(c))
		snprintf(text, 32, "%.0f", value);
	else if (value < 10000)
		snprintf(text, 32, "%.0f us", value);
	else
		snprintf(text, 32, "%.4g ms", value / 1000);
}

/* Make one check. A check of a time fails if nothing was measured. */
static void
make_one(const struct la_check *c, const struct la_load_result *r, struct la_checked *checked)
{
	const double value = value_of(c, r);

	if (is_time(c) && r->times[c->time]->count.value == 0) {
		snprintf(checked->value, sizeof(checked->value), "nothing measured");
		checked->ok = false;
		return;
	}
	print_value(c, value, checked->value);
	checked->ok = check_holds(c, value);
}

static void
say_why(char why[LA_VERDICT_LEN], const char *what, const char *value)
{
	const size_t used = strlen(why);

	snprintf(why + used, LA_VERDICT_LEN - used, "%s%s: %s", used > 0 ? "; " : "", what, value);
}

static bool
checks_failures(const struct la_checks *checks)
{
	for (uint32_t i = 0; i < checks->n; i++) {
		if (checks->check[i].metric == METRIC_FAILED)
			return true;
	}
	return false;
}

/* Find causes of failure that no check covers. */
static void
look_besides(const struct la_checks *checks, const struct la_load_result *r,
		struct la_verdict *v)
{
	const double failed = per_cent((double)la_load_failed(r->failed), all_due(r));

	if (r->stopped_in_ramp)
		snprintf(v->besides, sizeof(v->besides),
				"stopped in the ramp: the rate was never offered");
	else if (!checks_failures(checks) && failed >= UNCHECKED_FAILURES_MAX)
		snprintf(v->besides, sizeof(v->besides), "%.4g%% failed, and no check is of failed",
				failed);
	if (v->besides[0] == '\0')
		return;
	v->pass = false;
	snprintf(v->why, sizeof(v->why), "%s", v->besides);
}

void
la_verdict_make(const struct la_checks *checks, const struct la_load_result *result,
		struct la_verdict *v)
{
	*v = (struct la_verdict){ .pass = true };
	if (result->opened == 0) {
		v->pass = false;
		snprintf(v->why, sizeof(v->why), "no connection was opened");
	} else {
		look_besides(checks, result, v);
	}
	for (uint32_t i = 0; i < checks->n; i++) {
		make_one(&checks->check[i], result, &v->checked[i]);
		if (!v->checked[i].ok)
			say_why(v->why, checks->check[i].text, v->checked[i].value);
		v->pass &= v->checked[i].ok;
	}
	if (v->pass)
		for (uint32_t i = 0; i < checks->n; i++)
			say_why(v->why, checks->check[i].text, v->checked[i].value);
}
