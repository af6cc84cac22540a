/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_WAITING_H
#define CAPTURE_WAITING_H

/*
 * Data sets of one exporter whose template has not come yet (RFC 7011 section 9.1 allows it
 * over UDP): in the order in which they came, with what their rows need to know, and with copies
 * of their datagrams: what option records define is carried by these.
 * Bounded for each exporter and for all together, with a sure share for each; what must give way is the oldest of the
 * same exporter, and it is counted.  Zeroed is empty.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/datagram.h"
#include "flow/decode.h"

enum {
	WAITING_MAX = 1 << 20, /* octets for one exporter */
	WAITING_SURE = 1 << 14 /* ... that it may have, whatever the others take */
};
#define WAITING_TOTAL_MAX ((size_t)64 << 20)

/* A copy of a datagram, that its sets share. */
struct waiting_octets {
	size_t sets;
	size_t len;
	uint8_t data[];
};

struct waiting_set {
	struct waiting_set *next;
	struct export_header header;
	struct datagram datagram; /* its octets are those of the copy */
	struct waiting_octets *octets;
	uint64_t segment;         /* sequence of the segment that its datagram is in */
	uint16_t id;              /* of the template */
	size_t offset;            /* of the body, in the datagram */
	size_t len;               /* of the body */
};

struct waiting {
	struct waiting_set *first;
	struct waiting_set **end; /* NULL while empty */
	size_t octets;
	uint64_t count;   /* sets */
	uint64_t dropped; /* sets that had to give way */
};

/*
 * Copies the set, and its datagram unless *copy, which is NULL for the datagram's first one, has
 * it; `total` counts the octets of all exporters.  False where there is no memory.
 */
bool waiting_put(struct waiting *w, size_t *total, const struct waiting_set *set,
    struct waiting_octets **copy);
/* Behind a datagram's last waiting_put; takes NULL. */
void waiting_done(struct waiting *w, size_t *total, struct waiting_octets *copy);
/*
 * Takes out the first set whose template id and domain `known` says true for; NULL if there is
 * none.  To be given to waiting_set_free.
 */
struct waiting_set *waiting_take(struct waiting *w, size_t *total,
    bool (*known)(void *ctx, uint32_t domain, uint16_t id), void *ctx);
void waiting_set_free(struct waiting *w, size_t *total, struct waiting_set *set);
void waiting_free(struct waiting *w, size_t *total);

#endif
