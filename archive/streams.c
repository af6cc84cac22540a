/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/streams.h"

#include <string.h>

struct stream_known {
	uint64_t number; /* here */
	uint64_t session;
	struct address src;
	struct address dst;
	uint16_t src_port;
	uint16_t dst_port;
	uint16_t input;
	enum transport transport;
	bool present; /* in this segment */
};

static size_t
known_count(const struct streams *s)
{
	return s->list.len / sizeof(struct stream_known);
}

static struct stream_known
known_at(const struct streams *s, size_t i)
{
	struct stream_known k;

	memcpy(&k, s->list.data + i * sizeof k, sizeof k);
	return k;
}

static void
known_set(struct streams *s, size_t i, const struct stream_known *k)
{
	memcpy(s->list.data + i * sizeof *k, k, sizeof *k);
}

static void
drop(struct streams *s, size_t i)
{
	size_t size = sizeof(struct stream_known);

	memmove(s->list.data + i * size, s->list.data + (i + 1) * size, s->list.len - (i + 1) * size);
	s->list.len -= size;
	s->last = 0;
}

void
streams_segment(struct streams *s)
{
	for (size_t i = known_count(s); i-- > 0;) {
		struct stream_known k = known_at(s, i);

		if (!k.present) {
			drop(s, i);
			continue;
		}
		k.present = false;
		known_set(s, i, &k);
	}
}

static bool
same_address(const struct address *a, const struct address *b)
{
	return a->family == b->family && memcmp(a->octets, b->octets, sizeof a->octets) == 0;
}

static bool
is_of(const struct stream_known *k, const struct datagram *w)
{
	return k->session == w->session && k->transport == w->transport && k->input == w->input &&
	    k->src_port == w->src_port && k->dst_port == w->dst_port &&
	    same_address(&k->src, &w->src) && same_address(&k->dst, &w->dst);
}

/* Its place in the list, or behind it. */
static size_t
look(const struct streams *s, const struct datagram *w)
{
	size_t n = known_count(s);

	if (s->last < n) {
		struct stream_known k = known_at(s, s->last);

		if (is_of(&k, w))
			return s->last;
	}
	for (size_t i = 0; i < n; i++) {
		struct stream_known k = known_at(s, i);

		if (is_of(&k, w))
			return i;
	}
	return n;
}

static uint64_t
add(struct streams *s, const struct datagram *w)
{
	struct stream_known k = { .number = s->count + 1, .session = w->session, .src = w->src,
		.dst = w->dst, .src_port = w->src_port, .dst_port = w->dst_port, .input = w->input,
		.transport = w->transport, .present = true };

	if (known_count(s) == STREAMS_MAX)
		drop(s, 0);
	s->last = known_count(s);
	buf_put(&s->list, &k, sizeof k);
	if (!buf_ok(&s->list))
		return 0;
	return ++s->count;
}

uint64_t
streams_find(struct streams *s, const struct messagemark *m)
{
	size_t i = look(s, &m->way);
	struct stream_known k;

	if (i == known_count(s))
		return add(s, &m->way);
	k = known_at(s, i);
	/* of files nothing but what is carried tells one from the next run's */
	if (!k.present && m->way.transport == TRANSPORT_FILE && m->kind != MESSAGEMARK_CARRIED) {
		drop(s, i);
		return add(s, &m->way);
	}
	k.present = true;
	known_set(s, i, &k);
	s->last = i;
	return k.number;
}

void
streams_end(struct streams *s, const struct messagemark *m)
{
	size_t i = look(s, &m->way);

	if (i < known_count(s))
		drop(s, i);
}

void
streams_free(struct streams *s)
{
	buf_free(&s->list);
}
