/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A storm of connections over the kernel's sockets, for tests and the demo.
 *
 * Opens --connections connections, --concurrent at once, and does with each what
 * --mode says. Every octet received is compared with what it has to be. Ends
 * when all are done, or opens no more after --seconds or SIGINT, and gives up on
 * what is left --timeout seconds after its start. Prints one JSON object; exits
 * 1 if a connection failed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "socket_words.h"

enum mode { MODE_CLOSE, MODE_DRAIN, MODE_ECHO, MODE_HTTP, MODE_HOLD, MODES };
enum failure { REFUSED, RESET, TIMED_OUT, WRONG, LOCAL, OTHER, UNFINISHED, FAILURES };

static const char *const mode_names[MODES] = {
	[MODE_CLOSE] = "close",         /* Open, close; the client is first. */
	[MODE_DRAIN] = "drain",         /* Open, read until the server closes. */
	[MODE_ECHO] = "echo",           /* Send octets of one's own, want them back. */
	[MODE_HTTP] = "http",           /* GET /, want a 200 and the server's close. */
	[MODE_HOLD] = "hold",           /* Open all; close at SIGINT, --seconds or the server's close. */
};
static const char *const failure_names[FAILURES] = {
	"refused", "reset", "timed_out", "wrong", "local", "other", "unfinished",
};
static const char request[] = "GET / HTTP/1.1\r\nHost: storm\r\n\r\n";
static const char response[] = "HTTP/1.1 200 ";

struct conn {
	int fd;                 /* -1: not in use. */
	uint32_t number;        /* Which one of all: makes its octets its own. */
	bool open, writing, shut;
	uint64_t sent, received;
};

struct storm {
	enum mode mode;
	struct socket_range target;     /* One address. */
	uint16_t target_port;
	struct socket_range sources;    /* None: the kernel's choice. */
	uint32_t port, ports;           /* First local port, how many; 0: the kernel's choice. */
	uint32_t connections, concurrent;
	uint64_t octets;
	double seconds, timeout;
	struct conn *conns;
	uint32_t *idle, idle_len;       /* Places in conns not in use. */
	int epoll;
	double start, last_open;
	uint32_t started, opened, closed, failed[FAILURES];
	uint64_t octets_sent, octets_received;
	bool announced;
};

static volatile sig_atomic_t stopped;

static void
on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Octet @at of what connection @number sends. */
static uint8_t
octet_of(uint32_t number, uint64_t at)
{
	return (uint8_t)((number * 2654435761u + (uint32_t)at * 40503u) >> 11);
}

static enum failure
failure_of(int error)
{
	switch (error) {
	case ECONNREFUSED: return REFUSED;
	case ECONNRESET: case EPIPE: return RESET;
	case ETIMEDOUT: return TIMED_OUT;
	case EADDRNOTAVAIL: case EADDRINUSE: case EMFILE: return LOCAL;
	default: return OTHER;
	}
}

/* Give the place back; what became of the connection has been counted. */
static void
release(struct storm *s, struct conn *c)
{
	close(c->fd);
	c->fd = -1;
	s->idle[s->idle_len++] = (uint32_t)(c - s->conns);
}

static void
fail(struct storm *s, struct conn *c, enum failure why)
{
	struct linger abort = { .l_onoff = 1 };

	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
	s->failed[why]++;
	release(s, c);
}

static void
watch(struct storm *s, struct conn *c, int op, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.u32 = (uint32_t)(c - s->conns) };

	epoll_ctl(s->epoll, op, c->fd, &event);
}

/* Bind to the next of the given addresses and ports. */
static bool
bind_source(const struct storm *s, const struct conn *c)
{
	const struct socket_range any = { .first.ss_family = s->target.first.ss_family };
	const bool sources = s->sources.count > 0;
	uint32_t port = 0, number = sources ? c->number % s->sources.count : 0;
	struct sockaddr_storage from;
	socklen_t len;
	int one = 1;

	if (!sources && s->ports == 0)
		return true;
	setsockopt(c->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (s->ports > 0)
		port = s->port + c->number % s->ports;
	else
		setsockopt(c->fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	len = socket_address(sources ? &s->sources : &any, number, (uint16_t)port, &from);
	return bind(c->fd, (struct sockaddr *)&from, len) == 0;
}

static bool
connect_target(const struct storm *s, const struct conn *c)
{
	struct sockaddr_storage to;
	const socklen_t len = socket_address(&s->target, 0, s->target_port, &to);

	return connect(c->fd, (struct sockaddr *)&to, len) == 0 || errno == EINPROGRESS;
}

/* @return false if no socket could be had: better not to try again at once. */
static bool
open_one(struct storm *s)
{
	struct conn *c = &s->conns[s->idle[--s->idle_len]];

	*c = (struct conn){ .number = s->started++, .writing = true };
	c->fd = socket(s->target.first.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || !bind_source(s, c) || !connect_target(s, c)) {
		fail(s, c, failure_of(errno));
		return false;
	}
	watch(s, c, EPOLL_CTL_ADD, EPOLLOUT);
	return true;
}

/* How many octets this connection has to send. */
static uint64_t
to_send(const struct storm *s)
{
	if (s->mode == MODE_HTTP)
		return sizeof(request) - 1;
	return s->mode == MODE_ECHO ? s->octets : 0;
}

static size_t
fill(const struct storm *s, const struct conn *c, uint8_t *octets, size_t room)
{
	uint64_t left = to_send(s) - c->sent;
	size_t len = left < room ? (size_t)left : room;

	for (size_t i = 0; i < len; i++)
		octets[i] = s->mode == MODE_HTTP ? (uint8_t)request[c->sent + i] :
				octet_of(c->number, c->sent + i);
	return len;
}

/* Whether the octets just received are the right ones. */
static bool
right(const struct storm *s, const struct conn *c, const uint8_t *octets, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint64_t at = c->received + i;

		if (s->mode == MODE_ECHO && (at >= c->sent || octets[i] != octet_of(c->number, at)))
			return false;
		if (s->mode == MODE_HTTP && at < sizeof(response) - 1 && octets[i] != response[at])
			return false;
	}
	return s->mode == MODE_ECHO || s->mode == MODE_HTTP;
}

/* Whether the other side may close now. */
static bool
complete(const struct storm *s, const struct conn *c)
{
	switch (s->mode) {
	case MODE_ECHO: return c->received == s->octets;
	case MODE_HTTP: return c->received > sizeof(response) && (s->octets == 0 ||
				c->received >= s->octets);
	case MODE_CLOSE: return c->shut;
	case MODE_DRAIN: case MODE_HOLD: case MODES: break;
	}
	return true;
}

static void
shut(struct conn *c)
{
	shutdown(c->fd, SHUT_WR);
	c->shut = true;
}

/* Send until the socket is full. @return false: the connection is gone. */
static bool
writable(struct storm *s, struct conn *c)
{
	uint8_t octets[16384];

	while (c->sent < to_send(s)) {
		size_t len = fill(s, c, octets, sizeof(octets));
		ssize_t n = send(c->fd, octets, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN)
			return true;
		if (n < 0) {
			fail(s, c, failure_of(errno));
			return false;
		}
		c->sent += (uint64_t)n;
		s->octets_sent += (uint64_t)n;
	}
	c->writing = false;
	watch(s, c, EPOLL_CTL_MOD, EPOLLIN);
	if (s->mode == MODE_CLOSE)
		shut(c);
	return true;
}

/* Receive once. @return false: the connection is gone. */
static bool
readable(struct storm *s, struct conn *c)
{
	uint8_t octets[16384];
	ssize_t n = recv(c->fd, octets, sizeof(octets), 0);

	if (n < 0 && errno == EAGAIN)
		return true;
	if (n < 0) {
		fail(s, c, failure_of(errno));
		return false;
	}
	if (n == 0 && complete(s, c)) {
		s->closed++;
		release(s, c);
		return false;
	}
	if (n == 0 || !right(s, c, octets, (size_t)n)) {
		fail(s, c, WRONG);
		return false;
	}
	c->received += (uint64_t)n;
	s->octets_received += (uint64_t)n;
	if (s->mode == MODE_ECHO && complete(s, c))
		shut(c);
	return true;
}

/* The handshake ended. @return false: badly. */
static bool
connected(struct storm *s, struct conn *c)
{
	int error = 0;
	socklen_t len = sizeof(error);

	getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error != 0) {
		fail(s, c, failure_of(error));
		return false;
	}
	c->open = true;
	s->opened++;
	s->last_open = now();
	watch(s, c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
	return true;
}

static void
handle(struct storm *s, struct conn *c, uint32_t events)
{
	if (c->fd < 0)
		return;
	if (!c->open && !connected(s, c))
		return;
	if (c->writing && (events & EPOLLOUT) && !writable(s, c))
		return;
	if (events & (EPOLLIN | EPOLLERR | EPOLLHUP))
		readable(s, c);
}

/* Connections that are held close when all are open and the time has come. */
static void
let_go(struct storm *s)
{
	for (uint32_t i = 0; i < s->concurrent; i++)
		if (s->conns[i].fd >= 0 && s->conns[i].open && !s->conns[i].shut)
			shut(&s->conns[i]);
}

static uint32_t
in_use(const struct storm *s)
{
	return s->concurrent - s->idle_len;
}

static bool
may_open(const struct storm *s)
{
	return !stopped && s->started < s->connections &&
			(s->mode == MODE_HOLD || s->seconds == 0 || now() - s->start < s->seconds);
}

static void
poll_once(struct storm *s)
{
	struct epoll_event events[256];
	int n = epoll_wait(s->epoll, events, 256, 20);

	for (int i = 0; i < n; i++)
		handle(s, &s->conns[events[i].data.u32], events[i].events);
	if (s->mode != MODE_HOLD)
		return;
	if (!s->announced && s->opened == s->connections) {
		printf("open %u\n", s->opened);
		fflush(stdout);
		s->announced = true;
	}
	if (stopped || (s->seconds > 0 && now() - s->start >= s->seconds))
		let_go(s);
}

static void
run(struct storm *s)
{
	s->start = now();
	while (now() - s->start < s->timeout && (in_use(s) > 0 || may_open(s))) {
		for (int i = 0; i < 64 && s->idle_len > 0 && may_open(s); i++)
			if (!open_one(s))
				break;
		poll_once(s);
	}
	for (uint32_t i = 0; i < s->concurrent; i++)
		if (s->conns[i].fd >= 0)
			fail(s, &s->conns[i], UNFINISHED);
}

static uint32_t
report(const struct storm *s)
{
	double seconds = now() - s->start, opening = s->last_open - s->start;
	uint32_t failed = 0;

	for (int i = 0; i < FAILURES; i++)
		failed += s->failed[i];
	printf("{\"mode\": \"%s\", \"opened\": %u, \"closed\": %u, \"failed\": %u, \"failures\": {",
			mode_names[s->mode], s->opened, s->closed, failed);
	for (int i = 0; i < FAILURES; i++)
		printf("%s\"%s\": %u", i ? ", " : "", failure_names[i], s->failed[i]);
	printf("}, \"octets_sent\": %llu, \"octets_received\": %llu, \"seconds\": %.3f, "
			"\"opens_per_s\": %.0f}\n",
			(unsigned long long)s->octets_sent, (unsigned long long)s->octets_received,
			seconds, opening > 0 ? s->opened / opening : 0);
	return failed;
}

_Noreturn void
usage(const char *what)
{
	fprintf(stderr, "conn_storm: %s\n"
			"usage: conn_storm --target ADDRESS --port N --mode close|drain|echo|http|hold\n"
			"  [--connections N] [--concurrent N] [--octets N] [--source FIRST-LAST]\n"
			"  [--local-ports FIRST-LAST] [--seconds S] [--timeout S]\n", what);
	exit(2);
}

static enum mode
mode_of(const char *text)
{
	for (int i = 0; i < MODES; i++)
		if (strcmp(text, mode_names[i]) == 0)
			return (enum mode)i;
	usage(text);
}

static const struct option options[] = {
	{ "target", 1, NULL, 't' }, { "port", 1, NULL, 'p' }, { "mode", 1, NULL, 'm' },
	{ "connections", 1, NULL, 'n' }, { "concurrent", 1, NULL, 'c' },
	{ "octets", 1, NULL, 'o' }, { "source", 1, NULL, 's' }, { "local-ports", 1, NULL, 'l' },
	{ "seconds", 1, NULL, 'd' }, { "timeout", 1, NULL, 'w' }, { NULL, 0, NULL, 0 },
};

static void
take_option(struct storm *s, int option, char *value)
{
	switch (option) {
	case 't': socket_addresses(value, &s->target); break;
	case 'p': s->target_port = (uint16_t)socket_number(value, 1, 65535); break;
	case 'm': s->mode = mode_of(value); break;
	case 'n': s->connections = (uint32_t)socket_number(value, 0, UINT32_MAX); break;
	case 'c': s->concurrent = (uint32_t)socket_number(value, 0, 1000000); break;
	case 'o': s->octets = socket_number(value, 0, INT64_MAX); break;
	case 's': socket_addresses(value, &s->sources); break;
	case 'l': s->ports = socket_numbers(value, 1, 65535, &s->port); break;
	case 'd': s->seconds = (double)socket_number(value, 0, 86400); break;
	case 'w': s->timeout = (double)socket_number(value, 0, 86400); break;
	default: usage("unknown option");
	}
}

static void
prepare(struct storm *s)
{
	struct rlimit files;

	if (s->concurrent == 0 || s->mode == MODE_HOLD)
		s->concurrent = s->connections;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if (files.rlim_max < s->concurrent + 64)
		usage("more connections at once than files may be open (ulimit -Hn)");
	s->conns = calloc(s->concurrent, sizeof(*s->conns));
	s->idle = calloc(s->concurrent, sizeof(*s->idle));
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->conns == NULL || s->idle == NULL || s->epoll < 0) {
		perror("conn_storm");
		exit(1);
	}
	for (uint32_t i = 0; i < s->concurrent; i++) {
		s->conns[i].fd = -1;
		s->idle[s->idle_len++] = s->concurrent - 1 - i;
	}
}

int
main(int argc, char **argv)
{
	struct storm s = {
		.connections = 1, .concurrent = 100, .timeout = 60,
	};
	struct sigaction stop = { .sa_handler = on_signal };
	int option;
	uint32_t failed;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		take_option(&s, option, optarg);
	if (s.target.count != 1 || s.target_port == 0)
		usage("--target and --port are needed, one of each");
	if (s.sources.count > 0 && s.sources.first.ss_family != s.target.first.ss_family)
		usage("--source is not of the family of --target");
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	prepare(&s);
	run(&s);
	failed = report(&s);
	free(s.conns);
	free(s.idle);
	close(s.epoll);
	return failed ? 1 : 0;
}
