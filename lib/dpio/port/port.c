/* SPDX-License-Identifier: BSD-3-Clause */
/* The device: what it can do, and what is used of it. */
#include <stdio.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_lcore.h>

#include "fail.h"
#include "port.h"
#include "tap.h"
#include "worker/share.h"

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
find_device(struct la_port *p, struct la_dpio_error *error)
{
	const char *wanted = p->params.device;
	char full[RTE_ETH_NAME_MAX_LEN], names[256];

	snprintf(full, sizeof(full), "0000:%s", wanted);
	if (rte_eth_dev_get_port_by_name(wanted, &p->port_id) == 0 ||
			rte_eth_dev_get_port_by_name(full, &p->port_id) == 0)
		return true;
	name_devices(names, sizeof(names));
	if (names[0] == '\0')
		return la_dpio__fail(error,
				"port.device: there is no device '%s', and no other: add "
				"--vdev to eal.args, or bind a NIC to vfio-pci", wanted);
	return la_dpio__fail(error, "port.device: there is no device '%s'; there is: %s", wanted,
			names);
}

/* Fewer workers than wanted, or than there are lcores for. */
static void
remark_fewer(struct la_port *p, uint32_t than, const char *why)
{
	const bool wanted = p->params.workers != 0;

	snprintf(p->remark, sizeof(p->remark), "%u of %u %s%s %s: %s", p->workers, than,
			wanted ? "worker" : "lcore", than == 1 ? "" : "s",
			p->workers == 1 ? (wanted ? "runs" : "works") : (wanted ? "run" : "work"),
			why);
}

/* As many as there are lcores, queues, and ports to open from. */
static void
limit_workers(struct la_port *p, uint32_t asked, uint32_t queues)
{
	char why[sizeof(p->steer.limit_reason)];

	snprintf(why, sizeof(why), "%s", p->steer.limit_reason);
	p->workers = RTE_MIN(asked, queues);
	if (p->params.local_ports != 0 && p->params.local_ports < p->workers) {
		p->workers = p->params.local_ports;
		snprintf(why, sizeof(why), "there are only so many ports to open from");
	}
	/* The low bits of a port. */
	if (p->steer.kind == LA_STEER_RULES && !rte_is_power_of_2(p->workers)) {
		p->workers = rte_align32prevpow2(p->workers);
		snprintf(why, sizeof(why), "rte_flow can spread over 2, 4, 8... queues");
	}
	if (p->workers < asked)
		remark_fewer(p, asked, why);
}

static bool
choose_workers(struct la_port *p, const struct rte_eth_dev_info *info,
		struct la_dpio_error *error)
{
	const uint32_t left = rte_lcore_count() - 1 - p->params.lcores_skipped;
	const uint32_t lcores = p->params.lcores != 0 ? RTE_MIN(left, p->params.lcores) : left;
	const uint32_t queues = la_steer__choose(&p->steer, info, p->device,
			p->params.local_ports != 0);
	const uint32_t wanted = p->params.workers;

	p->info.queues_max = RTE_MIN(info->max_rx_queues, info->max_tx_queues);
	if (lcores == 0)
		return la_dpio__fail(error,
				"eal.args: no lcore is left for a worker beside the main "
				"one: give two, such as --lcores 0@0,1@1");
	if (wanted > lcores)
		return la_dpio__fail(error,
				"worker.count: %u workers need %u lcores beside the main "
				"one, eal.args gives %u", wanted, wanted, lcores);
	limit_workers(p, wanted != 0 ? wanted : lcores, queues);
	return true;
}

/* The kernel puts frames into all rings of a packet socket's port, read or not. */
static uint16_t
queues_filled(const struct la_port *p, const struct rte_eth_dev_info *info)
{
	if (strcmp(p->driver, "net_af_packet") == 0)
		return RTE_MAX(info->max_rx_queues, (uint16_t)p->workers);
	return (uint16_t)p->workers;
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
knows_no_mtu(const struct la_port *p)
{
	return strcmp(p->driver, "net_af_packet") == 0 || strcmp(p->driver, "net_memif") == 0;
}

static bool
check_mtu(const struct la_port *p, const struct rte_eth_dev_info *info,
		struct la_dpio_error *error)
{
	const uint16_t mtu = p->params.mtu, max = mtu_max(info);

	if (mtu < info->min_mtu || (mtu > max && !knows_no_mtu(p)))
		return la_dpio__fail(error, "port.mtu: %s (%s) takes %u to %u, not %u", p->device,
				p->driver, info->min_mtu, max, mtu);
	return true;
}

static bool
make_pool(struct la_port *p, struct la_dpio_error *error)
{
	/* What is shared waits for the others to hear of it. */
	const uint32_t queues = p->info.queues, shared = p->workers > 1 ? LA_SHARE_MAX : 0;
	const uint32_t room = RTE_MAX((uint32_t)RTE_MBUF_DEFAULT_DATAROOM,
			(uint32_t)RTE_ALIGN_CEIL(p->params.mtu + FRAME_EXTRA + LONG_EXTRA, 256));
	const uint32_t each = p->info.rx_descriptors + p->info.tx_descriptors + LA_TX_STASH +
			LA_TX_OUT + LA_BURST_MAX + POOL_CACHE * 2 + shared;
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "lastack%u", p->port_id);
	p->info.mbufs = queues * each + POOL_CACHE;
	p->info.mbuf_octets = (uint32_t)sizeof(struct rte_mbuf) + RTE_PKTMBUF_HEADROOM + room;
	p->pool = rte_pktmbuf_pool_create(name, p->info.mbufs, POOL_CACHE, 0,
			(uint16_t)(RTE_PKTMBUF_HEADROOM + room), rte_eth_dev_socket_id(p->port_id));
	if (p->pool == NULL)
		return la_dpio__fail(error, "mbufs: %u of %u octets need %u MiB of DPDK's memory: "
				"give more with -m in eal.args", p->info.mbufs, p->info.mbuf_octets,
				(unsigned int)(((uint64_t)p->info.mbufs * p->info.mbuf_octets >> 20) + 1));
	return true;
}

static void
choose_offloads(struct la_port *p, const struct rte_eth_dev_info *info)
{
	const bool wanted = p->params.offload;

	p->info.rx_checksum = wanted && (info->rx_offload_capa & RX_CHECKSUMS) == RX_CHECKSUMS;
	p->info.tx_checksum = wanted && (info->tx_offload_capa & TX_CHECKSUMS) == TX_CHECKSUMS;
	p->info.tag_strip = p->params.tag_offload &&
			(info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_VLAN_STRIP) != 0;
	p->info.tag_insert = p->params.tag_offload &&
			(info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_VLAN_INSERT) != 0;
	p->info.rss = p->workers > 1 && p->steer.kind == LA_STEER_RSS;
}

/* @p key: room for one, or NULL: the NIC's own. */
static struct rte_eth_conf
device_conf(const struct la_port *p, const struct rte_eth_dev_info *info, uint8_t *key)
{
	struct rte_eth_conf conf = {
		.rxmode = { .mtu = RTE_MIN(p->params.mtu, mtu_max(info)) },
	};

	if (p->info.rx_checksum)
		conf.rxmode.offloads |= RX_CHECKSUMS;
	if (p->info.tx_checksum)
		conf.txmode.offloads |= TX_CHECKSUMS;
	if (p->info.tag_strip)
		conf.rxmode.offloads |= RTE_ETH_RX_OFFLOAD_VLAN_STRIP;
	if (p->info.tag_insert)
		conf.txmode.offloads |= RTE_ETH_TX_OFFLOAD_VLAN_INSERT;
	/* Every frame has one segment, one owner and the port's pool. */
	conf.txmode.offloads |= info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
	if (p->info.rss) {
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf.rx_adv_conf.rss_conf.rss_hf = info->flow_type_rss_offloads & LA_RSS_WANTED;
	}
	if (p->info.rss && key != NULL && info->hash_key_size != 0) {
		la_rss__key(key, info->hash_key_size, &p->params.secret);
		conf.rx_adv_conf.rss_conf.rss_key = key;
		conf.rx_adv_conf.rss_conf.rss_key_len = info->hash_key_size;
	}
	return conf;
}

static bool
setup_queues(struct la_port *p, const struct rte_eth_dev_info *info,
		const struct rte_eth_conf *conf, struct la_dpio_error *error)
{
	const unsigned int socket = (unsigned int)rte_eth_dev_socket_id(p->port_id);
	struct rte_eth_rxconf rx = info->default_rxconf;
	struct rte_eth_txconf tx = info->default_txconf;

	rx.offloads = conf->rxmode.offloads & info->rx_queue_offload_capa;
	tx.offloads = conf->txmode.offloads & info->tx_queue_offload_capa;
	for (uint16_t q = 0; q < p->info.queues; q++) {
		int bad = rte_eth_rx_queue_setup(p->port_id, q, p->info.rx_descriptors, socket,
				&rx, p->pool);

		if (bad == 0 && q < p->workers)
			bad = rte_eth_tx_queue_setup(p->port_id, q, p->info.tx_descriptors, socket,
					&tx);
		if (bad != 0)
			return la_dpio__fail(error,
					"port.device: queue %u of %s (%s) cannot be set "
					"up: %s", q, p->device, p->driver, rte_strerror(-bad));
	}
	return true;
}

static bool
configure_device(struct la_port *p, const struct rte_eth_dev_info *info,
		struct la_dpio_error *error)
{
	uint8_t key[UINT8_MAX];
	struct rte_eth_conf conf = device_conf(p, info, key);
	const uint16_t rx = p->info.queues, tx = (uint16_t)p->workers;
	int bad = rte_eth_dev_configure(p->port_id, rx, tx, &conf);

	if (bad != 0 && conf.rx_adv_conf.rss_conf.rss_key != NULL) {
		conf = device_conf(p, info, NULL);
		bad = rte_eth_dev_configure(p->port_id, rx, tx, &conf);
	}
	if (bad != 0)
		return la_dpio__fail(error, "port.device: %s (%s) cannot be configured with %u "
				"queues and an MTU of %u: %s", p->device, p->driver, rx,
				p->params.mtu, rte_strerror(-bad));
	p->info.rx_descriptors = p->info.tx_descriptors = DESCRIPTORS;
	bad = rte_eth_dev_adjust_nb_rx_tx_desc(p->port_id, &p->info.rx_descriptors,
			&p->info.tx_descriptors);
	if (bad != 0)
		return la_dpio__fail(error,
				"port.device: %s (%s) says no number of descriptors: %s",
				p->device, p->driver, rte_strerror(-bad));
	return (p->pool != NULL || make_pool(p, error)) && setup_queues(p, info, &conf, error);
}

static bool
is_tap(const struct la_port *p)
{
	return strcmp(p->driver, "net_tap") == 0;
}

/* The kernel's end of a tap has the address that the driver tells: two hosts
 * with one address on a wire. A tap takes frames for any, so ours is another.
 * Rings have none at all. */
static void
choose_mac(struct la_port *p, const struct rte_ether_addr *mac)
{
	memcpy(p->info.mac.b, mac->addr_bytes, sizeof(p->info.mac.b));
	if (is_tap(p))
		p->info.mac.b[5] ^= 1;
	else if (rte_is_zero_ether_addr(mac))
		rte_eth_random_addr(p->info.mac.b);
}

static bool
describe_device(struct la_port *p, struct rte_eth_dev_info *info, struct la_dpio_error *error)
{
	struct rte_ether_addr mac;
	int bad = rte_eth_dev_info_get(p->port_id, info);

	if (bad == 0)
		bad = rte_eth_macaddr_get(p->port_id, &mac);
	if (bad != 0)
		return la_dpio__fail(error, "port.device: '%s' does not say what it is: %s",
				p->params.device, rte_strerror(-bad));
	rte_eth_dev_get_name_by_port(p->port_id, p->device);
	snprintf(p->driver, sizeof(p->driver), "%s", info->driver_name);
	choose_mac(p, &mac);
	p->info.device = p->device;
	p->info.driver = p->driver;
	p->info.steering = p->steer.description;
	p->info.mtu = p->params.mtu;
	return true;
}

static bool
set_up(struct la_port *p, const struct rte_eth_dev_info *info, struct la_dpio_error *error)
{
	choose_offloads(p, info);
	p->info.queues = queues_filled(p, info);
	return configure_device(p, info, error);
}

/* All over again with one queue: what was asked for turned out not to work. */
static bool
fall_back(struct la_port *p, const struct rte_eth_dev_info *info, struct la_dpio_error *error)
{
	const uint32_t workers = p->workers;

	la_port__device_stop(p);
	p->workers = 1;
	remark_fewer(p, workers, p->steer.limit_reason);
	la_steer__one(&p->steer);
	return set_up(p, info, error);
}

/* Some NICs tell their RSS key and table only once they run. */
static bool
settle_steering(struct la_port *p, const struct rte_eth_dev_info *info,
		struct la_dpio_error *error)
{
	if (p->workers == 1) {
		la_steer__one(&p->steer);
		return true;
	}
	if (la_steer__asks(&p->steer) && !la_port__device_start(p, error))
		return false;
	return la_steer__settle(&p->steer, p->port_id, info, p->workers) ||
			fall_back(p, info, error);
}

/* What the kernel does to frames before a packet socket sees them. */
static void
look_at_interface(struct la_port *p, const struct rte_eth_dev_info *info)
{
	char words[64];

	if (!la_interface__is_shared(p->driver) || info->if_index == 0)
		return;
	la_interface__take(&p->interface, info->if_index, !p->params.leave_gro);
	la_interface__words(p->interface.changed, words, sizeof(words));
	if (p->interface.changed != 0)
		snprintf(p->interface_remark, sizeof(p->interface_remark), "%s: %s turned off "
				"until the end: what it joins is longer than a packet socket takes",
				p->interface.name, words);
	la_interface__words(p->interface.joins, words, sizeof(words));
	if (p->interface.joins != 0)
		snprintf(p->interface_remark, sizeof(p->interface_remark), "%s: %s is on%s: what "
				"it joins is longer than a packet socket takes, and is lost: "
				"ethtool -K %s gro off lro off", p->interface.name, words,
				p->params.leave_gro ? "" : " and cannot be turned off here",
				p->interface.name);
}

const char *
la_port_interface_remark(const struct la_port *p)
{
	return p->interface_remark[0] != '\0' ? p->interface_remark : NULL;
}

bool
la_port__device_setup(struct la_port *p, struct la_dpio_error *error)
{
	struct rte_eth_dev_info info;

	if (!find_device(p, error) || !describe_device(p, &info, error) ||
			!check_mtu(p, &info, error) || !choose_workers(p, &info, error))
		return false;
	if (is_tap(p))
		la_tap__widen_queue(info.if_index);
	look_at_interface(p, &info);
	return set_up(p, &info, error) && settle_steering(p, &info, error);
}

/* Neighbour Discovery asks by groups, one for each address at worst. */
static void
hear_groups(const struct la_port *p)
{
	if (la_port__has_ipv6(p) && rte_eth_allmulticast_enable(p->port_id) != 0)
		(void)rte_eth_promiscuous_enable(p->port_id);
}

bool
la_port__device_start(struct la_port *p, struct la_dpio_error *error)
{
	uint16_t mtu = 0;
	int bad;

	if (p->running)
		return true;
	/* Many virtual devices have no MTU to set; the stack keeps to ours anyway. */
	if (!knows_no_mtu(p) && rte_eth_dev_get_mtu(p->port_id, &mtu) == 0 &&
			mtu != p->params.mtu)
		(void)rte_eth_dev_set_mtu(p->port_id, p->params.mtu);
	bad = rte_eth_dev_start(p->port_id);
	if (bad != 0)
		return la_dpio__fail(error, "port.device: %s (%s) does not start: %s", p->device,
				p->driver, rte_strerror(-bad));
	p->running = true;
	hear_groups(p);
	return true;
}

void
la_port__device_stop(struct la_port *p)
{
	if (!p->running)
		return;
	/* A stopped device may have no figures any more. */
	p->missed = la_port__missed(p);
	rte_eth_dev_stop(p->port_id);
	p->running = false;
}

void
la_port__device_close(struct la_port *p)
{
	la_port__device_stop(p);
	la_interface__give_back(&p->interface);
	if (p->pool == NULL)
		return;
	rte_eth_dev_close(p->port_id);
	rte_mempool_free(p->pool);
	p->pool = NULL;
}

bool
la_port_link_up(const struct la_port *p)
{
	struct rte_eth_link link;

	return rte_eth_link_get_nowait(p->port_id, &link) == 0 &&
			link.link_status == RTE_ETH_LINK_UP;
}

uint64_t
la_port__missed(const struct la_port *p)
{
	struct rte_eth_stats stats;

	if (!p->running || rte_eth_stats_get(p->port_id, &stats) != 0)
		return p->missed;
	return stats.imissed + stats.rx_nombuf + stats.ierrors;
}
