/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses as text. inet_ntop() and inet_pton() are pure: no resolver, no locale. */
#include "la_addr.h"

#include <arpa/inet.h>

_Static_assert(LA_ADDR_TEXT_LEN >= INET6_ADDRSTRLEN, "room for any address as text");

const char *
la_addr_format(const struct la_addr *a, char text[LA_ADDR_TEXT_LEN])
{
	if (la_addr_is_v4(a))
		return inet_ntop(AF_INET, a->b + 12, text, LA_ADDR_TEXT_LEN);
	return inet_ntop(AF_INET6, a->b, text, LA_ADDR_TEXT_LEN);
}

bool
la_addr_parse(const char *text, struct la_addr *a)
{
	uint8_t v4[4];

	if (inet_pton(AF_INET, text, v4) != 1)
		return inet_pton(AF_INET6, text, a->b) == 1;
	*a = la_addr_v4(la_get32(v4));
	return true;
}
