/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_FILTER_OPERAND_H
#define REPLAY_FILTER_OPERAND_H

/*
 * What a test asks about: one column, both ends of a flow, or a value computed from
 * columns.  Every column can be named; the words of nfdump and tcpdump are beside that.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "replay/filter_parser.h"
#include "replay/filter_value.h"

enum filter_join {
	FILTER_JOIN_IMPLIED, /* any of the columns; with != every one */
	FILTER_JOIN_ANY,
	FILTER_JOIN_EVERY
};

struct filter_operand {
	enum column_id columns[2];
	size_t count;
	enum filter_join join;
	bool is_derived;
	enum filter_derived derived;
	enum filter_value_kind kind;
	int64_t limit; /* of its values */
	bool net;      /* a netmask may follow the address */
};

/*
 * The operand at hand, and its words are behind; false with nothing taken where there is none, or
 * with the parser's fault set where it began as one.
 */
bool filter_operand(struct filter_parser *p, struct filter_operand *out);
/* One column by its name. */
bool filter_operand_column(struct filter_parser *p, struct filter_operand *out);
/* Adds the columns that the operand reads. */
void filter_operand_columns(const struct filter_operand *o, struct column_set *set);
/* The name nearest to an unknown one, NULL if none is near. */
const char *filter_operand_near(const char *name);

#endif
