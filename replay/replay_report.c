/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/replay_report.h"

#include <inttypes.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/text.h"

bool
replay_report_complete(const struct replay_report *r)
{
	for (size_t i = 0; i < r->target_count; i++)
		if (!sender_report_complete(&r->targets[i]))
			return false;
	return !r->interrupted && r->damaged == 0 && r->stayed == 0;
}

void
replay_report_text(const struct replay_report *r, struct buf *out)
{
	char input[1024];
	double seconds = (double)r->nanos / 1e9;

	text_escape(input, sizeof input, r->input, strlen(r->input));
	buf_printf(out, "%s %" PRIu64 " of %" PRIu64 " flows of %s in %.3f s (genesis: %s)\n",
	    r->interrupted ? "interrupted after" : "replayed", r->matched, r->read, input, seconds,
	    r->anchor);
	if (r->damaged > 0)
		buf_printf(out, "DAMAGED: %" PRIu64 " parts of the input could not be read\n", r->damaged);
	if (r->stayed > 0)
		buf_printf(out, "NOT MOVED: the times of %" PRIu64 " flows\n", r->stayed);
	for (size_t i = 0; i < r->target_count; i++)
		sender_report_text(&r->targets[i], out);
}

void
replay_report_json(const struct replay_report *r, struct buf *out)
{
	struct jsonw j;

	jsonw_init(&j, out);
	jsonw_object(&j);
	jsonw_key_str(&j, "input", r->input);
	jsonw_key_str(&j, "anchor", r->anchor);
	jsonw_key(&j, "flows");
	jsonw_object(&j);
	jsonw_key_u64(&j, "read", r->read);
	jsonw_key_u64(&j, "matched", r->matched);
	jsonw_object_end(&j);
	jsonw_key_u64(&j, "times_not_moved", r->stayed);
	jsonw_key_u64(&j, "damaged", r->damaged);
	jsonw_key_bool(&j, "interrupted", r->interrupted);
	jsonw_key_bool(&j, "complete", replay_report_complete(r));
	jsonw_key(&j, "targets");
	jsonw_array(&j);
	for (size_t i = 0; i < r->target_count; i++)
		sender_report_json(&r->targets[i], &j);
	jsonw_array_end(&j);
	jsonw_object_end(&j);
	buf_str(out, "\n");
}
