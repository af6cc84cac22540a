/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/filter_operand.h"

#include <stdio.h>
#include <string.h>

enum direction { WAY_NONE, WAY_FIRST, WAY_SECOND, WAY_ANY, WAY_EVERY };

/* Words that stand for two columns: src and dst, or in and out (which are a biflow's two ways). */
struct noun {
	const char *group; /* "nat", "tun", "initial" before it, or "" */
	const char *name;
	enum column_id first, second; /* second may be COLUMN_NONE */
	bool in_out; /* told apart by in and out, not by src and dst */
	bool both;   /* without a direction either column is meant; else the first */
};

static const struct noun nouns[] = {
	{ "", "host", COLUMN_SRC_IP, COLUMN_DST_IP, false, true },
	{ "", "ip", COLUMN_SRC_IP, COLUMN_DST_IP, false, true },
	{ "", "net", COLUMN_SRC_IP, COLUMN_DST_IP, false, true },
	{ "", "port", COLUMN_SRC_PORT, COLUMN_DST_PORT, false, true },
	{ "", "portrange", COLUMN_SRC_PORT, COLUMN_DST_PORT, false, true },
	{ "", "as", COLUMN_SRC_AS, COLUMN_DST_AS, false, true },
	{ "", "mask", COLUMN_SRC_MASK, COLUMN_DST_MASK, false, true },
	{ "", "mac", COLUMN_SRC_MAC, COLUMN_DST_MAC, false, true },
	{ "", "if", COLUMN_IN_IF, COLUMN_OUT_IF, true, true },
	{ "", "vrf", COLUMN_IN_VRF, COLUMN_OUT_VRF, true, true },
	{ "", "packets", COLUMN_PACKETS, COLUMN_REV_PACKETS, true, false },
	{ "", "bytes", COLUMN_BYTES, COLUMN_REV_BYTES, true, false },
	{ "", "flags", COLUMN_TCP_FLAGS, COLUMN_REV_TCP_FLAGS, true, false },
	{ "", "tos", COLUMN_TOS, COLUMN_REV_TOS, true, false },
	{ "initial", "flags", COLUMN_INITIAL_TCP_FLAGS, COLUMN_REV_INITIAL_TCP_FLAGS, true, false },
	{ "nat", "ip", COLUMN_NAT_SRC_IP, COLUMN_NAT_DST_IP, false, true },
	{ "nat", "host", COLUMN_NAT_SRC_IP, COLUMN_NAT_DST_IP, false, true },
	{ "nat", "net", COLUMN_NAT_SRC_IP, COLUMN_NAT_DST_IP, false, true },
	{ "nat", "port", COLUMN_NAT_SRC_PORT, COLUMN_NAT_DST_PORT, false, true },
	{ "tun", "ip", COLUMN_TUNNEL_SRC_IP, COLUMN_TUNNEL_DST_IP, false, true },
	{ "tun", "net", COLUMN_TUNNEL_SRC_IP, COLUMN_TUNNEL_DST_IP, false, true },
	{ "", "proto", COLUMN_PROTOCOL, COLUMN_NONE, false, false },
	{ "", "exporter", COLUMN_EXPORTER_IP, COLUMN_NONE, false, false },
	{ "", "domain", COLUMN_OBSERVATION_DOMAIN, COLUMN_NONE, false, false },
};

enum { NOUNS = sizeof(nouns) / sizeof(nouns[0]) };

static const struct {
	const char *name;
	enum filter_derived derived;
	enum filter_value_kind kind;
} computed[] = {
	{ "duration", FILTER_DURATION, FILTER_VALUE_DURATION },
	{ "pps", FILTER_PPS, FILTER_VALUE_NUMBER },
	{ "bps", FILTER_BPS, FILTER_VALUE_NUMBER },
	{ "bpp", FILTER_BPP, FILTER_VALUE_NUMBER },
	{ "total_packets", FILTER_TOTAL_PACKETS, FILTER_VALUE_NUMBER },
	{ "total_bytes", FILTER_TOTAL_BYTES, FILTER_VALUE_NUMBER },
};

static void
take_column(struct filter_operand *out, enum column_id id)
{
	*out = (struct filter_operand){ .columns = { id, COLUMN_NONE }, .count = 1,
		.kind = filter_value_kind(id), .limit = filter_value_limit(id) };
}

/* "src_port", or the two words "src port"; how many words it was. */
static int
join_words(const struct filter_parser *p, char name[2 * FILTER_WORD_MAX])
{
	if (p->next.kind != FILTER_TOKEN_WORD)
		return 1;
	snprintf(name, 2 * FILTER_WORD_MAX, "%s_%s", p->token.name, p->next.name);
	return 2;
}

bool
filter_operand_column(struct filter_parser *p, struct filter_operand *out)
{
	char two[2 * FILTER_WORD_MAX];
	enum column_id id = COLUMN_NONE;
	int words = 0;

	if (p->token.kind != FILTER_TOKEN_WORD)
		return false;
	if (join_words(p, two) == 2) {
		id = column_find(two);
		words = 2;
	}
	if (id == COLUMN_NONE) {
		id = column_find(p->token.name);
		words = 1;
	}
	if (id == COLUMN_NONE)
		return false;
	take_column(out, id);
	while (words-- > 0)
		filter_parser_advance(p);
	return true;
}

static bool
take_computed(struct filter_parser *p, struct filter_operand *out)
{
	char two[2 * FILTER_WORD_MAX] = "";
	int words = join_words(p, two);

	for (size_t i = 0; i < sizeof(computed) / sizeof(computed[0]); i++) {
		bool one = filter_parser_at(p, computed[i].name);

		if (!one && (words == 1 || strcmp(two, computed[i].name) != 0))
			continue;
		*out = (struct filter_operand){ .is_derived = true, .derived = computed[i].derived,
			.count = 1, .columns = { COLUMN_NONE, COLUMN_NONE }, .kind = computed[i].kind,
			.limit = INT64_MAX };
		filter_parser_advance(p);
		if (!one)
			filter_parser_advance(p);
		return true;
	}
	return false;
}

/* "src", "dst", "in", "out"; *in_out says of which pair. */
static enum direction
direction_of(const char *name, bool *in_out)
{
	*in_out = strcmp(name, "in") == 0 || strcmp(name, "out") == 0;
	if (strcmp(name, "src") == 0 || strcmp(name, "in") == 0)
		return WAY_FIRST;
	if (strcmp(name, "dst") == 0 || strcmp(name, "out") == 0)
		return WAY_SECOND;
	return WAY_NONE;
}

/* "src", "src or dst", "dst and src", ... or nothing. */
static enum direction
take_direction(struct filter_parser *p, bool *in_out)
{
	enum direction way = direction_of(p->token.name, in_out);
	bool other_in_out, any;

	if (way == WAY_NONE)
		return way;
	filter_parser_advance(p);
	any = filter_parser_at(p, "or");
	if ((!any && !filter_parser_at(p, "and")) || p->next.kind != FILTER_TOKEN_WORD)
		return way;
	/* Not where the next word begins a test of its own, which "dst port" would too: there
	 * the first direction has no noun, so that this reading is the only one. */
	if (direction_of(p->next.name, &other_in_out) == WAY_NONE || other_in_out != *in_out)
		return way;
	filter_parser_advance(p);
	filter_parser_advance(p);
	return any ? WAY_ANY : WAY_EVERY;
}

static const struct noun *
find_noun(const char *group, const char *name)
{
	for (size_t i = 0; i < NOUNS; i++)
		if (strcmp(nouns[i].group, group) == 0 && strcmp(nouns[i].name, name) == 0)
			return &nouns[i];
	return NULL;
}

static const char *
take_group(struct filter_parser *p)
{
	static const char *const groups[] = { "nat", "tun", "initial" };

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (filter_parser_at(p, groups[i])) {
			filter_parser_advance(p);
			return groups[i];
		}
	}
	return "";
}

static void
take_noun(const struct noun *n, enum direction way, struct filter_operand *out)
{
	take_column(out, way == WAY_SECOND ? n->second : n->first);
	out->net = strcmp(n->name, "net") == 0;
	if (way == WAY_ANY || way == WAY_EVERY || (way == WAY_NONE && n->both)) {
		out->columns[1] = n->second;
		out->count = 2;
		out->join = way == WAY_EVERY ? FILTER_JOIN_EVERY :
		    way == WAY_ANY ? FILTER_JOIN_ANY : FILTER_JOIN_IMPLIED;
	}
}

/* tcpdump's "src 10.0.0.1": an address behind a direction needs no word. */
static bool
at_address(const struct filter_parser *p)
{
	struct filter_value v;

	return p->token.kind == FILTER_TOKEN_WORD &&
	    filter_value_parse(FILTER_VALUE_ADDRESS, p->token.at, p->token.len, &v);
}

/* [direction] [group] [direction] noun */
static bool
take_phrase(struct filter_parser *p, struct filter_operand *out)
{
	struct filter_parser before = *p;
	bool in_out = false;
	enum direction way = take_direction(p, &in_out);
	const char *group = take_group(p);
	const struct noun *n;

	if (way == WAY_NONE && *group != '\0')
		way = take_direction(p, &in_out);
	if (way != WAY_NONE && *group == '\0' && !in_out && at_address(p)) {
		take_noun(find_noun("", "host"), way, out);
		return true;
	}
	n = p->token.kind == FILTER_TOKEN_WORD ? find_noun(group, p->token.name) : NULL;
	if (n != NULL && (way == WAY_NONE || (n->second != COLUMN_NONE && n->in_out == in_out))) {
		take_noun(n, way, out);
		filter_parser_advance(p);
		return true;
	}
	if (way != WAY_NONE)
		return filter_parser_expected(p, in_out ?
		    "if, vrf, packets, bytes, flags or tos behind in and out" :
		    "ip, net, port, as, mask or mac behind src and dst") != 0;
	*p = before;
	return false;
}

bool
filter_operand(struct filter_parser *p, struct filter_operand *out)
{
	char two[2 * FILTER_WORD_MAX];

	/* "exporter ip" and "icmp type" are columns; "exporter" and "icmp" alone are words too. */
	if (join_words(p, two) == 2 && column_find(two) != COLUMN_NONE)
		return filter_operand_column(p, out);
	if (take_phrase(p, out))
		return true;
	return p->fault->status == STATUS_OK &&
	    (take_computed(p, out) || filter_operand_column(p, out));
}

void
filter_operand_columns(const struct filter_operand *o, struct column_set *set)
{
	static const enum column_id needs[][3] = {
		[FILTER_DURATION] = { COLUMN_FLOW_START, COLUMN_FLOW_END, COLUMN_NONE },
		[FILTER_PPS] = { COLUMN_FLOW_START, COLUMN_FLOW_END, COLUMN_PACKETS },
		[FILTER_BPS] = { COLUMN_FLOW_START, COLUMN_FLOW_END, COLUMN_BYTES },
		[FILTER_BPP] = { COLUMN_PACKETS, COLUMN_BYTES, COLUMN_NONE },
		[FILTER_TOTAL_PACKETS] = { COLUMN_PACKETS, COLUMN_REV_PACKETS, COLUMN_NONE },
		[FILTER_TOTAL_BYTES] = { COLUMN_BYTES, COLUMN_REV_BYTES, COLUMN_NONE },
	};
	const enum column_id *ids = o->is_derived ? needs[o->derived] : o->columns;
	size_t count = o->is_derived ? 3 : o->count;

	for (size_t i = 0; i < count; i++)
		if (ids[i] != COLUMN_NONE)
			column_set_add(set, ids[i]);
}

/* Levenshtein's distance of two short words. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[FILTER_WORD_MAX + 1];
	size_t len = strlen(b);

	if (len > FILTER_WORD_MAX)
		return FILTER_WORD_MAX;
	for (size_t k = 0; k <= len; k++)
		row[k] = k;
	for (size_t i = 0; a[i] != '\0'; i++) {
		size_t corner = row[0];

		row[0] = i + 1;
		for (size_t k = 0; k < len; k++) {
			size_t best = corner + (a[i] != b[k]);

			corner = row[k + 1];
			if (row[k] + 1 < best)
				best = row[k] + 1;
			if (row[k + 1] + 1 < best)
				best = row[k + 1] + 1;
			row[k + 1] = best;
		}
	}
	return row[len];
}

static void
nearer(const char *name, const char *other, const char **best, size_t *least)
{
	size_t d = distance(name, other);

	if (d < *least) {
		*least = d;
		*best = other;
	}
}

const char *
filter_operand_near(const char *name)
{
	const char *best = NULL;
	/* Two slips at most, and fewer than half of the letters. */
	size_t least = strlen(name) < 5 ? 2 : 3;

	for (size_t i = 0; i < NOUNS; i++)
		nearer(name, nouns[i].name, &best, &least);
	for (size_t i = 0; i < sizeof(computed) / sizeof(computed[0]); i++)
		nearer(name, computed[i].name, &best, &least);
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		nearer(name, column_infos[i].name, &best, &least);
	return best;
}
