/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/cmd_info_ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const char *
escaped(char out[256], const char *text)
{
	text_escape(out, 256, text, strlen(text));
	return out;
}

static void
text_head(const struct info *in, struct buf *out)
{
	const struct info_segment *head = info_head(in);
	const uint8_t *sha256 = head != NULL ? head->sha256 : in->fingerprint;
	uint64_t sequence = head != NULL ? head->sequence : 0;
	char hex[SHA256_HEX];

	text_hex(hex, sha256, SHA256_SIZE);
	info_line(out, "Head", "%" PRIu64 ":%s", sequence, hex);
	if (!in->remembered)
		return;
	text_hex(hex, in->anchor.manifest_sha256, SHA256_SIZE);
	info_line(out, "Remembered", "%" PRIu64 ":%s%s", in->anchor.sequence, hex,
	    memcmp(in->anchor.genesis, in->fingerprint, SHA256_SIZE) != 0 ? ", of ANOTHER genesis" :
	    in->anchor.sequence == sequence &&
	    memcmp(in->anchor.manifest_sha256, sha256, SHA256_SIZE) == 0 ? ", this head" :
	    ", ANOTHER head");
}

static void
text_keys(const struct info *in, struct buf *out)
{
	const struct info_segment *head = info_head(in);
	const struct manifest *m = head != NULL ? info_at(in, in->count - 1) : NULL;

	if (m != NULL && m->closed)
		info_line(out, "Closed", "yes: nothing can follow manifest %" PRIu64, m->sequence);
	else
		info_hex(out, "Next key", m != NULL ? m->next_key : in->genesis->next_key, KEY_SIZE);
	info_text(out, "Key storage", m != NULL ? m->key_storage : in->genesis->key_storage);
}

static void
text_genesis(const struct info *in, struct buf *out)
{
	const struct genesis *g = in->genesis;

	info_text(out, "Archive", in->path);
	info_text(out, "Archive id", g->archive);
	info_hex(out, "Genesis", in->fingerprint, SHA256_SIZE);
	info_time(out, "Created", true, g->created.nanos);
	if (g->is_continuation)
		info_line(out, "Continues", "archive %s after manifest %" PRIu64, g->continues.archive,
		    g->continues.sequence);
}

static void
text_named(struct buf *out, const char *title, const struct info_named *names, size_t count,
    bool bytes)
{
	char name[256];

	for (size_t i = 0; i < count; i++) {
		if (names[i].packets == 0 && names[i].wire_bytes == 0)
			continue;
		if (bytes)
			info_line(out, title, "%s: %" PRIu64 " packets, %" PRIu64 " wire bytes",
			    escaped(name, names[i].name), names[i].packets, names[i].wire_bytes);
		else
			info_line(out, title, "%s: %" PRIu64, escaped(name, names[i].name), names[i].packets);
		title = "";
	}
}

static void
text_sums(const struct info *in, struct buf *out)
{
	struct info_named names[INFO_NAMES_MAX];
	struct info_sums sums;
	size_t count = info_rejected(in, names);

	info_sum(in, &sums);
	info_line(out, "Segments", "%zu", in->count);
	if (sums.missing > 0)
		info_line(out, "", "%" PRIu64 " of the sequence MISSING", sums.missing);
	if (sums.unlinked > sums.missing)
		info_line(out, "", "%" PRIu64 " do NOT name the one before them", sums.unlinked);
	if (in->unread > 0)
		info_line(out, "", "%" PRIu64 " manifests could NOT be read", in->unread);
	info_time(out, "First flow", sums.span.has_from, sums.span.from);
	info_time(out, "Last flow", sums.span.has_to, sums.span.to);
	info_line(out, "Flows", "%" PRIu64, sums.rows);
	info_line(out, "Packets read", "%" PRIu64 ", %" PRIu64 " wire bytes", sums.read_packets,
	    sums.read_bytes);
	info_line(out, "Packets metered", "%" PRIu64 ", %" PRIu64 " wire bytes, %" PRIu64 " IP bytes",
	    sums.metered_packets, sums.metered_bytes, sums.ip_bytes);
	text_named(out, "Packets rejected", names, count, true);
	count = info_losses(in, names);
	text_named(out, "Losses, anomalies", names, count, false);
	info_line(out, "Flow identity", "%" PRIu64 " carried in + %" PRIu64 " started = %" PRIu64
	    " emitted + %" PRIu64 " carried out", sums.flows.carried_in, sums.flows.metered,
	    sums.flows.emitted, sums.flows.carried_out);
	info_line(out, "Size on disk", "%" PRIu64 " bytes", sums.disk);
}

static void
text_input(const struct manifest_input *input, struct buf *out)
{
	char name[256], hex[SHA256_HEX] = "not hashed";

	if (input->hashed)
		text_hex(hex, input->sha256, SHA256_SIZE);
	buf_printf(out, "  %s  %12" PRIu64 "  %s", hex, input->size, escaped(name, input->name));
	if (input->capture)
		buf_printf(out, " (%s, %" PRIu64 " packets)\n", input->format != NULL ? input->format : "?",
		    input->packets);
	else
		buf_printf(out, " (%s)\n", input->format != NULL ? input->format : "no capture");
}

static void
text_lists(const struct info *in, struct buf *out)
{
	struct info_sums sums;
	char text[256], file[256];

	info_sum(in, &sums);
	if (sums.inputs > 0)
		buf_str(out, "Inputs\n");
	for (size_t i = 0; i < in->count; i++)
		for (size_t k = 0; in->segments[i].ends_run &&
		    k < info_at(in, i)->input_count; k++)
			text_input(&info_at(in, i)->inputs[k], out);
	if (sums.findings > 0)
		buf_str(out, "Findings\n");
	for (size_t i = 0; i < in->count; i++) {
		const struct manifest *m = info_at(in, i);

		for (size_t k = 0; k < m->finding_count; k++) {
			const struct manifest_finding *f = &m->findings[k];

			if (info_finding_repeated(in, i, f))
				continue;
			buf_printf(out, "  segment %" PRIu64 ": %s", m->sequence, f->code);
			if (f->file != NULL)
				buf_printf(out, " %s", escaped(file, f->file));
			if (f->at_offset)
				buf_printf(out, " offset %" PRIu64, f->offset);
			buf_printf(out, ": %s\n", escaped(text, f->text));
		}
	}
}

/* Those of a collector alone have a ledger. */
static void
text_ledger(const struct info_ledger *l, struct buf *out)
{
	char why[256];

	if (l->read > 0)
		buf_printf(out, "Exporters\n");
	info_ledger_text(&l->sum, "  ", out);
	if (l->unread > 0)
		buf_printf(out, "  %zu ledgers could NOT be read: %s: %s\n", l->unread,
		    escaped(why, l->why.file), l->why.text);
}

static void
text_segment_ledger(const struct info *in, size_t i, struct buf *out)
{
	struct exporters_file file;
	struct fault f = { 0 };

	if (info_ledger_read(in, i, &file, &f) == STATUS_OK)
		info_ledger_text(&file, "  ", out);
	exporters_file_free(&file);
}

static void
text_segment(const struct info_segment *s, const struct manifest *m, struct buf *out)
{
	char hex[SHA256_HEX], text[256], sealed[TEXT_TIME_MAX];

	text_hex(hex, s->sha256, SHA256_SIZE);
	text_time_nanos(sealed, m->sealed.nanos);
	buf_printf(out, "Segment %" PRIu64 ": %s\n", m->sequence, escaped(text, s->path));
	buf_printf(out, "  manifest sha256   %s\n", hex);
	buf_printf(out, "  sealed            %s, clock %s%s\n", sealed, escaped(text, m->sealed.clock),
	    m->interrupted ? ", interrupted" : "");
	buf_printf(out, "  flows             %" PRIu64 ", packets read %" PRIu64 ", metered %" PRIu64
	    "\n", m->rows, m->read.packets, m->metered.packets);
	for (size_t i = 0; i < m->file_count; i++) {
		text_hex(hex, m->files[i].sha256, SHA256_SIZE);
		buf_printf(out, "  %s  %12" PRIu64 "  %s\n", hex, m->files[i].size,
		    escaped(text, m->files[i].name));
	}
	for (size_t i = 0; i < m->option_count; i++) {
		buf_printf(out, "  option            %s", escaped(text, m->options[i].name));
		if (m->options[i].value != NULL)
			buf_printf(out, " = %s", escaped(text, m->options[i].value));
		buf_u8(out, '\n');
	}
}

/* What recovery did, of all segments: nobody shall have to ask for it. */
static void
text_recovery(const struct manifest *m, struct buf *out)
{
	char from[TEXT_TIME_MAX], to[TEXT_TIME_MAX], text[1024];

	for (size_t i = 0; i < m->recovery_count; i++) {
		const struct manifest_recovery *r = &m->recovery[i];

		buf_printf(out, "Segment %" PRIu64 " declares ", m->sequence);
		buf_printf(out, "%s: ", escaped(text, r->action));
		buf_printf(out, "%s\n", escaped(text, r->text));
		if (r->span.has_from && r->span.has_to) {
			text_time_nanos(from, r->span.from);
			text_time_nanos(to, r->span.to);
			buf_printf(out, "  between %s and %s something may be missing\n", from, to);
		}
		for (size_t k = 0; k < r->file_count; k++)
			buf_printf(out, "  quarantine/%s, %" PRIu64 " bytes\n", escaped(text, r->files[k].name),
			    r->files[k].size);
	}
}

void
info_write_text(const struct info *in, bool verbose, const struct info_ledger *ledger,
    struct buf *out)
{
	const struct info_segment *head = info_head(in);
	char version[256], build[256];

	if (in->genesis != NULL)
		text_genesis(in, out);
	else
		info_text(out, "Archive id", info_at(in, 0)->archive);
	text_head(in, out);
	text_keys(in, out);
	text_sums(in, out);
	if (head != NULL)
		info_line(out, "Written by", "%s (%s)", escaped(version, info_at(in, in->count - 1)->software.version),
		    escaped(build, info_at(in, in->count - 1)->software.build));
	text_lists(in, out);
	text_ledger(ledger, out);
	for (size_t i = 0; verbose && i < in->count; i++) {
		text_segment(&in->segments[i], info_at(in, i), out);
		text_segment_ledger(in, i, out);
		info_drain(out);
	}
	for (size_t i = 0; i < in->count; i++) {
		text_recovery(info_at(in, i), out);
		info_drain(out);
	}
	buf_str(out, "Nothing of this was verified: nfseal verify does that.\n");
}
