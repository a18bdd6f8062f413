/* SPDX-License-Identifier: BSD-3-Clause */
/* What cannot be had is refused in one line that names the cause, and what can
 * be had works afterwards. */
#include <string.h>

#include "ring_port.h"
#include "tap.h"

static const struct {
	const char *device;
	uint32_t workers;
	uint16_t mtu;
	const char *words;
} wrongs[] = {
	{ "net_tap9", 0, 1500, "port.device: there is no device 'net_tap9'; there is: net_ring_w" },
	{ "net_ring_wrong", 99, 1500, "worker.count: 99 workers need 99 lcores" },
	{ "net_ring_wrong", 1, 65000, " of 65536 octets need " },
};

START_TEST(what_cannot_be_had_is_named)
{
	const struct la_port_params params = {
		.device = wrongs[_i].device,
		.mtu = wrongs[_i].mtu, .workers = wrongs[_i].workers, .burst = 32, .yield = true,
	};
	struct la_dpio_error error = { "" };
	struct la_dpio *dpio = ring_port_process();
	struct la_rings rings;

	ck_assert(la_rings_make(&rings, "wrong", 64));
	ck_assert_ptr_null(la_dpio_add_port(dpio, &params, &error));
	ck_assert_msg(strstr(error.text, wrongs[_i].words) != NULL, "%s", error.text);
	ck_assert_ptr_null(strchr(error.text, '\n'));
	la_dpio_close(dpio);
	la_rings_free(&rings);
}
END_TEST

static const struct { const char *words[6]; const char *twice; } devices[] = {
	{ { "--vdev", "net_tap0,iface=one0", "--vdev=net_tap1,iface=two0" }, NULL },
	{ { "--vdev", "net_tap0,iface=one0", "--vdev=net_tap1,iface=one0,mac=fixed" }, "one0" },
	{ { "--vdev=net_tap0,mac=fixed,iface=one0", "-m", "9", "--vdev", "net_tap_b,iface=one0" },
		"one0" },
	{ { "--vdev", "net_tap0", "--vdev", "net_tap1" }, NULL },
	/* No tap. */
	{ { "--vdev", "net_tap0,iface=one0", "--vdev=net_af_packet0,iface=one0" }, NULL },
	{ { "--vdev", "net_af_packet0,iface=lo", "--vdev" }, NULL },
};

START_TEST(one_tap_for_two_devices_is_refused)
{
	struct la_dpio_error error = { "" };
	char *argv[8] = { (char *)"lastack" };
	int argc = 1;

	for (; argc < 7 && devices[_i].words[argc - 1] != NULL; argc++)
		argv[argc] = (char *)(uintptr_t)devices[_i].words[argc - 1];
	ck_assert_int_eq(la_tap__check(argc, argv, &error), devices[_i].twice == NULL);
	if (devices[_i].twice != NULL)
		ck_assert_msg(strstr(error.text, devices[_i].twice) != NULL, "%s", error.text);
}
END_TEST

static const struct { uint32_t connections; const char *words; } sizes[] = {
	{ 2000000000, "worker memory: needs " },
	{ 2147483647, "worker memory: no stack can be made" },
};

START_TEST(too_much_memory_is_refused_before_it_is_taken)
{
	const struct la_port_params params = {
		.device = "net_ring_much",
		.mtu = 1500, .burst = 32, .yield = true,
	};
	struct la_dpio_error error = { "" };
	struct ring_port p;
	struct la_dpio *dpio = ring_port_process();
	struct la_rings rings;
	struct la_port *port;

	ring_port_params(&p, sizes[_i].connections);
	p.params.time_wait_max = 1000;
	p.params.senders = 1000;
	ck_assert(la_rings_make(&rings, "much", 64));
	port = la_dpio_add_port(dpio, &params, &error);
	ck_assert_msg(port != NULL, "%s", error.text);
	la_port_prepare(port, &p.params, NULL);
	ck_assert(!la_dpio_start(dpio, &error));
	ck_assert_msg(strstr(error.text, sizes[_i].words) != NULL, "%s", error.text);
	la_dpio_close(dpio);
	la_rings_free(&rings);
}
END_TEST

/* So many addresses of IPv6, one by one or in one range, and the link-local one. */
static const struct { uint32_t ranges, count; bool fits; } rooms[] = {
	{ 1, LA_STACK_ADDRESSES_MAX - 1, true }, { 1, LA_STACK_ADDRESSES_MAX, false },
	{ LA_STACK_RANGES_MAX - 1, 1, true }, { LA_STACK_RANGES_MAX, 1, false },
};

START_TEST(a_link_local_address_has_its_room_or_is_missed)
{
	static struct la_stack_range ranges[LA_STACK_RANGES_MAX];
	const struct la_addr first = { { 0x20, 0x01, 0x0d, 0xb8, [13] = 1 } };
	struct la_dpio_error error = { "" };
	struct ring_port p;

	for (uint32_t i = 0; i < rooms[_i].ranges; i++)
		ranges[i] = (struct la_stack_range){
			la_addr_after(&first, 2 * i), rooms[_i].count, 64,
		};
	ring_port_prepare(&p, 1000);
	p.params.ranges = ranges;
	p.params.ranges_len = rooms[_i].ranges;
	la_port_prepare(p.port, &p.params, NULL);
	ck_assert_int_eq(la_dpio_start(p.dpio, &error), rooms[_i].fits);
	ck_assert_int_eq(la_port_info(p.port)->has_link_local, rooms[_i].fits);
	if (rooms[_i].fits) {
		ring_port_stop(&p);
		return;
	}
	ck_assert_msg(strstr(error.text, "IPv6 needs a link-local address") != NULL, "%s",
			error.text);
	la_dpio_close(p.dpio);
	la_rings_free(&p.rings);
}
END_TEST

START_TEST(a_port_can_be_opened_again_and_again)
{
	for (int i = 0; i < 20; i++) {
		struct ring_port p;

		ring_port_start(&p, 1000);
		ring_port_open(&p, 1000);
		ring_port_stop(&p);
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("dpio errors");
	TCase *tc = tcase_create("errors");

	tcase_add_unchecked_fixture(tc, eal_start, eal_stop);
	tcase_add_loop_test(tc, what_cannot_be_had_is_named, 0, RTE_DIM(wrongs));
	tcase_add_loop_test(tc, one_tap_for_two_devices_is_refused, 0, RTE_DIM(devices));
	tcase_add_loop_test(tc, too_much_memory_is_refused_before_it_is_taken, 0, RTE_DIM(sizes));
	tcase_add_loop_test(tc, a_link_local_address_has_its_room_or_is_missed, 0, RTE_DIM(rooms));
	tcase_add_test(tc, a_port_can_be_opened_again_and_again);
	suite_add_tcase(s, tc);
	return s;
}

LA_CHECK_MAIN(suite)
