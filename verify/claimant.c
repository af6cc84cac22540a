/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/claimant.h"

#include <stdlib.h>
#include <string.h>

#include "archive/manifest.h"

static void
try(struct claimants *c, struct claimant *x, const char *archive, const struct tree *t,
    const uint8_t *key, const uint8_t *sha256)
{
	struct page *page = &c->page;
	const struct candidate *candidate = &t->candidates[x->candidate];

	x->state = CLAIMANT_INVALID;
	x->read = false;
	if (!candidate->regular)
		return;
	page_read(page, archive, candidate->path, MANIFEST_SIZE_MAX);
	page_look_large(page);
	c->no_memory |= page_no_memory(page);
	if (key != NULL && page_signed_by(page, key, &c->no_memory))
		x->state = CLAIMANT_VALID;
	else if (page->read && sha256 != NULL && memcmp(page->sha256, sha256, SHA256_SIZE) == 0)
		x->state = CLAIMANT_PROVEN;
	x->read = page->read;
	if (x->read)
		memcpy(x->sha256, page->sha256, SHA256_SIZE);
}

void
claimants_try(struct claimants *c, const char *archive, const struct tree *t, uint64_t sequence,
    const uint8_t *key, const uint8_t *sha256)
{
	size_t n;
	const struct claim *claims = claims_of(&t->claims, sequence, &n);
	struct claimant *list = realloc(c->list, (n + 1) * sizeof *list);

	c->count = 0;
	if (list == NULL) {
		c->no_memory = true;
		return;
	}
	c->list = list;
	for (size_t i = 0; i < n; i++) {
		list[i].candidate = claims[i].candidate;
		try(c, &list[i], archive, t, key, sha256);
	}
	c->count = n;
}

void
claimants_prove(struct claimants *c, const uint8_t sha256[SHA256_SIZE])
{
	for (size_t i = 0; i < c->count; i++) {
		struct claimant *x = &c->list[i];

		if (x->state == CLAIMANT_INVALID && x->read && memcmp(x->sha256, sha256, SHA256_SIZE) == 0)
			x->state = CLAIMANT_PROVEN;
	}
}

const struct claimant *
claimants_best(const struct claimants *c, const uint8_t *sha256)
{
	const struct claimant *best = NULL;

	for (size_t i = 0; i < c->count; i++) {
		const struct claimant *x = &c->list[i];
		bool wanted = sha256 != NULL && memcmp(x->sha256, sha256, SHA256_SIZE) == 0;

		if (x->state == CLAIMANT_VALID && wanted)
			return x;
		if (x->state == CLAIMANT_PROVEN || (x->state == CLAIMANT_VALID && best == NULL))
			best = x;
	}
	return best;
}

bool
claimants_forked(const struct claimants *c)
{
	const struct claimant *first = NULL;

	for (size_t i = 0; i < c->count; i++) {
		const struct claimant *x = &c->list[i];

		if (x->state == CLAIMANT_INVALID)
			continue;
		if (first == NULL)
			first = x;
		else if (memcmp(first->sha256, x->sha256, SHA256_SIZE) != 0)
			return true;
	}
	return false;
}

void
claimants_free(struct claimants *c)
{
	page_free(&c->page);
	free(c->list);
}
