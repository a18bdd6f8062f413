/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_INTERFACE_H
#define LA_DPIO_INTERFACE_H

/*
 * The kernel's interface under a packet socket. What joins frames before a packet socket sees
 * them (GRO, LRO) is turned off, and on again at the end: the joined ones are longer than the
 * socket's frames, come cut off, and an upload stands still.
 */
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "la_stack.h"

struct la_interface {
	char name[IF_NAMESIZE];         /* "": there is none. */
	unsigned int changed;           /* Bits of features that were turned off here. */
	unsigned int joins;             /* Bits of those that are on all the same. */
};

/* Whether a driver reads frames by a packet socket, behind the kernel's GRO. */
bool la_interface__is_shared(const char *driver);

/* Look at an interface, and turn off what joins frames if @p may_change. */
void la_interface__take(struct la_interface *interface, unsigned int index, bool may_change);

/* Turn on again what was turned off here; nothing if nothing was. */
void la_interface__give_back(struct la_interface *interface);

/* Whether the kernel has an address of these ranges on any interface: it would answer for it.
 * Link-local ones follow from an Ethernet address that both have, and are not meant. */
bool la_interface__kernel_has(const struct la_stack_range *ranges, uint32_t len);

/* The names of features, with commas between them. */
void la_interface__words(unsigned int features, char *words, size_t len);

#endif
