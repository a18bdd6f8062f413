/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_FAIL_H
#define LA_DPIO_FAIL_H

#include "la_dpio.h"

/* printf into error; always false. */
bool la_dpio__fail(struct la_dpio_error *error, const char *format, ...)
		__attribute__((format(printf, 2, 3)));

#endif
