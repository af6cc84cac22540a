/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_CUSTODY_PART_H
#define ARCHIVE_CUSTODY_PART_H

#include "archive/custody.h"

/* An entry up to its document, of which only the key is written. */
void custody_put_head(const struct custody_entry *e, struct buf *out);

/* How a line ends: the signature is over the entry without it. */
#define CUSTODY_SIGNATURE ",\"signature\":\""
#define CUSTODY_BEHIND    "\"}\n"

#endif
