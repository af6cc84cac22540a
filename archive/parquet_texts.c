/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/parquet_texts.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/text.h"

enum { KIND_V4 = 4, KIND_V6 = 6 };

enum status
texts_open(struct texts *t, size_t capacity, struct fault *f)
{
	memset(t, 0, sizeof *t);
	buf_init(&t->heap, 0);
	t->spans = malloc(capacity * sizeof *t->spans);
	t->spare = malloc(capacity * sizeof *t->spare);
	t->hashes = malloc(capacity * sizeof *t->hashes);
	if (t->spans != NULL && t->spare != NULL && t->hashes != NULL)
		return STATUS_OK;
	texts_free(t);
	return fault_memory(f);
}

void
texts_free(struct texts *t)
{
	free(t->spans);
	free(t->spare);
	free(t->hashes);
	buf_free(&t->heap);
	memset(t, 0, sizeof *t);
}

static void
begin(struct texts *t, struct dictionary *d)
{
	buf_reset(&t->heap);
	t->count = t->values = 0;
	t->sorted = false;
	dictionary_begin(d);
}

static size_t
print_address(char *out, const struct dictionary_entry *e)
{
	struct address a = { .family = (uint8_t)e->kind };

	if (e->kind == KIND_V4) {
		store_be64(a.octets, e->low << 32);
	} else {
		store_be64(a.octets, e->high);
		store_be64(a.octets + 8, e->low);
	}
	return text_address(out, &a);
}

static size_t
print_mac(char *out, const struct dictionary_entry *e)
{
	uint8_t mac[8];

	store_be64(mac, (e->low ^ (uint64_t)INT64_MIN) << 16);
	return text_mac(out, mac);
}

/*
 * The frequent ones first, the others by length: among texts of the same length that are
 * in order, zstd finds what they share always at the same distance.
 */
static void
arrange(struct texts *t, struct dictionary *d)
{
	struct table_span *arranged = t->spare;
	const uint32_t *ranks;

	(void)dictionary_classes(d);
	for (size_t i = 0; i < d->count; i++) {
		if (d->classes[i] != 0)
			d->classes[i] = (uint8_t)t->spans[i].len;
	}
	ranks = dictionary_arrange(d);
	for (size_t i = 0; i < d->count; i++)
		arranged[ranks[i]] = t->spans[i];
	t->spare = t->spans;
	t->spans = arranged;
}

/* The dictionary's entries as texts. */
static void
print_entries(struct texts *t, struct dictionary *d,
    size_t (*print)(char *out, const struct dictionary_entry *e))
{
	t->indexes = d->indexes;
	t->count = d->count;
	t->values = d->values;
	if (!buf_reserve(&t->heap, d->count * TEXT_ADDRESS_MAX))
		return;
	for (size_t i = 0; i < d->count; i++) {
		size_t len = print((char *)t->heap.data + t->heap.len, &d->entries[i]);

		t->spans[i] = (struct table_span){ (uint32_t)t->heap.len, (uint32_t)len };
		t->heap.len += len;
	}
	t->sorted = true;
	arrange(t, d);
}

void
texts_from_addresses(struct texts *t, struct dictionary *d, const uint8_t *present,
    const struct address *addresses, size_t rows)
{
	begin(t, d);
	for (size_t i = 0; i < rows; i++) {
		const uint8_t *p = addresses[i].octets;

		if (!present[i])
			continue;
		if (addresses[i].family == KIND_V4)
			dictionary_add(d, 0, load_be32(p), KIND_V4);
		else
			dictionary_add(d, load_be64(p), load_be64(p + 8), KIND_V6);
	}
	dictionary_sort(d);
	print_entries(t, d, print_address);
}

void
texts_from_macs(struct texts *t, struct dictionary *d, const int64_t *macs, size_t count)
{
	int64_t min = count > 0 ? macs[0] : 0, max = min;

	begin(t, d);
	for (size_t i = 1; i < count; i++) {
		min = macs[i] < min ? macs[i] : min;
		max = macs[i] > max ? macs[i] : max;
	}
	dictionary_add_ints(d, macs, count, min, max);
	print_entries(t, d, print_mac);
}

static uint32_t
add_string(struct texts *t, const uint8_t *p, uint32_t len, uint64_t hash)
{
	t->spans[t->count] = (struct table_span){ (uint32_t)t->heap.len, len };
	t->hashes[t->count] = hash;
	buf_put(&t->heap, p, len);
	return (uint32_t)++t->count;
}

/* The strings' own use of the dictionary's slots, as many as there are. */
static uint32_t
find_string(struct texts *t, struct dictionary *d, const uint8_t *p, uint32_t len)
{
	uint64_t hash = hash_bytes(p, len, d->seed);
	size_t slot = (size_t)hash & d->mask;
	uint32_t found;

	while ((found = d->slots[slot]) != 0) {
		const struct table_span *s = &t->spans[found - 1];

		if (t->hashes[found - 1] == hash && s->len == len &&
		    memcmp(t->heap.data + s->offset, p, len) == 0)
			return found - 1;
		slot = (slot + 1) & d->mask;
	}
	d->slots[slot] = add_string(t, p, len, hash);
	return d->slots[slot] - 1;
}

void
texts_from_strings(struct texts *t, struct dictionary *d, const uint8_t *present,
    const struct table_column *column, size_t rows)
{
	static const uint8_t nothing[1];

	begin(t, d);
	d->mask = d->slots_max - 1;
	memset(d->slots, 0, d->slots_max * sizeof *d->slots);
	for (size_t i = 0; i < rows; i++) {
		const struct table_span *s = &column->v.span[i];
		const uint8_t *p = s->len > 0 ? column->heap.data + s->offset : nothing;

		if (present[i] && buf_ok(&t->heap))
			d->indexes[d->values++] = find_string(t, d, p, s->len);
	}
	t->indexes = d->indexes;
	t->values = d->values;
	if (t->heap.data == NULL)
		(void)buf_reserve(&t->heap, 1); /* all are empty: still a place to point at */
}
