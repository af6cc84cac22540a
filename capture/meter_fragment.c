/* SPDX-License-Identifier: BSD-2-Clause */
/* Fragments: with their first, or alone. */
#include "capture/meter_core.h"

#include "capture/nexthdr.h"

static struct item
waited_item(const struct meter *m, const struct fragment_packet *p)
{
	struct item it = { .d = p->d, .guess = FLOWCACHE_NONE, .tunnel.path = p->path };

	it.s = (struct sighting){ .time = p->time, .position = p->position, .tick = m->tick,
		.fine = p->fine, .one_way = m->o.uniflow };
	return it;
}

static bool
count_orphan(struct meter *m, struct fragment_packet *p)
{
	struct item it = waited_item(m, p);

	m->account.orphan_fragments += p->orphan;
	meter_turn_key(m, &it);
	return meter_count(m, &it) != FLOWCACHE_NONE;
}

static bool
count_orphans(struct meter *m, bool room)
{
	struct fragment_packet p;

	while (fragments_orphan(m->fragments, m->clock, room, &p))
		if (!count_orphan(m, &p))
			return false;
	return true;
}

static const struct tunnel_path *
path_of(const struct item *it)
{
	return it->d.marks & DISSECT_TUNNEL ? &it->tunnel.path : NULL;
}

/* Those that waited belong to the first one's flow, whatever their time. */
static bool
count_first(struct meter *m, const struct item *it)
{
	struct item first = *it;
	struct fragment_packet p;
	uint32_t number;

	if (fragments_first(m->fragments, &it->d, path_of(it), m->clock) != STATUS_OK)
		return false;
	meter_turn_key(m, &first);
	number = meter_count(m, &first);
	if (number == FLOWCACHE_NONE)
		return false;
	while (fragments_waiting(m->fragments, &it->d, path_of(it), &p)) {
		struct item later = waited_item(m, &p);

		meter_turn_key(m, &later);
		if (!meter_add(m, &later, number))
			return false;
	}
	return true;
}

bool
meter_note_first(struct meter *m, const struct item *it)
{
	struct fragment_packet p;

	if (!count_orphans(m, true) ||
	    fragments_first(m->fragments, &it->d, path_of(it), m->clock) != STATUS_OK)
		return false;
	while (fragments_waiting(m->fragments, &it->d, path_of(it), &p)) {
		struct item later = waited_item(m, &p);

		meter_turn_key(m, &later);
		if (meter_count(m, &later) == FLOWCACHE_NONE)
			return false;
	}
	m->fragment_deadline = fragments_deadline(m->fragments);
	return true;
}

/* Whether the number in a later fragment leaves open what its first one has. */
static bool
needs_first(const struct dissected *d)
{
	enum layer layer = next_layer(NEXT_PROTOCOL, KEY_PROTOCOL(d->key.w[4]));

	return layer != LAYER_OPAQUE && layer != LAYER_ICMP && !layer_is_tunnel(layer);
}

static bool
count_later(struct meter *m, struct item *it)
{
	bool ready = true;

	if (needs_first(&it->d) &&
	    fragments_later(m->fragments, &it->d, path_of(it), it->s.time, it->s.position, it->s.fine,
	        m->clock, &ready) != STATUS_OK)
		return false;
	if (!ready)
		return true;
	meter_turn_key(m, it);
	return meter_count(m, it) != FLOWCACHE_NONE;
}

bool
meter_count_fragment(struct meter *m, struct item *it)
{
	bool ok = count_orphans(m, true);

	it->guess = FLOWCACHE_NONE;
	if (ok && (it->d.marks & DISSECT_LATER))
		ok = count_later(m, it);
	else if (ok)
		ok = count_first(m, it);
	m->fragment_deadline = fragments_deadline(m->fragments);
	return ok;
}

bool
meter_expire_fragments(struct meter *m)
{
	bool ok = count_orphans(m, false);

	m->fragment_deadline = fragments_deadline(m->fragments);
	return ok;
}

bool
meter_drain_fragments(struct meter *m)
{
	struct fragment_packet p;

	while (fragments_drain(m->fragments, &p))
		if (!count_orphan(m, &p))
			return false;
	m->fragment_deadline = INT64_MAX;
	return true;
}

