/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_BIFLOW_H
#define CAPTURE_BIFLOW_H

/*
 * One flow in the cache: 128 octets, two cache lines; the first holds what each packet
 * looks at.  The key is canonical (side A is the lower address and port); the flow's own
 * direction, forward, is the initiator's: index 0 of the pairs below is forward, 1 is
 * reverse.  A flow of a one-way meter has only forward packets.  What only some runs want to
 * know of a flow belongs into an array beside, by the same number, not in here.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/dissect.h"

enum {
	BIFLOW_LABEL = 0xfffff,       /* MPLS label */
	BIFLOW_HAS_LABEL = 1 << 20,
	BIFLOW_FROM_B = 1 << 21,      /* the initiator is side B of the key */
	BIFLOW_BY_SYN = 1 << 22,      /* ... because it sent a SYN */
	BIFLOW_FIN = 1 << 23,         /* << 1 for reverse */
	BIFLOW_ACKED = 1 << 25,       /* that direction's FIN; << 1 for reverse */
	BIFLOW_FINISHED = 1 << 27,    /* both FINs, or a reset */
	BIFLOW_FINE = 1 << 28,        /* times finer than a microsecond */
	BIFLOW_FLAGS = 1 << 29        /* TCP flags (forward: or ICMP type) seen; << 1 for reverse */
};

#define BIFLOW_LIVE 0x80000000u

enum { BIFLOW_SRC_MAC = 0x2000, BIFLOW_DST_MAC = 0x4000, BIFLOW_MARK = 0x8000 /* the meter's sweep's */ };

struct biflow {
	struct flow_key key;
	int64_t first;           /* nanoseconds, lowest and highest of its packets */
	int64_t last;
	uint8_t tcp_flags[2];
	uint8_t ttl_min[2];
	uint8_t ttl_max[2];
	uint16_t seen;           /* tick of the meter's clock at its latest packet */
	uint64_t packets[2];
	uint64_t bytes[2];
	uint64_t start;          /* position of its first packet: input << 48 | frame */
	uint8_t src_mac[6];      /* of the first packet, turned forward */
	uint8_t dst_mac[6];
	uint8_t initial[2];      /* flags of each direction's first packet; ICMP: type, code */
	uint8_t tos[2];
	uint16_t link;           /* inner VLAN as in the key, BIFLOW_*_MAC, BIFLOW_MARK */
	uint16_t queued;         /* tick in whose bucket of the wheel it stands */
	uint32_t state;          /* BIFLOW_ bits */
};

_Static_assert(sizeof(struct biflow) == 128, "two cache lines");

enum { BIFLOW_FRAME_BITS = 48 };

/* What the meter knows of a packet beside what was dissected. */
struct sighting {
	int64_t time;
	uint64_t position; /* input << 48 | frame */
	uint16_t tick;
	bool side_b;       /* its source is side B of the key */
	bool fine;
	bool one_way;      /* the meter makes no biflows: there is no other side to wait for */
};

/*
 * Takes key, MACs and tags of the first packet; no packet is counted yet.  With
 * `continued`, a flow that the active timeout ended, it goes on with its direction.
 */
void biflow_start(struct biflow *b, const struct dissected *d, const struct sighting *s,
    const struct biflow *continued);
/* Counts one packet; s->side_b says from which side. */
void biflow_add(struct biflow *b, const struct dissected *d, const struct sighting *s);
/* A SYN without ACK: whoever sends one starts a connection. */
bool biflow_is_syn(const struct dissected *d);

/* 0 for forward, 1 for reverse. */
static inline unsigned
biflow_direction(const struct biflow *b, bool side_b)
{
	return (b->state & BIFLOW_FROM_B) ? !side_b : side_b;
}

#endif
