/* SPDX-License-Identifier: BSD-3-Clause */
#include "la_http_answer.h"

#include <string.h>

/* What comes next. */
enum state {
	STATUS_LINE, STATUS_REST,       /* STATUS_REST: after the code. */
	NAME, SKIP_LINE, VALUE_SPACE, VALUE, HEAD_LF,
	BODY_KNOWN, BODY_CHUNKED, BODY_TO_END, DONE, BROKEN,
};

enum framing { FRAMING_NONE, FRAMING_LENGTH, FRAMING_CHUNKED, FRAMING_CLOSE };

/* The fields that define where the body ends. */
enum field { LENGTH, CODING, FIELDS };
static const char *const names[FIELDS] = {
	[LENGTH] = "content-length:", [CODING] = "transfer-encoding:",
};
static const char chunked[] = "chunked";
enum { CHUNKED_LEN = sizeof(chunked) - 1, OTHER_CODING = 255 };

static bool
is_digit(uint8_t octet)
{
	return octet >= '0' && octet <= '9';
}

static bool
is_blank(uint8_t octet)
{
	return octet == ' ' || octet == '\t';
}

static uint8_t
to_lower(uint8_t octet)
{
	return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet | 0x20) : octet;
}

static void
start_line(struct la_http_answer *a)
{
	a->state = NAME;
	a->at = 0;
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
		return a->status >= 100;
	}
	return true;
}

/* The code has exactly three digits; the rest of the line is ignored. */
static bool
status_rest(struct la_http_answer *a, uint8_t octet)
{
	const bool good = a->at > 0 || octet == ' ' || octet == '\r' || octet == '\n';

	a->at = 1;
	if (octet == '\n')
		start_line(a);
	return good;
}

/* The head is complete. An interim response (RFC 9110, 15.2) is followed by the final one. */
static enum la_http_answer_result
head_over(struct la_http_answer *a)
{
	a->at = 0;
	if (a->status < 200) {
		a->status = 0;
		a->state = STATUS_LINE;
		a->framing = FRAMING_NONE;
		a->has_length = false;
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
	case FRAMING_NONE: case FRAMING_CLOSE:
		a->state = BODY_TO_END;
		break;
	}
	return a->state == DONE ? LA_ANSWER_DONE : LA_ANSWER_MORE;
}

/* The first octet selects the only field that is possible; each further octet must match. */
static void
name_octet(struct la_http_answer *a, uint8_t octet)
{
	const uint8_t c = to_lower(octet);

	if (a->at == 0)
		a->field = c == 't' ? CODING : LENGTH;
	if (c != (uint8_t)names[a->field][a->at]) {
		a->state = SKIP_LINE;
		return;
	}
	if (names[a->field][++a->at] == '\0') {
		a->state = VALUE_SPACE;
		a->at = 0;
		a->length = 0;
	}
}

/* Two different lengths are bad: the end of the body would be ambiguous. */
static bool
length_over(struct la_http_answer *a)
{
	if (a->at == 0 || (a->has_length && a->left != a->length))
		return false;
	a->has_length = true;
	a->left = a->length;
	if (a->framing == FRAMING_NONE)
		a->framing = FRAMING_LENGTH;
	return true;
}

/* Transfer-Encoding overrides Content-Length (RFC 9112, 6.3). Unless chunked is the
 * last coding, the body ends with the connection. An empty list is ignored. */
static bool
value_over(struct la_http_answer *a)
{
	if (a->field == LENGTH)
		return length_over(a);
	if (a->at > 0)
		a->framing = a->at == CHUNKED_LEN ? FRAMING_CHUNKED : FRAMING_CLOSE;
	return true;
}

static bool
length_octet(struct la_http_answer *a, uint8_t octet)
{
	if (!is_digit(octet) || a->length > UINT64_MAX / 10 - 10)
		return false;
	a->at = 1;
	a->length = a->length * 10 + (uint64_t)(octet - '0');
	return true;
}

/* a->at: how much of "chunked" the last coding of the list matches. */
static void
coding_octet(struct la_http_answer *a, uint8_t octet)
{
	if (octet == ',')
		a->at = 0;
	else if (is_blank(octet))
		return;
	else if (a->at < CHUNKED_LEN && to_lower(octet) == (uint8_t)chunked[a->at])
		a->at++;
	else
		a->at = OTHER_CODING;
}

static bool
value_octet(struct la_http_answer *a, uint8_t octet)
{
	bool good = true;

	if (octet == '\n' || octet == '\r' || (a->field == LENGTH && is_blank(octet))) {
		good = value_over(a);
		a->state = SKIP_LINE;
		if (octet == '\n')
			start_line(a);
	} else if (a->field == LENGTH) {
		good = length_octet(a, octet);
	} else {
		coding_octet(a, octet);
	}
	return good;
}

static enum la_http_answer_result
head_octet(struct la_http_answer *a, uint8_t octet)
{
	bool good = true;

	switch ((enum state)a->state) {
	case STATUS_LINE:
		good = status_line(a, octet);
		break;
	case STATUS_REST:
		good = status_rest(a, octet);
		break;
	case SKIP_LINE:
		if (octet == '\n')
			start_line(a);
		break;
	case NAME:
		if (octet == '\n' && a->at == 0)
			return head_over(a);
		if (octet == '\n')
			start_line(a);
		else if (octet == '\r' && a->at == 0)
			a->state = HEAD_LF;
		else
			name_octet(a, octet);
		break;
	case HEAD_LF:
		return octet == '\n' ? head_over(a) : LA_ANSWER_BAD;
	case VALUE_SPACE:
		if (is_blank(octet))
			break;
		a->state = VALUE;
		good = value_octet(a, octet);
		break;
	case VALUE:
		good = value_octet(a, octet);
		break;
	case BODY_KNOWN: case BODY_CHUNKED: case BODY_TO_END: case DONE: case BROKEN:
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
body_octets(struct la_http_answer *a, const uint8_t *octets, uint32_t len, uint32_t *taken)
{
	if (a->state == BODY_CHUNKED)
		return chunked_body(a, octets, len, taken);
	if (a->state >= DONE)
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
				body_octets(a, octets + at, len - at, &taken);
		at += taken;
	}
	if (result == LA_ANSWER_BAD)
		a->state = BROKEN;
	return result;
}

/* Take what follows a known head. */
static enum la_http_answer_result
take_rest(struct la_http_answer *a, const struct la_http_known_head *known,
		const uint8_t *octets, uint32_t len)
{
	*a = known->after;
	if (len > known->len)
		return la_http_answer_take(a, octets + known->len, len - known->len);
	return a->state == DONE ? LA_ANSWER_DONE : LA_ANSWER_MORE;
}

enum la_http_answer_result
la_http_answer_take_known(struct la_http_answer *a, struct la_http_known_head *known,
		const uint8_t *octets, uint32_t len)
{
	uint32_t at = 0;

	/* A known head must match from its first octet on. */
	if (a->head_len > 0 || a->state != STATUS_LINE)
		return la_http_answer_take(a, octets, len);
	if (known->len > 0 && len >= known->len && memcmp(octets, known->octets, known->len) == 0)
		return take_rest(a, known, octets, len);
	while (at < len && a->state < BODY_KNOWN) {
		if (head_octet(a, octets[at++]) == LA_ANSWER_BAD) {
			a->state = BROKEN;
			return LA_ANSWER_BAD;
		}
	}
	if (a->state < BODY_KNOWN)
		return LA_ANSWER_MORE;
	if (at > LA_ANSWER_KNOWN_MAX) {
		if (at < len)
			return la_http_answer_take(a, octets + at, len - at);
		return a->state == DONE ? LA_ANSWER_DONE : LA_ANSWER_MORE;
	}
	known->len = at;
	known->after = *a;
	memcpy(known->octets, octets, at);
	return take_rest(a, known, octets, len);
}

enum la_http_answer_result
la_http_answer_end(const struct la_http_answer *a)
{
	return a->state == BODY_TO_END || a->state == DONE ? LA_ANSWER_DONE : LA_ANSWER_MORE;
}
