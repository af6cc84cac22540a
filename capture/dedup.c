/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/dedup.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "capture/tcp.h"

enum {
	ROOM_FIRST = 4096,
	IPV4_ADDRESSES = 12,
	IPV6_OCTETS = 40,
	IPV6_ADDRESSES = 8,
	UPPER_OF_CUT = 20 /* of a cut packet so much behind IP's header is compared */
};

struct seen {
	uint64_t content;
	int64_t time;
	uint32_t place;
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
ipv4_content(const uint8_t *ip, size_t captured, const struct dissected *d, uint64_t seed)
{
	size_t len = octets_to_compare(captured, d->ip_bytes, (size_t)(ip[0] & 15) * 4);
	/* length, identification, fragment; protocol */
	uint64_t fields = load_be64(ip) << 16 | ip[9];

	return hash_bytes(ip + IPV4_ADDRESSES, len - IPV4_ADDRESSES, seed ^ fields);
}

static uint64_t
ipv6_content(const uint8_t *ip, size_t captured, const struct dissected *d, uint64_t seed)
{
	size_t len = octets_to_compare(captured, d->ip_bytes, IPV6_OCTETS);
	uint64_t fields = (uint64_t)load_be16(ip + 4) << 8 | ip[6]; /* length; next header */

	return hash_bytes(ip + IPV6_ADDRESSES, len - IPV6_ADDRESSES, ~seed ^ fields);
}

static uint32_t
place_of(const struct dissected *d, uint64_t seed)
{
	struct {
		uint8_t macs[12];
		uint16_t tags[2];
		uint64_t ttl;
	} place = { .tags = { (uint16_t)KEY_VLAN(d->key.w[4]), d->inner_vlan }, .ttl = d->ttl };

	if (d->src_mac != NULL)
		memcpy(place.macs, d->src_mac, 6);
	if (d->dst_mac != NULL)
		memcpy(place.macs + 6, d->dst_mac, 6);
	return (uint32_t)hash_bytes(&place, sizeof(place), seed);
}

/* Where its length is not known, there may be data. */
static bool
is_mute(const struct dissected *d)
{
	if (!(d->marks & DISSECT_TCP) || d->upper_captured <= TCP_AT_OFFSET)
		return false;
	if (d->tcp_flags & TCP_RST)
		return true;
	return !(d->tcp_flags & (TCP_SYN | TCP_FIN)) &&
	    d->upper_octets <= (uint32_t)(d->upper[TCP_AT_OFFSET] >> 4) * 4;
}

struct dedup_look
dedup_look(const struct packet *p, const struct dissected *d, uint64_t seed)
{
	size_t captured = (size_t)(p->data + p->captured - d->ip);
	struct dedup_look look = { .place = place_of(d, seed), .mute = is_mute(d),
		.numbered = d->marks & (DISSECT_FIRST | DISSECT_LATER) };

	if (KEY_VERSION(d->key.w[4]) == 4) {
		look.content = ipv4_content(d->ip, captured, d, seed);
		look.numbered |= load_be16(d->ip + 4) != 0;
	} else {
		look.content = ipv6_content(d->ip, captured, d, seed);
	}
	return look;
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
head_of(const struct dedup *s, uint64_t content)
{
	return &s->heads[content & (s->room - 1)];
}

static void
append(struct dedup *s, uint64_t content, uint32_t place, int64_t time)
{
	uint32_t *head = head_of(s, content);

	s->ring[s->next & (s->room - 1)] = (struct seen){ content, time, place, *head };
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

		append(s, x->content, x->place, x->time);
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
is_copy(const struct dedup *s, const struct seen *x, const struct dedup_look *look, int64_t time)
{
	uint64_t apart = time > x->time ? (uint64_t)time - (uint64_t)x->time
	                                : (uint64_t)x->time - (uint64_t)time;
	int64_t most = s->window;

	if (x->content != look->content)
		return false;
	if (!look->numbered) {
		bool there = x->place == look->place;
		int64_t limit = there ? DEDUP_THERE : DEDUP_ELSEWHERE;

		if (there && look->mute)
			return false;
		most = most < limit ? most : limit;
	}
	return apart <= (uint64_t)most;
}

static bool
find(const struct dedup *s, const struct dedup_look *look, int64_t time)
{
	uint32_t age = 0, at;

	if (s->count == 0)
		return false;
	/* Each is older than the one before, or leads nowhere. */
	for (at = *head_of(s, look->content); s->next - at > age && s->next - at <= s->count;) {
		const struct seen *x = &s->ring[at & (s->room - 1)];

		if (is_copy(s, x, look, time))
			return true;
		age = s->next - at;
		at = x->older;
	}
	return false;
}

enum status
dedup_seen(struct dedup *s, const struct dedup_look *look, int64_t time, bool *seen,
    struct fault *f)
{
	expire(s, time);
	*seen = find(s, look, time);
	if (*seen)
		return STATUS_OK;
	if (!make_room(s))
		return fault_memory(f);
	append(s, look->content, look->place, time);
	return STATUS_OK;
}
