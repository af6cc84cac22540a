/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_LAYOUT_H
#define ARCHIVE_LAYOUT_H

/* Where a segment's files lie and what they are called (nfseal-archive(5), LAYOUT); UTC. */

#include <stdbool.h>
#include <stdint.h>

enum { LAYOUT_MAX = 8, LAYOUT_DIR_MAX = 32, LAYOUT_STEM_MAX = 48 };

/* 20261123T070000Z-00000042; times outside the years 1970 to 9999 are the nearest inside. */
void layout_stem(char out[LAYOUT_STEM_MAX], int64_t seconds, uint64_t sequence);
/* The directory below the archive, "" for layout 0, of a stem (or a name that begins with
 * one); false where the stem is none. */
bool layout_directory(char out[LAYOUT_DIR_MAX], unsigned layout, const char *stem);

#endif
