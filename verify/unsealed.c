/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/unsealed.h"

#include <stdio.h>
#include <string.h>

#include "archive/layout.h"
#include "archive/vouch.h"

/* A writer at work moves on between our look at the state and at the files. */
enum { TRIES = 5 };

/* Sealed by now, or known to be: then the chain's check speaks of it. */
static bool
is_sealed(const struct result *r, uint64_t sequence)
{
	const struct segment *s = result_find(r, sequence);

	return sequence <= r->remembered.sequence || s != NULL;
}

static enum status
look(const char *archive, const struct origin *origin, const struct result *r,
    const struct durable_segment *known, struct vouched *out, struct fault *f)
{
	char open_dir[FILE_PATH_MAX];
	char sealed[FILE_PATH_MAX];
	char below[LAYOUT_DIR_MAX];
	struct vouch_place place = { .open_dir = open_dir, .archive = r->archive };
	enum status rc = file_join(open_dir, archive, "open", f);

	/* A killed seal may have moved files that the next writer finishes. */
	if (rc == STATUS_OK && layout_directory(below, origin->layout, known->stem)) {
		rc = file_join(sealed, archive, below[0] == '\0' ? "." : below, f);
		place.sealed_dir = sealed;
	}
	return rc == STATUS_OK ? vouch_read(&place, known, out, f) : rc;
}

static void
tell(struct result *r, const struct durable_segment *known, const struct vouched *v)
{
	struct segment *s = result_add(r, known->sequence);
	unsigned long long last = known->index;
	char file[STATEMENT_NAME_MAX + 48];
	char text[FAULT_TEXT_MAX + 128];

	if (s == NULL)
		return;
	(void)snprintf(file, sizeof file, "open/%s", v->where);
	if (v->any)
		(void)snprintf(text, sizeof text, "statements 0 to %llu were durable, and only those up to "
		    "%llu hold: %s", last, (unsigned long long)v->index, v->why.text);
	else
		(void)snprintf(text, sizeof text, "statements 0 to %llu were durable, and none holds: %s",
		    last, v->why.text);
	if (v->length > 0)
		findings_add_at(&s->findings, FINDING_DURABLE_MISSING, file, v->offset, v->length, "%s",
		    text);
	else
		findings_add(&s->findings, FINDING_DURABLE_MISSING, file, "%s", text);
}

/* False where it must be looked at again, because the state has changed. */
static bool
check_one(const char *archive, const char *state, const struct origin *origin, struct result *r,
    const struct durable_segment *known, bool last_try)
{
	struct vouched v;
	struct durable now;
	struct durable_segment *again;
	struct fault f = { .status = STATUS_OK };
	enum status rc = look(archive, origin, r, known, &v, &f);

	if (rc != STATUS_OK) {
		struct segment *s = result_add(r, known->sequence);

		if (s != NULL)
			findings_add(&s->findings, FINDING_IO, "open", "%s", f.text);
		return true;
	}
	if (v.complete) {
		vouch_free(&v);
		return true;
	}
	if (durable_find_record(state, r->archive, &now, &f) != STATUS_OK)
		now = (struct durable) { .count = 0 };
	again = durable_find(&now, known->sequence);
	if (!last_try && (again == NULL || again->index != known->index)) {
		vouch_free(&v);
		return false;
	}
	tell(r, known, &v);
	vouch_free(&v);
	return true;
}

void
unsealed_check(const char *archive, const char *state, const struct origin *origin,
    struct result *r)
{
	struct durable record;
	struct fault f = { .status = STATUS_OK };
	uint64_t done = 0;

	/* Only an archive whose genesis is the remembered one, and not up to a given head alone. */
	if (!r->remembered.known || r->archive[0] == '\0')
		return;
	for (int i = 0; i < TRIES; i++) {
		bool settled = true;

		if (durable_find_record(state, r->archive, &record, &f) != STATUS_OK) {
			r->no_memory |= f.status == STATUS_NO_MEMORY;
			return;
		}
		for (size_t k = 0; k < record.count && settled; k++) {
			if (record.open[k].sequence <= done || is_sealed(r, record.open[k].sequence))
				continue;
			settled = check_one(archive, state, origin, r, &record.open[k], i == TRIES - 1);
			if (settled)
				done = record.open[k].sequence;
		}
		if (settled)
			return;
	}
}
