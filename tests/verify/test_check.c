/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that differ: the verdict, the code and the place, one manipulation at a time. */
#include <sys/stat.h>

#include "tests/verify/expect.h"

static void
untouched(void **state)
{
	struct forge g;
	struct check_options o;
	struct result r;

	(void)state;
	make(&g);
	o = forge_options(&g);
	check(&o, &r);
	assert_int_equal(r.verdict, VERDICT_VERIFIED);
	assert_int_equal(r.count, 4);
	assert_int_equal(r.anchor, ANCHOR_GIVEN);
	assert_int_equal(r.files, 6);
	assert_int_equal(r.bytes, 3 * (FORGE_BIG + 1000));
	assert_int_equal(r.notices.count, 0);
	assert_string_equal(r.archive, ID);
	assert_int_equal(r.head.sequence, 3);
	result_free(&r);
	o.head.known = false;
	expect_verdict(&o, VERDICT_UNANCHORED);
	o.genesis_given = false;
	expect_verdict(&o, VERDICT_UNTRUSTED);
	forge_segment(&g, forge_close_tweak);
	expect_verdict(&o, VERDICT_UNTRUSTED);
	o.genesis_given = true;
	expect_verdict(&o, VERDICT_VERIFIED);
	o = forge_options(&g);
	expect_verdict(&o, VERDICT_VERIFIED);
	forge_free(&g);
}

static void
older_head(void **state)
{
	struct forge g;
	struct check_options o;
	struct result r;

	(void)state;
	make(&g);
	o = forge_options(&g);
	o.head.sequence = 1;
	memcpy(o.head.sha256, g.sha256[1], SHA256_SIZE);
	check(&o, &r);
	assert_int_equal(r.verdict, VERDICT_UNANCHORED);
	assert_int_equal(r.segments[1].verdict, VERDICT_VERIFIED);
	assert_int_equal(r.segments[2].verdict, VERDICT_UNANCHORED);
	result_free(&r);
	o.until_head = true;
	check(&o, &r);
	assert_int_equal(r.verdict, VERDICT_VERIFIED);
	assert_int_equal(r.count, 2);
	assert_int_equal(r.notices.count, 0);
	result_free(&r);
	forge_free(&g);
}

static void
wrong_genesis(void **state)
{
	struct forge g;
	struct check_options o;
	struct result r;

	(void)state;
	make(&g);
	o = forge_options(&g);
	o.genesis[0] ^= 1;
	check(&o, &r);
	assert_int_equal(r.verdict, VERDICT_MODIFIED);
	assert_non_null(find(&r, 0, FINDING_WRONG_GENESIS));
	result_free(&r);
	forge_free(&g);
}

static void
bytes_flipped(void **state)
{
	static const struct {
		uint64_t segment;
		const char *suffix;
		long offset;
		enum finding_code code;
	} cases[] = {
		{ 2, SMALL, 0, FINDING_CHUNK_HASH },
		{ 2, BIG, 1 << 20, FINDING_CHUNK_HASH },
		{ 1, SIGNATURE, 0, FINDING_SIGNATURE },
		{ 3, SIGNATURE, 63, FINDING_SIGNATURE },
		{ 1, MANIFEST, 0, FINDING_SIGNATURE },
		{ 2, MANIFEST, 25, FINDING_SIGNATURE },
		{ 2, MANIFEST, 45, FINDING_CHAIN }, /* the archive id: it says it is another's */
		{ 2, MANIFEST, 83, FINDING_SIGNATURE },
		{ 2, MANIFEST, 300, FINDING_SIGNATURE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct forge g;
		const char *name;

		make(&g);
		name = forge_name(&g, cases[i].segment, cases[i].suffix);
		forge_flip(&g, name, cases[i].offset);
		expect_one(&g, VERDICT_MODIFIED, cases[i].segment, cases[i].code, name);
		forge_free(&g);
	}
}

static void
chunk_is_named(void **state)
{
	struct forge g;
	struct check_options o;
	struct result r;
	const struct finding *x;

	(void)state;
	make(&g);
	forge_flip(&g, forge_name(&g, 2, BIG), (1 << 20) + 5);
	forge_flip(&g, forge_name(&g, 2, BIG), (2 << 20) + 5);
	o = forge_options(&g);
	check(&o, &r);
	x = find(&r, 2, FINDING_CHUNK_HASH);
	assert_non_null(x);
	assert_int_equal(x->offset, 1 << 20);
	assert_int_equal(x->length, FORGE_BIG - (1 << 20));
	assert_string_equal(x->text,
	    "chunks 1 to 2, bytes 1048576 to 2101472, differ from what was sealed");
	assert_int_equal(count_findings(&r), 1);
	result_free(&r);
	forge_free(&g);
}

static void
genesis_flipped(void **state)
{
	struct forge g;

	(void)state;
	make(&g);
	forge_flip(&g, "genesis.json", 50);
	expect_one(&g, VERDICT_MODIFIED, 0, FINDING_WRONG_GENESIS, "genesis.json");
	forge_free(&g);
	make(&g);
	forge_flip(&g, "genesis.sig", 5);
	expect_one(&g, VERDICT_MODIFIED, 0, FINDING_SIGNATURE, "genesis.sig");
	forge_free(&g);
	make(&g);
	forge_remove(&g, "genesis.json");
	expect_one(&g, VERDICT_INCOMPLETE, 0, FINDING_FILE_MISSING, "genesis.json");
	forge_free(&g);
}

static void
cut_and_grown(void **state)
{
	struct forge g;
	struct check_options o;
	struct result r;
	const struct finding *x;

	(void)state;
	make(&g);
	assert_int_equal(truncate(forge_path(&g, forge_name(&g, 1, BIG)), 100), 0);
	assert_int_equal(truncate(forge_path(&g, forge_name(&g, 3, SMALL)), 2000), 0);
	o = forge_options(&g);
	check(&o, &r);
	assert_int_equal(r.verdict, VERDICT_MODIFIED);
	x = find(&r, 1, FINDING_FILE_SIZE);
	assert_non_null(x);
	assert_int_equal(x->offset, 100);
	assert_int_equal(x->length, FORGE_BIG - 100);
	x = find(&r, 3, FINDING_FILE_SIZE);
	assert_non_null(x);
	assert_int_equal(x->offset, 1000);
	assert_int_equal(x->length, 1000);
	assert_int_equal(count_findings(&r), 2);
	result_free(&r);
	forge_free(&g);
}

static void
removed(void **state)
{
	static const struct {
		const char *suffix;
		enum finding_code code;
	} cases[] = {
		{ SMALL, FINDING_FILE_MISSING },
		{ SIGNATURE, FINDING_FILE_MISSING },
	};
	struct forge g;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *name;

		make(&g);
		name = forge_name(&g, 2, cases[i].suffix);
		forge_remove(&g, name);
		expect_one(&g, VERDICT_INCOMPLETE, 2, cases[i].code, name);
		forge_free(&g);
	}
	make(&g);
	forge_remove(&g, forge_name(&g, 2, MANIFEST));
	expect_one(&g, VERDICT_INCOMPLETE, 2, FINDING_SEGMENT_MISSING, "");
	forge_free(&g);
	make(&g);
	forge_remove(&g, forge_name(&g, 3, MANIFEST));
	expect_one(&g, VERDICT_INCOMPLETE, 3, FINDING_HEAD_MISSING, "");
	forge_free(&g);
}

/* Without a head: cut back it is UNANCHORED, a hole in the middle is seen. */
static void
removed_without_head(void **state)
{
	struct forge g;
	struct check_options o;
	struct result r;

	(void)state;
	make(&g);
	o = forge_options(&g);
	o.head.known = false;
	forge_remove(&g, forge_name(&g, 3, MANIFEST));
	expect_verdict(&o, VERDICT_UNANCHORED);
	forge_free(&g);
	make(&g);
	o = forge_options(&g);
	o.head.known = false;
	forge_remove(&g, forge_name(&g, 2, MANIFEST));
	check(&o, &r);
	assert_int_equal(r.verdict, VERDICT_INCOMPLETE);
	assert_non_null(find(&r, 2, FINDING_SEGMENT_MISSING));
	result_free(&r);
	forge_free(&g);
}

/* Above the format's limits nothing is read: it cannot be what was sealed. */
static void
too_large(void **state)
{
	struct forge g;
	const char *name;

	(void)state;
	make(&g);
	name = forge_name(&g, 2, MANIFEST);
	assert_int_equal(truncate(forge_path(&g, name), 100 << 20), 0);
	expect_one(&g, VERDICT_MODIFIED, 2, FINDING_LIMIT, name);
	forge_free(&g);
	make(&g);
	name = forge_name(&g, 2, SIGNATURE);
	assert_int_equal(truncate(forge_path(&g, name), 100 << 20), 0);
	expect_one(&g, VERDICT_MODIFIED, 2, FINDING_SIGNATURE, name);
	forge_free(&g);
	make(&g);
	name = forge_name(&g, 2, SMALL);
	assert_int_equal(truncate(forge_path(&g, name), (off_t)1 << 40), 0);
	expect_one(&g, VERDICT_MODIFIED, 2, FINDING_FILE_SIZE, name);
	forge_free(&g);
}

static void
wrong_types(void **state)
{
	struct forge g;
	char name[160];

	(void)state;
	for (int i = 0; i < 6; i++) {
		const char *suffix = i % 2 == 0 ? SMALL : MANIFEST;
		char path[FILE_PATH_MAX];

		make(&g);
		snprintf(name, sizeof name, "%s", forge_name(&g, 2, suffix));
		snprintf(path, sizeof path, "%s", forge_path(&g, name));
		assert_int_equal(rename(path, forge_path(&g, "moved")), 0);
		if (i / 2 == 0)
			assert_int_equal(symlink("../../../moved", path), 0);
		else if (i / 2 == 1)
			assert_int_equal(mkfifo(path, 0644), 0);
		else
			assert_int_equal(mkdir(path, 0755), 0);
		expect_one(&g, VERDICT_MODIFIED, 2, FINDING_FILE_TYPE, name);
		forge_free(&g);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(untouched),
		cmocka_unit_test(older_head),
		cmocka_unit_test(wrong_genesis),
		cmocka_unit_test(bytes_flipped),
		cmocka_unit_test(chunk_is_named),
		cmocka_unit_test(genesis_flipped),
		cmocka_unit_test(cut_and_grown),
		cmocka_unit_test(removed),
		cmocka_unit_test(removed_without_head),
		cmocka_unit_test(too_large),
		cmocka_unit_test(wrong_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
