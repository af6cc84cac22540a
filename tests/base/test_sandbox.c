/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
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

static bool
no_call(long result)
{
	return result == -1 && errno == EACCES;
}

static void *
in_a_thread(void *ctx)
{
	*(bool *)ctx = refused("in/file", O_RDWR) && readable("in/file");
	return NULL;
}

/* As confined(), for seccomp: all can be read, nothing else done. */
static int
without_calls(void)
{
	char name[] = "true";
	char *const argv[] = { name, NULL };
	bool thread_too = false;
	pthread_t thread;
	int fd = open("in/file", O_RDWR); /* stays as it is */

	if (!sandbox_calls())
		return NOT_HERE;
	if (!readable("in/file") || !readable("out/file") || pwrite(fd, "x", 1, 0) != 1)
		return 1;
	if (!refused("in/file", O_WRONLY) || !refused("in/file", O_RDWR | O_TRUNC) ||
	    !refused("in/new", O_WRONLY | O_CREAT) || !refused("in", O_TMPFILE | O_RDWR))
		return 2;
	if (!no_call(unlink("in/file")) || !no_call(mkdir("in/dir", 0700)) ||
	    !no_call(rename("in/file", "in/x")) || !no_call(symlink("a", "in/b")) ||
	    !no_call(link("in/file", "in/c")) || !no_call(truncate("in/file", 0)) ||
	    !no_call(ftruncate(fd, 0)) || !no_call(chmod("in/file", 0)) || !no_call(rmdir("in")) ||
	    !no_call(mkfifo("in/fifo", 0600)) || !no_call(utimensat(AT_FDCWD, "in/file", NULL, 0)))
		return 3;
	if (!no_call(socket(AF_INET, SOCK_STREAM, 0)) || !no_call(socket(AF_INET, SOCK_DGRAM, 0)) ||
	    !no_call(socket(AF_UNIX, SOCK_STREAM, 0)))
		return 4;
	if (!no_call(execv("/bin/true", argv)) || !no_call(fork()) || !no_call(kill(getppid(), 0)))
		return 5;
	if (pthread_create(&thread, NULL, in_a_thread, &thread_too) != 0 ||
	    pthread_join(thread, NULL) != 0 || !thread_too)
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

/* In a child, in a directory with in/file and out/file. */
static void
run(int (*what)(void), const char *lack)
{
	char place[] = "sandbox-XXXXXX";
	int status;
	pid_t pid;

	assert_non_null(mkdtemp(place));
	assert_int_equal(chdir(place), 0);
	assert_int_equal(mkdir("in", 0700) | mkdir("out", 0700), 0);
	put("in/file");
	put("out/file");
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0)
		_exit(what());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NOT_HERE) {
		print_message("skip: no %s in this kernel or build\n", lack);
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
	put("out/file"); /* the parent is as free as before */
	assert_int_equal(chdir(".."), 0);
}

static void
test_only_reading_below(void **state)
{
	(void)state;
	run(confined, "Landlock");
}

static void
test_no_other_calls(void **state)
{
	(void)state;
	run(without_calls, "seccomp");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_reading_below),
		cmocka_unit_test(test_no_other_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
