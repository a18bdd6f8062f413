/* SPDX-License-Identifier: BSD-3-Clause */
/* What is printed can be read again and says the same; the samples are right. */
#include "conf_text.h"

static const char *const texts[] = {
	LEAST,
	LEAST "port = 8000-8099\nport = 80\nservice = echo\n[listen b]\nport = 9\n"
			"service = discard\n",
	LEAST "[eal]\nargs = -l 0,1 'a b'\nargs = --no-huge\n[tcp]\nrto-min = 1500us\n"
			"window = 1025\n"
			"time-wait = 4m\nsenders = 5\nsack = off\n",
	"[port]\ndevice = x\naddress = 2001:db8::1-2001:db8::9/64\naddress = 10.0.1.0-10.0.1.255\n"
			"gateway = fe80::1\n[listen a]\naddress = 2001:db8::2\n",
	"[port]\ndevice = x\naddress = 10.0.0.5/24\n[load]\ntarget = 10.0.0.9-10.0.0.11:80-81\n"
			"sources = 10.0.0.7-10.0.0.8\npath = /a?b=c\nhost = a.test\n"
			"length = 5\n",
	/* Several ports. */
	TWO "on = far.1\non = port\n[listen b]\non = far.1\nport = 9\n[port c]\ndevice = x\n"
			"address = 10.79.0.1/24\ngateway = 10.79.0.2\nmtu = 9000\nvlan = 5\n"
			"checksum-offload = off\n[load]\non = c\ntarget = 10.79.0.9:80\n",
	"[port a]\ndevice = x\naddress = 10.0.0.1/24\n[listen a]\n",
	/* As many addresses as an index can name, and a thousand ports. */
	"[port]\ndevice = x\naddress = 10.1.0.0-10.1.255.255/8\n[listen a]\nport = 8000-8999\n",
	"[port]\ndevice = x\naddress = 2001:db8::1-2001:db8::4000/64\n[listen a]\n",
	/* As long as a line may be: there is no room for padding. */
	LEAST "[eal]\n"
			"args=" "0123456789012345678901234567890123456789012345678901234567890123456789"
			"0123456789012345678901234567890123456789012345678901234567890123456789"
			"01234567890123456789012345678901234567890123456789012\n",
};

static void
must_print_itself(const char *text)
{
	struct la_conf conf;

	ck_assert(conf_of(&conf, text, NULL, NULL));
	char *first = printed(&conf, la_conf_print);

	la_conf_free(&conf);
	if (!conf_of(&conf, first, NULL, NULL)) {
		la_conf_print_errors(&conf, stderr);
		ck_abort();
	}
	char *second = printed(&conf, la_conf_print);

	ck_assert_str_eq(first, second);
	free(first);
	free(second);
	la_conf_free(&conf);
}

START_TEST(what_is_printed_prints_itself)
{
	must_print_itself(texts[_i]);
}
END_TEST

/* JSON shows the same sections, and tools may read one that is empty. */
START_TEST(a_section_without_a_key_is_printed)
{
	struct la_conf conf;

	ck_assert(conf_of(&conf, LEAST, NULL, NULL));
	char *text = printed(&conf, la_conf_print);

	ck_assert_int_eq(strncmp(text, "[eal]\n\n[port]\n", 14), 0);
	free(text);
	la_conf_free(&conf);
}
END_TEST

static const char *const samples[] = { "tap.ini", "af_packet.ini", "memif.ini", "nic.ini",
	"ports.ini" };

START_TEST(samples_are_right)
{
	struct la_conf conf;
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", CONFIG_DIR, samples[_i]);
	la_conf_init(&conf);
	la_conf_read(&conf, path);
	la_conf_finish(&conf, LA_CONF_SERVE);
	char *errors = printed(&conf, la_conf_print_errors);

	ck_assert_str_eq(errors, "");
	ck_assert_uint_gt(conf.eal.args.n, 0);
	free(errors);
	la_conf_free(&conf);
}
END_TEST

static void
print_table(const struct la_conf *conf, FILE *out)
{
	(void)conf;
	la_conf_print_table(out);
}

START_TEST(the_table_has_a_row_of_five_cells_for_each_key)
{
	char *table = printed(NULL, print_table);
	int lines = 0, cells = 0;

	for (const char *c = table; *c != '\0'; c++) {
		lines += *c == '\n';
		cells += *c == '|';
	}
	ck_assert_int_eq(lines, LA_CONF_KEYS + 2);
	ck_assert_int_eq(cells, lines * 6);
	ck_assert_ptr_nonnull(strstr(table, "| `[listen NAME]` | `body` | 0-1m | `64` | "
			"octets of the fixed body (http only) |\n"));
	ck_assert_ptr_nonnull(strstr(table, "| `[worker]` | `count` | 1-128, `auto` | `auto` | "));
	ck_assert_ptr_nonnull(strstr(table, "| `[worker]` | `idle` | `spin` `yield` | `spin` | "));
	free(table);
}
END_TEST

static Suite *
print(void)
{
	Suite *suite = suite_create("conf_print");
	TCase *tcase = tcase_create("print");

	tcase_add_test(tcase, a_section_without_a_key_is_printed);
	tcase_add_loop_test(tcase, what_is_printed_prints_itself, 0,
			sizeof(texts) / sizeof(texts[0]));
	tcase_add_loop_test(tcase, samples_are_right, 0, sizeof(samples) / sizeof(samples[0]));
	tcase_add_test(tcase, the_table_has_a_row_of_five_cells_for_each_key);
	suite_add_tcase(suite, tcase);
	return suite;
}

LA_CHECK_MAIN(print)
