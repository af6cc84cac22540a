/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_ENDED_H
#define CAPTURE_ENDED_H

/*
 * The flows that one packet ended, to be put in the order of their first packets.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ended_flow {
	uint64_t start; /* position of its first packet; no two flows have the same */
	uint32_t number;
	int32_t reason;
};

/* Zeroed at first. */
struct ended {
	struct ended_flow *flows;
	size_t count;
	size_t cap;
};

/* False: no memory. */
bool ended_push(struct ended *e, uint64_t start, uint32_t number, int reason);
/* False: no memory. */
bool ended_sort(struct ended *e);
void ended_free(struct ended *e);

#endif
