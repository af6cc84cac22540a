/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/packetrow.h"

#include <string.h>

#include "capture/nexthdr.h"
#include "capture/tunnelrow.h"
#include "flow/protocol.h"

void
packetrow_dissect(const struct dissector *x, const struct packet *p, struct packetrow *out)
{
	out->reject = dissect_inside(x, p, &out->d, &out->t);
	out->link = out->reject != REJECT_LINK_TYPE;
	out->ip = out->reject == REJECT_NONE || KEY_VERSION(out->d.key.w[4]) != 0;
	out->length = out->ip && out->d.ip_bytes != 0;
}

static struct address
address_of(const uint64_t *words, unsigned version)
{
	struct address a = { .family = (uint8_t)version };

	memcpy(a.octets, words, sizeof a.octets);
	return a;
}

static uint64_t
mac(const uint8_t *m)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 6; i++)
		v = v << 8 | m[i];
	return v;
}

static void
set_link(const struct dissected *d, struct table *t, size_t row)
{
	unsigned vlan = KEY_VLAN(d->key.w[4]);

	if (d->src_mac != NULL)
		table_set_mac(t, COLUMN_SRC_MAC, row, mac(d->src_mac));
	if (d->dst_mac != NULL)
		table_set_mac(t, COLUMN_DST_MAC, row, mac(d->dst_mac));
	if (vlan & KEY_VLAN_TAGGED)
		table_set_i32(t, COLUMN_VLAN, row, (int32_t)(vlan & 0xfff));
	if (d->inner_vlan & KEY_VLAN_TAGGED)
		table_set_i32(t, COLUMN_INNER_VLAN, row, d->inner_vlan & 0xfff);
	if (d->marks & DISSECT_LABEL)
		table_set_i32(t, COLUMN_MPLS_LABEL, row, (int32_t)d->label);
}

static void
set_ip(const struct dissected *d, struct table *t, size_t row)
{
	unsigned version = KEY_VERSION(d->key.w[4]);
	struct address src = address_of(&d->key.w[0], version), dst = address_of(&d->key.w[2], version);

	table_set_address(t, COLUMN_SRC_IP, row, &src);
	table_set_address(t, COLUMN_DST_IP, row, &dst);
	table_set_i32(t, COLUMN_IP_VERSION, row, (int32_t)version);
	table_set_i32(t, COLUMN_PROTOCOL, row, (int32_t)KEY_PROTOCOL(d->key.w[4]));
	table_set_i32(t, COLUMN_TOS, row, d->tos);
	table_set_i32(t, COLUMN_TTL_MIN, row, d->ttl);
	table_set_i32(t, COLUMN_TTL_MAX, row, d->ttl);
}

static void
set_upper(const struct dissected *d, struct table *t, size_t row)
{
	uint64_t w4 = d->key.w[4];

	if (layer_has_ports(next_layer(NEXT_PROTOCOL, KEY_PROTOCOL(w4)))) {
		table_set_i32(t, COLUMN_SRC_PORT, row, (int32_t)KEY_SRC_PORT(w4));
		table_set_i32(t, COLUMN_DST_PORT, row, (int32_t)KEY_DST_PORT(w4));
	}
	if (d->marks & DISSECT_TCP)
		table_set_i32(t, COLUMN_TCP_FLAGS, row, d->tcp_flags);
	if (d->marks & DISSECT_ICMP) {
		table_set_i32(t, COLUMN_ICMP_TYPE, row, d->icmp_type);
		table_set_i32(t, COLUMN_ICMP_CODE, row, d->icmp_code);
	}
}

static void
set_tunnel(const struct tunnel_path *p, struct table *t, size_t row)
{
	const struct tunnel_layer *l = tunnel_innermost(p);
	uint8_t kinds[TUNNEL_LAYERS_MAX];

	for (unsigned i = 0; i < p->depth; i++)
		kinds[i] = p->layers[i].kind;
	tunnelrow_set(t, row, kinds, p->depth, l, l->marks & TUNNEL_HAS_ID);
}

void
packetrow_set(const struct packetrow *r, struct table *t, size_t row)
{
	if (r->link)
		set_link(&r->d, t, row);
	if (!r->ip)
		return;
	set_ip(&r->d, t, row);
	if (r->reject != REJECT_NONE)
		return;
	set_upper(&r->d, t, row);
	if (r->d.marks & DISSECT_TUNNEL)
		set_tunnel(&r->t.path, t, row);
}

void
packetrow_write(const struct packetrow *r, struct jsonw *j)
{
	if (r->reject != REJECT_NONE || !(r->d.marks & DISSECT_TUNNEL) || r->t.path.depth < 2)
		return;
	jsonw_key(j, "tunnels");
	jsonw_array(j);
	for (unsigned i = 0; i + 1u < r->t.path.depth; i++)
		tunnelrow_write(j, &r->t.path.layers[i]);
	jsonw_array_end(j);
}
