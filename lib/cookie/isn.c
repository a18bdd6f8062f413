/* SPDX-License-Identifier: BSD-3-Clause */
/* Initial sequence numbers (RFC 6528, 3) and timestamp offsets (RFC 7323, 5.4). */
#include "cookie_private.h"

uint32_t
la_cookie_isn(const struct la_cookie *cookie, const struct la_cookie_tuple *tuple, uint64_t now_us)
{
	struct cookie_words words = words_of(cookie, tuple, 0);

	return (uint32_t)(now_us / 4) + (uint32_t)hash_tuple(&cookie->isn_key, &words);
}

uint32_t
la_cookie_ts_offset(const struct la_cookie *cookie, const struct la_cookie_tuple *tuple)
{
	return ts_secret(cookie, tuple) + (uint32_t)(cookie->clock_offset_us / 1000);
}

uint32_t
la_cookie_tsval(const struct la_cookie *cookie, const struct la_cookie_tuple *tuple,
		uint64_t now_us)
{
	return (uint32_t)(now_us / 1000) + la_cookie_ts_offset(cookie, tuple);
}
