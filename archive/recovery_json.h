/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_RECOVERY_JSON_H
#define ARCHIVE_RECOVERY_JSON_H

/*
 * What recovery did, one object: in manifests and journals, where times are decimals of nanoseconds,
 * and as `nfseal recover --json` and `nfseal info --json` tell it, where they are texts.
 */

#include "archive/manifest.h"
#include "base/jsonw.h"

/* How a time is written, if it is known: jsonw_key_decimal_if or jsonw_key_time_if. */
typedef void recovery_time(struct jsonw *j, const char *key, bool known, int64_t nanos);

void recovery_json(const struct manifest_recovery *r, recovery_time *put_time, struct jsonw *j);

#endif
