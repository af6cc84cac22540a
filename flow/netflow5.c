/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/netflow5.h"

#include <string.h>

#include "flow/instant.h"
#include "flow/protocol.h"

enum { VERSION = 5, DST_PORT = 11, PADDING = 210 };

/* The record, field by field: element, octets, the column and that of the other direction. */
static const struct layout {
	uint16_t id;
	uint8_t octets;
	uint8_t column[2];
} layouts[] = {
	{ 8, 4, { COLUMN_SRC_IP, COLUMN_DST_IP } },
	{ 12, 4, { COLUMN_DST_IP, COLUMN_SRC_IP } },
	{ 15, 4, { COLUMN_NEXT_HOP, COLUMN_NONE } },
	{ 10, 2, { COLUMN_IN_IF, COLUMN_OUT_IF } },
	{ 14, 2, { COLUMN_OUT_IF, COLUMN_IN_IF } },
	{ 2, 4, { COLUMN_PACKETS, COLUMN_REV_PACKETS } },
	{ 1, 4, { COLUMN_BYTES, COLUMN_REV_BYTES } },
	{ 22, 4, { COLUMN_FLOW_START, COLUMN_FLOW_START } },
	{ 21, 4, { COLUMN_FLOW_END, COLUMN_FLOW_END } },
	{ 7, 2, { COLUMN_SRC_PORT, COLUMN_DST_PORT } },
	{ DST_PORT, 2, { COLUMN_DST_PORT, COLUMN_SRC_PORT } },
	{ PADDING, 1, { COLUMN_NONE, COLUMN_NONE } },
	{ 6, 1, { COLUMN_TCP_FLAGS, COLUMN_REV_TCP_FLAGS } },
	{ 4, 1, { COLUMN_PROTOCOL, COLUMN_PROTOCOL } },
	{ 5, 1, { COLUMN_TOS, COLUMN_REV_TOS } },
	{ 16, 2, { COLUMN_SRC_AS, COLUMN_DST_AS } },
	{ 17, 2, { COLUMN_DST_AS, COLUMN_SRC_AS } },
	{ 9, 1, { COLUMN_SRC_MASK, COLUMN_DST_MASK } },
	{ 13, 1, { COLUMN_DST_MASK, COLUMN_SRC_MASK } },
	{ PADDING, 2, { COLUMN_NONE, COLUMN_NONE } },
};

enum { LAYOUTS = sizeof layouts / sizeof layouts[0] };

void
netflow5_header_put(struct buf *out, const struct export_header *h)
{
	buf_be16(out, VERSION);
	buf_be16(out, h->count);
	buf_be32(out, h->uptime);
	buf_be32(out, h->seconds);
	buf_be32(out, h->nanos);
	buf_be32(out, h->sequence);
	buf_be16(out, (uint16_t)h->domain);
	buf_be16(out, h->sampling);
}

void
netflow5_carried(unsigned way, struct column_set *out)
{
	for (size_t i = 0; i < LAYOUTS; i++)
		if (layouts[i].column[way] != COLUMN_NONE)
			column_set_add(out, (enum column_id)layouts[i].column[way]);
	column_set_add(out, COLUMN_IP_VERSION); /* it is always 4 */
	if (way != 0)
		return;
	column_set_add(out, COLUMN_ICMP_TYPE); /* stand in the destination port */
	column_set_add(out, COLUMN_ICMP_CODE);
}

/* Two bits of mode, 1: one of so many packets; and 14 bits of the interval. */
enum { SAMPLING_MODE = 0x4000, SAMPLING_MOST = 0x3fff };

uint16_t
netflow5_sampling(const struct table *t, size_t row, struct loss *loss)
{
	int64_t v = table_i64(t, COLUMN_SAMPLING_INTERVAL, row);

	if (v > 0 && v <= SAMPLING_MOST)
		return (uint16_t)(SAMPLING_MODE | v);
	loss->columns[COLUMN_SAMPLING_INTERVAL] += v > 0;
	return 0;
}

static bool
is_ipv4(const struct table *t, enum column_id column, size_t row)
{
	return !table_has(t, column, row) || t->columns[column].v.address[row].family == 4;
}

enum refusal
netflow5_refusal(const struct table *t, size_t row)
{
	static const enum column_id counters[] = { COLUMN_PACKETS, COLUMN_BYTES, COLUMN_REV_PACKETS,
		COLUMN_REV_BYTES };

	if (!table_has(t, COLUMN_SRC_IP, row) || !is_ipv4(t, COLUMN_SRC_IP, row) ||
	    !is_ipv4(t, COLUMN_DST_IP, row))
		return REFUSAL_FAMILY;
	for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++)
		if ((uint64_t)table_int(t, counters[i], row) > UINT32_MAX)
			return REFUSAL_COUNTER;
	return REFUSAL_NONE;
}

static void
put_address(struct buf *out, const struct table *t, enum column_id column, size_t row,
    struct loss *loss)
{
	static const uint8_t none[4];

	if (table_has(t, column, row) && is_ipv4(t, column, row)) {
		buf_put(out, t->columns[column].v.address[row].octets, 4);
		return;
	}
	loss->columns[column] += table_has(t, column, row);
	buf_put(out, none, sizeof none);
}

/* An integer that does not fit: the flags that do, AS_TRANS, else nothing. */
static uint32_t
fitting(enum column_id column, int64_t v, size_t octets, struct loss *loss)
{
	if (v >= 0 && (uint64_t)v >> (8 * octets) == 0)
		return (uint32_t)v;
	loss->columns[column]++;
	if (column == COLUMN_TCP_FLAGS || column == COLUMN_REV_TCP_FLAGS)
		return (uint32_t)v & 0xff;
	return column == COLUMN_SRC_AS || column == COLUMN_DST_AS ? NETFLOW5_AS_TRANS : 0;
}

static uint32_t
integer_value(const struct table *t, size_t row, const struct layout *at, bool reverse,
    const struct uptime_clock *clock, struct loss *loss)
{
	enum column_id column = (enum column_id)at->column[reverse];
	int64_t start, end;

	if (column == COLUMN_FLOW_START || column == COLUMN_FLOW_END) {
		(void)uptime_times(t, row, &start, &end);
		return uptime_of(clock, column == COLUMN_FLOW_START ? start : end);
	}
	if (at->id == DST_PORT && !reverse && table_has(t, COLUMN_ICMP_TYPE, row) &&
	    table_int(t, COLUMN_PROTOCOL, row) == PROTOCOL_ICMP)
		return fitting(COLUMN_ICMP_TYPE, table_int(t, COLUMN_ICMP_TYPE, row), 1, loss) << 8 |
		    fitting(COLUMN_ICMP_CODE, table_int(t, COLUMN_ICMP_CODE, row), 1, loss);
	return fitting(column, table_int(t, column, row), at->octets, loss);
}

void
netflow5_record_put(struct buf *out, const struct table *t, size_t row, bool reverse,
    const struct uptime_clock *clock, struct loss *loss)
{
	for (size_t i = 0; i < LAYOUTS; i++) {
		const struct layout *at = &layouts[i];
		enum column_id column = (enum column_id)at->column[reverse];
		uint32_t v = 0;

		if (column != COLUMN_NONE && column_infos[column].type == COLUMN_TYPE_ADDRESS) {
			put_address(out, t, column, row, loss);
			continue;
		}
		if (column != COLUMN_NONE)
			v = integer_value(t, row, at, reverse, clock, loss);
		if (at->octets == 4)
			buf_be32(out, v);
		else if (at->octets == 2)
			buf_be16(out, (uint16_t)v);
		else
			buf_u8(out, (uint8_t)v);
	}
}
