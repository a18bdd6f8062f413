/* SPDX-License-Identifier: BSD-3-Clause */
#include "json.h"

#include <time.h>

#include "la_version.h"

static json_t *
now_text(void)
{
	const time_t now = time(NULL);
	struct tm utc;
	char text[32];

	gmtime_r(&now, &utc);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	return json_string(text);
}

static json_t *
instance_json(const struct la_top_instance *instance)
{
	json_t *object = json_object();

	json_object_set_new(object, "prefix", json_string(instance->prefix));
	if (instance->answers)
		json_object_update(object, instance->model.answers);
	else
		json_object_set_new(object, "error", json_string(instance->problem));
	/* Figures, and not each second what they mean. */
	json_object_del(object, la_top_answer_name(LA_TOP_REASONS));
	return object;
}

json_t *
la_top_json(const struct la_top_set *set)
{
	json_t *all = json_object(), *instances = json_array();

	for (uint32_t i = 0; i < set->n; i++) {
		if (la_top_is_shown(set->v[i]))
			json_array_append_new(instances, instance_json(set->v[i]));
	}
	json_object_set_new(all, "version", json_string(LA_VERSION));
	json_object_set_new(all, "time", now_text());
	json_object_set_new(all, "instances", instances);
	return all;
}
