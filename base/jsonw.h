/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_JSONW_H
#define BASE_JSONW_H

/*
 * A JSON writer in the manifest's canonical form (nfseal-archive(5)): no white space,
 * no floats, integers below 2^53 as numbers and larger ones as decimal strings, keys in
 * the order in which they are written.  Strings are escaped: the quotation mark, the
 * backslash and control characters (\b \t \n \f \r, else \u00xx); all other UTF-8 as it
 * is; bytes that are not UTF-8 become U+FFFD.  Errors stick in the buffer.
 * (json_ is the prefix of jansson, which reads JSON for archive/.)
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { JSONW_DEPTH_MAX = 32 };
#define JSONW_INTEGER_LIMIT ((uint64_t)1 << 53)

struct jsonw {
	struct buf *out;
	unsigned depth;
	bool comma[JSONW_DEPTH_MAX]; /* a value was written at this depth */
	bool after_key;
};

void jsonw_init(struct jsonw *j, struct buf *out);
void jsonw_object(struct jsonw *j);     /* { */
void jsonw_object_end(struct jsonw *j); /* } */
void jsonw_array(struct jsonw *j);
void jsonw_array_end(struct jsonw *j);
void jsonw_key(struct jsonw *j, const char *key);
void jsonw_str(struct jsonw *j, const char *s); /* NULL writes null */
void jsonw_text(struct jsonw *j, const void *s, size_t len);
void jsonw_u64(struct jsonw *j, uint64_t v); /* at or above 2^53: a decimal string */
void jsonw_i64(struct jsonw *j, int64_t v);
void jsonw_decimal(struct jsonw *j, int64_t v); /* always a decimal string: nanosecond times */
void jsonw_bool(struct jsonw *j, bool v);
void jsonw_null(struct jsonw *j);
void jsonw_raw(struct jsonw *j, const void *s, size_t len); /* a value that is JSON as it stands */
void jsonw_hex(struct jsonw *j, const void *data, size_t len); /* lower-case hex string */

/* Key and value in one call. */
void jsonw_key_str(struct jsonw *j, const char *key, const char *s);
void jsonw_key_u64(struct jsonw *j, const char *key, uint64_t v);
void jsonw_key_i64(struct jsonw *j, const char *key, int64_t v);
void jsonw_key_bool(struct jsonw *j, const char *key, bool v);
void jsonw_key_hex(struct jsonw *j, const char *key, const void *data, size_t len);
void jsonw_key_null(struct jsonw *j, const char *key);

/* The same, null where the value is not known: then it is not looked at. */
void jsonw_key_u64_if(struct jsonw *j, const char *key, bool known, uint64_t v);
void jsonw_key_hex_if(struct jsonw *j, const char *key, bool known, const void *data, size_t len);
/* Nanoseconds since 1970: as a decimal string, for programs, or as text_time_nanos has them. */
void jsonw_key_decimal_if(struct jsonw *j, const char *key, bool known, int64_t nanos);
void jsonw_key_time_if(struct jsonw *j, const char *key, bool known, int64_t nanos);

#endif
