/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Classes are the values that peers use: 536 and 1220 are the defaults of RFC 9293, 3.7.1; 512 and
 * 1024 are for old stacks and small devices, 1360 and 1400 for tunnels, 1440, 1452 and 1460 for
 * Ethernet (IPv6, PPPoE, IPv4), 4312 for FDDI, 8856 to 8960 for jumbo frames with and without
 * tunnels and timestamps. No sane path needs less than 512: 216 and 64 are for peers that offer
 * less, and 64 is the floor. Above it no segment exceeds the peer's MSS (MUST-16).
 *
 * Of the other values those up to 535 have steps of 16 at most, and those above 1460 are the ones
 * that links and clouds use, with steps between them.
 */
#include "la_mss.h"

#define TEN(n) n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6, n + 7, n + 8, n + 9
#define HUNDRED(n) TEN(n), TEN(n + 10), TEN(n + 20), TEN(n + 30), TEN(n + 40), TEN(n + 50), \
	TEN(n + 60), TEN(n + 70), TEN(n + 80), TEN(n + 90)

const uint16_t la_mss_value[LA_MSS_VALUES] = {
	LA_MSS_FLOOR, 216, 512, 536, 1024, 1220, 1360, 1400, 1440, 1452, 1460, 4312, 8856, 8910,
	8940, 8960,

	64, 80, 96, 100, 112, 128, 144, 160, 176, 192, 200, 208, 216, 224, 240, 250, 256, 272,
	288, 300, 304, 320, 336, 352, 368, 384, 400, 416, 432, 448, 464, 480, 496, 500, 508, 512,
	524, 528, 536, 537, 538, 539,
	HUNDRED(540), HUNDRED(640), HUNDRED(740), HUNDRED(840), HUNDRED(940), HUNDRED(1040),
	HUNDRED(1140), HUNDRED(1240), HUNDRED(1340), TEN(1440), TEN(1450), 1460,
	1472, 1480, 1494, 1500, 1536, 1560, 1600, 1800, 1960, 2008, 2200, 2400, 2800, 2960, 3200,
	3600, 3860, 4056, 4312, 4424, 4800, 5600, 6000, 7000, 7960, 8140, 8300, 8460, 8600, 8760,
	8856, 8873, 8910, 8922, 8940, 8948, 8952, 8960, 8961, 9000, 9176, 12000, 16344, 65495, 65535,
};

uint16_t
la_mss_to_index(uint16_t mss)
{
	uint32_t low = LA_MSS_CLASSES, high = LA_MSS_VALUES;

	while (high - low > 1) {
		const uint32_t middle = (low + high) / 2;

		if (la_mss_value[middle] <= mss)
			low = middle;
		else
			high = middle;
	}
	return (uint16_t)low;
}
