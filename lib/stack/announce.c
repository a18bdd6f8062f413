/* SPDX-License-Identifier: BSD-3-Clause */
/* Our addresses are told to the link, and others that use them too are found out. */
#include "stack_private.h"

/* RFC 5227, 2.4 (c): an address is defended at most once in ten seconds. */
static const uint64_t defend_us = 10 * UINT64_C(1000000);
/* RFC 4862, 5.4: what nobody has claimed in RetransTimer of 1 s is ours. */
static const uint64_t detect_us = UINT64_C(1000000);

/*
 * Up to @p max addresses more; the first of several workers does it for all. An IPv4
 * address is announced at once (RFC 5227, 2.3). For an IPv6 address it is first asked who
 * has it, and a second later it is announced; meanwhile it is in use already (optimistic,
 * RFC 4429): it was given on purpose.
 */
void
la_stack_announce(struct la_stack *s, uint32_t max, uint64_t now_us)
{
	if (s->params.worker != 0)
		return;
	for (; max > 0 && s->probe_cursor < s->addresses.count; max--) {
		const struct la_addr address = la_address_at(&s->addresses, s->probe_cursor++);

		if (la_addr_is_v4(&address))
			la_stack_arp_announce(s, &address);
		else
			la_stack_nd_probe(s, &address);
	}
	if (s->probe_cursor < s->addresses.count || now_us - s->started_us < detect_us)
		return;
	for (; max > 0 && s->announce_cursor < s->addresses.count; max--) {
		const struct la_addr address = la_address_at(&s->addresses, s->announce_cursor++);

		if (!la_addr_is_v4(&address))
			la_stack_nd_announce(s, &address);
	}
}

/* Another host uses an address of ours: say so. @return whether to defend it now. */
bool
la_stack_conflict(struct la_stack *s, const struct la_addr *address, const struct la_mac *mac,
		uint64_t now_us)
{
	la_stack_count(s, LA_COUNT_ADDRESS_CONFLICTS);
	s->notice.conflict = true;
	s->notice.conflict_address = *address;
	s->notice.conflict_mac = *mac;
	if (now_us < s->defend_due_us)
		return false;
	s->defend_due_us = now_us + defend_us;
	return true;
}
