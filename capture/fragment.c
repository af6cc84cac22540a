/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/fragment.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { HEADS = 4096, NONE = 0 };

/* Ports and protocol: what a later fragment takes from the first. */
#define TAKEN_MASK (KEY_PORTS_MASK | KEY_PROTOCOL_MASK)

/*
 * Addresses, version, IPv4's protocol, and the identification (RFC 791; RFC 8200); the
 * innermost tunnel and the segments.  All of 64 bits, so that no padding is compared.
 */
struct datagram_key {
	uint64_t w[5];
	uint64_t id;
	uint64_t segments;
	uint64_t ends[4];
	uint64_t tunnel; /* its id and kind */
};

/* One datagram in pieces.  Index 0 of the arrays is none. */
struct datagram {
	struct datagram_key key;
	uint64_t vlan;      /* KEY_VLAN_MASK bits, where they tell datagrams apart */
	uint64_t first;     /* TAKEN_MASK bits of its first fragment's key */
	int64_t deadline;
	bool known;         /* the first was seen */
	uint32_t chain;     /* next with the same hash */
	uint32_t older;     /* all of them, by deadline */
	uint32_t newer;
	uint32_t head;      /* what waits for it */
	uint32_t tail;
};

struct waiting {
	struct fragment_packet packet;
	uint32_t next;
};

struct fragments {
	int64_t wait;
	uint32_t max;
	uint64_t vlan_mask;
	uint64_t seed;
	uint32_t heads[HEADS];
	struct datagram *datagrams;
	uint32_t datagram_count, datagram_cap, datagram_spare, datagrams_used;
	uint32_t oldest, newest;
	struct waiting *waiting;
	uint32_t waiting_count, waiting_cap, waiting_spare, waiting_used;
	uint64_t waiting_bytes;
};

enum status
fragments_open(int64_t wait, size_t max, bool vlan, uint64_t seed, struct fragments **out,
    struct fault *f)
{
	struct fragments *fr = calloc(1, sizeof(*fr));

	if (fr == NULL)
		return fault_memory(f);
	fr->wait = wait;
	fr->max = max < 1 ? 1 : max > UINT32_MAX / 4 ? UINT32_MAX / 4 : (uint32_t)max;
	fr->vlan_mask = vlan ? KEY_VLAN_MASK : 0;
	fr->seed = seed;
	fr->datagram_count = 1;
	fr->waiting_count = 1;
	*out = fr;
	return STATUS_OK;
}

void
fragments_free(struct fragments *fr)
{
	if (fr == NULL)
		return;
	free(fr->datagrams);
	free(fr->waiting);
	free(fr);
}

/* Room for one more element in an array that begins at index 1. */
static bool
room(void **array, uint32_t count, uint32_t *cap, size_t size)
{
	uint32_t more = *cap == 0 ? 64 : *cap * 2;
	void *p;

	if (count < *cap)
		return true;
	p = realloc(*array, more * size);
	if (p == NULL)
		return false;
	*array = p;
	*cap = more;
	return true;
}

static struct datagram_key
key_of(const struct dissected *d, const struct tunnel_path *path)
{
	struct datagram_key k = { .id = d->fragment_id };
	const struct tunnel_layer *l;

	memcpy(k.w, d->key.w, sizeof(k.w));
	k.w[4] &= ~(KEY_PORTS_MASK | KEY_VLAN_MASK);
	if (KEY_VERSION(k.w[4]) == 6)
		k.w[4] &= ~KEY_PROTOCOL_MASK;
	if (path == NULL)
		return k;
	l = tunnel_innermost(path);
	k.segments = path->segments;
	memcpy(&k.ends[0], l->src, sizeof(l->src));
	memcpy(&k.ends[2], l->dst, sizeof(l->dst));
	k.tunnel = (uint64_t)l->kind << 32 | (l->marks & TUNNEL_ID_HIGH ? l->id >> 8 : l->id);
	return k;
}

static uint32_t *
head_of(struct fragments *fr, const struct datagram_key *k)
{
	return &fr->heads[hash_bytes(k, sizeof(*k), fr->seed) % HEADS];
}

static uint64_t
vlan_of(const struct fragments *fr, const struct dissected *d)
{
	return d->key.w[4] & fr->vlan_mask;
}

static uint32_t
find(struct fragments *fr, const struct datagram_key *k, uint64_t vlan)
{
	uint32_t i = *head_of(fr, k);

	while (i != NONE && (fr->datagrams[i].vlan != vlan ||
	    memcmp(&fr->datagrams[i].key, k, sizeof(*k)) != 0))
		i = fr->datagrams[i].chain;
	return i;
}

/* The latest with a first fragment, whatever its VLAN. */
static uint32_t
find_first(struct fragments *fr, const struct datagram_key *k)
{
	uint32_t i = *head_of(fr, k);

	while (i != NONE && (!fr->datagrams[i].known ||
	    memcmp(&fr->datagrams[i].key, k, sizeof(*k)) != 0))
		i = fr->datagrams[i].chain;
	return i;
}

static void
unlink_age(struct fragments *fr, uint32_t i)
{
	struct datagram *g = &fr->datagrams[i];

	if (g->older != NONE)
		fr->datagrams[g->older].newer = g->newer;
	else
		fr->oldest = g->newer;
	if (g->newer != NONE)
		fr->datagrams[g->newer].older = g->older;
	else
		fr->newest = g->older;
}

static void
link_newest(struct fragments *fr, uint32_t i, int64_t clock)
{
	struct datagram *g = &fr->datagrams[i];

	g->deadline = clock > INT64_MAX - fr->wait ? INT64_MAX : clock + fr->wait;
	g->older = fr->newest;
	g->newer = NONE;
	if (fr->newest != NONE)
		fr->datagrams[fr->newest].newer = i;
	else
		fr->oldest = i;
	fr->newest = i;
}

static void
forget(struct fragments *fr, uint32_t i)
{
	uint32_t *at = head_of(fr, &fr->datagrams[i].key);

	while (*at != i)
		at = &fr->datagrams[*at].chain;
	*at = fr->datagrams[i].chain;
	unlink_age(fr, i);
	fr->datagrams[i].chain = fr->datagram_spare;
	fr->datagram_spare = i;
	fr->datagrams_used--;
}

/* A new datagram; the caller made room, so that at most `max` are known. */
static uint32_t
remember(struct fragments *fr, const struct datagram_key *k, uint64_t vlan, int64_t clock)
{
	uint32_t i = fr->datagram_spare, *head = head_of(fr, k);
	void *array = fr->datagrams;

	if (i != NONE) {
		fr->datagram_spare = fr->datagrams[i].chain;
	} else {
		if (!room(&array, fr->datagram_count, &fr->datagram_cap, sizeof(struct datagram)))
			return NONE;
		fr->datagrams = array;
		i = fr->datagram_count++;
	}
	fr->datagrams[i] = (struct datagram){ .key = *k, .vlan = vlan, .chain = *head };
	*head = i;
	link_newest(fr, i, clock);
	fr->datagrams_used++;
	return i;
}

static bool
take_waiting(struct fragments *fr, struct datagram *g, struct fragment_packet *out)
{
	uint32_t i = g->head;
	struct waiting *p;

	if (i == NONE)
		return false;
	p = &fr->waiting[i];
	*out = p->packet;
	if (out->d.src_mac != NULL)
		out->d.src_mac = out->macs;
	if (out->d.dst_mac != NULL)
		out->d.dst_mac = out->macs + 6;
	g->head = p->next;
	p->next = fr->waiting_spare;
	fr->waiting_spare = i;
	fr->waiting_used--;
	fr->waiting_bytes -= out->d.ip_bytes;
	return true;
}

static void
complete(struct dissected *d, uint64_t first)
{
	d->key.w[4] = (d->key.w[4] & ~TAKEN_MASK) | first;
}

/* The next that waits for this datagram's first: with another VLAN's, if there is one. */
static bool
take_orphan(struct fragments *fr, struct datagram *g, struct fragment_packet *out)
{
	uint32_t i;

	if (!take_waiting(fr, g, out))
		return false;
	i = find_first(fr, &g->key);
	out->orphan = i == NONE;
	if (i != NONE)
		complete(&out->d, fr->datagrams[i].first);
	return true;
}

bool
fragments_orphan(struct fragments *fr, int64_t clock, bool make_room, struct fragment_packet *out)
{
	while (fr->oldest != NONE) {
		struct datagram *g = &fr->datagrams[fr->oldest];
		bool full = fr->waiting_used >= fr->max || fr->datagrams_used >= fr->max;

		if (g->deadline >= clock && !(make_room && full))
			return false;
		if (take_orphan(fr, g, out))
			return true;
		forget(fr, fr->oldest);
	}
	return false;
}

bool
fragments_drain(struct fragments *fr, struct fragment_packet *out)
{
	while (fr->oldest != NONE) {
		if (take_orphan(fr, &fr->datagrams[fr->oldest], out))
			return true;
		forget(fr, fr->oldest);
	}
	return false;
}

enum status
fragments_first(struct fragments *fr, const struct dissected *d, const struct tunnel_path *path,
    int64_t clock)
{
	struct datagram_key k = key_of(d, path);
	uint32_t i = find(fr, &k, vlan_of(fr, d));

	if (i == NONE) {
		i = remember(fr, &k, vlan_of(fr, d), clock);
		if (i == NONE)
			return STATUS_NO_MEMORY;
	} else {
		unlink_age(fr, i);
		link_newest(fr, i, clock);
	}
	fr->datagrams[i].known = true;
	fr->datagrams[i].first = d->key.w[4] & TAKEN_MASK;
	return STATUS_OK;
}

bool
fragments_waiting(struct fragments *fr, const struct dissected *first,
    const struct tunnel_path *path, struct fragment_packet *out)
{
	struct datagram_key k = key_of(first, path);
	uint32_t i = find(fr, &k, vlan_of(fr, first));

	if (i == NONE || !take_waiting(fr, &fr->datagrams[i], out))
		return false;
	complete(&out->d, first->key.w[4] & TAKEN_MASK);
	return true;
}

static uint32_t
new_waiting(struct fragments *fr)
{
	uint32_t i = fr->waiting_spare;
	void *array = fr->waiting;

	if (i != NONE) {
		fr->waiting_spare = fr->waiting[i].next;
		return i;
	}
	if (!room(&array, fr->waiting_count, &fr->waiting_cap, sizeof(struct waiting)))
		return NONE;
	fr->waiting = array;
	return fr->waiting_count++;
}

static bool
append_waiting(struct fragments *fr, struct datagram *g, const struct fragment_packet *p)
{
	uint32_t i = new_waiting(fr);
	struct waiting *w;

	if (i == NONE)
		return false;
	w = &fr->waiting[i];
	w->packet = *p;
	w->packet.d.ip = NULL; /* the frame does not stay */
	w->next = NONE;
	if (p->d.src_mac != NULL)
		memcpy(w->packet.macs, p->d.src_mac, 6);
	if (p->d.dst_mac != NULL)
		memcpy(w->packet.macs + 6, p->d.dst_mac, 6);
	if (g->head == NONE)
		g->head = i;
	else
		fr->waiting[g->tail].next = i;
	g->tail = i;
	fr->waiting_used++;
	fr->waiting_bytes += p->d.ip_bytes;
	return true;
}

enum status
fragments_later(struct fragments *fr, struct dissected *d, const struct tunnel_path *path,
    int64_t time, uint64_t position, bool fine, int64_t clock, bool *ready)
{
	struct fragment_packet p = { .d = *d, .time = time, .position = position, .fine = fine };
	struct datagram_key k = key_of(d, path);
	uint32_t i = find(fr, &k, vlan_of(fr, d)), first = i;

	if (i == NONE || !fr->datagrams[i].known)
		first = find_first(fr, &k);
	if (first != NONE) {
		complete(d, fr->datagrams[first].first);
		*ready = true;
		return STATUS_OK;
	}
	if (path != NULL)
		p.path = *path;
	if (i == NONE)
		i = remember(fr, &k, vlan_of(fr, d), clock);
	if (i == NONE || !append_waiting(fr, &fr->datagrams[i], &p))
		return STATUS_NO_MEMORY;
	*ready = false;
	return STATUS_OK;
}

void
fragments_count(const struct fragments *fr, uint64_t *packets, uint64_t *ip_bytes)
{
	*packets = fr->waiting_used;
	*ip_bytes = fr->waiting_bytes;
}

int64_t
fragments_deadline(const struct fragments *fr)
{
	return fr->oldest == NONE ? INT64_MAX : fr->datagrams[fr->oldest].deadline;
}
