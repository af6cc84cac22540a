/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/payload.h"

#include <stdlib.h>
#include <string.h>

#include "capture/beside.h"

/* Of one flow; index 0 is forward. */
struct payload {
	uint8_t *octets[2];
	uint16_t len[2];
	bool complete[2]; /* nothing is added any more */
};

struct payloads {
	struct beside flows;
	uint32_t used; /* numbers below it have an entry that was begun */
	size_t most;   /* octets each way */
};

static enum status
payload_open(const struct meter_options *o, size_t numbers, void **state, struct fault *f)
{
	struct payloads *s = calloc(1, sizeof(*s));
	enum status st;

	if (s == NULL)
		return fault_memory(f);
	s->most = o->payload < METER_PAYLOAD_MAX ? o->payload : METER_PAYLOAD_MAX;
	st = beside_open(&s->flows, sizeof(struct payload), numbers, f);
	if (st != STATUS_OK) {
		free(s);
		return st;
	}
	*state = s;
	return STATUS_OK;
}

static void
release(struct payload *p)
{
	free(p->octets[0]);
	free(p->octets[1]);
	memset(p, 0, sizeof(*p));
}

static void
payload_free(void *state)
{
	struct payloads *s = state;

	for (uint32_t i = 0; i < s->used; i++) {
		struct payload *p = beside_at(&s->flows, i);

		if (p != NULL)
			release(p);
	}
	beside_free(&s->flows);
	free(s);
}

static bool
payload_begin(void *state, uint32_t number, uint32_t continued)
{
	struct payloads *s = state;
	struct payload *p = beside_make(&s->flows, number);

	if (p == NULL)
		return false;
	p->complete[0] = p->complete[1] = continued != DEPTH_NEW;
	if (number >= s->used)
		s->used = number + 1;
	return true;
}

static void
payload_turn(void *state, uint32_t number)
{
	struct payloads *s = state;
	struct payload *p = beside_at(&s->flows, number), old = *p;

	for (unsigned i = 0; i < 2; i++) {
		p->octets[i] = old.octets[i ^ 1];
		p->len[i] = old.len[i ^ 1];
		p->complete[i] = old.complete[i ^ 1];
	}
}

static bool
payload_add(void *state, uint32_t number, const struct depth_packet *packet)
{
	struct payloads *s = state;
	struct payload *p = beside_at(&s->flows, number);
	const struct stretch *fresh = &packet->fresh;
	unsigned way = packet->direction;
	size_t take = s->most - p->len[way];
	uint8_t *octets;

	if (p->complete[way] || fresh->length == 0)
		return true;
	if (fresh->captured < take) {
		take = fresh->captured;
		p->complete[way] = fresh->captured < fresh->length;
	} else {
		p->complete[way] = true;
	}
	if (take == 0)
		return true;
	octets = realloc(p->octets[way], p->len[way] + take);
	if (octets == NULL)
		return false;
	memcpy(octets + p->len[way], fresh->at, take);
	p->octets[way] = octets;
	p->len[way] = (uint16_t)(p->len[way] + take);
	return true;
}

static void
payload_row(void *state, uint32_t number, const struct biflow *b, struct table *t, size_t row)
{
	struct payloads *s = state;
	struct payload *p = beside_at(&s->flows, number);

	(void)b;
	if (p->len[0] > 0)
		table_set_bytes(t, COLUMN_PAYLOAD, row, p->octets[0], p->len[0]);
	if (p->len[1] > 0)
		table_set_bytes(t, COLUMN_REV_PAYLOAD, row, p->octets[1], p->len[1]);
	release(p);
}

const struct depth_part payload_part = {
	.bit = METER_DEPTH_PAYLOAD,
	.open = payload_open,
	.free = payload_free,
	.begin = payload_begin,
	.turn = payload_turn,
	.add = payload_add,
	.row = payload_row,
};
