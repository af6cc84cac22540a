/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/finding.h"

#include <string.h>

#include "tests/unit.h"

/* DESIGN's table: name, exit status, and the order in which the worst wins. */
static void
verdicts(void **state)
{
	static const struct {
		const char *name;
		int exit;
	} want[] = { { "VERIFIED", 0 }, { "UNANCHORED", 3 }, { "UNTRUSTED", 6 }, { "ERROR", 2 },
		{ "INCOMPLETE", 4 }, { "MALFORMED", 5 }, { "MODIFIED", 1 }, { "FORKED", 1 } };

	(void)state;
	assert_int_equal(ARRAY_LEN(want), VERDICT_COUNT);
	for (int v = 0; v < VERDICT_COUNT; v++) {
		assert_string_equal(verdict_name((enum verdict)v), want[v].name);
		assert_int_equal(verdict_exit((enum verdict)v), want[v].exit);
	}
	assert_int_equal(verdict_worst(VERDICT_FORKED, VERDICT_MODIFIED), VERDICT_FORKED);
	assert_int_equal(verdict_worst(VERDICT_ERROR, VERDICT_INCOMPLETE), VERDICT_INCOMPLETE);
}

static void
codes(void **state)
{
	(void)state;
	assert_int_equal(FINDING_COUNT, 21);
	assert_int_equal(NOTICE_COUNT, 8);
	assert_string_equal(finding_name(FINDING_CHUNK_HASH), "CHUNK_HASH");
	assert_int_equal(finding_verdict(FINDING_FORK), VERDICT_FORKED);
	assert_int_equal(finding_verdict(FINDING_COUNTS), VERDICT_MALFORMED);
	assert_int_equal(finding_verdict(FINDING_DERIVATION), VERDICT_MALFORMED);
	assert_int_equal(finding_by_name("DUPLICATE_KEY"), FINDING_DUPLICATE_KEY);
	assert_int_equal(finding_by_name("no such code"), FINDING_SCHEMA);
	assert_int_equal(finding_by_name(NULL), FINDING_SCHEMA);
}

static void
text_is_escaped(void **state)
{
	struct findings l = { .list = NULL };

	(void)state;
	findings_add(&l, FINDING_SIGNATURE, "a\033[31m\n", "it says %s", "\302\233");
	assert_int_equal(l.count, 1);
	assert_string_equal(l.list[0].file, "a\\x1b[31m\\x0a");
	assert_string_equal(l.list[0].text, "it says \\xc2\\x9b");
	assert_false(l.list[0].placed);
	assert_int_equal(l.verdict, VERDICT_MODIFIED);
	findings_free(&l);
}

static void
lists_are_bounded(void **state)
{
	struct findings l = { .list = NULL };
	struct findings more = { .list = NULL };
	struct notices n = { .list = NULL };

	(void)state;
	for (int i = 0; i < FINDINGS_MAX + 5; i++)
		findings_add_at(&l, FINDING_FILE_MISSING, "x", (uint64_t)(FINDINGS_MAX - i), 1, "y");
	findings_add(&more, FINDING_FORK, NULL, "fork");
	findings_move(&l, &more);
	assert_int_equal(more.count, 0);
	assert_int_equal(l.count, FINDINGS_MAX);
	assert_int_equal(l.dropped, 6);
	assert_int_equal(l.verdict, VERDICT_FORKED); /* also what was left out counts */
	findings_sort(&l);
	assert_int_equal(l.list[0].offset, 1);
	assert_int_equal(l.list[FINDINGS_MAX - 1].offset, FINDINGS_MAX);
	findings_free(&l);
	for (int i = 0; i < NOTICES_MAX + 2; i++)
		notices_add(&n, NOTICE_UNLISTED_FILE, "x", "y");
	assert_int_equal(n.count, NOTICES_MAX);
	assert_int_equal(n.dropped, 2);
	notices_free(&n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts),
		cmocka_unit_test(codes),
		cmocka_unit_test(text_is_escaped),
		cmocka_unit_test(lists_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
