/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_UNLISTED_H
#define VERIFY_UNLISTED_H

/*
 * What lies in the archive's directories and no proven manifest vouches for: notices, never
 * read as evidence.  With --until-head what names a later sequence is left out.
 */

#include "verify/known.h"
#include "verify/result.h"

void unlisted_tell(const char *archive, struct known *known, struct result *r);

#endif
