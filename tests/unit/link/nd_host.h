/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TEST_ND_HOST_H
#define LA_TEST_ND_HOST_H

/** @file
 * A host of IPv6 on the link, and what it says by Neighbour Discovery.
 */
#include "la_check.h"
#include "link_rig.h"

static struct link_rig rig;

static const struct la_addr us = { { 0xfd, 0, [15] = 1 } }, host = { { 0xfd, 0, [15] = 2 } };
static const struct la_addr gateway = { { 0xfe, 0x80, [15] = 0xfe } };
static const struct la_addr far_away = { { 0x20, 0x01, 0x0d, 0xb8, [15] = 9 } };
static const struct la_addr all_nodes = { { 0xff, 0x02, [15] = 1 } }, unspecified = { { 0 } };
static const struct la_mac first_mac = { { 2, 0, 0, 0, 1, 1 } };
static const struct la_mac other_mac = { { 2, 0, 0, 0, 2, 2 } };

static inline void
prepare(bool has_gateway)
{
	link_rig_params(&rig);
	rig.ranges[0] = (struct la_link_range){ us, 1, 64 };
	rig.params.ranges_len = 1;
	link_rig_no_gateway(&rig);
	rig.params.has_gateway[1] = has_gateway;
	rig.params.gateway[1] = gateway;
}

static inline void
begin(void)
{
	prepare(false);
	link_rig_make(&rig);
}

static inline void
give(const struct la_path *path, const struct la_nd *nd)
{
	uint8_t frame[128];

	link_rig_give(&rig, frame, la_emit_nd(frame, path, nd));
}

/* A host asks for @p target, by its group. */
static inline void
asks(const struct la_addr *source, const struct la_mac *mac, const struct la_addr *target)
{
	const struct la_addr group = la_addr_solicited_node(target);
	const struct la_path path = {
		.source_mac = *mac, .dest_mac = la_mac_of_group(&group),
		.source = *source, .dest = group,
	};
	const struct la_nd nd = {
		.type = LA_ND_SOLICITATION, .target = *target, .mac = *mac,
		.has_mac = !la_addr_eq(source, &unspecified),
	};

	give(&path, &nd);
}

/* A host tells where @p target is: @p dest alone, or all nodes. */
static inline void
tells_so(const struct la_addr *target, const struct la_mac *mac, const struct la_addr *dest,
		bool override)
{
	const bool all = la_addr_is_multicast(dest);
	const struct la_path path = {
		.source_mac = *mac,
		.dest_mac = all ? la_mac_of_group(dest) : rig.params.mac,
		.source = *target, .dest = *dest,
	};
	const struct la_nd nd = {
		.type = LA_ND_ADVERTISEMENT, .target = *target, .has_mac = true, .mac = *mac,
		.solicited = !all, .override = override,
	};

	give(&path, &nd);
}

static inline void
tells(const struct la_addr *target, const struct la_mac *mac, const struct la_addr *dest)
{
	tells_so(target, mac, dest, true);
}

/* The host asks for us, and has answered too: known, and known to be there. */
static inline void
is_known(const struct la_mac *mac)
{
	asks(&host, mac, &us);
	tells(&host, mac, &us);
	link_rig_forget(&rig);
}

static inline const struct la_rx *
expect_nd(uint8_t type, const struct la_addr *target)
{
	const struct la_rx *rx = link_rig_next(&rig);

	/* test_mld.c looks at reports. */
	while (rx != NULL && rx->kind == LA_KIND_ICMP)
		rx = link_rig_next(&rig);
	ck_assert_msg(rx != NULL, "nothing was sent");
	ck_assert_int_eq(rx->kind, LA_KIND_ND);
	ck_assert_uint_eq(rx->nd.type, type);
	ck_assert(la_addr_eq(&rx->nd.target, target));
	ck_assert(!rx->nd.has_mac || la_mac_eq(&rx->nd.mac, &rig.params.mac));
	return rx;
}

static inline uint32_t
nd_frames(void)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < rig.sents; i++)
		n += rig.sent_rx[i].kind == LA_KIND_ND;
	return n;
}

/* Where the next frame that answers none would go. */
static inline bool
goes_to(const struct la_addr *remote, const struct la_mac *mac)
{
	return link_rig_goes_to(&rig, remote, mac);
}

#endif
