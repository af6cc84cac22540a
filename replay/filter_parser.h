/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_FILTER_PARSER_H
#define REPLAY_FILTER_PARSER_H

/*
 * What the grammar of `and`, `or`, `not` (filter_parse.c) and that of the single tests
 * (filter_term.c) share: the token at hand, the one behind it, and the tree in the making.
 * A function that makes a node returns its index, or 0 with the parser's fault set.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "replay/filter_lex.h"
#include "replay/filter_node.h"

struct filter_parser {
	struct filter_lexer lexer;
	struct filter_token token;
	struct filter_token next;
	struct filter *filter;
	struct fault *fault;
	unsigned depth;
};

/* False where there is no memory. */
bool filter_parser_open(struct filter_parser *p, const char *text, struct filter *filter,
    struct fault *f);
void filter_parser_advance(struct filter_parser *p);
/* The token at hand is the word `name` (lower case, '-' as '_'). */
bool filter_parser_at(const struct filter_parser *p, const char *name);
/* The word at hand is and, or, not. */
bool filter_parser_at_operator(const struct filter_parser *p);

/* "expected WHAT, saw `TOKEN'"; always 0. */
uint32_t filter_parser_expected(struct filter_parser *p, const char *what);
/* The text as it is, at the token at hand; always 0. */
uint32_t filter_parser_refuse(struct filter_parser *p, const char *text);
/* A copy of *n. */
uint32_t filter_parser_node(struct filter_parser *p, const struct filter_node *n);
/* kind (AND, OR) over two nodes. */
uint32_t filter_parser_pair(struct filter_parser *p, enum filter_kind kind, uint32_t a, uint32_t b);
/* A new empty set's index. */
uint32_t filter_parser_set(struct filter_parser *p);

/* One test: "src port 80". */
uint32_t filter_term(struct filter_parser *p);

#endif
