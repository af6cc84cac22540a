/* SPDX-License-Identifier: BSD-2-Clause */
/* The chain: planted, spliced, forked, signed again, sealed wrong, expired. */
#include <sys/stat.h>

#include "tests/verify/expect.h"
#include "tests/verify/tweak.h"

static void
planted(void **state)
{
	struct forge g;
	struct check_options o;
	struct result r;
	char name[160];

	(void)state;
	make(&g);
	/* Behind the head, beside a segment, a link, a FIFO, a copy without its files. */
	snprintf(name, sizeof name, "%s", forge_name(&g, 1, MANIFEST)); /* a static buffer's */
	copy_in(&g, name, "20261123T080000Z-00000004.manifest.json");
	copy_in(&g, name, "2026/20261123T080000Z-00000002.manifest.json");
	copy_in(&g, name, "20261123T070100Z-00000001.manifest.json");
	copy_in(&g, forge_name(&g, 1, SIGNATURE), "20261123T070100Z-00000001.manifest.sig");
	forge_put(&g, "note.txt", "x", 1);
	forge_put(&g, "20261123T080000Z-00000003.manifest.json", "{", 1);
	assert_int_equal(mkfifo(forge_path(&g, "20261123T080000Z-00000005.manifest.json"), 0600), 0);
	assert_int_equal(symlink("/etc/passwd", forge_path(&g, "2026/11/link.manifest.json")), 0);
	assert_int_equal(mkdir(forge_path(&g, "open"), 0755), 0);
	forge_put(&g, "open/20261123T080000Z-00000004.flows.parquet.part", "x", 1);
	o = forge_options(&g);
	check(&o, &r);
	assert_int_equal(count_findings(&r), 0);
	assert_int_equal(r.verdict, VERDICT_VERIFIED);
	assert_non_null(find_notice(&r, NOTICE_UNLISTED_FILE, "note.txt"));
	assert_non_null(find_notice(&r, NOTICE_DUPLICATE_SEGMENT,
	    "20261123T070100Z-00000001.manifest.json"));
	assert_non_null(find_notice(&r, NOTICE_UNLISTED_FILE,
	    "20261123T080000Z-00000003.manifest.json"));
	assert_non_null(find_notice(&r, NOTICE_DUPLICATE_SEGMENT,
	    "20261123T080000Z-00000004.manifest.json")); /* segment 1's bytes */
	assert_non_null(find_notice(&r, NOTICE_UNLISTED_FILE, "2026/11/link.manifest.json"));
	assert_non_null(find_notice(&r, NOTICE_UNSEALED_SEGMENT,
	    "open/20261123T080000Z-00000004.flows.parquet.part"));
	result_free(&r);
	forge_free(&g);
}

static void
swapped(void **state)
{
	struct forge g;
	struct check_options o;
	char a[160];
	char b[160];

	(void)state;
	make(&g);
	o = forge_options(&g);
	/* Whole manifests change names: what they say counts, and their files keep theirs. */
	for (int i = 0; i < 2; i++) {
		const char *suffix = i == 0 ? MANIFEST : SIGNATURE;

		snprintf(a, sizeof a, "%s", forge_name(&g, 1, suffix));
		snprintf(b, sizeof b, "%s", forge_name(&g, 2, suffix));
		copy_in(&g, a, "swap");
		copy_in(&g, b, a);
		copy_in(&g, "swap", b);
	}
	forge_remove(&g, "swap");
	expect_verdict(&o, VERDICT_VERIFIED);
	/* Two files of different segments change places. */
	snprintf(a, sizeof a, "%s", forge_name(&g, 1, SMALL));
	snprintf(b, sizeof b, "%s", forge_name(&g, 2, SMALL));
	copy_in(&g, a, "swap");
	copy_in(&g, b, a);
	copy_in(&g, "swap", b);
	expect_verdict(&o, VERDICT_MODIFIED);
	forge_free(&g);
}

static void
spliced(void **state)
{
	static const char *const suffixes[] = { MANIFEST, SIGNATURE, SMALL, BIG };
	struct forge g;
	struct forge other;
	struct check_options o;
	struct result r;

	(void)state;
	make(&g);
	forge_open(&other, OTHER_ID);
	for (int i = 0; i < 4; i++)
		forge_segment(&other, NULL);
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		char from[FILE_PATH_MAX];

		snprintf(from, sizeof from, "%s",
		    forge_path(&other, forge_name(&other, 4, suffixes[i])));
		copy(from, forge_path(&g, forge_name(&other, 4, suffixes[i])));
	}
	o = forge_options(&g);
	check(&o, &r);
	assert_int_equal(r.verdict, VERDICT_VERIFIED);
	assert_int_equal(r.notices.count, 4);
	result_free(&r);
	o.head.known = false;
	expect_verdict(&o, VERDICT_UNANCHORED);
	for (size_t i = 0; i < 2; i++) {
		char from[FILE_PATH_MAX];

		snprintf(from, sizeof from, "%s",
		    forge_path(&other, forge_name(&other, 2, suffixes[i])));
		copy(from, forge_path(&g, forge_name(&g, 2, suffixes[i])));
	}
	o = forge_options(&g);
	check(&o, &r);
	assert_int_equal(r.verdict, VERDICT_MODIFIED);
	assert_non_null(find(&r, 2, FINDING_CHAIN));
	assert_int_equal(r.segments[3].verdict, VERDICT_VERIFIED);
	result_free(&r);
	forge_free(&g);
	forge_free(&other);
}

static void
forked(void **state)
{
	struct forge g;
	struct forge twin;
	struct check_options o;
	struct result r;

	(void)state;
	make(&g);
	twin = g;
	twin.count = 2;
	copy_in(&g, forge_name(&g, 3, MANIFEST), "a.manifest.json");
	copy_in(&g, forge_name(&g, 3, SIGNATURE), "a.manifest.sig");
	forge_segment(&twin, forge_close_tweak); /* the same key, another text */
	o = forge_options(&g);
	o.head.known = false;
	check(&o, &r);
	assert_int_equal(r.verdict, VERDICT_FORKED);
	assert_int_equal(r.count, 5);
	assert_non_null(find(&r, 3, FINDING_FORK));
	assert_int_equal(r.segments[2].verdict, VERDICT_VERIFIED);
	assert_int_equal(r.segments[3].verdict, VERDICT_FORKED);
	assert_int_equal(r.segments[4].verdict, VERDICT_FORKED);
	result_free(&r);
	o = forge_options(&g);
	expect_verdict(&o, VERDICT_FORKED);
	forge_free(&g);
}

/* Only one of the two branches is there, and the head is of the other one. */
static void
other_branch(void **state)
{
	struct forge g;
	struct forge twin;
	struct check_options o;
	struct result r;

	(void)state;
	make(&g);
	twin = g;
	twin.count = 2;
	forge_segment(&twin, forge_close_tweak);
	o = forge_options(&g);
	check(&o, &r);
	assert_int_equal(r.verdict, VERDICT_MODIFIED);
	assert_non_null(find(&r, 3, FINDING_CHAIN));
	result_free(&r);
	forge_free(&g);
}

static void
resigned(void **state)
{
	struct forge g;
	struct buf b;
	char name[160];

	(void)state;
	for (unsigned key = 0; key < 5; key++) {
		make(&g);
		snprintf(name, sizeof name, "%s", forge_name(&g, 2, MANIFEST));
		buf_init(&b, 0);
		assert_int_equal(file_slurp(forge_path(&g, name), 1 << 20, &b, NULL), STATUS_OK);
		b.data[b.len - 4] ^= 1;
		forge_sign(&g, forge_name(&g, 2, ".manifest"), b.data, b.len, g.secret[key]);
		buf_free(&b);
		if (key == 2) {
			struct check_options o = forge_options(&g);

			expect_verdict(&o, VERDICT_MODIFIED); /* segment 3 names its hash */
			o.head.known = false;
			expect_verdict(&o, VERDICT_MALFORMED);
		} else {
			/* Key 3 is known from the text alone, which names it for the next. */
			expect_one(&g, VERDICT_MODIFIED, 2, FINDING_KEY_MISMATCH, name);
		}
		forge_free(&g);
	}
}

/* Signed by the right key, and wrong all the same. */
static void
sealed_wrong(void **state)
{
	static const struct {
		forge_tweak tweak;
		enum verdict verdict;
		enum finding_code code;
		uint64_t segment;
	} cases[] = {
		{ weak_key_tweak, VERDICT_MALFORMED, FINDING_WEAK_KEY, 2 },
		{ reuse_tweak, VERDICT_MALFORMED, FINDING_WEAK_KEY, 2 },
		{ first_key_tweak, VERDICT_MALFORMED, FINDING_WEAK_KEY, 2 },
		{ counts_tweak, VERDICT_MALFORMED, FINDING_COUNTS, 2 },
		{ previous_tweak, VERDICT_MODIFIED, FINDING_CHAIN, 2 },
		{ archive_tweak, VERDICT_MODIFIED, FINDING_CHAIN, 2 },
		{ sequence_tweak, VERDICT_MODIFIED, FINDING_CHAIN, 2 },
		{ forge_close_tweak, VERDICT_MODIFIED, FINDING_CHAIN, 3 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct forge g;
		struct check_options o;
		struct result r;

		forge_open(&g, ID);
		forge_segment(&g, NULL);
		forge_segment(&g, cases[i].tweak);
		forge_segment(&g, NULL);
		o = forge_options(&g);
		check(&o, &r);
		assert_string_equal(verdict_name(r.verdict), verdict_name(cases[i].verdict));
		assert_non_null(find(&r, cases[i].segment, cases[i].code));
		result_free(&r);
		forge_free(&g);
	}
}

static void
expired(void **state)
{
	struct forge g;
	struct check_options o;
	struct result r;

	(void)state;
	make(&g);
	forge_segment(&g, late_expiry_tweak);
	forge_remove(&g, forge_name(&g, 1, BIG));
	forge_remove(&g, forge_name(&g, 1, SMALL));
	o = forge_options(&g);
	check(&o, &r);
	assert_int_equal(r.verdict, VERDICT_VERIFIED);
	assert_int_equal(r.notices.count, 2);
	assert_int_equal(r.notices.list[0].code, NOTICE_EXPIRED);
	result_free(&r);
	forge_remove(&g, forge_name(&g, 1, MANIFEST));
	forge_remove(&g, forge_name(&g, 1, SIGNATURE));
	check(&o, &r);
	assert_int_equal(r.verdict, VERDICT_VERIFIED);
	assert_int_equal(r.notices.count, 1);
	result_free(&r);
	forge_free(&g);
}

static void
no_archive(void **state)
{
	struct forge g;
	struct check_options o;
	struct result r = { .count = 0 };
	struct fault f = { .status = STATUS_OK };

	(void)state;
	make(&g);
	o = forge_options(&g);
	o.genesis_given = false;
	o.head.known = false;
	o.archive = g.root;
	forge_remove(&g, "genesis.json");
	expect_verdict(&o, VERDICT_INCOMPLETE);
	forge_remove(&g, forge_name(&g, 1, MANIFEST));
	forge_remove(&g, forge_name(&g, 2, MANIFEST));
	forge_remove(&g, forge_name(&g, 3, MANIFEST));
	expect_verdict(&o, VERDICT_MALFORMED);
	o.archive = "/nonexistent/nfseal";
	assert_int_equal(check_archive(&o, &r, &f), STATUS_ABSENT);
	result_free(&r);
	forge_free(&g);
}

/* A head that nothing reaches costs no time, and the absent ones are named. */
static void
bogus_head(void **state)
{
	struct forge g;
	struct check_options o;
	struct result r;

	(void)state;
	make(&g);
	o = forge_options(&g);
	o.head.sequence = UINT64_C(1) << 52;
	check(&o, &r);
	assert_int_equal(r.verdict, VERDICT_INCOMPLETE);
	assert_non_null(find(&r, 4, FINDING_SEGMENT_MISSING));
	assert_non_null(find(&r, UINT64_C(1) << 52, FINDING_HEAD_MISSING));
	assert_int_equal(r.segments[3].verdict, VERDICT_VERIFIED);
	result_free(&r);
	forge_free(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(planted),
		cmocka_unit_test(swapped),
		cmocka_unit_test(spliced),
		cmocka_unit_test(forked),
		cmocka_unit_test(other_branch),
		cmocka_unit_test(resigned),
		cmocka_unit_test(sealed_wrong),
		cmocka_unit_test(expired),
		cmocka_unit_test(no_archive),
		cmocka_unit_test(bogus_head),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
