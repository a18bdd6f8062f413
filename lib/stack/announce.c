/* SPDX-License-Identifier: BSD-3-Clause */
/* Our addresses are told to the link, and others that use them too are found out. */
#include "stack_private.h"

/* RFC 5227, 2.4 (c): an address is defended at most once in ten seconds. One that no other
 * conflict is about is not left to its own for that. */
static const uint64_t defend_us = 10 * UINT64_C(1000000), defend_another_us = UINT64_C(1000000);
/* RFC 4862, 5.4: what nobody has claimed in RetransTimer of 1 s is ours. */
static const uint64_t detect_us = UINT64_C(1000000);

/* The entry of an address; d->n if it has none. */
static uint32_t
duplicate(const struct la_duplicates *d, const struct la_addr *address)
{
	uint32_t i = 0;

	while (i < d->n && !la_addr_eq(&d->v[i].address, address))
		i++;
	return i;
}

static bool
is_duplicate(const struct la_duplicates *d, const struct la_addr *address)
{
	/* More than there is room for: something is thoroughly wrong, and we keep still. */
	return d->n == LA_DUPLICATES || duplicate(d, address) < d->n;
}

/* Asked for, and nobody else claimed it in time (RFC 4862, 5.4): it is ours to defend. */
bool
la_stack_is_settled(const struct la_stack *s, const struct la_addr *address)
{
	if (la_addr_is_v4(address) || !s->started)
		return true;
	return la_address_index(&s->addresses, address) < s->announce_cursor &&
			!is_duplicate(&s->duplicates, address);
}

static void
probe(struct la_stack *s, const struct la_addr *address)
{
	if (la_addr_is_v4(address))
		la_stack_arp_announce(s, address);
	else
		la_stack_nd_probe(s, address);
}

/* Whoever had it may have gone: ask again, and if nobody answers it is ours after all. */
static void
retry_duplicates(struct la_stack *s, uint64_t now_us)
{
	struct la_duplicates *d = &s->duplicates;

	for (uint32_t i = 0; i < d->n; i++) {
		const struct la_addr address = d->v[i].address;

		if (now_us - d->v[i].since_us < (d->v[i].asked ? detect_us : defend_us))
			continue;
		if (!d->v[i].asked) {
			d->v[i].asked = true;
			d->v[i].since_us = now_us;
			if (s->params.worker == 0)
				la_stack_nd_probe(s, &address);
			continue;
		}
		d->v[i--] = d->v[--d->n];
		if (s->params.worker == 0)
			la_stack_nd_announce(s, &address);
	}
}

/*
 * Up to @p max addresses more; the first of several workers does it for all, the others
 * keep time with it. An IPv4 address is announced at once (RFC 5227, 2.3). For an IPv6
 * address it is first asked who has it; when all have been asked for, and another second
 * has passed, it is announced. Meanwhile it is in use already (optimistic, RFC 4429): it was
 * given on purpose.
 */
void
la_stack_announce(struct la_stack *s, uint32_t max, uint64_t now_us)
{
	const bool speaks = s->params.worker == 0;

	retry_duplicates(s, now_us);
	for (; max > 0 && s->probe_cursor < s->addresses.count; max--) {
		const struct la_addr address = la_address_at(&s->addresses, s->probe_cursor++);

		s->probed_us = now_us;
		if (speaks)
			probe(s, &address);
	}
	if (s->probe_cursor < s->addresses.count || now_us - s->probed_us < detect_us)
		return;
	for (; max > 0 && s->announce_cursor < s->addresses.count; max--) {
		const struct la_addr address = la_address_at(&s->addresses, s->announce_cursor++);

		if (speaks && !la_addr_is_v4(&address) && !is_duplicate(&s->duplicates, &address))
			la_stack_nd_announce(s, &address);
	}
}

/* Another host has an address of ours: if it was there first, leave it to it. */
void
la_stack_claimed(struct la_stack *s, const struct la_addr *address, uint64_t now_us)
{
	struct la_duplicates *d = &s->duplicates;
	const uint32_t i = duplicate(d, address);

	if (i == LA_DUPLICATES || (i == d->n && la_stack_is_settled(s, address)))
		return;
	d->n += i == d->n;
	d->v[i].address = *address;
	d->v[i].since_us = now_us;
	d->v[i].asked = false;
}

static bool
may_defend(const struct la_stack *s, const struct la_addr *address, uint64_t now_us)
{
	if (s->defended_us == 0)
		return true;
	return now_us - s->defended_us >= (la_addr_eq(&s->defended, address) ? defend_us :
			defend_another_us);
}

/*
 * Another host uses an address of ours: say so. @return whether to defend it now: not if it
 * was there first.
 */
bool
la_stack_conflict(struct la_stack *s, const struct la_addr *address, const struct la_mac *mac,
		uint64_t now_us)
{
	la_stack_count(s, LA_COUNT_ADDRESS_CONFLICTS);
	s->notice.conflict = true;
	s->notice.conflict_address = *address;
	s->notice.conflict_mac = *mac;
	la_stack_claimed(s, address, now_us);
	if (!la_stack_is_settled(s, address) || !may_defend(s, address, now_us))
		return false;
	s->defended = *address;
	s->defended_us = now_us;
	return true;
}
