/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "replay/filter_parser.h"

/*
 *	or      = and { ("or" | "||") and }
 *	and     = not { ("and" | "&&") not }
 *	not     = { "not" | "!" } primary
 *	primary = "(" or ")" | term
 */

static uint32_t parse_or(struct filter_parser *p);
static uint32_t parse_and(struct filter_parser *p);

static bool
at_or(const struct filter_parser *p)
{
	return p->token.kind == FILTER_TOKEN_OR || filter_parser_at(p, "or");
}

static bool
at_and(const struct filter_parser *p)
{
	return p->token.kind == FILTER_TOKEN_AND || filter_parser_at(p, "and");
}

static bool
at_not(const struct filter_parser *p)
{
	return p->token.kind == FILTER_TOKEN_NOT || filter_parser_at(p, "not");
}

static bool
deeper(struct filter_parser *p)
{
	if (p->depth == FILTER_DEPTH_MAX) {
		(void)fault_at(p->fault, STATUS_LIMIT, "filter", p->token.offset,
		    "more than %d parentheses and `not' inside each other", FILTER_DEPTH_MAX);
		return false;
	}
	p->depth++;
	return true;
}

static uint32_t
parse_primary(struct filter_parser *p)
{
	uint32_t inner;

	if (p->token.kind != FILTER_TOKEN_OPEN)
		return filter_term(p);
	if (!deeper(p))
		return 0;
	filter_parser_advance(p);
	inner = parse_or(p);
	if (inner == 0)
		return 0;
	if (p->token.kind != FILTER_TOKEN_CLOSE)
		return filter_parser_expected(p, "`and', `or' or `)'");
	filter_parser_advance(p);
	p->depth--;
	return inner;
}

/*
 * nfdump's users write "flags S and not flags AF" for "S, and neither A nor F", and nfdump
 * takes it so: `not` of letters means that none of them is set.
 */
static uint32_t
negate(struct filter_parser *p, uint32_t inner)
{
	struct filter_node not = { .kind = FILTER_NOT, .first = inner };
	struct filter_node *n = &p->filter->nodes[inner];

	if (n->kind == FILTER_BITS && n->letters && !n->negate)
		n->kind = FILTER_ANY_BIT;
	return filter_parser_node(p, &not);
}

static uint32_t
parse_not(struct filter_parser *p)
{
	uint32_t inner;

	if (!at_not(p))
		return parse_primary(p);
	if (!deeper(p))
		return 0;
	filter_parser_advance(p);
	inner = parse_not(p);
	p->depth--;
	return inner == 0 ? 0 : negate(p, inner);
}

/* A chain of `kind` has one node with all its members as children. */
static uint32_t
parse_chain(struct filter_parser *p, enum filter_kind kind)
{
	uint32_t (*member)(struct filter_parser *) = kind == FILTER_OR ? parse_and : parse_not;
	bool (*at)(const struct filter_parser *) = kind == FILTER_OR ? at_or : at_and;
	uint32_t first = member(p), last = first, chain = 0;

	while (first != 0 && at(p)) {
		uint32_t more;

		filter_parser_advance(p);
		more = member(p);
		if (more == 0)
			return 0;
		if (chain == 0) {
			chain = filter_parser_pair(p, kind, first, more);
			if (chain == 0)
				return 0;
		} else {
			p->filter->nodes[last].next = more;
		}
		last = more;
	}
	return chain != 0 ? chain : first;
}

static uint32_t
parse_and(struct filter_parser *p)
{
	return parse_chain(p, FILTER_AND);
}

static uint32_t
parse_or(struct filter_parser *p)
{
	return parse_chain(p, FILTER_OR);
}

static uint32_t
parse_all(struct filter_parser *p)
{
	struct filter_node all = { .kind = FILTER_ALL };
	uint32_t root;

	if (p->token.kind == FILTER_TOKEN_END)
		return filter_parser_node(p, &all);
	root = parse_or(p);
	if (root != 0 && p->token.kind != FILTER_TOKEN_END)
		return filter_parser_expected(p, "`and', `or' or the end");
	return root;
}

static size_t
text_length(const char *text)
{
	const char *end = memchr(text, '\0', FILTER_TEXT_MAX + 1);

	return end == NULL ? FILTER_TEXT_MAX + 1 : (size_t)(end - text);
}

enum status
filter_parse(const char *text, struct filter **out, struct fault *f)
{
	struct fault own = { 0 };
	struct filter_parser p;
	struct filter *filter;

	if (text_length(text) > FILTER_TEXT_MAX)
		return fault_at(f, STATUS_LIMIT, "filter", FILTER_TEXT_MAX,
		    "longer than %d octets", FILTER_TEXT_MAX);
	filter = calloc(1, sizeof(*filter));
	if (filter == NULL)
		return fault_memory(f);
	if (filter_parser_open(&p, text, filter, &own))
		filter->root = parse_all(&p);
	else
		(void)fault_memory(&own);
	if (filter->root == 0) {
		filter_free(filter);
		if (f != NULL && f->status == STATUS_OK)
			*f = own;
		return own.status;
	}
	for (size_t i = 0; i < filter->set_count; i++)
		filter_set_seal(&filter->sets[i]);
	*out = filter;
	return STATUS_OK;
}

struct column_set
filter_columns(const struct filter *filter)
{
	return filter->columns;
}

void
filter_free(struct filter *filter)
{
	if (filter == NULL)
		return;
	for (size_t i = 0; i < filter->set_count; i++)
		filter_set_free(&filter->sets[i]);
	free(filter->sets);
	free(filter->nodes);
	buf_free(&filter->texts);
	free(filter);
}

/* Octets of the text that a message shows before and behind the place. */
enum { BEFORE = 50, BEHIND = 24 };

void
filter_message(const char *text, const struct fault *f, char out[FILTER_MESSAGE_MAX])
{
	size_t len = text_length(text);
	size_t at = !f->at_offset ? 0 : f->offset < len ? (size_t)f->offset : len;
	size_t from = at > BEFORE ? at - BEFORE : 0;
	size_t to = len - at > BEHIND ? at + BEHIND : len;
	char line[BEFORE + BEHIND + 1];

	if (!f->at_offset) {
		snprintf(out, FILTER_MESSAGE_MAX, "filter: %s\n", f->text);
		return;
	}
	/* One octet stays one column: what is not printable ASCII shows as a question mark. */
	for (size_t i = from; i < to; i++)
		line[i - from] = (char)(filter_is_space(text[i]) ? ' ' :
		    text[i] < ' ' || text[i] > '~' ? '?' : text[i]);
	line[to - from] = '\0';
	snprintf(out, FILTER_MESSAGE_MAX, "filter: column %zu: %s\n  %s\n  %*s^\n", at + 1, f->text,
	    line, (int)(at - from), "");
}
