/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_REPORT_H
#define LA_REPORT_H

/* What serve says to the user: at the start, on news, at the end; and load at the start. */
#include "la_conf.h"
#include "la_dpio.h"

/* A port of the configuration at work. */
struct la_report_port {
	const struct la_conf_port *conf;
	const struct la_port *port;
};

void la_report_start(const struct la_conf *conf, const struct la_dpio *dpio,
		const struct la_report_port *ports, uint32_t ports_len, const char *role);
/* Of a port, by its name if @p named. */
void la_report_news(const struct la_conf_port *port, bool named,
		const struct la_port_news *news);
void la_report_summary(const struct la_dpio_totals *totals, const struct la_dpio_peaks *peaks,
		uint64_t ran_us);

/* A line for each thing that is wrong with the setup, and what to do; with the device of each
 * if @p named. */
void la_report_notes(const struct la_dpio *dpio, bool named);

/* What la_dpio_start() calls while memory is touched. */
void la_report_touching(uint64_t octets, uint64_t about_us);

/* Memory in megabytes and how much of it is in transparent hugepages, else why not. */
void la_report_memory(const struct la_port_memory *memory);

#endif
