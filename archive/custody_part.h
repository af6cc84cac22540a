/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_CUSTODY_PART_H
#define ARCHIVE_CUSTODY_PART_H

/* How a line ends: the signature is over the entry without it. */
#define CUSTODY_SIGNATURE ",\"signature\":\""
#define CUSTODY_BEHIND    "\"}\n"

#endif
