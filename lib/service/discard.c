/* SPDX-License-Identifier: BSD-3-Clause */
/* Discard (RFC 863): takes everything, answers nothing, closes when the peer does. */
#include "service.h"

static const struct la_service_ops ops = {
	.name = "discard",
	.data = service_take_all,
};

const struct service_kind service_discard = { .ops = &ops, .size = service_plain_size };
