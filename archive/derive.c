/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/derive.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "archive/flowlog.h"
#include "archive/journal.h"
#include "archive/parquet_writer.h"

struct deriving {
	struct parquet_writer *parquet;
	struct declare_table *table;
};

static enum status
take(void *ctx, const struct table *t, struct fault *f)
{
	struct deriving *d = ctx;

	declare_rows(d->table, t);
	declare_metered(d->table, t);
	return parquet_writer_put(d->parquet, t, f);
}

static enum status
write_table(const struct derive_source *from, struct segment_file *file,
    struct declare_table *table, struct buf *ledger, struct fault *f)
{
	struct parquet_writer_options po = { .level = from->level, .build = from->build };
	struct deriving d = { .table = table };
	struct sink sink = segment_file_sink(file);
	enum status rc;

	if (RAND_bytes((unsigned char *)&po.seed, sizeof po.seed) != 1)
		return fault_set(f, STATUS_NO_MEMORY, NULL, "the library has no random numbers");
	rc = parquet_writer_open(&po, &sink, &d.parquet, f);
	if (rc == STATUS_OK && from->journal != NULL)
		rc = flowlog_read(from->journal, from->size, from->sha256, take, &d, f);
	if (rc == STATUS_OK && (from->kept.datagrams != NULL || from->kept.messages != NULL))
		rc = from->redecode(&from->kept, take, &d, ledger, f);
	if (rc == STATUS_OK)
		rc = parquet_writer_finish(d.parquet, f);
	parquet_writer_free(d.parquet);
	return rc == STATUS_OK ? segment_file_finish(file, f) : rc;
}

/* What a live writer or a recovery had begun is not vouched for. */
static enum status
remove_begun(const struct derive_source *from, const char *suffix, struct fault *f)
{
	char name[SEGMENT_NAME_MAX + 8];
	char path[FILE_PATH_MAX];
	enum status rc;

	(void)snprintf(name, sizeof name, "%s.%s.part", from->stem, suffix);
	rc = file_join(path, from->open_dir, name, f);
	return rc == STATUS_OK && file_exists(path) ? file_unlink(path, f) : rc;
}

enum status
derive_flows(const struct derive_source *from, struct segment_file *file,
    struct declare_table *table, struct buf *ledger, struct fault *f)
{
	enum status rc = remove_begun(from, "flows.parquet", f);

	if (rc == STATUS_OK)
		rc = segment_file_create(file, from->open_dir, from->stem, "flows.parquet", f);
	*table = (struct declare_table) { .rows = 0 };
	if (rc != STATUS_OK)
		return rc;
	rc = write_table(from, file, table, ledger, f);
	if (rc != STATUS_OK)
		segment_file_free(file);
	return rc;
}

enum status
derive_ledger(const struct derive_source *from, const struct buf *ledger,
    struct segment_file *file, struct fault *f)
{
	enum status rc = remove_begun(from, JOURNAL_LEDGER, f);
	struct sink sink;

	if (rc == STATUS_OK)
		rc = segment_file_create(file, from->open_dir, from->stem, JOURNAL_LEDGER, f);
	if (rc != STATUS_OK)
		return rc;
	sink = segment_file_sink(file);
	rc = sink_write(&sink, ledger->data, ledger->len, f);
	if (rc == STATUS_OK)
		rc = segment_file_finish(file, f);
	if (rc != STATUS_OK)
		segment_file_free(file);
	return rc;
}
