/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_SEARCH_H
#define LA_SEARCH_H

/** @file
 * Searches the highest rate that passes, within bounds: first the rate is doubled in
 * steps, then bisected, then the result is confirmed. One bad trial may have another
 * cause, so a rate fails only when two trials of it fail.
 */
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct la_search {
	double low, high;
	double resolution;              /**< End when (worst - best) / best is at most this. */
	double best, worst;             /**< Rate that passed, that failed; 0: none yet. */
	double rate;                    /**< Rate of the present trial. */
	uint8_t stage;                  /**< enum, in search.c */
	bool again;                     /**< The trial repeats one that failed. */
	uint32_t confirmations;
};

/** @p low must be more than 0 and at most @p high. */
void la_search_begin(struct la_search *search, double low, double high);

/** The rate of the next trial. False when the search is over: search->best is the result,
 *  0 if no rate passed. */
bool la_search_next(struct la_search *search, double *rate);

/** Report the result of the trial. */
void la_search_take(struct la_search *search, bool pass);

#ifdef __cplusplus
}
#endif

#endif
