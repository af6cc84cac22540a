/* SPDX-License-Identifier: BSD-2-Clause */
/* NetFlow 5 datagrams back to back; the rows are packed as version 5 again. */
#include <stdint.h>
#include <stdlib.h>

#include "flow/netflow5.h"
#include "flow/pack.h"
#include "flow/row_decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROWS = 256 };

static enum status
count(void *ctx, const uint8_t *data, size_t len, size_t records, struct fault *f)
{
	(void)data;
	(void)f;
	if (len != NETFLOW5_HEADER_SIZE + records * NETFLOW5_RECORD_SIZE || records > NETFLOW5_RECORDS_MAX)
		abort();
	*(uint64_t *)ctx += records;
	return STATUS_OK;
}

static void
pack_again(const struct table *t)
{
	const struct pack_options o = { .format = PACK_NETFLOW5, .max_octets = PACK_DATAGRAM_DEFAULT };
	uint64_t records = 0;
	struct packer *p;

	if (pack_open(&o, count, &records, &p, NULL) != STATUS_OK)
		abort();
	if (pack_put(p, t, NULL, NULL) != STATUS_OK || pack_flush(p, NULL) != STATUS_OK)
		abort();
	if (records + loss_refused(&pack_stats(p)->loss) != t->rows)
		abort();
	pack_free(p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct decode_counters counters = { 0 };
	struct template *template = netflow5_template();
	struct row_decoder *decoder;
	struct table *t;
	struct netflow5_message m;
	struct row_origin origin = { .header = &m.header };
	struct record r;

	if (template == NULL || row_decoder_open(&decoder, NULL) != STATUS_OK ||
	    table_open(ROWS, &t, NULL) != STATUS_OK)
		abort();
	while (netflow5_message_open(&m, data, size, template, &counters)) {
		while (netflow5_message_next(&m, &r) && !table_full(t))
			row_decode(decoder, &r, &origin, t);
		size = cursor_left(&m.rest);
		data = m.rest.at;
	}
	pack_again(t);
	table_free(t);
	row_decoder_free(decoder);
	free(template);
	return 0;
}
