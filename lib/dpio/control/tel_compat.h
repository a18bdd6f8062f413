/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_TEL_COMPAT_H
#define LA_DPIO_TEL_COMPAT_H

/*
 * What differs between releases of rte_telemetry.
 *
 * 22.11: a dict holds 256 entries, names are of [A-Za-z0-9_/] and 127 octets
 * at most, strings too; a dict may hold dicts, an array may not. So lists are
 * dicts with the names "0", "1", ... What does not fit into the reply of 16 KiB
 * is left out without a word, so answers are kept shorter.
 */
#include <rte_telemetry.h>
#include <rte_version.h>

enum { LA_TEL_ENTRIES = RTE_TEL_MAX_DICT_ENTRIES, LA_TEL_REPLY = 16384, LA_TEL_STRING = 127 };

static inline int
la_tel__number(struct rte_tel_data *d, const char *name, uint64_t value)
{
#if RTE_VERSION >= RTE_VERSION_NUM(23, 3, 0, 0)
	return rte_tel_data_add_dict_uint(d, name, value);
#else
	return rte_tel_data_add_dict_u64(d, name, value);
#endif
}

#endif
