/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/flowlog.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "flow/ipfix_decode.h"

/* Elements of FLOWLOG_PEN: columns from 1 in their order; the last one keeps its number. */
enum {
	ELEMENT_OTHER = 32766,
	ELEMENT_APPENDS = 32767, /* the record's text goes on the row before */
	ELEMENT_PADDING = 210,   /* IANA's paddingOctets: a row without any value */
	MASK_WORDS = (COLUMN_COUNT + 63) / 64
};

enum {
	PLANS_MAX = 4096,     /* templates; then all are withdrawn and made anew */
	PLAN_SLOTS = 2 * PLANS_MAX,
	FIELD_SPEC_SIZE = 8,
	SET_HEADER_SIZE = IPFIX_SET_HEADER_SIZE,
	TEMPLATE_MAX = SET_HEADER_SIZE + 4 + FIELD_SPEC_SIZE * COLUMN_COUNT,
	RECORD_MAX = IPFIX_MESSAGE_MAX - IPFIX_HEADER_SIZE - 2 * SET_HEADER_SIZE - TEMPLATE_MAX,
	PIECE_FIRST = 512,    /* octets of each string of a row that fits no message */
	PIECE_MORE = 32000,   /* of each further piece */
	STRING_MAX = 16 << 20 /* as the Parquet writer */
};

struct plan {
	uint64_t mask[MASK_WORDS]; /* the columns with a value */
	uint16_t id;               /* 0: the slot is free */
	uint8_t appends;           /* 1 + the column that it goes on with; 0: a row of its own */
};

struct flowlog_writer {
	struct plan *plans; /* PLAN_SLOTS, open addressing */
	size_t plan_count;
	struct plan *last; /* the open set's */
	struct buf record;
	size_t message; /* where it begins in the caller's buffer */
	size_t set;
	bool in_message;
	bool in_set;
	uint32_t seconds;
	uint32_t records; /* before the present message */
	uint32_t message_records;
};

enum status
flowlog_writer_open(struct flowlog_writer **out, struct fault *f)
{
	struct flowlog_writer *w = calloc(1, sizeof *w);

	if (w == NULL || (w->plans = calloc(PLAN_SLOTS, sizeof *w->plans)) == NULL) {
		free(w);
		return fault_memory(f);
	}
	*out = w;
	return STATUS_OK;
}

void
flowlog_writer_free(struct flowlog_writer *w)
{
	if (w == NULL)
		return;
	buf_free(&w->record);
	free(w->plans);
	free(w);
}

static bool
is_string(enum column_id id)
{
	return column_infos[id].type == COLUMN_TYPE_TEXT || column_infos[id].type == COLUMN_TYPE_OCTETS;
}

static uint16_t
element_of(enum column_id id)
{
	return id == COLUMN_OTHER ? ELEMENT_OTHER : (uint16_t)(id + 1);
}

static uint16_t
length_of(enum column_id id)
{
	switch (column_infos[id].type) {
	case COLUMN_TYPE_INT32:
		return 4;
	case COLUMN_TYPE_MAC:
		return 6;
	case COLUMN_TYPE_TIME:
	case COLUMN_TYPE_INT64:
		return 8;
	default:
		return TEMPLATE_VARIABLE;
	}
}

static void
end_set(struct flowlog_writer *w, struct buf *out)
{
	if (w->in_set)
		buf_set_be16(out, w->set + 2, (uint16_t)(out->len - w->set));
	w->in_set = false;
}

static void
begin_set(struct flowlog_writer *w, uint16_t id, struct buf *out)
{
	end_set(w, out);
	w->set = out->len;
	buf_be16(out, id);
	buf_be16(out, 0);
	w->in_set = true;
}

static void
end_message(struct flowlog_writer *w, struct buf *out)
{
	end_set(w, out);
	if (w->in_message)
		buf_set_be16(out, w->message + 2, (uint16_t)(out->len - w->message));
	w->records += w->message_records;
	w->message_records = 0;
	w->in_message = false;
}

/* RFC 7011 section 3.1. */
static void
begin_message(struct flowlog_writer *w, struct buf *out)
{
	end_message(w, out);
	w->message = out->len;
	buf_be16(out, DIALECT_IPFIX);
	buf_be16(out, 0);
	buf_be32(out, w->seconds);
	buf_be32(out, w->records);
	buf_be32(out, 0);
	w->in_message = true;
}

/* A message with room for so many octets. */
static void
make_room(struct flowlog_writer *w, size_t len, struct buf *out)
{
	if (!w->in_message || len > IPFIX_MESSAGE_MAX - (out->len - w->message))
		begin_message(w, out);
}

/* All templates go at once (RFC 7011 section 8.1): their numbers can be used again. */
static void
withdraw_all(struct flowlog_writer *w, struct buf *out)
{
	make_room(w, SET_HEADER_SIZE + 4, out);
	begin_set(w, 2, out);
	buf_be16(out, 2);
	buf_be16(out, 0);
	end_set(w, out);
	memset(w->plans, 0, PLAN_SLOTS * sizeof *w->plans);
	w->plan_count = 0;
}

static void
write_spec(uint16_t element, uint16_t length, struct buf *out)
{
	buf_be16(out, element | 0x8000);
	buf_be16(out, length);
	buf_be32(out, FLOWLOG_PEN);
}

static void
write_template(struct flowlog_writer *w, const struct plan *p, struct buf *out)
{
	size_t count_at;
	uint16_t count = 0;

	begin_set(w, 2, out);
	buf_be16(out, p->id);
	count_at = out->len;
	buf_be16(out, 0);
	if (p->appends != 0) {
		write_spec(ELEMENT_APPENDS, 1, out);
		count++;
	}
	for (enum column_id id = 0; id < COLUMN_COUNT; id++) {
		if ((p->mask[id / 64] >> (id % 64) & 1) != 0) {
			write_spec(element_of(id), length_of(id), out);
			count++;
		}
	}
	if (count == 0) {
		buf_be16(out, ELEMENT_PADDING);
		buf_be16(out, 1);
		count++;
	}
	buf_set_be16(out, count_at, count);
	end_set(w, out);
}

static size_t
slot_of(const struct plan *p)
{
	uint64_t h = p->appends;

	for (size_t i = 0; i < MASK_WORDS; i++)
		h = (h ^ p->mask[i]) * UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(h >> 32) % PLAN_SLOTS;
}

static bool
same_plan(const struct plan *a, const struct plan *b)
{
	return a->appends == b->appends && memcmp(a->mask, b->mask, sizeof a->mask) == 0;
}

/* The template of these columns, sent before its first use; room is there. */
static struct plan *
find_plan(struct flowlog_writer *w, const struct plan *wanted, struct buf *out)
{
	size_t i = slot_of(wanted);

	while (w->plans[i].id != 0 && !same_plan(&w->plans[i], wanted))
		i = (i + 1) % PLAN_SLOTS;
	if (w->plans[i].id != 0)
		return &w->plans[i];
	w->plans[i] = *wanted;
	w->plans[i].id = (uint16_t)(TEMPLATE_ID_MIN + w->plan_count++);
	write_template(w, &w->plans[i], out);
	return &w->plans[i];
}

/* w->record under its template. */
static void
write_record(struct flowlog_writer *w, const struct plan *wanted, struct buf *out)
{
	struct plan *p;

	if (w->plan_count == PLANS_MAX)
		withdraw_all(w, out);
	make_room(w, TEMPLATE_MAX + 2 * SET_HEADER_SIZE + w->record.len, out);
	p = find_plan(w, wanted, out);
	if (!w->in_set || w->last != p)
		begin_set(w, p->id, out);
	w->last = p;
	buf_put(out, w->record.data, w->record.len);
	w->message_records++;
}

/* RFC 7011 section 7. */
static void
write_variable(const void *data, size_t len, struct buf *out)
{
	if (len < 255) {
		buf_u8(out, (uint8_t)len);
	} else {
		buf_u8(out, 255);
		buf_be16(out, (uint16_t)len);
	}
	buf_put(out, data, len);
}

static void
write_mac(uint64_t mac, struct buf *out)
{
	buf_be16(out, (uint16_t)(mac >> 32));
	buf_be32(out, (uint32_t)mac);
}

static void
write_address(const struct address *a, struct buf *out)
{
	write_variable(a->octets, a->family == 4 ? 4 : a->family == 6 ? 16 : 0, out);
}

/* Strings are cut to string_max. */
static void
write_value(const struct table *t, enum column_id id, size_t row, size_t string_max,
    struct buf *out)
{
	const uint8_t *bytes;
	size_t len;

	switch (column_infos[id].type) {
	case COLUMN_TYPE_INT32:
		buf_be32(out, (uint32_t)t->columns[id].v.i32[row]);
		break;
	case COLUMN_TYPE_TIME:
	case COLUMN_TYPE_INT64:
		buf_be64(out, (uint64_t)t->columns[id].v.i64[row]);
		break;
	case COLUMN_TYPE_MAC:
		write_mac(t->columns[id].v.mac[row], out);
		break;
	case COLUMN_TYPE_ADDRESS:
		write_address(&t->columns[id].v.address[row], out);
		break;
	case COLUMN_TYPE_TEXT:
	case COLUMN_TYPE_OCTETS:
		bytes = table_bytes(t, id, row, &len);
		write_variable(bytes, len > string_max ? string_max : len, out);
		break;
	}
}

/* The columns with a value, and what their strings take. */
static enum status
look_at(const struct table *t, size_t row, struct plan *plan, size_t *strings, struct fault *f)
{
	*strings = 0;
	memset(plan, 0, sizeof *plan);
	for (enum column_id id = 0; id < COLUMN_COUNT; id++) {
		const uint8_t *bytes;
		size_t len;

		if (!table_has(t, id, row))
			continue;
		plan->mask[id / 64] |= UINT64_C(1) << (id % 64);
		if (!is_string(id))
			continue;
		bytes = table_bytes(t, id, row, &len);
		if (len > STRING_MAX)
			return fault_set(f, STATUS_LIMIT, column_infos[id].name, "a value of %zu octets", len);
		if (column_infos[id].type == COLUMN_TYPE_TEXT && !utf8_valid(bytes, len))
			return fault_set(f, STATUS_MALFORMED, column_infos[id].name, "a text is no UTF-8");
		*strings += len + 3;
	}
	return STATUS_OK;
}

/* What write_row cut off the strings of a row that is too long for one message. */
static void
write_rest(struct flowlog_writer *w, const struct table *t, size_t row, struct buf *out)
{
	for (enum column_id id = 0; id < COLUMN_COUNT; id++) {
		struct plan plan = { .appends = (uint8_t)(id + 1) };
		const uint8_t *bytes;
		size_t len;

		if (!is_string(id) || !table_has(t, id, row))
			continue;
		bytes = table_bytes(t, id, row, &len);
		plan.mask[id / 64] = UINT64_C(1) << (id % 64);
		for (size_t at = PIECE_FIRST; at < len; at += PIECE_MORE) {
			buf_reset(&w->record);
			buf_u8(&w->record, 1);
			write_variable(bytes + at, len - at > PIECE_MORE ? PIECE_MORE : len - at,
			    &w->record);
			write_record(w, &plan, out);
		}
	}
}

static enum status
write_row(struct flowlog_writer *w, const struct table *t, size_t row, struct buf *out,
    struct fault *f)
{
	struct plan plan;
	size_t strings;
	enum status rc = look_at(t, row, &plan, &strings, f);
	/* What is no string takes 17 octets at most. */
	bool fits = strings <= RECORD_MAX - 17 * COLUMN_COUNT;

	if (rc != STATUS_OK)
		return rc;
	buf_reset(&w->record);
	for (enum column_id id = 0; id < COLUMN_COUNT; id++)
		if (table_has(t, id, row))
			write_value(t, id, row, fits ? RECORD_MAX : PIECE_FIRST, &w->record);
	if (w->record.len == 0)
		buf_u8(&w->record, 0);
	write_record(w, &plan, out);
	if (!fits)
		write_rest(w, t, row, out);
	return buf_ok(&w->record) && buf_ok(out) ? STATUS_OK : fault_memory(f);
}

enum status
flowlog_put(struct flowlog_writer *w, const struct table *t, uint32_t export_seconds,
    struct buf *out, struct fault *f)
{
	enum status rc = t->failed ? fault_memory(f) : STATUS_OK;

	w->seconds = export_seconds;
	for (size_t row = 0; row < t->rows && rc == STATUS_OK; row++)
		rc = write_row(w, t, row, out, f);
	end_message(w, out);
	return rc == STATUS_OK && !buf_ok(out) ? fault_memory(f) : rc;
}
