/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/proof.h"

#include <stdlib.h>
#include <string.h>

#include "archive/manifest.h"

static bool
append(struct proofs *p, uint64_t sequence, const uint8_t sha256[SHA256_SIZE], bool there)
{
	struct proof *list = p->list;

	if ((p->count & (p->count - 1)) == 0)
		list = realloc(list, (p->count == 0 ? 1 : 2 * p->count) * sizeof *list);
	if (list == NULL) {
		p->no_memory = true;
		return false;
	}
	p->list = list;
	list[p->count] = (struct proof) { .sequence = sequence, .there = there };
	memcpy(list[p->count++].sha256, sha256, SHA256_SIZE);
	return true;
}

/* The candidate with exactly these bytes is read into page. */
static bool
find_bytes(const char *archive, const struct tree *t, uint64_t sequence,
    const uint8_t sha256[SHA256_SIZE], struct page *page, bool *no_memory)
{
	size_t n;
	const struct claim *claims = claims_of(&t->claims, sequence, &n);

	for (size_t i = 0; i < n; i++) {
		const struct candidate *x = &t->candidates[claims[i].candidate];

		if (!x->regular)
			continue;
		page_read(page, archive, x->path, MANIFEST_SIZE_MAX);
		page_look_large(page);
		*no_memory |= page_no_memory(page);
		if (page->read && memcmp(page->sha256, sha256, SHA256_SIZE) == 0)
			return true;
	}
	return false;
}

static int
proof_order(const void *va, const void *vb)
{
	const struct proof *a = va;
	const struct proof *b = vb;

	return (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

/* Keeps the first of two for one sequence: those of the head that was added before. */
static void
merge(struct proofs *p, size_t old)
{
	size_t n = old;

	for (size_t i = old; i < p->count; i++) {
		const struct proof *twin = old == 0 ? NULL :
		    bsearch(&p->list[i], p->list, old, sizeof *p->list, proof_order);

		if (twin == NULL)
			p->list[n++] = p->list[i];
	}
	p->count = n;
	if (n > 1)
		qsort(p->list, n, sizeof *p->list, proof_order);
}

void
proofs_add(struct proofs *p, const char *archive, const struct tree *t, const struct head *head,
    uint64_t to)
{
	struct page page = { .read = false };
	uint64_t sequence = head->sequence;
	uint8_t expected[SHA256_SIZE];
	size_t old = p->count;

	memcpy(expected, head->sha256, SHA256_SIZE);
	while (sequence >= to && sequence > 0) {
		struct manifest *m = NULL;
		bool there = find_bytes(archive, t, sequence, expected, &page, &p->no_memory);
		enum status rc;

		if (p->no_memory || !append(p, sequence, expected, there) || !there)
			break;
		if (page.large > 0)
			break; /* no manifest, so it names none before it */
		rc = manifest_parse(page.bytes.data, page.bytes.len, page.path, &m, NULL, NULL);
		p->no_memory |= rc == STATUS_NO_MEMORY;
		if (rc != STATUS_OK)
			break;
		memcpy(expected, m->previous, SHA256_SIZE);
		manifest_free(m);
		sequence--;
	}
	page_free(&page);
	merge(p, old);
}

const struct proof *
proofs_find(const struct proofs *p, uint64_t sequence)
{
	const struct proof wanted = { .sequence = sequence };

	if (p->count == 0)
		return NULL;
	return bsearch(&wanted, p->list, p->count, sizeof wanted, proof_order);
}

uint64_t
proofs_next(const struct proofs *p, uint64_t above)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->list[i].sequence > above)
			return p->list[i].sequence;
	return 0;
}

void
proofs_free(struct proofs *p)
{
	free(p->list);
	*p = (struct proofs) { .list = NULL };
}
