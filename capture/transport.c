/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/transport.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "capture/beside.h"
#include "capture/handshake.h"
#include "capture/sequence.h"
#include "capture/tcp.h"
#include "flow/protocol.h"

/* Where there is no round-trip time to tell reordering from a retransmission by. */
#define PATIENCE ((int64_t)3000000)

enum { NANOS_PER_MICRO = 1000, CACHE_LINE = 64 };

/* Of one flow; index 0 is forward. */
struct transport {
	struct sequence way[2];
	struct handshake handshake;
	bool elsewhere[2]; /* the sample was taken in a flow before: server, client */
	uint32_t retransmitted[2];
	uint32_t out_of_order[2];
	uint64_t payload_packets[2];
	uint64_t payload_bytes[2];
};

struct transports {
	struct beside flows;
	struct sequence_pool holes;
	bool columns; /* they are asked for */
	bool uniflow;
};

enum status
transport_open(const struct meter_options *o, size_t numbers, struct transports **out,
    struct fault *f)
{
	struct transports *s = calloc(1, sizeof(*s));
	enum status st;

	if (s == NULL)
		return fault_memory(f);
	s->columns = o->depth & METER_DEPTH_TCP;
	s->uniflow = o->uniflow;
	st = beside_open(&s->flows, sizeof(struct transport), numbers, f);
	if (st != STATUS_OK) {
		free(s);
		return st;
	}
	*out = s;
	return STATUS_OK;
}

void
transport_free(struct transports *s)
{
	if (s == NULL)
		return;
	beside_free(&s->flows);
	sequence_pool_free(&s->holes);
	free(s);
}

void
transport_fetch(const struct transports *s, uint32_t number)
{
	const uint8_t *at = beside_at(&s->flows, number);

	if (at == NULL)
		return;
	for (size_t line = 0; line < sizeof(struct transport); line += CACHE_LINE)
		__builtin_prefetch(at + line, 1);
}

/* The connection goes on, its counters begin anew. */
static void
go_on(struct transport *t, struct transport *before)
{
	for (unsigned i = 0; i < 2; i++)
		sequence_move(&t->way[i], &before->way[i]);
	t->handshake = before->handshake;
	t->elsewhere[0] = before->handshake.server_rtt != HANDSHAKE_NONE;
	t->elsewhere[1] = before->handshake.client_rtt != HANDSHAKE_NONE;
}

bool
transport_begin(struct transports *s, uint32_t number, uint32_t continued)
{
	struct transport *t = beside_make(&s->flows, number);

	if (t == NULL)
		return false;
	memset(t, 0, sizeof(*t));
	if (continued == DEPTH_NEW)
		handshake_start(&t->handshake);
	else
		go_on(t, beside_at(&s->flows, continued));
	return true;
}

static void
swap_u32(uint32_t pair[2])
{
	uint32_t t = pair[0];

	pair[0] = pair[1];
	pair[1] = t;
}

static void
swap_u64(uint64_t pair[2])
{
	uint64_t t = pair[0];

	pair[0] = pair[1];
	pair[1] = t;
}

void
transport_turn(struct transports *s, uint32_t number)
{
	struct transport *t = beside_at(&s->flows, number);
	struct sequence way = t->way[0];

	t->way[0] = t->way[1];
	t->way[1] = way;
	t->handshake.client = !t->handshake.client;
	swap_u32(t->retransmitted);
	swap_u32(t->out_of_order);
	swap_u64(t->payload_packets);
	swap_u64(t->payload_bytes);
}

/* False: too little of the header was captured. */
static bool
read_segment(const struct depth_packet *p, struct sequence_segment *g)
{
	const uint8_t *at = p->upper.at;

	if (p->upper.captured <= TCP_AT_FLAGS)
		return false;
	*g = (struct sequence_segment){ .number = load_be32(at + TCP_AT_NUMBER),
		.ack = load_be32(at + TCP_AT_ACK), .payload = p->payload.length,
		.time = p->time, .flags = p->d->tcp_flags };
	if (p->upper.captured >= TCP_AT_WINDOW + 2) {
		g->window = load_be16(at + TCP_AT_WINDOW);
		g->has_window = !(g->flags & TCP_SYN);
	}
	return true;
}

static int64_t
patience_of(const struct transport *t)
{
	int64_t micros = (int64_t)t->handshake.server_rtt + t->handshake.client_rtt;

	/* A clock too coarse for the path shows none. */
	return handshake_complete(&t->handshake) && micros > 0 ? micros * NANOS_PER_MICRO : PATIENCE;
}

static bool
follow_tcp(struct transports *s, struct transport *t, struct depth_packet *p)
{
	unsigned way = p->direction;
	struct sequence_segment g;
	struct sequence_fresh fresh;
	enum sequence_kind kind;

	if (!read_segment(p, &g))
		return true;
	if (!p->one_way)
		handshake_put(&t->handshake, &g, way);
	if (!sequence_put(&t->way[way], &s->holes, &g, patience_of(t), &kind, &fresh))
		return false;
	if (!p->one_way)
		sequence_heard(&t->way[way ^ 1], &g);
	if (kind == SEQUENCE_RETRANSMITTED)
		t->retransmitted[way] += t->retransmitted[way] != UINT32_MAX;
	else if (kind == SEQUENCE_OUT_OF_ORDER)
		t->out_of_order[way] += t->out_of_order[way] != UINT32_MAX;
	p->fresh = stretch_part(&p->payload, fresh.offset, fresh.len);
	return true;
}

bool
transport_follow(struct transports *s, uint32_t number, struct depth_packet *p)
{
	struct transport *t = beside_at(&s->flows, number);

	t->payload_packets[p->direction] += p->payload.length > 0;
	t->payload_bytes[p->direction] += p->payload.length;
	if (p->later)
		return true;
	if (p->protocol == PROTOCOL_TCP)
		return follow_tcp(s, t, p);
	p->fresh = p->payload;
	return true;
}

static void
set_rtt(struct table *t, enum column_id column, size_t row, uint32_t micros, bool elsewhere)
{
	if (micros != HANDSHAKE_NONE && !elsewhere)
		table_set_i64(t, column, row, micros);
}

static void
tcp_columns(const struct transports *s, const struct transport *flow, struct table *t, size_t row)
{
	const struct handshake *h = &flow->handshake;

	table_set_i64(t, COLUMN_RETRANSMITTED, row, flow->retransmitted[0]);
	table_set_i64(t, COLUMN_OUT_OF_ORDER, row, flow->out_of_order[0]);
	if (s->uniflow)
		return;
	set_rtt(t, COLUMN_SERVER_RTT_US, row, h->server_rtt, flow->elsewhere[0]);
	set_rtt(t, COLUMN_CLIENT_RTT_US, row, h->client_rtt, flow->elsewhere[1]);
	table_set_i64(t, COLUMN_REV_RETRANSMITTED, row, flow->retransmitted[1]);
	table_set_i64(t, COLUMN_REV_OUT_OF_ORDER, row, flow->out_of_order[1]);
}

void
transport_row(struct transports *s, uint32_t number, const struct biflow *b, struct table *t,
    size_t row)
{
	struct transport *flow = beside_at(&s->flows, number);
	unsigned protocol = KEY_PROTOCOL(b->key.w[4]);

	sequence_release(&flow->way[0], &s->holes);
	sequence_release(&flow->way[1], &s->holes);
	if (!s->columns || (protocol != PROTOCOL_TCP && protocol != PROTOCOL_UDP))
		return;
	if (protocol == PROTOCOL_TCP)
		tcp_columns(s, flow, t, row);
	table_set_u64(t, COLUMN_PAYLOAD_PACKETS, row, flow->payload_packets[0]);
	table_set_u64(t, COLUMN_PAYLOAD_BYTES, row, flow->payload_bytes[0]);
	if (s->uniflow)
		return;
	table_set_u64(t, COLUMN_REV_PAYLOAD_PACKETS, row, flow->payload_packets[1]);
	table_set_u64(t, COLUMN_REV_PAYLOAD_BYTES, row, flow->payload_bytes[1]);
}
