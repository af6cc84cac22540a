/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hook.h"

#define SECOND INT64_C(1000000000)

static const struct hook_value values[] = { { 'm', "/an archive/m.json" }, { 'i', "edge" } };

/* What a command of sh's leaves in a file. */
static void
run(const char *command, const char *want, int status)
{
	struct hook_result result;
	struct fault f = { 0 };
	struct hook *h = NULL;
	char got[256] = "";
	FILE *file;

	(void)unlink("hook.out");
	assert_int_equal(hook_open(command, "mi", true, &h, &f), STATUS_OK);
	assert_int_equal(hook_run(h, "seven", values, 2, &f), STATUS_OK);
	assert_true(hook_last(h, clock_monotonic_nanos() + 20 * SECOND, &result));
	assert_string_equal(result.label, "seven");
	assert_int_equal(result.status, status);
	assert_false(hook_last(h, clock_monotonic_nanos() + 20 * SECOND, &result));
	hook_close(h);
	file = fopen("hook.out", "r");
	if (file != NULL) {
		got[fread(got, 1, sizeof got - 1, file)] = '\0';
		fclose(file);
	}
	assert_string_equal(got, want);
}

static void
words_and_values(void **state)
{
	(void)state;
	run("sh -c 'printf \"%%s|\" \"$@\" >hook.out' x", "/an archive/m.json|", 0);
	run("sh -c 'printf \"%%s|\" \"$@\" >hook.out' x %i a%%b \"c  d\"-%m''", "edge|a%b|c  d-/an archive/m.json|", 0);
	run("sh -c 'exit 7'", "", 7);
	run("sh -c 'kill -9 $$'", "", 137);
	run("./there is no such", "", HOOK_NOT_STARTED);
}

static void
refused(void **state)
{
	static const char *const commands[] = { "", "  \t", "a 'b", "a %x", "a %", "a %%%" };
	struct fault f;
	struct hook *h = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		f = (struct fault) { 0 };
		assert_int_equal(hook_open(commands[i], "mi", true, &h, &f), STATUS_USAGE);
		assert_null(h);
	}
}

/* Orders wait for a place, none is lost without a word, and nobody waits for them. */
static void
many(void **state)
{
	struct hook_result result;
	struct fault f = { 0 };
	struct hook *h = NULL;
	unsigned taken = 0, done = 0;

	(void)state;
	assert_int_equal(hook_open("sleep 0.02", "", true, &h, &f), STATUS_OK);
	for (unsigned i = 0; i < 20; i++)
		taken += hook_run(h, "", NULL, 0, &f) == STATUS_OK;
	assert_int_equal(taken, 20);
	while (hook_last(h, clock_monotonic_nanos() + 30 * SECOND, &result)) {
		assert_int_equal(result.status, 0);
		done++;
	}
	assert_int_equal(done, taken);
	hook_close(h);
}

static void
too_many(void **state)
{
	struct fault f = { 0 };
	struct hook *h = NULL;
	enum status st = STATUS_OK;
	unsigned taken = 0;

	(void)state;
	assert_int_equal(hook_open("sleep 0.05", "", true, &h, &f), STATUS_OK);
	for (; st == STATUS_OK && taken < 100000; taken++)
		st = hook_run(h, "", NULL, 0, &f);
	assert_int_equal(st, STATUS_LIMIT);
	hook_close(h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_and_values),
		cmocka_unit_test(refused),
		cmocka_unit_test(many),
		cmocka_unit_test(too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
