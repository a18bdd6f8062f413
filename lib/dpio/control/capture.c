/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_log.h>
#include <rte_pdump.h>

#include "capture.h"

/* The other process has to map our memory, which --no-huge keeps to us, and to
 * reach us by this socket, which --in-memory and --no-shconf do without. */
static bool
is_shared(void)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/mp_socket", rte_eal_get_runtime_dir());
	return rte_eal_has_hugepages() && access(path, F_OK) == 0;
}

enum la_capture
la_capture__start(void)
{
	const int log = rte_log_register("lib.pdump");
	const int level = rte_log_get_level((uint32_t)log);
	int bad;

	/* Not tried in vain: it takes memory even where nobody can ask. */
	if (!is_shared())
		return LA_CAPTURE_OFF;
	/* Who calls this says what is wrong. */
	rte_log_set_level((uint32_t)log, RTE_LOG_CRIT);
	bad = rte_pdump_init();
	rte_log_set_level((uint32_t)log, (uint32_t)level);
	return bad == 0 ? LA_CAPTURE_ON : LA_CAPTURE_NO_MEMORY;
}

void
la_capture__stop(void)
{
	rte_pdump_uninit();
}
