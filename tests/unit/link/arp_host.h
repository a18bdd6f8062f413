/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TEST_ARP_HOST_H
#define LA_TEST_ARP_HOST_H

/** @file
 * A host of IPv4 on the link, and what it says by ARP.
 */
#include "la_check.h"
#include "link_rig.h"

static struct link_rig rig;

enum {
	US = 0x0a000001, GATEWAY = 0x0a0000fe, HOST = 0x0a000064, FAR = 0x08080808,
	REQUEST = 1, REPLY = 2,
};

static const struct la_mac first_mac = { { 2, 0, 0, 0, 1, 1 } };
static const struct la_mac other_mac = { { 2, 0, 0, 0, 2, 2 } };

static inline void
begin(void)
{
	link_rig_params(&rig);
	link_rig_make(&rig);
}

static inline void
says(uint16_t op, uint32_t sender, const struct la_mac *mac, uint32_t target)
{
	struct la_arp arp = { .op = op, .sender_mac = *mac, .sender = sender, .target = target };

	if (op == REPLY)
		arp.target_mac = rig.params.mac;
	link_rig_arp(&rig, arp);
}

/* It asks for us, and has answered too: known, and known to be there. */
static inline void
is_known(uint32_t sender, const struct la_mac *mac)
{
	says(REQUEST, sender, mac, US);
	says(REPLY, sender, mac, US);
	link_rig_forget(&rig);
}

static inline const struct la_rx *
expect_arp(uint16_t op, uint32_t sender, uint32_t target)
{
	const struct la_rx *rx = link_rig_next(&rig);

	ck_assert_msg(rx != NULL, "no ARP was sent");
	ck_assert_int_eq(rx->kind, LA_KIND_ARP);
	ck_assert_uint_eq(rx->arp.op, op);
	ck_assert_uint_eq(rx->arp.sender, sender);
	ck_assert_uint_eq(rx->arp.target, target);
	ck_assert(la_mac_eq(&rx->arp.sender_mac, &rig.params.mac));
	return rx;
}

/* Where the next frame that answers none would go. */
static inline bool
goes_to(uint32_t remote, const struct la_mac *mac)
{
	const struct la_addr address = la_addr_v4(remote);

	return link_rig_goes_to(&rig, &address, mac);
}

#endif
