/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/messagemark.h"

#include <string.h>

#include "base/cursor.h"
#include "flow/ipfix_decode.h"

enum {
	PEN = 32473,        /* reserved for documentation (RFC 5612) */
	ENTERPRISE_BIT = 0x8000,
	OPTIONS_SET = 3,
	TEMPLATE_ID = 65535,
	SCOPES = 1,
	NANOS_PER_MILLI = 1000000
};
#define DOMAIN   UINT32_MAX

/* What a field is filled from, and read into. */
enum part {
	PART_SESSION,
	PART_KIND,
	PART_TRANSPORT,
	PART_FIRST,
	PART_SEGMENT,
	PART_MESSAGES,
	PART_OCTETS,
	PART_INPUT,
	PART_RECEIVED,
	PART_MILLISECONDS,
	PART_PROTOCOL,
	PART_SRC_PORT,
	PART_DST_PORT,
	PART_SRC_IPV4,
	PART_DST_IPV4,
	PART_SRC_IPV6,
	PART_DST_IPV6
};

enum { OF_ALL = 1, OF_FILES = 2, OF_SESSIONS = 4, OF_IPV4 = 8, OF_IPV6 = 16 };

/* The fields of a mark, in their order; PEN's own where IANA has none. */
static const struct mark_field {
	enum part part;
	uint16_t id;
	uint8_t octets;
	uint8_t of;
	bool own;
} fields[] = {
	{ PART_SESSION, 20001, 8, OF_ALL, true }, /* the scope */
	{ PART_KIND, 20002, 1, OF_ALL, true },
	{ PART_TRANSPORT, 20003, 1, OF_ALL, true },
	{ PART_FIRST, 20004, 8, OF_ALL, true },
	{ PART_SEGMENT, 20005, 8, OF_ALL, true },
	{ PART_MESSAGES, 20006, 8, OF_ALL, true },
	{ PART_OCTETS, 20007, 8, OF_ALL, true },
	{ PART_RECEIVED, 20008, 8, OF_ALL, true },
	{ PART_INPUT, 20009, 4, OF_FILES, true },
	{ PART_MILLISECONDS, 258, 8, OF_SESSIONS, false }, /* collectionTimeMilliseconds */
	{ PART_PROTOCOL, 215, 1, OF_SESSIONS, false },     /* collectorTransportProtocol */
	{ PART_SRC_PORT, 217, 2, OF_SESSIONS, false },     /* exporterTransportPort */
	{ PART_DST_PORT, 216, 2, OF_SESSIONS, false },     /* collectorTransportPort */
	{ PART_SRC_IPV4, 130, 4, OF_IPV4, false },         /* exporterIPv4Address */
	{ PART_DST_IPV4, 211, 4, OF_IPV4, false },         /* collectorIPv4Address */
	{ PART_SRC_IPV6, 131, 16, OF_IPV6, false },
	{ PART_DST_IPV6, 212, 16, OF_IPV6, false },
};

enum { FIELDS = sizeof fields / sizeof *fields, TCP = 6 };

static int
classes_of(enum transport transport, unsigned family)
{
	if (transport == TRANSPORT_FILE)
		return OF_ALL | OF_FILES;
	return OF_ALL | OF_SESSIONS | (family == 6 ? OF_IPV6 : OF_IPV4);
}

static void
put_value(struct buf *out, const struct messagemark *m, const struct mark_field *field)
{
	const struct datagram *w = &m->way;

	switch (field->part) {
	case PART_SESSION:
		buf_be64(out, w->session);
		break;
	case PART_KIND:
		buf_u8(out, (uint8_t)m->kind);
		break;
	case PART_TRANSPORT:
		buf_u8(out, (uint8_t)w->transport);
		break;
	case PART_FIRST:
		buf_be64(out, w->number);
		break;
	case PART_SEGMENT:
		buf_be64(out, m->segment);
		break;
	case PART_MESSAGES:
		buf_be64(out, m->messages);
		break;
	case PART_OCTETS:
		buf_be64(out, m->octets);
		break;
	case PART_INPUT:
		buf_be32(out, w->input);
		break;
	case PART_RECEIVED:
		buf_be64(out, (uint64_t)w->received);
		break;
	case PART_MILLISECONDS:
		buf_be64(out, (uint64_t)(w->received / NANOS_PER_MILLI));
		break;
	case PART_PROTOCOL:
		buf_u8(out, TCP);
		break;
	case PART_SRC_PORT:
		buf_be16(out, w->src_port);
		break;
	case PART_DST_PORT:
		buf_be16(out, w->dst_port);
		break;
	case PART_SRC_IPV4:
	case PART_SRC_IPV6:
		buf_put(out, w->src.octets, field->octets);
		break;
	case PART_DST_IPV4:
	case PART_DST_IPV6:
		buf_put(out, w->dst.octets, field->octets);
		break;
	}
}

static void
end_set(struct buf *out, size_t start)
{
	if (buf_ok(out))
		buf_set_be16(out, start + 2, (uint16_t)(out->len - start));
}

static void
put_template(struct buf *out, int classes)
{
	size_t start = out->len, count = 0;

	for (size_t i = 0; i < FIELDS; i++)
		count += (fields[i].of & classes) != 0;
	buf_be16(out, OPTIONS_SET);
	buf_be16(out, 0);
	buf_be16(out, TEMPLATE_ID);
	buf_be16(out, (uint16_t)count);
	buf_be16(out, SCOPES);
	for (size_t i = 0; i < FIELDS; i++) {
		if ((fields[i].of & classes) == 0)
			continue;
		buf_be16(out, fields[i].own ? fields[i].id | ENTERPRISE_BIT : fields[i].id);
		buf_be16(out, fields[i].octets);
		if (fields[i].own)
			buf_be32(out, PEN);
	}
	end_set(out, start);
}

void
messagemark_put(struct buf *out, const struct messagemark *m, uint32_t count)
{
	int classes = classes_of(m->way.transport, m->way.src.family);
	int64_t seconds = m->way.received / 1000 / NANOS_PER_MILLI;
	size_t start = out->len, set;

	buf_be16(out, DIALECT_IPFIX);
	buf_be16(out, 0);
	buf_be32(out, seconds < 0 || seconds > UINT32_MAX ? 0 : (uint32_t)seconds);
	buf_be32(out, count);
	buf_be32(out, DOMAIN);
	put_template(out, classes);
	set = out->len;
	buf_be16(out, TEMPLATE_ID);
	buf_be16(out, 0);
	for (size_t i = 0; i < FIELDS; i++)
		if ((fields[i].of & classes) != 0)
			put_value(out, m, &fields[i]);
	end_set(out, set);
	if (buf_ok(out))
		buf_set_be16(out, start + 2, (uint16_t)(out->len - start));
}

static struct address
read_address(struct cursor *c, unsigned octets)
{
	struct address a = { .family = octets == 4 ? 4 : 6 };
	const uint8_t *from = cursor_bytes(c, octets);

	if (from != NULL)
		memcpy(a.octets, from, octets);
	return a;
}

static void
read_value(struct cursor *c, const struct mark_field *field, struct messagemark *m)
{
	struct datagram *w = &m->way;

	switch (field->part) {
	case PART_SESSION:
		w->session = cursor_be64(c);
		break;
	case PART_KIND:
		m->kind = (enum messagemark_kind)cursor_u8(c);
		break;
	case PART_TRANSPORT:
		w->transport = (enum transport)cursor_u8(c);
		break;
	case PART_FIRST:
		w->number = cursor_be64(c);
		break;
	case PART_SEGMENT:
		m->segment = cursor_be64(c);
		break;
	case PART_MESSAGES:
		m->messages = cursor_be64(c);
		break;
	case PART_OCTETS:
		m->octets = cursor_be64(c);
		break;
	case PART_INPUT:
		w->input = (uint16_t)cursor_be32(c);
		break;
	case PART_RECEIVED:
		w->received = (int64_t)cursor_be64(c);
		break;
	case PART_MILLISECONDS:
		cursor_skip(c, field->octets);
		break;
	case PART_PROTOCOL:
		cursor_skip(c, field->octets);
		break;
	case PART_SRC_PORT:
		w->src_port = cursor_be16(c);
		break;
	case PART_DST_PORT:
		w->dst_port = cursor_be16(c);
		break;
	case PART_SRC_IPV4:
	case PART_SRC_IPV6:
		w->src = read_address(c, field->octets);
		break;
	case PART_DST_IPV4:
	case PART_DST_IPV6:
		w->dst = read_address(c, field->octets);
		break;
	}
}

/* A mark of these classes of fields, or not. */
static bool
read_as(const uint8_t *data, size_t len, int classes, struct messagemark *m)
{
	struct cursor c = cursor_over(data, len);
	struct messagemark again;
	struct buf written;
	bool same;

	*m = (struct messagemark){ .kind = MESSAGEMARK_RECEIVED };
	cursor_skip(&c, IPFIX_HEADER_SIZE);
	cursor_skip(&c, 2); /* the template: writing it again compares it */
	cursor_skip(&c, (size_t)cursor_be16(&c) - IPFIX_SET_HEADER_SIZE);
	cursor_skip(&c, IPFIX_SET_HEADER_SIZE);
	for (size_t i = 0; i < FIELDS; i++)
		if ((fields[i].of & classes) != 0)
			read_value(&c, &fields[i], m);
	if (!cursor_done(&c) || m->kind > MESSAGEMARK_ENDED ||
	    m->way.transport == TRANSPORT_UDP || m->way.transport > TRANSPORT_FILE)
		return false;
	/* a mark is what writing it again gives, octet for octet */
	buf_init(&written, MESSAGEMARK_MAX);
	again = *m;
	messagemark_put(&written, &again, load_be32(data + 8));
	same = buf_ok(&written) && written.len == len && memcmp(written.data, data, len) == 0;
	buf_free(&written);
	return same;
}

bool
messagemark_read(const uint8_t *data, size_t len, struct messagemark *out, struct fault *f)
{
	static const int kinds[] = { OF_ALL | OF_SESSIONS | OF_IPV4, OF_ALL | OF_SESSIONS | OF_IPV6,
		OF_ALL | OF_FILES };
	struct messagemark m;

	if (len > IPFIX_HEADER_SIZE && len <= MESSAGEMARK_MAX) {
		for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
			if (read_as(data, len, kinds[i], &m)) {
				*out = m;
				return true;
			}
		}
	}
	(void)fault_set(f, STATUS_MALFORMED, NULL, "no mark of the collector's, where one must stand");
	return false;
}
