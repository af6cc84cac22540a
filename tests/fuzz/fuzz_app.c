/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments and datagrams into hints: a script of packets to four flows, of which the odd ones are
 * UDP.  Each is an octet of what (1 reverse, 4 SYN, 8 cut, 16 row and a new flow, 32 a flow that
 * continues, 64 turn), one of the flow, two of the sequence number, one of the length, and the data.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "capture/app.h"
#include "capture/app_reader.h"
#include "flow/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FLOWS = 4, REVERSE = 1, SYN = 4, CUT = 8, ROW = 16, CONTINUED = 32, TURN = 64 };

static void
end_flow(void *state, struct table *t, uint32_t number)
{
	static const struct biflow b;

	if (table_full(t))
		table_reset(t);
	app_part.row(state, number, &b, t, table_add_row(t));
}

static void
add_packet(void *state, uint32_t number, unsigned what, uint16_t sequence, const uint8_t *data,
    size_t len)
{
	bool datagram = number % 2 != 0;
	uint8_t *upper = malloc(20 + len);
	size_t header = datagram ? 8 : 20;
	struct depth_packet p = { .protocol = datagram ? PROTOCOL_UDP : PROTOCOL_TCP,
		.direction = what & REVERSE };

	if (upper == NULL)
		abort();
	memset(upper, 0, header);
	if (!datagram) {
		upper[6] = (uint8_t)(sequence >> 8);
		upper[7] = (uint8_t)sequence;
		upper[13] = what & SYN ? 2 : 16;
	}
	memcpy(upper + header, data, len);
	p.upper = (struct stretch){ upper, (uint32_t)(header + len), (uint32_t)(header + len) };
	p.payload = (struct stretch){ len > 0 ? upper + header : NULL, (uint32_t)len,
		(uint32_t)len + (what & CUT) };
	if (!app_part.add(state, number, &p))
		abort();
	free(upper);
}

static void
run(void *state, struct table *t, struct cursor *c)
{
	while (cursor_left(c) > 0) {
		unsigned what = cursor_u8(c);
		uint32_t number = cursor_u8(c) % FLOWS;
		uint16_t sequence = cursor_be16(c);
		size_t len = cursor_u8(c);
		const uint8_t *data;

		if (len > cursor_left(c))
			len = cursor_left(c);
		data = cursor_bytes(c, len);
		if (data == NULL)
			return;
		if (what & TURN)
			app_part.turn(state, number);
		add_packet(state, number, what, sequence, data, len);
		if ((what & CONTINUED) && !(what & ROW)) {
			uint32_t next = (number + 2) % FLOWS;

			end_flow(state, t, next);
			if (!app_part.begin(state, next, number))
				abort();
		}
		if (what & (ROW | CONTINUED)) {
			end_flow(state, t, number);
			if (!app_part.begin(state, number, DEPTH_NEW))
				abort();
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(data, size);
	struct meter_options o;
	struct table *t;
	void *state;

	meter_defaults(&o);
	o.max_flows = FLOWS;
	o.readers = (1u << APP_READERS) - 1;
	if (app_part.open(&o, FLOWS, &state, NULL) != STATUS_OK || table_open(8, &t, NULL) != STATUS_OK)
		abort();
	for (uint32_t i = 0; i < FLOWS; i++)
		if (!app_part.begin(state, i, DEPTH_NEW))
			abort();
	run(state, t, &c);
	for (uint32_t i = 0; i < FLOWS / 2; i++) /* the others are freed with all */
		end_flow(state, t, i);
	app_part.free(state);
	table_free(t);
	return 0;
}
