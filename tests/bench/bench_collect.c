/* SPDX-License-Identifier: BSD-2-Clause */
/* bench_collect FILE: decodes the export datagrams of a capture into rows, as collect does, and drops them. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "capture/collector.h"
#include "capture/source.h"
#include "capture/udp.h"

enum { BATCH = 256, ROWS = 4096 };

static enum status
drop(void *ctx, struct table **t, struct fault *f)
{
	uint64_t *rows = ctx;

	(void)f;
	*rows += (*t)->rows;
	table_reset(*t);
	return STATUS_OK;
}

static enum status
decode(struct source *s, struct udp_reader *u, struct collector *c, struct fault *f)
{
	static struct packet batch[BATCH];
	struct datagram d;
	enum status st;
	size_t n;

	while ((st = source_next(s, batch, BATCH, &n, f)) == STATUS_OK)
		for (size_t i = 0; i < n; i++)
			if (udp_reader_take(u, &batch[i], &d) == UDP_DATAGRAM && collector_put(c, &d, f) != STATUS_OK)
				return STATUS_IO;
	return st == STATUS_END ? collector_flush(c, f) : st;
}

int
main(int argc, char **argv)
{
	struct source_options o = { .paths = (const char *const *)(argv + 1), .path_count = (size_t)argc - 1 };
	int64_t start = clock_monotonic_nanos();
	struct collector *c;
	struct udp_reader *u;
	struct source *s;
	struct fault f = { 0 };
	uint64_t rows = 0;

	if (argc < 2 || source_open(&o, &s, &f) != STATUS_OK || udp_reader_open(1, &u, &f) != STATUS_OK ||
	    collector_open(ROWS, 1, drop, &rows, &c, &f) != STATUS_OK || decode(s, u, c, &f) != STATUS_OK)
		return 2;
	printf("%" PRIu64 " rows, %.2f million a second\n", rows,
	    (double)rows * 1e3 / (double)(clock_monotonic_nanos() - start));
	collector_free(c);
	udp_reader_free(u);
	source_close(s);
	return 0;
}
