/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/custody.h"

#include <unistd.h>

#include "../custody_line.h"

static const uint8_t zeros[SHA256_SIZE];

struct log {
	char dir[32], path[48];
	struct buf text;
	uint8_t last[SHA256_SIZE];
	size_t last_at;
};

static void
start(struct log *l)
{
	*l = (struct log) { .last_at = 0 };
	(void)snprintf(l->dir, sizeof l->dir, "custody-XXXXXX");
	assert_non_null(mkdtemp(l->dir));
	(void)snprintf(l->path, sizeof l->path, "%s/log", l->dir);
}

/* A line behind the others, which names that hash. */
static void
add(struct log *l, unsigned sequence, const uint8_t previous[SHA256_SIZE], const char *old, const char *new)
{
	struct buf line = { 0 };

	custody_line(&line, sequence, previous, old, new);
	l->last_at = l->text.len;
	assert_int_equal(sha256_of(line.data, line.len, l->last, NULL), STATUS_OK);
	buf_put(&l->text, line.data, line.len);
	buf_free(&line);
}

/* Judged on a machine that remembers nothing. */
static void
judge(struct log *l, struct custody_check *c)
{
	assert_int_equal(file_replace(l->path, 0644, l->text.data, l->text.len, NULL), STATUS_OK);
	custody_check(l->path, l->dir, c);
	assert_false(c->remembered);
}

static void
end(struct log *l, struct custody_check *c)
{
	custody_check_free(c);
	buf_free(&l->text);
	assert_int_equal(unlink(l->path), 0);
	assert_int_equal(rmdir(l->dir), 0);
}

/* One finding, at the line that was added last; the entries before it count. */
static void
expect(struct log *l, enum finding_code code, const char *text, uint64_t entries)
{
	struct custody_check c;
	size_t whole = l->text.len - l->last_at, at = l->last_at;

	judge(l, &c);
	assert_int_equal(c.findings.count, 1);
	assert_int_equal(c.findings.list[0].code, code);
	assert_true(c.findings.list[0].placed);
	assert_int_equal(c.findings.list[0].offset, at);
	assert_int_equal(c.findings.list[0].length, whole);
	assert_non_null(strstr(c.findings.list[0].text, text));
	assert_int_equal(c.head.sequence, entries);
	assert_int_not_equal(c.verdict, VERDICT_VERIFIED);
	end(l, &c);
}

static void
test_good(void **state)
{
	struct log l;
	struct custody_check c;

	(void)state;
	start(&l);
	add(&l, 1, zeros, NULL, NULL);
	add(&l, 2, l.last, NULL, NULL);
	add(&l, 3, l.last, "\"cut\":0,\"cut_sha256\":null", "\"cut\":9,\"cut_sha256\":"
	    "\"5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\"");
	buf_str(&l.text, "{\"for");
	judge(&l, &c);
	assert_int_equal(c.findings.count, 0);
	assert_int_equal(c.verdict, VERDICT_VERIFIED);
	assert_int_equal(c.head.sequence, 3);
	assert_memory_equal(c.head.sha256, l.last, SHA256_SIZE);
	assert_int_equal(c.cut, 9);
	assert_int_equal(c.torn, 5);
	assert_int_equal(c.key_count, 1);
	assert_int_equal(c.keys[0].entries, 3);
	end(&l, &c);
}

static void
test_places(void **state)
{
	uint8_t wrong[SHA256_SIZE] = { 1 };
	struct log l;

	(void)state;
	start(&l);
	add(&l, 1, wrong, NULL, NULL);
	expect(&l, FINDING_CHAIN, "line 1 is entry 1, and does not follow", 0);
	start(&l);
	add(&l, 2, zeros, NULL, NULL);
	expect(&l, FINDING_CHAIN, "line 1 is entry 2", 0);
	start(&l);
	add(&l, 1, zeros, NULL, NULL);
	add(&l, 3, l.last, NULL, NULL);
	expect(&l, FINDING_CHAIN, "line 2 is entry 3", 1);
	start(&l);
	add(&l, 1, zeros, NULL, NULL);
	add(&l, 2, zeros, NULL, NULL);
	expect(&l, FINDING_CHAIN, "line 2 is entry 2", 1);
	start(&l);
	add(&l, 1, zeros, NULL, NULL);
	add(&l, 1, l.last, NULL, NULL);
	expect(&l, FINDING_CHAIN, "line 2 is entry 1", 1);
}

static void
test_shapes(void **state)
{
	struct log l;

	(void)state;
	start(&l);
	add(&l, 1, zeros, NULL, NULL);
	add(&l, 2, l.last, "\"document\"", "\"foreign\"");
	expect(&l, FINDING_SCHEMA, "line 2: SCHEMA: key \"document\": is missing", 1);
	start(&l);
	add(&l, 1, zeros, NULL, NULL);
	add(&l, 2, l.last, "\"user\"", "\"cut\":0,\"user\"");
	expect(&l, FINDING_DUPLICATE_KEY, "line 2: DUPLICATE_KEY", 1);
	start(&l);
	add(&l, 1, zeros, NULL, NULL);
	add(&l, 2, l.last, "\"sequence\":2", "\"sequence\":\"2\"");
	expect(&l, FINDING_NON_CANONICAL, "line 2: NON_CANONICAL: written again it differs from byte 40 on", 1);
	start(&l);
	add(&l, 1, zeros, NULL, NULL);
	add(&l, 2, l.last, NULL, NULL);
	l.text.data[l.last_at + 157] ^= 1; /* within a name, once it was signed */
	expect(&l, FINDING_SIGNATURE, "line 2: SIGNATURE: entry 2", 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_shapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
