/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows that the datagrams of their segment give again. */
#include "archive/live_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/writer.h"
#include "base/file.h"
#include "unit.h"

#define STEM_TIME INT64_C(1795330800000000000) /* 2026-11-22T07:00:00Z */

struct place {
	char dir[64];
	char archive[96];
	char state[96];
};

static int
set_up(void **state)
{
	struct place *p = calloc(1, sizeof *p);

	snprintf(p->dir, sizeof p->dir, "kept-XXXXXX");
	if (mkdtemp(p->dir) == NULL)
		return -1;
	snprintf(p->archive, sizeof p->archive, "%s/case", p->dir);
	snprintf(p->state, sizeof p->state, "%s/state", p->dir);
	*state = p;
	return 0;
}

static int
tear_down(void **state)
{
	struct place *p = *state;
	char command[128];
	int rc;

	snprintf(command, sizeof command, "rm -rf %s", p->dir);
	rc = system(command);
	free(p);
	return rc;
}

static int64_t
fixed_now(void)
{
	return INT64_C(1795500000000000000);
}

static struct writer_options
options_of(const struct place *p)
{
	return (struct writer_options) { .archive = p->archive, .state = p->state, .layout = 1,
		.now = fixed_now, .version = "0.0", .build = "test" };
}

static struct manifest *
manifest_of(const struct place *p, const struct receipt *r)
{
	char path[FILE_PATH_MAX];
	struct buf text = { 0 };
	struct manifest *m = NULL;

	assert_int_equal(file_join(path, p->archive, r->manifest, NULL), STATUS_OK);
	assert_int_equal(file_slurp(path, MANIFEST_SIZE_MAX, &text, NULL), STATUS_OK);
	assert_int_equal(manifest_parse(text.data, text.len, path, &m, NULL, NULL), STATUS_OK);
	buf_free(&text);
	return m;
}

static struct writer *
open_writer(const struct place *p)
{
	const struct writer_options o = options_of(p);
	struct writer *w;

	assert_int_equal(writer_open(&o, NULL, NULL, &w, NULL), STATUS_OK);
	return w;
}

/* So many rows, as a collector's decoder gives them. */
static struct table *
collected(size_t rows, size_t from)
{
	struct table *t = NULL;

	assert_int_equal(table_open(rows, &t, NULL), STATUS_OK);
	for (size_t i = 0; i < rows; i++) {
		size_t row = table_add_row(t);

		table_set_i64(t, COLUMN_FLOW_START, row, (int64_t)(from + i) / 7);
		table_set_i64(t, COLUMN_PACKETS, row, 2);
		table_set_i64(t, COLUMN_BYTES, row, 99);
		table_set_i64(t, COLUMN_DATAGRAM, row, 1 + (int64_t)(from + i) / 20);
	}
	return t;
}

static struct segment_facts
collected_facts(size_t rows)
{
	struct segment_facts facts = { .source = "exporters" };

	facts.accounting.read.packets = facts.accounting.metered.packets = 2 * rows;
	facts.accounting.metered_sum = facts.accounting.emitted =
	    (struct flow_sum) { rows, 2 * rows, 99 * rows };
	return facts;
}

enum { COLLECTED = 10000, COLLECTED_TABLES = 15 }; /* two whole row groups, and some */

/* A segment of that many rows; kept: their datagrams are, else they are journalled. */
static struct manifest *
seal_collected(const struct place *p, bool kept)
{
	struct segment_facts none = collected_facts(0);
	struct segment_facts facts = collected_facts(COLLECTED * COLLECTED_TABLES);
	struct writer *w = open_writer(p);
	struct manifest *m;
	struct receipt r;

	assert_int_equal(writer_begin_live(w, STEM_TIME, &none, NULL), STATUS_OK);
	for (size_t i = 0; i < COLLECTED_TABLES; i++) {
		struct table *t = collected(COLLECTED, i * COLLECTED);

		if (kept)
			assert_int_equal(writer_put_kept(w, t, NULL, NULL), STATUS_OK);
		else
			assert_int_equal(writer_put(w, t, NULL), STATUS_OK);
		table_free(t);
	}
	assert_int_equal(writer_rotate(w, &facts, STEM_TIME + 1, NULL), STATUS_OK);
	assert_int_equal(writer_sealed(w, true, &r, NULL), STATUS_OK);
	assert_int_equal(writer_seal(w, &none, false, NULL, NULL), STATUS_OK);
	m = manifest_of(p, &r);
	assert_int_equal(m->rows, COLLECTED * COLLECTED_TABLES);
	writer_free(w);
	return m;
}

/* The table is the same, octet for octet, whichever way its rows came. */
static void
test_kept_rows(void **state)
{
	struct place *p = *state;
	struct manifest *kept = seal_collected(p, true);
	struct manifest *journalled = seal_collected(p, false);

	assert_int_equal(kept->file_count, 1);
	assert_int_equal(journalled->file_count, 1);
	assert_true(kept->files[0].size == journalled->files[0].size);
	assert_memory_equal(kept->files[0].sha256, journalled->files[0].sha256, SHA256_SIZE);
	manifest_free(kept);
	manifest_free(journalled);
}

/* The datagrams of the test are texts: "rows". */
static enum status
redecode_text(const struct writer_kept *kept, table_consume take, void *take_ctx,
    struct buf *ledger, struct fault *f)
{
	struct table *t;
	enum status rc;

	assert_int_equal(kept->sequence, 1);
	assert_true(file_exists(kept->datagrams));
	assert_null(kept->messages);
	buf_str(ledger, "ledger");
	t = collected(60, 0);
	rc = take(take_ctx, t, f);
	table_free(t);
	return rc;
}

/* After a kill: the rows of the journal, then those that the datagrams give, and the counts are theirs. */
static void
test_recovered_datagrams(void **state)
{
	struct place *p = *state;
	struct writer_options o = options_of(p);
	struct segment_facts none = collected_facts(0), some = collected_facts(50);
	struct table *t = collected(50, 0), *late = collected(3, 0);
	struct manifest *m;
	struct writer *w;
	struct receipt r;

	o.redecode = redecode_text;
	assert_int_equal(writer_open(&o, NULL, NULL, &w, NULL), STATUS_OK);
	assert_int_equal(writer_begin_live(w, STEM_TIME, &none, NULL), STATUS_OK);
	assert_int_equal(writer_append(w, "datagrams.pcapng.zst", "rows", 4, NULL), STATUS_OK);
	assert_int_equal(writer_put_kept(w, t, late, NULL), STATUS_OK);
	assert_int_equal(writer_durable(w, &some, NULL), STATUS_OK);
	writer_free(w); /* as if killed */
	assert_int_equal(writer_open(&o, NULL, NULL, &w, NULL), STATUS_OK);
	writer_receipt(w, &r);
	m = manifest_of(p, &r);
	assert_true(m->sequence == 1 && m->rows == 63 && m->interrupted && m->recovery_count == 1);
	assert_true(m->flow_packets.emitted == 126 && m->ip_bytes.emitted == 63 * 99);
	assert_int_equal(m->file_count, 3);
	assert_true(manifest_file_by_suffix(m, "exporters.json")->size == strlen("ledger"));
	assert_int_equal(m->recovery[0].file_count, 0); /* nothing of it was set aside */
	manifest_free(m);
	writer_free(w);
	table_free(t);
	table_free(late);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_kept_rows), TEST(test_recovered_datagrams) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
