/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/activation.h"

static char self[24];

static enum status
ask(const char *pid, const char *fds, size_t *count)
{
	struct fault f = { 0 };

	return activation_sockets(pid, fds, count, &f);
}

static void
nothing_is_meant(void **state)
{
	size_t count = 9;

	(void)state;
	assert_int_equal(ask(NULL, NULL, &count), STATUS_OK);
	assert_int_equal(count, 0);
	assert_int_equal(ask("1", "2", &count), STATUS_OK);
	assert_int_equal(count, 0);
	assert_int_equal(ask("none", "2", &count), STATUS_OK);
	assert_int_equal(count, 0);
	assert_int_equal(ask(self, NULL, &count), STATUS_OK);
	assert_int_equal(count, 0);
	assert_int_equal(ask(self, "0", &count), STATUS_OK);
	assert_int_equal(count, 0);
}

static void
what_is_handed_over(void **state)
{
	size_t count;

	(void)state;
	assert_true(dup2(STDERR_FILENO, 3) == 3 && dup2(STDERR_FILENO, 4) == 4);
	assert_int_equal(ask(self, "2", &count), STATUS_OK);
	assert_int_equal(count, 2);
	assert_int_equal(fcntl(3, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(fcntl(4, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	(void)close(4);
	assert_int_equal(ask(self, "2", &count), STATUS_USAGE);
	assert_int_equal(ask(self, "65", &count), STATUS_USAGE);
	assert_int_equal(ask(self, "-1", &count), STATUS_USAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_meant),
		cmocka_unit_test(what_is_handed_over),
	};

	snprintf(self, sizeof self, "%ld", (long)getpid());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
