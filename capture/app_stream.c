/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/app_stream.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 512 };

static bool
make_room(struct app_stream *s, size_t end, struct app_budget *b)
{
	size_t cap = s->cap == 0 ? FIRST_ROOM : s->cap;
	uint8_t *data;

	while (cap < end)
		cap *= 2;
	if (cap == s->cap)
		return true;
	if (!app_budget_lend(b, cap - s->cap))
		return false;
	data = realloc(s->data, cap);
	if (data == NULL) {
		app_budget_give(b, cap - s->cap);
		b->refused++;
		return false;
	}
	s->data = data;
	s->cap = (uint16_t)cap;
	return true;
}

/* Copies into the holes alone: what came first counts. */
static void
fill_holes(struct app_stream *s, size_t start, size_t end, const uint8_t *data)
{
	size_t at = start;

	for (unsigned i = 0; i < s->count && at < end; i++) {
		const struct app_piece *p = &s->pieces[i];

		if (p->end <= at)
			continue;
		if (p->start > at) {
			size_t stop = p->start < end ? p->start : end;

			memcpy(s->data + at, data + (at - start), stop - at);
		}
		at = p->end;
	}
	if (at < end)
		memcpy(s->data + at, data + (at - start), end - at);
}

/* The pieces that the new one touches become one with it. */
static void
join(struct app_stream *s, size_t start, size_t end)
{
	unsigned first = 0, last;

	while (first < s->count && s->pieces[first].end < start)
		first++;
	last = first;
	while (last < s->count && s->pieces[last].start <= end) {
		if (s->pieces[last].start < start)
			start = s->pieces[last].start;
		if (s->pieces[last].end > end)
			end = s->pieces[last].end;
		last++;
	}
	memmove(&s->pieces[first + 1], &s->pieces[last], (s->count - last) * sizeof(s->pieces[0]));
	s->pieces[first] = (struct app_piece){ (uint16_t)start, (uint16_t)end };
	s->count = (uint16_t)(s->count + 1 - (last - first));
}

/* Whether it touches a piece, so that their number does not grow. */
static bool
touches(const struct app_stream *s, size_t start, size_t end)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->pieces[i].start <= end && start <= s->pieces[i].end)
			return true;
	return false;
}

bool
app_stream_put(struct app_stream *s, size_t offset, const void *data, size_t len,
    struct app_budget *b)
{
	if (offset >= APP_STREAM_MAX || len == 0)
		return true;
	if (len > APP_STREAM_MAX - offset)
		len = APP_STREAM_MAX - offset;
	if (s->count == APP_STREAM_PIECES && !touches(s, offset, offset + len)) {
		b->refused++;
		return false;
	}
	if (!make_room(s, offset + len, b))
		return false;
	fill_holes(s, offset, offset + len, data);
	join(s, offset, offset + len);
	return true;
}

void
app_stream_free(struct app_stream *s, struct app_budget *b)
{
	app_budget_give(b, s->cap);
	free(s->data);
	*s = (struct app_stream){ .data = NULL };
}
