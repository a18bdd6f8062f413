/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_CAPTURE_H
#define LA_CAPTURE_H

enum la_capture {
	LA_CAPTURE_OFF,         /**< Not possible: --no-huge, --in-memory, --no-shconf. */
	LA_CAPTURE_ON,
	LA_CAPTURE_NO_MEMORY,   /**< LA_CAPTURE_NEED_MIB of DPDK's memory are missing. */
};

enum { LA_CAPTURE_NEED_MIB = 4 };

/** Let dpdk-dumpcap, a process of its own, copy what our queues carry. As long as
 *  it does not ask, nothing is in the way of a frame. */
enum la_capture la_capture__start(void);

/** Only after LA_CAPTURE_ON, when no worker runs any more: a capture may be going on. */
void la_capture__stop(void);

#endif
