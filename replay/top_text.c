/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/top_text.h"

#include <inttypes.h>
#include <string.h>

#include "base/jsonw.h"
#include "flow/protocol.h"

enum { KEY_WIDTH = 15 };

static void
key_text(const struct top *t, const struct top_entry *e, char out[TEXT_ADDRESS_MAX])
{
	uint8_t mac[6];

	if (e->address.family != 0) {
		text_address(out, &e->address);
	} else if (column_infos[top_column(t)].type == COLUMN_TYPE_MAC) {
		for (size_t i = 0; i < sizeof(mac); i++)
			mac[i] = (uint8_t)(e->number >> (40 - 8 * i));
		text_mac(out, mac);
	} else {
		text_i64(out, e->number);
	}
}

static bool
is_number(const struct top *t)
{
	enum column_type type = column_infos[top_column(t)].type;

	return type != COLUMN_TYPE_ADDRESS && type != COLUMN_TYPE_MAC;
}

static void
times(const struct top_counts *c, char first[TEXT_TIME_MAX], char last[TEXT_TIME_MAX])
{
	first[0] = last[0] = '\0';
	if (c->timed) {
		text_time_micros(first, c->first);
		text_time_micros(last, c->last);
	}
}

/* Tenths of a percent, rounded down; floating point would do, but not the same everywhere. */
static unsigned
share(uint64_t part, uint64_t whole)
{
	__extension__ typedef unsigned __int128 wide;

	return whole == 0 ? 0 : (unsigned)((wide)part * 1000 / whole);
}

static void
put_count(struct buf *out, uint64_t v, uint64_t whole, int width)
{
	unsigned s = share(v, whole);

	buf_printf(out, " %*" PRIu64 " %3u.%u%%", width, v, s / 10, s % 10);
}

static void
key_shown(const struct top *t, const struct top_entry *e, char out[TEXT_ADDRESS_MAX])
{
	const char *name = top_column(t) == COLUMN_PROTOCOL && e->number >= 0 && e->number <= UINT8_MAX ?
	    protocol_name((unsigned)e->number) : NULL;

	if (name != NULL)
		memcpy(out, name, strlen(name) + 1);
	else
		key_text(t, e, out);
}

static int
key_width(const struct top *t, size_t places)
{
	size_t width = strlen(top_name(t)) > KEY_WIDTH ? strlen(top_name(t)) : KEY_WIDTH;

	for (size_t i = 0; i < places; i++) {
		struct top_entry e;
		char key[TEXT_ADDRESS_MAX];

		top_entry(t, i, &e);
		key_shown(t, &e, key);
		if (strlen(key) > width)
			width = strlen(key);
	}
	return (int)width;
}

static void
print_table(const struct top *t, size_t places, struct buf *out)
{
	const struct top_counts *total = top_total(t);
	int width = key_width(t, places);

	buf_printf(out, "%-*s %10s %6s %12s %6s %16s %6s  %-27s %s\n", width, top_name(t), "Flows", "",
	    "Packets", "", "Bytes", "", "First", "Last");
	for (size_t i = 0; i < places; i++) {
		char key[TEXT_ADDRESS_MAX], first[TEXT_TIME_MAX], last[TEXT_TIME_MAX];
		struct top_entry e;

		top_entry(t, i, &e);
		key_shown(t, &e, key);
		times(&e.counts, first, last);
		buf_printf(out, "%-*s", width, key);
		put_count(out, e.counts.flows, total->flows, 10);
		put_count(out, e.counts.packets, total->packets, 12);
		put_count(out, e.counts.bytes, total->bytes, 16);
		buf_printf(out, "  %-27s %s\n", e.counts.timed ? first : "-", e.counts.timed ? last : "-");
	}
}

static void
print_ndjson(const struct top *t, size_t places, struct buf *out)
{
	for (size_t i = 0; i < places; i++) {
		char key[TEXT_ADDRESS_MAX], first[TEXT_TIME_MAX], last[TEXT_TIME_MAX];
		struct top_entry e;
		struct jsonw j;

		top_entry(t, i, &e);
		key_text(t, &e, key);
		times(&e.counts, first, last);
		jsonw_init(&j, out);
		jsonw_object(&j);
		if (is_number(t))
			jsonw_key_i64(&j, top_name(t), e.number);
		else
			jsonw_key_str(&j, top_name(t), key);
		jsonw_key_u64(&j, "flows", e.counts.flows);
		jsonw_key_u64(&j, "packets", e.counts.packets);
		jsonw_key_u64(&j, "bytes", e.counts.bytes);
		jsonw_key_str(&j, "first", e.counts.timed ? first : NULL);
		jsonw_key_str(&j, "last", e.counts.timed ? last : NULL);
		jsonw_object_end(&j);
		buf_u8(out, '\n');
	}
}

static void
print_csv(const struct top *t, size_t places, struct buf *out)
{
	buf_printf(out, "%s,flows,packets,bytes,first,last\n", top_name(t));
	for (size_t i = 0; i < places; i++) {
		char key[TEXT_ADDRESS_MAX], first[TEXT_TIME_MAX], last[TEXT_TIME_MAX];
		struct top_entry e;

		top_entry(t, i, &e);
		key_text(t, &e, key);
		times(&e.counts, first, last);
		buf_printf(out, "%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%s,%s\n", key, e.counts.flows,
		    e.counts.packets, e.counts.bytes, first, last);
	}
}

void
top_print(const struct top *t, size_t keys, size_t places, enum top_format format,
    struct buf *out)
{
	if (places > keys)
		places = keys;
	if (format == TOP_TABLE)
		print_table(t, places, out);
	else if (format == TOP_NDJSON)
		print_ndjson(t, places, out);
	else
		print_csv(t, places, out);
}
