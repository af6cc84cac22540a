/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_OUTLET_EXPORT_H
#define REPLAY_OUTLET_EXPORT_H

/* Flows encoded anew, as an exporter would: NetFlow 5, 9 and IPFIX; IPFIX over connections too. */

#include "replay/outlet.h"

extern const struct outlet_kind outlet_export;
extern const struct outlet_kind outlet_export_stream;

#endif
