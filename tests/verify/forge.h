/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_VERIFY_FORGE_H
#define TESTS_VERIFY_FORGE_H

/*
 * Archives made by hand on the primitives of hash, key, manifest and genesis, with all keys
 * kept, so that a test can seal what no writer would.  The listed files hold bytes, no
 * tables: the verdict reads no further.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/genesis.h"
#include "archive/manifest.h"
#include "base/file.h"
#include "base/text.h"
#include "tests/unit.h"
#include "verify/check.h"

enum { FORGE_MAX = 16, FORGE_BIG = (2 << 20) + 4321 };

struct forge {
	char root[256]; /* a directory of its own: archive/ and state/ in it */
	char archive[272];
	char state[272];
	char id[ARCHIVE_ID_HEX];
	size_t big; /* sizes of the two files of a segment */
	size_t small;
	uint64_t count; /* segments; 0: the genesis only */
	uint8_t secret[FORGE_MAX + 2][KEY_SIZE];
	uint8_t public[FORGE_MAX + 2][KEY_SIZE];
	uint8_t sha256[FORGE_MAX + 1][SHA256_SIZE];
	char stem[FORGE_MAX + 1][96]; /* below the archive */
};

/* What is told about a manifest before it is written; NULL: nothing. */
typedef void (*forge_tweak)(struct forge *g, struct manifest *m);

static inline const char *
forge_path(const struct forge *g, const char *name)
{
	static char path[FILE_PATH_MAX];

	snprintf(path, sizeof path, "%s/%s", g->archive, name);
	return path;
}

static inline void
forge_put(const struct forge *g, const char *name, const void *data, size_t len)
{
	(void)unlink(forge_path(g, name));
	assert_int_equal(file_write_new(forge_path(g, name), 0644, data, len, NULL), STATUS_OK);
}

/* The bytes of a sealed JSON file and their signature, in place. */
static inline void
forge_sign(struct forge *g, const char *stem, const void *data, size_t len,
    const uint8_t secret[KEY_SIZE])
{
	uint8_t signature[SIGNATURE_SIZE];
	char name[200];

	assert_true(strlen(stem) < 160);
	assert_int_equal(key_sign(secret, data, len, signature, NULL), STATUS_OK);
	snprintf(name, sizeof name, "%s.json", stem);
	forge_put(g, name, data, len);
	snprintf(name, sizeof name, "%s.sig", stem);
	forge_put(g, name, signature, sizeof signature);
}

static inline void
forge_genesis(struct forge *g)
{
	struct genesis x = { .created = { 1700000000000000000, "unknown" }, .key_storage = "file",
		.layout = 1, .software = { "forge", "1", "test" } };
	struct buf b;

	buf_init(&b, 0);
	memcpy(x.archive, g->id, sizeof x.archive);
	memcpy(x.key, g->public[0], KEY_SIZE);
	memcpy(x.next_key, g->public[1], KEY_SIZE);
	genesis_write(&x, &b);
	assert_true(buf_ok(&b));
	assert_int_equal(sha256_of(b.data, b.len, g->sha256[0], NULL), STATUS_OK);
	forge_sign(g, "genesis", b.data, b.len, g->secret[0]);
	buf_free(&b);
}

static inline void
forge_open(struct forge *g, const char *id)
{
	memset(g, 0, sizeof *g);
	g->big = FORGE_BIG;
	g->small = 1000;
	assert_true(snprintf(g->root, sizeof g->root, "%s/forge-XXXXXX", getenv("TMPDIR") != NULL ?
	    getenv("TMPDIR") : "/tmp") < (int)sizeof g->root);
	assert_non_null(mkdtemp(g->root));
	snprintf(g->archive, sizeof g->archive, "%s/archive", g->root);
	snprintf(g->state, sizeof g->state, "%s/state", g->root);
	snprintf(g->id, sizeof g->id, "%s", id);
	assert_int_equal(file_make_dirs(forge_path(g, "2026/11/23"), 0755, NULL), STATUS_OK);
	for (size_t i = 0; i < ARRAY_LEN(g->secret); i++)
		assert_int_equal(key_generate(g->secret[i], g->public[i], NULL), STATUS_OK);
	forge_genesis(g);
}

static inline void
forge_file(struct forge *g, const char *suffix, size_t size, struct manifest_file *out,
    struct digest *d)
{
	char name[160];
	uint8_t *data = malloc(size + 1);

	assert_non_null(data);
	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)(i * 31 + g->count * 7 + i / 509);
	snprintf(name, sizeof name, "%s%s", g->stem[g->count], suffix);
	forge_put(g, name, data, size);
	assert_int_equal(digest_open(d, true, NULL), STATUS_OK);
	assert_int_equal(digest_update(d, data, size, NULL), STATUS_OK);
	assert_int_equal(digest_finish(d, NULL), STATUS_OK);
	free(data);
	out->size = d->size;
	memcpy(out->sha256, d->sha256, SHA256_SIZE);
	out->chunks = d->chunks.data;
	out->chunk_count = digest_chunk_count(d);
}

/* The next segment: a big file (of three chunks, where nothing else is set) and a small one. */
static inline void
forge_segment(struct forge *g, forge_tweak tweak)
{
	uint64_t n = ++g->count;
	struct digest d[2] = { { .size = 0 }, { .size = 0 } };
	char names[2][96];
	struct manifest_file files[2] = { { .name = names[0] }, { .name = names[1] } };
	struct manifest m = { .sequence = n, .source = "files", .files = files, .file_count = 2,
		.key_storage = "file", .decoder_version = "1", .libzstd = "1",
		.software = { "forge", "1", "test" } };
	struct buf b;
	char stem[128];

	assert_true(n <= FORGE_MAX);
	snprintf(g->stem[n], sizeof g->stem[n], "2026/11/23/20261123T07%02u00Z-%08u",
	    (unsigned)n, (unsigned)n);
	snprintf(names[0], sizeof names[0], "%.60s.datagrams.pcapng.zst", g->stem[n] + 11);
	snprintf(names[1], sizeof names[1], "%.60s.flows.parquet", g->stem[n] + 11);
	forge_file(g, ".datagrams.pcapng.zst", g->big, &files[0], &d[0]);
	forge_file(g, ".flows.parquet", g->small, &files[1], &d[1]);
	memcpy(m.archive, g->id, sizeof m.archive);
	memcpy(m.previous, g->sha256[n - 1], SHA256_SIZE);
	m.opened = (struct manifest_time) { (int64_t)n * 1000000000, "unknown" };
	m.sealed = (struct manifest_time) { (int64_t)n * 1000000000 + 1, "unknown" };
	memcpy(m.next_key, g->public[n + 1], KEY_SIZE);
	if (tweak != NULL)
		tweak(g, &m);
	buf_init(&b, 0);
	manifest_write(&m, &b);
	assert_true(buf_ok(&b));
	assert_int_equal(sha256_of(b.data, b.len, g->sha256[n], NULL), STATUS_OK);
	snprintf(stem, sizeof stem, "%.90s.manifest", g->stem[n]);
	forge_sign(g, stem, b.data, b.len, g->secret[n]);
	buf_free(&b);
	digest_free(&d[0]);
	digest_free(&d[1]);
}

static inline void
forge_close_tweak(struct forge *g, struct manifest *m)
{
	(void)g;
	m->closed = true;
}

/* A file below the archive, by its segment and suffix. */
static inline const char *
forge_name(const struct forge *g, uint64_t n, const char *suffix)
{
	static char name[160];

	snprintf(name, sizeof name, "%s%s", g->stem[n], suffix);
	return name;
}

static inline void
forge_flip(const struct forge *g, const char *name, long offset)
{
	FILE *f = fopen(forge_path(g, name), "r+b");
	int c;

	assert_non_null(f);
	assert_int_equal(fseek(f, offset, SEEK_SET), 0);
	c = getc(f);
	assert_int_not_equal(c, EOF);
	assert_int_equal(fseek(f, offset, SEEK_SET), 0);
	assert_int_equal(putc(c ^ 1, f), c ^ 1);
	assert_int_equal(fclose(f), 0);
}

static inline void
forge_remove(const struct forge *g, const char *name)
{
	assert_int_equal(unlink(forge_path(g, name)), 0);
}

static inline void
forge_free(struct forge *g)
{
	char command[300];

	assert_true(snprintf(command, sizeof command, "rm -rf '%.250s'", g->root) < (int)sizeof command);
	assert_int_equal(system(command), 0);
}

/* The check's usual arguments: genesis and head given, nothing remembered. */
static inline struct check_options
forge_options(const struct forge *g)
{
	struct check_options o = { .archive = g->archive, .state = g->state,
		.genesis_given = true, .threads = 2 };

	memcpy(o.genesis, g->sha256[0], SHA256_SIZE);
	o.head = (struct head) { .known = true, .sequence = g->count };
	memcpy(o.head.sha256, g->sha256[g->count], SHA256_SIZE);
	return o;
}

#endif
