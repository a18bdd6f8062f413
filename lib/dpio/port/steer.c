/* SPDX-License-Identifier: BSD-3-Clause */
/* Which way of steering a port is given, by its driver and by the role. */
#include "steer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_ethdev.h>

static bool
is_driver(const char *driver, const char *name)
{
	return strcmp(driver, name) == 0;
}

/* Over one queue, since: */
static uint32_t __attribute__((format(printf, 2, 3)))
only_one(struct la_steer *s, const char *format, ...)
{
	va_list args;

	s->kind = LA_STEER_ONE;
	va_start(args, format);
	vsnprintf(s->limit_reason, sizeof(s->limit_reason), format, args);
	va_end(args);
	return 1;
}

/* Left alone the kernel remembers of some 4,000 flows where they were last seen: enough
 * for who serves, since the others' hash does not change either. */
static uint32_t
choose_tap(struct la_steer *s, const char *device, uint32_t queues)
{
	const int program = la_tap__program(s->opens, queues);

	if (program >= 0) {
		close(program);
		s->kind = LA_STEER_PROGRAM;
		return queues;
	}
	if (s->opens)
		return only_one(s, "the kernel lets no program steer what it sends to %s (bpf: "
				"%s), and answers must come back to the worker that opened", device,
				strerror(-program));
	s->kind = LA_STEER_HASH;
	return queues;
}

uint32_t
la_steer__choose(struct la_steer *s, const struct rte_eth_dev_info *info, const char *device,
		bool opens)
{
	const char *driver = info->driver_name;
	const uint32_t queues = RTE_MIN(info->max_rx_queues, info->max_tx_queues);

	*s = (struct la_steer){ .opens = opens };
	if (queues == 1)
		return only_one(s, "%s (%s) has one queue%s", device, driver,
				is_driver(driver, "net_af_packet") ?
				": qpairs=N in its --vdev gives more" : "");
	snprintf(s->limit_reason, sizeof(s->limit_reason), "%s (%s) has %u queues", device,
			driver, queues);
	s->kind = LA_STEER_WIRED;
	if (is_driver(driver, "net_ring") || is_driver(driver, "net_memif"))
		return queues;
	if (is_driver(driver, "net_tap"))
		return choose_tap(s, device, queues);
	s->kind = LA_STEER_HASH;
	if (is_driver(driver, "net_af_packet"))
		return !opens ? queues : only_one(s, "the kernel spreads what comes to %s by a "
				"hash that it does not tell, and answers must come back to the "
				"worker that opened", device);
	s->kind = LA_STEER_RSS;
	if (info->flow_type_rss_offloads & LA_RSS_WANTED)
		return queues;
	s->kind = LA_STEER_RULES;
	if (opens)
		return queues;
	return only_one(s, "%s (%s) cannot spread flows", device, driver);
}

bool
la_steer__asks(const struct la_steer *s)
{
	return s->opens && (s->kind == LA_STEER_RSS || s->kind == LA_STEER_RULES);
}

void
la_steer__one(struct la_steer *s)
{
	s->kind = LA_STEER_ONE;
	s->queues = 1;
	snprintf(s->description, sizeof(s->description), "one queue has all");
}

/* @p why: not by RSS. */
static bool
settle_rules(struct la_steer *s, uint16_t port, const char *why)
{
	const int bad = la_steer__flow_rules(port, s->queues);

	if (bad == 0) {
		s->kind = LA_STEER_RULES;
		snprintf(s->description, sizeof(s->description), "rules of rte_flow, by the destination port");
		return true;
	}
	snprintf(s->limit_reason, sizeof(s->limit_reason),
			"%s, and takes no rules by the destination port "
			"(rte_flow: %s)", why, strerror(-bad));
	return false;
}

static bool
settle_rss(struct la_steer *s, uint16_t port, const struct rte_eth_dev_info *info)
{
	char why[sizeof(s->limit_reason) / 2];
	struct la_rss rss;

	snprintf(s->description, sizeof(s->description), "RSS by addresses and ports");
	if (!s->opens)
		return true;
	if (!la_rss__read(&rss, port, info, s->queues, why, sizeof(why)))
		return settle_rules(s, port, why);
	s->toeplitz = la_rss__toeplitz_make(&rss);
	if (s->toeplitz == NULL) {
		snprintf(why, sizeof(why), "%s has an RSS key of %u octets", info->driver_name,
				rss.key_len);
		return settle_rules(s, port, why);
	}
	snprintf(s->description, sizeof(s->description), "RSS, whose key and table of %u are read",
			rss.table_len);
	return true;
}

static bool
settle_tap(struct la_steer *s, const struct rte_eth_dev_info *info)
{
	const int bad = la_tap__steer(info->if_index, s->opens, s->queues);

	snprintf(s->description, sizeof(s->description), "an eBPF program in the tap, by %s",
			s->opens ? "the destination port" : "source address and port");
	if (bad == 0)
		return true;
	s->kind = LA_STEER_HASH;
	snprintf(s->description, sizeof(s->description), "a hash of the kernel's (no eBPF program: %s)",
			strerror(-bad));
	snprintf(s->limit_reason, sizeof(s->limit_reason), "the tap takes no program that steers: %s",
			strerror(-bad));
	return !s->opens;
}

bool
la_steer__settle(struct la_steer *s, uint16_t port, const struct rte_eth_dev_info *info,
		uint32_t queues)
{
	char why[sizeof(s->limit_reason) / 2];

	s->queues = queues;
	switch (s->kind) {
	case LA_STEER_ONE:
		break;
	case LA_STEER_WIRED:
		snprintf(s->description, sizeof(s->description), "queue n speaks to queue n of the other end");
		return true;
	case LA_STEER_RSS:
		return settle_rss(s, port, info);
	case LA_STEER_PROGRAM:
		return settle_tap(s, info);
	case LA_STEER_RULES:
		snprintf(why, sizeof(why), "%s has no RSS", info->driver_name);
		return settle_rules(s, port, why);
	case LA_STEER_HASH:
		snprintf(s->description, sizeof(s->description), "a hash of the kernel's");
		return true;
	}
	la_steer__one(s);
	return true;
}

bool
la_steer__addresses(struct la_steer *s, const struct la_stack_range *ranges, uint32_t n)
{
	return s->toeplitz == NULL || la_rss__toeplitz_addresses(s->toeplitz, ranges, n);
}

uint32_t
la_steer__queue(const struct la_steer *s, uint16_t local, uint16_t local_port,
		const struct la_addr *remote, uint16_t remote_port)
{
	if (s->toeplitz != NULL)
		return la_rss__toeplitz_queue(s->toeplitz, local, local_port, remote, remote_port);
	if (s->kind == LA_STEER_PROGRAM && !s->opens)
		return la_tap__queue(remote, remote_port, s->queues);
	return local_port % s->queues;
}

static bool
owns_tuple(const void *user, uint16_t local, uint16_t local_port, const struct la_addr *remote,
		uint16_t remote_port)
{
	const struct la_steer_view *view = user;

	return la_steer__queue(view->steer, local, local_port, remote, remote_port) == view->worker;
}

/* Who serves cannot know what the other end, the NIC or the kernel does. */
static bool
knows_owner(const struct la_steer *s)
{
	return s->queues >= 2 && (s->opens || s->kind == LA_STEER_PROGRAM);
}

struct la_owner
la_steer__stack_owner(const struct la_steer_view *view)
{
	if (!knows_owner(view->steer))
		return (struct la_owner){ .owns = NULL };
	return (struct la_owner){ owns_tuple, view };
}

static uint32_t
worker_of(const void *user, const struct la_tuple *t)
{
	return la_steer__queue(user, t->local, t->local_port, &t->remote, t->remote_port);
}

struct la_tuple_owner
la_steer__tuple_owner(const struct la_steer *s)
{
	if (!knows_owner(s))
		return (struct la_tuple_owner){ .worker = NULL };
	return (struct la_tuple_owner){ worker_of, s };
}

struct la_owner
la_steer__load_owner(const struct la_steer_view *view)
{
	if (view->steer->toeplitz == NULL)
		return (struct la_owner){ .owns = NULL };
	return (struct la_owner){ owns_tuple, view };
}

void
la_steer__free(struct la_steer *s)
{
	la_rss__toeplitz_free(s->toeplitz);
	s->toeplitz = NULL;
}
