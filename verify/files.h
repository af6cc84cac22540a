/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_FILES_H
#define VERIFY_FILES_H

/*
 * The files that manifests list: each is hashed once, whole, by several threads; where it
 * differs, a second pass over the chunk list says which bytes.  files_open,
 * files_put..., files_finish.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/manifest.h"
#include "verify/derive.h"
#include "verify/finding.h"
#include "verify/result.h"

/*
 * One file below the archive against its sealed description.  Only a regular file of the
 * sealed size is hashed, and never more than that size is read.  *bytes grows by what was
 * read; deep compares the chunk list as well where the whole agrees.
 */
void file_check(const char *archive, const char *path, const struct manifest_file *want,
    bool deep, struct findings *out, uint64_t *bytes);

struct files;

/* deriver: of --deep, see verify/rederive.h; outlives it. */
MUST_USE enum status files_open(const char *archive, size_t threads, bool deep,
    const struct deriver *deriver, struct files **out, struct fault *f);
/*
 * All that a proven manifest lists, found in one of dirs (below the archive, "" is its
 * root): what passes in any of them is well, else the findings are those of the first.
 */
void files_put(struct files *q, size_t segment, const struct manifest *m,
    const char *const *dirs, size_t dir_count);
/* Waits, moves the findings to their segments in r, and frees; takes NULL. */
void files_finish(struct files *q, struct result *r);

#endif
