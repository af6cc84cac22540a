/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/replay_option.h"

#include <string.h>

#include "unit.h"

enum { ARGUMENTS_MAX = 32 };

/* Words apart by a space, behind the subcommand's name. */
static enum status
parse(struct replay_options *o, const char *line)
{
	static char text[512];
	char *argv[ARGUMENTS_MAX] = { text };
	struct fault f = { 0 };
	int argc = 0;

	strcpy(text, "replay ");
	strcat(text, line);
	for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " "))
		argv[argc++] = word;
	replay_options_init(o);
	return replay_options_parse(o, argc, argv, &f);
}

/* Before the first --to for all that have none of their own, behind one for that one. */
static void
whose_option(void **state)
{
	static struct replay_options o;

	(void)state;
	assert_int_equal(parse(&o, "--rate 5 --to a --rate 7 --format x --to b case --to c --speed 10x tcp"),
	    STATUS_OK);
	assert_int_equal(o.target_count, 3);
	assert_int_equal(o.targets[0].rate, 7);
	assert_int_equal(o.targets[1].rate, 5);
	assert_string_equal(o.targets[0].format, "x");
	assert_null(o.targets[1].format);
	assert_int_equal(o.targets[1].speed, 0);
	assert_int_equal(o.targets[2].speed, 10000);
	assert_string_equal(o.path, "case");
	assert_string_equal(buf_cstr(&o.filter), "tcp");
	replay_options_free(&o);
}

static void
rates(void **state)
{
	static const struct {
		const char *text;
		uint64_t rate;
		enum schedule_unit unit;
	} good[] = { { "5000", 5000, SCHEDULE_FLOWS }, { "5k/s", 5000, SCHEDULE_FLOWS },
		{ "300d", 300, SCHEDULE_DATAGRAMS }, { "2Mbit/s", 2000000, SCHEDULE_BITS },
		{ "7flows/s", 7, SCHEDULE_FLOWS }, { "1Gbits", 1000000000, SCHEDULE_BITS }, { "0", 0, SCHEDULE_FLOWS },
		{ "1Kdatagrams", 1000, SCHEDULE_DATAGRAMS } };
	static const char *const bad[] = { "", "k", "-1", "5kk", "5/m", "5d/", "5dd",
		"1000000000001", "1001G", "99999999999999999999999", "0x5" };
	static struct replay_options o;
	char line[100];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		snprintf(line, sizeof line, "case --to a --rate=%s", good[i].text);
		assert_int_equal(parse(&o, line), STATUS_OK);
		assert_int_equal(o.targets[0].rate, good[i].rate);
		assert_int_equal(o.targets[0].unit, good[i].unit);
		assert_int_equal(target_rate(&o.targets[0], false), good[i].rate);
		replay_options_free(&o);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		snprintf(line, sizeof line, "case --to a --rate=%s", bad[i]);
		assert_int_equal(parse(&o, line), STATUS_USAGE);
		replay_options_free(&o);
	}
	/* nobody asked: what receivers take, or the archive's own */
	assert_int_equal(parse(&o, "case --to a --to b --speed 1x"), STATUS_OK);
	assert_int_equal(target_rate(&o.targets[0], false), REPLAY_RATE_DEFAULT);
	assert_int_equal(target_rate(&o.targets[0], true), REPLAY_DATAGRAMS_DEFAULT);
	assert_int_equal(target_rate(&o.targets[1], false), 0);
	replay_options_free(&o);
}

static void
speeds(void **state)
{
	static const struct {
		const char *text;
		uint64_t speed; /* UINT64_MAX: none */
	} cases[] = { { "1x", 1000 }, { "10", 10000 }, { "0.5x", 500 }, { "0.125x", 125 }, { "max", 0 },
		{ "2.5x", 2500 }, { "1000000x", 1000000000 }, { "0x", UINT64_MAX }, { "x", UINT64_MAX },
		{ "1.2.3", UINT64_MAX }, { "0.0001", UINT64_MAX }, { "1xx", UINT64_MAX },
		{ "-1x", UINT64_MAX }, { "100000000000x", UINT64_MAX } };
	static struct replay_options o;
	char line[100];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		snprintf(line, sizeof line, "case --to a --speed %s", cases[i].text);
		if (cases[i].speed == UINT64_MAX) {
			assert_int_equal(parse(&o, line), STATUS_USAGE);
		} else {
			assert_int_equal(parse(&o, line), STATUS_OK);
			assert_int_equal(o.targets[0].speed, cases[i].speed);
		}
		replay_options_free(&o);
	}
}

static void
loops(void **state)
{
	static struct replay_options o;

	(void)state;
	assert_int_equal(parse(&o, "--to a case --to b --loop --to c --loop=7"), STATUS_OK);
	assert_int_equal(o.targets[0].loop, 1);
	assert_true(o.targets[1].loop == REPLAY_LOOP_FOREVER);
	assert_int_equal(o.targets[2].loop, 7);
	replay_options_free(&o);
	assert_int_equal(parse(&o, "case --to a --loop=0"), STATUS_USAGE);
	replay_options_free(&o);
}

static void
what_is_missing(void **state)
{
	static struct replay_options o;

	(void)state;
	assert_int_equal(parse(&o, "case"), STATUS_USAGE);
	replay_options_free(&o);
	assert_int_equal(parse(&o, "--to a"), STATUS_USAGE);
	replay_options_free(&o);
	assert_int_equal(parse(&o, "--help"), STATUS_OK);
	assert_true(o.help);
	replay_options_free(&o);
	assert_int_equal(parse(&o, "--window 2026-01-02..2026-01-01 case --to a"), STATUS_USAGE);
	replay_options_free(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whose_option),
		cmocka_unit_test(rates),
		cmocka_unit_test(speeds),
		cmocka_unit_test(loops),
		cmocka_unit_test(what_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
