/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two ends and the link between them, every choice taken from the octets as
 * long as there are any, and from a generator after that. The first octet chooses
 * the family. tests/support/tcb_pair.c has what must hold: exact streams, an end in
 * bounded time, full pools.
 */
#include "family.h"
#include "tcb_pair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct input {
	const uint8_t *data;
	size_t len;
	uint32_t random;
};

static uint32_t
choose(void *user, uint32_t n)
{
	struct input *in = user;
	uint32_t value = 0;

	if (in->len == 0) {
		in->random = in->random * 1664525 + 1013904223;
		return (uint32_t)((uint64_t)n * (in->random >> 4) >> 28);
	}
	/* As many octets as n needs. */
	for (uint32_t most = n - 1; most > 0 && in->len > 0; most >>= 8, in->len--)
		value = value << 8 | *in->data++;
	in->random = in->random * 31 + value;
	return n ? value % n : 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input in = { data, len, 1 };
	struct pair_choices choices = { .choose = choose, .user = &in, .octets = 6000,
		.losses = 8 };
	struct pair_result result;

	la_test_set_ipv6(len > 0 && data[0] & 1);
	if (len > 0) {
		in.data++;
		in.len--;
	}
	pair_run(&choices, &result);
	return 0;
}
