/* SPDX-License-Identifier: BSD-2-Clause */
/* The thread beside the packets: flows into the archive, and segments sealed. */
#include "capture/cmd_capture_live_run.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/version.h"
#include "flow/table_append.h"
#include "nfseal.h"

enum { GROUP_ROWS = TABLE_ROWS / 2 }; /* of a live segment's row groups: half the memory */

static void
notice(void *ctx, const char *text)
{
	(void)ctx;
	log_notice("%s", text);
}

static enum status
open_archive(struct live_sealer *s, int64_t from, struct fault *f)
{
	struct writer_options o = { .archive = s->set->archive, .state = s->state,
		.layout = s->set->layout, .now = clock_wall_nanos, .clock_state = clock_state(),
		.version = VERSION_TEXT, .build = version_build() };
	enum status rc = table_open(GROUP_ROWS, &s->group, f);

	if (rc == STATUS_OK)
		rc = writer_open(&o, notice, NULL, &s->writer, f);
	return rc == STATUS_OK ? writer_begin(s->writer, from, f) : rc;
}

enum status
live_sealer_open(struct live_sealer *s, const struct capture_settings *set,
    struct capture_result *result, int64_t from, struct fault *f)
{
	enum status rc;

	s->set = set;
	s->result = result;
	rc = outputs_open(set, s->outputs, f);
	if (rc == STATUS_OK && set->archive != NULL)
		rc = open_archive(s, from, f); /* last: what is begun there cannot be taken back */
	return rc;
}

static enum status
put_group(struct live_sealer *s, struct fault *f)
{
	enum status rc = s->group->rows == 0 ? STATUS_OK : writer_put(s->writer, s->group, f);

	table_reset(s->group);
	return rc;
}

/* Small tables come each second; a row group is made of many. */
static enum status
gather(struct live_sealer *s, const struct table *t, struct fault *f)
{
	enum status rc = STATUS_OK;

	s->group->clamped += t->clamped;
	for (size_t at = 0; at < t->rows && rc == STATUS_OK;) {
		size_t room = s->group->capacity - s->group->rows;
		size_t n = t->rows - at < room ? t->rows - at : room;

		table_append(s->group, t, at, n);
		at += n;
		if (table_full(s->group))
			rc = put_group(s, f);
	}
	return rc;
}

static enum status
on_table(void *ctx, const struct table *t, struct fault *f)
{
	struct live_sealer *s = ctx;
	enum status rc = outputs_put(s->set, s->outputs, t, f);

	return rc == STATUS_OK && s->writer != NULL ? gather(s, t, f) : rc;
}

static enum status
seal(struct live_sealer *s, const struct seal_order *o, struct fault *f)
{
	struct receipt receipt;
	enum status rc = put_group(s, f);

	if (rc == STATUS_OK)
		rc = writer_seal(s->writer, &o->facts, o->close, &receipt, f);
	if (rc != STATUS_OK)
		return rc;
	log_notice("sealed %s: %" PRIu64 " flows of %" PRIu64 " packets; head %" PRIu64 ":%s",
	    receipt.manifest, receipt.flows, o->facts.accounting.read.packets, receipt.sequence,
	    receipt.manifest_sha256);
	rc = capture_result_add(s->result, &receipt, f);
	return rc == STATUS_OK && !o->last ? writer_begin(s->writer, o->next, f) : rc;
}

static enum status
on_mark(void *ctx, void *mark, struct fault *f)
{
	struct live_sealer *s = ctx;
	struct seal_order *o = mark;
	enum status rc = s->writer == NULL ? STATUS_OK : seal(s, o, f);

	seal_order_free(o);
	return rc;
}

static enum status
on_tick(void *ctx, struct fault *f)
{
	struct live_sealer *s = ctx;

	return outputs_tick(s->set, s->outputs, f);
}

static void
discard(void *ctx, void *mark)
{
	(void)ctx;
	seal_order_free(mark);
}

struct handover_work
live_sealer_work(struct live_sealer *s)
{
	return (struct handover_work) { s, on_table, on_mark, on_tick, discard };
}

enum status
live_sealer_finish(struct live_sealer *s, struct fault *f)
{
	return outputs_finish(s->set, s->outputs, s->result, f);
}

void
live_sealer_free(struct live_sealer *s)
{
	for (size_t i = 0; i < CAPTURE_DESTINATIONS_MAX; i++)
		output_free(s->outputs[i]);
	writer_free(s->writer);
	table_free(s->group);
}
