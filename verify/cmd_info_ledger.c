/* SPDX-License-Identifier: BSD-2-Clause */
/* The ledgers of collected segments: each, and their sum. */
#include "verify/cmd_info_ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"

static const char suffix[] = "exporters.json";

/* The manifest's own directory has it. */
static enum status
path_of(const struct info *in, size_t segment, const struct manifest_file *file,
    char out[FILE_PATH_MAX], struct fault *f)
{
	char manifest[FILE_PATH_MAX], directory[FILE_PATH_MAX];
	enum status st = STATUS_OK;

	if (in->genesis != NULL)
		st = file_join(manifest, in->path, in->segments[segment].path, f);
	else
		snprintf(manifest, sizeof manifest, "%s", in->path);
	file_parent(directory, manifest);
	return st == STATUS_OK ? file_join(out, directory, file->name, f) : st;
}

static enum status
read_file(const char *path, const struct manifest_file *file, struct exporters_file *out,
    struct fault *f)
{
	uint8_t sha256[SHA256_SIZE];
	struct buf text;
	enum status st;

	buf_init(&text, EXPORTERS_FILE_SIZE_MAX + 1);
	st = file_slurp(path, EXPORTERS_FILE_SIZE_MAX, &text, f);
	if (st == STATUS_OK)
		st = sha256_of(text.data, text.len, sha256, f);
	if (st == STATUS_OK && memcmp(sha256, file->sha256, sizeof sha256) != 0)
		st = fault_set(f, STATUS_DIFFERS, path, "differs from what the manifest lists");
	if (st == STATUS_OK)
		st = exporters_file_parse(text.data, text.len, path, out, f);
	buf_free(&text);
	return st;
}

enum status
info_ledger_read(const struct info *in, size_t segment, struct exporters_file *out, struct fault *f)
{
	const struct manifest_file *file = manifest_file_by_suffix(info_at(in, segment), suffix);
	char path[FILE_PATH_MAX];
	enum status st;

	*out = (struct exporters_file){ .count = 0 };
	if (file == NULL)
		return STATUS_ABSENT;
	st = path_of(in, segment, file, path, f);
	return st == STATUS_OK ? read_file(path, file, out, f) : st;
}

void
info_ledger_sum(const struct info *in, struct info_ledger *out)
{
	*out = (struct info_ledger){ .sum.seed = (uint64_t)clock_monotonic_nanos() };
	for (size_t i = 0; i < in->count; i++) {
		struct exporters_file file;
		struct fault f = { 0 };
		enum status st = info_ledger_read(in, i, &file, &f);

		if (st == STATUS_OK)
			st = exporters_file_add(&out->sum, &file, &f);
		exporters_file_free(&file);
		if (st == STATUS_OK) {
			out->read++;
		} else if (st != STATUS_ABSENT && out->unread++ == 0) {
			out->why = f;
		}
	}
}

/* Text. */

static void
put_endpoint(struct buf *out, const struct exporters_entry *e)
{
	if (e->address[0] == '\0')
		buf_str(out, "others");
	else if (strchr(e->address, ':') != NULL)
		buf_printf(out, "[%s]:%u", e->address, e->port);
	else
		buf_printf(out, "%s:%u", e->address, e->port);
	if (e->transport[0] != '\0' && strcmp(e->transport, "udp") != 0)
		buf_printf(out, " over %s", e->transport);
	if (e->protocol[0] != '\0')
		buf_printf(out, ", %s, domain %" PRIu32, e->protocol, e->domain);
	if (e->agent[0] != '\0')
		buf_printf(out, ", agent %s", e->agent);
}

/* The unit that a sequence counts in. */
static const char *
unit_of(const struct exporters_entry *e)
{
	if (strcmp(e->protocol, "netflow9") == 0 || strcmp(e->protocol, "sflow") == 0)
		return "datagrams";
	return strcmp(e->protocol, "ipfix") == 0 ? "records" : "flows";
}

static void
put_gaps(struct buf *out, const struct exporters_entry *e, const char *indent)
{
	char from[TEXT_TIME_MAX] = "?", to[TEXT_TIME_MAX] = "?";
	uint64_t missed = e->counts[EXPORTERS_MISSED], filled = e->counts[EXPORTERS_FILLED];

	if (e->has_missed) {
		text_time_nanos(from, e->missed_from);
		text_time_nanos(to, e->missed_to);
	}
	if (e->counts[EXPORTERS_GAPS] > 0)
		buf_printf(out, "%s  %s %" PRIu64 " %s in %" PRIu64 " gaps, between %s and %s\n", indent,
		    missed > filled ? "MISSED" : "missed", missed, unit_of(e), e->counts[EXPORTERS_GAPS], from, to);
	if (filled > 0)
		buf_printf(out, "%s  %" PRIu64 " of these, or of gaps before, came late after all\n", indent, filled);
}

static void
put_names(struct buf *out, const struct exporters_names *n, const char *title, const char *indent)
{
	const char *separator = " ";
	bool any = false;

	for (size_t i = 0; i < n->count; i++)
		any |= n->list[i].value > 0;
	if (!any)
		return;
	buf_printf(out, "%s  %s:", indent, title);
	for (size_t i = 0; i < n->count; i++) {
		if (n->list[i].value == 0)
			continue;
		buf_printf(out, "%s%s %" PRIu64, separator, n->list[i].name, n->list[i].value);
		separator = ", ";
	}
	buf_u8(out, '\n');
}

/* Nanoseconds as seconds, with a sign. */
static void
put_seconds(struct buf *out, int64_t nanos)
{
	uint64_t v = nanos < 0 ? -(uint64_t)nanos : (uint64_t)nanos;

	buf_printf(out, "%s%" PRIu64 ".%03" PRIu64 " s", nanos < 0 ? "-" : "", v / 1000000000,
	    v % 1000000000 / 1000000);
}

static void
put_waiting(struct buf *out, const struct exporters_entry *e, const char *indent)
{
	for (size_t i = 0; i < e->waiting_count; i++) {
		const struct exporters_waiting *w = &e->waiting[i];
		char since[TEXT_TIME_MAX];

		text_time_nanos(since, w->since);
		buf_printf(out, "%s  WAITING for ", indent);
		if (w->id != 0)
			buf_printf(out, "template %u", w->id);
		else
			buf_str(out, "other templates");
		buf_printf(out, ": %" PRIu64 " sets, the first of %s\n", w->sets, since);
	}
}

static void
put_entry(struct buf *out, const struct exporters_entry *e, const char *indent)
{
	static const struct {
		enum exporters_count count;
		const char *text;
	} more[] = {
		{ EXPORTERS_LATE, "messages came out of order" },
		{ EXPORTERS_DUPLICATES, "messages came twice" },
		{ EXPORTERS_RESTARTS, "restarts, by which nobody knows what was lost" },
		{ EXPORTERS_UNCOUNTED, "records that could not be decoded, told by the sequence" },
		{ EXPORTERS_LATE_RECORDS, "records waited for their template" },
	};

	buf_str(out, indent);
	put_endpoint(out, e);
	buf_printf(out, ": %" PRIu64 " messages, %" PRIu64 " records", e->counts[EXPORTERS_MESSAGES],
	    e->counts[EXPORTERS_RECORDS]);
	if (e->counts[EXPORTERS_OPTION_RECORDS] + e->counts[EXPORTERS_TEMPLATES] > 0)
		buf_printf(out, ", %" PRIu64 " of options, %" PRIu64 " templates",
		    e->counts[EXPORTERS_OPTION_RECORDS], e->counts[EXPORTERS_TEMPLATES]);
	buf_u8(out, '\n');
	put_gaps(out, e, indent);
	for (size_t i = 0; i < sizeof more / sizeof *more; i++)
		if (e->counts[more[i].count] > 0)
			buf_printf(out, "%s  %" PRIu64 " %s\n", indent, e->counts[more[i].count], more[i].text);
	put_waiting(out, e, indent);
	put_names(out, &e->malformed, "malformed", indent);
	put_names(out, &e->samples, "samples", indent);
	if (!e->clocked)
		return;
	buf_printf(out, "%s  received ", indent);
	put_seconds(out, e->offset_least);
	buf_str(out, " to ");
	put_seconds(out, e->offset_most);
	buf_str(out, " after the exporter's clock\n");
}

void
info_ledger_text(const struct exporters_file *file, const char *indent, struct buf *out)
{
	for (size_t i = 0; i < file->count; i++) {
		put_entry(out, &file->entries[i], indent);
		info_drain(out);
	}
}

/* JSON. */

static void
json_text_or_null(struct jsonw *j, const char *key, const char *text)
{
	jsonw_key_str(j, key, text[0] == '\0' ? NULL : text);
}

static void
json_names(struct jsonw *j, const char *key, const struct exporters_names *n)
{
	jsonw_key(j, key);
	jsonw_object(j);
	for (size_t i = 0; i < n->count; i++)
		jsonw_key_u64(j, n->list[i].name, n->list[i].value);
	jsonw_object_end(j);
}

static void
json_waiting(struct jsonw *j, const struct exporters_entry *e)
{
	jsonw_key(j, "waiting");
	jsonw_array(j);
	for (size_t i = 0; i < e->waiting_count; i++) {
		jsonw_object(j);
		jsonw_key_u64_if(j, "template", e->waiting[i].id != 0, e->waiting[i].id);
		jsonw_key_u64(j, "sets", e->waiting[i].sets);
		jsonw_key_time_if(j, "since", true, e->waiting[i].since);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}

static void
json_entry(struct jsonw *j, const struct exporters_entry *e)
{
	bool known = e->address[0] != '\0';

	jsonw_object(j);
	json_text_or_null(j, "address", e->address);
	jsonw_key_u64_if(j, "port", known, e->port);
	json_text_or_null(j, "transport", e->transport);
	json_text_or_null(j, "protocol", e->protocol);
	jsonw_key_u64_if(j, "domain", known, e->domain);
	if (e->agent[0] != '\0')
		jsonw_key_str(j, "agent", e->agent);
	for (int i = 0; i < EXPORTERS_COUNTS; i++)
		jsonw_key_u64(j, exporters_count_name((enum exporters_count)i), e->counts[i]);
	json_names(j, "malformed", &e->malformed);
	if (e->samples.count > 0)
		json_names(j, "samples", &e->samples);
	if (e->waiting_count > 0)
		json_waiting(j, e);
	jsonw_key_time_if(j, "missed_from", e->has_missed, e->missed_from);
	jsonw_key_time_if(j, "missed_to", e->has_missed, e->missed_to);
	jsonw_key_decimal_if(j, "clock_offset_least", e->clocked, e->offset_least);
	jsonw_key_decimal_if(j, "clock_offset_most", e->clocked, e->offset_most);
	jsonw_object_end(j);
}

void
info_ledger_json(struct jsonw *j, const struct exporters_file *file)
{
	jsonw_key(j, "exporters");
	jsonw_array(j);
	for (size_t i = 0; i < file->count; i++) {
		json_entry(j, &file->entries[i]);
		info_drain(j->out);
	}
	jsonw_array_end(j);
}
