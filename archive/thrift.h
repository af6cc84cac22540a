/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_THRIFT_H
#define ARCHIVE_THRIFT_H

/*
 * Thrift's compact protocol, as far as Parquet's metadata needs it.
 *
 * Writing: fields in ascending order of their ids into a struct buf, whose sticky error is
 * tested once at the end.  Reading: while (thrift_next(r, &f)) switch (f.id), with one
 * getter per field or thrift_skip; a value of another type than the getter's, a number out
 * of range or nesting beyond the limit fails the reader's cursor, which is tested at the end.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cursor.h"

enum { THRIFT_DEPTH_MAX = 16, THRIFT_VARINT_MAX = 10 };

enum thrift_type {
	THRIFT_STOP = 0,
	THRIFT_TRUE = 1,
	THRIFT_FALSE = 2,
	THRIFT_I8 = 3,
	THRIFT_I16 = 4,
	THRIFT_I32 = 5,
	THRIFT_I64 = 6,
	THRIFT_DOUBLE = 7,
	THRIFT_BINARY = 8,
	THRIFT_LIST = 9,
	THRIFT_SET = 10,
	THRIFT_MAP = 11,
	THRIFT_STRUCT = 12
};

/* Unsigned LEB128, and zigzag on top of it: Parquet's encodings use them too. */
void thrift_varint(struct buf *out, uint64_t v);
void thrift_zigzag(struct buf *out, int64_t v);
uint64_t thrift_get_varint(struct cursor *c);
int64_t thrift_get_zigzag(struct cursor *c);

struct thrift_writer {
	struct buf *out;
	unsigned depth;
	int16_t last[THRIFT_DEPTH_MAX];
};

void thrift_writer_init(struct thrift_writer *w, struct buf *out);
void thrift_put_bool(struct thrift_writer *w, int16_t id, bool v);
void thrift_put_i8(struct thrift_writer *w, int16_t id, int8_t v);
void thrift_put_i32(struct thrift_writer *w, int16_t id, int32_t v);
void thrift_put_i64(struct thrift_writer *w, int16_t id, int64_t v);
void thrift_put_binary(struct thrift_writer *w, int16_t id, const void *data, size_t len);
/* A struct as a field, then its fields, then thrift_put_end. */
void thrift_put_struct(struct thrift_writer *w, int16_t id);
void thrift_put_end(struct thrift_writer *w);
/* A list's head; then its elements with the functions below. */
void thrift_put_list(struct thrift_writer *w, int16_t id, enum thrift_type type, size_t count);
void thrift_item_struct(struct thrift_writer *w); /* then fields and thrift_put_end */
void thrift_item_i32(struct thrift_writer *w, int32_t v);
void thrift_item_binary(struct thrift_writer *w, const void *data, size_t len);

struct thrift_reader {
	struct cursor c;
	unsigned depth;
	int16_t last[THRIFT_DEPTH_MAX];
};

struct thrift_field {
	int16_t id;
	uint8_t type; /* enum thrift_type */
};

/* Borrowed bytes; NULL and 0 when there are none. */
struct thrift_bytes {
	const uint8_t *data;
	size_t len;
};

/* At the first field of a struct that begins at the cursor. */
struct thrift_reader thrift_reader_over(struct cursor c);
/* The next field of the innermost struct; false at its end, which leaves it, and on failure. */
bool thrift_next(struct thrift_reader *r, struct thrift_field *f);
bool thrift_get_bool(struct thrift_reader *r, struct thrift_field f);
int8_t thrift_get_i8(struct thrift_reader *r, struct thrift_field f);
int32_t thrift_get_i32(struct thrift_reader *r, struct thrift_field f);
int64_t thrift_get_i64(struct thrift_reader *r, struct thrift_field f);
struct thrift_bytes thrift_get_binary(struct thrift_reader *r, struct thrift_field f);
/* Into the struct: thrift_next then gives its fields. */
void thrift_get_struct(struct thrift_reader *r, struct thrift_field f);
/* The number of elements of this type, at most limit (0 on failure). */
size_t thrift_get_list(struct thrift_reader *r, struct thrift_field f, enum thrift_type type,
    size_t limit);
void thrift_get_item_struct(struct thrift_reader *r);
int32_t thrift_get_item_i32(struct thrift_reader *r);
struct thrift_bytes thrift_get_item_binary(struct thrift_reader *r);
void thrift_skip(struct thrift_reader *r, struct thrift_field f);

#endif
