/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/sflow_row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/floor.h"
#include "capture/packetrow.h"
#include "capture/sampled.h"
#include "capture/sflow_columns.h"
#include "flow/sflow_structure.h"

enum { NANOS_PER_MICRO = 1000, KEY_TEXT = 32, PORT_TEXT = 48 };

struct sflow_rows {
	struct dissector dissector;
	struct sflow_record records[SFLOW_RECORDS_MAX];
	const struct sflow_structure *structures[SFLOW_RECORDS_MAX]; /* NULL: not known */
	bool told[SFLOW_RECORDS_MAX]; /* the columns say it all */
	size_t count;
	struct sampled sampled;
	struct packetrow packet;
	bool has_header;
	struct buf json;
};

enum status
sflow_rows_open(struct sflow_rows **out, struct fault *f)
{
	struct sflow_rows *r = calloc(1, sizeof *r);
	struct tunnel_ports ports;

	if (r == NULL)
		return fault_memory(f);
	tunnel_ports_default(&ports);
	dissector_init(&r->dissector, true, &ports);
	*out = r;
	return STATUS_OK;
}

void
sflow_rows_free(struct sflow_rows *r)
{
	if (r == NULL)
		return;
	buf_free(&r->json);
	free(r);
}

static void
collect(struct sflow_rows *r, struct sflow_sample *s, struct sample_counts *counts)
{
	r->count = 0;
	while (r->count < SFLOW_RECORDS_MAX && sflow_next_record(s, &r->records[r->count])) {
		const struct sflow_structure *known =
		    sflow_structure_find(SFLOW_FLOW, r->records[r->count].format);

		counts->unknown_records += known == NULL;
		r->structures[r->count] = known;
		r->told[r->count] = false;
		r->count++;
	}
	if (r->count == SFLOW_RECORDS_MAX && s->left > 0)
		s->counters->malformed[MALFORMED_RECORD_LIMIT]++;
}

/* The first sampled header that is all there; what it begins is the row's packet. */
static void
find_packet(struct sflow_rows *r, struct sample_counts *counts)
{
	r->has_header = false;
	for (size_t i = 0; i < r->count && !r->has_header; i++) {
		if (r->records[i].format != SFLOW_FORMAT(0, SFLOW_SAMPLED_HEADER))
			continue;
		if (!sampled_read(r->records[i].body, &r->sampled))
			continue;
		r->has_header = true;
		packetrow_dissect(&r->dissector, &r->sampled.packet, &r->packet);
		counts->no_packet += !r->packet.ip;
	}
}

static void
set_port(struct table *t, enum column_id id, size_t row, const struct sflow_interface *port)
{
	if (port->format == SFLOW_PORT_INDEX && port->value != SFLOW_ALL_ONES_PORT)
		table_set_i64(t, id, row, port->value);
}

static void
set_sample(const struct sflow_sample *s, int64_t received, struct table *t, size_t row)
{
	int64_t micros = floor_div(received, NANOS_PER_MICRO);

	table_set_i64(t, COLUMN_FLOW_START, row, micros);
	table_set_i64(t, COLUMN_FLOW_END, row, micros);
	table_set_i64(t, COLUMN_PACKETS, row, 1);
	set_port(t, COLUMN_IN_IF, row, &s->input);
	set_port(t, COLUMN_OUT_IF, row, &s->output);
	if (s->kind == SFLOW_FLOW)
		table_set_i64(t, COLUMN_SAMPLING_INTERVAL, row, s->rate);
}

/* What no column holds of an interface. */
static void
write_port(struct jsonw *j, const char *key, const struct sflow_interface *port)
{
	const char *reason;
	char text[PORT_TEXT];

	if (port->format == SFLOW_PORT_INDEX && port->value != SFLOW_ALL_ONES_PORT)
		return;
	reason = sflow_drop_name(port->value);
	if (port->format == SFLOW_PORT_INDEX)
		snprintf(text, sizeof text, "internal");
	else if (port->format == SFLOW_PORT_DISCARD && reason != NULL)
		snprintf(text, sizeof text, "discarded: %s", reason);
	else if (port->format == SFLOW_PORT_DISCARD)
		snprintf(text, sizeof text, "discarded: %u", (unsigned)port->value);
	else if (port->format == SFLOW_PORT_MULTIPLE)
		snprintf(text, sizeof text, "interfaces: %u", (unsigned)port->value);
	else
		snprintf(text, sizeof text, "%u:%u", (unsigned)port->format, (unsigned)port->value);
	jsonw_key_str(j, key, text);
}

static void
write_sample(struct jsonw *j, const struct sflow_message *m, const struct sflow_sample *s)
{
	char text[TEXT_ADDRESS_MAX];

	if (m->agent.family != 0) {
		(void)text_address(text, &m->agent);
		jsonw_key_str(j, "agent", text);
	}
	jsonw_key(j, s->kind == SFLOW_DISCARDED ? "discarded_packet" : "flow_sample");
	jsonw_object(j);
	jsonw_key_u64(j, "sequence_number", s->sequence);
	if (s->source_class != 0)
		jsonw_key_u64(j, "source_id_class", s->source_class);
	jsonw_key_u64(j, "source_id_index", s->source_index);
	if (s->kind == SFLOW_FLOW)
		jsonw_key_u64(j, "sample_pool", s->pool);
	jsonw_key_u64(j, "drops", s->drops);
	write_port(j, "input", &s->input);
	write_port(j, "output", &s->output);
	if (s->kind == SFLOW_DISCARDED) {
		jsonw_key_u64(j, "reason", s->reason);
		jsonw_key_str(j, "reason_name", sflow_drop_name(s->reason));
	}
	jsonw_object_end(j);
}

/* Of the header that was dissected, what no column says; its octets only where nothing was read. */
static void
write_header(const struct sflow_rows *r, struct jsonw *j)
{
	const struct sampled *s = &r->sampled;
	const char *name = sampled_protocol_name(s->protocol);

	jsonw_object(j);
	if (name != NULL)
		jsonw_key_str(j, "protocol", name);
	else
		jsonw_key_u64(j, "protocol", s->protocol);
	jsonw_key_u64(j, "frame_length", s->frame_length);
	jsonw_key_u64(j, "stripped", s->stripped);
	if (r->packet.reject != REJECT_NONE) {
		jsonw_key_str(j, "rejected", reject_name(r->packet.reject));
		jsonw_key_hex(j, "header", s->header.at, cursor_left(&s->header));
	}
	jsonw_object_end(j);
}

static void
write_record(const struct sflow_rows *r, size_t i, struct decode_counters *counters, struct jsonw *j)
{
	const struct sflow_record *record = &r->records[i];

	if (r->structures[i] == NULL)
		jsonw_hex(j, record->body.at, cursor_left(&record->body));
	else if (record->format == SFLOW_FORMAT(0, SFLOW_SAMPLED_HEADER) && r->has_header &&
	    record->body.at + SFLOW_HEADER_HEAD == r->sampled.header.start)
		write_header(r, j);
	else if (!sflow_structure_write(r->structures[i], record->body, j))
		counters->malformed[MALFORMED_STRUCTURE]++;
}

static size_t
next_alike(const struct sflow_rows *r, size_t i)
{
	uint32_t format = r->records[i].format;

	do
		i++;
	while (i < r->count && (r->told[i] || r->records[i].format != format));
	return i;
}

static bool
is_first(const struct sflow_rows *r, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (!r->told[k] && r->records[k].format == r->records[i].format)
			return false;
	return true;
}

/* All records of this one's format: an array where they are several. */
static void
write_alike(const struct sflow_rows *r, size_t i, struct decode_counters *counters, struct jsonw *j)
{
	uint32_t format = r->records[i].format;
	bool several = next_alike(r, i) < r->count;
	char key[KEY_TEXT];

	if (r->structures[i] == NULL)
		snprintf(key, sizeof key, "%u/%u", (unsigned)(format >> 12), (unsigned)(format & 0xfff));
	jsonw_key(j, r->structures[i] == NULL ? key : r->structures[i]->name);
	if (several)
		jsonw_array(j);
	for (; i < r->count; i = next_alike(r, i))
		write_record(r, i, counters, j);
	if (several)
		jsonw_array_end(j);
}

static void
set_other(struct sflow_rows *r, const struct sflow_message *m, const struct sflow_sample *s,
    struct table *t, size_t row)
{
	struct jsonw j;

	buf_reset(&r->json);
	jsonw_init(&j, &r->json);
	jsonw_object(&j);
	write_sample(&j, m, s);
	if (r->has_header)
		packetrow_write(&r->packet, &j);
	for (size_t i = 0; i < r->count; i++)
		if (!r->told[i] && is_first(r, i))
			write_alike(r, i, s->counters, &j);
	jsonw_object_end(&j);
	if (buf_ok(&r->json))
		table_set_bytes(t, COLUMN_OTHER, row, r->json.data, r->json.len);
	else
		t->failed = true;
}

static void
set_columns(struct sflow_rows *r, bool egress, struct table *t, size_t row)
{
	for (size_t i = 0; i < r->count; i++)
		if (sflow_columns_egress(r->records[i].format) == egress)
			r->told[i] = sflow_columns_set(&r->dissector.ports, &r->records[i], t, row);
}

void
sflow_rows_add(struct sflow_rows *r, const struct sflow_message *m, struct sflow_sample *s,
    int64_t received, struct sample_counts *counts, struct table *t)
{
	size_t row = table_add_row(t);

	collect(r, s, counts);
	find_packet(r, counts);
	set_sample(s, received, t, row);
	if (r->has_header) {
		packetrow_set(&r->packet, t, row);
		if (r->packet.length)
			table_set_u64(t, COLUMN_BYTES, row, r->packet.d.ip_bytes);
	}
	set_columns(r, false, t, row);
	set_columns(r, true, t, row);
	set_other(r, m, s, t, row);
}
