/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { BUCKETS_FIRST = 64 };

/* The entries of a kind, while they are few. */
struct few {
	struct {
		uint64_t key;
		uint64_t number;
	} of[OPTIONS_COMMON_MAX];
	size_t count;
	bool many;
};

enum { FEW_SAMPLERS, FEW_CARDS, FEW_COUNT };

struct options {
	struct option_entry **buckets;
	size_t bucket_count; /* a power of two */
	size_t count;
	size_t counts[OPTION_KINDS];
	struct option_entry *first;
	struct option_entry **end;
	struct options_budget budget;
	uint64_t seed;
	uint64_t refused;
	struct few few[FEW_COUNT];
};

enum status
options_open(uint64_t seed, const struct options_budget *budget, struct options **out)
{
	struct options *o = calloc(1, sizeof *o);

	if (o == NULL)
		return STATUS_NO_MEMORY;
	o->buckets = calloc(BUCKETS_FIRST, sizeof(struct option_entry *));
	if (o->buckets == NULL) {
		free(o);
		return STATUS_NO_MEMORY;
	}
	o->bucket_count = BUCKETS_FIRST;
	o->end = &o->first;
	o->budget = *budget;
	o->seed = seed;
	*out = o;
	return STATUS_OK;
}

static size_t
cost(size_t name, size_t description)
{
	return sizeof(struct option_entry) + name + description;
}

static void
charge(struct options *o, size_t more, size_t less)
{
	*o->budget.exporter += more;
	*o->budget.exporter -= less;
	*o->budget.total += more;
	*o->budget.total -= less;
}

void
options_free(struct options *o)
{
	if (o == NULL)
		return;
	for (struct option_entry *e = o->first, *after; e != NULL; e = after) {
		after = e->after;
		charge(o, 0, cost(e->name.len, e->description.len));
		free(e);
	}
	free(o->buckets);
	free(o);
}

static struct option_entry **
bucket_of(const struct options *o, unsigned kind, uint64_t key)
{
	uint64_t h = hash_mix(key ^ o->seed, 0x9e3779b97f4a7c15u + 2 * (uint64_t)kind);

	return &o->buckets[h & (o->bucket_count - 1)];
}

static struct option_entry **
link_of(const struct options *o, unsigned kind, uint64_t key)
{
	struct option_entry **link = bucket_of(o, kind, key);

	while (*link != NULL && ((*link)->kind != kind || (*link)->key != key))
		link = &(*link)->next;
	return link;
}

/* Four entries to a bucket at most; where there is no memory for more, chains grow longer. */
static void
widen(struct options *o)
{
	struct option_entry **buckets = calloc(4 * o->bucket_count, sizeof(struct option_entry *));

	if (buckets == NULL)
		return;
	free(o->buckets);
	o->buckets = buckets;
	o->bucket_count *= 4;
	for (struct option_entry *e = o->first; e != NULL; e = e->after) {
		struct option_entry **bucket = bucket_of(o, e->kind, e->key);

		e->next = *bucket;
		*bucket = e;
	}
}

static bool
may_have(const struct options *o, size_t more, size_t less)
{
	size_t mine = *o->budget.exporter - less;

	if (more > OPTIONS_MAX - mine)
		return false;
	return mine + more <= OPTIONS_SURE || more <= less ||
	    *o->budget.total - less <= OPTIONS_TOTAL_MAX - more;
}

static struct option_text
cut_text(struct option_text t)
{
	size_t len = t.len;

	if (len > OPTION_TEXT_MAX) {
		len = OPTION_TEXT_MAX;
		/* not within a character: its first octet alone does not begin with the bits 10 */
		while (len > 0 && ((unsigned char)t.octets[len] & 0xc0) == 0x80)
			len--;
	}
	return (struct option_text){ t.octets, len };
}

/* A copy with texts of its own; those that are empty are the old entry's. */
static struct option_entry *
make(const struct option_entry *entry, const struct option_entry *old)
{
	struct option_text name = cut_text(entry->name), description = cut_text(entry->description);
	struct option_entry *e;

	if (old != NULL && name.len == 0)
		name = old->name;
	if (old != NULL && description.len == 0)
		description = old->description;
	e = malloc(cost(name.len, description.len));
	if (e == NULL)
		return NULL;
	*e = *entry;
	e->name = (struct option_text){ e->octets, name.len };
	e->description = (struct option_text){ e->octets + name.len, description.len };
	if (name.len > 0)
		memcpy(e->octets, name.octets, name.len);
	if (description.len > 0)
		memcpy(e->octets + name.len, description.octets, description.len);
	return e;
}

static bool
same_text(struct option_text now, struct option_text was)
{
	now = cut_text(now);
	return now.len == 0 || (now.len == was.len && memcmp(now.octets, was.octets, was.len) == 0);
}

/* In the old one's place, among those of its bucket and in the order of all. */
static void
replace(struct options *o, struct option_entry **link, struct option_entry *e)
{
	struct option_entry *old = *link;

	e->next = old->next;
	e->after = old->after;
	e->place = old->place;
	*link = *e->place = e;
	if (e->after != NULL)
		e->after->place = &e->after;
	else
		o->end = &e->after;
	free(old);
}

static void
append(struct options *o, struct option_entry **link, struct option_entry *e)
{
	e->next = *link;
	*link = e;
	e->after = NULL;
	e->place = o->end;
	*e->place = e;
	o->end = &e->after;
	o->counts[e->kind]++;
	if (++o->count > 4 * o->bucket_count)
		widen(o);
}

/* Where these are, or -1. */
static int
few_of(unsigned kind)
{
	return kind == OPTION_SAMPLER ? FEW_SAMPLERS : kind == OPTION_SAMPLED_CARD ? FEW_CARDS : -1;
}

static void
note_few(struct options *o, const struct option_entry *entry)
{
	int at = few_of(entry->kind);
	struct few *few = at < 0 ? NULL : &o->few[at];
	size_t i = 0;

	if (few == NULL)
		return;
	while (i < few->count && few->of[i].key != entry->key)
		i++;
	few->many |= i == OPTIONS_COMMON_MAX;
	if (few->many)
		return;
	few->of[i].key = entry->key;
	few->of[i].number = entry->number;
	if (i == few->count)
		few->count++;
}

uint64_t
options_common(const struct options *o, enum option_kind kind)
{
	int at = few_of(kind);
	const struct few *few = o == NULL || at < 0 ? NULL : &o->few[at];

	if (few == NULL || few->many || few->count == 0)
		return 0;
	for (size_t i = 1; i < few->count; i++)
		if (few->of[i].number != few->of[0].number)
			return 0;
	return few->of[0].number;
}

enum status
options_put(struct options *o, const struct option_entry *entry)
{
	struct option_entry **link = link_of(o, entry->kind, entry->key), *old = *link, *e;
	size_t more, less = old == NULL ? 0 : cost(old->name.len, old->description.len);

	/* as most entries that are sent again */
	if (old != NULL && same_text(entry->name, old->name) &&
	    same_text(entry->description, old->description)) {
		old->number = entry->number;
		old->origin = entry->origin;
		note_few(o, entry);
		return STATUS_OK;
	}
	e = make(entry, old);
	if (e == NULL)
		return STATUS_NO_MEMORY;
	more = cost(e->name.len, e->description.len);
	if (!may_have(o, more, less)) {
		o->refused++;
		free(e);
		return STATUS_LIMIT;
	}
	charge(o, more, less);
	if (old != NULL)
		replace(o, link, e);
	else
		append(o, link, e);
	note_few(o, entry);
	return STATUS_OK;
}

const struct option_entry *
options_find(const struct options *o, enum option_kind kind, uint64_t key)
{
	return o == NULL || o->counts[kind] == 0 ? NULL : *link_of(o, kind, key);
}

size_t
options_count(const struct options *o, enum option_kind kind)
{
	return o == NULL ? 0 : o->counts[kind];
}

const struct option_entry *
options_next(const struct options *o, const struct option_entry *before)
{
	if (before != NULL)
		return before->after;
	return o == NULL ? NULL : o->first;
}

uint64_t
options_refused(const struct options *o)
{
	return o == NULL ? 0 : o->refused;
}
