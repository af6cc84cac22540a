/* SPDX-License-Identifier: BSD-2-Clause */
/* The thread beside the packets: flows into the archive, and segments sealed. */
#include "capture/cmd_capture_live_run.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/version.h"
#include "capture/cmd_redecode.h"
#include "nfseal.h"

static void
notice(void *ctx, const char *text)
{
	(void)ctx;
	log_notice("%s", text);
}

static enum status
open_archive(struct live_sealer *s, const struct segment_facts *opening, struct fault *f)
{
	struct writer_options o = { .archive = s->set->archive, .state = s->state,
		.layout = s->set->layout, .keys_in_memory = s->set->keys_in_memory,
		.now = clock_wall_nanos, .clock_state = clock_state, .version = VERSION_TEXT,
		.build = version_build(), .redecode = redecode };
	enum status rc = writer_open(&o, notice, NULL, &s->writer, f);

	return rc == STATUS_OK ? writer_begin_live(s->writer, opening->from, opening, f) : rc;
}

enum status
live_sealer_open(struct live_sealer *s, const struct capture_settings *set,
    struct capture_result *result, const struct segment_facts *opening, struct fault *f)
{
	enum status rc;

	s->set = set;
	s->result = result;
	rc = outputs_open(set, s->outputs, f);
	if (rc == STATUS_OK && set->archive != NULL)
		rc = open_archive(s, opening, f); /* last: what is begun there cannot be taken back */
	return rc;
}

static enum status
on_table(void *ctx, const struct table *t, struct fault *f)
{
	struct live_sealer *s = ctx;
	enum status rc = outputs_put(s->set, s->outputs, t, f);

	return rc == STATUS_OK && s->writer != NULL ? writer_put(s->writer, t, f) : rc;
}

static enum status
tell_sealed(struct live_sealer *s, const struct receipt *receipt, struct fault *f)
{
	log_notice("sealed %s: %" PRIu64 " flows; head %" PRIu64 ":%s", receipt->manifest,
	    receipt->flows, receipt->sequence, receipt->manifest_sha256);
	return receipts_add(&s->result->sealed, receipt, f);
}

/* Segments that the writer's own thread has sealed meanwhile. */
static enum status
collect(struct live_sealer *s, bool wait, struct fault *f)
{
	struct receipt receipt;
	enum status rc;

	while ((rc = writer_sealed(s->writer, wait, &receipt, f)) == STATUS_OK) {
		rc = tell_sealed(s, &receipt, f);
		if (rc != STATUS_OK)
			return rc;
	}
	return rc == STATUS_ABSENT ? STATUS_OK : rc;
}

static enum status
seal_last(struct live_sealer *s, const struct seal_order *o, struct fault *f)
{
	struct receipt receipt;
	enum status rc = collect(s, true, f);

	if (rc == STATUS_OK)
		rc = writer_seal(s->writer, &o->facts, o->close, &receipt, f);
	return rc == STATUS_OK ? tell_sealed(s, &receipt, f) : rc;
}

/* Where the disk has only the room that was kept for the seal, the segment ends with what it has. */
static enum status
make_durable(struct live_sealer *s, const struct seal_order *o, struct fault *f)
{
	struct receipt receipt;
	enum status rc = writer_durable(s->writer, &o->facts, f);

	if (rc == STATUS_LIMIT && collect(s, true, NULL) == STATUS_OK &&
	    writer_seal(s->writer, &o->facts, false, &receipt, NULL) == STATUS_OK &&
	    tell_sealed(s, &receipt, NULL) != STATUS_OK)
		return STATUS_NO_MEMORY;
	return rc;
}

static enum status
obey(struct live_sealer *s, const struct seal_order *o, struct fault *f)
{
	if (s->writer == NULL)
		return STATUS_OK;
	if (o->durable)
		return make_durable(s, o, f);
	if (o->last)
		return seal_last(s, o, f);
	return writer_rotate(s->writer, &o->facts, o->next, f);
}

static enum status
on_mark(void *ctx, void *mark, struct fault *f)
{
	struct live_sealer *s = ctx;
	struct seal_order *o = mark;
	enum status rc = obey(s, o, f);

	seal_order_free(o);
	return rc;
}

static enum status
on_tick(void *ctx, struct fault *f)
{
	struct live_sealer *s = ctx;
	enum status rc = outputs_tick(s->set, s->outputs, f);

	return rc == STATUS_OK && s->writer != NULL ? collect(s, false, f) : rc;
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
}
