/* SPDX-License-Identifier: BSD-3-Clause */
/* The port: what the device can do, and what is used of it. */
#include <stdio.h>
#include <string.h>

#include <rte_ethdev.h>

#include "dpio_private.h"
#include "tap.h"

enum {
	DESCRIPTORS = 1024,
	FRAME_EXTRA = RTE_ETHER_HDR_LEN + 4,    /* Ethernet header and a tag. */
	LONG_EXTRA = 64,                        /* net_af_packet's framesz is larger by so much. */
	POOL_CACHE = 256,
};

#define RX_CHECKSUMS (RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM)
#define TX_CHECKSUMS (RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM)

static void
name_devices(char *names, size_t len)
{
	size_t used = 0;
	uint16_t id;

	names[0] = '\0';
	RTE_ETH_FOREACH_DEV(id) {
		char name[RTE_ETH_NAME_MAX_LEN];

		if (rte_eth_dev_get_name_by_port(id, name) != 0 || used >= len)
			continue;
		used += (size_t)snprintf(names + used, len - used, "%s%s", used ? ", " : "", name);
	}
}

static bool
find(struct la_dpio *d, struct la_dpio_error *error)
{
	const char *wanted = d->params.device;
	char full[RTE_ETH_NAME_MAX_LEN], names[256];

	snprintf(full, sizeof(full), "0000:%s", wanted);
	if (rte_eth_dev_get_port_by_name(wanted, &d->port_id) == 0 ||
			rte_eth_dev_get_port_by_name(full, &d->port_id) == 0)
		return true;
	name_devices(names, sizeof(names));
	if (names[0] == '\0')
		return la_dpio_fail(error, "port.device: there is no device '%s', and no other: add "
				"--vdev to eal.args, or bind a NIC to vfio-pci", wanted);
	return la_dpio_fail(error, "port.device: there is no device '%s'; there is: %s", wanted,
			names);
}

/* Fewer workers than wanted, or than there are lcores for. */
static void
remark_fewer(struct la_dpio *d, uint32_t than, const char *why)
{
	const bool wanted = d->params.workers != 0;

	snprintf(d->remark, sizeof(d->remark), "%u of %u %s%s %s: %s", d->workers, than,
			wanted ? "worker" : "lcore", than == 1 ? "" : "s",
			d->workers == 1 ? (wanted ? "runs" : "works") : (wanted ? "run" : "work"),
			why);
}

/* As many as there are lcores, queues, and ports to open from. */
static void
limit_workers(struct la_dpio *d, uint32_t asked, uint32_t queues)
{
	char why[sizeof(d->steer.why)];

	snprintf(why, sizeof(why), "%s", d->steer.why);
	d->workers = RTE_MIN(asked, queues);
	if (d->params.local_ports != 0 && d->params.local_ports < d->workers) {
		d->workers = d->params.local_ports;
		snprintf(why, sizeof(why), "there are only so many ports to open from");
	}
	/* The low bits of a port. */
	if (d->steer.kind == LA_STEER_RULES && !rte_is_power_of_2(d->workers)) {
		d->workers = rte_align32prevpow2(d->workers);
		snprintf(why, sizeof(why), "rte_flow can spread over 2, 4, 8... queues");
	}
	if (d->workers < asked)
		remark_fewer(d, asked, why);
}

static bool
choose_workers(struct la_dpio *d, const struct rte_eth_dev_info *info,
		struct la_dpio_error *error)
{
	const uint32_t left = la_dpio_lcores() - d->params.lcores_skipped;
	const uint32_t lcores = d->params.lcores != 0 ? RTE_MIN(left, d->params.lcores) : left;
	const uint32_t queues = la_steer_choose(&d->steer, info, d->device,
			d->params.local_ports != 0);
	const uint32_t wanted = d->params.workers;

	d->port.queues_max = RTE_MIN(info->max_rx_queues, info->max_tx_queues);
	if (lcores == 0)
		return la_dpio_fail(error, "eal.args: no lcore is left for a worker beside the main "
				"one: give two, such as --lcores 0@0,1@1");
	if (wanted > lcores)
		return la_dpio_fail(error, "worker.count: %u workers need %u lcores beside the main "
				"one, eal.args gives %u", wanted, wanted, lcores);
	limit_workers(d, wanted != 0 ? wanted : lcores, queues);
	return true;
}

/* The kernel puts frames into all rings of a packet socket's port, read or not. */
static uint16_t
queues_filled(const struct la_dpio *d, const struct rte_eth_dev_info *info)
{
	if (strcmp(d->driver, "net_af_packet") == 0)
		return RTE_MAX(info->max_rx_queues, (uint16_t)d->workers);
	return (uint16_t)d->workers;
}

/* The largest MTU, by that itself or by the longest frame, as ethdev has them. */
static uint16_t
mtu_max(const struct rte_eth_dev_info *info)
{
	const bool both = info->max_mtu != UINT16_MAX && info->max_rx_pktlen > info->max_mtu;
	const uint32_t extra = both ? info->max_rx_pktlen - info->max_mtu :
			RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;
	const uint32_t most = info->max_mtu != 0 ? info->max_mtu : UINT16_MAX;

	if (info->max_rx_pktlen <= extra)
		return (uint16_t)most;
	return (uint16_t)RTE_MIN(most, info->max_rx_pktlen - extra);
}

/* Frames are as long as framesz or bsize says, whatever the driver says. */
static bool
knows_no_mtu(const struct la_dpio *d)
{
	return strcmp(d->driver, "net_af_packet") == 0 || strcmp(d->driver, "net_memif") == 0;
}

static bool
check_mtu(const struct la_dpio *d, const struct rte_eth_dev_info *info,
		struct la_dpio_error *error)
{
	const uint16_t mtu = d->params.mtu, max = mtu_max(info);

	if (mtu < info->min_mtu || (mtu > max && !knows_no_mtu(d)))
		return la_dpio_fail(error, "port.mtu: %s (%s) takes %u to %u, not %u", d->device,
				d->driver, info->min_mtu, max, mtu);
	return true;
}

static bool
make_pool(struct la_dpio *d, struct la_dpio_error *error)
{
	/* What is shared waits for the others to hear of it. */
	const uint32_t queues = d->port.queues, shared = d->workers > 1 ? LA_SHARE_MAX : 0;
	const uint32_t room = RTE_MAX((uint32_t)RTE_MBUF_DEFAULT_DATAROOM,
			(uint32_t)RTE_ALIGN_CEIL(d->params.mtu + FRAME_EXTRA + LONG_EXTRA, 256));
	const uint32_t each = d->port.rx_descriptors + d->port.tx_descriptors + LA_TX_STASH +
			LA_TX_OUT + LA_BURST_MAX + POOL_CACHE * 2 + shared;
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "lastack%u", d->port_id);
	d->port.mbufs = queues * each + POOL_CACHE;
	d->port.mbuf_octets = (uint32_t)sizeof(struct rte_mbuf) + RTE_PKTMBUF_HEADROOM + room;
	d->pool = rte_pktmbuf_pool_create(name, d->port.mbufs, POOL_CACHE, 0,
			(uint16_t)(RTE_PKTMBUF_HEADROOM + room), rte_eth_dev_socket_id(d->port_id));
	if (d->pool == NULL)
		return la_dpio_fail(error, "mbufs: %u of %u octets need %u MiB of DPDK's memory: "
				"give more with -m in eal.args", d->port.mbufs, d->port.mbuf_octets,
				(unsigned int)(((uint64_t)d->port.mbufs * d->port.mbuf_octets >> 20) + 1));
	return true;
}

static void
choose_offloads(struct la_dpio *d, const struct rte_eth_dev_info *info)
{
	const bool wanted = d->params.offload;

	d->port.rx_checksum = wanted && (info->rx_offload_capa & RX_CHECKSUMS) == RX_CHECKSUMS;
	d->port.tx_checksum = wanted && (info->tx_offload_capa & TX_CHECKSUMS) == TX_CHECKSUMS;
	d->port.tag_strip = d->params.tag_offload &&
			(info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_VLAN_STRIP) != 0;
	d->port.tag_insert = d->params.tag_offload &&
			(info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_VLAN_INSERT) != 0;
	d->port.rss = d->workers > 1 && d->steer.kind == LA_STEER_RSS;
}

/* @p key: room for one, or NULL: the NIC's own. */
static struct rte_eth_conf
configuration(const struct la_dpio *d, const struct rte_eth_dev_info *info, uint8_t *key)
{
	struct rte_eth_conf conf = {
		.rxmode = { .mtu = RTE_MIN(d->params.mtu, mtu_max(info)) },
	};

	if (d->port.rx_checksum)
		conf.rxmode.offloads |= RX_CHECKSUMS;
	if (d->port.tx_checksum)
		conf.txmode.offloads |= TX_CHECKSUMS;
	if (d->port.tag_strip)
		conf.rxmode.offloads |= RTE_ETH_RX_OFFLOAD_VLAN_STRIP;
	if (d->port.tag_insert)
		conf.txmode.offloads |= RTE_ETH_TX_OFFLOAD_VLAN_INSERT;
	/* Every frame has one segment, one owner and the port's pool. */
	conf.txmode.offloads |= info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
	if (d->port.rss) {
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf.rx_adv_conf.rss_conf.rss_hf = info->flow_type_rss_offloads & LA_RSS_WANTED;
	}
	if (d->port.rss && key != NULL && info->hash_key_size != 0) {
		la_rss_key(key, info->hash_key_size, &d->params.secret);
		conf.rx_adv_conf.rss_conf.rss_key = key;
		conf.rx_adv_conf.rss_conf.rss_key_len = info->hash_key_size;
	}
	return conf;
}

static bool
setup_queues(struct la_dpio *d, const struct rte_eth_dev_info *info,
		const struct rte_eth_conf *conf, struct la_dpio_error *error)
{
	const unsigned int socket = (unsigned int)rte_eth_dev_socket_id(d->port_id);
	struct rte_eth_rxconf rx = info->default_rxconf;
	struct rte_eth_txconf tx = info->default_txconf;

	rx.offloads = conf->rxmode.offloads & info->rx_queue_offload_capa;
	tx.offloads = conf->txmode.offloads & info->tx_queue_offload_capa;
	for (uint16_t q = 0; q < d->port.queues; q++) {
		int bad = rte_eth_rx_queue_setup(d->port_id, q, d->port.rx_descriptors, socket,
				&rx, d->pool);

		if (bad == 0 && q < d->workers)
			bad = rte_eth_tx_queue_setup(d->port_id, q, d->port.tx_descriptors, socket,
					&tx);
		if (bad != 0)
			return la_dpio_fail(error, "port.device: queue %u of %s (%s) cannot be set "
					"up: %s", q, d->device, d->driver, rte_strerror(-bad));
	}
	return true;
}

static bool
configure(struct la_dpio *d, const struct rte_eth_dev_info *info, struct la_dpio_error *error)
{
	uint8_t key[UINT8_MAX];
	struct rte_eth_conf conf = configuration(d, info, key);
	const uint16_t rx = d->port.queues, tx = (uint16_t)d->workers;
	int bad = rte_eth_dev_configure(d->port_id, rx, tx, &conf);

	if (bad != 0 && conf.rx_adv_conf.rss_conf.rss_key != NULL) {
		conf = configuration(d, info, NULL);
		bad = rte_eth_dev_configure(d->port_id, rx, tx, &conf);
	}
	if (bad != 0)
		return la_dpio_fail(error, "port.device: %s (%s) cannot be configured with %u "
				"queues and an MTU of %u: %s", d->device, d->driver, rx,
				d->params.mtu, rte_strerror(-bad));
	d->port.rx_descriptors = d->port.tx_descriptors = DESCRIPTORS;
	bad = rte_eth_dev_adjust_nb_rx_tx_desc(d->port_id, &d->port.rx_descriptors,
			&d->port.tx_descriptors);
	if (bad != 0)
		return la_dpio_fail(error, "port.device: %s (%s) says no number of descriptors: %s",
				d->device, d->driver, rte_strerror(-bad));
	return (d->pool != NULL || make_pool(d, error)) && setup_queues(d, info, &conf, error);
}

static bool
is_tap(const struct la_dpio *d)
{
	return strcmp(d->driver, "net_tap") == 0;
}

/* The kernel's end of a tap has the address that the driver tells: two hosts
 * with one address on a wire. A tap takes frames for any, so ours is another.
 * Rings have none at all. */
static void
choose_mac(struct la_dpio *d, const struct rte_ether_addr *mac)
{
	memcpy(d->port.mac.b, mac->addr_bytes, sizeof(d->port.mac.b));
	if (is_tap(d))
		d->port.mac.b[5] ^= 1;
	else if (rte_is_zero_ether_addr(mac))
		rte_eth_random_addr(d->port.mac.b);
}

static bool
describe(struct la_dpio *d, struct rte_eth_dev_info *info, struct la_dpio_error *error)
{
	struct rte_ether_addr mac;
	int bad = rte_eth_dev_info_get(d->port_id, info);

	if (bad == 0)
		bad = rte_eth_macaddr_get(d->port_id, &mac);
	if (bad != 0)
		return la_dpio_fail(error, "port.device: '%s' does not say what it is: %s",
				d->params.device, rte_strerror(-bad));
	rte_eth_dev_get_name_by_port(d->port_id, d->device);
	snprintf(d->driver, sizeof(d->driver), "%s", info->driver_name);
	choose_mac(d, &mac);
	d->port.device = d->device;
	d->port.driver = d->driver;
	d->port.steering = d->steer.words;
	d->port.mtu = d->params.mtu;
	return true;
}

static bool
set_up(struct la_dpio *d, const struct rte_eth_dev_info *info, struct la_dpio_error *error)
{
	choose_offloads(d, info);
	d->port.queues = queues_filled(d, info);
	return configure(d, info, error);
}

/* All over again with one queue: what was asked for turned out not to work. */
static bool
fall_back(struct la_dpio *d, const struct rte_eth_dev_info *info, struct la_dpio_error *error)
{
	const uint32_t workers = d->workers;

	if (d->port_started)
		rte_eth_dev_stop(d->port_id);
	d->port_started = false;
	d->workers = 1;
	remark_fewer(d, workers, d->steer.why);
	la_steer_one(&d->steer);
	return set_up(d, info, error);
}

/* Some NICs tell their RSS key and table only once they run. */
static bool
settle_steering(struct la_dpio *d, const struct rte_eth_dev_info *info,
		struct la_dpio_error *error)
{
	if (d->workers == 1) {
		la_steer_one(&d->steer);
		return true;
	}
	if (la_steer_asks(&d->steer) && !la_dpio_port_start(d, error))
		return false;
	return la_steer_settle(&d->steer, d->port_id, info, d->workers) ||
			fall_back(d, info, error);
}

/* What the kernel does to frames before a packet socket sees them. */
static void
look_at_interface(struct la_dpio *d, const struct rte_eth_dev_info *info)
{
	char words[64];

	if (!la_interface_is_shared(d->driver) || info->if_index == 0)
		return;
	la_interface_take(&d->interface, info->if_index, !d->params.leave_gro);
	la_interface_words(d->interface.changed, words, sizeof(words));
	if (d->interface.changed != 0)
		snprintf(d->interface_remark, sizeof(d->interface_remark), "%s: %s turned off "
				"until the end: what it joins is longer than a packet socket takes",
				d->interface.name, words);
	la_interface_words(d->interface.joins, words, sizeof(words));
	if (d->interface.joins != 0)
		snprintf(d->interface_remark, sizeof(d->interface_remark), "%s: %s is on%s: what "
				"it joins is longer than a packet socket takes, and is lost: "
				"ethtool -K %s gro off lro off", d->interface.name, words,
				d->params.leave_gro ? "" : " and cannot be turned off here",
				d->interface.name);
}

const char *
la_dpio_interface_remark(const struct la_dpio *d)
{
	return d->interface_remark[0] != '\0' ? d->interface_remark : NULL;
}

bool
la_dpio_port_setup(struct la_dpio *d, struct la_dpio_error *error)
{
	struct rte_eth_dev_info info;

	if (!find(d, error) || !describe(d, &info, error) || !check_mtu(d, &info, error) ||
			!choose_workers(d, &info, error))
		return false;
	if (is_tap(d))
		la_tap_widen_queue(info.if_index);
	look_at_interface(d, &info);
	return set_up(d, &info, error) && settle_steering(d, &info, error);
}

/* Neighbour Discovery asks by groups, one for each address at worst. */
static void
hear_groups(const struct la_dpio *d)
{
	if (la_dpio_has_ipv6(d) && rte_eth_allmulticast_enable(d->port_id) != 0)
		(void)rte_eth_promiscuous_enable(d->port_id);
}

bool
la_dpio_port_start(struct la_dpio *d, struct la_dpio_error *error)
{
	uint16_t mtu = 0;
	int bad;

	if (d->port_started)
		return true;
	/* Many virtual devices have no MTU to set; the stack keeps to ours anyway. */
	if (!knows_no_mtu(d) && rte_eth_dev_get_mtu(d->port_id, &mtu) == 0 &&
			mtu != d->params.mtu)
		(void)rte_eth_dev_set_mtu(d->port_id, d->params.mtu);
	bad = rte_eth_dev_start(d->port_id);
	if (bad != 0)
		return la_dpio_fail(error, "port.device: %s (%s) does not start: %s", d->device,
				d->driver, rte_strerror(-bad));
	d->port_started = true;
	hear_groups(d);
	return true;
}

void
la_dpio_port_close(struct la_dpio *d)
{
	if (d->port_started)
		rte_eth_dev_stop(d->port_id);
	d->port_started = false;
	la_interface_give_back(&d->interface);
	if (d->pool == NULL)
		return;
	rte_eth_dev_close(d->port_id);
	rte_mempool_free(d->pool);
	d->pool = NULL;
}

bool
la_dpio_link_up(const struct la_dpio *d)
{
	struct rte_eth_link link;

	return rte_eth_link_get_nowait(d->port_id, &link) == 0 &&
			link.link_status == RTE_ETH_LINK_UP;
}

uint64_t
la_dpio_port_missed(const struct la_dpio *d)
{
	struct rte_eth_stats stats;

	if (!d->port_started || rte_eth_stats_get(d->port_id, &stats) != 0)
		return d->missed;
	return stats.imissed + stats.rx_nombuf + stats.ierrors;
}
