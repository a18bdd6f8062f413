/* SPDX-License-Identifier: BSD-3-Clause */
#include "model.h"

#include <stdio.h>
#include <string.h>

#include "format.h"

static const char *const names[LA_TOP_ANSWERS] = {
	[LA_TOP_INFO] = "info", [LA_TOP_THROUGHPUT] = "throughput", [LA_TOP_COUNTERS] = "counters",
	[LA_TOP_REASONS] = "reasons", [LA_TOP_STATES] = "states", [LA_TOP_WORKERS] = "workers",
	[LA_TOP_LISTENERS] = "listeners", [LA_TOP_COOKIES] = "cookies", [LA_TOP_MEMORY] = "memory",
	[LA_TOP_LOAD] = "load", [LA_TOP_LATENCY] = "latency",
};

/* Telemetry's names of the rates. */
static const char *const rates[LA_TOP_RATES] = {
	[LA_TOP_OPENED] = "opened_per_s", [LA_TOP_CLOSED] = "closed_per_s",
	[LA_TOP_SYN] = "syn_per_s", [LA_TOP_RX_PACKETS] = "rx_pps", [LA_TOP_TX_PACKETS] = "tx_pps",
	[LA_TOP_RX_BITS] = "rx_bps", [LA_TOP_TX_BITS] = "tx_bps", [LA_TOP_FAILED] = NULL,
};

const char *
la_top_answer_name(enum la_top_answer answer)
{
	return names[answer];
}

bool
la_top_is_asked(enum la_top_answer answer, const char *role)
{
	return (answer != LA_TOP_LOAD && answer != LA_TOP_LATENCY) || strcmp(role, "load") == 0 ||
			strcmp(role, "bench") == 0;
}

const json_t *
la_top_get(const struct la_top_model *model, enum la_top_answer answer)
{
	return json_object_get(model->answers, names[answer]);
}

static uint64_t
value_of(const json_t *value)
{
	if (json_is_integer(value) && json_integer_value(value) > 0)
		return (uint64_t)json_integer_value(value);
	if (json_is_real(value) && json_real_value(value) > 0 && json_real_value(value) < 1e18)
		return (uint64_t)json_real_value(value);
	return 0;
}

uint64_t
la_top_number(const json_t *object, const char *name)
{
	return value_of(json_object_get(object, name));
}

const char *
la_top_string(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

/* {"0": row, "1": row} to [row, row]: the rows that there are without a gap. */
static json_t *
array_of(const json_t *table)
{
	json_t *array = json_array();
	char name[16];

	for (unsigned int i = 0; array != NULL; i++) {
		json_t *row;

		snprintf(name, sizeof(name), "%u", i);
		row = json_object_get(table, name);
		if (!json_is_object(row))
			break;
		json_array_append(array, row);
	}
	return array;
}

static void
make_array(json_t *answers, enum la_top_answer answer)
{
	const json_t *table = json_object_get(answers, names[answer]);
	json_t *more, *array;
	char name[32];

	if (!json_is_object(table))
		return;
	more = json_object_get(table, "more");
	array = array_of(table);
	if (json_is_integer(more)) {
		snprintf(name, sizeof(name), "%s_more", names[answer]);
		json_object_set(answers, name, more);
	}
	json_object_set_new(answers, names[answer], array);
}

static const json_t *
reason_of(const struct la_top_model *model, const char *counter)
{
	return json_object_get(la_top_get(model, LA_TOP_REASONS), counter);
}

bool
la_top_is_drop(const struct la_top_model *model, const char *counter)
{
	return strcmp(la_top_string(reason_of(model, counter), "class"), "drop") == 0;
}

const char *
la_top_meaning(const struct la_top_model *model, const char *counter)
{
	return la_top_string(reason_of(model, counter), "help");
}

static struct la_top_drop *
find_drop(struct la_top_model *model, const char *name)
{
	for (uint32_t i = 0; i < model->drops; i++) {
		if (strcmp(model->drop[i].name, name) == 0)
			return &model->drop[i];
	}
	return NULL;
}

static struct la_top_drop *
add_drop(struct la_top_model *model, const char *name)
{
	struct la_top_drop *drop;

	if (model->drops == LA_TOP_DROPS)
		return NULL;
	drop = &model->drop[model->drops++];
	*drop = (struct la_top_drop){ 0 };
	la_top_plain(drop->name, sizeof(drop->name), name);
	return drop;
}

static uint64_t
per_second(uint64_t moved, uint64_t elapsed_us)
{
	return elapsed_us == 0 ? 0 : (uint64_t)((double)moved * 1e6 / (double)elapsed_us + 0.5);
}

/* One counter's new total. elapsed_us is 0 when there is nothing to compare with. */
static void
take_drop(struct la_top_model *model, const char *name, uint64_t total, uint64_t elapsed_us)
{
	struct la_top_drop *drop = find_drop(model, name);

	if (drop == NULL) {
		drop = add_drop(model, name);
		if (drop == NULL)
			return;
		/* The instance tells of all from the start: a name is new in the first answer. */
		drop->total = total;
	}
	drop->seen = true;
	drop->per_s = total > drop->total ? per_second(total - drop->total, elapsed_us) : 0;
	drop->moved |= elapsed_us > 0 && total > drop->total;
	drop->total = total;
}

static void
take_drops(struct la_top_model *model, uint64_t now_us)
{
	json_t *counters = json_object_get(model->answers, names[LA_TOP_COUNTERS]), *value;
	const uint64_t elapsed_us = model->counters_us > 0 ? now_us - model->counters_us : 0;
	const char *name;

	/* What is not told this time is no news. */
	for (uint32_t i = 0; i < model->drops; i++) {
		model->drop[i].seen = false;
		model->drop[i].per_s = 0;
	}
	json_object_foreach(counters, name, value) {
		if (la_top_is_drop(model, name))
			take_drop(model, name, value_of(value), elapsed_us);
	}
	if (counters != NULL)
		model->counters_us = now_us;
}

/* Failures of role load, in a second. */
static uint64_t
take_failed(struct la_top_model *model, uint64_t now_us)
{
	const json_t *load = la_top_get(model, LA_TOP_LOAD);
	const uint64_t total = la_top_number(load, "failed");
	uint64_t per_s = 0;

	if (load == NULL)
		return 0;
	if (model->failed_us > 0 && total > model->failed)
		per_s = per_second(total - model->failed, now_us - model->failed_us);
	model->failed = total;
	model->failed_us = now_us;
	return per_s;
}

static void
take_rates(struct la_top_model *model, uint64_t failed_per_s)
{
	const json_t *throughput = la_top_get(model, LA_TOP_THROUGHPUT);
	const uint32_t at = model->seconds++ % LA_TOP_HISTORY;

	for (enum la_top_rate i = 0; i < LA_TOP_RATES; i++)
		model->history[i][at] = rates[i] != NULL ? la_top_number(throughput, rates[i]) :
				failed_per_s;
}

/* Another process, or one that went back: nothing to compare with. */
static bool
is_another(const json_t *before, const json_t *now)
{
	const json_t *was = json_object_get(before, names[LA_TOP_INFO]);
	const json_t *is = json_object_get(now, names[LA_TOP_INFO]);

	return before == NULL || la_top_number(was, "pid") != la_top_number(is, "pid") ||
			la_top_number(is, "uptime_s") < la_top_number(was, "uptime_s");
}

void
la_top_model_take(struct la_top_model *model, json_t *answers, uint64_t now_us)
{
	if (is_another(model->answers, answers)) {
		model->drops = 0;
		model->counters_us = model->failed_us = 0;
	}
	make_array(answers, LA_TOP_WORKERS);
	make_array(answers, LA_TOP_LISTENERS);
	json_decref(model->answers);
	model->answers = answers;
	take_rates(model, take_failed(model, now_us));
	take_drops(model, now_us);
}

void
la_top_model_miss(struct la_top_model *model)
{
	const uint32_t at = model->seconds % LA_TOP_HISTORY;

	if (model->seconds == 0)
		return;
	for (enum la_top_rate i = 0; i < LA_TOP_RATES; i++)
		model->history[i][at] = 0;
	model->seconds++;
}

void
la_top_model_free(struct la_top_model *model)
{
	json_decref(model->answers);
	model->answers = NULL;
}

uint64_t
la_top_rate_at(const struct la_top_model *model, enum la_top_rate rate, uint32_t ago)
{
	if (ago >= model->seconds || ago >= LA_TOP_HISTORY)
		return 0;
	return model->history[rate][(model->seconds - 1 - ago) % LA_TOP_HISTORY];
}

uint64_t
la_top_rate_peak(const struct la_top_model *model, enum la_top_rate rate)
{
	char name[64];
	uint64_t most = 0;

	if (rates[rate] != NULL) {
		snprintf(name, sizeof(name), "peak_%s", rates[rate]);
		return la_top_number(la_top_get(model, LA_TOP_THROUGHPUT), name);
	}
	for (uint32_t i = 0; i < LA_TOP_HISTORY; i++) {
		if (la_top_rate_at(model, rate, i) > most)
			most = la_top_rate_at(model, rate, i);
	}
	return most;
}

uint64_t
la_top_drops_per_s(const struct la_top_model *model)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < model->drops; i++)
		sum += model->drop[i].per_s;
	return sum;
}
