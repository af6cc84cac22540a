/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments of one TCP connection.  The input: where the numbers begin (4 octets), then per
 * segment: direction and flags, number (relative, 1 octet), octets, acknowledgement (relative),
 * window and time step.  No octet of a connection's reach comes out as fresh twice, and round-trip
 * times are those of some pair of segments.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "capture/handshake.h"
#include "capture/sequence.h"
#include "capture/tcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { REACH = 1024 };

struct model {
	bool seen[2][REACH];
	bool begun[2]; /* there was a SYN, with this number */
	uint32_t syn[2];
	struct sequence way[2];
};

static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* Another SYN: everything may come again. */
static void
begin_anew(struct model *m, unsigned way, const struct sequence_segment *g)
{
	if (!(g->flags & TCP_SYN) || (g->flags & TCP_RST) || (m->begun[way] && m->syn[way] == g->number))
		return;
	m->begun[way] = true;
	m->syn[way] = g->number;
	memset(m->seen[way], 0, sizeof m->seen[way]);
}

static void
check(struct model *m, unsigned way, const struct sequence_segment *g, uint32_t relative,
    enum sequence_kind kind, const struct sequence_fresh *fresh)
{
	uint32_t first = relative + ((g->flags & TCP_SYN) != 0);

	must(fresh->len <= g->payload && fresh->offset <= g->payload - fresh->len);
	must(kind != SEQUENCE_OUT_OF_ORDER || fresh->len == g->payload);
	must(kind != SEQUENCE_NONE || fresh->len == 0 || g->payload == 0);
	for (uint32_t i = 0; i < fresh->len; i++) {
		bool *seen = &m->seen[way][first + fresh->offset + i];

		must(!*seen);
		*seen = true;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(data, size);
	struct sequence_pool pool = { .sets = NULL };
	struct model m = { .way = { { .next = 0 } } };
	uint32_t base = cursor_be32(&c);
	struct handshake h;
	int64_t time = 0;

	handshake_start(&h);
	while (cursor_left(&c) >= 6) {
		unsigned head = cursor_u8(&c), way = head >> 7;
		uint32_t relative = cursor_u8(&c);
		struct sequence_segment g = { .number = base + relative, .payload = cursor_u8(&c),
			.ack = base + cursor_u8(&c), .window = cursor_u8(&c), .has_window = head & 64,
			.flags = head & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK) };
		struct sequence_fresh fresh;
		enum sequence_kind kind;

		time += (int8_t)cursor_u8(&c) * 100000;
		g.time = time;
		must(sequence_put(&m.way[way], &pool, &g, 3000000, &kind, &fresh));
		begin_anew(&m, way, &g);
		check(&m, way, &g, relative, kind, &fresh);
		sequence_heard(&m.way[way ^ 1], &g);
		handshake_put(&h, &g, way);
	}
	sequence_release(&m.way[0], &pool);
	sequence_release(&m.way[1], &pool);
	sequence_pool_free(&pool);
	return 0;
}
