/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ICMP: answers echo requests (RFC 1122, 3.2.2.6). Only two kinds of errors have an effect,
 * within limits (RFC 5927): "too big" (RFC 1191, RFC 8201), and one that ends an active open.
 */
#include "stack_private.h"

enum {
	ECHO_REPLY = 0, ECHO_REQUEST = 8,
	ECHO_REQUEST_V6 = 128, ECHO_REPLY_V6 = 129,
	UNREACHABLE = 3, QUENCH = 4, TIME_EXCEEDED = 11, PARAMETER_PROBLEM = 12,
	ERRORS_V6 = 127,                /* ICMPv6 types up to this one are errors. */
	ICMP_LEN = 4, IPV4_LEN = 20, IPV6_LEN = 40, TCP_LEN = 20,
	LEAST_MTU_V6 = 1280,            /* The least of any link (RFC 8200, 5). */
};

static bool
is_error(uint8_t type, bool v4)
{
	if (!v4)
		return type != 0 && type <= ERRORS_V6;
	return type == UNREACHABLE || type == QUENCH || type == TIME_EXCEEDED ||
			type == PARAMETER_PROBLEM;
}

/* The effect of an error on the connection that it quotes. */
enum error { NOTHING, TOO_BIG, NOBODY_THERE };

static enum error
error_of(const struct la_icmp *icmp, bool v4)
{
	enum { PROTOCOL = 2, PORT = 3, FRAGMENTATION_NEEDED = 4 };
	enum { UNREACHABLE_V6 = 1, PACKET_TOO_BIG_V6 = 2, PORT_V6 = 4 };

	if (!v4 && icmp->type == PACKET_TOO_BIG_V6)
		return TOO_BIG;
	if (!v4)
		return icmp->type == UNREACHABLE_V6 && icmp->code == PORT_V6 ? NOBODY_THERE :
				NOTHING;
	if (icmp->type != UNREACHABLE)
		return NOTHING;
	if (icmp->code == FRAGMENTATION_NEEDED)
		return TOO_BIG;
	return icmp->code == PROTOCOL || icmp->code == PORT ? NOBODY_THERE : NOTHING;
}

/* Classify an error without looking up the connection. The source of the quoted packet must be
 * the error's destination. */
static enum error
read_error(const struct la_rx *rx, bool v4, struct la_quote *quote)
{
	const enum error error = error_of(&rx->icmp, v4);

	if (error == NOTHING || !la_rx_quote(rx, quote) || !la_addr_eq(&quote->source, &rx->dest))
		return NOTHING;
	/* No link has a smaller MTU: the error must be discarded (RFC 8201, 4). */
	if (error == TOO_BIG && !v4 && quote->mtu < LEAST_MTU_V6)
		return NOTHING;
	return error;
}

static struct la_tuple
quoted_tuple(const struct la_stack *s, const struct la_quote *quote)
{
	return (struct la_tuple){
		.remote = quote->dest, .local_port = quote->source_port,
		.remote_port = quote->dest_port,
		.local = (uint16_t)la_address_index(&s->link.addresses, &quote->source),
	};
}

static uint32_t
quoted_connection(const struct la_stack *s, const struct la_quote *quote)
{
	const struct la_tuple tuple = quoted_tuple(s, quote);
	const uint32_t handle = la_flow_lookup(&s->flow, &tuple, la_flow_hash(&s->flow, &tuple));

	return handle & LA_FLOW_TIME_WAIT ? LA_FLOW_NONE : handle;
}

static bool
too_big(struct la_stack *s, struct la_call *call, const struct la_quote *quote, bool v4)
{
	const uint32_t headers = (v4 ? IPV4_LEN : IPV6_LEN) + TCP_LEN;
	/* Old routers report an MTU of 0 (RFC 1191, 5): then use the least MSS. */
	const uint32_t mss = quote->mtu > headers ? quote->mtu - headers : 0;

	if (!la_tcp_too_big(&s->env, call->tcb, quote->seq, mss, call->now_us))
		return false;
	la_stack__count(s, LA_COUNT_ICMP_TOO_BIG);
	return true;
}

static bool
connect_refused(struct la_stack *s, struct la_call *call, const struct la_quote *quote)
{
	if (!la_tcp_unreachable(call->tcb, quote->seq, &call->out))
		return false;
	la_stack__count(s, LA_COUNT_ICMP_REFUSED);
	return true;
}

/* True if the error changed anything. Output keeps its next hop: anybody may have sent the
 * error. */
static bool
act_on_error(struct la_stack *s, const struct la_rx *rx, bool v4, uint64_t now_us)
{
	struct la_quote quote;
	const enum error error = read_error(rx, v4, &quote);
	struct la_call call;
	uint32_t handle;
	bool acted;

	if (error == NOTHING)
		return false;
	handle = quoted_connection(s, &quote);
	if (handle == LA_FLOW_NONE)
		return false;
	la_stack__call_begin(s, &call, handle, NULL, now_us);
	acted = error == TOO_BIG ? too_big(s, &call, &quote, v4) :
			connect_refused(s, &call, &quote);
	la_stack__call_end(s, &call);
	return acted;
}

static void
take_error(struct la_stack *s, const struct la_rx *rx, bool v4, uint64_t now_us)
{
	la_stack__count(s, LA_COUNT_ICMP_ERRORS);
	if (!act_on_error(s, rx, v4, now_us))
		la_stack__count(s, LA_COUNT_ICMP_IGNORED);
}

static void
send_answer(struct la_stack *s, const struct la_rx *rx, uint8_t type, uint64_t now_us)
{
	const struct la_hop hop = la_link_answer_hop(&s->link, &rx->source, &rx->from, LA_TO_NEW, now_us);
	struct la_path path = { .source = rx->dest, .dest = rx->source };
	const struct la_icmp reply = {
		.type = type, .body = rx->icmp.body, .len = rx->icmp.len,
	};
	uint8_t *frame = la_link_frame(&s->link);

	if (frame == NULL)
		return;
	la_link_path(&s->link, &path, &hop.mac, hop.tci);
	s->io.send(s->io.user, la_emit_icmp(frame, &path, &reply), false, path.nic_tci);
	la_stack__count(s, LA_COUNT_ICMP_ECHOS);
}

static void
answer_echo(struct la_stack *s, const struct la_rx *rx, bool v4, uint64_t now_us)
{
	const uint32_t len = (v4 ? IPV4_LEN : IPV6_LEN) + ICMP_LEN + (uint32_t)rx->icmp.len;

	/* Larger than the MTU: a frame has no room for the answer. */
	if (rx->icmp.code != 0 || len > s->params.mtu)
		return;
	if (!la_shares_take(&s->link.icmp_limit, &rx->source, now_us))
		la_stack__count(s, LA_COUNT_ICMP_LIMITED);
	else
		send_answer(s, rx, v4 ? ECHO_REPLY : ECHO_REPLY_V6, now_us);
}

static enum la_rx_reason
whom_for(const struct la_stack *s, const struct la_rx *rx)
{
	if (!la_mac_eq(&rx->dest_mac, &s->link.mac))
		return LA_RX_NOT_OUR_MAC;
	if (la_address_index(&s->link.addresses, &rx->dest) == LA_ADDRESS_NONE)
		return LA_RX_NOT_OUR_ADDRESS;
	if (la_address_index(&s->link.addresses, &rx->source) != LA_ADDRESS_NONE)
		return LA_RX_IP_SOURCE;
	return LA_RX_OK;
}

void
la_stack__icmp(struct la_stack *s, const struct la_rx *rx, uint64_t now_us)
{
	const bool v4 = la_addr_is_v4(&rx->dest);
	const enum la_rx_reason reason = whom_for(s, rx);

	la_count(&s->counters.rx[reason]);
	if (reason != LA_RX_OK)
		return;
	if (rx->icmp.type == (v4 ? ECHO_REQUEST : ECHO_REQUEST_V6))
		answer_echo(s, rx, v4, now_us);
	else if (is_error(rx->icmp.type, v4))
		take_error(s, rx, v4, now_us);
}

/* An error arrives on the queue of its own addresses, but another worker may have the quoted
 * connection. Can the error have an effect there? */
bool
la_stack__icmp_concerns(const struct la_stack *s, const struct la_rx *rx, struct la_tuple *quoted)
{
	struct la_quote quote;

	if (read_error(rx, la_addr_is_v4(&rx->dest), &quote) == NOTHING ||
			whom_for(s, rx) != LA_RX_OK)
		return false;
	*quoted = quoted_tuple(s, &quote);
	return true;
}

/* The worker that received the error counted it. */
void
la_stack__icmp_overhear(struct la_stack *s, const struct la_rx *rx, uint64_t now_us)
{
	const bool v4 = la_addr_is_v4(&rx->dest);

	if (is_error(rx->icmp.type, v4) && whom_for(s, rx) == LA_RX_OK)
		act_on_error(s, rx, v4, now_us);
}
