/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_CMD_INPUT_H
#define REPLAY_CMD_INPUT_H

/* What `nfseal show` and `nfseal replay` both say of their input, on standard error. */

#include "base/status.h"
#include "replay/input.h"

/* How far the flows can be trusted; to be said before they go. */
void input_say_trust(const struct input *in, const char *path);
/* A reader_notice: damage is no mere notice, --quiet does not hide it. */
void input_say_fault(void *ctx, const struct fault *fault);

#endif
