/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/look.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/adopt.h"
#include "archive/recover.h"
#include "archive/revive.h"
#include "archive/seal.h"
#include "base/text.h"

struct looking {
	struct site site;
	struct chain start;
	struct manifest *decided; /* that a run had decided and not sealed, or NULL */
	struct durable record;    /* as it stands in the state */
	struct revived revived;
	struct revive_tails tails;
};

/* The state is there already: nothing is made. */
static enum status
open_state(struct site *s, const char *dir, struct fault *f)
{
	char path[FILE_PATH_MAX];
	enum status rc = STATUS_OK;

	if (dir == NULL) {
		rc = state_default(path, f);
		dir = path;
	}
	if (rc == STATUS_OK && !file_exists(dir))
		return fault_set(f, STATUS_KEY, s->path, "there is no state %s: without its keys the archive "
		    "cannot be extended", dir);
	return rc == STATUS_OK ? state_open(&s->state, dir, NULL, f) : rc;
}

/* Held while we look, so that no writer begins. */
static enum status
lock(struct site *s, struct fault *f)
{
	char path[FILE_PATH_MAX];
	enum status rc = file_join(path, s->open, "lock", f);

	if (rc != STATUS_OK || !file_exists(path))
		return rc;
	return file_lock(path, &s->archive_lock, f);
}

static enum status
open_site(struct looking *l, const struct writer_options *o, struct fault *f)
{
	struct site *s = &l->site;
	char genesis[FILE_PATH_MAX];
	enum status rc;

	s->archive_lock = s->state_lock = -1;
	s->now = o->now;
	s->found = o->found;
	s->found_ctx = o->found_ctx;
	if (!anchor_resolve(s->path, o->archive))
		return fault_set(f, STATUS_USAGE, o->archive, "no usable path");
	rc = file_join(s->open, s->path, "open", f);
	if (rc == STATUS_OK)
		rc = file_join(genesis, s->path, "genesis.json", f);
	if (rc == STATUS_OK && !file_exists(genesis))
		return fault_set(f, STATUS_ABSENT, s->path, "no archive");
	if (rc == STATUS_OK)
		rc = open_state(s, o->state, f);
	if (rc == STATUS_OK)
		rc = lock(s, f);
	if (rc == STATUS_OK)
		rc = site_read_genesis(s, &l->start, f);
	if (rc == STATUS_OK)
		rc = anchor_find(s->state.dir, l->start.archive, NULL, &s->anchor, NULL, f);
	if (rc == STATUS_ABSENT)
		return fault_set(f, STATUS_KEY, s->path, "the state %s does not know this archive",
		    s->state.dir);
	return rc == STATUS_OK ? site_read_head(s, &l->start, f) : rc;
}

/* A seal that was decided: what follows is as if it were done. */
static enum status
look_decided(struct looking *l, struct fault *f)
{
	struct site *s = &l->site;
	struct buf text = { 0 };
	struct manifest_recovery told;
	uint8_t sha256[SHA256_SIZE];
	enum status rc = state_prepared_load(&s->state, s->anchor.archive, &text, f);

	if (rc == STATUS_ABSENT)
		return STATUS_OK;
	if (rc == STATUS_OK)
		rc = sha256_of(text.data, text.len, sha256, f);
	if (rc == STATUS_OK && memcmp(sha256, s->anchor.genesis, SHA256_SIZE) != 0)
		rc = manifest_parse(text.data, text.len, "the state's prepared manifest", &l->decided, NULL,
		    f);
	buf_free(&text);
	if (rc != STATUS_OK || l->decided == NULL ||
	    l->decided->sequence != s->anchor.sequence + 1)
		return rc;
	told = seal_finished_by_recovery(l->decided);
	site_found(s, &told);
	s->anchor.sequence = l->decided->sequence;
	s->head_time = l->decided->sealed.nanos;
	return STATUS_OK;
}

static bool
begins(const char *name, const char *stem)
{
	return strncmp(name, stem, strlen(stem)) == 0 && name[strlen(stem)] == '.';
}

/* What is finished, dropped or sealed, and so not set aside. */
static bool
keeps(void *ctx, const char *name)
{
	struct looking *l = ctx;
	struct seal_place at;

	if (revive_keeps(&l->revived, name))
		return true;
	for (size_t i = 0; i < l->record.count; i++)
		if (l->record.open[i].sequence <= l->site.anchor.sequence &&
		    begins(name, l->record.open[i].stem) && (strstr(name, "." JOURNAL_FLOWS ".part") != NULL ||
		    strstr(name, "." STATEMENT_SUFFIX ".part") != NULL))
			return true;
	if (strcmp(name, "genesis.json.part") == 0 || strcmp(name, "genesis.sig.part") == 0)
		return l->site.anchor.sequence == 0;
	return l->decided != NULL && seal_place(&l->site, l->decided, &at, NULL) == STATUS_OK &&
	    begins(name, at.stem);
}

static void
fill_receipt(const struct looking *l, struct receipt *r)
{
	struct anchor a = l->site.anchor;

	memset(r, 0, sizeof *r);
	memcpy(r->archive_id, a.archive, sizeof r->archive_id);
	text_hex(r->genesis, a.genesis, SHA256_SIZE);
	text_hex(r->manifest_sha256, a.manifest_sha256, SHA256_SIZE);
	r->sequence = l->site.chain.sequence;
	r->closed = a.closed;
}

enum status
look(const struct writer_options *o, struct receipt *out, struct fault *f)
{
	struct looking *l = calloc(1, sizeof *l);
	enum status rc = l == NULL ? fault_memory(f) : open_site(l, o, f);

	if (rc == STATUS_OK)
		rc = look_decided(l, f);
	if (rc == STATUS_OK)
		rc = durable_load(l->site.state.dir, l->site.anchor.archive, &l->record, f);
	if (rc == STATUS_OK)
		rc = revive_open(&l->site, &l->revived, f);
	if (rc == STATUS_OK) {
		revive_tell(&l->site, &l->revived, 0);
		rc = revive_look_tails(&l->site, &l->revived, &l->tails, f);
		if (rc == STATUS_OK)
			rc = recover_look(&l->site, keeps, l, l->tails.list, l->tails.count, f);
		revive_free(&l->revived);
	}
	if (rc == STATUS_OK)
		rc = adopt_tell(&l->site, f);
	if (rc == STATUS_OK)
		fill_receipt(l, out);
	if (l != NULL) {
		site_close(&l->site);
		manifest_free(l->decided);
	}
	free(l);
	return rc;
}
