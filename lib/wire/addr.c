/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses as text, by the stateless inet_ntop() and inet_pton(); group and link-local
 * addresses. */
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

bool
la_addr_is_multicast(const struct la_addr *a)
{
	if (la_addr_is_v4(a))
		return la_addr_low(a) >> 28 == 0xe;
	return a->b[0] == 0xff;
}

struct la_addr
la_addr_solicited_node(const struct la_addr *a)
{
	struct la_addr group = { { 0xff, 0x02, [11] = 1, [12] = 0xff } };

	memcpy(group.b + 13, a->b + 13, 3);
	return group;
}

struct la_mac
la_mac_of_group(const struct la_addr *group)
{
	struct la_mac mac = { { 0x33, 0x33 } };

	memcpy(mac.b + 2, group->b + 12, 4);
	return mac;
}

struct la_addr
la_addr_link_local(const struct la_mac *mac)
{
	/* The universal/local bit is inverted. */
	return (struct la_addr){ {
		0xfe, 0x80, 0, 0, 0, 0, 0, 0,
		mac->b[0] ^ 2, mac->b[1], mac->b[2], 0xff, 0xfe, mac->b[3], mac->b[4], mac->b[5],
	} };
}
