/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/writer.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/adopt.h"
#include "archive/birth.h"
#include "archive/recover.h"
#include "archive/reserve.h"
#include "archive/revive.h"
#include "archive/seal.h"
#include "archive/sealing.h"
#include "archive/succession.h"
#include "archive/writer_core.h"
#include "base/floor.h"
#include "base/text.h"

void
writer_take_receipt(struct writer *w, uint64_t flows)
{
	const struct anchor *a = &w->site.anchor;
	struct receipt *r = &w->receipt;

	memcpy(r->archive_id, a->archive, sizeof r->archive_id);
	text_hex(r->genesis, a->genesis, SHA256_SIZE);
	text_hex(r->manifest_sha256, a->manifest_sha256, SHA256_SIZE);
	r->sequence = a->sequence;
	memcpy(r->manifest, a->manifest, sizeof r->manifest);
	r->closed = a->closed;
	r->flows = flows;
}

/* Absent, or empty but for what an interrupted creation leaves. */
static enum status
check_empty(const char *path, struct fault *f)
{
	DIR *d = opendir(path);
	struct dirent *e;
	bool empty = true;

	if (d == NULL)
		return errno == ENOENT ? STATUS_OK : fault_errno(f, path, "cannot read the directory");
	while (empty && (e = readdir(d)) != NULL)
		empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    strcmp(e->d_name, "open") == 0;
	(void)closedir(d);
	return empty ? STATUS_OK : fault_set(f, STATUS_EXISTS, path,
	    "neither an archive nor an empty directory");
}

static void
tell_damage(void *ctx, const struct fault *why)
{
	char text[1024];

	fault_print(why, text, sizeof text);
	site_notice(ctx, "the archive that is continued: %s", text);
}

/*
 * A seal of the older archive that was decided and signed is finished there.  That this is all that can
 * be done, its key being gone, is told by a failure.
 */
static void
settle_older(const struct writer *w)
{
	struct writer_options o = { .archive = w->o.continues, .state = w->site.state.dir, .layout = 1,
		.must_exist = true, .only_recover = true, .now = w->o.now, .clock_state = w->o.clock_state,
		.version = w->o.version, .build = w->o.build };
	const struct site *s = &w->site;
	struct writer *older = NULL;
	struct buf prepared = { 0 };
	struct anchor a;
	uint8_t secret[KEY_SIZE];

	if (anchor_find(s->state.dir, NULL, w->o.continues, &a, NULL, NULL) != STATUS_OK ||
	    state_prepared_load(&s->state, a.archive, &prepared, NULL) != STATUS_OK)
		return;
	buf_free(&prepared);
	if (state_key_load(&s->state, a.archive, a.sequence + 1, secret, NULL) == STATUS_OK)
		key_wipe(secret); /* whoever goes on with it does that */
	else if (writer_open(&o, s->notice, s->notice_ctx, &older, NULL) == STATUS_OK)
		writer_free(older);
}

/* The path is free: nothing is made there before all that the genesis says is known. */
static enum status
create(struct writer *w, struct fault *f)
{
	struct site *s = &w->site;
	struct genesis_continues older;
	struct adoption adopted;
	bool continues = w->o.continues != NULL;
	enum status rc = check_empty(s->path, f);

	if (rc == STATUS_OK && continues)
		settle_older(w);
	if (rc == STATUS_OK && continues)
		rc = succession_read(w->o.continues, &s->state, tell_damage, s, &older, &adopted, f);
	if (rc == STATUS_OK)
		rc = site_lock(s, f);
	if (rc == STATUS_OK)
		rc = birth_create(s, &w->o, continues ? &older : NULL, &adopted, f);
	return rc;
}

/* No genesis is in place: a creation, one to be finished, or a path that must not be taken. */
static enum status
open_new(struct writer *w, struct fault *f)
{
	struct site *s = &w->site;
	struct buf prepared = { 0 };
	enum status rc = anchor_find(s->state.dir, NULL, s->path, &s->anchor, NULL, f);

	if (rc == STATUS_OK) {
		rc = state_prepared_load(&s->state, s->anchor.archive, &prepared, f);
		buf_free(&prepared);
		if (rc == STATUS_ABSENT || (rc == STATUS_OK && s->anchor.sequence != 0))
			return fault_set(f, STATUS_EXISTS, s->path, "the state remembers archive %s here, but "
			    "its genesis.json is not there: is a disk not mounted?", s->anchor.archive);
		if (rc == STATUS_OK)
			rc = site_lock(s, f);
		return rc == STATUS_OK ? birth_finish(s, f) : rc;
	}
	if (rc != STATUS_ABSENT)
		return rc;
	if (w->o.must_exist)
		return fault_set(f, STATUS_ABSENT, s->path, "no archive");
	return create(w, f);
}

/* The state's anchor of the archive in place; a moved archive is followed, a copy is not. */
static enum status
take_anchor(struct site *s, const struct chain *start, struct fault *f)
{
	char genesis[FILE_PATH_MAX];
	bool by_path;
	enum status rc = anchor_find(s->state.dir, start->archive, NULL, &s->anchor, &by_path, f);

	if (rc == STATUS_ABSENT)
		return fault_set(f, STATUS_KEY, s->path, "the state %s does not know this archive: without "
		    "its keys it cannot be extended; `nfseal init --continues OLD NEW' begins one that "
		    "goes on", s->state.dir);
	if (rc != STATUS_OK || strcmp(s->anchor.path, s->path) == 0)
		return rc;
	rc = file_join(genesis, s->anchor.path, "genesis.json", f);
	if (rc != STATUS_OK)
		return rc;
	if (file_exists(genesis))
		return fault_set(f, STATUS_EXISTS, s->path, "the state knows this archive as %s, which is "
		    "there too: a copy cannot be extended", s->anchor.path);
	site_notice(s, "the archive was moved here from %s", s->anchor.path);
	memcpy(s->anchor.path, s->path, sizeof s->anchor.path);
	return anchor_store(s->state.dir, &s->anchor, f);
}

/* The key that must sign the next manifest is at hand and is the named one. */
static enum status
check_key(const struct site *s, struct fault *f)
{
	uint8_t secret[KEY_SIZE];
	uint8_t public[KEY_SIZE];
	enum status rc =
	    state_key_load(&s->state, s->anchor.archive, s->anchor.sequence + 1, secret, f);

	if (rc == STATUS_OK)
		rc = key_public(secret, public, f);
	key_wipe(secret);
	if (rc == STATUS_OK && memcmp(public, s->chain.next_key, KEY_SIZE) != 0)
		rc = fault_set(f, STATUS_KEY, s->path, "the state's key for segment %llu is not the one "
		    "that the archive names", (unsigned long long)(s->anchor.sequence + 1));
	return rc;
}

/* A disk that is still full: nothing is lost by that, and who reads it should know. */
static void
tell_room(struct fault *f)
{
	struct fault told = *f;

	if (f->err != ENOSPC && f->err != EDQUOT)
		return;
	(void)snprintf(f->text, sizeof f->text, "%.*s, as recovery has to: nothing is lost, make room and "
	    "run it again", (int)sizeof f->text / 2, told.text);
}

/* What interrupted runs left in open/: sealed where a journal vouches for it, else set aside. */
static enum status
recover_open(struct writer *w, struct fault *f)
{
	struct site *s = &w->site;
	struct revived r;
	enum status rc = revive_open(s, &r, f);

	if (rc != STATUS_OK)
		return rc;
	rc = reserve_release(s->open, f);
	if (rc == STATUS_OK)
		rc = revive_cut(s, &r, f);
	if (rc == STATUS_OK)
		rc = recover_quarantine(s, revive_keeps, &r, f);
	if (rc == STATUS_OK)
		rc = revive_seal(s, &w->o, &r, f);
	if (rc != STATUS_OK && f != NULL)
		tell_room(f);
	revive_free(&r);
	return rc;
}

/* The genesis is in place, whoever put it there. */
static enum status
open_old(struct writer *w, struct fault *f)
{
	struct site *s = &w->site;
	struct chain start;
	enum status rc = site_read_genesis(s, &start, f);

	if (rc == STATUS_OK)
		rc = take_anchor(s, &start, f);
	if (rc == STATUS_OK && s->archive_lock < 0)
		rc = site_lock(s, f);
	if (rc == STATUS_OK && s->state_lock < 0)
		rc = state_lock(&s->state, s->anchor.archive, &s->state_lock, f);
	/* Another writer may have sealed between our look and our locks. */
	if (rc == STATUS_OK)
		rc = take_anchor(s, &start, f);
	if (rc == STATUS_OK)
		rc = site_read_head(s, &start, f);
	if (rc == STATUS_OK && s->anchor.sequence == 0)
		rc = birth_finish(s, f);
	if (rc == STATUS_OK)
		rc = recover_prepared(s, f);
	if (rc == STATUS_OK)
		rc = revive_tidy(s, f);
	if (rc == STATUS_OK && s->anchor.closed && w->o.only_recover)
		return STATUS_OK;
	if (rc == STATUS_OK && s->anchor.closed)
		return fault_set(f, STATUS_EXISTS, s->path, "the archive is closed: nothing can follow "
		    "segment %llu", (unsigned long long)s->anchor.sequence);
	if (rc == STATUS_OK)
		rc = site_check_newest(s, f);
	if (rc == STATUS_OK)
		rc = check_key(s, f);
	if (rc == STATUS_OK)
		rc = recover_open(w, f);
	return rc == STATUS_OK ? adopt_run(s, &w->o, f) : rc;
}

static enum status
open_site(struct writer *w, struct fault *f)
{
	struct site *s = &w->site;
	char genesis[FILE_PATH_MAX];
	enum status rc;

	if (!anchor_resolve(s->path, w->o.archive))
		return fault_set(f, STATUS_USAGE, w->o.archive, "no usable path");
	if (w->o.layout < 0 || w->o.layout > LAYOUT_MAX)
		return fault_set(f, STATUS_USAGE, NULL, "layout %d: 0 to %d", w->o.layout, LAYOUT_MAX);
	rc = w->o.keys_in_memory ? keyring_open(&w->ring, f) : STATUS_OK;
	if (rc == STATUS_OK)
		rc = state_open(&s->state, w->o.state, w->ring, f);
	if (rc == STATUS_OK)
		rc = file_join(s->open, s->path, "open", f);
	if (rc == STATUS_OK)
		rc = file_join(genesis, s->path, "genesis.json", f);
	if (rc != STATUS_OK)
		return rc;
	if (file_exists(genesis) && w->o.must_create)
		return fault_set(f, STATUS_EXISTS, s->path, "an archive is there already");
	if (!file_exists(genesis)) {
		rc = open_new(w, f);
		w->receipt.created = rc == STATUS_OK;
	}
	return rc == STATUS_OK ? open_old(w, f) : rc;
}

static const char *
unknown_clock(void)
{
	return "unknown";
}

enum status
writer_open(const struct writer_options *o, writer_notice notice, void *ctx, struct writer **out,
    struct fault *f)
{
	struct writer *w = calloc(1, sizeof *w);
	enum status rc;

	if (w == NULL)
		return fault_memory(f);
	if (pthread_mutex_init(&w->record_lock, NULL) != 0) {
		free(w);
		return fault_memory(f);
	}
	w->o = *o;
	if (o->clock_state == NULL)
		w->o.clock_state = unknown_clock;
	w->flows.fd = -1;
	w->site.archive_lock = w->site.state_lock = -1;
	w->site.now = o->now;
	w->site.notice = notice;
	w->site.notice_ctx = ctx;
	w->site.found = o->found;
	w->site.found_ctx = o->found_ctx;
	rc = open_site(w, f);
	if (rc != STATUS_OK) {
		writer_free(w);
		return rc;
	}
	writer_take_receipt(w, 0);
	*out = w;
	return STATUS_OK;
}

enum status
writer_begin(struct writer *w, int64_t time, struct fault *f)
{
	struct parquet_writer_options po = { .level = w->o.zstd_level, .build = w->o.build };
	int64_t seconds = floor_div(time, 1000000000);
	struct sink sink;
	enum status rc;

	if (w->has_segment || w->dead || w->site.anchor.closed)
		return fault_set(f, STATUS_USAGE, w->site.path, "no segment can be begun");
	if (RAND_bytes((unsigned char *)&po.seed, sizeof po.seed) != 1)
		return fault_set(f, STATUS_NO_MEMORY, NULL, "the library has no random numbers");
	layout_stem(w->stem, seconds, w->site.anchor.sequence + 1);
	w->table = (struct declare_table) { .rows = 0 };
	w->opened = w->o.now();
	w->opened_clock = w->o.clock_state();
	rc = seal_check_free(&w->site, w->stem, f);
	if (rc != STATUS_OK)
		return rc;
	rc = segment_file_create(&w->flows, w->site.open, w->stem, "flows.parquet", f);
	if (rc != STATUS_OK)
		return rc;
	w->has_segment = true;
	sink = segment_file_sink(&w->flows);
	rc = parquet_writer_open(&po, &sink, &w->parquet, f);
	w->dead = rc != STATUS_OK;
	return rc;
}

enum status
writer_put(struct writer *w, const struct table *t, struct fault *f)
{
	enum status rc;

	if (!w->has_segment || w->dead)
		return fault_set(f, STATUS_USAGE, w->site.path, "no segment is open");
	if (t->failed)
		rc = fault_memory(f);
	else if (w->journal != NULL)
		rc = journal_put(w->journal, t, f);
	else
		rc = parquet_writer_put(w->parquet, t, f);
	w->dead = rc != STATUS_OK;
	if (rc == STATUS_OK)
		declare_rows(&w->table, t);
	return rc;
}

/* Steps 3 to 9: the data files are finished. */
static enum status
state_and_seal(struct writer *w, const struct segment_facts *facts, bool close_archive,
    struct fault *f)
{
	const struct manifest_file file = segment_file_entry(&w->flows);
	const struct sealing what = { .opened = { w->opened, w->opened_clock }, .files = &file,
		.file_count = 1, .closed = close_archive };
	struct manifest m = { .sequence = 0 };
	struct declaration *d = NULL;
	enum status rc = declare_facts(&m, facts, &w->table, &d, f);

	if (rc == STATUS_OK)
		rc = sealing_run(&w->site, &w->o, &what, &m, f);
	declaration_free(d);
	return rc;
}

/* Of a segment whose input is still there. */
static enum status
seal_table(struct writer *w, const struct segment_facts *facts, bool close_archive,
    struct fault *f)
{
	enum status rc = parquet_writer_finish(w->parquet, f);

	if (rc == STATUS_OK)
		rc = segment_file_finish(&w->flows, f); /* steps 1 and 2 */
	if (rc == STATUS_OK)
		rc = state_and_seal(w, facts, close_archive, f);
	w->dead = rc != STATUS_OK;
	w->has_segment = false;
	parquet_writer_free(w->parquet);
	w->parquet = NULL;
	segment_file_free(&w->flows);
	return rc;
}

enum status
writer_seal(struct writer *w, const struct segment_facts *facts, bool close_archive,
    struct receipt *out, struct fault *f)
{
	enum status rc;

	if (!w->has_segment || w->dead)
		return fault_set(f, STATUS_USAGE, w->site.path, "no segment is open");
	if (w->journal != NULL)
		rc = writer_seal_journal(w, facts, close_archive, f);
	else
		rc = seal_table(w, facts, close_archive, f);
	if (rc != STATUS_OK)
		return rc;
	writer_take_receipt(w, w->table.rows);
	if (out != NULL)
		*out = w->receipt;
	return STATUS_OK;
}

void
writer_discard(struct writer *w)
{
	if (w == NULL || !w->has_segment || w->journal != NULL)
		return;
	w->has_segment = false;
	parquet_writer_free(w->parquet);
	w->parquet = NULL;
	if (file_unlink(w->flows.path, NULL) != STATUS_OK)
		w->dead = true; /* the next writer_open quarantines it */
	segment_file_free(&w->flows);
}

void
writer_receipt(const struct writer *w, struct receipt *out)
{
	*out = w->receipt;
}

void
writer_free(struct writer *w)
{
	if (w == NULL)
		return;
	if (writer_wait(w, NULL) != STATUS_OK)
		w->dead = true; /* what could not be sealed is the next open's */
	journal_free(w->journal);
	live_table_free(w->live);
	free(w->sealed);
	(void)pthread_mutex_destroy(&w->record_lock);
	parquet_writer_free(w->parquet);
	segment_file_free(&w->flows);
	site_close(&w->site);
	keyring_free(w->ring);
	free(w);
}
