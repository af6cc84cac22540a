/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/transport.h"

#include <stdlib.h>
#include <string.h>

#include "capture/beside.h"
#include "flow/protocol.h"

/* Of one flow; index 0 is forward. */
struct transport {
	uint64_t payload_packets[2];
	uint64_t payload_bytes[2];
};

struct transports {
	struct beside flows;
	bool uniflow;
};

static enum status
transport_open(const struct meter_options *o, size_t numbers, void **state, struct fault *f)
{
	struct transports *s = calloc(1, sizeof(*s));
	enum status st;

	if (s == NULL)
		return fault_memory(f);
	s->uniflow = o->uniflow;
	st = beside_open(&s->flows, sizeof(struct transport), numbers, f);
	if (st != STATUS_OK) {
		free(s);
		return st;
	}
	*state = s;
	return STATUS_OK;
}

static void
transport_free(void *state)
{
	struct transports *s = state;

	beside_free(&s->flows);
	free(s);
}

static struct transport *
flow_of(void *state, uint32_t number)
{
	struct transports *s = state;

	return beside_at(&s->flows, number);
}

static bool
transport_begin(void *state, uint32_t number, uint32_t continued)
{
	struct transports *s = state;
	struct transport *t = beside_make(&s->flows, number);

	(void)continued;
	if (t == NULL)
		return false;
	memset(t, 0, sizeof(*t));
	return true;
}

static void
swap_u64(uint64_t pair[2])
{
	uint64_t t = pair[0];

	pair[0] = pair[1];
	pair[1] = t;
}

static void
transport_turn(void *state, uint32_t number)
{
	struct transport *t = flow_of(state, number);

	swap_u64(t->payload_packets);
	swap_u64(t->payload_bytes);
}

static bool
transport_add(void *state, uint32_t number, const struct depth_packet *p)
{
	struct transport *t = flow_of(state, number);

	t->payload_packets[p->direction] += p->payload.length > 0;
	t->payload_bytes[p->direction] += p->payload.length;
	return true;
}

static void
transport_row(void *state, uint32_t number, const struct biflow *b, struct table *t, size_t row)
{
	const struct transports *s = state;
	const struct transport *flow = flow_of(state, number);
	unsigned protocol = KEY_PROTOCOL(b->key.w[4]);

	if (protocol != PROTOCOL_TCP && protocol != PROTOCOL_UDP)
		return;
	table_set_u64(t, COLUMN_PAYLOAD_PACKETS, row, flow->payload_packets[0]);
	table_set_u64(t, COLUMN_PAYLOAD_BYTES, row, flow->payload_bytes[0]);
	if (s->uniflow)
		return;
	table_set_u64(t, COLUMN_REV_PAYLOAD_PACKETS, row, flow->payload_packets[1]);
	table_set_u64(t, COLUMN_REV_PAYLOAD_BYTES, row, flow->payload_bytes[1]);
}

const struct depth_part transport_part = {
	.bit = METER_DEPTH_TCP,
	.open = transport_open,
	.free = transport_free,
	.begin = transport_begin,
	.turn = transport_turn,
	.add = transport_add,
	.row = transport_row,
};
