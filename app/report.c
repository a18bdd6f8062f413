/* SPDX-License-Identifier: BSD-3-Clause */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "la_version.h"

enum { NOTES_MAX = 256 };

static const char *
mac_text(const struct la_mac *mac, char text[18])
{
	const uint8_t *b = mac->b;

	snprintf(text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
	return text;
}

static const char *
offload_words(const struct la_port_info *port)
{
	if (port->rx_checksum && port->tx_checksum)
		return "checksums by the device";
	if (port->rx_checksum)
		return "checksums checked by the device, written in software";
	if (port->tx_checksum)
		return "checksums written by the device, checked in software";
	return "checksums in software";
}

static void
print_port(const struct la_port_info *port)
{
	char mac[18];

	printf("port         %s (%s), MAC %s, MTU %u\n", port->device, port->driver,
			mac_text(&port->mac, mac), port->mtu);
	printf("             %u of %u queues, %u rx and %u tx descriptors, %s%s\n", port->queues,
			port->queues_max, port->rx_descriptors, port->tx_descriptors,
			offload_words(port), port->rss ? ", RSS on IP and TCP" : "");
	if (port->queues > 1)
		printf("             flows spread by %s\n", port->steering);
}

static void
print_vlan(const struct la_conf_port *conf, const struct la_port_info *port)
{
	if (conf->vlan != 0)
		printf("vlan         %" PRIu64 ": tags put in %s, taken off %s\n", conf->vlan,
				port->tag_insert ? "by the device" : "in software",
				port->tag_strip ? "by the device" : "in software");
}

static void
print_addresses(const struct la_conf_port *port, const struct la_port_info *device)
{
	char text[LA_ADDR_TEXT_LEN];

	for (uint32_t i = 0; i < port->address.n; i++) {
		const struct la_conf_range *r = &port->address.v[i];

		printf("address      %s/%u", la_addr_format(&r->first, text), r->prefix_len);
		if (r->count > 1)
			printf(" and the next %u", r->count - 1);
		printf("\n");
	}
	if (device->has_link_local)
		printf("address      %s/64\n", la_addr_format(&device->link_local, text));
	for (uint32_t i = 0; i < port->gateway.n; i++)
		printf("gateway      %s\n", la_addr_format(&port->gateway.v[i].first, text));
}

static void
print_listener(const struct la_conf_listen *l)
{
	char text[LA_ADDR_TEXT_LEN];

	printf("listener     %s: %s on %s port", l->name, la_conf_service_name(l->service),
			l->address.any ? "*" : la_addr_format(&l->address.addr, text));
	for (uint32_t i = 0; i < l->port.n; i++) {
		printf("%s %u", i > 0 ? "," : "", l->port.v[i].first);
		if (l->port.v[i].last != l->port.v[i].first)
			printf("-%u", l->port.v[i].last);
	}
	for (uint32_t i = 0; i < l->on.n; i++)
		printf("%s%s", i > 0 ? ", " : " (on ", l->on.v[i].text);
	printf("%s\n", l->on.n > 0 ? ")" : "");
}

static void
print_range(const char *name, const struct la_conf_range *r)
{
	char text[LA_ADDR_TEXT_LEN];

	printf("%s%s", name, la_addr_format(&r->first, text));
	if (r->count > 1)
		printf(" and the next %u", r->count - 1);
}

static void
print_load(const struct la_conf_load *l)
{
	char service[LA_CONF_WORD_LEN], close[LA_CONF_WORD_LEN];

	for (uint32_t i = 0; i < l->sources.n; i++) {
		print_range("source       ", &l->sources.v[i]);
		printf("\n");
	}
	print_range("target       ", &l->target.addresses);
	printf(" port %u", l->target.ports.first);
	if (l->target.ports.last != l->target.ports.first)
		printf("-%u", l->target.ports.last);
	printf(": %s, close %s\n", la_conf_word(LA_KEY_load_service, l->service, service),
			la_conf_word(LA_KEY_load_close, l->close, close));
	if (l->rate > 0)
		printf("rate         %" PRIu64 " a second", l->rate);
	else
		printf("rate         as many as there is room for");
	printf(", at most %" PRIu64 " open\n", l->concurrent);
}

static void
print_limits(const struct la_conf *conf)
{
	static const char *const cookies[] = { "always", "auto", "never" };

	printf("per worker   %" PRIu64 " connections, %" PRIu64 " TIME-WAIT records\n",
			conf->tcp.connections, conf->tcp.time_wait_max);
	printf("syn-cookies  %s\n", cookies[conf->tcp.syn_cookies]);
}

static void
print_workers(const struct la_report_port *ports, uint32_t ports_len)
{
	uint32_t number = 0;

	for (uint32_t p = 0; p < ports_len; p++) {
		const struct la_port *port = ports[p].port;

		for (uint32_t i = 0; i < la_port_workers(port); i++) {
			printf("worker       %u on lcore %u, queue %u", number++,
					la_port_lcore(port, i), i);
			printf("%s%s\n", ports_len > 1 ? " of " : "",
					ports_len > 1 ? la_port_info(port)->device : "");
		}
	}
}

/* The socket, and how to capture. */
static void
print_ways_in(const struct la_dpio *dpio, const struct la_report_port *ports, uint32_t ports_len)
{
	const char *socket = la_dpio_socket(dpio);
	const char *prefix = la_dpio_capture(dpio);

	printf("telemetry    %s\n", socket != NULL ? socket : "off");
	for (uint32_t i = 0; i < ports_len && prefix != NULL; i++)
		printf("capture      dpdk-dumpcap --file-prefix %s -i %s -p -w FILE\n", prefix,
				la_port_info(ports[i].port)->device);
}

static void
print_notes(const struct la_report_port *port, bool named)
{
	const char *remarks[] = {
		la_port_remark(port->port), la_port_interface_remark(port->port),
	};

	for (int i = 0; i < 2; i++) {
		if (remarks[i] != NULL)
			printf("note         %s\n", remarks[i]);
	}
	if (la_port_link_up(port->port))
		return;
	printf("note         %s%sthe link is down: addresses are announced when it comes up\n",
			named ? port->conf->name : "", named ? ": " : "");
}

void
la_report_touching(uint64_t octets, uint64_t about_us)
{
	printf("memory       touching %.1f GB, about %.0f s\n", (double)octets / 1e9,
			(double)about_us / 1e6);
	fflush(stdout);
}

void
la_report_memory(const struct la_port_memory *memory)
{
	printf("memory       %.0f MB, of it %.0f MB in transparent hugepages\n",
			(double)memory->octets / 1e6, (double)memory->huge / 1e6);
	if (memory->cure != NULL)
		printf("             %s\n", memory->cure);
}

static void
print_memory(const struct la_report_port *ports, uint32_t ports_len)
{
	struct la_port_memory all = { .octets = 0 }, one;

	for (uint32_t i = 0; i < ports_len; i++) {
		if (!la_port_memory(ports[i].port, &one))
			return;
		all.octets += one.octets;
		all.huge += one.huge;
		all.cure = one.cure != NULL ? one.cure : all.cure;
	}
	la_report_memory(&all);
}

void
la_report_start(const struct la_conf *conf, const struct la_dpio *dpio,
		const struct la_report_port *ports, uint32_t ports_len, const char *role)
{
	const bool load = strcmp(role, "load") == 0;

	printf("lastack %s %s on %s\n", LA_VERSION, role, la_dpio_dpdk_version());
	for (uint32_t i = 0; i < ports_len; i++) {
		print_port(la_port_info(ports[i].port));
		print_vlan(ports[i].conf, la_port_info(ports[i].port));
		print_addresses(ports[i].conf, la_port_info(ports[i].port));
	}
	if (load)
		print_load(&conf->load);
	for (uint32_t i = 0; i < conf->listeners_len && !load; i++)
		print_listener(&conf->listeners[i]);
	print_workers(ports, ports_len);
	print_ways_in(dpio, ports, ports_len);
	if (!load)
		print_limits(conf);
	print_memory(ports, ports_len);
	if (la_dpio_remark(dpio) != NULL)
		printf("note         %s\n", la_dpio_remark(dpio));
	for (uint32_t i = 0; i < ports_len; i++)
		print_notes(&ports[i], ports_len > 1);
	fflush(stdout);
}

static void
say_gateway(const char *port, const struct la_addr *gateway, const struct la_port_news *news)
{
	const int family = la_addr_is_v4(gateway) ? 0 : 1;
	char text[LA_ADDR_TEXT_LEN];

	if (news->gateway_changed[family])
		fprintf(stderr, "lastack: %sgateway %s %s\n", port, la_addr_format(gateway, text),
				news->gateway_silent[family] ? "does not answer: only its own "
				"subnet can be reached, and who comes through it" :
				"answers again");
}

static void
say_no_gateway(const char *port, const struct la_addr *whose, bool v4)
{
	char text[LA_ADDR_TEXT_LEN];

	fprintf(stderr, "lastack: %s%s is in no subnet of the port, and there is no %s gateway: its "
			"answers go to the Ethernet address that frames came from; set [port] "
			"gateway\n", port, la_addr_format(whose, text), v4 ? "IPv4" : "IPv6");
}

static void
say_link(const char *port, bool up)
{
	const time_t now = time(NULL);
	char at[32];
	struct tm local;

	strftime(at, sizeof(at), "%H:%M:%S", localtime_r(&now, &local));
	printf("%slink %s at %s\n", port, up ? "up" : "down", at);
}

void
la_report_news(const struct la_conf_port *port, bool named, const struct la_port_news *news)
{
	char text[LA_ADDR_TEXT_LEN], mac[18], name[LA_CONF_NAME_MAX + 8] = "";

	if (named)
		snprintf(name, sizeof(name), "%s: ", port->name);
	if (news->link_changed)
		say_link(name, news->link_up);
	for (uint32_t i = 0; i < port->gateway.n; i++)
		say_gateway(name, &port->gateway.v[i].first, news);
	for (int family = 0; family < 2; family++) {
		if (news->no_gateway[family])
			say_no_gateway(name, &news->no_gateway_for[family], family == 0);
	}
	if (news->conflict)
		fprintf(stderr, "lastack: %sADDRESS CONFLICT: %s also answers for our address %s\n",
				name, mac_text(&news->conflict_mac, mac),
				la_addr_format(&news->conflict_address, text));
}

/* Segments and frames that were not processed, by reason: those that did not get as far as TCP
 * first. */
static void
print_drops(const struct la_dpio_totals *t)
{
	for (enum la_counter_of of = LA_OF_FRAMES; of <= LA_OF_PORT; of++) {
		for (uint32_t i = 0; i < LA_DPIO_COUNTERS; i++) {
			const struct la_dpio_counter c = la_dpio_counter(t, i);

			if (c.of == of && c.class == LA_CLASS_DROP && c.value > 0)
				printf("    %-28s %12" PRIu64 "  %s\n", c.key, c.value, c.help);
		}
	}
}

/* Services ran short of buffers: why, and what to do. */
static void
print_buffers(const uint64_t *c)
{
	const uint64_t expired = c[LA_COUNT_BUFFERS_EXPIRED], reused = c[LA_COUNT_BUFFERS_REUSED];
	const uint64_t refused = c[LA_COUNT_NO_BUFFER];

	if (expired + reused + refused == 0)
		return;
	printf("buffers      %" PRIu64 " timed out, %" PRIu64 " taken for others, %" PRIu64
			" times none was left\n", expired, reused, refused);
	printf("             cause: peers that do not finish a request, or do not read what is sent"
			"\n");
	printf("             cure: if good ones are among them more buffers in [listen], else a "
			"shorter head-timeout, body-timeout and send-timeout\n");
}

void
la_report_summary(const struct la_dpio_totals *t, const struct la_dpio_peaks *peaks,
		uint64_t ran_us)
{
	const uint64_t *c = t->count;
	const double seconds = (double)ran_us / 1e6;

	printf("\nran for      %.1f s\n", seconds);
	printf("connections  opened %" PRIu64 ", closed %" PRIu64 ", reset %" PRIu64
			", aborted %" PRIu64 ", timed out %" PRIu64 ", refused %" PRIu64 "\n",
			c[LA_COUNT_OPENED], c[LA_COUNT_CLOSED], c[LA_COUNT_RESET],
			c[LA_COUNT_ABORTED], c[LA_COUNT_TIMED_OUT], c[LA_COUNT_REFUSED]);
	printf("rates        %.0f opened/s on average, %" PRIu64 " at most in a second\n",
			(double)c[LA_COUNT_OPENED] / seconds, peaks->opened_per_s);
	printf("packets      in %" PRIu64 " (%" PRIu64 " octets, at most %" PRIu64 "/s), out %"
			PRIu64 " (%" PRIu64 " octets, at most %" PRIu64 "/s)\n", t->rx_packets,
			t->rx_octets, peaks->rx_pps, t->tx_packets, t->tx_octets, peaks->tx_pps);
	printf("TIME-WAIT    %" PRIu64 " left, %" PRIu64 " entered, %" PRIu64 " given up early\n",
			t->state[LA_TIME_WAIT], c[LA_COUNT_TIME_WAIT_ENTERED],
			c[LA_COUNT_TIME_WAIT_REUSED]);
	print_buffers(c);
	printf("not taken, by reason (none if nothing follows)\n");
	print_drops(t);
	fflush(stdout);
}

void
la_report_notes(const struct la_dpio *dpio, bool named)
{
	struct la_dpio_note notes[NOTES_MAX];
	const uint32_t len = la_dpio_notes(dpio, notes, NOTES_MAX);

	for (uint32_t i = 0; i < len; i++)
		printf("note         %s%s%s: %s\n", named ? notes[i].device : "",
				named ? ": " : "", notes[i].text, notes[i].cure);
	fflush(stdout);
}
