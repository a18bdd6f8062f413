/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <string.h>

#include "http_queue.h"

static uint64_t
run_len(const struct la_http_run *run, const struct la_http_responses *responses)
{
	return (uint64_t)run->count * responses->of[run->code].len;
}

bool
la_http_queue__open(const struct la_http_queue *queue, const struct la_http_responses *responses)
{
	uint64_t len = 0;

	for (uint32_t i = 0; i < queue->runs; i++)
		len += run_len(&queue->run[i], responses);
	return queue->runs + 2 <= LA_HTTP_RUNS && len < LA_HTTP_QUEUE_MAX;
}

void
la_http_queue__push(struct la_http_queue *queue, enum la_http_code code)
{
	struct la_http_run *last = queue->run + queue->runs;

	if (queue->runs > 0 && last[-1].code == code) {
		last[-1].count++;
		return;
	}
	assert(queue->runs < LA_HTTP_RUNS);
	*last = (struct la_http_run){ code, 1 };
	queue->runs++;
}

void
la_http_queue__acked(struct la_http_queue *queue, const struct la_http_responses *responses,
		uint32_t len)
{
	struct la_http_run *first = queue->run;
	uint64_t gone = (uint64_t)queue->skip + len;
	uint32_t done = 0;

	while (done < queue->runs && gone >= run_len(&first[done], responses))
		gone -= run_len(&first[done++], responses);
	assert(done < queue->runs || gone == 0);
	queue->runs -= done;
	memmove(first, first + done, queue->runs * sizeof(*first));
	queue->skip = (uint32_t)gone;
	if (queue->runs > 0) {
		uint32_t one = responses->of[first->code].len;

		first->count -= queue->skip / one;
		queue->skip %= one;
	}
}

void
la_http_queue__fill(const struct la_http_queue *queue, const struct la_http_responses *responses,
		uint32_t offset, uint8_t *dst, uint32_t len)
{
	const struct la_http_run *run = queue->run;
	uint64_t at = (uint64_t)queue->skip + offset;

	while (len > 0) {
		uint32_t one, from, n;

		assert(run < queue->run + queue->runs);
		if (at >= run_len(run, responses)) {
			at -= run_len(run++, responses);
			continue;
		}
		one = responses->of[run->code].len;
		from = at < one ? (uint32_t)at : (uint32_t)at % one;
		n = len < one - from ? len : one - from;
		la_http_response_fill(responses, (enum la_http_code)run->code, from, dst, n);
		dst += n;
		at += n;
		len -= n;
	}
}
