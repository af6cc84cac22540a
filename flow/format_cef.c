/* SPDX-License-Identifier: BSD-2-Clause */
/* ArcSight's Common Event Format and QRadar's Log Event Extended Format: a header and pairs. */
#include "flow/format_row.h"

#include <string.h>

#include "base/version.h"
#include "flow/event.h"

#define NONE COLUMN_NONE
#define FIELD(name, as, id) { name, as, COLUMN_##id, NONE, NULL }
#define FIXED(name, as, text) { name, as, NONE, NONE, text }

/*
 * `out` is what the source sent and `in` what it received, as Sentinel reads them.  src, dst and
 * dvc are IPv4 in CEF's dictionary; IPv6 addresses have fields with labels.
 */
static const struct event_field cef[] = {
	{ "start", EVENT_MILLIS, COLUMN_FLOW_START, COLUMN_RECEIVED, NULL },
	FIELD("end", EVENT_MILLIS, FLOW_END),
	FIELD("src", EVENT_IPV4, SRC_IP),
	FIELD("c6a2", EVENT_IPV6, SRC_IP),
	FIELD("spt", EVENT_PLAIN, SRC_PORT),
	FIELD("dst", EVENT_IPV4, DST_IP),
	FIELD("c6a3", EVENT_IPV6, DST_IP),
	FIELD("dpt", EVENT_PLAIN, DST_PORT),
	FIELD("proto", EVENT_PROTO_UPPER, PROTOCOL),
	FIELD("app", EVENT_PLAIN, APP_NAME),
	FIELD("out", EVENT_PLAIN, BYTES),
	FIELD("in", EVENT_PLAIN, REV_BYTES),
	FIELD("deviceInboundInterface", EVENT_PLAIN, IN_IF),
	FIELD("deviceOutboundInterface", EVENT_PLAIN, OUT_IF),
	FIELD("deviceDirection", EVENT_WAY, DIRECTION),
	FIELD("smac", EVENT_PLAIN, SRC_MAC),
	FIELD("dmac", EVENT_PLAIN, DST_MAC),
	FIELD("sourceTranslatedAddress", EVENT_IPV4, NAT_SRC_IP),
	FIELD("sourceTranslatedPort", EVENT_PLAIN, NAT_SRC_PORT),
	FIELD("destinationTranslatedAddress", EVENT_IPV4, NAT_DST_IP),
	FIELD("destinationTranslatedPort", EVENT_PLAIN, NAT_DST_PORT),
	FIELD("dvc", EVENT_IPV4, EXPORTER_IP),
	FIELD("c6a1", EVENT_IPV6, EXPORTER_IP),
	FIXED("externalId", EVENT_SHORT_ID, NULL), /* of 40 characters at most */
	FIELD("cs1", EVENT_COMMUNITY_ID, COMMUNITY_ID),
	FIXED("cs2", EVENT_SEGMENT, NULL),
	FIELD("cs3", EVENT_FLAGS, TCP_FLAGS),
	FIXED("cs4", EVENT_ID, NULL),
	FIELD("cn1", EVENT_PLAIN, PACKETS),
	FIELD("cn2", EVENT_PLAIN, REV_PACKETS),
	FIXED(NULL, EVENT_CONST, NULL),
};

/* What the fields without a meaning of their own mean. */
static const struct {
	const char *name;
	const char *label;
} labels[] = {
	{ "c6a1", "c6a1Label=Device IPv6 Address " },
	{ "c6a2", "c6a2Label=Source IPv6 Address " },
	{ "c6a3", "c6a3Label=Destination IPv6 Address " },
	{ "cs1", "cs1Label=communityId " },
	{ "cs2", "cs2Label=archiveSegment " },
	{ "cs3", "cs3Label=tcpFlags " },
	{ "cs4", "cs4Label=recordId " },
	{ "cn1", "cn1Label=packets " },
	{ "cn2", "cn2Label=reversePackets " },
};

static const struct event_field leef[] = {
	FIXED("cat", EVENT_CONST, "flow"),
	{ "devTime", EVENT_MILLIS, COLUMN_FLOW_START, COLUMN_RECEIVED, NULL },
	FIELD("flowEnd", EVENT_MILLIS, FLOW_END),
	FIELD("src", EVENT_PLAIN, SRC_IP),
	FIELD("dst", EVENT_PLAIN, DST_IP),
	FIELD("srcPort", EVENT_PLAIN, SRC_PORT),
	FIELD("dstPort", EVENT_PLAIN, DST_PORT),
	FIELD("proto", EVENT_PLAIN, PROTOCOL),
	FIELD("srcBytes", EVENT_PLAIN, BYTES),
	FIELD("dstBytes", EVENT_PLAIN, REV_BYTES),
	FIELD("srcPackets", EVENT_PLAIN, PACKETS),
	FIELD("dstPackets", EVENT_PLAIN, REV_PACKETS),
	FIELD("srcMAC", EVENT_PLAIN, SRC_MAC),
	FIELD("dstMAC", EVENT_PLAIN, DST_MAC),
	FIELD("srcPostNAT", EVENT_PLAIN, NAT_SRC_IP),
	FIELD("srcPostNATPort", EVENT_PLAIN, NAT_SRC_PORT),
	FIELD("dstPostNAT", EVENT_PLAIN, NAT_DST_IP),
	FIELD("dstPostNATPort", EVENT_PLAIN, NAT_DST_PORT),
	FIELD("tcpFlags", EVENT_FLAGS, TCP_FLAGS),
	FIELD("exporter", EVENT_PLAIN, EXPORTER_IP),
	FIELD("communityId", EVENT_COMMUNITY_ID, COMMUNITY_ID),
	FIXED("recordId", EVENT_ID, NULL),
	FIXED("sev", EVENT_CONST, "1"),
	FIXED(NULL, EVENT_CONST, NULL),
};

/*
 * A line ends the event, and `end` the pair: neither may come out of a value.  CEF escapes; LEEF
 * knows no escapes, and has spaces instead.
 */
static void
put_value(struct buf *out, const struct event_value *v, char end)
{
	bool escaped = end == ' ';

	if (v->kind == EVENT_IS_OCTETS) {
		format_hex(out, v->data, v->len);
		return;
	}
	for (size_t i = 0; i < v->len; i++) {
		uint8_t c = v->data[i];

		if (escaped && (c == '\n' || c == '\r'))
			buf_str(out, c == '\n' ? "\\n" : "\\r");
		else if (c < 0x20 || c == 0x7f)
			buf_u8(out, ' ');
		else if (escaped && (c == '\\' || c == '='))
			buf_put(out, c == '=' ? "\\=" : "\\\\", 2);
		else
			buf_u8(out, c);
	}
}

static void
put_pairs(struct buf *out, const struct event_field *fields, const struct event_row *r, char end)
{
	struct event_value v;
	bool first = true;

	for (const struct event_field *f = fields; f->name != NULL; f++) {
		if (!event_value(f, r, &v))
			continue;
		if (!first)
			buf_u8(out, (uint8_t)end);
		first = false;
		for (size_t i = 0; fields == cef && i < sizeof labels / sizeof labels[0]; i++)
			if (strcmp(labels[i].name, f->name) == 0)
				buf_str(out, labels[i].label);
		buf_str(out, f->name);
		buf_u8(out, '=');
		put_value(out, &v, end);
	}
	buf_u8(out, '\n');
}

void
format_cef_row(struct format_state *s, const struct table *t, size_t row)
{
	const struct event_row r = { t, row, s->place };

	buf_str(s->out, "CEF:0|nfseal|nfseal|" VERSION_TEXT "|100|Flow|1|");
	put_pairs(s->out, cef, &r, ' ');
}

void
format_leef_row(struct format_state *s, const struct table *t, size_t row)
{
	const struct event_row r = { t, row, s->place };

	buf_str(s->out, "LEEF:2.0|nfseal|nfseal|" VERSION_TEXT "|Flow|x09|");
	put_pairs(s->out, leef, &r, '\t');
}
