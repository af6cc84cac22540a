/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/pack_part.h"

#include <string.h>

#include "flow/instant.h"
#include "flow/netflow5.h"

/* No protocol has room for it: IPFIX's milliseconds are unsigned (RFC 7011 section 6.1.7). */
static bool
before_1970(const struct table *t, size_t row)
{
	return (table_has(t, COLUMN_FLOW_START, row) && table_i64(t, COLUMN_FLOW_START, row) < 0) ||
	    (table_has(t, COLUMN_FLOW_END, row) && table_i64(t, COLUMN_FLOW_END, row) < 0);
}

/* The header's clock for a row: it may have to be set anew, which begins a new message. */
static enum status
set_clock(struct packer *p, const struct table *t, size_t row, enum refusal *refusal,
    struct fault *f)
{
	int64_t start, end;
	enum status st = STATUS_OK;

	*refusal = before_1970(t, row) ? REFUSAL_TIME : REFUSAL_NONE;
	if (*refusal != REFUSAL_NONE || !p->wire->uptime || (p->wire->timeless && !table_has(t, COLUMN_FLOW_START, row) &&
				    !table_has(t, COLUMN_FLOW_END, row)))
		return STATUS_OK;
	*refusal = uptime_times(t, row, &start, &end);
	if (*refusal != REFUSAL_NONE)
		return STATUS_OK;
	if (!uptime_fits(&p->clock, start, end)) {
		st = pack_flush(p, f);
		if (st == STATUS_OK)
			*refusal = uptime_start(&p->clock, start, end);
	} else {
		uptime_advance(&p->clock, end);
	}
	return st;
}

/* IPFIX's export time: never before the flows that it brings. */
static void
set_export_time(struct packer *p, const struct table *t, size_t row)
{
	enum column_id column = table_has(t, COLUMN_FLOW_END, row) ? COLUMN_FLOW_END : COLUMN_FLOW_START;
	int64_t micros = table_i64(t, column, row);
	int64_t seconds = floor_div(micros, 1000000) + (floor_mod(micros, 1000000) != 0);

	if (seconds > p->newest)
		p->newest = seconds < UINT32_MAX ? seconds : UINT32_MAX;
}

static enum status
put_netflow5(struct packer *p, const struct table *t, size_t row, bool reverse, struct fault *f)
{
	enum status st = STATUS_OK;

	uint16_t sampling = (p->options.announce & ANNOUNCE_SAMPLING) == 0 ? 0 :
	    netflow5_sampling(t, row, &p->stats.loss);

	if (p->records == NETFLOW5_RECORDS_MAX || (p->records > 0 && sampling != p->sampling) ||
	    p->message.len > p->options.max_octets - NETFLOW5_RECORD_SIZE)
		st = pack_flush(p, f);
	if (st != STATUS_OK)
		return st;
	p->sampling = sampling;
	netflow5_record_put(&p->message, t, row, reverse, &p->clock, &p->stats.loss);
	p->records++;
	return STATUS_OK;
}

/* Octets that the record in p->record adds to the message, with all that it needs. */
static size_t
needed(struct packer *p, const struct row_plan *plan)
{
	size_t n = p->record.len + p->wire->alignment - 1;
	size_t before = p->message.len;

	if (!plan->sent) {
		row_plan_template(p->encoder, plan, &p->message);
		n += p->message.len - before + IPFIX_SET_HEADER_SIZE + 2u * (p->wire->alignment - 1u);
		p->message.len = before;
	}
	return p->set_id == plan->id && plan->sent ? n : n + IPFIX_SET_HEADER_SIZE;
}

static bool
has_room(struct packer *p, const struct row_plan *plan)
{
	size_t n = needed(p, plan);

	return n <= p->options.max_octets && p->message.len <= p->options.max_octets - n;
}

/* A row's record for NetFlow 9 or IPFIX. */
static enum status
put_record(struct packer *p, const struct table *t, size_t row, bool reverse,
    enum refusal *refusal, struct fault *f)
{
	struct row_plan *plan;
	enum status st;

	buf_reset(&p->record);
	st = row_encode(p->encoder, t, row, reverse, &p->clock, &plan, &p->record, &p->stats.loss, f);
	if (st != STATUS_OK)
		return st;
	if (plan == NULL) {
		*refusal = REFUSAL_EMPTY;
		return STATUS_OK;
	}
	if (!has_room(p, plan))
		st = pack_flush(p, f);
	if (st != STATUS_OK)
		return st;
	if (!has_room(p, plan)) {
		*refusal = REFUSAL_SIZE;
		return STATUS_OK;
	}
	if (!plan->sent)
		pack_put_template(p, plan);
	if (p->set_id != plan->id)
		pack_open_set(p, plan->id);
	buf_put(&p->message, p->record.data, p->record.len);
	p->records++;
	return STATUS_OK;
}

static enum status
put_direction(struct packer *p, const struct table *t, size_t row, bool reverse,
    enum refusal *refusal, struct fault *f)
{
	if (p->wire->templates)
		return put_record(p, t, row, reverse, refusal, f);
	return put_netflow5(p, t, row, reverse, f);
}

/* Of n rows from this one on, those whose value says something: a counter or flags of zero where nothing
 * went do not. */
static uint64_t
count_telling(const struct table *t, enum column_id column, size_t row, size_t n)
{
	const struct table_column *c = &t->columns[column];
	enum column_type type = column_infos[column].type;
	uint64_t count = 0;

	for (size_t i = row; i < row + n; i++)
		count += type == COLUMN_TYPE_INT32 ? (c->present[i] & (c->v.i32[i] != 0)) :
		    type == COLUMN_TYPE_INT64 ? (c->present[i] & (c->v.i64[i] != 0)) :
		    c->present[i];
	return count;
}

static uint64_t
count_present(const struct table *t, enum column_id column, size_t row, size_t n)
{
	const uint8_t *present = t->columns[column].present + row;
	uint64_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += present[i];
	return count;
}

static uint64_t
count_rounded(const struct table *t, size_t row, size_t n)
{
	uint64_t count = 0;

	for (size_t i = row; i < row + n; i++)
		count += table_i64(t, COLUMN_FLOW_START, i) % 1000 != 0 ||
		    table_i64(t, COLUMN_FLOW_END, i) % 1000 != 0;
	return count;
}

/* Of n rows that went: what no record carries, and what one of the direction that did not go would. */
static void
count_loss(struct packer *p, const struct table *t, size_t row, size_t n, bool forward, bool reverse)
{
	const bool gone[2] = { forward, reverse };
	struct loss *loss = &p->stats.loss;

	if (p->announcer != NULL)
		announcer_loss(p->announcer, t, row, loss);
	for (size_t i = 0; i < p->lost.count; i++)
		loss->columns[p->lost.ids[i]] += p->lost_by_all[i] ? n :
		    count_present(t, p->lost.ids[i], row, n);
	for (unsigned way = 0; way < 2; way++)
		for (size_t i = 0; !gone[way] && i < p->lost_without[way].count; i++)
			loss->columns[p->lost_without[way].ids[i]] +=
			    count_telling(t, p->lost_without[way].ids[i], row, n);
	if (!(p->options.precise && p->options.format == PACK_IPFIX))
		loss->rounded += count_rounded(t, row, n);
}

static enum status
put_row(struct packer *p, const struct table *t, size_t row, struct fault *f)
{
	bool reverse = !p->wire->biflows && table_goes_back(t, row);
	bool forward = p->wire->biflows || table_goes_forth(t, row);
	enum refusal refusal = REFUSAL_NONE;
	enum status st = STATUS_OK;

	p->stats.flows++;
	if (!p->wire->templates)
		refusal = netflow5_refusal(t, row);
	if (refusal == REFUSAL_NONE)
		st = set_clock(p, t, row, &refusal, f);
	if (st == STATUS_OK && refusal == REFUSAL_NONE)
		set_export_time(p, t, row);
	if (st == STATUS_OK && refusal == REFUSAL_NONE && forward)
		st = put_direction(p, t, row, false, &refusal, f);
	if (st == STATUS_OK && refusal == REFUSAL_NONE && reverse)
		st = put_direction(p, t, row, true, &refusal, f);
	if (st != STATUS_OK)
		return st;
	if (refusal != REFUSAL_NONE)
		p->stats.loss.refused[refusal]++;
	else
		count_loss(p, t, row, 1, forward, reverse);
	return STATUS_OK;
}

static void
append(struct packer_columns *list, enum column_id column)
{
	list->ids[list->count++] = column;
}

/* What goes beside the records belongs to both directions. */
static void
told_carried(struct packer *p, const struct table *t, struct column_set carried[2])
{
	if (p->announcer != NULL)
		announcer_table(p->announcer, t);
	for (unsigned way = 0; way < 2; way++) {
		if (p->announcer != NULL)
			announcer_carries(p->announcer, &carried[way]);
		else if (!p->wire->templates && (p->options.announce & ANNOUNCE_SAMPLING) != 0)
			column_set_add(&carried[way], COLUMN_SAMPLING_INTERVAL);
	}
}

static void
begin_table(struct packer *p, const struct table *t)
{
	struct column_set carried[2] = { { { 0 } }, { { 0 } } };

	if (p->encoder != NULL)
		row_encoder_table(p->encoder, t);
	for (unsigned way = 0; way < (p->wire->biflows ? 1 : 2); way++)
		if (p->encoder != NULL)
			row_encoder_carried(p->encoder, way, &carried[way]);
		else
			netflow5_carried(way, &carried[way]);
	told_carried(p, t, carried);
	p->lost.count = p->lost_without[0].count = p->lost_without[1].count = 0;
	for (unsigned c = 0; c < COLUMN_COUNT; c++) {
		bool forth = column_set_has(&carried[0], (enum column_id)c);
		bool back = column_set_has(&carried[1], (enum column_id)c);

		if (t->columns[c].present == NULL)
			continue;
		if (!forth && !back)
			append(&p->lost, (enum column_id)c);
		else if (forth != back && !p->wire->biflows)
			append(&p->lost_without[forth ? 0 : 1], (enum column_id)c);
	}
}

enum status
pack_put(struct packer *p, const struct table *t, const uint8_t *matched, struct fault *f)
{
	return pack_put_rows(p, t, 0, t->rows, matched, f);
}

/* Whether nothing but its fields decides how the row goes: one record, in the clock as it runs. */
static bool
goes_simply(const struct packer *p, const struct table *t, size_t row, int64_t *end)
{
	int64_t start;

	if (!p->wire->biflows && table_goes_back(t, row))
		return false;
	if (!p->wire->uptime)
		return !before_1970(t, row);
	return uptime_times(t, row, &start, end) == REFUSAL_NONE && uptime_fits(&p->clock, start, *end);
}

/* Which of the columns that nothing carries have a value in each row of the slice. */
static void
look_at_lost(struct packer *p, const struct table *t, size_t from, size_t to)
{
	for (size_t i = 0; i < p->lost.count; i++)
		p->lost_by_all[i] = memchr(t->columns[p->lost.ids[i]].present + from, 0, to - from) == NULL;
}

/* Whether all rows of the slice have both times, in order, and none goes back; between which times. */
static void
look_at_times(struct packer *p, const struct table *t, size_t from, size_t to)
{
	const struct table_column *s = &t->columns[COLUMN_FLOW_START], *e = &t->columns[COLUMN_FLOW_END];
	int64_t first = INT64_MAX, last = INT64_MIN;
	bool alike = s->present != NULL && e->present != NULL;

	p->simple = false;
	if (!p->wire->uptime || !alike)
		return;
	for (size_t row = from; row < to; row++) {
		alike &= s->present[row] & e->present[row] & (s->v.i64[row] <= e->v.i64[row]);
		first = s->v.i64[row] < first ? s->v.i64[row] : first;
		last = e->v.i64[row] > last ? e->v.i64[row] : last;
	}
	for (size_t row = from; alike && !p->wire->biflows && row < to; row++)
		alike = !table_goes_back(t, row);
	p->simple = alike && first >= 0 && last / 1000 <= UPTIME_END_MAX;
	p->first = floor_div(first, 1000);
	p->last = floor_div(last, 1000);
}

/* How many rows from this one on, `most` of them, can go as one run; the latest of their ends. */
static size_t
run_length(const struct packer *p, const struct table *t, size_t row, size_t most,
    const uint8_t *matched, const struct row_plan *plan, int64_t *latest)
{
	/* mostly the slice as a whole says it */
	bool simple = p->simple && uptime_fits(&p->clock, p->first, p->last);
	int64_t end = INT64_MIN;
	size_t n = 0;

	*latest = INT64_MIN;
	while (n < most && (matched == NULL || matched[row + n] != 0) &&
	    row_run_same(p->run, plan, row + n) && (simple || goes_simply(p, t, row + n, &end))) {
		if (simple)
			end = t->columns[COLUMN_FLOW_END].v.i64[row + n] / 1000;
		*latest = end > *latest ? end : *latest;
		n++;
	}
	return n;
}

/* Records of that plan for which the message has room. */
static size_t
room_for(const struct packer *p, const struct row_plan *plan)
{
	size_t used = p->message.len + p->wire->alignment - 1u +
	    (p->set_id == plan->id ? 0 : IPFIX_SET_HEADER_SIZE);

	return used < p->options.max_octets ? (p->options.max_octets - used) / plan->octets : 0;
}

/* What put_row does with each of them beside. */
static void
count_run(struct packer *p, const struct table *t, size_t row, size_t n)
{
	for (size_t i = 0; !p->wire->uptime && i < n; i++)
		set_export_time(p, t, row + i);
	count_loss(p, t, row, n, true, false);
	p->stats.flows += n;
	p->records += n;
}

static uint64_t
announced(const struct packer *p)
{
	return p->announcer != NULL ? announcer_generation(p->announcer) : 0;
}

/*
 * The message goes before a row of that plan, which goes simply, and has no room in it; *fresh where nothing
 * must be told again before the row.  As put_row does it: the header knows of the flow that did not fit.
 */
static enum status
next_message(struct packer *p, const struct table *t, size_t row, const struct row_plan *plan,
    int64_t end, bool *fresh, struct fault *f)
{
	uint64_t before = announced(p);
	enum status st;

	if (p->wire->uptime)
		uptime_advance(&p->clock, end);
	else
		set_export_time(p, t, row);
	p->stats.flows++;
	st = pack_flush(p, f);
	p->stats.flows--;
	*fresh = st == STATUS_OK && plan->sent && announced(p) == before;
	return st;
}

/* Rows from this one on that go as a run into the present message; 0 where the long way is due. */
static enum status
put_run(struct packer *p, const struct table *t, size_t row, size_t to, const uint8_t *matched,
    size_t *done, struct fault *f)
{
	struct row_plan *plan = row_run_plan(p->run, p->encoder, row);
	size_t n = plan != NULL ? room_for(p, plan) : 0;
	int64_t latest;
	uint8_t *out;

	*done = 0;
	if (plan != NULL && n == 0 && p->records > 0 &&
	    run_length(p, t, row, 1, matched, plan, &latest) == 1) {
		bool fresh;
		enum status st = next_message(p, t, row, plan, latest, &fresh, f);

		if (st != STATUS_OK || !fresh)
			return st;
		n = room_for(p, plan);
	}
	n = n < to - row ? n : to - row;
	*done = n = n > 0 ? run_length(p, t, row, n, matched, plan, &latest) : 0;
	if (n == 0)
		return STATUS_OK;
	if (p->wire->uptime)
		uptime_advance(&p->clock, latest);
	if (p->set_id != plan->id)
		pack_open_set(p, plan->id);
	out = buf_grow(&p->message, n * plan->octets);
	if (out == NULL)
		return fault_memory(f);
	row_run_put(p->encoder, t, row, n, plan, &p->clock, out, &p->stats.loss);
	count_run(p, t, row, n);
	return STATUS_OK;
}

/* Rows from one on, up to this, need no options that were not told in that generation. */
struct announced_until {
	size_t row;
	uint64_t generation;
};

/* Options before the row, which are as old as it is. */
static enum status
announce_row(struct packer *p, const struct table *t, size_t row, struct fault *f)
{
	enum refusal refusal;
	enum status st = set_clock(p, t, row, &refusal, f);

	if (st != STATUS_OK || refusal != REFUSAL_NONE)
		return st; /* it does not go */
	set_export_time(p, t, row);
	return pack_announce(p, t, row, f);
}

/*
 * What a row needs is told before it; *until says for how many more nothing new is needed.  To be
 * called for each row that goes, before it does.
 */
static enum status
announce(struct packer *p, const struct table *t, size_t row, size_t to, const uint8_t *matched,
    struct announced_until *until, struct fault *f)
{
	struct announcement x;
	enum status st = STATUS_OK;
	size_t good = row;

	if (p->announcer == NULL) {
		until->row = to;
		return STATUS_OK;
	}
	if (row < until->row && until->generation == announcer_generation(p->announcer))
		return STATUS_OK;
	if (announcer_due(p->announcer, t, row, &x))
		st = announce_row(p, t, row, f);
	do
		good++;
	while (good < to && ((matched != NULL && matched[good] == 0) ||
	    !announcer_due(p->announcer, t, good, &x)));
	*until = (struct announced_until){ good, announcer_generation(p->announcer) };
	return st;
}

static enum status
put_slice(struct packer *p, const struct table *t, size_t from, size_t to, const uint8_t *matched,
    struct fault *f)
{
	struct announced_until until = { .row = 0 };
	enum status st = STATUS_OK;
	size_t done;

	look_at_lost(p, t, from, to);
	if (p->run != NULL) {
		row_run_slice(p->run, p->encoder, t, from, to);
		look_at_times(p, t, from, to);
	}
	for (size_t row = from; row < to && st == STATUS_OK; row += done) {
		done = 1;
		if (matched != NULL && matched[row] == 0)
			continue;
		st = announce(p, t, row, to, matched, &until, f);
		if (st == STATUS_OK && p->run != NULL)
			st = put_run(p, t, row, until.row, matched, &done, f);
		if (st == STATUS_OK && (p->run == NULL || done == 0)) {
			done = 1;
			st = put_row(p, t, row, f);
		}
	}
	return st;
}

enum status
pack_put_rows(struct packer *p, const struct table *t, size_t from, size_t to,
    const uint8_t *matched, struct fault *f)
{
	enum status st = STATUS_OK;
	size_t next;

	begin_table(p, t);
	for (size_t row = from; row < to && st == STATUS_OK; row = next) {
		next = to - row < ROW_RUN_SLICE ? to : row + ROW_RUN_SLICE;
		st = put_slice(p, t, row, next, matched, f);
	}
	return st;
}

/* A clock for templates that go before all records. */
static enum status
set_first_clock(struct packer *p, const struct table *t, size_t row, struct fault *f)
{
	enum refusal refusal;
	enum status st;

	if (p->wire->uptime ? p->clock.started : p->newest != 0)
		return STATUS_OK;
	st = set_clock(p, t, row, &refusal, f);
	if (st == STATUS_OK && refusal == REFUSAL_NONE)
		set_export_time(p, t, row);
	return st;
}

enum status
pack_prepare(struct packer *p, const struct table *t, size_t from, size_t to, const uint8_t *matched,
    bool *sent, struct fault *f)
{
	enum status st = STATUS_OK;
	unsigned kinds = 0;

	*sent = false;
	if (p->encoder == NULL)
		return STATUS_OK;
	begin_table(p, t);
	for (size_t row = from; row < to && st == STATUS_OK; row++) {
		bool reverse = !p->wire->biflows && table_goes_back(t, row);
		bool made = false;

		if (matched != NULL && matched[row] == 0)
			continue;
		st = set_first_clock(p, t, row, f);
		if (st != STATUS_OK)
			break;
		if (p->announcer != NULL)
			kinds |= announcer_kinds(p->announcer, t, row);
		st = row_encoder_prepare(p->encoder, t, row, false, &made, f);
		*sent |= made;
		if (st == STATUS_OK && reverse) {
			st = row_encoder_prepare(p->encoder, t, row, true, &made, f);
			*sent |= made;
		}
	}
	*sent |= (kinds & ~p->prepared) != 0;
	if (st == STATUS_OK && *sent)
		st = pack_templates(p, f);
	if (st == STATUS_OK && *sent)
		st = pack_announce_kinds(p, kinds, f);
	p->prepared |= kinds;
	return st == STATUS_OK && *sent ? pack_flush(p, f) : st;
}
