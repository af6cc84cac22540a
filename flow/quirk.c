/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/quirk.h"

#include "flow/ipfix_decode.h"

enum {
	FLOW_END_SYS_UP_TIME = 21,
	MILLIS = 1000,
	AHEAD = 60 * MILLIS,         /* of its header a flow's end may be */
	RECENT = 3600 * MILLIS,
	PLAUSIBLE = 24 * 3600 * MILLIS
};

/* Milliseconds from a flow's end to the header, modulo 2^32. */
static int32_t
age(uint32_t uptime, uint64_t end)
{
	return (int32_t)(uptime - (uint32_t)end);
}

bool
quirk_uptime_in_seconds(const struct record *r, const struct export_header *h)
{
	struct record_fields it = record_fields(r);
	struct field field;
	uint64_t end;
	int32_t by_millis, by_seconds;

	if (h->version > DIALECT_NETFLOW9 || h->uptime == 0)
		return false;
	do
		if (!record_next(&it, &field))
			return false;
	while (field.spec->id != FLOW_END_SYS_UP_TIME || field.spec->pen != ELEMENT_PEN_IANA);
	if (!field_uint(&field, &end) || end > UINT32_MAX)
		return false;
	by_millis = age(h->uptime, end);
	by_seconds = age(h->uptime * MILLIS, end);
	return (by_millis < -AHEAD || by_millis > PLAUSIBLE) && by_seconds >= -AHEAD &&
	    by_seconds <= RECENT;
}

static bool
in_high_half(int64_t v)
{
	return v != 0 && (uint32_t)v == 0;
}

size_t
quirk_high_counters(const struct table *t, size_t row, size_t count)
{
	const int64_t *packets = t->columns[COLUMN_PACKETS].v.i64;
	size_t found = 0;

	if (t->columns[COLUMN_PACKETS].present == NULL)
		return 0;
	for (size_t i = row; i < row + count; i++)
		found += in_high_half(packets[i]) && table_has(t, COLUMN_PACKETS, i) &&
		    in_high_half(table_i64(t, COLUMN_BYTES, i));
	return found;
}

bool
quirk_count_is_off(const struct export_header *h, const struct decode_counters *message)
{
	return h->version == DIALECT_NETFLOW9 && h->count != message->sets &&
	    h->count != message->records + message->option_records + message->templates;
}
