/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/sealing.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "archive/seal.h"
#include "flow/element.h"

/* Which build made the table: the version of the way, and the hash of the element table. */
static enum status
name_makers(const struct writer_options *o, struct manifest *m, struct fault *f)
{
	struct buf elements = { 0 };
	enum status rc;

	m->decoder_version = MANIFEST_DECODER;
	m->libzstd = ZSTD_versionString();
	m->software = site_software(o);
	element_describe(&elements);
	rc = buf_ok(&elements) ?
	    sha256_of(elements.data, elements.len, m->decoder_elements, f) : fault_memory(f);
	buf_free(&elements);
	return rc;
}

static void
name_place(const struct site *s, const struct writer_options *o, const struct sealing *what,
    struct manifest *m)
{
	const struct chain *c = &s->chain;

	memcpy(m->archive, c->archive, sizeof m->archive);
	m->sequence = c->sequence + 1;
	memcpy(m->previous, c->sha256, SHA256_SIZE);
	m->opened = what->opened;
	m->sealed = (struct manifest_time) { s->now(), o->clock_state() };
	m->key_storage = state_key_storage(&s->state, m->sequence);
	m->closed = what->closed;
	/* manifest_write only reads. */
	m->files = (struct manifest_file *)(uintptr_t)what->files;
	m->file_count = what->file_count;
}

/* The text that is decided must be one that every verifier accepts. */
static enum status
decide_and_finish(struct site *s, const struct manifest *m, struct fault *f)
{
	struct buf text = { 0 };
	struct manifest *again = NULL;
	enum status rc;

	manifest_write(m, &text);
	rc = buf_ok(&text) ?
	    manifest_parse(text.data, text.len, "the manifest to be sealed", &again, NULL, f) :
	    fault_memory(f);
	if (rc == STATUS_OK)
		rc = manifest_check_counts(again, "the manifest to be sealed", f);
	if (rc == STATUS_OK)
		rc = seal_decide(s, text.data, text.len, f);
	if (rc == STATUS_OK)
		rc = seal_finish(s, text.data, text.len, again, false, f);
	manifest_free(again);
	buf_free(&text);
	return rc;
}

/* What the state has to declare, and what the caller has. */
static enum status
declare_and_decide(struct site *s, const struct state_recovery *told,
    const struct manifest_recovery *recovered, struct manifest *m, struct fault *f)
{
	struct manifest_recovery *all = calloc(told->count + 1, sizeof *all);
	enum status rc;

	if (all == NULL)
		return fault_memory(f);
	if (told->count > 0)
		memcpy(all, told->list, told->count * sizeof *all);
	m->recovery = all;
	m->recovery_count = told->count;
	if (recovered != NULL)
		all[m->recovery_count++] = *recovered;
	rc = decide_and_finish(s, m, f);
	m->recovery = NULL;
	m->recovery_count = 0;
	free(all);
	return rc;
}

enum status
sealing_run(struct site *s, const struct writer_options *o, const struct sealing *what,
    struct manifest *m, struct fault *f)
{
	struct state_recovery told = { .list = NULL };
	enum status rc = STATUS_OK;

	name_place(s, o, what, m);
	if (what->next_key != NULL)
		memcpy(m->next_key, what->next_key, KEY_SIZE);
	else if (!what->closed)
		rc = state_key_make(&s->state, m->archive, m->sequence + 1, m->next_key, f);
	if (rc == STATUS_OK)
		rc = name_makers(o, m, f);
	if (rc == STATUS_OK)
		rc = state_recovery_load(&s->state, m->archive, &told, f);
	if (rc == STATUS_OK)
		rc = declare_and_decide(s, &told, what->recovered, m, f);
	state_recovery_free(&told);
	m->files = NULL;
	m->file_count = 0;
	return rc;
}
