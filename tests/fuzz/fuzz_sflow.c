/* SPDX-License-Identifier: BSD-2-Clause */
/* An sFlow datagram: its samples as rows, its counters as facts of interfaces. */
#include <stdint.h>
#include <stdlib.h>

#include "capture/interfaces.h"
#include "capture/sflow_row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROWS = 64 };

static void
count(struct interfaces **list, const struct interfaces_budget *b, struct sflow_sample *s)
{
	struct interface *i;
	struct sflow_record r;

	if (interfaces_find(list, b, s->source_class, s->source_index, &i) != STATUS_OK)
		return;
	while (sflow_next_record(s, &r))
		if (interfaces_count(*list, b, i, &r, 1) != STATUS_OK)
			abort();
}

/* The document of the counters is whole, and nothing is left of its memory. */
static void
tell(struct interfaces *list, const struct interfaces_budget *b)
{
	size_t room = ROWS;
	struct buf out;
	struct jsonw j;

	buf_init(&out, 0);
	jsonw_init(&j, &out);
	jsonw_object(&j);
	jsonw_key(&j, "interfaces");
	interfaces_json(list, &room, &j);
	jsonw_object_end(&j);
	if (!buf_ok(&out) || j.depth != 0)
		abort();
	buf_free(&out);
	interfaces_free(list, b);
	if (*b->total != 0 || *b->exporter != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct decode_counters counters = { 0 };
	struct sample_counts counts = { .missed = 0 };
	struct sample_series series = { .started = false };
	struct interfaces *list = NULL;
	struct sflow_message m;
	struct sflow_sample s;
	struct sflow_rows *rows;
	struct table *t;
	size_t exporter = 0, total = 0;
	const struct interfaces_budget b = { &exporter, &total };

	if (!sflow_open(&m, data, size, &counters))
		return 0;
	if (sflow_rows_open(&rows, NULL) != STATUS_OK || table_open(ROWS, &t, NULL) != STATUS_OK)
		abort();
	while (sflow_next(&m, &s)) {
		samples_take(&series, &s, counters.sets & 1 ? SAMPLE_LATE : SAMPLE_IN_ORDER, &counts);
		if (s.kind == SFLOW_COUNTERS)
			count(&list, &b, &s);
		else if (s.kind != SFLOW_UNKNOWN && !table_full(t))
			sflow_rows_add(rows, &m, &s, 1, &counts, t);
	}
	if (counts.filled > counts.missed || t->failed)
		abort();
	tell(list, &b);
	table_free(t);
	sflow_rows_free(rows);
	return 0;
}
