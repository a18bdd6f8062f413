/* SPDX-License-Identifier: BSD-3-Clause */
#include "http_answer.h"

#include <stdbool.h>
#include <string.h>

/* What comes next. */
enum state {
	STATUS_LINE, STATUS_REST,       /* Behind the code. */
	NAME, SKIP_LINE, VALUE_SPACE, VALUE, HEAD_LF,
	BODY_KNOWN, BODY_CHUNKED, BODY_TO_END, DONE,
};

enum framing { FRAMING_NONE, FRAMING_LENGTH, FRAMING_CHUNKED };

/* The fields that say where the body ends. */
enum field { LENGTH, CODING, FIELDS };
static const char *const names[FIELDS] = {
	[LENGTH] = "content-length:", [CODING] = "transfer-encoding:",
};
static const char chunked[] = "chunked";

static bool
is_digit(uint8_t octet)
{
	return octet >= '0' && octet <= '9';
}

static uint8_t
lower(uint8_t octet)
{
	return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet | 0x20) : octet;
}

/* "HTTP/1.1 200", octet by octet. */
static bool
status_line(struct la_http_answer *a, uint8_t octet)
{
	static const char form[] = "HTTP/1.# ###";
	const uint8_t wanted = (uint8_t)form[a->at];

	if (wanted == '#' ? !is_digit(octet) : octet != wanted)
		return false;
	if (a->at > 8)
		a->status = (uint16_t)(a->status * 10 + (octet - '0'));
	if (form[++a->at] == '\0') {
		a->state = STATUS_REST;
		a->at = 0;
	}
	return true;
}

static void
start_line(struct la_http_answer *a)
{
	a->state = NAME;
	a->at = 0;
}

/* An interim response (RFC 9110, 15.2) is followed by the real one. */
static enum la_http_answer_result
head_over(struct la_http_answer *a)
{
	a->at = 0;
	if (a->status < 200) {
		a->status = 0;
		a->state = STATUS_LINE;
		a->framing = FRAMING_NONE;
		return LA_ANSWER_MORE;
	}
	/* RFC 9112, 6.3: these two never have a body. */
	if (a->status == 204 || a->status == 304) {
		a->framing = FRAMING_LENGTH;
		a->left = 0;
	}
	switch ((enum framing)a->framing) {
	case FRAMING_CHUNKED:
		a->state = BODY_CHUNKED;
		break;
	case FRAMING_LENGTH:
		a->state = a->left > 0 ? BODY_KNOWN : DONE;
		break;
	case FRAMING_NONE:
		a->state = BODY_TO_END;
		break;
	}
	return a->state == DONE ? LA_ANSWER_DONE : LA_ANSWER_MORE;
}

/* The first octet chooses the field that may be meant; each of the rest must fit. */
static void
name(struct la_http_answer *a, uint8_t octet)
{
	const uint8_t c = lower(octet);

	if (a->at == 0)
		a->field = c == 't' ? CODING : LENGTH;
	if (c != (uint8_t)names[a->field][a->at]) {
		a->state = SKIP_LINE;
		return;
	}
	if (names[a->field][++a->at] == '\0') {
		a->state = VALUE_SPACE;
		a->at = 0;
	}
}

/* Transfer-Encoding overrides Content-Length (RFC 9112, 6.3). */
static bool
value(struct la_http_answer *a, uint8_t octet)
{
	if (a->field == LENGTH) {
		if (octet == '\r' || octet == ' ' || octet == '\t') {
			a->state = SKIP_LINE;
			return a->at > 0;
		}
		if (!is_digit(octet) || a->left > UINT64_MAX / 10 - 10)
			return false;
		if (a->at == 0)
			a->left = 0;
		a->at = 1;
		a->left = a->left * 10 + (uint64_t)(octet - '0');
		if (a->framing == FRAMING_NONE)
			a->framing = FRAMING_LENGTH;
		return true;
	}
	/* Any other coding than chunked alone: the body ends with the connection. */
	if (lower(octet) != (uint8_t)chunked[a->at] || chunked[++a->at] == '\0') {
		if (chunked[a->at] == '\0')
			a->framing = FRAMING_CHUNKED;
		a->state = SKIP_LINE;
	}
	return true;
}

static enum la_http_answer_result
head_octet(struct la_http_answer *a, uint8_t octet)
{
	bool good = true;

	switch ((enum state)a->state) {
	case STATUS_LINE:
		good = status_line(a, octet);
		break;
	case STATUS_REST: case SKIP_LINE:
		if (octet == '\n')
			start_line(a);
		break;
	case NAME:
		if (octet == '\n')
			return head_over(a);
		if (a->at == 0 && octet == '\r')
			a->state = HEAD_LF;
		else
			name(a, octet);
		break;
	case HEAD_LF:
		return octet == '\n' ? head_over(a) : LA_ANSWER_BAD;
	case VALUE_SPACE:
		if (octet == ' ' || octet == '\t')
			break;
		a->state = VALUE;
		good = value(a, octet);
		break;
	case VALUE:
		if (octet == '\n')
			start_line(a);
		else
			good = value(a, octet);
		break;
	case BODY_KNOWN: case BODY_CHUNKED: case BODY_TO_END: case DONE:
		break;
	}
	return good && ++a->head_len < LA_ANSWER_HEAD_MAX ? LA_ANSWER_MORE : LA_ANSWER_BAD;
}

static enum la_http_answer_result
chunked_body(struct la_http_answer *a, const uint8_t *octets, uint32_t len, uint32_t *taken)
{
	*taken = la_http_chunked_take(&a->chunked, octets, len);
	a->body_len = a->chunked.total;
	if (a->chunked.state < LA_HTTP_CHUNK_DONE)
		return LA_ANSWER_MORE;
	a->state = DONE;
	return a->chunked.state == LA_HTTP_CHUNK_DONE ? LA_ANSWER_DONE : LA_ANSWER_BAD;
}

static enum la_http_answer_result
body(struct la_http_answer *a, const uint8_t *octets, uint32_t len, uint32_t *taken)
{
	if (a->state == BODY_CHUNKED)
		return chunked_body(a, octets, len, taken);
	if (a->state == DONE)
		return LA_ANSWER_BAD;
	*taken = a->state == BODY_KNOWN && len > a->left ? (uint32_t)a->left : len;
	a->body_len += *taken;
	if (a->state == BODY_TO_END)
		return LA_ANSWER_MORE;
	a->left -= *taken;
	if (a->left > 0)
		return LA_ANSWER_MORE;
	a->state = DONE;
	return LA_ANSWER_DONE;
}

enum la_http_answer_result
la_http_answer_take(struct la_http_answer *a, const uint8_t *octets, uint32_t len)
{
	enum la_http_answer_result result = LA_ANSWER_MORE;
	uint32_t at = 0;

	while (at < len && result != LA_ANSWER_BAD) {
		uint32_t taken = 1;

		result = a->state < BODY_KNOWN ? head_octet(a, octets[at]) :
				body(a, octets + at, len - at, &taken);
		at += taken;
	}
	return result;
}

enum la_http_answer_result
la_http_answer_end(const struct la_http_answer *a)
{
	return a->state == BODY_TO_END || a->state == DONE ? LA_ANSWER_DONE : LA_ANSWER_MORE;
}
