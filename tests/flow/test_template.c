/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <string.h>

#include "flow/record.h"
#include "flow/template.h"

static struct template_set *
open_set(void)
{
	struct template_set *s = NULL;

	assert_int_equal(template_set_open(&s, NULL), STATUS_OK);
	return s;
}

static enum status
put(struct template_set *s, uint32_t domain, uint16_t id, size_t count,
    const struct template_field *fields)
{
	const struct template head = { .domain = domain, .id = id, .count = (uint16_t)count };

	return template_set_put(s, &head, fields, NULL);
}

static void
fields_are_resolved(void **state)
{
	(void)state;
	static const struct template_field fields[] = {
		{ .id = 8, .length = 4 },
		{ .pen = 29305, .id = 1, .length = 8 },
		{ .pen = 6871, .id = 14 | 0x4000, .length = 1 },
		{ .pen = 9, .id = 12345, .length = TEMPLATE_VARIABLE },
		{ .id = 8, .length = 4 },
	};
	struct template_set *s = open_set();
	const struct template *t;

	assert_int_equal(put(s, 7, 256, 5, fields), STATUS_OK);
	assert_null(template_set_find(s, 8, 256));
	t = template_set_find(s, 7, 256);
	assert_non_null(t);
	assert_int_equal(t->min_length, 4 + 8 + 1 + 1 + 4);
	assert_true(t->variable);
	assert_int_equal(t->fields[0].column, COLUMN_SRC_IP);
	assert_int_equal(t->fields[0].twin, 4);
	assert_false(t->fields[0].again);
	assert_true(t->fields[4].again);
	assert_int_equal(t->fields[1].column, COLUMN_REV_BYTES);
	assert_true(t->fields[1].reverse);
	assert_int_equal(t->fields[2].column, COLUMN_REV_INITIAL_TCP_FLAGS);
	assert_null(t->fields[3].element);
	assert_int_equal(t->fields[3].column, COLUMN_NONE);
	template_set_free(s);
}

static void
redefined_and_withdrawn(void **state)
{
	(void)state;
	static const struct template_field fields[] = { { .id = 1, .length = 8 }, { .id = 2, .length = 4 } };
	const struct template options = { .domain = 1, .id = 300, .count = 2, .scopes = 1, .options = true };
	struct template_set *s = open_set();

	assert_int_equal(put(s, 1, 256, 1, fields), STATUS_OK);
	assert_int_equal(put(s, 1, 256, 2, fields), STATUS_OK);
	assert_int_equal(put(s, 2, 256, 1, fields), STATUS_OK);
	assert_int_equal(template_set_put(s, &options, fields, NULL), STATUS_OK);
	assert_int_equal(template_set_count(s), 3);
	assert_int_equal(template_set_find(s, 1, 256)->min_length, 12);
	assert_true(template_set_withdraw(s, 2, 256));
	assert_false(template_set_withdraw(s, 2, 256));
	assert_int_equal(template_set_withdraw_all(s, 1, false), 1);
	assert_int_equal(template_set_count(s), 1);
	assert_true(template_set_find(s, 1, 300)->options);
	template_set_free(s);
}

static void
refused(void **state)
{
	(void)state;
	static const struct template_field nothing[] = { { .id = 1, .length = 0 } };
	static struct template_field many[TEMPLATE_FIELDS_MAX + 1];
	struct template_set *s = open_set();

	for (size_t i = 0; i <= TEMPLATE_FIELDS_MAX; i++)
		many[i] = (struct template_field){ .id = 1, .length = 1 };
	assert_int_equal(put(s, 0, 256, 0, nothing), STATUS_MALFORMED);
	assert_int_equal(put(s, 0, 256, 1, nothing), STATUS_MALFORMED);
	assert_int_equal(put(s, 0, 256, TEMPLATE_FIELDS_MAX + 1, many), STATUS_MALFORMED);
	assert_int_equal(template_set_count(s), 0);
	/* all fields together are bounded, and replacing one does not count twice */
	for (uint16_t i = 0; i < TEMPLATE_TOTAL_MAX / TEMPLATE_FIELDS_MAX; i++)
		assert_int_equal(put(s, 0, (uint16_t)(256 + i), TEMPLATE_FIELDS_MAX, many), STATUS_OK);
	assert_int_equal(put(s, 1, 256, 1, many), STATUS_LIMIT);
	assert_int_equal(put(s, 0, 256, TEMPLATE_FIELDS_MAX, many), STATUS_OK);
	assert_int_equal(put(s, 0, 256, 1, many), STATUS_OK);
	assert_int_equal(put(s, 1, 256, 1, many), STATUS_OK);
	template_set_free(s);
}

static void
bounded_count(void **state)
{
	(void)state;
	static const struct template_field one[] = { { .id = 1, .length = 1 } };
	struct template_set *s = open_set();

	for (uint32_t i = 0; i < TEMPLATE_COUNT_MAX; i++)
		assert_int_equal(put(s, i, 256, 1, one), STATUS_OK);
	assert_int_equal(put(s, TEMPLATE_COUNT_MAX, 256, 1, one), STATUS_LIMIT);
	assert_int_equal(put(s, 5, 256, 1, one), STATUS_OK);
	template_set_free(s);
}

/* Sets that share a budget: one that takes all of it leaves each of the others its sure share. */
static void
shared_budget(void **state)
{
	(void)state;
	static struct template_field many[TEMPLATE_FIELDS_MAX];
	size_t budget = 0, sets = TEMPLATE_BUDGET_MAX / TEMPLATE_TOTAL_MAX + 1;
	struct template_set *greedy[8], *honest = open_set();
	uint32_t domain = 0;

	assert_true(sets <= ARRAY_LEN(greedy));
	for (size_t i = 0; i < TEMPLATE_FIELDS_MAX; i++)
		many[i] = (struct template_field){ .id = 1, .length = 1 };
	template_set_share(honest, &budget);
	assert_int_equal(put(honest, 0, 256, 20, many), STATUS_OK);
	for (size_t i = 0; i < sets; i++) {
		greedy[i] = open_set();
		template_set_share(greedy[i], &budget);
		while (put(greedy[i], domain, 256, TEMPLATE_FIELDS_MAX, many) == STATUS_OK)
			domain++;
	}
	assert_true(budget <= TEMPLATE_BUDGET_MAX && budget > TEMPLATE_BUDGET_MAX - 2 * TEMPLATE_FIELDS_MAX);
	assert_int_equal(put(honest, 0, 257, 400, many), STATUS_OK);
	assert_non_null(template_set_find(honest, 0, 256));
	assert_int_equal(put(honest, 0, 258, TEMPLATE_SURE, many), STATUS_LIMIT);
	for (size_t i = 0; i < sets; i++)
		template_set_free(greedy[i]);
	assert_int_equal(put(honest, 0, 258, TEMPLATE_SURE, many), STATUS_OK);
	assert_true(template_set_withdraw(honest, 0, 258));
	assert_int_equal(budget, 420 + 2 * TEMPLATE_HEAD_COST);
	template_set_free(honest);
	assert_int_equal(budget, 0);
}

/* The same definition again changes nothing; what differs in a length is another. */
static void
told_again(void **state)
{
	(void)state;
	struct template_field two[] = { { .id = 1, .length = 4 }, { .id = 2, .length = 4 } };
	struct template_set *s = open_set();
	const struct template *t;

	assert_int_equal(put(s, 0, 256, 2, two), STATUS_OK);
	t = template_set_find(s, 0, 256);
	assert_int_equal(put(s, 0, 256, 2, two), STATUS_OK);
	assert_ptr_equal(template_set_find(s, 0, 256), t);
	two[1].length = 8;
	assert_int_equal(put(s, 0, 256, 2, two), STATUS_OK);
	assert_int_equal(template_set_find(s, 0, 256)->min_length, 12);
	assert_int_equal(template_set_count(s), 1);
	template_set_free(s);
}

static void
a_refused_template_withdraws_the_old_one(void **state)
{
	(void)state;
	static const struct template_field one[] = { { .id = 1, .length = 1 } };
	static const struct template_field nothing[] = { { .id = 1, .length = 0 } };
	struct template_set *s = open_set();

	assert_int_equal(put(s, 0, 256, 1, one), STATUS_OK);
	assert_int_equal(put(s, 0, 257, 1, one), STATUS_OK);
	assert_int_equal(put(s, 0, 256, 1, nothing), STATUS_MALFORMED);
	assert_null(template_set_find(s, 0, 256));
	assert_non_null(template_set_find(s, 0, 257));
	assert_int_equal(template_set_count(s), 1);
	template_set_free(s);
}

static void
both_forms_of_variable_length(void **state)
{
	(void)state;
	static const struct template_field fields[] = {
		{ .id = 96, .length = TEMPLATE_VARIABLE },
		{ .id = 4, .length = 1 },
		{ .pen = 9, .id = 1, .length = TEMPLATE_VARIABLE },
	};
	static const uint8_t octets[] = { 3, 'd', 'n', 's', 17, 255, 0, 2, 0xca, 0xfe, 0x99 };
	struct template_set *s = open_set();
	struct cursor c = cursor_over(octets, sizeof octets);
	struct record r;
	struct record_fields it;
	struct field field;

	assert_int_equal(put(s, 0, 256, 3, fields), STATUS_OK);
	assert_true(record_read(&c, template_set_find(s, 0, 256), &r));
	assert_int_equal(r.len, 10);
	assert_int_equal(cursor_left(&c), 1);
	it = record_fields(&r);
	assert_true(record_next(&it, &field));
	assert_int_equal(field.len, 3);
	assert_memory_equal(field.octets, "dns", 3);
	assert_true(record_next(&it, &field));
	assert_int_equal(field.octets[0], 17);
	assert_true(record_next(&it, &field));
	assert_int_equal(field.len, 2);
	assert_int_equal(field.octets[0], 0xca);
	assert_false(record_next(&it, &field));
	/* each shorter end is no record */
	for (size_t len = 0; len < 10; len++) {
		c = cursor_over(octets, len);
		assert_false(record_read(&c, template_set_find(s, 0, 256), &r));
	}
	template_set_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_resolved),
		cmocka_unit_test(redefined_and_withdrawn),
		cmocka_unit_test(refused),
		cmocka_unit_test(bounded_count),
		cmocka_unit_test(shared_budget),
		cmocka_unit_test(told_again),
		cmocka_unit_test(a_refused_template_withdraws_the_old_one),
		cmocka_unit_test(both_forms_of_variable_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
