/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Buffers of services, which all connections share. A connection that holds a buffer for too long
 * without progress loses it. When none is free, the one that has done so for longest is aborted.
 */
#include "stack_private.h"

/*
 * data() did not take @p text because no buffer was free: take one back and call data() again.
 * The connection that loses its buffer is aborted at once, which needs no extension block and no
 * time. @return octets taken.
 */
LA_COLD uint32_t
la_stack__data_again(struct la_stack *s, const struct la_bound *bound, struct la_conn *conn,
		const uint8_t *text, uint32_t len)
{
	const uint32_t oldest = conn->oldest;

	conn->full = false;
	conn->oldest = LA_NONE;
	if (oldest == LA_NONE || oldest == conn->id ||
			!la_stack_end_one(s, oldest, true, conn->now_us)) {
		la_stack__count(s, LA_COUNT_NO_BUFFER);
		return 0;
	}
	la_stack__count(s, LA_COUNT_BUFFERS_REUSED);
	return bound->ops->data(bound->service, conn, text, len);
}

static void
expire_buffer(void *user, struct la_conn *conn)
{
	struct la_service *service = user;

	service->ops->expire(service, conn);
}

static void
expire_some(struct la_stack *s, struct la_service *service, uint64_t now_us, uint32_t budget)
{
	while (budget-- > 0) {
		const uint32_t handle = service->ops->due(service, now_us);

		if (handle == LA_NONE)
			return;
		la_stack__count(s, LA_COUNT_BUFFERS_EXPIRED);
		la_stack__can_send(s, la_stack__tcb(s, handle), la_stack__tcb(s, handle)->listener,
				now_us);
		if (!la_stack_act(s, handle, now_us, expire_buffer, service))
			la_stack_end_one(s, handle, true, now_us);
	}
}

/* At most @p budget of each service. */
void
la_stack__buffers_expire(struct la_stack *s, uint64_t now_us, uint32_t budget)
{
	for (uint32_t i = 0; i < s->services_len; i++) {
		if (s->services[i]->ops->due != NULL)
			expire_some(s, s->services[i], now_us, budget);
	}
}
