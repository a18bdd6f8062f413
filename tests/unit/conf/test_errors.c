/* SPDX-License-Identifier: BSD-3-Clause */
/* Every mistake is named with its place, and what would be right. */
#include "conf_text.h"

/* One line in a section; the error is behind "t.ini:N: ". */
static const struct { const char *section, *line, *error; } lines[] = {
	{ "listen a", "port = 99999", "[listen a] port: 99999 is not in 1-65535" },
	{ "listen a", "port = 0", "[listen a] port: 0 is not in 1-65535" },
	{ "listen a", "port = 100000000000000000000", "[listen a] port: 100000000000000000000 is "
			"not in 1-65535" },
	{ "listen a", "port = 90-80", "[listen a] port: 90-80 runs backwards" },
	{ "listen a", "port = 80-",
			"[listen a] port: nothing is not a port in 1-65535, nor a range "
			"such as 8000-8099" },
	{ "listen a", "port = http", "[listen a] port: http is not a port in 1-65535, nor a range "
			"such as 8000-8099" },
	{ "listen a", "service = finger", "[listen a] service: finger is not one of http, echo, "
			"discard, close, reset" },
	{ "listen a", "service =", "[listen a] service: nothing is not one of http, echo, discard, "
			"close, reset" },
	{ "listen a", "address = 10.77.0.2", "[listen a] address: 10.77.0.2 is not an address of "
			"[port]" },
	{ "listen a", "address = all", "[listen a] address: all is not an IPv4 or IPv6 address" },
	{ "listen a", "body = 1048577", "[listen a] body: 1048577 is not in 0-1m" },
	{ "listen a", "body = 64K",
			"[listen a] body: 64K is not a size in octets such as 4096, 64k "
			"or 1m" },
	{ "listen a", "mtu = 1500", "[listen a] mtu: no such key here; it belongs in [port]" },
	{ "tcp", "conections = 5", "[tcp] conections: no such key; the nearest is connections" },
	{ "tcp", "window = 1023", "[tcp] window: 1023 is not in 1k-1g" },
	{ "tcp", "window = 2g", "[tcp] window: 2g is not in 1k-1g" },
	{ "tcp", "window = 99999999999g", "[tcp] window: 99999999999g is not in 1k-1g" },
	{ "tcp", "window = -1",
			"[tcp] window: -1 is not a size in octets such as 4096, 64k or 1m" },
	{ "tcp", "time-wait = 60", "[tcp] time-wait: 60 needs a unit: us, ms, s or m" },
	{ "tcp", "time-wait = 0", "[tcp] time-wait: 0 is not in 1ms-3600s" },
	{ "tcp", "time-wait = 61m", "[tcp] time-wait: 61m is not in 1ms-3600s" },
	{ "tcp", "time-wait = soon",
			"[tcp] time-wait: soon is not a time such as 500ms, 60s or 2m" },
	{ "tcp", "connections = 1e6", "[tcp] connections: 1e6 is not a number such as 5000, 5k or "
			"1m" },
	{ "tcp", "connections = 0", "[tcp] connections: 0 is not in 1-2000000000" },
	{ "tcp", "senders = some", "[tcp] senders: some is not a number such as 5000, 5k or 1m, or "
			"auto" },
	{ "tcp", "senders = 2m", "[tcp] senders: 2000000 is more than connections" },
	{ "tcp", "syn-cookies = yes", "[tcp] syn-cookies: yes is not one of always, auto, never" },
	{ "tcp", "nagle = 1", "[tcp] nagle: 1 is not one of off, on" },
	{ "tcp", "mss = 1461", "[tcp] mss: 1461 is more than the MTU less 40 octets of headers: "
			"1460" },
	{ "tcp", "mss = 1400 # a guess", "[tcp] mss: 1400 # a guess is not a number such as 5000, "
			"5k or 1m, or auto; a comment starts with ;" },
	{ "tcp", "cookie-key-file = /nonexistent", "[tcp] cookie-key-file: /nonexistent: No such "
			"file or directory" },
	{ "worker", "count = 129", "[worker] count: 129 is not in 1-128, nor auto" },
	{ "worker", "burst = 65", "[worker] burst: 65 is not in 1-64" },
	{ "worker", "idle = \x1b[31m", "octet 0x1b is not text; the rest is not read" },
	{ "worker", "idle = \xc3\xa4", "[worker] idle: \\xc3\\xa4 is not one of spin, yield" },
	{ "worker", "burst", "neither [section] nor key = value nor ; comment" },
	{ "worker", "= 3", "[worker] nothing: no such key; the nearest is idle" },
	{ "eal", "args = --vdev 'net_tap0", "[eal] args: a quote is opened and not closed" },
	{ "eal", "args =;x", "[eal] args: ; would start a comment here" },
	{ "load", "rate = 5", "[load] target: must be given" },
	{ "load", "target = 10.0.0.2", "[load] target: 10.0.0.2 is not ADDRESS:PORT, such as "
			"10.77.0.2:80 or [2001:db8::1]:80" },
	{ "load", "target = 10.0.0.2:0", "[load] target: 0 is not in 1-65535" },
	{ "load", "target = 10.0.0.2/24:80",
			"[load] target: 10.0.0.2/24:80 takes no prefix length" },
	{ "load", "target = 2001:db8::1:80", "[load] target: 2001:db8::1:80 is not ADDRESS:PORT, "
			"such as 10.77.0.2:80 or [2001:db8::1]:80" },
	{ "load", "target = 10.77.0.1:80", "[load] target: 10.77.0.1 is an address of [port]" },
	{ "load", "target = [2001:db8::1]:80", "[load] target: 2001:db8::1 is IPv6, and [port] "
			"has only IPv4 addresses" },
	{ "prot", "mtu = 1500", "[prot]: no such section; the nearest is [port]" },
	{ "lisen web", "port = 80", "[lisen web]: no such section; the nearest is [listen NAME]" },
	{ "listen", "port = 80", "[listen]: needs a name: [listen NAME]" },
	{ "listen a b", "port = 80",
			"[listen a b]: a name is 1 to 31 of letters, digits, dot, _ and "
			"-" },
	{ "tcp x", "window = 64k", "[tcp x]: takes no name" },
	{ "tcp] x", "window = 64k", "only a ; comment may follow a ]" },
	{ "tcp", "[worker", "a [ without its ]" },
	{ "port", "mtu = 1500", "[port]: given twice, first in line 1" },
	{ "listen web", "port = 81", "[listen web]: given twice, first in line 4" },
	{ "listen a", "port = 80, 81", "[listen a] port: 80, 81 is not a port in 1-65535, nor a "
			"range such as 8000-8099; give one a line" },
};

START_TEST(a_bad_line_is_named)
{
	const bool in_header = strncmp(lines[_i].error, "[prot", 5) == 0 ||
			strncmp(lines[_i].error, "[lisen", 6) == 0 ||
			strstr(lines[_i].error, "]: ") != NULL ||
			strncmp(lines[_i].error, "only", 4) == 0;
	char text[512], error[512];

	snprintf(text, sizeof(text), LEAST "[%s]\n%s\n", lines[_i].section, lines[_i].line);
	snprintf(error, sizeof(error), "t.ini:%d: %s\n", in_header ? 5 : 6, lines[_i].error);
	/* [listen a] has the port of [listen web]; give that one another. */
	if (strncmp(lines[_i].section, "listen a", 9) == 0)
		must_say(text, "listen web.port=1", error);
	else if (strcmp(lines[_i].line, "rate = 5") == 0)
		must_say(text, NULL, "t.ini: [load] target: must be given\n");
	else
		must_say(text, NULL, error);
}
END_TEST

#define LOAD "[load]\ntarget = 10.77.0.99:80\n"

/* Instead of LEAST's [port] and what follows. */
static const struct { const char *text, *errors; } files[] = {
	{ "", "t.ini: [port] device: must be given\n"
			"t.ini: [port] address: must be given\n"
			"t.ini: neither a [listen NAME] nor a [load] section\n" },
	{ LEAST LOAD "source-ports = 0\n",
		"t.ini:7: [load] source-ports: 0 is not in 1-65535\n" },
	{ LEAST LOAD "length = 0\n",
		"t.ini:7: [load] length: 0 is not in 1-1g, nor any\n" },
	{ LEAST LOAD "duration = 2s\n",
		"t.ini:7: [load] duration: must be longer than ramp and ramp-down together\n" },
	{ LEAST LOAD "duration = 0\n",
		"t.ini:7: [load] duration: 0 needs connections, or the service hold\n" },
	{ LEAST LOAD "path = index.html\n",
		"t.ini:7: [load] path: index.html does not begin with /\n" },
	{ LEAST LOAD "source-ports = 1-5\nsource-ports = 9\n",
		"t.ini:8: [load] source-ports: is given twice: one range is all there may be\n" },
	{ LEAST LOAD "sources = 10.77.0.1-10.77.0.5\n",
		"t.ini:7: [load] sources: 10.77.0.1-10.77.0.5 lies only in part in a range of "
		"[port] address\n" },
	{ LEAST LOAD "sources = 2001:db8::5\n",
		"t.ini:7: [load] sources: 2001:db8::5 is of another family than target\n" },
	{ LEAST "[load]\ntarget = 10.78.0.1-10.78.0.9:80\n",
		"t.ini:6: [load] target: 10.78.0.1-10.78.0.9 is in no subnet of [port] address, and "
		"there is no gateway\n" },
	{ LEAST "[load]\ntarget = 10.77.0.255:80\n",
		"t.ini:6: [load] target: 10.77.0.255 takes in the network or broadcast address of "
		"its subnet\n" },
	{ LEAST "[load]\ntarget = 10.77.0.9:80\nsources = 10.77.0.5-10.77.0.20\n",
		"t.ini:7: [load] sources: 10.77.0.5-10.77.0.20 has an address of target\n" },
	{ "[port]\ndevice = x\naddress = 10.77.0.1/24\ngateway = 10.77.0.8\n[load]\n"
		"target = 192.0.2.1:80\nsources = 10.77.0.5-10.77.0.20\n",
		"t.ini:7: [load] sources: 10.77.0.5-10.77.0.20 has the gateway's address\n" },
	{ "[port]\ndevice = x\naddress = 10.0.0.1/8\n[load]\ntarget = 10.9.0.1:80\n"
		"sources = 10.1.0.0-10.1.255.255\n",
		"t.ini:6: [load] sources: more than 65536 addresses in all, with those of [port]\n" },
	{ "[port]\ndevice = x\naddress = 2001:db8::5/64\n[load]\ntarget = [2001:db9::1]:80\n",
		"t.ini:5: [load] target: 2001:db9::1 is in no subnet of [port] address, and there is "
		"no gateway\n" },
	{ "[port]\ndevice = x\naddress = 2001:db8::5/64\n[load]\ntarget = [2001:db8::1]:80\n",
		"" },
	{ "[port]\ndevice = x\naddress = 2001:db8::5/64\n[load]\ntarget = [fe80::1]:80\n",
		"" },
	{ LEAST LOAD "path = /a b\n",
		"t.ini:7: [load] path: /a b holds more than visible ASCII\n" },
	{ LEAST LOAD "host = a\xc3\xa4.test\n",
		"t.ini:7: [load] host: a\\xc3\\xa4.test holds more than visible ASCII\n" },
	{ TWO "on = far\n",
		"t.ini:8: [listen web] on: there is no port far; the nearest is far.1\n" },
	{ TWO "on = prot\n",
		"t.ini:8: [listen web] on: there is no port prot; the nearest is port\n" },
	{ TWO "on = a b\n", "t.ini:8: [listen web] on: a b is not a name: 1 to 31 of letters, "
		"digits, dot, _ and -; give one a line\n" },
	{ TWO "on = far.1\naddress = 10.77.0.1\n",
		"t.ini:9: [listen web] address: 10.77.0.1 is not an address of a port that it is "
		"on\n" },
	{ TWO "on = far.1\n[listen b]\n",
		"t.ini:9: [listen b] port: [listen web] has 80 already, line 7\n" },
	{ TWO "[port]\n", "t.ini:8: [port]: given twice, first in line 1\n" },
	{ TWO "[port far.1]\n", "t.ini:8: [port far.1]: given twice, first in line 4\n" },
	{ TWO "[port port]\n", "t.ini:8: [port port]: given twice, first in line 1\n" },
	{ TWO "[port a b]\n", "t.ini:8: [port a b]: a name is 1 to 31 of letters, digits, dot, _ "
		"and -\n" },
	{ TWO "[port c]\n", "t.ini:8: [port c] device: must be given\n"
		"t.ini:8: [port c] address: must be given\n" },
	{ TWO "[port c]\ndevice = net_tap1\naddress = 10.77.0.1-10.77.0.9/24\n",
		"t.ini:10: [port c] address: 10.77.0.1-10.77.0.9/24 overlaps 10.77.0.1/24 of "
		"[port], line 3\n"
		"t.ini:9: [port c] device: net_tap1 is the device of [port far.1] already\n" },
	{ TWO "[port c]\ndevice = x\naddress = 10.79.0.1/24\ngateway = 10.78.0.9\n",
		"t.ini:11: [port c] gateway: 10.78.0.9 is in no subnet of the port's addresses\n" },
	{ TWO "[tcp]\nmss = 1461\n",
		"t.ini:9: [tcp] mss: 1461 is more than the MTU less 40 octets of headers: 1460\n" },
	{ TWO "[load]\ntarget = 10.78.0.9:80\n",
		"t.ini:9: [load] target: 10.78.0.9 is in no subnet of [port] address, and there is "
		"no gateway\n" },
	{ TWO "[load]\non = far2\ntarget = 10.77.0.9:80\n",
		"t.ini:9: [load] on: far2 is not a port; the nearest is far.1\n" },
	/* What does fit together. */
	{ TWO "[load]\non = far.1\ntarget = 10.78.0.9:80\n", "" },
	{ TWO "on = far.1\n[listen b]\non = port\n", "" },
	{ TWO "address = 10.77.0.1\n[listen b]\naddress = 10.78.0.1\n", "" },
	{ TWO "address = 10.77.0.1\n[listen b]\non = far.1\n", "" },
	{ TWO "on = far.1\non = port\naddress = 10.77.0.1\n[listen b]\non = far.1\n", "" },
	{ "mtu = 1500\n" LEAST, "t.ini:1: mtu: stands before the first [section]\n" },
	{ "[port]\ndevice = x\naddress = 10.0.0.1/24\ngateway = 10.0.1.1\n[listen a]",
		"t.ini:4: [port] gateway: 10.0.1.1 is in no subnet of the port's addresses\n" },
	{ "[port]\ndevice = x\naddress = 10.0.0.1/31\ngateway = 10.0.0.2\n[listen a]",
		"t.ini:4: [port] gateway: 10.0.0.2 is in no subnet of the port's addresses\n" },
	{ "[port]\ndevice = x\naddress = fd00::1/127\naddress = 10.0.0.1/32\ngateway = fd00::2\n"
			"[listen a]",
		"t.ini:5: [port] gateway: fd00::2 is in no subnet of the port's addresses\n" },
	/* An address that is a subnet by itself: its gateway is on the link all the same. */
	{ "[port]\ndevice = x\naddress = 10.0.0.1/32\ngateway = 10.0.0.2\n[listen a]", "" },
	{ "[port]\ndevice = x\naddress = 203.0.113.77\ngateway = 169.254.0.1\n[listen a]", "" },
	{ "[port]\ndevice = x\naddress = 10.0.0.1/24\naddress = 203.0.113.1-203.0.113.9\n"
			"gateway = 172.31.1.1\n[listen a]", "" },
	{ "[port]\ndevice = x\naddress = fd00::1/128\ngateway = fd00:1::1\n[listen a]", "" },
	{ "[port]\ndevice = x\naddress = 10.0.0.1/32\ngateway = 10.0.0.1\n[listen a]",
		"t.ini:4: [port] gateway: 10.0.0.1 is an address of the port itself\n" },
	{ "[port]\ndevice = x\naddress = 10.0.0.1/24\ngateway = 10.0.0.1\n[listen a]",
			"t.ini:4: [port] gateway: 10.0.0.1 is an address of the port itself\n" },
	{ "[port]\ndevice = x\naddress = 10.0.0.1/24\ngateway = 10.0.0.2\ngateway = 10.0.0.3\n"
			"[listen a]", "t.ini:5: [port] gateway: 10.0.0.3 is the second one of its "
			"family\n" },
	{ "[port]\ndevice = x\naddress = 10.0.0.1/24\naddress = 10.0.0.1-10.0.0.9\n[listen a]",
			"t.ini:4: [port] address: 10.0.0.1-10.0.0.9/24 overlaps 10.0.0.1/24, line 3\n" },
	{ "[port]\ndevice = x\naddress = 10.0.0.9-10.0.0.1\n[listen a]\naddress = 10.0.0.3\n",
			"t.ini:3: [port] address: 10.0.0.9-10.0.0.1 runs backwards\n" },
	{ "[port]\ndevice = x\naddress = 10.0.0.0/24\n[listen a]",
		"t.ini:3: [port] address: 10.0.0.0/24 takes in the network or broadcast address "
			"of its subnet\n" },
	{ "[port]\ndevice = x\naddress = 10.0.0.250-10.0.1.5/24\n[listen a]",
		"t.ini:3: [port] address: 10.0.0.250-10.0.1.5/24 runs out of its subnet\n" },
	{ "[port]\ndevice = x\naddress = 10.0.0.1-10.1.0.1\n[listen a]",
		"t.ini:3: [port] address: 10.0.0.1-10.1.0.1 holds more than 65536 addresses\n" },
	{ "[port]\ndevice = x\naddress = 10.0.0.1-10.0.255.255/8\naddress = 10.1.0.1/8\n"
			"address = 10.1.0.2/8\n[listen a]",
			"t.ini:5: [port] address: more than 65536 addresses in all\n" },
	{ "[port]\ndevice = x\naddress = 2001:db8::ffff:ffff:ffff:fff0-2001:db8:0:1::f/48\n"
			"[listen a]",
		"t.ini:3: [port] address: 2001:db8::ffff:ffff:ffff:fff0-2001:db8:0:1::f/48 runs "
			"from one /64 into the next\n" },
	{ "[port]\ndevice = x\naddress = 2001:db8::ffff:ffff:ffff:fff0-2001:db8:0:1::fff0/48\n"
			"[listen a]",
		"t.ini:3: [port] address: 2001:db8::ffff:ffff:ffff:fff0-2001:db8:0:1::fff0/48 "
			"holds more than 65536 addresses\n" },
	{ "[port]\ndevice = x\naddress = 2001:db8::5-2001:db8:0:2::6/48\n[listen a]",
		"t.ini:3: [port] address: 2001:db8::5-2001:db8:0:2::6/48 holds more than 65536 "
			"addresses\n" },
	/* Past 2^32 they may go, and a listener may be there. */
	{ "[port]\ndevice = x\naddress = 2001:db8::ffff:fff0-2001:db8::1:0:f/64\n"
			"[listen a]\naddress = 2001:db8::1:0:f\n", "" },
	{ "[port]\ndevice = x\naddress = 2001:db8::ffff:fff0-2001:db8::1:0:f/64\n"
			"[listen a]\naddress = 2001:db8::1:0:10\n",
		"t.ini:5: [listen a] address: 2001:db8::1:0:10 is not an address of [port]\n" },
	{ "[port]\ndevice = x\naddress = 10.0.0.1-2001:db8::1\n[listen a]",
			"t.ini:3: [port] address: 10.0.0.1-2001:db8::1 runs from one family to the "
			"other\n" },
	{ "[port]\ndevice = x\naddress = 10.0.0.1/33\n[listen a]",
			"t.ini:3: [port] address: 33 is not a prefix length in 1-32\n" },
	{ "[port]\ndevice = x\naddress = 224.0.0.1/24\n[listen a]",
		"t.ini:3: [port] address: 224.0.0.1 is not an address that a host can have\n" },
	{ "[port]\ndevice = x\nmtu = 1279\naddress = 2001:db8::1/64\n[listen a]",
			"t.ini:3: [port] mtu: 1279 is less than IPv6 needs: 1280\n" },
	{ "[port]\ndevice = x\naddress = 10.0.0.1/24\nvlan = 4095\n[listen a]",
			"t.ini:4: [port] vlan: 4095 is not in 0-4094\n" },
	{ LEAST "port = 80-90\n[listen b]\nport = 90\n",
			"t.ini:7: [listen b] port: [listen web] has 90 already, line 5\n" },
	{ LEAST "address = 10.77.0.1\n[listen b]\nport = 79\nport = 80\n",
			"t.ini:8: [listen b] port: [listen web] has 80 already, line 4\n" },
	{ LEAST "[listen b]\n", "t.ini:5: [listen b] port: [listen web] has 80 already, line 4\n" },
	{ LEAST "port = 80\nport = 80\n",
			"t.ini:6: [listen web] port: [listen web] has 80 already, line 5\n" },
	/* Of two ranges what both have. */
	{ LEAST "[listen b]\nport = 70-90\n",
			"t.ini:6: [listen b] port: [listen web] has 80 already, line 4\n" },
	{ "[port]\ndevice = x\naddress = 10.0.0.1/24\ngateway = fd00::1\n[listen a]",
		"t.ini:4: [port] gateway: fd00::1 needs an IPv6 address: the port has none\n" },
	{ "[port]\ndevice = x\naddress = fd00::1/64\ngateway = 10.0.0.1\n[listen a]",
		"t.ini:4: [port] gateway: 10.0.0.1 needs an IPv4 address: the port has none\n" },
	{ LEAST "[load]\ntarget = 10.77.0.1-10.77.0.9:80\n",
		"t.ini:6: [load] target: 10.77.0.1-10.77.0.9 has an address of [port]\n" },
	{ LEAST "[tcp]\nconnections = 20k\nsyn-cookies = auto\nbacklog = 20001\n",
		"t.ini:8: [tcp] backlog: 20001 is more than connections: 20000\n" },
	{ LEAST "[tcp]\nbacklog = 11\nsyn-cookies = never\nconnections = 10\n",
		"t.ini:6: [tcp] backlog: 11 is more than connections: 10\n" },
	{ LEAST "[tcp]\nconnections = 20k\nsyn-cookies = auto\nbacklog = 20k\n", "" },
	{ LEAST "[tcp]\nconnections = 20k\nsyn-cookies = auto\n", "" },
	{ LEAST "[tcp]\nconnections = 20k\nbacklog = 1m\n", "" },
	{ LEAST "port =\n", "t.ini:4: [listen web] port: must be given\n" },
	{ LEAST "service = echo\nbody = 5\nclose = client\n",
			"t.ini:6: [listen web] body: the service is echo; this key is for http\n"
		"t.ini:7: [listen web] close: the service is echo; this key is for http\n" },
	{ LEAST "service = close\nbuffers = 5\n",
		"t.ini:6: [listen web] buffers: the service is close; this key is for http and "
			"echo\n" },
	{ LEAST "service = echo\nhead-timeout = 5s\nbody-timeout = 5s\nsend-timeout = 5s\n",
		"t.ini:6: [listen web] head-timeout: the service is echo; this key is for http\n"
		"t.ini:7: [listen web] body-timeout: the service is echo; this key is for http\n" },
	/* What can not work: a burst that finds no buffers, and no time to send again. */
	{ LEAST "buffers = 63\n", "t.ini:5: [listen web] buffers: 63 is less than burst of [worker], "
			"64: each frame may need one\n" },
	{ LEAST "buffers = 64\n", "" },
	{ LEAST "service = echo\nbuffers = 8\n[worker]\nburst = 9\n",
		"t.ini:6: [listen web] buffers: 8 is less than burst of [worker], 9: each frame may "
			"need one\n" },
	{ LEAST "buffers = 1\n[worker]\nburst = 1\n", "" },
	{ LEAST "head-timeout = 1999ms\nbody-timeout = 1s\nsend-timeout = 1us\n"
			"[tcp]\nrto-min = 1s\n",
		"t.ini:5: [listen web] head-timeout: 1999ms is less than twice rto-min, 2s: one "
			"lost segment would end the connection\n"
		"t.ini:6: [listen web] body-timeout: 1s is less than twice rto-min, 2s: one "
			"lost segment would end the connection\n"
		"t.ini:7: [listen web] send-timeout: 1us is less than twice rto-min, 2s: one "
			"lost segment would end the connection\n" },
	{ LEAST "head-timeout = 2s\nbody-timeout = 0\nsend-timeout = 24h\n",
		"t.ini:7: [listen web] send-timeout: 24h is not a time such as 500ms, 60s or 2m\n" },
	{ LEAST "head-timeout = 2s\nbody-timeout = 0\nsend-timeout = 400ms\n[tcp]\nrto-min = 200ms\n",
		"" },
	{ LEAST "[tcp]\nrto-min = 16s\n", "t.ini:4: [listen web] head-timeout: 30s is less than twice "
			"rto-min, 32s: one lost segment would end the connection\n"
		"t.ini:4: [listen web] body-timeout: 30s is less than twice rto-min, 32s: one lost "
			"segment would end the connection\n" },
	{ LEAST "service = echo\n[tcp]\nrto-min = 16s\n", "" },
	{ LEAST "service = discard\n[tcp]\nrto-min = 16s\n", "" },
	{ LEAST "body = 1\nbody = 2\n",
			"t.ini:6: [listen web] body: given twice, first in line 5\n" },
	/* All of them, each line on its own. */
	{ LEAST "port = x\nbody = y\nclose = z\n",
		"t.ini:5: [listen web] port: x is not a port in 1-65535, nor a range such as "
			"8000-8099\n"
		"t.ini:6: [listen web] body: y is not a size in octets such as 4096, 64k or "
			"1m\n"
			"t.ini:7: [listen web] close: z is not one of server, client\n" },
};

START_TEST(what_does_not_fit_together_is_named)
{
	must_say(files[_i].text, NULL, files[_i].errors);
}
END_TEST

/* A link-local address has a number as well: the port's own, if none is given. */
#define PORT "[port]\ndevice = x\naddress = "
#define V6_65535 "2001:db8::1:0-2001:db8::1:fffe/64\n"
#define V6_65536 "2001:db8::1:0-2001:db8::1:ffff/64\n"
#define ALL " addresses in all"
#define BESIDE "; IPv6 needs a link-local one beside them\n"

static const struct { const char *text, *errors; } rooms[] = {
	{ PORT V6_65535 "[listen a]\n", "" },
	{ PORT V6_65536 "[listen a]\n", "t.ini:3: [port] address: more than 65535" ALL BESIDE },
	{ PORT V6_65535 "address = 10.0.0.1/24\n[listen a]\n",
		"t.ini:4: [port] address: more than 65535" ALL BESIDE },
	{ PORT V6_65535 "address = fe80::1/64\n[listen a]\n", "" },
	{ PORT V6_65535 "address = fe80::1-fe80::2/64\n[listen a]\n",
		"t.ini:4: [port] address: more than 65536" ALL "\n" },
	{ PORT "10.0.0.1-10.1.0.0/8\n[listen a]\n", "" },
	/* With sources of load. */
	{ PORT "2001:db8::5/64\n[load]\ntarget = [2001:db8::99]:80\nsources = "
			"2001:db8::1:0-2001:db8::1:fffd\n", "" },
	{ PORT "2001:db8::5/64\n[load]\ntarget = [2001:db8::99]:80\nsources = " V6_65535,
		"t.ini:6: [load] sources: more than 65535" ALL ", with those of [port]" BESIDE },
	{ PORT "2001:db8::5/64\n[load]\ntarget = [2001:db8::99]:80\nsources = fe80::5\n"
			"sources = 2001:db8::1:0-2001:db8::1:fffd\n", "" },
	{ PORT "2001:db8::5/64\n[load]\ntarget = [2001:db8::99]:80\nsources = fe80::5\n"
			"sources = " V6_65535,
		"t.ini:7: [load] sources: more than 65536" ALL ", with those of [port]\n" },
	{ PORT V6_65535 "[load]\ntarget = [2001:db8::99]:80\nsources = " V6_65535, "" },
};

START_TEST(the_link_local_address_has_its_room)
{
	must_say(rooms[_i].text, NULL, rooms[_i].errors);
}
END_TEST

/* As many ranges as a key may repeat, and so many of sources. */
static char *
many_ranges(uint32_t sources)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(out);
	fprintf(out, "[port]\ndevice = x\n");
	for (unsigned int i = 0; i < 4096; i++)
		fprintf(out, "address = 2001:db8::1:%x\n", 2 * i);
	fprintf(out, "[load]\ntarget = [2001:db8::1:1]:80\nsources = 2001:db8::1:0\n");
	for (unsigned int i = 0; i < sources; i++)
		fprintf(out, "sources = 2001:db8::2:%x\n", i);
	fprintf(out, "[listen a]\n");
	fclose(out);
	return text;
}

START_TEST(ranges_have_an_end)
{
	char *text = many_ranges(0);

	must_say(text, "port.gateway=fe80::1", "");
	free(text);
	text = many_ranges(1);
	must_say(text, "port.gateway=fe80::1", "t.ini:4102: [load] sources: more than 4096 ranges "
			"in all, with those of [port]\n");
	free(text);
}
END_TEST

/* A connection has ten bits for its listener, which is one port or range of one section. */
static char *
many_ports(uint32_t ports)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(out);
	fprintf(out, LEAST);
	for (uint32_t i = 0; i < ports; i++) {
		if (i % 300 == 0)
			fprintf(out, "[listen l%u]\n", i);
		fprintf(out, "port = %u\n", 1000 + 2 * i);
	}
	fclose(out);
	return text;
}

START_TEST(listeners_have_an_end)
{
	char *text = many_ports(1023);

	must_say(text, NULL, "");
	free(text);
	text = many_ports(1024);
	must_say(text, NULL, "t.ini:908: [listen l900] port: more than 1024 ports and ranges of "
			"ports in all [listen]\n");
	free(text);
}
END_TEST

static const struct { const char *override, *error; } overrides[] = {
	{ "tcp.window=x", "x is not a size in octets such as 4096, 64k or 1m" },
	{ "tcp.window", "not SECTION.KEY=VALUE" },
	{ "window=5", "not SECTION.KEY=VALUE" },
	{ "", "not SECTION.KEY=VALUE" },
	{ "tcp.time-wate=5s", "no such key; the nearest is time-wait" },
	{ "tpc.window=64k", "no section tpc; the nearest is tcp" },
	{ "listen.port=81", "a listener is named: listen NAME.port" },
	{ "tcp x.window=64k", "window is not in a named section" },
	{ "listen wbe.port=81", "the file has no [listen wbe]; the nearest is [listen web]" },
	{ "eal.args=a ; b", "; would start a comment here" },
	{ "eal.args=a\nb", "octet 0x0a is not text" },
	{ "listen web.body=", "nothing is not a size in octets such as 4096, 64k or 1m" },
};

START_TEST(a_bad_override_is_named)
{
	char error[512];

	snprintf(error, sizeof(error), "-s %s: %s\n", overrides[_i].override, overrides[_i].error);
	for (char *c = error; *c != '\0'; c++) {
		if (*c == '\n' && c[1] != '\0')
			*c = '?';
	}
	must_say(LEAST, overrides[_i].override, error);
}
END_TEST

START_TEST(an_override_of_no_port_is_named)
{
	must_say(TWO, "port fra.1.mtu=1500",
			"-s port fra.1.mtu=1500: the file has no [port fra.1]; the nearest is "
			"[port far.1]\n");
	must_say(TWO, "port prt.mtu=1500",
			"-s port prt.mtu=1500: the file has no [port prt]; the nearest is [port]\n");
	must_say("[port a]\ndevice = x\naddress = 10.0.0.1/24\n[listen a]\n", "port.mtu=1500",
			"-s port.mtu=1500: the file has no [port]; the nearest is [port a]\n");
}
END_TEST

START_TEST(an_error_is_fit_for_a_terminal)
{
	must_say(LEAST, "tcp.window=\xff\x1b", "-s tcp.window=??: octet 0x1b is not text\n");
	must_say(LEAST "[tcp]\ncookie-key-file = /\x9b\n", NULL,
			"t.ini:6: [tcp] cookie-key-file: /?: No such file or directory\n");
}
END_TEST

START_TEST(a_line_is_never_cut)
{
	struct la_conf conf;
	char text[512];

	/* 198 octets fit, with and without a line end of two octets; 199 do not. */
	for (int len = 197; len <= 199; len++) {
		snprintf(text, sizeof(text), LEAST "[eal]\r\nargs = %0*d\r\n", len - 7, 7);
		conf_of(&conf, text, NULL, NULL);
		ck_assert_uint_eq(conf.errors.n, len > 198);
		ck_assert_uint_eq(conf.eal.args.n, len <= 198);
		if (len <= 198)
			ck_assert_uint_eq(strlen(conf.eal.args.v[0].text), len - 7);
		else
		ck_assert_str_eq(conf.errors.text[0], "t.ini:6: the line has 199 octets, more "
				"than 198; a key that repeats may be spread over several lines");
		la_conf_free(&conf);
	}
}
END_TEST

START_TEST(errors_end_somewhere)
{
	struct la_conf conf;

	la_conf_init(&conf);
	for (int i = 0; i < 1000; i++)
		ck_assert(!la_conf_override(&conf, "tcp.window=x"));
	ck_assert(!la_conf_finish(&conf, LA_CONF_SERVE));
	ck_assert_uint_eq(conf.errors.n, LA_CONF_ERRORS_MAX + 1);
	ck_assert_str_eq(conf.errors.text[LA_CONF_ERRORS_MAX],
			"more errors follow; these were the first 64");
	la_conf_free(&conf);
}
END_TEST

START_TEST(binary_is_told_from_text)
{
	static const char text[] = LEAST "\0\0\0\n[x]\n[y]\n";
	struct la_conf conf;

	la_conf_init(&conf);
	ck_assert(!la_conf_parse(&conf, "t.ini", text, sizeof(text) - 1));
	ck_assert(!la_conf_finish(&conf, LA_CONF_SERVE));
	ck_assert_uint_eq(conf.errors.n, 1);
	ck_assert_str_eq(conf.errors.text[0],
			"t.ini:5: octet 0x00 is not text; the rest is not read");
	la_conf_free(&conf);
}
END_TEST

static const struct { const char *path, *error; } unreadable[] = {
	{ "/nonexistent.ini", "/nonexistent.ini: cannot be read: No such file or directory" },
	{ "/", "/: cannot be read: it is a directory" },
	{ "/dev/zero", "/dev/zero: cannot be read: it has more than 1 MiB" },
};

START_TEST(a_file_that_cannot_be_read_is_the_only_error)
{
	struct la_conf conf;

	la_conf_init(&conf);
	ck_assert(!la_conf_read(&conf, unreadable[_i].path));
	ck_assert(!la_conf_override(&conf, "listen web.port=5"));
	ck_assert(!la_conf_finish(&conf, LA_CONF_SERVE));
	ck_assert_uint_eq(conf.errors.n, 1);
	ck_assert_str_eq(conf.errors.text[0], unreadable[_i].error);
	la_conf_free(&conf);
}
END_TEST

static Suite *
errors(void)
{
	Suite *suite = suite_create("conf_errors");
	TCase *tcase = tcase_create("errors");

	tcase_add_loop_test(tcase, a_bad_line_is_named, 0, sizeof(lines) / sizeof(lines[0]));
	tcase_add_loop_test(tcase, what_does_not_fit_together_is_named, 0,
			sizeof(files) / sizeof(files[0]));
	tcase_add_loop_test(tcase, the_link_local_address_has_its_room, 0,
			sizeof(rooms) / sizeof(rooms[0]));
	tcase_add_test(tcase, ranges_have_an_end);
	tcase_add_test(tcase, listeners_have_an_end);
	tcase_add_test(tcase, an_override_of_no_port_is_named);
	tcase_add_loop_test(tcase, a_bad_override_is_named, 0,
			sizeof(overrides) / sizeof(overrides[0]));
	tcase_add_test(tcase, an_error_is_fit_for_a_terminal);
	tcase_add_test(tcase, a_line_is_never_cut);
	tcase_add_test(tcase, errors_end_somewhere);
	tcase_add_test(tcase, binary_is_told_from_text);
	tcase_add_loop_test(tcase, a_file_that_cannot_be_read_is_the_only_error, 0,
			sizeof(unreadable) / sizeof(unreadable[0]));
	suite_add_tcase(suite, tcase);
	return suite;
}

LA_CHECK_MAIN(errors)
