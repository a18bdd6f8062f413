/* SPDX-License-Identifier: BSD-3-Clause */
#include "client.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { GREETING_LEN = 1024, REPLY_MAX = 1 << 20, PATIENCE_US = 3000000 };

void
la_top_client_init(struct la_top_client *client, const char *path)
{
	*client = (struct la_top_client){ .fd = -1 };
	snprintf(client->path, sizeof(client->path), "%s", path);
}

void
la_top_client_close(struct la_top_client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
	client->asking = client->greeted = false;
	json_decref(client->answers);
	client->answers = NULL;
	json_decref(client->reasons);
	client->reasons = NULL;
	free(client->reply);
	client->reply = NULL;
}

/* The round is over without answers, and so is the connection. */
static void __attribute__((format(printf, 2, 3)))
give_up(struct la_top_client *client, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(client->problem, sizeof(client->problem), format, args);
	va_end(args);
	la_top_client_close(client);
}

static bool
set_reply_len(struct la_top_client *client, size_t len)
{
	char *reply = realloc(client->reply, len);

	if (reply == NULL) {
		give_up(client, "out of memory");
		return false;
	}
	client->reply = reply;
	client->reply_len = len;
	return true;
}

static void
no_socket(struct la_top_client *client, int error)
{
	if (error == ENOENT || error == ENOTDIR)
		give_up(client, "not running: there is no %s", client->path);
	else if (error == ECONNREFUSED)
		give_up(client, "not running: nobody listens on %s", client->path);
	else
		give_up(client, "%s: %s", client->path, strerror(error));
}

static bool
connect_to(struct la_top_client *client)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	memcpy(to.sun_path, client->path, sizeof(to.sun_path));
	client->greeted = client->is_other = false;
	client->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (client->fd < 0 || connect(client->fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		no_socket(client, errno);
		return false;
	}
	return set_reply_len(client, GREETING_LEN);
}

static void
send_question(struct la_top_client *client)
{
	char question[64];
	const int len = snprintf(question, sizeof(question), "/lastack/%s",
			la_top_answer_name(client->asked));

	if (send(client->fd, question, (size_t)len, MSG_NOSIGNAL) != len)
		give_up(client, "went away: %s", strerror(errno));
}

void
la_top_client_ask(struct la_top_client *client, uint64_t now_us)
{
	client->problem[0] = '\0';
	client->asked = LA_TOP_INFO;
	client->until_us = now_us + PATIENCE_US;
	if (client->fd < 0 && !connect_to(client))
		return;
	json_decref(client->answers);
	client->answers = json_object();
	client->asking = true;
	/* A new connection is greeted first. */
	if (client->greeted)
		send_question(client);
}

static void
take_greeting(struct la_top_client *client, const json_t *greeting)
{
	const uint64_t len = la_top_number(greeting, "max_output_len");

	if (len == 0 || len > REPLY_MAX) {
		client->is_other = true;
		give_up(client, "is no telemetry socket: %s", client->path);
		return;
	}
	client->greeted = true;
	if (set_reply_len(client, (size_t)len + 1))
		send_question(client);
}

/* Whether this need not be asked: it was before. */
static bool
is_known(struct la_top_client *client)
{
	if (client->asked != LA_TOP_REASONS || client->reasons == NULL)
		return false;
	json_object_set(client->answers, la_top_answer_name(LA_TOP_REASONS), client->reasons);
	return true;
}

static void
ask_next(struct la_top_client *client)
{
	const char *role = la_top_string(json_object_get(client->answers,
			la_top_answer_name(LA_TOP_INFO)), "role");

	do {
		client->asked++;
	} while (client->asked < LA_TOP_ANSWERS &&
			(!la_top_is_asked(client->asked, role) || is_known(client)));
	if (client->asked < LA_TOP_ANSWERS)
		send_question(client);
	else
		client->asking = false;
}

/* {"/lastack/info": {...}}. Null, or an error within, is no answer. */
static void
take_answer(struct la_top_client *client, const json_t *reply)
{
	const char *name = la_top_answer_name(client->asked);
	const char *error;
	char command[64];
	json_t *answer;

	snprintf(command, sizeof(command), "/lastack/%s", name);
	answer = json_object_get(reply, command);
	error = json_string_value(json_object_get(answer, "error"));
	if (json_is_object(answer) && error == NULL) {
		json_object_set(client->answers, name, answer);
		if (client->asked == LA_TOP_REASONS)
			client->reasons = json_incref(answer);
	} else if (client->asked == LA_TOP_INFO) {
		client->is_other = error == NULL;
		give_up(client, error != NULL ? "is stopping" : "is another program of DPDK");
		return;
	}
	ask_next(client);
}

static void
take_reply(struct la_top_client *client, size_t len)
{
	json_error_t error;
	json_t *reply = json_loadb(client->reply, len, 0, &error);

	if (reply == NULL)
		give_up(client, "did not answer in JSON");
	else if (!client->greeted)
		take_greeting(client, reply);
	else if (client->asking)
		take_answer(client, reply);
	else
		give_up(client, "said what nobody asked for");
	json_decref(reply);
}

void
la_top_client_read(struct la_top_client *client)
{
	const ssize_t len = recv(client->fd, client->reply, client->reply_len, MSG_TRUNC);

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (len < 0)
		give_up(client, "went away: %s", strerror(errno));
	else if (len == 0)
		give_up(client, client->greeted ? "went away" : "takes no more clients");
	else if ((size_t)len > client->reply_len)
		give_up(client, "answered with more than it had said");
	else
		take_reply(client, (size_t)len);
}

void
la_top_client_tick(struct la_top_client *client, uint64_t now_us)
{
	if (client->asking && now_us >= client->until_us)
		give_up(client, "does not answer");
}

json_t *
la_top_client_answers(struct la_top_client *client)
{
	json_t *answers = client->answers;

	client->answers = NULL;
	return answers;
}
