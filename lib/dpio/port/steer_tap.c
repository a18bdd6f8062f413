/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net_tap: what the kernel sends to a tap of several queues goes to one of them by a
 * hash, or to the one that last sent to that flow, as far as its table of 4,096 reaches.
 * A program of our own decides instead (TUNSETSTEERINGEBPF): it is given the frame from
 * the Ethernet header on, and answers with the queue.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "steer.h"

enum {
	TUN_MAJOR = 10, TUN_MINOR = 200,
	VLAN = 0x8100, IPV4 = 0x0800, IPV6 = 0x86dd, TCP = 6,
	/* From the frame's first octet, without a tag. */
	ETHERTYPE = 12, IP = 14, V4_FRAGMENT = IP + 6, V4_PROTOCOL = IP + 9, V4_SOURCE = IP + 12,
	V6_NEXT = IP + 6, V6_SOURCE_LOW = IP + 20, V6_LEN = 40,
};

/* Odd, and its bits look random (2^32 divided by the golden ratio). */
#define MIX UINT32_C(0x9e3779b1)

#define INSN(op, to, from, jump, number) { .code = (op), .dst_reg = (to), .src_reg = (from), \
		.off = (jump), .imm = (int32_t)(number) }
/* r0 = octets at number, or at from + number; beyond the frame's end the program is over
 * and its answer 0. They want the frame in r6 and leave r6 to r9 as they are. */
#define LOAD(size, number) INSN(BPF_LD | BPF_ABS | (size), 0, 0, 0, number)
#define LOAD_AT(size, from, number) INSN(BPF_LD | BPF_IND | (size), 0, from, 0, number)
#define SET(to, number) INSN(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, number)
#define COPY(to, from) INSN(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0)
#define DO(op, to, number) INSN(BPF_ALU | (op) | BPF_K, to, 0, 0, number)
#define DO_WITH(op, to, from) INSN(BPF_ALU | (op) | BPF_X, to, from, 0, 0)
#define IF(op, number, jump) INSN(BPF_JMP | (op) | BPF_K, 0, 0, jump, number)
#define GO(jump) INSN(BPF_JMP | BPF_JA, 0, 0, jump, 0)
#define ANSWER INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/*
 * r7: octets of the tag; r8: where TCP's header begins; r9: the source address's end.
 * Jumps count from the instruction after theirs.
 */
#define FIND_TCP \
	/*  0 */ COPY(6, 1), \
	/*  1 */ SET(7, 0), \
	/*  2 */ LOAD(BPF_H, ETHERTYPE), \
	/*  3 */ IF(BPF_JNE, VLAN, 2), \
	/*  4 */ SET(7, 4), \
	/*  5 */ LOAD(BPF_H, ETHERTYPE + 4), \
	/*  6 */ IF(BPF_JEQ, IPV4, 8), \
	/*  7 */ IF(BPF_JNE, IPV6, 20), \
	/*  8 */ LOAD_AT(BPF_B, 7, V6_NEXT), \
	/*  9 */ IF(BPF_JNE, TCP, 18), \
	/* 10 */ LOAD_AT(BPF_W, 7, V6_SOURCE_LOW), \
	/* 11 */ COPY(9, 0), \
	/* 12 */ COPY(8, 7), \
	/* 13 */ DO(BPF_ADD, 8, IP + V6_LEN), \
	/* 14 */ GO(15), \
	/* 15 */ LOAD_AT(BPF_B, 7, V4_PROTOCOL), \
	/* 16 */ IF(BPF_JNE, TCP, 11), \
	/* 17 */ LOAD_AT(BPF_H, 7, V4_FRAGMENT), \
	/* 18 */ IF(BPF_JSET, 0x1fff, 9), \
	/* 19 */ LOAD_AT(BPF_W, 7, V4_SOURCE), \
	/* 20 */ COPY(9, 0), \
	/* 21 */ LOAD_AT(BPF_B, 7, IP), \
	/* 22 */ DO(BPF_AND, 0, 0x0f), \
	/* 23 */ DO(BPF_LSH, 0, 2), \
	/* 24 */ COPY(8, 7), \
	/* 25 */ DO_WITH(BPF_ADD, 8, 0), \
	/* 26 */ DO(BPF_ADD, 8, IP), \
	/* 27 */ GO(2), \
	/* 28: no TCP that we can find */ SET(0, 0), \
	/* 29 */ ANSWER

static int
load_program(const struct bpf_insn *insns, uint32_t n)
{
	union bpf_attr attr;
	int file;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	attr.insns = (uint64_t)(uintptr_t)insns;
	attr.insn_cnt = n;
	attr.license = (uint64_t)(uintptr_t)"BSD";
	file = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	return file < 0 ? -errno : file;
}

int
la_tap__program(bool opens, uint32_t queues)
{
	const struct bpf_insn by_dest[] = {
		FIND_TCP,
		LOAD_AT(BPF_H, 8, 2),
		DO(BPF_MOD, 0, queues),
		ANSWER,
	};
	/* Mixed, for the kernel's clients take even ports first. */
	const struct bpf_insn by_source[] = {
		FIND_TCP,
		LOAD_AT(BPF_H, 8, 0),
		DO_WITH(BPF_XOR, 0, 9),
		DO(BPF_MUL, 0, MIX),
		DO(BPF_RSH, 0, 16),
		DO(BPF_MOD, 0, queues),
		ANSWER,
	};

	if (opens)
		return load_program(by_dest, sizeof(by_dest) / sizeof(by_dest[0]));
	return load_program(by_source, sizeof(by_source) / sizeof(by_source[0]));
}

uint32_t
la_tap__queue(const struct la_addr *source, uint16_t source_port, uint32_t queues)
{
	return ((la_addr_low(source) ^ source_port) * MIX >> 16) % queues;
}

/* A queue of this interface, whose file the driver keeps open. */
static bool
is_queue_of(int file, const char *name)
{
	struct ifreq request = { .ifr_flags = 0 };
	struct stat status;

	return fstat(file, &status) == 0 && S_ISCHR(status.st_mode) &&
			status.st_rdev == makedev(TUN_MAJOR, TUN_MINOR) &&
			ioctl(file, TUNGETIFF, &request) == 0 &&
			strncmp(request.ifr_name, name, IFNAMSIZ) == 0;
}

/* To attach one more queue, only to have a file, would for a moment be one more for
 * frames to go to; so one of those that this process has open is looked for. */
static int
find_queue(const char *name)
{
	DIR *files = opendir("/proc/self/fd");
	const struct dirent *entry;
	int found = -1;

	if (files == NULL)
		return -1;
	while (found < 0 && (entry = readdir(files)) != NULL) {
		const int file = atoi(entry->d_name);

		if (entry->d_name[0] != '.' && is_queue_of(file, name))
			found = file;
	}
	closedir(files);
	return found;
}

int
la_tap__steer(unsigned int if_index, bool opens, uint32_t queues)
{
	char name[IF_NAMESIZE];
	int queue, program, bad = 0;

	if (if_indextoname(if_index, name) == NULL)
		return -errno;
	queue = find_queue(name);
	if (queue < 0)
		return -ENOENT;
	program = la_tap__program(opens, queues);
	if (program < 0)
		return program;
	if (ioctl(queue, TUNSETSTEERINGEBPF, &program) != 0)
		bad = -errno;
	/* The interface keeps it. */
	close(program);
	return bad;
}
