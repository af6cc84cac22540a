/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames of IP, each behind a link type and a length: datagrams out of them, and out of fragments. */
#include <stdint.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "capture/udp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
look(const struct datagram *d)
{
	uint32_t sum = 0;

	if (d->len > UINT16_MAX)
		abort();
	for (size_t i = 0; i < d->len; i++)
		sum += d->data[i];
	if (sum > 255u * UINT16_MAX)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(data, size);
	struct reassemble_counts counts;
	struct udp_reader *r;
	int64_t time = 0;

	if (udp_reader_open(1, &r, NULL) != STATUS_OK)
		abort();
	while (cursor_left(&c) > 3) {
		unsigned kind = cursor_u8(&c);
		size_t len = cursor_be16(&c);
		uint8_t *copy;
		struct packet p = { .link_type = kind & 2 ? 1 : kind & 1 ? 229 : 228 };
		struct datagram d;
		enum udp_result got;

		if (len > cursor_left(&c))
			len = cursor_left(&c);
		copy = malloc(len + 1); /* of its own, so that a read beyond it is seen */
		if (copy == NULL)
			abort();
		cursor_copy(&c, copy, len);
		p.data = copy;
		p.captured = (uint32_t)len;
		p.wire = (uint32_t)len + (kind & 4 ? 100u : 0u);
		p.time = time += kind & 8 ? REASSEMBLE_WAIT / 2 : 1;
		got = udp_reader_take(r, &p, &d);
		if (got == UDP_DATAGRAM || got == UDP_CUT)
			look(&d);
		free(copy);
	}
	udp_reader_finish(r);
	counts = *udp_reader_counts(r);
	if (counts.read != counts.used + counts.copies + counts.other + reassemble_lost(&counts))
		abort();
	udp_reader_free(r);
	return 0;
}
