/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Multicast Listener Discovery (RFC 3810; RFC 2710 if the querier knows only that). A
 * snooping switch forwards Neighbour Solicitations only to hosts that have reported the
 * solicited group. At worst there is one group for each IPv6 address, so each tick reports
 * only a part of them; a group that a query asked for by name does not wait for its turn.
 */
#include "link_private.h"

enum {
	GROUPS_A_REPORT = 56,           /* Such a report fits into 1280 octets. */
	REPORTS_A_TICK_V1 = 8,
	ROBUSTNESS = 2,                 /* RFC 3810, 9.1: repetitions of unsolicited reports. */
	DELAY_MAX_MS = 1000,
	TICK_MS = 10,                   /* The most that a due report may wait. */
	QUERY_V1_LEN = 20, QUERY_V2_LEN = 24,   /* After type, code and checksum. */
};

static const uint64_t again_us = UINT64_C(1000000);     /* RFC 3810, 9.11 */
/* RFC 3810, 9.12, with the default intervals, since version 1 does not announce them. */
static const uint64_t old_querier_us = (ROBUSTNESS * 125 + 10) * UINT64_C(1000000);
static const struct la_addr all_routers_v2 = { { 0xff, 0x02, [15] = 0x16 } };
static const struct la_addr all_nodes = { { 0xff, 0x02, [15] = 1 } };
static const struct la_addr unspecified = { { 0 } };

/* RFC 3810, 5.2.13: a link-local address of ours, or the unspecified one. */
static struct la_addr
source_of(const struct la_link *l)
{
	for (uint32_t i = 0; i < l->addresses.runs_len; i++) {
		const struct la_addr first = la_address_at(&l->addresses,
				l->addresses.runs[i].base);

		if (la_addr_is_link_local(&first))
			return first;
	}
	return (struct la_addr){ { 0 } };
}

/* Send one frame; version 1 has one group in each. @return false if no frame was free. */
static bool
send_report(struct la_link *l, uint8_t record, const struct la_addr *groups, uint32_t n)
{
	const bool v1 = l->memberships.version_1;
	const struct la_mld mld = {
		.type = v1 ? LA_MLD_REPORT_V1 : LA_MLD_REPORT_V2,
		.record = record, .groups = groups, .groups_len = n,
	};
	struct la_path path = { .source = source_of(l), .dest = v1 ? *groups : all_routers_v2 };
	const struct la_mac mac = la_mac_of_group(&path.dest);
	uint8_t *frame = la_link_frame(l);

	if (frame == NULL)
		return false;
	la_link_path(l, &path, &mac, l->params.vlan);
	l->io.send(l->io.user, la_emit_mld(frame, &path, &mld), false, path.nic_tci);
	la_link_count(l, LA_LINK_MLD_REPORTS);
	return true;
}

/* Collect the groups of the addresses from @p cursor on, at most @p max; advance @p cursor. */
static uint32_t
collect_groups(const struct la_link *l, uint32_t *cursor, struct la_addr *groups, uint32_t max)
{
	uint32_t n = 0;

	for (uint32_t looked = 0; looked < GROUPS_A_REPORT && n < max &&
			*cursor < l->addresses.count; looked++) {
		const struct la_addr address = la_address_at(&l->addresses, (*cursor)++);

		if (!la_addr_is_v4(&address))
			groups[n++] = la_addr_solicited_node(&address);
	}
	return n;
}

/* Send the turn's next frame. If no frame is free, the same groups are tried again later. */
static bool
report_next(struct la_link *l)
{
	struct la_memberships *m = &l->memberships;
	struct la_addr groups[GROUPS_A_REPORT];
	uint32_t cursor = m->cursor;
	const uint32_t n = collect_groups(l, &cursor, groups, m->version_1 ? 1 : GROUPS_A_REPORT);

	if (n > 0 && !send_report(l, m->news ? LA_MLD_TO_EXCLUDE : LA_MLD_IS_EXCLUDE, groups, n))
		return false;
	m->cursor = cursor;
	return cursor < l->addresses.count;
}

/*
 * RFC 3810, 8.2.1: when the version changes, pending answers are dropped. Unsolicited
 * reports start again, since the querier did not understand those of the old version.
 */
static void
speak_version(struct la_memberships *m, bool version_1)
{
	if (m->version_1 == version_1)
		return;
	m->version_1 = version_1;
	m->cursor = m->asked_len = 0;
	if (!m->news)
		m->turns = 0;
}

/* Report the groups that were asked for by name. If no frame is free, they wait. */
static void
report_asked(struct la_link *l, uint64_t now_us)
{
	struct la_memberships *m = &l->memberships;
	uint32_t i = 0;

	while (i < m->asked_len) {
		if (now_us < m->asked[i].due_us) {
			i++;
			continue;
		}
		if (!send_report(l, LA_MLD_IS_EXCLUDE, &m->asked[i].group, 1))
			return;
		m->asked[i] = m->asked[--m->asked_len];
	}
}

static void
go_on(struct la_link *l, uint64_t now_us)
{
	struct la_memberships *m = &l->memberships;
	uint32_t frames = m->version_1 ? REPORTS_A_TICK_V1 : 1;

	while (frames > 0 && report_next(l))
		frames--;
	if (m->cursor < l->addresses.count)
		return;
	m->cursor = 0;
	m->due_us = now_us + again_us;
	m->turns--;
}

void
la_link__mld_tick(struct la_link *l, uint64_t now_us)
{
	struct la_memberships *m = &l->memberships;

	if (l->params.worker != 0)
		return;
	if (m->version_1 && now_us >= m->version_1_ends_us)
		speak_version(m, false);
	report_asked(l, now_us);
	if (m->turns > 0 && now_us >= m->due_us)
		go_on(l, now_us);
}

void
la_link__mld_start(struct la_link *l, uint64_t now_us)
{
	l->memberships = (struct la_memberships){
		.turns = ROBUSTNESS, .due_us = now_us, .news = true,
	};
	la_link__mld_tick(l, now_us);
}

/* RFC 3810, 5.1.14 and 6.2; a query whose length fits no version is ignored (8.1). */
static bool
is_query(const struct la_rx *rx)
{
	return rx->hop_limit == 1 && la_addr_is_link_local(&rx->source) && rx->icmp.router_alert &&
			(rx->icmp.len == QUERY_V1_LEN || rx->icmp.len >= QUERY_V2_LEN);
}

/*
 * Is it the solicited-node group of one of our addresses? Addresses in a range are
 * consecutive, so the group's 24 bits give the only place in a range that can match.
 */
static bool
is_our_group(const struct la_link *l, const struct la_addr *group)
{
	const struct la_addr same_bits = la_addr_solicited_node(group);
	const struct la_addresses *a = &l->addresses;

	if (!la_addr_eq(group, &same_bits))
		return false;
	for (uint32_t i = 0; i < a->runs_len; i++) {
		const struct la_address_run *run = &a->runs[i];
		const uint32_t at = (la_addr_low(group) - (uint32_t)run->first.low) & 0xffffff;
		struct la_addr address;

		if (at >= run->count)
			continue;
		address = la_address_at(a, run->base + at);
		if (!la_addr_is_v4(&address))
			return true;
	}
	return false;
}

/* RFC 3810, 5.1.15: the query may go to any address of the interface, whatever its group. */
static bool
is_to_us(const struct la_link *l, const struct la_addr *dest)
{
	return la_addr_eq(dest, &all_nodes) ||
			la_address_index(&l->addresses, dest) != LA_ADDRESS_NONE ||
			is_our_group(l, dest);
}

static enum la_rx_reason
check_query(const struct la_link *l, const struct la_rx *rx)
{
	const bool to_group = rx->dest_mac.b[0] & 1;

	if (!to_group && !la_mac_eq(&rx->dest_mac, &l->mac))
		return LA_RX_NOT_OUR_MAC;
	if (!is_query(rx))
		return LA_RX_ICMP;
	return is_to_us(l, &rx->dest) ? LA_RX_OK : LA_RX_NOT_OUR_ADDRESS;
}

bool
la_link_mld_concerns(const struct la_link *l, const struct la_rx *rx)
{
	return rx->icmp.type == LA_MLD_QUERY && !la_addr_is_v4(&rx->dest) &&
			check_query(l, rx) == LA_RX_OK;
}

/* A random delay within what the querier allows (RFC 3810, 6.2), at most one second: so values
 * above 32767, which are encoded (5.1.3), need no decoding. */
static uint64_t
draw_due(struct la_link *l, const struct la_rx *rx, uint64_t now_us)
{
	const uint32_t allowed_ms = la_get16(rx->icmp.body);
	const uint32_t max_ms = allowed_ms < DELAY_MAX_MS ? allowed_ms : DELAY_MAX_MS;

	if (max_ms <= TICK_MS)
		return now_us;
	return now_us + la_limit_draw(&l->icmp_limit.all) % (max_ms - TICK_MS) * UINT64_C(1000);
}

/* A turn in progress also answers the query; a turn that waits starts earlier if needed. */
static void
answer_all(struct la_memberships *m, uint64_t due_us)
{
	if (m->turns == 0) {
		m->turns = 1;
		m->news = false;
		m->due_us = due_us;
	} else if (due_us < m->due_us) {
		m->due_us = due_us;
	}
}

/* Too many groups at once: report them in a turn, but not in one that may have passed them. */
static void
answer_too_many(struct la_memberships *m, uint64_t due_us)
{
	if (m->turns > 0 && m->turns < ROBUSTNESS && m->cursor > 0)
		m->turns++;
	else
		answer_all(m, due_us);
}

/* Schedule a report of one group. The sources in the query do not matter: we listen to all. */
static void
answer_one(struct la_memberships *m, const struct la_addr *group, uint64_t due_us)
{
	uint32_t i = 0;

	while (i < m->asked_len && !la_addr_eq(&m->asked[i].group, group))
		i++;
	if (i == LA_GROUPS_ASKED_MAX) {
		answer_too_many(m, due_us);
		return;
	}
	/* Once, at the earlier of the two times (RFC 3810, 6.2, fourth rule). */
	if (i < m->asked_len && m->asked[i].due_us <= due_us)
		return;
	m->asked[i] = (struct la_group_asked){ *group, due_us };
	if (i == m->asked_len)
		m->asked_len++;
}

/* Worker 0 answers for all workers. */
static void
take_query(struct la_link *l, const struct la_rx *rx, uint64_t now_us)
{
	struct la_memberships *m = &l->memberships;
	struct la_addr group;

	if (l->params.worker != 0)
		return;
	if (rx->icmp.len == QUERY_V1_LEN) {
		speak_version(m, true);
		m->version_1_ends_us = now_us + old_querier_us;
	}
	memcpy(&group, rx->icmp.body + 4, sizeof(group));
	/* Only listeners of a group answer a query for it (RFC 3810, 6.2; RFC 2710, 4). */
	if (!la_addr_eq(&group, &unspecified) && !is_our_group(l, &group))
		return;
	la_link_count(l, LA_LINK_MLD_QUERIES);
	if (la_addr_eq(&group, &unspecified))
		answer_all(m, draw_due(l, rx, now_us));
	else
		answer_one(m, &group, draw_due(l, rx, now_us));
}

enum la_rx_reason
la_link__mld_query(struct la_link *l, const struct la_rx *rx, uint64_t now_us)
{
	const enum la_rx_reason reason = check_query(l, rx);

	if (reason == LA_RX_OK)
		take_query(l, rx, now_us);
	return reason;
}

void
la_link__mld_overhear(struct la_link *l, const struct la_rx *rx, uint64_t now_us)
{
	if (la_link_mld_concerns(l, rx))
		take_query(l, rx, now_us);
}
