/* SPDX-License-Identifier: BSD-2-Clause */
/* The Elastic Common Schema, as lines of JSON and as the body of _bulk. */
#include "flow/format_row.h"

#include "flow/event.h"

#define NONE COLUMN_NONE
#define FIELD(name, as, id) { name, as, COLUMN_##id, NONE, NULL }
#define FIXED(name, as, text) { name, as, NONE, NONE, text }

/* Fields of one object stand together.  ECS's keywords are text even where they are numbers. */
static const struct event_field ecs[] = {
	{ "@timestamp", EVENT_FIRST, COLUMN_FLOW_END, COLUMN_RECEIVED, NULL },
	FIXED("ecs.version", EVENT_CONST, "8.17.0"),
	FIXED("event.kind", EVENT_CONST, "event"),
	FIXED("event.category", EVENT_CONST_JSON, "[\"network\"]"),
	FIXED("event.type", EVENT_CONST_JSON, "[\"connection\"]"),
	FIXED("event.action", EVENT_CONST, "netflow_flow"),
	FIXED("event.id", EVENT_ID, NULL),
	FIELD("event.start", EVENT_PLAIN, FLOW_START),
	FIELD("event.end", EVENT_PLAIN, FLOW_END),
	FIXED("event.duration", EVENT_DURATION_NS, NULL),
	FIELD("event.reason", EVENT_END_REASON, END_REASON),
	FIELD("source.ip", EVENT_PLAIN, SRC_IP),
	FIELD("source.port", EVENT_PLAIN, SRC_PORT),
	FIELD("source.bytes", EVENT_PLAIN, BYTES),
	FIELD("source.packets", EVENT_PLAIN, PACKETS),
	FIELD("source.mac", EVENT_MAC_HYPHENS, SRC_MAC),
	FIELD("source.as.number", EVENT_PLAIN, SRC_AS),
	FIELD("source.nat.ip", EVENT_PLAIN, NAT_SRC_IP),
	FIELD("source.nat.port", EVENT_PLAIN, NAT_SRC_PORT),
	FIELD("destination.ip", EVENT_PLAIN, DST_IP),
	FIELD("destination.port", EVENT_PLAIN, DST_PORT),
	FIELD("destination.bytes", EVENT_PLAIN, REV_BYTES),
	FIELD("destination.packets", EVENT_PLAIN, REV_PACKETS),
	FIELD("destination.mac", EVENT_MAC_HYPHENS, DST_MAC),
	FIELD("destination.as.number", EVENT_PLAIN, DST_AS),
	FIELD("destination.nat.ip", EVENT_PLAIN, NAT_DST_IP),
	FIELD("destination.nat.port", EVENT_PLAIN, NAT_DST_PORT),
	FIELD("network.iana_number", EVENT_QUOTED, PROTOCOL),
	FIELD("network.transport", EVENT_PROTO_KEYWORD, PROTOCOL),
	FIELD("network.type", EVENT_IP_LOWER, IP_VERSION),
	{ "network.bytes", EVENT_SUM, COLUMN_BYTES, COLUMN_REV_BYTES, NULL },
	{ "network.packets", EVENT_SUM, COLUMN_PACKETS, COLUMN_REV_PACKETS, NULL },
	FIELD("network.community_id", EVENT_COMMUNITY_ID, COMMUNITY_ID),
	FIELD("network.application", EVENT_PLAIN, APP_NAME),
	FIELD("network.direction", EVENT_INGRESS, DIRECTION),
	FIELD("network.vlan.id", EVENT_QUOTED, VLAN),
	FIELD("network.inner.vlan.id", EVENT_QUOTED, INNER_VLAN),
	{ "related.ip", EVENT_ADDRESSES, COLUMN_SRC_IP, COLUMN_DST_IP, NULL },
	FIELD("observer.ip", EVENT_PLAIN, EXPORTER_IP),
	FIXED("observer.type", EVENT_CONST, "netflow"),
	FIELD("observer.ingress.interface.id", EVENT_QUOTED, IN_IF),
	FIELD("observer.egress.interface.id", EVENT_QUOTED, OUT_IF),
	FIELD("dns.question.name", EVENT_PLAIN, DNS_QUERY),
	FIELD("tls.client.server_name", EVENT_PLAIN, TLS_SERVER_NAME),
	FIELD("tls.client.ja4", EVENT_PLAIN, JA4),
	FIELD("tls.next_protocol", EVENT_PLAIN, TLS_ALPN),
	FIELD("http.request.method", EVENT_PLAIN, HTTP_METHOD),
	FIELD("url.domain", EVENT_PLAIN, HTTP_HOST),
	FIELD("netflow.tcp_control_bits", EVENT_PLAIN, TCP_FLAGS),
	FIELD("netflow.reverse_tcp_control_bits", EVENT_PLAIN, REV_TCP_FLAGS),
	FIELD("netflow.sampling_interval", EVENT_PLAIN, SAMPLING_INTERVAL),
	FIELD("netflow.exporter.source_port", EVENT_PLAIN, EXPORTER_PORT),
	FIELD("netflow.exporter.source_id", EVENT_PLAIN, OBSERVATION_DOMAIN),
	FIELD("netflow.exporter.version", EVENT_PLAIN, EXPORT_PROTOCOL),
	FIELD("netflow.exporter.timestamp", EVENT_PLAIN, EXPORT_TIME),
	FIXED("nfseal.archive", EVENT_ARCHIVE, NULL),
	FIXED("nfseal.segment", EVENT_SEGMENT, NULL),
	FIXED(NULL, EVENT_CONST, NULL),
};

void
format_ecs_row(struct format_state *s, const struct table *t, size_t row)
{
	const struct event_row r = { t, row, s->place };

	event_json(ecs, &r, s->out);
	buf_u8(s->out, '\n');
}

/* A flow that is there already is refused by its id (409), so that sending it again is harmless. */
void
format_ecs_bulk_row(struct format_state *s, const struct table *t, size_t row)
{
	static const struct event_field action[] = {
		FIXED("create._id", EVENT_ID, NULL),
		FIXED(NULL, EVENT_CONST, NULL),
	};
	const struct event_row r = { t, row, s->place };
	struct event_value v;

	if (event_value(action, &r, &v))
		event_json(action, &r, s->out);
	else
		buf_str(s->out, "{\"create\":{}}");
	buf_u8(s->out, '\n');
	format_ecs_row(s, t, row);
}
