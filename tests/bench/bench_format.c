/* SPDX-License-Identifier: BSD-2-Clause */
/* How many flows per second the text formats write, on one core, into nothing. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "flow/format.h"

enum { ROUNDS = 8 };

static enum status
count_bytes(void *ctx, const void *data, size_t len, struct fault *f)
{
	uint64_t *bytes = ctx;

	(void)data;
	(void)f;
	*bytes += len;
	return STATUS_OK;
}

/* What the meter fills in of a TCP connection; v varies the values. */
static void
fill_row(struct table *t, uint32_t v)
{
	static const enum column_id small[] = { COLUMN_TCP_FLAGS, COLUMN_REV_TCP_FLAGS,
		COLUMN_INITIAL_TCP_FLAGS, COLUMN_REV_INITIAL_TCP_FLAGS, COLUMN_IP_VERSION, COLUMN_TOS,
		COLUMN_REV_TOS, COLUMN_TTL_MIN, COLUMN_TTL_MAX, COLUMN_END_REASON, COLUMN_INPUT };
	static const enum column_id large[] = { COLUMN_PACKETS, COLUMN_BYTES, COLUMN_REV_PACKETS,
		COLUMN_REV_BYTES, COLUMN_FIRST_FRAME };
	struct address a = { { 10, (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v }, 4 };
	size_t row = table_add_row(t);

	table_set_i64(t, COLUMN_FLOW_START, row, 1795420800123456 + (int64_t)row * 977);
	table_set_i64(t, COLUMN_FLOW_END, row, 1795420800123456 + (int64_t)v);
	table_set_address(t, COLUMN_SRC_IP, row, &a);
	a.octets[0] = 192;
	table_set_address(t, COLUMN_DST_IP, row, &a);
	table_set_i32(t, COLUMN_SRC_PORT, row, (int32_t)(v & 65535));
	table_set_i32(t, COLUMN_DST_PORT, row, 443);
	table_set_i32(t, COLUMN_PROTOCOL, row, 6);
	table_set_mac(t, COLUMN_SRC_MAC, row, 0x020000000000 | v);
	table_set_mac(t, COLUMN_DST_MAC, row, 0x024200000000 | v);
	for (size_t i = 0; i < sizeof(small) / sizeof(small[0]); i++)
		table_set_i32(t, small[i], row, (int32_t)(v >> i & 63));
	for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++)
		table_set_i64(t, large[i], row, (int64_t)(v >> i));
}

static enum status
run(const char *name, const struct table *t, struct fault *f)
{
	uint64_t bytes = 0;
	const struct sink sink = { count_bytes, &bytes };
	struct format_writer *w = NULL;
	int64_t start = clock_monotonic_nanos();
	enum status st = format_open(format_find(name), NULL, &sink, &w, f);
	double seconds;

	for (int i = 0; i < ROUNDS && st == STATUS_OK; i++)
		st = format_rows(w, t, f);
	if (st == STATUS_OK)
		st = format_finish(w, f);
	format_free(w);
	seconds = (double)(clock_monotonic_nanos() - start) / 1e9;
	printf("format %-7s %6.2f M flows/s, %llu octets a flow\n", name,
	    (double)(t->rows * ROUNDS) / seconds / 1e6,
	    (unsigned long long)(bytes / (t->rows * ROUNDS)));
	return st;
}

int
main(void)
{
	struct table *t = NULL;
	struct fault f = { 0 };
	uint32_t v = 1;

	if (table_open(TABLE_ROWS, &t, &f) != STATUS_OK)
		return EXIT_FAILURE;
	while (!table_full(t)) {
		v = v * 1664525 + 1013904223;
		fill_row(t, v >> 6);
	}
	for (size_t i = 0; format_name(i) != NULL; i++)
		if (run(format_name(i), t, &f) != STATUS_OK)
			return EXIT_FAILURE;
	table_free(t);
	return EXIT_SUCCESS;
}
