/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_OUTLET_FILE_H
#define REPLAY_OUTLET_FILE_H

/*
 * Flows as text into a file, or to the standard output ("-"): any of flow/format's formats.  What
 * fails to be written ends the target: a file with holes is none.
 */

#include "replay/outlet.h"

extern const struct outlet_kind outlet_file;

#endif
