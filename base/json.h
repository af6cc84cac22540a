/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_JSON_H
#define BASE_JSON_H

/*
 * A JSON writer in the manifest's canonical form (nfseal-archive(5)): no white space,
 * no floats, integers below 2^53 as numbers and larger ones as decimal strings, keys in
 * the order in which they are written.  Strings are escaped: the quotation mark, the
 * backslash and control characters (\b \t \n \f \r, else \u00xx); all other UTF-8 as it
 * is; bytes that are not UTF-8 become U+FFFD.  Errors stick in the buffer.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* jansson, which reads JSON for archive/, has functions of these names: to the linker ours
 * are called otherwise.  No file includes both headers. */
#define json_object json_write_object
#define json_array  json_write_array
#define json_null   json_write_null

enum { JSON_DEPTH_MAX = 32 };
#define JSON_INTEGER_LIMIT ((uint64_t)1 << 53)

struct json {
	struct buf *out;
	unsigned depth;
	bool comma[JSON_DEPTH_MAX]; /* a value was written at this depth */
	bool after_key;
};

void json_init(struct json *j, struct buf *out);
void json_object(struct json *j);     /* { */
void json_object_end(struct json *j); /* } */
void json_array(struct json *j);
void json_array_end(struct json *j);
void json_key(struct json *j, const char *key);
void json_str(struct json *j, const char *s); /* NULL writes null */
void json_text(struct json *j, const void *s, size_t len);
void json_u64(struct json *j, uint64_t v); /* at or above 2^53: a decimal string */
void json_i64(struct json *j, int64_t v);
void json_decimal(struct json *j, int64_t v); /* always a decimal string: nanosecond times */
void json_bool(struct json *j, bool v);
void json_null(struct json *j);
void json_hex(struct json *j, const void *data, size_t len); /* lower-case hex string */

/* Key and value in one call. */
void json_key_str(struct json *j, const char *key, const char *s);
void json_key_u64(struct json *j, const char *key, uint64_t v);
void json_key_i64(struct json *j, const char *key, int64_t v);
void json_key_bool(struct json *j, const char *key, bool v);
void json_key_hex(struct json *j, const char *key, const void *data, size_t len);

#endif
