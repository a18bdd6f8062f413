/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_SEARCH_H
#define LA_SEARCH_H

/** @file
 * The highest rate that passes, between two: up in steps of a factor of two, then
 * bisection, then the rate found is confirmed. One bad trial may be a neighbour's
 * fault, so a rate has failed only when it failed twice.
 */
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct la_search {
	double low, high;
	double resolution;              /**< Ends when the two differ by so much of the lower. */
	double best, worst;             /**< Passed, failed; 0: none yet. */
	double rate;                    /**< Of the trial under way. */
	uint8_t stage;                  /**< enum, in search.c */
	bool again;                     /**< The trial repeats one that failed. */
	uint32_t confirmations;
};

/** @p low over 0 and not above @p high. */
void la_search_begin(struct la_search *search, double low, double high);

/** The next trial's rate. False when the search is over: search->best is the answer,
 *  0 if none passed. */
bool la_search_next(struct la_search *search, double *rate);

/** How the trial went. */
void la_search_take(struct la_search *search, bool pass);

#ifdef __cplusplus
}
#endif

#endif
