/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/durable.h"
#include "archive/flowlog.h"
#include "archive/vouch.h"
#include "base/file.h"
#include "base/text.h"
#include "unit.h"

#define ID "00112233445566778899aabbccddeeff"
#define STEM "20261122T070000Z-00000003"

/* Prime, so that every kind of octet comes up. */
enum { STRIDE = 7 };

struct place {
	char dir[64];
	uint8_t secret[KEY_SIZE];
	struct durable_segment known;
};

static int64_t
fixed_now(void)
{
	return INT64_C(1795500000000000000);
}

static int
set_up(void **state)
{
	struct place *p = calloc(1, sizeof *p);

	(void)snprintf(p->dir, sizeof p->dir, "journal-XXXXXX");
	if (mkdtemp(p->dir) == NULL || key_generate(p->secret, p->known.key, NULL) != STATUS_OK)
		return -1;
	p->known.sequence = 3;
	memcpy(p->known.stem, STEM, sizeof STEM);
	*state = p;
	return 0;
}

static int
tear_down(void **state)
{
	struct place *p = *state;
	char command[128];
	int rc;

	(void)snprintf(command, sizeof command, "rm -rf %s", p->dir);
	rc = system(command);
	free(p);
	return rc;
}

/* The counts of so many flows of one packet each. */
static struct manifest
counts_of(uint64_t rows, struct manifest_option *option)
{
	struct manifest m = { .source = "interface", .options = option, .option_count = 1,
		.rows = rows };

	m.read.packets = m.metered.packets = rows;
	m.read.wire_bytes = m.metered.wire_bytes = 60 * rows;
	m.flows = m.flow_packets = (struct manifest_sum) { 0, rows, rows, 0 };
	m.ip_bytes = (struct manifest_sum) { 0, 46 * rows, 46 * rows, 0 };
	return m;
}

static const char *
no_clock(void)
{
	return "unknown";
}

static struct journal *
open_journal(const struct place *p)
{
	struct journal_place place = { .open_dir = p->dir, .archive = ID, .stem = STEM, .sequence = 3,
		.now = fixed_now, .clock_state = no_clock };
	struct manifest_option option = { "active", "300s" };
	struct manifest m = counts_of(0, &option);
	struct journal *j = NULL;
	struct fault f = { 0 };

	memcpy(place.secret, p->secret, KEY_SIZE);
	memset(place.previous, 0xab, SHA256_SIZE);
	if (journal_open(&place, &m, &j, &f) != STATUS_OK)
		fail_msg("%s: %s", f.file, f.text);
	return j;
}

static void
put_rows(struct journal *j, uint64_t from, size_t rows)
{
	struct table *t = NULL;

	assert_int_equal(table_open(64, &t, NULL), STATUS_OK);
	for (size_t i = 0; i < rows; i++)
		table_set_i64(t, COLUMN_FIRST_FRAME, table_add_row(t), (int64_t)(from + i));
	assert_int_equal(journal_put(j, t, NULL), STATUS_OK);
	table_free(t);
}

static void
make_durable(struct place *p, struct journal *j, uint64_t rows)
{
	struct manifest_option option = { "active", "300s" };
	struct manifest m = counts_of(rows, &option);

	assert_int_equal(journal_durable(j, &m, NULL), STATUS_OK);
	p->known.index = journal_index(j);
	memcpy(p->known.sha256, journal_hash(j), SHA256_SIZE);
}

static struct vouched
look(const struct place *p)
{
	const struct vouch_place place = { .open_dir = p->dir, .archive = ID };
	struct vouched v;
	struct fault f = { 0 };

	if (vouch_read(&place, &p->known, &v, &f) != STATUS_OK)
		fail_msg("%s: %s", f.file, f.text);
	return v;
}

static void
path_of(const struct place *p, const char *suffix, char out[FILE_PATH_MAX])
{
	(void)snprintf(out, FILE_PATH_MAX, "%s/%s.%s.part", p->dir, STEM, suffix);
}

static void
slurp(const struct place *p, const char *suffix, struct buf *out)
{
	char path[FILE_PATH_MAX];

	path_of(p, suffix, path);
	assert_int_equal(file_slurp(path, 1 << 20, out, NULL), STATUS_OK);
}

static void
store(const struct place *p, const char *suffix, const void *data, size_t len)
{
	char path[FILE_PATH_MAX];
	FILE *file;

	path_of(p, suffix, path);
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

/* Four statements: opening, 3 rows, octets and 2 rows. */
static void
write_some(struct place *p)
{
	struct journal *j = open_journal(p);

	assert_int_equal(journal_index(j), 0);
	put_rows(j, 1, 3);
	make_durable(p, j, 3);
	assert_int_equal(journal_index(j), 1);
	assert_int_equal(journal_append(j, "octets", "abc", 3, NULL), STATUS_OK);
	put_rows(j, 4, 2);
	make_durable(p, j, 5);
	assert_int_equal(journal_index(j), 3);
	journal_free(j);
}

static void
test_all_is_vouched_for(void **state)
{
	struct place *p = *state;
	struct vouched v;

	write_some(p);
	v = look(p);
	assert_true(v.any && v.complete && v.index == 3 && v.why.status == STATUS_END);
	assert_true(v.opening.opens && v.opening.previous[0] == 0xab && v.last.facts->rows == 5);
	assert_string_equal(v.opening.facts->source, "interface");
	assert_string_equal(v.opening.facts->options[0].value, "300s");
	assert_int_equal(v.count, 2);
	assert_ptr_equal(vouched_flows(&v), &v.files[0]);
	assert_string_equal(v.files[1].name, STEM ".octets");
	assert_int_equal(v.files[1].digest.size, 3);
	vouch_free(&v);
}

/* Each is told once, a few with each statement, and those of the statements that hold are known. */
static void
test_findings_are_told(void **state)
{
	struct manifest_finding found[20];
	struct manifest_option option = { "active", "300s" };
	struct manifest m = counts_of(0, &option);
	struct place *p = *state;
	struct journal *j = open_journal(p);
	struct vouched v;

	for (int i = 0; i < 20; i++)
		found[i] = (struct manifest_finding) { .code = i == 3 ? "CLOCK_STEP" : "STALLED",
			.file = i == 3 ? "eth0" : NULL, .at_offset = i == 3, .offset = 7, .text = "so" };
	m.findings = found;
	for (int i = 0; i < 5; i++) {
		m.finding_count = i == 0 ? 0 : 20;
		assert_int_equal(journal_durable(j, &m, NULL), STATUS_OK);
	}
	p->known.index = journal_index(j);
	memcpy(p->known.sha256, journal_hash(j), SHA256_SIZE);
	journal_free(j);
	v = look(p);
	assert_true(v.complete && v.index == 5);
	assert_int_equal(v.last.facts->finding_count, 0);
	assert_int_equal(v.finding_count, 20);
	assert_string_equal(v.findings[3].code, "CLOCK_STEP");
	assert_string_equal(v.findings[3].file, "eth0");
	assert_true(v.findings[3].at_offset && v.findings[3].offset == 7);
	assert_true(v.findings[19].file == NULL && !v.findings[19].at_offset);
	assert_string_equal(v.findings[19].text, "so");
	vouch_free(&v);
}

/* What a statement does not count is not durable. */
static void
test_counts_must_agree(void **state)
{
	struct place *p = *state;
	struct journal *j = open_journal(p);
	struct manifest_option option = { "active", "300s" };
	struct manifest m = counts_of(2, &option);

	put_rows(j, 1, 3);
	m.rows = 3;
	assert_int_equal(journal_durable(j, &m, NULL), STATUS_MALFORMED);
	journal_free(j);
}

/* Cut all over: never more than what stands before, and an earlier end than the state's is seen. */
static void
test_statements_cut(void **state)
{
	struct place *p = *state;
	struct buf whole = { 0 };
	uint64_t last = 0;

	write_some(p);
	slurp(p, "statements", &whole);
	for (size_t len = 0; len < whole.len; len += STRIDE) {
		struct vouched v;

		store(p, "statements", whole.data, len);
		v = look(p);
		assert_false(v.complete);
		assert_true(!v.any || v.index < 3);
		assert_true(v.statements_size <= len);
		assert_true(!v.any || v.index >= last);
		last = v.any ? v.index : 0;
		vouch_free(&v);
	}
	assert_int_equal(last, 2);
	buf_free(&whole);
}

/* An octet changed: the signed statements before it hold, it and those behind it do not. */
static void
test_statements_changed(void **state)
{
	struct place *p = *state;
	struct buf whole = { 0 };

	write_some(p);
	slurp(p, "statements", &whole);
	for (size_t at = 0; at < whole.len; at += STRIDE) {
		struct vouched v;

		whole.data[at] ^= 1;
		store(p, "statements", whole.data, whole.len);
		v = look(p);
		assert_false(v.complete);
		assert_true(v.statements_size <= at);
		vouch_free(&v);
		whole.data[at] ^= 1;
	}
	buf_free(&whole);
}

static void
test_blocks_changed_at_every_octet(void **state)
{
	static const char *const names[] = { JOURNAL_FLOWS, "octets" };
	struct place *p = *state;

	write_some(p);
	for (size_t n = 0; n < ARRAY_LEN(names); n++) {
		struct buf whole = { 0 };
		struct vouched v;

		slurp(p, names[n], &whole);
		for (size_t at = 0; at < whole.len; at++) {
			whole.data[at] ^= 0x40;
			store(p, names[n], whole.data, whole.len);
			v = look(p);
			assert_false(v.complete);
			assert_true(v.any && v.index < 3 && v.length > 0);
			assert_true(at >= v.offset && at < v.offset + v.length);
			vouch_free(&v);
			whole.data[at] ^= 0x40;
		}
		store(p, names[n], whole.data, whole.len - 1);
		v = look(p);
		assert_false(v.complete);
		vouch_free(&v);
		/* Behind what is vouched for anything may stand. */
		buf_str(&whole, "more");
		store(p, names[n], whole.data, whole.len);
		v = look(p);
		assert_true(v.complete);
		vouch_free(&v);
		buf_free(&whole);
	}
}

/* A line without end is no statement, however long. */
static void
test_no_statement_ends(void **state)
{
	struct place *p = *state;
	struct buf text = { 0 };
	struct vouched v;

	write_some(p);
	slurp(p, "statements", &text);
	for (int i = 0; i < 300000; i++)
		buf_str(&text, "{\"format\":\"nfseal-block/1\",");
	store(p, "statements", text.data, text.len);
	v = look(p);
	assert_true(v.complete && v.index == 3 && v.why.status == STATUS_TRUNCATED);
	vouch_free(&v);
	buf_free(&text);
}

/* Another key's, and another segment's. */
static void
test_strange_statements(void **state)
{
	struct place *p = *state;
	struct vouched v;
	uint8_t secret[KEY_SIZE];

	write_some(p);
	p->known.sequence = 4;
	v = look(p);
	assert_false(v.any);
	vouch_free(&v);
	p->known.sequence = 3;
	assert_int_equal(key_generate(secret, p->known.key, NULL), STATUS_OK);
	v = look(p);
	assert_false(v.any || v.complete);
	vouch_free(&v);
}

static void
test_record(void **state)
{
	struct place *p = *state;
	struct durable d = { .count = 1 };
	struct durable got;
	char anchors[128];

	(void)snprintf(anchors, sizeof anchors, "%s/anchors", p->dir);
	assert_int_equal(file_make_dirs(anchors, 0755, NULL), STATUS_OK);
	assert_int_equal(durable_load(p->dir, ID, &got, NULL), STATUS_OK);
	assert_int_equal(got.count, 0);
	p->known.index = 17;
	d.open[0] = p->known;
	assert_int_equal(durable_store(p->dir, ID, &d, NULL), STATUS_OK);
	assert_int_equal(durable_load(p->dir, ID, &got, NULL), STATUS_OK);
	assert_int_equal(got.count, 1);
	assert_ptr_equal(durable_find(&got, 3), &got.open[0]);
	assert_true(got.open[0].index == 17 && memcmp(got.open[0].key, p->known.key, KEY_SIZE) == 0);
	assert_string_equal(got.open[0].stem, STEM);
	durable_drop(&got, 3);
	assert_int_equal(got.count, 0);
	assert_int_equal(durable_store(p->dir, ID, &got, NULL), STATUS_OK);
	assert_int_equal(durable_load(p->dir, ID, &got, NULL), STATUS_OK);
	assert_int_equal(got.count, 0);
}

static void
test_drop(void **state)
{
	struct place *p = *state;
	char path[FILE_PATH_MAX];

	write_some(p);
	assert_int_equal(journal_drop(p->dir, STEM, NULL), STATUS_OK);
	assert_int_equal(journal_drop(p->dir, STEM, NULL), STATUS_OK);
	path_of(p, "statements", path);
	assert_false(file_exists(path));
	path_of(p, JOURNAL_FLOWS, path);
	assert_false(file_exists(path));
	path_of(p, "octets", path);
	assert_true(file_exists(path));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all_is_vouched_for, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_findings_are_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_counts_must_agree, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_statements_cut, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_statements_changed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_blocks_changed_at_every_octet, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_statement_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_strange_statements, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_record, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_drop, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
