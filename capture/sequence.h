/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_SEQUENCE_H
#define CAPTURE_SEQUENCE_H

/*
 * One direction of a TCP connection as who only listens knows it: how far its sequence numbers
 * have come, and of each segment whether its octets are new, were there before, or arrive behind
 * later ones.  Numbers are compared modulo 2^32 (RFC 9293 section 3.4); SYN and FIN take one each.
 *
 * What was not seen below the highest number is a hole.  A direction has SEQUENCE_HOLES of them at
 * most (the lowest is forgotten for another), in a pool that the directions share, for few have
 * any.  What is behind the highest number and in no known hole counts as seen.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SEQUENCE_HOLES = 4 };

/* The largest window (RFC 7323 section 2.3): what lies farther away belongs to something else. */
#define SEQUENCE_REACH ((uint32_t)1 << 30)

/* Zeroed at first. */
struct sequence {
	uint32_t next;  /* behind the highest number seen */
	uint32_t start; /* the SYN's number */
	uint32_t acked; /* by the other direction, as far as it came */
	uint32_t holes; /* in the pool; 0: none */
	uint8_t state;  /* of sequence.c */
};

struct sequence_holes;

/* Zeroed at first. */
struct sequence_pool {
	struct sequence_holes *sets; /* index 0 is none */
	uint32_t count;
	uint32_t cap;
	uint32_t spare; /* list of released ones, 0 ends it */
};

enum sequence_kind {
	SEQUENCE_NONE, /* takes no number, or is a keep-alive or the probe of a closed window */
	SEQUENCE_NEW,
	SEQUENCE_RETRANSMITTED,
	SEQUENCE_OUT_OF_ORDER
};

/* A segment's header: numbers in host order. */
struct sequence_segment {
	uint32_t number;
	uint32_t ack;
	uint32_t payload; /* octets */
	int64_t time;     /* nanoseconds */
	uint16_t window;
	bool has_window;  /* it was captured */
	uint8_t flags;
};

/* The first stretch of the segment's payload that was not seen before. */
struct sequence_fresh {
	uint32_t offset;
	uint32_t len;
};

/*
 * The segment in its direction.  What fills a hole whole within `patience` nanoseconds after the
 * hole was opened is out of order, later it is a retransmission.  False: no memory.
 */
bool sequence_put(struct sequence *s, struct sequence_pool *pool,
    const struct sequence_segment *g, int64_t patience, enum sequence_kind *kind,
    struct sequence_fresh *fresh);
/* What the same segment tells of the other direction: acknowledgement and window. */
void sequence_heard(struct sequence *other, const struct sequence_segment *g);

/* A copy that goes on in its place: the holes are the new one's. */
void sequence_move(struct sequence *to, struct sequence *from);
void sequence_release(struct sequence *s, struct sequence_pool *pool);
void sequence_pool_free(struct sequence_pool *pool);

#endif
