/* SPDX-License-Identifier: BSD-3-Clause */
/* TCP options, read and written: RFC 9293 3.2, RFC 7323 2 and 3, RFC 2018 2 and 3. */
#include "options.h"

#include "la_bytes.h"

enum {
	KIND_END, KIND_NOP, KIND_MSS, KIND_WSCALE, KIND_SACK_PERMITTED, KIND_SACK,
	KIND_TIMESTAMPS = 8,
};

enum { SACK_BLOCK_LEN = 8 };

static void
read_sack(struct la_opts *opts, const uint8_t *block, size_t len)
{
	if (len == 0 || len % SACK_BLOCK_LEN != 0)
		return;
	opts->present |= LA_OPT_SACK;
	opts->sacks = 0;
	for (; len > 0 && opts->sacks < LA_SACK_MAX; block += SACK_BLOCK_LEN, len -= SACK_BLOCK_LEN)
		opts->sack[opts->sacks++] =
				(struct la_sack){ la_get32(block), la_get32(block + 4) };
}

/* One option with a length: @p value is what follows it, @p len octets. */
static void
read_option(struct la_opts *opts, uint8_t kind, const uint8_t *value, size_t len)
{
	if (kind == KIND_MSS && len == 2) {
		opts->present |= LA_OPT_MSS;
		opts->mss = la_get16(value);
	} else if (kind == KIND_WSCALE && len == 1) {
		opts->present |= LA_OPT_WSCALE;
		opts->wscale = value[0];
	} else if (kind == KIND_SACK_PERMITTED && len == 0) {
		opts->present |= LA_OPT_SACK_PERMITTED;
	} else if (kind == KIND_TIMESTAMPS && len == 8) {
		opts->present |= LA_OPT_TIMESTAMPS;
		opts->tsval = la_get32(value);
		opts->tsecr = la_get32(value + 4);
	} else if (kind == KIND_SACK) {
		read_sack(opts, value, len);
	}
}

bool
la_options__parse(struct la_opts *opts, const uint8_t *option, size_t len)
{
	size_t option_len;

	opts->present = 0;
	for (; len > 0; option += option_len, len -= option_len) {
		option_len = 1;
		if (option[0] == KIND_END)
			return true;
		if (option[0] == KIND_NOP)
			continue;
		if (len < 2 || option[1] < 2 || option[1] > len)
			return false;
		option_len = option[1];
		read_option(opts, option[0], option + 2, option_len - 2);
	}
	return true;
}

/* Octets of all options but SACK, each padded to whole words as written below. */
static inline uint32_t
fixed_len(uint8_t present)
{
	uint32_t len = 0;

	if (present & LA_OPT_MSS)
		len += 4;
	if (present & LA_OPT_TIMESTAMPS)
		len += 12;
	else if (present & LA_OPT_SACK_PERMITTED)
		len += 4;
	if (present & LA_OPT_WSCALE)
		len += 4;
	return len;
}

uint32_t
la_options__sacks(const struct la_opts *opts)
{
	uint32_t sacks = opts->sacks < LA_SACK_MAX ? opts->sacks : LA_SACK_MAX;
	uint32_t room = (OPTIONS_LEN_MAX - 4 - fixed_len(opts->present)) / SACK_BLOCK_LEN;

	if (!(opts->present & LA_OPT_SACK))
		return 0;
	return sacks < room ? sacks : room;
}

uint32_t
la_options__len(const struct la_opts *opts)
{
	uint32_t sacks = la_options__sacks(opts);

	return fixed_len(opts->present) + (sacks > 0 ? 4 + sacks * SACK_BLOCK_LEN : 0);
}

/* Write one word at @p *at and move on. @return the word, to be added to the sum. */
static inline uint64_t
put_word(uint8_t **at, uint32_t word)
{
	la_put32(*at, word);
	*at += 4;
	return word;
}

static uint64_t
write_sacks(uint8_t **at, const struct la_opts *opts, uint32_t sacks)
{
	uint64_t sum = put_word(at,
			(uint32_t)OPTION_NOP_NOP_SACK << 8 | (2 + sacks * SACK_BLOCK_LEN));

	for (uint32_t i = 0; i < sacks; i++) {
		sum += put_word(at, opts->sack[i].left);
		sum += put_word(at, opts->sack[i].right);
	}
	return sum;
}

uint64_t
la_options__write(uint8_t *at, const struct la_opts *opts)
{
	const uint8_t present = opts->present;
	const uint32_t sacks = la_options__sacks(opts);
	uint64_t sum = 0;

	if (present & LA_OPT_MSS)
		sum += put_word(&at, (uint32_t)OPTION_MSS << 16 | opts->mss);
	if (present & LA_OPT_TIMESTAMPS) {
		/* SACK-permitted replaces the padding. */
		sum += put_word(&at, present & LA_OPT_SACK_PERMITTED ?
				OPTION_SACK_PERMITTED_TIMESTAMPS : OPTION_NOP_NOP_TIMESTAMPS);
		sum += put_word(&at, opts->tsval);
		sum += put_word(&at, opts->tsecr);
	} else if (present & LA_OPT_SACK_PERMITTED) {
		sum += put_word(&at, OPTION_NOP_NOP_SACK_PERMITTED);
	}
	if (present & LA_OPT_WSCALE)
		sum += put_word(&at, (uint32_t)OPTION_NOP_WSCALE << 8 | opts->wscale);
	if (sacks > 0)
		sum += write_sacks(&at, opts, sacks);
	return sum;
}
