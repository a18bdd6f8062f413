/* SPDX-License-Identifier: BSD-3-Clause */
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tap.h"

enum { QUEUE_LEN = 10000 };

void
la_tap_widen_queue(unsigned int if_index)
{
	struct ifreq request = { .ifr_qlen = QUEUE_LEN };
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	/* Without it the port works as well, but for storms. */
	if (if_indextoname(if_index, request.ifr_name) != NULL)
		(void)ioctl(fd, SIOCSIFTXQLEN, &request);
	close(fd);
}
