/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Streams of datagrams of several exporters through the collector: templates, options, lists, data
 * before their template, sections of packets; over segments whose heads repeat what holds.  The
 * input is datagrams, each behind an octet (exporter, another segment) and two of its length.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "capture/collector.h"
#include "capture/exporters_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROWS = 64, EXPORTERS = 7, ANOTHER_SEGMENT = 0x80, DATAGRAM_MAX = 65507 };

static enum status
take(void *ctx, struct table **t, struct fault *f)
{
	(void)f;
	if ((*t)->rows == 0 || (*t)->rows > (*t)->capacity || (*t)->failed)
		abort();
	for (size_t row = 0; row < (*t)->rows; row++)
		if (!table_has(*t, COLUMN_RECEIVED, row) || !table_has(*t, COLUMN_EXPORT_PROTOCOL, row))
			abort();
	*(uint64_t *)ctx += (*t)->rows;
	table_reset(*t);
	return STATUS_OK;
}

/* The ledger is a whole document. */
static void
tell(struct collector *c, bool cut)
{
	struct exporters_sum sum;
	struct buf out;
	struct jsonw j;

	buf_init(&out, 0);
	jsonw_init(&j, &out);
	exporters_json_write(collector_exporters(c), cut, &j, &sum);
	if (!buf_ok(&out) || j.depth != 0 || out.len < 2)
		abort();
	buf_free(&out);
}

static enum status
carry(void *ctx, const struct carried_datagram *d, struct fault *f)
{
	return collector_put_carried(ctx, &d->datagram, d->segment, true, f);
}

/* What is carried is read by another collector, which makes no rows of it. */
static void
next_segment(struct collector *c, uint64_t *segment)
{
	struct collector *other;
	uint64_t rows = 0;

	if (collector_open(ROWS, 2, take, &rows, &other, NULL) != STATUS_OK)
		abort();
	if (collector_carried(c, carry, other, NULL) != STATUS_OK ||
	    collector_flush(other, NULL) != STATUS_OK || rows != 0)
		abort();
	tell(other, false);
	collector_free(other);
	tell(c, true);
	collector_segment(c, ++*segment);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor in = cursor_over(data, size);
	struct collector *c;
	uint64_t rows = 0, segment = 1, number = 0;

	if (collector_open(ROWS, 1, take, &rows, &c, NULL) != STATUS_OK)
		abort();
	collector_segment(c, segment);
	while (cursor_left(&in) > 3) {
		unsigned control = cursor_u8(&in);
		size_t len = cursor_be16(&in);
		struct cursor one = cursor_sub(&in, len < cursor_left(&in) ? len : cursor_left(&in));
		struct datagram d = { .received = (int64_t)(number + 1) * 1000000000, .data = one.at,
			.len = cursor_left(&one) < DATAGRAM_MAX ? cursor_left(&one) : DATAGRAM_MAX,
			.src_port = (uint16_t)(control % EXPORTERS), .dst_port = 2055, .number = number + 1,
			.src = { .family = 4, .octets = { 192, 0, 2, 1 } },
			.dst = { .family = 4, .octets = { 192, 0, 2, 2 } } };

		number++;
		if (control & ANOTHER_SEGMENT)
			next_segment(c, &segment);
		if (collector_put(c, &d, NULL) != STATUS_OK)
			abort();
	}
	if (collector_flush(c, NULL) != STATUS_OK || rows != collector_counts(c)->records ||
	    number != collector_counts(c)->datagrams)
		abort();
	tell(c, false);
	collector_free(c);
	return 0;
}
