/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LINK_TAG_H
#define LINK_TAG_H

/*
 * 802.1Q tags on a packet socket. The kernel takes the tag off before a socket
 * sees the frame and tells it beside; what is sent goes out as it lies.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Ask the kernel to tell of tags on this socket. */
bool link_tag_listen(int fd);

/* As recv() with MSG_DONTWAIT and MSG_TRUNC. @p tci: the frame's tag; -1: it had none. */
ssize_t link_tag_receive(int fd, uint8_t *octets, size_t size, int *tci);

/* Send a frame with a tag of @p vlan put in. True if all of it went. */
bool link_tag_send(int fd, const uint8_t *octets, size_t len, uint16_t vlan);

#endif
