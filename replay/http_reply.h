/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_HTTP_REPLY_H
#define REPLAY_HTTP_REPLY_H

/* What Elasticsearch and Splunk say of events that they were given, out of their JSON. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum bulk_verdict {
	BULK_TAKEN,
	BULK_THERE,   /* an event of that id is there already (409) */
	BULK_LATER,   /* too many just now (429, 503): again */
	BULK_REFUSED
};

enum { REPLY_REASON_MAX = 200 };

/*
 * _bulk's answer for n events: the verdict on each, in their order, and the first reason of a
 * refusal, escaped.  STATUS_MALFORMED where it is no answer to n events.
 */
MUST_USE enum status reply_bulk(const void *data, size_t len, enum bulk_verdict *verdicts, size_t n,
    char reason[REPLY_REASON_MAX], struct fault *f);
/* HEC's "ackId"; false where there is none. */
bool reply_ack_id(const void *data, size_t len, uint64_t *id);
/* Of HEC's answer about acknowledgements: whether this one has come. */
bool reply_acked(const void *data, size_t len, uint64_t id);
/* The text of an error: Splunk's "text", Elasticsearch's "error", else the answer's beginning. */
void reply_reason(const void *data, size_t len, char reason[REPLY_REASON_MAX]);

#endif
