/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/heard.h"

#include <stdlib.h>

#include "base/hash.h"

enum { SLOTS = 65536 }; /* more than HEARD_MAX, so that each search ends at a free one */

/* The seed is not to be guessed, so that 64 bits tell them apart. */
static uint64_t
hash_of(const struct heard *h, const struct heard_key *key)
{
	uint64_t hash = hash_bytes(key->words, sizeof key->words, h->seed);

	return hash == 0 ? 1 : hash;
}

/* Where the hash stands, or the free slot where it would. */
static size_t
find(const struct heard *h, uint64_t hash)
{
	size_t at = hash % SLOTS;

	while (h->slots[at] != 0 && h->slots[at] != hash)
		at = (at + 1) % SLOTS;
	return at;
}

void
heard_add(struct heard *h, const struct heard_key *key)
{
	uint64_t hash = hash_of(h, key);
	size_t at;

	if (h->slots == NULL)
		h->slots = calloc(SLOTS, sizeof h->slots[0]);
	if (h->slots == NULL || h->count == HEARD_MAX)
		return;
	at = find(h, hash);
	h->count += h->slots[at] == 0;
	h->slots[at] = hash;
}

bool
heard_has(const struct heard *h, const struct heard_key *key)
{
	uint64_t hash = hash_of(h, key);

	return h->slots != NULL && h->slots[find(h, hash)] == hash;
}

void
heard_free(struct heard *h)
{
	free(h->slots);
	h->slots = NULL;
	h->count = 0;
}
