/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * goflow2's FlowMessage, as JSON and in protocol buffers (pb/flow.proto of its sources): names,
 * numbers and forms are its own.  It knows one direction: a biflow becomes two messages.
 * Where the archive keeps the flow stands in fields from 1000 on, which enrichment may use.
 */
#include "flow/format_row.h"

#include <string.h>

#include "flow/event.h"
#include "flow/icmp.h"
#include "flow/sflow.h"

enum wire { WIRE_NONE, WIRE_VARINT, WIRE_ADDRESS, WIRE_NANOS, WIRE_ETYPE, WIRE_EXPORT, WIRE_MAC, WIRE_ID, WIRE_ICMP };

struct goflow2_field {
	struct event_field json; /* name NULL: in protobuf alone */
	enum column_id back;     /* of the other direction; COLUMN_NONE: the same */
	uint8_t wire;            /* enum wire */
	uint16_t number;         /* in protobuf */
};

#define FIELD(name, as, id, second, back, wire, number) \
	{ { name, as, COLUMN_##id, COLUMN_##second, NULL }, COLUMN_##back, wire, number }
#define SAME(name, as, id, wire, number) FIELD(name, as, id, NONE, NONE, wire, number)

static const struct goflow2_field fields[] = {
	SAME("type", EVENT_EXPORT, EXPORT_PROTOCOL, WIRE_EXPORT, 1),
	FIELD("time_received_ns", EVENT_NANOS, RECEIVED, NONE, NONE, WIRE_NANOS, 110),
	SAME("sampling_rate", EVENT_PLAIN, SAMPLING_INTERVAL, WIRE_VARINT, 3),
	SAME("sampler_address", EVENT_PLAIN, EXPORTER_IP, WIRE_ADDRESS, 11),
	FIELD("time_flow_start_ns", EVENT_NANOS, FLOW_START, FLOW_START_NS, NONE, WIRE_NANOS, 111),
	FIELD("time_flow_end_ns", EVENT_NANOS, FLOW_END, FLOW_END_NS, NONE, WIRE_NANOS, 112),
	FIELD("bytes", EVENT_PLAIN, BYTES, NONE, REV_BYTES, WIRE_VARINT, 9),
	FIELD("packets", EVENT_PLAIN, PACKETS, NONE, REV_PACKETS, WIRE_VARINT, 10),
	FIELD("src_addr", EVENT_PLAIN, SRC_IP, NONE, DST_IP, WIRE_ADDRESS, 6),
	FIELD("dst_addr", EVENT_PLAIN, DST_IP, NONE, SRC_IP, WIRE_ADDRESS, 7),
	SAME("etype", EVENT_IP_MIXED, IP_VERSION, WIRE_ETYPE, 30),
	SAME("proto", EVENT_PROTO_NAME, PROTOCOL, WIRE_VARINT, 20),
	FIELD("src_port", EVENT_PLAIN, SRC_PORT, NONE, DST_PORT, WIRE_VARINT, 21),
	FIELD("dst_port", EVENT_PLAIN, DST_PORT, NONE, SRC_PORT, WIRE_VARINT, 22),
	FIELD("in_if", EVENT_PLAIN, IN_IF, NONE, OUT_IF, WIRE_VARINT, 18),
	FIELD("out_if", EVENT_PLAIN, OUT_IF, NONE, IN_IF, WIRE_VARINT, 19),
	FIELD("src_mac", EVENT_PLAIN, SRC_MAC, NONE, DST_MAC, WIRE_MAC, 27),
	FIELD("dst_mac", EVENT_PLAIN, DST_MAC, NONE, SRC_MAC, WIRE_MAC, 28),
	SAME("vlan_id", EVENT_PLAIN, VLAN, WIRE_VARINT, 29),
	FIELD("ip_tos", EVENT_PLAIN, TOS, NONE, REV_TOS, WIRE_VARINT, 23),
	SAME("ip_ttl", EVENT_PLAIN, TTL_MIN, WIRE_VARINT, 25),
	FIELD("tcp_flags", EVENT_PLAIN, TCP_FLAGS, NONE, REV_TCP_FLAGS, WIRE_VARINT, 26),
	SAME("icmp_type", EVENT_ICMP_TYPE, NONE, WIRE_ICMP, 31),
	SAME("icmp_code", EVENT_ICMP_CODE, NONE, WIRE_ICMP, 32),
	FIELD("src_as", EVENT_PLAIN, SRC_AS, NONE, DST_AS, WIRE_VARINT, 14),
	FIELD("dst_as", EVENT_PLAIN, DST_AS, NONE, SRC_AS, WIRE_VARINT, 15),
	SAME("next_hop", EVENT_PLAIN, NEXT_HOP, WIRE_ADDRESS, 12),
	SAME("bgp_next_hop", EVENT_PLAIN, BGP_NEXT_HOP, WIRE_ADDRESS, 100),
	FIELD("src_net", EVENT_NETWORK, SRC_IP, SRC_MASK, NONE, WIRE_NONE, 0),
	FIELD("dst_net", EVENT_NETWORK, DST_IP, DST_MASK, NONE, WIRE_NONE, 0),
	FIELD(NULL, EVENT_PLAIN, SRC_MASK, NONE, DST_MASK, WIRE_VARINT, 16),
	FIELD(NULL, EVENT_PLAIN, DST_MASK, NONE, SRC_MASK, WIRE_VARINT, 17),
	SAME("observation_domain_id", EVENT_PLAIN, OBSERVATION_DOMAIN, WIRE_VARINT, 70),
	SAME("record_id", EVENT_ID, NONE, WIRE_ID, 1000),
};

enum { FIELDS = sizeof fields / sizeof fields[0] };

/* The list for one direction: JSON's names, and the columns as that direction has them. */
static void
turn(struct event_field out[FIELDS + 1], bool back)
{
	size_t n = 0;

	for (size_t i = 0; i < FIELDS; i++) {
		const struct goflow2_field *f = &fields[i];

		if (f->json.name == NULL)
			continue;
		out[n] = f->json;
		if (back && f->back != COLUMN_NONE)
			out[n].column = f->back;
		if (back && f->json.as == EVENT_NETWORK) {
			bool src = f->json.column == COLUMN_SRC_IP;

			out[n].column = src ? COLUMN_DST_IP : COLUMN_SRC_IP;
			out[n].second = src ? COLUMN_DST_MASK : COLUMN_SRC_MASK;
		}
		n++;
	}
	out[n].name = NULL;
}

/* Whether there is a message for that direction. */
static bool
goes(const struct table *t, size_t row, bool back)
{
	return back ? table_goes_back(t, row) : table_goes_forth(t, row);
}

void
format_goflow2_row(struct format_state *s, const struct table *t, size_t row)
{
	const struct event_row r = { t, row, s->place };
	struct event_field list[FIELDS + 1];

	for (int back = 0; back <= 1; back++) {
		if (!goes(t, row, back != 0))
			continue;
		turn(list, back != 0);
		event_json(list, &r, s->out);
		buf_u8(s->out, '\n');
	}
}

static void
put_varint(struct buf *out, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_u8(out, (uint8_t)(v | 0x80));
	buf_u8(out, (uint8_t)v);
}

static void
put_number(struct buf *out, unsigned number, uint64_t v)
{
	if (v == 0)
		return; /* proto3 leaves out what is the default */
	put_varint(out, (uint64_t)number << 3);
	put_varint(out, v);
}

static void
put_octets(struct buf *out, unsigned number, const void *data, size_t len)
{
	put_varint(out, (uint64_t)number << 3 | 2);
	put_varint(out, len);
	buf_put(out, data, len);
}

/* FlowType */
static uint64_t
flow_type(int64_t protocol)
{
	static const uint8_t types[] = { [5] = 2, [9] = 3, [10] = 4, [SFLOW_PROTOCOL] = 1 };

	return protocol > 0 && protocol < (int64_t)sizeof types ? types[protocol] : 0;
}

static void
put_field(struct buf *out, const struct goflow2_field *f, enum column_id id, const struct event_row *r)
{
	const struct table *t = r->table;
	struct event_value v;
	uint8_t type, code;
	int64_t nanos;

	switch (f->wire) {
	case WIRE_VARINT:
	case WIRE_MAC:
		put_number(out, f->number, (uint64_t)table_int(t, id, r->row));
		break;
	case WIRE_NANOS:
		if (f->json.second != COLUMN_NONE && table_has(t, f->json.second, r->row))
			put_number(out, f->number, (uint64_t)table_i64(t, f->json.second, r->row));
		else if (!__builtin_mul_overflow(table_i64(t, id, r->row), (int64_t)1000, &nanos) && nanos > 0)
			put_number(out, f->number, (uint64_t)nanos);
		break;
	case WIRE_ETYPE:
		put_number(out, f->number, table_int(t, id, r->row) == 4 ? 0x0800 :
		    table_int(t, id, r->row) == 6 ? 0x86dd : 0);
		break;
	case WIRE_EXPORT:
		put_number(out, f->number, flow_type(table_int(t, id, r->row)));
		break;
	case WIRE_ADDRESS:
		if (table_has(t, id, r->row))
			put_octets(out, f->number, t->columns[id].v.address[r->row].octets,
			    t->columns[id].v.address[r->row].family == 4 ? 4 : 16);
		break;
	case WIRE_ICMP:
		if (icmp_of_row(t, r->row, &type, &code))
			put_number(out, f->number, f->json.as == EVENT_ICMP_TYPE ? type : code);
		break;
	case WIRE_ID:
		if (event_value(&f->json, r, &v))
			put_octets(out, f->number, v.data, v.len);
		break;
	default:
		break;
	}
}

void
format_goflow2_pb_row(struct format_state *s, const struct table *t, size_t row)
{
	const struct event_row r = { t, row, s->place };
	struct buf message;

	buf_init(&message, 0);
	for (int back = 0; back <= 1; back++) {
		if (!goes(t, row, back != 0))
			continue;
		buf_reset(&message);
		for (size_t i = 0; i < FIELDS; i++) {
			const struct goflow2_field *f = &fields[i];

			put_field(&message, f, back && f->back != COLUMN_NONE ? f->back : f->json.column, &r);
		}
		put_varint(s->out, message.len);
		buf_put(s->out, message.data, message.len);
		if (!buf_ok(&message))
			s->out->failed = true;
	}
	buf_free(&message);
}
