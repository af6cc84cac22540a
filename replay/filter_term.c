/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/filter_parser.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "flow/protocol.h"
#include "replay/filter.h"
#include "replay/filter_operand.h"
#include "replay/filter_value.h"

/* An operator and its values, applied to an operand. */
struct comparison {
	enum filter_token_kind sign; /* EQ, NE, LT, GT, LE, GE */
	bool given;                  /* the sign was written */
	bool list;
	enum filter_match match;
};

static void
parse_sign(struct filter_parser *p, bool text, struct comparison *c)
{
	static const struct {
		const char *word;
		enum filter_token_kind sign;
		enum filter_match match;
		bool text;
	} words[] = {
		{ "eq", FILTER_TOKEN_EQ, FILTER_MATCH_EQUAL, false },
		{ "ne", FILTER_TOKEN_NE, FILTER_MATCH_EQUAL, false },
		{ "lt", FILTER_TOKEN_LT, FILTER_MATCH_EQUAL, false },
		{ "gt", FILTER_TOKEN_GT, FILTER_MATCH_EQUAL, false },
		{ "le", FILTER_TOKEN_LE, FILTER_MATCH_EQUAL, false },
		{ "ge", FILTER_TOKEN_GE, FILTER_MATCH_EQUAL, false },
		{ "contains", FILTER_TOKEN_EQ, FILTER_MATCH_CONTAINS, true },
		{ "startswith", FILTER_TOKEN_EQ, FILTER_MATCH_STARTS, true },
		{ "endswith", FILTER_TOKEN_EQ, FILTER_MATCH_ENDS, true },
	};

	*c = (struct comparison){ .sign = FILTER_TOKEN_EQ };
	if (p->token.kind >= FILTER_TOKEN_EQ && p->token.kind <= FILTER_TOKEN_GE) {
		c->sign = p->token.kind;
		c->given = true;
		filter_parser_advance(p);
		return;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (filter_parser_at(p, words[i].word) && (text || !words[i].text)) {
			c->sign = words[i].sign;
			c->match = words[i].match;
			c->given = true;
			filter_parser_advance(p);
			return;
		}
	}
	if (filter_parser_at(p, "in") && p->next.kind == FILTER_TOKEN_LIST) {
		c->list = true;
		filter_parser_advance(p);
		filter_parser_advance(p);
	}
}

static bool
at_value(const struct filter_parser *p)
{
	return p->token.kind == FILTER_TOKEN_STRING || p->token.kind == FILTER_TOKEN_WORD;
}

/* The node for each of the operand's columns, joined as the operand and the sign say. */
static uint32_t
spread(struct filter_parser *p, const struct filter_operand *o, struct filter_node *n)
{
	bool every = o->join == FILTER_JOIN_EVERY || (o->join == FILTER_JOIN_IMPLIED && n->negate);
	uint32_t first, second;

	filter_operand_columns(o, &p->filter->columns);
	n->column = o->columns[0];
	n->derived = o->derived;
	if (n->kind != FILTER_BITS && n->kind != FILTER_BYTES)
		n->kind = o->is_derived ? FILTER_DERIVED :
		    column_infos[n->column].type == COLUMN_TYPE_ADDRESS ? FILTER_ADDRESS : FILTER_INT;
	first = filter_parser_node(p, n);
	if (o->count < 2 || first == 0)
		return first;
	n->column = o->columns[1];
	second = filter_parser_node(p, n);
	return filter_parser_pair(p, every ? FILTER_AND : FILTER_OR, first, second);
}

static bool
add_integer(struct filter_set *s, enum filter_token_kind sign, const struct filter_value *v)
{
	switch (sign) {
	case FILTER_TOKEN_LT:
		return v->low == INT64_MIN || filter_set_add(s, INT64_MIN, v->low - 1);
	case FILTER_TOKEN_LE:
		return filter_set_add(s, INT64_MIN, v->low);
	case FILTER_TOKEN_GT:
		return v->low == INT64_MAX || filter_set_add(s, v->low + 1, INT64_MAX);
	case FILTER_TOKEN_GE:
		return filter_set_add(s, v->low, INT64_MAX);
	default:
		return filter_set_add(s, v->low, v->high);
	}
}

/* nfdump's "net A M" and tcpdump's "net A mask M". */
static bool
parse_mask(struct filter_parser *p, struct filter_value *v)
{
	bool word = filter_parser_at(p, "mask");
	unsigned prefix;

	if (word)
		filter_parser_advance(p);
	if (at_value(p) && v->first.family == 4 &&
	    filter_value_netmask(p->token.at, p->token.len, &prefix) && filter_value_net(v, prefix)) {
		filter_parser_advance(p);
		return true;
	}
	if (word || (at_value(p) && !filter_parser_at_operator(p)))
		return filter_parser_expected(p, "a netmask (255.255.0.0)") != 0;
	return true;
}

/* The value at hand into the set. */
static bool
take_value(struct filter_parser *p, const struct filter_operand *o, const struct comparison *c,
    uint32_t set)
{
	struct filter_flags flags;
	struct filter_value v;
	char text[64];

	if (!at_value(p))
		return filter_parser_expected(p, filter_value_expected(o->kind)) != 0;
	if (o->kind == FILTER_VALUE_FLAGS && filter_value_flags(p->token.at, p->token.len, &flags) &&
	    flags.letters)
		v = (struct filter_value){ .low = flags.want, .high = flags.want };
	else if (!filter_value_parse(o->kind, p->token.at, p->token.len, &v))
		return filter_parser_expected(p, filter_value_expected(o->kind)) != 0;
	if (v.high > o->limit) {
		snprintf(text, sizeof(text), "at most %lld can stand here", (long long)o->limit);
		return filter_parser_refuse(p, text) != 0;
	}
	if (v.low != v.high && c->sign != FILTER_TOKEN_EQ && c->sign != FILTER_TOKEN_NE)
		return filter_parser_refuse(p, "a range goes with =, != and in only") != 0;
	filter_parser_advance(p);
	if (o->net && !c->list && !parse_mask(p, &v))
		return false;
	if (o->kind == FILTER_VALUE_ADDRESS ?
	    filter_set_add_addresses(&p->filter->sets[set], &v.first, &v.last) :
	    add_integer(&p->filter->sets[set], c->sign, &v))
		return true;
	(void)fault_memory(p->fault);
	return false;
}

/* Behind the bracket, up to and with the one that closes; commas or white space separate. */
static bool
take_list(struct filter_parser *p, const struct filter_operand *o, const struct comparison *c,
    uint32_t set)
{
	for (size_t items = 0;; items++) {
		if (items > 0 && p->token.kind == FILTER_TOKEN_COMMA)
			filter_parser_advance(p);
		else if (items > 0 && p->token.kind == FILTER_TOKEN_LIST_END)
			break;
		if (items == FILTER_LIST_MAX) {
			(void)fault_at(p->fault, STATUS_LIMIT, "filter", p->token.offset,
			    "more than %d items in a list", FILTER_LIST_MAX);
			return false;
		}
		if (!take_value(p, o, c, set))
			return false;
	}
	filter_parser_advance(p);
	return true;
}

static uint32_t
compare_values(struct filter_parser *p, const struct filter_operand *o, struct comparison *c)
{
	struct filter_node n = { .negate = c->sign == FILTER_TOKEN_NE };
	bool ordered = c->sign != FILTER_TOKEN_EQ && c->sign != FILTER_TOKEN_NE;

	if (ordered && (o->kind == FILTER_VALUE_ADDRESS || o->kind == FILTER_VALUE_MAC ||
	    o->kind == FILTER_VALUE_REASON))
		return filter_parser_refuse(p, "here only =, != and in [...] can be used");
	n.set = filter_parser_set(p);
	if (n.set == 0)
		return 0;
	if (!(c->list ? take_list(p, o, c, n.set) : take_value(p, o, c, n.set)))
		return 0;
	return spread(p, o, &n);
}

/* Without a sign letters say which flags are set, with one what the flags are as a whole. */
static uint32_t
compare_flags(struct filter_parser *p, const struct filter_operand *o, struct comparison *c)
{
	struct filter_node n = { .kind = FILTER_BITS, .negate = c->sign == FILTER_TOKEN_NE };
	struct filter_flags flags;

	if (c->list || (c->sign != FILTER_TOKEN_EQ && c->sign != FILTER_TOKEN_NE) || !at_value(p) ||
	    !filter_value_flags(p->token.at, p->token.len, &flags))
		return compare_values(p, o, c);
	filter_parser_advance(p);
	n.want = flags.want;
	n.mask = flags.letters && c->given ? 0xff : flags.mask;
	n.letters = flags.letters && !c->given;
	return spread(p, o, &n);
}

static int
hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool
put_octets(struct buf *out, const char *s, size_t len)
{
	if (len % 2 != 0)
		return false;
	for (size_t i = 0; i < len; i += 2) {
		int high = hex_value(s[i]), low = hex_value(s[i + 1]);

		if (high < 0 || low < 0)
			return false;
		buf_u8(out, (uint8_t)(high << 4 | low));
	}
	return true;
}

static uint32_t
compare_text(struct filter_parser *p, const struct filter_operand *o, struct comparison *c)
{
	struct buf *texts = &p->filter->texts;
	struct filter_node n = { .kind = FILTER_BYTES, .match = c->match,
		.negate = c->sign == FILTER_TOKEN_NE, .text = (uint32_t)texts->len };

	if (c->list || (c->sign != FILTER_TOKEN_EQ && c->sign != FILTER_TOKEN_NE))
		return filter_parser_refuse(p,
		    "a text goes with =, !=, contains, startswith and endswith");
	if (!at_value(p))
		return filter_parser_expected(p, filter_value_expected(o->kind));
	if (o->kind == FILTER_VALUE_TEXT)
		buf_put(texts, p->token.at, p->token.len);
	else if (!put_octets(texts, p->token.at, p->token.len))
		return filter_parser_expected(p, filter_value_expected(o->kind));
	if (!buf_ok(texts)) {
		(void)fault_memory(p->fault);
		return 0;
	}
	n.text_len = (uint32_t)(texts->len - n.text);
	filter_parser_advance(p);
	return spread(p, o, &n);
}

static uint32_t
compare(struct filter_parser *p, const struct filter_operand *o)
{
	bool text = o->kind == FILTER_VALUE_TEXT || o->kind == FILTER_VALUE_OCTETS;
	struct comparison c;

	parse_sign(p, text, &c);
	if (text)
		return compare_text(p, o, &c);
	if (o->kind == FILTER_VALUE_FLAGS)
		return compare_flags(p, o, &c);
	return compare_values(p, o, &c);
}

static uint32_t
parse_has(struct filter_parser *p)
{
	struct filter_node n = { .kind = FILTER_HAS };
	struct filter_operand o;

	filter_parser_advance(p);
	if (!filter_operand_column(p, &o))
		return filter_parser_expected(p, "a column's name");
	n.column = o.columns[0];
	filter_operand_columns(&o, &p->filter->columns);
	return filter_parser_node(p, &n);
}

/* One value that the program itself supplies: a protocol, a family. */
static uint32_t
constant(struct filter_parser *p, const struct filter_operand *o, const struct filter_value *v)
{
	struct filter_node n = { .set = filter_parser_set(p) };
	struct filter_set *s = &p->filter->sets[n.set];

	if (n.set == 0)
		return 0;
	if (!(o->kind == FILTER_VALUE_ADDRESS ? filter_set_add_addresses(s, &v->first, &v->last) :
	    filter_set_add(s, v->low, v->high))) {
		(void)fault_memory(p->fault);
		return 0;
	}
	return spread(p, o, &n);
}

/* tcpdump's "tcp dst port 443": a protocol, and at once what is asked of its ports. */
static uint32_t
parse_protocol(struct filter_parser *p, uint8_t number)
{
	struct filter_operand o = { .columns = { COLUMN_PROTOCOL }, .count = 1 };
	struct filter_value v = { .low = number, .high = number };
	uint32_t protocol = constant(p, &o, &v);

	filter_parser_advance(p);
	if (protocol == 0 || !(filter_parser_at(p, "port") || filter_parser_at(p, "portrange") ||
	    filter_parser_at(p, "src") || filter_parser_at(p, "dst")))
		return protocol;
	return filter_parser_pair(p, FILTER_AND, protocol, filter_term(p));
}

static uint32_t
parse_family(struct filter_parser *p, uint8_t family)
{
	struct filter_operand o = { .columns = { COLUMN_SRC_IP, COLUMN_DST_IP }, .count = 2,
		.kind = FILTER_VALUE_ADDRESS, .join = FILTER_JOIN_ANY };
	struct filter_value v = { .first = { .family = family } };

	filter_parser_advance(p);
	(void)filter_value_net(&v, 0);
	return constant(p, &o, &v);
}

static uint32_t
parse_any(struct filter_parser *p)
{
	struct filter_node n = { .kind = FILTER_ALL };

	filter_parser_advance(p);
	return filter_parser_node(p, &n);
}

static uint32_t
unknown_word(struct filter_parser *p)
{
	char text[160];
	const char *near;

	if (p->token.kind != FILTER_TOKEN_WORD || filter_parser_at_operator(p))
		return filter_parser_expected(p, "a test (port 80, src net 10.0.0.0/8)");
	if (p->token.at[0] >= '0' && p->token.at[0] <= '9')
		return filter_parser_expected(p,
		    "a test; several values are written `port in [80, 443]'");
	near = filter_operand_near(p->token.name);
	if (near == NULL)
		return filter_parser_expected(p, "a column or a keyword (nfseal-filter(7) lists them)");
	snprintf(text, sizeof(text), "a column or a keyword (`%s'?)", near);
	return filter_parser_expected(p, text);
}

static bool
at_protocol(const struct filter_parser *p, uint8_t *number)
{
	char name[PROTOCOL_NAME_MAX];

	if (p->token.len >= sizeof(name) || (p->token.at[0] >= '0' && p->token.at[0] <= '9'))
		return false;
	memcpy(name, p->token.at, p->token.len);
	name[p->token.len] = '\0';
	return protocol_parse(name, number);
}

uint32_t
filter_term(struct filter_parser *p)
{
	static const struct {
		const char *name;
		uint8_t family;
	} families[] = { { "ipv4", 4 }, { "ip4", 4 }, { "inet", 4 }, { "ipv6", 6 }, { "ip6", 6 },
		{ "inet6", 6 } };
	struct filter_operand o;
	uint8_t protocol;

	if (p->token.kind != FILTER_TOKEN_WORD)
		return unknown_word(p);
	if (filter_parser_at(p, "any"))
		return parse_any(p);
	if (filter_parser_at(p, "has"))
		return parse_has(p);
	if (filter_operand(p, &o))
		return compare(p, &o);
	if (p->fault->status != STATUS_OK)
		return 0;
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (filter_parser_at(p, families[i].name))
			return parse_family(p, families[i].family);
	return at_protocol(p, &protocol) ? parse_protocol(p, protocol) : unknown_word(p);
}
