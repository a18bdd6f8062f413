/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TOP_MODEL_H
#define LA_TOP_MODEL_H

/*
 * What top knows of one instance: its last answers, and what follows from those
 * before them. No socket, no clock, no screen: answers and times are given.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* The answers by name, as in /lastack/NAME. Info is asked for first. */
enum la_top_answer {
	LA_TOP_INFO,
	LA_TOP_THROUGHPUT,
	LA_TOP_COUNTERS,
	LA_TOP_REASONS,                 /* Asked for once: it does not change. */
	LA_TOP_STATES,
	LA_TOP_WORKERS,
	LA_TOP_LISTENERS,
	LA_TOP_COOKIES,
	LA_TOP_MEMORY,
	LA_TOP_LOAD,
	LA_TOP_LATENCY,
	LA_TOP_ANSWERS,
};

/* What a history is kept of. All but the last are telemetry's own rates. */
enum la_top_rate {
	LA_TOP_OPENED,
	LA_TOP_CLOSED,
	LA_TOP_SYN,
	LA_TOP_RX_PACKETS,
	LA_TOP_TX_PACKETS,
	LA_TOP_RX_BITS,
	LA_TOP_TX_BITS,
	LA_TOP_FAILED,                  /* Of role load. */
	LA_TOP_RATES,
};

enum {
	LA_TOP_HISTORY = 256,           /* Seconds of it. */
	LA_TOP_DROPS = 160,             /* Counters of what was not taken. */
	LA_TOP_NAME = 48,
};

struct la_top_drop {
	char name[LA_TOP_NAME];
	uint64_t total, per_s;
	bool moved;                     /* Ever since top looks. */
	bool seen;                      /* In the last answer. */
};

struct la_top_model {
	json_t *answers;                /* Name -> answer; NULL before the first. */
	uint64_t history[LA_TOP_RATES][LA_TOP_HISTORY];
	uint32_t seconds;               /* Taken into history so far. */
	struct la_top_drop drop[LA_TOP_DROPS];
	uint32_t drops;
	uint64_t counters_us, failed_us; /* When they were told; 0: nothing to compare with. */
	uint64_t failed;                /* Of role load, in all. */
};

/* "info" */
const char *la_top_answer_name(enum la_top_answer answer);

/* Whether an instance of this role is asked for it at all. */
bool la_top_is_asked(enum la_top_answer answer, const char *role);

/*
 * Take in one round of answers: name -> what DPDK answered under that name; what
 * is missing was not answered. Tables, which DPDK gives as {"0": row, ...},
 * become arrays, and what says that there are more rows "NAME_more".
 *
 * answers is taken over. When its process is another one than before, or started
 * to count anew, nothing is compared with what was before.
 */
void la_top_model_take(struct la_top_model *model, json_t *answers, uint64_t now_us);

/* A second without an answer: nothing in the history. */
void la_top_model_miss(struct la_top_model *model);
void la_top_model_free(struct la_top_model *model);

/* An answer's object or array, or NULL. */
const json_t *la_top_get(const struct la_top_model *model, enum la_top_answer answer);

/* A member that is a number, or 0; a member that is a string, or "". */
uint64_t la_top_number(const json_t *object, const char *name);
const char *la_top_string(const json_t *object, const char *name);

/* A rate of the last second, the one so many seconds before, and the most told. */
uint64_t la_top_rate_at(const struct la_top_model *model, enum la_top_rate rate, uint32_t ago);
uint64_t la_top_rate_peak(const struct la_top_model *model, enum la_top_rate rate);

/* All drops of the last second together. */
uint64_t la_top_drops_per_s(const struct la_top_model *model);

/* Whether a counter tells of what was not taken, not sent or lost: the instance says so. */
bool la_top_is_drop(const struct la_top_model *model, const char *counter);
/* What a counter means, or "". */
const char *la_top_meaning(const struct la_top_model *model, const char *counter);

enum la_top_drop_order { LA_TOP_BY_RATE, LA_TOP_BY_TOTAL, LA_TOP_BY_NAME, LA_TOP_DROP_ORDERS };
enum la_top_worker_order {
	LA_TOP_BY_NUMBER, LA_TOP_BY_BUSY, LA_TOP_BY_CYCLES, LA_TOP_BY_LONGEST, LA_TOP_WORKER_ORDERS,
};

/*
 * The drops that moved, or with all, those that are not 0; in order.
 * Their number.
 */
uint32_t la_top_sort_drops(const struct la_top_model *model, enum la_top_drop_order order,
		bool all, const struct la_top_drop *sorted[LA_TOP_DROPS]);

/* The numbers of the workers, at most max of them, in order. Their number. */
uint32_t la_top_sort_workers(const struct la_top_model *model, enum la_top_worker_order order,
		uint32_t *sorted, uint32_t max);

#endif
