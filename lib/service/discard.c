/* SPDX-License-Identifier: BSD-3-Clause */
/* Discard (RFC 863): takes all text, sends nothing, closes when the peer closes. */
#include "service.h"

static const struct la_service_ops ops = {
	.name = "discard",
	.data = la_service__take_all,
};

const struct service_kind la_service__discard = { .ops = &ops, .size = la_service__plain_size };
