/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_REPLAY_FILE_H
#define LA_REPLAY_FILE_H

/* Captures: frames in and out, by libpcap. */
#include <stdbool.h>
#include <stdint.h>

enum {
	LA_REPLAY_FRAME_MAX = 65536 + 64,       /* With an Ethernet header that is made up. */
	LA_REPLAY_ERROR_MAX = 320,
};

struct la_replay_in;
struct la_replay_out;

struct la_replay_frame {
	uint8_t octets[LA_REPLAY_FRAME_MAX];    /* From an Ethernet header on. */
	uint32_t len;
	uint64_t us;                    /* When, since the capture's first frame. */
	bool cut;                       /* The capture has not all of it. */
};

/*
 * Open a pcap or pcapng file of Ethernet, raw IP or Linux "cooked" frames; those without an
 * Ethernet header or addresses in it (loopback) get one, from 02:00:00:00:00:01 to 02:00:00:00:00:02. NULL: error says why.
 */
struct la_replay_in *la_replay_open(const char *path, char error[LA_REPLAY_ERROR_MAX]);
void la_replay_close(struct la_replay_in *in);

/* The next frame. 1: there is one; 0: the end; -1: error says why. A time before that of the
 * frame before is taken as that. */
int la_replay_read(struct la_replay_in *in, struct la_replay_frame *frame,
		char error[LA_REPLAY_ERROR_MAX]);

/* A pcap file of Ethernet frames, whose times begin where those of IN do. */
struct la_replay_out *la_replay_create(const char *path, const struct la_replay_in *in,
		char error[LA_REPLAY_ERROR_MAX]);
void la_replay_write(struct la_replay_out *out, const uint8_t *octets, uint32_t len, uint64_t us);

/* False: not all could be written, and error says why. */
bool la_replay_finish(struct la_replay_out *out, char error[LA_REPLAY_ERROR_MAX]);

#endif
