/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_VERIFY_EXPECT_H
#define TESTS_VERIFY_EXPECT_H

/* What a check of a forged archive must give: verdict, code and place. */

#include "tests/verify/forge.h"

#define ID "00112233445566778899aabbccddeeff"
#define OTHER_ID "ffeeddccbbaa99887766554433221100"
#define BIG ".datagrams.pcapng.zst"
#define SMALL ".flows.parquet"
#define MANIFEST ".manifest.json"
#define SIGNATURE ".manifest.sig"

static inline void
make(struct forge *g)
{
	forge_open(g, ID);
	for (int i = 0; i < 3; i++)
		forge_segment(g, NULL);
}

/* The finding of that code in that segment; NULL if none. */
static inline const struct finding *
find(const struct result *r, uint64_t sequence, enum finding_code code)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct segment *s = &r->segments[i];

		for (size_t k = 0; s->sequence == sequence && k < s->findings.count; k++)
			if (s->findings.list[k].code == code)
				return &s->findings.list[k];
	}
	return NULL;
}

static inline size_t
count_findings(const struct result *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->count; i++)
		n += r->segments[i].findings.count;
	return n;
}

static inline const struct notice *
find_notice(const struct result *r, enum notice_code code, const char *file)
{
	for (size_t i = 0; i < r->notices.count; i++)
		if (r->notices.list[i].code == code && strcmp(r->notices.list[i].file, file) == 0)
			return &r->notices.list[i];
	return NULL;
}

static inline void
check(const struct check_options *o, struct result *r)
{
	struct fault f = { .status = STATUS_OK };

	*r = (struct result) { .count = 0 };
	assert_int_equal(check_archive(o, r, &f), STATUS_OK);
}

/* One manipulation, genesis and head given: one finding, and everything else verifies. */
static inline void
expect_one(const struct forge *g, enum verdict verdict, uint64_t sequence,
    enum finding_code code, const char *file)
{
	struct check_options o = forge_options(g);
	struct result r;
	const struct finding *x;

	check(&o, &r);
	x = find(&r, sequence, code);
	assert_non_null(x);
	assert_string_equal(x->file, file);
	assert_int_equal(count_findings(&r), 1);
	assert_string_equal(verdict_name(r.verdict), verdict_name(verdict));
	assert_int_equal(r.count, g->count + 1);
	for (size_t i = 0; i < r.count; i++)
		if (r.segments[i].sequence != sequence)
			assert_int_equal(r.segments[i].verdict, VERDICT_VERIFIED);
	result_free(&r);
}

static inline void
expect_verdict(const struct check_options *o, enum verdict verdict)
{
	struct result r;

	check(o, &r);
	assert_string_equal(verdict_name(r.verdict), verdict_name(verdict));
	result_free(&r);
}

static inline void
copy(const char *from, const char *to)
{
	struct buf b;

	buf_init(&b, 0);
	(void)unlink(to);
	assert_int_equal(file_slurp(from, 1 << 24, &b, NULL), STATUS_OK);
	assert_int_equal(file_write_new(to, 0644, b.data, b.len, NULL), STATUS_OK);
	buf_free(&b);
}

static inline void
copy_in(const struct forge *g, const char *from, const char *to)
{
	char path[FILE_PATH_MAX];

	snprintf(path, sizeof path, "%s", forge_path(g, from));
	copy(path, forge_path(g, to));
}

#endif
