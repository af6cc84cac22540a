/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small archive, and in each of its files every byte changed and every length cut: each
 * gives MODIFIED, whether a head is given or the archive is closed and needs none.
 */
#include "tests/verify/forge.h"

static const char *const suffixes[] = { ".datagrams.pcapng.zst", ".flows.parquet",
	".manifest.json", ".manifest.sig" };

static void
make(struct forge *g)
{
	forge_open(g, "00112233445566778899aabbccddeeff");
	g->big = 30;
	g->small = 12;
	forge_segment(g, NULL);
	forge_segment(g, forge_close_tweak);
}

static void
expect_modified(const struct forge *g, bool with_head, const char *name, size_t at)
{
	struct check_options o = forge_options(g);
	struct result r = { .count = 0 };

	o.head.known = with_head;
	o.threads = 1;
	assert_int_equal(check_archive(&o, &r, NULL), STATUS_OK);
	if (r.verdict != VERDICT_MODIFIED)
		fail_msg("%s at %zu: %s", name, at, verdict_name(r.verdict));
	result_free(&r);
}

static void
put_bytes(const char *path, const uint8_t *data, size_t len)
{
	int fd = -1;

	assert_int_equal(unlink(path), 0);
	assert_int_equal(file_create(path, 0644, &fd, NULL), STATUS_OK);
	assert_int_equal(file_write_all(fd, data, len, path, NULL), STATUS_OK);
	assert_int_equal(close(fd), 0);
}

static void
tamper(const struct forge *g, const char *name, bool cut)
{
	char path[FILE_PATH_MAX];
	struct buf b;

	snprintf(path, sizeof path, "%s", forge_path(g, name));
	buf_init(&b, 0);
	assert_int_equal(file_slurp(path, 1 << 20, &b, NULL), STATUS_OK);
	for (size_t i = 0; i < b.len; i++) {
		uint8_t bit = (uint8_t)(1 << i % 8);

		b.data[i] ^= cut ? 0 : bit;
		put_bytes(path, b.data, cut ? i : b.len);
		expect_modified(g, i % 2 == 0, name, i);
		b.data[i] ^= cut ? 0 : bit;
	}
	put_bytes(path, b.data, b.len);
	buf_free(&b);
}

static void
tamper_all(bool cut)
{
	struct forge g;

	make(&g);
	tamper(&g, "genesis.json", cut);
	tamper(&g, "genesis.sig", cut);
	for (uint64_t n = 1; n <= g.count; n++) {
		for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
			char name[160];

			snprintf(name, sizeof name, "%s", forge_name(&g, n, suffixes[i]));
			tamper(&g, name, cut);
		}
	}
	forge_free(&g);
}

static void
every_byte_changed(void **state)
{
	(void)state;
	tamper_all(false);
}

static void
every_length_cut(void **state)
{
	(void)state;
	tamper_all(true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_changed),
		cmocka_unit_test(every_length_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
