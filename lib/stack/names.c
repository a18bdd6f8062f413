/* SPDX-License-Identifier: BSD-3-Clause */
/* Telemetry keys and help texts of the counters. */
#include "stack_private.h"

static const char *const help_texts[LA_STACK_COUNTS] = {
#define X(name, help) [LA_COUNT_##name] = help,
#include "stack_events.def"
#undef X
};

/* C can not put a name into lower case; a test holds these against the list. Those of the link
 * have theirs there. */
static const char *const names[LA_STACK_COUNTS] = {
	[LA_COUNT_OPENED] = "opened",
	[LA_COUNT_CLOSED] = "closed",
	[LA_COUNT_RESET] = "reset",
	[LA_COUNT_ABORTED] = "aborted",
	[LA_COUNT_TIMED_OUT] = "timed_out",
	[LA_COUNT_REFUSED] = "refused",
	[LA_COUNT_SYN_RECEIVED] = "syn_received",
	[LA_COUNT_MSS_RAISED] = "mss_raised",
	[LA_COUNT_ECN_OPENED] = "ecn_opened",
	[LA_COUNT_ECN_MARKED] = "ecn_marked",
	[LA_COUNT_ECN_REDUCED] = "ecn_reduced",
	[LA_COUNT_COOKIES_SENT] = "cookies_sent",
	[LA_COUNT_COOKIES_ACCEPTED] = "cookies_accepted",
	[LA_COUNT_COOKIES_REJECTED] = "cookies_rejected",
	[LA_COUNT_WRONG_CORE] = "wrong_core",
	[LA_COUNT_RX_FRAMES] = "rx_frames",
	[LA_COUNT_RX_TEXT_OCTETS] = "rx_text_octets",
	[LA_COUNT_TX_SEGMENTS] = "tx_segments",
	[LA_COUNT_TX_TEXT_OCTETS] = "tx_text_octets",
	[LA_COUNT_TX_RETRANSMITS] = "tx_retransmits",
	[LA_COUNT_PATH_BLACK_HOLES] = "path_black_holes",
	[LA_COUNT_TX_NO_NEIGHBOUR] = "tx_no_neighbour",
	[LA_COUNT_TX_RSTS] = "tx_rsts",
	[LA_COUNT_TX_RSTS_LIMITED] = "tx_rsts_limited",
	[LA_COUNT_CHALLENGES] = "challenges",
	[LA_COUNT_CHALLENGES_LIMITED] = "challenges_limited",
	[LA_COUNT_ANSWERS_LIMITED] = "answers_limited",
	[LA_COUNT_TIME_WAIT_ENTERED] = "time_wait_entered",
	[LA_COUNT_TIME_WAIT_EXPIRED] = "time_wait_expired",
	[LA_COUNT_TIME_WAIT_REUSED] = "time_wait_reused",
	[LA_COUNT_TIME_WAIT_REOPENED] = "time_wait_reopened",
	[LA_COUNT_TABLE_FULL] = "table_full",
	[LA_COUNT_IDLE_EVICTED] = "idle_evicted",
	[LA_COUNT_NO_SENDER] = "no_sender",
	[LA_COUNT_REASSEMBLY_EVICTED] = "reassembly_evicted",
	[LA_COUNT_BUFFERS_EXPIRED] = "buffers_expired",
	[LA_COUNT_BUFFERS_REUSED] = "buffers_reused",
	[LA_COUNT_NO_BUFFER] = "no_buffer",
	[LA_COUNT_SENDERS_GAVE_WAY] = "senders_gave_way",
	[LA_COUNT_ICMP_ECHOS] = "icmp_echos",
	[LA_COUNT_ICMP_LIMITED] = "icmp_limited",
	[LA_COUNT_ICMP_ERRORS] = "icmp_errors",
	[LA_COUNT_ICMP_TOO_BIG] = "icmp_too_big",
	[LA_COUNT_ICMP_REFUSED] = "icmp_refused",
	[LA_COUNT_ICMP_IGNORED] = "icmp_ignored",
};

const char *
la_stack_count_name(enum la_stack_count count)
{
	if (count >= LA_STACK_COUNTS)
		return "?";
	if (names[count] == NULL)
		return la_link_count_name((enum la_link_count)(count - LA_COUNT_LINK));
	return names[count];
}

const char *
la_stack_count_help(enum la_stack_count count)
{
	return count < LA_STACK_COUNTS ? help_texts[count] : "?";
}
