/* SPDX-License-Identifier: BSD-2-Clause */
/* Splunk's HTTP Event Collector: its envelope, and in it the fields of CIM's Network Traffic. */
#include "flow/format_row.h"

#include "flow/event.h"

#define NONE COLUMN_NONE
#define FIELD(name, as, id) { "event." name, as, COLUMN_##id, NONE, NULL }
#define FIXED(name, as, text) { name, as, NONE, NONE, text }

/*
 * CIM's bytes_out and bytes_in are a device's; of an exporter that only watches they are the two
 * directions of the flow, source to destination and back.
 */
static const struct event_field hec[] = {
	{ "time", EVENT_SECONDS, COLUMN_FLOW_START, COLUMN_RECEIVED, NULL },
	{ "host", EVENT_PLAIN, COLUMN_EXPORTER_IP, NONE, NULL },
	FIXED("source", EVENT_ARCHIVE, NULL),
	FIXED("sourcetype", EVENT_CONST, "nfseal:flow"),
	FIXED("event.vendor_product", EVENT_CONST, "nfseal"),
	FIXED("event.record_id", EVENT_ID, NULL),
	FIELD("action", EVENT_ACTION, FIREWALL_EVENT),
	FIELD("dvc", EVENT_PLAIN, EXPORTER_IP),
	FIELD("dvc_ip", EVENT_PLAIN, EXPORTER_IP),
	FIELD("src", EVENT_PLAIN, SRC_IP),
	FIELD("src_ip", EVENT_PLAIN, SRC_IP),
	FIELD("src_port", EVENT_PLAIN, SRC_PORT),
	FIELD("src_mac", EVENT_PLAIN, SRC_MAC),
	FIELD("src_interface", EVENT_QUOTED, IN_IF),
	FIELD("src_translated_ip", EVENT_PLAIN, NAT_SRC_IP),
	FIELD("src_translated_port", EVENT_PLAIN, NAT_SRC_PORT),
	FIELD("dest", EVENT_PLAIN, DST_IP),
	FIELD("dest_ip", EVENT_PLAIN, DST_IP),
	FIELD("dest_port", EVENT_PLAIN, DST_PORT),
	FIELD("dest_mac", EVENT_PLAIN, DST_MAC),
	FIELD("dest_interface", EVENT_QUOTED, OUT_IF),
	FIELD("dest_translated_ip", EVENT_PLAIN, NAT_DST_IP),
	FIELD("dest_translated_port", EVENT_PLAIN, NAT_DST_PORT),
	FIELD("transport", EVENT_PROTO_LOWER, PROTOCOL),
	FIXED("event.protocol", EVENT_CONST, "ip"),
	FIELD("protocol_version", EVENT_IP_LOWER, IP_VERSION),
	FIELD("app", EVENT_PLAIN, APP_NAME),
	{ "event.bytes", EVENT_SUM, COLUMN_BYTES, COLUMN_REV_BYTES, NULL },
	FIELD("bytes_out", EVENT_PLAIN, BYTES),
	FIELD("bytes_in", EVENT_PLAIN, REV_BYTES),
	{ "event.packets", EVENT_SUM, COLUMN_PACKETS, COLUMN_REV_PACKETS, NULL },
	FIELD("packets_out", EVENT_PLAIN, PACKETS),
	FIELD("packets_in", EVENT_PLAIN, REV_PACKETS),
	FIXED("event.duration", EVENT_DURATION_S, NULL),
	FIELD("end_time", EVENT_SECONDS, FLOW_END),
	FIELD("tcp_flag", EVENT_FLAGS, TCP_FLAGS),
	FIXED("event.icmp_type", EVENT_ICMP_TYPE, NULL),
	FIXED("event.icmp_code", EVENT_ICMP_CODE, NULL),
	FIELD("tos", EVENT_PLAIN, TOS),
	FIELD("vlan", EVENT_QUOTED, VLAN),
	FIELD("direction", EVENT_INGRESS, DIRECTION),
	FIELD("flow_id", EVENT_COMMUNITY_ID, COMMUNITY_ID),
	FIXED("event.segment", EVENT_SEGMENT, NULL),
	FIXED(NULL, EVENT_CONST, NULL),
};

void
format_hec_row(struct format_state *s, const struct table *t, size_t row)
{
	const struct event_row r = { t, row, s->place };

	event_json(hec, &r, s->out);
	buf_u8(s->out, '\n');
}
