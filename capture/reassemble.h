/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_REASSEMBLE_H
#define CAPTURE_REASSEMBLE_H

/*
 * Puts fragmented IP datagrams together (RFC 791 section 3.2; RFC 8200 section 4.5), in any
 * order.  Time is that of the fragments.  A copy of a fragment is dropped; an overlap that is
 * no copy refuses the whole datagram (RFC 5722).  Bounded in datagrams, fragments and octets:
 * the oldest gives way.  Every fragment is counted in exactly one place:
 *   read = used + copies + other + lost + those that still wait
 * reassembler_open; reassembler_put...; reassembler_finish; reassembler_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum {
	REASSEMBLE_DATAGRAMS = 4096,        /* known at once, those that are done too */
	REASSEMBLE_FRAGMENTS = 512,         /* of one datagram */
	REASSEMBLE_OCTETS = 32 << 20,       /* that wait */
	REASSEMBLE_DATAGRAM_MAX = 65535,    /* octets behind IP's header */
	REASSEMBLE_KEY_WORDS = 7
};
#define REASSEMBLE_WAIT INT64_C(30000000000) /* nanoseconds after the first that came */

enum reassemble_loss {
#define REASSEMBLE(id, name, help) REASSEMBLE_##id,
#include "capture/reassemble.def"
#undef REASSEMBLE
	REASSEMBLE_LOSSES
};

struct reassemble_counts {
	uint64_t read;      /* fragments */
	uint64_t used;      /* of whole datagrams */
	uint64_t copies;
	uint64_t other;     /* of datagrams that the caller does not want */
	uint64_t lost[REASSEMBLE_LOSSES];
	uint64_t datagrams; /* put together */
};

/* What tells a datagram apart, and one fragment of it. */
struct fragment_piece {
	uint64_t key[REASSEMBLE_KEY_WORDS]; /* addresses, protocol, identification, way */
	const uint8_t *data; /* behind the headers of IP */
	uint32_t len;        /* by IP's own length */
	uint32_t captured;   /* of these, octets that are there */
	uint32_t offset;     /* in the datagram */
	bool more;
	bool other;          /* it is the first one, and the datagram is not wanted */
	int64_t time;
	uint64_t frame;
	uint16_t input;
};

/* A whole datagram: octets of the reassembler, until the next one is whole. */
struct reassembled {
	uint8_t *data;   /* REASSEMBLE_ROOM octets before it are free for a header */
	size_t len;
	uint64_t frame;  /* of the fragment that came first */
	uint16_t input;
};

enum { REASSEMBLE_ROOM = 40 };

struct reassembler;

MUST_USE enum status reassembler_open(uint64_t seed, struct reassembler **out, struct fault *f);
/* True, and *out holds, if with it its datagram is whole.  What lacks memory counts as LIMIT. */
bool reassembler_put(struct reassembler *r, const struct fragment_piece *p, struct reassembled *out);
/* What waits waited in vain. */
void reassembler_finish(struct reassembler *r);
const struct reassemble_counts *reassembler_counts(const struct reassembler *r);
void reassembler_free(struct reassembler *r);

const char *reassemble_loss_name(enum reassemble_loss l);
uint64_t reassemble_lost(const struct reassemble_counts *c); /* for all reasons */

#endif
