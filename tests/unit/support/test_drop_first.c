/* SPDX-License-Identifier: BSD-3-Clause */
/* Which frames a link_emulator with --drop-first loses. */
#include <string.h>

#include "drop_first.h"
#include "la_check.h"

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, HEAD4 = 14 + 20 + 20, HEAD6 = 14 + 40 + 20 };

struct frame {
	uint8_t octets[128];
	uint32_t len;
};

static void
put16(uint8_t *at, uint32_t n)
{
	at[0] = (uint8_t)(n >> 8);
	at[1] = (uint8_t)n;
}

static void
put_tcp(uint8_t *tcp, uint32_t port, uint32_t seq, uint8_t flags)
{
	put16(tcp, port);
	put16(tcp + 2, 80);
	put16(tcp + 4, seq >> 16);
	put16(tcp + 6, seq & 0xffff);
	tcp[12] = 5 << 4;
	tcp[13] = flags;
}

/* An IPv4 frame of a client's port; padded to 60 octets as on a wire. */
static struct frame
ipv4(uint32_t port, uint32_t seq, uint8_t flags, uint32_t text_len)
{
	struct frame f = { .len = HEAD4 + text_len };

	put16(f.octets + 12, 0x0800);
	f.octets[14] = 0x45;
	put16(f.octets + 16, 40 + text_len);
	f.octets[23] = 6;
	memcpy(f.octets + 26, "\x0a\x4d\x00\xfe\x0a\x4d\x00\x01", 8);
	put_tcp(f.octets + 34, port, seq, flags);
	if (f.len < 60)
		f.len = 60;
	return f;
}

static struct frame
ipv6(uint32_t port, uint32_t seq, uint8_t flags, uint32_t text_len)
{
	struct frame f = { .len = HEAD6 + text_len };

	put16(f.octets + 12, 0x86dd);
	f.octets[14] = 0x60;
	put16(f.octets + 18, 20 + text_len);
	f.octets[20] = 6;
	f.octets[22] = 0xfd;
	f.octets[38] = 0xfd;
	put_tcp(f.octets + 54, port, seq, flags);
	return f;
}

static bool
takes(struct drop_first *d, struct frame f)
{
	return drop_first_takes(d, f.octets, f.len);
}

static struct drop_first
started(const char *kind)
{
	struct drop_first d = { .kind = DROP_NOTHING };

	ck_assert(drop_first_parse(&d, kind));
	ck_assert(drop_first_start(&d));
	return d;
}

/* A whole connection: what of it is lost, one letter a frame. */
static const struct { const char *kind, *lost; } kinds[] = {
	{ "syn", "L......" }, { "syn-ack", "......." }, { "pure-ack", ".L....." },
	{ "pure-ack:2", ".L..L.." }, { "pure-ack:9", ".L..LL." }, { "data", "..L...." },
	{ "data:9", "..LL..." }, { "fin", "...L..." }, { "rst", "......L" },
};

START_TEST(of_each_kind_the_first_is_lost)
{
	struct drop_first d = started(kinds[_i].kind);
	const struct frame frames[] = {
		ipv4(9, 1, SYN, 0), ipv4(9, 2, ACK, 0), ipv4(9, 2, ACK | PSH, 7),
		ipv4(9, 9, ACK | FIN, 7), ipv4(9, 17, ACK, 0), ipv4(9, 17, ACK, 0),
		ipv4(9, 17, RST, 0),
	};

	for (size_t i = 0; i < sizeof(frames) / sizeof(*frames); i++)
		ck_assert_int_eq(takes(&d, frames[i]), kinds[_i].lost[i] == 'L');
	drop_first_end(&d);
}
END_TEST

START_TEST(ipv6_is_the_same)
{
	struct drop_first d = started("pure-ack");

	ck_assert(!takes(&d, ipv6(9, 1, SYN, 0)));
	ck_assert(!takes(&d, ipv6(9, 2, ACK, 1)));
	ck_assert(takes(&d, ipv6(9, 2, ACK, 0)));
	ck_assert(!takes(&d, ipv6(9, 2, ACK, 0)));
	drop_first_end(&d);
}
END_TEST

START_TEST(a_syn_sent_again_begins_nothing_and_another_one_does)
{
	struct drop_first d = started("pure-ack");

	for (uint32_t seq = 1; seq <= 3; seq++) {
		ck_assert(!takes(&d, ipv4(9, seq, SYN, 0)));
		ck_assert(takes(&d, ipv4(9, seq + 1, ACK, 0)));
		ck_assert(!takes(&d, ipv4(9, seq, SYN, 0)));
		ck_assert(!takes(&d, ipv4(9, seq + 1, ACK, 0)));
	}
	ck_assert_uint_eq(d.connections, 3);
	ck_assert_uint_eq(d.dropped, 3);
	drop_first_end(&d);
}
END_TEST

START_TEST(a_connection_without_its_syn_loses_nothing)
{
	struct drop_first d = started("pure-ack");

	ck_assert(!takes(&d, ipv4(9, 2, ACK, 0)));
	ck_assert_uint_eq(d.connections + d.dropped, 0);
	drop_first_end(&d);
}
END_TEST

START_TEST(what_is_cut_off_or_odd_is_let_through)
{
	struct drop_first d = started("syn");
	struct frame f = ipv4(9, 1, SYN, 0);

	for (uint32_t len = 0; len < HEAD4; len++)
		ck_assert(!drop_first_takes(&d, f.octets, len));
	f = ipv6(9, 1, SYN, 0);
	for (uint32_t len = 0; len < HEAD6; len++)
		ck_assert(!drop_first_takes(&d, f.octets, len));
	f = ipv4(9, 1, SYN, 0);
	f.octets[21] = 1;               /* A later fragment. */
	ck_assert(!takes(&d, f));
	f = ipv4(9, 1, SYN, 0);
	f.octets[46] = 15 << 4;         /* A TCP header past the end. */
	ck_assert(!takes(&d, f));
	f = ipv4(9, 1, SYN, 0);
	f.octets[23] = 17;              /* UDP */
	ck_assert(!takes(&d, f));
	ck_assert(takes(&d, ipv4(9, 1, SYN, 0)));
	drop_first_end(&d);
}
END_TEST

START_TEST(past_its_memory_it_forgets_and_loses_no_more_than_it_should)
{
	enum { MANY = 1500000 };        /* About three for each place. */
	struct drop_first d = started("pure-ack");

	for (uint32_t i = 0; i < MANY; i++) {
		struct frame f = ipv4(i & 0xffff, i, SYN, 0);

		put16(f.octets + 28, i >> 16);
		ck_assert(!takes(&d, f));
	}
	ck_assert_uint_eq(d.connections, MANY);
	ck_assert_uint_gt(d.forgotten, MANY / 2);
	for (uint32_t i = 0; i < 2 * MANY; i++) {
		struct frame f = ipv4((i % MANY) & 0xffff, (i % MANY) + 1, ACK, 0);

		put16(f.octets + 28, (i % MANY) >> 16);
		takes(&d, f);
	}
	ck_assert_uint_eq(d.dropped, MANY - d.forgotten);
	drop_first_end(&d);
}
END_TEST

START_TEST(other_words_are_no_kind)
{
	static const char *const words[] = { "", ":", ":1", "ack", "syn:", "syn:0", "syn:x",
		"syn:1x", "syn:-1", "syn:99999999999" };
	struct drop_first d = { .kind = DROP_NOTHING };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		ck_assert_msg(!drop_first_parse(&d, words[i]), "%s", words[i]);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("drop_first");
	TCase *t = tcase_create("drop_first");

	tcase_add_loop_test(t, of_each_kind_the_first_is_lost, 0,
			sizeof(kinds) / sizeof(*kinds));
	tcase_add_test(t, ipv6_is_the_same);
	tcase_add_test(t, a_syn_sent_again_begins_nothing_and_another_one_does);
	tcase_add_test(t, a_connection_without_its_syn_loses_nothing);
	tcase_add_test(t, what_is_cut_off_or_odd_is_let_through);
	tcase_add_test(t, past_its_memory_it_forgets_and_loses_no_more_than_it_should);
	tcase_add_test(t, other_words_are_no_kind);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
