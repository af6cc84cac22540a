/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/top.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum way {
	WAY_WHOLE,    /* the first column, both ways together */
	WAY_EITHER,   /* both columns, both ways together */
	WAY_SENDER,   /* the first column with the forward half, the second with the reverse one */
	WAY_RECEIVER  /* the other way round */
};

struct statistic {
	const char *name;
	const char *alias; /* nfdump's, or NULL */
	enum column_id first, second;
	enum way way;
};

static const struct statistic statistics[] = {
	{ "src_ip", "srcip", COLUMN_SRC_IP, COLUMN_DST_IP, WAY_SENDER },
	{ "dst_ip", "dstip", COLUMN_SRC_IP, COLUMN_DST_IP, WAY_RECEIVER },
	{ "ip", NULL, COLUMN_SRC_IP, COLUMN_DST_IP, WAY_EITHER },
	{ "src_mac", "srcmac", COLUMN_SRC_MAC, COLUMN_DST_MAC, WAY_SENDER },
	{ "dst_mac", "dstmac", COLUMN_SRC_MAC, COLUMN_DST_MAC, WAY_RECEIVER },
	{ "mac", NULL, COLUMN_SRC_MAC, COLUMN_DST_MAC, WAY_EITHER },
	{ "src_as", "srcas", COLUMN_SRC_AS, COLUMN_DST_AS, WAY_SENDER },
	{ "dst_as", "dstas", COLUMN_SRC_AS, COLUMN_DST_AS, WAY_RECEIVER },
	{ "as", NULL, COLUMN_SRC_AS, COLUMN_DST_AS, WAY_EITHER },
	{ "port", NULL, COLUMN_SRC_PORT, COLUMN_DST_PORT, WAY_EITHER },
	{ "if", NULL, COLUMN_IN_IF, COLUMN_OUT_IF, WAY_EITHER },
	{ "src_port", "srcport", COLUMN_SRC_PORT, COLUMN_NONE, WAY_WHOLE },
	{ "dst_port", "dstport", COLUMN_DST_PORT, COLUMN_NONE, WAY_WHOLE },
	{ "protocol", "proto", COLUMN_PROTOCOL, COLUMN_NONE, WAY_WHOLE },
	{ "in_if", "inif", COLUMN_IN_IF, COLUMN_NONE, WAY_WHOLE },
	{ "out_if", "outif", COLUMN_OUT_IF, COLUMN_NONE, WAY_WHOLE },
};

static const struct {
	const char *name;
	enum top_order order;
} orders[] = {
	{ "flows", TOP_FLOWS }, { "packets", TOP_PACKETS }, { "bytes", TOP_BYTES },
};

struct key {
	uint8_t octets[16]; /* of an address, or the number's eight in its first */
	uint8_t family;
};

struct entry {
	struct key key;
	struct top_counts counts;
};

struct rank {
	uint64_t value;
	const struct entry *entry;
};

struct top {
	struct statistic statistic;
	enum top_order order;
	uint64_t seed;
	size_t max_keys;
	struct entry *entries;
	size_t count;
	uint32_t *slots; /* index + 1 into entries, 0: free */
	size_t slot_count; /* a power of two, at least twice the entries */
	struct top_counts total;
	uint64_t left_out;
	struct rank *ranks;
};

static bool
countable(enum column_id id)
{
	enum column_type type = column_infos[id].type;

	return type != COLUMN_TYPE_TEXT && type != COLUMN_TYPE_OCTETS && type != COLUMN_TYPE_TIME;
}

static enum status
find_statistic(const char *name, struct statistic *out, struct fault *f)
{
	enum column_id id = column_find(name);

	for (size_t i = 0; i < sizeof(statistics) / sizeof(statistics[0]); i++) {
		if (strcmp(name, statistics[i].name) == 0 ||
		    (statistics[i].alias != NULL && strcmp(name, statistics[i].alias) == 0)) {
			*out = statistics[i];
			return STATUS_OK;
		}
	}
	if (id == COLUMN_NONE)
		return fault_set(f, STATUS_USAGE, NULL, "-s %s: no statistic and no column", name);
	if (!countable(id))
		return fault_set(f, STATUS_USAGE, NULL,
		    "-s %s: only columns of numbers and addresses can be ranked", name);
	*out = (struct statistic){ column_infos[id].name, NULL, id, COLUMN_NONE, WAY_WHOLE };
	return STATUS_OK;
}

static enum status
parse_statistic(const char *s, struct top *t, struct fault *f)
{
	const char *slash = strchr(s, '/');
	size_t len = slash == NULL ? strlen(s) : (size_t)(slash - s);
	char name[TOP_NAME_MAX];

	if (len >= sizeof(name))
		return fault_set(f, STATUS_USAGE, NULL, "-s %s: no statistic and no column", s);
	memcpy(name, s, len);
	name[len] = '\0';
	if (slash == NULL)
		return find_statistic(name, &t->statistic, f);
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		if (strcmp(slash + 1, orders[i].name) == 0) {
			t->order = orders[i].order;
			return find_statistic(name, &t->statistic, f);
		}
	}
	return fault_set(f, STATUS_USAGE, NULL, "-s %s: the order is flows, packets or bytes", s);
}

enum status
top_open(const char *statistic, size_t max_keys, uint64_t seed, struct top **out,
    struct fault *f)
{
	struct top *t = calloc(1, sizeof(*t));
	enum status st;

	if (t == NULL)
		return fault_memory(f);
	t->seed = seed;
	t->max_keys = max_keys == 0 || max_keys > TOP_KEYS_MAX ? TOP_KEYS_MAX : max_keys;
	st = parse_statistic(statistic, t, f);
	if (st != STATUS_OK) {
		free(t);
		return st;
	}
	*out = t;
	return STATUS_OK;
}

const char *
top_name(const struct top *t)
{
	return t->statistic.name;
}

enum column_id
top_column(const struct top *t)
{
	return t->statistic.first;
}

struct column_set
top_columns(const struct top *t)
{
	static const enum column_id always[] = { COLUMN_FLOW_START, COLUMN_FLOW_END, COLUMN_PACKETS,
		COLUMN_BYTES, COLUMN_REV_PACKETS, COLUMN_REV_BYTES };
	struct column_set set = { 0 };

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		column_set_add(&set, always[i]);
	column_set_add(&set, t->statistic.first);
	if (t->statistic.second != COLUMN_NONE)
		column_set_add(&set, t->statistic.second);
	return set;
}

static bool
key_of(const struct table *table, enum column_id id, size_t row, struct key *out)
{
	*out = (struct key){ 0 };
	if (id == COLUMN_NONE || !table_has(table, id, row))
		return false;
	if (column_infos[id].type == COLUMN_TYPE_ADDRESS) {
		const struct address *a = &table->columns[id].v.address[row];

		memcpy(out->octets, a->octets, a->family == 4 ? 4 : sizeof(out->octets));
		out->family = a->family;
	} else {
		int64_t v = table_int(table, id, row);

		memcpy(out->octets, &v, sizeof(v));
	}
	return true;
}

static int64_t
key_number(const struct key *k)
{
	int64_t v;

	memcpy(&v, k->octets, sizeof(v));
	return v;
}

static size_t
slot_of(const struct top *t, const struct key *k)
{
	size_t i = (size_t)hash_bytes(k, sizeof(*k), t->seed) & (t->slot_count - 1);

	while (t->slots[i] != 0 && memcmp(&t->entries[t->slots[i] - 1].key, k, sizeof(*k)) != 0)
		i = (i + 1) & (t->slot_count - 1);
	return i;
}

static enum status
grow(struct top *t, struct fault *f)
{
	size_t slot_count = t->slot_count == 0 ? 4096 : t->slot_count * 2;
	struct entry *entries = realloc(t->entries, slot_count / 2 * sizeof(*entries));
	uint32_t *slots;

	if (entries == NULL)
		return fault_memory(f);
	t->entries = entries;
	slots = calloc(slot_count, sizeof(*slots));
	if (slots == NULL)
		return fault_memory(f);
	free(t->slots);
	t->slots = slots;
	t->slot_count = slot_count;
	for (size_t i = 0; i < t->count; i++)
		t->slots[slot_of(t, &t->entries[i].key)] = (uint32_t)(i + 1);
	return STATUS_OK;
}

static void
count(struct top_counts *c, const struct top_counts *more)
{
	c->flows += more->flows;
	c->packets += more->packets;
	c->bytes += more->bytes;
	if (!more->timed)
		return;
	if (!c->timed || more->first < c->first)
		c->first = more->first;
	if (!c->timed || more->last > c->last)
		c->last = more->last;
	c->timed = true;
}

static enum status
add_key(struct top *t, const struct key *k, const struct top_counts *more, struct fault *f)
{
	enum status st;
	size_t slot;

	if (t->count < t->max_keys && 2 * (t->count + 1) > t->slot_count) {
		st = grow(t, f);
		if (st != STATUS_OK)
			return st;
	}
	slot = slot_of(t, k);
	if (t->slots[slot] == 0) {
		if (t->count == t->max_keys) {
			t->left_out++;
			return STATUS_OK;
		}
		t->entries[t->count] = (struct entry){ .key = *k };
		t->slots[slot] = (uint32_t)++t->count;
	}
	count(&t->entries[t->slots[slot] - 1].counts, more);
	return STATUS_OK;
}

static struct top_counts
half(const struct table *table, enum column_id packets, enum column_id bytes, size_t row)
{
	struct top_counts c = {
		.flows = 1,
		.packets = (uint64_t)table_int(table, packets, row),
		.bytes = (uint64_t)table_int(table, bytes, row),
		.timed = table_has(table, COLUMN_FLOW_START, row) && table_has(table, COLUMN_FLOW_END, row),
	};

	c.first = table_int(table, COLUMN_FLOW_START, row);
	c.last = table_int(table, COLUMN_FLOW_END, row);
	return c;
}

static enum status
add_row(struct top *t, const struct table *table, size_t row, struct fault *f)
{
	struct top_counts forward = half(table, COLUMN_PACKETS, COLUMN_BYTES, row);
	struct top_counts reverse = half(table, COLUMN_REV_PACKETS, COLUMN_REV_BYTES, row);
	struct top_counts whole = forward;
	struct key a, b;
	bool has_a = key_of(table, t->statistic.first, row, &a);
	bool has_b = key_of(table, t->statistic.second, row, &b);
	bool halves = t->statistic.way == WAY_SENDER || t->statistic.way == WAY_RECEIVER;
	bool swap = t->statistic.way == WAY_RECEIVER;
	enum status st = STATUS_OK;

	whole.packets += reverse.packets;
	whole.bytes += reverse.bytes;
	count(&t->total, &whole);
	if (has_a && (!halves || !swap || reverse.packets != 0))
		st = add_key(t, &a, !halves ? &whole : swap ? &reverse : &forward, f);
	if (st != STATUS_OK || !has_b)
		return st;
	if (!halves && has_a && memcmp(&a, &b, sizeof(a)) == 0)
		return STATUS_OK;
	if (halves && !swap && reverse.packets == 0)
		return STATUS_OK;
	return add_key(t, &b, !halves ? &whole : swap ? &forward : &reverse, f);
}

enum status
top_add(struct top *t, const struct table *table, const uint8_t *matched, struct fault *f)
{
	for (size_t row = 0; row < table->rows; row++) {
		enum status st = matched[row] ? add_row(t, table, row, f) : STATUS_OK;

		if (st != STATUS_OK)
			return st;
	}
	return STATUS_OK;
}

/* IPv4 before IPv6, then by value. */
static int
compare_keys(const struct key *a, const struct key *b)
{
	int64_t x, y;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	if (a->family != 0)
		return memcmp(a->octets, b->octets, sizeof(a->octets));
	x = key_number(a);
	y = key_number(b);
	return (x > y) - (x < y);
}

static int
compare_ranks(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;

	if (x->value != y->value)
		return x->value > y->value ? -1 : 1;
	return compare_keys(&x->entry->key, &y->entry->key);
}

enum status
top_rank(struct top *t, size_t *keys, struct fault *f)
{
	free(t->ranks);
	t->ranks = calloc(t->count + 1, sizeof(*t->ranks));
	if (t->ranks == NULL)
		return fault_memory(f);
	for (size_t i = 0; i < t->count; i++) {
		const struct top_counts *c = &t->entries[i].counts;

		t->ranks[i].entry = &t->entries[i];
		t->ranks[i].value = t->order == TOP_BYTES ? c->bytes :
		    t->order == TOP_PACKETS ? c->packets : c->flows;
	}
	qsort(t->ranks, t->count, sizeof(*t->ranks), compare_ranks);
	*keys = t->count;
	return STATUS_OK;
}

void
top_entry(const struct top *t, size_t place, struct top_entry *out)
{
	const struct entry *e = t->ranks[place].entry;

	*out = (struct top_entry){ .address.family = e->key.family, .counts = e->counts };
	if (e->key.family != 0)
		memcpy(out->address.octets, e->key.octets, sizeof(out->address.octets));
	else
		out->number = key_number(&e->key);
}

const struct top_counts *
top_total(const struct top *t)
{
	return &t->total;
}

uint64_t
top_left_out(const struct top *t)
{
	return t->left_out;
}

void
top_free(struct top *t)
{
	if (t == NULL)
		return;
	free(t->entries);
	free(t->slots);
	free(t->ranks);
	free(t);
}
