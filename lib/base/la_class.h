/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_CLASS_H
#define LA_CLASS_H

/** @file
 * What a counter says about the frames and segments that it counts.
 */

/** The class of a counter. Whoever shows drops asks for it, and not for the key. */
enum la_class {
	LA_CLASS_OK,                    /**< Processed. */
	LA_CLASS_INFO,                  /**< Processed; an unusual but legal turn. */
	LA_CLASS_DROP,                  /**< Not taken, not sent, or lost. */
	LA_CLASS_EVENT,                 /**< An event or an amount; it is no reason. */
};

/** "ok", "info", "drop", "event": as telemetry has it. */
const char *la_class_name(enum la_class of);

#endif
