/* SPDX-License-Identifier: BSD-3-Clause */
/* Listeners: finds the listener, and its service, of one of our addresses and ports. */
#include <stdlib.h>
#include <string.h>

#include "stack_private.h"

enum { PORTS = 65536, LISTENER_BITS = 15 };

_Static_assert(LA_STACK_LISTENERS_MAX <= 1 << LISTENER_BITS &&
		LA_ANY_ADDRESS < 1 << (32 - LISTENER_BITS), "a binding has 32 bits");

/* An address and its listener, as one word of list[]. */
static uint32_t
binding_of(uint32_t address, uint32_t listener)
{
	return address << LISTENER_BITS | listener;
}

static uint32_t
address_of(uint32_t bound)
{
	return bound >> LISTENER_BITS;
}

static uint32_t
listener_of(uint32_t bound)
{
	return bound & ((1 << LISTENER_BITS) - 1);
}

uint64_t
la_stack__bindings(const struct la_stack_params *p)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < p->listeners_len; i++) {
		if (p->listeners[i].port_first != 0)
			count += p->listeners[i].port_last - p->listeners[i].port_first + 1u;
	}
	return count;
}

static int
compare_bindings(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Make room for each port's run: the number of its bindings, then the bindings. */
static void
make_room(struct la_listening *l, const struct la_stack_params *p)
{
	uint32_t next = 1;

	for (uint32_t i = 0; i < p->listeners_len; i++) {
		for (uint32_t port = p->listeners[i].port_first;
				port != 0 && port <= p->listeners[i].port_last; port++)
			l->port[port]++;
	}
	for (uint32_t port = 0; port < PORTS; port++) {
		const uint32_t n = l->port[port];

		if (n == 0)
			continue;
		l->port[port] = next;
		next += n + 1;
	}
}

/* Sort a port's run by address and listener; a single listener on all addresses needs no run. */
static void
settle_port(struct la_listening *l, uint32_t port)
{
	uint32_t *run = &l->list[l->port[port]];

	if (run[0] > 1)
		qsort(run + 1, run[0], sizeof(*run), compare_bindings);
	else if (address_of(run[1]) == LA_ANY_ADDRESS)
		l->port[port] = LA_LISTENS_ALONE | listener_of(run[1]);
}

static void
list_ports(struct la_listening *l, const struct la_stack_params *p)
{
	make_room(l, p);
	for (uint32_t i = 0; i < p->listeners_len; i++) {
		for (uint32_t port = p->listeners[i].port_first;
				port != 0 && port <= p->listeners[i].port_last; port++) {
			uint32_t *run = &l->list[l->port[port]];

			run[++run[0]] = binding_of(p->listeners[i].address, i);
		}
	}
	for (uint32_t port = 0; port < PORTS; port++) {
		if (l->port[port] != 0)
			settle_port(l, port);
	}
}

/* A listener before @p i that shares its service; @p i if there is none. */
static uint32_t
first_of_group(const struct la_stack_params *p, uint32_t i)
{
	const struct la_stack_listener *l = p->listeners;

	for (uint32_t j = i; j-- > 0;) {
		if (l[j].group == l[i].group && l[j].instance == NULL &&
				strcmp(l[j].service, l[i].service) == 0)
			return j;
	}
	return i;
}

static bool
bind_services(struct la_stack *s, struct la_arena *arena, const struct la_stack_params *p)
{
	for (uint32_t i = 0; i < p->listeners_len; i++) {
		const struct la_stack_listener *l = &p->listeners[i];
		const uint32_t shared = l->instance ? i : first_of_group(p, i);
		struct la_service *service = l->instance;

		if (service == NULL && shared == i)
			service = la_service_make(l->service, &l->params, arena);
		if (service == NULL && shared == i)
			return false;
		if (arena->base == NULL)
			continue;
		if (shared != i)
			service = s->bound[shared].service;
		else if (l->instance == NULL)
			s->services[s->services_len++] = service;
		s->bound[i] = (struct la_bound){ service, service->ops };
	}
	return true;
}

/* False if a service cannot be made from its parameters. */
bool
la_stack__bind(struct la_stack *s, struct la_arena *arena, const struct la_stack_params *p)
{
	const size_t n = p->listeners_len, bindings = la_stack__bindings(p);

	s->listening.port = la_arena_take(arena, PORTS * sizeof(*s->listening.port));
	/* One word per binding, and one per port for the number of its bindings. */
	s->listening.list = la_arena_take(arena, (1 + bindings +
			(bindings < PORTS ? bindings : PORTS)) * sizeof(*s->listening.list));
	s->bound = la_arena_take(arena, n * sizeof(*s->bound));
	s->listener_counters = la_arena_take(arena, n * sizeof(*s->listener_counters));
	s->services = la_arena_take(arena, n * sizeof(*s->services));
	if (arena->base != NULL)
		list_ports(&s->listening, p);
	return bind_services(s, arena, p);
}

/* The first listener on an address, or LA_LISTENER_NONE. */
static uint32_t
search_list(const uint32_t *list, uint32_t n, uint32_t address)
{
	uint32_t low = 0, high = n;

	while (low < high) {
		const uint32_t middle = (low + high) / 2;

		if (address_of(list[middle]) < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && address_of(list[low]) == address ? listener_of(list[low]) :
			LA_LISTENER_NONE;
}

/* A listener on the exact address precedes one on all addresses. */
static uint32_t
search_run(const uint32_t *run, uint32_t address)
{
	const uint32_t listener = search_list(run + 1, run[0], address);

	return listener != LA_LISTENER_NONE ? listener :
			search_list(run + 1, run[0], LA_ANY_ADDRESS);
}

uint32_t
la_stack__listener(const struct la_stack *s, uint16_t address, uint16_t port)
{
	const uint32_t at = s->listening.port[port];

	if (LA_LIKELY(at & LA_LISTENS_ALONE))
		return at & ~LA_LISTENS_ALONE;
	return at == 0 ? LA_LISTENER_NONE : search_run(&s->listening.list[at], address);
}
