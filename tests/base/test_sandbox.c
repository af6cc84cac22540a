/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sandbox.h"

enum { NOT_HERE = 77 };

static bool
refused(const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EACCES;
}

static bool
readable(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY);
	bool ok = fd >= 0 && read(fd, &byte, 1) == 1;

	close(fd);
	return ok;
}

/* In the child: 0, NOT_HERE, or the number of what went wrong. */
static int
confined(void)
{
	const char *const dirs[] = { "in", "absent" };
	char name[] = "true";
	char *const argv[] = { name, NULL };

	if (!sandbox_read_only(dirs, ARRAY_LEN(dirs)))
		return NOT_HERE;
	if (!readable("in/file"))
		return 1;
	if (!refused("out/file", O_RDONLY) || !refused("in/../out/file", O_RDONLY))
		return 2;
	if (!refused("in/file", O_WRONLY) || !refused("in/file", O_RDWR))
		return 3;
	if (!refused("in/new", O_WRONLY | O_CREAT) || !refused("new", O_WRONLY | O_CREAT))
		return 4;
	if (unlink("in/file") == 0 || mkdir("in/dir", 0700) == 0 || rename("in/file", "in/x") == 0)
		return 5;
	if (execv("/bin/true", argv) == 0 || errno != EACCES)
		return 6;
	return 0;
}

static void
put(const char *path)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fputs("x", f) >= 0, 1);
	assert_int_equal(fclose(f), 0);
}

static void
test_only_reading_below(void **state)
{
	char place[] = "sandbox-XXXXXX";
	int status;
	pid_t pid;

	(void)state;
	assert_non_null(mkdtemp(place));
	assert_int_equal(chdir(place), 0);
	assert_int_equal(mkdir("in", 0700) | mkdir("out", 0700), 0);
	put("in/file");
	put("out/file");
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0)
		_exit(confined());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NOT_HERE) {
		print_message("skip: no Landlock in this kernel or build\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
	put("out/file"); /* the parent is as free as before */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_reading_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
