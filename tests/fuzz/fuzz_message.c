/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of NetFlow 1, 5, 7, 9 and IPFIX back to back; the rows are packed as version 5. */
#include <stdint.h>
#include <stdlib.h>

#include "flow/message.h"
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
	struct message_context context = { .counters = &counters };
	struct netflow_fixed fixed;
	struct template_set *templates;
	struct row_decoder *decoder;
	struct row_origin origin = { .header = NULL };
	struct table *t;
	struct message m;
	struct record r;

	if (netflow_fixed_open(&fixed, NULL) != STATUS_OK ||
	    template_set_open(&templates, NULL) != STATUS_OK ||
	    row_decoder_open(&decoder, NULL) != STATUS_OK || table_open(ROWS, &t, NULL) != STATUS_OK)
		abort();
	context.fixed = &fixed;
	context.templates = templates;
	while (message_open(&m, data, size, &context)) {
		struct cursor behind;

		origin.header = message_header(&m);
		while (message_next(&m, &r) && !table_full(t))
			row_decode(decoder, &r, &origin, t);
		behind = message_behind(&m);
		size = cursor_left(&behind);
		data = behind.at;
	}
	pack_again(t);
	table_free(t);
	row_decoder_free(decoder);
	template_set_free(templates);
	netflow_fixed_close(&fixed);
	return 0;
}
