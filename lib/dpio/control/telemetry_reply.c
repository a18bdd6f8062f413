/* SPDX-License-Identifier: BSD-3-Clause */
/* What answers are put together from. */
#include <stdarg.h>
#include <stdio.h>

#include "telemetry.h"

void
la_tel__error(struct rte_tel_data *out, const char *format, ...)
{
	char text[LA_TEL_STRING + 1];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	rte_tel_data_start_dict(out);
	rte_tel_data_add_dict_string(out, "error", text);
}

struct rte_tel_data *
la_tel__dict(void)
{
	struct rte_tel_data *dict = rte_tel_data_alloc();

	if (dict != NULL)
		rte_tel_data_start_dict(dict);
	return dict;
}

bool
la_tel__row(struct rte_tel_data *out, uint32_t n, struct rte_tel_data *row)
{
	char name[16];

	if (row == NULL)
		return false;
	snprintf(name, sizeof(name), "%u", n);
	if (rte_tel_data_add_dict_container(out, name, row, 0) == 0)
		return true;
	rte_tel_data_free(row);
	return false;
}
