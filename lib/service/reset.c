/* SPDX-License-Identifier: BSD-3-Clause */
/* Reset: accepts, and aborts at the first data, to test how clients handle a bad server. */
#include "service.h"

static uint32_t
reset_data(struct la_service *service, struct la_conn *conn, const uint8_t *octets, uint32_t len)
{
	(void)service;
	(void)octets;
	conn->abort = true;
	return len;
}

static const struct la_service_ops ops = {
	.name = "reset",
	.data = reset_data,
};

const struct service_kind la_service__reset = { .ops = &ops, .size = la_service__plain_size };
