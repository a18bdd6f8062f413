/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RSS: the hash by Toeplitz that a NIC makes of a segment's addresses and ports, and
 * the table by which the hash becomes a queue. The hash is linear: that of the whole is
 * the sum, modulo 2, of those of the octets, which are looked up in tables that DPDK's
 * rte_softrss() has filled.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_thash.h>

#include "la_bytes.h"
#include "steer.h"

enum {
	LABEL_KEY = 0x200,
	KEY_PRESET = 40,                /* Octets that a NIC has if it does not say. */
	INPUT = 36,                     /* Two IPv6 addresses and two ports. */
	QUEUES_MAX = 1024,
};

/* Octets of the input: source, destination, ports as they stand in the segment. Ours is
 * the destination. */
struct places {
	uint8_t local, remote_port, local_port, input;
};

static const struct places v4_places = { 4, 8, 10, 12 }, v6_places = { 16, 32, 34, 36 };

struct la_toeplitz {
	uint32_t octet[INPUT][256];
	bool v4, v6;                    /* Flows of the family are hashed. */
	bool v4_ports, v6_ports;        /* With their ports. */
	uint32_t *local;                /* By number: what our address adds. */
	uint32_t locals;
	uint32_t mask;                  /* Of the table, if its length is a power of two; or 0. */
	uint32_t table_len;
	uint16_t table[];
};

void
la_rss__key(uint8_t *key, uint32_t len, const struct la_key *secret)
{
	for (uint32_t at = 0; at < len; at += (uint32_t)sizeof(struct la_key)) {
		const struct la_key part = la_key_derive(secret, LABEL_KEY + at);

		memcpy(key + at, &part, RTE_MIN((size_t)(len - at), sizeof(part)));
	}
}

static bool
read_key(struct la_rss *rss, uint16_t port, const struct rte_eth_dev_info *info)
{
	struct rte_eth_rss_conf conf = { .rss_key = rss->key };

	rss->key_len = info->hash_key_size != 0 ? info->hash_key_size : KEY_PRESET;
	if (rss->key_len > sizeof(rss->key))
		return false;
	conf.rss_key_len = (uint8_t)rss->key_len;
	if (rte_eth_dev_rss_hash_conf_get(port, &conf) != 0)
		return false;
	rss->types = conf.rss_hf;
	return true;
}

static bool
read_table(struct la_rss *rss, uint16_t port)
{
	struct rte_eth_rss_reta_entry64 group[LA_RSS_TABLE_MAX / RTE_ETH_RETA_GROUP_SIZE] = {
		{ .mask = 0 },
	};

	for (uint32_t i = 0; i * RTE_ETH_RETA_GROUP_SIZE < rss->table_len; i++)
		group[i].mask = UINT64_MAX;
	if (rte_eth_dev_rss_reta_query(port, group, (uint16_t)rss->table_len) != 0)
		return false;
	for (uint32_t i = 0; i < rss->table_len; i++)
		rss->table[i] = group[i / RTE_ETH_RETA_GROUP_SIZE].reta[
				i % RTE_ETH_RETA_GROUP_SIZE];
	return true;
}

static void
write_table(const struct la_rss *rss, uint16_t port, uint32_t queues)
{
	struct rte_eth_rss_reta_entry64 group[LA_RSS_TABLE_MAX / RTE_ETH_RETA_GROUP_SIZE] = {
		{ .mask = 0 },
	};

	for (uint32_t i = 0; i < rss->table_len; i++) {
		group[i / RTE_ETH_RETA_GROUP_SIZE].mask = UINT64_MAX;
		group[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE] =
				(uint16_t)(i % queues);
	}
	/* If it will not, what it has is read again and judged. */
	(void)rte_eth_dev_rss_reta_update(port, group, (uint16_t)rss->table_len);
}

/* Each queue has its part, or nearly. @return queues without any. */
static uint32_t
queues_unused(const struct la_rss *rss, uint32_t queues, bool *even)
{
	uint32_t has[QUEUES_MAX] = { 0 }, empty = 0, least = UINT32_MAX, most = 0;

	for (uint32_t i = 0; i < rss->table_len; i++) {
		if (rss->table[i] < queues)
			has[rss->table[i]]++;
		else
			empty++;
	}
	for (uint32_t q = 0; q < queues; q++) {
		empty += has[q] == 0;
		least = RTE_MIN(least, has[q]);
		most = RTE_MAX(most, has[q]);
	}
	*even = empty == 0 && most - least <= 1;
	return empty;
}

bool
la_rss__read(struct la_rss *rss, uint16_t port, const struct rte_eth_dev_info *info,
		uint32_t queues, char *why, size_t why_len)
{
	bool even;

	*rss = (struct la_rss){ .table_len = info->reta_size };
	if (queues > QUEUES_MAX || rss->table_len == 0 || rss->table_len > LA_RSS_TABLE_MAX ||
			!read_key(rss, port, info) || !read_table(rss, port)) {
		snprintf(why, why_len, "%s does not tell the key and table of its RSS",
				info->driver_name);
		return false;
	}
	if (!(rss->types & LA_RSS_WANTED)) {
		snprintf(why, why_len, "%s does not hash TCP flows", info->driver_name);
		return false;
	}
	queues_unused(rss, queues, &even);
	if (!even) {
		write_table(rss, port, queues);
		if (!read_table(rss, port) || queues_unused(rss, queues, &even) > 0) {
			snprintf(why, why_len, "the RSS table of %s leaves out queues",
					info->driver_name);
			return false;
		}
	}
	return true;
}

/* The hash of one octet, all others being 0. */
static uint32_t
hash_octet(const uint8_t *key, uint32_t at, uint32_t value)
{
	uint32_t input[INPUT / 4] = { 0 };

	input[at / 4] = value << (24 - 8 * (at % 4));
	/* As far as the octet and no further: the key may not be longer. */
	return rte_softrss(input, at / 4 + 1, key);
}

/* Octets of input that a key is long enough for: each bit takes 32 of the key's. */
static uint32_t
input_for(const struct la_rss *rss)
{
	return rss->key_len < 4 ? 0 : rss->key_len - 4;
}

struct la_toeplitz *
la_rss__toeplitz_make(const struct la_rss *rss)
{
	const uint32_t input = RTE_MIN(input_for(rss), (uint32_t)INPUT);
	struct la_toeplitz *t = calloc(1, sizeof(*t) + rss->table_len * sizeof(t->table[0]));
	/* rte_softrss() reads the key in words. */
	uint32_t key[LA_RSS_KEY_MAX / 4 + 1] = { 0 };

	if (t == NULL)
		return NULL;
	memcpy(key, rss->key, rss->key_len);
	t->v4 = (rss->types & (RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_TCP)) != 0;
	t->v6 = (rss->types & (RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_NONFRAG_IPV6_TCP)) != 0;
	t->v4_ports = (rss->types & RTE_ETH_RSS_NONFRAG_IPV4_TCP) != 0;
	t->v6_ports = (rss->types & RTE_ETH_RSS_NONFRAG_IPV6_TCP) != 0;
	if ((t->v4 && input < v4_places.input) || (t->v6 && input < v6_places.input)) {
		free(t);
		return NULL;
	}
	for (uint32_t at = 0; at < input; at++) {
		for (uint32_t value = 0; value < 256; value++)
			t->octet[at][value] = hash_octet((const uint8_t *)key, at, value);
	}
	t->table_len = rss->table_len;
	t->mask = (t->table_len & (t->table_len - 1)) == 0 ? t->table_len - 1 : 0;
	memcpy(t->table, rss->table, t->table_len * sizeof(t->table[0]));
	return t;
}

/* Octets at a place. */
static inline uint32_t
hash_of(const struct la_toeplitz *t, uint32_t at, const uint8_t *octets, uint32_t len)
{
	uint32_t hash = 0;

	for (uint32_t i = 0; i < len; i++)
		hash ^= t->octet[at + i][octets[i]];
	return hash;
}

static inline uint32_t
hash_port(const struct la_toeplitz *t, uint32_t at, uint16_t port)
{
	return t->octet[at][port >> 8] ^ t->octet[at + 1][port & 0xff];
}

bool
la_rss__toeplitz_addresses(struct la_toeplitz *t, const struct la_stack_range *ranges, uint32_t n)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < n; i++)
		at += ranges[i].count;
	free(t->local);
	t->local = calloc(at + 1, sizeof(*t->local));
	if (t->local == NULL)
		return false;
	t->locals = at;
	at = 0;
	for (uint32_t i = 0; i < n; i++) {
		const bool v4 = la_addr_is_v4(&ranges[i].first);

		for (uint32_t k = 0; k < ranges[i].count; k++) {
			const struct la_addr address = la_addr_after(&ranges[i].first, k);

			t->local[at++] = v4 ? hash_of(t, v4_places.local, address.b + 12, 4) :
					hash_of(t, v6_places.local, address.b, 16);
		}
	}
	return true;
}

static inline uint32_t
hash_tuple(const struct la_toeplitz *t, const struct places *at, bool ports, uint16_t local,
		uint16_t local_port, uint16_t remote_port)
{
	uint32_t hash = t->local[local];

	if (ports)
		hash ^= hash_port(t, at->remote_port, remote_port) ^
				hash_port(t, at->local_port, local_port);
	return hash;
}

uint32_t
la_rss__toeplitz_queue(const struct la_toeplitz *t, uint16_t local, uint16_t local_port,
		const struct la_addr *remote, uint16_t remote_port)
{
	const bool v4 = la_addr_is_v4(remote);
	uint32_t hash;

	/* What a NIC does not hash goes to its first queue. */
	if (!(v4 ? t->v4 : t->v6) || local >= t->locals)
		return 0;
	if (v4)
		hash = hash_of(t, 0, remote->b + 12, 4) ^ hash_tuple(t, &v4_places, t->v4_ports,
				local, local_port, remote_port);
	else
		hash = hash_of(t, 0, remote->b, 16) ^ hash_tuple(t, &v6_places, t->v6_ports, local,
				local_port, remote_port);
	return t->table[t->mask != 0 ? hash & t->mask : hash % t->table_len];
}

void
la_rss__toeplitz_free(struct la_toeplitz *t)
{
	if (t != NULL)
		free(t->local);
	free(t);
}
