/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/cmd_info.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "archive/parquet_reader.h"
#include "base/file.h"
#include "base/log.h"
#include "flow/ipfix_file.h"

/* Files of flows that stand alone: Parquet and IPFIX. */

struct flow_file {
	const char *path;
	int fd;
	struct digest digest;
	uint64_t flows;
	uint64_t packets; /* both ways */
	uint64_t bytes;
	bool timed;
	int64_t first, last; /* microseconds */
};

static enum status
open_hashed(struct flow_file *file, struct fault *f)
{
	struct stat info;
	enum status st = file_open_regular(file->path, &file->fd, &info, f);

	if (st != STATUS_OK)
		file->fd = -1;
	if (st == STATUS_OK)
		st = digest_open(&file->digest, false, f);
	if (st == STATUS_OK)
		st = digest_read(&file->digest, file->fd, file->path, f);
	if (st == STATUS_OK && !file->digest.finished)
		st = digest_finish(&file->digest, f);
	return st;
}

static void
close_hashed(struct flow_file *file)
{
	if (file->fd >= 0)
		(void)close(file->fd);
	digest_free(&file->digest);
}

static enum status
read_at(void *ctx, void *data, size_t len, uint64_t offset, struct fault *f)
{
	const struct flow_file *file = ctx;

	return file_read_at(file->fd, data, len, offset, file->path, f);
}

static void
add_rows(struct flow_file *file, const struct table *t)
{
	for (size_t row = 0; row < t->rows; row++) {
		int64_t start = table_int(t, COLUMN_FLOW_START, row);
		int64_t end = table_int(t, COLUMN_FLOW_END, row);

		file->flows++;
		file->packets += (uint64_t)table_int(t, COLUMN_PACKETS, row) +
		    (uint64_t)table_int(t, COLUMN_REV_PACKETS, row);
		file->bytes += (uint64_t)table_int(t, COLUMN_BYTES, row) +
		    (uint64_t)table_int(t, COLUMN_REV_BYTES, row);
		if (!table_has(t, COLUMN_FLOW_START, row) || !table_has(t, COLUMN_FLOW_END, row))
			continue;
		if (!file->timed || start < file->first)
			file->first = start;
		if (!file->timed || end > file->last)
			file->last = end;
		file->timed = true;
	}
}

static void
micros_line(struct buf *out, const char *name, const struct flow_file *file, int64_t micros)
{
	char text[TEXT_TIME_MAX] = "unknown";

	if (file->timed)
		text_time_micros(text, micros);
	info_line(out, name, "%s", text);
}

static void
text_file(const struct flow_file *file, const char *format, struct buf *out)
{
	info_text(out, "File", file->path);
	info_line(out, "Format", "%s", format);
	info_line(out, "Size", "%" PRIu64 " bytes", file->digest.size);
	info_hex(out, "SHA-256", file->digest.sha256, SHA256_SIZE);
	info_line(out, "Flows", "%" PRIu64, file->flows);
	info_line(out, "Packets", "%" PRIu64, file->packets);
	info_line(out, "Bytes", "%" PRIu64, file->bytes);
	micros_line(out, "First flow", file, file->first);
	micros_line(out, "Last flow", file, file->last);
}

static void
json_micros(struct jsonw *j, const char *key, const struct flow_file *file, int64_t micros)
{
	char text[TEXT_TIME_MAX];

	if (file->timed)
		text_time_micros(text, micros);
	jsonw_key_str(j, key, file->timed ? text : NULL);
}

static void
json_file(struct jsonw *j, const struct flow_file *file, const char *type)
{
	jsonw_key_str(j, "type", type);
	jsonw_key_str(j, "path", file->path);
	jsonw_key_u64(j, "size", file->digest.size);
	jsonw_key_hex(j, "sha256", file->digest.sha256, SHA256_SIZE);
	jsonw_key_u64(j, "flows", file->flows);
	jsonw_key_u64(j, "packets", file->packets);
	jsonw_key_u64(j, "bytes", file->bytes);
	json_micros(j, "first", file, file->first);
	json_micros(j, "last", file, file->last);
}

static enum status
sum_parquet(struct flow_file *file, struct parquet_reader *r, struct fault *f)
{
	static const enum column_id ids[] = { COLUMN_FLOW_START, COLUMN_FLOW_END, COLUMN_PACKETS,
		COLUMN_BYTES, COLUMN_REV_PACKETS, COLUMN_REV_BYTES };
	struct column_set wanted = { 0 };
	struct table *t;
	enum status st = table_open(TABLE_ROWS, &t, f);

	if (st != STATUS_OK)
		return st;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		column_set_add(&wanted, ids[i]);
	for (size_t group = 0; group < parquet_reader_groups(r); group++) {
		uint64_t row = 0;

		while ((st = parquet_reader_read(r, group, &row, &wanted, t, f)) == STATUS_OK)
			add_rows(file, t);
		if (st != STATUS_END)
			break;
	}
	table_free(t);
	return st == STATUS_END ? STATUS_OK : st;
}

static void
print_parquet(const struct flow_file *file, const struct parquet_reader *r, bool json,
    struct buf *out)
{
	const char *build = parquet_reader_metadata(r, "nfseal.build");
	struct jsonw j;

	if (!json) {
		text_file(file, "parquet", out);
		info_line(out, "Row groups", "%zu", parquet_reader_groups(r));
		info_text(out, "Written by", build != NULL ? build : "unknown");
		return;
	}
	jsonw_init(&j, out);
	jsonw_object(&j);
	json_file(&j, file, "parquet");
	jsonw_key_u64(&j, "row_groups", parquet_reader_groups(r));
	jsonw_key_str(&j, "build", build);
	jsonw_object_end(&j);
	buf_u8(out, '\n');
}

int
info_parquet(const struct info_options *o)
{
	struct flow_file file = { .path = o->path, .fd = -1 };
	struct parquet_input input = { .read_at = read_at, .ctx = &file, .name = o->path };
	struct parquet_reader *r = NULL;
	struct fault fault = { 0 };
	struct buf out;
	enum status st = open_hashed(&file, &fault);
	int status;

	buf_init(&out, 0);
	input.size = file.digest.size;
	if (st == STATUS_OK)
		st = parquet_reader_open(&input, &r, &fault);
	if (st == STATUS_OK)
		st = sum_parquet(&file, r, &fault);
	if (st == STATUS_OK)
		print_parquet(&file, r, o->json, &out);
	status = st == STATUS_OK ? info_print(&out, 0) : log_exit(&fault);
	buf_free(&out);
	parquet_reader_free(r);
	close_hashed(&file);
	return status;
}

/* An IPFIX file is read behind its hash; the descriptor's place is where reading is. */
static enum status
read_next(void *ctx, void *data, size_t len, size_t *got, struct fault *f)
{
	const struct flow_file *file = ctx;

	return file_read(file->fd, data, len, got, file->path, f);
}

static enum status
sum_ipfix(struct flow_file *file, struct ipfix_file *ipfix, struct fault *f)
{
	struct table *t;
	enum status st = table_open(TABLE_ROWS, &t, f);

	if (st != STATUS_OK)
		return st;
	while ((st = ipfix_file_next(ipfix, t, f)) == STATUS_OK)
		add_rows(file, t);
	table_free(t);
	return st == STATUS_END ? STATUS_OK : st;
}

static void
text_ipfix(const struct flow_file *file, const struct decode_counters *c, struct buf *out)
{
	text_file(file, "ipfix", out);
	info_line(out, "Messages", "%" PRIu64, c->messages);
	info_line(out, "Templates", "%" PRIu64, c->templates);
	info_line(out, "Records", "%" PRIu64 " and %" PRIu64 " of options", c->records,
	    c->option_records);
	for (unsigned i = 0; i < MALFORMED_REASONS; i++)
		if (c->malformed[i] > 0)
			info_line(out, "Malformed", "%" PRIu64 " times: %s", c->malformed[i],
			    malformed_help((enum malformed)i));
}

static void
print_ipfix(const struct flow_file *file, const struct decode_counters *c, bool json,
    struct buf *out)
{
	struct jsonw j;

	if (!json) {
		text_ipfix(file, c, out);
		return;
	}
	jsonw_init(&j, out);
	jsonw_object(&j);
	json_file(&j, file, "ipfix");
	jsonw_key_u64(&j, "messages", c->messages);
	jsonw_key_u64(&j, "templates", c->templates);
	jsonw_key_u64(&j, "records", c->records);
	jsonw_key_u64(&j, "option_records", c->option_records);
	jsonw_key(&j, "malformed");
	jsonw_object(&j);
	for (unsigned i = 0; i < MALFORMED_REASONS; i++)
		jsonw_key_u64(&j, malformed_name((enum malformed)i), c->malformed[i]);
	jsonw_object_end(&j);
	jsonw_object_end(&j);
	buf_u8(out, '\n');
}

int
info_ipfix(const struct info_options *o)
{
	struct flow_file file = { .path = o->path, .fd = -1 };
	const struct ipfix_source source = { read_next, &file, o->path };
	struct ipfix_file *ipfix = NULL;
	struct fault fault = { 0 };
	struct buf out;
	enum status st = open_hashed(&file, &fault);
	int status;

	buf_init(&out, 0);
	if (st == STATUS_OK && lseek(file.fd, 0, SEEK_SET) != 0)
		st = fault_errno(&fault, o->path, "cannot go back to its beginning");
	if (st == STATUS_OK)
		st = ipfix_file_open(&source, &ipfix, &fault);
	if (st == STATUS_OK)
		st = sum_ipfix(&file, ipfix, &fault);
	if (ipfix != NULL && (st == STATUS_OK || ((st == STATUS_TRUNCATED || st == STATUS_MALFORMED) &&
	    file.flows > 0))) {
		const struct decode_counters *c = ipfix_file_counters(ipfix);

		print_ipfix(&file, c, o->json, &out);
		if (st != STATUS_OK)
			log_fault(&fault);
		status = info_print(&out, st != STATUS_OK || decode_lost(c) > 0 ? 3 : 0);
	} else {
		status = log_exit(&fault);
	}
	buf_free(&out);
	ipfix_file_free(ipfix);
	close_hashed(&file);
	return status;
}
