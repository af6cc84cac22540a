/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_LINKTYPE_H
#define CAPTURE_LINKTYPE_H

/*
 * The link types that nfseal dissects, by their LINKTYPE_ values in capture files (and the
 * DLT_ values that some systems wrote instead).
 */

#include <stddef.h>
#include <stdint.h>

#include "capture/nexthdr.h"

enum { LINKTYPE_ETHERNET = 1 };

struct linktype {
	uint16_t value;
	uint8_t layer; /* enum layer: where dissection begins */
	const char *name; /* without "LINKTYPE_" */
};

/* NULL if it is not dissected. */
const struct linktype *linktype_find(uint16_t value);
const struct linktype *linktype_table(size_t *count);

#endif
