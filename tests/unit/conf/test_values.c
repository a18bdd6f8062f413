/* SPDX-License-Identifier: BSD-3-Clause */
/* Presets, each key read back, overrides, eal.args and the cookie keys. */
#include <unistd.h>

#include "conf_text.h"

static struct la_addr
addr(const char *text)
{
	struct la_addr a;

	ck_assert(la_addr_parse(text, &a));
	return a;
}

static void
must_read(struct la_conf *conf, const char *text, const char *override, const char *second)
{
	if (!conf_of(conf, text, override, second)) {
		la_conf_print_errors(conf, stderr);
		ck_abort();
	}
}

START_TEST(presets_hold_for_what_is_not_given)
{
	struct la_conf conf;

	must_read(&conf, LEAST, NULL, NULL);
	ck_assert_uint_eq(conf.eal.args.n, 0);
	ck_assert_uint_eq(conf.ports[0].gateway.n, 0);
	ck_assert_uint_eq(conf.ports[0].mtu, 1500);
	ck_assert_uint_eq(conf.ports[0].vlan, 0);
	ck_assert_int_eq(conf.ports[0].checksum_offload, LA_CONF_OFFLOAD_AUTO);
	ck_assert_uint_eq(conf.worker.count, 0);
	ck_assert_uint_eq(conf.worker.burst, 64);
	ck_assert_int_eq(conf.worker.idle, LA_CONF_IDLE_SPIN);
	ck_assert(!conf.has_load);
	ck_assert_uint_eq(conf.listeners_len, 1);
	ck_assert_str_eq(conf.listeners[0].name, "web");
	ck_assert(conf.listeners[0].address.any);
	ck_assert_uint_eq(conf.listeners[0].port.n, 1);
	ck_assert_uint_eq(conf.listeners[0].port.v[0].first, 80);
	ck_assert_uint_eq(conf.listeners[0].port.v[0].last, 80);
	ck_assert_int_eq(conf.listeners[0].service, LA_CONF_HTTP);
	ck_assert_uint_eq(conf.listeners[0].body_len, 64);
	ck_assert_int_eq(conf.listeners[0].close, LA_CONF_HTTP_SERVER);
	ck_assert_uint_eq(conf.listeners[0].buffers, 1024);
	ck_assert_uint_eq(conf.listeners[0].head_timeout_us, 30000000);
	ck_assert_uint_eq(conf.listeners[0].body_timeout_us, 30000000);
	ck_assert_uint_eq(conf.listeners[0].send_timeout_us, 180000000);
	la_conf_free(&conf);
}
END_TEST

START_TEST(presets_of_tcp_are_those_of_the_rfcs_and_the_manual)
{
	struct la_conf conf;

	must_read(&conf, LEAST, NULL, NULL);
	const struct la_conf_tcp *tcp = &conf.tcp;

	ck_assert_uint_eq(tcp->connections, 1000000);
	ck_assert_uint_eq(tcp->senders, 0);
	ck_assert_uint_eq(tcp->reassembly, 4096);
	ck_assert_int_eq(tcp->syn_cookies, LA_CONF_COOKIES_ALWAYS);
	ck_assert_uint_eq(tcp->backlog, 65536);
	ck_assert_str_eq(tcp->cookie_key_file, "");
	ck_assert_uint_eq(tcp->mss, 0);
	ck_assert_uint_eq(tcp->window, 65536);
	ck_assert_uint_eq(tcp->window_max, 1048576);
	ck_assert(tcp->window_scaling && tcp->timestamps && tcp->sack && tcp->nagle);
	ck_assert_int_eq(tcp->congestion, LA_CONF_CONGESTION_CUBIC);
	ck_assert_int_eq(tcp->ecn, LA_CONF_ECN_ACCEPT);
	ck_assert_uint_eq(tcp->syn_retries, 7);
	ck_assert_uint_eq(tcp->syn_ack_retries, 5);
	ck_assert_uint_eq(tcp->retries, 15);
	ck_assert_uint_eq(tcp->rto_min_us, 200000);
	ck_assert_uint_eq(tcp->keepalive_us, 0);
	ck_assert_uint_eq(tcp->keepalive_interval_us, 75000000);
	ck_assert_uint_eq(tcp->keepalive_probes, 9);
	ck_assert_uint_eq(tcp->idle_timeout_us, 7440000000);
	ck_assert_uint_eq(tcp->evict_idle_us, 30000000);
	ck_assert_uint_eq(tcp->fin_wait_2_us, 60000000);
	ck_assert_uint_eq(tcp->time_wait_us, 60000000);
	ck_assert_uint_eq(tcp->time_wait_max, 4000000);
	ck_assert(tcp->rst_ends_time_wait);
	ck_assert_int_eq(tcp->closed_port, LA_CONF_CLOSED_RST);
	ck_assert_uint_eq(tcp->drain_us, 5000000);
	la_conf_free(&conf);
}
END_TEST

START_TEST(each_key_of_tcp_is_read)
{
	struct la_conf conf;

	must_read(&conf, LEAST "[tcp]\nconnections = 20k\nsenders = 3k\nreassembly = 5\n"
			"syn-cookies = never\nbacklog = 6\nmss = 1400\nwindow = 1m\nwindow-max = 2m\n"
			"window-scaling = off\ntimestamps = off\nsack = off\nnagle = off\n"
			"congestion = westwood\necn = ask\nsyn-retries = 0\nsyn-ack-retries = 1\nretries = 2\nrto-min = 300ms\n"
			"keepalive = 2m\nkeepalive-interval = 3s\nkeepalive-probes = 4\n"
			"idle-timeout = 5m\nfin-wait-2 = 0\ntime-wait = 1500us\n"
			"time-wait-max = 7\nrst-ends-time-wait = off\nclosed-port = drop\n"
			"drain = 0\n",
			NULL, NULL);
	const struct la_conf_tcp *tcp = &conf.tcp;

	ck_assert_uint_eq(tcp->connections, 20000);
	ck_assert_uint_eq(tcp->senders, 3000);
	ck_assert_uint_eq(tcp->reassembly, 5);
	ck_assert_int_eq(tcp->syn_cookies, LA_CONF_COOKIES_NEVER);
	ck_assert_uint_eq(tcp->backlog, 6);
	ck_assert_uint_eq(tcp->mss, 1400);
	ck_assert_uint_eq(tcp->window, 1048576);
	ck_assert_uint_eq(tcp->window_max, 2097152);
	ck_assert(!tcp->window_scaling && !tcp->timestamps && !tcp->sack && !tcp->nagle);
	ck_assert_int_eq(tcp->congestion, LA_CONF_CONGESTION_WESTWOOD);
	ck_assert_int_eq(tcp->ecn, LA_CONF_ECN_ASK);
	ck_assert_uint_eq(tcp->syn_retries, 0);
	ck_assert_uint_eq(tcp->syn_ack_retries, 1);
	ck_assert_uint_eq(tcp->retries, 2);
	ck_assert_uint_eq(tcp->rto_min_us, 300000);
	ck_assert_uint_eq(tcp->keepalive_us, 120000000);
	ck_assert_uint_eq(tcp->keepalive_interval_us, 3000000);
	ck_assert_uint_eq(tcp->keepalive_probes, 4);
	ck_assert_uint_eq(tcp->idle_timeout_us, 300000000);
	ck_assert_uint_eq(tcp->fin_wait_2_us, 0);
	ck_assert_uint_eq(tcp->time_wait_us, 1500);
	ck_assert_uint_eq(tcp->time_wait_max, 7);
	ck_assert(!tcp->rst_ends_time_wait);
	ck_assert_int_eq(tcp->closed_port, LA_CONF_CLOSED_DROP);
	ck_assert_uint_eq(tcp->drain_us, 0);
	la_conf_free(&conf);
}
END_TEST

START_TEST(each_key_of_port_worker_and_listen_is_read)
{
	struct la_conf conf;

	must_read(&conf, "[port]\ndevice = 0000:3b:00.0\naddress = 10.0.0.1/16\n"
			"address = 10.0.1.0-10.0.1.255\naddress = 192.0.2.7\n"
			"address = 2001:db8::1-2001:db8::ff/64\n"
			"gateway = 10.0.0.254\ngateway = fe80::1\nmtu = 9000\nvlan = 4094\n"
			"reply-to-sender = on\n"
			"vlan-offload = off\nchecksum-offload = off\nkernel-gro = leave\n"
			"[worker]\ncount = 3\nburst = 64\nidle = yield\n"
			"[listen a.b-c_9]\naddress = 10.0.1.7\nport = 80\nport = 8000-8099\n"
			"service = http\nbody = 1m\nclose = client\nbuffers = 2k\n"
			"head-timeout = 5s\nbody-timeout = 0\nsend-timeout = 4m\n",
			NULL, NULL);
	const struct la_conf_listen *listen = conf.listeners;
	const struct la_conf_range *range = conf.ports[0].address.v;
	const struct la_addr seven = addr("10.0.1.7"), v6 = addr("2001:db8::1");

	ck_assert_str_eq(conf.ports[0].device, "0000:3b:00.0");
	ck_assert_uint_eq(conf.ports[0].address.n, 4);
	ck_assert_uint_eq(range[0].prefix_len, 16);
	/* Without a prefix length: in the subnet above, or alone. */
	ck_assert_uint_eq(range[1].count, 256);
	ck_assert_uint_eq(range[1].prefix_len, 16);
	ck_assert_uint_eq(range[2].prefix_len, 32);
	ck_assert(la_addr_eq(&range[3].first, &v6));
	ck_assert_uint_eq(range[3].count, 255);
	ck_assert_uint_eq(range[3].prefix_len, 64);
	ck_assert_uint_eq(conf.ports[0].gateway.n, 2);
	ck_assert(conf.ports[0].reply_to_sender);
	ck_assert_uint_eq(conf.ports[0].mtu, 9000);
	ck_assert_uint_eq(conf.ports[0].vlan, 4094);
	ck_assert_int_eq(conf.ports[0].vlan_offload, LA_CONF_OFFLOAD_OFF);
	ck_assert_int_eq(conf.ports[0].checksum_offload, LA_CONF_OFFLOAD_OFF);
	ck_assert_int_eq(conf.ports[0].kernel_gro, LA_CONF_GRO_LEAVE);
	ck_assert_uint_eq(conf.worker.count, 3);
	ck_assert_uint_eq(conf.worker.burst, 64);
	ck_assert_int_eq(conf.worker.idle, LA_CONF_IDLE_YIELD);
	ck_assert_str_eq(listen->name, "a.b-c_9");
	ck_assert(!listen->address.any && la_addr_eq(&listen->address.addr, &seven));
	ck_assert_uint_eq(listen->port.n, 2);
	ck_assert_uint_eq(listen->port.v[1].first, 8000);
	ck_assert_uint_eq(listen->port.v[1].last, 8099);
	ck_assert_uint_eq(listen->body_len, 1048576);
	ck_assert_int_eq(listen->close, LA_CONF_HTTP_CLIENT);
	ck_assert_uint_eq(listen->buffers, 2000);
	ck_assert_uint_eq(listen->head_timeout_us, 5000000);
	ck_assert_uint_eq(listen->body_timeout_us, 0);
	ck_assert_uint_eq(listen->send_timeout_us, 240000000);
	la_conf_free(&conf);
}
END_TEST

START_TEST(each_key_of_load_is_read)
{
	struct la_conf conf;

	must_read(&conf, "[port]\ndevice = x\naddress = 10.0.0.1/16\n[load]\n"
			"target = 10.0.0.2-10.0.0.9:80-89\nsources = 10.0.1.1-10.0.1.250\n"
			"rate = 0\nramp = 1s\nconcurrent = 5\nconnections = 6\nduration = 7s\n"
			"service = hold\nclose = rst\n", NULL, NULL);
	const struct la_addr two = addr("10.0.0.2");

	ck_assert(conf.has_load);
	ck_assert(la_addr_eq(&conf.load.target.addresses.first, &two));
	ck_assert_uint_eq(conf.load.target.addresses.count, 8);
	ck_assert_uint_eq(conf.load.target.ports.first, 80);
	ck_assert_uint_eq(conf.load.target.ports.last, 89);
	ck_assert_uint_eq(conf.load.sources.v[0].count, 250);
	ck_assert_uint_eq(conf.load.rate, 0);
	ck_assert_uint_eq(conf.load.ramp_us, 1000000);
	ck_assert_uint_eq(conf.load.concurrent, 5);
	ck_assert_uint_eq(conf.load.connections, 6);
	ck_assert_uint_eq(conf.load.duration_us, 7000000);
	ck_assert_int_eq(conf.load.service, LA_CONF_LOAD_HOLD);
	ck_assert_int_eq(conf.load.close, LA_CONF_LOAD_RST);
	la_conf_free(&conf);
}
END_TEST

static const char *const same_files[] = {
	"\xef\xbb\xbf" LEAST "port = 81\n",
	"[port]\r\ndevice = net_tap0\r\naddress = 10.77.0.1/24\r\n[listen web]\r\nport = 81\r\n",
	("# x\n[port] ; y\ndevice=net_tap0;\n;\n\n address : 10.77.0.1/24 ; z\n\t\n"
			"[ listen\tweb ]\n\tport = 81"),
	/* inih alone would take the indented line for more of the device. */
	"[port]\ndevice = net_tap0;\n  address = 10.77.0.1/24\n[listen web]\n  port = 81\n",
};

START_TEST(bom_crlf_comments_and_blanks_change_nothing)
{
	struct la_conf conf;

	must_read(&conf, same_files[_i], NULL, NULL);
	ck_assert_uint_eq(conf.ports[0].address.n, 1);
	ck_assert_uint_eq(conf.ports[0].address.v[0].prefix_len, 24);
	ck_assert_uint_eq(conf.listeners[0].port.v[0].first, 81);
	la_conf_free(&conf);
}
END_TEST

START_TEST(the_last_override_of_a_key_holds)
{
	struct la_conf conf;

	must_read(&conf, LEAST "[tcp]\nwindow = 32k\n", "tcp.window=4k", " tcp . window = 8k ");
	ck_assert_uint_eq(conf.tcp.window, 8192);
	la_conf_free(&conf);
}
END_TEST

START_TEST(the_first_override_of_a_list_replaces_the_next_add)
{
	struct la_conf conf;

	must_read(&conf, LEAST "port = 81\nport = 82\n", "listen web.port=90",
			"listen web.port=91");
	ck_assert_uint_eq(conf.listeners[0].port.n, 2);
	ck_assert_uint_eq(conf.listeners[0].port.v[0].first, 90);
	ck_assert_uint_eq(conf.listeners[0].port.v[1].first, 91);
	la_conf_free(&conf);
	must_read(&conf, LEAST "[eal]\nargs = -x\nargs = -y\n", "eal.args=", NULL);
	ck_assert_uint_eq(conf.eal.args.n, 0);
	la_conf_free(&conf);
}
END_TEST

START_TEST(overrides_reach_each_port)
{
	struct la_conf conf;

	must_read(&conf, TWO "on = far.1\n", "port far.1.mtu=9000", "port.mtu = 600");
	ck_assert_uint_eq(conf.ports_len, 2);
	ck_assert_str_eq(conf.ports[0].name, "port");
	ck_assert_str_eq(conf.ports[1].name, "far.1");
	ck_assert_uint_eq(conf.ports[0].mtu, 600);
	ck_assert_uint_eq(conf.ports[1].mtu, 9000);
	la_conf_free(&conf);
	must_read(&conf, TWO "on = far.1\n", "port port.mtu=700", "listen web.on=port");
	ck_assert_uint_eq(conf.ports[0].mtu, 700);
	ck_assert_uint_eq(conf.listeners[0].ports, 1);
	la_conf_free(&conf);
	/* Who gives all by overrides needs no section. */
	must_read(&conf, "[listen web]\n", "port.device=x", "port.address=10.0.0.1/24");
	ck_assert_uint_eq(conf.ports_len, 1);
	la_conf_free(&conf);
}
END_TEST

static const struct { const char *more; uint32_t ports; } placed[] = {
	{ "", 3 }, { "on = port\n", 1 }, { "on = far.1\n", 2 }, { "on = far.1\non = port\n", 3 },
	{ "address = 10.78.0.1\n", 2 }, { "on = port\naddress = 10.77.0.1\n", 1 },
	{ "on =\n", 3 },
};

START_TEST(a_listener_is_on_the_ports_it_names_that_have_its_address)
{
	struct la_conf conf;
	char text[512];

	snprintf(text, sizeof(text), TWO "%s", placed[_i].more);
	must_read(&conf, text, NULL, NULL);
	ck_assert_uint_eq(conf.listeners[0].ports, placed[_i].ports);
	la_conf_free(&conf);
}
END_TEST

START_TEST(load_is_on_the_first_port_or_the_one_it_names)
{
	struct la_conf conf;

	must_read(&conf, TWO "[load]\ntarget = 10.77.0.9:80\n", NULL, NULL);
	ck_assert_ptr_eq(la_conf_load_port(&conf), &conf.ports[0]);
	la_conf_free(&conf);
	must_read(&conf, TWO "[load]\ntarget = 10.78.0.9:80\nsources = 10.78.0.3\n",
			"load.on=far.1", NULL);
	ck_assert_ptr_eq(la_conf_load_port(&conf), &conf.ports[1]);
	ck_assert_uint_eq(conf.load.sources.v[0].prefix_len, 24);
	la_conf_free(&conf);
}
END_TEST

START_TEST(an_override_does_not_hide_an_error_of_the_file)
{
	must_say(LEAST "port = 99999\n", "listen web.port=90",
			"t.ini:5: [listen web] port: 99999 is not in 1-65535\n");
}
END_TEST

START_TEST(eal_args_are_split_at_blanks_outside_quotes)
{
	static const char *const want[] = { "lastack", "-l", "0,1", "--vdev", "a b", "", "x y'z",
		"-q" };
	struct la_conf conf;
	int argc;

	must_read(&conf, LEAST "[eal]\nargs = -l\t0,1 --vdev 'a b' \"\" x\" y'z\"\nargs = -q\n",
			NULL, NULL);
	char **argv = la_conf_eal_argv(&conf, "lastack", &argc);

	ck_assert_int_eq(argc, 8);
	for (int i = 0; i < argc; i++)
		ck_assert_str_eq(argv[i], want[i]);
	ck_assert_ptr_null(argv[argc]);
	free(argv);
	la_conf_free(&conf);
}
END_TEST

static const struct { const char *override; uint32_t senders; } sender_cases[] = {
	{ "tcp.connections=1000", 1000 },
	{ "tcp.connections=16384", 16384 },
	{ "tcp.connections=20000", 16384 },
	{ "tcp.connections=1m", 250000 },
	{ "tcp.senders=7", 7 },
};

START_TEST(senders_follow_connections)
{
	struct la_conf conf;

	must_read(&conf, LEAST, sender_cases[_i].override, NULL);
	ck_assert_uint_eq(la_conf_senders(&conf), sender_cases[_i].senders);
	la_conf_free(&conf);
}
END_TEST

static void
write_keys(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

START_TEST(cookie_keys_are_sixty_four_hex_digits)
{
	static const struct { const char *text, *error; } cases[] = {
		{ "# new\n000102030405060708090a0b0c0d0e0f\n# old\n"
				"FF0102030405060708090A0B0C0D0Eff",
				NULL },
		{ "00", "holds fewer than 2 x 32 hex digits" },
		{ "", "holds fewer than 2 x 32 hex digits" },
		{ "000102030405060708090a0b0c0d0e0fff0102030405060708090a0b0c0d0effa",
				"holds more than 2 x 32 hex digits" },
		{ "secret", "holds something other than hex digits, blanks and # comments" },
	};
	char path[] = "/tmp/la_keys_XXXXXX", error[256], want[256];
	struct la_key key[2];
	const int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_keys(path, cases[i].text);
		ck_assert_int_eq(la_conf_read_keys(path, key, error, sizeof(error)),
				cases[i].error == NULL);
		if (cases[i].error == NULL) {
			ck_assert_uint_eq(key[0].k[0], 0x0706050403020100);
			ck_assert_uint_eq(key[1].k[1], 0xff0e0d0c0b0a0908);
			continue;
		}
		snprintf(want, sizeof(want), "%s: %s", path, cases[i].error);
		ck_assert_str_eq(error, want);
	}
	unlink(path);
}
END_TEST

static Suite *
values(void)
{
	Suite *suite = suite_create("conf_values");
	TCase *tcase = tcase_create("values");

	tcase_add_test(tcase, presets_hold_for_what_is_not_given);
	tcase_add_test(tcase, presets_of_tcp_are_those_of_the_rfcs_and_the_manual);
	tcase_add_test(tcase, each_key_of_tcp_is_read);
	tcase_add_test(tcase, each_key_of_port_worker_and_listen_is_read);
	tcase_add_test(tcase, each_key_of_load_is_read);
	tcase_add_loop_test(tcase, bom_crlf_comments_and_blanks_change_nothing, 0,
			sizeof(same_files) / sizeof(same_files[0]));
	tcase_add_test(tcase, the_last_override_of_a_key_holds);
	tcase_add_test(tcase, the_first_override_of_a_list_replaces_the_next_add);
	tcase_add_test(tcase, overrides_reach_each_port);
	tcase_add_loop_test(tcase, a_listener_is_on_the_ports_it_names_that_have_its_address, 0,
			sizeof(placed) / sizeof(placed[0]));
	tcase_add_test(tcase, load_is_on_the_first_port_or_the_one_it_names);
	tcase_add_test(tcase, an_override_does_not_hide_an_error_of_the_file);
	tcase_add_test(tcase, eal_args_are_split_at_blanks_outside_quotes);
	tcase_add_loop_test(tcase, senders_follow_connections, 0,
			sizeof(sender_cases) / sizeof(sender_cases[0]));
	tcase_add_test(tcase, cookie_keys_are_sixty_four_hex_digits);
	suite_add_tcase(suite, tcase);
	return suite;
}

LA_CHECK_MAIN(values)
