/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_DEEP_H
#define VERIFY_DEEP_H

/* --deep: the flow table is decoded, and its sums are compared with the signed counts. */

#include <stdint.h>

#include "verify/finding.h"

struct deep_sums {
	uint64_t rows;
	uint64_t flows;    /* emitted */
	uint64_t packets;  /* both directions */
	uint64_t ip_bytes; /* both directions */
};

/* A flows.parquet below the archive whose hash has passed. */
void deep_check(const char *archive, const char *path, const struct deep_sums *want,
    struct findings *out);

#endif
