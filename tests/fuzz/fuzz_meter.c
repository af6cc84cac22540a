/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets through dissector and meter.  The input is a list of: link type (index into the
 * table), time step in 100 ms (2 octets, signed), octets of the frame that the snap length
 * cut, length of the rest, the rest.  First octet: bit 0 uniflow, bits 1 to 5 the key, bits 3 and
 * 4 the tunnels as well, bit 5 whether they are in the key, bit 6 all of the depth, bit 7 copies
 * are looked for.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "capture/linktype.h"
#include "capture/meter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int64_t tenth = 100000000;

static enum status
sum_rows(void *ctx, struct table **t, struct fault *f)
{
	uint64_t *packets = ctx;

	(void)f;
	for (size_t i = 0; i < (*t)->rows; i++)
		*packets += (uint64_t)(table_int(*t, COLUMN_PACKETS, i) +
		    table_int(*t, COLUMN_REV_PACKETS, i));
	table_reset(*t);
	return STATUS_OK;
}

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
check(struct meter *m, uint64_t packets)
{
	struct accounting a;
	uint64_t sum;

	meter_account(m, &a, false);
	sum = a.metered.packets;
	for (unsigned i = 0; i < REJECT_COUNT; i++)
		sum += a.rejected[i].packets;
	must(a.read.packets == sum);
	must(a.emitted.packets == packets && a.metered_sum.packets == packets);
	must(a.metered.packets + a.twice == packets);
	must(a.emitted.ip_bytes == a.metered_sum.ip_bytes);
	must(a.emitted.flows == a.metered_sum.flows);
}

static void
put_all(struct meter *m, struct cursor c)
{
	struct packet p = { .time = 0 };
	size_t types;
	const struct linktype *t = linktype_table(&types);

	while (cursor_left(&c) > 5) {
		size_t type = cursor_u8(&c), len;
		const uint8_t *at;
		uint8_t *exact;

		p.link_type = type < types ? t[type].value : 147;
		p.time += (int16_t)cursor_be16(&c) * tenth;
		p.wire = cursor_u8(&c);
		len = cursor_u8(&c);
		if (len > cursor_left(&c))
			len = cursor_left(&c);
		at = cursor_bytes(&c, len);
		exact = malloc(len + 1); /* ends where the frame does, for the sanitizer */
		if (exact == NULL || at == NULL) {
			free(exact);
			return;
		}
		memcpy(exact + 1, at, len);
		p.data = exact + 1;
		p.captured = (uint32_t)len;
		p.wire += p.captured;
		p.frame++;
		must(meter_put(m, &p, 1, NULL, NULL) == STATUS_OK);
		free(exact);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(data, size);
	unsigned options = cursor_u8(&c);
	uint64_t packets = 0;
	struct meter_options o;
	struct meter *m;

	meter_defaults(&o);
	o.uniflow = options & 1;
	o.key = options >> 1 & 31;
	if (options & 64) {
		o.depth = METER_DEPTH_TCP | METER_DEPTH_PAYLOAD | METER_DEPTH_APP |
		    METER_DEPTH_COMMUNITY_ID;
		o.readers = ~0u;
		o.payload = 10;
	}
	o.dedup = options & 128 ? tenth : 0;
	o.key |= options & 32 ? METER_KEY_TUNNEL : 0;
	o.tunnels = (enum meter_tunnels)((options >> 3 & 3) % 3);
	o.rows = 3;
	o.max_flows = 4;
	o.max_fragments = 4;
	o.idle = 20 * tenth;
	o.active = 50 * tenth;
	o.linger = 5 * tenth;
	must(meter_open(&o, sum_rows, &packets, &m, NULL) == STATUS_OK);
	put_all(m, c);
	must(meter_finish(m, NULL) == STATUS_OK);
	check(m, packets);
	meter_free(m);
	return 0;
}
