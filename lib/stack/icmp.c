/* SPDX-License-Identifier: BSD-3-Clause */
/* ICMP: echo is answered (RFC 1122, 3.2.2.6); errors are noted (RFC 5927). */
#include "stack_private.h"

enum {
	ECHO_REPLY = 0, ECHO_REQUEST = 8,
	ECHO_REQUEST_V6 = 128, ECHO_REPLY_V6 = 129,
	UNREACHABLE = 3, QUENCH = 4, TIME_EXCEEDED = 11, PARAMETER_PROBLEM = 12,
	ERRORS_V6 = 127,                /* ICMPv6 types up to this one are errors. */
	ICMP_LEN = 4, IPV4_LEN = 20, IPV6_LEN = 40,
};

static bool
is_error(uint8_t type, bool v4)
{
	if (!v4)
		return type != 0 && type <= ERRORS_V6;
	return type == UNREACHABLE || type == QUENCH || type == TIME_EXCEEDED ||
			type == PARAMETER_PROBLEM;
}

static void
answer(struct la_stack *s, const struct la_rx *rx, uint8_t type)
{
	struct la_path path = { .source = rx->dest, .dest = rx->source };
	const struct la_icmp reply = {
		.type = type, .body = rx->icmp.body, .len = rx->icmp.len,
	};
	uint8_t *frame = s->io.frame(s->io.user);

	if (frame == NULL) {
		la_stack_count(s, LA_COUNT_TX_NO_FRAME);
		return;
	}
	la_stack_path_link(s, &path, &rx->from.mac, rx->from.tci);
	s->io.send(s->io.user, la_emit_icmp(frame, &path, &reply), false, path.nic_tci);
	la_stack_count(s, LA_COUNT_ICMP_ECHOS);
}

static void
echo(struct la_stack *s, const struct la_rx *rx, bool v4, uint64_t now_us)
{
	const uint32_t len = (v4 ? IPV4_LEN : IPV6_LEN) + ICMP_LEN + (uint32_t)rx->icmp.len;

	/* Larger than the link's MTU allows: there is no room to answer. */
	if (rx->icmp.code != 0 || len > s->params.mtu)
		return;
	if (!la_limit_take(&s->icmp_limit, now_us))
		la_stack_count(s, LA_COUNT_ICMP_LIMITED);
	else
		answer(s, rx, v4 ? ECHO_REPLY : ECHO_REPLY_V6);
}

void
la_stack_icmp(struct la_stack *s, const struct la_rx *rx, uint64_t now_us)
{
	const bool v4 = la_addr_is_v4(&rx->dest);

	if (!v4 && rx->icmp.type == LA_MLD_QUERY) {
		la_stack_mld_query(s, rx, now_us);
		return;
	}
	if (!la_mac_eq(&rx->dest_mac, &s->mac)) {
		la_count(&s->counters.rx[LA_RX_NOT_OUR_MAC]);
		return;
	}
	if (la_address_index(&s->addresses, &rx->dest) == LA_ADDRESS_NONE) {
		la_count(&s->counters.rx[LA_RX_NOT_OUR_ADDRESS]);
		return;
	}
	if (la_address_index(&s->addresses, &rx->source) != LA_ADDRESS_NONE) {
		la_count(&s->counters.rx[LA_RX_IP_SOURCE]);
		return;
	}
	la_count(&s->counters.rx[LA_RX_OK]);
	if (rx->icmp.type == (v4 ? ECHO_REQUEST : ECHO_REQUEST_V6))
		echo(s, rx, v4, now_us);
	else if (is_error(rx->icmp.type, v4))
		la_stack_count(s, LA_COUNT_ICMP_ERRORS);
}
