/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/pidfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static void
write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
read_text(const char *path, char *out, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(out, 1, size - 1, f);
	out[n] = '\0';
	fclose(f);
}

static void
holds_the_number_and_goes(void **state)
{
	struct pidfile p;
	struct fault f = { 0 };
	struct stat st;
	char text[64], want[64];

	(void)state;
	write_text("pid", "99999\n"); /* what a killed process left */
	assert_int_equal(pidfile_open(&p, "pid", &f), STATUS_OK);
	read_text("pid", text, sizeof text);
	snprintf(want, sizeof want, "%ld\n", (long)getpid());
	assert_string_equal(text, want);
	assert_int_equal(stat("pid", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	pidfile_close(&p);
	assert_int_not_equal(access("pid", F_OK), 0);
	pidfile_close(&p); /* nothing any more */
}

static void
a_second_one_is_refused(void **state)
{
	struct pidfile p, q;
	struct fault f = { 0 };
	char want[64];

	(void)state;
	assert_int_equal(pidfile_open(&p, "pid", &f), STATUS_OK);
	assert_int_equal(pidfile_open(&q, "pid", &f), STATUS_LOCKED);
	snprintf(want, sizeof want, "process %ld runs already", (long)getpid());
	assert_string_equal(f.text, want);
	pidfile_close(&p);
	f = (struct fault) { 0 };
	assert_int_equal(pidfile_open(&q, "pid", &f), STATUS_OK);
	pidfile_close(&q);
}

static void
other_files_stay_as_they_are(void **state)
{
	static const char *const texts[] = { "12 monkeys\n", "evidence", "1\n2\n", " 5\n",
		"123456789012345678901234567890\n" };
	struct pidfile p;
	char text[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct fault f = { 0 };

		write_text("theirs", texts[i]);
		assert_int_equal(pidfile_open(&p, "theirs", &f), STATUS_EXISTS);
		assert_string_equal(f.text, "is there and is no pid file");
		read_text("theirs", text, sizeof text);
		assert_string_equal(text, texts[i]);
	}
	unlink("theirs");
	assert_int_equal(symlink("elsewhere", "link"), 0);
	assert_int_not_equal(pidfile_open(&p, "link", NULL), STATUS_OK);
	assert_int_not_equal(access("elsewhere", F_OK), 0);
	unlink("link");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_the_number_and_goes),
		cmocka_unit_test(a_second_one_is_refused),
		cmocka_unit_test(other_files_stay_as_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
