/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_FRAGMENT_H
#define CAPTURE_FRAGMENT_H

/*
 * Which flow a later fragment belongs to: the ports stand in the first one only.  Nothing
 * is reassembled.  Fragments that come before their first wait here as metadata, bounded
 * by time and number; those that waited in vain come out as orphans.  What is known of a
 * datagram is kept for the same time after its first fragment.  The clock is the meter's
 * and never goes back.
 *
 * A datagram is told by its addresses, protocol and identification, by the tunnel that it
 * came through, and by its VLAN.  A fragment whose first came with another VLAN only, before
 * it or while it waited, takes the ports from that one and keeps its own VLAN.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "capture/dissect.h"

/* A packet without its frame. */
struct fragment_packet {
	struct dissected d; /* its MAC pointers point into `macs` once it was taken out */
	struct tunnel_path path; /* with DISSECT_TUNNEL */
	uint8_t macs[12];
	int64_t time;
	uint64_t position;
	bool fine;
	bool orphan; /* its first was not seen: its ports are 0 */
};

struct fragments;

/* vlan: whether fragments with different VLANs are different datagrams. */
MUST_USE enum status fragments_open(int64_t wait, size_t max, bool vlan, uint64_t seed,
    struct fragments **out, struct fault *f);
void fragments_free(struct fragments *fr);

/*
 * Before a fragment of the time `clock` is looked at: the next one that waited too long or,
 * with `room`, has to make room for another.  False when there is none; call it until then.
 */
bool fragments_orphan(struct fragments *fr, int64_t clock, bool room, struct fragment_packet *out);
/* At the end of the run: the next of all that wait. */
bool fragments_drain(struct fragments *fr, struct fragment_packet *out);

/*
 * A first fragment: its ports are remembered.  path: of its tunnels, NULL without any.  Call fragments_waiting() until false for
 * those that waited for it (their keys are complete).  STATUS_NO_MEMORY.
 */
MUST_USE enum status fragments_first(struct fragments *fr, const struct dissected *d,
    const struct tunnel_path *path, int64_t clock);
bool fragments_waiting(struct fragments *fr, const struct dissected *first,
    const struct tunnel_path *path, struct fragment_packet *out);

/*
 * A later fragment: true in *ready if its first was seen, and d->key is completed;
 * else it waits and was copied.  Make room first.
 */
MUST_USE enum status fragments_later(struct fragments *fr, struct dissected *d,
    const struct tunnel_path *path, int64_t time, uint64_t position, bool fine, int64_t clock,
    bool *ready);

/* What waits now. */
void fragments_count(const struct fragments *fr, uint64_t *packets, uint64_t *ip_bytes);
/* No fragment waits until this time (INT64_MAX: none at all waits). */
int64_t fragments_deadline(const struct fragments *fr);

#endif
