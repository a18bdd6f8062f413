/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The keyed hash: sum of key[i] * word[i] modulo 2^64, of which the upper half is used. With secret
 * keys, any two tuples collide with a chance of 2^-32 (strong universality), also tuples that
 * an attacker chose. No part of the hash leaves the host, so it need not be stronger.
 */
#include "la_flow.h"

uint32_t
la_flow_hash(const struct la_flow *flow, const struct la_tuple *tuple)
{
	const uint64_t *key = flow->key;
	uint64_t sum = key[LA_FLOW_HASH_WORDS];
	const uint32_t ports = (uint32_t)tuple->local_port << 16 | tuple->remote_port;
	uint32_t addr[4];

	memcpy(addr, &tuple->remote, sizeof(addr));
	for (int i = 0; i < 4; i++)
		sum += key[i] * addr[i];
	return (uint32_t)((sum + key[4] * ports + key[5] * tuple->local) >> 32);
}
