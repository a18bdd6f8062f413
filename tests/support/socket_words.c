/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE
#include "socket_words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

uint64_t
socket_number(const char *text, uint64_t min, uint64_t max)
{
	char *after;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &after, 10);
	if (errno != 0 || *text < '0' || *text > '9' || *after != '\0' || n < min || n > max)
		usage(text);
	return n;
}

/* Split FIRST-LAST in place; one word is both. */
static const char *
last_of(char *text)
{
	char *hyphen = strchr(text, '-');

	if (hyphen == NULL)
		return text;
	*hyphen = '\0';
	return hyphen + 1;
}

uint32_t
socket_numbers(char *text, uint32_t min, uint32_t max, uint32_t *first)
{
	const char *last = last_of(text);

	*first = (uint32_t)socket_number(text, min, max);
	return (uint32_t)socket_number(last, *first, max) - *first + 1;
}

static void
address(const char *text, struct sockaddr_storage *at)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	struct in_addr v4;

	/* Four numbers, while getaddrinfo() would take fewer. */
	if (strchr(text, ':') == NULL && inet_pton(AF_INET, text, &v4) != 1)
		usage(text);
	if (getaddrinfo(text, NULL, &hints, &found) != 0)
		usage(text);
	memset(at, 0, sizeof(*at));
	memcpy(at, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
}

/* Where the octets of an address are, and how many there are. */
static uint8_t *
octets_of(struct sockaddr_storage *at, size_t *len)
{
	if (at->ss_family == AF_INET) {
		*len = sizeof(struct in_addr);
		return (uint8_t *)&((struct sockaddr_in *)at)->sin_addr;
	}
	*len = sizeof(struct in6_addr);
	return ((struct sockaddr_in6 *)at)->sin6_addr.s6_addr;
}

static uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

void
socket_addresses(char *text, struct socket_range *range)
{
	const char *last = last_of(text);
	struct sockaddr_storage end;
	uint8_t *from, *to;
	size_t len, end_len;

	address(text, &range->first);
	address(last, &end);
	from = octets_of(&range->first, &len);
	to = octets_of(&end, &end_len);
	/* Only the last 32 bits may differ, and not by all of them. */
	if (len != end_len || memcmp(from, to, len - 4) != 0 ||
			be32(to + len - 4) - be32(from + len - 4) == UINT32_MAX ||
			be32(to + len - 4) < be32(from + len - 4))
		usage(last);
	range->count = be32(to + len - 4) - be32(from + len - 4) + 1;
}

socklen_t
socket_address(const struct socket_range *range, uint32_t i, uint16_t port,
		struct sockaddr_storage *at)
{
	uint8_t *octets;
	size_t len;
	uint32_t low;

	*at = range->first;
	octets = octets_of(at, &len);
	octets += len - 4;
	low = be32(octets) + i;
	octets[0] = (uint8_t)(low >> 24);
	octets[1] = (uint8_t)(low >> 16);
	octets[2] = (uint8_t)(low >> 8);
	octets[3] = (uint8_t)low;
	if (at->ss_family == AF_INET) {
		((struct sockaddr_in *)at)->sin_port = htons(port);
		return sizeof(struct sockaddr_in);
	}
	((struct sockaddr_in6 *)at)->sin6_port = htons(port);
	return sizeof(struct sockaddr_in6);
}
