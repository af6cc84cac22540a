/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_OUTLET_EXACT_H
#define REPLAY_OUTLET_EXACT_H

/* Datagrams and messages as they were received, octet for octet. */

#include "replay/outlet.h"

extern const struct outlet_kind outlet_exact, outlet_exact_stream;

#endif
