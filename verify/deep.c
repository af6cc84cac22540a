/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/deep.h"

#include <string.h>
#include <unistd.h>

#include "archive/parquet_reader.h"
#include "base/file.h"

enum { DEEP_ROWS = 8192 }; /* decoded at a time */

struct input {
	int fd;
	const char *place;
};

static enum status
read_at(void *ctx, void *data, size_t len, uint64_t offset, struct fault *f)
{
	const struct input *in = ctx;

	return file_read_at(in->fd, data, len, offset, in->place, f);
}

/* Wraps around as the writer's own counters would: a sum that overflows never agrees by luck. */
static uint64_t
sum_of(const struct table *t, enum column_id id)
{
	uint64_t sum = 0;

	for (size_t row = 0; row < t->rows; row++)
		sum += (uint64_t)table_int(t, id, row);
	return sum;
}

static enum status
add_group(struct parquet_reader *r, size_t group, const struct column_set *wanted,
    struct table *t, struct deep_sums *sums, struct fault *f)
{
	uint64_t row = 0;
	enum status rc;

	while ((rc = parquet_reader_read(r, group, &row, wanted, t, f)) == STATUS_OK) {
		sums->rows += t->rows;
		sums->packets += sum_of(t, COLUMN_PACKETS) + sum_of(t, COLUMN_REV_PACKETS);
		sums->ip_bytes += sum_of(t, COLUMN_BYTES) + sum_of(t, COLUMN_REV_BYTES);
	}
	return rc == STATUS_END ? STATUS_OK : rc;
}

static enum status
add_all(struct parquet_reader *r, struct deep_sums *sums, struct fault *f)
{
	struct column_set wanted = { .words = { 0 } };
	struct table *t = NULL;
	enum status rc;

	column_set_add(&wanted, COLUMN_PACKETS);
	column_set_add(&wanted, COLUMN_BYTES);
	column_set_add(&wanted, COLUMN_REV_PACKETS);
	column_set_add(&wanted, COLUMN_REV_BYTES);
	rc = table_open(DEEP_ROWS, &t, f);
	for (size_t g = 0; rc == STATUS_OK && g < parquet_reader_groups(r); g++)
		rc = add_group(r, g, &wanted, t, sums, f);
	table_free(t);
	return rc;
}

static void
compare(const char *path, const char *what, uint64_t table, uint64_t manifest,
    struct findings *out)
{
	if (table != manifest)
		findings_add(out, FINDING_COUNTS, path,
		    "the table has %llu %s, the manifest says %llu", (unsigned long long)table,
		    what, (unsigned long long)manifest);
}

static void
tell_fault(const char *path, const struct fault *f, struct findings *out)
{
	bool broken = f->status == STATUS_MALFORMED || f->status == STATUS_TRUNCATED;

	findings_add(out, broken ? FINDING_SCHEMA : FINDING_IO, path, "cannot decode the table: %s",
	    f->text[0] != '\0' ? f->text : status_text(f->status));
}

void
deep_check(const char *archive, const char *path, const struct deep_sums *want,
    struct findings *out)
{
	char place[FILE_PATH_MAX];
	struct input in = { .place = place };
	struct parquet_input source = { .read_at = read_at, .ctx = &in, .name = path };
	struct parquet_reader *r = NULL;
	struct deep_sums sums = { .rows = 0 };
	struct fault f = { .status = STATUS_OK };
	struct stat st;
	enum status rc;

	if (file_join(place, archive, path, &f) != STATUS_OK ||
	    file_open_regular(place, &in.fd, &st, &f) != STATUS_OK) {
		tell_fault(path, &f, out);
		return;
	}
	source.size = (uint64_t)st.st_size;
	rc = parquet_reader_open(&source, &r, &f);
	if (rc == STATUS_OK)
		rc = add_all(r, &sums, &f);
	parquet_reader_free(r);
	close(in.fd);
	if (rc != STATUS_OK) {
		tell_fault(path, &f, out);
		return;
	}
	compare(path, "rows", sums.rows, want->rows, out);
	compare(path, "flows", sums.rows, want->flows, out);
	compare(path, "packets", sums.packets, want->packets, out);
	compare(path, "IP bytes", sums.ip_bytes, want->ip_bytes, out);
}
