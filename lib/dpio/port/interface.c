/* SPDX-License-Identifier: BSD-3-Clause */
/* By the ioctls of ethtool(8): features have names, which a driver gives numbers. */
#include "interface.h"

#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FEATURES_MAX = 1024, WORD = 32 };

/* What joins frames of TCP, as ethtool -k shows them; GRO's variants follow it. */
static const char *const joiners[] = { "rx-gro", "rx-lro", "rx-gro-hw" };

enum { JOINERS = sizeof(joiners) / sizeof(joiners[0]) };

/* An interface that is being asked. */
struct asking {
	int fd;
	const char *name;
	uint32_t features;              /* How many it has. */
	uint32_t number[JOINERS];       /* Of each joiner; features: it has none. */
};

bool
la_interface__is_shared(const char *driver)
{
	return strcmp(driver, "net_af_packet") == 0 || strcmp(driver, "net_pcap") == 0;
}

static bool
ask_kernel(const struct asking *a, void *command)
{
	struct ifreq request = { .ifr_data = command };

	memcpy(request.ifr_name, a->name, IF_NAMESIZE);
	return ioctl(a->fd, SIOCETHTOOL, &request) == 0;
}

static uint32_t
count_features(const struct asking *a)
{
	/* A number follows for each set that was asked about. */
	union {
		struct ethtool_sset_info info;
		uint32_t words[sizeof(struct ethtool_sset_info) / sizeof(uint32_t) + 1];
	} u = { .info = { .cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1u << ETH_SS_FEATURES } };
	uint32_t count;

	if (!ask_kernel(a, &u) || u.info.sset_mask == 0)
		return 0;
	memcpy(&count, &u.words[sizeof(u.info) / sizeof(uint32_t)], sizeof(count));
	return count <= FEATURES_MAX ? count : 0;
}

/* Which numbers the joiners have. */
static bool
find_joiners(struct asking *a)
{
	struct ethtool_gstrings *strings;

	a->features = count_features(a);
	if (a->features == 0)
		return false;
	strings = calloc(1, sizeof(*strings) + (size_t)a->features * ETH_GSTRING_LEN);
	if (strings == NULL)
		return false;
	strings->cmd = ETHTOOL_GSTRINGS;
	strings->string_set = ETH_SS_FEATURES;
	strings->len = a->features;
	if (!ask_kernel(a, strings))
		strings->len = 0;
	for (uint32_t i = 0; i < JOINERS; i++) {
		a->number[i] = a->features;
		for (uint32_t n = 0; n < strings->len && n < a->features; n++) {
			if (strncmp((const char *)strings->data + (size_t)n * ETH_GSTRING_LEN,
					joiners[i], ETH_GSTRING_LEN) == 0)
				a->number[i] = n;
		}
	}
	free(strings);
	return true;
}

/* Bits of the joiners that are on. */
static unsigned int
read_joiners(const struct asking *a)
{
	const uint32_t words = (a->features + WORD - 1) / WORD;
	unsigned int on = 0;
	struct ethtool_gfeatures *got = calloc(1, sizeof(*got) + words * sizeof(got->features[0]));

	if (got == NULL)
		return 0;
	got->cmd = ETHTOOL_GFEATURES;
	got->size = words;
	for (uint32_t i = 0; ask_kernel(a, got) && i < JOINERS; i++) {
		const uint32_t n = a->number[i];

		if (n < a->features && got->features[n / WORD].active >> n % WORD & 1)
			on |= 1u << i;
	}
	free(got);
	return on;
}

static void
set_joiners(const struct asking *a, unsigned int which, bool on)
{
	const uint32_t words = (a->features + WORD - 1) / WORD;
	struct ethtool_sfeatures *set = calloc(1, sizeof(*set) + words * sizeof(set->features[0]));

	if (set == NULL)
		return;
	set->cmd = ETHTOOL_SFEATURES;
	set->size = words;
	for (uint32_t i = 0; i < JOINERS; i++) {
		const uint32_t n = a->number[i];
		const uint32_t bit = 1u << n % WORD;

		if (!(which >> i & 1) || n >= a->features)
			continue;
		set->features[n / WORD].valid |= bit;
		set->features[n / WORD].requested |= on ? bit : 0;
	}
	/* What came of it is read again. */
	(void)ask_kernel(a, set);
	free(set);
}

static bool
begin_asking(struct asking *a, const struct la_interface *interface)
{
	a->name = interface->name;
	a->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (a->fd < 0)
		return false;
	if (find_joiners(a))
		return true;
	close(a->fd);
	return false;
}

void
la_interface__take(struct la_interface *interface, unsigned int index, bool may_change)
{
	struct asking a;
	unsigned int before;

	*interface = (struct la_interface){ .name = "" };
	if (if_indextoname(index, interface->name) == NULL) {
		interface->name[0] = '\0';
		return;
	}
	if (!begin_asking(&a, interface))
		return;
	before = read_joiners(&a);
	if (before != 0 && may_change)
		set_joiners(&a, before, false);
	interface->joins = read_joiners(&a);
	interface->changed = before & ~interface->joins;
	close(a.fd);
}

void
la_interface__give_back(struct la_interface *interface)
{
	struct asking a;

	if (interface->changed == 0 || !begin_asking(&a, interface))
		return;
	set_joiners(&a, interface->changed, true);
	interface->changed = 0;
	close(a.fd);
}

void
la_interface__words(unsigned int features, char *words, size_t len)
{
	size_t used = 0;

	words[0] = '\0';
	for (uint32_t i = 0; i < JOINERS && used < len; i++) {
		if (features >> i & 1)
			used += (size_t)snprintf(words + used, len - used, "%s%s",
					used > 0 ? ", " : "", joiners[i]);
	}
}

/* @return false: it is no IP address. */
static bool
address_of(const struct sockaddr *from, struct la_addr *address)
{
	if (from == NULL || (from->sa_family != AF_INET && from->sa_family != AF_INET6))
		return false;
	if (from->sa_family == AF_INET6)
		memcpy(address, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr,
				sizeof(*address));
	else
		*address = la_addr_v4(ntohl(((const struct sockaddr_in *)(const void *)from)->
				sin_addr.s_addr));
	return true;
}

bool
la_interface__kernel_has(const struct la_stack_range *ranges, uint32_t len)
{
	struct ifaddrs *all;
	bool has = false;

	if (getifaddrs(&all) != 0)
		return false;
	for (const struct ifaddrs *one = all; one != NULL; one = one->ifa_next) {
		struct la_addr address;

		if (!address_of(one->ifa_addr, &address) || la_addr_is_link_local(&address))
			continue;
		for (uint32_t i = 0; i < len; i++)
			has |= la_addr_place(&ranges[i].first, &address) < ranges[i].count;
	}
	freeifaddrs(all);
	return has;
}
