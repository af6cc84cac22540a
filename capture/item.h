/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_ITEM_H
#define CAPTURE_ITEM_H

/*
 * One packet between the passes of the meter: what meter_dissect found, for meter_update.
 * All that a later pass looks at stands in here, so that the passes can run on two threads;
 * what it points to (addresses in the frame) stays where it is until the update is done.
 */

#include <stdint.h>

#include "capture/biflow.h"
#include "capture/dedup.h"
#include "capture/dissect.h"
#include "flow/accounting.h"

struct item {
	struct dissected d;  /* where reject is REJECT_NONE, as are all but reject and wire */
	struct sighting s;   /* its tick is the update's */
	struct dedup_look look; /* where copies are looked for */
	uint32_t hash;       /* of the turned key; fragments are hashed by the update */
	uint32_t guess;      /* the update's: which flow it probably is */
	uint32_t wire;       /* octets on the wire */
	enum reject reject;
	struct tunnelled tunnel; /* with DISSECT_TUNNEL; last: most packets never touch it */
};

#endif
