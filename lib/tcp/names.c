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

static const struct { const char *key, *help; enum la_class class; } reasons[LA_TCP_REASONS] = {
#define X(name, key, class, help) [LA_##name] = { #key, help, LA_CLASS_##class },
#include "tcp_reasons.def"
#undef X
};

const char *
la_tcp_reason_name(enum la_tcp_reason reason)
{
	return reason < LA_TCP_REASONS ? reasons[reason].key : "?";
}

const char *
la_tcp_reason_help(enum la_tcp_reason reason)
{
	return reason < LA_TCP_REASONS ? reasons[reason].help : "?";
}

enum la_class
la_tcp_reason_class(enum la_tcp_reason reason)
{
	return reasons[reason].class;
}
