/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/cmd_info_ledger.h"

#include "archive/recovery_json.h"

/* The keys are a contract: nfseal-info(1), JSON. */

static void
json_head(struct jsonw *j, const char *key, uint64_t sequence, const uint8_t sha256[SHA256_SIZE])
{
	jsonw_key(j, key);
	jsonw_object(j);
	jsonw_key_u64(j, "sequence", sequence);
	jsonw_key_hex(j, "manifest_sha256", sha256, SHA256_SIZE);
	jsonw_object_end(j);
}

static void
json_genesis(struct jsonw *j, const struct info *in)
{
	const struct genesis *g = in->genesis;

	jsonw_key_hex(j, "genesis", in->fingerprint, SHA256_SIZE);
	jsonw_key_time_if(j, "created", true, g->created.nanos);
	jsonw_key_u64(j, "layout", g->layout);
	if (!g->is_continuation) {
		jsonw_key_null(j, "continues");
		return;
	}
	jsonw_key(j, "continues");
	jsonw_object(j);
	jsonw_key_str(j, "archive", g->continues.archive);
	jsonw_key_hex(j, "genesis", g->continues.genesis, SHA256_SIZE);
	json_head(j, "head", g->continues.sequence, g->continues.manifest_sha256);
	jsonw_object_end(j);
}

static void
json_state(struct jsonw *j, const struct info *in)
{
	const struct info_segment *head = info_head(in);
	const struct manifest *m = head != NULL ? info_at(in, in->count - 1) : NULL;

	if (head != NULL)
		json_head(j, "head", m->sequence, head->sha256);
	else
		json_head(j, "head", 0, in->fingerprint);
	jsonw_key_bool(j, "closed", m != NULL && m->closed);
	jsonw_key_hex_if(j, "next_key", m == NULL || !m->closed,
	    m != NULL ? m->next_key : in->genesis->next_key, KEY_SIZE);
	jsonw_key_str(j, "key_storage", m != NULL ? m->key_storage : in->genesis->key_storage);
	if (in->genesis == NULL)
		return;
	if (!in->remembered) {
		jsonw_key_null(j, "remembered");
		return;
	}
	jsonw_key(j, "remembered");
	jsonw_object(j);
	jsonw_key_hex(j, "genesis", in->anchor.genesis, SHA256_SIZE);
	json_head(j, "head", in->anchor.sequence, in->anchor.manifest_sha256);
	jsonw_object_end(j);
}

static void
json_files(struct jsonw *j, const struct manifest *m)
{
	jsonw_key(j, "files");
	jsonw_array(j);
	for (size_t i = 0; i < m->file_count; i++) {
		jsonw_object(j);
		jsonw_key_str(j, "name", m->files[i].name);
		jsonw_key_u64(j, "size", m->files[i].size);
		jsonw_key_hex(j, "sha256", m->files[i].sha256, SHA256_SIZE);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}

static void
json_recovery(struct jsonw *j, const struct manifest *m)
{
	jsonw_key(j, "recovery");
	jsonw_array(j);
	for (size_t i = 0; i < m->recovery_count; i++)
		recovery_json(&m->recovery[i], jsonw_key_time_if, j);
	jsonw_array_end(j);
}

static void
json_segment_ledger(struct jsonw *j, const struct info *in, size_t i)
{
	struct exporters_file file;
	struct fault f = { 0 };

	if (info_ledger_read(in, i, &file, &f) == STATUS_OK)
		info_ledger_json(j, &file);
	exporters_file_free(&file);
}

static void
json_segments(struct jsonw *j, const struct info *in, bool verbose)
{
	jsonw_key(j, "segments");
	jsonw_array(j);
	for (size_t i = 0; i < in->count; i++) {
		const struct info_segment *s = &in->segments[i];
		const struct manifest *m = info_at(in, i);

		jsonw_object(j);
		jsonw_key_u64(j, "sequence", m->sequence);
		jsonw_key_str(j, "manifest", s->path);
		jsonw_key_hex(j, "manifest_sha256", s->sha256, SHA256_SIZE);
		if (in->genesis != NULL)
			jsonw_key_bool(j, "linked", s->linked);
		jsonw_key_u64(j, "flows", m->rows);
		jsonw_key_time_if(j, "opened", true, m->opened.nanos);
		jsonw_key_time_if(j, "sealed", true, m->sealed.nanos);
		jsonw_key_str(j, "clock", m->sealed.clock);
		jsonw_key_time_if(j, "first", m->flows_span.has_from, m->flows_span.from);
		jsonw_key_time_if(j, "last", m->flows_span.has_to, m->flows_span.to);
		jsonw_key_bool(j, "interrupted", m->interrupted);
		jsonw_key_str(j, "software", m->software.version);
		json_files(j, m);
		json_recovery(j, m);
		if (verbose)
			json_segment_ledger(j, in, i);
		jsonw_object_end(j);
		info_drain(j->out);
	}
	jsonw_array_end(j);
}

static void
json_inputs(struct jsonw *j, const struct info *in)
{
	jsonw_key(j, "inputs");
	jsonw_array(j);
	for (size_t i = 0; i < in->count; i++) {
		const struct manifest *m = info_at(in, i);

		for (size_t k = 0; k < m->input_count && in->segments[i].ends_run; k++) {
			const struct manifest_input *input = &m->inputs[k];

			jsonw_object(j);
			jsonw_key_u64(j, "segment", m->sequence);
			jsonw_key_str(j, "name", input->name);
			jsonw_key_str(j, "format", input->format);
			jsonw_key_u64(j, "size", input->size);
			jsonw_key_hex_if(j, "sha256", input->hashed, input->sha256, SHA256_SIZE);
			jsonw_key_u64(j, "packets", input->packets);
			jsonw_object_end(j);
		}
	}
	jsonw_array_end(j);
}

static void
json_tally(struct jsonw *j, const char *key, uint64_t read, uint64_t metered,
    const struct info_named *rejected, size_t count, bool bytes)
{
	jsonw_key(j, key);
	jsonw_object(j);
	jsonw_key_u64(j, "read", read);
	jsonw_key_u64(j, "metered", metered);
	jsonw_key(j, "rejected");
	jsonw_object(j);
	for (size_t i = 0; i < count; i++)
		jsonw_key_u64(j, rejected[i].name, bytes ? rejected[i].wire_bytes : rejected[i].packets);
	jsonw_object_end(j);
	jsonw_object_end(j);
}

static void
json_sums(struct jsonw *j, const struct info *in)
{
	struct info_named names[INFO_NAMES_MAX];
	struct info_sums sums;
	size_t count = info_rejected(in, names);

	info_sum(in, &sums);
	jsonw_key_time_if(j, "first", sums.span.has_from, sums.span.from);
	jsonw_key_time_if(j, "last", sums.span.has_to, sums.span.to);
	json_tally(j, "packets", sums.read_packets, sums.metered_packets, names, count, false);
	json_tally(j, "wire_bytes", sums.read_bytes, sums.metered_bytes, names, count, true);
	jsonw_key(j, "ip_bytes");
	jsonw_object(j);
	jsonw_key_u64(j, "metered", sums.ip_bytes);
	jsonw_object_end(j);
	jsonw_key(j, "flows");
	jsonw_object(j);
	jsonw_key_u64(j, "carried_in", sums.flows.carried_in);
	jsonw_key_u64(j, "started", sums.flows.metered);
	jsonw_key_u64(j, "emitted", sums.flows.emitted);
	jsonw_key_u64(j, "carried_out", sums.flows.carried_out);
	jsonw_object_end(j);
	jsonw_key(j, "losses");
	jsonw_object(j);
	count = info_losses(in, names);
	for (size_t i = 0; i < count; i++)
		jsonw_key_u64(j, names[i].name, names[i].packets);
	jsonw_object_end(j);
	jsonw_key_u64(j, "disk_bytes", sums.disk);
	jsonw_key_u64(j, "segments_missing", sums.missing);
	jsonw_key_u64(j, "manifests_unread", in->unread);
}

static void
json_findings(struct jsonw *j, const struct info *in)
{
	jsonw_key(j, "findings");
	jsonw_array(j);
	for (size_t i = 0; i < in->count; i++) {
		const struct manifest *m = info_at(in, i);

		for (size_t k = 0; k < m->finding_count; k++) {
			if (info_finding_repeated(in, i, &m->findings[k]))
				continue;
			jsonw_object(j);
			jsonw_key_u64(j, "segment", m->sequence);
			jsonw_key_str(j, "code", m->findings[k].code);
			jsonw_key_str(j, "file", m->findings[k].file);
			jsonw_key_u64_if(j, "offset", m->findings[k].at_offset, m->findings[k].offset);
			jsonw_key_str(j, "text", m->findings[k].text);
			jsonw_object_end(j);
		}
	}
	jsonw_array_end(j);
}

void
info_write_json(const struct info *in, bool verbose, const struct info_ledger *ledger,
    struct buf *out)
{
	struct jsonw j;

	jsonw_init(&j, out);
	jsonw_object(&j);
	jsonw_key_str(&j, "type", in->genesis != NULL ? "archive" : "manifest");
	jsonw_key_bool(&j, "verified", false);
	jsonw_key_str(&j, "path", in->path);
	jsonw_key_str(&j, "archive", in->genesis != NULL ? in->genesis->archive :
	    info_at(in, 0)->archive);
	if (in->genesis != NULL)
		json_genesis(&j, in);
	json_state(&j, in);
	json_sums(&j, in);
	if (ledger->read > 0)
		info_ledger_json(&j, &ledger->sum);
	jsonw_key_u64(&j, "ledgers_unread", ledger->unread);
	json_segments(&j, in, verbose);
	json_inputs(&j, in);
	json_findings(&j, in);
	jsonw_object_end(&j);
	buf_u8(out, '\n');
}
