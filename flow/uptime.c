/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/uptime.h"

#include "flow/instant.h"

enum {
	LEAD = 86400, /* seconds that the exporter is said to have run before the first flow */
	LEAD_LEAST = 1
};

enum refusal
uptime_times(const struct table *t, size_t row, int64_t *start, int64_t *end)
{
	bool has_start = table_has(t, COLUMN_FLOW_START, row);
	bool has_end = table_has(t, COLUMN_FLOW_END, row);
	int64_t from = floor_div(table_i64(t, COLUMN_FLOW_START, row), 1000);
	int64_t to = floor_div(table_i64(t, COLUMN_FLOW_END, row), 1000);

	if (!has_start && !has_end)
		return REFUSAL_TIME;
	*start = has_start ? from : to;
	*end = has_end ? to : from;
	if (*start < 0 || *end < *start || *end > UPTIME_END_MAX)
		return REFUSAL_TIME;
	return REFUSAL_NONE;
}

/* The header's time for an end: the next whole second. */
static int64_t
header_second(int64_t end)
{
	return (end + 999) / 1000;
}

static bool
spans(int64_t boot, int64_t seconds)
{
	return seconds - boot <= UINT32_MAX / 1000;
}

bool
uptime_fits(const struct uptime_clock *c, int64_t start, int64_t end)
{
	return c->started && start >= c->boot * 1000 && spans(c->boot, header_second(end)) &&
	    spans(c->boot, c->seconds);
}

enum refusal
uptime_start(struct uptime_clock *c, int64_t start, int64_t end)
{
	int64_t lead = spans(start / 1000 - LEAD, header_second(end)) ? LEAD : LEAD_LEAST;
	int64_t boot = start / 1000 > lead ? start / 1000 - lead : 0;
	int64_t seconds = header_second(end);

	if (!spans(boot, seconds))
		return REFUSAL_DURATION;
	/* a header of zeros is taken for none, by our own collector too */
	*c = (struct uptime_clock){ boot, seconds > 0 ? seconds : 1, true };
	return REFUSAL_NONE;
}

void
uptime_advance(struct uptime_clock *c, int64_t end)
{
	if (header_second(end) > c->seconds)
		c->seconds = header_second(end);
}

bool
uptime_now(struct uptime_clock *c, int64_t seconds)
{
	if (!c->started || !spans(c->boot, seconds))
		return false;
	if (seconds > c->seconds)
		c->seconds = seconds;
	return true;
}
