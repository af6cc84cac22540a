/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/flowrow.h"

#include <string.h>

#include "base/floor.h"
#include "capture/nexthdr.h"
#include "flow/protocol.h"

enum { NANOS_PER_MICRO = 1000 };

static struct address
address(const uint64_t *words, unsigned version)
{
	struct address a;

	memcpy(a.octets, words, 16);
	a.family = (uint8_t)version;
	return a;
}

static uint64_t
mac(const uint8_t m[6])
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 6; i++)
		v = v << 8 | m[i];
	return v;
}

static void
set_times(struct table *t, size_t row, const struct biflow *b)
{
	table_set_i64(t, COLUMN_FLOW_START, row, floor_div(b->first, NANOS_PER_MICRO));
	table_set_i64(t, COLUMN_FLOW_END, row, floor_div(b->last, NANOS_PER_MICRO));
	if (b->state & BIFLOW_FINE) {
		table_set_i64(t, COLUMN_FLOW_START_NS, row, b->first);
		table_set_i64(t, COLUMN_FLOW_END_NS, row, b->last);
	}
}

static void
set_key(struct table *t, size_t row, const struct biflow *b, bool ports)
{
	bool from_b = b->state & BIFLOW_FROM_B;
	uint64_t w4 = b->key.w[4];
	unsigned version = KEY_VERSION(w4), protocol = KEY_PROTOCOL(w4), vlan = KEY_VLAN(w4);
	unsigned first = KEY_SRC_PORT(w4), second = KEY_DST_PORT(w4);
	struct address src = address(&b->key.w[from_b ? 2 : 0], version);
	struct address dst = address(&b->key.w[from_b ? 0 : 2], version);

	table_set_address(t, COLUMN_SRC_IP, row, &src);
	table_set_address(t, COLUMN_DST_IP, row, &dst);
	table_set_i32(t, COLUMN_PROTOCOL, row, (int32_t)protocol);
	table_set_i32(t, COLUMN_IP_VERSION, row, (int32_t)version);
	if (ports && layer_has_ports(next_layer(NEXT_PROTOCOL, protocol))) {
		table_set_i32(t, COLUMN_SRC_PORT, row, (int32_t)(from_b ? second : first));
		table_set_i32(t, COLUMN_DST_PORT, row, (int32_t)(from_b ? first : second));
	}
	if (vlan & KEY_VLAN_TAGGED)
		table_set_i32(t, COLUMN_VLAN, row, (int32_t)(vlan & 0xfff));
	if (b->link & KEY_VLAN_TAGGED)
		table_set_i32(t, COLUMN_INNER_VLAN, row, b->link & 0xfff);
}

static void
set_counters(struct table *t, size_t row, const struct biflow *b, bool uniflow)
{
	table_set_u64(t, COLUMN_PACKETS, row, b->packets[0]);
	table_set_u64(t, COLUMN_BYTES, row, b->bytes[0]);
	if (b->packets[0] > 0) {
		table_set_i32(t, COLUMN_TOS, row, b->tos[0]);
		table_set_i32(t, COLUMN_TTL_MIN, row, b->ttl_min[0]);
		table_set_i32(t, COLUMN_TTL_MAX, row, b->ttl_max[0]);
	}
	if (uniflow)
		return;
	table_set_u64(t, COLUMN_REV_PACKETS, row, b->packets[1]);
	table_set_u64(t, COLUMN_REV_BYTES, row, b->bytes[1]);
	if (b->packets[1] > 0)
		table_set_i32(t, COLUMN_REV_TOS, row, b->tos[1]);
}

static void
set_upper(struct table *t, size_t row, const struct biflow *b)
{
	unsigned protocol = KEY_PROTOCOL(b->key.w[4]);
	bool forward = b->state & BIFLOW_FLAGS, reverse = b->state & BIFLOW_FLAGS << 1;

	if (forward && (protocol == PROTOCOL_ICMP || protocol == PROTOCOL_ICMPV6)) {
		table_set_i32(t, COLUMN_ICMP_TYPE, row, b->initial[0]);
		table_set_i32(t, COLUMN_ICMP_CODE, row, b->initial[1]);
	}
	if (protocol != PROTOCOL_TCP)
		return;
	if (forward) {
		table_set_i32(t, COLUMN_TCP_FLAGS, row, b->tcp_flags[0]);
		table_set_i32(t, COLUMN_INITIAL_TCP_FLAGS, row, b->initial[0]);
	}
	if (reverse) {
		table_set_i32(t, COLUMN_REV_TCP_FLAGS, row, b->tcp_flags[1]);
		table_set_i32(t, COLUMN_REV_INITIAL_TCP_FLAGS, row, b->initial[1]);
	}
}

static void
set_link(struct table *t, size_t row, const struct biflow *b)
{
	if (b->link & BIFLOW_SRC_MAC)
		table_set_mac(t, COLUMN_SRC_MAC, row, mac(b->src_mac));
	if (b->link & BIFLOW_DST_MAC)
		table_set_mac(t, COLUMN_DST_MAC, row, mac(b->dst_mac));
	if (b->state & BIFLOW_HAS_LABEL)
		table_set_i32(t, COLUMN_MPLS_LABEL, row, (int32_t)(b->state & BIFLOW_LABEL));
	table_set_i32(t, COLUMN_INPUT, row, (int32_t)(b->start >> BIFLOW_FRAME_BITS));
	table_set_i64(t, COLUMN_FIRST_FRAME, row,
	    (int64_t)(b->start & (((uint64_t)1 << BIFLOW_FRAME_BITS) - 1)));
}

void
flowrow_add(struct table *t, const struct biflow *b, int end_reason,
    const struct flowrow_options *o)
{
	size_t row = table_add_row(t);

	set_times(t, row, b);
	set_key(t, row, b, o->ports);
	set_counters(t, row, b, o->uniflow);
	set_upper(t, row, b);
	set_link(t, row, b);
	table_set_i32(t, COLUMN_END_REASON, row, end_reason);
}
