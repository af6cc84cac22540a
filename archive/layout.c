/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/layout.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECONDS_MAX INT64_C(253402300799) /* the end of the year 9999 */

/* nfcapd's -S, in strftime's letters. */
static const char *const forms[LAYOUT_MAX + 1] = { "", "%Y/%m/%d", "%Y/%m/%d/%H", "%Y/%W/%u",
	"%Y/%W/%u/%H", "%Y/%j", "%Y/%j/%H", "%Y-%m-%d", "%Y-%m-%d/%H" };

void
layout_stem(char out[LAYOUT_STEM_MAX], int64_t seconds, uint64_t sequence)
{
	time_t t = (time_t)(seconds < 0 ? 0 : seconds > SECONDS_MAX ? SECONDS_MAX : seconds);
	struct tm tm = { 0 };
	size_t n;

	(void)gmtime_r(&t, &tm);
	n = strftime(out, LAYOUT_STEM_MAX, "%Y%m%dT%H%M%SZ", &tm);
	(void)snprintf(out + n, LAYOUT_STEM_MAX - n, "-%08llu", (unsigned long long)sequence);
}

bool
layout_directory(char out[LAYOUT_DIR_MAX], unsigned layout, const char *stem)
{
	struct tm tm = { 0 };
	time_t t;

	if (layout > LAYOUT_MAX || sscanf(stem, "%4d%2d%2dT%2d%2d%2dZ-", &tm.tm_year, &tm.tm_mon,
	    &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 6)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	t = timegm(&tm);
	if (gmtime_r(&t, &tm) == NULL)
		return false;
	out[0] = '\0';
	return layout == 0 || strftime(out, LAYOUT_DIR_MAX, forms[layout], &tm) > 0;
}
