/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/announce.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum {
	SAMPLERS_MAX = 255, /* samplerId has one octet */
	BUCKETS = 1024,
	NAME_SHORT = 32,    /* octets of the field in ANNOUNCE_INTERFACE, ANNOUNCE_VRF */
	SLOTS = 4
};

/* The columns that a name comes from, and its kind; the one of long names is behind it. */
static const struct slot {
	uint8_t key;
	uint8_t name;
	uint8_t kind;
} slots[SLOTS] = {
	{ COLUMN_IN_IF, COLUMN_IN_IF_NAME, ANNOUNCE_INTERFACE },
	{ COLUMN_OUT_IF, COLUMN_OUT_IF_NAME, ANNOUNCE_INTERFACE },
	{ COLUMN_IN_VRF, COLUMN_IN_VRF_NAME, ANNOUNCE_VRF },
	{ COLUMN_OUT_VRF, COLUMN_OUT_VRF_NAME, ANNOUNCE_VRF },
};

/* A name that was told. */
struct entry {
	struct entry *next; /* of its bucket */
	uint64_t told;      /* generation */
	uint32_t key;
	uint8_t kind;       /* of the short ones */
	uint8_t len;
	uint8_t name[];
};

struct sampler {
	uint32_t interval;
	uint64_t told;
};

struct announcer {
	unsigned what;
	uint64_t generation; /* from 1 on */
	uint64_t seed;
	bool exporter_known;
	struct address exporter;
	uint64_t exporter_told;
	struct sampler samplers[SAMPLERS_MAX];
	size_t sampler_count;
	bool unsampled;      /* flows came that nobody says to be sampled */
	struct entry **buckets; /* BUCKETS, NULL before the first name */
	size_t octets;
	struct entry *last[SLOTS];
	/* of the present table: */
	bool has_exporter;
	bool has_sampling;
	bool has_names[SLOTS];
	bool idle;           /* none of these */
};

enum status
announcer_open(unsigned what, struct announcer **out, struct fault *f)
{
	struct announcer *a = calloc(1, sizeof *a);

	if (a == NULL)
		return fault_memory(f);
	a->what = what;
	a->generation = 1;
	*out = a;
	return STATUS_OK;
}

static void
forget_names(struct announcer *a)
{
	for (size_t i = 0; a->buckets != NULL && i < BUCKETS; i++) {
		while (a->buckets[i] != NULL) {
			struct entry *e = a->buckets[i];

			a->buckets[i] = e->next;
			free(e);
		}
	}
	memset(a->last, 0, sizeof a->last);
	a->octets = 0;
}

void
announcer_free(struct announcer *a)
{
	if (a == NULL)
		return;
	forget_names(a);
	free(a->buckets);
	free(a);
}

void
announcer_carries(const struct announcer *a, struct column_set *out)
{
	for (size_t i = 0; i < SLOTS && (a->what & ANNOUNCE_NAMES) != 0; i++)
		column_set_add(out, (enum column_id)slots[i].name);
}

static void
set_idle(struct announcer *a)
{
	a->idle = !a->has_exporter && !a->has_sampling;
	for (size_t i = 0; i < SLOTS; i++)
		a->idle &= !a->has_names[i];
}

void
announcer_table(struct announcer *a, const struct table *t)
{
	a->has_exporter = (a->what & ANNOUNCE_EXPORTER) != 0 &&
	    t->columns[COLUMN_EXPORTER_IP].present != NULL;
	/* that rows are not sampled is news once */
	a->has_sampling = (a->what & ANNOUNCE_SAMPLING) != 0 &&
	    (t->columns[COLUMN_SAMPLING_INTERVAL].present != NULL || !a->unsampled);
	for (size_t i = 0; i < SLOTS; i++)
		a->has_names[i] = (a->what & ANNOUNCE_NAMES) != 0 &&
		    t->columns[slots[i].name].present != NULL;
	set_idle(a);
}

static bool
exporter_due(const struct announcer *a, const struct table *t, size_t row, struct announcement *out)
{
	const struct address *e;

	if (!a->has_exporter || !table_has(t, COLUMN_EXPORTER_IP, row))
		return false;
	e = &t->columns[COLUMN_EXPORTER_IP].v.address[row];
	if (a->exporter_told == a->generation && a->exporter.family == e->family &&
	    memcmp(a->exporter.octets, e->octets, sizeof e->octets) == 0)
		return false;
	*out = (struct announcement){ .exporter = e,
		.kind = e->family == 4 ? ANNOUNCE_EXPORTER4 : ANNOUNCE_EXPORTER6 };
	return true;
}

/* Its index; sampler_count where there is none. */
static size_t
find_sampler(const struct announcer *a, int64_t interval)
{
	size_t i = 0;

	while (i < a->sampler_count && a->samplers[i].interval != interval)
		i++;
	return i;
}

static bool
sampler_due(const struct announcer *a, int64_t interval, struct announcement *out)
{
	size_t i = find_sampler(a, interval);

	if (i == SAMPLERS_MAX || (i < a->sampler_count && a->samplers[i].told == a->generation))
		return false;
	*out = (struct announcement){ .kind = ANNOUNCE_SAMPLER, .key = (uint32_t)i + 1,
		.interval = (uint32_t)interval };
	return true;
}

/*
 * Where some flows are sampled and others are not, a sampler that takes all is told as well: that of
 * the others would be taken for everybody's, as long as it is the only one.
 */
static bool
sampling_due(struct announcer *a, const struct table *t, size_t row, struct announcement *out)
{
	int64_t interval;

	if (!a->has_sampling)
		return false;
	interval = table_i64(t, COLUMN_SAMPLING_INTERVAL, row);
	if (interval > 0 && interval <= UINT32_MAX && sampler_due(a, interval, out))
		return true;
	a->unsampled |= interval <= 0;
	if (a->unsampled && a->sampler_count > 0 && sampler_due(a, 1, out))
		return true;
	if (t->columns[COLUMN_SAMPLING_INTERVAL].present == NULL) {
		a->has_sampling = false;
		set_idle(a);
	}
	return false;
}

static size_t
bucket_of(const struct announcer *a, uint8_t kind, uint32_t key)
{
	const uint32_t words[] = { kind, key };

	return hash_bytes(words, sizeof words, a->seed) % BUCKETS;
}

static struct entry *
find_name(const struct announcer *a, uint8_t kind, uint32_t key)
{
	struct entry *e = a->buckets == NULL ? NULL : a->buckets[bucket_of(a, kind, key)];

	while (e != NULL && (e->kind != kind || e->key != key))
		e = e->next;
	return e;
}

/* The name that the row has there, and whose; false where it has none, *lost where it cannot be told. */
static bool
name_of(const struct announcer *a, const struct table *t, size_t row, size_t slot,
    struct announcement *out, bool *lost)
{
	const struct slot *s = &slots[slot];
	const uint8_t *name;
	int64_t key;
	size_t len;

	*lost = false;
	if (!a->has_names[slot] || !table_has(t, (enum column_id)s->name, row))
		return false;
	name = table_bytes(t, (enum column_id)s->name, row, &len);
	key = table_int(t, (enum column_id)s->key, row);
	*lost = len == 0 || len > ANNOUNCE_NAME_MAX || !table_has(t, (enum column_id)s->key, row) ||
	    key < 0 || key > UINT32_MAX;
	if (*lost)
		return false;
	*out = (struct announcement){ .key = (uint32_t)key, .name = name, .len = len,
		.kind = (enum announce_kind)(s->kind + (len > NAME_SHORT)) };
	return true;
}

static bool
name_due(struct announcer *a, const struct table *t, size_t row, size_t slot, struct announcement *out)
{
	struct announcement x;
	struct entry *e = a->last[slot];
	bool lost;

	if (!name_of(a, t, row, slot, &x, &lost))
		return false;
	if (e == NULL || e->key != x.key)
		e = a->last[slot] = find_name(a, slots[slot].kind, x.key);
	if (e != NULL && e->told == a->generation && e->len == x.len && memcmp(e->name, x.name, x.len) == 0)
		return false;
	*out = x;
	return true;
}

bool
announcer_due(struct announcer *a, const struct table *t, size_t row, struct announcement *out)
{
	if (a->idle)
		return false;
	if (exporter_due(a, t, row, out) || sampling_due(a, t, row, out))
		return true;
	for (size_t i = 0; i < SLOTS; i++)
		if (a->has_names[i] && name_due(a, t, row, i, out))
			return true;
	return false;
}

unsigned
announcer_kinds(const struct announcer *a, const struct table *t, size_t row)
{
	struct announcement x;
	unsigned kinds = 0;
	bool lost;

	if (a->idle)
		return 0;
	if (a->has_exporter && table_has(t, COLUMN_EXPORTER_IP, row))
		kinds |= 1u << (t->columns[COLUMN_EXPORTER_IP].v.address[row].family == 4 ? ANNOUNCE_EXPORTER4 :
		    ANNOUNCE_EXPORTER6);
	if (a->has_sampling && table_i64(t, COLUMN_SAMPLING_INTERVAL, row) > 0)
		kinds |= 1u << ANNOUNCE_SAMPLER;
	for (size_t i = 0; i < SLOTS; i++)
		if (name_of(a, t, row, i, &x, &lost))
			kinds |= 1u << x.kind;
	return kinds;
}

void
announcer_loss(const struct announcer *a, const struct table *t, size_t row, struct loss *loss)
{
	struct announcement x;
	bool lost;

	for (size_t i = 0; i < SLOTS && !a->idle; i++) {
		(void)name_of(a, t, row, i, &x, &lost);
		loss->columns[slots[i].name] += lost;
	}
}

static enum status
keep_name(struct announcer *a, const struct announcement *x, struct fault *f)
{
	uint8_t kind = x->kind < ANNOUNCE_VRF ? ANNOUNCE_INTERFACE : ANNOUNCE_VRF;
	struct entry **place, *e;

	if (a->buckets == NULL && (a->buckets = calloc(BUCKETS, sizeof(struct entry *))) == NULL)
		return fault_memory(f);
	if (a->octets + sizeof *e + x->len > ANNOUNCE_OCTETS_MAX)
		forget_names(a);
	e = malloc(sizeof *e + x->len);
	if (e == NULL)
		return fault_memory(f);
	*e = (struct entry){ .told = a->generation, .key = x->key, .kind = kind, .len = (uint8_t)x->len };
	memcpy(e->name, x->name, x->len);
	place = &a->buckets[bucket_of(a, kind, x->key)];
	while (*place != NULL && ((*place)->kind != kind || (*place)->key != x->key))
		place = &(*place)->next;
	memset(a->last, 0, sizeof a->last);
	if (*place != NULL) {
		struct entry *old = *place;

		e->next = old->next;
		a->octets -= sizeof *old + old->len;
		free(old);
	}
	*place = e;
	a->octets += sizeof *e + e->len;
	return STATUS_OK;
}

static void
keep_sampler(struct announcer *a, const struct announcement *x)
{
	size_t i = x->key - 1;

	a->sampler_count += i == a->sampler_count;
	a->samplers[i] = (struct sampler){ x->interval, a->generation };
}

enum status
announcer_told(struct announcer *a, const struct announcement *x, struct fault *f)
{
	switch (x->kind) {
	case ANNOUNCE_SAMPLER:
		keep_sampler(a, x);
		return STATUS_OK;
	case ANNOUNCE_EXPORTER4:
	case ANNOUNCE_EXPORTER6:
		a->exporter = *x->exporter;
		a->exporter_told = a->generation;
		return STATUS_OK;
	default:
		return keep_name(a, x, f);
	}
}

void
announcer_refresh(struct announcer *a)
{
	a->generation++;
}

uint64_t
announcer_generation(const struct announcer *a)
{
	return a->generation;
}

uint32_t
announcer_sampler(const struct announcer *a, int64_t interval)
{
	size_t i = find_sampler(a, interval);

	return i < a->sampler_count ? (uint32_t)i + 1 : 0;
}

static void
name_again(const struct entry *e, struct announcement *out)
{
	*out = (struct announcement){ .key = e->key, .name = e->name, .len = e->len,
		.kind = (enum announce_kind)(e->kind + (e->len > NAME_SHORT)) };
}

bool
announcer_next(const struct announcer *a, struct announcer_walk *w, struct announcement *out)
{
	const struct entry *e = w->entry;
	size_t at = w->at++; /* the exporter, then the samplers, then names */

	if (at == 0 && a->exporter_told == 0)
		at = w->at++;
	if (at == 0) {
		*out = (struct announcement){ .exporter = &a->exporter,
			.kind = a->exporter.family == 4 ? ANNOUNCE_EXPORTER4 : ANNOUNCE_EXPORTER6 };
		return true;
	}
	if (at <= a->sampler_count) {
		*out = (struct announcement){ .kind = ANNOUNCE_SAMPLER, .key = (uint32_t)at,
			.interval = a->samplers[at - 1].interval };
		return true;
	}
	e = e == NULL ? NULL : e->next;
	while (e == NULL && a->buckets != NULL && w->bucket < BUCKETS)
		e = a->buckets[w->bucket++];
	w->entry = e;
	if (e != NULL)
		name_again(e, out);
	return e != NULL;
}
