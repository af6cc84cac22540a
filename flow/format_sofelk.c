/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What SOF-ELK reads from /logstash/nfarch: the line that its script makes nfdump print, but
 * in UTC (it reads the times without a zone as UTC, and nfdump prints local ones).  It knows one
 * direction: a biflow becomes two lines.
 */
#include "flow/format_row.h"

#include <inttypes.h>

#include "base/text.h"
#include "flow/icmp.h"
#include "flow/protocol.h"

/* The columns of one direction. */
struct way {
	enum column_id src_ip, dst_ip, src_port, dst_port, packets, bytes, flags, tos;
	enum column_id in_if, out_if, src_as, dst_as, src_mask, dst_mask;
};

static const struct way forth = { COLUMN_SRC_IP, COLUMN_DST_IP, COLUMN_SRC_PORT, COLUMN_DST_PORT,
	COLUMN_PACKETS, COLUMN_BYTES, COLUMN_TCP_FLAGS, COLUMN_TOS, COLUMN_IN_IF, COLUMN_OUT_IF,
	COLUMN_SRC_AS, COLUMN_DST_AS, COLUMN_SRC_MASK, COLUMN_DST_MASK };
static const struct way back = { COLUMN_DST_IP, COLUMN_SRC_IP, COLUMN_DST_PORT, COLUMN_SRC_PORT,
	COLUMN_REV_PACKETS, COLUMN_REV_BYTES, COLUMN_REV_TCP_FLAGS, COLUMN_REV_TOS, COLUMN_OUT_IF,
	COLUMN_IN_IF, COLUMN_DST_AS, COLUMN_SRC_AS, COLUMN_DST_MASK, COLUMN_SRC_MASK };

static void
put_address(struct buf *out, const struct table *t, enum column_id id, size_t row)
{
	char text[TEXT_ADDRESS_MAX] = "0.0.0.0";

	if (table_has(t, id, row))
		text_address(text, &t->columns[id].v.address[row]);
	buf_printf(out, "%s ", text);
}

/* "2026-11-23 08:00:00.123" */
static void
put_time(struct buf *out, const struct table *t, enum column_id id, size_t row)
{
	char text[TEXT_TIME_MAX];

	if (!table_has(t, id, row))
		id = id == COLUMN_FLOW_START ? COLUMN_FLOW_END : COLUMN_FLOW_START;
	if (!table_has(t, id, row))
		id = COLUMN_RECEIVED; /* a flow without times is no flow of 1970 */
	text_time_micros(text, table_i64(t, id, row));
	buf_printf(out, "%.10s %.12s ", text, text + 11);
}

static void
put_number(struct buf *out, const struct table *t, enum column_id id, size_t row)
{
	buf_printf(out, "%" PRId64 " ", table_int(t, id, row));
}

/* NetFlow 5's engine, type and id. */
static void
put_engine(struct buf *out, const struct table *t, size_t row)
{
	uint64_t domain = (uint64_t)table_i64(t, COLUMN_OBSERVATION_DOMAIN, row);

	if (table_int(t, COLUMN_EXPORT_PROTOCOL, row) != 5)
		domain = 0;
	buf_printf(out, "%u/%u ", (unsigned)(domain >> 8 & 0xff), (unsigned)(domain & 0xff));
}

/* Of ICMP the type and the code. */
static void
put_port(struct buf *out, const struct table *t, enum column_id id, size_t row)
{
	int64_t protocol = table_int(t, COLUMN_PROTOCOL, row);
	uint8_t type = 0, code = 0;

	(void)icmp_of_row(t, row, &type, &code);
	if (protocol == PROTOCOL_ICMP || protocol == PROTOCOL_ICMPV6)
		buf_printf(out, "%u.%u ", type, code);
	else
		put_number(out, t, id, row);
}

static void
put_flags(struct buf *out, const struct table *t, enum column_id id, size_t row)
{
	static const char letters[] = "CEUAPRSF";
	unsigned flags = (unsigned)table_int(t, id, row);

	for (unsigned i = 0; i < 8; i++)
		buf_u8(out, (flags & 0x80u >> i) != 0 ? (uint8_t)letters[i] : '.');
}

static void
put_line(struct buf *out, const struct table *t, size_t row, const struct way *w)
{
	put_address(out, t, COLUMN_EXPORTER_IP, row);
	put_number(out, t, w->dst_as, row);
	put_number(out, t, w->dst_mask, row);
	put_engine(out, t, row);
	put_time(out, t, COLUMN_FLOW_START, row);
	buf_str(out, "1 0 ");
	put_number(out, t, w->bytes, row);
	put_number(out, t, w->packets, row);
	put_number(out, t, w->in_if, row);
	put_address(out, t, w->dst_ip, row);
	put_address(out, t, COLUMN_NEXT_HOP, row);
	put_address(out, t, w->src_ip, row);
	put_port(out, t, w->dst_port, row);
	put_number(out, t, w->src_port, row);
	put_time(out, t, COLUMN_FLOW_END, row);
	put_number(out, t, w->out_if, row);
	put_number(out, t, COLUMN_PROTOCOL, row);
	buf_str(out, "0 0 ");
	put_number(out, t, w->src_as, row);
	put_number(out, t, w->src_mask, row);
	put_number(out, t, w->tos, row);
	put_flags(out, t, w->flags, row);
	buf_str(out, " 0\n");
}

void
format_sofelk_row(struct format_state *s, const struct table *t, size_t row)
{
	if (table_goes_forth(t, row))
		put_line(s->out, t, row, &forth);
	if (table_goes_back(t, row))
		put_line(s->out, t, row, &back);
}
