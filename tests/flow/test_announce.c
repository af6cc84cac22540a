/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/announce.h"

#include <stdio.h>

#include "flow/rows.h"

static struct announcer *
opened(unsigned what)
{
	struct announcer *a = NULL;

	assert_int_equal(announcer_open(what, &a, NULL), STATUS_OK);
	return a;
}

/* All that is due before the row is told; how much that was, the last of it in *x. */
static size_t
tell(struct announcer *a, const struct table *t, size_t row, struct announcement *x)
{
	size_t n = 0;

	for (; n < 8 && announcer_due(a, t, row, x); n++)
		assert_int_equal(announcer_told(a, x, NULL), STATUS_OK);
	return n;
}

static void
name(struct table *t, size_t row, enum column_id key, int64_t number, enum column_id column, const char *text)
{
	if (number >= 0)
		table_set_i64(t, key, row, number);
	table_set_bytes(t, column, row, text, strlen(text));
}

static void
each_name_once(void **state)
{
	struct announcer *a = opened(ANNOUNCE_ALL);
	struct table *t = rows_table(8);
	struct announcement x;
	size_t row = rows_tcp(t, "192.0.2.1", "192.0.2.2");

	(void)state;
	name(t, row, COLUMN_IN_IF, 1, COLUMN_IN_IF_NAME, "eth1");
	name(t, row, COLUMN_OUT_IF, 2, COLUMN_OUT_IF_NAME, "eth2");
	row = rows_tcp(t, "192.0.2.1", "192.0.2.2");
	name(t, row, COLUMN_IN_IF, 2, COLUMN_IN_IF_NAME, "eth2");
	name(t, row, COLUMN_OUT_IF, 1, COLUMN_OUT_IF_NAME, "eth1");
	row = rows_tcp(t, "192.0.2.1", "192.0.2.2");
	name(t, row, COLUMN_IN_IF, 1, COLUMN_IN_IF_NAME, "another");
	row = rows_tcp(t, "192.0.2.1", "192.0.2.2"); /* no name */
	table_set_i64(t, COLUMN_IN_IF, row, 1);
	row = rows_tcp(t, "192.0.2.1", "192.0.2.2"); /* the same number of a VRF is another thing */
	name(t, row, COLUMN_IN_VRF, 1, COLUMN_IN_VRF_NAME, "a VRF whose name is 33 octets long");
	announcer_table(a, t);
	assert_int_equal(announcer_kinds(a, t, 0), 1u << ANNOUNCE_INTERFACE);
	assert_int_equal(tell(a, t, 0, &x), 2);
	assert_int_equal(x.key, 2);
	assert_int_equal(tell(a, t, 1, &x), 0);
	assert_int_equal(tell(a, t, 2, &x), 1);
	assert_int_equal(x.key, 1);
	assert_int_equal(x.len, 7);
	assert_int_equal(tell(a, t, 3, &x), 0);
	assert_int_equal(tell(a, t, 4, &x), 1);
	assert_int_equal(x.kind, ANNOUNCE_VRF_LONG);
	announcer_refresh(a);
	assert_int_equal(tell(a, t, 4, &x), 1);
	assert_int_equal(tell(a, t, 1, &x), 2);
	announcer_free(a);
	table_free(t);
}

/* A number that has two names in one row cannot be told, and ends. */
static void
two_names_of_one(void **state)
{
	struct announcer *a = opened(ANNOUNCE_NAMES);
	struct table *t = rows_table(1);
	struct announcement x;

	(void)state;
	rows_tcp(t, "192.0.2.1", "192.0.2.2");
	name(t, 0, COLUMN_IN_IF, 1, COLUMN_IN_IF_NAME, "in");
	name(t, 0, COLUMN_OUT_IF, 1, COLUMN_OUT_IF_NAME, "out");
	announcer_table(a, t);
	assert_int_equal(tell(a, t, 0, &x), 8);
	announcer_free(a);
	table_free(t);
}

static void
names_that_cannot_be_told(void **state)
{
	char big[ANNOUNCE_NAME_MAX + 2];
	struct announcer *a = opened(ANNOUNCE_NAMES);
	struct table *t = rows_table(4);
	struct loss loss = { .rounded = 0 };
	struct announcement x;

	(void)state;
	memset(big, 'x', sizeof big);
	big[sizeof big - 1] = '\0';
	for (size_t i = 0; i < 4; i++)
		rows_tcp(t, "192.0.2.1", "192.0.2.2");
	name(t, 0, COLUMN_IN_IF, -1, COLUMN_IN_IF_NAME, "of no number");
	name(t, 1, COLUMN_IN_IF, INT64_C(1) << 32, COLUMN_IN_IF_NAME, "of too large a number");
	name(t, 2, COLUMN_IN_IF, 5, COLUMN_IN_IF_NAME, big);
	name(t, 3, COLUMN_IN_IF, UINT32_MAX, COLUMN_IN_IF_NAME, big + 1);
	announcer_table(a, t);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(tell(a, t, i, &x), i == 3);
		announcer_loss(a, t, i, &loss);
	}
	assert_int_equal(x.len, ANNOUNCE_NAME_MAX);
	assert_int_equal(loss.columns[COLUMN_IN_IF_NAME], 3);
	announcer_free(a);
	table_free(t);
}

/* The memory is bounded; nothing is lost by that but that names are told again. */
static void
many_names(void **state)
{
	enum { MANY = 20000 };
	struct announcer *a = opened(ANNOUNCE_NAMES);
	struct table *t = rows_table(1);
	struct announcer_walk walk = { .at = 0 };
	struct announcement x;
	size_t told = 0;

	(void)state;
	for (int64_t i = 0; i < MANY; i++) {
		char text[24];

		table_reset(t);
		rows_tcp(t, "192.0.2.1", "192.0.2.2");
		(void)snprintf(text, sizeof text, "if%lld", (long long)i);
		name(t, 0, COLUMN_IN_IF, i, COLUMN_IN_IF_NAME, text);
		announcer_table(a, t);
		assert_int_equal(tell(a, t, 0, &x), 1);
		assert_int_equal(x.key, i);
	}
	while (announcer_next(a, &walk, &x)) {
		assert_int_equal(x.kind, ANNOUNCE_INTERFACE);
		told++;
	}
	assert_true(told > 1000 && told < MANY);
	announcer_free(a);
	table_free(t);
}

/* Where some rows are not sampled, that is told too; not where all are. */
static void
samplers(void **state)
{
	static const int64_t intervals[] = { 100, 100, 1000, -1, 0, 100, INT64_C(1) << 40 };
	static const uint32_t due[] = { 1, 0, 1, 1, 0, 0, 0 }, ids[] = { 1, 1, 2, 0, 0, 1, 0 };
	struct announcer *a = opened(ANNOUNCE_SAMPLING);
	struct table *t = rows_table(8), *none = rows_table(1);
	struct announcement x;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(intervals); i++) {
		rows_tcp(t, "192.0.2.1", "192.0.2.2");
		if (intervals[i] >= 0)
			table_set_i64(t, COLUMN_SAMPLING_INTERVAL, i, intervals[i]);
	}
	announcer_table(a, t);
	for (size_t i = 0; i < ARRAY_LEN(intervals); i++) {
		assert_int_equal(tell(a, t, i, &x), due[i]);
		if (i == 3) {
			assert_int_equal(x.interval, 1);
			assert_int_equal(x.key, 3);
		}
		assert_int_equal(announcer_sampler(a, intervals[i]), ids[i]);
	}
	announcer_free(a);
	/* a table without the column, first and later */
	a = opened(ANNOUNCE_SAMPLING);
	rows_tcp(none, "192.0.2.1", "192.0.2.2");
	announcer_table(a, none);
	assert_int_equal(tell(a, none, 0, &x), 0);
	announcer_table(a, t);
	assert_int_equal(tell(a, t, 0, &x), 2);
	assert_int_equal(x.interval, 1);
	announcer_free(a);
	a = opened(ANNOUNCE_SAMPLING);
	announcer_table(a, t);
	assert_int_equal(tell(a, t, 0, &x), 1);
	announcer_table(a, none);
	assert_int_equal(tell(a, none, 0, &x), 1);
	assert_int_equal(tell(a, none, 0, &x), 0);
	announcer_free(a);
	table_free(t);
	table_free(none);
}

/* More intervals than there are ids: those beyond have none. */
static void
many_samplers(void **state)
{
	struct announcer *a = opened(ANNOUNCE_SAMPLING);
	struct table *t = rows_table(300);
	struct announcement x;

	(void)state;
	for (size_t i = 0; i < 300; i++) {
		rows_tcp(t, "192.0.2.1", "192.0.2.2");
		table_set_i64(t, COLUMN_SAMPLING_INTERVAL, i, 10 + (int64_t)i);
	}
	announcer_table(a, t);
	for (size_t i = 0; i < 300; i++)
		assert_int_equal(tell(a, t, i, &x), i < 255);
	assert_int_equal(announcer_sampler(a, 10 + 254), 255);
	assert_int_equal(announcer_sampler(a, 10 + 255), 0);
	announcer_free(a);
	table_free(t);
}

static void
exporters(void **state)
{
	static const char *const from[] = { "192.0.2.1", "192.0.2.1", "2001:db8::1", "192.0.2.1" };
	struct announcer *a = opened(ANNOUNCE_EXPORTER);
	struct table *t = rows_table(8);
	struct announcement x;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(from); i++) {
		rows_tcp(t, "192.0.2.1", "192.0.2.2");
		rows_address(t, COLUMN_EXPORTER_IP, i, from[i]);
	}
	announcer_table(a, t);
	for (size_t i = 0; i < ARRAY_LEN(from); i++) {
		assert_int_equal(tell(a, t, i, &x), i != 1);
		assert_int_equal(x.kind, i == 2 ? ANNOUNCE_EXPORTER6 : ANNOUNCE_EXPORTER4);
	}
	announcer_free(a);
	a = opened(ANNOUNCE_SAMPLING | ANNOUNCE_NAMES);
	announcer_table(a, t);
	assert_int_equal(tell(a, t, 0, &x), 0);
	announcer_free(a);
	table_free(t);
}

static void
octets(void **state)
{
	static const uint8_t nine[] = { 4, 0, 0, 4, 0, 12, 0, 1, 0, 4, 0, 48, 0, 1, 0, 49, 0, 1, 0, 50, 0, 4 };
	static const uint8_t ten[] = { 4, 0, 0, 5, 0, 1, 0, 149, 0, 4, 1, 46, 0, 8, 1, 48, 0, 2, 1, 49, 0, 4, 1, 50, 0, 4 };
	static const uint8_t nine_record[] = { 0, 0, 0, 7, 2, 1, 0, 0, 3, 232 };
	static const uint8_t ten_record[] = { 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 0, 0, 1, 0, 0, 3, 231 };
	const struct announcement x = { .kind = ANNOUNCE_SAMPLER, .key = 2, .interval = 1000 };
	struct buf b = { 0 };

	(void)state;
	announcement_template(DIALECT_NETFLOW9, ANNOUNCE_SAMPLER, &b);
	assert_int_equal(b.len, sizeof nine);
	assert_memory_equal(b.data, nine, sizeof nine);
	buf_reset(&b);
	announcement_template(DIALECT_IPFIX, ANNOUNCE_SAMPLER, &b);
	assert_int_equal(b.len, sizeof ten);
	assert_memory_equal(b.data, ten, sizeof ten);
	buf_reset(&b);
	announcement_record(DIALECT_NETFLOW9, 7, &x, &b);
	assert_int_equal(b.len, sizeof nine_record);
	assert_memory_equal(b.data, nine_record, sizeof nine_record);
	buf_reset(&b);
	announcement_record(DIALECT_IPFIX, 7, &x, &b);
	assert_int_equal(b.len, sizeof ten_record);
	assert_memory_equal(b.data, ten_record, sizeof ten_record);
	buf_free(&b);
}

/* Whatever is told has room in the smallest message, behind its template. */
static void
all_fit(void **state)
{
	struct address exporter = { .family = 6 };

	(void)state;
	for (unsigned k = 0; k < ANNOUNCE_KINDS; k++) {
		const struct announcement x = { .kind = (enum announce_kind)k, .name = (const uint8_t *)"x", .len = 1,
			.exporter = &exporter, .interval = 2 };

		for (unsigned i = 0; i < 2; i++) {
			enum dialect dialect = i ? DIALECT_IPFIX : DIALECT_NETFLOW9;
			struct buf b = { 0 };

			announcement_template(dialect, x.kind, &b);
			announcement_record(dialect, 1, &x, &b);
			assert_true(b.len + 20 + 4 * (4 + 3) <= PACK_MESSAGE_LEAST);
			buf_free(&b);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_name_once),
		cmocka_unit_test(two_names_of_one),
		cmocka_unit_test(names_that_cannot_be_told),
		cmocka_unit_test(many_names),
		cmocka_unit_test(samplers),
		cmocka_unit_test(many_samplers),
		cmocka_unit_test(exporters),
		cmocka_unit_test(octets),
		cmocka_unit_test(all_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
