/* SPDX-License-Identifier: BSD-3-Clause */
/* Which queue a flow comes to: the tables of RSS, the program for a tap, and what is
 * chosen for which driver and role. */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rte_bus_vdev.h>
#include <rte_ethdev.h>
#include <rte_thash.h>

#include "la_bytes.h"
#include "ring_port.h"
#include "steer.h"

enum { QUEUES = 4, TUPLES = 20000, LOCALS = 300 };

static uint32_t state = 12345;

static uint32_t
draw(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

/* The key by which Microsoft tells how RSS is verified. */
static const uint8_t known_key[40] = {
	0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
	0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
	0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
};

#define TCP_TYPES (RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV6_TCP)

static struct la_rss
known(uint64_t types, uint32_t table_len)
{
	struct la_rss rss = { .key_len = sizeof(known_key), .types = types,
		.table_len = table_len };

	memcpy(rss.key, known_key, sizeof(known_key));
	for (uint32_t i = 0; i < table_len; i++)
		rss.table[i] = (uint16_t)i;
	return rss;
}

/* Source, destination, and what the low 9 bits of the hash have to be. */
static const struct {
	const char *remote, *local;
	uint16_t remote_port, local_port;
	uint32_t with_ports, without;
} vectors[] = {
	{ "66.9.149.187", "161.142.100.80", 2794, 1766, 0x51ccc178, 0x323e8fc2 },
	{ "199.92.111.2", "65.69.140.83", 14230, 4739, 0xc626b0ea, 0xd718262a },
	{ "24.19.198.95", "12.22.207.184", 12898, 38024, 0x5c2b394a, 0xd2d0a5de },
	{ "3ffe:2501:200:1fff::7", "3ffe:2501:200:3::1", 2794, 1766, 0x40207d3d, 0x2cc18cd5 },
	{ "3ffe:501:8::260:97ff:fe40:efab", "ff02::1", 14230, 4739, 0xdde51bbf, 0x0f0c461c },
	{ "3ffe:1900:4545:3:200:f8ff:fe21:67cf", "fe80::200:f8ff:fe21:67cf", 44251, 38024,
		0x02d1feef, 0x4b61e985 },
};

enum { VECTORS = sizeof(vectors) / sizeof(vectors[0]) };

START_TEST(known_hashes_come_out)
{
	const struct la_rss rss = known(_i < VECTORS ? TCP_TYPES :
			RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6, 512);
	struct la_toeplitz *t = la_rss__toeplitz_make(&rss);
	const int at = _i % VECTORS;
	struct la_stack_range range = { .count = 1 };
	struct la_addr remote;

	ck_assert_ptr_nonnull(t);
	ck_assert(la_addr_parse(vectors[at].local, &range.first));
	ck_assert(la_addr_parse(vectors[at].remote, &remote));
	ck_assert(la_rss__toeplitz_addresses(t, &range, 1));
	ck_assert_uint_eq(la_rss__toeplitz_queue(t, 0, vectors[at].local_port, &remote,
			vectors[at].remote_port),
			(_i < VECTORS ? vectors[at].with_ports : vectors[at].without) % 512);
	la_rss__toeplitz_free(t);
}
END_TEST

/* The hash as DPDK makes it of a segment that comes in. */
static uint32_t
softrss(const uint8_t *key, const struct la_addr *remote, const struct la_addr *local,
		uint16_t remote_port, uint16_t local_port)
{
	const uint32_t from = la_addr_is_v4(remote) ? 12 : 0, words = (16 - from) / 4;
	uint32_t input[9];

	for (uint32_t i = 0; i < words; i++) {
		input[i] = la_get32(remote->b + from + 4 * i);
		input[words + i] = la_get32(local->b + from + 4 * i);
	}
	input[2 * words] = (uint32_t)remote_port << 16 | local_port;
	return rte_softrss(input, 2 * words + 1, key);
}

/* Any key and table, our addresses by the hundred in both families. */
START_TEST(tables_say_what_rte_softrss_says)
{
	static const uint32_t lens[] = { 1, 64, 128, 100, 512, 2048 };
	const struct la_stack_range ranges[] = {
		{ .first = la_addr_v4(0x0a00fff0), .count = 100, .prefix_len = 8 },
		/* Past 2^32. */
		{ .first = { { 0x20, 1, 0x0d, 0xb8, [12] = 0xff, 0xff, 0xff, 0x80 } },
			.count = LOCALS - 100, .prefix_len = 64 },
	};
	struct la_rss rss = known(TCP_TYPES, lens[_i]);
	const struct la_key secret = { { 1, 2 } };
	struct la_toeplitz *t;

	rss.key_len = 52;
	la_rss__key(rss.key, rss.key_len, &secret);
	for (uint32_t i = 0; i < rss.table_len; i++)
		rss.table[i] = (uint16_t)(draw() % QUEUES);
	t = la_rss__toeplitz_make(&rss);
	ck_assert_ptr_nonnull(t);
	ck_assert(la_rss__toeplitz_addresses(t, ranges, 2));
	for (int i = 0; i < TUPLES; i++) {
		const uint16_t number = (uint16_t)(draw() % LOCALS), local_port = (uint16_t)draw(),
				remote_port = (uint16_t)draw();
		const bool v4 = number < 100;
		const struct la_addr local = la_addr_after(&ranges[!v4].first,
				v4 ? number : number - 100u);
		struct la_addr remote = la_addr_v4(draw());

		if (!v4)
			la_put32(remote.b, draw() | 0x20000000);
		ck_assert_uint_eq(la_rss__toeplitz_queue(t, number, local_port, &remote,
				remote_port),
				rss.table[softrss(rss.key, &remote, &local, remote_port,
				local_port) % rss.table_len]);
	}
	la_rss__toeplitz_free(t);
}
END_TEST

START_TEST(keys_are_random_and_long_enough)
{
	const struct la_key one = { { 1, 2 } }, other = { { 1, 3 } };
	uint8_t a[53] = { 0 }, b[53] = { 0 };
	struct la_rss rss = known(TCP_TYPES, 128);

	la_rss__key(a, 52, &one);
	la_rss__key(b, 52, &other);
	ck_assert_int_ne(memcmp(a, b, 8), 0);
	ck_assert_int_ne(memcmp(a, a + 16, 16), 0);
	ck_assert_int_ne(memcmp(a + 48, b + 48, 4), 0);
	ck_assert_int_eq(a[52], 0);
	/* What is too short for IPv6 will do for IPv4. */
	rss.key_len = 39;
	ck_assert_ptr_null(la_rss__toeplitz_make(&rss));
	rss.key_len = 16;
	rss.types = RTE_ETH_RSS_NONFRAG_IPV4_TCP;
	la_rss__toeplitz_free(la_rss__toeplitz_make(&rss));
	rss.key_len = 15;
	ck_assert_ptr_null(la_rss__toeplitz_make(&rss));
	rss.key_len = 0;
	ck_assert_ptr_null(la_rss__toeplitz_make(&rss));
}
END_TEST

/* The program for a tap, run by the kernel on a frame. */

static uint32_t
run_program(int program, const uint8_t *frame, uint32_t len)
{
	/* The kernel takes one Ethernet header off before this kind of program. */
	uint8_t octets[14 + 256] = { [12] = 0x88, [13] = 0xb5 };
	union bpf_attr attr;

	ck_assert_uint_le(len, 256);
	memcpy(octets + 14, frame, len);
	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = (uint32_t)program;
	attr.test.data_in = (uint64_t)(uintptr_t)octets;
	attr.test.data_size_in = 14 + len;
	ck_assert_msg(syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attr, sizeof(attr)) == 0,
			"a frame of %u: %s", len, strerror(errno));
	return attr.test.retval;
}

static int
make_program(bool opens, uint32_t queues)
{
	const int program = la_tap__program(opens, queues);

	if (program >= 0 && geteuid() != 0) {
		close(program);
		return -1;
	}
	if (program == -EPERM || program == -ENOSYS || program == -EACCES)
		return -1;
	ck_assert_msg(program >= 0, "bpf: %s", strerror(-program));
	return program;
}

struct flow {
	struct la_addr remote, local;
	uint16_t remote_port, local_port;
};

static struct flow
any_flow(bool v4)
{
	struct flow f = { la_addr_v4(draw()), la_addr_v4(0x0a000001), (uint16_t)draw(),
		(uint16_t)draw() };

	if (!v4) {
		la_put32(f.remote.b, draw() | 0x20000000);
		la_put32(f.local.b, 0x20010db8);
	}
	return f;
}

/* As it comes to us, tagged if a tag is given. */
static uint32_t
make_frame(uint8_t *frame, const struct flow *f, uint16_t tag)
{
	const struct la_path path = {
		.source = f->remote, .dest = f->local, .source_port = f->remote_port,
		.dest_port = f->local_port,
	};
	const struct la_seg seg = { .seq = draw(), .flags = LA_ACK, .wnd = 1000 };
	uint32_t len = la_emit_tcp(frame, &path, &seg, false);

	if (tag == 0)
		return len;
	memmove(frame + 16, frame + 12, len - 12);
	la_put16(frame + 12, 0x8100);
	la_put16(frame + 14, tag);
	return len + 4;
}

START_TEST(the_program_chooses_what_we_expect)
{
	const bool opens = _i & 1, v4 = _i & 2;
	const uint16_t tag = _i & 4 ? 0x6064 : 0;
	const uint32_t queues = _i & 8 ? 4 : 3;
	const int program = make_program(opens, queues);
	const struct la_steer steer = {
		.kind = LA_STEER_PROGRAM, .opens = opens, .queues = queues,
	};
	uint32_t has[4] = { 0 };
	uint8_t frame[256];

	if (program < 0)
		return;
	for (int i = 0; i < 2000; i++) {
		const struct flow f = any_flow(v4);
		const uint32_t len = make_frame(frame, &f, tag);
		const uint32_t queue = run_program(program, frame, len);

		ck_assert_uint_eq(queue, la_steer__queue(&steer, 0, f.local_port, &f.remote,
				f.remote_port));
		has[queue]++;
	}
	for (uint32_t q = 0; q < queues; q++)
		ck_assert_uint_gt(has[q], 2000 / queues * 8 / 10);
	close(program);
}
END_TEST

/* The kernel gives its clients every second port. */
START_TEST(ports_in_steps_are_spread_too)
{
	const struct la_addr remote = la_addr_v4(0x0a4d00fe);

	for (uint32_t step = 1; step <= 8; step *= 2) {
		uint32_t has[QUEUES] = { 0 };

		for (uint32_t i = 0; i < 4000; i++)
			has[la_tap__queue(&remote, (uint16_t)(32768 + i * step), QUEUES)]++;
		for (int q = 0; q < QUEUES; q++)
			ck_assert_uint_gt(has[q], 4000 / QUEUES * 8 / 10);
	}
}
END_TEST

/* Options before TCP, no TCP, a piece of a packet, too short. */
START_TEST(the_program_is_not_fooled)
{
	const bool opens = _i;
	const int program = make_program(opens, QUEUES);
	struct flow f = any_flow(true);
	uint8_t frame[256] = { 0 }, plain[256];
	uint32_t len, queue;

	if (program < 0)
		return;
	f.local_port = 4 * 1000 + 3;
	while (la_tap__queue(&f.remote, f.remote_port, QUEUES) == 0)
		f.remote_port++;
	len = make_frame(plain, &f, 0);
	queue = run_program(program, plain, len);
	ck_assert_uint_ne(queue, 0);
	/* Options move the ports. */
	memcpy(frame, plain, 34);
	frame[14] = 0x4f;
	memcpy(frame + 14 + 60, plain + 34, len - 34);
	ck_assert_uint_eq(run_program(program, frame, len + 40), queue);
	/* Nothing of what follows has ports that could be told. */
	memcpy(frame, plain, len);
	frame[23] = 17;
	ck_assert_uint_eq(run_program(program, frame, len), 0);
	memcpy(frame, plain, len);
	la_put16(frame + 20, 100);
	ck_assert_uint_eq(run_program(program, frame, len), 0);
	memcpy(frame, plain, len);
	la_put16(frame + 12, 0x0806);
	ck_assert_uint_eq(run_program(program, frame, len), 0);
	for (uint32_t cut = 1; cut < 35; cut++)
		ck_assert_uint_eq(run_program(program, plain, cut), 0);
	close(program);
}
END_TEST

/* What is chosen. */

static const struct {
	const char *driver;
	uint16_t queues;
	bool rss, opens;
	uint32_t possible;
	enum la_steer_kind kind;
	const char *why;
} choices[] = {
	{ "net_ring", 4, false, true, 4, LA_STEER_WIRED, "dev (net_ring) has 4 queues" },
	{ "net_memif", 255, false, true, 255, LA_STEER_WIRED, "" },
	{ "net_memif", 255, false, false, 255, LA_STEER_WIRED, "" },
	{ "net_af_packet", 1, false, false, 1, LA_STEER_ONE, "qpairs=N in its --vdev" },
	{ "net_af_packet", 4, false, false, 4, LA_STEER_HASH, "" },
	{ "net_af_packet", 4, false, true, 1, LA_STEER_ONE, "by a hash that it does not tell" },
	{ "net_ixgbe", 16, true, false, 16, LA_STEER_RSS, "" },
	{ "net_ixgbe", 16, true, true, 16, LA_STEER_RSS, "" },
	{ "net_ixgbe", 1, true, true, 1, LA_STEER_ONE, "has one queue" },
	{ "net_odd", 8, false, false, 1, LA_STEER_ONE, "cannot spread flows" },
	{ "net_odd", 8, false, true, 8, LA_STEER_RULES, "" },
};

START_TEST(the_driver_and_the_role_decide)
{
	const struct rte_eth_dev_info info = {
		.driver_name = choices[_i].driver, .max_rx_queues = choices[_i].queues,
		.max_tx_queues = 300,
		.flow_type_rss_offloads = choices[_i].rss ? RTE_ETH_RSS_IPV4 : 0,
	};
	struct la_steer steer;

	ck_assert_uint_eq(la_steer__choose(&steer, &info, "dev", choices[_i].opens),
			choices[_i].possible);
	ck_assert_int_eq(steer.kind, choices[_i].kind);
	ck_assert_msg(strstr(steer.limit_reason, choices[_i].why) != NULL, "%s", steer.limit_reason);
}
END_TEST

/* A port whose RSS can be asked: net_null has a key and a table, if no packets. */

struct null_port {
	uint16_t id;
	struct rte_eth_dev_info info;
};

static struct null_port
start_null(uint16_t queues)
{
	const struct rte_eth_conf conf = {
		.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS,
		.rx_adv_conf.rss_conf.rss_hf = RTE_ETH_RSS_NONFRAG_IPV4_TCP,
	};
	struct rte_mempool *pool = rte_pktmbuf_pool_create("null", 1023, 0, 0,
			RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	struct null_port p;

	ck_assert_ptr_nonnull(pool);
	ck_assert_int_eq(rte_vdev_init("net_null7", NULL), 0);
	ck_assert_int_eq(rte_eth_dev_get_port_by_name("net_null7", &p.id), 0);
	ck_assert_int_eq(rte_eth_dev_info_get(p.id, &p.info), 0);
	ck_assert_int_eq(rte_eth_dev_configure(p.id, queues, queues, &conf), 0);
	for (uint16_t q = 0; q < queues; q++) {
		ck_assert_int_eq(rte_eth_rx_queue_setup(p.id, q, 64, 0, NULL, pool), 0);
		ck_assert_int_eq(rte_eth_tx_queue_setup(p.id, q, 64, 0, NULL), 0);
	}
	ck_assert_int_eq(rte_eth_dev_start(p.id), 0);
	return p;
}

static void
stop_null(const struct null_port *p)
{
	ck_assert_int_eq(rte_eth_dev_stop(p->id), 0);
	ck_assert_int_eq(rte_vdev_uninit("net_null7"), 0);
	rte_mempool_free(rte_mempool_lookup("null"));
}

/* Until all is one queue's, and the port has to be told better. */
START_TEST(a_ports_key_and_table_are_read)
{
	struct null_port p = start_null(QUEUES);
	struct rte_eth_rss_reta_entry64 group[8] = { { .mask = 0 } };
	struct la_rss rss;
	char why[128] = "";

	ck_assert_uint_le(p.info.reta_size, 512);
	ck_assert_msg(la_rss__read(&rss, p.id, &p.info, QUEUES, why, sizeof(why)), "%s", why);
	ck_assert(rss.types & LA_RSS_WANTED);
	ck_assert_uint_eq(rss.table_len, p.info.reta_size);
	for (uint32_t i = 0; i < rss.table_len; i++)
		group[i / 64].mask = UINT64_MAX;
	ck_assert_int_eq(rte_eth_dev_rss_reta_update(p.id, group, p.info.reta_size), 0);
	ck_assert_msg(la_rss__read(&rss, p.id, &p.info, QUEUES, why, sizeof(why)), "%s", why);
	for (uint32_t i = 0; i < rss.table_len; i++)
		ck_assert_uint_eq(rss.table[i], i % QUEUES);
	stop_null(&p);
}
END_TEST

START_TEST(what_a_port_does_not_tell_is_named)
{
	struct null_port p = start_null(QUEUES);
	struct la_steer steer = { .kind = LA_STEER_RSS, .opens = true };
	const struct la_steer_view view = { &steer, 1 };

	/* It tells. */
	ck_assert(la_steer__asks(&steer));
	ck_assert(la_steer__settle(&steer, p.id, &p.info, QUEUES));
	ck_assert_ptr_nonnull(steer.toeplitz);
	ck_assert_ptr_nonnull(la_steer__load_owner(&view).owns);
	ck_assert_ptr_nonnull(la_steer__stack_owner(&view).owns);
	la_steer__free(&steer);
	/* Who serves need not ask. */
	steer = (struct la_steer){ .kind = LA_STEER_RSS };
	ck_assert(!la_steer__asks(&steer));
	ck_assert(la_steer__settle(&steer, p.id, &p.info, QUEUES));
	ck_assert_ptr_null(steer.toeplitz);
	ck_assert_ptr_null(la_steer__stack_owner(&view).owns);
	/* It has neither table nor rules. */
	steer = (struct la_steer){ .kind = LA_STEER_RSS, .opens = true };
	p.info.reta_size = 0;
	ck_assert(!la_steer__settle(&steer, p.id, &p.info, QUEUES));
	ck_assert_ptr_nonnull(strstr(steer.limit_reason, "does not tell the key and table"));
	ck_assert_ptr_nonnull(strstr(steer.limit_reason, ", and takes no rules"));
	ck_assert_int_lt(la_steer__flow_rules(p.id, QUEUES), 0);
	ck_assert_int_eq(la_steer__flow_rules(p.id, 3), -EINVAL);
	stop_null(&p);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("dpio steer");
	TCase *tc = tcase_create("steer");

	tcase_add_unchecked_fixture(tc, eal_start, eal_stop);
	tcase_add_loop_test(tc, known_hashes_come_out, 0, 2 * VECTORS);
	tcase_add_loop_test(tc, tables_say_what_rte_softrss_says, 0, 6);
	tcase_add_test(tc, keys_are_random_and_long_enough);
	tcase_add_loop_test(tc, the_program_chooses_what_we_expect, 0, 16);
	tcase_add_test(tc, ports_in_steps_are_spread_too);
	tcase_add_loop_test(tc, the_program_is_not_fooled, 0, 2);
	tcase_add_loop_test(tc, the_driver_and_the_role_decide, 0, RTE_DIM(choices));
	tcase_add_test(tc, a_ports_key_and_table_are_read);
	tcase_add_test(tc, what_a_port_does_not_tell_is_named);
	suite_add_tcase(s, tc);
	return s;
}

LA_CHECK_MAIN(suite)
