/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SOCKET_WORDS_H
#define SOCKET_WORDS_H

/*
 * Words of a command line that name addresses, ports and numbers, for programs that
 * stand on the kernel's sockets. A word that says something else has the caller's
 * usage() told of it.
 */
#include <stdint.h>
#include <sys/socket.h>

/* Addresses one after the other, of one family; 0 of them: none were given. */
struct socket_range {
	struct sockaddr_storage first;
	uint32_t count;
};

/* Whose words they are: says what is wrong with @p what, and ends the program. */
_Noreturn void usage(const char *what);

uint64_t socket_number(const char *text, uint64_t min, uint64_t max);

/* FIRST-LAST, or FIRST alone; @p text is cut at the hyphen. @return how many. */
uint32_t socket_numbers(char *text, uint32_t min, uint32_t max, uint32_t *first);

/* The same of IPv4 or IPv6 addresses; fe80::1%eth0 has a link. */
void socket_addresses(char *text, struct socket_range *range);

/* Address @p i of a range with a port, for bind() and connect(). @return its length. */
socklen_t socket_address(const struct socket_range *range, uint32_t i, uint16_t port,
		struct sockaddr_storage *at);

#endif
