/* SPDX-License-Identifier: BSD-2-Clause */
/* The packer with a caller who tells the time, and templates without a record. */
#include "flow/rows.h"

#include "base/cursor.h"

#define NOW (ROWS_START / 1000000 + 60) /* a minute after the flows of rows_tcp began */

static struct packer *
open_packer(enum pack_format format, size_t max, struct sent *out)
{
	const struct pack_options o = { .format = format, .max_octets = max };
	struct packer *p = NULL;

	memset(out, 0, sizeof *out);
	assert_int_equal(pack_open(&o, sent_emit, out, &p, NULL), STATUS_OK);
	return p;
}

static void
put_flow(struct packer *p, int64_t start, int64_t end)
{
	struct table *t = rows_table(1);
	size_t row = rows_tcp(t, "192.0.2.1", "192.0.2.2");

	table_set_i64(t, COLUMN_FLOW_START, row, start);
	table_set_i64(t, COLUMN_FLOW_END, row, end);
	assert_int_equal(pack_put(p, t, NULL, NULL), STATUS_OK);
	assert_int_equal(pack_flush(p, NULL), STATUS_OK);
	table_free(t);
}

/* Where headers have seconds since 1970, and the exporter's start by them. */
static uint32_t
seconds_of(const struct sent *s, size_t i)
{
	const uint8_t *m = sent_message(s, i);

	return load_be32(m + (load_be16(m) == 10 ? 4 : 8));
}

static int64_t
boot_of(const struct sent *s, size_t i)
{
	return (int64_t)seconds_of(s, i) * 1000 - load_be32(sent_message(s, i) + 4);
}

static void
headers_say_now(void **state)
{
	(void)state;

	for (unsigned format = 0; format < PACK_FORMAT_COUNT; format++) {
		struct sent s;
		struct packer *p = open_packer((enum pack_format)format, 1400, &s);

		pack_now(p, NOW);
		put_flow(p, ROWS_START, ROWS_START + 2500000);
		pack_now(p, NOW + 1);
		put_flow(p, ROWS_START + 1000000, ROWS_START + 2000000);
		assert_int_equal(s.count, 2);
		assert_int_equal(seconds_of(&s, 0), NOW);
		assert_int_equal(seconds_of(&s, 1), NOW + 1);
		if (format != PACK_IPFIX) /* the start is the same, whatever the time */
			assert_int_equal(boot_of(&s, 0), boot_of(&s, 1));
		/* a flow that ends in the second that runs is not ahead of its header */
		pack_now(p, NOW + 2);
		put_flow(p, ROWS_START, (NOW + 2) * 1000000 + 900000);
		assert_int_equal(seconds_of(&s, 2), NOW + 3);
		pack_free(p);
		buf_free(&s.octets);
	}
}

/* After more than the 49.7 days of 32 bits of milliseconds the exporter starts anew. */
static void
months_go_by(void **state)
{
	(void)state;
	const int64_t later = NOW + INT64_C(60) * 86400;
	struct sent s;
	struct packer *p = open_packer(PACK_NETFLOW9, 1400, &s);

	pack_now(p, NOW);
	put_flow(p, ROWS_START, ROWS_START + 1000000);
	pack_now(p, later);
	put_flow(p, (later - 5) * 1000000, (later - 1) * 1000000);
	assert_int_equal(seconds_of(&s, 1), later);
	assert_true(boot_of(&s, 1) > boot_of(&s, 0));
	assert_true(boot_of(&s, 1) <= (later - 5) * 1000);
	/* with templates alone, too */
	pack_now(p, later + INT64_C(60) * 86400);
	pack_refresh(p);
	assert_int_equal(pack_templates(p, NULL), STATUS_OK);
	assert_int_equal(s.count, 3);
	assert_int_equal(seconds_of(&s, 2), later + INT64_C(60) * 86400);
	assert_int_equal(pack_stats(p)->records, 4);
	pack_free(p);
	buf_free(&s.octets);
}

static void
a_clock_set_back(void **state)
{
	(void)state;
	struct sent s;
	struct packer *p = open_packer(PACK_IPFIX, 1400, &s);

	pack_now(p, NOW + 1000000);
	put_flow(p, ROWS_START, ROWS_START + 1000000);
	pack_now(p, NOW);
	put_flow(p, ROWS_START, ROWS_START + 1000000);
	assert_int_equal(seconds_of(&s, 0), NOW + 1000000);
	assert_int_equal(seconds_of(&s, 1), NOW);
	/* beyond what 32 bits of seconds hold there is only their end */
	pack_now(p, INT64_MAX / 1000000000);
	put_flow(p, ROWS_START, ROWS_START + 1000000);
	assert_int_equal(seconds_of(&s, 2), UINT32_MAX);
	pack_now(p, -1);
	put_flow(p, ROWS_START, ROWS_START + 1000000);
	assert_int_equal(s.count, 4);
	pack_free(p);
	buf_free(&s.octets);
}

static void
templates_alone(void **state)
{
	(void)state;
	static const enum pack_format formats[] = { PACK_NETFLOW9, PACK_IPFIX };

	for (size_t k = 0; k < ARRAY_LEN(formats); k++) {
		bool nine = formats[k] == PACK_NETFLOW9;
		struct sent s;
		struct packer *p = open_packer(formats[k], 1400, &s);
		const uint8_t *m;

		/* nothing is known yet, nothing is due after it went out */
		assert_int_equal(pack_templates(p, NULL), STATUS_OK);
		put_flow(p, ROWS_START, ROWS_START + 1000000);
		assert_int_equal(pack_templates(p, NULL), STATUS_OK);
		assert_int_equal(s.count, 1);
		pack_refresh(p);
		assert_int_equal(pack_templates(p, NULL), STATUS_OK);
		assert_int_equal(s.count, 2);
		assert_int_equal(s.records[1], 0);
		m = sent_message(&s, 1);
		/* NetFlow 9 counts datagrams and records of all kinds, IPFIX data records */
		assert_int_equal(load_be32(m + (nine ? 12 : 8)), 1);
		if (nine)
			assert_int_equal(load_be16(m + 2), pack_stats(p)->templates / 2);
		assert_int_equal(load_be16(m + (nine ? 20 : 16)), nine ? 0 : 2);
		put_flow(p, ROWS_START, ROWS_START + 1000000); /* needs none of them again */
		assert_int_equal(load_be16(sent_message(&s, 2) + (nine ? 20 : 16)), 256);
		assert_int_equal(load_be32(sent_message(&s, 2) + (nine ? 12 : 8)), nine ? 2 : 1);
		pack_free(p);
		buf_free(&s.octets);
	}
}

/* Many templates go in as many messages as they need, none above the limit. */
static void
many_templates(void **state)
{
	(void)state;
	static const enum column_id columns[] = { COLUMN_TOS, COLUMN_TTL_MIN, COLUMN_TTL_MAX, COLUMN_VLAN,
		COLUMN_IN_IF, COLUMN_OUT_IF };
	struct table *t = rows_table(64);
	struct sent s;
	struct packer *p = open_packer(PACK_IPFIX, 512, &s);
	size_t before, templates = 0;

	for (unsigned i = 0; i < 64; i++) {
		size_t row = table_add_row(t);

		rows_address(t, COLUMN_SRC_IP, row, "192.0.2.1");
		for (unsigned k = 0; k < ARRAY_LEN(columns); k++)
			if (i >> k & 1)
				table_set_u64(t, columns[k], row, 1);
	}
	assert_int_equal(pack_put(p, t, NULL, NULL), STATUS_OK);
	assert_int_equal(pack_flush(p, NULL), STATUS_OK);
	before = s.count;
	pack_refresh(p);
	assert_int_equal(pack_templates(p, NULL), STATUS_OK);
	assert_int_equal(pack_stats(p)->templates, 128);
	for (size_t i = before; i < s.count; i++) {
		const uint8_t *m = sent_message(&s, i);

		assert_true(s.lens[i] <= 512);
		for (size_t at = 16; at < s.lens[i]; at += load_be16(m + at + 2), templates++)
			assert_int_equal(load_be16(m + at), 2);
	}
	assert_int_equal(templates, 64);
	assert_true(s.count - before > 3);
	pack_free(p);
	table_free(t);
	buf_free(&s.octets);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_say_now),
		cmocka_unit_test(months_go_by),
		cmocka_unit_test(a_clock_set_back),
		cmocka_unit_test(templates_alone),
		cmocka_unit_test(many_templates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
