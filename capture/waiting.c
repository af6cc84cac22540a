/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/waiting.h"

#include <stdlib.h>
#include <string.h>

/* What a set costs, its place in the list too: many small ones must not be free. */
static size_t
cost(const struct waiting_set *s)
{
	return sizeof *s + s->len;
}

static struct waiting_set *
unlink_set(struct waiting *w, size_t *total, struct waiting_set **link)
{
	struct waiting_set *s = *link;

	*link = s->next;
	if (w->end == &s->next)
		w->end = link;
	if (w->first == NULL)
		w->end = NULL;
	w->count--;
	w->octets -= cost(s);
	*total -= cost(s);
	return s;
}

static void
drop_oldest(struct waiting *w, size_t *total)
{
	free(unlink_set(w, total, &w->first));
	w->dropped++;
}

bool
waiting_put(struct waiting *w, size_t *total, const struct waiting_set *set, const uint8_t *body)
{
	size_t size = cost(set);
	struct waiting_set *s;

	while (w->first != NULL && (w->octets + size > WAITING_MAX || *total + size > WAITING_TOTAL_MAX))
		drop_oldest(w, total);
	if (size > WAITING_MAX || *total + size > WAITING_TOTAL_MAX) {
		w->dropped++;
		return true;
	}
	s = malloc(size);
	if (s == NULL)
		return false;
	*s = *set;
	s->next = NULL;
	s->datagram.data = NULL;
	memcpy(s->body, body, set->len);
	*(w->end == NULL ? &w->first : w->end) = s;
	w->end = &s->next;
	w->count++;
	w->octets += size;
	*total += size;
	return true;
}

struct waiting_set *
waiting_take(struct waiting *w, size_t *total,
    bool (*known)(void *ctx, uint32_t domain, uint16_t id), void *ctx)
{
	for (struct waiting_set **link = &w->first; *link != NULL; link = &(*link)->next)
		if (known(ctx, (*link)->header.domain, (*link)->id))
			return unlink_set(w, total, link);
	return NULL;
}

void
waiting_free(struct waiting *w, size_t *total)
{
	while (w->first != NULL)
		free(unlink_set(w, total, &w->first));
}
