/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TEST_MLD_QUERIER_H
#define LA_TEST_MLD_QUERIER_H

/** @file
 * A querier of Multicast Listener Discovery, and what it is told.
 */
#include "la_check.h"
#include "link_rig.h"

enum { QUERY = 130, REPORT_V1 = 131, REPORT_V2 = 143, TO_EXCLUDE = 4, IS_EXCLUDE = 2 };
enum { V1_LEN = 20, V2_LEN = 24 };
enum { AT_PAYLOAD_LEN = 14 + 4, AT_NEXT_HEADER = 14 + 6, AT_HOP_LIMIT = 14 + 7,
	AT_EXTENSION = 14 + 40 };

static struct link_rig rig;
static const struct la_addr us = { { 0xfd, 0, [15] = 1 } };
static const struct la_addr our_link_local = { { 0xfe, 0x80, [15] = 1 } };
static const struct la_addr querier = { { 0xfe, 0x80, [15] = 0x99 } };
static const struct la_addr all_nodes = { { 0xff, 0x02, [15] = 1 } };
static const struct la_addr all_routers_v2 = { { 0xff, 0x02, [15] = 0x16 } };

static inline void
begin_with(struct la_link_range range, uint32_t worker)
{
	rig = (struct link_rig){ 0 };
	link_rig_params(&rig);
	rig.ranges[0] = (struct la_link_range){ la_addr_v4(0x0a090901), 1, 24 };
	rig.ranges[1] = range;
	rig.ranges[2] = (struct la_link_range){ our_link_local, 1, 64 };
	rig.params.ranges_len = 3;
	link_rig_no_gateway(&rig);
	rig.params.worker = worker;
	link_rig_make(&rig);
}

static inline void
begin(uint32_t addresses, uint32_t worker)
{
	begin_with((struct la_link_range){ us, addresses, 64 }, worker);
}

struct query {
	struct la_addr source, dest, group;
	struct la_mac dest_mac;
	uint8_t hop_limit;
	bool no_alert;
	uint16_t len;                   /* Behind type, code and checksum. */
	uint16_t delay_ms;
};

/* One that everybody must answer, and at once. */
static inline struct query
general(uint16_t len)
{
	return (struct query){
		.source = querier, .dest = all_nodes, .dest_mac = la_mac_of_group(&all_nodes),
		.hop_limit = 1, .len = len,
	};
}

static inline uint32_t
make_query(uint8_t frame[128], const struct query *query)
{
	static const uint8_t alert[] = { 58, 0, 5, 2, 0, 0, 1, 0 };
	const struct la_path path = {
		.source_mac = { { 2, 0, 0, 0, 0, 9 } }, .dest_mac = query->dest_mac,
		.source = query->source, .dest = query->dest,
	};
	uint8_t body[32] = { (uint8_t)(query->delay_ms >> 8), (uint8_t)query->delay_ms };
	const struct la_icmp icmp = { .type = QUERY, .body = body, .len = query->len };
	uint32_t len;

	memcpy(body + 4, &query->group, sizeof(query->group));
	len = la_emit_icmp(frame, &path, &icmp);
	frame[AT_HOP_LIMIT] = query->hop_limit;
	if (query->no_alert)
		return len;
	memmove(frame + AT_EXTENSION + sizeof(alert), frame + AT_EXTENSION, len - AT_EXTENSION);
	memcpy(frame + AT_EXTENSION, alert, sizeof(alert));
	frame[AT_NEXT_HEADER] = 0;
	frame[AT_PAYLOAD_LEN + 1] += sizeof(alert);
	return len + (uint32_t)sizeof(alert);
}

static inline void
ask(const struct query *query)
{
	uint8_t frame[128];

	link_rig_give(&rig, frame, make_query(frame, query));
}

static inline void
ask_everything(uint16_t len)
{
	const struct query query = general(len);

	ask(&query);
}

/* All that is told unasked has been told. */
static inline void
begin_quiet(uint32_t addresses)
{
	begin(addresses, 0);
	link_rig_up(&rig);
	link_rig_wait(&rig, 5000000);
	link_rig_forget(&rig);
}

/* The next report; other frames are passed over. */
static inline const struct la_rx *
next_report(uint8_t type)
{
	const struct la_rx *rx;

	do {
		rx = link_rig_next(&rig);
	} while (rx != NULL && (rx->kind != LA_KIND_ICMP || rx->icmp.type != type));
	return rx;
}

static inline uint32_t
reports(uint8_t type)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < rig.sents; i++)
		n += rig.sent_rx[i].kind == LA_KIND_ICMP && rig.sent_rx[i].icmp.type == type;
	return n;
}

/* What a record of a report says. */
static inline void
expect_record(const struct la_rx *rx, uint32_t i, uint8_t type, const struct la_addr *address)
{
	const struct la_addr group = la_addr_solicited_node(address);
	const uint8_t *record = rx->icmp.body + 4 + i * 20;

	ck_assert_uint_lt(i, la_get16(rx->icmp.body + 2));
	ck_assert_uint_eq(record[0], type);
	ck_assert_uint_eq(record[1], 0);
	ck_assert_uint_eq(la_get16(record + 2), 0);
	ck_assert_mem_eq(record + 4, &group, sizeof(group));
}

/* How often the reports sent so far told of the group that ends in @p low. */
static inline uint32_t
told(uint32_t low)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < rig.sents; i++) {
		const struct la_rx *rx = &rig.sent_rx[i];
		const bool v1 = rx->kind == LA_KIND_ICMP && rx->icmp.type == REPORT_V1;
		const bool v2 = rx->kind == LA_KIND_ICMP && rx->icmp.type == REPORT_V2;
		const uint32_t records = v2 ? la_get16(rx->icmp.body + 2) : 0;

		n += v1 && la_get32(rx->icmp.body + 16) == (0xff000000 | low);
		for (uint32_t j = 0; j < records; j++)
			n += la_get32(rx->icmp.body + 4 + j * 20 + 16) == (0xff000000 | low);
	}
	return n;
}

#endif
