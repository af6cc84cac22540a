/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_EVENT_TEXT_H
#define REPLAY_EVENT_TEXT_H

/*
 * Rows as events of one of flow/format's formats, each on its own.  event_text_open; for each row
 * event_text_row, then event_text_next until it says false; event_text_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "replay/outlet.h"

struct event_text;

/* STATUS_USAGE where flow/format has none of that name; "json" is ndjson. */
MUST_USE enum status event_text_open(const char *format, struct event_text **out, struct fault *f);
/* Row `row` of these; its events are borrowed until the next call. */
MUST_USE enum status event_text_row(struct event_text *e, const struct outlet_rows *rows, size_t row,
    struct fault *f);
/*
 * The row's next event: a line without its end, a protobuf message with its length before it, or
 * what belongs to one event of ecs-bulk (two lines, with their ends).
 */
bool event_text_next(struct event_text *e, const uint8_t **data, size_t *len);
/* All that event_text_row made, as it goes into a file; before the first row, the first line. */
const uint8_t *event_text_all(const struct event_text *e, size_t *len);
void event_text_free(struct event_text *e);

#endif
