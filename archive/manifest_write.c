/* SPDX-License-Identifier: BSD-2-Clause */
/* The canonical bytes of a manifest; manifest.c reads the same keys in the same order. */
#include "archive/manifest.h"

#include "archive/manifest_part.h"
#include "archive/recovery_json.h"
#include "base/jsonw.h"

void
time_write(struct jsonw *j, const char *key, const struct manifest_time *t)
{
	jsonw_key(j, key);
	jsonw_object(j);
	jsonw_key(j, "time");
	jsonw_decimal(j, t->nanos);
	jsonw_key_str(j, "clock", t->clock);
	jsonw_object_end(j);
}

void
interval_write(struct jsonw *j, const struct manifest *m)
{
	jsonw_key(j, "interval");
	jsonw_object(j);
	jsonw_key_decimal_if(j, "from", m->interval.has_from, m->interval.from);
	jsonw_key_decimal_if(j, "to", m->interval.has_to, m->interval.to);
	jsonw_object_end(j);
}

void
source_write(struct jsonw *j, const struct manifest *m)
{
	jsonw_key(j, "source");
	jsonw_object(j);
	jsonw_key_str(j, "kind", m->source);
	jsonw_key(j, "inputs");
	jsonw_array(j);
	for (size_t i = 0; i < m->input_count; i++) {
		const struct manifest_input *in = &m->inputs[i];

		jsonw_object(j);
		jsonw_key_str(j, "name", in->name);
		jsonw_key_u64(j, "size", in->size);
		jsonw_key_hex_if(j, "sha256", in->hashed, in->sha256, SHA256_SIZE);
		jsonw_key_u64_if(j, "container", in->contained, in->container);
		jsonw_key_bool(j, "capture", in->capture);
		jsonw_key_str(j, "format", in->format);
		jsonw_key_u64(j, "packets", in->packets);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
	jsonw_object_end(j);
}

void
options_write(struct jsonw *j, const struct manifest *m)
{
	jsonw_key(j, "options");
	jsonw_array(j);
	for (size_t i = 0; i < m->option_count; i++) {
		jsonw_object(j);
		jsonw_key_str(j, "name", m->options[i].name);
		jsonw_key_str(j, "value", m->options[i].value);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}

static void
write_packets(struct jsonw *j, const struct manifest *m)
{
	jsonw_key(j, "packets");
	jsonw_object(j);
	jsonw_key_u64(j, "read", m->read.packets);
	jsonw_key_u64(j, "metered", m->metered.packets);
	jsonw_key(j, "rejected");
	jsonw_object(j);
	for (size_t i = 0; i < m->rejected_count; i++)
		jsonw_key_u64(j, m->rejected[i].name, m->rejected[i].packets);
	jsonw_object_end(j);
	jsonw_object_end(j);
	jsonw_key(j, "wire_bytes");
	jsonw_object(j);
	jsonw_key_u64(j, "read", m->read.wire_bytes);
	jsonw_key_u64(j, "metered", m->metered.wire_bytes);
	jsonw_key(j, "rejected");
	jsonw_object(j);
	for (size_t i = 0; i < m->rejected_count; i++)
		jsonw_key_u64(j, m->rejected[i].name, m->rejected[i].wire_bytes);
	jsonw_object_end(j);
	jsonw_object_end(j);
}

static void
write_sum(struct jsonw *j, const char *key, const char *second, const struct manifest_sum *s)
{
	jsonw_key(j, key);
	jsonw_object(j);
	jsonw_key_u64(j, "carried_in", s->carried_in);
	jsonw_key_u64(j, second, s->metered);
	jsonw_key_u64(j, "emitted", s->emitted);
	jsonw_key_u64(j, "carried_out", s->carried_out);
	jsonw_object_end(j);
}

void
counts_write(struct jsonw *j, const struct manifest *m)
{
	jsonw_key_u64(j, "rows", m->rows);
	write_packets(j, m);
	write_sum(j, "ip_bytes", "metered", &m->ip_bytes);
	write_sum(j, "flow_packets", "metered", &m->flow_packets);
	write_sum(j, "flows", "started", &m->flows);
	jsonw_key(j, "losses");
	jsonw_object(j);
	for (size_t i = 0; i < m->loss_count; i++)
		jsonw_key_u64(j, m->losses[i].name, m->losses[i].value);
	jsonw_object_end(j);
}

void
findings_write(struct jsonw *j, const struct manifest *m)
{
	jsonw_key(j, "findings");
	jsonw_array(j);
	for (size_t i = 0; i < m->finding_count; i++) {
		const struct manifest_finding *x = &m->findings[i];

		jsonw_object(j);
		jsonw_key_str(j, "code", x->code);
		jsonw_key_str(j, "file", x->file);
		jsonw_key_u64_if(j, "offset", x->at_offset, x->offset);
		jsonw_key_str(j, "text", x->text);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}

static void
write_files(struct jsonw *j, const struct manifest *m)
{
	jsonw_key(j, "files");
	jsonw_array(j);
	for (size_t i = 0; i < m->file_count; i++) {
		const struct manifest_file *x = &m->files[i];

		jsonw_object(j);
		jsonw_key_str(j, "name", x->name);
		jsonw_key_u64(j, "size", x->size);
		jsonw_key_hex(j, "sha256", x->sha256, SHA256_SIZE);
		jsonw_key(j, "chunks");
		jsonw_array(j);
		for (size_t c = 0; c < x->chunk_count; c++)
			jsonw_hex(j, x->chunks + c * SHA256_SIZE, SHA256_SIZE);
		jsonw_array_end(j);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}

void
recovery_write(struct jsonw *j, const struct manifest_recovery *list, size_t count)
{
	jsonw_key(j, "recovery");
	jsonw_array(j);
	for (size_t i = 0; i < count; i++)
		recovery_json(&list[i], jsonw_key_decimal_if, j);
	jsonw_array_end(j);
}

static void
write_keys(struct jsonw *j, const struct manifest *m)
{
	jsonw_key_hex_if(j, "next_key", !m->closed, m->next_key, KEY_SIZE);
	jsonw_key_str(j, "key_storage", m->key_storage);
}

void
software_write(struct jsonw *j, const struct software *s)
{
	jsonw_key(j, "software");
	jsonw_object(j);
	jsonw_key_str(j, "name", s->name);
	jsonw_key_str(j, "version", s->version);
	jsonw_key_str(j, "build", s->build);
	jsonw_object_end(j);
}

static void
write_makers(struct jsonw *j, const struct manifest *m)
{
	jsonw_key(j, "decoder");
	jsonw_object(j);
	jsonw_key_str(j, "version", m->decoder_version);
	jsonw_key_hex(j, "elements", m->decoder_elements, SHA256_SIZE);
	jsonw_object_end(j);
	jsonw_key_str(j, "libzstd", m->libzstd);
	software_write(j, &m->software);
}

static void
write_later(struct jsonw *j, const struct manifest *m)
{
	jsonw_key(j, "attachments");
	jsonw_array(j);
	for (size_t i = 0; i < m->attachment_count; i++) {
		jsonw_object(j);
		jsonw_key_str(j, "role", m->attachments[i].role);
		jsonw_key_str(j, "name", m->attachments[i].name);
		jsonw_key_u64(j, "size", m->attachments[i].size);
		jsonw_key_hex(j, "sha256", m->attachments[i].sha256, SHA256_SIZE);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
	jsonw_key(j, "expired");
	jsonw_array(j);
	for (size_t i = 0; i < m->expired_count; i++) {
		jsonw_object(j);
		jsonw_key_u64(j, "sequence", m->expired[i].sequence);
		jsonw_key_hex(j, "manifest_sha256", m->expired[i].manifest_sha256, SHA256_SIZE);
		jsonw_key_str(j, "reason", m->expired[i].reason);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}

void
manifest_write(const struct manifest *m, struct buf *out)
{
	struct jsonw j;

	jsonw_init(&j, out);
	jsonw_object(&j);
	jsonw_key_str(&j, "format", MANIFEST_FORMAT);
	jsonw_key_str(&j, "archive", m->archive);
	jsonw_key_u64(&j, "sequence", m->sequence);
	jsonw_key_hex(&j, "previous", m->previous, SHA256_SIZE);
	time_write(&j, "opened", &m->opened);
	time_write(&j, "sealed", &m->sealed);
	interval_write(&j, m);
	jsonw_key_decimal_if(&j, "first_flow", m->flows_span.has_from, m->flows_span.from);
	jsonw_key_decimal_if(&j, "last_flow", m->flows_span.has_to, m->flows_span.to);
	source_write(&j, m);
	options_write(&j, m);
	jsonw_key_bool(&j, "interrupted", m->interrupted);
	counts_write(&j, m);
	findings_write(&j, m);
	write_files(&j, m);
	write_keys(&j, m);
	recovery_write(&j, m->recovery, m->recovery_count);
	write_makers(&j, m);
	write_later(&j, m);
	jsonw_object_end(&j);
	buf_u8(out, '\n');
}
