/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "replay/ahead.h"
#include "replay/defining.h"
#include "replay/target_part.h"

enum {
	AHEAD_MAX = 32 << 20 /* octets of datagrams that define what is selected */
};

/* What is known of a datagram without decoding it. */
static const enum column_id known[] = { COLUMN_EXPORTER_IP, COLUMN_EXPORTER_PORT, COLUMN_RECEIVED };

enum { KNOWN = sizeof known / sizeof *known };

static enum status
check_filter(const struct filter *filter, struct fault *f)
{
	struct column_set asked = filter_columns(filter), have = { { 0 } };

	for (size_t i = 0; i < KNOWN; i++)
		column_set_add(&have, known[i]);
	for (unsigned c = 0; c < COLUMN_COUNT; c++)
		if (column_set_has(&asked, (enum column_id)c) && !column_set_has(&have, (enum column_id)c))
			return fault_set(f, STATUS_USAGE, NULL, "a filter on %s: of a datagram that is sent "
			    "as it is, exporter_ip, exporter_port and received are known",
			    column_infos[c].name);
	return STATUS_OK;
}

enum status
target_check_exact(const struct target *t, struct fault *f)
{
	enum status st = check_filter(t->env.filter, f);

	if (st == STATUS_OK && t->filter != NULL)
		st = check_filter(t->filter, f);
	if (st == STATUS_OK && t->options->retime.policy != RETIME_ORIGINAL)
		return fault_set(f, STATUS_USAGE, NULL,
		    "--time and --shift would change datagrams that are to be sent as they are");
	if (st == STATUS_OK && t->options->rate_given && t->options->flows_named)
		return fault_set(f, STATUS_USAGE, NULL,
		    "--rate: how many flows a datagram has is not known here; ask for datagrams (300d) or "
		    "bits (20Mbit)");
	return st;
}

static bool
passes(struct target *t, const struct filter *filter, const struct reader_datagram *d)
{
	if (d->src.family == 0)
		table_reset(t->table); /* of a file nobody knows whose it is */
	if (t->table->rows == 0)
		(void)table_add_row(t->table); /* the same row each time: all that it has is set anew */
	if (d->src.family != 0) {
		table_set_address(t->table, COLUMN_EXPORTER_IP, 0, &d->src);
		table_set_i32(t->table, COLUMN_EXPORTER_PORT, 0, d->src_port);
	}
	table_set_i64(t->table, COLUMN_RECEIVED, 0, d->received / 1000);
	return filter_rows(filter, t->table, t->matched) == 1;
}

/* Whether the datagram's exporter is one of those that were asked for. */
static bool
is_selected(struct target *t, const struct reader_datagram *d)
{
	return passes(t, t->env.filter, d) && (t->filter == NULL || passes(t, t->filter, d));
}

static bool
is_within(const struct window *w, const struct reader_datagram *d)
{
	return d->received / 1000 >= w->from && d->received / 1000 < w->to;
}

/* Whether something of its session has gone, or of UDP anything. */
static bool
has_begun(const struct target *t, uint64_t stream)
{
	return stream / 8 < t->begun.len && (t->begun.data[stream / 8] >> stream % 8 & 1) != 0;
}

static void
begin(struct target *t, uint64_t stream)
{
	while (t->begun.len <= stream / 8 && buf_ok(&t->begun))
		buf_u8(&t->begun, 0);
	if (buf_ok(&t->begun))
		t->begun.data[stream / 8] |= (uint8_t)(1 << stream % 8);
}

/* What comes before all that is selected of its session may define that. */
static void
keep_ahead(struct target *t, const struct reader_datagram *d)
{
	if (has_begun(t, d->stream) || d->received / 1000 >= t->options->window.to ||
	    !(d->carried || defining_is(d->data, d->len)))
		return;
	if (t->ahead.len + sizeof *d + d->len > AHEAD_MAX) {
		t->result.not_ahead++;
		return;
	}
	buf_put(&t->ahead, d, sizeof *d);
	buf_put(&t->ahead, d->data, d->len);
}

/* What was kept of this session, or of UDP, and no more of that will be. */
static enum status
send_ahead(struct target *t, uint64_t stream, struct fault *f)
{
	enum status st = buf_ok(&t->ahead) ? STATUS_OK : fault_memory(f);
	struct reader_datagram d;

	for (size_t at = 0; st == STATUS_OK && at < t->ahead.len; at += sizeof d + d.len) {
		memcpy(&d, t->ahead.data + at, sizeof d);
		if (d.stream != stream)
			continue;
		d.data = t->ahead.data + at + sizeof d;
		t->result.sent_ahead++;
		st = t->kind->put_datagram(t->outlet, &d, false, f);
	}
	begin(t, stream);
	return st == STATUS_OK && !buf_ok(&t->begun) ? fault_memory(f) : st;
}

/* Waits for the time at which it came, with nothing held back. */
static enum status
follow(struct target *t, const struct reader_datagram *d, struct fault *f)
{
	enum status st = STATUS_OK;

	if (schedule_interrupted(&t->schedule))
		return STATUS_INTERRUPTED;
	if (schedule_left(&t->schedule, d->received) > 0) {
		st = t->kind->flush(t->outlet, f);
		target_share(t, false);
	}
	if (st == STATUS_OK && !schedule_follow(&t->schedule, d->received))
		st = STATUS_INTERRUPTED;
	return st;
}

static enum status
send_one(struct target *t, const struct reader_datagram *d, const struct flow_place *place,
    struct fault *f)
{
	struct target_progress *p = &t->result.progress;
	enum status st = target_note_segment(t, place, 1, f);

	if (st == STATUS_OK && t->skip > 0) {
		t->skip--;
		t->result.skipped++;
		keep_ahead(t, d);
		return st;
	}
	if (st == STATUS_OK)
		st = follow(t, d, f);
	if (st == STATUS_OK && !has_begun(t, d->stream))
		st = send_ahead(t, d->stream, f);
	if (st != STATUS_OK)
		return st;
	p->matched++;
	p->position = d->received / 1000;
	return t->kind->put_datagram(t->outlet, d, true, f);
}

/* Its session ends where it ended, if anything of it went. */
static enum status
send_end(struct target *t, const struct reader_datagram *d, struct fault *f)
{
	enum status st = STATUS_OK;

	if (!has_begun(t, d->stream))
		return st;
	if (is_within(&t->options->window, d))
		st = follow(t, d, f);
	return st == STATUS_OK ? t->kind->put_datagram(t->outlet, d, false, f) : st;
}

static enum status
send_batch(struct target *t, const struct datagram_batch *batch, uint64_t *segment, struct fault *f)
{
	enum status st = STATUS_OK;

	for (size_t i = 0; i < batch->count && st == STATUS_OK; i++) {
		const struct reader_datagram *d = &batch->list[i].datagram;

		if (d->segment != *segment)
			buf_reset(&t->ahead); /* each segment carries what it needs of those before it */
		*segment = d->segment;
		t->result.progress.read += !d->carried && !d->ended;
		if (!is_selected(t, d))
			continue;
		if (d->ended)
			st = send_end(t, d, f);
		else if (d->carried || !is_within(&t->options->window, d))
			keep_ahead(t, d);
		else
			st = send_one(t, d, &batch->list[i].place, f);
	}
	return st;
}

enum status
target_send_datagrams(struct target *t, struct fault *f)
{
	const struct datagram_batch *batch;
	struct ahead *ahead = NULL;
	uint64_t segment = 0;
	enum status sent = STATUS_OK, st = ahead_open_datagrams(t->input, &ahead, f);

	if (st != STATUS_OK)
		return st;
	buf_reset(&t->begun);
	buf_reset(&t->ahead);
	while (sent == STATUS_OK && (st = ahead_next_batch(ahead, &batch, f)) == STATUS_OK) {
		sent = send_batch(t, batch, &segment, f);
		target_share(t, false);
	}
	ahead_free(ahead);
	if (sent != STATUS_OK)
		return sent;
	t->result.damaged += input_damaged(t->input);
	return st == STATUS_END ? STATUS_OK : st;
}
