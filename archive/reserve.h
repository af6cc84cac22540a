/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_RESERVE_H
#define ARCHIVE_RESERVE_H

/*
 * Room on the disk that a live writer keeps for its seal, as the file open/reserve: a disk that
 * fills up ends the run, and what was durable can still be sealed.
 */

#include <stdint.h>

#include "base/status.h"

#define RESERVE_NAME "reserve"

/* At least so many octets, rounded up; STATUS_LIMIT where the disk has no room for more. */
MUST_USE enum status reserve_keep(const char *open_dir, uint64_t octets, struct fault *f);
/* Gives the room back; absent is done. */
MUST_USE enum status reserve_release(const char *open_dir, struct fault *f);

#endif
