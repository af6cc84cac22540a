/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/sender_report.h"

#include <inttypes.h>
#include <string.h>

#include "flow/loss_report.h"

void
sender_report_take(struct sender_report *out, const struct sender *s, const char *url,
    enum pack_format format)
{
	out->url = url;
	out->format = format;
	strcpy(out->address, sender_address(s));
	out->counts = *sender_counts(s);
	out->stats = *sender_stats(s);
}

bool
sender_report_complete(const struct sender_report *r)
{
	return loss_refused(&r->stats.loss) == 0 && r->counts.unsent == 0 && r->counts.refused == 0;
}

void
sender_report_text(const struct sender_report *r, struct buf *out)
{
	const struct sender_counts *c = &r->counts;

	buf_printf(out,
	    "%s %s: %" PRIu64 " flows as %" PRIu64 " records in %" PRIu64 " datagrams, %" PRIu64
	    " octets, %" PRIu64 " templates\n",
	    r->url, pack_format_name(r->format), r->stats.flows - loss_refused(&r->stats.loss),
	    c->records, c->datagrams, c->octets, r->stats.templates);
	if (c->refused > 0)
		buf_printf(out, "  NOBODY LISTENS at %s: the host refused %" PRIu64 " times\n",
		    r->address, c->refused);
	if (c->unsent > 0)
		buf_printf(out, "  NOT SENT: %" PRIu64 " datagrams with %" PRIu64 " records: %s\n",
		    c->unsent, c->unsent_records, strerror(c->error));
	loss_text(&r->stats.loss, out);
}

void
sender_report_json(const struct sender_report *r, struct jsonw *j)
{
	jsonw_object(j);
	jsonw_key_str(j, "to", r->url);
	jsonw_key_str(j, "address", r->address);
	jsonw_key_str(j, "format", pack_format_name(r->format));
	jsonw_key_u64(j, "flows", r->stats.flows);
	jsonw_key_u64(j, "records", r->counts.records);
	jsonw_key_u64(j, "datagrams", r->counts.datagrams);
	jsonw_key_u64(j, "octets", r->counts.octets);
	jsonw_key_u64(j, "templates", r->stats.templates);
	jsonw_key_u64(j, "refused_by_host", r->counts.refused);
	jsonw_key(j, "unsent");
	jsonw_object(j);
	jsonw_key_u64(j, "datagrams", r->counts.unsent);
	jsonw_key_u64(j, "records", r->counts.unsent_records);
	if (r->counts.unsent > 0)
		jsonw_key_str(j, "error", strerror(r->counts.error));
	jsonw_object_end(j);
	loss_json(&r->stats.loss, j);
	jsonw_object_end(j);
}

