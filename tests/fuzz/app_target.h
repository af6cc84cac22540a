/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_FUZZ_APP_TARGET_H
#define TESTS_FUZZ_APP_TARGET_H

/*
 * An application reader over octets.  The specimen's first octet says how they are given: 1 they
 * are cut, 2 the flow is known, 4 the other side, 8 datagrams of two octets of length each
 * (else one piece).  Every text that is found is printable ASCII and bounded, and all memory is given back.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "capture/app_quic.h"
#include "capture/app_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TARGET_CUT = 1, TARGET_KNOWN = 2, TARGET_SIDE = 4, TARGET_SEVERAL = 8, TARGET_FLAGS = 15 };

struct target {
	const struct app_reader *reader;
	unsigned flags;
	bool known;
	uint16_t memo;
	struct app_quic *quic;
	struct app_kept *kept;
	struct app_budget budget;
};

static inline void
target_check(const struct table *t, enum column_id id)
{
	const uint8_t *v;
	size_t len;

	if (column_infos[id].type != COLUMN_TYPE_TEXT || !table_has(t, id, 0))
		return;
	v = table_bytes(t, id, 0, &len);
	if (len == 0 || len > APP_TEXT_MAX)
		abort();
	for (size_t i = 0; i < len; i++)
		if (v[i] < ' ' || v[i] > '~')
			abort();
}

static inline void
target_feed(struct target *g, const uint8_t *data, size_t len)
{
	struct app_found found;
	struct app_input in = { .data = data, .len = len, .cut = g->flags & TARGET_CUT,
		.known = g->known || g->flags & TARGET_KNOWN, .side = (g->flags & TARGET_SIDE) != 0,
		.memo = &g->memo, .quic = &g->quic, .budget = &g->budget, .found = &found };

	if (len == 0 || !g->reader->probe(data, len))
		return;
	found.len = 0;
	if (g->reader->feed(&in) < APP_SEEN)
		return;
	g->known = true;
	if (!app_kept_merge(&g->kept, &found, &g->budget))
		abort();
}

static inline void
target_run(const struct app_reader *reader, unsigned flags, const uint8_t *data, size_t size)
{
	enum { BUDGET = 1 << 20 };
	struct target g = { .reader = reader, .flags = flags, .budget = { .left = BUDGET } };
	struct table *t;

	if (flags & TARGET_SEVERAL) {
		while (size >= 2) {
			size_t len = load_be16(data) < size - 2 ? load_be16(data) : size - 2;

			target_feed(&g, data + 2, len);
			data += 2 + len;
			size -= 2 + len;
		}
	} else {
		target_feed(&g, data, size);
	}
	if (table_open(1, &t, NULL) != STATUS_OK)
		abort();
	(void)table_add_row(t);
	app_kept_row(g.kept, false, t, 0);
	for (unsigned id = 0; id < COLUMN_COUNT; id++)
		target_check(t, id);
	table_free(t);
	app_kept_free(g.kept, &g.budget);
	app_quic_free(g.quic, &g.budget);
	if (g.budget.left != BUDGET)
		abort();
}

#endif
