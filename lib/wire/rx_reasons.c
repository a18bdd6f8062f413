/* SPDX-License-Identifier: BSD-3-Clause */
/* The names that the outside knows the reasons of rx_reasons.def by. */
#include "la_rx.h"

/* C cannot put a name into lower case; the test holds these against the list. */
static const char *const names[LA_RX_REASONS] = {
	[LA_RX_OK] = "rx_ok",
	[LA_RX_NOT_OUR_MAC] = "rx_not_our_mac",
	[LA_RX_ETHERTYPE] = "rx_ethertype",
	[LA_RX_VLAN] = "rx_vlan",
	[LA_RX_NOT_OUR_ADDRESS] = "rx_not_our_address",
	[LA_RX_PROTOCOL] = "rx_protocol",
	[LA_RX_SHORT] = "rx_short",
	[LA_RX_ARP] = "rx_arp",
	[LA_RX_IP_VERSION] = "rx_ip_version",
	[LA_RX_IP_HEADER_LEN] = "rx_ip_header_len",
	[LA_RX_IP_TOTAL_LEN] = "rx_ip_total_len",
	[LA_RX_CUT_OFF] = "rx_cut_off",
	[LA_RX_IP_CHECKSUM] = "rx_ip_checksum",
	[LA_RX_IP_OPTIONS] = "rx_ip_options",
	[LA_RX_IP_FRAGMENT] = "rx_ip_fragment",
	[LA_RX_IP_EXTENSION] = "rx_ip_extension",
	[LA_RX_IP_SOURCE] = "rx_ip_source",
	[LA_RX_IP_DESTINATION] = "rx_ip_destination",
	[LA_RX_IP_LAND] = "rx_ip_land",
	[LA_RX_ICMP] = "rx_icmp",
	[LA_RX_ND] = "rx_nd",
	[LA_RX_TCP_SHORT] = "rx_tcp_short",
	[LA_RX_TCP_OFFSET] = "rx_tcp_offset",
	[LA_RX_TCP_CHECKSUM] = "rx_tcp_checksum",
	[LA_RX_TCP_CHECKSUM_PARTIAL] = "rx_tcp_checksum_partial",
	[LA_RX_TCP_OPTION] = "rx_tcp_option",
	[LA_RX_TCP_PORT] = "rx_tcp_port",
};

static const char *const helps[LA_RX_REASONS] = {
#define X(name, severity, help) [LA_##name] = help,
#include "rx_reasons.def"
#undef X
};

const char *
la_rx_reason_name(enum la_rx_reason reason)
{
	return names[reason];
}

const char *
la_rx_reason_help(enum la_rx_reason reason)
{
	return helps[reason];
}
