/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/document.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define INTEGER_LIMIT ((json_int_t)1 << 53)

/*
 * jansson calls want of memory, as often as not, an error of syntax, and its allocator has no
 * argument by which it could tell us: hence this one variable, of each thread its own.  Without it
 * a text that is sound would be refused, and what it vouches for be lost.
 */
static _Thread_local bool starved;

static void *
allocate(size_t n)
{
	void *p = malloc(n);

	starved |= p == NULL;
	return p;
}

/* Before any thread and any text. */
__attribute__((constructor)) static void
take_allocator(void)
{
	json_set_alloc_funcs(allocate, free);
}

void
doc_seed(void)
{
	json_object_seed(0);
}

enum status
doc_fail(struct document *d, const char *code, enum status st, const char *fmt, ...)
{
	char text[FAULT_TEXT_MAX];
	va_list ap;

	if (d->code != NULL)
		return d->status;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	d->code = code;
	d->status = st;
	return fault_set(d->f, st, d->name, "%s: %s", code, text);
}

static void
schema(struct document *d, const char *key, const char *want)
{
	(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "key \"%s\": %s", key, want);
}

/* Before anything is allocated: how many values there can be at most, and how deep. */
static void
check_shape(struct document *d, const uint8_t *p, size_t len, size_t values_max)
{
	size_t values = 1;
	size_t depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < len; i++) {
		if (in_string && p[i] == '\\')
			i++;
		else if (p[i] == '"')
			in_string = !in_string;
		else if (in_string)
			continue;
		else if (p[i] == ',' || p[i] == '[' || p[i] == '{')
			values++;
		if (!in_string && (p[i] == '[' || p[i] == '{') && ++depth > DOC_DEPTH_MAX)
			(void)doc_fail(d, "LIMIT", STATUS_LIMIT, "nested deeper than %d", DOC_DEPTH_MAX);
		if (!in_string && (p[i] == ']' || p[i] == '}') && depth > 0)
			depth--;
	}
	if (values > values_max)
		(void)doc_fail(d, "LIMIT", STATUS_LIMIT, "%zu values, more than %zu", values, values_max);
}

static bool
library_works(void)
{
	static const char good[] = "{\"key\":[\"a text that is long enough to grow\",1]}";
	json_t *root = json_loadb(good, sizeof good - 1, JSON_REJECT_DUPLICATES, NULL);
	bool works = root != NULL;

	json_decref(root);
	return works;
}

bool
doc_confirm(enum status rc, const char **code, struct fault *f)
{
	if (rc != STATUS_NO_MEMORY && library_works())
		return true;
	*code = "IO";
	(void)fault_memory(f);
	return false;
}

/* Where its own tables cannot grow, the library may fail without a word. */
static void
syntax_fault(struct document *d, const json_error_t *e)
{
	if (e->text[0] == '\0') {
		(void)doc_fail(d, "IO", STATUS_NO_MEMORY, "out of memory");
		return;
	}
	switch (json_error_code(e)) {
	case json_error_duplicate_key:
		(void)doc_fail(d, "DUPLICATE_KEY", STATUS_MALFORMED, "%s", e->text);
		break;
	case json_error_out_of_memory:
		(void)doc_fail(d, "IO", STATUS_NO_MEMORY, "out of memory");
		break;
	default:
		(void)doc_fail(d, "NON_CANONICAL", STATUS_MALFORMED, "at byte %d: %s", e->position,
		    e->text);
	}
}

static void
check_format(struct document *d, const char *format)
{
	const json_t *v = json_object_get(d->root, "format");

	if (!json_is_string(v))
		(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "no \"format\"");
	else if (strcmp(json_string_value(v), format) != 0)
		(void)doc_fail(d, "VERSION", STATUS_UNSUPPORTED, "format \"%.64s\" where \"%s\" is known",
		    json_string_value(v), format);
}

enum status
doc_parse(struct document *d, const void *data, size_t len, size_t size_max, size_t values_max,
    const char *format, const char *name, struct fault *f)
{
	json_error_t error;

	*d = (struct document) { .name = name, .f = f };
	if (len > size_max)
		return doc_fail(d, "LIMIT", STATUS_LIMIT, "%zu bytes, more than %zu", len, size_max);
	check_shape(d, data, len, values_max);
	if (!doc_ok(d))
		return d->status;
	starved = false;
	d->root = json_loadb(data, len, JSON_REJECT_DUPLICATES, &error);
	/* It may also take a text for good of which it has lost a part. */
	if (starved)
		(void)doc_fail(d, "IO", STATUS_NO_MEMORY, "out of memory");
	else if (d->root == NULL)
		syntax_fault(d, &error);
	else
		check_format(d, format);
	if (!doc_ok(d))
		doc_free(d);
	return d->status;
}

void
doc_free(struct document *d)
{
	json_decref(d->root);
	d->root = NULL;
}

void *
doc_take(struct document *d)
{
	void *root = d->root;

	d->root = NULL;
	return root;
}

void
doc_release(void *root)
{
	json_decref(root);
}

static const json_t *
get(struct document *d, const json_t *obj, const char *key)
{
	const json_t *v = doc_ok(d) ? json_object_get(obj, key) : NULL;

	if (v == NULL && doc_ok(d))
		schema(d, key, "is missing");
	return v;
}

/* A count of n keys that are not all asked for would leave an unknown one unseen. */
static const json_t *
object_of(struct document *d, const json_t *v, const char *key, size_t n)
{
	if (!doc_ok(d))
		return NULL;
	if (!json_is_object(v)) {
		schema(d, key, "is no object");
		return NULL;
	}
	if (json_object_size(v) != n) {
		(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "\"%s\" has %zu keys, not %zu", key,
		    json_object_size(v), n);
		return NULL;
	}
	return v;
}

const json_t *
doc_object(struct document *d, const json_t *obj, const char *key, size_t n)
{
	if (key == NULL)
		return object_of(d, d->root, "", n);
	return object_of(d, get(d, obj, key), key, n);
}

const json_t *
doc_map(struct document *d, const json_t *obj, const char *key, size_t max, size_t *n)
{
	const json_t *v = get(d, obj, key);

	*n = 0;
	if (!doc_ok(d))
		return NULL;
	if (!json_is_object(v))
		schema(d, key, "is no object");
	else if (json_object_size(v) > max)
		(void)doc_fail(d, "LIMIT", STATUS_LIMIT, "\"%s\" has more than %zu keys", key, max);
	if (!doc_ok(d))
		return NULL;
	*n = json_object_size(v);
	return v;
}

const json_t *
doc_array(struct document *d, const json_t *obj, const char *key, size_t max, size_t *n)
{
	const json_t *v = get(d, obj, key);

	*n = 0;
	if (!doc_ok(d))
		return NULL;
	if (!json_is_array(v))
		schema(d, key, "is no array");
	else if (json_array_size(v) > max)
		(void)doc_fail(d, "LIMIT", STATUS_LIMIT, "\"%s\" has more than %zu entries", key, max);
	if (!doc_ok(d))
		return NULL;
	*n = json_array_size(v);
	return v;
}

const json_t *
doc_at(struct document *d, const json_t *array, size_t i, size_t n)
{
	return object_of(d, json_array_get(array, i), "entry of an array", n);
}

void *
doc_alloc(struct document *d, size_t n, size_t size)
{
	void *p = n == 0 || !doc_ok(d) ? NULL : calloc(n, size);

	if (n > 0 && p == NULL && doc_ok(d))
		(void)doc_fail(d, "IO", STATUS_NO_MEMORY, "out of memory");
	return p;
}

bool
doc_is_null(const json_t *obj, const char *key)
{
	return json_is_null(json_object_get(obj, key));
}

const char *
doc_text(struct document *d, const json_t *obj, const char *key, size_t max)
{
	const json_t *v = get(d, obj, key);

	if (v == NULL)
		return "";
	if (!json_is_string(v)) {
		schema(d, key, "is no string");
		return "";
	}
	if (json_string_length(v) > max) {
		(void)doc_fail(d, "LIMIT", STATUS_LIMIT, "\"%s\" is longer than %zu", key, max);
		return "";
	}
	return json_string_value(v);
}

const char *
doc_text_or_null(struct document *d, const json_t *obj, const char *key, size_t max)
{
	return doc_is_null(obj, key) ? NULL : doc_text(d, obj, key, max);
}

static bool
is_name(const char *s)
{
	size_t len = strlen(s);

	for (size_t i = 0; i < len; i++) {
		bool alnum = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') ||
		    (s[i] >= '0' && s[i] <= '9');

		if (!alnum && (i == 0 || strchr("_-.", s[i]) == NULL))
			return false;
	}
	return len > 0 && len <= DOC_NAME_MAX;
}

const char *
doc_name(struct document *d, const json_t *obj, const char *key)
{
	const char *s = doc_text(d, obj, key, DOC_NAME_MAX);

	if (doc_ok(d) && !is_name(s))
		schema(d, key, "is no name");
	return s;
}

static uint64_t
u64_of(struct document *d, const json_t *v, const char *key)
{
	uint64_t n = 0;

	if (!doc_ok(d))
		return 0;
	if (json_is_integer(v) && json_integer_value(v) >= INTEGER_LIMIT)
		(void)doc_fail(d, "NON_CANONICAL", STATUS_MALFORMED,
		    "\"%s\": from 2^53 on a number is a string", key);
	else if (json_is_real(v))
		(void)doc_fail(d, "NON_CANONICAL", STATUS_MALFORMED, "\"%s\" is no integer", key);
	else if (json_is_integer(v) && json_integer_value(v) >= 0)
		n = (uint64_t)json_integer_value(v);
	else if (!json_is_string(v) || !text_parse_u64(json_string_value(v), UINT64_MAX, &n))
		schema(d, key, "is no count");
	return n;
}

uint64_t
doc_u64(struct document *d, const json_t *obj, const char *key)
{
	return u64_of(d, get(d, obj, key), key);
}

bool
doc_u64_or_null(struct document *d, const json_t *obj, const char *key, uint64_t *v)
{
	if (doc_is_null(obj, key))
		return false;
	*v = doc_u64(d, obj, key);
	return true;
}

const char *
doc_map_at(struct document *d, const json_t *map, size_t i, uint64_t *value)
{
	const char *name = "";
	json_t *v = NULL;
	const char *k;
	size_t at = 0;

	/* jansson keeps the order in which the keys stood (since 2.8). */
	json_object_foreach((json_t *)(uintptr_t)map, k, v) {
		if (at++ == i) {
			name = k;
			break;
		}
	}
	if (doc_ok(d) && !is_name(name))
		schema(d, name, "is no name");
	*value = u64_of(d, v, name);
	return name;
}

/* "-"? digits, of magnitude below 2^63; leading zeros are found when the text is written again. */
static bool
parse_i64(const char *s, int64_t *out)
{
	bool minus = s[0] == '-';
	uint64_t n;

	if (!text_parse_u64(s + minus, (uint64_t)INT64_MAX, &n))
		return false;
	*out = minus ? -(int64_t)n : (int64_t)n;
	return true;
}

int64_t
doc_time(struct document *d, const json_t *obj, const char *key)
{
	const json_t *v = get(d, obj, key);
	int64_t n = 0;

	if (v != NULL && (!json_is_string(v) || !parse_i64(json_string_value(v), &n)))
		schema(d, key, "is no time: nanoseconds as a decimal string");
	return n;
}

bool
doc_time_or_null(struct document *d, const json_t *obj, const char *key, int64_t *v)
{
	if (doc_is_null(obj, key))
		return false;
	*v = doc_time(d, obj, key);
	return true;
}

bool
doc_bool(struct document *d, const json_t *obj, const char *key)
{
	const json_t *v = get(d, obj, key);

	if (v != NULL && !json_is_boolean(v))
		schema(d, key, "is neither true nor false");
	return json_is_true(v);
}

static void
hex_of(struct document *d, const json_t *v, const char *key, uint8_t *out, size_t len)
{
	if (!doc_ok(d))
		return;
	if (!json_is_string(v) || json_string_length(v) != 2 * len ||
	    !text_parse_hex(json_string_value(v), out, len))
		(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "\"%s\": not %zu octets in lower-case hex",
		    key, len);
}

void
doc_hex(struct document *d, const json_t *obj, const char *key, uint8_t *out, size_t len)
{
	hex_of(d, get(d, obj, key), key, out, len);
}

void
doc_hex_at(struct document *d, const json_t *array, size_t i, uint8_t *out, size_t len)
{
	hex_of(d, json_array_get(array, i), "entry of an array", out, len);
}

bool
doc_hex_or_null(struct document *d, const json_t *obj, const char *key, uint8_t *out, size_t len)
{
	if (doc_is_null(obj, key))
		return false;
	doc_hex(d, obj, key, out, len);
	return true;
}

void
doc_canonical(struct document *d, const void *data, size_t len, const struct buf *again)
{
	const uint8_t *p = data;
	size_t i = 0;

	if (!doc_ok(d))
		return;
	if (!buf_ok(again)) {
		(void)doc_fail(d, "IO", STATUS_NO_MEMORY, "out of memory");
		return;
	}
	while (i < len && i < again->len && p[i] == again->data[i])
		i++;
	if (i < len || i < again->len)
		(void)doc_fail(d, "NON_CANONICAL", STATUS_MALFORMED,
		    "written again it differs from byte %zu on", i);
}
