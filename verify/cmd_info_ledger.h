/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_CMD_INFO_LEDGER_H
#define VERIFY_CMD_INFO_LEDGER_H

/* The ledgers of collected segments, as `nfseal info` shows them. */

#include "archive/exporters_file.h"
#include "verify/cmd_info.h"

struct info_ledger {
	struct exporters_file sum; /* over all segments that have a ledger */
	size_t read;
	size_t unread;             /* ledgers that could not be read, or are not the manifest's */
	struct fault why;          /* of the first of these */
};

/* One segment's; STATUS_ABSENT where it has none; to be given to exporters_file_free. */
MUST_USE enum status info_ledger_read(const struct info *in, size_t segment,
    struct exporters_file *out, struct fault *f);
void info_ledger_sum(const struct info *in, struct info_ledger *out);
void info_ledger_text(const struct exporters_file *file, const char *indent, struct buf *out);
/* The key "exporters" with an array. */
void info_ledger_json(struct jsonw *j, const struct exporters_file *file);

#endif
