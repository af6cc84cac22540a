/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run came to: the receipts of its segments. */
#include "capture/cmd_capture.h"

#include <stdlib.h>
#include <string.h>

enum status
capture_result_add(struct capture_result *result, const struct receipt *receipt, struct fault *f)
{
	bool created = result->segment_count > 0 ? result->segments[0].created : receipt->created;
	struct receipt *grown;

	/* A run of months: the head is what counts, the rest is in the archive. */
	if (result->segment_count == CAPTURE_RECEIPTS_MAX) {
		memmove(result->segments, result->segments + 1,
		    (CAPTURE_RECEIPTS_MAX - 1) * sizeof *result->segments);
		result->segment_count--;
	}
	grown = realloc(result->segments, (result->segment_count + 1) * sizeof *grown);
	if (grown == NULL)
		return fault_memory(f);
	result->segments = grown;
	grown[result->segment_count++] = *receipt;
	result->receipt = *receipt;
	result->receipt.created = created;
	result->sealed = true;
	return STATUS_OK;
}

void
capture_result_free(struct capture_result *r)
{
	source_close(r->source);
	capture_live_result_free(r->live);
	free(r->segments);
	memset(r, 0, sizeof *r);
}
