/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TEST_TEL_CLIENT_H
#define LA_TEST_TEL_CLIENT_H

/* A client of the telemetry socket. */
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "la_check.h"

enum { REPLY_LEN = 16384 };

struct client {
	int fd;
	char reply[REPLY_LEN + 1];
};

static inline void
client_start(struct client *c, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	ck_assert_ptr_nonnull(path);
	ck_assert_uint_lt(strlen(path), sizeof(address.sun_path));
	strcpy(address.sun_path, path);
	c->fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	ck_assert_int_ge(c->fd, 0);
	ck_assert_int_eq(connect(c->fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_gt(recv(c->fd, c->reply, REPLY_LEN, 0), 0);
}

static inline const char *
ask(struct client *c, const char *command)
{
	ssize_t len;

	ck_assert_int_eq(send(c->fd, command, strlen(command), 0), (ssize_t)strlen(command));
	len = recv(c->fd, c->reply, REPLY_LEN, 0);
	ck_assert_int_gt(len, 0);
	c->reply[len] = '\0';
	return c->reply;
}

static inline void
expect(struct client *c, const char *command, const char *part)
{
	const char *reply = ask(c, command);

	ck_assert_msg(strstr(reply, part) != NULL, "%s: no %s in %s", command, part, reply);
}

static inline void
client_end(struct client *c)
{
	close(c->fd);
}

#endif
