/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/retime.h"

#include <string.h>

#include "base/text.h"

enum { NANOS_PER_MICRO = 1000 };

/* Those of a flow that are points in time, and how many of them one microsecond is. */
static const struct moved {
	enum column_id column;
	int64_t unit;
} columns[] = {
	{ COLUMN_FLOW_START, 1 },
	{ COLUMN_FLOW_END, 1 },
	{ COLUMN_FLOW_START_NS, NANOS_PER_MICRO },
	{ COLUMN_FLOW_END_NS, NANOS_PER_MICRO },
	{ COLUMN_EXPORT_TIME, 1 },
	{ COLUMN_RECEIVED, 1 },
};

enum { COLUMNS = sizeof columns / sizeof columns[0] };

enum status
retime_parse(const char *s, struct retime *out, struct fault *f)
{
	if (strcmp(s, "original") == 0)
		*out = (struct retime){ .policy = RETIME_ORIGINAL };
	else if (strcmp(s, "now") == 0)
		*out = (struct retime){ .policy = RETIME_NOW };
	else
		return fault_set(f, STATUS_USAGE, NULL, "--time %s: original or now is expected", s);
	return STATUS_OK;
}

enum status
retime_parse_shift(const char *s, struct retime *out, struct fault *f)
{
	bool minus = s[0] == '-';
	int64_t nanos;

	if (!text_parse_duration(s + (minus || s[0] == '+'), &nanos))
		return fault_set(f, STATUS_USAGE, NULL,
		    "--shift %s: a time such as +3d, -90s or +1h is expected", s);
	*out = (struct retime){ .policy = RETIME_SHIFT,
		.shift = (minus ? -nanos : nanos) / NANOS_PER_MICRO };
	return STATUS_OK;
}

/* How far the row moves; false if it cannot be told. */
static bool
distance(const struct retime *r, const struct table *t, size_t row, int64_t now, int64_t *out)
{
	enum column_id end = table_has(t, COLUMN_FLOW_END, row) ? COLUMN_FLOW_END : COLUMN_FLOW_START;

	*out = r->shift;
	if (r->policy == RETIME_SHIFT)
		return true;
	return table_has(t, end, row) && !__builtin_sub_overflow(now, table_int(t, end, row), out);
}

static bool
move_row(struct table *t, size_t row, int64_t by)
{
	int64_t values[COLUMNS];

	for (size_t i = 0; i < COLUMNS; i++) {
		int64_t step;

		if (!table_has(t, columns[i].column, row))
			continue;
		if (__builtin_mul_overflow(by, columns[i].unit, &step) ||
		    __builtin_add_overflow(table_int(t, columns[i].column, row), step, &values[i]))
			return false;
	}
	for (size_t i = 0; i < COLUMNS; i++)
		if (table_has(t, columns[i].column, row))
			table_set_i64(t, columns[i].column, row, values[i]);
	return true;
}

size_t
retime_rows(const struct retime *r, struct table *t, size_t from, size_t to,
    const uint8_t *matched, int64_t now)
{
	size_t stayed = 0;

	if (r->policy == RETIME_ORIGINAL)
		return 0;
	for (size_t row = from; row < to; row++) {
		int64_t by;

		if (matched[row] != 0)
			stayed += !distance(r, t, row, now, &by) || !move_row(t, row, by);
	}
	return stayed;
}
