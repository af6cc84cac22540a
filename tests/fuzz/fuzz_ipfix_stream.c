/* SPDX-License-Identifier: BSD-2-Clause */
/* An IPFIX stream in pieces, with whatever stands between its messages; and the same as a mark. */
#include "capture/ipfix_stream.h"

#include <stdlib.h>

#include "base/cursor.h"
#include "flow/framing.h"
#include "flow/messagemark.h"
#include "tests/capture/memory_origin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BATCH = 16 };

/* All octets are of a message, or passed over and told, in their order. */
static void
read_stream(struct feed *s, size_t size)
{
	struct packet batch[BATCH];
	struct ipfix_stream stream;
	size_t n, octets = 0;
	enum status st;

	ipfix_stream_open(&stream, s);
	do {
		struct fault f = { 0 };

		st = ipfix_stream_next(&stream, batch, BATCH, &n, &f);
		if (st != STATUS_OK && st != STATUS_END && f.text[0] == '\0')
			abort();
		for (size_t i = 0; st == STATUS_OK && i < n; i++) {
			size_t whole;

			if (framing_next(batch[i].data, batch[i].captured, &whole, NULL) != STATUS_OK ||
			    whole != batch[i].captured)
				abort();
			octets += whole;
		}
	} while (st == STATUS_OK || (st == STATUS_MALFORMED && stream.goes_on));
	if (octets > size || (st == STATUS_END && feed_left(s) != 0))
		abort();
}

static void
read_mark(const uint8_t *data, size_t size)
{
	struct messagemark m;
	struct buf b;

	if (!messagemark_read(data, size, &m, NULL))
		return;
	buf_init(&b, 0);
	messagemark_put(&b, &m, load_be32(data + 8));
	if (b.len != size || memcmp(b.data, data, size) != 0)
		abort();
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory_origin m = { .data = data, .len = size, .step = size > 0 ? data[size - 1] + 1u : 1 };
	struct feed_origin origin = { memory_read, NULL, &m };
	struct block_pool *pool = NULL;
	struct feed s;

	if (block_pool_open(&pool, NULL) != STATUS_OK)
		return 0;
	if (feed_open(&s, &origin, pool, NULL) != STATUS_OK)
		abort();
	read_stream(&s, size);
	feed_close(&s);
	block_pool_close(pool);
	read_mark(data, size);
	return 0;
}
