/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

/* Each test runs in an empty directory (tests/run.sh), and makes one of its own below it. */
static int
enter(void **state)
{
	char name[] = "file.XXXXXX";

	(void)state;
	return mkdtemp(name) == NULL ? -1 : chdir(name);
}

static void
nothing_is_replaced(void **state)
{
	struct fault f = { 0 };
	struct buf b = { 0 };

	(void)state;
	assert_int_equal(file_write_new("a", 0600, "old", 3, &f), STATUS_OK);
	assert_int_equal(file_write_new("b", 0600, "new", 3, &f), STATUS_OK);
	assert_int_equal(file_rename_new("b", "a", &f), STATUS_EXISTS);
	assert_string_equal(f.file, "a");
	assert_string_equal(f.text, "already there; nothing is ever replaced");
	f.status = STATUS_OK;
	assert_int_equal(file_write_new("a", 0600, "x", 1, &f), STATUS_EXISTS);
	f.status = STATUS_OK;
	assert_int_equal(file_slurp("a", 3, &b, &f), STATUS_OK);
	assert_string_equal(buf_cstr(&b), "old");
	assert_int_equal(file_rename_new("b", "c", &f), STATUS_OK);
	assert_false(file_exists("b"));
	/* A rename that a crash left half done: one file with both names. */
	assert_int_equal(link("c", "d"), 0);
	assert_int_equal(file_rename_new("c", "d", &f), STATUS_OK);
	assert_false(file_exists("c"));
	assert_true(file_exists("d"));
	assert_int_equal(file_replace("a", 0600, "newer", 5, &f), STATUS_OK);
	buf_reset(&b);
	assert_int_equal(file_slurp("a", 5, &b, &f), STATUS_OK);
	assert_string_equal(buf_cstr(&b), "newer");
	buf_free(&b);
}

static void
only_regular_files_are_read(void **state)
{
	struct fault f = { 0 };
	struct buf b = { 0 };
	int fd;

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(symlink("a", "link"), 0);
	assert_int_equal(file_open_regular("fifo", &fd, NULL, &f), STATUS_UNSUPPORTED);
	assert_string_equal(f.text, "not a regular file");
	assert_int_equal(file_open_regular("link", &fd, NULL, NULL), STATUS_UNSUPPORTED);
	assert_int_equal(file_open_regular(".", &fd, NULL, NULL), STATUS_UNSUPPORTED);
	assert_int_equal(file_open_regular("absent", &fd, NULL, NULL), STATUS_ABSENT);
	f.status = STATUS_OK;
	assert_int_equal(file_slurp("a", 4, &b, &f), STATUS_LIMIT);
	assert_string_equal(f.text, "5 bytes are above the limit of 4");
	buf_free(&b);
}

static void
a_read_behind_the_end_is_named(void **state)
{
	struct fault f = { 0 };
	uint8_t out[8];
	int fd;

	(void)state;
	assert_int_equal(file_open_read("a", &fd, &f), STATUS_OK);
	assert_int_equal(file_read_at(fd, out, 5, 0, "a", &f), STATUS_OK);
	assert_memory_equal(out, "newer", 5);
	assert_int_equal(file_read_at(fd, out, 5, 3, "a", &f), STATUS_TRUNCATED);
	assert_true(f.at_offset);
	assert_int_equal(f.offset, 5);
	assert_string_equal(f.text, "the file ends 3 bytes early");
	assert_int_equal(file_read_at(fd, out, 5, UINT64_MAX, "a", NULL), STATUS_TRUNCATED);
	assert_int_equal(file_close(fd, "a", &f), STATUS_OK);
}

static void
directories_and_locks(void **state)
{
	char parent[FILE_PATH_MAX];
	struct fault f = { 0 };
	int one, two;

	(void)state;
	assert_int_equal(file_make_dirs("x/y/z", 0755, &f), STATUS_OK);
	assert_int_equal(file_make_dirs("x/y/z", 0755, &f), STATUS_OK);
	assert_int_equal(file_make_dirs("a/b", 0755, &f), STATUS_IO);
	assert_int_equal(file_lock("lock", &one, NULL), STATUS_OK);
	f.status = STATUS_OK;
	assert_int_equal(file_lock("lock", &two, &f), STATUS_LOCKED);
	assert_string_equal(f.text, "another writer holds this archive");
	close(one);
	assert_int_equal(file_lock("lock", &two, NULL), STATUS_OK);
	close(two);
	file_parent(parent, "a/b/c");
	assert_string_equal(parent, "a/b");
	file_parent(parent, "/c");
	assert_string_equal(parent, "/");
	file_parent(parent, "c");
	assert_string_equal(parent, ".");
}

static void
a_text_is_printed_whole_or_is_a_failure(void **state)
{
	struct fault f = { 0 };
	struct buf text = { 0 }, seen = { 0 };
	int kept = dup(STDOUT_FILENO), fd;

	(void)state;
	assert_true(kept >= 0);
	buf_str(&text, "all of it\n");
	assert_int_equal(file_create("printed", 0600, &fd, &f), STATUS_OK);
	assert_int_equal(file_print(fd, &text, &f), STATUS_OK);
	close(fd);
	assert_int_equal(file_slurp("printed", 64, &seen, &f), STATUS_OK);
	assert_string_equal(buf_cstr(&seen), "all of it\n");
	close(STDOUT_FILENO);
	assert_int_equal(file_print(STDOUT_FILENO, &text, &f), STATUS_IO);
	assert_int_equal(dup2(kept, STDOUT_FILENO), STDOUT_FILENO);
	close(kept);
	assert_string_equal(f.file, "standard output");
	text.failed = true;
	f.status = STATUS_OK;
	assert_int_equal(file_print(STDOUT_FILENO, &text, &f), STATUS_NO_MEMORY);
	buf_free(&text);
	buf_free(&seen);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_replaced),
		cmocka_unit_test(only_regular_files_are_read),
		cmocka_unit_test(a_read_behind_the_end_is_named),
		cmocka_unit_test(directories_and_locks),
		cmocka_unit_test(a_text_is_printed_whole_or_is_a_failure),
	};

	return cmocka_run_group_tests(tests, enter, NULL);
}
