/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/result.h"

#include <stdlib.h>
#include <string.h>

const char *
anchor_name(enum anchor_kind k)
{
	static const char *const names[] = { "none", "given", "remembered", "closed" };

	return names[k];
}

struct segment *
result_add(struct result *r, uint64_t sequence)
{
	struct segment *s = r->segments;

	if ((r->count & (r->count - 1)) == 0)
		s = realloc(s, (r->count == 0 ? 1 : 2 * r->count) * sizeof *s);
	if (s == NULL) {
		r->no_memory = true;
		return NULL;
	}
	r->segments = s;
	s += r->count++;
	*s = (struct segment) { .sequence = sequence };
	return s;
}

struct segment *
result_find(const struct result *r, uint64_t sequence)
{
	size_t low = 0;
	size_t high = r->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (r->segments[middle].sequence < sequence)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == r->count || r->segments[low].sequence != sequence)
		return NULL;
	return &r->segments[low];
}

void
result_expire(struct result *r, const struct manifest *m)
{
	struct expiry *more;

	if (m->expired_count == 0)
		return;
	more = realloc(r->expired, (r->expired_count + m->expired_count) * sizeof *more);
	if (more == NULL) {
		r->no_memory = true;
		return;
	}
	r->expired = more;
	for (size_t i = 0; i < m->expired_count; i++) {
		struct expiry *e = &r->expired[r->expired_count++];

		e->sequence = m->expired[i].sequence;
		memcpy(e->sha256, m->expired[i].manifest_sha256, SHA256_SIZE);
	}
}

static int
expiry_order(const void *va, const void *vb)
{
	const struct expiry *a = va;
	const struct expiry *b = vb;

	return (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

static bool
is_expired(const struct result *r, const struct segment *s)
{
	const struct expiry wanted = { .sequence = s->sequence };
	const struct expiry *e = r->expired_count == 0 ? NULL :
	    bsearch(&wanted, r->expired, r->expired_count, sizeof wanted, expiry_order);

	if (e == NULL)
		return false;
	return s->manifest == NULL || memcmp(e->sha256, s->sha256, SHA256_SIZE) == 0;
}

/* Absent files of an expired segment are no findings. */
static void
excuse_files(struct result *r, struct segment *s)
{
	struct findings kept = { .list = NULL };
	struct findings *l = &s->findings;

	kept.dropped = l->dropped;
	kept.failed = l->failed;
	for (size_t i = 0; i < l->count; i++) {
		struct finding *x = &l->list[i];

		if (x->code == FINDING_FILE_MISSING)
			notices_add(&r->notices, NOTICE_EXPIRED, x->file,
			    "segment %llu is listed as expired", (unsigned long long)s->sequence);
		else
			findings_add_at(&kept, x->code, x->file, x->offset, x->length, "%s", x->text);
	}
	findings_free(l);
	*l = kept;
}

static void
settle_missing(struct result *r, struct segment *s)
{
	const char *name = s->sequence == 0 ? "genesis.json" : NULL;

	if (is_expired(r, s)) {
		if (s->missing)
			notices_add(&r->notices, NOTICE_EXPIRED, NULL,
			    "segment %llu is absent, and a later manifest lists it as expired",
			    (unsigned long long)s->sequence);
		else if (s->findings.verdict == VERDICT_INCOMPLETE)
			excuse_files(r, s);
	} else if (s->missing && r->unread > 0) {
		findings_add(&s->findings, FINDING_IO, name,
		    "not found, but %llu directories could not be read",
		    (unsigned long long)r->unread);
	} else if (s->missing) {
		bool head = (r->given.known && r->given.sequence == s->sequence) ||
		    (r->remembered.known && r->remembered.sequence == s->sequence);

		findings_add(&s->findings, head ? FINDING_HEAD_MISSING : FINDING_SEGMENT_MISSING,
		    name, "segment %llu is proven to exist and is not there",
		    (unsigned long long)s->sequence);
	}
}

/* A key that was named before for another manifest must not sign again. */
struct named_key {
	uint8_t key[KEY_SIZE];
	size_t segment; /* that names it */
	bool first;     /* key 0, named by its own genesis */
};

static int
key_order(const void *va, const void *vb)
{
	const struct named_key *a = va;
	const struct named_key *b = vb;
	int by_key = memcmp(a->key, b->key, KEY_SIZE);

	if (by_key != 0)
		return by_key;
	if (a->first != b->first)
		return a->first ? -1 : 1;
	return (a->segment > b->segment) - (a->segment < b->segment);
}

static void
find_reused_keys(struct result *r)
{
	struct named_key *keys = malloc((r->count + 1) * sizeof *keys);
	size_t n = 0;

	if (keys == NULL) {
		r->no_memory = true;
		return;
	}
	if (r->first_key_known && r->count > 0) {
		keys[n] = (struct named_key) { .first = true };
		memcpy(keys[n++].key, r->first_key, KEY_SIZE);
	}
	for (size_t i = 0; i < r->count; i++) {
		if (!r->segments[i].parsed || r->segments[i].closed)
			continue;
		keys[n] = (struct named_key) { .segment = i };
		memcpy(keys[n++].key, r->segments[i].next_key, KEY_SIZE);
	}
	qsort(keys, n, sizeof *keys, key_order);
	for (size_t i = 1; i < n; i++) {
		struct segment *s = &r->segments[keys[i].segment];
		uint64_t before = r->segments[keys[i - 1].segment].sequence;

		if (memcmp(keys[i].key, keys[i - 1].key, KEY_SIZE) == 0 &&
		    (keys[i - 1].first || before != s->sequence))
			findings_add(&s->findings, FINDING_WEAK_KEY, s->manifest,
			    "next_key was named before, by segment %llu", (unsigned long long)before);
	}
	free(keys);
}

/* The last segment whose manifest is proven. */
static void
settle_head(struct result *r)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct segment *s = &r->segments[i];

		if (s->manifest == NULL)
			continue;
		r->head.known = true;
		r->head.sequence = s->sequence;
		memcpy(r->head.sha256, s->sha256, SHA256_SIZE);
	}
}

static bool
is_head(const struct result *r, const struct head *h)
{
	return h->known && r->head.known && h->sequence == r->head.sequence &&
	    memcmp(h->sha256, r->head.sha256, SHA256_SIZE) == 0;
}

static void
settle_anchor(struct result *r)
{
	const struct segment *last = r->head.known ? result_find(r, r->head.sequence) : NULL;

	if (r->given.known)
		r->anchor = ANCHOR_GIVEN;
	else if (last != NULL && last->parsed && last->closed)
		r->anchor = ANCHOR_CLOSED;
	else if (r->remembered.known)
		r->anchor = ANCHOR_REMEMBERED;
	if (r->anchor == ANCHOR_GIVEN && !is_head(r, &r->given) && last != NULL &&
	    last->parsed && last->closed && last->sequence > r->given.sequence)
		r->anchor = ANCHOR_CLOSED;
}

/* The highest sequence that the anchor covers. */
static uint64_t
anchored_until(const struct result *r)
{
	switch (r->anchor) {
	case ANCHOR_GIVEN:
		return r->given.sequence;
	case ANCHOR_REMEMBERED:
		return r->remembered.sequence;
	case ANCHOR_CLOSED:
		return UINT64_MAX;
	case ANCHOR_NONE:
		break;
	}
	return 0;
}

static enum verdict
segment_verdict(const struct result *r, const struct segment *s)
{
	enum verdict v = s->findings.verdict;

	if (r->genesis_anchor == ANCHOR_NONE)
		v = verdict_worst(v, VERDICT_UNTRUSTED);
	if (r->anchor != ANCHOR_NONE && s->sequence > anchored_until(r))
		v = verdict_worst(v, VERDICT_UNANCHORED);
	return v;
}

void
result_settle(struct result *r)
{
	if (r->expired_count > 0)
		qsort(r->expired, r->expired_count, sizeof *r->expired, expiry_order);
	find_reused_keys(r);
	settle_head(r);
	settle_anchor(r);
	r->verdict = r->anchor == ANCHOR_NONE ? VERDICT_UNANCHORED : VERDICT_VERIFIED;
	if (r->no_memory || r->notices.failed)
		r->verdict = VERDICT_ERROR;
	if (r->count == 0)
		r->verdict = verdict_worst(r->verdict, VERDICT_ERROR);
	for (size_t i = 0; i < r->count; i++) {
		struct segment *s = &r->segments[i];

		settle_missing(r, s);
		findings_sort(&s->findings);
		s->verdict = segment_verdict(r, s);
		if (s->findings.failed)
			s->verdict = verdict_worst(s->verdict, VERDICT_ERROR);
		r->verdict = verdict_worst(r->verdict, s->verdict);
	}
	notices_sort(&r->notices);
}

void
result_take_older(struct result *r, struct result *older)
{
	r->older = older;
	r->verdict = verdict_worst(r->verdict, older->verdict);
}

void
result_free(struct result *r)
{
	if (r->older != NULL)
		result_free(r->older);
	free(r->older);
	free(r->older_path);
	for (size_t i = 0; i < r->count; i++) {
		free(r->segments[i].manifest);
		findings_free(&r->segments[i].findings);
	}
	free(r->segments);
	free(r->expired);
	notices_free(&r->notices);
}
