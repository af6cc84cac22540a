/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_CMD_CAPTURE_OUT_H
#define CAPTURE_CMD_CAPTURE_OUT_H

/*
 * `capture -o`: flows without an archive, as IPFIX (RFC 5655), Parquet or text, to a file or
 * standard output.  A regular file appears under its name only when it is complete.
 * open; put...; finish; free.
 */

#include <stdbool.h>
#include <sys/stat.h>

#include "base/status.h"
#include "flow/table.h"

struct output;

/* Whether the format is known, or the destination's ending says it; opens nothing. */
MUST_USE enum status output_check(const char *destination, const char *format, struct fault *f);
/* Writing to destination would replace this file: it is the one of the name, or of its .part. */
bool output_replaces(const char *destination, const struct stat *st);
/* format NULL: by the name's ending; "-" without one is IPFIX. */
MUST_USE enum status output_open(const char *destination, const char *format,
    struct output **out, struct fault *f);
MUST_USE enum status output_put(struct output *o, const struct table *t, struct fault *f);
MUST_USE enum status output_finish(struct output *o, struct fault *f);
void output_free(struct output *o);

#endif
