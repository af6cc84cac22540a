/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/filter.h"

#include <string.h>

#include "replay/filter_node.h"

/* Rows are taken in blocks, so that a tree's intermediate results fit on the stack and in the cache. */
enum { BLOCK = 1024 };

struct block {
	const struct filter *filter;
	const struct table *table;
	size_t row; /* the first */
	size_t rows;
};

static void eval(const struct block *b, uint32_t index, uint8_t *out);

static const uint8_t *
present_of(const struct block *b, enum column_id id)
{
	const uint8_t *present = b->table->columns[id].present;

	return present == NULL ? NULL : present + b->row;
}

static int32_t
clamp_i32(int64_t v)
{
	return v < INT32_MIN ? INT32_MIN : v > INT32_MAX ? INT32_MAX : (int32_t)v;
}

/* One range is one subtraction and one comparison, and the compiler makes vectors of it. */
static void
eval_i32(const int32_t *v, const struct filter_set *s, size_t rows, uint8_t *out)
{
	if (s->count == 1 && s->ranges[0].low <= INT32_MAX && s->ranges[0].high >= INT32_MIN) {
		uint32_t low = (uint32_t)clamp_i32(s->ranges[0].low);
		uint32_t span = (uint32_t)clamp_i32(s->ranges[0].high) - low;

		for (size_t i = 0; i < rows; i++)
			out[i] = (uint32_t)v[i] - low <= span;
		return;
	}
	for (size_t i = 0; i < rows; i++)
		out[i] = filter_set_has(s, v[i]);
}

static void
eval_i64(const int64_t *v, const struct filter_set *s, size_t rows, uint8_t *out)
{
	if (s->count == 1) {
		uint64_t low = (uint64_t)s->ranges[0].low;
		uint64_t span = (uint64_t)s->ranges[0].high - low;

		for (size_t i = 0; i < rows; i++)
			out[i] = (uint64_t)v[i] - low <= span;
		return;
	}
	for (size_t i = 0; i < rows; i++)
		out[i] = filter_set_has(s, v[i]);
}

static void
eval_mac(const uint64_t *v, const struct filter_set *s, size_t rows, uint8_t *out)
{
	for (size_t i = 0; i < rows; i++)
		out[i] = filter_set_has(s, (int64_t)v[i]);
}

static void
eval_address(const struct address *v, const struct filter_set *s, size_t rows, uint8_t *out)
{
	for (size_t i = 0; i < rows; i++)
		out[i] = filter_set_has_address(s, &v[i]);
}

static void
eval_bits(const struct filter_node *n, const int32_t *v, size_t rows, uint8_t *out)
{
	if (n->kind == FILTER_BITS) {
		for (size_t i = 0; i < rows; i++)
			out[i] = (v[i] & n->mask) == n->want;
	} else {
		for (size_t i = 0; i < rows; i++)
			out[i] = (v[i] & n->mask) != 0;
	}
}

static bool
match_bytes(enum filter_match match, const uint8_t *s, size_t len, const uint8_t *want,
    size_t want_len)
{
	if (want_len > len)
		return false;
	switch (match) {
	case FILTER_MATCH_EQUAL:
		return len == want_len && memcmp(s, want, len) == 0;
	case FILTER_MATCH_STARTS:
		return memcmp(s, want, want_len) == 0;
	case FILTER_MATCH_ENDS:
		return memcmp(s + len - want_len, want, want_len) == 0;
	case FILTER_MATCH_CONTAINS:
		break;
	}
	for (size_t i = 0; i + want_len <= len; i++)
		if (memcmp(s + i, want, want_len) == 0)
			return true;
	return false;
}

static void
eval_bytes(const struct block *b, const struct filter_node *n, uint8_t *out)
{
	const uint8_t *want = b->filter->texts.data + n->text;

	for (size_t i = 0; i < b->rows; i++) {
		size_t len;
		const uint8_t *s = table_bytes(b->table, n->column, b->row + i, &len);

		out[i] = s != NULL && match_bytes(n->match, s, len, want, n->text_len);
	}
}

/* A column's test; what is absent gives 0 whatever the test. */
static void
eval_column(const struct block *b, const struct filter_node *n, uint8_t *out)
{
	const struct table_column *c = &b->table->columns[n->column];
	const uint8_t *present = present_of(b, n->column);
	const struct filter_set *s = &b->filter->sets[n->set];
	uint8_t flip = n->negate ? 1 : 0;

	if (present == NULL) {
		memset(out, 0, b->rows);
		return;
	}
	if (n->kind == FILTER_BITS || n->kind == FILTER_ANY_BIT)
		eval_bits(n, c->v.i32 + b->row, b->rows, out);
	else if (n->kind == FILTER_BYTES)
		eval_bytes(b, n, out);
	else if (n->kind == FILTER_ADDRESS)
		eval_address(c->v.address + b->row, s, b->rows, out);
	else if (column_infos[n->column].type == COLUMN_TYPE_INT32)
		eval_i32(c->v.i32 + b->row, s, b->rows, out);
	else if (column_infos[n->column].type == COLUMN_TYPE_MAC)
		eval_mac(c->v.mac + b->row, s, b->rows, out);
	else
		eval_i64(c->v.i64 + b->row, s, b->rows, out);
	for (size_t i = 0; i < b->rows; i++)
		out[i] = (out[i] ^ flip) & present[i];
}

static bool
derive_total(const struct table *t, enum column_id one, enum column_id other, size_t row,
    int64_t *out)
{
	if (!table_has(t, one, row) && !table_has(t, other, row))
		return false;
	if (__builtin_add_overflow(table_int(t, one, row), table_int(t, other, row), out))
		*out = INT64_MAX;
	return true;
}

/* amount * scale / divisor without overflow, cut to a whole number. */
static int64_t
ratio(int64_t amount, int64_t scale, int64_t divisor)
{
	__extension__ typedef __int128 wide;
	wide v = (wide)amount * scale / divisor;

	return v > INT64_MAX ? INT64_MAX : (int64_t)v;
}

static bool
derive_rate(const struct table *t, enum column_id amount, int64_t scale, int64_t duration,
    size_t row, int64_t *out)
{
	if (duration <= 0 || !table_has(t, amount, row))
		return false;
	*out = ratio(table_int(t, amount, row), scale, duration);
	return true;
}

static bool
derive(const struct table *t, enum filter_derived what, size_t row, int64_t *out)
{
	int64_t duration = 0;
	bool timed = table_has(t, COLUMN_FLOW_START, row) && table_has(t, COLUMN_FLOW_END, row) &&
	    !__builtin_sub_overflow(table_int(t, COLUMN_FLOW_END, row),
		table_int(t, COLUMN_FLOW_START, row), &duration);

	switch (what) {
	case FILTER_DURATION:
		*out = duration;
		return timed;
	case FILTER_PPS:
		return timed && derive_rate(t, COLUMN_PACKETS, 1000000, duration, row, out);
	case FILTER_BPS:
		return timed && derive_rate(t, COLUMN_BYTES, 8000000, duration, row, out);
	case FILTER_BPP:
		return derive_rate(t, COLUMN_BYTES, 1, table_int(t, COLUMN_PACKETS, row), row, out);
	case FILTER_TOTAL_PACKETS:
		return derive_total(t, COLUMN_PACKETS, COLUMN_REV_PACKETS, row, out);
	case FILTER_TOTAL_BYTES:
		break;
	}
	return derive_total(t, COLUMN_BYTES, COLUMN_REV_BYTES, row, out);
}

static void
eval_derived(const struct block *b, const struct filter_node *n, uint8_t *out)
{
	const struct filter_set *s = &b->filter->sets[n->set];

	for (size_t i = 0; i < b->rows; i++) {
		int64_t v;

		out[i] = derive(b->table, n->derived, b->row + i, &v) &&
		    filter_set_has(s, v) != n->negate;
	}
}

/* `and` stops where no row is left, `or` where all are in. */
static void
eval_children(const struct block *b, const struct filter_node *n, uint8_t *out)
{
	const struct filter_node *nodes = b->filter->nodes;
	bool and = n->kind == FILTER_AND;
	uint8_t other[BLOCK];

	eval(b, n->first, out);
	for (uint32_t i = nodes[n->first].next; i != 0; i = nodes[i].next) {
		if (memchr(out, and ? 1 : 0, b->rows) == NULL)
			return;
		eval(b, i, other);
		for (size_t k = 0; k < b->rows; k++)
			out[k] = and ? out[k] & other[k] : out[k] | other[k];
	}
}

static void
eval(const struct block *b, uint32_t index, uint8_t *out)
{
	const struct filter_node *n = &b->filter->nodes[index];
	const uint8_t *present;

	switch (n->kind) {
	case FILTER_ALL:
		memset(out, 1, b->rows);
		return;
	case FILTER_AND:
	case FILTER_OR:
		eval_children(b, n, out);
		return;
	case FILTER_NOT:
		eval(b, n->first, out);
		for (size_t i = 0; i < b->rows; i++)
			out[i] ^= 1;
		return;
	case FILTER_HAS:
		present = present_of(b, n->column);
		if (present != NULL)
			memcpy(out, present, b->rows);
		else
			memset(out, 0, b->rows);
		return;
	case FILTER_DERIVED:
		eval_derived(b, n, out);
		return;
	case FILTER_INT:
	case FILTER_ADDRESS:
	case FILTER_BITS:
	case FILTER_ANY_BIT:
	case FILTER_BYTES:
		break;
	}
	eval_column(b, n, out);
}

size_t
filter_rows(const struct filter *filter, const struct table *t, uint8_t *matched)
{
	size_t count = 0;

	for (size_t row = 0; row < t->rows; row += BLOCK) {
		struct block b = { filter, t, row, t->rows - row < BLOCK ? t->rows - row : BLOCK };

		eval(&b, filter->root, matched + row);
		for (size_t i = 0; i < b.rows; i++)
			count += matched[row + i];
	}
	return count;
}
