/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_FLOWKEY_H
#define CAPTURE_FLOWKEY_H

/*
 * What makes two packets of one flow: addresses, protocol, IP version, and by choice
 * ports, VLAN, MACs, ToS and MPLS label.  ICMP has no ports: an echo and its reply are one
 * biflow.  The hash is keyed by a seed, so that chosen addresses do not collide.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "capture/biflow.h"
#include "capture/dissect.h"

enum { FLOWKEY_SECRETS = 6 };

struct flowkey {
	uint64_t secrets[FLOWKEY_SECRETS];
	uint64_t w4_mask; /* the bits of key.w[4] that count */
	unsigned extra;   /* METER_KEY_ bits that are not in struct flow_key */
	bool uniflow;
};

/* key: METER_KEY_ bits (capture/meter.h). */
void flowkey_init(struct flowkey *k, unsigned key, bool uniflow, uint64_t seed);

/* A hash of what is not in struct flow_key; 0 for the default key. */
uint64_t flowkey_packet_extra(const struct flowkey *k, const struct dissected *d, bool side_b);
uint64_t flowkey_flow_extra(const struct flowkey *k, const struct biflow *b);
bool flowkey_same_extra(const struct flowkey *k, const struct biflow *b, const struct dissected *d,
    bool side_b);

/* Turns the key so that the lower address and port stand first; true if it was turned. */
static inline bool
flowkey_turn(const struct flowkey *k, struct flow_key *key)
{
	__extension__ typedef unsigned __int128 wide;
	wide a = (wide)key->w[1] << 64 | key->w[0], b = (wide)key->w[3] << 64 | key->w[2];
	uint64_t ports = key->w[4] & KEY_PORTS_MASK;
	uint64_t turned = ports << 16 | (ports >> 16 & ((uint64_t)0xffff << 32));
	bool turn = ((a > b) | ((a == b) & (ports > turned))) & !k->uniflow;
	uint64_t mask = turn ? UINT64_MAX : 0;
	uint64_t low = (key->w[0] ^ key->w[2]) & mask, high = (key->w[1] ^ key->w[3]) & mask;

	key->w[0] ^= low;
	key->w[2] ^= low;
	key->w[1] ^= high;
	key->w[3] ^= high;
	key->w[4] ^= (ports ^ turned) & mask;
	return turn;
}

static inline uint32_t
flowkey_hash(const struct flowkey *k, const struct flow_key *key, uint64_t extra)
{
	const uint64_t *s = k->secrets, *w = key->w;
	uint64_t h = hash_mix(w[0] ^ s[0], w[1] ^ s[1]) ^ hash_mix(w[2] ^ s[2], w[3] ^ s[3]);

	h = hash_mix(h ^ (w[4] & k->w4_mask) ^ s[4], s[5] ^ extra);
	return (uint32_t)(h ^ h >> 32);
}

#endif
