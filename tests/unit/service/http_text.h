/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HTTP_TEXT_H
#define HTTP_TEXT_H

/** @file
 * Responses as they must look, written out apart from the service's own code.
 */
#include "peer.h"

/** What a response says of the connection. */
enum says { SAYS_NOTHING, SAYS_KEEP_ALIVE, SAYS_CLOSE };

/** Parameters for http with a body of @p body_len octets. */
struct la_service_params http_params(uint32_t body_len);

/** Add the 200 of @p body_len octets; @p head: the one to HEAD. */
void text_add_200(struct text *text, uint32_t body_len, enum says says, bool head);
/** Add the 204 that answers OPTIONS. */
void text_add_204(struct text *text, enum says says);
/** Add the 100. */
void text_add_100(struct text *text);
/** Add the response to what is refused, as 400. */
void text_add_error(struct text *text, int status);

#endif
