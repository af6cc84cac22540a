/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands at a segment's head, so that it can be decoded alone. */
#include "capture/cmd_collect.h"

static enum status
put(void *ctx, const struct carried_datagram *d, struct fault *f)
{
	struct collect_segment *s = ctx;

	if (d->datagram.transport != TRANSPORT_UDP)
		return s->messagelog == NULL ? STATUS_OK : collect_stream_carry(s, d, f);
	if (s->datalog == NULL)
		return STATUS_OK;
	s->carried++;
	datalog_put_carried(s->datalog, d);
	return datalog_pending(s->datalog) < DATALOG_FRAME ? STATUS_OK : collect_segment_frame(s, f);
}

enum status
collect_carry(struct collect_segment *s, struct fault *f)
{
	enum status st;

	s->carried = s->messages_carried = s->left_out = 0;
	if (s->datalog == NULL && s->messagelog == NULL)
		return STATUS_OK;
	s->left_out = carried_left_out(exporters_carried(collector_exporters(s->archive->collector)));
	st = collector_carried(s->archive->collector, put, s, f);
	/* durable with the next second, though nothing else may come in it */
	s->dirty |= s->carried + s->messages_carried > 0;
	if (st == STATUS_OK && s->messages_carried > 0)
		st = collect_stream_frame(s, f);
	return st == STATUS_OK && s->carried > 0 ? collect_segment_frame(s, f) : st;
}
