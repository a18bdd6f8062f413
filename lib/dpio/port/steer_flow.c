/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rte_flow, where a NIC has no RSS that tells its key and table: a rule for each queue
 * and family takes the segments whose destination port ends in the queue's number.
 */
#include <errno.h>

#include <rte_ethdev.h>
#include <rte_flow.h>

#include "steer.h"

struct rule {
	struct rte_flow_item_tcp port, mask;
	struct rte_flow_action_queue queue;
	struct rte_flow_item items[4];
	struct rte_flow_action actions[2];
};

static const struct rte_flow_attr ingress = { .ingress = 1 };

static void
make_rule(struct rule *r, enum rte_flow_item_type family, uint16_t queue, uint32_t queues)
{
	*r = (struct rule){
		.port.hdr.dst_port = rte_cpu_to_be_16(queue),
		.mask.hdr.dst_port = rte_cpu_to_be_16((uint16_t)(queues - 1)),
		.queue.index = queue,
	};
	r->items[0].type = RTE_FLOW_ITEM_TYPE_ETH;
	r->items[1].type = family;
	r->items[2] = (struct rte_flow_item){
		.type = RTE_FLOW_ITEM_TYPE_TCP, .spec = &r->port, .mask = &r->mask,
	};
	r->items[3].type = RTE_FLOW_ITEM_TYPE_END;
	r->actions[0] = (struct rte_flow_action){
		.type = RTE_FLOW_ACTION_TYPE_QUEUE, .conf = &r->queue,
	};
	r->actions[1].type = RTE_FLOW_ACTION_TYPE_END;
}

static int
add_rule(uint16_t port, enum rte_flow_item_type family, uint16_t queue, uint32_t queues)
{
	struct rte_flow_error error;
	struct rule r;
	int bad;

	make_rule(&r, family, queue, queues);
	bad = rte_flow_validate(port, &ingress, r.items, r.actions, &error);
	if (bad != 0)
		return bad;
	return rte_flow_create(port, &ingress, r.items, r.actions, &error) != NULL ? 0 : -EIO;
}

int
la_steer__flow_rules(uint16_t port, uint32_t queues)
{
	static const enum rte_flow_item_type families[] = {
		RTE_FLOW_ITEM_TYPE_IPV4, RTE_FLOW_ITEM_TYPE_IPV6,
	};
	struct rte_flow_error error;

	if (!rte_is_power_of_2(queues))
		return -EINVAL;
	for (uint32_t q = 0; q < queues; q++) {
		for (size_t i = 0; i < RTE_DIM(families); i++) {
			const int bad = add_rule(port, families[i], (uint16_t)q, queues);

			if (bad == 0)
				continue;
			(void)rte_flow_flush(port, &error);
			return bad;
		}
	}
	return 0;
}
