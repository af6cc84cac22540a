/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/filter_parser.h"

#include <stdlib.h>
#include <string.h>

#include "replay/filter.h"

enum { SEEN_MAX = 40 }; /* octets of a token that a message shows */

bool
filter_parser_open(struct filter_parser *p, const char *text, struct filter *filter,
    struct fault *f)
{
	*p = (struct filter_parser){ .lexer = { .text = text }, .filter = filter, .fault = f };
	filter->nodes = calloc(1, sizeof(*filter->nodes));
	filter->sets = calloc(1, sizeof(*filter->sets));
	buf_init(&filter->texts, FILTER_TEXT_MAX);
	buf_u8(&filter->texts, 0);
	if (filter->nodes == NULL || filter->sets == NULL || !buf_ok(&filter->texts))
		return false;
	filter->node_count = 1;
	filter->set_count = 1;
	filter_lex(&p->lexer, &p->token);
	filter_lex(&p->lexer, &p->next);
	return true;
}

void
filter_parser_advance(struct filter_parser *p)
{
	p->token = p->next;
	filter_lex(&p->lexer, &p->next);
}

bool
filter_parser_at(const struct filter_parser *p, const char *name)
{
	return p->token.kind == FILTER_TOKEN_WORD && strcmp(p->token.name, name) == 0;
}

bool
filter_parser_at_operator(const struct filter_parser *p)
{
	return filter_parser_at(p, "and") || filter_parser_at(p, "or") || filter_parser_at(p, "not");
}

uint32_t
filter_parser_expected(struct filter_parser *p, const char *what)
{
	const struct filter_token *t = &p->token;

	if (t->kind == FILTER_TOKEN_UNENDED)
		(void)fault_at(p->fault, STATUS_USAGE, "filter", t->offset,
		    "the quotation mark is not closed");
	else if (t->kind == FILTER_TOKEN_END)
		(void)fault_at(p->fault, STATUS_USAGE, "filter", t->offset,
		    "expected %s, saw the end", what);
	else
		(void)fault_at(p->fault, STATUS_USAGE, "filter", t->offset, "expected %s, saw `%.*s%s'",
		    what, (int)(t->len < SEEN_MAX ? t->len : SEEN_MAX), t->at,
		    t->len > SEEN_MAX ? "..." : "");
	return 0;
}

uint32_t
filter_parser_refuse(struct filter_parser *p, const char *text)
{
	(void)fault_at(p->fault, STATUS_USAGE, "filter", p->token.offset, "%s", text);
	return 0;
}

static uint32_t
no_memory(struct filter_parser *p)
{
	(void)fault_memory(p->fault);
	return 0;
}

/* Room for one more behind `count`; the memory doubles at powers of two. */
static void *
grown(void *items, size_t count, size_t size)
{
	return (count & (count - 1)) != 0 ? items : realloc(items, count * 2 * size);
}

uint32_t
filter_parser_node(struct filter_parser *p, const struct filter_node *n)
{
	struct filter *filter = p->filter;
	struct filter_node *nodes;

	if (filter->node_count == FILTER_NODES_MAX) {
		(void)fault_at(p->fault, STATUS_LIMIT, "filter", p->token.offset,
		    "more than %d tests and operators", FILTER_NODES_MAX);
		return 0;
	}
	nodes = grown(filter->nodes, filter->node_count, sizeof(*nodes));
	if (nodes == NULL)
		return no_memory(p);
	filter->nodes = nodes;
	nodes[filter->node_count] = *n;
	return (uint32_t)filter->node_count++;
}

uint32_t
filter_parser_pair(struct filter_parser *p, enum filter_kind kind, uint32_t a, uint32_t b)
{
	struct filter_node n = { .kind = kind, .first = a };

	if (a == 0 || b == 0)
		return 0;
	p->filter->nodes[a].next = b;
	return filter_parser_node(p, &n);
}

uint32_t
filter_parser_set(struct filter_parser *p)
{
	struct filter *filter = p->filter;
	struct filter_set *sets = grown(filter->sets, filter->set_count, sizeof(*sets));

	if (sets == NULL)
		return no_memory(p);
	filter->sets = sets;
	sets[filter->set_count] = (struct filter_set){ 0 };
	return (uint32_t)filter->set_count++;
}
