/* SPDX-License-Identifier: BSD-3-Clause */
/* What an ICMP error quotes: read if we could have sent it, at any length. */
#include <stdlib.h>
#include <string.h>

#include "la_check.h"
#include "la_emit.h"

enum { AT_QUOTE = 4, BODY_MAX = 200 };

static const struct la_addr ours6 = { { 0xfd, 0, [15] = 1 } }, host6 = { { 0xfd, 0, [15] = 2 } };

/* An error's body: the MTU and the start of a segment from us, as it went out. */
struct body {
	uint8_t octets[BODY_MAX];
	uint16_t least, len;            /* Up to and with SEQ; all of it. */
	bool v4;
};

static struct body
make(bool v4)
{
	struct la_path path = { .source_port = 80, .dest_port = 40000 };
	const struct la_seg seg = { .seq = 0x89abcdef, .ack = 1, .flags = LA_ACK, .len = 50 };
	struct body body = { .v4 = v4, .least = v4 ? 4 + 20 + 8 : 4 + 40 + 8 };
	uint8_t frame[BODY_MAX] = { 0 };
	uint32_t len;

	path.source = v4 ? la_addr_v4(0x0a000001) : ours6;
	path.dest = v4 ? la_addr_v4(0x0a000002) : host6;
	len = la_emit_tcp(frame, &path, &seg, 0) - 14;
	la_put32(body.octets, v4 ? 1400 : 0x10578);
	memcpy(body.octets + AT_QUOTE, frame + 14, len);
	body.len = (uint16_t)(AT_QUOTE + len);
	return body;
}

/* From a block of exactly that size, so that a sanitizer sees every read past it. */
static bool
read_quote(const struct body *body, uint16_t len, struct la_quote *quote)
{
	uint8_t *block = malloc(len > 0 ? len : 1);
	const struct la_rx rx = {
		.kind = LA_KIND_ICMP, .dest = body->v4 ? la_addr_v4(0x0a000001) : ours6,
		.icmp = { .type = 3, .code = 4, .body = block, .len = len },
	};
	bool read;

	ck_assert_ptr_nonnull(block);
	memcpy(block, body->octets, len);
	read = la_rx_quote(&rx, quote);
	free(block);
	return read;
}

START_TEST(a_quote_is_read)
{
	const struct body body = make(_i);
	struct la_quote quote;
	const struct la_addr source = _i ? la_addr_v4(0x0a000001) : ours6;
	const struct la_addr dest = _i ? la_addr_v4(0x0a000002) : host6;

	ck_assert(read_quote(&body, body.len, &quote));
	ck_assert(la_addr_eq(&quote.source, &source) && la_addr_eq(&quote.dest, &dest));
	ck_assert_uint_eq(quote.source_port, 80);
	ck_assert_uint_eq(quote.dest_port, 40000);
	ck_assert_uint_eq(quote.seq, 0x89abcdef);
	ck_assert_uint_eq(quote.mtu, _i ? 1400 : 0x10578);
}
END_TEST

START_TEST(a_quote_may_end_behind_seq_and_no_sooner)
{
	const struct body body = make(_i);
	struct la_quote quote;

	for (uint16_t len = 0; len <= body.len; len++)
		ck_assert_int_eq(read_quote(&body, len, &quote), len >= body.least);
	ck_assert_uint_eq(quote.seq, 0x89abcdef);
}
END_TEST

/* One octet of the quoted IP header is another. */
static const struct { bool v4; uint8_t at, octet; } odd[] = {
	{ true, 0, 0x46 }, { true, 0, 0x44 }, { true, 0, 0x65 },        /* Version, options. */
	{ true, 6, 0x00 }, { true, 6, 0x60 }, { true, 6, 0xc0 },        /* No DF, MF, reserved. */
	{ true, 7, 1 },                                                 /* Offset. */
	{ true, 9, 17 }, { true, 9, 1 },                                /* Protocol. */
	{ false, 0, 0x40 }, { false, 0, 0x45 },
	{ false, 6, 17 }, { false, 6, 0 }, { false, 6, 44 }, { false, 6, 58 },
};
START_TEST(what_we_never_send_is_no_quote)
{
	struct body body = make(odd[_i].v4);
	struct la_quote quote;

	body.octets[AT_QUOTE + odd[_i].at] = odd[_i].octet;
	ck_assert(!read_quote(&body, body.len, &quote));
}
END_TEST

START_TEST(a_quote_is_of_the_family_of_the_error)
{
	struct body body = make(_i);
	struct la_quote quote;

	body.v4 = !body.v4;
	ck_assert(!read_quote(&body, body.len, &quote));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("wire quote");
	TCase *t = tcase_create("quote");

	tcase_add_loop_test(t, a_quote_is_read, 0, 2);
	tcase_add_loop_test(t, a_quote_may_end_behind_seq_and_no_sooner, 0, 2);
	tcase_add_loop_test(t, what_we_never_send_is_no_quote, 0, sizeof(odd) / sizeof(odd[0]));
	tcase_add_loop_test(t, a_quote_is_of_the_family_of_the_error, 0, 2);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
