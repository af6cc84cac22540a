/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/section.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "capture/packetrow.h"

enum {
	LAYER2_SECTION_OFFSET = 102,
	LAYER2_SECTION_DATA = 104,
	DATA_LINK_FRAME_SIZE = 312,
	IP_HEADER_SECTION = 313,
	IP_PAYLOAD_SECTION = 314,
	DATA_LINK_FRAME_SECTION = 315,
	DATA_LINK_FRAME_TYPE = 408,
	SECTION_OFFSET = 409
};

enum { FRAME_ETHERNET = 1, FRAME_WLAN = 2 }; /* dataLinkFrameType, RFC 7133 */

enum { LINKTYPE_ETHERNET = 1, LINKTYPE_RAW = 101, LINKTYPE_IEEE802_11 = 105 };

enum { TCP = 6, UDP = 17, SCTP = 132, TCP_FLAGS_OFFSET = 13 };

struct sections {
	struct dissector dissector;
	struct table *packet; /* one row: what the section says */
};

/* What a record says of its packet. */
struct found {
	const uint8_t *octets; /* NULL: no section from the packet's beginning on */
	size_t len;
	uint16_t link_type;
	uint64_t size;         /* of the frame, 0 if it is not told */
	uint64_t frame_type;
	const uint8_t *payload; /* of IP */
	size_t payload_len;
	bool inside;           /* the section begins somewhere within */
};

enum status
sections_open(struct sections **out, struct fault *f)
{
	struct sections *s = calloc(1, sizeof *s);
	struct tunnel_ports ports;
	enum status st;

	if (s == NULL)
		return fault_memory(f);
	tunnel_ports_default(&ports);
	dissector_init(&s->dissector, true, &ports);
	st = table_open(1, &s->packet, f);
	if (st != STATUS_OK) {
		free(s);
		return st;
	}
	*out = s;
	return STATUS_OK;
}

void
sections_free(struct sections *s)
{
	if (s == NULL)
		return;
	table_free(s->packet);
	free(s);
}

static bool
is_section(const struct template_field *f)
{
	return f->pen == ELEMENT_PEN_IANA && (f->id == LAYER2_SECTION_DATA ||
	    (f->id >= IP_HEADER_SECTION && f->id <= DATA_LINK_FRAME_SECTION));
}

bool
sections_in(const struct template *t)
{
	for (size_t i = 0; i < t->count; i++)
		if (is_section(&t->fields[i]))
			return true;
	return false;
}

static void
take_octets(struct found *p, const struct field *field, uint16_t link_type)
{
	if (field->len == 0 || p->octets != NULL)
		return;
	p->octets = field->octets;
	p->len = field->len;
	p->link_type = link_type;
}

static void
take_field(struct found *p, const struct field *field)
{
	uint64_t v;

	switch (field->spec->id) {
	case LAYER2_SECTION_DATA:
	case DATA_LINK_FRAME_SECTION:
		take_octets(p, field, LINKTYPE_ETHERNET);
		break;
	case IP_HEADER_SECTION:
		take_octets(p, field, LINKTYPE_RAW);
		break;
	case IP_PAYLOAD_SECTION:
		p->payload = field->octets;
		p->payload_len = field->len;
		break;
	case DATA_LINK_FRAME_SIZE:
		(void)field_uint(field, &p->size);
		break;
	case DATA_LINK_FRAME_TYPE:
		(void)field_uint(field, &p->frame_type);
		break;
	case LAYER2_SECTION_OFFSET:
	case SECTION_OFFSET:
		p->inside |= field_uint(field, &v) && v != 0;
		break;
	}
}

static void
find(const struct record *r, struct found *p)
{
	struct record_fields it = record_fields(r);
	struct field field;

	memset(p, 0, sizeof *p);
	while (record_next(&it, &field))
		if (field.spec->pen == ELEMENT_PEN_IANA)
			take_field(p, &field);
	if (p->link_type == LINKTYPE_ETHERNET && p->frame_type == FRAME_WLAN)
		p->link_type = LINKTYPE_IEEE802_11;
	else if (p->link_type == LINKTYPE_ETHERNET && p->frame_type > FRAME_ETHERNET)
		p->octets = NULL; /* of a kind that is not known */
	if (p->inside)
		p->octets = NULL;
}

/* The packet's columns, in s->packet. */
static void
dissect_section(struct sections *s, const struct found *p)
{
	uint32_t len = (uint32_t)(p->len > UINT16_MAX ? UINT16_MAX : p->len);
	const struct packet packet = { .data = p->octets, .captured = len,
		.wire = p->size > len && p->size <= UINT16_MAX && p->link_type != LINKTYPE_RAW
		    ? (uint32_t)p->size
		    : len,
		.link_type = p->link_type };
	struct packetrow row;

	table_reset(s->packet);
	(void)table_add_row(s->packet);
	packetrow_dissect(&s->dissector, &packet, &row);
	packetrow_set(&row, s->packet, 0);
	if (row.ip)
		table_set_i64(s->packet, COLUMN_PACKETS, 0, 1);
	if (row.length)
		table_set_u64(s->packet, COLUMN_BYTES, 0, row.d.ip_bytes);
}

static void
copy_value(const struct table *from, struct table *to, enum column_id id, size_t row)
{
	const uint8_t *bytes;
	size_t len;

	switch (column_infos[id].type) {
	case COLUMN_TYPE_INT32:
		table_set_i32(to, id, row, from->columns[id].v.i32[0]);
		break;
	case COLUMN_TYPE_INT64:
	case COLUMN_TYPE_TIME:
		table_set_i64(to, id, row, from->columns[id].v.i64[0]);
		break;
	case COLUMN_TYPE_ADDRESS:
		table_set_address(to, id, row, &from->columns[id].v.address[0]);
		break;
	case COLUMN_TYPE_MAC:
		table_set_mac(to, id, row, from->columns[id].v.mac[0]);
		break;
	case COLUMN_TYPE_TEXT:
	case COLUMN_TYPE_OCTETS:
		bytes = table_bytes(from, id, 0, &len);
		table_set_bytes(to, id, row, bytes, len);
		break;
	}
}

/* The record speaks of another packet: of the one outside of a tunnel, say. */
static bool
other_packet(const struct table *packet, const struct table *t, size_t row)
{
	static const enum column_id ids[] = { COLUMN_SRC_IP, COLUMN_DST_IP };

	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		if (!table_has(t, ids[i], row) || !table_has(packet, ids[i], 0))
			continue;
		if (memcmp(&t->columns[ids[i]].v.address[row], &packet->columns[ids[i]].v.address[0],
		        sizeof(struct address)) != 0)
			return true;
	}
	return false;
}

/* Ports, flags, types of the upper layer, whose protocol the record tells. */
static void
apply_payload(const struct found *p, struct table *t, size_t row)
{
	int64_t protocol = table_int(t, COLUMN_PROTOCOL, row);
	bool ports = protocol == TCP || protocol == UDP || protocol == SCTP;

	if (ports && p->payload_len >= 4 && !table_has(t, COLUMN_SRC_PORT, row) &&
	    !table_has(t, COLUMN_DST_PORT, row)) {
		table_set_i32(t, COLUMN_SRC_PORT, row, load_be16(p->payload));
		table_set_i32(t, COLUMN_DST_PORT, row, load_be16(p->payload + 2));
	}
	if (protocol == TCP && p->payload_len > TCP_FLAGS_OFFSET && !table_has(t, COLUMN_TCP_FLAGS, row))
		table_set_i32(t, COLUMN_TCP_FLAGS, row, p->payload[TCP_FLAGS_OFFSET]);
}

void
sections_apply(struct sections *s, const struct record *r, struct table *t, size_t row)
{
	struct found p;
	bool other;

	find(r, &p);
	if (p.octets != NULL) {
		dissect_section(s, &p);
		other = other_packet(s->packet, t, row);
		for (unsigned i = 0; i < COLUMN_COUNT && !other; i++)
			if (table_has(s->packet, (enum column_id)i, 0) && !table_has(t, (enum column_id)i, row))
				copy_value(s->packet, t, (enum column_id)i, row);
		t->failed |= s->packet->failed;
	}
	if (p.payload != NULL && !p.inside)
		apply_payload(&p, t, row);
}
