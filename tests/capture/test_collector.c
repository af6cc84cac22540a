/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/rows.h"

#include <stdlib.h>

#include "capture/collector.h"

enum { ROWS = 256 };

/* The rows that came, in one table. */
struct got {
	struct table *rows;
	unsigned tables;
};

/* Copies what the tests look at. */
static enum status
take(void *ctx, struct table **t, struct fault *f)
{
	static const enum column_id columns[] = { COLUMN_SRC_PORT, COLUMN_PACKETS,
		COLUMN_OBSERVATION_DOMAIN, COLUMN_EXPORTER_PORT, COLUMN_RECEIVED, COLUMN_DATAGRAM,
		COLUMN_DATAGRAM_RECORD, COLUMN_DATAGRAM_SEGMENT, COLUMN_INPUT, COLUMN_FIRST_FRAME,
		COLUMN_MESSAGE };
	struct got *g = ctx;

	(void)f;
	for (size_t row = 0; row < (*t)->rows; row++) {
		size_t to = table_add_row(g->rows);

		for (size_t i = 0; i < ARRAY_LEN(columns); i++)
			if (table_has(*t, columns[i], row))
				table_set_u64(g->rows, columns[i], to, (uint64_t)table_int(*t, columns[i], row));
	}
	table_reset(*t);
	g->tables++;
	return STATUS_OK;
}

static struct collector *
open_collector(struct got *g)
{
	struct collector *c = NULL;

	*g = (struct got){ .rows = rows_table(ROWS) };
	assert_int_equal(collector_open(16, 7, take, g, &c, NULL), STATUS_OK);
	collector_segment(c, 5);
	return c;
}

static void
close_collector(struct collector *c, struct got *g)
{
	collector_free(c);
	table_free(g->rows);
}

/* A datagram from 192.0.2.1, received at so many seconds. */
static struct datagram
datagram(const void *data, size_t len, uint16_t port, int64_t seconds, uint64_t number)
{
	struct datagram d = { .received = seconds * 1000000000 + 1500, .data = data, .len = len,
		.src_port = port, .dst_port = 2055, .number = number };

	assert_true(text_parse_address("192.0.2.1", &d.src));
	assert_true(text_parse_address("192.0.2.2", &d.dst));
	return d;
}

static void
put(struct collector *c, const void *data, size_t len, uint16_t port, int64_t seconds,
    uint64_t number)
{
	const struct datagram d = datagram(data, len, port, seconds, number);

	assert_int_equal(collector_put(c, &d, NULL), STATUS_OK);
}

/* So many flows in messages of few records, whose ports are 1, 2, 3... */
static void
pack_flows(enum pack_format format, uint32_t refresh, size_t flows, struct sent *out)
{
	const struct pack_options o = { .format = format, .max_octets = 512, .refresh = refresh,
		.domain = 9 };
	struct table *t = rows_table(flows);
	struct packer *p = NULL;

	memset(out, 0, sizeof *out);
	for (size_t i = 0; i < flows; i++) {
		size_t row = rows_tcp(t, "10.0.0.1", "10.0.0.2");

		table_set_i32(t, COLUMN_SRC_PORT, row, (int32_t)i + 1);
		table_set_i64(t, COLUMN_REV_PACKETS, row, 0);
		table_set_i64(t, COLUMN_REV_BYTES, row, 0);
	}
	assert_int_equal(pack_open(&o, sent_emit, out, &p, NULL), STATUS_OK);
	assert_int_equal(pack_put(p, t, NULL, NULL), STATUS_OK);
	assert_int_equal(pack_flush(p, NULL), STATUS_OK);
	pack_free(p);
	table_free(t);
}

static const struct exporter *
only_exporter(struct collector *c)
{
	size_t count;
	struct exporter *const *list = exporters_list(collector_exporters(c), &count);

	assert_int_equal(count, 1);
	return list[0];
}

/* Every format comes out as it went in, with its way. */
static void
all_formats(void **state)
{
	(void)state;
	for (int format = 0; format < PACK_FORMAT_COUNT; format++) {
		struct got g;
		struct collector *c = open_collector(&g);
		struct sent s;

		pack_flows((enum pack_format)format, 0, 40, &s);
		assert_true(s.count > 3);
		for (size_t i = 0; i < s.count; i++)
			put(c, sent_message(&s, i), s.lens[i], 4000, 100 + (int64_t)i, i + 1);
		assert_int_equal(collector_flush(c, NULL), STATUS_OK);
		assert_int_equal(g.rows->rows, 40);
		assert_int_equal(g.tables, 3);
		for (size_t row = 0; row < 40; row++) {
			assert_int_equal(table_int(g.rows, COLUMN_SRC_PORT, row), row + 1);
			assert_int_equal(table_int(g.rows, COLUMN_EXPORTER_PORT, row), 4000);
			assert_false(table_has(g.rows, COLUMN_DATAGRAM_SEGMENT, row));
			assert_false(table_has(g.rows, COLUMN_FIRST_FRAME, row));
		}
		assert_int_equal(table_int(g.rows, COLUMN_DATAGRAM, 0), 1);
		assert_int_equal(table_int(g.rows, COLUMN_DATAGRAM, 39), s.count);
		assert_int_equal(table_int(g.rows, COLUMN_RECEIVED, 0), 100000001);
		/* the second record of a datagram lies behind the first */
		assert_true(table_int(g.rows, COLUMN_DATAGRAM_RECORD, 1) >
		    table_int(g.rows, COLUMN_DATAGRAM_RECORD, 0));
		assert_int_equal(collector_counts(c)->records, 40);
		assert_int_equal(collector_counts(c)->late, 0);
		assert_int_equal(only_exporter(c)->domain_count, 1);
		assert_int_equal(only_exporter(c)->domains->ledger.counts.missed, 0);
		assert_int_equal(only_exporter(c)->domains->ledger.counts.restarts, 0);
		buf_free(&s.octets);
		close_collector(c, &g);
	}
}

/* Datagrams that are lost are missed in the protocol's own unit. */
static void
losses(void **state)
{
	(void)state;
	for (int format = 0; format < PACK_FORMAT_COUNT; format++) {
		struct got g;
		struct collector *c = open_collector(&g);
		const struct ledger_counts *counts;
		struct sent s;

		pack_flows((enum pack_format)format, 1, 40, &s);
		for (size_t i = 0; i < s.count; i++)
			if (i != 2)
				put(c, sent_message(&s, i), s.lens[i], 4000, 100, 0);
		counts = &only_exporter(c)->domains->ledger.counts;
		assert_int_equal(counts->gaps, 1);
		assert_int_equal(counts->missed, format == PACK_NETFLOW9 ? 1 : s.records[2]);
		put(c, sent_message(&s, 2), s.lens[2], 4000, 101, 0);
		assert_int_equal(counts->filled, counts->missed);
		put(c, sent_message(&s, 2), s.lens[2], 4000, 102, 0);
		assert_int_equal(counts->twice, 1);
		assert_int_equal(counts->restarts, 0);
		buf_free(&s.octets);
		close_collector(c, &g);
	}
}

/* The template comes last: what waited is decoded then, and leads to its own datagram. */
static void
template_comes_late(void **state)
{
	(void)state;
	static const enum pack_format formats[] = { PACK_NETFLOW9, PACK_IPFIX };

	for (size_t f = 0; f < ARRAY_LEN(formats); f++) {
		struct got g;
		struct collector *c = open_collector(&g);
		struct sent s;
		size_t first;

		pack_flows(formats[f], 0, 20, &s);
		first = s.records[0];
		for (size_t i = 1; i < s.count; i++)
			put(c, sent_message(&s, i), s.lens[i], 4000, 100, i);
		assert_int_equal(collector_flush(c, NULL), STATUS_OK);
		assert_int_equal(g.rows->rows, 0);
		collector_segment(c, 6);
		put(c, sent_message(&s, 0), s.lens[0], 4000, 200, 1);
		assert_int_equal(collector_flush(c, NULL), STATUS_OK);
		assert_int_equal(g.rows->rows, 20);
		assert_int_equal(collector_counts(c)->late, 20 - first);
		assert_int_equal(table_int(g.rows, COLUMN_SRC_PORT, 0), 1);
		assert_false(table_has(g.rows, COLUMN_DATAGRAM_SEGMENT, 0));
		assert_int_equal(table_int(g.rows, COLUMN_SRC_PORT, first), first + 1);
		assert_int_equal(table_int(g.rows, COLUMN_DATAGRAM_SEGMENT, first), 5);
		assert_int_equal(table_int(g.rows, COLUMN_DATAGRAM, first), 1);
		assert_int_equal(table_int(g.rows, COLUMN_RECEIVED, first), 100000001);
		assert_int_equal(only_exporter(c)->waiting.octets, 0);
		buf_free(&s.octets);
		close_collector(c, &g);
	}
}

/* The record of a set that waited lies where it would have lain. */
static void
late_records_have_their_offset(void **state)
{
	(void)state;
	struct got on_time, late;
	struct collector *a = open_collector(&on_time), *b = open_collector(&late);
	struct sent s;

	pack_flows(PACK_IPFIX, 0, 12, &s);
	put(a, sent_message(&s, 0), s.lens[0], 1, 1, 1);
	put(a, sent_message(&s, 1), s.lens[1], 1, 1, 2);
	put(b, sent_message(&s, 1), s.lens[1], 1, 1, 2);
	put(b, sent_message(&s, 0), s.lens[0], 1, 1, 1);
	assert_int_equal(collector_flush(a, NULL), STATUS_OK);
	assert_int_equal(collector_flush(b, NULL), STATUS_OK);
	assert_true(on_time.rows->rows > s.records[0]);
	assert_int_equal(on_time.rows->rows, late.rows->rows);
	for (size_t row = 0; row < late.rows->rows; row++)
		assert_int_equal(table_int(on_time.rows, COLUMN_DATAGRAM_RECORD, row),
		    table_int(late.rows, COLUMN_DATAGRAM_RECORD, row));
	buf_free(&s.octets);
	close_collector(a, &on_time);
	close_collector(b, &late);
}

/* Two exporters behind one address do not share templates. */
static void
ports_are_apart(void **state)
{
	(void)state;
	struct got g;
	struct collector *c = open_collector(&g);
	struct sent s;
	size_t count;

	pack_flows(PACK_IPFIX, 0, 12, &s);
	put(c, sent_message(&s, 0), s.lens[0], 1, 1, 1);
	put(c, sent_message(&s, 1), s.lens[1], 2, 1, 2);
	assert_int_equal(collector_flush(c, NULL), STATUS_OK);
	assert_int_equal(g.rows->rows, s.records[0]);
	exporters_list(collector_exporters(c), &count);
	assert_int_equal(count, 2);
	buf_free(&s.octets);
	close_collector(c, &g);
}

/* As a segment's head has them: octets and all, since the collector's own may go. */
struct head {
	struct carried_datagram *datagrams[8];
	size_t count;
};

static enum status
take_head(void *ctx, const struct carried_datagram *d, struct fault *f)
{
	struct head *h = ctx;
	struct carried_datagram *copy = malloc(sizeof *copy + d->datagram.len);

	(void)f;
	assert_non_null(copy);
	assert_true(h->count < ARRAY_LEN(h->datagrams));
	memcpy(copy, d, sizeof *d + d->datagram.len);
	copy->datagram.data = copy->body;
	assert_int_equal(d->datagram.record_count, 0);
	h->datagrams[h->count++] = copy;
	return STATUS_OK;
}

static void
put_head(struct collector *c, struct head *h)
{
	for (size_t i = 0; i < h->count; i++) {
		const struct carried_datagram *d = h->datagrams[i];

		assert_int_equal(collector_put_carried(c, &d->datagram, d->segment, d->inherited, NULL),
		    STATUS_OK);
	}
}

static void
free_head(struct head *h)
{
	for (size_t i = 0; i < h->count; i++)
		free(h->datagrams[i]);
	h->count = 0;
}

/* What is carried is enough to decode what follows, and is itself no rows and no counts. */
static void
a_segment_decodes_alone(void **state)
{
	(void)state;
	static const enum pack_format formats[] = { PACK_NETFLOW9, PACK_IPFIX };

	for (size_t f = 0; f < ARRAY_LEN(formats); f++) {
		struct got all, alone;
		struct collector *a = open_collector(&all), *b = open_collector(&alone);
		struct head head = { .count = 0 };
		struct sent s;

		pack_flows(formats[f], 0, 20, &s);
		put(a, sent_message(&s, 0), s.lens[0], 4000, 100, 1);
		assert_int_equal(collector_carried(a, take_head, &head, NULL), STATUS_OK);
		assert_int_equal(head.count, 1);
		assert_int_equal(head.datagrams[0]->segment, 5);
		assert_int_equal(head.datagrams[0]->datagram.number, 1);
		assert_memory_equal(head.datagrams[0]->body, sent_message(&s, 0), s.lens[0]);
		put_head(b, &head);
		assert_int_equal(collector_counts(b)->datagrams, 0);
		assert_int_equal(only_exporter(b)->domains->now.decoded.messages, 0);
		for (size_t i = 1; i < s.count; i++)
			put(b, sent_message(&s, i), s.lens[i], 4000, 200, i);
		assert_int_equal(collector_flush(b, NULL), STATUS_OK);
		assert_int_equal(alone.rows->rows, 20 - s.records[0]);
		assert_int_equal(collector_counts(b)->late, 0);
		assert_int_equal(only_exporter(b)->domains->ledger.counts.missed, 0);
		/* and what the head says is carried on as it came */
		free_head(&head);
		assert_int_equal(collector_carried(b, take_head, &head, NULL), STATUS_OK);
		assert_int_equal(head.count, 1);
		assert_int_equal(head.datagrams[0]->datagram.received, 100000001500);
		free_head(&head);
		buf_free(&s.octets);
		close_collector(a, &all);
		close_collector(b, &alone);
	}
}

/*
 * A run ends and the next one reads its last segment: what waited and the sequence go on, and
 * what came in between is missed.  `fate` 1: the exporter, too, began anew; 2: it was silent for
 * too long; 3: its clock is ahead of ours.
 */
static void
inherit(enum pack_format format, int fate)
{
	struct got after;
	struct collector *b = open_collector(&after);
	struct sent s;
	size_t late, last;

	pack_flows(format, 0, 40, &s);
	last = s.count - 1;
	collector_inherit(b);
	put(b, sent_message(&s, 0), s.lens[0], 4000, 100, 1);
	put(b, sent_message(&s, 1), s.lens[1], 4000, 100, 2);
	put(b, sent_message(&s, 2), s.lens[2], 5000, 100, 3); /* without template */
	collector_inherited(b, (fate == 2 ? 101 : 100) * INT64_C(1000000000),
	    (fate == 3 ? 100 : 101) * INT64_C(1000000000));
	assert_int_equal(collector_flush(b, NULL), STATUS_OK);
	assert_int_equal(after.rows->rows, 0);
	assert_int_equal(collector_counts(b)->datagrams, 0);
	collector_segment(b, 6);
	if (fate == 1) { /* a sequence, an uptime that lie far back */
		uint8_t *header = s.octets.data + (sent_message(&s, last) - s.octets.data);

		memset(header + (format == PACK_IPFIX ? 8 : 4), format == PACK_IPFIX ? 0xf0 : 0, 4);
		if (format == PACK_NETFLOW9)
			header[4] = 0xf0;
	}
	put(b, sent_message(&s, last), s.lens[last], 4000, 200, 1);
	assert_int_equal(collector_flush(b, NULL), STATUS_OK);
	assert_int_equal(after.rows->rows, fate == 0 ? s.records[last] : 0);
	if (fate == 0) {
		size_t count;
		const struct exporter *x = exporters_list(collector_exporters(b), &count)[0];

		assert_int_equal(count, 2);
		assert_false(x->inherited);
		assert_int_equal(x->domains->ledger.counts.gaps, 1);
		assert_int_equal(x->domains->ledger.counts.missed_from, 100000001500);
	}
	late = after.rows->rows;
	put(b, sent_message(&s, 0), s.lens[0], 5000, 201, 2);
	assert_int_equal(collector_flush(b, NULL), STATUS_OK);
	if (fate < 2) {
		assert_int_equal(after.rows->rows, late + s.records[0] + s.records[2]);
		assert_int_equal(table_int(after.rows, COLUMN_DATAGRAM_SEGMENT, after.rows->rows - 1), 5);
		assert_int_equal(table_int(after.rows, COLUMN_DATAGRAM, after.rows->rows - 1), 3);
	}
	buf_free(&s.octets);
	close_collector(b, &after);
}

static void
the_next_run_inherits(void **state)
{
	(void)state;
	for (int fate = 0; fate < 4; fate++) {
		inherit(PACK_NETFLOW9, fate);
		inherit(PACK_IPFIX, fate);
	}
}

static void
what_is_no_message(void **state)
{
	(void)state;
	static const uint8_t junk[] = "no message at all";
	struct got g;
	struct collector *c = open_collector(&g);
	struct sent s;
	struct buf two;

	put(c, junk, sizeof junk, 1, 1, 1);
	put(c, junk, 0, 1, 1, 2);
	put(c, junk, 1, 1, 1, 3);
	assert_int_equal(collector_counts(c)->rejected_version, 3);
	/* two messages in one datagram, and something behind them */
	pack_flows(PACK_NETFLOW5, 0, 12, &s);
	buf_init(&two, 0);
	buf_put(&two, s.octets.data, s.lens[0] + s.lens[1]);
	buf_put(&two, junk, sizeof junk);
	put(c, two.data, two.len, 1, 1, 4);
	assert_int_equal(collector_flush(c, NULL), STATUS_OK);
	assert_int_equal(g.rows->rows, s.records[0] + s.records[1]);
	assert_int_equal(table_int(g.rows, COLUMN_DATAGRAM_RECORD, s.records[0]), s.lens[0] + 24);
	assert_int_equal(collector_counts(c)->behind, sizeof junk);
	assert_int_equal(collector_counts(c)->rejected_version, 3);
	assert_int_equal(collector_counts(c)->datagrams, 4);
	buf_free(&two);
	buf_free(&s.octets);
	close_collector(c, &g);
}

static void
out_of_a_capture(void **state)
{
	(void)state;
	struct got g;
	struct collector *c = open_collector(&g);
	struct datagram d;
	struct sent s;

	pack_flows(PACK_NETFLOW5, 0, 3, &s);
	d = datagram(s.octets.data, s.lens[0], 1, 1, 0);
	d.input = 2;
	d.frame = 77;
	assert_int_equal(collector_put(c, &d, NULL), STATUS_OK);
	assert_int_equal(collector_flush(c, NULL), STATUS_OK);
	assert_int_equal(table_int(g.rows, COLUMN_INPUT, 0), 2);
	assert_int_equal(table_int(g.rows, COLUMN_FIRST_FRAME, 0), 77);
	assert_false(table_has(g.rows, COLUMN_DATAGRAM, 0));
	buf_free(&s.octets);
	close_collector(c, &g);
}

/* Sessions from one address and port, as after a reconnection, share neither templates nor sequence. */
static void
sessions_are_apart(void **state)
{
	(void)state;
	struct got g;
	struct collector *c = open_collector(&g);
	struct sent s;
	struct datagram d;

	pack_flows(PACK_IPFIX, 0, 40, &s);
	assert_true(s.count > 3);
	for (size_t i = 0; i < s.count; i++) {
		d = datagram(sent_message(&s, i), s.lens[i], 4000, 100, i + 1);
		d.transport = TRANSPORT_TCP;
		d.session = 1;
		assert_int_equal(collector_put(c, &d, NULL), STATUS_OK);
	}
	assert_non_null(collector_templates(c, &d));
	/* the second one has no templates: its data wait, and are never decoded */
	d = datagram(sent_message(&s, 1), s.lens[1], 4000, 101, 77);
	d.transport = TRANSPORT_TLS;
	d.session = 2;
	assert_null(collector_templates(c, &d));
	assert_int_equal(collector_put(c, &d, NULL), STATUS_OK);
	assert_int_equal(collector_flush(c, NULL), STATUS_OK);
	assert_int_equal(g.rows->rows, 40);
	for (size_t row = 0; row < 40; row++) {
		assert_false(table_has(g.rows, COLUMN_DATAGRAM, row));
		assert_true(table_has(g.rows, COLUMN_RECEIVED, row));
	}
	assert_int_equal(table_int(g.rows, COLUMN_MESSAGE, 39), s.count);
	assert_int_equal(collector_counts(c)->datagrams, 0);
	assert_int_equal(collector_counts(c)->messages, s.count + 1);
	collector_end(c, &d);
	collector_end(c, &d);
	assert_null(collector_templates(c, &d));
	{
		size_t count;
		struct exporter *const *list = exporters_list(collector_exporters(c), &count);

		assert_int_equal(count, 2);
		assert_int_equal(list[0]->domains->ledger.counts.gaps, 0);
		assert_true(list[1]->ended);
		assert_int_equal(list[1]->waiting.count, 0);
		assert_int_equal(list[1]->waiting.dropped, 1);
		assert_int_equal(*exporters_waiting(collector_exporters(c)), 0);
	}
	buf_free(&s.octets);
	close_collector(c, &g);
}

/* What comes out of a file was received nobody knows when: it has its input, and no clock. */
static void
files_have_no_received_time(void **state)
{
	(void)state;
	struct got g;
	struct collector *c = open_collector(&g);
	struct sent s;

	pack_flows(PACK_IPFIX, 0, 3, &s);
	{
		struct datagram d = { .transport = TRANSPORT_FILE, .session = 9, .received = 5000000000,
			.data = sent_message(&s, 0), .len = s.lens[0], .number = 1, .input = 3 };

		assert_int_equal(collector_put(c, &d, NULL), STATUS_OK);
	}
	assert_int_equal(collector_flush(c, NULL), STATUS_OK);
	assert_int_equal(g.rows->rows, 3);
	assert_false(table_has(g.rows, COLUMN_RECEIVED, 0));
	assert_false(table_has(g.rows, COLUMN_EXPORTER_PORT, 0));
	assert_false(table_has(g.rows, COLUMN_FIRST_FRAME, 0));
	assert_int_equal(table_int(g.rows, COLUMN_INPUT, 0), 3);
	assert_int_equal(table_int(g.rows, COLUMN_MESSAGE, 0), 1);
	assert_false(only_exporter(c)->domains->now.clocked);
	buf_free(&s.octets);
	close_collector(c, &g);
}

/* Few rows with many octets each do not grow a table without end. */
static void
heavy_rows(void **state)
{
	enum { FIELD = 60000, DATAGRAMS = 700 };
	static const uint16_t words[] = { 10, 32 + FIELD, 0, 1, 0, 0, 0, 0, 2, 12, 256, 1, 97, FIELD, 256,
		FIELD + 4 };
	struct got g;
	struct collector *c = NULL;
	uint8_t *data = calloc(1, FIELD + 64);
	struct buf head;

	(void)state;
	assert_non_null(data);
	buf_init(&head, 0);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		buf_be16(&head, words[i]);
	memcpy(data, head.data, head.len);
	g = (struct got){ .rows = rows_table(DATAGRAMS) };
	assert_int_equal(collector_open(TABLE_ROWS, 7, take, &g, &c, NULL), STATUS_OK);
	for (int64_t i = 0; i < DATAGRAMS; i++)
		put(c, data, head.len + FIELD, 4000, i, 1);
	assert_int_equal(collector_flush(c, NULL), STATUS_OK);
	assert_int_equal(g.rows->rows, DATAGRAMS);
	assert_int_equal(g.tables, 3); /* 84 MB in hex */
	close_collector(c, &g);
	buf_free(&head);
	free(data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_formats),
		cmocka_unit_test(losses),
		cmocka_unit_test(template_comes_late),
		cmocka_unit_test(late_records_have_their_offset),
		cmocka_unit_test(ports_are_apart),
		cmocka_unit_test(a_segment_decodes_alone),
		cmocka_unit_test(the_next_run_inherits),
		cmocka_unit_test(what_is_no_message),
		cmocka_unit_test(out_of_a_capture),
		cmocka_unit_test(sessions_are_apart),
		cmocka_unit_test(files_have_no_received_time),
		cmocka_unit_test(heavy_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
