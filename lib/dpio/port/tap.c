/* SPDX-License-Identifier: BSD-3-Clause */
#include "tap.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fail.h"

enum { QUEUE_LEN = 10000, TAPS_MAX = 64 };

void
la_tap__widen_queue(unsigned int if_index)
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

/* The name behind iface= in the arguments of a net_tap device. @return false: it has none, and
 * the kernel will choose one that is free. */
static bool
tap_name(const char *device, char name[IF_NAMESIZE])
{
	static const char driver[] = "net_tap", key[] = ",iface=";
	const char *at = strncmp(device, driver, sizeof(driver) - 1) == 0 ?
			strstr(device, key) : NULL;
	size_t len;

	if (at == NULL)
		return false;
	at += sizeof(key) - 1;
	len = strcspn(at, ",");
	if (len == 0 || len >= IF_NAMESIZE)
		return false;
	memcpy(name, at, len);
	name[len] = '\0';
	return true;
}

static bool
ask_link(int fd, unsigned int index)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg info;
	} request = {
		.head = {
			.nlmsg_len = sizeof(request), .nlmsg_type = RTM_GETLINK,
			.nlmsg_flags = NLM_F_REQUEST,
		},
		.info = { .ifi_family = AF_UNSPEC, .ifi_index = (int)index },
	};

	return send(fd, &request, sizeof(request), 0) == (ssize_t)sizeof(request);
}

/* The attribute IFLA_CARRIER of an answer. */
static bool
has_carrier(struct nlmsghdr *head, size_t len)
{
	struct rtattr *attribute;
	size_t left;

	if (!NLMSG_OK(head, len) || head->nlmsg_type != RTM_NEWLINK)
		return false;
	attribute = IFLA_RTA((struct ifinfomsg *)NLMSG_DATA(head));
	left = IFLA_PAYLOAD(head);
	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
		if (attribute->rta_type == IFLA_CARRIER)
			return *(const unsigned char *)RTA_DATA(attribute) != 0;
	}
	return false;
}

/* A tap has a carrier while a process has it open, up or not; one that was made to stay
 * (ip tuntap add) has none until then. */
static bool
is_open(const char *name)
{
	union { struct nlmsghdr head; char octets[16384]; } answer;
	const unsigned int index = if_nametoindex(name);
	ssize_t len = 0;
	int fd;

	if (index == 0)
		return false;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		return false;
	if (ask_link(fd, index))
		len = recv(fd, &answer, sizeof(answer), 0);
	close(fd);
	return len > 0 && has_carrier(&answer.head, (size_t)len);
}

/* The next device of the arguments from word @p at on, which moves behind it; or NULL. */
static const char *
next_device(int argc, char *const *argv, int *at)
{
	static const char option[] = "--vdev";
	const size_t len = sizeof(option) - 1;

	while (*at < argc) {
		const char *word = argv[(*at)++];

		if (strncmp(word, option, len) != 0)
			continue;
		if (word[len] == '=')
			return word + len + 1;
		if (word[len] == '\0' && *at < argc)
			return argv[(*at)++];
	}
	return NULL;
}

bool
la_tap__check(int argc, char *const *argv, struct la_dpio_error *error)
{
	char names[TAPS_MAX][IF_NAMESIZE];
	const char *device;
	int at = 1, n = 0;

	while (n < TAPS_MAX && (device = next_device(argc, argv, &at)) != NULL) {
		if (!tap_name(device, names[n]))
			continue;
		for (int i = 0; i < n; i++) {
			if (strcmp(names[i], names[n]) == 0)
				return la_dpio__fail(error, "eal.args: two devices have iface=%s: "
						"give each a tap of its own", names[n]);
		}
		if (is_open(names[n]))
			return la_dpio__fail(error, "eal.args: the tap %s is in use: another "
					"process has it open, and would share its frames: end "
					"that one, or give another iface", names[n]);
		n++;
	}
	return true;
}
