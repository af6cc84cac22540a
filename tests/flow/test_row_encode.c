/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "flow/row_encode.h"

/* The table of what we export says nothing that elements.def does not know. */
struct line {
	uint8_t column;
	uint32_t pen;
	uint16_t id;
	uint16_t octets[2];
	bool sampler;
};

enum when { NONE, SET, V4, V6, FLOW4, FLOW6, ICMP4, ICMP6, SAMPLED, MICROS, NANOS };

static const struct line lines[] = {
#define EXPORT(col, mirror, when, pen, id, octets9, octets10) \
	{ COLUMN_##col, pen, id, { octets9, octets10 }, when == SAMPLED },
#include "flow/export.def"
#undef EXPORT
};

static bool
is_nanos_of(uint8_t nanos, uint8_t column)
{
	return (nanos == COLUMN_FLOW_START_NS && column == COLUMN_FLOW_START) ||
	    (nanos == COLUMN_FLOW_END_NS && column == COLUMN_FLOW_END);
}

static void
each_element_feeds_its_column(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		const struct line *l = &lines[i];
		const struct element *e = element_find(l->pen, l->id);
		uint8_t column;

		assert_non_null(e);
		if (l->sampler) { /* it names one that options tell, by the column that they feed */
			assert_int_equal(l->column, COLUMN_SAMPLING_INTERVAL);
			continue;
		}
		column = element_is_reverse(l->pen, l->id) ? e->reverse_column : e->column;
		if (column != l->column && !is_nanos_of(l->column, column))
			fail_msg("element %u/%u does not feed %s", (unsigned)l->pen, l->id,
			    column_infos[l->column].name);
	}
}

/* Fields are as long as their types, or shorter where that is said to be so (flags). */
static void
no_field_is_longer_than_its_type(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		const struct element *e = element_find(lines[i].pen, lines[i].id);
		unsigned size = element_type_size((enum element_type)e->type);

		for (int k = 0; k < 2; k++) {
			uint16_t octets = lines[i].octets[k];

			if (octets == 0)
				continue;
			assert_true(octets == TEMPLATE_VARIABLE ? size == 0 : size == 0 || octets <= size);
			assert_true(octets != TEMPLATE_VARIABLE || k == 1);
		}
	}
}

/* A column is carried if and only if an element feeds it and a protocol takes it. */
static void
columns_carried(void **state)
{
	(void)state;
	struct row_encoder *nine = NULL, *ten = NULL, *precise = NULL;
	struct column_set a = { { 0 } }, b = { { 0 } }, c = { { 0 } };

	assert_int_equal(row_encoder_open(DIALECT_NETFLOW9, false, &nine, NULL), STATUS_OK);
	assert_int_equal(row_encoder_open(DIALECT_IPFIX, false, &ten, NULL), STATUS_OK);
	assert_int_equal(row_encoder_open(DIALECT_IPFIX, true, &precise, NULL), STATUS_OK);
	row_encoder_carried(nine, 0, &a);
	row_encoder_carried(ten, 0, &b);
	row_encoder_carried(precise, 0, &c);
	assert_false(column_set_has(&a, COLUMN_REV_PACKETS));
	row_encoder_carried(nine, 1, &a); /* by its second record */
	assert_true(column_set_has(&a, COLUMN_REV_PACKETS));
	assert_false(column_set_has(&a, COLUMN_REV_INITIAL_TCP_FLAGS));
	assert_false(column_set_has(&a, COLUMN_APP_NAME));
	assert_true(column_set_has(&b, COLUMN_REV_INITIAL_TCP_FLAGS));
	assert_true(column_set_has(&b, COLUMN_ICMP_CODE));
	assert_false(column_set_has(&b, COLUMN_FLOW_START_NS));
	assert_true(column_set_has(&c, COLUMN_FLOW_START_NS));
	assert_false(column_set_has(&c, COLUMN_OTHER));
	assert_false(column_set_has(&c, COLUMN_FIRST_FRAME));
	row_encoder_free(nine);
	row_encoder_free(ten);
	row_encoder_free(precise);
}

/* The beginning of a payload goes where there is no room for all of it, and is counted. */
static void
long_payload_is_cut(void **state)
{
	static const size_t most[] = { 70000, 8, 5, 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(most); i++) {
		size_t len = most[i] < 8 ? most[i] : 8;
		struct row_encoder *e = NULL;
		struct table *t = NULL;
		struct row_plan *plan;
		struct loss loss = { .rounded = 0 };
		struct buf out;

		assert_int_equal(row_encoder_open(DIALECT_IPFIX, false, &e, NULL), STATUS_OK);
		assert_int_equal(table_open(1, &t, NULL), STATUS_OK);
		row_encoder_cut(e, most[i]);
		table_set_bytes(t, COLUMN_PAYLOAD, table_add_row(t), "GET / HT", 8);
		buf_init(&out, 0);
		row_encoder_table(e, t);
		assert_int_equal(row_encode(e, t, 0, false, NULL, &plan, &out, &loss, NULL), STATUS_OK);
		assert_int_equal(out.len, 1 + len);
		assert_int_equal(out.data[0], len);
		assert_memory_equal(out.data + 1, "GET / HT", len);
		assert_int_equal(loss.columns[COLUMN_PAYLOAD], len < 8);
		buf_free(&out);
		table_free(t);
		row_encoder_free(e);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_element_feeds_its_column),
		cmocka_unit_test(no_field_is_longer_than_its_type),
		cmocka_unit_test(columns_carried),
		cmocka_unit_test(long_payload_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
