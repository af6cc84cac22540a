/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/table_queue.h"

#include "unit.h"

struct seen {
	int64_t next;      /* the value that the next row must have */
	int64_t fail_from; /* the consumer fails at this value; -1: never */
	unsigned tables;
};

static enum status
check_rows(void *ctx, const struct table *t, struct fault *f)
{
	struct seen *s = ctx;

	for (size_t i = 0; i < t->rows; i++) {
		if (s->next == s->fail_from)
			return fault_set(f, STATUS_IO, "out", "no space");
		if (table_int(t, COLUMN_PACKETS, i) != s->next++)
			return fault_set(f, STATUS_MALFORMED, "out", "out of order");
	}
	s->tables++;
	return STATUS_OK;
}

static enum status
fill(struct table_queue *q, int64_t rows, struct fault *f)
{
	struct table *t;
	enum status rc = table_open(10, &t, f);

	for (int64_t v = 0; v < rows && rc == STATUS_OK; v++) {
		table_set_i64(t, COLUMN_PACKETS, table_add_row(t), v);
		if (table_full(t))
			rc = table_queue_put(q, &t, f);
	}
	if (rc == STATUS_OK)
		rc = table_queue_put(q, &t, f);
	table_free(t);
	return rc == STATUS_OK ? table_queue_drain(q, f) : rc;
}

static void
passes_all_rows_in_order(bool threaded)
{
	struct seen s = { .fail_from = -1 };
	struct fault f = { 0 };
	struct table_queue *q;

	assert_int_equal(table_queue_open(10, threaded, check_rows, &s, &q, &f), STATUS_OK);
	assert_int_equal(fill(q, 1005, &f), STATUS_OK);
	assert_int_equal(s.next, 1005);
	assert_int_equal(s.tables, 101);
	table_queue_free(q);
}

static void
direct_order(void **state)
{
	(void)state;
	passes_all_rows_in_order(false);
}

static void
threaded_order(void **state)
{
	(void)state;
	passes_all_rows_in_order(true);
}

static void
consumer_failure_reaches_the_filler(void **state)
{
	(void)state;
	for (int threaded = 0; threaded < 2; threaded++) {
		struct seen s = { .fail_from = 55 };
		struct fault f = { 0 };
		struct table_queue *q;

		assert_int_equal(table_queue_open(10, threaded, check_rows, &s, &q, &f), STATUS_OK);
		assert_int_equal(fill(q, 1005, &f), STATUS_IO);
		assert_string_equal(f.text, "no space");
		assert_int_equal(s.next, 55);
		table_queue_free(q);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(direct_order),
		cmocka_unit_test(threaded_order),
		cmocka_unit_test(consumer_failure_reaches_the_filler),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
