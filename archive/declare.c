/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/declare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum { LOSS_COUNT = 10, FINDINGS_MAX = 1000 };

struct declaration {
	struct manifest_input *inputs;
	struct manifest_option *options;
	struct manifest_finding *findings;
	struct manifest_rejected rejected[REJECT_COUNT];
	struct manifest_count losses[LOSS_COUNT + FACTS_LOSSES_MAX];
	char omitted[96];
	char **cut; /* texts that had to be shortened */
	size_t cut_count;
	bool failed;
};

/* Room for what U+FFFD makes of a byte that is no UTF-8. */
static size_t
written_length(const uint8_t *p, size_t len, size_t limit, size_t *taken)
{
	size_t written = 0;
	size_t at = 0;

	while (at < len) {
		size_t n = utf8_length(p + at, len - at);
		size_t size = n == 0 ? 3 : n;

		if (written + size > limit)
			break;
		written += size;
		at += n == 0 ? 1 : n;
	}
	*taken = at;
	return written;
}

/* s itself where it fits, else a copy cut on a character's border. */
static const char *
fit(struct declaration *d, const char *s, size_t limit)
{
	size_t taken;
	char **grown;
	char *copy;

	if (s == NULL)
		return NULL;
	(void)written_length((const uint8_t *)s, strlen(s), limit, &taken);
	if (s[taken] == '\0')
		return s;
	copy = strndup(s, taken);
	grown = copy == NULL ? NULL : realloc(d->cut, (d->cut_count + 1) * sizeof *grown);
	if (grown == NULL) {
		free(copy);
		d->failed = true;
		return "";
	}
	d->cut = grown;
	d->cut[d->cut_count++] = copy;
	return copy;
}

static const char *
text_or_empty(struct declaration *d, const char *s)
{
	return s == NULL ? "" : fit(d, s, MANIFEST_TEXT_MAX);
}

static void *
list_of(struct declaration *d, size_t n, size_t size)
{
	void *p = n == 0 ? NULL : calloc(n, size);

	if (n > 0 && p == NULL)
		d->failed = true;
	return p;
}

static void
declare_inputs(struct manifest *m, const struct segment_facts *facts, struct declaration *d)
{
	d->inputs = list_of(d, facts->input_count, sizeof *d->inputs);
	for (size_t i = 0; d->inputs != NULL && i < facts->input_count; i++) {
		const struct facts_input *from = &facts->inputs[i];
		struct manifest_input *to = &d->inputs[i];

		*to = (struct manifest_input) { .name = text_or_empty(d, from->name),
			.size = from->size, .hashed = from->hashed, .contained = from->container >= 0,
			.capture = from->capture, .format = fit(d, from->format, MANIFEST_NAME_MAX),
			.packets = from->packets };
		to->container = to->contained ? (uint64_t)from->container : 0;
		memcpy(to->sha256, from->sha256, SHA256_SIZE);
	}
	m->source = facts->source;
	m->inputs = d->inputs;
	m->input_count = facts->input_count;
}

static void
declare_options(struct manifest *m, const struct segment_facts *facts, struct declaration *d)
{
	d->options = list_of(d, facts->option_count, sizeof *d->options);
	for (size_t i = 0; d->options != NULL && i < facts->option_count; i++) {
		d->options[i].name = facts->options[i].name;
		d->options[i].value = fit(d, facts->options[i].value, MANIFEST_TEXT_MAX);
	}
	m->options = d->options;
	m->option_count = facts->option_count;
	m->interrupted = facts->interrupted;
}

static void
declare_findings(struct manifest *m, const struct segment_facts *facts, struct declaration *d)
{
	size_t n = facts->finding_count > FINDINGS_MAX ? FINDINGS_MAX : facts->finding_count;
	size_t extra = facts->finding_count - n;

	d->findings = list_of(d, n + (extra > 0), sizeof *d->findings);
	for (size_t i = 0; d->findings != NULL && i < n; i++) {
		const struct facts_finding *from = &facts->findings[i];

		d->findings[i] = (struct manifest_finding) { .code = from->code,
			.file = fit(d, from->file, MANIFEST_TEXT_MAX), .at_offset = from->at_offset,
			.offset = from->at_offset ? from->offset : 0, .text = text_or_empty(d, from->text) };
	}
	if (extra > 0 && d->findings != NULL) {
		(void)snprintf(d->omitted, sizeof d->omitted, "%zu more findings are not listed", extra);
		d->findings[n++] = (struct manifest_finding) { .code = "more", .text = d->omitted };
	}
	m->findings = d->findings;
	m->finding_count = n;
}

static void
declare_sums(struct manifest *m, const struct accounting *a)
{
	m->read.packets = a->read.packets;
	m->read.wire_bytes = a->read.wire_bytes;
	m->metered.packets = a->metered.packets;
	m->metered.wire_bytes = a->metered.wire_bytes;
	m->ip_bytes = (struct manifest_sum) { a->carried_in.ip_bytes, a->metered_sum.ip_bytes,
		a->emitted.ip_bytes, a->carried_out.ip_bytes };
	m->flow_packets = (struct manifest_sum) { a->carried_in.packets, a->metered_sum.packets,
		a->emitted.packets, a->carried_out.packets };
	m->flows = (struct manifest_sum) { a->carried_in.flows, a->metered_sum.flows,
		a->emitted.flows, a->carried_out.flows };
}

static void
declare_counts(struct manifest *m, const struct accounting *a, const struct declare_table *table,
    struct declaration *d)
{
	const struct manifest_count losses[LOSS_COUNT] = { { "clamped", table->clamped },
		{ "evicted", a->evicted }, { "orphan_fragments", a->orphan_fragments },
		{ "time_regressions", a->time_regressions }, { "length_zero", a->length_zero },
		{ "length_beyond", a->length_beyond }, { "hints_left_out", a->hints_left_out },
		{ MANIFEST_TWICE, a->twice }, { "tunnel_cut", a->tunnel_cut },
		{ "tunnel_depth", a->tunnel_depth } };

	for (unsigned r = 0; r < REJECT_COUNT; r++)
		d->rejected[r] = (struct manifest_rejected) { reject_name((enum reject)r),
			a->rejected[r].packets, a->rejected[r].wire_bytes };
	memcpy(d->losses, losses, sizeof losses);
	m->rows = table->rows;
	m->flows_span = table->span;
	declare_sums(m, a);
	m->rejected = d->rejected;
	m->rejected_count = REJECT_COUNT;
	m->losses = d->losses;
	m->loss_count = LOSS_COUNT;
}

/* A flow's time: the column in nanoseconds where it is filled, else the one in microseconds. */
static bool
row_time(const struct table *t, size_t row, enum column_id fine, enum column_id coarse,
    int64_t *nanos)
{
	if (table_has(t, fine, row)) {
		*nanos = table_int(t, fine, row);
		return true;
	}
	if (!table_has(t, coarse, row))
		return false;
	/* Beyond the year 2262 the nearest time that nanoseconds can tell. */
	if (__builtin_mul_overflow(table_int(t, coarse, row), 1000, nanos))
		*nanos = table_int(t, coarse, row) < 0 ? INT64_MIN + 1 : INT64_MAX;
	return true;
}

/* The row with the first, or the last, of a column's times; t->rows where there is none. */
static size_t
extreme_row(const struct table *t, enum column_id id, bool last)
{
	const struct table_column *c = &t->columns[id];
	size_t found = t->rows;

	for (size_t row = 0; row < t->rows && c->present != NULL; row++) {
		bool beyond = found == t->rows ||
		    (last ? c->v.i64[row] > c->v.i64[found] : c->v.i64[row] < c->v.i64[found]);

		if (beyond && c->present[row])
			found = row;
	}
	return found;
}

static void
take_edge(const struct table *t, enum column_id fine, enum column_id coarse, bool last, bool *has,
    int64_t *edge)
{
	bool is_fine = t->columns[fine].present != NULL;
	size_t row = is_fine ? 0 : extreme_row(t, coarse, last);
	int64_t at;

	/* where no row has a finer time, one row tells for all */
	for (size_t end = is_fine ? t->rows : row + 1; row < end && row < t->rows; row++) {
		if (!row_time(t, row, fine, coarse, &at))
			continue;
		if (!*has || (last ? at > *edge : at < *edge))
			*edge = at;
		*has = true;
	}
}

void
declare_rows(struct declare_table *d, const struct table *t)
{
	struct manifest_span *s = &d->span;

	d->rows += t->rows;
	d->clamped += t->clamped;
	take_edge(t, COLUMN_FLOW_START_NS, COLUMN_FLOW_START, false, &s->has_from, &s->from);
	take_edge(t, COLUMN_FLOW_END_NS, COLUMN_FLOW_END, true, &s->has_to, &s->to);
}

void
declare_metered(struct declare_table *d, const struct table *t)
{
	for (size_t row = 0; row < t->rows; row++) {
		d->packets += (uint64_t)table_int(t, COLUMN_PACKETS, row) +
		    (uint64_t)table_int(t, COLUMN_REV_PACKETS, row);
		d->octets += (uint64_t)table_int(t, COLUMN_BYTES, row) +
		    (uint64_t)table_int(t, COLUMN_REV_BYTES, row);
	}
}

/* Those of the source: what never became a packet that was read. */
static void
declare_losses(struct manifest *m, const struct segment_facts *facts, struct declaration *d)
{
	for (size_t i = 0; i < facts->loss_count && i < FACTS_LOSSES_MAX; i++)
		d->losses[m->loss_count++] = (struct manifest_count) { facts->losses[i].name,
			facts->losses[i].value };
}

enum status
declare_facts(struct manifest *m, const struct segment_facts *facts,
    const struct declare_table *table, struct declaration **out, struct fault *f)
{
	struct declaration *d = calloc(1, sizeof *d);

	if (d == NULL)
		return fault_memory(f);
	declare_inputs(m, facts, d);
	declare_options(m, facts, d);
	declare_findings(m, facts, d);
	declare_counts(m, &facts->accounting, table, d);
	declare_losses(m, facts, d);
	if (facts->from != 0 || facts->to != 0)
		m->interval = (struct manifest_span) { true, true, facts->from, facts->to };
	if (d->failed) {
		declaration_free(d);
		return fault_memory(f);
	}
	*out = d;
	return STATUS_OK;
}

void
declaration_free(struct declaration *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->cut_count; i++)
		free(d->cut[i]);
	free(d->cut);
	free(d->inputs);
	free(d->options);
	free(d->findings);
	free(d);
}
