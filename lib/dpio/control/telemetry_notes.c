/* SPDX-License-Identifier: BSD-3-Clause */
/* What is wrong with the setup. */
#include "telemetry.h"

enum { ROW_OCTETS = 450, ROWS_MAX = LA_TEL_REPLY / ROW_OCTETS };

_Static_assert(LA_NOTE_LEN - 1 <= LA_TEL_STRING, "a note is a string of DPDK's");

static struct rte_tel_data *
note_row(const struct la_dpio_note *note)
{
	struct rte_tel_data *row = la_tel__dict();

	if (row == NULL)
		return NULL;
	rte_tel_data_add_dict_string(row, "name", note->name);
	rte_tel_data_add_dict_string(row, "device", note->device);
	la_tel__number(row, "count", note->count);
	rte_tel_data_add_dict_string(row, "text", note->text);
	rte_tel_data_add_dict_string(row, "cure", note->cure);
	return row;
}

void
la_tel__notes(struct la_dpio *d, struct rte_tel_data *out, long n)
{
	struct la_dpio_note notes[ROWS_MAX];
	const uint32_t len = la_dpio_notes(d, notes, ROWS_MAX);

	(void)n;
	for (uint32_t i = 0; i < len; i++)
		la_tel__row(out, i, note_row(&notes[i]));
}
