/* SPDX-License-Identifier: BSD-3-Clause */
#include "load_json.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine.h"
#include "la_version.h"

static json_t *
number_of(uint64_t n)
{
	return json_integer((json_int_t)n);
}

/* A key that is there already becomes a list. */
static void
add_setting(json_t *section, const char *key, const char *value)
{
	json_t *old = json_object_get(section, key), *text = json_string(value), *list;

	if (old == NULL) {
		json_object_set_new(section, key, text);
	} else if (json_is_array(old)) {
		json_array_append_new(old, text);
	} else {
		list = json_array();
		json_array_append(list, old);
		json_array_append_new(list, text);
		json_object_set_new(section, key, list);
	}
}

static json_t *
config_object(const struct la_settings *settings)
{
	json_t *config = json_object();

	for (uint32_t i = 0; i < settings->len; i++) {
		const struct la_dpio_setting *setting = &settings->v[i];
		json_t *section = json_object_get(config, setting->section);

		if (section == NULL) {
			section = json_object();
			json_object_set_new(config, setting->section, section);
		}
		if (setting->key != NULL)
			add_setting(section, setting->key, setting->value);
	}
	return config;
}

static json_t *
machine_object(const struct la_load_report *r)
{
	struct la_machine m;

	la_machine_describe(&m);
	return json_pack("{s:s, s:i, s:I, s:s, s:s, s:s, s:s, s:s, s:I}", "cpu", m.cpu, "cpus",
			(int)m.cpus, "memory_mib", (json_int_t)m.memory_mib, "kernel", m.kernel,
			"dpdk", la_dpio_dpdk_version(), "device", r->port->device, "driver",
			r->port->driver, "steering", r->port->steering, "tsc_hz",
			(json_int_t)r->tsc_hz);
}

static json_t *
failed_object(const uint64_t failed[LA_LOAD_FAILURES])
{
	json_t *object = json_object();

	json_object_set_new(object, "total", number_of(la_load_failed(failed)));
	for (int i = 0; i < LA_LOAD_FAILURES; i++)
		json_object_set_new(object, la_load_failure_name(i), number_of(failed[i]));
	return object;
}

static json_t *
second_object(const struct la_load_second *n)
{
	return json_pack("{s:f, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:{s:I, s:I, s:I}}",
			"second", n->at_s, "offered", (json_int_t)n->offered,
			"attempted", (json_int_t)n->attempted, "opened", (json_int_t)n->opened,
			"closed", (json_int_t)n->closed, "failed", (json_int_t)n->failed,
			"retransmissions", (json_int_t)n->retransmissions,
			"connections", (json_int_t)n->connections,
			"latency_us", "p50", (json_int_t)n->p50_us, "p99", (json_int_t)n->p99_us,
			"max", (json_int_t)n->max_us);
}

static json_t *
seconds_array(const struct la_load_run *run)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < run->seconds_len; i++)
		json_array_append_new(array, second_object(&run->second[i]));
	return array;
}

static json_t *
buckets_array(const struct la_histogram *h)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < LA_HISTOGRAM_BUCKETS; i++) {
		if (h->bucket[i].value > 0)
			json_array_append_new(array, json_pack("[I, I, I]",
					(json_int_t)la_histogram_low(i),
					(json_int_t)la_histogram_low(i + 1) - 1,
					(json_int_t)h->bucket[i].value));
	}
	return array;
}

static json_t *
times_object(const struct la_histogram *h)
{
	static const struct { const char *name; double fraction; } percentiles[] = {
		{ "p50", 0.5 }, { "p90", 0.9 }, { "p99", 0.99 }, { "p999", 0.999 },
	};
	const uint64_t count = h->count.value;
	json_t *object = json_object();

	json_object_set_new(object, "count", number_of(count));
	json_object_set_new(object, "min", number_of(h->min_us.value));
	json_object_set_new(object, "mean", json_real(count == 0 ? 0 :
			(double)h->sum_us.value / (double)count));
	for (int i = 0; i < 4; i++)
		json_object_set_new(object, percentiles[i].name,
				number_of(la_histogram_percentile(h, percentiles[i].fraction)));
	json_object_set_new(object, "max", number_of(h->max_us.value));
	json_object_set_new(object, "histogram", buckets_array(h));
	return object;
}

static json_t *
verdict_object(const struct la_verdict *v, const struct la_checks *checks)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < checks->n; i++)
		json_array_append_new(array, json_pack("{s:s, s:s, s:b}", "check",
				checks->check[i].text, "value", v->checked[i].value,
				"ok", v->checked[i].ok));
	return json_pack("{s:s, s:s, s:o}", "result", v->pass ? "pass" : "fail", "why", v->why,
			"checks", array);
}

static json_t *
search_object(const struct la_load_report *r)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < r->trials_len; i++) {
		const struct la_trial *t = &r->trials[i];

		json_array_append_new(array, json_pack("{s:i, s:f, s:f, s:f, s:I, s:I, s:s, s:s}",
				"trial", (int)i + 1, "rate", t->rate, "seconds", t->seconds,
				"opens_per_s", t->opens_per_s, "failed", (json_int_t)t->failed,
				"p99_us", (json_int_t)t->p99_us,
				"result", t->verdict.pass ? "pass" : "fail", "why", t->verdict.why));
	}
	return json_pack("{s:f, s:f, s:f, s:o}", "low", r->low, "high", r->high,
			"best_per_s", r->best_per_s, "trials", array);
}

static json_t *
server_object(const struct la_bench_server *s)
{
	return json_pack("{s:f, s:f, s:I, s:I, s:f, s:I, s:f, s:I, s:I}",
			"cycles_per_connection", s->cycles_per_connection,
			"cycles_per_packet", s->cycles_per_packet,
			"tsc_hz", (json_int_t)s->tsc_hz, "live", (json_int_t)s->live,
			"bytes_per_connection", s->bytes_per_connection,
			"longest_poll_us", (json_int_t)s->longest_poll_us,
			"connections_per_s", s->connections_per_s,
			"memory_bytes", (json_int_t)s->memory.octets,
			"hugepage_bytes", (json_int_t)s->memory.huge);
}

static void
add_figures(json_t *all, const struct la_load_run *run)
{
	const struct la_port_load *t = &run->total;

	json_object_set_new(all, "seconds", json_real(run->seconds));
	json_object_set_new(all, "interrupted", json_boolean(run->interrupted));
	json_object_set_new(all, "attempted", number_of(t->attempted));
	json_object_set_new(all, "opened", number_of(t->opened));
	json_object_set_new(all, "closed", number_of(t->closed));
	json_object_set_new(all, "failed", failed_object(t->failed));
	json_object_set_new(all, "late", json_pack("{s:I, s:I}", "opens",
			(json_int_t)t->late_opens, "max_us", (json_int_t)t->late_max_us));
	json_object_set_new(all, "retransmissions", number_of(t->retransmissions));
	json_object_set_new(all, "connections_max", number_of(t->open_max));
	json_object_set_new(all, "offered_per_s", json_real(run->offered_per_s));
	json_object_set_new(all, "opens_per_s", json_real(run->opens_per_s));
	json_object_set_new(all, "per_second", seconds_array(run));
	json_object_set_new(all, "latency_us", json_pack("{s:o, s:o}",
			"handshake", times_object(&run->times[LA_LOAD_TIME_HANDSHAKE]),
			"connection", times_object(&run->times[LA_LOAD_TIME_CONNECTION])));
}

/* Each worker's part. Of the last run, but for what came to the wrong one. */
static json_t *
workers_array(const struct la_port *port)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < la_port_workers(port); i++) {
		struct la_port_load w;

		la_port_load_worker(port, i, &w);
		json_array_append_new(array, json_pack("{s:i, s:i, s:I, s:I, s:I, s:I, s:I}",
				"worker", (int)i, "lcore", (int)la_port_lcore(port, i),
				"attempted", (json_int_t)w.attempted,
				"opened", (json_int_t)w.opened, "closed", (json_int_t)w.closed,
				"failed", (json_int_t)la_load_failed(w.failed),
				"wrong_core", (json_int_t)w.wrong_core));
	}
	return array;
}

static json_t *
notes_array(const struct la_port *port)
{
	enum { MANY = 64 };
	struct la_dpio_note notes[MANY];
	const uint32_t len = la_port_notes(port, notes, MANY);
	json_t *array = json_array();

	for (uint32_t i = 0; i < len; i++)
		json_array_append_new(array, json_pack("{s:s, s:s, s:I, s:s, s:s}",
				"name", notes[i].name, "device", notes[i].device,
				"count", (json_int_t)notes[i].count, "text", notes[i].text,
				"cure", notes[i].cure));
	return array;
}

static json_t *
report_object(const struct la_load_report *r)
{
	json_t *all = json_object();

	json_object_set_new(all, "version", json_string(LA_VERSION));
	json_object_set_new(all, "role", json_string(r->role));
	json_object_set_new(all, "started", json_string(r->run->started));
	json_object_set_new(all, "config", config_object(r->settings));
	json_object_set_new(all, "machine", machine_object(r));
	add_figures(all, r->run);
	json_object_set_new(all, "workers", workers_array(r->loads));
	json_object_set_new(all, "notes", notes_array(r->loads));
	json_object_set_new(all, "verdict", verdict_object(&r->run->verdict, r->checks));
	if (r->trials_len > 0)
		json_object_set_new(all, "search", search_object(r));
	if (r->server != NULL)
		json_object_set_new(all, "server", server_object(r->server));
	return all;
}

/* Whether a file is there that can be written, or a folder in which it can be made. */
static bool
can_write(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	struct stat status;

	if (stat(path, &status) == 0) {
		errno = EISDIR;
		return !S_ISDIR(status.st_mode) && access(path, W_OK) == 0;
	}
	if (errno != ENOENT)
		return false;
	snprintf(folder, sizeof(folder), "%.*s/", slash != NULL ? (int)(slash - path) : 1,
			slash != NULL ? path : ".");
	return access(folder, W_OK | X_OK) == 0;
}

/* Nothing but the object is to be in what a program reads of us. */
static bool
take_stdout(struct la_load_json *json)
{
	const int fd = dup(STDOUT_FILENO);

	json->out = fd >= 0 ? fdopen(fd, "w") : NULL;
	return json->out != NULL && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0;
}

bool
la_load_json_open(struct la_load_json *json, const char *path)
{
	*json = (struct la_load_json){ .path = path };
	if (path == NULL || (strcmp(path, "-") == 0 ? take_stdout(json) : can_write(path)))
		return true;
	fprintf(stderr, "lastack: --json %s: %s\n", path, strerror(errno));
	return false;
}

bool
la_load_json_write(const struct la_load_json *json, const struct la_load_report *report)
{
	const size_t flags = JSON_INDENT(1) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12);
	json_t *all;
	FILE *file;
	bool written;

	if (json->path == NULL)
		return true;
	all = report_object(report);
	file = json->out != NULL ? json->out : fopen(json->path, "w");
	written = file != NULL && all != NULL && json_dumpf(all, file, flags) == 0 &&
			fputc('\n', file) != EOF;
	if (file != NULL)
		written = fclose(file) == 0 && written;
	if (!written)
		fprintf(stderr, "lastack: --json %s: not written: %s\n", json->path,
				strerror(errno));
	json_decref(all);
	return written;
}
