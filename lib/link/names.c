/* SPDX-License-Identifier: BSD-3-Clause */
/* Telemetry keys and help texts of the counters. */
#include "la_link_params.h"

static const char *const help_texts[LA_LINK_COUNTS] = {
#define X(name, help) [LA_LINK_##name] = help,
#include "link_events.def"
#undef X
};

/* C can not put a name into lower case; a test holds these against the list. */
static const char *const names[LA_LINK_COUNTS] = {
	[LA_LINK_TX_NO_FRAME] = "tx_no_frame",
	[LA_LINK_NO_GATEWAY] = "no_gateway",
	[LA_LINK_ARP_REQUESTS] = "arp_requests",
	[LA_LINK_ARP_REPLIES] = "arp_replies",
	[LA_LINK_ARP_SENT] = "arp_sent",
	[LA_LINK_ARP_IGNORED] = "arp_ignored",
	[LA_LINK_ND_SOLICITS] = "nd_solicits",
	[LA_LINK_ND_ADVERTS] = "nd_adverts",
	[LA_LINK_ND_SENT] = "nd_sent",
	[LA_LINK_ND_IGNORED] = "nd_ignored",
	[LA_LINK_MLD_QUERIES] = "mld_queries",
	[LA_LINK_MLD_REPORTS] = "mld_reports",
	[LA_LINK_ADDRESS_CONFLICTS] = "address_conflicts",
	[LA_LINK_NEIGHBOURS_FULL] = "neighbours_full",
	[LA_LINK_NEIGHBOURS_LOST] = "neighbours_lost",
};

const char *
la_link_count_name(enum la_link_count count)
{
	return count < LA_LINK_COUNTS ? names[count] : "?";
}

const char *
la_link_count_help(enum la_link_count count)
{
	return count < LA_LINK_COUNTS ? help_texts[count] : "?";
}
