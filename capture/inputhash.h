/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_INPUTHASH_H
#define CAPTURE_INPUTHASH_H

/*
 * SHA-256 of the inputs on a thread of its own, over the same blocks that the parser
 * reads: nothing is copied.  Several inputs may be under way at once (an archive and the
 * member that is being read).  inputhash_open; per input inputhash_begin, inputhash_put in
 * the order of its octets, inputhash_end or inputhash_abandon; inputhash_wait, then
 * inputhash_result; inputhash_close.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "capture/block.h"

enum { INPUTHASH_SIZE = 32 };

struct inputhash;
struct inputhash_job; /* one input; belongs to the inputhash until it is closed */

MUST_USE enum status inputhash_open(struct block_pool *pool, struct inputhash **out,
    struct fault *f);
/* input is the caller's number for it, which inputhash_result hands back. */
MUST_USE enum status inputhash_begin(struct inputhash *h, int input,
    struct inputhash_job **out, struct fault *f);
/* The octets must lie in b, which is shared until they are hashed. */
void inputhash_put(struct inputhash *h, struct inputhash_job *j, struct block *b,
    const uint8_t *data, size_t len);
void inputhash_end(struct inputhash *h, struct inputhash_job *j);
/* The input was not read to its end: it gets no hash. */
void inputhash_abandon(struct inputhash *h, struct inputhash_job *j);
/* Until all that was put is hashed. */
void inputhash_wait(struct inputhash *h);
/*
 * Hands over one finished hash and forgets it; false when there are no more.  All are
 * finished after inputhash_wait; an abandoned one never comes.
 */
bool inputhash_result(struct inputhash *h, int *input, uint8_t out[INPUTHASH_SIZE]);
void inputhash_close(struct inputhash *h);

#endif
