/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whatever comes, and wherever segments end and runs begin: what a segment keeps, with what is
 * carried at its head, gives its rows again, all of them and no others.
 */
#include "flow/rows.h"

#include <stdlib.h>

#include "capture/collector.h"
#include "flow/table_append.h"

enum {
	ROWS = 20000,
	DATAGRAMS = 400, /* of one history */
	HEAD_MAX = 600,
	OCTETS_MAX = 600,
	SEGMENTS_MAX = 64,
	HISTORIES = 60
};

struct kept {
	struct datagram datagram;
	uint64_t segment;
	bool carried;
	bool inherited;
	uint8_t octets[OCTETS_MAX];
	uint32_t records[OCTETS_MAX];
};

/* What a segment's file has, and the rows that were sealed with it. */
struct segment {
	struct kept *kept;
	size_t count;
	struct table *rows;
};

struct history {
	uint64_t random;
	struct collector *collector;
	struct table *rows; /* of the open segment */
	struct segment segments[SEGMENTS_MAX];
	size_t count;
	uint32_t clocks[4];
	int64_t time;
	size_t late;
	size_t carried;
	size_t inherited;
};

static uint32_t
below(struct history *h, uint32_t n)
{
	h->random ^= h->random << 13;
	h->random ^= h->random >> 7;
	h->random ^= h->random << 17;
	return (uint32_t)(h->random >> 33) % n;
}

static enum status
take(void *ctx, struct table **t, struct fault *f)
{
	struct table *rows = *(struct table **)ctx;

	(void)f;
	assert_true(rows->rows + (*t)->rows <= ROWS);
	table_append(rows, *t, 0, (*t)->rows);
	table_reset(*t);
	return STATUS_OK;
}

static struct collector *
open_collector(struct table **rows, uint64_t seed)
{
	struct collector *c = NULL;

	assert_int_equal(collector_open(16, seed, take, rows, &c, NULL), STATUS_OK);
	return c;
}

/* Elements that feed columns, `other`, and what options are keyed by. */
static const uint16_t elements[] = { 8, 12, 7, 11, 2, 1, 48, 10, 82, 50, 34, 210, 95, 96, 145 };

/* A template, an options template, a withdrawal. */
static void
put_template(struct history *h, struct buf *b, bool nine)
{
	bool options = below(h, 3) == 0;
	unsigned count = 1 + below(h, 4);
	size_t start = b->len;

	buf_be16(b, (uint16_t)((nine ? 0 : 2) + options));
	buf_be16(b, 0);
	buf_be16(b, (uint16_t)(256 + below(h, 5)));
	if (!nine && below(h, 8) == 0) {
		if (below(h, 3) == 0) /* all of a kind */
			b->data[b->len - 2] = 0, b->data[b->len - 1] = (uint8_t)(2 + options);
		buf_be16(b, 0);
	} else if (options && nine) {
		buf_be16(b, 4);
		buf_be16(b, (uint16_t)(4 * (count - 1)));
	} else {
		buf_be16(b, (uint16_t)count);
		if (options)
			buf_be16(b, 1);
	}
	if (load_be16(b->data + b->len - 2) == 0 && !(options && nine)) {
		count = 0;
	}
	for (unsigned i = 0; i < count; i++) {
		buf_be16(b, options && nine && i == 0 ? (uint16_t)(1 + below(h, 2)) : elements[below(h, ARRAY_LEN(elements))]);
		buf_be16(b, (uint16_t)(1 + below(h, 6)));
	}
	b->data[start + 2] = (uint8_t)((b->len - start) >> 8);
	b->data[start + 3] = (uint8_t)(b->len - start);
}

/* Few values, so that options are told again. */
static void
put_data(struct history *h, struct buf *b)
{
	unsigned len = 4 * below(h, 12);

	buf_be16(b, (uint16_t)(256 + below(h, 5)));
	buf_be16(b, (uint16_t)(4 + len));
	for (unsigned i = 0; i < len; i++)
		buf_u8(b, (uint8_t)below(h, 3));
}

static void
put_message(struct history *h, struct buf *b, unsigned exporter)
{
	bool nine = exporter % 2 == 0;
	size_t start = b->len;

	h->clocks[exporter] += 1 + below(h, 1000);
	if (below(h, 60) == 0)
		h->clocks[exporter] = below(h, 100000); /* it begins anew */
	buf_be16(b, nine ? 9 : 10);
	buf_be16(b, 3);
	if (nine)
		buf_be32(b, h->clocks[exporter]);
	buf_be32(b, 1000);
	buf_be32(b, h->clocks[exporter]);
	buf_be32(b, below(h, 2));
	for (unsigned sets = 1 + below(h, 4); sets > 0; sets--)
		if (below(h, 3) == 0)
			put_template(h, b, nine);
		else
			put_data(h, b);
	if (!nine) {
		b->data[start + 2] = (uint8_t)((b->len - start) >> 8);
		b->data[start + 3] = (uint8_t)(b->len - start);
	}
}

static struct kept *
keep(struct segment *s, const struct datagram *d)
{
	struct kept *k;

	assert_true(s->count < HEAD_MAX + DATAGRAMS && d->len <= OCTETS_MAX);
	k = &s->kept[s->count++];
	memset(k, 0, sizeof *k);
	k->datagram = *d;
	memcpy(k->octets, d->data, d->len);
	k->datagram.data = k->octets;
	for (size_t i = 0; i < d->record_count; i++)
		k->records[i] = d->records[i];
	k->datagram.records = k->records;
	return k;
}

static struct segment *
present(struct history *h)
{
	return &h->segments[h->count - 1];
}

static enum status
take_head(void *ctx, const struct carried_datagram *d, struct fault *f)
{
	struct history *h = ctx;
	struct kept *k = keep(present(h), &d->datagram);

	(void)f;
	k->carried = true;
	k->segment = d->segment;
	k->inherited = d->inherited;
	h->carried++;
	h->inherited += d->inherited;
	return STATUS_OK;
}

static void
begin_segment(struct history *h)
{
	struct segment *s = &h->segments[h->count++];

	s->kept = calloc(HEAD_MAX + DATAGRAMS, sizeof *s->kept);
	assert_non_null(s->kept);
	s->count = 0;
	h->rows = s->rows = rows_table(ROWS);
	collector_segment(h->collector, h->count);
	assert_int_equal(collector_carried(h->collector, take_head, h, NULL), STATUS_OK);
}

static void
put_kept(struct collector *c, const struct kept *k)
{
	if (k->carried)
		assert_int_equal(collector_put_carried(c, &k->datagram, k->segment, k->inherited, NULL), STATUS_OK);
	else
		assert_int_equal(collector_put(c, &k->datagram, NULL), STATUS_OK);
}

/* Another run reads the last segment. */
static void
restart(struct history *h)
{
	const struct segment *s = present(h);

	collector_free(h->collector);
	h->collector = open_collector(&h->rows, h->random);
	collector_segment(h->collector, h->count);
	collector_inherit(h->collector);
	for (size_t i = 0; i < s->count; i++)
		put_kept(h->collector, &s->kept[i]);
	collector_inherited(h->collector, h->time - INT64_C(100000000000), h->time);
}

static void
live(struct history *h)
{
	uint64_t number = 0;

	begin_segment(h);
	for (unsigned i = 0; i < DATAGRAMS; i++) {
		unsigned exporter = below(h, 4);
		struct buf b = { 0 };
		struct datagram d = { .received = h->time += INT64_C(1000000000), .src_port = (uint16_t)(1000 + exporter),
			.dst_port = 2055, .src = { { 192, 0, 2, 1 }, 4 }, .dst = { { 192, 0, 2, 2 }, 4 } };

		if (below(h, 20) == 0 && h->count < SEGMENTS_MAX) {
			assert_int_equal(collector_flush(h->collector, NULL), STATUS_OK);
			if (below(h, 3) == 0)
				restart(h);
			begin_segment(h);
			number = 0;
		}
		put_message(h, &b, exporter);
		if (below(h, 10) == 0) /* what a broken exporter sends */
			b.data[below(h, (uint32_t)b.len)] ^= (uint8_t)(1 << below(h, 8));
		d.data = b.data;
		d.len = b.len > OCTETS_MAX ? OCTETS_MAX : b.len;
		d.number = ++number;
		put_kept(h->collector, keep(present(h), &d));
		buf_free(&b);
	}
	assert_int_equal(collector_flush(h->collector, NULL), STATUS_OK);
	collector_free(h->collector);
}

/* The sets of earlier segments whose records are in this one, as a deep check asks for them. */
static void
put_late(struct history *h, struct collector *c, size_t index)
{
	const struct table *rows = h->segments[index].rows;

	for (size_t from = 0; from < index; from++) {
		const struct segment *s = &h->segments[from];

		for (size_t i = 0; i < s->count; i++) {
			uint64_t offsets[OCTETS_MAX];
			size_t count = 0;

			for (size_t row = 0; row < rows->rows && !s->kept[i].carried; row++)
				if (table_i64(rows, COLUMN_DATAGRAM_SEGMENT, row) == (int64_t)from + 1 &&
				    (uint64_t)table_i64(rows, COLUMN_DATAGRAM, row) == s->kept[i].datagram.number)
					offsets[count++] = (uint64_t)table_i64(rows, COLUMN_DATAGRAM_RECORD, row);
			h->late += count;
			if (count > 0)
				assert_int_equal(collector_put_late(c, &s->kept[i].datagram, from + 1, offsets,
				    count, NULL), STATUS_OK);
		}
	}
}

static void
decode_alone(struct history *h, size_t index)
{
	static const struct column_set all_alike = { .words = { 0 } };
	const struct segment *s = &h->segments[index];
	struct table *rows = rows_table(ROWS);
	struct collector *c = open_collector(&rows, index);

	collector_segment(c, index + 1);
	put_late(h, c, index);
	for (size_t i = 0; i < s->count; i++)
		put_kept(c, &s->kept[i]);
	assert_int_equal(collector_flush(c, NULL), STATUS_OK);
	if (rows->rows != s->rows->rows)
		fail_msg("segment %zu: %zu rows, %zu were sealed", index + 1, rows->rows, s->rows->rows);
	for (size_t row = 0; row < rows->rows; row++)
		rows_same(s->rows, row, rows, row, &all_alike);
	collector_free(c);
	table_free(rows);
}

static void
segments_decode_alone(void **state)
{
	(void)state;
	size_t rows = 0, late = 0, carried = 0, inherited = 0;

	for (uint64_t seed = 1; seed <= HISTORIES; seed++) {
		struct history *h = calloc(1, sizeof *h);

		assert_non_null(h);
		h->random = seed * UINT64_C(0x9e3779b97f4a7c15);
		for (unsigned i = 0; i < 4; i++)
			h->clocks[i] = 1000000 * (i + 1);
		h->collector = open_collector(&h->rows, seed);
		live(h);
		for (size_t i = 0; i < h->count; i++)
			decode_alone(h, i);
		for (size_t i = 0; i < h->count; i++) {
			rows += h->segments[i].rows->rows;
			table_free(h->segments[i].rows);
			free(h->segments[i].kept);
		}
		late += h->late;
		carried += h->carried;
		inherited += h->inherited;
		free(h);
	}
	/* else this is no test of what it is for */
	assert_true(rows > 100 * HISTORIES && late > HISTORIES && carried > 100 * HISTORIES &&
	    inherited > 10 * HISTORIES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_decode_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
