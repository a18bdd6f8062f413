/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TOP_JSON_H
#define LA_TOP_JSON_H

/* What top --json prints. */
#include <jansson.h>

#include "set.h"

/*
 * {"version", "time", "instances": [{"prefix", "info", "throughput", ...}]}: all
 * instances that are shown; one that does not answer has "error" and no figures.
 * To be json_decref()ed.
 */
json_t *la_top_json(const struct la_top_set *set);

#endif
