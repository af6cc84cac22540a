/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/compare.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/parquet_origin.h"
#include "base/text.h"

enum { ROWS = 4096, VALUE_MAX = 160 };

/* Whose datagram a row is of. */
enum origin {
	ORIGIN_OWN,
	ORIGIN_EARLIER,
	ORIGIN_MESSAGE, /* of the segment's own messages */
	ORIGINS,
	ORIGIN_OTHER /* of an earlier segment's, which are not decoded again */
};

/* The rows of one origin, one after the other. */
struct cursor_rows {
	enum origin origin;
	struct parquet_reader *reader;
	struct table *table;
	size_t at;        /* the present row in `table` */
	size_t group;
	uint64_t in_group; /* rows of the group that were read */
	uint64_t before;  /* rows before those in `table` */
	bool started;
	bool ended;
};

struct comparison {
	struct compare_options o;
	struct findings *out;
	struct column_set wanted;
	bool fed_alike[COLUMN_COUNT];
	struct cursor_rows cursors[ORIGINS];
	uint64_t told;
	uint64_t untold;
	uint64_t others;
};

/* Where a row's record lies. */
struct place {
	bool late;
	bool message;      /* datagram is the number of one */
	uint64_t segment;
	uint64_t datagram;
	uint64_t offset;
};

/* The elements that feed a column, as the metadata has them; NULL and 0 where none does. */
static const char *
feed_of(const char *json, enum column_id id, size_t *len)
{
	char key[64];
	const char *at, *end;

	*len = 0;
	snprintf(key, sizeof key, "\"%s\":[[", column_infos[id].name);
	at = json == NULL ? NULL : strstr(json, key);
	end = at == NULL ? NULL : strstr(at, "]]");
	if (end == NULL)
		return NULL;
	*len = (size_t)(end - at);
	return at;
}

static enum status
compare_feeds(struct comparison *c, const struct parquet_reader *r, struct fault *f)
{
	const char *theirs = parquet_reader_metadata(r, "nfseal.elements");
	struct buf ours = { 0 };

	parquet_origin_put(&ours);
	buf_u8(&ours, 0);
	if (!buf_ok(&ours)) {
		buf_free(&ours);
		return fault_memory(f);
	}
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		size_t a, b;
		const char *x = feed_of((const char *)ours.data, (enum column_id)i, &a);
		const char *y = feed_of(theirs, (enum column_id)i, &b);

		c->fed_alike[i] = a == b && (a == 0 || memcmp(x, y, a) == 0);
	}
	buf_free(&ours);
	return STATUS_OK;
}

static enum status
open_cursor(struct cursor_rows *k, enum origin origin, const struct parquet_input *in,
    struct fault *f)
{
	enum status st = parquet_reader_open(in, &k->reader, f);

	k->origin = origin;
	return st == STATUS_OK ? table_open(ROWS, &k->table, f) : st;
}

enum status
compare_open(const struct parquet_input *in, const struct compare_options *o, struct findings *out,
    struct comparison **result, struct fault *f)
{
	struct comparison *c = calloc(1, sizeof *c);
	enum status st = STATUS_OK;

	if (c == NULL)
		return fault_memory(f);
	c->o = *o;
	c->out = out;
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		if (i != COLUMN_INPUT && i != COLUMN_FIRST_FRAME)
			column_set_add(&c->wanted, (enum column_id)i);
	for (unsigned i = 0; i < ORIGINS && st == STATUS_OK; i++)
		st = open_cursor(&c->cursors[i], (enum origin)i, in, f);
	if (st == STATUS_OK)
		st = compare_feeds(c, c->cursors[0].reader, f);
	if (st != STATUS_OK) {
		compare_free(c);
		return st;
	}
	*result = c;
	return STATUS_OK;
}

void
compare_free(struct comparison *c)
{
	if (c == NULL)
		return;
	for (unsigned i = 0; i < ORIGINS; i++) {
		parquet_reader_free(c->cursors[i].reader);
		table_free(c->cursors[i].table);
	}
	free(c);
}

static struct place
place_of(const struct comparison *c, const struct table *t, size_t row)
{
	struct place p = { .late = table_has(t, COLUMN_DATAGRAM_SEGMENT, row),
		.segment = c->o.sequence,
		.message = table_has(t, COLUMN_MESSAGE, row),
		.datagram = (uint64_t)table_int(t, COLUMN_DATAGRAM, row),
		.offset = (uint64_t)table_int(t, COLUMN_DATAGRAM_RECORD, row) };

	if (p.message)
		p.datagram = (uint64_t)table_int(t, COLUMN_MESSAGE, row);
	if (p.late)
		p.segment = (uint64_t)table_int(t, COLUMN_DATAGRAM_SEGMENT, row);
	return p;
}

static enum origin
origin_of(const struct comparison *c, const struct table *t, size_t row)
{
	if (table_has(t, COLUMN_MESSAGE, row))
		return place_of(c, t, row).segment == c->o.sequence ? ORIGIN_MESSAGE : ORIGIN_OTHER;
	return place_of(c, t, row).segment == c->o.sequence ? ORIGIN_OWN : ORIGIN_EARLIER;
}

/* The next rows of the table; k->ended where there are none. */
static enum status
load(struct comparison *c, struct cursor_rows *k, struct fault *f)
{
	enum status st = STATUS_OK;

	k->before += k->table->rows;
	k->at = 0;
	table_reset(k->table);
	while (k->group < parquet_reader_groups(k->reader)) {
		st = parquet_reader_read(k->reader, k->group, &k->in_group, &c->wanted, k->table, f);
		if (st != STATUS_END)
			return st;
		k->group++;
		k->in_group = 0;
	}
	k->ended = true;
	return STATUS_OK;
}

/* Goes on to the next row of its origin. */
static enum status
advance(struct comparison *c, struct cursor_rows *k, struct fault *f)
{
	enum status st = STATUS_OK;

	if (k->started)
		k->at++;
	k->started = true;
	while (st == STATUS_OK && !k->ended) {
		if (k->at >= k->table->rows)
			st = load(c, k, f);
		else if (origin_of(c, k->table, k->at) == k->origin)
			break;
		else
			k->at++;
	}
	return st;
}

static void
tell(struct comparison *c, const char *text)
{
	if (c->told == COMPARE_TOLD_MAX) {
		c->untold++;
		return;
	}
	c->told++;
	findings_add(c->out, FINDING_DERIVATION, c->o.path, "%s", text);
}

static const char *
unit_of(const struct place *p)
{
	return p->message ? "message" : "datagram";
}

static void
tell_row(struct comparison *c, const struct place *p, uint64_t row, const char *what)
{
	char text[256];

	if (c->o.short_of_room ||
	    (p->segment != c->o.sequence && !c->o.has_segment(c->o.ctx, p->segment))) {
		c->others++;
		return;
	}
	snprintf(text, sizeof text, "row %" PRIu64 ": segment %" PRIu64 ", %s %" PRIu64
	    ", record at %" PRIu64 ": %s", row, p->segment, unit_of(p), p->datagram, p->offset, what);
	tell(c, text);
}

static void
value_text(char out[VALUE_MAX], const struct table *t, enum column_id id, size_t row)
{
	size_t len;
	const uint8_t *bytes;

	if (!table_has(t, id, row)) {
		snprintf(out, VALUE_MAX, "nothing");
		return;
	}
	switch (column_infos[id].type) {
	case COLUMN_TYPE_ADDRESS:
		text_address(out, &t->columns[id].v.address[row]);
		break;
	case COLUMN_TYPE_TEXT:
		bytes = table_bytes(t, id, row, &len);
		snprintf(out, VALUE_MAX, "'%.*s'", (int)(len > VALUE_MAX - 3 ? VALUE_MAX - 3 : len),
		    (const char *)bytes);
		break;
	case COLUMN_TYPE_OCTETS:
		(void)table_bytes(t, id, row, &len);
		snprintf(out, VALUE_MAX, "%zu octets", len);
		break;
	default:
		snprintf(out, VALUE_MAX, "%" PRId64, table_int(t, id, row));
		break;
	}
}

/* What options say, too: of a template that was left out they may say nothing. */
static bool
by_options(enum column_id id)
{
	return id == COLUMN_SAMPLING_INTERVAL || id == COLUMN_APP_NAME || id == COLUMN_IN_IF_NAME ||
	    id == COLUMN_OUT_IF_NAME || id == COLUMN_IN_VRF_NAME || id == COLUMN_OUT_VRF_NAME ||
	    id == COLUMN_OTHER;
}

/* Whether a difference in this column is one, or another decoder's way. */
static bool
is_strict(const struct comparison *c, enum column_id id)
{
	if (c->o.short_of_room && by_options(id))
		return false;
	return c->o.same_decoder || (c->o.same_version && id != COLUMN_OTHER && c->fed_alike[id]);
}

static void
tell_value(struct comparison *c, enum column_id id, const struct cursor_rows *k,
    const struct table *derived, size_t row)
{
	const struct place p = place_of(c, derived, row);
	char was[VALUE_MAX], is[VALUE_MAX], text[2 * VALUE_MAX + 256];

	if (!is_strict(c, id)) {
		c->others++;
		return;
	}
	value_text(was, k->table, id, k->at);
	value_text(is, derived, id, row);
	snprintf(text, sizeof text, "row %" PRIu64 ": %s is %s, but segment %" PRIu64 ", %s %" PRIu64
	    ", record at %" PRIu64 " says %s", k->before + k->at, column_infos[id].name, was, p.segment,
	    unit_of(&p), p.datagram, p.offset, is);
	tell(c, text);
}

static bool
same_bytes(const struct table *a, size_t i, const struct table *b, size_t j, enum column_id id)
{
	size_t m, n;
	const uint8_t *x = table_bytes(a, id, i, &m), *y = table_bytes(b, id, j, &n);

	return m == n && (m == 0 || memcmp(x, y, m) == 0);
}

static bool
same_value(const struct table *a, size_t i, const struct table *b, size_t j, enum column_id id)
{
	if (!table_has(a, id, i) || !table_has(b, id, j))
		return table_has(a, id, i) == table_has(b, id, j);
	switch (column_infos[id].type) {
	case COLUMN_TYPE_ADDRESS:
		return a->columns[id].v.address[i].family == b->columns[id].v.address[j].family &&
		    memcmp(a->columns[id].v.address[i].octets, b->columns[id].v.address[j].octets,
			a->columns[id].v.address[i].family == 4 ? 4 : 16) == 0;
	case COLUMN_TYPE_TEXT:
	case COLUMN_TYPE_OCTETS:
		return same_bytes(a, i, b, j, id);
	default:
		return table_int(a, id, i) == table_int(b, id, j);
	}
}

static void
compare_values(struct comparison *c, const struct cursor_rows *k, const struct table *derived,
    size_t row)
{
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		enum column_id id = (enum column_id)i;

		if (k->table->columns[id].present == NULL && derived->columns[id].present == NULL)
			continue;
		if (column_set_has(&c->wanted, id) && !same_value(k->table, k->at, derived, row, id))
			tell_value(c, id, k, derived, row);
	}
}

static int
order(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Which of two rows comes first; 0: they are of the same record. */
static int
compare_places(const struct place *a, const struct place *b)
{
	int by = order(a->segment, b->segment);

	by = by != 0 ? by : order(a->datagram, b->datagram);
	by = by != 0 ? by : order(a->offset, b->offset);
	/* one that waited stands anywhere: whichever of the two waited has no match */
	return by == 0 || a->late == b->late ? by : a->late ? -1 : 1;
}

static enum status
compare_row(struct comparison *c, const struct table *derived, size_t row, struct fault *f)
{
	const struct place p = place_of(c, derived, row);
	enum origin origin = origin_of(c, derived, row);
	struct cursor_rows *k = &c->cursors[origin == ORIGIN_OTHER ? ORIGIN_MESSAGE : origin];
	enum status st = k->started ? STATUS_OK : advance(c, k, f);

	while (st == STATUS_OK && !k->ended) {
		const struct place q = place_of(c, k->table, k->at);
		int by = compare_places(&q, &p);

		if (by == 0) {
			compare_values(c, k, derived, row);
			return advance(c, k, f);
		}
		if (by > 0)
			break;
		tell_row(c, &q, k->before + k->at, "no such record comes of its datagram");
		st = advance(c, k, f);
	}
	if (st == STATUS_OK)
		tell_row(c, &p, k->before + k->at, "the table lacks a record of its datagram");
	return st;
}

enum status
compare_rows(void *ctx, const struct table *derived, struct fault *f)
{
	struct comparison *c = ctx;
	enum status st = STATUS_OK;

	for (size_t row = 0; row < derived->rows && st == STATUS_OK; row++)
		st = compare_row(c, derived, row, f);
	return st;
}

enum status
compare_finish(struct comparison *c, uint64_t *others, struct fault *f)
{
	enum status st = STATUS_OK;

	for (unsigned i = 0; i < ORIGINS && st == STATUS_OK; i++) {
		struct cursor_rows *k = &c->cursors[i];

		if (!k->started)
			st = advance(c, k, f);
		while (st == STATUS_OK && !k->ended) {
			const struct place p = place_of(c, k->table, k->at);

			tell_row(c, &p, k->before + k->at, "no such record comes of its datagram");
			st = advance(c, k, f);
		}
	}
	if (c->untold > 0)
		findings_add(c->out, FINDING_DERIVATION, c->o.path, "%" PRIu64 " more differences",
		    c->untold);
	*others = c->others;
	return st;
}
