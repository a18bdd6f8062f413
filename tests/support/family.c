/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "family.h"

enum { HEADERS_V4 = 40, HEADERS_V6 = 60, MTU = 1500 };

static enum { UNKNOWN, IPV4, IPV6 } family;

bool
la_test_is_ipv6(void)
{
	if (family == UNKNOWN) {
		const char *text = getenv("LA_FAMILY");

		if (text != NULL && strcmp(text, "4") != 0 && strcmp(text, "6") != 0) {
			fprintf(stderr, "LA_FAMILY is 4 or 6, not '%s'\n", text);
			abort();
		}
		family = text != NULL && text[0] == '6' ? IPV6 : IPV4;
	}
	return family == IPV6;
}

void
la_test_set_ipv6(bool ipv6)
{
	family = ipv6 ? IPV6 : IPV4;
}

struct la_addr
la_test_addr(uint32_t v4)
{
	struct la_addr a = { { 0xfd } };

	if (!la_test_is_ipv6())
		return la_addr_v4(v4);
	la_put32(a.b + 12, v4);
	return a;
}

uint8_t
la_test_prefix(uint8_t v4)
{
	return (uint8_t)(v4 + (la_test_is_ipv6() ? 96 : 0));
}

uint16_t
la_test_mss(void)
{
	return MTU - (la_test_is_ipv6() ? HEADERS_V6 : HEADERS_V4);
}

uint16_t
la_test_mss_default(void)
{
	return la_test_is_ipv6() ? 1220 : 536;
}
