/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_OWNER_H
#define LA_DPIO_OWNER_H

#include "la_stack.h"

/* Which worker of a port has the connection of a tuple. worker is NULL if that is not known. */
struct la_tuple_owner {
	uint32_t (*worker)(const void *user, const struct la_tuple *tuple);
	const void *user;
};

#endif
