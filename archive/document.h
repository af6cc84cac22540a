/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_DOCUMENT_H
#define ARCHIVE_DOCUMENT_H

/*
 * A canonical JSON document read field by field, jansson behind it.  The first failure
 * sticks, with its finding code, and all later reads yield zero: read all fields, then test
 * doc_ok() once, then write the result again and call doc_canonical().
 *
 * Text that a getter gives belongs to the document's root, which doc_free releases unless
 * doc_take handed it over.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"

struct json_t; /* jansson's value */

struct document {
	struct json_t *root;
	const char *name; /* for faults */
	const char *code; /* NULL: nothing failed */
	enum status status;
	struct fault *f;
};

enum { DOC_DEPTH_MAX = 8 };

/* Seeds the hash of keys from the system's random numbers, while these can still be opened. */
void doc_seed(void);
/* Bytes to values: size, number of values, depth, syntax, duplicate keys, and the format. */
MUST_USE enum status doc_parse(struct document *d, const void *data, size_t len,
    size_t size_max, size_t values_max, const char *format, const char *name, struct fault *f);
/*
 * The library drops characters, or calls good text bad, where its memory does not suffice.  What
 * it refused (rc) counts only where it refuses it again, after a text that is good has passed:
 * true says to try once more; false that there is no memory, as *code "IO" and f tell.
 */
bool doc_confirm(enum status rc, const char **code, struct fault *f);
void doc_free(struct document *d);
/* The root, for doc_release when the texts are no longer needed. */
void *doc_take(struct document *d);
void doc_release(void *root);

static inline bool
doc_ok(const struct document *d)
{
	return d->code == NULL;
}

/* Records what the caller found; returns the status. */
enum status doc_fail(struct document *d, const char *code, enum status st, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* An object with exactly n keys (the getters say which); of the root where key is NULL. */
const struct json_t *doc_object(struct document *d, const struct json_t *obj, const char *key,
    size_t n);
/* An object of any names, at most max. */
const struct json_t *doc_map(struct document *d, const struct json_t *obj, const char *key,
    size_t max, size_t *n);
/* The i-th name and its value as a count; names are checked as doc_name does. */
const char *doc_map_at(struct document *d, const struct json_t *map, size_t i, uint64_t *value);
const struct json_t *doc_array(struct document *d, const struct json_t *obj, const char *key,
    size_t max, size_t *n);
/* The i-th element, an object with exactly n keys. */
const struct json_t *doc_at(struct document *d, const struct json_t *array, size_t i, size_t n);
/* The i-th element, a hex string of len octets. */
void doc_hex_at(struct document *d, const struct json_t *array, size_t i, uint8_t *out,
    size_t len);
/* Zeroed memory for n of size, NULL (and no failure) for n 0. */
void *doc_alloc(struct document *d, size_t n, size_t size);

bool doc_is_null(const struct json_t *obj, const char *key);
/* At most max octets, "" allowed. */
const char *doc_text(struct document *d, const struct json_t *obj, const char *key, size_t max);
const char *doc_text_or_null(struct document *d, const struct json_t *obj, const char *key,
    size_t max);
/* A letter or digit, then letters, digits and "_-.": 1 to DOC_NAME_MAX. */
enum { DOC_NAME_MAX = 64 };
const char *doc_name(struct document *d, const struct json_t *obj, const char *key);
uint64_t doc_u64(struct document *d, const struct json_t *obj, const char *key);
bool doc_u64_or_null(struct document *d, const struct json_t *obj, const char *key, uint64_t *v);
/* A decimal string: nanoseconds. */
int64_t doc_time(struct document *d, const struct json_t *obj, const char *key);
bool doc_time_or_null(struct document *d, const struct json_t *obj, const char *key, int64_t *v);
bool doc_bool(struct document *d, const struct json_t *obj, const char *key);
void doc_hex(struct document *d, const struct json_t *obj, const char *key, uint8_t *out,
    size_t len);
bool doc_hex_or_null(struct document *d, const struct json_t *obj, const char *key, uint8_t *out,
    size_t len);

/* What was read, written again, must be the same bytes. */
void doc_canonical(struct document *d, const void *data, size_t len, const struct buf *again);

#endif
