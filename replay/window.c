/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/window.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { TIME_MAX = 48 };

#define MICROS INT64_C(1000000)

enum status
window_parse_time(const char *s, int64_t *out, struct fault *f)
{
	int64_t nanos;

	if (!text_parse_time(s, &nanos))
		return fault_set(f, STATUS_USAGE, NULL, "%s is no time (2026-11-23T07:44:00Z, "
		    "2026/11/23.07:44:00, @1700000000)", s);
	*out = nanos / 1000 - (nanos % 1000 < 0);
	return STATUS_OK;
}

/* What of nfdump's "2026/11/23.07:44:00" is given, what completes it, how long it lasts. */
static const struct {
	size_t len;
	const char *rest;
	int64_t seconds;
} units[] = {
	{ 10, ".00:00:00", 86400 },
	{ 13, ":00:00", 3600 },
	{ 16, ":00", 60 },
	{ 19, "", 1 },
};

/* One side of nfdump's form: when it begins and, behind that, when it is over. */
static bool
parse_slashed(const char *s, size_t len, struct window *out)
{
	char text[TIME_MAX];
	int64_t nanos;

	if (len < 5 || len > 23 || s[4] != '/')
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (len != units[i].len)
			continue;
		snprintf(text, sizeof(text), "%.*s%s", (int)len, s, units[i].rest);
		if (!text_parse_time(text, &nanos))
			return false;
		*out = (struct window){ nanos / 1000, nanos / 1000 + units[i].seconds * MICROS };
		return true;
	}
	/* With a fraction: the last millisecond (or what is given) belongs to it. */
	snprintf(text, sizeof(text), "%.*s", (int)len, s);
	if (len < 21 || !text_parse_time(text, &nanos))
		return false;
	*out = (struct window){ nanos / 1000, nanos / 1000 + 1000 };
	return true;
}

static enum status
parse_dotted(const char *s, const char *dots, struct window *out, struct fault *f)
{
	struct window w = WINDOW_ALL;
	char from[TIME_MAX];
	enum status st = STATUS_OK;

	if ((size_t)(dots - s) >= sizeof(from))
		return fault_set(f, STATUS_USAGE, NULL, "-t %s: too long", s);
	memcpy(from, s, (size_t)(dots - s));
	from[dots - s] = '\0';
	if (from[0] != '\0')
		st = window_parse_time(from, &w.from, f);
	if (st == STATUS_OK && dots[2] != '\0')
		st = window_parse_time(dots + 2, &w.to, f);
	if (st == STATUS_OK)
		*out = w;
	return st;
}

enum status
window_parse(const char *s, struct window *out, struct fault *f)
{
	const char *dots = strstr(s, "..");
	const char *hyphen = strchr(s, '-');
	size_t len = hyphen == NULL ? strlen(s) : (size_t)(hyphen - s);
	struct window first = WINDOW_ALL, last;

	if (dots != NULL) {
		enum status st = parse_dotted(s, dots, &first, f);

		if (st != STATUS_OK)
			return st;
		last = first;
	} else {
		if (!parse_slashed(s, len, &first))
			return fault_set(f, STATUS_USAGE, NULL, "-t %s: a span is written "
			    "2026/11/23.07:44:00-2026/11/23.08:00:00, or A..B", s);
		last = first;
		if (hyphen != NULL && !parse_slashed(hyphen + 1, strlen(hyphen + 1), &last))
			return fault_set(f, STATUS_USAGE, NULL, "-t %s: %s is no time as in 2026/11/23.08:00:00",
			    s, hyphen + 1);
	}
	if (last.to <= first.from)
		return fault_set(f, STATUS_USAGE, NULL, "-t %s: ends before it begins", s);
	*out = (struct window){ first.from, last.to };
	return STATUS_OK;
}

size_t
window_rows(const struct window *w, const struct table *t, uint8_t *matched)
{
	size_t count = 0;

	for (size_t row = 0; row < t->rows; row++) {
		bool after = w->from == INT64_MIN || (table_has(t, COLUMN_FLOW_END, row) &&
		    table_int(t, COLUMN_FLOW_END, row) >= w->from);
		bool before = w->to == INT64_MAX || (table_has(t, COLUMN_FLOW_START, row) &&
		    table_int(t, COLUMN_FLOW_START, row) < w->to);

		matched[row] = matched[row] && after && before;
		count += matched[row];
	}
	return count;
}
