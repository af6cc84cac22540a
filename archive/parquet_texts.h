/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_PARQUET_TEXTS_H
#define ARCHIVE_PARQUET_TEXTS_H

/*
 * The distinct byte strings of a column and each value's place among them.  Addresses and
 * MACs are told apart by their bits, so that each distinct one is put into text once; they
 * stand in the order of length and bits behind the most frequent ones, other strings in the
 * order of their first appearance.
 */

#include <stddef.h>
#include <stdint.h>

#include "archive/parquet_dictionary.h"
#include "base/buf.h"
#include "base/status.h"
#include "flow/table.h"

struct texts {
	struct buf heap;
	struct table_span *spans; /* distinct ones, into the heap */
	struct table_span *spare;
	bool sorted;
	size_t count;
	size_t values;
	const uint32_t *indexes; /* of each value; borrowed from the dictionary */
	uint64_t *hashes;        /* of the distinct strings */
};

MUST_USE enum status texts_open(struct texts *t, size_t capacity, struct fault *f);
void texts_free(struct texts *t);
/* The present values of the first `rows` rows; d is used for the work and holds the indexes. */
void texts_from_addresses(struct texts *t, struct dictionary *d, const uint8_t *present,
    const struct address *addresses, size_t rows);
void texts_from_macs(struct texts *t, struct dictionary *d, const int64_t *macs, size_t count);
void texts_from_strings(struct texts *t, struct dictionary *d, const uint8_t *present,
    const struct table_column *column, size_t rows);

static inline const uint8_t *
texts_at(const struct texts *t, size_t i, size_t *len)
{
	*len = t->spans[i].len;
	return t->heap.data + t->spans[i].offset;
}

#endif
