/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An echo server over the kernel's sockets, for load tests, that can misbehave.
 *
 *   kernel_echo --address FIRST[-LAST] --port FIRST[-LAST] [--mode MODE]
 *           [--slow-ms N] [--connections N]
 *
 * Listens on each port of each address and prints "ready". At SIGINT or SIGTERM it
 * resets what is open and prints one JSON object of counts. Memory is fixed but for
 * text that a client is slow to take, or that waits for its time: at most CHUNK
 * octets a connection. With --connections open, others wait in the backlog.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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

enum { CHUNK = 16384, LISTENERS_MAX = 4096, BACKLOG = 65535, ACCEPTS = 64, EVENTS = 256 };
enum mode { MODE_ECHO, MODE_SILENT, MODE_WRONG, MODE_SLOW, MODE_RESET, MODE_CLOSE, MODES };

static const char *const mode_names[MODES] = {
	[MODE_ECHO] = "echo",
	[MODE_SILENT] = "silent",       /* Takes all, says nothing; closes when the client does. */
	[MODE_WRONG] = "wrong",         /* The first octet comes back with a bit flipped. */
	[MODE_SLOW] = "slow",           /* Each answer comes --slow-ms late. */
	[MODE_RESET] = "reset",         /* RST at the first data. */
	[MODE_CLOSE] = "close",         /* Closes at once. */
};

/* A connection; its place in the table is its file's number. */
struct conn {
	bool open, listener, spoiled;
	uint32_t len, at;               /* Of text: how much, and how much is sent. */
	uint8_t *text;                  /* What is owed to the client; else NULL. */
	uint64_t due_ns;                /* Slow: when it may be sent. 0: now. */
	int next;                       /* Slow: who is due after this one; -1: nobody. */
};

struct server {
	enum mode mode;
	struct socket_range addresses;
	uint32_t port, ports;
	uint64_t slow_ns;
	uint32_t connections_max, open;
	struct conn *conns;
	uint32_t conns_len;
	int epoll, listeners, listener[LISTENERS_MAX];
	bool full;                      /* Listeners are not watched. */
	int due_first, due_last;        /* Slow: in the order of time; -1: none. */
	uint64_t accepted, closed, resets, failed, octets_received, octets_sent;
};

static volatile sig_atomic_t stopped;

static void
on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "kernel_echo: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void
watch(const struct server *s, int fd, int op, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	if (epoll_ctl(s->epoll, op, fd, &event) < 0 && op == EPOLL_CTL_ADD)
		die("epoll");
}

/* All of them: on, or off while there is no room. */
static void
watch_listeners(struct server *s, bool on)
{
	s->full = !on;
	for (int i = 0; i < s->listeners; i++)
		watch(s, s->listener[i], EPOLL_CTL_MOD, on ? EPOLLIN : 0);
}

/* @p count: what it ended as. */
static void
end(struct server *s, int fd, uint64_t *count)
{
	struct conn *c = &s->conns[fd];

	(*count)++;
	free(c->text);
	*c = (struct conn){ .open = false };
	close(fd);
	s->open--;
	if (s->full)
		watch_listeners(s, true);
}

static void
reset(struct server *s, int fd)
{
	struct linger abort = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
	end(s, fd, &s->resets);
}

/* Send what is owed. @return false: the connection is gone. */
static bool
send_text(struct server *s, int fd)
{
	struct conn *c = &s->conns[fd];

	while (c->at < c->len) {
		ssize_t n = send(fd, c->text + c->at, c->len - c->at, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN) {
			watch(s, fd, EPOLL_CTL_MOD, EPOLLOUT);
			return true;
		}
		if (n < 0) {
			end(s, fd, &s->failed);
			return false;
		}
		c->at += (uint32_t)n;
		s->octets_sent += (uint64_t)n;
	}
	free(c->text);
	c->text = NULL;
	watch(s, fd, EPOLL_CTL_MOD, EPOLLIN);
	return true;
}

/* Owe the client these octets. Nothing more is read until they are sent. */
static void
owe(struct server *s, int fd, const uint8_t *octets, uint32_t len)
{
	struct conn *c = &s->conns[fd];

	c->text = malloc(len);
	if (c->text == NULL)
		die("memory");
	memcpy(c->text, octets, len);
	c->len = len;
	c->at = 0;
}

static void
echo_late(struct server *s, int fd, const uint8_t *octets, uint32_t len)
{
	struct conn *c = &s->conns[fd];

	owe(s, fd, octets, len);
	c->due_ns = now_ns() + s->slow_ns;
	c->next = -1;
	if (s->due_last >= 0)
		s->conns[s->due_last].next = fd;
	else
		s->due_first = fd;
	s->due_last = fd;
	/* Not even its end is looked at before, so that the list stays true. */
	epoll_ctl(s->epoll, EPOLL_CTL_DEL, fd, NULL);
}

static void
echo_due(struct server *s)
{
	const uint64_t now = now_ns();

	while (s->due_first >= 0 && s->conns[s->due_first].due_ns <= now) {
		const int fd = s->due_first;

		s->due_first = s->conns[fd].next;
		if (s->due_first < 0)
			s->due_last = -1;
		watch(s, fd, EPOLL_CTL_ADD, EPOLLIN);
		send_text(s, fd);
	}
}

static void
echo_now(struct server *s, int fd, const uint8_t *octets, uint32_t len)
{
	ssize_t n = send(fd, octets, len, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN) {
		end(s, fd, &s->failed);
		return;
	}
	if (n > 0)
		s->octets_sent += (uint64_t)n;
	if (n < 0)
		n = 0;
	if ((uint32_t)n < len) {
		owe(s, fd, octets + n, len - (uint32_t)n);
		watch(s, fd, EPOLL_CTL_MOD, EPOLLOUT);
	}
}

static void
answer(struct server *s, int fd, uint8_t *octets, uint32_t len)
{
	struct conn *c = &s->conns[fd];

	switch (s->mode) {
	case MODE_WRONG:
		octets[0] ^= c->spoiled ? 0 : 1;
		c->spoiled = true;
		echo_now(s, fd, octets, len);
		break;
	case MODE_ECHO: echo_now(s, fd, octets, len); break;
	case MODE_SLOW: echo_late(s, fd, octets, len); break;
	case MODE_RESET: reset(s, fd); break;
	case MODE_SILENT: case MODE_CLOSE: case MODES: break;
	}
}

static void
readable(struct server *s, int fd)
{
	uint8_t octets[CHUNK];
	ssize_t n = recv(fd, octets, sizeof(octets), 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		end(s, fd, n == 0 ? &s->closed : &s->failed);
		return;
	}
	s->octets_received += (uint64_t)n;
	answer(s, fd, octets, (uint32_t)n);
}

static void
welcome(struct server *s, int fd)
{
	int one = 1;

	s->accepted++;
	s->open++;
	s->conns[fd] = (struct conn){ .open = true };
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (s->mode == MODE_CLOSE)
		end(s, fd, &s->closed);
	else
		watch(s, fd, EPOLL_CTL_ADD, EPOLLIN);
}

static void
accept_some(struct server *s, int listener)
{
	for (int i = 0; i < ACCEPTS; i++) {
		int fd;

		if (s->open >= s->connections_max) {
			watch_listeners(s, false);
			return;
		}
		fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0 && (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR))
			return;
		if (fd < 0 || (uint32_t)fd >= s->conns_len)
			die("accept");
		welcome(s, fd);
	}
}

static void
handle(struct server *s, int fd, uint32_t events)
{
	struct conn *c = &s->conns[fd];

	if (c->listener)
		accept_some(s, fd);
	else if (c->open && c->text != NULL && (events & EPOLLOUT))
		send_text(s, fd);
	else if (c->open && c->text != NULL)
		end(s, fd, &s->failed);         /* EPOLLERR or EPOLLHUP */
	else if (c->open)
		readable(s, fd);
}

static int
wait_ms(const struct server *s)
{
	const uint64_t now = now_ns();
	uint64_t due;

	if (s->due_first < 0)
		return 100;
	due = s->conns[s->due_first].due_ns;
	return due > now ? (int)((due - now) / 1000000 + 1) : 0;
}

static void
run(struct server *s)
{
	struct epoll_event events[EVENTS];

	while (!stopped) {
		int wait = wait_ms(s), n;

		n = epoll_wait(s->epoll, events, EVENTS, wait < 100 ? wait : 100);
		for (int i = 0; i < n; i++)
			handle(s, events[i].data.fd, events[i].events);
		echo_due(s);
	}
}

static void
report(const struct server *s, uint32_t open)
{
	printf("{\"mode\": \"%s\", \"accepted\": %llu, \"closed\": %llu, \"resets\": %llu, "
			"\"failed\": %llu, \"open\": %u, \"octets_received\": %llu, "
			"\"octets_sent\": %llu}\n", mode_names[s->mode],
			(unsigned long long)s->accepted, (unsigned long long)s->closed,
			(unsigned long long)s->resets, (unsigned long long)s->failed, open,
			(unsigned long long)s->octets_received,
			(unsigned long long)s->octets_sent);
}

_Noreturn void
usage(const char *what)
{
	fprintf(stderr, "kernel_echo: %s\n"
			"usage: kernel_echo --address FIRST[-LAST] --port FIRST[-LAST]\n"
			"  [--mode echo|silent|wrong|slow|reset|close] [--slow-ms N]\n"
			"  [--connections N]\n", what);
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
	{ "address", 1, NULL, 'a' }, { "port", 1, NULL, 'p' }, { "mode", 1, NULL, 'm' },
	{ "slow-ms", 1, NULL, 's' }, { "connections", 1, NULL, 'n' }, { NULL, 0, NULL, 0 },
};

static void
take_option(struct server *s, int option, char *value)
{
	switch (option) {
	case 'a': socket_addresses(value, &s->addresses); break;
	case 'p': s->ports = socket_numbers(value, 1, 65535, &s->port); break;
	case 'm': s->mode = mode_of(value); break;
	case 's': s->slow_ns = socket_number(value, 0, 3600000) * 1000000; break;
	case 'n': s->connections_max = (uint32_t)socket_number(value, 1, 1000000); break;
	default: usage("unknown option");
	}
}

static void
listen_on(struct server *s, uint32_t address, uint16_t port)
{
	struct sockaddr_storage at;
	const socklen_t len = socket_address(&s->addresses, address, port, &at);
	int one = 1, fd = socket(at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || (uint32_t)fd >= s->conns_len ||
			(at.ss_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one,
				sizeof(one)) < 0) ||
			setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
			bind(fd, (const struct sockaddr *)&at, len) < 0 ||
			listen(fd, BACKLOG) < 0)
		die("listen");
	s->conns[fd].listener = true;
	s->listener[s->listeners++] = fd;
	watch(s, fd, EPOLL_CTL_ADD, EPOLLIN);
}

/* As many files as there may be; connections are fewer by what else is open. */
static void
make_room(struct server *s)
{
	const uint32_t others = LISTENERS_MAX + 64;
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	if (files.rlim_max > 1000000 + others)
		files.rlim_max = 1000000 + others;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	s->conns_len = (uint32_t)files.rlim_max;
	if (s->connections_max == 0)
		s->connections_max = s->conns_len;
	if (s->conns_len < 2 * others)
		usage("too few files may be open (ulimit -Hn)");
	if (s->connections_max > s->conns_len - others)
		s->connections_max = s->conns_len - others;
	s->conns = calloc(s->conns_len, sizeof(*s->conns));
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->conns == NULL || s->epoll < 0)
		die("memory");
}

static void
prepare(struct server *s)
{
	struct sigaction stop = { .sa_handler = on_signal };

	if (s->ports == 0 || s->addresses.count == 0)
		usage("--address and --port are needed");
	if ((uint64_t)s->addresses.count * s->ports > LISTENERS_MAX)
		usage("more than 4096 addresses and ports to listen on");
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	make_room(s);
	for (uint32_t a = 0; a < s->addresses.count; a++)
		for (uint32_t p = 0; p < s->ports; p++)
			listen_on(s, a, (uint16_t)(s->port + p));
}

/* What is open when it has to end. */
static void
reset_all(struct server *s)
{
	for (int i = 0; i < s->listeners; i++)
		close(s->listener[i]);
	s->listeners = 0;
	for (uint32_t fd = 0; fd < s->conns_len; fd++)
		if (s->conns[fd].open)
			reset(s, (int)fd);
}

int
main(int argc, char **argv)
{
	static struct server s = { .due_first = -1, .due_last = -1 };
	uint32_t open;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		take_option(&s, option, optarg);
	if (optind != argc)
		usage(argv[optind]);
	prepare(&s);
	printf("ready\n");
	fflush(stdout);
	run(&s);
	open = s.open;
	report(&s, open);
	reset_all(&s);
	free(s.conns);
	close(s.epoll);
	return 0;
}
