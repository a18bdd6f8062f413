/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses, ports and runs of them as text. */
#include <inttypes.h>
#include <string.h>

#include "parts.h"

static bool
refuse_value(char why[LA_WHY_LEN], const char *text, const char *what)
{
	char shown[LA_SHOWN_LEN];

	snprintf(why, LA_WHY_LEN, "%s %s", la_conf__shown(text, shown), what);
	return false;
}

/* Addresses a host on a link may have (RFC 1122, 3.2.1.3; RFC 4291, 2.5). */
static bool
is_unicast(const struct la_addr *addr)
{
	static const struct la_addr loopback6 = { { [15] = 1 } }, unspecified6 = { { 0 } };

	if (la_addr_is_v4(addr)) {
		const uint32_t top = la_addr_low(addr) >> 24;

		return top != 0 && top != 127 && top < 224;
	}
	return addr->b[0] != 0xff && !la_addr_eq(addr, &loopback6) &&
			!la_addr_eq(addr, &unspecified6);
}

bool
la_conf__addr_parse(const char *text, struct la_addr *addr, char why[LA_WHY_LEN])
{
	if (!la_addr_parse(text, addr))
		return refuse_value(why, text, "is not an IPv4 or IPv6 address");
	if (!is_unicast(addr))
		return refuse_value(why, text, "is not an address that a host can have");
	return true;
}

/* The part of text up to @p len, as a string; what is too long is no address. */
static const char *
copy_part(const char *text, size_t len, char copy[LA_ADDR_TEXT_LEN])
{
	if (len >= LA_ADDR_TEXT_LEN)
		len = LA_ADDR_TEXT_LEN - 1;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

/* Less than LA_CONF_ADDRESSES_MAX from one to the other, but past 2^64. */
static bool
crosses_64_bits(const struct la_addr *first, const struct la_addr *last)
{
	const uint64_t more = la_get64(last->b + 8) - la_get64(first->b + 8);

	return la_get64(last->b) - la_get64(first->b) == 1 && more < LA_CONF_ADDRESSES_MAX &&
			la_get64(last->b + 8) < la_get64(first->b + 8);
}

static bool
count_to(struct la_conf_range *range, const struct la_addr *last, const char *text,
		char why[LA_WHY_LEN])
{
	char what[64];

	if (la_addr_is_v4(&range->first) != la_addr_is_v4(last))
		return refuse_value(why, text, "runs from one family to the other");
	if (memcmp(&range->first, last, sizeof(*last)) > 0)
		return refuse_value(why, text, "runs backwards");
	if (crosses_64_bits(&range->first, last))
		return refuse_value(why, text, "runs from one /64 into the next");
	const uint64_t more = la_addr_place(&range->first, last);

	if (more >= LA_CONF_ADDRESSES_MAX) {
		snprintf(what, sizeof(what), "holds more than %d addresses", LA_CONF_ADDRESSES_MAX);
		return refuse_value(why, text, what);
	}
	range->count = (uint32_t)more + 1;
	return true;
}

/* A number of up to five digits and nothing else; -1: it is not. */
static long
small_number(const char *text, size_t len)
{
	long value = 0;

	if (len == 0 || len > 5)
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

static bool
prefix_parse(const char *text, struct la_conf_range *range, char why[LA_WHY_LEN])
{
	const int most = la_addr_is_v4(&range->first) ? 32 : 128;
	const long len = small_number(text, strlen(text));
	char what[64];

	if (len < 1 || len > most) {
		snprintf(what, sizeof(what), "is not a prefix length in 1-%d", most);
		return refuse_value(why, text, what);
	}
	range->prefix_len = (uint8_t)len;
	return true;
}

/* A, A/LEN, A-B or A-B/LEN. */
bool
la_conf__range_parse(const char *text, struct la_conf_range *range, char why[LA_WHY_LEN])
{
	const size_t first_len = strcspn(text, "-/");
	const char *rest = text + first_len;
	char copy[LA_ADDR_TEXT_LEN];
	struct la_addr last;

	range->count = 1;
	range->prefix_len = LA_CONF_NO_PREFIX;
	if (!la_conf__addr_parse(copy_part(text, first_len, copy), &range->first, why))
		return false;
	if (*rest == '-') {
		const size_t last_len = strcspn(rest + 1, "/");

		if (!la_conf__addr_parse(copy_part(rest + 1, last_len, copy), &last, why) ||
				!count_to(range, &last, text, why))
			return false;
		rest += 1 + last_len;
	}
	return *rest == '\0' || prefix_parse(rest + 1, range, why);
}

static bool
port_parse(const char *text, size_t len, uint16_t *port, char why[LA_WHY_LEN])
{
	char copy[LA_SHOWN_LEN];
	const long value = small_number(text, len);
	const bool digits = len > 0 && strspn(text, "0123456789") >= len;

	if (value < 1 || value > 65535) {
		snprintf(copy, sizeof(copy), "%.*s", (int)len, text);
		return refuse_value(why, copy, digits ? "is not in 1-65535" :
				"is not a port in 1-65535, nor a range such as 8000-8099");
	}
	*port = (uint16_t)value;
	return true;
}

/* P or P-Q. */
bool
la_conf__ports_parse(const char *text, struct la_conf_ports *ports, char why[LA_WHY_LEN])
{
	const size_t len = strcspn(text, "-");

	if (!port_parse(text, len, &ports->first, why))
		return false;
	ports->last = ports->first;
	if (text[len] == '\0')
		return true;
	if (!port_parse(text + len + 1, strlen(text + len + 1), &ports->last, why))
		return false;
	return ports->first <= ports->last || refuse_value(why, text, "runs backwards");
}

/* ADDRESSES:PORTS, with brackets around what holds colons itself. */
bool
la_conf__target_parse(const char *text, struct la_conf_target *target, char why[LA_WHY_LEN])
{
	const char *colon = strrchr(text, ':');
	const size_t len = colon != NULL ? (size_t)(colon - text) : 0;
	const bool brackets = len >= 2 && text[0] == '[' && text[len - 1] == ']';
	char copy[LA_VALUE_LEN];

	if (len == 0 || len >= sizeof(copy) || (!brackets && strchr(text, ':') != colon))
		return refuse_value(why, text,
				"is not ADDRESS:PORT, such as 10.77.0.2:80 or [2001:db8::1]:80");
	snprintf(copy, sizeof(copy), "%.*s", (int)len - 2 * brackets, text + brackets);
	if (!la_conf__range_parse(copy, &target->addresses, why))
		return false;
	if (target->addresses.prefix_len != LA_CONF_NO_PREFIX)
		return refuse_value(why, text, "takes no prefix length");
	return la_conf__ports_parse(colon + 1, &target->ports, why);
}

void
la_conf__range_format(const struct la_conf_range *range, char text[LA_VALUE_LEN])
{
	const struct la_addr last_addr = la_conf__range_last(range);
	char first[LA_ADDR_TEXT_LEN], last[LA_ADDR_TEXT_LEN + 1] = "", prefix[8] = "";

	la_addr_format(&range->first, first);
	if (range->count > 1) {
		last[0] = '-';
		la_addr_format(&last_addr, last + 1);
	}
	if (range->prefix_len != LA_CONF_NO_PREFIX)
		snprintf(prefix, sizeof(prefix), "/%u", range->prefix_len);
	snprintf(text, LA_VALUE_LEN, "%s%s%s", first, last, prefix);
}

void
la_conf__ports_format(const struct la_conf_ports *ports, char text[LA_VALUE_LEN])
{
	if (ports->first == ports->last)
		snprintf(text, LA_VALUE_LEN, "%u", ports->first);
	else
		snprintf(text, LA_VALUE_LEN, "%u-%u", ports->first, ports->last);
}

void
la_conf__target_format(const struct la_conf_target *target, char text[LA_VALUE_LEN])
{
	const bool v4 = la_addr_is_v4(&target->addresses.first);
	char addresses[LA_VALUE_LEN], ports[LA_VALUE_LEN];

	la_conf__range_format(&target->addresses, addresses);
	la_conf__ports_format(&target->ports, ports);
	snprintf(text, LA_VALUE_LEN, v4 ? "%.100s:%.11s" : "[%.100s]:%.11s", addresses, ports);
}

/* Ranges do not cross the last 64 bits: see count_to(). */
struct la_addr
la_conf__range_last(const struct la_conf_range *range)
{
	return la_addr_after(&range->first, range->count - 1);
}

bool
la_conf__range_holds(const struct la_conf_range *range, const struct la_addr *addr)
{
	return la_addr_place(&range->first, addr) < range->count;
}

bool
la_conf__ranges_meet(const struct la_conf_range *a, const struct la_conf_range *b)
{
	return la_conf__range_holds(a, &b->first) || la_conf__range_holds(b, &a->first);
}

/* Whether an address is in the subnet of a range's first one. */
bool
la_conf__subnet_holds(const struct la_conf_range *range, const struct la_addr *addr)
{
	const bool v4 = la_addr_is_v4(addr);
	const unsigned int bits = range->prefix_len + (v4 ? 96u : 0);
	const size_t whole = bits / 8;
	const uint8_t mask = (uint8_t)(0xff00 >> bits % 8);

	if (v4 != la_addr_is_v4(&range->first) || range->prefix_len == LA_CONF_NO_PREFIX)
		return false;
	return memcmp(addr, &range->first, whole) == 0 && (bits % 8 == 0 ||
			((addr->b[whole] ^ range->first.b[whole]) & mask) == 0);
}
