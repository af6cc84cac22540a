/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_SEGMENT_H
#define ARCHIVE_SEGMENT_H

/*
 * A segment's data file while it is written: NAME.part in the archive's open/ directory,
 * hashed as it grows.  segment_file_create, bytes through segment_file_sink,
 * segment_file_finish (steps 1 and 2 of SEALING), segment_file_free.
 */

#include "archive/layout.h"
#include "archive/manifest.h"
#include "archive/sha256.h"
#include "base/file.h"
#include "base/sink.h"

enum { SEGMENT_NAME_MAX = LAYOUT_STEM_MAX + 80 };

struct segment_file {
	int fd; /* -1: closed */
	char name[SEGMENT_NAME_MAX]; /* STEM.SUFFIX, without ".part" */
	char path[FILE_PATH_MAX];
	struct digest digest;
};

MUST_USE enum status segment_file_create(struct segment_file *s, const char *open_dir,
    const char *stem, const char *suffix, struct fault *f);
struct sink segment_file_sink(struct segment_file *s);
/*
 * Durable, dropped from the page cache, read back and compared with what was hashed while
 * writing; closed.  STATUS_DIFFERS: the storage does not hold what was written.
 */
MUST_USE enum status segment_file_finish(struct segment_file *s, struct fault *f);
/* As the manifest lists it; borrows from s. */
struct manifest_file segment_file_entry(const struct segment_file *s);
void segment_file_free(struct segment_file *s);

#endif
