/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_CMD_CAPTURE_OUT_H
#define CAPTURE_CMD_CAPTURE_OUT_H

/*
 * `capture -o`: flows without an archive, as IPFIX (RFC 5655), Parquet or text, to a file or
 * standard output, or as export datagrams to a collector, udp://HOST:PORT.  A regular file
 * appears under its name only when it is complete.  open; put...; finish; free.
 */

#include <stdbool.h>
#include <sys/stat.h>

#include "base/status.h"
#include "capture/cmd_capture.h"
#include "flow/table.h"

struct output;

/* It is a collector's URL, not a file's name. */
bool output_is_export(const char *destination);
/*
 * A --format counts for the -o behind it, and for those before it that have none and can have it:
 * files, or collectors.  STATUS_USAGE where it is none.
 */
MUST_USE enum status output_formats_take(struct output_formats *x, struct capture_destination *list,
    size_t count, const char *value, struct fault *f);
/* Of the next -o; NULL: none was said. */
const char *output_formats_for(const struct output_formats *x, const char *destination);
/* Behind the last: where collectors are named, ipfix was meant for them, not for a file whose ending
 * says another. */
void output_formats_settle(struct capture_destination *list, size_t count);
/*
 * Whether each URL is one, each file's format is known or its name's ending says it, none is named
 * twice and each kind of format is needed; opens nothing.
 */
MUST_USE enum status outputs_check(const struct output_formats *x,
    const struct capture_destination *list, size_t count, struct fault *f);
/* Writing to destination would replace this file: it is the one of the name, or of its .part. */
bool output_replaces(const char *destination, const struct stat *st);
/*
 * format NULL: by the name's ending; "-" without one, and a collector, is IPFIX.  sender: of a
 * collector, but for the format.
 */
MUST_USE enum status output_open(const struct capture_destination *d,
    const struct sender_options *sender, struct output **out, struct fault *f);
MUST_USE enum status output_put(struct output *o, const struct table *t, struct fault *f);
/* A second or so has passed: a collector gets what is waiting, and templates that are due. */
MUST_USE enum status output_tick(struct output *o, struct fault *f);
MUST_USE enum status output_finish(struct output *o, struct fault *f);
/* False where it is no collector. */
bool output_report(const struct output *o, struct sender_report *out);
void output_free(struct output *o);

/* All of a run's (cmd_capture_outputs.c), of which list has as many; those that were opened are to
 * be freed also where one failed. */
MUST_USE enum status outputs_open(const struct capture_settings *s, struct output **list,
    struct fault *f);
MUST_USE enum status outputs_put(const struct capture_settings *s, struct output **list,
    const struct table *t, struct fault *f);
MUST_USE enum status outputs_tick(const struct capture_settings *s, struct output **list,
    struct fault *f);
/* What was sent stands in the result. */
MUST_USE enum status outputs_finish(const struct capture_settings *s, struct output **list,
    struct capture_result *result, struct fault *f);

#endif
