/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "drop_first.h"

enum {
	SETS = 1 << 16, WAYS = 8,       /* Places of the connections: 12 MiB. */
	ETHERNET_LEN = 14, IPV4_LEN = 20, IPV6_LEN = 40, TCP_LEN = 20, PROTOCOL_TCP = 6,
	FIN = 1, SYN = 2, RST = 4, ACK = 16,
};

struct drop_place {
	uint64_t tuple;                 /* A hash of it; 0: nobody. */
	uint64_t began;                 /* As the how manyth connection. */
	uint32_t isn, lost;
};

/* What matters of a segment. */
struct segment {
	uint64_t tuple;
	uint32_t seq, text_len;
	uint8_t flags;
};

static const char *const kind_names[DROP_KINDS] = {
	[DROP_SYN] = "syn", [DROP_SYN_ACK] = "syn-ack", [DROP_PURE_ACK] = "pure-ack",
	[DROP_DATA] = "data", [DROP_FIN] = "fin", [DROP_RST] = "rst",
};

bool
drop_first_parse(struct drop_first *d, const char *text)
{
	const size_t len = strcspn(text, ":");
	unsigned long each = 1;
	char *end;

	if (text[len] == ':') {
		each = strtoul(text + len + 1, &end, 10);
		if (text[len + 1] < '0' || text[len + 1] > '9' || *end != '\0' || each < 1 ||
				each > UINT32_MAX)
			return false;
	}
	for (int kind = DROP_SYN; kind < DROP_KINDS; kind++) {
		if (strlen(kind_names[kind]) == len && memcmp(kind_names[kind], text, len) == 0) {
			d->kind = (enum drop_kind)kind;
			d->each = (uint32_t)each;
			return true;
		}
	}
	return false;
}

bool
drop_first_start(struct drop_first *d)
{
	if (d->kind != DROP_NOTHING)
		d->places = calloc((size_t)SETS * WAYS, sizeof(*d->places));
	return d->kind == DROP_NOTHING || d->places != NULL;
}

void
drop_first_end(struct drop_first *d)
{
	free(d->places);
	d->places = NULL;
}

static uint32_t
be16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t
be32(const uint8_t *p)
{
	return be16(p) << 16 | be16(p + 2);
}

/* FNV-1a, mixed once more so that all bits of the low end depend on all octets. */
static uint64_t
hash(const uint8_t *addresses, uint32_t len, const uint8_t *ports)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (uint32_t i = 0; i < len + 4; i++)
		h = (h ^ (i < len ? addresses[i] : ports[i - len])) * 0x100000001b3u;
	h = (h ^ (h >> 32)) * 0x9e3779b97f4a7c15u;
	h ^= h >> 29;
	return h != 0 ? h : 1;
}

/* From the TCP header on; len by the IP header, so without padding. */
static bool
parse_tcp(const uint8_t *tcp, uint32_t len, const uint8_t *addresses, uint32_t addresses_len,
		struct segment *seg)
{
	uint32_t head;

	if (len < TCP_LEN)
		return false;
	head = (uint32_t)(tcp[12] >> 4) * 4;
	if (head < TCP_LEN || head > len)
		return false;
	seg->tuple = hash(addresses, addresses_len, tcp);
	seg->seq = be32(tcp + 4);
	seg->flags = tcp[13];
	seg->text_len = len - head;
	return true;
}

static bool
parse_ipv4(const uint8_t *ip, uint32_t len, struct segment *seg)
{
	uint32_t head, total;

	if (len < IPV4_LEN)
		return false;
	head = (uint32_t)(ip[0] & 15) * 4;
	total = be16(ip + 2);
	/* A later fragment has no TCP header. */
	if (ip[0] >> 4 != 4 || head < IPV4_LEN || total > len || total < head ||
			ip[9] != PROTOCOL_TCP || (be16(ip + 6) & 0x1fff) != 0)
		return false;
	return parse_tcp(ip + head, total - head, ip + 12, 8, seg);
}

static bool
parse_ipv6(const uint8_t *ip, uint32_t len, struct segment *seg)
{
	if (len < IPV6_LEN || ip[0] >> 4 != 6 || ip[6] != PROTOCOL_TCP ||
			be16(ip + 4) > len - IPV6_LEN)
		return false;
	return parse_tcp(ip + IPV6_LEN, be16(ip + 4), ip + 8, 32, seg);
}

static bool
parse(const uint8_t *frame, uint32_t len, struct segment *seg)
{
	if (len < ETHERNET_LEN)
		return false;
	switch (be16(frame + 12)) {
	case 0x0800: return parse_ipv4(frame + ETHERNET_LEN, len - ETHERNET_LEN, seg);
	case 0x86dd: return parse_ipv6(frame + ETHERNET_LEN, len - ETHERNET_LEN, seg);
	default: return false;
	}
}

static bool
is_kind(enum drop_kind kind, const struct segment *seg)
{
	const uint8_t flags = seg->flags & (SYN | FIN | RST | ACK);

	switch (kind) {
	case DROP_SYN: return flags == SYN;
	case DROP_SYN_ACK: return flags == (SYN | ACK);
	case DROP_PURE_ACK: return flags == ACK && seg->text_len == 0;
	case DROP_DATA: return (flags & SYN) == 0 && seg->text_len > 0;
	case DROP_FIN: return (flags & FIN) != 0;
	case DROP_RST: return (flags & RST) != 0;
	case DROP_NOTHING: case DROP_KINDS: break;
	}
	return false;
}

static struct drop_place *
set_of(const struct drop_first *d, uint64_t tuple)
{
	return &d->places[(tuple % SETS) * WAYS];
}

static struct drop_place *
find(const struct drop_first *d, uint64_t tuple)
{
	struct drop_place *set = set_of(d, tuple);

	for (int i = 0; i < WAYS; i++)
		if (set[i].tuple == tuple)
			return &set[i];
	return NULL;
}

/* A place that is free, or that of the connection that began first. */
static struct drop_place *
take(struct drop_first *d, uint64_t tuple)
{
	struct drop_place *set = set_of(d, tuple), *oldest = set;

	for (int i = 0; i < WAYS; i++) {
		if (set[i].tuple == 0)
			return &set[i];
		if (set[i].began < oldest->began)
			oldest = &set[i];
	}
	d->forgotten++;
	return oldest;
}

/* A SYN begins a connection, unless it is one sent again. */
static struct drop_place *
begin(struct drop_first *d, const struct segment *seg)
{
	struct drop_place *place = find(d, seg->tuple);

	if (place != NULL && place->isn == seg->seq)
		return place;
	if (place == NULL)
		place = take(d, seg->tuple);
	*place = (struct drop_place){ .tuple = seg->tuple, .isn = seg->seq,
		.began = ++d->connections };
	return place;
}

bool
drop_first_takes(struct drop_first *d, const uint8_t *frame, uint32_t len)
{
	struct drop_place *place;
	struct segment seg;

	if (d->kind == DROP_NOTHING || !parse(frame, len, &seg))
		return false;
	place = seg.flags & SYN ? begin(d, &seg) : find(d, seg.tuple);
	if (place == NULL || place->lost >= d->each || !is_kind(d->kind, &seg))
		return false;
	place->lost++;
	d->dropped++;
	return true;
}
