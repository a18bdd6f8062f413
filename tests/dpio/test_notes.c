/* SPDX-License-Identifier: BSD-3-Clause */
/* What counters say about a setup: each rule at and below its threshold. */
#include <stddef.h>
#include <string.h>

#include "la_check.h"
#include "notes.h"

#define FACT(name) offsetof(struct la_note_facts, name)
#define TOTAL(name) FACT(totals.name)
#define RX(name) TOTAL(rx[LA_RX_##name])
#define COUNT(name) TOTAL(count[LA_COUNT_##name])

/* The most of another counter with which the rule still holds; 0: whatever that is. */
static const struct {
	const char *name;
	size_t counter;
	uint64_t least;
	size_t of;
	uint64_t most;
	bool packet_socket, other;
} rules[] = {
	{ "link_down", FACT(link_down), 1, 0, 0, true, true },
	{ "kernel_address", FACT(kernel_address), 1, 0, 0, true, true },
	{ "gateway_silent", FACT(gateway_silent), 1, 0, 0, true, true },
	{ "no_gateway", COUNT(NO_GATEWAY), 1, 0, 0, true, true },
	{ "address_conflict", COUNT(ADDRESS_CONFLICTS), 1, 0, 0, true, true },
	{ "checksum_partial", RX(TCP_CHECKSUM_PARTIAL), 3, 0, 0, true, true },
	{ "checksum_wrong", RX(TCP_CHECKSUM), 20, RX(OK), 20, true, true },
	{ "ip_checksum_wrong", RX(IP_CHECKSUM), 20, RX(OK), 20, true, true },
	{ "frames_joined", FACT(joins), 1, 0, 0, true, false },
	{ "frames_cut_off", RX(CUT_OFF), 3, 0, 0, true, true },
	{ "frames_in_pieces", TOTAL(rx_multi_segment), 3, 0, 0, true, true },
	{ "other_vlan", RX(VLAN), 20, RX(OK), 5, true, true },
	{ "other_mac", RX(NOT_OUR_MAC), 1000, RX(OK), 250, true, true },
	{ "wrong_worker", COUNT(WRONG_CORE), 100, TOTAL(rx_packets), 10000, true, true },
	{ "device_drops", TOTAL(rx_missed), 100, TOTAL(rx_packets), 10000, true, true },
	{ "device_refuses", TOTAL(tx_refused), 100, TOTAL(tx_packets), 10000, true, true },
	{ "mbufs_empty", TOTAL(no_mbuf), 1, 0, 0, true, true },
	{ "connections_full", COUNT(TABLE_FULL), 1, 0, 0, true, true },
	{ "connections_evicted", COUNT(IDLE_EVICTED), 1, 0, 0, true, true },
	{ "backlog_full", TOTAL(tcp[LA_DROP_BACKLOG_FULL]), 1, 0, 0, true, true },
	{ "senders_full", COUNT(NO_SENDER), 1, 0, 0, true, true },
	{ "reassembly_full", TOTAL(tcp[LA_DROP_REASSEMBLY_FULL]), 100, TOTAL(rx_packets), 10000,
		true, true },
	{ "time_wait_full", COUNT(TIME_WAIT_REUSED), 1, 0, 0, true, true },
};

enum { RULES = sizeof(rules) / sizeof(rules[0]) };

static void
put(struct la_note_facts *facts, size_t at, uint64_t value)
{
	memcpy((char *)facts + at, &value, sizeof(value));
}

static struct la_note_facts
quiet(bool packet_socket)
{
	return (struct la_note_facts){ .packet_socket = packet_socket, .interface = "eth7" };
}

/* That one alone, and with what it needs to be read. */
static void
expect_one(const struct la_note_facts *facts, const char *name, uint64_t count)
{
	struct la_dpio_note notes[LA_NOTES_MAX];
	const uint32_t n = la_port__notes(facts, notes);

	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(notes[0].name, name);
	ck_assert_uint_eq(notes[0].count, count);
	ck_assert_uint_gt(strlen(notes[0].text), 10);
	ck_assert_uint_gt(strlen(notes[0].cure), 10);
	/* Not cut: the longest count and interface name are for the next test. */
	ck_assert_uint_lt(strlen(notes[0].text), LA_NOTE_LEN - 1);
	ck_assert_uint_lt(strlen(notes[0].cure), LA_NOTE_LEN - 1);
	ck_assert_ptr_null(strpbrk(notes[0].text, "#@"));
	ck_assert_ptr_null(strpbrk(notes[0].cure, "#@"));
}

static void
expect_none(const struct la_note_facts *facts)
{
	struct la_dpio_note notes[LA_NOTES_MAX];

	ck_assert_uint_eq(la_port__notes(facts, notes), 0);
}

START_TEST(a_rule_holds_from_its_threshold_on)
{
	for (int packet_socket = 0; packet_socket < 2; packet_socket++) {
		struct la_note_facts facts = quiet(packet_socket);

		expect_none(&facts);
		put(&facts, rules[_i].counter, rules[_i].least - 1);
		expect_none(&facts);
		put(&facts, rules[_i].counter, rules[_i].least);
		if (packet_socket ? rules[_i].packet_socket : rules[_i].other)
			expect_one(&facts, rules[_i].name, rules[_i].least);
		else
			expect_none(&facts);
		if (rules[_i].most == 0)
			continue;
		put(&facts, rules[_i].of, rules[_i].most);
		expect_one(&facts, rules[_i].name, rules[_i].least);
		put(&facts, rules[_i].of, rules[_i].most + 1);
		expect_none(&facts);
	}
}
END_TEST

/* Figures of a good run have nothing to say, whatever else is counted. */
START_TEST(what_no_rule_is_about_says_nothing)
{
	struct la_note_facts facts = quiet(_i);

	memset(&facts.totals, 0x11, sizeof(facts.totals));
	for (int i = 0; i < RULES; i++)
		put(&facts, rules[i].counter, rules[i].least - 1);
	expect_none(&facts);
}
END_TEST

START_TEST(no_sentence_is_cut_at_the_longest)
{
	for (int packet_socket = 0; packet_socket < 2; packet_socket++) {
		struct la_note_facts facts = quiet(packet_socket);
		struct la_dpio_note notes[LA_NOTES_MAX];
		uint32_t n;

		facts.interface = "abcdefghijklmno";
		for (int i = 0; i < RULES; i++)
			put(&facts, rules[i].counter, rules[i].least == 1 && i < 3 ? 1 :
					999999999999);
		n = la_port__notes(&facts, notes);
		ck_assert_uint_eq(n, (uint32_t)(packet_socket ? RULES : RULES - 1));
		for (uint32_t i = 0; i < n; i++) {
			ck_assert_uint_lt(strlen(notes[i].text), LA_NOTE_LEN - 1);
			ck_assert_uint_lt(strlen(notes[i].cure), LA_NOTE_LEN - 1);
		}
	}
}
END_TEST

START_TEST(the_interface_is_named_where_it_is_known)
{
	struct la_note_facts facts = quiet(true);
	struct la_dpio_note notes[LA_NOTES_MAX];

	facts.joins = 1;
	ck_assert_uint_eq(la_port__notes(&facts, notes), 1);
	ck_assert_str_eq(notes[0].cure, "ethtool -K eth7 gro off lro off");
	facts.interface = "";
	ck_assert_uint_eq(la_port__notes(&facts, notes), 1);
	ck_assert_str_eq(notes[0].cure, "ethtool -K NAME gro off lro off");
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("notes");
	TCase *tc = tcase_create("notes");

	tcase_add_loop_test(tc, a_rule_holds_from_its_threshold_on, 0, RULES);
	tcase_add_loop_test(tc, what_no_rule_is_about_says_nothing, 0, 2);
	tcase_add_test(tc, no_sentence_is_cut_at_the_longest);
	tcase_add_test(tc, the_interface_is_named_where_it_is_known);
	suite_add_tcase(s, tc);
	return s;
}

LA_CHECK_MAIN(suite)
