/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/profile.h"

#include <string.h>

#define END COLUMN_NONE

static const struct profile profiles[] = {
	{ "filebeat", "netflow9", 128, 30, 250, 0, 2055,
	    { COLUMN_PACKETS, COLUMN_BYTES, COLUMN_PROTOCOL, COLUMN_SRC_PORT, COLUMN_DST_PORT,
		COLUMN_TCP_FLAGS, COLUMN_TOS, COLUMN_IN_IF, COLUMN_OUT_IF, COLUMN_SRC_AS, COLUMN_DST_AS,
		COLUMN_DIRECTION, END },
	    "Filebeat, Elastic Agent: times by the header's uptime, all fields of its flow documents" },
	{ "splunk-stream", "ipfix", 256, 60, 0, 0, 4739, { COLUMN_PACKETS, COLUMN_BYTES, END },
	    "Splunk Stream: times as flowStartMilliseconds and flowEndMilliseconds" },
	{ "qradar", "netflow9", 256, 60, 250, 0, 2055, { COLUMN_PACKETS, COLUMN_BYTES, END },
	    "QRadar: sequence numbers without gaps, which it verifies" },
	{ "graylog", "netflow9", 128, 30, 250, 0, 2055, { COLUMN_PACKETS, COLUMN_BYTES, END },
	    "Graylog: counters in each record; the header's time is the event's" },
	{ "sof-elk", "netflow9", 128, 30, 250, 0, 9995, { COLUMN_PACKETS, COLUMN_BYTES, END },
	    "SOF-ELK: start and end of one unit in each record" },
	{ "nfcapd", "netflow9", 256, 60, 0, ANNOUNCE_ALL, 9995, { COLUMN_PACKETS, COLUMN_BYTES, END },
	    "nfcapd: times in milliseconds" },
	{ "generic", "exact", 256, 60, 0, ANNOUNCE_ALL, 2055, { END },
	    "goflow2, pmacct, akvorado and others: the datagrams as they were received" },
};

enum { PROFILES = sizeof profiles / sizeof *profiles };

const struct profile *
profile_find(const char *name)
{
	for (size_t i = 0; i < PROFILES; i++)
		if (strcmp(profiles[i].name, name) == 0)
			return &profiles[i];
	return NULL;
}

static void
help_one(const struct profile *p, struct buf *out)
{
	buf_printf(out, "%-14s %s\n", p->name, p->help);
	buf_printf(out, "%-14s --format %s --refresh %u,%us --lead %ums --options %s --time original; it listens "
	    "at %u\n", "", p->format, (unsigned)p->refresh, (unsigned)p->refresh_seconds,
	    (unsigned)p->lead_millis, p->announce == 0 ? "none" : "all", (unsigned)p->port);
	if (p->required[0] == END)
		return;
	buf_printf(out, "%-14s always with", "");
	for (size_t i = 0; p->required[i] != END; i++)
		buf_printf(out, " %s", column_infos[p->required[i]].name);
	buf_str(out, "\n");
}

void
profile_help(struct buf *out)
{
	for (size_t i = 0; i < PROFILES; i++)
		help_one(&profiles[i], out);
}
