/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_INPUT_H
#define REPLAY_INPUT_H

/*
 * Flows from whatever holds them: an archive, a Parquet file (both by archive/reader.h), or
 * an IPFIX file or stream (RFC 5655; "-" is the standard input).  input_open; input_next
 * until STATUS_END; input_free.
 */

#include <stdbool.h>
#include <stdint.h>

#include "archive/reader.h"
#include "base/status.h"
#include "flow/decode.h"
#include "flow/table.h"

struct input;

/* Notices are the reader's; they and the options may be kept: both outlive the input. */
MUST_USE enum status input_open(const char *path, const struct reader_options *o,
    reader_notice notice, void *ctx, struct input **out, struct fault *f);
/* The next rows into t, which is reset first. */
MUST_USE enum status input_next(struct input *in, struct table *t, struct fault *f);
/*
 * The next datagram of an archive that was opened for datagrams (reader_options);
 * STATUS_UNSUPPORTED of any other input.
 */
MUST_USE enum status input_next_datagram(struct input *in, struct reader_datagram *out,
    struct fault *f);
/* Where the table of the last input_next stands; false where nothing names its rows for good. */
bool input_place(const struct input *in, struct flow_place *out);
/* Of an archive, from when to when its segments in the window are, microseconds; false: unknown. */
bool input_span(const struct input *in, int64_t *from, int64_t *to);
/* Segments that could not be given; parts of messages by which records may be lost. */
uint64_t input_damaged(const struct input *in);
/* Of a plain Parquet file that is damaged, or has what we do not read: no row was given. */
bool input_nothing_read(const struct input *in, uint64_t rows);
/* "given", "remembered" or "none": how the genesis was known; none for a file. */
const char *input_anchor(const struct input *in);
/* A directory: only what was checked is given.  Nothing vouches for the flows of a file. */
bool input_is_archive(const struct input *in);
/* Of an IPFIX input; NULL for others. */
const struct decode_counters *input_counters(const struct input *in);
void input_free(struct input *in);

#endif
