/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/option.h"

#include <string.h>

void
option_init(struct options *o, const struct option *table, int argc, char **argv)
{
	*o = (struct options) { .table = table, .argc = argc, .argv = argv, .at = 1 };
}

static const struct option *
find_letter(const struct option *table, char letter)
{
	for (; table->id != 0; table++)
		if (table->letter == letter)
			return table;
	return NULL;
}

static const struct option *
find_name(const struct option *table, const char *name, size_t len)
{
	for (; table->id != 0; table++)
		if (table->name != NULL && strlen(table->name) == len &&
		    memcmp(table->name, name, len) == 0)
			return table;
	return NULL;
}

static int
bad(struct fault *f, const char *what, const char *why)
{
	(void)fault_set(f, STATUS_USAGE, NULL, "option %s %s; --help lists the options", what, why);
	return OPTION_BAD;
}

static bool
is_optional(const struct option *opt)
{
	return opt->arg != NULL && opt->arg[0] == '[';
}

/* The argument of an option that stands in the next word. */
static bool
next_word(struct options *o, const char **value)
{
	if (o->at >= o->argc)
		return false;
	*value = o->argv[o->at++];
	return true;
}

static int
long_option(struct options *o, const char *word, const char **value, struct fault *f)
{
	const char *name = word + 2;
	const char *equals = strchr(name, '=');
	size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);
	const struct option *opt = find_name(o->table, name, len);

	if (opt == NULL)
		return bad(f, word, "is unknown");
	if (opt->arg == NULL && equals != NULL)
		return bad(f, word, "takes no argument");
	if (opt->arg != NULL && equals != NULL)
		*value = equals + 1;
	else if (opt->arg != NULL && !is_optional(opt) && !next_word(o, value))
		return bad(f, word, "needs an argument");
	return opt->id;
}

static int
short_option(struct options *o, const char **value, struct fault *f)
{
	char shown[3] = { '-', *o->bunch, '\0' };
	const struct option *opt = find_letter(o->table, *o->bunch);

	o->bunch++;
	if (opt == NULL)
		return bad(f, shown, "is unknown");
	if (is_optional(opt) && *o->bunch == '=') {
		*value = o->bunch + 1;
		o->bunch = NULL;
	} else if (opt->arg != NULL && !is_optional(opt)) {
		if (*o->bunch != '\0')
			*value = o->bunch;
		else if (!next_word(o, value))
			return bad(f, shown, "needs an argument");
		o->bunch = NULL;
	} else if (*o->bunch == '\0') {
		o->bunch = NULL;
	}
	return opt->id;
}

int
option_next(struct options *o, const char **value, struct fault *f)
{
	const char *word;

	*value = NULL;
	if (o->bunch != NULL)
		return short_option(o, value, f);
	if (o->at >= o->argc)
		return OPTION_END;
	word = o->argv[o->at++];
	if (!o->only_operands && strcmp(word, "--") == 0) {
		o->only_operands = true;
		return option_next(o, value, f);
	}
	if (o->only_operands || word[0] != '-' || word[1] == '\0') {
		*value = word;
		return OPTION_OPERAND;
	}
	if (word[1] == '-')
		return long_option(o, word, value, f);
	o->bunch = word + 1;
	return short_option(o, value, f);
}

void
option_usage(const struct option *table, const char *synopsis, FILE *out)
{
	fprintf(out, "usage: %s\n\n", synopsis);
	for (; table->id != 0; table++) {
		char left[64];
		char letter[8] = "    ";

		if (table->help == NULL)
			continue;
		if (table->letter != '\0')
			snprintf(letter, sizeof letter, "-%c%s", table->letter, table->name != NULL ? ", " : "");
		snprintf(left, sizeof left, "%s%s%s%s%s", letter, table->name != NULL ? "--" : "",
		    table->name != NULL ? table->name : "",
		    table->arg != NULL && !is_optional(table) ? " " : "",
		    table->arg != NULL ? table->arg : "");
		fprintf(out, "  %-28s %s\n", left, table->help);
	}
}
