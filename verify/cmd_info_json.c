/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/cmd_info.h"

#include <string.h>

/* The keys are a contract: nfseal-info(1), JSON. */

static void
json_sha256(struct json *j, const char *key, bool known, const uint8_t sha256[SHA256_SIZE])
{
	if (known) {
		json_key_hex(j, key, sha256, SHA256_SIZE);
	} else {
		json_key(j, key);
		json_null(j);
	}
}

static void
json_head(struct json *j, const char *key, uint64_t sequence, const uint8_t sha256[SHA256_SIZE])
{
	json_key(j, key);
	json_object(j);
	json_key_u64(j, "sequence", sequence);
	json_key_hex(j, "manifest_sha256", sha256, SHA256_SIZE);
	json_object_end(j);
}

static void
json_genesis(struct json *j, const struct info *in)
{
	const struct genesis *g = in->genesis;

	json_key_hex(j, "genesis", in->fingerprint, SHA256_SIZE);
	info_json_time(j, "created", true, g->created.nanos);
	json_key_u64(j, "layout", g->layout);
	json_key(j, "continues");
	if (!g->is_continuation) {
		json_null(j);
		return;
	}
	json_object(j);
	json_key_str(j, "archive", g->continues.archive);
	json_key_hex(j, "genesis", g->continues.genesis, SHA256_SIZE);
	json_head(j, "head", g->continues.sequence, g->continues.manifest_sha256);
	json_object_end(j);
}

static void
json_state(struct json *j, const struct info *in)
{
	const struct info_segment *head = info_head(in);
	const struct manifest *m = head != NULL ? head->manifest : NULL;

	if (head != NULL)
		json_head(j, "head", m->sequence, head->sha256);
	else
		json_head(j, "head", 0, in->fingerprint);
	json_key_bool(j, "closed", m != NULL && m->closed);
	json_sha256(j, "next_key", m == NULL || !m->closed,
	    m != NULL ? m->next_key : in->genesis->next_key);
	json_key_str(j, "key_storage", m != NULL ? m->key_storage : in->genesis->key_storage);
	if (in->genesis == NULL)
		return;
	json_key(j, "remembered");
	if (!in->remembered) {
		json_null(j);
		return;
	}
	json_object(j);
	json_key_hex(j, "genesis", in->anchor.genesis, SHA256_SIZE);
	json_head(j, "head", in->anchor.sequence, in->anchor.manifest_sha256);
	json_object_end(j);
}

static void
json_files(struct json *j, const struct manifest *m)
{
	json_key(j, "files");
	json_array(j);
	for (size_t i = 0; i < m->file_count; i++) {
		json_object(j);
		json_key_str(j, "name", m->files[i].name);
		json_key_u64(j, "size", m->files[i].size);
		json_key_hex(j, "sha256", m->files[i].sha256, SHA256_SIZE);
		json_object_end(j);
	}
	json_array_end(j);
}

static void
json_segments(struct json *j, const struct info *in)
{
	json_key(j, "segments");
	json_array(j);
	for (size_t i = 0; i < in->count; i++) {
		const struct info_segment *s = &in->segments[i];
		const struct manifest *m = s->manifest;

		json_object(j);
		json_key_u64(j, "sequence", m->sequence);
		json_key_str(j, "manifest", s->path);
		json_key_hex(j, "manifest_sha256", s->sha256, SHA256_SIZE);
		if (in->genesis != NULL)
			json_key_bool(j, "linked", s->linked);
		json_key_u64(j, "flows", m->rows);
		info_json_time(j, "opened", true, m->opened.nanos);
		info_json_time(j, "sealed", true, m->sealed.nanos);
		json_key_str(j, "clock", m->sealed.clock);
		info_json_time(j, "first", m->flows_span.has_from, m->flows_span.from);
		info_json_time(j, "last", m->flows_span.has_to, m->flows_span.to);
		json_key_bool(j, "interrupted", m->interrupted);
		json_key_str(j, "software", m->software.version);
		json_files(j, m);
		json_object_end(j);
	}
	json_array_end(j);
}

static void
json_inputs(struct json *j, const struct info *in)
{
	json_key(j, "inputs");
	json_array(j);
	for (size_t i = 0; i < in->count; i++) {
		const struct manifest *m = in->segments[i].manifest;

		for (size_t k = 0; k < m->input_count && in->segments[i].ends_run; k++) {
			const struct manifest_input *input = &m->inputs[k];

			json_object(j);
			json_key_u64(j, "segment", m->sequence);
			json_key_str(j, "name", input->name);
			json_key_str(j, "format", input->format);
			json_key_u64(j, "size", input->size);
			json_sha256(j, "sha256", input->hashed, input->sha256);
			json_key_u64(j, "packets", input->packets);
			json_object_end(j);
		}
	}
	json_array_end(j);
}

static void
json_tally(struct json *j, const char *key, uint64_t read, uint64_t metered,
    const struct info_named *rejected, size_t count, bool bytes)
{
	json_key(j, key);
	json_object(j);
	json_key_u64(j, "read", read);
	json_key_u64(j, "metered", metered);
	json_key(j, "rejected");
	json_object(j);
	for (size_t i = 0; i < count; i++)
		json_key_u64(j, rejected[i].name, bytes ? rejected[i].wire_bytes : rejected[i].packets);
	json_object_end(j);
	json_object_end(j);
}

static void
json_sums(struct json *j, const struct info *in)
{
	struct info_named names[INFO_NAMES_MAX];
	struct info_sums sums;
	size_t count = info_rejected(in, names);

	info_sum(in, &sums);
	info_json_time(j, "first", sums.span.has_from, sums.span.from);
	info_json_time(j, "last", sums.span.has_to, sums.span.to);
	json_tally(j, "packets", sums.read_packets, sums.metered_packets, names, count, false);
	json_tally(j, "wire_bytes", sums.read_bytes, sums.metered_bytes, names, count, true);
	json_key(j, "ip_bytes");
	json_object(j);
	json_key_u64(j, "metered", sums.ip_bytes);
	json_object_end(j);
	json_key(j, "flows");
	json_object(j);
	json_key_u64(j, "carried_in", sums.flows.carried_in);
	json_key_u64(j, "started", sums.flows.metered);
	json_key_u64(j, "emitted", sums.flows.emitted);
	json_key_u64(j, "carried_out", sums.flows.carried_out);
	json_object_end(j);
	json_key(j, "losses");
	json_object(j);
	count = info_losses(in, names);
	for (size_t i = 0; i < count; i++)
		json_key_u64(j, names[i].name, names[i].packets);
	json_object_end(j);
	json_key_u64(j, "disk_bytes", sums.disk);
	json_key_u64(j, "segments_missing", sums.missing);
	json_key_u64(j, "manifests_unread", in->unread);
}

static void
json_findings(struct json *j, const struct info *in)
{
	json_key(j, "findings");
	json_array(j);
	for (size_t i = 0; i < in->count; i++) {
		const struct manifest *m = in->segments[i].manifest;

		for (size_t k = 0; k < m->finding_count; k++) {
			if (info_finding_repeated(in, i, &m->findings[k]))
				continue;
			json_object(j);
			json_key_u64(j, "segment", m->sequence);
			json_key_str(j, "code", m->findings[k].code);
			json_key_str(j, "file", m->findings[k].file);
			json_key(j, "offset");
			if (m->findings[k].at_offset)
				json_u64(j, m->findings[k].offset);
			else
				json_null(j);
			json_key_str(j, "text", m->findings[k].text);
			json_object_end(j);
		}
	}
	json_array_end(j);
}

void
info_write_json(const struct info *in, struct buf *out)
{
	struct json j;

	json_init(&j, out);
	json_object(&j);
	json_key_str(&j, "type", in->genesis != NULL ? "archive" : "manifest");
	json_key_bool(&j, "verified", false);
	json_key_str(&j, "path", in->path);
	json_key_str(&j, "archive", in->genesis != NULL ? in->genesis->archive :
	    in->segments[0].manifest->archive);
	if (in->genesis != NULL)
		json_genesis(&j, in);
	json_state(&j, in);
	json_sums(&j, in);
	json_segments(&j, in);
	json_inputs(&j, in);
	json_findings(&j, in);
	json_object_end(&j);
	buf_u8(out, '\n');
}
