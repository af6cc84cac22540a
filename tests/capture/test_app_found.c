/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit.h"

#include <string.h>

#include "capture/app_found.h"

#define BUDGET ((size_t)1 << 16)

static void
merge(struct app_kept **k, struct app_budget *b, enum column_id id, int64_t v, bool firm)
{
	struct app_found f;

	f.len = 0;
	app_found_number(&f, id, v, firm);
	assert_true(app_kept_merge(k, &f, b));
}

static int64_t
number(const struct app_kept *k, enum column_id id)
{
	struct table *t;
	int64_t v;

	assert_int_equal(table_open(1, &t, NULL), STATUS_OK);
	(void)table_add_row(t);
	app_kept_row(k, false, t, 0);
	v = table_has(t, id, 0) ? table_int(t, id, 0) : -1;
	table_free(t);
	return v;
}

static void
the_first_stays_the_firm_wins(void **state)
{
	struct app_budget b = { .left = BUDGET };
	struct app_kept *k = NULL;

	(void)state;
	merge(&k, &b, COLUMN_TLS_VERSION, 1, false);
	merge(&k, &b, COLUMN_TLS_VERSION, 2, false);
	assert_int_equal(number(k, COLUMN_TLS_VERSION), 1);
	merge(&k, &b, COLUMN_TLS_VERSION, 3, true);
	assert_int_equal(number(k, COLUMN_TLS_VERSION), 3);
	merge(&k, &b, COLUMN_TLS_VERSION, 4, true);
	merge(&k, &b, COLUMN_TLS_VERSION, 5, false);
	assert_int_equal(number(k, COLUMN_TLS_VERSION), 3);
	merge(&k, &b, COLUMN_QUIC_VERSION, 0xffffffff, false);
	assert_int_equal(number(k, COLUMN_QUIC_VERSION), 0xffffffff);
	assert_int_equal(number(k, COLUMN_TLS_VERSION), 3);
	app_kept_free(k, &b);
	assert_int_equal(b.left, BUDGET);
}

static void
a_copy_is_its_own(void **state)
{
	struct app_budget b = { .left = BUDGET };
	struct app_kept *k = NULL, *copy;

	(void)state;
	assert_null(app_kept_copy(NULL, &b));
	merge(&k, &b, COLUMN_DNS_TYPE, 1, false);
	copy = app_kept_copy(k, &b);
	assert_non_null(copy);
	merge(&copy, &b, COLUMN_DNS_RCODE, 2, false);
	assert_int_equal(number(k, COLUMN_DNS_RCODE), -1);
	app_kept_free(k, &b);
	assert_int_equal(number(copy, COLUMN_DNS_TYPE), 1);
	app_kept_free(copy, &b);
	assert_int_equal(b.left, BUDGET);
}

static void
without_budget_nothing_changes(void **state)
{
	struct app_budget b = { .left = 30 };
	struct app_kept *k = NULL;
	struct app_found f;

	(void)state;
	merge(&k, &b, COLUMN_DNS_TYPE, 1, false);
	f.len = 0;
	app_found_text(&f, COLUMN_DNS_QUERY, "a name that is too long", 23);
	assert_false(app_kept_merge(&k, &f, &b));
	assert_int_equal(b.refused, 1);
	assert_int_equal(number(k, COLUMN_DNS_TYPE), 1);
	assert_null(app_kept_copy(k, &b));
	assert_int_equal(b.refused, 2);
	app_kept_free(k, &b);
	assert_int_equal(b.left, 30);
}

static void
what_does_not_fit_is_left_out(void **state)
{
	uint8_t octets[300];
	char text[APP_TEXT_MAX];
	struct app_found f;

	(void)state;
	memset(octets, 0xff, sizeof(octets));
	assert_int_equal(app_escape(text, octets, sizeof(octets)), APP_TEXT_MAX);
	assert_memory_equal(text, "\\255\\255", 8);
	f.len = 0;
	for (unsigned i = 0; i < 10; i++)
		app_found_text(&f, COLUMN_DNS_QUERY, octets, sizeof(octets));
	assert_int_equal(f.len, APP_FOUND_MAX); /* four of the ten */
	f.len = 0;
	app_found_text(&f, COLUMN_DNS_QUERY, "", 0);
	assert_int_equal(f.len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_stays_the_firm_wins),
		cmocka_unit_test(a_copy_is_its_own),
		cmocka_unit_test(without_budget_nothing_changes),
		cmocka_unit_test(what_does_not_fit_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
