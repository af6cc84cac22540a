/* SPDX-License-Identifier: BSD-2-Clause */
/* Back from the messages that flowlog.c writes to rows. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/flowlog.h"
#include "base/file.h"
#include "flow/ipfix_decode.h"

enum { ELEMENT_OTHER = 32766, ELEMENT_APPENDS = 32767, ELEMENT_PADDING = 210 };

enum { ROWS_BETWEEN = 64 };

struct reading {
	const char *path;
	int fd;
	uint64_t left;
	uint64_t offset;
	struct sha256 *hash;
	struct template_set *templates;
	struct decode_counters counters;
	struct table *table;
	flowlog_take take;
	void *ctx;
	uint8_t message[IPFIX_MESSAGE_MAX];
};

static enum status
malformed(const struct reading *r, const char *what, struct fault *f)
{
	return fault_at(f, STATUS_MALFORMED, r->path, r->offset, "the journal of flows: %s", what);
}

/* So many octets, hashed. */
static enum status
fetch(struct reading *r, uint8_t *to, size_t len, struct fault *f)
{
	enum status rc;

	if (len > r->left)
		return malformed(r, "a message is cut", f);
	rc = file_read_at(r->fd, to, len, r->offset, r->path, f);
	if (rc == STATUS_OK)
		rc = sha256_update(r->hash, to, len, f);
	r->offset += len;
	r->left -= len;
	return rc;
}

static enum column_id
column_of(const struct template_field *spec)
{
	if (spec->pen != FLOWLOG_PEN)
		return COLUMN_NONE;
	if (spec->id == ELEMENT_OTHER)
		return COLUMN_OTHER;
	return spec->id >= 1 && spec->id <= COLUMN_OTHER ? (enum column_id)(spec->id - 1) : COLUMN_NONE;
}

static bool
set_address(struct table *t, enum column_id id, size_t row, const struct field *field)
{
	struct address a = { .family = field->len == 4 ? 4 : field->len == 16 ? 6 : 0 };

	if (field->len != 0 && a.family == 0)
		return false;
	if (field->len > 0)
		memcpy(a.octets, field->octets, field->len);
	table_set_address(t, id, row, &a);
	return true;
}

static bool
set_value(struct table *t, enum column_id id, size_t row, const struct field *field)
{
	uint64_t v = 0;

	switch (column_infos[id].type) {
	case COLUMN_TYPE_TEXT:
	case COLUMN_TYPE_OCTETS:
		table_set_bytes(t, id, row, field->octets, field->len);
		return true;
	case COLUMN_TYPE_ADDRESS:
		return set_address(t, id, row, field);
	case COLUMN_TYPE_INT32:
		if (field->len != 4 || !field_uint(field, &v))
			return false;
		table_set_i32(t, id, row, (int32_t)(uint32_t)v);
		return true;
	case COLUMN_TYPE_MAC:
		if (field->len != 6 || !field_uint(field, &v))
			return false;
		table_set_mac(t, id, row, v);
		return true;
	case COLUMN_TYPE_TIME:
	case COLUMN_TYPE_INT64:
		if (field->len != 8 || !field_uint(field, &v))
			return false;
		table_set_i64(t, id, row, (int64_t)v);
		return true;
	}
	return false;
}

/* The rest of a string that was too long for one message. */
static bool
append(struct table *t, enum column_id id, const struct field *field)
{
	struct table_column *c = &t->columns[id];
	size_t row = t->rows - 1;
	struct table_span *span;

	if (t->rows == 0 || c->present == NULL || c->present[row] == 0 ||
	    (column_infos[id].type != COLUMN_TYPE_TEXT && column_infos[id].type != COLUMN_TYPE_OCTETS))
		return false;
	span = &c->v.span[row];
	if ((size_t)span->offset + span->len != c->heap.len) {
		size_t from = span->offset;

		span->offset = (uint32_t)c->heap.len;
		if (buf_reserve(&c->heap, span->len))
			buf_put(&c->heap, c->heap.data + from, span->len);
	}
	buf_put(&c->heap, field->octets, field->len);
	t->failed |= !buf_ok(&c->heap);
	span->len += (uint32_t)field->len;
	return true;
}

static enum status
hand_over(struct reading *r, struct fault *f)
{
	enum status rc = r->table->failed ? fault_memory(f) : STATUS_OK;

	if (rc == STATUS_OK && r->table->rows > 0)
		rc = r->take(r->ctx, r->table, f);
	table_reset(r->table);
	return rc;
}

/* Of rows, or of strings: these are counted now and then. */
static bool
is_full(const struct table *t)
{
	return table_full(t) || (t->rows % ROWS_BETWEEN == 0 && table_octets(t) >= TABLE_OCTETS);
}

static enum status
take_record(struct reading *r, const struct record *record, struct fault *f)
{
	struct record_fields it = record_fields(record);
	struct field field;
	bool appends = record->template->fields[0].pen == FLOWLOG_PEN &&
	    record->template->fields[0].id == ELEMENT_APPENDS;
	enum status rc = STATUS_OK;
	size_t row = 0;

	if (!appends && is_full(r->table))
		rc = hand_over(r, f);
	if (rc != STATUS_OK)
		return rc;
	if (appends)
		(void)record_next(&it, &field);
	else
		row = table_add_row(r->table);
	while (record_next(&it, &field)) {
		enum column_id id = column_of(field.spec);

		if (field.spec->pen == ELEMENT_PEN_IANA && field.spec->id == ELEMENT_PADDING)
			continue;
		if (id == COLUMN_NONE)
			return fault_at(f, STATUS_UNSUPPORTED, r->path, r->offset,
			    "the journal of flows has a column, %u, of another version", field.spec->id);
		if (appends ? !append(r->table, id, &field) : !set_value(r->table, id, row, &field))
			return malformed(r, "a value that its column cannot have", f);
	}
	return STATUS_OK;
}

static enum status
take_message(struct reading *r, struct fault *f)
{
	struct ipfix_message m;
	struct record record;
	size_t len;
	enum status rc = fetch(r, r->message, IPFIX_HEADER_SIZE, f);

	if (rc != STATUS_OK)
		return rc;
	len = load_be16(r->message + 2);
	if (load_be16(r->message) != DIALECT_IPFIX || len < IPFIX_HEADER_SIZE)
		return malformed(r, "no message begins here", f);
	rc = fetch(r, r->message + IPFIX_HEADER_SIZE, len - IPFIX_HEADER_SIZE, f);
	if (rc != STATUS_OK)
		return rc;
	if (!ipfix_message_open(&m, r->message, len, r->templates, &r->counters))
		return malformed(r, "no message", f);
	while (rc == STATUS_OK && ipfix_message_next(&m, &record))
		rc = take_record(r, &record, f);
	if (rc == STATUS_OK && decode_malformed(&r->counters) > 0)
		rc = malformed(r, "a set that cannot be decoded", f);
	return rc;
}

static enum status
check_hash(struct reading *r, const uint8_t sha256[SHA256_SIZE], struct fault *f)
{
	uint8_t got[SHA256_SIZE];
	enum status rc = sha256_finish(r->hash, got, f);

	if (rc == STATUS_OK && memcmp(got, sha256, SHA256_SIZE) != 0)
		rc = fault_set(f, STATUS_DIFFERS, r->path, "the journal of flows differs from what was "
		    "vouched for: memory or storage is failing");
	return rc;
}

static enum status
read_all(struct reading *r, const uint8_t sha256[SHA256_SIZE], struct fault *f)
{
	enum status rc = file_open_regular(r->path, &r->fd, NULL, f);

	if (rc == STATUS_OK)
		rc = sha256_open(&r->hash, f);
	if (rc == STATUS_OK)
		rc = template_set_open(&r->templates, f);
	if (rc == STATUS_OK)
		rc = table_open(FLOWLOG_GROUP, &r->table, f);
	while (rc == STATUS_OK && r->left > 0)
		rc = take_message(r, f);
	if (rc == STATUS_OK)
		rc = hand_over(r, f);
	return rc == STATUS_OK ? check_hash(r, sha256, f) : rc;
}

enum status
flowlog_read(const char *path, uint64_t size, const uint8_t sha256[SHA256_SIZE], flowlog_take take,
    void *ctx, struct fault *f)
{
	struct reading *r = calloc(1, sizeof *r);
	enum status rc;

	if (r == NULL)
		return fault_memory(f);
	r->path = path;
	r->fd = -1;
	r->left = size;
	r->take = take;
	r->ctx = ctx;
	rc = read_all(r, sha256, f);
	if (r->fd >= 0)
		(void)close(r->fd);
	table_free(r->table);
	template_set_free(r->templates);
	sha256_free(r->hash);
	free(r);
	return rc;
}
