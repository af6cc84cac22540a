/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/dedup.h"

#include <stdlib.h>

#include "base/cursor.h"
#include "base/hash.h"

enum {
	ROOM_FIRST = 4096,
	IPV4_OCTETS = 20,
	IPV4_ADDRESSES = 12,
	IPV6_OCTETS = 40,
	IPV6_ADDRESSES = 8,
	UPPER_OF_CUT = 20 /* of a cut packet so much behind IP's header is compared */
};

struct seen {
	uint64_t key;
	int64_t time;
	uint32_t older; /* the one before it with the same head */
};

/* A ring; packet n stands at n modulo room, the last `count` before `next` are remembered. */
struct dedup {
	int64_t window;
	int64_t clock; /* the highest time */
	struct seen *ring;
	uint32_t *heads; /* the latest packet of each; what is not remembered any more is nothing */
	uint32_t room;   /* of both, a power of 2 */
	uint32_t count;
	uint32_t next;
};

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * The snap length may cut one copy shorter than another, which had fewer tags: of cut packets
 * the upper header alone is compared, whose checksum is that of the rest.
 */
static size_t
octets_to_compare(size_t captured, uint64_t ip_bytes, size_t header)
{
	return captured >= ip_bytes ? (size_t)ip_bytes : least(captured, header + UPPER_OF_CUT);
}

static uint64_t
ipv4_key(const uint8_t *ip, size_t captured, const struct dissected *d, uint64_t seed)
{
	size_t header = (size_t)(ip[0] & 15) * 4, len;
	uint64_t fields = load_be64(ip) << 16 | ip[9]; /* length, identification, fragment; protocol */
	bool numbered = load_be16(ip + 4) != 0 || (d->marks & (DISSECT_FIRST | DISSECT_LATER));

	len = octets_to_compare(captured, d->ip_bytes, header);
	return (hash_bytes(ip + IPV4_ADDRESSES, len - IPV4_ADDRESSES, seed ^ fields) | 1) ^ !numbered;
}

static uint64_t
ipv6_key(const uint8_t *ip, size_t captured, const struct dissected *d, uint64_t seed)
{
	uint64_t fields = (uint64_t)load_be16(ip + 4) << 8 | ip[6]; /* length; next header */
	bool numbered = d->marks & (DISSECT_FIRST | DISSECT_LATER);
	size_t len = octets_to_compare(captured, d->ip_bytes, IPV6_OCTETS);

	return (hash_bytes(ip + IPV6_ADDRESSES, len - IPV6_ADDRESSES, ~seed ^ fields) | 1) ^ !numbered;
}

uint64_t
dedup_key(const struct packet *p, const struct dissected *d, uint64_t seed)
{
	size_t captured = (size_t)(p->data + p->captured - d->ip);

	if (KEY_VERSION(d->key.w[4]) == 4)
		return ipv4_key(d->ip, captured, d, seed);
	return ipv6_key(d->ip, captured, d, seed);
}

enum status
dedup_open(int64_t window, struct dedup **out, struct fault *f)
{
	struct dedup *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return fault_memory(f);
	s->window = window;
	s->clock = INT64_MIN;
	*out = s;
	return STATUS_OK;
}

void
dedup_free(struct dedup *s)
{
	if (s == NULL)
		return;
	free(s->ring);
	free(s->heads);
	free(s);
}

static uint32_t *
head_of(const struct dedup *s, uint64_t key)
{
	return &s->heads[key >> 1 & (s->room - 1)];
}

static void
append(struct dedup *s, uint64_t key, int64_t time)
{
	uint32_t *head = head_of(s, key);

	s->ring[s->next & (s->room - 1)] = (struct seen){ key, time, *head };
	*head = s->next++;
	s->count++;
}

/* Twice the room, or the first. */
static bool
grow(struct dedup *s)
{
	struct dedup old = *s;
	uint32_t room = old.room == 0 ? ROOM_FIRST : old.room * 2;
	struct seen *ring = calloc(room, sizeof(*ring));
	uint32_t *heads = calloc(room, sizeof(*heads));

	if (ring == NULL || heads == NULL) {
		free(ring);
		free(heads);
		return false;
	}
	s->ring = ring;
	s->heads = heads;
	s->room = room;
	s->count = 0;
	s->next = 0;
	for (uint32_t i = old.count; i > 0; i--) {
		const struct seen *x = &old.ring[(old.next - i) & (old.room - 1)];

		append(s, x->key, x->time);
	}
	free(old.ring);
	free(old.heads);
	return true;
}

static const struct seen *
oldest(const struct dedup *s)
{
	return &s->ring[(s->next - s->count) & (s->room - 1)];
}

/* What is too old to be met again is forgotten. */
static void
expire(struct dedup *s, int64_t time)
{
	if (time > s->clock)
		s->clock = time;
	while (s->count > 0 &&
	    (uint64_t)s->clock - (uint64_t)oldest(s)->time > (uint64_t)s->window)
		s->count--;
}

/* Room for one more. */
static bool
make_room(struct dedup *s)
{
	if (s->count < s->room)
		return true;
	if (s->room < DEDUP_MAX)
		return grow(s);
	s->count--;
	return true;
}

static bool
near(const struct dedup *s, uint64_t key, int64_t a, int64_t b)
{
	uint64_t apart = a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
	int64_t window = s->window;

	if (!(key & 1) && window > DEDUP_UNNUMBERED)
		window = DEDUP_UNNUMBERED;
	return apart <= (uint64_t)window;
}

static bool
find(const struct dedup *s, uint64_t key, int64_t time)
{
	uint32_t age = 0, at;

	if (s->count == 0)
		return false;
	/* Each is older than the one before, or leads nowhere. */
	for (at = *head_of(s, key); s->next - at > age && s->next - at <= s->count;) {
		const struct seen *x = &s->ring[at & (s->room - 1)];

		if (x->key == key && near(s, key, x->time, time))
			return true;
		age = s->next - at;
		at = x->older;
	}
	return false;
}

enum status
dedup_seen(struct dedup *s, uint64_t key, int64_t time, bool *seen, struct fault *f)
{
	expire(s, time);
	*seen = find(s, key, time);
	if (*seen)
		return STATUS_OK;
	if (!make_room(s))
		return fault_memory(f);
	append(s, key, time);
	return STATUS_OK;
}
