/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/walk.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "verify/accept.h"
#include "verify/blame.h"
#include "verify/claimant.h"
#include "verify/proof.h"

struct walk {
	struct accept a; /* the result, the files, and where the chain stands */
	struct proofs proofs;
	bool proofs_made;
	struct claimants claimants;
	struct suspects suspects;
	uint64_t missing; /* sequences in a row */
	bool ended;
};

/* The known head with the highest sequence; 0 where none is known. */
static uint64_t
highest_head(const struct result *r)
{
	uint64_t high = r->given.known ? r->given.sequence : 0;

	if (r->remembered.known && r->remembered.sequence > high)
		high = r->remembered.sequence;
	return high;
}

static bool
head_known(const struct result *r)
{
	return r->given.known || r->remembered.known;
}

static void
make_proofs(struct walk *w, uint64_t from)
{
	const struct result *r = w->a.r;

	if (w->proofs_made)
		return;
	w->proofs_made = true;
	if (r->given.known && r->given.sequence >= from)
		proofs_add(&w->proofs, w->a.archive, w->a.tree, &r->given, from);
	if (r->remembered.known && r->remembered.sequence >= from)
		proofs_add(&w->proofs, w->a.archive, w->a.tree, &r->remembered, from);
}

static const struct claimant *
try_claimants(struct walk *w, uint64_t n)
{
	const struct proof *p = proofs_find(&w->proofs, n);
	const uint8_t *sha256 = p == NULL ? NULL : p->sha256;

	claimants_try(&w->claimants, w->a.archive, w->a.tree, n,
	    w->a.place.key_known ? w->a.place.key : NULL, sha256);
	return claimants_best(&w->claimants, sha256);
}

/* They were tried before the proofs were made: however many there are, that is not done again. */
static const struct claimant *
prove_claimants(struct walk *w, uint64_t n)
{
	const struct proof *p = proofs_find(&w->proofs, n);
	const uint8_t *sha256 = p == NULL ? NULL : p->sha256;

	if (sha256 != NULL)
		claimants_prove(&w->claimants, sha256);
	return claimants_best(&w->claimants, sha256);
}

/* A claimant that is no manifest of this sequence stands beside the one that is. */
static void
tell_others(struct walk *w, uint64_t n)
{
	for (size_t i = 0; i < w->claimants.count; i++) {
		struct candidate *x = &w->a.tree->candidates[w->claimants.list[i].candidate];

		if (w->claimants.list[i].state != CLAIMANT_INVALID || x->told ||
		    (x->by_text != n && x->by_text != 0))
			continue;
		x->told = true;
		known_add(w->a.known, x->path);
		notices_add(&w->a.r->notices, NOTICE_UNLISTED_FILE, x->path,
		    "it claims to be segment %llu, and is not the manifest that was sealed",
		    (unsigned long long)n);
	}
}

/* Nothing is proven to be segment n, though something must: what claims to be it is blamed. */
static struct segment *
blame_claimants(struct walk *w, uint64_t n)
{
	struct segment *s = result_add(w->a.r, n);

	if (s == NULL)
		return NULL;
	for (size_t i = 0; i < w->claimants.count; i++) {
		size_t index = w->claimants.list[i].candidate;
		struct candidate *x = &w->a.tree->candidates[index];

		/* It belongs to another sequence, and will be or was tried there. */
		if (x->regular && !x->foreign && x->by_text != n && x->by_text != 0 &&
		    result_find(w->a.r, x->by_text) != NULL &&
		    result_find(w->a.r, x->by_text)->manifest != NULL)
			continue;
		blame(&w->a, s, x, &w->suspects);
	}
	s->missing = s->findings.verdict == VERDICT_VERIFIED;
	return s;
}

/* The next sequence of which anything is known, so that a head of 2^60 costs no 2^60 steps. */
static uint64_t
next_of_interest(const struct walk *w, uint64_t n)
{
	const struct result *r = w->a.r;
	uint64_t next = claims_next(&w->a.tree->claims, n);
	uint64_t proof = proofs_next(&w->proofs, n);

	if (next == 0 || (proof != 0 && proof < next))
		next = proof;
	if (r->given.known && r->given.sequence > n && (next == 0 || r->given.sequence < next))
		next = r->given.sequence;
	if (r->remembered.known && r->remembered.sequence > n &&
	    (next == 0 || r->remembered.sequence < next))
		next = r->remembered.sequence;
	return next;
}

/* Segment n is proven to exist by a head behind it; the sequence to go on with. */
static uint64_t
absent(struct walk *w, uint64_t n)
{
	struct segment *s = blame_claimants(w, n);
	uint64_t next = n + 1;

	w->a.place.key_known = false;
	w->a.place.previous_known = false;
	w->missing = s != NULL && s->missing ? w->missing + 1 : 0;
	if (s == NULL || w->missing < WALK_MISSING_MAX)
		return next;
	next = next_of_interest(w, n);
	if (next > n + 1)
		findings_add(&s->findings, FINDING_SEGMENT_MISSING, NULL,
		    "and so are all to segment %llu", (unsigned long long)(next - 1));
	return next == 0 ? n + 1 : next;
}

/* Without a head: does anything here follow the last segment that was proven? */
static bool
follows(const struct walk *w, const struct candidate *x, uint64_t n)
{
	if (w->a.place.previous_known && x->by_text != 0 &&
	    memcmp(x->previous, w->a.place.previous, SHA256_SIZE) == 0)
		return true;
	return !x->foreign && (x->by_text == n || x->by_text == 0);
}

static bool
something_follows(const struct walk *w, uint64_t n)
{
	for (size_t i = 0; i < w->claimants.count; i++)
		if (follows(w, &w->a.tree->candidates[w->claimants.list[i].candidate], n))
			return true;
	return false;
}

static const struct candidate *
later_claimant(const struct walk *w, uint64_t n)
{
	for (size_t i = 0; i < w->a.tree->count; i++) {
		const struct candidate *x = &w->a.tree->candidates[i];

		if (x->regular && !x->foreign && x->by_text > n)
			return x;
	}
	return NULL;
}

/* No head is known, and segment n is not proven: the end, or a hole? */
static void
end_or_hole(struct walk *w, uint64_t n)
{
	const struct candidate *later = later_claimant(w, n);
	struct segment *s;

	w->ended = true;
	if (something_follows(w, n)) {
		(void)blame_claimants(w, n);
	} else if (later != NULL) {
		s = result_add(w->a.r, n);
		if (s != NULL)
			findings_add(&s->findings, FINDING_SEGMENT_MISSING, NULL,
			    "segment %llu is not there, but %s says that it is a later one",
			    (unsigned long long)n, later->path);
	}
}

static void
accept_best(struct walk *w, uint64_t n, const struct claimant *best)
{
	bool key_known = w->a.place.key_known && !w->a.place.key_doubtful;
	struct segment *s;

	accept_segment(&w->a, n, &w->claimants, best);
	s = best->state == CLAIMANT_PROVEN ? result_find(w->a.r, n) : NULL;
	if (s != NULL)
		blame_signature(&w->a, s, &w->a.tree->candidates[best->candidate], key_known,
		    &w->suspects);
	tell_others(w, n);
}

/*
 * Other bytes claim to be the segment beside those that the key signed: the head may prove them,
 * though they lost their signature, and then it is the signed ones that were slipped in.
 */
static bool
contested(const struct walk *w, uint64_t n, const struct claimant *best)
{
	for (size_t i = 0; i < w->claimants.count; i++) {
		const struct claimant *x = &w->claimants.list[i];

		if (x->read && w->a.tree->candidates[x->candidate].by_text == n &&
		    memcmp(x->sha256, best->sha256, SHA256_SIZE) != 0)
			return true;
	}
	return false;
}

static uint64_t
step(struct walk *w, uint64_t n)
{
	const struct claimant *best = try_claimants(w, n);

	if (!w->proofs_made && (best == NULL || contested(w, n, best))) {
		make_proofs(w, n);
		best = prove_claimants(w, n);
	}
	/* Nothing is blamed for what could not be computed. */
	if (w->claimants.no_memory || w->proofs.no_memory) {
		w->a.r->no_memory = true;
		return n;
	}
	if (best != NULL) {
		w->missing = 0;
		accept_best(w, n, best);
		return n + 1;
	}
	if (n <= highest_head(w->a.r))
		return absent(w, n);
	if (!head_known(w->a.r) && !w->a.place.closed)
		end_or_hole(w, n);
	w->ended = true;
	return n;
}

/* What the genesis gives to segment 1. */
static void
start(struct walk *w, const struct origin *o)
{
	struct place *place = &w->a.place;
	const struct result *r = w->a.r;
	bool same = o->there && memcmp(o->page.sha256, r->genesis, SHA256_SIZE) == 0;

	place->key_known = o->parsed && (same || !r->genesis_known ||
	    page_signed_by(&o->page, o->key, &w->claimants.no_memory));
	place->key_doubtful = !same && r->genesis_known;
	if (place->key_known)
		memcpy(place->key, o->next_key, KEY_SIZE);
	place->previous_known = r->genesis_known ? same || !place->key_known :
	    o->there && r->count > 0 && r->segments[0].findings.verdict == VERDICT_VERIFIED;
	memcpy(place->previous, r->genesis_known ? r->genesis : o->page.sha256, SHA256_SIZE);
	if (o->parsed)
		suspects_key(&w->suspects, o->key);
}

void
walk_chain(const char *archive, const struct origin *origin, struct tree *tree,
    struct files *files, struct known *known, struct result *r)
{
	struct walk w = { .a = { .archive = archive, .tree = tree, .files = files,
		.known = known, .r = r } };
	uint64_t last = r->until_head && r->given.known ? r->given.sequence : UINT64_MAX - 1;
	uint64_t n = 1;

	start(&w, origin);
	while (!w.ended && n <= last && !r->no_memory)
		n = step(&w, n);
	suspects_settle(&w.suspects, archive, r);
	r->no_memory |= w.proofs.no_memory || w.claimants.no_memory;
	claimants_free(&w.claimants);
	proofs_free(&w.proofs);
}
