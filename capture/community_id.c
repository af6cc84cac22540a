/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/community_id.h"

#include <stdlib.h>
#include <string.h>

#include "flow/community_id.h"

struct community_id {
	uint16_t seed;
	bool ports; /* they are in the flow key */
};

/* False: what it is made of is not known. */
static bool
tuple_of(const struct biflow *b, bool ports, struct community_tuple *t)
{
	bool from_b = b->state & BIFLOW_FROM_B;
	uint64_t w4 = b->key.w[4];
	uint16_t first = (uint16_t)KEY_SRC_PORT(w4), second = (uint16_t)KEY_DST_PORT(w4);

	*t = (struct community_tuple){ .version = (uint8_t)KEY_VERSION(w4),
		.protocol = (uint8_t)KEY_PROTOCOL(w4) };
	memcpy(t->src, &b->key.w[from_b ? 2 : 0], 16);
	memcpy(t->dst, &b->key.w[from_b ? 0 : 2], 16);
	if (community_id_is_icmp(t->protocol)) {
		t->src_port = b->initial[0];
		t->dst_port = b->initial[1];
		return b->state & BIFLOW_FLAGS;
	}
	if (!community_id_has_ports(t->protocol))
		return true;
	t->src_port = from_b ? second : first;
	t->dst_port = from_b ? first : second;
	return ports && (first != 0 || second != 0);
}

static enum status
part_open(const struct meter_options *o, size_t numbers, void **state, struct fault *f)
{
	struct community_id *c = calloc(1, sizeof *c);

	(void)numbers;
	if (c == NULL)
		return fault_memory(f);
	c->seed = o->community_seed;
	c->ports = o->key & METER_KEY_PORTS;
	*state = c;
	return STATUS_OK;
}

static void
part_free(void *state)
{
	free(state);
}

static void
part_row(void *state, uint32_t number, const struct biflow *b, struct table *t, size_t row)
{
	struct community_id *c = state;
	struct community_tuple tuple;
	char text[COMMUNITY_ID_SIZE];

	(void)number;
	if (!tuple_of(b, c->ports, &tuple))
		return;
	community_id_text(c->seed, &tuple, text);
	table_set_bytes(t, COLUMN_COMMUNITY_ID, row, text, COMMUNITY_ID_SIZE - 1);
}

const struct depth_part community_id_part = {
	.bit = METER_DEPTH_COMMUNITY_ID,
	.open = part_open,
	.free = part_free,
	.row = part_row,
};
