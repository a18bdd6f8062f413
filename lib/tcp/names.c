/* SPDX-License-Identifier: BSD-3-Clause */
#include "la_tcp.h"

const char *
la_tcp_state_name(enum la_tcp_state state)
{
	static const char *const names[LA_TCP_STATES] = {
		[LA_CLOSED] = "CLOSED",
		[LA_LISTEN] = "LISTEN",
		[LA_SYN_SENT] = "SYN-SENT",
		[LA_SYN_RECEIVED] = "SYN-RECEIVED",
		[LA_ESTABLISHED] = "ESTABLISHED",
		[LA_FIN_WAIT_1] = "FIN-WAIT-1",
		[LA_FIN_WAIT_2] = "FIN-WAIT-2",
		[LA_CLOSE_WAIT] = "CLOSE-WAIT",
		[LA_CLOSING] = "CLOSING",
		[LA_LAST_ACK] = "LAST-ACK",
		[LA_TIME_WAIT] = "TIME-WAIT",
	};

	return (unsigned int)state < LA_TCP_STATES ? names[state] : "?";
}

const char *
la_tcp_timer_name(enum la_tcp_timer timer)
{
	static const char *const names[LA_TCP_TIMERS] = {
		[LA_TIMER_NONE] = "none",
		[LA_TIMER_RETRANSMIT] = "retransmit",
		[LA_TIMER_PERSIST] = "persist",
		[LA_TIMER_SENDER] = "sender",
		[LA_TIMER_NO_SENDER] = "no-sender",
		[LA_TIMER_FIN_WAIT_2] = "fin-wait-2",
		[LA_TIMER_KEEPALIVE] = "keepalive",
		[LA_TIMER_IDLE] = "idle",
		[LA_TIMER_REASSEMBLY] = "reassembly",
		[LA_TIMER_CONFIRM] = "confirm",
		[LA_TIMER_USER] = "user",
		[LA_TIMER_REORDER] = "reorder",
		[LA_TIMER_TAIL] = "tail",
	};

	return (unsigned int)timer < LA_TCP_TIMERS ? names[timer] : "?";
}

/* C cannot put a name into lower case; a test holds these against the list. */
static const char *const reason_names[LA_TCP_REASONS] = {
	[LA_OK] = "ok",
	[LA_OK_OPENED_BY_COOKIE] = "ok_opened_by_cookie",
	[LA_OK_SYN_ACKED] = "ok_syn_acked",
	[LA_OK_SYN_REPEATED] = "ok_syn_repeated",
	[LA_OK_TIME_WAIT_REOPENED] = "ok_time_wait_reopened",
	[LA_OK_TIME_WAIT_ACKED] = "ok_time_wait_acked",
	[LA_END_RST] = "end_rst",
	[LA_END_REFUSED] = "end_refused",
	[LA_END_SYN_RECEIVED_RST] = "end_syn_received_rst",
	[LA_END_SYN_RECEIVED_SYN] = "end_syn_received_syn",
	[LA_RST_CLOSED_PORT] = "rst_closed_port",
	[LA_RST_NO_CONNECTION] = "rst_no_connection",
	[LA_RST_COOKIE_BAD] = "rst_cookie_bad",
	[LA_RST_ACK_UNACCEPTABLE] = "rst_ack_unacceptable",
	[LA_DROP_CLOSED_SILENT] = "drop_closed_silent",
	[LA_DROP_LISTEN_FLAGS] = "drop_listen_flags",
	[LA_DROP_LISTEN_RST] = "drop_listen_rst",
	[LA_DROP_COOKIE_UNDER_WAY] = "drop_cookie_under_way",
	[LA_DROP_TABLE_FULL] = "drop_table_full",
	[LA_DROP_BACKLOG_FULL] = "drop_backlog_full",
	[LA_DROP_DRAINING] = "drop_draining",
	[LA_DROP_OLD_DUPLICATE] = "drop_old_duplicate",
	[LA_DROP_OUTSIDE_WINDOW] = "drop_outside_window",
	[LA_DROP_RST_OUTSIDE_WINDOW] = "drop_rst_outside_window",
	[LA_DROP_RST_INEXACT] = "drop_rst_inexact",
	[LA_DROP_RST_TIME_WAIT] = "drop_rst_time_wait",
	[LA_DROP_SYN_CHALLENGED] = "drop_syn_challenged",
	[LA_DROP_NO_ACK] = "drop_no_ack",
	[LA_DROP_ACK_NOT_SENT] = "drop_ack_not_sent",
	[LA_DROP_ACK_TOO_OLD] = "drop_ack_too_old",
	[LA_DROP_PAWS] = "drop_paws",
	[LA_DROP_SYN_SENT_FLAGS] = "drop_syn_sent_flags",
	[LA_DROP_NO_ROOM] = "drop_no_room",
	[LA_DROP_REASSEMBLY_FULL] = "drop_reassembly_full",
};

static const char *const reason_help[LA_TCP_REASONS] = {
#define X(name, severity, help) [LA_##name] = help,
#include "tcp_reasons.def"
#undef X
};

const char *
la_tcp_reason_name(enum la_tcp_reason reason)
{
	return reason < LA_TCP_REASONS ? reason_names[reason] : "?";
}

const char *
la_tcp_reason_help(enum la_tcp_reason reason)
{
	return reason < LA_TCP_REASONS ? reason_help[reason] : "?";
}
