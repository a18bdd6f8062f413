/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Each function below that takes (p, end) reads one piece of a line and returns
 * the place behind it, or NULL if the piece is not there: bad if the line is
 * complete, partial if it is not.
 */
#include <stddef.h>
#include <string.h>

#include "http_parse.h"

/* token: RFC 9110, 5.6.2 */
static const uint8_t token[256] = {
	[0x20] = 0, 1, 0, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 1, 1, 0,        /* !"#$%&'()*+,-./ */
	[0x30] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0,        /* 0-9 */
	[0x40] = 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,        /* A-O */
	[0x50] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1,        /* P-Z ^ _ */
	[0x60] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,        /* ` a-o */
	[0x70] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0,        /* p-z | ~ */
};

bool
la_http_is_token(uint8_t octet)
{
	return token[octet];
}

/* Eight octets at once: the top bit of each octet that is less than n (n <= 128). Exact up
 * to and including the lowest one found, which is the only one that is looked at. */
static uint64_t
less_than(uint64_t x, uint8_t n)
{
	return (x - UINT64_C(0x0101010101010101) * n) & ~x & UINT64_C(0x8080808080808080);
}

static uint64_t
equal_to(uint64_t x, uint8_t n)
{
	return less_than(x ^ UINT64_C(0x0101010101010101) * n, 1);
}

/* The first octet from p on that is no text of a field's value. */
static const uint8_t *
text_end(const uint8_t *p, const uint8_t *end)
{
	while (end - p >= 8) {
		uint64_t x, stop;

		memcpy(&x, p, sizeof(x));
		stop = less_than(x, 0x20) | equal_to(x, 0x7f);
		if (stop == 0) {
			p += 8;
			continue;
		}
		p += __builtin_ctzll(stop) / 8;
		if (*p != '\t')
			return p;
		p++;
	}
	while (p < end && la_http_is_text(*p))
		p++;
	return p;
}

/* The first octet from p on that is no visible ASCII. */
static const uint8_t *
visible_end(const uint8_t *p, const uint8_t *end)
{
	while (end - p >= 8) {
		uint64_t x, stop;

		memcpy(&x, p, sizeof(x));
		stop = less_than(x, 0x21) | equal_to(x, 0x7f) |
				(x & UINT64_C(0x8080808080808080));
		if (stop != 0)
			return p + __builtin_ctzll(stop) / 8;
		p += 8;
	}
	while (p < end && *p > 0x20 && *p < 0x7f)
		p++;
	return p;
}

static const uint8_t *
token_end(const uint8_t *p, const uint8_t *end)
{
	while (p < end && token[*p])
		p++;
	return p;
}

/* CRLF, or a single LF (RFC 9112, 2.2). A bare CR is neither. */
static const uint8_t *
end_of_line(const uint8_t *p, const uint8_t *end)
{
	if (p < end && *p == '\r')
		p++;
	return p < end && *p == '\n' ? p + 1 : NULL;
}

/* Compare with a word in lower case, made of letters, digits and '-'. The octets are
 * token octets, so setting the bit of the case folds nothing else onto these. */
static bool
is_word(const uint8_t *p, size_t len, const char *word)
{
	if (len != strlen(word))
		return false;
	for (size_t i = 0; i < len; i++)
		if ((p[i] | 0x20) != word[i] || !token[p[i]])
			return false;
	return true;
}

/* The next element of a list (RFC 9110, 5.6.1) from *p on, white space trimmed; empty
 * ones are passed over. False at the end. */
static bool
next_element(const uint8_t **p, const uint8_t *end, const uint8_t **element, size_t *len)
{
	const uint8_t *from = *p, *to;

	while (from < end && (*from == ' ' || *from == '\t' || *from == ','))
		from++;
	for (to = from; to < end && *to != ','; to++)
		;
	*p = to;
	while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
		to--;
	*element = from;
	*len = (size_t)(to - from);
	return *len > 0;
}

static void
connection_field(struct la_http_request *request, const uint8_t *value, const uint8_t *end)
{
	const uint8_t *option;
	size_t len;

	while (next_element(&value, end, &option, &len)) {
		request->close |= is_word(option, len, "close");
		request->keep_alive |= is_word(option, len, "keep-alive");
	}
}

/* RFC 9112, 6.1: chunked is the last coding and applied once. */
static bool
coding_field(struct la_http_request *request, const uint8_t *value, const uint8_t *end)
{
	const uint8_t *coding;
	size_t len;

	request->has_coding = true;
	while (next_element(&value, end, &coding, &len)) {
		if (request->chunked)
			return false;
		if (is_word(coding, len, "chunked"))
			request->chunked = true;
		else
			request->unknown_coding = true;
	}
	return true;
}

/* RFC 9112, 6.3: digits and nothing else, once; a list or a second field is refused even if
 * the values agree. */
static bool
length_field(struct la_http_request *request, const uint8_t *value, const uint8_t *end)
{
	uint64_t n = 0;

	if (request->has_length || value == end)
		return false;
	for (; value < end; value++) {
		if (*value < '0' || *value > '9')
			return false;
		if (n > (UINT64_MAX - 9) / 10)
			n = UINT64_MAX;
		else
			n = n * 10 + (*value - '0');
	}
	request->content_length = n;
	request->has_length = true;
	return true;
}

/* RFC 9112, 3.2: one Host, of a form that cannot be read as something else. */
static bool
host_field(struct la_http_request *request, const uint8_t *value, const uint8_t *end)
{
	if (request->host)
		return false;
	request->host = true;
	for (; value < end; value++)
		if (*value <= 0x20 || *value >= 0x7f || memchr(",/?#@\\", *value, 6))
			return false;
	return true;
}

static void
expect_field(struct la_http_request *request, const uint8_t *value, const uint8_t *end)
{
	const uint8_t *what;
	size_t len;

	while (next_element(&value, end, &what, &len)) {
		if (is_word(what, len, "100-continue"))
			request->expect_continue = true;
		else
			request->unknown_expectation = true;
	}
}

/* Take what we need from a field; false if its value is bad. */
static bool
field(struct la_http_request *request, const uint8_t *name, size_t len, const uint8_t *value,
		const uint8_t *end)
{
	switch (len) {
	case 4:
		if (is_word(name, len, "host"))
			return host_field(request, value, end);
		break;
	case 6:
		if (is_word(name, len, "expect"))
			expect_field(request, value, end);
		break;
	case 10:
		if (is_word(name, len, "connection"))
			connection_field(request, value, end);
		break;
	case 14:
		if (is_word(name, len, "content-length"))
			return length_field(request, value, end);
		break;
	case 17:
		if (is_word(name, len, "transfer-encoding"))
			return coding_field(request, value, end);
		break;
	default:
		break;
	}
	return true;
}

/* field-line (RFC 9112, 5). No white space before the colon; no folding, since a line that
 * starts with white space has no name. */
static const uint8_t *
field_line(const uint8_t *p, const uint8_t *end, struct la_http_request *request)
{
	const uint8_t *name = p, *colon = token_end(p, end), *value, *stop, *next;

	if (colon == name || colon == end || *colon != ':')
		return NULL;
	for (value = colon + 1; value < end && (*value == ' ' || *value == '\t'); value++)
		;
	stop = text_end(value, end);
	next = end_of_line(stop, end);
	if (!next)
		return NULL;
	while (stop > value && (stop[-1] == ' ' || stop[-1] == '\t'))
		stop--;
	return field(request, name, (size_t)(colon - name), value, stop) ? next : NULL;
}

static enum la_http_method
method_of(const uint8_t *p, size_t len)
{
	if (len == 3 && memcmp(p, "GET", 3) == 0)
		return LA_HTTP_GET;
	if (len == 4 && memcmp(p, "HEAD", 4) == 0)
		return LA_HTTP_HEAD;
	if (len == 4 && memcmp(p, "POST", 4) == 0)
		return LA_HTTP_POST;
	return LA_HTTP_OTHER;
}

/* HTTP-version (RFC 9112, 2.3) */
static const uint8_t *
version(const uint8_t *p, const uint8_t *end, struct la_http_request *request)
{
	if (end - p < 8 || memcmp(p, "HTTP/", 5) != 0)
		return NULL;
	if (p[5] < '0' || p[5] > '9' || p[6] != '.' || p[7] < '0' || p[7] > '9')
		return NULL;
	request->major = p[5] - '0';
	request->minor = p[7] - '0';
	return p + 8;
}

/* request-line (RFC 9112, 3), with single spaces. The target is any run of visible octets:
 * all of them name the same body. */
static const uint8_t *
request_line(const uint8_t *p, const uint8_t *end, struct la_http_request *request)
{
	const uint8_t *stop = token_end(p, end);

	if (stop == p || stop == end || *stop != ' ')
		return NULL;
	request->method = method_of(p, (size_t)(stop - p));
	p = stop + 1;
	stop = visible_end(p, end);
	if (stop == p || stop == end || *stop != ' ')
		return NULL;
	p = version(stop + 1, end, request);
	return p ? end_of_line(p, end) : NULL;
}

/* What a complete head must not say, whatever its version. */
static bool
framing_is_clear(const struct la_http_request *request)
{
	if (request->major == 1 && request->minor >= 1 && !request->host)
		return false;                           /* RFC 9112, 3.2 */
	if (!request->has_coding)
		return true;
	if (request->has_length || !request->chunked)
		return false;                           /* RFC 9112, 6.1 and 6.3 */
	return request->major > 1 || request->minor >= 1;       /* RFC 9112, 6.1: not in 1.0 */
}

/* A piece of the line at p was not there. */
static int
bad_or_partial(const uint8_t *p, const uint8_t *end)
{
	return memchr(p, '\n', (size_t)(end - p)) ? LA_HTTP_BAD : LA_HTTP_PARTIAL;
}

int
la_http_parse_request(const uint8_t *buf, uint32_t len, uint32_t last_len,
		struct la_http_request *request)
{
	const uint8_t *line = buf, *end = buf + len, *next;

	/* Nothing changes until a line ends: a head that trickles in costs one look at each
	 * octet, not one at the whole for each. */
	if (len == last_len || (last_len > 0 && !memchr(buf + last_len, '\n', len - last_len)))
		return LA_HTTP_PARTIAL;
	if (!token[buf[0]] && buf[0] != '\r' && buf[0] != '\n')
		return LA_HTTP_BAD;
	*request = (struct la_http_request){ 0 };
	next = end_of_line(line, end);
	if (next)
		line = next;                            /* RFC 9112, 2.2 */
	next = request_line(line, end, request);
	while (next) {
		line = next;
		next = end_of_line(line, end);
		if (next)
			return framing_is_clear(request) ? (int)(next - buf) : LA_HTTP_BAD;
		next = field_line(line, end, request);
	}
	return bad_or_partial(line, end);
}
