/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_DEFINING_H
#define REPLAY_DEFINING_H

/*
 * The sets of templates that the messages of a session of IPFIX have brought, octet for octet, so
 * that who comes to the session late can be told them: withdrawals too, and of sets that came
 * several times the last (what each id means in the end is the same).
 *
 * defining_open; defining_note per message; defining_tell; defining_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"

struct defining {
	struct buf list;  /* messages of template sets alone, oldest first */
	size_t *budget;   /* octets that this and others may still keep */
	bool incomplete;  /* there was no room for something */
};

/* Whether a datagram, or message, of NetFlow 9 or IPFIX has a set of templates. */
bool defining_is(const uint8_t *data, size_t len);
/* The budget outlives it. */
void defining_open(struct defining *g, size_t *budget);
/* Of a whole message of IPFIX. */
void defining_note(struct defining *g, const uint8_t *data, size_t len);
/*
 * All of it, as messages with the export time of the message that comes next, and of its domain that
 * one's sequence number.
 */
MUST_USE enum status defining_tell(const struct defining *g, const uint8_t *next,
    enum status (*put)(void *ctx, const uint8_t *data, size_t len, struct fault *f), void *ctx,
    struct fault *f);
void defining_free(struct defining *g);

#endif
