/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_LOSS_REPORT_H
#define FLOW_LOSS_REPORT_H

/* What an export protocol could not carry, for people and in JSON (nfseal-replay(1)). */

#include "base/buf.h"
#include "base/jsonw.h"
#include "flow/loss.h"

/* Indented lines; none where nothing was lost. */
void loss_text(const struct loss *loss, struct buf *out);
/* The keys not_sent, without, rounded and padded of the object that is open. */
void loss_json(const struct loss *loss, struct jsonw *j);

#endif
