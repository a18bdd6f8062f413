/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames that concern stacks of the port other than the one that received them. Passing a
 * frame to all stacks costs more than dropping it, and anybody may send one: so a frame that
 * no other stack could use is not passed on.
 */
#include "stack_private.h"

static bool
is_for_this_port(const struct la_stack *s, const struct la_rx *rx)
{
	return !la_link_is_foreign(&s->link, rx) &&
			(la_mac_eq(&rx->dest_mac, &s->link.mac) || rx->dest_mac.b[0] & 1);
}

static enum la_stack_hearers
who_hears_icmp(const struct la_stack *s, const struct la_rx *rx, struct la_tuple *quoted)
{
	if (la_link_mld_concerns(&s->link, rx))
		return LA_HEARERS_FIRST;
	return la_stack__icmp_concerns(s, rx, quoted) ? LA_HEARERS_OWNER : LA_HEARERS_NONE;
}

enum la_stack_hearers
la_stack_would_hear(const struct la_stack *s, const struct la_rx *rx, struct la_tuple *quoted)
{
	if (rx->reason != LA_RX_OK || !is_for_this_port(s, rx))
		return LA_HEARERS_NONE;
	switch (rx->kind) {
	case LA_KIND_ARP: case LA_KIND_ND:
		return LA_HEARERS_ALL;
	case LA_KIND_ICMP:
		return who_hears_icmp(s, rx, quoted);
	case LA_KIND_TCP:
		break;
	}
	return LA_HEARERS_NONE;
}

void
la_stack_overhear(struct la_stack *s, const struct la_rx *rx, uint64_t now_us)
{
	if (rx->reason != LA_RX_OK || la_link_is_foreign(&s->link, rx))
		return;
	if (la_link_takes(rx))
		la_link_overhear(&s->link, rx, now_us);
	else if (rx->kind == LA_KIND_ICMP)
		la_stack__icmp_overhear(s, rx, now_us);
}
