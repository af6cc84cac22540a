/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/cursor.h"
#include "flow/ipfix_decode.h"
#include "replay/ahead.h"
#include "replay/target_part.h"

enum {
	AHEAD_MAX = 4 << 20, /* octets of datagrams that define what is selected */
	TEMPLATES_MOST = 3   /* the ids of sets of templates: 0 and 1, in IPFIX 2 and 3 */
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
	if (t->table->rows == 0)
		(void)table_add_row(t->table); /* the same row each time: all that it has is set anew */
	table_set_address(t->table, COLUMN_EXPORTER_IP, 0, &d->src);
	table_set_i32(t->table, COLUMN_EXPORTER_PORT, 0, d->src_port);
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

/* Whether it has a set of templates: RFC 3954 section 5.2, RFC 7011 section 3.3.2. */
static bool
defines(const struct reader_datagram *d)
{
	struct cursor c = cursor_over(d->data, d->len);
	uint16_t version = cursor_be16(&c), least = version == DIALECT_IPFIX ? 2 : 0;

	if (version != DIALECT_NETFLOW9 && version != DIALECT_IPFIX)
		return false;
	cursor_skip(&c, (version == DIALECT_IPFIX ? IPFIX_HEADER_SIZE : NETFLOW9_HEADER_SIZE) - 2);
	while (cursor_ok(&c) && cursor_left(&c) >= IPFIX_SET_HEADER_SIZE) {
		uint16_t id = cursor_be16(&c), len = cursor_be16(&c);

		if (id >= least && id <= TEMPLATES_MOST)
			return true;
		if (len < IPFIX_SET_HEADER_SIZE)
			return false;
		cursor_skip(&c, len - IPFIX_SET_HEADER_SIZE);
	}
	return false;
}

/* What comes before all that is selected may define it. */
static void
keep_ahead(struct target *t, const struct reader_datagram *d)
{
	if (t->is_ahead || d->received / 1000 >= t->options->window.to || !(d->carried || defines(d)))
		return;
	if (t->ahead.len + sizeof *d + d->len > AHEAD_MAX) {
		t->result.not_ahead++;
		return;
	}
	buf_put(&t->ahead, d, sizeof *d);
	buf_put(&t->ahead, d->data, d->len);
}

static enum status
send_ahead(struct target *t, struct fault *f)
{
	enum status st = buf_ok(&t->ahead) ? STATUS_OK : fault_memory(f);
	struct reader_datagram d;

	for (size_t at = 0; st == STATUS_OK && at < t->ahead.len; at += sizeof d + d.len) {
		memcpy(&d, t->ahead.data + at, sizeof d);
		d.data = t->ahead.data + at + sizeof d;
		t->result.sent_ahead++;
		st = t->kind->put_datagram(t->outlet, &d, f);
	}
	buf_reset(&t->ahead);
	t->is_ahead = true;
	return st;
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
	if (st == STATUS_OK && !t->is_ahead)
		st = send_ahead(t, f);
	if (st != STATUS_OK)
		return st;
	p->matched++;
	p->position = d->received / 1000;
	return t->kind->put_datagram(t->outlet, d, f);
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
		t->result.progress.read += !d->carried;
		if (!is_selected(t, d))
			continue;
		if (d->carried || !is_within(&t->options->window, d))
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
	t->is_ahead = false;
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
