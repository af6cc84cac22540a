/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/carried.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { BUCKETS = 1 << 14 };

struct carried_entry {
	struct carried_entry *next;    /* of its hash bucket */
	struct carried_entry *sibling; /* of its datagram */
	struct carried_entry **link;   /* what points to it there */
	struct carried_list *list;
	struct carried_key key;
	uint32_t offset; /* of a record */
	struct carried_datagram *holder;
	struct carried_datagram *needs; /* or NULL */
};

struct carried {
	uint64_t seed;
	size_t octets;
	uint64_t left_out;
	/* the datagram that tells */
	struct carried_list *list;
	const struct datagram *datagram;
	uint64_t segment;
	bool inherited;
	struct carried_datagram *copy; /* NULL: it was not needed yet */
	uint32_t records[CARRIED_RECORDS_MAX];
	struct carried_entry *buckets[BUCKETS];
};

enum status
carried_open(uint64_t seed, struct carried **out, struct fault *f)
{
	struct carried *c = calloc(1, sizeof *c);

	if (c == NULL)
		return fault_memory(f);
	c->seed = seed;
	*out = c;
	return STATUS_OK;
}

void
carried_free(struct carried *c)
{
	free(c);
}

void
carried_begin(struct carried *c, struct carried_list *list, const struct datagram *d,
    uint64_t segment, bool inherited)
{
	c->list = list;
	c->datagram = d;
	c->segment = segment;
	c->inherited = inherited;
	c->copy = NULL;
}

static struct carried_entry **
bucket_of(struct carried *c, const struct carried_list *list, const struct carried_key *key)
{
	const uint64_t words[] = { (uintptr_t)list, (uint64_t)key->domain << 8 | key->kind, key->id };

	return &c->buckets[hash_bytes(words, sizeof words, c->seed) % BUCKETS];
}

/* The link that points to the entry, or to NULL at the bucket's end. */
static struct carried_entry **
link_of(struct carried *c, const struct carried_list *list, const struct carried_key *key)
{
	struct carried_entry **link = bucket_of(c, list, key);

	while (*link != NULL && ((*link)->list != list || (*link)->key.domain != key->domain ||
	    (*link)->key.kind != key->kind || (*link)->key.id != key->id))
		link = &(*link)->next;
	return link;
}

static void
account(struct carried *c, struct carried_list *list, size_t more, size_t less)
{
	list->octets += more - less;
	c->octets += more - less;
}

/* Frees a datagram that holds nothing and that nothing needs. */
static void
release(struct carried *c, struct carried_list *list, struct carried_datagram *d)
{
	if (d == NULL || d->entries != NULL || d->needed > 0)
		return;
	*(d->before == NULL ? &list->first : &d->before->next) = d->next;
	*(d->next == NULL ? &list->last : &d->next->before) = d->before;
	account(c, list, 0, sizeof *d + d->datagram.len);
	if (c->copy == d)
		c->copy = NULL;
	free(d);
}

static void
attach(struct carried_entry *e, struct carried_datagram *holder, struct carried_datagram *needs)
{
	e->holder = holder;
	e->sibling = holder->entries;
	e->link = &holder->entries;
	if (e->sibling != NULL)
		e->sibling->link = &e->sibling;
	holder->entries = e;
	e->needs = needs == holder ? NULL : needs;
	if (e->needs != NULL)
		e->needs->needed++;
}

static void
detach(struct carried_entry *e)
{
	*e->link = e->sibling;
	if (e->sibling != NULL)
		e->sibling->link = e->link;
	if (e->needs != NULL)
		e->needs->needed--;
}

/* Takes an entry out, and what only it held. */
static void
drop_entry(struct carried *c, struct carried_entry **link)
{
	struct carried_entry *e = *link;
	struct carried_datagram *holder = e->holder, *needs = e->needs;
	struct carried_list *list = e->list;

	*link = e->next;
	detach(e);
	account(c, list, 0, sizeof *e);
	free(e);
	if (needs != holder)
		release(c, list, needs);
	release(c, list, holder);
}

/* For the datagram's copy and for an entry, where these are not there yet. */
static bool
has_room(const struct carried *c, const struct carried_entry *e, enum carried_kind kind)
{
	size_t most = kind == CARRIED_TEMPLATE ? CARRIED_MAX : CARRIED_OPTIONS_MAX;
	size_t more = (c->copy == NULL ? sizeof *c->copy + c->datagram->len : 0) +
	    (e == NULL ? sizeof *e : 0);

	return more == 0 || (c->list->octets + more <= most && c->octets + more <= CARRIED_TOTAL_MAX);
}

/* The copy of the datagram that tells; false where there is no memory. */
static bool
make_copy(struct carried *c)
{
	struct carried_datagram *d = malloc(sizeof *d + c->datagram->len);
	struct carried_list *l = c->list;

	if (d == NULL)
		return false;
	*d = (struct carried_datagram){ .before = l->last, .datagram = *c->datagram,
		.segment = c->segment, .inherited = c->inherited };
	if (d->datagram.len > 0)
		memcpy(d->body, c->datagram->data, d->datagram.len);
	d->datagram.data = d->body;
	*(l->last == NULL ? &l->first : &l->last->next) = d;
	l->last = d;
	account(c, l, sizeof *d + d->datagram.len, 0);
	c->copy = d;
	return true;
}

static struct carried_entry *
make_entry(struct carried *c, const struct carried_key *key)
{
	struct carried_entry *e = calloc(1, sizeof *e), **bucket = bucket_of(c, c->list, key);

	if (e == NULL)
		return NULL;
	e->key = *key;
	e->list = c->list;
	e->next = *bucket;
	*bucket = e;
	account(c, c->list, sizeof *e, 0);
	return e;
}

/* The entry goes over to the datagram that tells. */
static void
hand_over(struct carried *c, struct carried_entry *e, struct carried_datagram *needs)
{
	struct carried_datagram *holder = e->holder, *needed = e->needs;

	if (holder != NULL)
		detach(e);
	attach(e, c->copy, needs);
	if (needed != holder)
		release(c, c->list, needed);
	release(c, c->list, holder);
}

bool
carried_note(struct carried *c, const struct carried_key *key, const struct carried_key *needs,
    uint32_t offset)
{
	struct carried_entry **link = link_of(c, c->list, key), *e = *link;
	const struct carried_entry *template = needs == NULL ? NULL : *link_of(c, c->list, needs);
	struct carried_datagram *needed = template == NULL ? NULL : template->holder;

	if (e != NULL && !has_room(c, e, key->kind)) {
		drop_entry(c, link); /* what it has told does not hold any more */
		e = NULL;
	}
	if (!has_room(c, e, key->kind)) {
		c->left_out++;
		return true;
	}
	if (c->copy == NULL && !make_copy(c))
		return false;
	if (e == NULL && (e = make_entry(c, key)) == NULL) {
		release(c, c->list, c->copy);
		return false;
	}
	e->offset = offset;
	hand_over(c, e, needed);
	return true;
}

static int
by_offset(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

void
carried_records(struct carried *c, struct carried_datagram *d)
{
	size_t count = 0;

	for (const struct carried_entry *e = d->entries; e != NULL; e = e->sibling) {
		if (e->key.kind != CARRIED_RECORD)
			continue;
		if (count < CARRIED_RECORDS_MAX)
			c->records[count++] = e->offset;
		else
			c->left_out++;
	}
	qsort(c->records, count, sizeof c->records[0], by_offset);
	d->datagram.listed = true;
	d->datagram.records = c->records;
	d->datagram.record_count = count;
}

bool
carried_withdraw(struct carried *c, uint32_t domain, uint16_t id, bool options)
{
	const struct carried_key key = { domain, CARRIED_TEMPLATE, id == 0 ? options : id };
	struct carried_entry **link = link_of(c, c->list, &key);

	/*
	 * What withdraws all does not take the place of what defined one: that one may have taken the
	 * place of another kind, which is carried still for the sake of something else.
	 */
	if (*link != NULL)
		drop_entry(c, link);
	return c->list->first == NULL || carried_note(c, &key, NULL, 0);
}

/* What a datagram needs stands before it in the list. */
void
carried_drop(struct carried *c, struct carried_list *list)
{
	for (struct carried_datagram *d = list->first, *next; d != NULL; d = next) {
		struct carried_entry *e = d->entries, *sibling;

		next = d->next;
		for (; e != NULL; e = sibling) {
			sibling = e->sibling;
			drop_entry(c, link_of(c, list, &e->key));
		}
	}
}

void
carried_mark(struct carried_list *list, bool inherited)
{
	for (struct carried_datagram *d = list->first; d != NULL; d = d->next)
		d->inherited = inherited;
}

size_t
carried_octets(const struct carried *c)
{
	return c->octets;
}

uint64_t
carried_left_out(const struct carried *c)
{
	return c->left_out;
}
