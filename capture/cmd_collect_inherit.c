/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run takes over from the one before it: the templates and options in force, what waits. */
#include "capture/cmd_collect.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "archive/checked.h"
#include "archive/datagrams.h"
#include "archive/find.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "capture/cmd_redecode.h"

/* Of files that are read: reading more would keep datagrams waiting in the kernel for too long. */
#define INHERIT_MAX ((uint64_t)1 << 30)
/* How far a clock may have been ahead. */
#define AHEAD_NANOS INT64_C(60000000000)

#define DATAGRAMS ".datagrams.pcapng.zst"

/* A manifest that is proven, and where it lies. */
struct found {
	const char *archive;
	uint8_t sha256[SHA256_SIZE]; /* that it must have */
	uint64_t sequence;
	char path[FILE_PATH_MAX];
	struct manifest *manifest; /* NULL: not found */
};

static enum status
load(struct found *m, const char *path, struct fault *f)
{
	uint8_t sha256[SHA256_SIZE];
	struct buf text = { 0 };
	enum status st = file_slurp(path, MANIFEST_SIZE_MAX, &text, f);

	if (st == STATUS_OK)
		st = sha256_of(text.data, text.len, sha256, f);
	if (st == STATUS_OK && memcmp(sha256, m->sha256, SHA256_SIZE) != 0)
		st = fault_set(f, STATUS_DIFFERS, path, "it is not the manifest that was sealed");
	if (st == STATUS_OK)
		st = manifest_parse(text.data, text.len, path, &m->manifest, NULL, f);
	if (st == STATUS_OK)
		(void)snprintf(m->path, sizeof m->path, "%s", path);
	buf_free(&text);
	return st;
}

/* One of the candidates for the segment before: names are hints, the hash decides. */
static enum status
consider(void *ctx, const char *path, struct fault *f)
{
	struct found *m = ctx;

	(void)f;
	if (m->manifest == NULL && find_sequence(path) == m->sequence)
		(void)load(m, path, NULL);
	return STATUS_OK;
}

static bool
is_recovered(const struct manifest *m)
{
	for (size_t i = 0; i < m->recovery_count; i++)
		if (strcmp(m->recovery[i].action, "recovered") == 0)
			return true;
	return false;
}

/* Beside the manifest. */
static enum status
path_beside(char out[FILE_PATH_MAX], const struct found *m, const char *name, struct fault *f)
{
	char directory[FILE_PATH_MAX];
	char *slash;

	memcpy(directory, m->path, sizeof directory);
	slash = strrchr(directory, '/');
	if (slash != NULL)
		*slash = '\0';
	return file_join(out, slash != NULL ? directory : ".", name, f);
}

static enum status
read_datagrams(struct collector *c, const struct frames_input *in, uint64_t *count,
    struct fault *f)
{
	struct datagrams *d = NULL;
	struct reader_datagram r;
	enum status st = datagrams_open(in, &d, f);

	while (st == STATUS_OK && (st = datagrams_next(d, &r, f)) == STATUS_OK) {
		st = redecode_put(c, &r, f);
		++*count;
		if (st == STATUS_OK && *interrupt_flag() != 0)
			st = fault_set(f, STATUS_INTERRUPTED, in->name, "interrupted");
	}
	datagrams_free(d);
	return st == STATUS_END ? STATUS_OK : st;
}

/* All of a segment's datagrams, each chunk checked before anything of it is believed. */
static enum status
read_segment(struct collector *c, const struct found *m, uint64_t *left, uint64_t *count,
    struct fault *f)
{
	const struct manifest_file *file = manifest_file_by_suffix(m->manifest, DATAGRAMS);
	struct frames_input in = { .read_at = checked_read };
	struct checked *checked = NULL;
	char path[FILE_PATH_MAX];
	enum status st;

	if (file == NULL)
		return STATUS_OK;
	if (file->size > *left)
		return fault_set(f, STATUS_LIMIT, file->name, "%" PRIu64 " octets of datagrams are too many",
		    file->size);
	*left -= file->size;
	st = path_beside(path, m, file->name, f);
	if (st == STATUS_OK)
		st = checked_open(path, file, &checked, f);
	if (st != STATUS_OK)
		return st;
	collector_segment(c, m->manifest->sequence);
	in.ctx = checked;
	in.size = file->size;
	in.name = path;
	st = read_datagrams(c, &in, count, f);
	checked_free(checked);
	return st;
}

/* A crash may have left the last segment without its head: then the one before tells more. */
static enum status
read_last(struct collector *c, struct found *last, uint64_t *count, struct fault *f)
{
	struct found before = { .archive = last->archive };
	const struct find_calls calls = { .seen = consider, .ctx = &before };
	uint64_t left = INHERIT_MAX;
	enum status st = STATUS_OK;

	if (is_recovered(last->manifest) && last->manifest->sequence > 1) {
		before.sequence = last->manifest->sequence - 1;
		memcpy(before.sha256, last->manifest->previous, SHA256_SIZE);
		st = find_manifests(last->archive, &calls, f);
		if (st == STATUS_OK && before.manifest != NULL)
			st = read_segment(c, &before, &left, count, f);
		manifest_free(before.manifest);
	}
	return st == STATUS_OK ? read_segment(c, last, &left, count, f) : st;
}

static void
tell(const struct collect_segment *s, uint64_t sequence, uint64_t read)
{
	struct exporters *e = collector_exporters(s->archive->collector);
	struct exporters_sum sum = { .domains = 0 };
	size_t count, with = 0;
	struct exporter *const *list = exporters_list(e, &count);

	for (size_t i = 0; i < count; i++)
		with += list[i]->inherited;
	exporters_waiting_sets(e, &sum);
	if (with > 0 || sum.waiting_sets > 0)
		log_notice("%s: %zu exporters go on with the templates and options of segment %" PRIu64
		           ", %" PRIu64 " sets of data wait for theirs (%" PRIu64 " datagrams were read)",
		    s->archive->path, with, sequence, sum.waiting_sets, read);
}

/* Nothing is taken over where anything of it fails: half of it would be misread. */
static enum status
begin_anew(struct collect_segment *s, const struct fault *why, struct fault *f)
{
	char text[1024];

	fault_print(why, text, sizeof text);
	log_notice("%s: nothing is known of templates from before: %s", s->archive->path, text);
	return collector_forget(s->archive->collector, f);
}

enum status
collect_inherit(struct collect_segment *s, int64_t time, struct fault *f)
{
	struct found last = { .archive = s->archive->path };
	struct fault why = { .status = STATUS_OK };
	struct receipt head;
	char path[FILE_PATH_MAX];
	uint64_t count = 0;
	enum status st;

	if (s->common->set->no_datagrams)
		log_notice("%s: without datagrams no template outlives this run, nor data that wait for one",
		    s->archive->path);
	writer_receipt(s->writer, &head);
	if (head.sequence == 0 || s->common->set->lifetime == 0)
		return STATUS_OK;
	st = file_join(path, s->archive->path, head.manifest, &why);
	if (st == STATUS_OK && !text_parse_hex(head.manifest_sha256, last.sha256, SHA256_SIZE))
		st = fault_set(&why, STATUS_MALFORMED, path, "no hash of the head");
	if (st == STATUS_OK)
		st = load(&last, path, &why);
	collector_inherit(s->archive->collector);
	if (st == STATUS_OK)
		st = read_last(s->archive->collector, &last, &count, &why);
	if (st == STATUS_OK) {
		collector_inherited(s->archive->collector, time - s->common->set->lifetime,
		    time + AHEAD_NANOS);
		tell(s, last.manifest->sequence, count);
	}
	manifest_free(last.manifest);
	return st == STATUS_OK ? STATUS_OK : begin_anew(s, &why, f);
}
