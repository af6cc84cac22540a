/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/waiting.h"

#include <stdlib.h>
#include <string.h>

static void
account(struct waiting *w, size_t *total, size_t more, size_t less)
{
	w->octets += more - less;
	*total += more - less;
}

/* One of those that share it has gone. */
static void
unshare(struct waiting *w, size_t *total, struct waiting_octets *o)
{
	if (--o->sets > 0)
		return;
	account(w, total, 0, sizeof *o + o->len);
	free(o);
}

void
waiting_done(struct waiting *w, size_t *total, struct waiting_octets *copy)
{
	if (copy != NULL)
		unshare(w, total, copy);
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
	account(w, total, 0, sizeof *s);
	return s;
}

void
waiting_set_free(struct waiting *w, size_t *total, struct waiting_set *set)
{
	unshare(w, total, set->octets);
	free(set);
}

static bool
fits(const struct waiting *w, size_t total, size_t size)
{
	return w->octets + size <= WAITING_MAX &&
	    (w->octets + size <= WAITING_SURE || total + size <= WAITING_TOTAL_MAX);
}

/* The oldest ones give way. */
static bool
make_room(struct waiting *w, size_t *total, size_t size)
{
	while (w->first != NULL && !fits(w, *total, size)) {
		waiting_set_free(w, total, unlink_set(w, total, &w->first));
		w->dropped++;
	}
	return fits(w, *total, size);
}

/* The first holder is who puts the sets, until waiting_done. */
static struct waiting_octets *
copy_datagram(struct waiting *w, size_t *total, const struct datagram *d)
{
	struct waiting_octets *o = malloc(sizeof *o + d->len);

	if (o == NULL)
		return NULL;
	o->sets = 1;
	o->len = d->len;
	if (d->len > 0)
		memcpy(o->data, d->data, d->len);
	account(w, total, sizeof *o + o->len, 0);
	return o;
}

bool
waiting_put(struct waiting *w, size_t *total, const struct waiting_set *set,
    struct waiting_octets **copy)
{
	size_t size = sizeof *set +
	    (*copy == NULL ? sizeof **copy + set->datagram.len : 0);
	struct waiting_set *s;

	if (!make_room(w, total, size)) {
		w->dropped++;
		return true;
	}
	if (*copy == NULL && (*copy = copy_datagram(w, total, &set->datagram)) == NULL)
		return false;
	s = malloc(sizeof *s);
	if (s == NULL)
		return false;
	*s = *set;
	s->next = NULL;
	s->octets = *copy;
	s->datagram.data = s->octets->data;
	s->octets->sets++;
	*(w->end == NULL ? &w->first : w->end) = s;
	w->end = &s->next;
	w->count++;
	account(w, total, sizeof *s, 0);
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
		waiting_set_free(w, total, unlink_set(w, total, &w->first));
}
