/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/cmd_info.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"

/* Texts that are held parsed, which take some twenty times their size. */
enum { WINDOW_BYTES = 1 << 20, WINDOW_MANIFESTS = 1024 };

enum status
info_read_manifest(const char *path, struct info_segment *out, struct fault *f)
{
	struct buf bytes;
	enum status st;

	buf_init(&bytes, 0);
	st = file_slurp(path, MANIFEST_SIZE_MAX, &bytes, f);
	if (st == STATUS_OK)
		st = sha256_of(bytes.data, bytes.len, out->sha256, f);
	if (st == STATUS_OK)
		st = manifest_parse(bytes.data, bytes.len, path, &out->manifest, NULL, f);
	if (st == STATUS_OK) {
		out->size = bytes.len;
		out->sequence = out->manifest->sequence;
		memcpy(out->previous, out->manifest->previous, SHA256_SIZE);
	}
	buf_free(&bytes);
	return st;
}

/* All but i and its neighbours are let go. */
static void
make_room(const struct info *in, size_t i)
{
	struct info_window *w = in->window;
	size_t kept = 0;

	w->bytes = 0;
	for (size_t k = 0; k < w->count; k++) {
		struct info_segment *s = &in->segments[w->held[k]];

		if (w->held[k] + 1 >= i && w->held[k] <= i + 1) {
			w->bytes += s->size;
			w->held[kept++] = w->held[k];
			continue;
		}
		manifest_free(s->manifest);
		s->manifest = NULL;
	}
	w->count = kept;
}

/* What became of a manifest that was there a moment ago. */
static const struct manifest *
gone(const struct info *in, size_t i, struct fault *f)
{
	static const struct manifest nothing = { .opened = { 0, "unknown" },
		.sealed = { 0, "unknown" }, .source = "", .key_storage = "", .decoder_version = "",
		.libzstd = "", .software = { "", "", "" } };

	(void)fault_set(f, STATUS_DIFFERS, in->segments[i].path, "it changed while it was read");
	if (!in->window->failed)
		log_fault(f);
	in->window->failed = true;
	return &nothing;
}

const struct manifest *
info_at(const struct info *in, size_t i)
{
	struct info_segment *s = &in->segments[i];
	struct info_segment again = { .manifest = NULL };
	struct info_window *w = in->window;
	struct fault f = { .status = STATUS_OK };
	char path[FILE_PATH_MAX];

	if (s->manifest != NULL)
		return s->manifest;
	if (w->count == WINDOW_MANIFESTS || w->bytes + s->size > WINDOW_BYTES)
		make_room(in, i);
	if (file_join(path, in->path, s->path, &f) != STATUS_OK ||
	    info_read_manifest(path, &again, &f) != STATUS_OK ||
	    memcmp(again.sha256, s->sha256, SHA256_SIZE) != 0) {
		manifest_free(again.manifest);
		return gone(in, i, &f);
	}
	if (w->held == NULL)
		w->held = malloc(WINDOW_MANIFESTS * sizeof *w->held);
	if (w->held == NULL) {
		manifest_free(again.manifest);
		(void)fault_memory(&f);
		return gone(in, i, &f);
	}
	s->manifest = again.manifest;
	w->held[w->count++] = i;
	w->bytes += s->size;
	return s->manifest;
}

void
info_window_free(struct info *in)
{
	for (size_t i = 0; i < in->count; i++)
		manifest_free(in->segments[i].manifest);
	free(in->window->held);
}
