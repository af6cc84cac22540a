/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "flow/record.h"
#include "flow/row_decode.h"

enum { ROUNDS = 4000, RECORDS = 5, FIELDS = 8, RECORD_OCTETS = FIELDS * 32 };

static uint64_t
next_random(uint64_t *state)
{
	*state += 0x9e3779b97f4a7c15u;
	return hash_mix(*state, 0xd6e8feb86659fd93u);
}

/* An element and a length that an exporter would use, or another one. */
static struct template_field
random_field(uint64_t *state)
{
	size_t count;
	const struct element *table = element_table(&count);
	const struct element *e;
	unsigned size;

	do
		e = &table[next_random(state) % count];
	while (e->column == COLUMN_NONE && next_random(state) % 8 != 0);
	size = element_type_size((enum element_type)e->type);
	if (size == 0 || next_random(state) % 4 == 0)
		size = (unsigned)(next_random(state) % 12);
	return (struct template_field){ .pen = e->pen, .id = e->id, .length = (uint16_t)size };
}

static struct template *
random_template(uint64_t *state)
{
	struct template_field fields[FIELDS];
	struct template head = { .id = 256, .count = (uint16_t)(1 + next_random(state) % FIELDS) };

	for (size_t i = 0; i < head.count; i++)
		fields[i] = random_field(state);
	return template_make(&head, fields);
}

/* Mostly small numbers, and zeros where it is sparse: a record of noise alone would never be plain. */
static void
random_octets(uint64_t *state, bool sparse, uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		p[i] = next_random(state) % 4 == 0 ? (uint8_t)next_random(state) : (uint8_t)(next_random(state) % 2);
		if (sparse && next_random(state) % 16 != 0)
			p[i] = 0;
	}
}

static void
assert_same(const struct table *a, const struct table *b, enum column_id id, size_t row)
{
	size_t len_a, len_b;
	const uint8_t *bytes_a, *bytes_b;

	assert_int_equal(table_has(a, id, row), table_has(b, id, row));
	if (!table_has(a, id, row))
		return;
	switch (column_infos[id].type) {
	case COLUMN_TYPE_TEXT:
	case COLUMN_TYPE_OCTETS:
		bytes_a = table_bytes(a, id, row, &len_a);
		bytes_b = table_bytes(b, id, row, &len_b);
		assert_int_equal(len_a, len_b);
		assert_memory_equal(bytes_a, bytes_b, len_a);
		break;
	case COLUMN_TYPE_ADDRESS:
		assert_memory_equal(&a->columns[id].v.address[row], &b->columns[id].v.address[row],
		    sizeof(struct address));
		break;
	default:
		assert_true(table_int(a, id, row) == table_int(b, id, row));
		break;
	}
}

/* Decodes a run behind a row of another one, so that nothing relies on the first row. */
static void
decode(struct row_decoder *d, struct template *t, bool planned, const uint8_t *octets,
    size_t count, const struct row_origin *origin, struct table *out)
{
	struct record_run one = { { t, octets, t->min_length }, 1 };
	struct record_run run = { { t, octets, t->min_length }, count };
	bool usable = t->plan.usable;

	t->plan.usable &= planned;
	table_reset(out);
	row_decode_run(d, &one, origin, out);
	row_decode_run(d, &run, origin, out);
	assert_int_equal(out->rows, count + 1);
	assert_false(out->failed);
	t->plan.usable = usable;
}

/* The plan makes no difference but that of speed, whatever template and records are. */
static void
same_as_field_by_field(void **unused)
{
	const struct address exporter = { .family = 4, .octets = { 192, 0, 2, 1 } };
	uint8_t octets[RECORDS * RECORD_OCTETS];
	struct table *with, *without;
	struct row_decoder *d;
	uint64_t state = 4;
	unsigned plans = 0;

	(void)unused;
	assert_int_equal(row_decoder_open(&d, NULL), STATUS_OK);
	assert_int_equal(table_open(RECORDS + 1, &with, NULL), STATUS_OK);
	assert_int_equal(table_open(RECORDS + 1, &without, NULL), STATUS_OK);
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct template *t = random_template(&state);
		const struct export_header h = { .version = (uint16_t)(9 + round % 2), .uptime = 70000,
			.seconds = 1700000000, .nanos = 123456789, .domain = 7,
			.sampling = (uint16_t)(round % 3) };
		const struct row_origin origin = { &h, round % 5 == 0 ? NULL : &exporter, 2055,
			NULL, round % 7 == 0 ? 1600000000000 : 0 };

		assert_non_null(t);
		plans += t->plan.usable && t->min_length > 0;
		random_octets(&state, round % 3 == 0, octets, sizeof octets);
		if (t->min_length > 0) {
			decode(d, t, true, octets, 1 + round % RECORDS, &origin, with);
			decode(d, t, false, octets, 1 + round % RECORDS, &origin, without);
			assert_true(with->clamped == without->clamped);
			for (unsigned id = 0; id < COLUMN_COUNT; id++)
				for (size_t row = 0; row < with->rows; row++)
					assert_same(with, without, (enum column_id)id, row);
		}
		free(t);
	}
	assert_true(plans > ROUNDS / 4); /* else nothing was compared */
	table_free(with);
	table_free(without);
	row_decoder_free(d);
}

static bool
has_plan(const struct template_field *fields, uint16_t count)
{
	const struct template head = { .id = 256, .count = count };
	struct template *t = template_make(&head, fields);
	bool usable;

	assert_non_null(t);
	usable = t->plan.usable;
	free(t);
	return usable;
}

/* What routers send has one; what only the values decide has none. */
static void
which_have_one(void **unused)
{
	static const struct template_field router[] = { { .id = 8, .length = 4 }, { .id = 12, .length = 4 },
		{ .id = 2, .length = 4 }, { .id = 1, .length = 4 }, { .id = 22, .length = 4 },
		{ .id = 21, .length = 4 }, { .id = 7, .length = 2 }, { .id = 11, .length = 2 },
		{ .id = 4, .length = 1 }, { .id = 210, .length = 3 }, { .id = 346, .length = 4 } };
	/* FreeBSD's ng_netflow: counts of what went out, which are always zero */
	static const struct template_field out[] = { { .id = 8, .length = 4 }, { .id = 12, .length = 4 },
		{ .id = 2, .length = 4 }, { .id = 1, .length = 4 }, { .id = 24, .length = 4 }, { .id = 23, .length = 4 } };
	static const struct template_field twice[] = { { .id = 22, .length = 4 }, { .id = 152, .length = 8 } };
	static const struct template_field variable[] = { { .id = 8, .length = 4 },
		{ .id = 82, .length = TEMPLATE_VARIABLE } };
	static const struct template_field text[] = { { .id = 96, .length = 8 } };

	(void)unused;
	assert_true(has_plan(router, 11));
	assert_true(has_plan(out, 6));
	assert_false(has_plan(twice, 2));
	assert_false(has_plan(variable, 2));
	assert_false(has_plan(text, 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_as_field_by_field),
		cmocka_unit_test(which_have_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
