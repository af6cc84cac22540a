/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/flowtunnel.h"

#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/jsonw.h"
#include "capture/tunnelrow.h"

/* The path's layers around the innermost. */
struct around {
	struct tunnel_layer layers[TUNNEL_LAYERS_MAX - 1];
};

void
flowtunnel_open(struct flowtunnel *ft, size_t numbers)
{
	*ft = (struct flowtunnel){ .numbers = numbers, .spare = UINT32_MAX };
}

void
flowtunnel_free(struct flowtunnel *ft)
{
	beside_free(&ft->entries);
	beside_free(&ft->flows);
	beside_free(&ft->around);
}

/* The arrays are opened when the first tunnel is seen. */
static void *
make(const struct flowtunnel *ft, struct beside *b, size_t size, uint32_t number)
{
	struct fault f;

	if (b->blocks == NULL && beside_open(b, size, ft->numbers, &f) != STATUS_OK)
		return NULL;
	return beside_make(b, number);
}

/* An entry for this flow. */
static struct flow_tunnel *
take_entry(struct flowtunnel *ft, uint32_t number)
{
	uint32_t *entry = make(ft, &ft->entries, sizeof(*entry), number);
	bool again = ft->spare != UINT32_MAX;
	uint32_t taken = again ? ft->spare : ft->fresh;
	struct flow_tunnel *t;

	if (entry == NULL)
		return NULL;
	t = make(ft, &ft->flows, sizeof(*t), taken);
	if (t == NULL)
		return NULL;
	if (again)
		ft->spare = t->entry;
	else
		ft->fresh++;
	*entry = taken;
	memset(t, 0, sizeof(*t));
	t->entry = taken;
	return t;
}

static struct flow_tunnel *
entry_of(const struct flowtunnel *ft, uint32_t number)
{
	const uint32_t *entry = beside_at(&ft->entries, number);

	return beside_at(&ft->flows, *entry);
}

static struct flow_tunnel *
begin(struct flowtunnel *ft, uint32_t number, const struct tunnel_path *p, bool side_b)
{
	struct flow_tunnel *t = take_entry(ft, number);

	if (t == NULL)
		return NULL;
	t->segments = p->segments;
	t->depth = p->depth;
	t->first_b = side_b;
	for (unsigned i = 0; i < p->depth; i++)
		t->kinds[i] = p->layers[i].kind;
	if (p->depth > 1) {
		struct around *a = make(ft, &ft->around, sizeof(*a), t->entry);

		if (a == NULL)
			return NULL;
		memcpy(a->layers, p->layers, (p->depth - 1u) * sizeof(a->layers[0]));
	}
	return t;
}

bool
flowtunnel_note(struct flowtunnel *ft, uint32_t number, struct biflow *b,
    const struct tunnel_path *p, bool side_b)
{
	struct flow_tunnel *t = (b->key.w[4] & KEY_TUNNEL) ? entry_of(ft, number)
	                                                : begin(ft, number, p, side_b);

	if (t == NULL)
		return false;
	b->key.w[4] |= KEY_TUNNEL;
	if (!(t->seen & 1u << side_b)) {
		t->way[side_b] = *tunnel_innermost(p);
		t->seen |= (uint8_t)(1u << side_b);
	}
	return true;
}

const struct flow_tunnel *
flowtunnel_at(const struct flowtunnel *ft, uint32_t number, const struct biflow *b)
{
	return (b->key.w[4] & KEY_TUNNEL) ? entry_of(ft, number) : NULL;
}

/* Layer i of the path of the flow's first packet. */
static const struct tunnel_layer *
layer_of(const struct flowtunnel *ft, const struct flow_tunnel *t, unsigned i)
{
	const struct around *a;

	if (i + 1u == t->depth)
		return &t->way[t->first_b];
	a = beside_at(&ft->around, t->entry);
	return &a->layers[i];
}

static bool
same_layer(const struct tunnel_layer *a, const struct tunnel_layer *b, bool turned)
{
	return a->kind == b->kind && a->version == b->version && a->marks == b->marks &&
	    a->id == b->id && memcmp(a->src, turned ? b->dst : b->src, sizeof(a->src)) == 0 &&
	    memcmp(a->dst, turned ? b->src : b->dst, sizeof(a->dst)) == 0;
}

bool
flowtunnel_same_path(const struct flowtunnel *ft, uint32_t number, const struct biflow *b,
    const struct tunnel_path *p, bool side_b)
{
	const struct flow_tunnel *t = flowtunnel_at(ft, number, b);

	if (t == NULL || p == NULL)
		return t == NULL && p == NULL;
	if (t->depth != p->depth)
		return false;
	for (unsigned i = 0; i < p->depth; i++) {
		const struct tunnel_layer *l = &p->layers[i];
		bool turned = side_b != t->first_b && !(l->marks & TUNNEL_MIRROR);

		if (!same_layer(l, layer_of(ft, t, i), turned))
			return false;
	}
	return true;
}

static uint64_t
layer_hash(const struct tunnel_layer *l, uint64_t secret)
{
	uint64_t a = hash_mix(l->src[0] ^ secret, l->src[1] ^ ~secret);
	uint64_t b = hash_mix(l->dst[0] ^ secret, l->dst[1] ^ ~secret);

	return hash_mix((a ^ b) + l->id, secret ^ l->kind);
}

uint64_t
tunnel_path_hash(const struct tunnel_path *p, uint64_t secret)
{
	uint64_t h = 0;

	for (unsigned i = 0; i < p->depth; i++)
		h ^= layer_hash(&p->layers[i], secret + i);
	return h;
}

uint64_t
flowtunnel_hash(const struct flowtunnel *ft, uint32_t number, const struct biflow *b,
    uint64_t secret)
{
	const struct flow_tunnel *t = flowtunnel_at(ft, number, b);
	uint64_t h = 0;

	for (unsigned i = 0; t != NULL && i < t->depth; i++)
		h ^= layer_hash(layer_of(ft, t, i), secret + i);
	return h;
}

static struct tunnel_layer
turned_layer(const struct tunnel_layer *l)
{
	struct tunnel_layer x = *l;

	if (!(l->marks & TUNNEL_MIRROR)) {
		memcpy(x.src, l->dst, sizeof(x.src));
		memcpy(x.dst, l->src, sizeof(x.dst));
	}
	return x;
}

/* The way back where it is not the way there, turned, or where there was no way there. */
static bool
way_back(const struct flow_tunnel *t, bool forward_b, struct tunnel_layer *back)
{
	struct tunnel_layer there = turned_layer(&t->way[forward_b]);

	if (!(t->seen & 1u << !forward_b))
		return false;
	*back = t->way[!forward_b];
	return !(t->seen & 1u << forward_b) || !same_layer(&there, back, false);
}

/* What the columns have no place for: the tunnels around the innermost, and another way back. */
static void
set_other(const struct flowtunnel *ft, const struct flow_tunnel *t, bool forward_b,
    struct table *table, size_t row)
{
	struct tunnel_layer back;
	bool differs = way_back(t, forward_b, &back);
	struct jsonw j;
	struct buf out;

	if (t->depth < 2 && !differs)
		return;
	buf_init(&out, 0);
	jsonw_init(&j, &out);
	jsonw_object(&j);
	if (t->depth > 1) {
		jsonw_key(&j, "tunnels");
		jsonw_array(&j);
		for (unsigned i = 0; i + 1u < t->depth; i++) {
			struct tunnel_layer l = *layer_of(ft, t, i);

			if (t->first_b != forward_b)
				l = turned_layer(&l);
			tunnelrow_write(&j, &l);
		}
		jsonw_array_end(&j);
	}
	if (differs) {
		jsonw_key(&j, "reverseTunnel");
		tunnelrow_write(&j, &back);
	}
	jsonw_object_end(&j);
	if (buf_ok(&out))
		table_set_bytes(table, COLUMN_OTHER, row, out.data, out.len);
	else
		table->failed = true;
	buf_free(&out);
}

/*
 * Where only the other direction came through a tunnel, its addresses are turned; its id is
 * the forward direction's only if it is the same both ways.
 */
void
flowtunnel_row(struct flowtunnel *ft, uint32_t number, const struct biflow *b, struct table *t,
    size_t row)
{
	struct flow_tunnel *x = entry_of(ft, number);
	bool forward_b = (b->state & BIFLOW_FROM_B) != 0, forward = x->seen & 1u << forward_b;
	uint32_t entry = x->entry;
	struct tunnel_layer l;

	l = forward ? x->way[forward_b] : turned_layer(&x->way[!forward_b]);
	tunnelrow_set(t, row, x->kinds, x->depth, &l,
	    (l.marks & TUNNEL_HAS_ID) && (forward || (l.marks & TUNNEL_SEGMENT)));
	set_other(ft, x, forward_b, t, row);
	x->entry = ft->spare;
	ft->spare = entry;
}
