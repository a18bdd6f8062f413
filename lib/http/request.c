/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Each function below that takes (p, end) reads one piece of a line. It returns
 * the place after the piece, or NULL if the piece is missing: then the request
 * is bad if the line is complete, and partial if it is not.
 */
#include <stddef.h>
#include <string.h>

#include "la_http_request.h"

/* Inline at each call, so that the compiler evaluates constants at compile time. */
#define INLINE static inline __attribute__((always_inline))

enum {
	TOKEN = 1,                      /* Allowed in a token: RFC 9110, 5.6.2. */
	HOST = 2,                       /* Allowed in a Host that cannot be misread. */
	SPACE = 4,
};

static const uint8_t octets[256] = {
	['\t'] = 4,
	[0x20] = 4, 3, 2, 1, 3, 3, 3, 3, 2, 2, 3, 3, 0, 3, 3, 0,        /*  !"#$%&'()*+,-./ */
	[0x30] = 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 2, 2, 2, 0,        /* 0-9 :;<=>? */
	[0x40] = 0, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,        /* @ A-O */
	[0x50] = 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 2, 0, 2, 3, 3,        /* P-Z [\]^_ */
	[0x60] = 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,        /* ` a-o */
	[0x70] = 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 2, 3, 2, 3, 0,        /* p-z {|}~ */
};

bool
la_http_is_token(uint8_t octet)
{
	return octets[octet] & TOKEN;
}

INLINE uint64_t
load_word64(const void *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	return x;
}

INLINE uint32_t
load_word32(const void *p)
{
	uint32_t x;

	memcpy(&x, p, sizeof(x));
	return x;
}

#define EACH(octet) (UINT64_C(0x0101010101010101) * (octet))

/* Eight octets at once: sets the top bit of each octet that is not allowed in a field's value, and
 * of tabs. Exact up to and including the first such octet; only the first is used. */
static uint64_t
not_text(uint64_t x)
{
	return ((x - EACH(0x20)) | ((x & EACH(0x7f)) + EACH(1))) & ~x & EACH(0x80);
}

/* The same for each octet that is not visible ASCII. */
static uint64_t
not_visible(uint64_t x)
{
	return (x | (x - EACH(0x21)) | (x + EACH(1))) & EACH(0x80);
}

/* The first octet from p on that is not allowed in a field's value. */
static const uint8_t *
text_end(const uint8_t *p, const uint8_t *end)
{
	while (end - p >= 8) {
		uint64_t stop = not_text(load_word64(p));

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

/* The first octet from p on that is not visible ASCII. */
static const uint8_t *
visible_end(const uint8_t *p, const uint8_t *end)
{
	while (end - p >= 8) {
		uint64_t stop = not_visible(load_word64(p));

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
	while (p < end && octets[*p] & TOKEN)
		p++;
	return p;
}

/* CRLF, or a single LF (RFC 9112, 2.2). A bare CR is neither. */
static const uint8_t *
end_of_line(const uint8_t *p, const uint8_t *end)
{
	if (end - p >= 2 && memcmp(p, "\r\n", 2) == 0)
		return p + 2;
	return p < end && *p == '\n' ? p + 1 : NULL;
}

static const uint8_t *
spaces_end(const uint8_t *p, const uint8_t *end)
{
	while (p < end && octets[*p] & SPACE)
		p++;
	return p;
}

/*
 * Words are literals in lower case, of four octets or more, compared without regard to case.
 * Only the letters in them have the bit 0x40; only at these places the bit 0x20, the case, is
 * set before the comparison, so that no other octet matches.
 */
INLINE bool
is_same4(const uint8_t *p, const char *word)
{
	return (load_word32(p) | (load_word32(word) & 0x40404040) >> 1) == load_word32(word);
}

INLINE bool
is_same8(const uint8_t *p, const char *word)
{
	return (load_word64(p) | (load_word64(word) & EACH(0x40)) >> 1) == load_word64(word);
}

INLINE bool
is_word_at(const uint8_t *p, const char *word)
{
	const size_t len = strlen(word);

	if (len <= 8)
		return is_same4(p, word) && is_same4(p + len - 4, word + len - 4);
	return is_same8(p, word) && (len <= 16 || is_same8(p + 8, word + 8)) &&
			is_same8(p + len - 8, word + len - 8);
}

INLINE bool
is_word(const uint8_t *p, size_t len, const char *word)
{
	return len == strlen(word) && is_word_at(p, word);
}

INLINE bool
starts_with(const uint8_t *p, const uint8_t *end, const char *word)
{
	return (size_t)(end - p) >= strlen(word) && is_word_at(p, word);
}

/* The next element of a list (RFC 9110, 5.6.1) from *p on, without white space around it;
 * empty elements are skipped. False at the end. */
static bool
next_element(const uint8_t **p, const uint8_t *end, const uint8_t **element, size_t *len)
{
	const uint8_t *from = *p, *to;

	while (from < end && (octets[*from] & SPACE || *from == ','))
		from++;
	for (to = from; to < end && *to != ','; to++)
		;
	*p = to;
	while (to > from && octets[to[-1]] & SPACE)
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

/* RFC 9112, 6.1: chunked must be the last coding, and be applied only once. */
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

/* RFC 9112, 6.3: only digits, and only once; a list or a second field is refused even if the
 * values agree. */
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

/* Known field names; the value is the length with the colon, which differs for each. */
enum name {
	NAME_OTHER = 0,
	NAME_HOST = 5, NAME_EXPECT = 7, NAME_CONNECTION = 11, NAME_LENGTH = 15, NAME_CODING = 18,
};

/* Which known name is at @p p; there is at least one octet. */
static enum name
known_name(const uint8_t *p, const uint8_t *end)
{
	switch (*p | 0x20) {
	case 'h':
		return starts_with(p, end, "host:") ? NAME_HOST : NAME_OTHER;
	case 'c':
		if (starts_with(p, end, "connection:"))
			return NAME_CONNECTION;
		return starts_with(p, end, "content-length:") ? NAME_LENGTH : NAME_OTHER;
	case 'e':
		return starts_with(p, end, "expect:") ? NAME_EXPECT : NAME_OTHER;
	case 't':
		return starts_with(p, end, "transfer-encoding:") ? NAME_CODING : NAME_OTHER;
	default:
		return NAME_OTHER;
	}
}

/* The place after any name and its colon. */
static const uint8_t *
name_end(const uint8_t *p, const uint8_t *end)
{
	const uint8_t *colon = token_end(p, end);

	return colon > p && colon < end && *colon == ':' ? colon + 1 : NULL;
}

/* Read a field that we need; false if its value is bad. */
static bool
take_field(struct la_http_request *request, enum name name, const uint8_t *value,
		const uint8_t *end)
{
	switch (name) {
	case NAME_EXPECT:
		expect_field(request, value, end);
		return true;
	case NAME_CONNECTION:
		connection_field(request, value, end);
		return true;
	case NAME_LENGTH:
		return length_field(request, value, end);
	case NAME_CODING:
		return coding_field(request, value, end);
	case NAME_HOST: case NAME_OTHER:
		break;
	}
	return true;
}

/* Read the rest of a line, from its value on. */
static const uint8_t *
value_line(const uint8_t *value, const uint8_t *end, enum name name,
		struct la_http_request *request)
{
	const uint8_t *stop = text_end(value, end), *next = end_of_line(stop, end);

	if (!next)
		return NULL;
	while (stop > value && octets[stop[-1]] & SPACE)
		stop--;
	return take_field(request, name, value, stop) ? next : NULL;
}

/* RFC 9112, 3.2: only one Host, in a form that cannot be misread. */
static const uint8_t *
host_line(const uint8_t *value, const uint8_t *end, struct la_http_request *request)
{
	if (request->host)
		return NULL;
	request->host = true;
	while (value < end && octets[*value] & HOST)
		value++;
	return end_of_line(spaces_end(value, end), end);
}

/* The value is nearly always a single option. */
static const uint8_t *
connection_line(const uint8_t *value, const uint8_t *end, struct la_http_request *request)
{
	if (starts_with(value, end, "close\r\n")) {
		request->close = true;
		return value + strlen("close\r\n");
	}
	if (starts_with(value, end, "keep-alive\r\n")) {
		request->keep_alive = true;
		return value + strlen("keep-alive\r\n");
	}
	return value_line(value, end, NAME_CONNECTION, request);
}

/* field-line (RFC 9112, 5). No white space before the colon; no folding, since a line that
 * starts with white space has no name. */
static const uint8_t *
field_line(const uint8_t *p, const uint8_t *end, struct la_http_request *request)
{
	const enum name name = p < end ? known_name(p, end) : NAME_OTHER;
	const uint8_t *value = name == NAME_OTHER ? name_end(p, end) : p + name;

	if (!value)
		return NULL;
	value = spaces_end(value, end);
	if (name == NAME_HOST)
		return host_line(value, end, request);
	if (name == NAME_CONNECTION)
		return connection_line(value, end, request);
	return value_line(value, end, name, request);
}

static enum la_http_method
method_of(const uint8_t *p, size_t len)
{
	if (len == 4 && memcmp(p, "HEAD", 4) == 0)
		return LA_HTTP_HEAD;
	if (len == 4 && memcmp(p, "POST", 4) == 0)
		return LA_HTTP_POST;
	if (len == 7 && memcmp(p, "OPTIONS", 7) == 0)
		return LA_HTTP_OPTIONS;
	return LA_HTTP_OTHER;
}

/* The method and the space after it. */
static const uint8_t *
parse_method(const uint8_t *p, const uint8_t *end, struct la_http_request *request)
{
	const uint8_t *stop;

	if (end - p >= 4 && memcmp(p, "GET ", 4) == 0) {
		request->method = LA_HTTP_GET;
		return p + 4;
	}
	stop = token_end(p, end);
	if (stop == p || stop == end || *stop != ' ')
		return NULL;
	request->method = method_of(p, (size_t)(stop - p));
	return stop + 1;
}

/* HTTP-version (RFC 9112, 2.3): eight octets, two of them digits. */
static const uint8_t *
parse_version(const uint8_t *p, const uint8_t *end, struct la_http_request *request)
{
	uint64_t digits;

	if (end - p < 8)
		return NULL;
	digits = load_word64(p) ^ load_word64("HTTP/0.0");
	/* Only two values up to 9 may be left: a value above 9, plus 6, is over 15. */
	if (((digits + load_word64("\0\0\0\0\0\6\0\6")) | digits) &
			load_word64("\xff\xff\xff\xff\xff\xf0\xff\xf0"))
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
	const uint8_t *target = parse_method(p, end, request), *stop;

	if (!target)
		return NULL;
	stop = visible_end(target, end);
	if (stop == target || stop == end || *stop != ' ')
		return NULL;
	p = parse_version(stop + 1, end, request);
	return p ? end_of_line(p, end) : NULL;
}

/* Check the framing of a complete head, of any version. */
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

/* The place after the last complete line; NULL if there is none. */
static const uint8_t *
lines_end(const uint8_t *p, const uint8_t *end)
{
	const uint8_t *line, *last = NULL;

	if (p < end && end[-1] == '\n')
		return end;
	for (; (line = memchr(p, '\n', (size_t)(end - p))); p = line + 1)
		last = line + 1;
	return last;
}

/* The request line, and an empty line before it (RFC 9112, 2.2): @p line is moved past that.
 * @return the place after both; NULL: bad or, if @p line is at the end, partial. */
static const uint8_t *
first_lines(const uint8_t **line, const uint8_t *end, struct la_http_request *request)
{
	if (!(octets[**line] & TOKEN)) {
		const uint8_t *next = end_of_line(*line, end);

		if (!next)
			return NULL;
		*line = next;
	}
	return request_line(*line, end, request);
}

int
la_http_parse_request(const uint8_t *buf, uint32_t len, struct la_http_request *request)
{
	const uint8_t *line = buf + request->parsed, *next = line;
	const uint8_t *end = lines_end(buf + request->seen, buf + len);

	if (request->seen == 0 && len > 0 && !(octets[buf[0]] & TOKEN) && buf[0] != '\r' &&
			buf[0] != '\n')
		return LA_HTTP_BAD;
	request->seen = len;
	/* Nothing changes until a line ends: single octets that arrive are examined once each. */
	if (!end)
		return LA_HTTP_PARTIAL;
	if (request->parsed == 0) {
		next = first_lines(&line, end, request);
		if (!next)
			return line < end ? LA_HTTP_BAD : LA_HTTP_PARTIAL;
	}
	while (next) {
		line = next;
		next = end_of_line(line, end);
		if (next)
			return framing_is_clear(request) ? (int)(next - buf) : LA_HTTP_BAD;
		next = field_line(line, end, request);
	}
	if (line < end)                                 /* A piece of a line is missing. */
		return LA_HTTP_BAD;
	request->parsed = (uint32_t)(line - buf);
	return LA_HTTP_PARTIAL;
}
