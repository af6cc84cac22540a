/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_RECOVERY_JSON_H
#define ARCHIVE_RECOVERY_JSON_H

/*
 * What recovery did, as `nfseal recover --json` and `nfseal info --json` tell it: the keys of the
 * manifest, the times as texts.
 */

#include "archive/manifest.h"
#include "base/jsonw.h"

/* One object. */
void recovery_json(const struct manifest_recovery *r, struct jsonw *j);

#endif
