/* SPDX-License-Identifier: BSD-3-Clause */
/* What a client of the telemetry socket gets. */
#include <stdio.h>
#include <string.h>

#include "la_bytes.h"
#include "la_checksum.h"
#include "ring_port.h"
#include "tel_client.h"

START_TEST(figures_are_what_happened)
{
	struct ring_port p;
	struct client c;

	ring_port_start(&p, 1000);
	client_start(&c, la_dpio_socket(p.dpio));
	ring_port_open(&p, 1000);
	ring_port_segment(&p, LA_ACK | LA_PSH, 10);
	while (ring_port_expect(&p, LA_ACK).len == 0)
		;
	expect(&c, "/lastack/info", "\"version\":\"1.2.3\"");
	expect(&c, "/lastack/info", "\"role\":\"serve\"");
	expect(&c, "/lastack/counters", "\"opened\":1,");
	expect(&c, "/lastack/counters,0", "\"rx_text_octets\":10,");
	expect(&c, "/lastack/states", "\"ESTABLISHED\":1,");
	expect(&c, "/lastack/states,0", "\"TIME_WAIT\":0");
	expect(&c, "/lastack/throughput", "\"peak_connections\":");
	expect(&c, "/lastack/workers", "\"table_used\":1,");
	expect(&c, "/lastack/listeners", "\"name\":\"echo\",\"address\":\"*\",\"port\":\"7\"");
	expect(&c, "/lastack/listeners", "\"accepted\":1,\"refused\":0,\"open\":1");
	expect(&c, "/lastack/cookies", "\"accepted\":1,\"rejected\":0");
	expect(&c, "/lastack/connections", "\"remote\":\"10.0.0.2:1000\",\"state\":\"ESTABLISHED\"");
	expect(&c, "/lastack/memory", "\"octets_per_connection\":64");
	expect(&c, "/lastack/config", "\"port/mtu\":\"1500\"");
	expect(&c, "/lastack/config", "\"port/address\":\"10.0.0.1\"");
	expect(&c, "/lastack/config", "\"port/address/2\":\"10.0.0.9\"");
	expect(&c, "/lastack/config", "\"listen/web/port\":\"80\"");
	expect(&c, "/lastack/config", "\"listen/far_web/port\":\"81\"");
	client_end(&c);
	ring_port_stop(&p);
}
END_TEST

/* A segment as a veth's other end sends it: the pseudo-header's sum for TCP's checksum. */
static void
send_partial(struct ring_port *p)
{
	enum { IP = 14, IP_LEN = 20, IP_CHECKSUM = 24 };
	const struct la_seg seg = { .flags = LA_ACK, .len = 0 };
	uint8_t frame[128];
	const uint32_t len = la_emit_tcp(frame, &p->path, &seg, true);

	la_put16(frame + IP_CHECKSUM, la_checksum_finish(la_checksum_add(0, frame + IP, IP_LEN)));
	ring_port_inject(p, frame, len);
}

static uint64_t
partial(struct ring_port *p)
{
	struct la_dpio_totals totals;

	la_dpio_totals(p->dpio, &totals);
	return totals.rx[LA_RX_TCP_CHECKSUM_PARTIAL];
}

START_TEST(a_fault_of_the_setup_is_told_with_its_cure)
{
	struct ring_port p;
	struct client c;

	ring_port_start(&p, 1000);
	client_start(&c, la_dpio_socket(p.dpio));
	la_dpio_tick(p.dpio, NULL);
	expect(&c, "/lastack/notes", "{}");
	for (uint64_t i = 1; i <= 3; i++) {
		expect(&c, "/lastack/notes", "{}");
		send_partial(&p);
		ring_port_await(partial, &p, i);
	}
	expect(&c, "/lastack/notes", "\"0\":{\"name\":\"checksum_partial\",\"device\":");
	expect(&c, "/lastack/notes", "\"count\":3,\"text\":\"3 segments dropped");
	expect(&c, "/lastack/notes", "\"cure\":\"on the interface");
	client_end(&c);
	ring_port_stop(&p);
}
END_TEST

START_TEST(every_counter_is_there_under_a_name_of_its_own)
{
	static const char *const names[] = {
#define X(name, key, ...) "\"" #key "\":",
#include "rx_reasons.def"
#include "tcp_reasons.def"
#include "stack_events.def"
#include "port_counters.def"
#undef X
	};
	struct ring_port p;
	struct client c;

	ring_port_start(&p, 1000);
	client_start(&c, la_dpio_socket(p.dpio));
	ask(&c, "/lastack/counters");
	for (size_t i = 0; i < RTE_DIM(names); i++) {
		const char *at = strstr(c.reply, names[i]);

		ck_assert_msg(at != NULL, "no %s", names[i]);
		ck_assert_msg(strstr(at + 1, names[i]) == NULL, "%s twice", names[i]);
	}
	client_end(&c);
	ring_port_stop(&p);
}
END_TEST

/* All of them, in one reply: those of frames and segments, and what else was lost. */
START_TEST(every_reason_tells_its_class_and_meaning)
{
	static const struct { const char *row; enum la_class class; } rows[] = {
#define X(name, key, class, help) \
		{ "\"" #key "\":{\"class\":\"", LA_CLASS_##class },
#include "rx_reasons.def"
#include "tcp_reasons.def"
#include "stack_events.def"
#include "port_counters.def"
#undef X
	};
	struct ring_port p;
	struct client c;

	ring_port_start(&p, 1000);
	client_start(&c, la_dpio_socket(p.dpio));
	ask(&c, "/lastack/reasons");
	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		const char *at = strstr(c.reply, rows[i].row);
		const char *class = la_class_name(rows[i].class);

		if (rows[i].class == LA_CLASS_EVENT) {
			ck_assert_msg(at == NULL, "%s is no reason", rows[i].row);
			continue;
		}
		ck_assert_msg(at != NULL, "no %s", rows[i].row);
		ck_assert_mem_eq(at + strlen(rows[i].row), class, strlen(class));
	}
	expect(&c, "/lastack/reasons", "\"drop_no_ack\":{\"class\":\"drop\",\"of\":\"segment\","
			"\"help\":\"no ACK bit on a synchronized connection\"}");
	expect(&c, "/lastack/reasons", "\"rx_arp\":{\"class\":\"drop\",\"of\":\"frame\",");
	expect(&c, "/lastack/reasons", "\"wrong_core\":{\"class\":\"drop\",\"of\":\"stack\",");
	expect(&c, "/lastack/reasons", "\"port_no_mbuf\":{\"class\":\"drop\",\"of\":\"port\",");
	client_end(&c);
	ring_port_stop(&p);
}
END_TEST

/* The low 32 bits of the range go round. */
START_TEST(a_listener_far_into_a_range_has_its_address)
{
	struct ring_port p;
	struct client c;

	ring_port_prepare(&p, 1000);
	ck_assert(la_addr_parse("2001:db8::ffff:fff0", &p.range.first));
	p.range.count = 32;
	p.range.prefix_len = 64;
	p.listener.address = 21;
	ring_port_run(&p);
	client_start(&c, la_dpio_socket(p.dpio));
	expect(&c, "/lastack/listeners", "\"address\":\"2001:db8::1:0:5\"");
	client_end(&c);
	ring_port_stop(&p);
}
END_TEST

static const char *const nonsense[] = {
	"/lastack/counters,1", "/lastack/states,99", "/lastack/throughput,-1",
	"/lastack/counters,x", "/lastack/states,0x0", "/lastack/connections,-3",
	"/lastack/connections,99999999999999999999", "/lastack/info,1", "/lastack/workers,0",
	"/lastack/throughput, 0", "/lastack/reasons,0",
};

START_TEST(nonsense_is_answered_with_an_error)
{
	struct ring_port p;
	struct client c;

	ring_port_start(&p, 1000);
	client_start(&c, la_dpio_socket(p.dpio));
	expect(&c, nonsense[_i], "\"error\":");
	expect(&c, "/lastack/info", "\"role\"");
	client_end(&c);
	ring_port_stop(&p);
}
END_TEST

/* More rows than a reply holds: it is whole JSON all the same, and says so. */
START_TEST(too_many_connections_are_clipped)
{
	struct ring_port p;
	struct client c;
	size_t len;

	ring_port_start(&p, 1000);
	client_start(&c, la_dpio_socket(p.dpio));
	for (uint16_t i = 0; i < 200; i++)
		ring_port_open(&p, (uint16_t)(10000 + i));
	expect(&c, "/lastack/connections,150", "\"more\":");
	len = strlen(c.reply);
	ck_assert_uint_lt(len, REPLY_LEN);
	ck_assert_str_eq(c.reply + len - 2, "}}");
	expect(&c, "/lastack/connections,3", "\"2\":{");
	ck_assert_ptr_null(strstr(c.reply, "\"3\":{"));
	expect(&c, "/lastack/connections,0", "{}");
	client_end(&c);
	ring_port_stop(&p);
}
END_TEST

START_TEST(after_the_end_the_answer_is_an_error)
{
	struct ring_port p;
	struct client c;

	ring_port_start(&p, 1000);
	client_start(&c, la_dpio_socket(p.dpio));
	ring_port_stop(&p);
	expect(&c, "/lastack/memory", "\"error\":\"stopping\"");
	client_end(&c);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("dpio telemetry");
	TCase *tc = tcase_create("telemetry");

	tcase_add_unchecked_fixture(tc, eal_start, eal_stop);
	tcase_add_test(tc, figures_are_what_happened);
	tcase_add_test(tc, a_fault_of_the_setup_is_told_with_its_cure);
	tcase_add_test(tc, every_counter_is_there_under_a_name_of_its_own);
	tcase_add_test(tc, every_reason_tells_its_class_and_meaning);
	tcase_add_test(tc, a_listener_far_into_a_range_has_its_address);
	tcase_add_loop_test(tc, nonsense_is_answered_with_an_error, 0, RTE_DIM(nonsense));
	tcase_add_test(tc, too_many_connections_are_clipped);
	tcase_add_test(tc, after_the_end_the_answer_is_an_error);
	suite_add_tcase(s, tc);
	return s;
}

LA_CHECK_MAIN(suite)
