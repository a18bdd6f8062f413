/* SPDX-License-Identifier: BSD-3-Clause */
/* SipHash-2-4 against the reference vectors, SipHash-1-3 against another program's, and keys
 * drawn from keys. */
#include <string.h>

#include "la_check.h"
#include "la_siphash.h"

/* Key 00 to 0f; the input of vector n is the octets 00, 01, ..., n - 1. */
static const struct la_key reference_key = { { 0x0706050403020100, 0x0f0e0d0c0b0a0908 } };
static const uint64_t vectors[] = {
	0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a, 0x85676696d7fb7e2d,
	0xcf2794e0277187b7, 0x18765564cd99a68d, 0xcbc9466e58fee3ce, 0xab0200f58b01d137,
	0x93f5f5799a932462, 0x9e0082df0ba9e4b0, 0x7a5dbbc594ddb9f3, 0xf4b32f46226bada7,
	0x751e8fbc860ee5fb, 0x14ea5627c0843d90, 0xf723ca908e7af2ee, 0xa129ca6149be45e5,
};

START_TEST(octets_hash_as_the_reference_has_it)
{
	uint8_t in[1 + sizeof(vectors)];

	/* At an odd address, so that an aligned load would be found out. */
	for (int i = 0; i < _i; i++)
		in[1 + i] = (uint8_t)i;
	ck_assert_uint_eq(la_siphash(&reference_key, in + 1, (size_t)_i), vectors[_i]);
}
END_TEST

START_TEST(words_hash_as_their_octets)
{
	uint64_t words[9];
	uint8_t octets[sizeof(words)];

	for (size_t i = 0; i < 9; i++) {
		words[i] = 0x9e3779b97f4a7c15 * (i + 1);
		for (size_t j = 0; j < 8; j++)
			octets[8 * i + j] = (uint8_t)(words[i] >> (8 * j));
	}
	for (size_t n = 0; n <= 9; n++)
		ck_assert_uint_eq(la_siphash_words(&reference_key, words, n),
				la_siphash(&reference_key, octets, 8 * n));
}
END_TEST

/* SipHash-1-3 of the octets 00, 01, ..., n - 1, as CPython 3.11 has it (_imp.source_hash()). */
static const struct la_key key13 = { { 0x0123456789abcdef, 0 } };
static const uint64_t vectors13[] = {
	0x108a7dfce1f10be8, 0xecf6af7073809b9d, 0x2dfe001ac5f81eae, 0x8bcbad89a4b81483,
	0x653b3891aba1d5e0, 0x3d134ded947baca0, 0x25e41218cee2f852, 0x138c9972943883e3,
	0x1439aea7716cb8bf, 0x21f3db8475b663cf, 0xc4af8060811dfe03, 0x5ae9e880cc686685,
	0x05efa78183893db2, 0x9e08a36a714e318a, 0xee1902c01297fab9, 0xac18718b18cb70a6,
	0x76f114c8b78445da, 0x01c9f45e489d51e1, 0xf1c8b706a177d106, 0xbcc39529f6cb59e2,
	0x6431f6039ce6c3dc, 0x67a8a9b0d85c54db, 0x5bcfd361694f47d5, 0x2db7045a62c102e0,
	0x5f42c78639c64d35, 0xac5ce83b9266e1ee, 0xc8f69104f441826d, 0xa203290d8f03ebe0,
	0x86730a8a5d2f4943, 0x611ae12581439a26, 0x6be02cd1486a5fb3, 0xf9887306344b1d4e,
};

START_TEST(fewer_rounds_hash_as_others_have_it)
{
	const size_t len = (size_t)_i;
	uint64_t words[5] = { 0 };

	for (size_t i = 0; i < len; i++)
		words[i / 8] |= (uint64_t)i << (8 * (i % 8));
	ck_assert_uint_eq(la_siphash13_words_and(&key13, words, len / 8,
			words[len / 8] | la_sip_len(len)), vectors13[_i]);
}
END_TEST

/* Of many inputs, and of one. */
static const struct kind {
	void (*burst)(const struct la_key *key, const uint64_t *const *word, size_t words,
			uint64_t *hash, size_t n);
	uint64_t (*one)(const struct la_key *key, const uint64_t *words, size_t n, uint64_t last);
	bool avx2;
} kinds[] = {
	{ la_siphash_burst, la_siphash_words_and, false },
	{ la_siphash_burst_avx2, la_siphash_words_and, true },
	{ la_siphash13_burst, la_siphash13_words_and, false },
	{ la_siphash13_burst_avx2, la_siphash13_words_and, true },
};

/* Up to a whole burst of inputs; what lies behind the last one does not count. */
static void
check_burst(uint64_t word[4][64], size_t words, size_t n, const struct kind *kind)
{
	const uint64_t *const column[4] = { word[0], word[1], word[2], word[3] };
	uint64_t hash[64 + 1] = { 0 }, one[4];

	hash[(n + 3) / 4 * 4] = 0xa5;
	kind->burst(&reference_key, column, words, hash, n);
	ck_assert_uint_eq(hash[(n + 3) / 4 * 4], 0xa5);
	for (size_t i = 0; i < n; i++) {
		for (size_t w = 0; w < words; w++)
			one[w] = word[w][i];
		ck_assert_uint_eq(hash[i], kind->one(&reference_key, one, words - 1,
				one[words - 1]));
	}
}

/* The octets behind the last whole word. */
START_TEST(words_and_octets_hash_as_all_the_octets)
{
	uint8_t octets[40];
	uint64_t words[5];

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(7 * i + 1);
	for (size_t len = 0; len < sizeof(octets); len++) {
		uint64_t last = 0;

		memcpy(words, octets, sizeof(octets));
		memcpy(&last, octets + len / 8 * 8, len % 8);
		ck_assert_uint_eq(la_siphash_words_and(&reference_key, words, len / 8,
				last | la_sip_len(len)), la_siphash(&reference_key, octets, len));
	}
}
END_TEST

START_TEST(a_burst_hashes_as_its_words_do)
{
	uint64_t word[4][64];

	if (kinds[_i].avx2 && !la_siphash_has_avx2())
		return;
	for (size_t i = 0; i < 4 * 64; i++)
		word[i / 64][i % 64] = 0x9e3779b97f4a7c15 * (i + 1);
	for (size_t words = 1; words <= 4; words++)
		for (size_t n = 0; n <= 64; n++)
			check_burst(word, words, n, &kinds[_i]);
}
END_TEST

START_TEST(every_bit_of_the_key_counts)
{
	const uint64_t word = 1;
	const uint64_t plain = la_siphash_words(&reference_key, &word, 1);

	for (unsigned int bit = 0; bit < 128; bit++) {
		struct la_key key = reference_key;

		key.k[bit / 64] ^= 1ull << bit % 64;
		ck_assert_uint_ne(la_siphash_words(&key, &word, 1), plain);
	}
}
END_TEST

START_TEST(derived_keys_differ_by_label_and_by_master)
{
	const struct la_key other = { { 0x0706050403020100, 0x0f0e0d0c0b0a0909 } };
	const struct la_key a = la_key_derive(&reference_key, 1);
	const struct la_key b = la_key_derive(&reference_key, 2);
	const struct la_key c = la_key_derive(&other, 1);
	const struct la_key again = la_key_derive(&reference_key, 1);

	ck_assert_mem_eq(&a, &again, sizeof(a));
	ck_assert_uint_ne(a.k[0], a.k[1]);
	for (int i = 0; i < 2; i++) {
		ck_assert_uint_ne(a.k[i], b.k[i]);
		ck_assert_uint_ne(a.k[i], c.k[i]);
		ck_assert_uint_ne(a.k[i], reference_key.k[i]);
	}
}
END_TEST

static Suite *
siphash_suite(void)
{
	Suite *suite = suite_create("siphash");
	TCase *tcase = tcase_create("siphash");

	tcase_add_loop_test(tcase, octets_hash_as_the_reference_has_it, 0,
			sizeof(vectors) / sizeof(vectors[0]));
	tcase_add_loop_test(tcase, fewer_rounds_hash_as_others_have_it, 0,
			sizeof(vectors13) / sizeof(vectors13[0]));
	tcase_add_test(tcase, words_hash_as_their_octets);
	tcase_add_test(tcase, words_and_octets_hash_as_all_the_octets);
	tcase_add_loop_test(tcase, a_burst_hashes_as_its_words_do, 0,
			sizeof(kinds) / sizeof(kinds[0]));
	tcase_add_test(tcase, every_bit_of_the_key_counts);
	tcase_add_test(tcase, derived_keys_differ_by_label_and_by_master);
	suite_add_tcase(suite, tcase);
	return suite;
}

LA_CHECK_MAIN(siphash_suite)
