/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/anchor.h"
#include "archive/chain.h"
#include "archive/seal.h"
#include "archive/state.h"
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

	snprintf(p->dir, sizeof p->dir, "writer-XXXXXX");
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

static void
count_notice(void *ctx, const char *text)
{
	assert_non_null(text);
	print_message("%s\n", text);
	(*(int *)ctx)++;
}

static struct writer_options
options_of(const struct place *p)
{
	return (struct writer_options) { .archive = p->archive, .state = p->state, .layout = 1,
		.now = fixed_now, .version = "0.0", .build = "test" };
}

static enum status
try_open(const struct place *p, struct writer **w, int *notices, struct fault *f)
{
	struct writer_options o = options_of(p);

	return writer_open(&o, count_notice, notices, w, f);
}

static struct writer *
open_writer(const struct place *p)
{
	struct writer *w = NULL;
	struct fault f = { 0 };
	int notices = 0;
	enum status rc = try_open(p, &w, &notices, &f);

	if (rc != STATUS_OK)
		fail_msg("%s: %s", f.file, f.text);
	return w;
}

static void
put_rows(struct writer *w, size_t rows)
{
	struct table *t = NULL;

	assert_int_equal(table_open(16, &t, NULL), STATUS_OK);
	for (size_t i = 0; i < rows; i++) {
		size_t row = table_add_row(t);

		table_set_i64(t, COLUMN_FLOW_START, row, 1000 + (int64_t)i);
		table_set_i64(t, COLUMN_FLOW_END_NS, row, 5000000 + (int64_t)i);
		table_set_i64(t, COLUMN_PACKETS, row, 1);
	}
	assert_int_equal(writer_put(w, t, NULL), STATUS_OK);
	table_free(t);
}

static struct segment_facts
facts_of(size_t rows)
{
	struct segment_facts facts = { .source = "files" };

	facts.accounting.read = facts.accounting.metered = (struct tally) { rows, 60 * rows };
	facts.accounting.metered_sum = facts.accounting.emitted =
	    (struct flow_sum) { rows, rows, 40 * rows };
	return facts;
}

static struct receipt
seal_rows(struct writer *w, size_t rows, bool close_archive)
{
	struct segment_facts facts = facts_of(rows);
	struct receipt r;
	struct fault f = { 0 };

	assert_int_equal(writer_begin(w, STEM_TIME, &f), STATUS_OK);
	put_rows(w, rows);
	if (writer_seal(w, &facts, close_archive, &r, &f) != STATUS_OK)
		fail_msg("%s: %s", f.file, f.text);
	return r;
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

static bool
exists(const char *dir, const char *name)
{
	char path[FILE_PATH_MAX];

	assert_int_equal(file_join(path, dir, name, NULL), STATUS_OK);
	return file_exists(path);
}

static void
test_two_segments_and_close(void **state)
{
	struct place *p = *state;
	struct writer *w = open_writer(p);
	struct receipt r;
	struct manifest *m;
	struct anchor a;
	char key[128];

	writer_receipt(w, &r);
	assert_true(r.created && r.sequence == 0);
	assert_string_equal(r.genesis, r.manifest_sha256);
	r = seal_rows(w, 3, false);
	assert_true(r.sequence == 1 && r.flows == 3);
	assert_string_equal(r.manifest, "2026/11/22/20261122T070000Z-00000001.manifest.json");
	m = manifest_of(p, &r);
	assert_true(m->rows == 3 && m->file_count == 1);
	assert_true(m->flows_span.from == 1000000 && m->flows_span.to == 5000002);
	assert_true(m->opened.nanos == fixed_now());
	assert_int_equal(manifest_check_counts(m, "m", NULL), STATUS_OK);
	manifest_free(m);
	writer_free(w);
	w = open_writer(p);
	r = seal_rows(w, 0, true);
	assert_true(r.sequence == 2 && r.closed && !r.created);
	assert_int_equal(anchor_find(p->state, r.archive_id, NULL, &a, NULL, NULL), STATUS_OK);
	assert_true(a.sequence == 2 && a.closed);
	writer_free(w);
	for (int i = 0; i < 4; i++) { /* no key is left */
		snprintf(key, sizeof key, "keys/%s-%08d.key", r.archive_id, i);
		assert_false(exists(p->state, key));
	}
	assert_int_equal(try_open(p, &w, &(int) { 0 }, NULL), STATUS_EXISTS);
}

static void
test_second_writer(void **state)
{
	struct place *p = *state;
	struct place other = *p;
	struct writer *w = open_writer(p);
	struct writer *second = NULL;
	struct fault f = { 0 };

	assert_int_equal(try_open(p, &second, &(int) { 0 }, &f), STATUS_LOCKED);
	snprintf(other.state, sizeof other.state, "%s/other", p->dir);
	assert_int_equal(try_open(&other, &second, &(int) { 0 }, NULL), STATUS_KEY);
	assert_null(second);
	writer_free(w);
	writer_free(open_writer(p));
}

static void
test_quarantine(void **state)
{
	struct place *p = *state;
	struct writer *w = open_writer(p);
	struct manifest *m;
	struct receipt r;
	int notices = 0;

	assert_int_equal(writer_begin(w, STEM_TIME, NULL), STATUS_OK);
	put_rows(w, 2);
	writer_free(w); /* as if killed */
	assert_true(exists(p->archive, "open/20261122T070000Z-00000001.flows.parquet.part"));
	assert_int_equal(try_open(p, &w, &notices, NULL), STATUS_OK);
	assert_int_equal(notices, 1);
	assert_false(exists(p->archive, "open/20261122T070000Z-00000001.flows.parquet.part"));
	assert_true(exists(p->archive,
	    "quarantine/20261122T070000Z-00000001.flows.parquet.part.1"));
	writer_free(w);
	w = open_writer(p); /* a second recovery changes nothing */
	r = seal_rows(w, 1, false);
	m = manifest_of(p, &r);
	assert_int_equal(m->recovery_count, 1);
	assert_string_equal(m->recovery[0].action, "quarantined");
	assert_string_equal(m->recovery[0].files[0].name,
	    "20261122T070000Z-00000001.flows.parquet.part.1");
	assert_true(m->recovery[0].files[0].hashed);
	assert_true(m->recovery[0].span.has_from && m->recovery[0].span.has_to);
	manifest_free(m);
	r = seal_rows(w, 1, false); /* told once */
	m = manifest_of(p, &r);
	assert_int_equal(m->recovery_count, 0);
	manifest_free(m);
	writer_free(w);
}

/* A recovery that was killed between its two renames told both files once, by their new names. */
static void
test_quarantine_interrupted(void **state)
{
	static const char *const names[] = { "a.part", "b.part" };
	struct place *p = *state;
	struct writer *w;
	struct manifest *m;
	struct receipt r;
	char from[512];
	char to[512];
	int notices = 0;

	writer_free(open_writer(p));
	for (int i = 0; i < 2; i++) {
		snprintf(from, sizeof from, "%s/open/%s", p->archive, names[i]);
		assert_int_equal(file_write_new(from, 0644, "left", 4, NULL), STATUS_OK);
	}
	writer_free(open_writer(p));
	snprintf(to, sizeof to, "%s/quarantine/b.part.1", p->archive);
	assert_int_equal(rename(to, from), 0);
	assert_int_equal(try_open(p, &w, &notices, NULL), STATUS_OK);
	assert_int_equal(notices, 1);
	assert_true(exists(p->archive, "quarantine/b.part.1"));
	r = seal_rows(w, 1, false);
	writer_free(w);
	m = manifest_of(p, &r);
	assert_int_equal(m->recovery_count, 1);
	assert_int_equal(m->recovery[0].file_count, 2);
	assert_string_equal(m->recovery[0].files[0].name, "a.part.1");
	assert_string_equal(m->recovery[0].files[1].name, "b.part.1");
	manifest_free(m);
}

/* What stands under the next key's name and was never named is no key. */
static void
test_key_never_named(void **state)
{
	const uint8_t zeros[KEY_SIZE] = { 0 };
	struct place *p = *state;
	struct writer *w = open_writer(p);
	struct receipt r;
	struct buf key = { 0 };
	char path[512];

	writer_receipt(w, &r);
	snprintf(path, sizeof path, "%s/keys/%s-%08d.key", p->state, r.archive_id,
	    (int)r.sequence + 2);
	assert_int_equal(file_write_new(path, 0600, zeros, KEY_SIZE, NULL), STATUS_OK);
	(void)seal_rows(w, 1, false);
	assert_int_equal(file_slurp(path, KEY_SIZE, &key, NULL), STATUS_OK);
	assert_int_equal(key.len, KEY_SIZE);
	assert_memory_not_equal(key.data, zeros, KEY_SIZE);
	/* Closing makes no next key, and leaves none. */
	snprintf(path, sizeof path, "%s/keys/%s-%08d.key", p->state, r.archive_id,
	    (int)r.sequence + 3);
	assert_int_equal(file_write_new(path, 0600, zeros, KEY_SIZE, NULL), STATUS_OK);
	(void)seal_rows(w, 1, true);
	assert_false(file_exists(path));
	buf_free(&key);
	writer_free(w);
}

/* Renames what a finished seal has made to what it was before step `moved` of the renames. */
static void
undo_seal(const struct place *p, const struct receipt *r, int keep)
{
	static const char *const names[] = { "flows.parquet", "manifest.sig", "manifest.json" };
	char from[512];
	char to[512];

	for (int i = keep; i < 3; i++) {
		snprintf(from, sizeof from, "%s/2026/11/22/20261122T070000Z-%08d.%s", p->archive,
		    (int)r->sequence, names[i]);
		snprintf(to, sizeof to, "%s/open/20261122T070000Z-%08d.%s.part", p->archive,
		    (int)r->sequence, names[i]);
		assert_int_equal(rename(from, to), 0);
	}
}

/* The state as it was when the seal was decided, the archive at each step of the renames. */
static void
test_finish_decided(void **state)
{
	struct place *p = *state;

	for (int keep = 0; keep <= 3; keep++) {
		struct writer *w = open_writer(p);
		struct receipt before;
		struct receipt r;
		struct receipt again;
		struct manifest *m;
		char command[2048];
		int notices = 0;

		writer_receipt(w, &before);
		snprintf(command, sizeof command, "rm -rf %s/old && cp -a %s %s/old", p->dir, p->state,
		    p->dir);
		assert_int_equal(system(command), 0);
		r = seal_rows(w, 1, false);
		writer_free(w);
		snprintf(command, sizeof command,
		    "cp -a %s/keys/*-%08d.key %s/old/keys/ && cp %s/%s %s/old/archives/%s/prepared.json && "
		    "rm -rf %s && mv %s/old %s", p->state, (int)r.sequence + 1, p->dir, p->archive,
		    r.manifest, p->dir, r.archive_id, p->state, p->dir, p->state);
		assert_int_equal(system(command), 0);
		undo_seal(p, &r, keep);
		assert_int_equal(try_open(p, &w, &notices, NULL), STATUS_OK);
		assert_int_equal(notices, 1);
		writer_receipt(w, &again);
		assert_true(again.sequence == before.sequence + 1);
		assert_string_equal(again.manifest_sha256, r.manifest_sha256);
		r = seal_rows(w, 1, false);
		m = manifest_of(p, &r);
		assert_int_equal(m->recovery_count, 1);
		assert_string_equal(m->recovery[0].action, "sealed");
		manifest_free(m);
		writer_free(w);
	}
}

static void
test_refusals(void **state)
{
	struct place *p = *state;
	struct writer *w = open_writer(p);
	struct fault f = { 0 };
	char path[1024];
	char away[512];
	struct receipt r = seal_rows(w, 1, false);

	writer_free(w);
	snprintf(path, sizeof path, "%s/keys", p->state);
	assert_int_equal(chmod(path, 0755), 0);
	assert_int_equal(try_open(p, &w, &(int) { 0 }, &f), STATUS_KEY);
	assert_non_null(strstr(f.text, "mode 0755"));
	assert_int_equal(chmod(path, 0700), 0);
	snprintf(path, sizeof path, "%s/%s", p->archive, r.manifest);
	snprintf(away, sizeof away, "%s/away", p->dir);
	assert_int_equal(rename(path, away), 0);
	assert_int_equal(try_open(p, &w, &(int) { 0 }, NULL), STATUS_ABSENT);
	assert_int_equal(rename(away, path), 0);
	snprintf(path, sizeof path, "%s/keys/%s-00000002.key", p->state, r.archive_id);
	assert_int_equal(rename(path, away), 0);
	f = (struct fault) { 0 };
	assert_int_equal(try_open(p, &w, &(int) { 0 }, &f), STATUS_KEY);
	assert_non_null(strstr(f.text, "is missing"));
	assert_int_equal(rename(away, path), 0);
	assert_int_equal(rename(p->archive, away), 0); /* the disk is not mounted */
	assert_int_equal(try_open(p, &w, &(int) { 0 }, NULL), STATUS_EXISTS);
	assert_int_equal(mkdir(p->archive, 0755), 0);
	assert_int_equal(try_open(p, &w, &(int) { 0 }, NULL), STATUS_EXISTS);
}

/* A restored copy of the state must not make a second manifest for a sequence. */
static void
test_old_state(void **state)
{
	struct place *p = *state;
	struct writer *w = open_writer(p);
	struct fault f = { 0 };
	char command[512];

	snprintf(command, sizeof command, "cp -a %s %s/old", p->state, p->dir);
	assert_int_equal(system(command), 0);
	(void)seal_rows(w, 1, false);
	writer_free(w);
	snprintf(command, sizeof command, "rm -rf %s && mv %s/old %s", p->state, p->dir, p->state);
	assert_int_equal(system(command), 0);
	assert_int_equal(try_open(p, &w, &(int) { 0 }, &f), STATUS_DIFFERS);
	assert_non_null(strstr(f.text, "older than the archive"));
}

static bool clock_is_good;

static const char *
changing_clock(void)
{
	return clock_is_good ? "synchronised" : "unsynchronised";
}

/* The clock's state is asked when it is told; what a killed live run had found is told by recovery. */
static void
test_clock_and_findings_of_a_killed_run(void **state)
{
	const struct facts_finding found = { .code = "CLOCK_STEP", .text = "the clock went back" };
	struct place *p = *state;
	struct writer_options o = options_of(p);
	struct segment_facts facts = facts_of(0);
	struct segment_facts two = facts_of(2);
	struct writer *w = NULL;
	struct manifest *m;
	struct receipt r;

	o.clock_state = changing_clock;
	facts.source = two.source = "interface";
	two.findings = &found;
	two.finding_count = 1;
	clock_is_good = false;
	assert_int_equal(writer_open(&o, NULL, NULL, &w, NULL), STATUS_OK);
	assert_int_equal(writer_begin_live(w, STEM_TIME, &facts, NULL), STATUS_OK);
	put_rows(w, 2);
	assert_int_equal(writer_durable(w, &two, NULL), STATUS_OK);
	writer_free(w); /* as if killed */
	clock_is_good = true;
	assert_int_equal(writer_open(&o, NULL, NULL, &w, NULL), STATUS_OK);
	writer_receipt(w, &r);
	m = manifest_of(p, &r);
	assert_true(m->sequence == 1 && m->rows == 2 && m->interrupted && m->recovery_count == 1);
	assert_string_equal(m->opened.clock, "unsynchronised");
	assert_string_equal(m->sealed.clock, "synchronised");
	assert_int_equal(m->finding_count, 1);
	assert_string_equal(m->findings[0].code, "CLOCK_STEP");
	assert_string_equal(m->findings[0].text, "the clock went back");
	manifest_free(m);
	writer_free(w);
}

/* What does not add up is not sealed, and the next run goes on. */
static void
test_wrong_counts(void **state)
{
	struct place *p = *state;
	struct writer *w = open_writer(p);
	struct segment_facts facts = facts_of(2);
	struct receipt r;

	assert_int_equal(writer_begin(w, STEM_TIME, NULL), STATUS_OK);
	put_rows(w, 1);
	assert_int_equal(writer_seal(w, &facts, false, &r, NULL), STATUS_MALFORMED);
	assert_int_equal(writer_begin(w, STEM_TIME, NULL), STATUS_USAGE);
	writer_free(w);
	w = open_writer(p);
	r = seal_rows(w, 1, false);
	assert_true(r.sequence == 1);
	writer_free(w);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_two_segments_and_close),
		TEST(test_second_writer), TEST(test_quarantine),
		TEST(test_quarantine_interrupted), TEST(test_key_never_named), TEST(test_finish_decided),
		TEST(test_refusals), TEST(test_old_state), TEST(test_wrong_counts),
		TEST(test_clock_and_findings_of_a_killed_run) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
