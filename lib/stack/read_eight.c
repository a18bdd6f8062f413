/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stage 1 for eight frames at once, with AVX2: does what la_plain_ipv4(), la_plain_ipv6() and
 * read.c do for one frame, with each word of the headers in a vector of eight. Frames that are not
 * plain, or to an address beyond the first range of its family, are left to read.c.
 *
 * A frame is a row of words; transposing eight frames gives columns of words. Checksums add
 * 16-bit words in host order, up to 32 of them in 32 bits.
 */
#include "read.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define FOR_AVX2 __attribute__((target("avx2")))
#define IN_LINE FOR_AVX2 static inline __attribute__((always_inline))

enum { EIGHT = LA_READ_AT_ONCE, ALL = 0xff };

/* The same word of each of the eight frames. */
typedef uint32_t words __attribute__((vector_size(32)));
typedef uint64_t pairs __attribute__((vector_size(32)));

/* Eight consecutive words of each frame. */
struct columns {
	words w[EIGHT];
};

/* The fields that IPv4 and IPv6 share. */
struct eight {
	words len, checked;             /* Frame length; all ones: the port found the sums right. */
	words bad;                      /* All ones: not plain. */
	words local, hash;
	words near;                     /* All ones: the remote address may be on the link. */
	words header_len, text_len;
	words wnd;                      /* The window; the MSS in the upper half. */
	words wscale;                   /* In the top octet. */
	words sum;                      /* Sum of the TCP segment, as far as it is read. */
	uint32_t options;               /* Options that all eight have. */
};

IN_LINE words
all_words(uint32_t x)
{
	return (words){ x, x, x, x, x, x, x, x };
}

/* All ones where @p a is true, as comparisons of vectors yield. */
IN_LINE words
is(__typeof__((words){} == (words){}) a)
{
	return (words)a;
}

IN_LINE words
swap_each_half(words x)
{
	return (x << 8 & 0xff00ff00) | (x >> 8 & 0x00ff00ff);
}

IN_LINE words
swap_octets(words x)
{
	x = swap_each_half(x);
	return x << 16 | x >> 16;
}

IN_LINE words
add_halves(words x)
{
	return (x & 0xffff) + (x >> 16);
}

/* la_sum_is_right() for sums that are not 0. */
IN_LINE words
is_right(words sum)
{
	return is(add_halves(add_halves(sum)) == 0xffff);
}

/* The top bit of each of the eight. */
IN_LINE uint32_t
mask_of(words x)
{
	return (uint32_t)_mm256_movemask_ps((__m256)x);
}

IN_LINE __m256i
load_row(const struct la_frame *frame, uint32_t at)
{
	return _mm256_loadu_si256((const __m256i *)(frame->octets + at));
}

/* The 32 octets at @p at of each frame, as eight columns. */
IN_LINE struct columns
load_columns(const struct la_frame *frames, uint32_t at)
{
	__m256i two[EIGHT], four[EIGHT];
	struct columns c;

	for (int i = 0; i < EIGHT; i += 2) {
		const __m256i a = load_row(&frames[i], at), b = load_row(&frames[i + 1], at);

		two[i] = _mm256_unpacklo_epi32(a, b);
		two[i + 1] = _mm256_unpackhi_epi32(a, b);
	}
	for (int i = 0; i < EIGHT; i += 4) {
		four[i] = _mm256_unpacklo_epi64(two[i], two[i + 2]);
		four[i + 1] = _mm256_unpackhi_epi64(two[i], two[i + 2]);
		four[i + 2] = _mm256_unpacklo_epi64(two[i + 1], two[i + 3]);
		four[i + 3] = _mm256_unpackhi_epi64(two[i + 1], two[i + 3]);
	}
	for (int i = 0; i < 4; i++) {
		c.w[i] = (words)_mm256_permute2x128_si256(four[i], four[i + 4], 0x20);
		c.w[i + 4] = (words)_mm256_permute2x128_si256(four[i], four[i + 4], 0x31);
	}
	return c;
}

_Static_assert(sizeof(struct la_frame) == 16 && __builtin_offsetof(struct la_frame, len) == 8 &&
		__builtin_offsetof(struct la_frame, checked) == 12, "read_frames() loads them so");

/* Read the frames' length and checked, which lie beside the octets. */
IN_LINE void
read_frames(struct eight *e, const struct la_frame *frames)
{
	const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
	const __m256i *two = (const __m256i *)frames;
	const __m256i a = _mm256_unpackhi_epi32(_mm256_loadu_si256(two),
			_mm256_loadu_si256(two + 1));
	const __m256i b = _mm256_unpackhi_epi32(_mm256_loadu_si256(two + 2),
			_mm256_loadu_si256(two + 3));
	const words marks = (words)_mm256_permutevar8x32_epi32(_mm256_unpackhi_epi64(a, b), order);

	e->len = (words)_mm256_permutevar8x32_epi32(_mm256_unpacklo_epi64(a, b), order);
	e->checked = is((marks & 0xff) == LA_READ_CHECKED);
	e->bad = is((marks & LA_RX_TAG_STRIPPED) != 0);
}

/* All ones unless a frame is to our MAC and not from a group address, its EtherType and the start
 * of its IP header are @p type, and @p offset, the TCP word with the flags, has no ECE or CWR. */
IN_LINE words
wrong_start(const struct la_stack *s, const struct columns *c, uint32_t mask, uint32_t type,
		words offset)
{
	return is(((c->w[0] ^ (uint32_t)s->fast_mac) |
			((c->w[1] & (uint32_t)(s->fast_mac_mask >> 32)) ^
			 (uint32_t)(s->fast_mac >> 32)) |
			((c->w[3] & mask) ^ type) | (offset & LA_ECE_CWR << 8)) != 0);
}

/* Read the TCP headers: five columns from @p w on. @p len: octets of header and text; @p sum: sum
 * of the addresses. */
IN_LINE void
read_tcp(struct eight *e, const words *w, words len, words sum, bool sums)
{
	enum { TCP = 6 };
	const words ports = w[0], offset = w[3];

	e->header_len = offset >> 2 & 0x3c;
	e->text_len = len - e->header_len;
	e->wnd = swap_octets(offset) & 0xffff;
	e->wscale = all_words(0);
	e->bad |= is((ports & 0xffff) == 0) | is(ports >> 16 == 0) | is(e->header_len < 20) |
			is(e->header_len > len);
	if (sums)
		e->sum = sum + add_halves(ports) + add_halves(w[1]) + add_halves(w[2]) +
				add_halves(offset) +
				add_halves(w[4]) + (swap_octets(len) >> 16) +
				__builtin_bswap16(TCP);
}

/* The sum of products in la_flow_hash(): the products of the multipliers' low halves, in 64 bits,
 * for the even and the odd frames, and what the upper halves add to the result. */
struct products {
	pairs even, odd;
	words upper;
};

IN_LINE void
add_product(struct products *sum, uint64_t key, words x)
{
	const __m256i low = _mm256_set1_epi64x((int64_t)(key & UINT32_MAX));

	sum->even += (pairs)_mm256_mul_epu32(low, (__m256i)x);
	sum->odd += (pairs)_mm256_mul_epu32(low, (__m256i)((pairs)x >> 32));
	sum->upper += all_words((uint32_t)(key >> 32)) * x;
}

/* The upper halves of two sums, interleaved again. */
IN_LINE words
upper_halves(pairs even, pairs odd)
{
	return (words)_mm256_blend_epi32((__m256i)(even >> 32), (__m256i)odd, 0xaa);
}

/* Finish la_flow_hash(): @p sum has the products of the address words already. */
IN_LINE words
hash_tuples(const struct la_flow *flow, struct products sum, words ports, words local)
{
	add_product(&sum, flow->key[4], swap_each_half(ports));
	add_product(&sum, flow->key[5], local);
	return upper_halves(sum.even, sum.odd) + sum.upper;
}

/* la_flow_home() */
IN_LINE words
home_buckets(const struct la_flow *flow, words hash)
{
	const __m256i len = _mm256_set1_epi64x(flow->buckets_len);

	return upper_halves((pairs)_mm256_mul_epu32(len, (__m256i)hash),
			(pairs)_mm256_mul_epu32(len, (__m256i)((pairs)hash >> 32)));
}

IN_LINE struct products
init_products(uint64_t start)
{
	const pairs sum = { start, start, start, start };

	return (struct products){ .even = sum, .odd = sum };
}

/* The tests are those of la_plain_ipv4(), in its order. */
IN_LINE void
read_ipv4(const struct la_stack *s, const struct la_frame *frames, struct eight *e, bool sums)
{
	enum { TYPE = 0x450008, FRAGMENT_PROTOCOL = 0x06000000, TTL = 22 };
	const struct columns front = load_columns(frames, 0), back = load_columns(frames, TTL);
	const words source = back.w[1], dest = back.w[2], top = source & 0xff;
	const words total_len = swap_octets(front.w[4]) >> 16;
	const words addresses = add_halves(source) + add_halves(dest);
	const words at = swap_octets(dest) - s->link.addresses.v4_first;
	struct products sum = init_products(s->flow.sum_v4);

	e->options = 0;
	e->bad |= wrong_start(s, &front, LA_PLAIN_MASK_V4, TYPE, back.w[6]);
	e->bad |= is(total_len < 40) | is(total_len > e->len - LA_PLAIN_IP) |
			is((front.w[5] & 0xff00ff3f) != FRAGMENT_PROTOCOL);
	e->bad |= is(top - 1 >= 223) | is(top == 127) | is(source == dest);
	if (sums)
		e->bad |= ~e->checked & ~is_right((front.w[3] >> 16) + add_halves(front.w[4]) +
				add_halves(front.w[5]) + (back.w[0] >> 16) + addresses);
	read_tcp(e, &back.w[3], total_len - 20, addresses, sums);
	e->bad |= is(at >= s->link.addresses.v4_count);
	e->local = at + s->link.addresses.v4_base;
	e->near = is(((source ^ s->link.ways.v4_net) & s->link.ways.v4_mask) == 0);
	add_product(&sum, s->flow.key[3], source);
	e->hash = hash_tuples(&s->flow, sum, back.w[3], e->local);
}

/* Find which of our first range of IPv6 addresses each frame is for. */
IN_LINE void
find_local_v6(const struct la_addresses *a, struct eight *e, const words *dest)
{
	const uint32_t high = (uint32_t)(a->v6_low >> 32);
	const words at = swap_octets(dest[3]) - (uint32_t)a->v6_low;

	/* A range whose last word overflows 2^32 is left to read.c. */
	e->bad |= is(dest[0] != (uint32_t)a->v6_high) | is(dest[1] != (uint32_t)(a->v6_high >> 32)) |
			is(swap_octets(dest[2]) != high) | is(at >= a->v6_count) |
			is(at + (uint32_t)a->v6_low < at);
	e->local = at + a->v6_base;
}

/* Whether the first 64 bits of an address have a prefix. */
IN_LINE words
has_prefix(const words *source, uint64_t net, uint64_t mask)
{
	return is((((source[0] ^ (uint32_t)net) & (uint32_t)mask) |
			((source[1] ^ (uint32_t)(net >> 32)) & (uint32_t)(mask >> 32))) == 0);
}

/* The tests are those of la_plain_ipv6(). */
IN_LINE void
read_ipv6(const struct la_stack *s, const struct la_frame *frames, struct eight *e, bool sums)
{
	enum { TYPE = 0x60dd86, TCP = 6, LEN_OF = 42 };
	const struct columns front = load_columns(frames, 0);
	const struct columns address = load_columns(frames, LA_PLAIN_SOURCE_V6);
	const struct columns back = load_columns(frames, LEN_OF);
	const words *source = address.w, *dest = address.w + 4;
	const words tcp_len = swap_octets(front.w[4]) & 0xffff;
	struct products products_of = init_products(s->flow.key[LA_FLOW_HASH_WORDS]);
	words sum = all_words(0), differ = all_words(0);

	e->options = LA_PLAIN_V6;
	e->bad |= wrong_start(s, &front, LA_PLAIN_MASK_V6, TYPE, back.w[6]);
	e->bad |= is(tcp_len < 20) | is(tcp_len > e->len - LA_PLAIN_TCP_V6) |
			is((front.w[5] & 0xff) != TCP);
	e->bad |= is((source[0] & 0xff) == 0xff) | is((source[0] | source[1]) == 0) |
			is((dest[0] | dest[1]) == 0);
	for (int i = 0; i < 4; i++) {
		sum += add_halves(source[i]) + add_halves(dest[i]);
		differ |= source[i] ^ dest[i];
		add_product(&products_of, s->flow.key[i], source[i]);
	}
	e->bad |= is(differ == 0);
	read_tcp(e, &back.w[3], tcp_len, sum, sums);
	find_local_v6(&s->link.addresses, e, dest);
	e->near = has_prefix(source, s->link.ways.v6_net, s->link.ways.v6_mask) |
			has_prefix(source, s->link.ways.v6_local, s->link.ways.v6_local_mask);
	e->hash = hash_tuples(&s->flow, products_of, back.w[3], e->local);
}

/* The columns transposed back to rows, for the eight structures. */
struct rows {
	uint64_t hash_home[EIGHT], rest[EIGHT];
	uint64_t holes[EIGHT];          /* The fields that numbers_of() leaves 0. */
};

/* The place of frame @p i among the pairs that unpacking makes. */
IN_LINE uint32_t
unpacked_place(uint32_t i)
{
	return (i >> 1 & 1) * 4 + (i >> 2) * 2 + (i & 1);
}

/* Store two columns as pairs of words. */
IN_LINE void
put_pairs(uint64_t *pairs_of, words a, words b)
{
	const __m256i low = _mm256_unpacklo_epi32((__m256i)a, (__m256i)b);
	const __m256i high = _mm256_unpackhi_epi32((__m256i)a, (__m256i)b);

	memcpy(pairs_of, &low, sizeof(low));
	memcpy(pairs_of + EIGHT / 2, &high, sizeof(high));
}

IN_LINE void
make_rows(const struct la_stack *s, const struct eight *e, uint32_t tcp_at, struct rows *r)
{
	put_pairs(r->hash_home, e->hash, home_buckets(&s->flow, e->hash));
	put_pairs(r->rest, e->wnd, (e->text_len & 0xffff) | (e->header_len + tcp_at) << 16 |
			e->wscale);
	/* If a frame is not plain, e->local may have bits in the places of other fields. */
	put_pairs(r->holes, e->local, (e->near & (uint32_t)LA_PLAIN_NEAR << 24) |
			e->options << 24);
}

#define OFFSET(field) __builtin_offsetof(struct la_plain, field)

_Static_assert(OFFSET(tuple.remote) == 0 && OFFSET(tuple.local) == 16 &&
		OFFSET(tuple.local_port) == 18 && OFFSET(tuple.remote_port) == 20 &&
		OFFSET(flags) == 22 && OFFSET(options) == 23 && OFFSET(ack) == 24 &&
		OFFSET(seq) == 28, "put() writes these as two vectors");
_Static_assert(OFFSET(handle) == OFFSET(hash) + 4 && OFFSET(mss) == OFFSET(wnd) + 2 &&
		OFFSET(text_len) == OFFSET(wnd) + 4 && OFFSET(text_at) == OFFSET(wnd) + 6 &&
		OFFSET(wscale) == OFFSET(wnd) + 7, "and these as one word each");

/* The remote address: IPv4 as an IPv4-mapped address, IPv6 as it is. */
IN_LINE __m128i
remote_of(const uint8_t *octets, bool v4)
{
	const __m128i mapped = _mm_setr_epi32(0, 0, (int)__builtin_bswap32(0xffff), 0);
	const __m128i last = _mm_setr_epi8(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
			4, 5, 6, 7);

	if (!v4)
		return _mm_loadu_si128((const __m128i *)(octets + LA_PLAIN_SOURCE_V6));
	return _mm_or_si128(mapped, _mm_shuffle_epi8(_mm_loadu_si128(
			(const __m128i *)(octets + LA_PLAIN_SOURCE_V4 - 4)), last));
}

/* The first 16 octets of a TCP header: a hole for the local address, ports, flags, a hole for
 * the options, ACK, SEQ. */
IN_LINE __m128i
numbers_of(const uint8_t *tcp)
{
	const __m128i order = _mm_setr_epi8(-1, -1, 3, 2, 1, 0, 13, -1, 11, 10, 9, 8, 7, 6, 5, 4);

	return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)tcp), order);
}

IN_LINE void
put_plain(const struct la_stack *s, const struct la_frame *frames, struct la_plain *p,
		const struct eight *e, bool v4)
{
	const uint32_t tcp_at = v4 ? LA_PLAIN_TCP_V4 : LA_PLAIN_TCP_V6;
	struct rows r;

	make_rows(s, e, tcp_at, &r);
	for (uint32_t i = 0; i < EIGHT; i++, p++) {
		const uint8_t *octets = frames[i].octets;
		const uint32_t at = unpacked_place(i);

		_mm_storeu_si128((__m128i *)&p->tuple.remote, remote_of(octets, v4));
		_mm_storeu_si128((__m128i *)&p->tuple.local,
				_mm_or_si128(numbers_of(octets + tcp_at),
						_mm_loadl_epi64((const __m128i *)&r.holes[at])));
		memcpy(&p->hash, &r.hash_home[at], sizeof(r.hash_home[at]));
		memcpy(&p->wnd, &r.rest[at], sizeof(r.rest[at]));
		p->frame = octets;
	}
}

/* Read four octets of options: an MSS alone, as in SYNs. A frame with another option is bad. */
IN_LINE void
read_mss(const struct la_frame *frames, uint32_t at, struct eight *e, bool sums)
{
	enum { MSS = 0x0402 };
	words option;

	for (int i = 0; i < EIGHT; i++)
		option[i] = la_load32(frames[i].octets + at);
	e->bad |= is((option & 0xffff) != MSS);
	if (sums)
		e->sum += add_halves(option);
	e->wnd |= swap_octets(option) << 16;
	e->options |= LA_OPT_MSS;
}

IN_LINE void
put_timestamps(struct la_plain *p, struct eight *e, words tsval, words tsecr)
{
	uint64_t pair[EIGHT];

	e->options |= LA_OPT_TIMESTAMPS;
	put_pairs(pair, swap_octets(tsval), swap_octets(tsecr));
	for (uint32_t i = 0; i < EIGHT; i++)
		memcpy(&p[i].tsval, &pair[unpacked_place(i)], sizeof(pair[0]));
}

/* Read 12 octets of options: two NOPs and timestamps. @return false if any frame has others. */
IN_LINE bool
read_timestamps(const struct la_frame *frames, uint32_t tcp_at, struct eight *e,
		struct la_plain *p, bool sums)
{
	const struct columns c = load_columns(frames, tcp_at);

	if (mask_of(is(c.w[5] != __builtin_bswap32(0x0101080a))) != 0)
		return false;
	if (sums)
		e->sum += add_halves(c.w[5]) + add_halves(c.w[6]) + add_halves(c.w[7]);
	put_timestamps(p, e, c.w[6], c.w[7]);
	return true;
}

/* Read the options of SYNs as Linux sends them: MSS, SACK-permitted, timestamps, NOP, window
 * scale. A frame with others is bad. */
IN_LINE void
read_linux_syn(const struct la_frame *frames, uint32_t tcp_at, struct eight *e,
		struct la_plain *p, bool sums)
{
	enum { MSS = 0x0402, NOP_WSCALE = 0x030301, ACK_AT = 8 };
	const struct columns c = load_columns(frames, tcp_at + ACK_AT);

	e->bad |= is((c.w[3] & 0xffff) != MSS) | is(c.w[4] != __builtin_bswap32(0x0402080a)) |
			is((c.w[7] & 0xffffff) != NOP_WSCALE);
	if (sums)
		e->sum += add_halves(c.w[3]) + add_halves(c.w[4]) + add_halves(c.w[5]) +
				add_halves(c.w[6]) + add_halves(c.w[7]);
	e->wnd |= swap_octets(c.w[3]) << 16;
	e->wscale = c.w[7] & 0xff000000;
	e->options |= LA_OPT_MSS | LA_OPT_WSCALE | LA_OPT_SACK_PERMITTED;
	put_timestamps(p, e, c.w[5], c.w[6]);
}

/* Read the options, if all eight have the same ones. @return whether they are read. */
IN_LINE bool
read_options(const struct la_frame *frames, uint32_t tcp_at, struct eight *e, struct la_plain *p,
		bool sums)
{
	const uint32_t header_len = e->header_len[0];

	if (mask_of(e->bad | is(e->header_len != header_len)) != 0)
		return false;
	if (header_len == 32)
		return read_timestamps(frames, tcp_at, e, p, sums);
	if (header_len == 24)
		read_mss(frames, tcp_at + 20, e, sums);
	else if (header_len == 40)
		read_linux_syn(frames, tcp_at, e, p, sums);
	else
		return false;
	return true;
}

/* Finish a frame that has options or text that are not summed yet. */
IN_LINE bool
finish_sum(struct la_plain *p, uint64_t sum, uint32_t options_at, bool checked)
{
	if (p->text_at > options_at && !la_plain_read_options(p, p->frame + options_at,
			p->text_at - options_at, &sum))
		return false;
	if (checked)
		return true;
	if (p->text_len > 0)
		sum += la_sum_octets(p->frame + p->text_at, p->text_len);
	return la_sum_is_right(sum);
}

/* @return the bits of the frames that are plain. */
IN_LINE uint32_t
complete_eight(const struct la_stack *s, const struct la_frame *frames, struct la_plain *p,
		struct eight *e, bool v4, bool sums)
{
	const uint32_t tcp_at = v4 ? LA_PLAIN_TCP_V4 : LA_PLAIN_TCP_V6;
	const words options = is(e->header_len > 20), text = is(e->text_len > 0) & ~e->checked;
	uint32_t options_at = tcp_at + 20, plain, checked;
	uint32_t sum[EIGHT];
	words more = options | text, wrong = all_words(0);

	if (mask_of(options) != 0 && read_options(frames, tcp_at, e, p, sums)) {
		/* The options are read: finish_sum() must read only the text. */
		options_at = LA_PLAIN_TCP_V6 + 60;
		more = text;
	}
	put_plain(s, frames, p, e, v4);
	if (sums)
		wrong = ~is_right(e->sum) & ~e->checked & ~more;
	plain = ~mask_of(e->bad | wrong) & ALL;
	checked = mask_of(e->checked);
	if (sums)
		memcpy(sum, &e->sum, sizeof(sum));
	for (uint32_t left = mask_of(more) & plain; left != 0; left &= left - 1) {
		const uint32_t i = (uint32_t)__builtin_ctz(left);

		if (LA_UNLIKELY(!finish_sum(&p[i], sums ? sum[i] : 0, options_at,
				checked >> i & 1)))
			plain &= ~(1u << i);
	}
	return plain;
}

/* @p sums: the port has not checked all of the frames. */
IN_LINE uint32_t
read_family(const struct la_stack *s, const struct la_frame *frames, struct la_plain *p,
		struct eight *e, bool v4, bool sums)
{
	if (v4)
		read_ipv4(s, frames, e, sums);
	else
		read_ipv6(s, frames, e, sums);
	return complete_eight(s, frames, p, e, v4, sums);
}

FOR_AVX2 uint32_t
la_stack__read_eight(const struct la_stack *s, const struct la_frame *frames, struct la_plain *p)
{
	struct eight e;
	bool checked;

	read_frames(&e, frames);
	if (LA_UNLIKELY(mask_of(is(e.len < LA_PLAIN_TCP_V4 + 20)) != 0))
		return 0;
	checked = mask_of(e.checked) == ALL;
	if (LA_LIKELY(la_plain_is_ipv4(frames[0].octets)))
		return checked ? read_family(s, frames, p, &e, true, false) :
				read_family(s, frames, p, &e, true, true);
	if (mask_of(is(e.len < LA_PLAIN_TCP_V6 + 20)) != 0)
		return 0;
	return checked ? read_family(s, frames, p, &e, false, false) :
			read_family(s, frames, p, &e, false, true);
}

#else

uint32_t
la_stack__read_eight(const struct la_stack *s, const struct la_frame *frames, struct la_plain *p)
{
	(void)s;
	(void)frames;
	(void)p;
	return 0;
}

#endif
