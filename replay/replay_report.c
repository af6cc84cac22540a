/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/replay_report.h"

#include <inttypes.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/text.h"

static bool
target_complete(const struct replay_target *t)
{
	return loss_refused(&t->stats->loss) == 0 && t->counts->unsent == 0 && t->counts->refused == 0;
}

bool
replay_report_complete(const struct replay_report *r)
{
	for (size_t i = 0; i < r->target_count; i++)
		if (!target_complete(&r->targets[i]))
			return false;
	return !r->interrupted && r->damaged == 0;
}

static void
text_loss(const struct loss *loss, struct buf *out)
{
	const char *separator = "  without: ";

	for (unsigned i = 0; i < REFUSAL_COUNT; i++)
		if (loss->refused[i] > 0)
			buf_printf(out, "  NOT SENT: %" PRIu64 " flows: %s\n", loss->refused[i],
			    refusal_help((enum refusal)i));
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		if (loss->columns[i] == 0)
			continue;
		buf_printf(out, "%s%s (%" PRIu64 ")", separator, column_infos[i].name, loss->columns[i]);
		separator = ", ";
	}
	if (separator[0] == ',')
		buf_str(out, "\n");
	if (loss->rounded > 0)
		buf_printf(out, "  times cut to milliseconds: %" PRIu64 " flows\n", loss->rounded);
	if (loss->padded > 0)
		buf_printf(out, "  absent values sent as zeros: %" PRIu64 " flows\n", loss->padded);
}

static void
text_target(const struct replay_target *t, struct buf *out)
{
	const struct sender_counts *c = t->counts;

	buf_printf(out,
	    "%s %s: %" PRIu64 " flows as %" PRIu64 " records in %" PRIu64 " datagrams, %" PRIu64
	    " octets, %" PRIu64 " templates\n",
	    t->url, pack_format_name(t->format), t->stats->flows - loss_refused(&t->stats->loss),
	    c->records, c->datagrams, c->octets, t->stats->templates);
	if (c->refused > 0)
		buf_printf(out, "  NOBODY LISTENS: the host refused %" PRIu64 " times\n", c->refused);
	if (c->unsent > 0)
		buf_printf(out, "  NOT SENT: %" PRIu64 " datagrams with %" PRIu64 " records\n", c->unsent,
		    c->unsent_records);
	text_loss(&t->stats->loss, out);
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
	for (size_t i = 0; i < r->target_count; i++)
		text_target(&r->targets[i], out);
}

static void
json_loss(struct jsonw *j, const struct loss *loss)
{
	jsonw_key(j, "not_sent");
	jsonw_object(j);
	for (unsigned i = 0; i < REFUSAL_COUNT; i++)
		if (loss->refused[i] > 0)
			jsonw_key_u64(j, refusal_name((enum refusal)i), loss->refused[i]);
	jsonw_object_end(j);
	jsonw_key(j, "without");
	jsonw_object(j);
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		if (loss->columns[i] > 0)
			jsonw_key_u64(j, column_infos[i].name, loss->columns[i]);
	jsonw_object_end(j);
	jsonw_key_u64(j, "rounded", loss->rounded);
	jsonw_key_u64(j, "padded", loss->padded);
}

static void
json_target(struct jsonw *j, const struct replay_target *t)
{
	jsonw_object(j);
	jsonw_key_str(j, "to", t->url);
	jsonw_key_str(j, "format", pack_format_name(t->format));
	jsonw_key_u64(j, "flows", t->stats->flows);
	jsonw_key_u64(j, "records", t->counts->records);
	jsonw_key_u64(j, "datagrams", t->counts->datagrams);
	jsonw_key_u64(j, "octets", t->counts->octets);
	jsonw_key_u64(j, "templates", t->stats->templates);
	jsonw_key_u64(j, "refused_by_host", t->counts->refused);
	jsonw_key(j, "unsent");
	jsonw_object(j);
	jsonw_key_u64(j, "datagrams", t->counts->unsent);
	jsonw_key_u64(j, "records", t->counts->unsent_records);
	jsonw_object_end(j);
	json_loss(j, &t->stats->loss);
	jsonw_object_end(j);
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
	jsonw_key_u64(&j, "damaged", r->damaged);
	jsonw_key_bool(&j, "interrupted", r->interrupted);
	jsonw_key_bool(&j, "complete", replay_report_complete(r));
	jsonw_key(&j, "targets");
	jsonw_array(&j);
	for (size_t i = 0; i < r->target_count; i++)
		json_target(&j, &r->targets[i]);
	jsonw_array_end(&j);
	jsonw_object_end(&j);
	buf_str(out, "\n");
}
