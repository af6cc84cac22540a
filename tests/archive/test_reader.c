/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/writer.h"
#include "base/file.h"
#include "base/text.h"
#include "unit.h"

enum { SEGMENTS = 4, ROWS = 5 };

#define STEM_TIME INT64_C(1795330800000000000)

/* An archive of SEGMENTS segments of ROWS flows; a flow's packets say which it is. */
struct made {
	char dir[32];
	char archive[64];
	char state[64];
	struct receipt receipts[SEGMENTS];
};

static int64_t
fixed_now(void)
{
	return STEM_TIME;
}

static void
seal_one(struct writer *w, struct receipt *r, int64_t first)
{
	struct segment_facts facts = { .source = "files" };
	struct accounting *a = &facts.accounting;
	struct table *t = NULL;

	assert_int_equal(table_open(ROWS, &t, NULL), STATUS_OK);
	for (int64_t i = 0; i < ROWS; i++) {
		size_t row = table_add_row(t);

		table_set_i64(t, COLUMN_FLOW_START, row, (first + i) * 1000000);
		table_set_i64(t, COLUMN_FLOW_END, row, (first + i) * 1000000 + 10);
		table_set_i64(t, COLUMN_PACKETS, row, first + i);
	}
	a->read = a->metered = (struct tally) { ROWS, ROWS };
	a->metered_sum = a->emitted = (struct flow_sum) { ROWS, ROWS, ROWS };
	assert_int_equal(writer_begin(w, STEM_TIME, NULL), STATUS_OK);
	assert_int_equal(writer_put(w, t, NULL), STATUS_OK);
	assert_int_equal(writer_seal(w, &facts, false, r, NULL), STATUS_OK);
	table_free(t);
}

static int
set_up(void **state)
{
	struct made *m = calloc(1, sizeof *m);
	struct writer *w = NULL;
	struct writer_options o = { .layout = 1, .now = fixed_now };

	snprintf(m->dir, sizeof m->dir, "reader-XXXXXX");
	assert_non_null(mkdtemp(m->dir));
	snprintf(m->archive, sizeof m->archive, "%s/case", m->dir);
	snprintf(m->state, sizeof m->state, "%s/state", m->dir);
	o.archive = m->archive;
	o.state = m->state;
	assert_int_equal(writer_open(&o, NULL, NULL, &w, NULL), STATUS_OK);
	for (int i = 0; i < SEGMENTS; i++)
		seal_one(w, &m->receipts[i], i * ROWS);
	writer_free(w);
	*state = m;
	return 0;
}

static int
tear_down(void **state)
{
	struct made *m = *state;
	char command[64];
	int rc;

	snprintf(command, sizeof command, "rm -rf %s", m->dir);
	rc = system(command);
	free(m);
	return rc;
}

static void
notice(void *ctx, const struct fault *fault)
{
	print_message("%s: %s\n", fault->file, fault->text);
	(*(int *)ctx)++;
}

struct seen {
	uint64_t rows;
	int64_t sum; /* of the rows' numbers */
	uint64_t damaged;
	int notices;
	char anchor[16];
};

static enum status
read_all(const char *path, const char *genesis, const char *state_dir, int64_t from, int64_t to,
    struct seen *s)
{
	struct reader_options o = { .state = state_dir, .genesis = genesis,
		.columns = column_set_all(), .from = from, .to = to };
	struct reader *r = NULL;
	struct table *t = NULL;
	enum status rc;

	memset(s, 0, sizeof *s);
	rc = reader_open(path, &o, notice, &s->notices, &r, NULL);
	if (rc != STATUS_OK)
		return rc;
	assert_int_equal(table_open(3, &t, NULL), STATUS_OK);
	while ((rc = reader_next(r, t, NULL)) == STATUS_OK) {
		s->rows += t->rows;
		for (size_t i = 0; i < t->rows; i++)
			s->sum += table_int(t, COLUMN_PACKETS, i);
	}
	s->damaged = reader_damaged(r);
	snprintf(s->anchor, sizeof s->anchor, "%s", reader_anchor(r));
	table_free(t);
	reader_free(r);
	return rc;
}

/* All that can be read, proven or not; the findings of the segments that rows came from, in order. */
static struct seen
read_unverified(const struct made *m, const char *state_dir, const char *findings[SEGMENTS + 1])
{
	struct reader_options o = { .state = state_dir, .columns = column_set_all(), .from = INT64_MIN,
		.to = INT64_MAX, .unverified = true };
	struct seen s = { .rows = 0 };
	struct reader *r = NULL;
	struct table *t = NULL;
	size_t segments = 0;

	assert_int_equal(reader_open(m->archive, &o, notice, &s.notices, &r, NULL), STATUS_OK);
	assert_int_equal(table_open(ROWS, &t, NULL), STATUS_OK);
	while (reader_next(r, t, NULL) == STATUS_OK) {
		s.rows += t->rows;
		for (size_t i = 0; i < t->rows; i++)
			s.sum += table_int(t, COLUMN_PACKETS, i);
		assert_true(segments < SEGMENTS + 1);
		findings[segments++] = reader_place(r).finding;
	}
	s.damaged = reader_damaged(r);
	table_free(t);
	reader_free(r);
	return s;
}

static struct seen
seen_of(const struct made *m)
{
	struct seen s;

	assert_int_equal(read_all(m->archive, NULL, m->state, INT64_MIN, INT64_MAX, &s), STATUS_END);
	return s;
}

/* The path of segment n's (from 1) file. */
static void
path_of(const struct made *m, int n, const char *suffix, char out[1024])
{
	const char *manifest = m->receipts[n - 1].manifest;

	snprintf(out, 1024, "%s/%.*s%s", m->archive,
	    (int)(strlen(manifest) - strlen("manifest.json")), manifest, suffix);
}

static void
flip(const char *path, long offset)
{
	FILE *file = fopen(path, "r+b");
	int c;

	assert_non_null(file);
	assert_int_equal(fseek(file, offset, SEEK_SET), 0);
	c = fgetc(file);
	assert_int_equal(fseek(file, offset, SEEK_SET), 0);
	assert_int_equal(fputc(c ^ 1, file), c ^ 1);
	assert_int_equal(fclose(file), 0);
}

static void
test_all(void **state)
{
	struct made *m = *state;
	struct seen s = seen_of(m);

	assert_true(s.rows == SEGMENTS * ROWS && s.sum == 190 && s.damaged == 0 && s.notices == 0);
	assert_string_equal(s.anchor, "remembered");
	assert_int_equal(read_all(m->archive, m->receipts[0].genesis, m->state, INT64_MIN, INT64_MAX,
	    &s), STATUS_END);
	assert_string_equal(s.anchor, "given");
	assert_int_equal(read_all(m->archive, m->receipts[0].manifest_sha256, m->state, INT64_MIN,
	    INT64_MAX, &s), STATUS_DIFFERS);
	assert_int_equal(read_all(m->archive, NULL, m->dir, INT64_MIN, INT64_MAX, &s), STATUS_END);
	assert_string_equal(s.anchor, "none");
	assert_true(s.rows == SEGMENTS * ROWS);
}

/* A flow's place is its segment and its row there, however many come at a time. */
static void
test_place(void **state)
{
	struct made *m = *state;
	struct reader_options o = { .state = m->state, .columns = column_set_all(), .from = 7000000,
		.to = INT64_MAX };
	struct reader *r = NULL;
	struct table *t = NULL;
	char hex[SHA256_HEX];
	uint64_t rows = 0;
	int notices = 0;

	assert_int_equal(table_open(2, &t, NULL), STATUS_OK);
	assert_int_equal(reader_open(m->archive, &o, notice, &notices, &r, NULL), STATUS_OK);
	while (reader_next(r, t, NULL) == STATUS_OK) {
		struct flow_place p = reader_place(r);
		int64_t number = table_int(t, COLUMN_PACKETS, 0);

		rows += t->rows;
		assert_int_equal(p.sequence, number / ROWS + 1);
		assert_int_equal(p.row, number % ROWS);
		text_hex(hex, p.manifest, SHA256_SIZE);
		assert_string_equal(hex, m->receipts[p.sequence - 1].manifest_sha256);
		assert_string_equal(p.archive, m->receipts[0].archive_id);
	}
	assert_int_equal(rows, (SEGMENTS - 1) * ROWS);
	table_free(t);
	reader_free(r);
}

static void
test_window(void **state)
{
	struct made *m = *state;
	struct seen s;

	assert_int_equal(read_all(m->archive, NULL, m->state, 7000000, 8000000, &s), STATUS_END);
	assert_true(s.rows == ROWS && s.sum == 35);
}

static void
test_flipped_table(void **state)
{
	struct made *m = *state;
	char path[1024];
	struct seen s;

	path_of(m, 2, "flows.parquet", path);
	flip(path, 100);
	s = seen_of(m);
	assert_true(s.rows == (SEGMENTS - 1) * ROWS && s.sum == 190 - 35);
	assert_true(s.damaged == 1 && s.notices == 1);
}

/* The damaged one is left out; those behind it are proven by the remembered head. */
static void
test_damaged_manifest(void **state)
{
	struct made *m = *state;
	char path[1024];
	struct seen s;

	path_of(m, 2, "manifest.json", path);
	flip(path, 100);
	s = seen_of(m);
	assert_true(s.rows == (SEGMENTS - 1) * ROWS && s.sum == 190 - 35 && s.damaged == 1);
	/* Without a head nothing behind it can be told from a forgery. */
	assert_int_equal(read_all(m->archive, NULL, m->dir, INT64_MIN, INT64_MAX, &s), STATUS_END);
	assert_true(s.rows == ROWS && s.damaged == 1 && s.notices == 1);
}

static void
test_missing_and_renamed(void **state)
{
	struct made *m = *state;
	char path[1024];
	char to[1024];
	struct seen s;

	path_of(m, 3, "manifest.json", path);
	path_of(m, 3, "x.manifest.json", to);
	assert_int_equal(rename(path, to), 0);
	path_of(m, 3, "manifest.sig", path);
	path_of(m, 3, "x.manifest.sig", to);
	assert_int_equal(rename(path, to), 0);
	s = seen_of(m);
	assert_true(s.rows == SEGMENTS * ROWS && s.damaged == 0); /* names are hints */
	path_of(m, 4, "manifest.json", path);
	assert_int_equal(unlink(path), 0);
	s = seen_of(m);
	assert_true(s.rows == (SEGMENTS - 1) * ROWS && s.damaged == 1 && s.notices == 1);
}

static void
test_plain_file(void **state)
{
	struct made *m = *state;
	char path[1024];
	struct seen s;

	path_of(m, 4, "flows.parquet", path);
	assert_int_equal(read_all(path, NULL, m->state, INT64_MIN, INT64_MAX, &s), STATUS_END);
	assert_true(s.rows == ROWS && s.sum == 85);
	assert_string_equal(s.anchor, "none");
}

static void
same_findings(const char *const got[], const char *const want[])
{
	for (size_t i = 0; i < SEGMENTS; i++) {
		if (want[i] == NULL)
			assert_null(got[i]);
		else
			assert_string_equal(got[i], want[i]);
	}
}

/* Everything comes, in its order, and what is not proven says why. */
static void
test_unverified(void **state)
{
	static const char *const none[SEGMENTS] = { NULL }, *const second[] = { NULL, "SIGNATURE", NULL, NULL },
	    *const behind[] = { NULL, "SIGNATURE", "CHAIN", "CHAIN" },
	    *const missing[] = { NULL, "SIGNATURE", "CHAIN", "SEGMENT_MISSING" },
	    *const all[] = { "CHAIN", "CHAIN", "CHAIN", "CHAIN" };
	const char *findings[SEGMENTS + 1];
	struct made *m = *state;
	char path[1024], other[1024];
	struct seen s = read_unverified(m, m->state, findings);

	assert_true(s.rows == SEGMENTS * ROWS && s.sum == 190 && s.damaged == 0 && s.notices == 0);
	same_findings(findings, none);
	/* a copy of a table beside proven ones is not read */
	path_of(m, 2, "flows.parquet", path);
	path_of(m, 2, "x.flows.parquet", other);
	assert_int_equal(link(path, other), 0);
	s = read_unverified(m, m->state, findings);
	assert_true(s.rows == SEGMENTS * ROWS && s.damaged == 0);
	assert_int_equal(unlink(other), 0);
	path_of(m, 2, "manifest.json", path);
	flip(path, 100);
	s = read_unverified(m, m->state, findings);
	assert_true(s.rows == SEGMENTS * ROWS && s.sum == 190 && s.damaged == 2);
	same_findings(findings, second);
	s = read_unverified(m, m->dir, findings);
	assert_true(s.rows == SEGMENTS * ROWS && s.sum == 190);
	same_findings(findings, behind);
	path_of(m, 4, "manifest.json", path);
	assert_int_equal(unlink(path), 0);
	s = read_unverified(m, m->dir, findings);
	assert_true(s.rows == SEGMENTS * ROWS && s.sum == 190);
	same_findings(findings, missing);
	snprintf(path, sizeof path, "%s/genesis.sig", m->archive);
	assert_int_equal(unlink(path), 0);
	path_of(m, 4, "flows.parquet", path);
	assert_int_equal(unlink(path), 0);
	s = read_unverified(m, m->dir, findings);
	assert_true(s.rows == (SEGMENTS - 1) * ROWS && s.sum == 105);
	findings[3] = "CHAIN";
	same_findings(findings, all);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_all), TEST(test_place), TEST(test_window),
		TEST(test_flipped_table), TEST(test_damaged_manifest), TEST(test_missing_and_renamed),
		TEST(test_plain_file), TEST(test_unverified) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
