/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_CLASS_H
#define LA_CLASS_H

/** @file
 * The class of a counter: what it shows about the frames and segments it counts.
 */

/** The class of a counter. Code that shows drops must use it, not the key. */
enum la_class {
	LA_CLASS_OK,                    /**< Processed. */
	LA_CLASS_INFO,                  /**< Processed; unusual but legal. */
	LA_CLASS_DROP,                  /**< Not taken, not sent, or lost. */
	LA_CLASS_EVENT,                 /**< An event or an amount, not a reason. */
};

/** The telemetry name: "ok", "info", "drop" or "event". */
const char *la_class_name(enum la_class of);

#endif
