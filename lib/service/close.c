/* SPDX-License-Identifier: BSD-3-Clause */
/* Close: accepts and closes at once; takes text that still arrives, so that no RST follows. */
#include "service.h"

static void
close_open(struct la_service *service, struct la_conn *conn)
{
	(void)service;
	conn->close = true;
}

static const struct la_service_ops ops = {
	.name = "close",
	.open = close_open,
	.data = la_service__take_all,
};

const struct service_kind la_service__close = { .ops = &ops, .size = la_service__plain_size };
