/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/option.h"

#include <string.h>

#include "unit.h"

static const struct option table[] = {
	{ 1, 'r', "read", "FILE", "" },
	{ 2, 'q', "quiet", NULL, "" },
	{ 3, '\0', "json", NULL, "" },
	{ 4, 'c', NULL, "N", "" },
	{ 5, '\0', "deep", "[=LIST]", "" },
	{ 6, 'z', NULL, "[=KIND]", NULL },
	{ 0, '\0', NULL, NULL, NULL },
};

/* argv is char *const *, and nobody writes into it: the words are copied once. */
static void
copy_words(char *argv[], char room[][16], const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		assert_true(strlen(words[i]) < sizeof room[i]);
		strcpy(room[i], words[i]);
		argv[i] = room[i];
	}
}

static void
expect(struct options *o, int id, const char *value)
{
	struct fault f = { 0 };
	const char *got;

	assert_int_equal(option_next(o, &got, &f), id);
	if (value == NULL)
		assert_null(got);
	else
		assert_string_equal(got, value);
}

static void
every_form_is_read(void **state)
{
	static const char *const words[] = { "show", "-rA", "-r", "B", "--read=C", "--read", "D",
		"-qqr", "E", "host", "-", "--json", "-c5", "--deep", "a", "--deep=b", "--deep=", "-z",
		"-zq", "-qz=lz4:2", "-z=", "--", "-q", "--json" };
	char room[ARRAY_LEN(words)][16];
	char *argv[ARRAY_LEN(words)];
	struct options o;

	(void)state;
	copy_words(argv, room, words, ARRAY_LEN(words));
	option_init(&o, table, ARRAY_LEN(argv), argv);
	expect(&o, 1, "A");
	expect(&o, 1, "B");
	expect(&o, 1, "C");
	expect(&o, 1, "D");
	expect(&o, 2, NULL);
	expect(&o, 2, NULL);
	expect(&o, 1, "E");
	expect(&o, OPTION_OPERAND, "host");
	expect(&o, OPTION_OPERAND, "-");
	expect(&o, 3, NULL);
	expect(&o, 4, "5");
	expect(&o, 5, NULL);
	expect(&o, OPTION_OPERAND, "a");
	expect(&o, 5, "b");
	expect(&o, 5, "");
	expect(&o, 6, NULL);
	expect(&o, 6, NULL);
	expect(&o, 2, NULL);
	expect(&o, 2, NULL);
	expect(&o, 6, "lz4:2");
	expect(&o, 6, "");
	expect(&o, OPTION_OPERAND, "-q");
	expect(&o, OPTION_OPERAND, "--json");
	expect(&o, OPTION_END, NULL);
}

static void
mistakes_are_named(void **state)
{
	static const struct {
		const char *word;
		const char *text;
	} bad[] = {
		{ "-x", "option -x is unknown; --help lists the options" },
		{ "--frob", "option --frob is unknown; --help lists the options" },
		{ "--rea", "option --rea is unknown; --help lists the options" },
		{ "--json=1", "option --json=1 takes no argument; --help lists the options" },
		{ "-r", "option -r needs an argument; --help lists the options" },
		{ "--read", "option --read needs an argument; --help lists the options" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const char *words[] = { "show", bad[i].word };
		char room[2][16];
		char *argv[2];
		struct fault f = { 0 };
		struct options o;
		const char *value;

		copy_words(argv, room, words, 2);
		option_init(&o, table, 2, argv);
		assert_int_equal(option_next(&o, &value, &f), OPTION_BAD);
		assert_int_equal(f.status, STATUS_USAGE);
		assert_string_equal(f.text, bad[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_is_read),
		cmocka_unit_test(mistakes_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
