/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets in tunnels: what of the tunnel is in the key, and the packet outside. */
#include "capture/meter_core.h"

/* What of the tunnels is in the key: the segments like a VLAN, all else if asked for. */
static uint64_t
path_extra(const struct meter *m, const struct flow_key *key, uint64_t segments, uint64_t path)
{
	uint64_t h = 0;

	if ((m->o.key & METER_KEY_VLAN) && (key->w[4] & KEY_SEGMENT))
		h ^= hash_mix(segments ^ m->key.secrets[2], m->key.secrets[4]);
	return m->o.key & METER_KEY_TUNNEL ? h ^ path : h;
}

uint64_t
meter_packet_extra(const struct meter *m, const struct item *it)
{
	uint64_t h = flowkey_packet_extra(&m->key, &it->d, it->s.side_b);

	if (!(it->d.marks & DISSECT_TUNNEL))
		return h;
	return h ^ path_extra(m, &it->d.key, it->tunnel.path.segments,
	    tunnel_path_hash(&it->tunnel.path, m->key.secrets[5]));
}

uint64_t
meter_flow_extra(const struct meter *m, const struct biflow *b, uint32_t number)
{
	uint64_t h = flowkey_flow_extra(&m->key, b);
	const struct flow_tunnel *t = flowtunnel_at(&m->tunnels, number, b);

	if (t == NULL)
		return h;
	return h ^ path_extra(m, &b->key, t->segments,
	    flowtunnel_hash(&m->tunnels, number, b, m->key.secrets[5]));
}

bool
meter_same_extra(const struct meter *m, const struct biflow *b, uint32_t number,
    const struct item *it)
{
	const struct tunnel_path *p = it->d.marks & DISSECT_TUNNEL ? &it->tunnel.path : NULL;

	if (m->key.extra != 0 && !flowkey_same_extra(&m->key, b, &it->d, it->s.side_b))
		return false;
	if ((m->o.key & METER_KEY_VLAN) && (it->d.key.w[4] & KEY_SEGMENT) &&
	    flowtunnel_at(&m->tunnels, number, b)->segments != p->segments)
		return false;
	return !(m->o.key & METER_KEY_TUNNEL) ||
	    flowtunnel_same_path(&m->tunnels, number, b, p, it->s.side_b);
}

/* The packet outside as one of its own. */
static bool
count_outer(struct meter *m, const struct item *inner)
{
	struct item outer = { .d = inner->tunnel.outer, .s = inner->s, .guess = FLOWCACHE_NONE };

	m->account.twice++;
	m->account.metered_sum.packets++;
	m->account.metered_sum.ip_bytes += outer.d.ip_bytes;
	if (outer.d.marks & DISSECT_FIRST)
		return meter_count_fragment(m, &outer);
	meter_turn_key(m, &outer);
	return meter_count(m, &outer) != FLOWCACHE_NONE;
}

bool
meter_count_outside(struct meter *m, const struct item *it)
{
	struct item outer;

	if (!it->tunnel.has_outer)
		return true;
	if (m->o.tunnels == METER_TUNNELS_BOTH)
		return count_outer(m, it);
	if (!(it->tunnel.outer.marks & DISSECT_FIRST))
		return true;
	outer = (struct item){ .d = it->tunnel.outer, .s = it->s };
	return meter_note_first(m, &outer);
}
