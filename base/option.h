/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_OPTION_H
#define BASE_OPTION_H

/*
 * The command line from a table.  One struct option per option; usage, --help and the
 * test that compares the man page derive from it.  Options and operands may be mixed;
 * "--" ends the options; "-" is an operand.  -rFILE, -r FILE, --name=VALUE, --name VALUE.
 */

#include <stdbool.h>
#include <stdio.h>

#include "base/status.h"

struct option {
	int id;           /* what option_next returns; 0 ends the table */
	char letter;      /* '\0': long form only */
	const char *name; /* without "--"; NULL: letter only */
	const char *arg;  /* the argument's name in the usage, NULL: takes none; "[=NAME]": takes
	                     one or none, and only in the form --name=VALUE or -n=VALUE */
	const char *help; /* one line; NULL: not shown in the usage */
};

struct options {
	const struct option *table;
	int argc;
	char **argv;
	int at;            /* the next argument */
	const char *bunch; /* inside -abc */
	bool only_operands;
};

enum { OPTION_END = -1, OPTION_BAD = -2, OPTION_OPERAND = -3 };

/* argv[0] is the subcommand's name and is skipped. */
void option_init(struct options *o, const struct option *table, int argc, char **argv);
/* The id of the next option with *value set, OPTION_OPERAND with *value, OPTION_END, or
 * OPTION_BAD with the reason in *f. */
int option_next(struct options *o, const char **value, struct fault *f);
/* The usage and one line per option, as --help prints it. */
void option_usage(const struct option *table, const char *synopsis, FILE *out);

#endif
