/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/cmd_info_ledger.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "verify/tree.h"

static const char suffix[] = ".manifest.json";

static bool
append(struct info *in, const struct info_segment *s)
{
	struct info_segment *more = in->segments;

	if (in->count == INFO_SEGMENTS_MAX)
		return false;
	if ((in->count & (in->count - 1)) == 0)
		more = realloc(in->segments, (in->count == 0 ? 1 : in->count * 2) * sizeof(*more));
	if (more == NULL)
		return false;
	in->segments = more;
	in->segments[in->count++] = *s;
	return true;
}

/* A manifest that cannot be read is told and counted; verify says what it means. */
static void
visit(void *ctx, const char *path, enum tree_type type)
{
	struct info *in = ctx;
	struct info_segment s = { 0 };
	struct fault fault = { 0 };
	char full[FILE_PATH_MAX];
	size_t len = strlen(path), tail = sizeof(suffix) - 1;

	if (type != TREE_REGULAR || len < tail || strcmp(path + len - tail, suffix) != 0 ||
	    strncmp(path, "open/", 5) == 0)
		return;
	if (file_join(full, in->path, path, &fault) == STATUS_OK &&
	    info_read_manifest(full, &s, &fault) == STATUS_OK) {
		manifest_free(s.manifest); /* the order of all is not known yet: it is read again */
		s.manifest = NULL;
		s.path = strdup(path);
		if (s.path != NULL && append(in, &s))
			return;
		(void)fault_memory(&fault);
	}
	log_fault(&fault);
	in->unread++;
	manifest_free(s.manifest);
	free(s.path);
}

static int
compare(const void *a, const void *b)
{
	const struct info_segment *x = a, *y = b;

	if (x->sequence != y->sequence)
		return x->sequence < y->sequence ? -1 : 1;
	return strcmp(x->path, y->path);
}

static void
link_segments(struct info *in)
{
	if (in->count > 1)
		qsort(in->segments, in->count, sizeof(*in->segments), compare);
	for (size_t i = 0; i < in->count; i++) {
		const uint8_t *before = i > 0 ? in->segments[i - 1].sha256 : in->fingerprint;

		in->segments[i].linked =
		    memcmp(in->segments[i].previous, before, SHA256_SIZE) == 0;
	}
}

static enum status
read_genesis(struct info *in, struct fault *f)
{
	char path[FILE_PATH_MAX];
	struct buf bytes;
	enum status st;

	st = file_join(path, in->path, "genesis.json", f);
	if (st != STATUS_OK)
		return st;
	if (!file_exists(path))
		return fault_set(f, STATUS_MALFORMED, in->path, "no archive: it has no genesis.json");
	buf_init(&bytes, 0);
	st = file_slurp(path, GENESIS_SIZE_MAX, &bytes, f);
	if (st == STATUS_OK)
		st = sha256_of(bytes.data, bytes.len, in->fingerprint, f);
	if (st == STATUS_OK)
		st = genesis_parse(bytes.data, bytes.len, path, &in->genesis, NULL, f);
	buf_free(&bytes);
	return st;
}

static void
info_free(struct info *in)
{
	info_window_free(in);
	for (size_t i = 0; i < in->count; i++)
		free(in->segments[i].path);
	free(in->segments);
	genesis_free(in->genesis);
}

static int
print(const struct info *in, const struct info_options *o, int status)
{
	struct info_ledger ledger;
	struct buf out;
	bool failed;

	info_ledger_sum(in, &ledger);
	buf_init(&out, 0);
	if (o->json)
		info_write_json(in, o->verbose, &ledger, &out);
	else
		info_write_text(in, o->verbose, &ledger, &out);
	failed = ledger.unread > 0 || (in->window != NULL && in->window->failed);
	exporters_file_free(&ledger.sum);
	return info_print(&out, status == 0 && failed ? 3 : status);
}

int
info_archive(const struct info_options *o)
{
	struct info *in = calloc(1, sizeof(*in));
	struct info_window window = { .count = 0 };
	struct fault fault = { 0 };
	enum status st = in == NULL ? fault_memory(&fault) : STATUS_OK;
	int status;

	if (st == STATUS_OK) {
		in->path = o->path;
		in->window = &window;
		st = read_genesis(in, &fault);
	}
	if (st == STATUS_OK)
		st = tree_visit(o->path, visit, in, &fault);
	if (st == STATUS_OK) {
		link_segments(in);
		info_find_runs(in);
		st = anchor_find(o->state, in->genesis->archive, o->path, &in->anchor, NULL, &fault);
		in->remembered = st == STATUS_OK;
		if (st == STATUS_ABSENT)
			st = STATUS_OK;
	}
	status = st == STATUS_OK ? print(in, o, in->unread > 0 ? 3 : 0) : log_exit(&fault);
	if (in != NULL)
		info_free(in);
	free(in);
	return status;
}

int
info_manifest(const struct info_options *o)
{
	struct info_segment segment = { 0 };
	struct info in = { .path = o->path, .segments = &segment, .count = 1 };
	struct info_options verbose = *o;
	struct fault fault = { 0 };
	int status;

	if (info_read_manifest(o->path, &segment, &fault) != STATUS_OK)
		return log_exit(&fault);
	segment.path = strdup(o->path);
	segment.ends_run = true;
	verbose.verbose = true;
	if (segment.path == NULL)
		(void)fault_memory(&fault);
	status = segment.path != NULL ? print(&in, &verbose, 0) : log_exit(&fault);
	free(segment.path);
	manifest_free(segment.manifest);
	return status;
}
