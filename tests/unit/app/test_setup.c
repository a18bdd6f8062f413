/* SPDX-License-Identifier: BSD-3-Clause */
/* What a configuration becomes: the numbers of addresses, and who listens on which. */
#include "conf_text.h"
#include "setup.h"

/* 40 addresses of IPv4 and 32 of IPv6, whose low 32 bits go round. */
#define RANGES \
	"[port]\n" \
	"device = x\n" \
	"address = 10.77.255.240-10.78.0.23/8\n" \
	"address = 2001:db8::ffff:fff0-2001:db8::1:0:f/64\n"

static struct la_conf conf;
static struct la_setup setup;

static void
read_conf(const char *text, enum la_conf_role role)
{
	char *said;

	la_conf_init(&conf);
	la_conf_parse(&conf, "t.ini", text, strlen(text));
	la_conf_finish(&conf, role);
	said = printed(&conf, la_conf_print_errors);
	ck_assert_str_eq(said, "");
	free(said);
}

static void
make(enum la_conf_role role)
{
	ck_assert(la_setup_make(&setup, &conf, 0, role));
	setup.params.mac = (struct la_mac){ { 2, 0, 0, 0, 0, 1 } };
}

static void
end(void)
{
	la_setup_free(&setup);
	la_conf_free(&conf);
}

static const struct { const char *address; uint32_t index; } listeners[] = {
	{ "*", LA_ANY_ADDRESS },
	{ "10.77.255.240", 0 }, { "10.78.0.0", 16 }, { "10.78.0.23", 39 },
	{ "2001:db8::ffff:fff0", 40 }, { "2001:db8::ffff:ffff", 55 },
	{ "2001:db8::1:0:0", 56 }, { "2001:db8::1:0:5", 61 }, { "2001:db8::1:0:f", 71 },
};

START_TEST(a_listener_is_on_the_address_that_it_names)
{
	char text[512];

	snprintf(text, sizeof(text), RANGES "[listen admin]\naddress = %s\n",
			listeners[_i].address);
	read_conf(text, LA_CONF_SERVE);
	make(LA_CONF_SERVE);
	ck_assert_uint_eq(setup.params.listeners_len, 1);
	ck_assert_uint_eq(setup.listeners[0].address, listeners[_i].index);
	ck_assert_uint_gt(la_stack_memory(&setup.params), 0);
	end();
}
END_TEST

/* Whatever let it through: no stack is made rather than one that is open on all. */
START_TEST(a_listener_on_no_address_is_not_on_all)
{
	read_conf(RANGES "[listen admin]\naddress = 10.78.0.1\n", LA_CONF_SERVE);
	ck_assert(la_addr_parse("10.99.0.1", &conf.listeners[0].address.addr));
	make(LA_CONF_SERVE);
	ck_assert_uint_ne(setup.listeners[0].address, LA_ANY_ADDRESS);
	ck_assert_uint_eq(la_stack_memory(&setup.params), 0);
	end();
}
END_TEST

/* What a server has by itself a load has not, unless it is asked for: it holds what is silent. */
START_TEST(a_load_has_no_idle_limit_that_it_was_not_given)
{
	static const char *const settings[] = { "", "[tcp]\nidle-timeout = 20s\n",
		"[tcp]\nidle-timeout = 0\n" };
	static const uint64_t served_s[] = { 7440, 20, 0 }, loaded_s[] = { 0, 20, 0 };
	char text[512];

	for (int load = 0; load < 2; load++) {
		snprintf(text, sizeof(text), RANGES "%s%s", settings[_i], load ?
				"[load]\ntarget = 10.99.0.1:80\n" : "[listen web]\n");
		read_conf(text, load ? LA_CONF_LOAD : LA_CONF_SERVE);
		make(load ? LA_CONF_LOAD : LA_CONF_SERVE);
		ck_assert_uint_eq(setup.params.tcp.idle_timeout_us,
				(load ? loaded_s : served_s)[_i] * 1000000);
		end();
	}
}
END_TEST

/* Sources, how many ranges there are then, and the numbers of the first and the last. */
static const struct { const char *sources; uint32_t ranges, n; uint16_t first, last; } loads[] = {
	{ "", 2, 32, 40, 71 },
	{ "sources = 2001:db8::ffff:fff8-2001:db8::ffff:ffff\n", 2, 8, 48, 55 },
	{ "sources = 2001:db8::1:0:0-2001:db8::1:0:f\n", 2, 16, 56, 71 },
	{ "sources = 2001:db8::ffff:fffe-2001:db8::1:0:1\n", 2, 4, 54, 57 },
	{ "sources = 2001:db8::1:0:5\n", 2, 1, 61, 61 },
	/* Those that are not the port's yet, with low 32 bits that go round as well. */
	{ "sources = 2001:db8::1:ffff:ffff-2001:db8::2:0:2\n", 3, 4, 72, 75 },
	{ "sources = 2001:db8::1:0:f\nsources = 2001:db8::1:0:10\n", 3, 2, 71, 72 },
};

/* The configuration and the generator each have an enumeration, and words for it. */
START_TEST(a_load_service_is_called_the_same_everywhere)
{
	char word[LA_CONF_WORD_LEN];

	for (int i = LA_LOAD_SERVICE_CONNECT; i <= LA_LOAD_SERVICE_HOLD; i++)
		ck_assert_str_eq(la_load_service_name((enum la_load_service)i),
				la_conf_word(LA_KEY_load_service, (unsigned int)i, word));
}
END_TEST

START_TEST(sources_have_the_numbers_of_their_addresses)
{
	char text[512];

	snprintf(text, sizeof(text), RANGES "[load]\ntarget = [2001:db8::99]:80\n%s",
			loads[_i].sources);
	read_conf(text, LA_CONF_LOAD);
	make(LA_CONF_LOAD);
	ck_assert_uint_eq(setup.params.ranges_len, loads[_i].ranges);
	ck_assert_uint_eq(setup.load.sources_len, loads[_i].n);
	for (uint32_t i = 0; i < loads[_i].n; i++)
		ck_assert_uint_eq(setup.sources[i], loads[_i].first + i);
	ck_assert_uint_eq(setup.sources[loads[_i].n - 1], loads[_i].last);
	ck_assert_uint_gt(la_stack_memory(&setup.params), 0);
	end();
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("app setup");
	TCase *tc = tcase_create("setup");

	tcase_add_loop_test(tc, a_listener_is_on_the_address_that_it_names, 0,
			sizeof(listeners) / sizeof(listeners[0]));
	tcase_add_test(tc, a_listener_on_no_address_is_not_on_all);
	tcase_add_test(tc, a_load_service_is_called_the_same_everywhere);
	tcase_add_loop_test(tc, a_load_has_no_idle_limit_that_it_was_not_given, 0, 3);
	tcase_add_loop_test(tc, sources_have_the_numbers_of_their_addresses, 0,
			sizeof(loads) / sizeof(loads[0]));
	suite_add_tcase(s, tc);
	return s;
}

LA_CHECK_MAIN(suite)
