/* SPDX-License-Identifier: BSD-3-Clause */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *
mac_text(const struct la_mac *mac, char text[18])
{
	const uint8_t *b = mac->b;

	snprintf(text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
	return text;
}

static const char *
offload_words(const struct la_dpio_port *port)
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
print_port(const struct la_dpio_port *port)
{
	char mac[18];

	printf("port         %s (%s), MAC %s, MTU %u\n", port->device, port->driver,
			mac_text(&port->mac, mac), port->mtu);
	printf("             %u of %u queues, %u rx and %u tx descriptors, %s%s\n", port->queues,
			port->queues_max, port->rx_descriptors, port->tx_descriptors,
			offload_words(port), port->rss ? ", RSS on IP and TCP" : "");
}

static void
print_vlan(const struct la_conf_port *conf, const struct la_dpio_port *port)
{
	if (conf->vlan != 0)
		printf("vlan         %" PRIu64 ": tags put in %s, taken off %s\n", conf->vlan,
				port->tag_insert ? "by the device" : "in software",
				port->tag_strip ? "by the device" : "in software");
}

static void
print_addresses(const struct la_conf_port *port, const struct la_dpio_port *device)
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
	printf("\n");
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
	static const char *const services[] = { "connect", "http", "echo", "hold" };
	static const char *const closes[] = { "client", "server", "rst" };

	for (uint32_t i = 0; i < l->sources.n; i++) {
		print_range("source       ", &l->sources.v[i]);
		printf("\n");
	}
	print_range("target       ", &l->target.addresses);
	printf(" port %u", l->target.ports.first);
	if (l->target.ports.last != l->target.ports.first)
		printf("-%u", l->target.ports.last);
	printf(": %s, close %s\n", services[l->service], closes[l->close]);
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
print_workers(const struct la_dpio *dpio)
{
	const char *socket = la_dpio_socket(dpio), *prefix = la_dpio_capture(dpio);

	for (uint32_t i = 0; i < la_dpio_workers(dpio); i++)
		printf("worker       %u on lcore %u, queue %u\n", i, la_dpio_lcore(dpio, i), i);
	printf("telemetry    %s\n", socket != NULL ? socket : "off");
	if (prefix != NULL)
		printf("capture      dpdk-dumpcap --file-prefix %s -i %s -p -w FILE\n", prefix,
				la_dpio_port(dpio)->device);
}

void
la_report_start(const struct la_conf *conf, const struct la_dpio *dpio, const char *role)
{
	const bool load = strcmp(role, "load") == 0;
	const char *remark = la_dpio_remark(dpio);

	printf("lastack %s %s on %s\n", LA_VERSION, role, la_dpio_dpdk_version());
	print_port(la_dpio_port(dpio));
	print_vlan(&conf->port, la_dpio_port(dpio));
	print_addresses(&conf->port, la_dpio_port(dpio));
	if (load)
		print_load(&conf->load);
	for (uint32_t i = 0; i < conf->listeners_len && !load; i++)
		print_listener(&conf->listeners[i]);
	print_workers(dpio);
	if (!load)
		print_limits(conf);
	if (remark != NULL)
		printf("note         %s\n", remark);
	if (!la_dpio_link_up(dpio))
		printf("note         the link is down: addresses are announced when it comes up\n");
	fflush(stdout);
}

static void
say_gateway(const struct la_addr *gateway, const struct la_dpio_news *news)
{
	const int family = la_addr_is_v4(gateway) ? 0 : 1;
	char text[LA_ADDR_TEXT_LEN];

	if (news->gateway_changed[family])
		fprintf(stderr, "lastack: gateway %s %s\n", la_addr_format(gateway, text),
				news->gateway_silent[family] ? "does not answer: only its own "
				"subnet can be reached, and who comes through it" :
				"answers again");
}

void
la_report_news(const struct la_conf *conf, const struct la_dpio_news *news)
{
	char text[LA_ADDR_TEXT_LEN], mac[18];

	if (news->link_changed)
		printf("link %s\n", news->link_up ? "up" : "down");
	for (uint32_t i = 0; i < conf->port.gateway.n; i++)
		say_gateway(&conf->port.gateway.v[i].first, news);
	if (news->conflict)
		fprintf(stderr, "lastack: ADDRESS CONFLICT: %s also answers for our address %s\n",
				mac_text(&news->conflict_mac, mac),
				la_addr_format(&news->conflict_address, text));
}

static void
print_nonzero(const char *name, const char *help, uint64_t value)
{
	if (value > 0)
		printf("    %-28s %12" PRIu64 "  %s\n", name, value, help);
}

/* Segments and frames that were not processed, by reason. */
static void
print_drops(const struct la_dpio_totals *t)
{
	for (enum la_rx_reason i = 1; i < LA_RX_REASONS; i++)
		print_nonzero(la_rx_reason_name(i), la_rx_reason_help(i), t->rx[i]);
	for (enum la_tcp_reason i = 0; i < LA_TCP_REASONS; i++) {
		const char *name = la_tcp_reason_name(i);

		if (strncmp(name, "drop_", 5) == 0 || strncmp(name, "rst_", 4) == 0)
			print_nonzero(name, la_tcp_reason_help(i), t->tcp[i]);
	}
	print_nonzero("port_rx_missed", "frames the device dropped", t->rx_missed);
	print_nonzero("port_rx_multi_segment", "received frames in several mbufs",
			t->rx_multi_segment);
	print_nonzero("port_tx_refused", "frames the device did not take", t->tx_refused);
	print_nonzero("port_no_mbuf", "times the pool of mbufs was empty", t->no_mbuf);
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
	printf("not taken, by reason (none if nothing follows)\n");
	print_drops(t);
	fflush(stdout);
}
