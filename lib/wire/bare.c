/* SPDX-License-Identifier: BSD-3-Clause */
/* The template of bare segments. */
#include "la_bare.h"

void
la_template_init(struct la_template *t, const struct la_mac *mac, bool offload)
{
	static const uint8_t v4[] = { 0x08, 0x00, 0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 6 };
	static const uint8_t v6[] = { 0x86, 0xdd, 0x60, 0, 0, 0, 0, 0, 6, 64 };

	memset(t, 0, sizeof(*t));
	memcpy(t->v4, mac, sizeof(*mac));
	memcpy(t->v6, mac, sizeof(*mac));
	memcpy(t->v4 + sizeof(*mac), v4, sizeof(v4));
	memcpy(t->v6 + sizeof(*mac), v6, sizeof(v6));
	t->offload = offload;
	/* Only the octets behind the type. */
	t->sum_v4 = la_sum_octets(v4 + 2, sizeof(v4) - 2);
}
