/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/flowkey.h"

#include <string.h>

#include "capture/meter.h"

/* SplitMix64 (Steele, Lea, Flood 2014): secrets out of one seed. */
static uint64_t
secret(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

void
flowkey_init(struct flowkey *k, unsigned key, bool uniflow, uint64_t seed)
{
	k->uniflow = uniflow;
	k->extra = key & (METER_KEY_MAC | METER_KEY_TOS | METER_KEY_MPLS | METER_KEY_TUNNEL);
	k->w4_mask = ~KEY_TUNNEL;
	if (!(key & METER_KEY_PORTS))
		k->w4_mask &= ~KEY_PORTS_MASK;
	if (!(key & METER_KEY_VLAN))
		k->w4_mask &= ~KEY_VLAN_MASK;
	for (unsigned i = 0; i < FLOWKEY_SECRETS; i++)
		k->secrets[i] = secret(&seed);
}

/* The values in a form of their own, turned like the key; no frame without MACs has some. */
struct extra {
	uint8_t mac_a[6];
	uint8_t mac_b[6];
	uint32_t label; /* and BIFLOW_HAS_LABEL */
	uint8_t tos;
};

static uint64_t
extra_hash(const struct flowkey *k, const struct extra *e)
{
	uint64_t a = 0, b = 0;

	memcpy(&a, e->mac_a, 6);
	memcpy(&b, e->mac_b, 6);
	return hash_mix(a ^ k->secrets[0], b ^ k->secrets[1]) ^
	    hash_mix(e->label ^ k->secrets[2], e->tos ^ k->secrets[3]);
}

static struct extra
packet_extra(const struct flowkey *k, const struct dissected *d, bool side_b)
{
	struct extra e = { .label = 0 };

	if ((k->extra & METER_KEY_MAC) && d->src_mac != NULL)
		memcpy(side_b ? e.mac_b : e.mac_a, d->src_mac, 6);
	if ((k->extra & METER_KEY_MAC) && d->dst_mac != NULL)
		memcpy(side_b ? e.mac_a : e.mac_b, d->dst_mac, 6);
	if ((k->extra & METER_KEY_MPLS) && (d->marks & DISSECT_LABEL))
		e.label = BIFLOW_HAS_LABEL | (d->label & BIFLOW_LABEL);
	if (k->extra & METER_KEY_TOS)
		e.tos = d->tos;
	return e;
}

/* Every packet of the flow has the same ToS where it is in the key, so either will do. */
static struct extra
flow_extra(const struct flowkey *k, const struct biflow *b)
{
	bool from_b = b->state & BIFLOW_FROM_B;
	struct extra e = { .label = 0 };

	if (k->extra & METER_KEY_MAC) {
		memcpy(e.mac_a, from_b ? b->dst_mac : b->src_mac, 6);
		memcpy(e.mac_b, from_b ? b->src_mac : b->dst_mac, 6);
	}
	if (k->extra & METER_KEY_MPLS)
		e.label = b->state & (BIFLOW_HAS_LABEL | BIFLOW_LABEL);
	if (k->extra & METER_KEY_TOS)
		e.tos = b->tos[0];
	return e;
}

uint64_t
flowkey_packet_extra(const struct flowkey *k, const struct dissected *d, bool side_b)
{
	struct extra e;

	if (k->extra == 0)
		return 0;
	e = packet_extra(k, d, side_b);
	return extra_hash(k, &e);
}

uint64_t
flowkey_flow_extra(const struct flowkey *k, const struct biflow *b)
{
	struct extra e;

	if (k->extra == 0)
		return 0;
	e = flow_extra(k, b);
	return extra_hash(k, &e);
}

bool
flowkey_same_extra(const struct flowkey *k, const struct biflow *b, const struct dissected *d,
    bool side_b)
{
	struct extra x = flow_extra(k, b), y = packet_extra(k, d, side_b);

	return memcmp(x.mac_a, y.mac_a, 6) == 0 && memcmp(x.mac_b, y.mac_b, 6) == 0 &&
	    x.label == y.label && x.tos == y.tos;
}
