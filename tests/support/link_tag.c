/* SPDX-License-Identifier: BSD-3-Clause */
#include "link_tag.h"

#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { ADDRESSES_LEN = 12, TAG_LEN = 4 };

bool
link_tag_listen(int fd)
{
	int one = 1;

	return setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)) == 0;
}

ssize_t
link_tag_receive(int fd, uint8_t *octets, size_t size, int *tci)
{
	union {
		struct cmsghdr header;
		uint8_t room[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct iovec part = { octets, size };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	const ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT | MSG_TRUNC);

	*tci = -1;
	if (n < 0)
		return n;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
		struct tpacket_auxdata told;

		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&told, CMSG_DATA(c), sizeof(told));
		if (told.tp_status & TP_STATUS_VLAN_VALID)
			*tci = told.tp_vlan_tci;
	}
	return n;
}

bool
link_tag_send(int fd, const uint8_t *octets, size_t len, uint16_t vlan)
{
	uint8_t tag[TAG_LEN] = { 0x81, 0x00, (uint8_t)(vlan >> 8), (uint8_t)vlan };
	const struct iovec parts[] = {
		{ (void *)octets, ADDRESSES_LEN }, { tag, TAG_LEN },
		{ (void *)(octets + ADDRESSES_LEN), len - ADDRESSES_LEN },
	};

	return len >= ADDRESSES_LEN && writev(fd, parts, 3) == (ssize_t)(len + TAG_LEN);
}
