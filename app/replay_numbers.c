/* SPDX-License-Identifier: BSD-3-Clause */
#include "replay_numbers.h"

#include <stdlib.h>
#include <string.h>

#include "la_bytes.h"
#include "la_checksum.h"
#include "la_seq.h"

enum {
	TYPE_AT = 12, VLAN = 0x8100, IPV4 = 0x0800, IPV6_HEADER = 40, TCP_HEADER = 20, TCP = 6,
	ACK_AT = 8, DATA_OFFSET_AT = 12, CHECKSUM_AT = 16,
	END = 0, NOP = 1, SACK = 5, TIMESTAMPS = 8,
	FIRST_SIZE = 256,
};

/* The numbers that a server's SYN-ACK had. */
struct numbers {
	bool known;
	uint32_t isn, tsval;
};

struct connection {
	bool used;
	struct la_addr client, server;
	uint16_t client_port, server_port;
	struct numbers ours, theirs;
	bool acked;                     /* The client has acknowledged theirs. */
	uint32_t sent;                  /* Behind the last octet that we have sent. */
};

/* Open addressing, at most half full. */
struct la_replay_numbers {
	struct connection *v;
	uint32_t size, used;            /* A power of two. */
	uint64_t held_back;
};

struct la_replay_numbers *
la_replay_numbers_make(void)
{
	struct la_replay_numbers *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->size = FIRST_SIZE;
	n->v = calloc(n->size, sizeof(*n->v));
	if (n->v != NULL)
		return n;
	free(n);
	return NULL;
}

void
la_replay_numbers_free(struct la_replay_numbers *n)
{
	free(n->v);
	free(n);
}

static bool
is_same(const struct connection *a, const struct connection *b)
{
	return a->client_port == b->client_port && a->server_port == b->server_port &&
			la_addr_eq(&a->client, &b->client) && la_addr_eq(&a->server, &b->server);
}

/* FNV-1a: a capture is no attack. */
static uint32_t
hash_of(const struct connection *c)
{
	uint32_t hash = 2166136261u ^ ((uint32_t)c->client_port << 16 | c->server_port);

	for (size_t i = 0; i < sizeof(c->client.b); i++)
		hash = (hash * 16777619u ^ c->client.b[i]) * 16777619u ^ c->server.b[i];
	return hash * 2654435761u;
}

static struct connection *
place_of(const struct la_replay_numbers *n, const struct connection *c)
{
	uint32_t at = hash_of(c) & (n->size - 1);

	while (n->v[at].used && !is_same(&n->v[at], c))
		at = (at + 1) & (n->size - 1);
	return &n->v[at];
}

static bool
grow_table(struct la_replay_numbers *n)
{
	struct la_replay_numbers more = { .size = n->size * 2, .used = n->used };

	more.v = calloc(more.size, sizeof(*more.v));
	if (more.v == NULL)
		return false;
	for (uint32_t i = 0; i < n->size; i++) {
		if (n->v[i].used)
			*place_of(&more, &n->v[i]) = n->v[i];
	}
	free(n->v);
	*n = more;
	return true;
}

/* NULL: there is none, or no memory for one that is to be made. */
static struct connection *
find_connection(struct la_replay_numbers *n, const struct connection *wanted, bool make)
{
	struct connection *c = place_of(n, wanted);

	if (c->used || !make)
		return c->used ? c : NULL;
	if (n->used >= n->size / 2) {
		if (!grow_table(n))
			return NULL;
		c = place_of(n, wanted);
	}
	*c = *wanted;
	c->used = true;
	n->used++;
	return c;
}

static struct connection
from_server(const struct la_rx *rx)
{
	return (struct connection){ .client = rx->dest, .server = rx->source,
		.client_port = rx->dest_port, .server_port = rx->source_port };
}

static struct connection
from_client(const struct la_rx *rx)
{
	return (struct connection){ .client = rx->source, .server = rx->dest,
		.client_port = rx->source_port, .server_port = rx->dest_port };
}

static bool
has_flags(const struct la_rx *rx, uint8_t flags)
{
	return (rx->seg.flags & (LA_SYN | LA_ACK | LA_RST)) == flags;
}

static uint32_t
tsval_of(const struct la_rx *rx)
{
	return rx->seg.opts.present & LA_OPT_TIMESTAMPS ? rx->seg.opts.tsval : 0;
}

static bool
note_syn_ack(struct la_replay_numbers *n, const struct la_rx *rx, bool ours)
{
	const struct connection wanted = from_server(rx);
	struct connection *c;

	c = find_connection(n, &wanted, true);
	if (c == NULL)
		return false;
	*(ours ? &c->ours : &c->theirs) = (struct numbers){ true, rx->seg.seq, tsval_of(rx) };
	if (ours)
		c->sent = rx->seg.seq + 1;
	return true;
}

bool
la_replay_ours(struct la_replay_numbers *n, const struct la_rx *rx)
{
	const struct connection wanted = from_server(rx);
	const uint32_t end = rx->seg.seq + la_seg_len(&rx->seg);
	struct connection *c;

	if (has_flags(rx, LA_SYN | LA_ACK))
		return note_syn_ack(n, rx, true);
	c = find_connection(n, &wanted, false);
	if (c != NULL && la_seq_gt(end, c->sent))
		c->sent = end;
	return true;
}

bool
la_replay_theirs(struct la_replay_numbers *n, const struct la_rx *rx)
{
	return !has_flags(rx, LA_SYN | LA_ACK) || note_syn_ack(n, rx, false);
}

/* Where the TCP header of a frame begins that parsed, or 0. */
static uint32_t
tcp_at(const uint8_t *frame, uint32_t len)
{
	uint32_t ip = TYPE_AT + 2;

	if (la_get16(frame + TYPE_AT) == VLAN)
		ip += 4;
	if (la_get16(frame + ip - 2) == IPV4)
		return ip + 4u * (frame[ip] & 0xf);
	/* Extension headers are walked over by their lengths; they parsed. */
	for (uint32_t next = frame[ip + 6], at = ip + IPV6_HEADER; at + TCP_HEADER <= len;) {
		if (next == TCP)
			return at;
		next = frame[at];
		at += 8u + 8u * frame[at + 1];
	}
	return 0;
}

static void
add_to32(uint8_t *p, uint32_t more)
{
	la_put32(p, la_get32(p) + more);
}

static void
move_options(uint8_t *option, uint32_t len, uint32_t isn, uint32_t stamp)
{
	while (len > 0 && option[0] != END) {
		const uint32_t option_len = option[0] == NOP ? 1 : len < 2 ? len : option[1];

		if (option_len == 0 || option_len > len)
			return;
		if (option[0] == TIMESTAMPS && option_len == 10)
			add_to32(option + 6, stamp);
		for (uint32_t at = 2; option[0] == SACK && at + 8 <= option_len; at += 8) {
			add_to32(option + at, isn);
			add_to32(option + at + 4, isn);
		}
		option += option_len;
		len -= option_len;
	}
}

static void
move_numbers(const struct la_rx *rx, uint8_t *tcp, uint32_t isn, uint32_t stamp, uint32_t sent)
{
	const uint32_t header_len = 4u * (tcp[DATA_OFFSET_AT] >> 4);
	const uint32_t len = header_len + rx->seg.len;
	const uint32_t ack = rx->seg.ack + isn;

	la_put32(tcp + ACK_AT, la_seq_gt(ack, sent) ? sent : ack);
	move_options(tcp + TCP_HEADER, header_len - TCP_HEADER, isn, stamp);
	la_put16(tcp + CHECKSUM_AT, 0);
	la_put16(tcp + CHECKSUM_AT, la_checksum_finish(la_checksum_add(
			la_checksum_pseudo(&rx->source, &rx->dest, TCP, len), tcp, len)));
}

/* A SYN on a tuple that had a connection: what was known of that one no longer holds. */
static void
begin_connection(struct la_replay_numbers *n, const struct la_rx *rx)
{
	const struct connection wanted = from_client(rx);
	struct connection *c = find_connection(n, &wanted, false);

	if (c != NULL && c->acked) {
		c->acked = c->theirs.known = false;
		c->ours.known = false;
	}
}

bool
la_replay_move(struct la_replay_numbers *n, const struct la_rx *rx, uint8_t *frame, uint32_t len)
{
	const struct connection wanted = from_client(rx);
	const uint32_t at = tcp_at(frame, len);
	struct connection *c;
	uint32_t isn;

	if (has_flags(rx, LA_SYN))
		begin_connection(n, rx);
	if (!(rx->seg.flags & LA_ACK) || rx->seg.flags & LA_SYN || at == 0)
		return false;
	c = find_connection(n, &wanted, false);
	if (c == NULL || !c->ours.known)
		return false;
	if (!c->theirs.known)
		c->theirs = (struct numbers){ true, rx->seg.ack - 1,
			rx->seg.opts.present & LA_OPT_TIMESTAMPS ? rx->seg.opts.tsecr : 0 };
	c->acked = true;
	isn = c->ours.isn - c->theirs.isn;
	n->held_back += la_seq_gt(rx->seg.ack + isn, c->sent);
	move_numbers(rx, frame + at, isn, c->ours.tsval - c->theirs.tsval, c->sent);
	return true;
}

uint64_t
la_replay_held_back(const struct la_replay_numbers *n)
{
	return n->held_back;
}
