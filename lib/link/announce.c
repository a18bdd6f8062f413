/* SPDX-License-Identifier: BSD-3-Clause */
/* Announces our addresses on the link, and detects other hosts that use them. */
#include "link_private.h"

/* RFC 5227, 2.4 (c): an address is defended at most once in ten seconds. A different address may
 * be defended after one second. */
static const uint64_t defend_us = 10 * UINT64_C(1000000), defend_another_us = UINT64_C(1000000);
/* RFC 4862, 5.4: an address is ours if no host claims it within RetransTimer, 1 s. */
static const uint64_t detect_us = UINT64_C(1000000);

/* The entry of an address; d->n if it has none. */
static uint32_t
find_duplicate(const struct la_duplicates *d, const struct la_addr *address)
{
	uint32_t i = 0;

	while (i < d->n && !la_addr_eq(&d->v[i].address, address))
		i++;
	return i;
}

static bool
is_duplicate(const struct la_duplicates *d, const struct la_addr *address)
{
	/* The table is full, so something is very wrong: treat all addresses as duplicates. */
	return d->n == LA_DUPLICATES || find_duplicate(d, address) < d->n;
}

/* We probed for the address and no host claimed it in time (RFC 4862, 5.4): we may defend it. */
bool
la_link__is_settled(const struct la_link *l, const struct la_addr *address)
{
	if (la_addr_is_v4(address) || !l->started)
		return true;
	return la_address_index(&l->addresses, address) < l->announce_cursor &&
			!is_duplicate(&l->duplicates, address);
}

static void
probe_address(struct la_link *l, const struct la_addr *address)
{
	if (la_addr_is_v4(address))
		la_link__arp_announce(l, address);
	else
		la_link__nd_probe(l, address);
}

/* The host that had a duplicate may be gone: probe again; if no host answers, it is ours. */
static void
retry_duplicates(struct la_link *l, uint64_t now_us)
{
	struct la_duplicates *d = &l->duplicates;

	for (uint32_t i = 0; i < d->n; i++) {
		const struct la_addr address = d->v[i].address;

		if (now_us - d->v[i].since_us < (d->v[i].asked ? detect_us : defend_us))
			continue;
		if (!d->v[i].asked) {
			d->v[i].asked = true;
			d->v[i].since_us = now_us;
			if (l->params.worker == 0)
				la_link__nd_probe(l, &address);
			continue;
		}
		d->v[i--] = d->v[--d->n];
		if (l->params.worker == 0)
			la_link__nd_announce(l, &address);
	}
}

/*
 * Announce up to @p max more addresses. Worker 0 sends for all workers; the others only advance
 * at the same pace. An IPv4 address is announced at once (RFC 5227, 2.3). An IPv6 address is
 * first probed; when all have been probed, and another second has passed, it is announced.
 * It is used already before that (optimistic, RFC 4429), as it was configured on purpose.
 */
void
la_link__announce(struct la_link *l, uint32_t max, uint64_t now_us)
{
	const bool speaks = l->params.worker == 0;

	retry_duplicates(l, now_us);
	for (; max > 0 && l->probe_cursor < l->addresses.count; max--) {
		const struct la_addr address = la_address_at(&l->addresses, l->probe_cursor++);

		l->probed_us = now_us;
		if (speaks)
			probe_address(l, &address);
	}
	if (l->probe_cursor < l->addresses.count || now_us - l->probed_us < detect_us)
		return;
	for (; max > 0 && l->announce_cursor < l->addresses.count; max--) {
		const struct la_addr address = la_address_at(&l->addresses, l->announce_cursor++);

		if (speaks && !la_addr_is_v4(&address) && !is_duplicate(&l->duplicates, &address))
			la_link__nd_announce(l, &address);
	}
}

/* Another host claims an address of ours: if the host had it first, leave the address to it. */
void
la_link__claimed(struct la_link *l, const struct la_addr *address, uint64_t now_us)
{
	struct la_duplicates *d = &l->duplicates;
	const uint32_t i = find_duplicate(d, address);

	if (i == LA_DUPLICATES || (i == d->n && la_link__is_settled(l, address)))
		return;
	d->n += i == d->n;
	d->v[i].address = *address;
	d->v[i].since_us = now_us;
	d->v[i].asked = false;
}

static bool
may_defend(const struct la_link *l, const struct la_addr *address, uint64_t now_us)
{
	if (l->defended_us == 0)
		return true;
	return now_us - l->defended_us >= (la_addr_eq(&l->defended, address) ? defend_us :
			defend_another_us);
}

/*
 * Report that another host uses an address of ours. @return whether to defend it now: not if
 * the other host had it first.
 */
bool
la_link__conflict(struct la_link *l, const struct la_addr *address, const struct la_mac *mac,
		uint64_t now_us)
{
	la_link_count(l, LA_LINK_ADDRESS_CONFLICTS);
	l->notice.conflict = true;
	l->notice.conflict_address = *address;
	l->notice.conflict_mac = *mac;
	la_link__claimed(l, address, now_us);
	if (!la_link__is_settled(l, address) || !may_defend(l, address, now_us))
		return false;
	l->defended = *address;
	l->defended_us = now_us;
	return true;
}
