/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_FRAMING_H
#define FLOW_FRAMING_H

/*
 * Where the messages of an IPFIX stream begin and end (RFC 7011 section 10.4.1: over TCP, by
 * the length in the header; RFC 5655: files likewise).  What is in them is the decoder's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { FRAMING_LOOK = 4 /* octets by which a message's beginning is told */ };

/*
 * The message at the head of len octets.  STATUS_OK: *size octets are all there; STATUS_LIMIT: more
 * are needed, *size in all as far as is known; STATUS_MALFORMED: none begins here, rule and value
 * in f (which names no file and no offset).
 */
MUST_USE enum status framing_next(const uint8_t *data, size_t len, size_t *size, struct fault *f);

/*
 * Whether a message seems to begin at the head of these octets: one that sets fill whose ids are
 * possible.  `whole`: nothing follows them; else what is not there is believed.
 */
bool framing_here(const uint8_t *data, size_t len, bool whole);
/*
 * Behind damage: the first offset, from 1 on, at which a message seems to begin; len where there
 * is none.
 */
size_t framing_find(const uint8_t *data, size_t len, bool whole);

#endif
