/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_UNSEALED_H
#define VERIFY_UNSEALED_H

/*
 * Open segments, of which the state knows what was durable (nfseal-archive(5), STATE): the
 * statement that it remembers must be in open/, with the octets that all up to it vouch for.
 * What is not sealed is no evidence; that something is gone is.
 */

#include "verify/origin.h"
#include "verify/result.h"

/* After the chain was walked and before result_settle.  state: as of check_options. */
void unsealed_check(const char *archive, const char *state, const struct origin *origin,
    struct result *r);

#endif
