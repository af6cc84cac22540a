/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/format_row.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "flow/icmp.h"
#include "flow/protocol.h"

enum {
	START_WIDTH = 27,
	DURATION_WIDTH = 11,
	PROTOCOL_WIDTH = 8,
	ENDPOINT_WIDTH = 21, /* an IPv4 address and a port; grows with what is seen */
	FLAGS_WIDTH = 9,
	PACKETS_WIDTH = 11,
	BYTES_WIDTH = 14,
	PORT_MAX = 48,
	ENDPOINT_MAX = TEXT_ADDRESS_MAX + PORT_MAX + 2
};

static void
put_spaces(struct buf *out, size_t len, size_t width)
{
	for (; len < width; len++)
		buf_u8(out, ' ');
}

static void
put_left(struct buf *out, const char *s, size_t width)
{
	buf_str(out, s);
	put_spaces(out, strlen(s), width);
	buf_u8(out, ' ');
}

static void
put_right(struct buf *out, const char *s, size_t width)
{
	put_spaces(out, strlen(s), width);
	buf_str(out, s);
	buf_u8(out, ' ');
}

void
format_table_begin(struct format_state *s)
{
	s->width = ENDPOINT_WIDTH;
	put_left(s->out, "Start", START_WIDTH);
	put_right(s->out, "Duration", DURATION_WIDTH);
	put_left(s->out, "Protocol", PROTOCOL_WIDTH);
	put_right(s->out, "Source", s->width);
	buf_str(s->out, "-> ");
	put_left(s->out, "Destination", s->width);
	put_left(s->out, "Flags", FLAGS_WIDTH);
	put_right(s->out, "Packets", PACKETS_WIDTH);
	put_right(s->out, "Bytes", BYTES_WIDTH);
	put_left(s->out, "Rev flags", FLAGS_WIDTH);
	put_right(s->out, "Rev packets", PACKETS_WIDTH);
	put_right(s->out, "Rev bytes", BYTES_WIDTH);
	buf_str(s->out, "End\n");
}

static void
put_start(struct buf *out, const struct table *t, size_t row)
{
	char text[TEXT_TIME_MAX] = "-";

	if (table_has(t, COLUMN_FLOW_START, row))
		text_time_micros(text, table_int(t, COLUMN_FLOW_START, row));
	put_left(out, text, START_WIDTH);
}

/* Seconds and milliseconds, the rest cut. */
static void
put_duration(struct buf *out, const struct table *t, size_t row)
{
	char text[32] = "-";
	int64_t micros;

	if (table_has(t, COLUMN_FLOW_START, row) && table_has(t, COLUMN_FLOW_END, row) &&
	    !__builtin_sub_overflow(table_int(t, COLUMN_FLOW_END, row),
	        table_int(t, COLUMN_FLOW_START, row), &micros)) {
		bool negative = micros < 0;
		uint64_t millis = (negative ? 0 - (uint64_t)micros : (uint64_t)micros) / 1000;

		snprintf(text, sizeof(text), "%s%llu.%03u", negative ? "-" : "",
		    (unsigned long long)(millis / 1000), (unsigned)(millis % 1000));
	}
	put_right(out, text, DURATION_WIDTH);
}

static void
put_protocol(struct buf *out, const struct table *t, size_t row)
{
	int64_t number = table_int(t, COLUMN_PROTOCOL, row);
	const char *name = NULL;
	char text[24] = "-";

	if (table_has(t, COLUMN_PROTOCOL, row)) {
		text_i64(text, number);
		name = number >= 0 && number <= 255 ? protocol_name((unsigned)number) : NULL;
	}
	put_left(out, name != NULL ? name : text, PROTOCOL_WIDTH);
}

/* "192.0.2.1:80", "[2001:db8::1]:80"; without what is null. */
static size_t
endpoint(char out[ENDPOINT_MAX], const struct table *t, enum column_id ip, const char *port,
    size_t row)
{
	char text[TEXT_ADDRESS_MAX] = "-";
	bool brackets = false;

	if (table_has(t, ip, row)) {
		const struct address *a = &t->columns[ip].v.address[row];

		text_address(text, a);
		brackets = a->family == 6 && port[0] != '\0';
	}
	return (size_t)snprintf(out, ENDPOINT_MAX, brackets ? "[%s]%s" : "%s%s", text, port);
}

static void
port_text(char out[PORT_MAX], const struct table *t, enum column_id id, size_t row)
{
	out[0] = '\0';
	if (table_has(t, id, row))
		snprintf(out, PORT_MAX, ":%lld", (long long)table_int(t, id, row));
}

/*
 * ICMP has no ports: its type and code stand behind the destination, ":8.0".  Of other protocols
 * they mean nothing, though many exporters send zeros.
 */
static void
port_texts(char src[PORT_MAX], char dst[PORT_MAX], const struct table *t, size_t row)
{
	uint8_t type, code;

	if (!icmp_of_row(t, row, &type, &code)) {
		port_text(src, t, COLUMN_SRC_PORT, row);
		port_text(dst, t, COLUMN_DST_PORT, row);
		return;
	}
	src[0] = '\0';
	snprintf(dst, PORT_MAX, ":%u.%u", type, code);
}

static void
put_endpoints(struct format_state *s, const struct table *t, size_t row)
{
	char src[ENDPOINT_MAX], dst[ENDPOINT_MAX];
	char src_port[PORT_MAX], dst_port[PORT_MAX];
	size_t src_len, dst_len;

	port_texts(src_port, dst_port, t, row);
	src_len = endpoint(src, t, COLUMN_SRC_IP, src_port, row);
	dst_len = endpoint(dst, t, COLUMN_DST_IP, dst_port, row);
	if (src_len > s->width)
		s->width = src_len;
	if (dst_len > s->width)
		s->width = dst_len;
	put_right(s->out, src, s->width);
	buf_str(s->out, "-> ");
	put_left(s->out, dst, s->width);
}

/* "...AP.SF" */
static void
put_flags(struct buf *out, const struct table *t, enum column_id id, size_t row)
{
	static const char letters[] = "CEUAPRSF";
	char text[FLAGS_WIDTH + 1] = "-";

	if (table_has(t, id, row)) {
		unsigned flags = (unsigned)table_int(t, id, row);

		for (unsigned i = 0; i < 8; i++)
			text[i] = (flags & 0x80u >> i) != 0 ? letters[i] : '.';
		text[8] = '\0';
	}
	put_left(out, text, FLAGS_WIDTH);
}

static void
put_count(struct buf *out, const struct table *t, enum column_id id, size_t row, size_t width)
{
	char text[24] = "-";

	if (table_has(t, id, row))
		text_i64(text, table_int(t, id, row));
	put_right(out, text, width);
}

/* IANA's flowEndReason. */
static void
put_end_reason(struct buf *out, const struct table *t, size_t row)
{
	static const char *const reasons[] = { NULL, "idle", "active", "end", "forced",
		"resources" };
	int64_t reason = table_int(t, COLUMN_END_REASON, row);
	char text[24] = "-";

	if (reason > 0 && reason < (int64_t)(sizeof(reasons) / sizeof(reasons[0]))) {
		buf_str(out, reasons[reason]);
		return;
	}
	if (table_has(t, COLUMN_END_REASON, row))
		text_i64(text, reason);
	buf_str(out, text);
}

void
format_table_row(struct format_state *s, const struct table *t, size_t row)
{
	put_start(s->out, t, row);
	put_duration(s->out, t, row);
	put_protocol(s->out, t, row);
	put_endpoints(s, t, row);
	put_flags(s->out, t, COLUMN_TCP_FLAGS, row);
	put_count(s->out, t, COLUMN_PACKETS, row, PACKETS_WIDTH);
	put_count(s->out, t, COLUMN_BYTES, row, BYTES_WIDTH);
	put_flags(s->out, t, COLUMN_REV_TCP_FLAGS, row);
	put_count(s->out, t, COLUMN_REV_PACKETS, row, PACKETS_WIDTH);
	put_count(s->out, t, COLUMN_REV_BYTES, row, BYTES_WIDTH);
	put_end_reason(s->out, t, row);
	buf_u8(s->out, '\n');
}
