/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/sflow_columns.h"

#include <string.h>

#include "capture/nexthdr.h"
#include "flow/protocol.h"

enum {
	VLAN_MAX = 4094,
	MAC_PADDED = 8,
	PROTOCOL_GRE = 47,
	PROTOCOL_IPV4 = 4,
	PROTOCOL_IPV6 = 41,
	LABEL_SHIFT = 12
};

/* A value for a column that has none yet: false where it has another one. */
static bool
put_u64(struct table *t, enum column_id id, size_t row, uint64_t v)
{
	if (table_has(t, id, row))
		return (uint64_t)table_int(t, id, row) == v;
	table_set_u64(t, id, row, v);
	return true;
}

static bool
put_address(struct table *t, enum column_id id, size_t row, const struct address *a)
{
	if (table_has(t, id, row)) {
		const struct address *has = &t->columns[id].v.address[row];

		return has->family == a->family && memcmp(has->octets, a->octets, sizeof a->octets) == 0;
	}
	if (a->family != 0)
		table_set_address(t, id, row, a);
	return true;
}

static struct address
read_ip(struct cursor *c, unsigned version)
{
	struct address a = { .family = (uint8_t)version };

	cursor_copy(c, a.octets, version == 4 ? 4 : 16);
	return a;
}

/* sampled_ipv4 and sampled_ipv6, also of the packet around another. */
struct ip_fields {
	struct address src;
	struct address dst;
	uint32_t length;
	uint32_t protocol;
	uint32_t src_port;
	uint32_t dst_port;
	uint32_t flags;
	uint32_t tos;
};

static bool
read_fields(struct cursor c, unsigned version, struct ip_fields *out)
{
	out->length = cursor_be32(&c);
	out->protocol = cursor_be32(&c);
	out->src = read_ip(&c, version);
	out->dst = read_ip(&c, version);
	out->src_port = cursor_be32(&c);
	out->dst_port = cursor_be32(&c);
	out->flags = cursor_be32(&c);
	out->tos = cursor_be32(&c);
	return cursor_done(&c);
}

/* What the agent read of the packet; all of it is in `other` where a header was read already. */
static bool
set_sampled_ip(const struct sflow_record *r, unsigned version, struct table *t, size_t row)
{
	struct ip_fields f;

	if (table_has(t, COLUMN_SRC_IP, row) || !read_fields(r->body, version, &f) ||
	    f.protocol > UINT8_MAX || f.src_port > UINT16_MAX || f.dst_port > UINT16_MAX)
		return false;
	table_set_address(t, COLUMN_SRC_IP, row, &f.src);
	table_set_address(t, COLUMN_DST_IP, row, &f.dst);
	table_set_i32(t, COLUMN_IP_VERSION, row, (int32_t)version);
	table_set_i32(t, COLUMN_PROTOCOL, row, (int32_t)f.protocol);
	table_set_i64(t, COLUMN_BYTES, row, f.length);
	table_set_u64(t, COLUMN_TOS, row, f.tos);
	if (layer_has_ports(next_layer(NEXT_PROTOCOL, f.protocol))) {
		table_set_i32(t, COLUMN_SRC_PORT, row, (int32_t)f.src_port);
		table_set_i32(t, COLUMN_DST_PORT, row, (int32_t)f.dst_port);
		f.src_port = f.dst_port = 0;
	}
	if (f.protocol == PROTOCOL_TCP) {
		table_set_u64(t, COLUMN_TCP_FLAGS, row, f.flags);
		f.flags = 0;
	}
	return f.src_port == 0 && f.dst_port == 0 && f.flags == 0;
}

static uint64_t
read_mac(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, MAC_PADDED);

	return p == NULL ? 0 : (uint64_t)load_be32(p) << 16 | load_be16(p + 4);
}

/* Its length and EtherType have no columns. */
static bool
set_ethernet(struct cursor c, struct table *t, size_t row)
{
	uint64_t src, dst;

	cursor_skip(&c, 4);
	src = read_mac(&c);
	dst = read_mac(&c);
	if (cursor_ok(&c) && !table_has(t, COLUMN_SRC_MAC, row)) {
		table_set_mac(t, COLUMN_SRC_MAC, row, src);
		table_set_mac(t, COLUMN_DST_MAC, row, dst);
	}
	return false;
}

/* A frame without a tag has the VLAN of its port; the rest has no columns. */
static bool
set_switch(struct cursor c, struct table *t, size_t row)
{
	uint32_t vlan = cursor_be32(&c);

	if (cursor_ok(&c) && vlan > 0 && vlan <= VLAN_MAX && !table_has(t, COLUMN_VLAN, row))
		table_set_i32(t, COLUMN_VLAN, row, (int32_t)vlan);
	return false;
}

static bool
set_router(struct cursor c, struct table *t, size_t row)
{
	struct address next = sflow_address(&c);
	uint32_t src_mask = cursor_be32(&c), dst_mask = cursor_be32(&c);
	bool all;

	if (!cursor_ok(&c))
		return false;
	all = put_address(t, COLUMN_NEXT_HOP, row, &next);
	all &= put_u64(t, COLUMN_SRC_MASK, row, src_mask);
	all &= put_u64(t, COLUMN_DST_MASK, row, dst_mask);
	return all && cursor_done(&c) && src_mask <= INT32_MAX && dst_mask <= INT32_MAX;
}

/* The last AS of the path is the destination's; an empty path says nothing of it. */
static bool
last_as(struct cursor *c, uint32_t *out)
{
	uint32_t segments = cursor_be32(c);
	bool any = false;

	for (uint32_t i = 0; i < segments && cursor_ok(c); i++) {
		uint32_t count;

		cursor_skip(c, 4);
		count = cursor_be32(c);
		if (count > cursor_left(c) / 4)
			return false;
		for (uint32_t k = 0; k < count; k++)
			*out = cursor_be32(c);
		any |= count > 0;
	}
	return any && cursor_ok(c);
}

/* The path, the communities and the others have no columns. */
static bool
set_gateway(struct cursor c, struct table *t, size_t row)
{
	struct address next = sflow_address(&c);
	uint32_t src_as, dst_as = 0;

	cursor_skip(&c, 4);
	src_as = cursor_be32(&c);
	cursor_skip(&c, 4);
	if (!cursor_ok(&c))
		return false;
	(void)put_address(t, COLUMN_BGP_NEXT_HOP, row, &next);
	(void)put_u64(t, COLUMN_SRC_AS, row, src_as);
	if (last_as(&c, &dst_as))
		(void)put_u64(t, COLUMN_DST_AS, row, dst_as);
	return false;
}

static bool
set_nat(struct cursor c, struct table *t, size_t row)
{
	struct address src = sflow_address(&c), dst = sflow_address(&c);
	bool all;

	if (!cursor_ok(&c))
		return false;
	all = put_address(t, COLUMN_NAT_SRC_IP, row, &src);
	all &= put_address(t, COLUMN_NAT_DST_IP, row, &dst);
	return all && cursor_done(&c);
}

static bool
set_nat_port(struct cursor c, struct table *t, size_t row)
{
	uint32_t src = cursor_be32(&c), dst = cursor_be32(&c);
	bool all;

	if (!cursor_ok(&c) || src > UINT16_MAX || dst > UINT16_MAX)
		return false;
	all = put_u64(t, COLUMN_NAT_SRC_PORT, row, src);
	all &= put_u64(t, COLUMN_NAT_DST_PORT, row, dst);
	return all && cursor_done(&c);
}

/* The top label of the stack with which the packet came. */
static bool
set_mpls(struct cursor c, struct table *t, size_t row)
{
	struct address next = sflow_address(&c);
	uint32_t depth = cursor_be32(&c), top = cursor_be32(&c);

	if (!cursor_ok(&c))
		return false;
	if (!table_has(t, COLUMN_NEXT_HOP, row) && next.family != 0)
		table_set_address(t, COLUMN_NEXT_HOP, row, &next);
	if (depth > 0 && !table_has(t, COLUMN_MPLS_LABEL, row))
		table_set_i32(t, COLUMN_MPLS_LABEL, row, (int32_t)(top >> LABEL_SHIFT));
	return false;
}

/* What the outer packet says that it carries. */
static enum tunnel_kind
kind_of(const struct tunnel_ports *ports, const struct ip_fields *f, unsigned version)
{
	switch (f->protocol) {
	case PROTOCOL_UDP:
		return tunnel_ports_find(ports, f->dst_port);
	case PROTOCOL_GRE:
		return TUNNEL_GRE;
	case PROTOCOL_IPV4:
		return version == 4 ? TUNNEL_4IN4 : TUNNEL_4IN6;
	case PROTOCOL_IPV6:
		return version == 4 ? TUNNEL_6IN4 : TUNNEL_6IN6;
	default:
		return TUNNEL_NONE;
	}
}

/* A tunnel that the agent saw around the packet, where the sampled header shows none. */
static bool
set_tunnel(const struct tunnel_ports *ports, struct cursor c, unsigned version, struct table *t,
    size_t row)
{
	struct ip_fields f;
	const char *name;

	if (table_has(t, COLUMN_TUNNEL_SRC_IP, row) || table_has(t, COLUMN_TUNNEL_TYPE, row) ||
	    !read_fields(c, version, &f))
		return false;
	table_set_address(t, COLUMN_TUNNEL_SRC_IP, row, &f.src);
	table_set_address(t, COLUMN_TUNNEL_DST_IP, row, &f.dst);
	name = tunnel_name(kind_of(ports, &f, version));
	if (name != NULL)
		table_set_bytes(t, COLUMN_TUNNEL_TYPE, row, name, strlen(name));
	return false;
}

static bool
set_vni(struct cursor c, struct table *t, size_t row)
{
	uint32_t vni = cursor_be32(&c);

	if (cursor_ok(&c) && !table_has(t, COLUMN_TUNNEL_ID, row))
		table_set_i64(t, COLUMN_TUNNEL_ID, row, vni);
	return false;
}

bool
sflow_columns_egress(uint32_t format)
{
	return format == 1023 || format == 1025 || format == 1029;
}

bool
sflow_columns_set(const struct tunnel_ports *ports, const struct sflow_record *r, struct table *t,
    size_t row)
{
	switch (r->format) { /* of enterprise 0 */
	case 2:
		return set_ethernet(r->body, t, row);
	case 3:
		return set_sampled_ip(r, 4, t, row);
	case 4:
		return set_sampled_ip(r, 6, t, row);
	case 1001:
		return set_switch(r->body, t, row);
	case 1002:
		return set_router(r->body, t, row);
	case 1003:
		return set_gateway(r->body, t, row);
	case 1006:
		return set_mpls(r->body, t, row);
	case 1007:
		return set_nat(r->body, t, row);
	case 1020:
		return set_nat_port(r->body, t, row);
	case 1023:
	case 1024:
		return set_tunnel(ports, r->body, 4, t, row);
	case 1025:
	case 1026:
		return set_tunnel(ports, r->body, 6, t, row);
	case 1029:
	case 1030:
		return set_vni(r->body, t, row);
	default:
		return false;
	}
}
