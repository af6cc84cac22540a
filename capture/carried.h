/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_CARRIED_H
#define CAPTURE_CARRIED_H

/*
 * The datagrams that define the templates and options in force, of all exporters: copies as they
 * were received, to be repeated at the head of each segment, so that it can be decoded alone
 * (nfseal-archive(5), COLLECTED SEGMENTS).  A datagram is kept while something that it told holds:
 * until others have told all of that again, or withdrawn it.  Read again in their order, they
 * make the same templates and options as all that came.
 *
 * carried_open; per datagram carried_begin, then carried_note or carried_withdraw for what it
 * tells; carried_drop for an exporter that is forgotten; carried_free.
 *
 * Bounded by octets, for each exporter and for all together; of what does not fit the older
 * telling is dropped too, since it does not hold any more, and it is counted.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "flow/datagram.h"

enum {
	CARRIED_RECORDS_MAX = 8192,    /* option records of one datagram that count */
	CARRIED_MAX = 4 << 20,         /* octets of one exporter, entries and all */
	CARRIED_OPTIONS_MAX = 3 << 20, /* beyond which only templates are taken in */
	CARRIED_TOTAL_MAX = 64 << 20
};

enum carried_kind {
	CARRIED_TEMPLATE, /* id: the template's, or that of the template sets for all of a kind */
	CARRIED_RECORD    /* an option record; id: a hash of its layout and of what it is about */
};

/* What a datagram tells something of. */
struct carried_key {
	uint32_t domain;
	enum carried_kind kind;
	uint64_t id;
};

struct carried_entry;

struct carried_datagram {
	struct carried_datagram *next; /* in the order in which they took effect */
	struct carried_datagram *before;
	struct carried_entry *entries; /* what it tells and holds */
	size_t needed;                 /* entries of others, whose template it defines */
	struct datagram datagram;      /* its octets are `body` */
	uint64_t segment;              /* the sequence of the segment that it was received in */
	bool inherited;                /* from an earlier run, and its exporter was not heard since */
	uint8_t body[];
};

/* Those of one exporter; zeroed is empty. */
struct carried_list {
	struct carried_datagram *first;
	struct carried_datagram *last;
	size_t octets;
};

struct carried;

MUST_USE enum status carried_open(uint64_t seed, struct carried **out, struct fault *f);
void carried_free(struct carried *c); /* after carried_drop of all lists */

/* What is noted from here on is told by this datagram of this exporter; both are borrowed. */
void carried_begin(struct carried *c, struct carried_list *list, const struct datagram *d,
    uint64_t segment, bool inherited);
/*
 * The datagram tells this anew.  needs, or NULL: what else must have been told for it to be read,
 * the template of an option record, which lies at `offset` in the datagram.  False where there is
 * no memory.
 */
MUST_USE bool carried_note(struct carried *c, const struct carried_key *key,
    const struct carried_key *needs, uint32_t offset);
/* It withdraws a template, or (id 0) all of the domain that do, or do not, describe options. */
MUST_USE bool carried_withdraw(struct carried *c, uint32_t domain, uint16_t id, bool options);

/* Lists the option records of d that hold; until the next call. */
void carried_records(struct carried *c, struct carried_datagram *d);

/* Nothing of the exporter holds any more. */
void carried_drop(struct carried *c, struct carried_list *list);
/* All of its datagrams are inherited, or not. */
void carried_mark(struct carried_list *list, bool inherited);
size_t carried_octets(const struct carried *c);
/* What was told and is not carried for want of room, since carried_open. */
uint64_t carried_left_out(const struct carried *c);

#endif
