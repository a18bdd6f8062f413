/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TEST_CONTROL_H
#define LA_TEST_CONTROL_H

/** @file
 * Frames that are no segments, as a gateway sends them or a forger: each with who of the
 * port's other stacks is to be given it.
 */
#include "la_stack.h"

enum { CONTROL_FRAME_MAX = 256, CONTROL_RANGES = 2, CONTROL_LOCAL_PORT = 80 };

enum control_kind { CONTROL_ARP, CONTROL_ND, CONTROL_MLD, CONTROL_ICMP, CONTROL_TCP };

/** What is wrong with it. */
enum control_flaw {
	AS_IT_SHOULD,
	TO_ANOTHER_MAC, TO_A_GROUP, TO_ANOTHER_ADDRESS, FROM_US, OF_ANOTHER_VLAN, BAD_CHECKSUM,
	QUOTES_ANOTHER, QUOTES_OUR_OTHER, QUOTES_UDP, QUOTES_A_FRAGMENT, QUOTES_TOO_LITTLE,
	LOW_MTU, FROM_AFAR, NOT_LINK_LOCAL, NO_ALERT, CUT_SHORT,
};

struct control {
	const char *name;
	enum la_stack_hearers heard;
	bool v6;
	enum control_kind kind;
	uint8_t type, code;             /**< ARP: type is the operation. */
	enum control_flaw flaw;
	bool to_group;                  /**< ND: not to us alone. */
	uint16_t local_port;            /**< Quoted; 0: CONTROL_LOCAL_PORT. */
	uint32_t seq;                   /**< Quoted. */
};

/** Each kind that is of use, and each kind of junk. */
extern const struct control controls[];
extern const int controls_len;

/** Our addresses, two of each family, IPv4 first; the gateways, who send all this. */
extern const struct la_stack_range control_ranges[CONTROL_RANGES];
extern const struct la_addr control_gateway[2];

/** The other end of the connection that errors quote; its port. */
extern const struct la_addr control_remote[2];
enum { CONTROL_REMOTE_PORT = 5000 };

/** Write the frame to a port with address @p ours. @return its octets. */
uint32_t control_make(const struct control *control, const struct la_mac *ours,
		uint8_t frame[CONTROL_FRAME_MAX]);

#endif
