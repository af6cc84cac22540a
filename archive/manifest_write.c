/* SPDX-License-Identifier: BSD-2-Clause */
/* The canonical bytes of a manifest; manifest.c reads the same keys in the same order. */
#include "archive/manifest.h"

#include "archive/manifest_part.h"
#include "base/json.h"

void
time_write(struct json *j, const char *key, const struct manifest_time *t)
{
	json_key(j, key);
	json_object(j);
	json_key(j, "time");
	json_decimal(j, t->nanos);
	json_key_str(j, "clock", t->clock);
	json_object_end(j);
}

static void
write_nanos(struct json *j, const char *key, bool known, int64_t nanos)
{
	json_key(j, key);
	if (known)
		json_decimal(j, nanos);
	else
		json_null(j);
}

static void
write_number(struct json *j, const char *key, bool known, uint64_t v)
{
	json_key(j, key);
	if (known)
		json_u64(j, v);
	else
		json_null(j);
}

static void
write_hash(struct json *j, bool known, const uint8_t sha256[SHA256_SIZE])
{
	json_key(j, "sha256");
	if (known)
		json_hex(j, sha256, SHA256_SIZE);
	else
		json_null(j);
}

static void
write_source(struct json *j, const struct manifest *m)
{
	json_key(j, "source");
	json_object(j);
	json_key_str(j, "kind", m->source);
	json_key(j, "inputs");
	json_array(j);
	for (size_t i = 0; i < m->input_count; i++) {
		const struct manifest_input *in = &m->inputs[i];

		json_object(j);
		json_key_str(j, "name", in->name);
		json_key_u64(j, "size", in->size);
		write_hash(j, in->hashed, in->sha256);
		write_number(j, "container", in->contained, in->container);
		json_key_bool(j, "capture", in->capture);
		json_key_str(j, "format", in->format);
		json_key_u64(j, "packets", in->packets);
		json_object_end(j);
	}
	json_array_end(j);
	json_object_end(j);
}

static void
write_options(struct json *j, const struct manifest *m)
{
	json_key(j, "options");
	json_array(j);
	for (size_t i = 0; i < m->option_count; i++) {
		json_object(j);
		json_key_str(j, "name", m->options[i].name);
		json_key_str(j, "value", m->options[i].value);
		json_object_end(j);
	}
	json_array_end(j);
	json_key_bool(j, "interrupted", m->interrupted);
}

static void
write_packets(struct json *j, const struct manifest *m)
{
	json_key(j, "packets");
	json_object(j);
	json_key_u64(j, "read", m->read.packets);
	json_key_u64(j, "metered", m->metered.packets);
	json_key(j, "rejected");
	json_object(j);
	for (size_t i = 0; i < m->rejected_count; i++)
		json_key_u64(j, m->rejected[i].name, m->rejected[i].packets);
	json_object_end(j);
	json_object_end(j);
	json_key(j, "wire_bytes");
	json_object(j);
	json_key_u64(j, "read", m->read.wire_bytes);
	json_key_u64(j, "metered", m->metered.wire_bytes);
	json_key(j, "rejected");
	json_object(j);
	for (size_t i = 0; i < m->rejected_count; i++)
		json_key_u64(j, m->rejected[i].name, m->rejected[i].wire_bytes);
	json_object_end(j);
	json_object_end(j);
}

static void
write_sum(struct json *j, const char *key, const char *second, const struct manifest_sum *s)
{
	json_key(j, key);
	json_object(j);
	json_key_u64(j, "carried_in", s->carried_in);
	json_key_u64(j, second, s->metered);
	json_key_u64(j, "emitted", s->emitted);
	json_key_u64(j, "carried_out", s->carried_out);
	json_object_end(j);
}

static void
write_counts(struct json *j, const struct manifest *m)
{
	json_key_u64(j, "rows", m->rows);
	write_packets(j, m);
	write_sum(j, "ip_bytes", "metered", &m->ip_bytes);
	write_sum(j, "flow_packets", "metered", &m->flow_packets);
	write_sum(j, "flows", "started", &m->flows);
	json_key(j, "losses");
	json_object(j);
	for (size_t i = 0; i < m->loss_count; i++)
		json_key_u64(j, m->losses[i].name, m->losses[i].value);
	json_object_end(j);
}

static void
write_findings(struct json *j, const struct manifest *m)
{
	json_key(j, "findings");
	json_array(j);
	for (size_t i = 0; i < m->finding_count; i++) {
		const struct manifest_finding *x = &m->findings[i];

		json_object(j);
		json_key_str(j, "code", x->code);
		json_key_str(j, "file", x->file);
		write_number(j, "offset", x->at_offset, x->offset);
		json_key_str(j, "text", x->text);
		json_object_end(j);
	}
	json_array_end(j);
}

static void
write_files(struct json *j, const struct manifest *m)
{
	json_key(j, "files");
	json_array(j);
	for (size_t i = 0; i < m->file_count; i++) {
		const struct manifest_file *x = &m->files[i];

		json_object(j);
		json_key_str(j, "name", x->name);
		json_key_u64(j, "size", x->size);
		write_hash(j, true, x->sha256);
		json_key(j, "chunks");
		json_array(j);
		for (size_t c = 0; c < x->chunk_count; c++)
			json_hex(j, x->chunks + c * SHA256_SIZE, SHA256_SIZE);
		json_array_end(j);
		json_object_end(j);
	}
	json_array_end(j);
}

static void
write_recovery(struct json *j, const struct manifest_recovery *r)
{
	json_object(j);
	json_key_str(j, "action", r->action);
	write_number(j, "sequence", r->has_sequence, r->sequence);
	write_nanos(j, "from", r->span.has_from, r->span.from);
	write_nanos(j, "to", r->span.has_to, r->span.to);
	json_key(j, "files");
	json_array(j);
	for (size_t i = 0; i < r->file_count; i++) {
		json_object(j);
		json_key_str(j, "name", r->files[i].name);
		json_key_u64(j, "size", r->files[i].size);
		write_hash(j, r->files[i].hashed, r->files[i].sha256);
		json_object_end(j);
	}
	json_array_end(j);
	json_key_str(j, "text", r->text);
	json_object_end(j);
}

void
recovery_write(struct json *j, const struct manifest_recovery *list, size_t count)
{
	json_key(j, "recovery");
	json_array(j);
	for (size_t i = 0; i < count; i++)
		write_recovery(j, &list[i]);
	json_array_end(j);
}

static void
write_keys(struct json *j, const struct manifest *m)
{
	json_key(j, "next_key");
	if (m->closed)
		json_null(j);
	else
		json_hex(j, m->next_key, KEY_SIZE);
	json_key_str(j, "key_storage", m->key_storage);
}

void
software_write(struct json *j, const struct software *s)
{
	json_key(j, "software");
	json_object(j);
	json_key_str(j, "name", s->name);
	json_key_str(j, "version", s->version);
	json_key_str(j, "build", s->build);
	json_object_end(j);
}

static void
write_makers(struct json *j, const struct manifest *m)
{
	json_key(j, "decoder");
	json_object(j);
	json_key_str(j, "version", m->decoder_version);
	json_key_hex(j, "elements", m->decoder_elements, SHA256_SIZE);
	json_object_end(j);
	json_key_str(j, "libzstd", m->libzstd);
	software_write(j, &m->software);
}

static void
write_later(struct json *j, const struct manifest *m)
{
	json_key(j, "attachments");
	json_array(j);
	for (size_t i = 0; i < m->attachment_count; i++) {
		json_object(j);
		json_key_str(j, "role", m->attachments[i].role);
		json_key_str(j, "name", m->attachments[i].name);
		json_key_u64(j, "size", m->attachments[i].size);
		write_hash(j, true, m->attachments[i].sha256);
		json_object_end(j);
	}
	json_array_end(j);
	json_key(j, "expired");
	json_array(j);
	for (size_t i = 0; i < m->expired_count; i++) {
		json_object(j);
		json_key_u64(j, "sequence", m->expired[i].sequence);
		json_key_hex(j, "manifest_sha256", m->expired[i].manifest_sha256, SHA256_SIZE);
		json_key_str(j, "reason", m->expired[i].reason);
		json_object_end(j);
	}
	json_array_end(j);
}

void
manifest_write(const struct manifest *m, struct buf *out)
{
	struct json j;

	json_init(&j, out);
	json_object(&j);
	json_key_str(&j, "format", MANIFEST_FORMAT);
	json_key_str(&j, "archive", m->archive);
	json_key_u64(&j, "sequence", m->sequence);
	json_key_hex(&j, "previous", m->previous, SHA256_SIZE);
	time_write(&j, "opened", &m->opened);
	time_write(&j, "sealed", &m->sealed);
	json_key(&j, "interval");
	json_object(&j);
	write_nanos(&j, "from", m->interval.has_from, m->interval.from);
	write_nanos(&j, "to", m->interval.has_to, m->interval.to);
	json_object_end(&j);
	write_nanos(&j, "first_flow", m->flows_span.has_from, m->flows_span.from);
	write_nanos(&j, "last_flow", m->flows_span.has_to, m->flows_span.to);
	write_source(&j, m);
	write_options(&j, m);
	write_counts(&j, m);
	write_findings(&j, m);
	write_files(&j, m);
	write_keys(&j, m);
	recovery_write(&j, m->recovery, m->recovery_count);
	write_makers(&j, m);
	write_later(&j, m);
	json_object_end(&j);
	buf_u8(out, '\n');
}
