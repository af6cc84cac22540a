/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_meter FILE [uniflow] [max flows]: a little-endian microsecond pcap file through the
 * meter, the rows dropped.  Prints packets per second and the accounting.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/cursor.h"
#include "capture/meter.h"

enum { BUFFER = 1 << 18, HEADER = 24, RECORD = 16, PACKETS = 256 };

struct bench {
	struct meter *meter;
	struct packet packets[PACKETS];
	size_t count;
	uint64_t frames;
	uint64_t rows;
};

static enum status
drop(void *ctx, struct table **t, struct fault *f)
{
	(void)f;
	((struct bench *)ctx)->rows += (*t)->rows;
	table_reset(*t);
	return STATUS_OK;
}

static void
put(struct bench *b)
{
	struct fault f = { .status = STATUS_OK };

	if (meter_put(b->meter, b->packets, b->count, NULL, &f) != STATUS_OK) {
		fprintf(stderr, "%s\n", f.text);
		exit(1);
	}
	b->count = 0;
}

/* The whole records in the buffer; what is left of it. */
static size_t
walk(struct bench *b, const uint8_t *at, size_t len, uint16_t link_type)
{
	const uint8_t *end = at + len;

	while ((size_t)(end - at) >= RECORD) {
		uint32_t captured = load_le32(at + 8);
		struct packet *p = &b->packets[b->count];

		if ((size_t)(end - at) - RECORD < captured)
			break;
		*p = (struct packet){ .data = at + RECORD, .captured = captured,
			.wire = load_le32(at + 12), .link_type = link_type, .frame = ++b->frames };
		p->time = (int64_t)load_le32(at) * 1000000000 + (int64_t)load_le32(at + 4) * 1000;
		at += RECORD + captured;
		if (++b->count == PACKETS)
			put(b);
	}
	put(b);
	return (size_t)(end - at);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
report(struct bench *b, double seconds)
{
	struct accounting a;
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	meter_account(b->meter, &a, false);
	printf("%.3f Mpps  packets %llu metered %llu flows %llu rows %llu ip_bytes %llu "
	       "orphans %llu evicted %llu  rss %ld KiB\n",
	    (double)b->frames / seconds / 1e6, (unsigned long long)a.read.packets,
	    (unsigned long long)a.metered.packets, (unsigned long long)a.metered_sum.flows,
	    (unsigned long long)b->rows, (unsigned long long)a.emitted.ip_bytes,
	    (unsigned long long)a.orphan_fragments, (unsigned long long)a.evicted, u.ru_maxrss);
}

static void
run(struct bench *b, int fd)
{
	static uint8_t buffer[BUFFER];
	size_t left = 0, skip = HEADER;
	uint16_t link_type = 1;
	ssize_t n;

	while ((n = read(fd, buffer + left, BUFFER - left)) > 0) {
		size_t len = left + (size_t)n;

		if (skip > 0)
			link_type = (uint16_t)load_le32(buffer + 20);
		left = walk(b, buffer + skip, len - skip, link_type);
		memmove(buffer, buffer + len - left, left);
		skip = 0;
	}
}

int
main(int argc, char **argv)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct fault f = { .status = STATUS_OK };
	struct meter_options o;
	int fd = argc > 1 ? open(argv[1], O_RDONLY) : -1;
	double start;

	if (fd < 0 || b == NULL) {
		fprintf(stderr, "usage: bench_meter FILE [biflow|uniflow] [max flows]\n");
		return 2;
	}
	meter_defaults(&o);
	o.uniflow = argc > 2 && strcmp(argv[2], "uniflow") == 0;
	if (argc > 3)
		o.max_flows = strtoull(argv[3], NULL, 10);
	if (meter_open(&o, drop, b, &b->meter, &f) != STATUS_OK)
		return 1;
	start = now();
	run(b, fd);
	if (meter_finish(b->meter, &f) != STATUS_OK)
		return 1;
	report(b, now() - start);
	meter_free(b->meter);
	free(b);
	close(fd);
	return 0;
}
