/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_DECLARE_H
#define ARCHIVE_DECLARE_H

/*
 * A writing command's facts as the lists of a manifest.  What is longer than the format's
 * limits is cut, and what is more is counted in an entry of its own, never left out in silence.
 */

#include "archive/facts.h"
#include "archive/manifest.h"
#include "flow/table.h"

/* What the table's rows say, gathered as they are put. */
struct declare_table {
	uint64_t rows;
	uint64_t clamped;
	struct manifest_span span; /* first flow's start, last flow's end */
	uint64_t packets;          /* of declare_metered: both ways */
	uint64_t octets;
};

/* The rows of one more table. */
void declare_rows(struct declare_table *d, const struct table *t);

/* What the exporters have metered, by the same rows: counts where none were kept. */
void declare_metered(struct declare_table *d, const struct table *t);

struct declaration;

/* Fills source, options, counts and findings of m, which then borrows from facts and *out. */
MUST_USE enum status declare_facts(struct manifest *m, const struct segment_facts *facts,
    const struct declare_table *table, struct declaration **out, struct fault *f);
void declaration_free(struct declaration *d);

#endif
