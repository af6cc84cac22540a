/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sequences of NetFlow 9 and IPFIX messages through one set of templates: octets of the form
 * (length in two octets, message)..., and the same octets as an IPFIX file.  What was decoded
 * is packed again in every format.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "flow/ipfix_decode.h"
#include "flow/ipfix_file.h"
#include "flow/row_decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROWS = 64 };

static enum status
drop(void *ctx, const uint8_t *data, size_t len, size_t records, struct fault *f)
{
	struct decode_counters counters = { 0 };
	struct template_set *templates = ctx;
	struct ipfix_message m;
	struct record r;

	(void)records;
	(void)f;
	/* what we write ourselves is read without complaint */
	if (load_be16(data) != 5) {
		if (!ipfix_message_open(&m, data, len, templates, &counters))
			abort();
		while (ipfix_message_next(&m, &r))
			continue;
		if (decode_malformed(&counters) != 0 || counters.records != records)
			abort();
	}
	return STATUS_OK;
}

static void
pack(const struct table *t)
{
	for (unsigned format = 0; format < PACK_FORMAT_COUNT; format++) {
		const struct pack_options o = { .format = (enum pack_format)format,
			.max_octets = PACK_MESSAGE_LEAST, .refresh = 3, .precise = true };
		struct template_set *templates;
		struct packer *p;

		if (template_set_open(&templates, NULL) != STATUS_OK ||
		    pack_open(&o, drop, templates, &p, NULL) != STATUS_OK)
			abort();
		if (pack_put(p, t, NULL, NULL) != STATUS_OK || pack_flush(p, NULL) != STATUS_OK)
			abort();
		if (pack_stats(p)->flows != t->rows)
			abort();
		pack_free(p);
		template_set_free(templates);
	}
}

static void
messages(struct cursor c, struct template_set *templates, struct row_decoder *decoder, struct table *t)
{
	const struct address exporter = { .octets = { 192, 0, 2, 1 }, .family = 4 };
	struct decode_counters counters = { 0 };

	while (cursor_left(&c) > 2) {
		size_t len = cursor_be16(&c);
		struct cursor one = cursor_sub(&c, len < cursor_left(&c) ? len : cursor_left(&c));
		struct ipfix_message m;
		struct row_origin origin = { .header = &m.header, .exporter = &exporter,
			.exporter_port = 4739, .templates = templates };
		struct record r;

		if (!ipfix_message_open(&m, one.at, cursor_left(&one), templates, &counters))
			continue;
		while (ipfix_message_next(&m, &r)) {
			if (table_full(t)) {
				pack(t);
				table_reset(t);
			}
			row_decode(decoder, &r, &origin, t);
		}
	}
}

static enum status
read_cursor(void *ctx, void *data, size_t len, size_t *got, struct fault *f)
{
	struct cursor *c = ctx;

	(void)f;
	*got = len < cursor_left(c) ? len : cursor_left(c);
	cursor_copy(c, data, *got);
	return STATUS_OK;
}

static void
as_file(struct cursor c, struct table *t)
{
	const struct ipfix_source source = { read_cursor, &c, "fuzz" };
	struct ipfix_file *file;
	struct fault f = { 0 };

	if (ipfix_file_open(&source, &file, &f) != STATUS_OK)
		abort();
	while (ipfix_file_next(file, t, &f) == STATUS_OK)
		if (t->rows == 0)
			abort();
	ipfix_file_free(file);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct template_set *templates;
	struct row_decoder *decoder;
	struct table *t;

	if (template_set_open(&templates, NULL) != STATUS_OK ||
	    row_decoder_open(&decoder, NULL) != STATUS_OK || table_open(ROWS, &t, NULL) != STATUS_OK)
		abort();
	messages(cursor_over(data, size), templates, decoder, t);
	pack(t);
	as_file(cursor_over(data, size), t);
	table_free(t);
	row_decoder_free(decoder);
	template_set_free(templates);
	return 0;
}
