/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_CAPTURE_APP_HEAR_H
#define TESTS_CAPTURE_APP_HEAR_H

/*
 * What a reader finds in octets that a test gives it, as a row of a table.  The octets are copied
 * to memory of their exact size, so that a sanitizer sees what is read behind them.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/app_quic.h"
#include "capture/app_reader.h"
#include "tests/unit.h"

struct hearing {
	bool (*probe)(const uint8_t *data, size_t len);
	enum app_verdict (*feed)(const struct app_input *in);
	unsigned side;
	bool cut;
	bool known; /* set by what was heard */
	uint16_t memo;
	struct app_quic *quic;
	struct app_budget budget;
	struct app_kept *kept;
	struct table *row; /* of the last hear_value */
};

static inline struct hearing
hearing(bool (*probe)(const uint8_t *, size_t), enum app_verdict (*feed)(const struct app_input *))
{
	return (struct hearing){ .probe = probe, .feed = feed, .budget = { .left = 1 << 20 } };
}

static inline enum app_verdict
hear(struct hearing *h, const void *data, size_t len)
{
	uint8_t *exact = malloc(len + (len == 0));
	struct app_found found;
	struct app_input in = { .data = exact, .len = len, .cut = h->cut, .known = h->known,
		.side = h->side, .memo = &h->memo, .quic = &h->quic, .budget = &h->budget,
		.found = &found };
	enum app_verdict v = APP_NO;

	assert_non_null(exact);
	memcpy(exact, data, len);
	found.len = 0;
	if (len > 0 && h->probe(exact, len))
		v = h->feed(&in);
	if (v >= APP_SEEN) {
		h->known = true;
		assert_true(app_kept_merge(&h->kept, &found, &h->budget));
	}
	free(exact);
	return v;
}

static inline struct table *
hear_row(struct hearing *h)
{
	table_free(h->row);
	assert_int_equal(table_open(1, &h->row, NULL), STATUS_OK);
	(void)table_add_row(h->row);
	app_kept_row(h->kept, false, h->row, 0);
	return h->row;
}

static inline void
assert_heard(struct hearing *h, enum column_id id, const char *text)
{
	size_t len;
	const uint8_t *v = table_bytes(hear_row(h), id, 0, &len);

	if (text == NULL) {
		assert_null(v);
		return;
	}
	assert_non_null(v);
	assert_int_equal(len, strlen(text));
	assert_memory_equal(v, text, len);
}

/* -1: null */
static inline void
assert_heard_number(struct hearing *h, enum column_id id, int64_t v)
{
	const struct table *t = hear_row(h);

	assert_int_equal(table_has(t, id, 0) ? table_int(t, id, 0) : -1, v);
}

/* As if nothing had been heard; what was taken must have been given back. */
static inline void
hear_nothing(struct hearing *h)
{
	app_kept_free(h->kept, &h->budget);
	app_quic_free(h->quic, &h->budget);
	table_free(h->row);
	assert_int_equal(h->budget.left, 1 << 20);
	*h = hearing(h->probe, h->feed);
}

#endif
