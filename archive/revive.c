/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/revive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/orphan.h"
#include "archive/tail.h"

enum status
revive_tidy(const struct site *s, struct fault *f)
{
	struct durable record;
	size_t before;
	enum status rc = durable_load(s->state.dir, s->anchor.archive, &record, f);

	if (rc != STATUS_OK || record.count == 0)
		return rc;
	before = record.count;
	for (size_t i = 0; i < before && rc == STATUS_OK; i++)
		if (record.open[i].sequence <= s->anchor.sequence)
			rc = journal_drop(s->open, record.open[i].stem, f);
	durable_drop(&record, s->anchor.sequence);
	if (rc != STATUS_OK || record.count == before)
		return rc;
	return durable_store(s->state.dir, s->anchor.archive, &record, f);
}

/* The key that the state has for it is the one that the state says has signed its statements. */
static enum status
check_key(const struct site *s, const struct durable_segment *known, struct fault *f)
{
	uint8_t secret[KEY_SIZE];
	uint8_t public[KEY_SIZE];
	enum status rc = state_key_load(&s->state, s->anchor.archive, known->sequence, secret, f);

	if (rc == STATUS_OK)
		rc = key_public(secret, public, f);
	key_wipe(secret);
	if (rc == STATUS_OK && memcmp(public, known->key, KEY_SIZE) != 0)
		rc = fault_set(f, STATUS_KEY, s->path, "the state's key for segment %llu is not the one "
		    "that signed its journal", (unsigned long long)known->sequence);
	return rc;
}

enum status
revive_open(const struct site *s, struct revived *r, struct fault *f)
{
	const struct vouch_place place = { .open_dir = s->open, .archive = s->anchor.archive };
	enum status rc;

	memset(r, 0, sizeof *r);
	r->from_dir = s->open;
	rc = durable_load(s->state.dir, s->anchor.archive, &r->record, f);
	durable_drop(&r->record, s->anchor.sequence);
	for (size_t i = 0; i < r->record.count && rc == STATUS_OK; i++) {
		const struct durable_segment *known = &r->record.open[i];

		if (known->sequence != s->anchor.sequence + 1 + i)
			rc = fault_set(f, STATUS_DIFFERS, s->path, "the state knows segment %llu to be open, "
			    "but its head is %llu", (unsigned long long)known->sequence,
			    (unsigned long long)s->anchor.sequence);
		if (rc == STATUS_OK)
			rc = check_key(s, known, f);
		if (rc == STATUS_OK)
			rc = vouch_read(&place, known, &r->segments[i], f);
		r->seals[i] = rc == STATUS_OK && r->segments[i].any;
	}
	if (rc == STATUS_OK)
		rc = orphan_check(s, &r->record, f);
	/* No sequence can be skipped: before one that holds there is one, though it be empty. */
	r->seals[0] |= r->seals[1];
	if (rc != STATUS_OK)
		revive_free(r);
	return rc;
}

/* What is done with a file of which so many octets are vouched for. */
typedef enum status (*cutter)(const struct site *s, const char *name, uint64_t vouched, void *ctx,
    struct fault *f);

static enum status
open_part(const struct site *s, const char *name, char path[FILE_PATH_MAX], int *fd,
    uint64_t *size, struct fault *f)
{
	char part[STATEMENT_NAME_MAX + 32];
	struct stat st;
	enum status rc;

	(void)snprintf(part, sizeof part, "%s.part", name);
	rc = file_join(path, s->open, part, f);
	if (rc == STATUS_OK && !file_exists(path))
		return STATUS_ABSENT;
	if (rc == STATUS_OK)
		rc = file_open_regular(path, fd, &st, f);
	if (rc == STATUS_OK)
		*size = (uint64_t)st.st_size;
	return rc;
}

/* open/NAME.part ends where it is vouched for; the rest is open/NAME.tail.part. */
static enum status
cut(const struct site *s, const char *name, uint64_t vouched, void *ctx, struct fault *f)
{
	char path[FILE_PATH_MAX];
	char tail[FILE_PATH_MAX];
	char part[STATEMENT_NAME_MAX + 32];
	enum status rc;

	(void)ctx;
	(void)snprintf(part, sizeof part, "%s.part", name);
	rc = file_join(path, s->open, part, f);
	if (rc != STATUS_OK || !file_exists(path))
		return rc;
	(void)snprintf(part, sizeof part, "%s.tail.part", name);
	rc = file_join(tail, s->open, part, f);
	return rc == STATUS_OK ? tail_cut(s->open, path, tail, vouched, f) : rc;
}

/* Its tail, as it would be told. */
static enum status
look_at_tail(const struct site *s, const char *name, uint64_t vouched, void *ctx, struct fault *f)
{
	struct revive_tails *out = ctx;
	struct manifest_leftover *told = &out->list[out->count];
	char path[FILE_PATH_MAX];
	struct digest d = { .size = 0 };
	uint64_t size;
	enum status rc;
	int fd;

	rc = open_part(s, name, path, &fd, &size, f);
	if (rc != STATUS_OK)
		return rc == STATUS_ABSENT ? STATUS_OK : rc;
	if (size > vouched) {
		rc = lseek(fd, (off_t)vouched, SEEK_SET) < 0 ? fault_errno(f, path, "cannot seek") :
		    digest_open(&d, false, f);
		if (rc == STATUS_OK)
			rc = digest_read(&d, fd, path, f);
		if (rc == STATUS_OK)
			rc = digest_finish(&d, f);
		(void)snprintf(out->names[out->count], sizeof out->names[0], "%s.tail.part", name);
		*told = (struct manifest_leftover) { .name = out->names[out->count], .size = d.size,
			.hashed = true };
		memcpy(told->sha256, d.sha256, SHA256_SIZE);
		out->count++;
		digest_free(&d);
	}
	(void)close(fd);
	return rc;
}

static enum status
each_file(const struct site *s, const struct revived *r, size_t i, cutter act, void *ctx,
    struct fault *f)
{
	const struct vouched *v = &r->segments[i];
	const char *stem = r->record.open[i].stem;
	char name[STATEMENT_NAME_MAX + 32];
	enum status rc = STATUS_OK;

	for (size_t k = 0; k < v->count && rc == STATUS_OK; k++)
		rc = act(s, v->files[k].name, v->files[k].digest.size, ctx, f);
	(void)snprintf(name, sizeof name, "%s.%s", stem, JOURNAL_FLOWS);
	if (rc == STATUS_OK && vouched_flows(v) == NULL)
		rc = act(s, name, 0, ctx, f);
	(void)snprintf(name, sizeof name, "%s.%s", stem, STATEMENT_SUFFIX);
	return rc == STATUS_OK ? act(s, name, v->statements_size, ctx, f) : rc;
}

enum status
revive_look_tails(const struct site *s, const struct revived *r, struct revive_tails *out,
    struct fault *f)
{
	enum status rc = STATUS_OK;

	out->count = 0;
	for (size_t i = 0; i < r->record.count && rc == STATUS_OK; i++)
		if (r->segments[i].any)
			rc = each_file(s, r, i, look_at_tail, out, f);
	return rc;
}

enum status
revive_tell_loss(const struct site *s, const struct revived *r, size_t i, struct fault *f)
{
	const struct durable_segment *known = &r->record.open[i];
	char text[REVIVE_TEXT_MAX];
	struct state_recovery old;
	struct manifest_recovery *list;
	bool told = false;
	enum status rc = state_recovery_load(&s->state, s->anchor.archive, &old, f);

	if (rc != STATUS_OK)
		return rc;
	for (size_t k = 0; k < old.count; k++)
		told |= strcmp(old.list[k].action, "lost") == 0 && old.list[k].sequence == known->sequence;
	list = told ? NULL : calloc(old.count + 1, sizeof *list);
	if (!told && list == NULL)
		rc = fault_memory(f);
	if (list != NULL) {
		if (old.count > 0)
			memcpy(list, old.list, old.count * sizeof *list);
		revive_describe_loss(s, r, i, text, &list[old.count]);
		site_found(s, &list[old.count]);
		site_notice(s, "LOST of segment %llu: %s", (unsigned long long)known->sequence, text);
		rc = state_recovery_store(&s->state, s->anchor.archive, list, old.count + 1, f);
	}
	free(list);
	state_recovery_free(&old);
	return rc;
}

/* The segments that nothing vouches for are left to the quarantine, and forgotten. */
static enum status
forget(const struct site *s, const struct revived *r, struct fault *f)
{
	struct durable kept = r->record;

	kept.count = 0;
	for (size_t i = 0; i < r->record.count; i++)
		if (r->seals[i])
			kept.open[kept.count++] = r->record.open[i];
	if (kept.count == r->record.count)
		return STATUS_OK;
	return durable_store(s->state.dir, s->anchor.archive, &kept, f);
}

enum status
revive_cut(const struct site *s, const struct revived *r, struct fault *f)
{
	enum status rc = STATUS_OK;

	for (size_t i = 0; i < r->record.count && rc == STATUS_OK; i++) {
		const struct vouched *v = &r->segments[i];

		if (!v->complete)
			rc = revive_tell_loss(s, r, i, f);
		if (rc == STATUS_OK && v->any)
			rc = each_file(s, r, i, cut, NULL, f);
	}
	return rc == STATUS_OK ? forget(s, r, f) : rc;
}

static bool
is_part(const char *name, const char *stem, const char *suffix)
{
	char part[STATEMENT_NAME_MAX + 32];

	(void)snprintf(part, sizeof part, "%s.%s.part", stem, suffix);
	return strcmp(name, part) == 0;
}

/* archive/derive removes it. */
static bool
is_made_anew(const struct vouched *v, const char *stem, const char *name)
{
	bool datagrams = vouched_datagrams(v) != NULL, messages = vouched_messages(v) != NULL;

	return (datagrams && is_part(name, stem, "flows.parquet")) ||
	    ((datagrams || messages) && vouched_ledger(v) == NULL && is_part(name, stem, JOURNAL_LEDGER));
}

bool
revive_keeps(void *ctx, const char *name)
{
	const struct revived *r = ctx;
	char part[STATEMENT_NAME_MAX + 32];

	for (size_t i = 0; i < r->record.count; i++) {
		const struct vouched *v = &r->segments[i];

		if (!v->any)
			continue;
		if (is_part(name, r->record.open[i].stem, STATEMENT_SUFFIX) ||
		    is_part(name, r->record.open[i].stem, JOURNAL_FLOWS) ||
		    is_made_anew(v, r->record.open[i].stem, name))
			return true;
		for (size_t k = 0; k < v->count; k++) {
			(void)snprintf(part, sizeof part, "%s.part", v->files[k].name);
			if (strcmp(name, part) == 0)
				return true;
		}
	}
	return false;
}

void
revive_free(struct revived *r)
{
	for (size_t i = 0; i < DURABLE_OPEN_MAX; i++)
		vouch_free(&r->segments[i]);
}
