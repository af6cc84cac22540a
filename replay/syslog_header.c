/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/syslog_header.h"

#include <string.h>

#include "base/text.h"

/* local0 (16) and informational (6): RFC 5424 section 6.2.1. */
#define PRIORITY "<134>"

/* "2026-11-23T08:00:00.123456Z", or "-" where the flow has no time that RFC 5424 can write. */
static void
time_of(char out[TEXT_TIME_MAX], const struct table *t, size_t row)
{
	enum column_id column = table_has(t, COLUMN_FLOW_END, row) ? COLUMN_FLOW_END : COLUMN_RECEIVED;

	strcpy(out, "-");
	if (table_has(t, column, row))
		text_time_micros(out, table_i64(t, column, row));
	if (out[0] == '@')
		strcpy(out, "-");
}

/* "Nov 23 08:00:00": RFC 3164 section 4.1.2, the day in two places. */
static void
put_short_time(struct buf *out, const char *time)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	size_t month;

	if (time[0] == '-') {
		buf_str(out, "Jan  1 00:00:00");
		return;
	}
	month = (size_t)(time[5] - '0') * 10 + (size_t)(time[6] - '0') - 1;
	buf_printf(out, "%.3s %c%c %.8s", months + 3 * month, time[8] == '0' ? ' ' : time[8], time[9],
	    time + 11);
}

void
syslog_header(struct buf *out, enum syslog_form form, const struct table *t, size_t row,
    const char *host, bool tagged)
{
	char exporter[TEXT_ADDRESS_MAX], time[TEXT_TIME_MAX];

	if (table_has(t, COLUMN_EXPORTER_IP, row)) {
		text_address(exporter, &t->columns[COLUMN_EXPORTER_IP].v.address[row]);
		host = exporter;
	}
	time_of(time, t, row);
	if (form == SYSLOG_5424) {
		buf_printf(out, PRIORITY "1 %s %s nfseal - flow - ", time, host);
		return;
	}
	buf_str(out, PRIORITY);
	put_short_time(out, time);
	buf_printf(out, " %s %s", host, tagged ? "nfseal: " : "");
}
