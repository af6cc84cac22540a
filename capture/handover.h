/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_HANDOVER_H
#define CAPTURE_HANDOVER_H

/*
 * From the thread that reads packets to the thread that writes and seals, in order: tables of
 * flows, and marks between them ("here a segment ends").  Sealing takes as long as the disk
 * needs; meanwhile tables wait here, as many as were allowed, and only when these are used up
 * does the reading thread wait as well, and packets where they come from.
 *
 * handover_open; handover_put and handover_mark; handover_drain; handover_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "flow/table.h"

/* Called on the writing thread.  The first failure ends the work: all else is discarded. */
struct handover_work {
	void *ctx;
	enum status (*table)(void *ctx, const struct table *t, struct fault *f); /* borrows t */
	enum status (*mark)(void *ctx, void *mark, struct fault *f);            /* owns mark */
	enum status (*tick)(void *ctx, struct fault *f); /* handover_tick was called since */
	void (*discard)(void *ctx, void *mark); /* instead of mark, after a failure */
};

struct handover_options {
	size_t rows;   /* capacity of each table */
	size_t tables; /* that may wait, at least 1 */
	size_t marks;  /* that may wait, at least 1 */
};

struct handover;

MUST_USE enum status handover_open(const struct handover_options *o,
    const struct handover_work *work, struct handover **out, struct fault *f);
/* Takes *t, gives an empty one back; waits while the bound is reached.  The writer's failure. */
MUST_USE enum status handover_put(struct handover *h, struct table **t, struct fault *f);
/* Takes the mark, also where it fails; waits while the bound is reached. */
MUST_USE enum status handover_mark(struct handover *h, void *mark, struct fault *f);
/* Whether a mark waits that the writer has not come to. */
bool handover_marked(struct handover *h);
/*
 * Time has passed: has the work's tick called as soon as the writer comes to it, once for all
 * calls until then.  The writer's failure, if it had one; never waits.
 */
MUST_USE enum status handover_tick(struct handover *h, struct fault *f);
/* Waits until everything is done. */
MUST_USE enum status handover_drain(struct handover *h, struct fault *f);
/* How often the reading thread had to wait, since the last call. */
uint64_t handover_waits(struct handover *h);
/* Waits for the writing thread to end with what was handed over. */
void handover_free(struct handover *h);

#endif
