/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/privilege.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/seccomp.h"
#include "unit.h"

enum { NOT_HERE = 77 };

/* The exit status of work done in a child, whose rights are gone with it. */
static int
in_child(int (*work)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(work());
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
names_and_numbers(void **state)
{
	struct identity id;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(identity_find("root", NULL, &id, &f), STATUS_OK);
	assert_int_equal(id.uid, 0);
	assert_int_equal(id.gid, 0);
	assert_int_equal(identity_find("0", "12345", &id, &f), STATUS_OK);
	assert_int_equal(id.uid, 0);
	assert_int_equal(id.gid, 12345);
	assert_int_equal(identity_find("54321", NULL, &id, &f), STATUS_OK);
	assert_int_equal(id.uid, 54321);
	assert_int_equal(id.gid, 54321);
	assert_int_equal(identity_find("no such user", NULL, &id, &f), STATUS_USAGE);
	assert_string_equal(f.text, "there is no user no such user");
	/* The number that means "unchanged". */
	assert_int_equal(identity_find("4294967295", NULL, &id, NULL), STATUS_USAGE);
	assert_int_equal(identity_find("-1", NULL, &id, NULL), STATUS_USAGE);
	assert_int_equal(identity_find("root", "4294967295", &id, NULL), STATUS_USAGE);
	assert_int_equal(id.uid, 54321); /* untouched */
}

static int
drops(void)
{
	struct identity id;
	struct stat st;
	gid_t groups[8];

	if (identity_find("54321", "54322", &id, NULL) != STATUS_OK ||
	    identity_own(&id, "theirs/deep", 0755, NULL) != STATUS_OK ||
	    privilege_drop(&id, NULL) != STATUS_OK)
		return 1;
	if (getuid() != 54321 || geteuid() != 54321 || getgid() != 54322 || getegid() != 54322)
		return 2;
	if (getgroups(8, groups) != 1 || groups[0] != 54322)
		return 3;
	if (setuid(0) == 0 || setgid(0) == 0 || seteuid(0) == 0)
		return 4;
	if (stat("theirs/deep", &st) != 0 || st.st_uid != 54321 || st.st_gid != 54322)
		return 5;
	if (chown("theirs/deep", 0, 0) == 0 || socket(AF_INET, SOCK_RAW, 1) >= 0)
		return 6;
	return privilege_drop(&id, NULL) == STATUS_OK ? 0 : 7; /* it is who it is */
}

/* A directory that is there is not given away. */
static int
keeps_what_is_there(void)
{
	struct identity id;
	struct stat st;

	if (mkdir("ours", 0700) != 0 || identity_find("54321", NULL, &id, NULL) != STATUS_OK ||
	    identity_own(&id, "ours", 0755, NULL) != STATUS_OK)
		return 1;
	return stat("ours", &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 0777) == 0700 ? 0 : 2;
}

static void
nothing_is_kept(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("skip: only root can become another user\n");
		skip();
	}
	assert_int_equal(in_child(drops), 0);
	assert_int_equal(in_child(keeps_what_is_there), 0);
}

static int
ordinary(void)
{
	struct identity id;
	struct fault f = { 0 };

	if (geteuid() == 0 && (setgid(54322) != 0 || setuid(54321) != 0))
		return 1;
	if (identity_find("54399", NULL, &id, NULL) != STATUS_OK ||
	    privilege_drop(&id, &f) != STATUS_USAGE)
		return 2;
	if (strcmp(f.text, "only root can become user 54399") != 0)
		return 3;
	return privilege_drop(NULL, NULL) == STATUS_OK ? 0 : 4;
}

static void
only_root_becomes_another(void **state)
{
	(void)state;
	assert_int_equal(in_child(ordinary), 0);
}

/* In the child: 0, NOT_HERE, or the number of what went wrong. */
static int
confined(void)
{
	char name[] = "true";
	char *const argv[] = { name, NULL };
	int fds[2];
	FILE *f;

	if (!seccomp_confine())
		return NOT_HERE;
	if (execv("/bin/true", argv) == 0 || errno != ENOSYS)
		return 1;
	if (fork() >= 0)
		return 2;
	if (socket(AF_INET, SOCK_DGRAM, 0) >= 0 || errno != EACCES)
		return 3;
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0 || kill(getppid(), 0) == 0)
		return 4;
	if (setuid(54321) == 0)
		return 5;
	f = fopen("written", "w");
	if (f == NULL || fputs("still", f) < 0 || fflush(f) != 0 || fsync(fileno(f)) != 0 ||
	    fclose(f) != 0 || rename("written", "renamed") != 0 || unlink("renamed") != 0)
		return 6;
	if (mkdir("made", 0700) != 0 || rmdir("made") != 0)
		return 7;
	return socket(AF_UNIX, SOCK_DGRAM, 0) >= 0 ? 0 : 8;
}

static void
few_system_calls_are_left(void **state)
{
	int status = in_child(confined);

	(void)state;
	if (status == NOT_HERE) {
		print_message("skip: no seccomp in this kernel or build\n");
		skip();
	}
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_numbers),
		cmocka_unit_test(nothing_is_kept),
		cmocka_unit_test(only_root_becomes_another),
		cmocka_unit_test(few_system_calls_are_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
