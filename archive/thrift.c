/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/thrift.h"

#include <assert.h>
#include <string.h>

void
thrift_varint(struct buf *out, uint64_t v)
{
	uint8_t bytes[THRIFT_VARINT_MAX];
	size_t n = 0;

	for (; v >= 0x80; v >>= 7)
		bytes[n++] = (uint8_t)(v | 0x80);
	bytes[n++] = (uint8_t)v;
	buf_put(out, bytes, n);
}

uint64_t
thrift_get_varint(struct cursor *c)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte = cursor_u8(c);

		if (shift == 63 && byte > 1)
			break;
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return v;
	}
	cursor_fail(c);
	return 0;
}

void
thrift_zigzag(struct buf *out, int64_t v)
{
	thrift_varint(out, (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0));
}

int64_t
thrift_get_zigzag(struct cursor *c)
{
	uint64_t v = thrift_get_varint(c);

	return (int64_t)(v >> 1 ^ ((v & 1) != 0 ? UINT64_MAX : 0));
}

void
thrift_writer_init(struct thrift_writer *w, struct buf *out)
{
	memset(w, 0, sizeof *w);
	w->out = out;
}

static void
put_field(struct thrift_writer *w, int16_t id, enum thrift_type type)
{
	int delta = id - w->last[w->depth];

	w->last[w->depth] = id;
	if (delta > 0 && delta <= 15) {
		buf_u8(w->out, (uint8_t)(delta << 4 | (int)type));
	} else {
		buf_u8(w->out, (uint8_t)type);
		thrift_zigzag(w->out, id);
	}
}

void
thrift_put_bool(struct thrift_writer *w, int16_t id, bool v)
{
	put_field(w, id, v ? THRIFT_TRUE : THRIFT_FALSE);
}

void
thrift_put_i8(struct thrift_writer *w, int16_t id, int8_t v)
{
	put_field(w, id, THRIFT_I8);
	buf_u8(w->out, (uint8_t)v);
}

void
thrift_put_i32(struct thrift_writer *w, int16_t id, int32_t v)
{
	put_field(w, id, THRIFT_I32);
	thrift_zigzag(w->out, v);
}

void
thrift_put_i64(struct thrift_writer *w, int16_t id, int64_t v)
{
	put_field(w, id, THRIFT_I64);
	thrift_zigzag(w->out, v);
}

void
thrift_put_binary(struct thrift_writer *w, int16_t id, const void *data, size_t len)
{
	put_field(w, id, THRIFT_BINARY);
	thrift_item_binary(w, data, len);
}

void
thrift_put_struct(struct thrift_writer *w, int16_t id)
{
	put_field(w, id, THRIFT_STRUCT);
	thrift_item_struct(w);
}

void
thrift_put_end(struct thrift_writer *w)
{
	buf_u8(w->out, THRIFT_STOP);
	if (w->depth > 0)
		w->depth--;
}

void
thrift_put_list(struct thrift_writer *w, int16_t id, enum thrift_type type, size_t count)
{
	put_field(w, id, THRIFT_LIST);
	if (count < 15) {
		buf_u8(w->out, (uint8_t)(count << 4 | type));
	} else {
		buf_u8(w->out, (uint8_t)(0xf0 | type));
		thrift_varint(w->out, count);
	}
}

void
thrift_item_struct(struct thrift_writer *w)
{
	assert(w->depth + 1 < THRIFT_DEPTH_MAX);
	w->last[++w->depth] = 0;
}

void
thrift_item_i32(struct thrift_writer *w, int32_t v)
{
	thrift_zigzag(w->out, v);
}

void
thrift_item_binary(struct thrift_writer *w, const void *data, size_t len)
{
	thrift_varint(w->out, len);
	buf_put(w->out, data, len);
}

struct thrift_reader
thrift_reader_over(struct cursor c)
{
	struct thrift_reader r = { .c = c };

	return r;
}

bool
thrift_next(struct thrift_reader *r, struct thrift_field *f)
{
	uint8_t head = cursor_u8(&r->c);
	int64_t id;

	if (!cursor_ok(&r->c))
		return false;
	if (head == THRIFT_STOP) {
		if (r->depth > 0)
			r->depth--;
		return false;
	}
	id = head >> 4 == 0 ? thrift_get_zigzag(&r->c) : r->last[r->depth] + (head >> 4);
	if (!cursor_ok(&r->c) || id < 1 || id > INT16_MAX) {
		cursor_fail(&r->c);
		return false;
	}
	f->id = (int16_t)id;
	f->type = head & 15;
	r->last[r->depth] = f->id;
	return true;
}

/* The field has the type that the caller knows, else the reader fails. */
static bool
is_type(struct thrift_reader *r, struct thrift_field f, enum thrift_type type)
{
	if (f.type == type)
		return true;
	cursor_fail(&r->c);
	return false;
}

bool
thrift_get_bool(struct thrift_reader *r, struct thrift_field f)
{
	return f.type == THRIFT_TRUE || (is_type(r, f, THRIFT_FALSE) && false);
}

int8_t
thrift_get_i8(struct thrift_reader *r, struct thrift_field f)
{
	return is_type(r, f, THRIFT_I8) ? (int8_t)cursor_u8(&r->c) : 0;
}

int32_t
thrift_get_i32(struct thrift_reader *r, struct thrift_field f)
{
	return is_type(r, f, THRIFT_I32) ? thrift_get_item_i32(r) : 0;
}

int64_t
thrift_get_i64(struct thrift_reader *r, struct thrift_field f)
{
	return is_type(r, f, THRIFT_I64) ? thrift_get_zigzag(&r->c) : 0;
}

struct thrift_bytes
thrift_get_binary(struct thrift_reader *r, struct thrift_field f)
{
	struct thrift_bytes none = { NULL, 0 };

	return is_type(r, f, THRIFT_BINARY) ? thrift_get_item_binary(r) : none;
}

void
thrift_get_struct(struct thrift_reader *r, struct thrift_field f)
{
	if (is_type(r, f, THRIFT_STRUCT))
		thrift_get_item_struct(r);
}

size_t
thrift_get_list(struct thrift_reader *r, struct thrift_field f, enum thrift_type type, size_t limit)
{
	uint8_t head = is_type(r, f, THRIFT_LIST) ? cursor_u8(&r->c) : 0;
	uint64_t count = head >> 4;

	if (count == 15)
		count = thrift_get_varint(&r->c);
	/* Every element has at least one byte. */
	if ((head & 15) != type || count > limit || count > cursor_left(&r->c))
		cursor_fail(&r->c);
	return cursor_ok(&r->c) ? (size_t)count : 0;
}

void
thrift_get_item_struct(struct thrift_reader *r)
{
	if (r->depth + 1 >= THRIFT_DEPTH_MAX)
		cursor_fail(&r->c);
	else
		r->last[++r->depth] = 0;
}

int32_t
thrift_get_item_i32(struct thrift_reader *r)
{
	int64_t v = thrift_get_zigzag(&r->c);

	if (v < INT32_MIN || v > INT32_MAX) {
		cursor_fail(&r->c);
		return 0;
	}
	return (int32_t)v;
}

struct thrift_bytes
thrift_get_item_binary(struct thrift_reader *r)
{
	uint64_t len = thrift_get_varint(&r->c);
	struct thrift_bytes b = { NULL, 0 };

	if (len > cursor_left(&r->c))
		cursor_fail(&r->c);
	else
		b.data = cursor_bytes(&r->c, (size_t)len);
	b.len = b.data == NULL ? 0 : (size_t)len;
	return b;
}

static void skip_value(struct thrift_reader *r, uint8_t type, bool in_list);

static void
skip_struct(struct thrift_reader *r)
{
	struct thrift_field f;

	thrift_get_item_struct(r);
	while (cursor_ok(&r->c) && thrift_next(r, &f))
		skip_value(r, f.type, false);
}

/* Lists count against the nesting limit too: they may hold lists. */
static void
skip_items(struct thrift_reader *r, uint64_t count, uint8_t key, uint8_t value)
{
	if (count > cursor_left(&r->c) || r->depth + 1 >= THRIFT_DEPTH_MAX) {
		cursor_fail(&r->c);
		return;
	}
	r->depth++;
	for (uint64_t i = 0; i < count && cursor_ok(&r->c); i++) {
		if (key != THRIFT_STOP)
			skip_value(r, key, true);
		skip_value(r, value, true);
	}
	r->depth--;
}

static void
skip_list(struct thrift_reader *r)
{
	uint8_t head = cursor_u8(&r->c);
	uint64_t count = head >> 4;

	if (count == 15)
		count = thrift_get_varint(&r->c);
	skip_items(r, count, THRIFT_STOP, head & 15);
}

static void
skip_map(struct thrift_reader *r)
{
	uint64_t count = thrift_get_varint(&r->c);
	uint8_t types = count > 0 ? cursor_u8(&r->c) : 0x11;

	/* Without a key type the count could be any number of nothing. */
	if (types >> 4 == THRIFT_STOP)
		cursor_fail(&r->c);
	skip_items(r, count, types >> 4, types & 15);
}

static void
skip_value(struct thrift_reader *r, uint8_t type, bool in_list)
{
	switch (type) {
	case THRIFT_TRUE:
	case THRIFT_FALSE:
		cursor_skip(&r->c, in_list ? 1 : 0);
		break;
	case THRIFT_I8:
		cursor_skip(&r->c, 1);
		break;
	case THRIFT_I16:
	case THRIFT_I32:
	case THRIFT_I64:
		(void)thrift_get_varint(&r->c);
		break;
	case THRIFT_DOUBLE:
		cursor_skip(&r->c, 8);
		break;
	case THRIFT_BINARY:
		(void)thrift_get_item_binary(r);
		break;
	case THRIFT_LIST:
	case THRIFT_SET:
		skip_list(r);
		break;
	case THRIFT_MAP:
		skip_map(r);
		break;
	case THRIFT_STRUCT:
		skip_struct(r);
		break;
	default:
		cursor_fail(&r->c);
	}
}

void
thrift_skip(struct thrift_reader *r, struct thrift_field f)
{
	skip_value(r, f.type, false);
}
