/* SPDX-License-Identifier: BSD-3-Clause */
/* What cannot be had is refused in one line that names the cause, and what can
 * be had works afterwards. */
#include <string.h>

#include "ring_port.h"

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
	const struct la_dpio_params params = {
		.role = "serve", .version = "0", .config = "", .device = wrongs[_i].device,
		.mtu = wrongs[_i].mtu, .workers = wrongs[_i].workers, .burst = 32, .yield = true,
	};
	struct la_dpio_error error = { "" };
	struct la_rings rings;

	ck_assert(la_rings_make(&rings, "wrong", 64));
	ck_assert_ptr_null(la_dpio_open(&params, &error));
	ck_assert_msg(strstr(error.text, wrongs[_i].words) != NULL, "%s", error.text);
	ck_assert_ptr_null(strchr(error.text, '\n'));
	la_rings_free(&rings);
}
END_TEST

static const struct { uint32_t connections; const char *words; } sizes[] = {
	{ 2000000000, "worker memory: needs " },
	{ 2147483647, "worker memory: no stack can be made" },
};

START_TEST(too_much_memory_is_refused_before_it_is_taken)
{
	const struct la_dpio_params params = {
		.role = "serve", .version = "0", .config = "", .device = "net_ring_much",
		.mtu = 1500, .burst = 32, .yield = true,
	};
	struct la_dpio_error error = { "" };
	struct ring_port p;
	struct la_rings rings;
	struct la_dpio *dpio;

	ring_port_params(&p, sizes[_i].connections);
	p.params.time_wait_max = 1000;
	p.params.senders = 1000;
	ck_assert(la_rings_make(&rings, "much", 64));
	dpio = la_dpio_open(&params, &error);
	ck_assert_msg(dpio != NULL, "%s", error.text);
	ck_assert(!la_dpio_start(dpio, &p.params, NULL, &error));
	ck_assert_msg(strstr(error.text, sizes[_i].words) != NULL, "%s", error.text);
	la_dpio_close(dpio);
	la_rings_free(&rings);
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
	tcase_add_loop_test(tc, too_much_memory_is_refused_before_it_is_taken, 0, RTE_DIM(sizes));
	tcase_add_test(tc, a_port_can_be_opened_again_and_again);
	suite_add_tcase(s, tc);
	return s;
}

LA_CHECK_MAIN(suite)
