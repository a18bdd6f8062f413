/* SPDX-License-Identifier: BSD-3-Clause */
/* Parameters that make no sense, what the stack works out, names and sizes. */
#include <string.h>

#include "la_check.h"
#include "rig.h"
#include "stack_private.h"

static struct rig rig;

/* A way to spoil parameters that made sense. */
#define CHANGE(name, statement) \
	static void \
	name(struct la_stack_params *p) \
	{ \
		(void)p; \
		statement; \
	}

CHANGE(one_too_many, p->connections = 0x7fffffff)
CHANGE(no_connections, p->connections = 0)
CHANGE(no_records, p->time_wait_max = 0)
CHANGE(no_senders, p->senders = 0)
CHANGE(no_reassembly, p->reassembly = 0)
CHANGE(no_backlog, p->backlog = 0)
CHANGE(no_2msl, p->time_wait_us = 0)
CHANGE(long_2msl, p->time_wait_us = UINT64_MAX)
CHANGE(no_window, p->tcp.window = 0)
CHANGE(large_window, p->tcp.window = (1 << 30) + 1)
CHANGE(large_window_max, p->tcp.window_max = (1 << 30) + 1)
CHANGE(many_retries, p->tcp.retries = 16)
CHANGE(small_mtu, p->mtu = 575)
CHANGE(no_mac, memset(&p->mac, 0, sizeof(p->mac)))
CHANGE(group_mac, p->mac.b[0] |= 1)
CHANGE(no_address, p->ranges_len = 0)
CHANGE(empty_range, rig.ranges[0].count = 0)
CHANGE(long_prefix, rig.ranges[0].prefix_len = la_test_prefix(33))
static void
multicast(struct la_stack_params *p)
{
	(void)p;
	ck_assert(la_addr_parse(la_test_is_ipv6() ? "ff02::1" : "224.0.0.1",
			&rig.ranges[0].first));
}
static void
past_the_end(struct la_stack_params *p)
{
	(void)p;
	/* Of all addresses, or of a network of 64 bits. */
	ck_assert(la_addr_parse(la_test_is_ipv6() ? "fd00::ffff:ffff:ffff:fff0" :
			"255.255.255.240", &rig.ranges[0].first));
	rig.ranges[0].count = 17;
}
static void
overlap(struct la_stack_params *p)
{
	rig.ranges[0].count = 10;
	rig.ranges[1] = (struct la_stack_range){ la_test_addr(0x0a00000a), 1,
		la_test_prefix(24) };
	p->ranges_len = 2;
}
static void
many_addresses(struct la_stack_params *p)
{
	rig.ranges[0].count = 65000;
	rig.ranges[1] = (struct la_stack_range){ la_test_addr(0x0b000001), 600,
		la_test_prefix(24) };
	p->ranges_len = 2;
}
static void
small_mtu_v6(struct la_stack_params *p)
{
	ck_assert(la_addr_parse("2001:db8::1", &rig.ranges[1].first));
	rig.ranges[1].count = 1;
	p->ranges_len = 2;
	p->mtu = 1279;
}
CHANGE(odd_gateway, p->has_gateway[!la_test_is_ipv6()] = true)
static void
unknown_service(struct la_stack_params *p)
{
	(void)p;
	rig.listeners[0].instance = NULL;
	rig.listeners[0].service = "gopher";
}
CHANGE(no_service, rig.listeners[0].instance = NULL)
CHANGE(ports_reversed, rig.listeners[0].port_last = 79)
CHANGE(port_zero, rig.listeners[0].port_first = 0)
CHANGE(no_such_address, rig.listeners[0].address = 1)
static void
too_large_body(struct la_stack_params *p)
{
	(void)p;
	rig.listeners[rig_listen(&rig, "http", 81)].params.body_len = UINT32_MAX;
}

static void (*const nonsense[])(struct la_stack_params *p) = {
	one_too_many, no_connections, no_records, no_senders, no_reassembly, no_backlog, no_2msl,
	long_2msl, no_window, large_window, large_window_max, many_retries, small_mtu, no_mac, group_mac,
	no_address, empty_range, long_prefix, multicast, past_the_end, overlap, many_addresses,
	small_mtu_v6, odd_gateway, unknown_service, no_service, ports_reversed, port_zero,
	no_such_address, too_large_body,
};

enum { NONSENSE = sizeof(nonsense) / sizeof(nonsense[0]) };

START_TEST(nonsense_needs_no_memory)
{
	rig_params(&rig, 16);
	ck_assert_uint_gt(la_stack_memory(&rig.params), 0);
	nonsense[_i](&rig.params);
	ck_assert_uint_eq(la_stack_memory(&rig.params), 0);
}
END_TEST

static const struct { uint16_t mtu, given, v4, v6; } sizes[] = {
	{ 1500, 0, 1460, 1440 }, { 1500, 1400, 1400, 1400 }, { 1500, 9000, 1460, 1440 },
	{ 9000, 0, 8960, 8940 }, { 576, 0, 536, 516 },
};

START_TEST(mss_follows_from_the_mtu)
{
	rig_params(&rig, 16);
	rig.params.mtu = sizes[_i].mtu;
	rig.params.tcp.mss_v4 = rig.params.tcp.mss_v6 = sizes[_i].given;
	la_stack__params_derive(&rig.params);
	ck_assert_uint_eq(rig.params.tcp.mss_v4, sizes[_i].v4);
	ck_assert_uint_eq(rig.params.tcp.mss_v6, sizes[_i].v6);
}
END_TEST

START_TEST(groups_share_a_service)
{
	rig_params(&rig, 16);
	rig_listen(&rig, "echo", 1);
	rig_listen(&rig, "discard", 2);
	rig_listen(&rig, "echo", 3);
	rig_listen(&rig, "discard", 4);
	rig.listeners[3].group = 1;
	/* The same number, but another service. */
	rig.listeners[4].group = 1;
	rig_start(&rig);
	ck_assert_ptr_eq(rig.stack->bound[3].service, rig.stack->bound[1].service);
	ck_assert_ptr_ne(rig.stack->bound[2].service, rig.stack->bound[1].service);
	ck_assert_ptr_ne(rig.stack->bound[4].service, rig.stack->bound[1].service);
	ck_assert_uint_eq(rig.stack->services_len, 3);
	rig_end(&rig, true);
}
END_TEST

START_TEST(a_million_connections_fit)
{
	rig_params(&rig, 1000000);
	rig.params.time_wait_max = 1;
	/* Table, blocks and extension blocks. */
	ck_assert_uint_lt(la_stack_memory(&rig.params), 170000000);
	rig.params.senders = rig.params.reassembly = 1;
	ck_assert_uint_lt(la_stack_memory(&rig.params), 78000000);
}
END_TEST

START_TEST(usage_is_told_in_octets_and_pieces)
{
	struct la_stack_usage usage;

	rig_params(&rig, 100);
	rig_start(&rig);
	la_stack_usage(rig.stack, &usage);
	ck_assert_uint_eq(usage.octets_per_connection, 64);
	ck_assert_uint_le(usage.octets_per_time_wait, 36);
	ck_assert_uint_eq(usage.octets_all, la_stack_memory(&rig.params));
	ck_assert_uint_eq(usage.connections_size, 100);
	ck_assert_uint_ge(usage.table_size, 200);
	rig_end(&rig, true);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stack params");
	TCase *t = tcase_create("params");

	tcase_add_loop_test(t, nonsense_needs_no_memory, 0, NONSENSE);
	tcase_add_loop_test(t, mss_follows_from_the_mtu, 0, 5);
	tcase_add_test(t, groups_share_a_service);
	tcase_add_test(t, a_million_connections_fit);
	tcase_add_test(t, usage_is_told_in_octets_and_pieces);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
