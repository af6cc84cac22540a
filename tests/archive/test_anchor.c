/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/anchor.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

/* Below the working directory, as realpath(3) has it. */
static void
expect_below(const char *path, const char *want)
{
	char out[FILE_PATH_MAX] = "";
	char *here = realpath(".", NULL);
	size_t len = strlen(here);

	assert_true(anchor_resolve(out, path));
	assert_memory_equal(out, here, len);
	assert_string_equal(out + len, want);
	free(here);
}

static void
test_resolve(void **state)
{
	char out[FILE_PATH_MAX] = "";

	(void)state;
	assert_int_equal(mkdir("there", 0755), 0);
	assert_int_equal(symlink("there", "link"), 0);
	expect_below(".", "");
	expect_below("there", "/there");
	expect_below("link", "/there");
	expect_below("link//absent/", "/there/absent");
	expect_below("absent", "/absent");
	expect_below("./a//b/../c///", "/a/b/../c");
	assert_true(anchor_resolve(out, "/"));
	assert_string_equal(out, "/");
	assert_true(anchor_resolve(out, "//no-such-directory/x"));
	assert_string_equal(out, "/no-such-directory/x");
	assert_false(anchor_resolve(out, ""));
}

/* As many names as a path can hold: no recursion into each of them. */
static void
test_resolve_deep(void **state)
{
	char deep[FILE_PATH_MAX + 8], out[FILE_PATH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof deep; i += 2)
		memcpy(deep + i, "/q", 2);
	deep[FILE_PATH_MAX - 2] = '\0';
	assert_true(anchor_resolve(out, deep));
	assert_string_equal(out, deep);
	deep[FILE_PATH_MAX - 2] = '/';
	deep[FILE_PATH_MAX] = '\0';
	assert_false(anchor_resolve(out, deep));
	assert_false(anchor_resolve(out, deep + 1)); /* with the working directory it is too long */
}

static void
test_store_and_find(void **state)
{
	struct anchor a = { .archive = "00112233445566778899aabbccddeeff", .sequence = 7,
		.manifest = "2026/11/23/x.manifest.json", .closed = true };
	struct anchor b;
	bool by_path = true;

	(void)state;
	memset(a.genesis, 0xab, sizeof a.genesis);
	memset(a.manifest_sha256, 0xcd, sizeof a.manifest_sha256);
	assert_true(anchor_resolve(a.path, "case"));
	assert_int_equal(mkdir("state", 0755), 0);
	assert_int_equal(mkdir("state/anchors", 0755), 0);
	assert_int_equal(anchor_find("state", a.archive, "case", &b, &by_path, NULL), STATUS_ABSENT);
	assert_false(by_path);
	assert_int_equal(anchor_store("state", &a, NULL), STATUS_OK);
	assert_int_equal(anchor_find("state", a.archive, NULL, &b, &by_path, NULL), STATUS_OK);
	assert_false(by_path);
	assert_int_equal(b.sequence, 7);
	assert_true(b.closed);
	assert_string_equal(b.path, a.path);
	assert_string_equal(b.manifest, a.manifest);
	assert_memory_equal(b.genesis, a.genesis, sizeof a.genesis);
	assert_memory_equal(b.manifest_sha256, a.manifest_sha256, sizeof a.manifest_sha256);
	assert_int_equal(anchor_find("state", NULL, "./case/", &b, &by_path, NULL), STATUS_OK);
	assert_true(by_path);
	assert_int_equal(chmod("state/anchors", 0777), 0); /* others could have written it */
	assert_int_equal(anchor_find("state", a.archive, "case", &b, &by_path, NULL), STATUS_ABSENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_resolve_deep),
		cmocka_unit_test(test_store_and_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
