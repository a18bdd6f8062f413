/* SPDX-License-Identifier: BSD-3-Clause */
#include "replay_file.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MACS = 12, ETHERNET_HEADER = 14, IPV4 = 0x0800, IPV6 = 0x86dd };

/* A kind of frames: octets before the packet, and where among them its Ethernet type is. */
struct link {
	int type;
	uint32_t header_len;
	int protocol_at;                /* -1: it is IP, by its first four bits. */
};

static const struct link links[] = {
	{ DLT_EN10MB, 0, 0 },
	{ DLT_RAW, 0, -1 },
	{ DLT_LINUX_SLL, 16, 14 },
	{ DLT_LINUX_SLL2, 20, 0 },
};

struct la_replay_in {
	pcap_t *pcap;
	const struct link *link;
	uint64_t first_us, last_us;     /* The wall clock's. */
	bool begun;
};

struct la_replay_out {
	pcap_t *dead;                   /* What libpcap wants in place of an interface. */
	pcap_dumper_t *dumper;
	const struct la_replay_in *in;
	const char *path;
};

static const struct link *
link_of(int type)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		if (links[i].type == type)
			return &links[i];
	}
	return NULL;
}

struct la_replay_in *
la_replay_open(const char *path, char error[LA_REPLAY_ERROR_MAX])
{
	char why[PCAP_ERRBUF_SIZE] = "";
	struct la_replay_in *in = calloc(1, sizeof(*in));

	if (in == NULL) {
		snprintf(error, LA_REPLAY_ERROR_MAX, "out of memory");
		return NULL;
	}
	in->pcap = pcap_open_offline(path, why);
	if (in->pcap == NULL) {
		snprintf(error, LA_REPLAY_ERROR_MAX, "%s", why);
		la_replay_close(in);
		return NULL;
	}
	in->link = link_of(pcap_datalink(in->pcap));
	if (in->link == NULL) {
		snprintf(error, LA_REPLAY_ERROR_MAX,
				"%s: its frames are of link type %d; Ethernet, raw IP and Linux "
				"cooked captures are read", path, pcap_datalink(in->pcap));
		la_replay_close(in);
		return NULL;
	}
	return in;
}

void
la_replay_close(struct la_replay_in *in)
{
	if (in->pcap != NULL)
		pcap_close(in->pcap);
	free(in);
}

static const uint8_t made_up[MACS] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1 };

/* The Ethernet header of a packet that came without one. */
static void
make_header(uint8_t *header, uint16_t type)
{
	memcpy(header, made_up, MACS);
	header[MACS] = (uint8_t)(type >> 8);
	header[MACS + 1] = (uint8_t)type;
}

static uint16_t
type_of(const struct link *link, const uint8_t *octets, uint32_t len)
{
	if (link->protocol_at >= 0)
		return (uint16_t)(octets[link->protocol_at] << 8 | octets[link->protocol_at + 1]);
	return len > 0 && octets[0] >> 4 == 6 ? IPV6 : IPV4;
}

static void
take_octets(const struct link *link, struct la_replay_frame *frame, const uint8_t *octets,
		uint32_t len)
{
	uint32_t at = 0;

	if (link->type != DLT_EN10MB) {
		make_header(frame->octets, type_of(link, octets, len));
		at = ETHERNET_HEADER;
	}
	octets += link->header_len;
	len -= link->header_len;
	if (len > LA_REPLAY_FRAME_MAX - at) {
		len = LA_REPLAY_FRAME_MAX - at;
		frame->cut = true;
	}
	memcpy(frame->octets + at, octets, len);
	frame->len = at + len;
	/* On a loopback interface all addresses are zero. */
	if (len >= MACS && memcmp(frame->octets, (const uint8_t[MACS]){ 0 }, MACS) == 0)
		memcpy(frame->octets, made_up, MACS);
}

int
la_replay_read(struct la_replay_in *in, struct la_replay_frame *frame,
		char error[LA_REPLAY_ERROR_MAX])
{
	struct pcap_pkthdr *header;
	const uint8_t *octets;
	uint64_t us;
	int got;

	do {
		got = pcap_next_ex(in->pcap, &header, &octets);
	} while (got == 1 && header->caplen < in->link->header_len);
	if (got == PCAP_ERROR_BREAK)
		return 0;
	if (got != 1) {
		snprintf(error, LA_REPLAY_ERROR_MAX, "%s", pcap_geterr(in->pcap));
		return -1;
	}
	us = (uint64_t)header->ts.tv_sec * 1000000 + (uint64_t)header->ts.tv_usec;
	if (!in->begun)
		in->first_us = us;
	in->begun = true;
	in->last_us = us > in->last_us ? us : in->last_us;
	frame->us = in->last_us - in->first_us;
	frame->cut = header->caplen < header->len;
	take_octets(in->link, frame, octets, header->caplen);
	return 1;
}

struct la_replay_out *
la_replay_create(const char *path, const struct la_replay_in *in, char error[LA_REPLAY_ERROR_MAX])
{
	struct la_replay_out *out = calloc(1, sizeof(*out));

	if (out == NULL) {
		snprintf(error, LA_REPLAY_ERROR_MAX, "out of memory");
		return NULL;
	}
	out->in = in;
	out->path = path;
	out->dead = pcap_open_dead(DLT_EN10MB, LA_REPLAY_FRAME_MAX);
	if (out->dead != NULL)
		out->dumper = pcap_dump_open(out->dead, path);
	if (out->dumper != NULL)
		return out;
	snprintf(error, LA_REPLAY_ERROR_MAX, "%s", out->dead != NULL ? pcap_geterr(out->dead) :
			"out of memory");
	if (out->dead != NULL)
		pcap_close(out->dead);
	free(out);
	return NULL;
}

void
la_replay_write(struct la_replay_out *out, const uint8_t *octets, uint32_t len, uint64_t us)
{
	const uint64_t at = out->in->first_us + us;
	const struct pcap_pkthdr header = { .caplen = len, .len = len,
		.ts = { .tv_sec = (time_t)(at / 1000000), .tv_usec = (suseconds_t)(at % 1000000) } };

	pcap_dump((u_char *)out->dumper, &header, octets);
}

bool
la_replay_finish(struct la_replay_out *out, char error[LA_REPLAY_ERROR_MAX])
{
	const bool ok = pcap_dump_flush(out->dumper) == 0 && !ferror(pcap_dump_file(out->dumper));

	if (!ok)
		snprintf(error, LA_REPLAY_ERROR_MAX, "%s: %s", out->path, strerror(errno));
	pcap_dump_close(out->dumper);
	pcap_close(out->dead);
	free(out);
	return ok;
}
