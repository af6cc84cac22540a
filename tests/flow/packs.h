/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_FLOW_PACKS_H
#define TESTS_FLOW_PACKS_H

/* Tables packed into messages, and these decoded again. */

#include "flow/message.h"
#include "flow/row_decode.h"
#include "flow/rows.h"

static inline struct packer *
open_packer(enum pack_format format, size_t max, uint32_t refresh, bool precise, struct sent *out)
{
	const struct pack_options o = { .format = format, .max_octets = max, .refresh = refresh,
		.domain = 3, .precise = precise };
	struct packer *p = NULL;

	memset(out, 0, sizeof *out);
	assert_int_equal(pack_open(&o, sent_emit, out, &p, NULL), STATUS_OK);
	return p;
}

/* All of the table through a packer; its statistics in *stats. */
static inline void
pack_all(enum pack_format format, bool precise, const struct table *t, struct sent *out,
    struct pack_stats *stats)
{
	struct packer *p = open_packer(format, 1400, 0, precise, out);

	assert_int_equal(pack_put(p, t, NULL, NULL), STATUS_OK);
	assert_int_equal(pack_flush(p, NULL), STATUS_OK);
	*stats = *pack_stats(p);
	pack_free(p);
}

/* What was sent, decoded again into a table. */
static inline struct table *
unpack(const struct sent *s, struct decode_counters *counters)
{
	struct table *t = rows_table(4096);
	struct template_set *templates = NULL;
	struct netflow_fixed fixed;
	struct row_decoder *d = NULL;
	struct record r;

	memset(counters, 0, sizeof *counters);
	assert_int_equal(template_set_open(&templates, NULL), STATUS_OK);
	assert_int_equal(row_decoder_open(&d, NULL), STATUS_OK);
	assert_int_equal(netflow_fixed_open(&fixed, NULL), STATUS_OK);
	for (size_t i = 0; i < s->count; i++) {
		const struct message_context context = { &fixed, templates, counters };
		struct message m;
		struct row_origin origin;
		struct cursor behind;

		assert_true(message_open(&m, sent_message(s, i), s->lens[i], &context));
		origin = (struct row_origin){ .header = message_header(&m) };
		while (message_next(&m, &r))
			row_decode(d, &r, &origin, t);
		behind = message_behind(&m);
		assert_true(cursor_done(&behind));
	}
	assert_int_equal(decode_malformed(counters), 0);
	netflow_fixed_close(&fixed);
	row_decoder_free(d);
	template_set_free(templates);
	return t;
}

#endif
