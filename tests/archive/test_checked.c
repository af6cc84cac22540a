/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/checked.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

enum { CHUNKS = 5, SIZE = 4 * SHA256_CHUNK + 1000, BAD = 2, STEP = 100000 };

struct sealed {
	char path[64];
	uint8_t *data;
	struct digest digest;
	struct manifest_file file;
};

/* A file, its hashes, and then one octet of it changed. */
static void
make(struct sealed *s)
{
	FILE *f;

	strcpy(s->path, "test_checked.XXXXXX");
	assert_true(close(mkstemp(s->path)) == 0);
	s->data = malloc(SIZE);
	assert_non_null(s->data);
	for (size_t i = 0; i < SIZE; i++)
		s->data[i] = (uint8_t)(i * i >> 7);
	assert_int_equal(digest_open(&s->digest, true, NULL), STATUS_OK);
	assert_int_equal(digest_update(&s->digest, s->data, SIZE, NULL), STATUS_OK);
	assert_int_equal(digest_finish(&s->digest, NULL), STATUS_OK);
	s->file = (struct manifest_file){ .size = SIZE, .chunks = s->digest.chunks.data,
		.chunk_count = CHUNKS };
	s->data[BAD * SHA256_CHUNK + 77] ^= 1;
	f = fopen(s->path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(s->data, 1, SIZE, f), SIZE);
	assert_int_equal(fclose(f), 0);
}

static void
drop(struct sealed *s)
{
	assert_int_equal(unlink(s->path), 0);
	digest_free(&s->digest);
	free(s->data);
}

static void
count_told(void *ctx, const struct fault *why)
{
	unsigned *told = ctx;

	assert_int_equal(why->offset, BAD * SHA256_CHUNK);
	++*told;
}

/* In steps, in order or from the end on; what touches the bad chunk is refused, all else is as written. */
static void
read_all(const struct sealed *s, struct checked *c, bool backwards, bool tolerated)
{
	static uint8_t got[STEP];

	for (size_t i = 0; i < SIZE / STEP + 1; i++) {
		size_t at = (backwards ? SIZE / STEP - i : i) * STEP, len = SIZE - at < STEP ? SIZE - at : STEP;
		bool bad = at + len > BAD * SHA256_CHUNK && at < (BAD + 1) * SHA256_CHUNK && !tolerated;
		struct fault f = { 0 };
		enum status st = checked_read(c, got, len, at, &f);

		assert_int_equal(st, bad ? STATUS_DIFFERS : STATUS_OK);
		assert_int_equal(f.status, st);
		if (bad)
			assert_int_equal(f.offset, BAD * SHA256_CHUNK);
		else
			assert_memory_equal(got, s->data + at, len);
	}
}

/* Read in order the next chunk is loaded ahead: what differs is refused where it is read, each time. */
static void
a_chunk_that_differs(void **state)
{
	struct sealed s;
	struct checked *c = NULL;

	(void)state;
	make(&s);
	assert_int_equal(checked_open(s.path, &s.file, &c, NULL), STATUS_OK);
	for (unsigned round = 0; round < 3; round++) {
		read_all(&s, c, false, false);
		read_all(&s, c, true, false);
	}
	checked_free(c);
	drop(&s);
}

static void
told_and_given(void **state)
{
	struct sealed s;
	struct checked *c = NULL;
	unsigned told = 0;

	(void)state;
	make(&s);
	assert_int_equal(checked_open(s.path, &s.file, &c, NULL), STATUS_OK);
	checked_tolerate(c, count_told, &told);
	read_all(&s, c, false, true);
	assert_int_equal(told, 1);
	checked_free(c);
	drop(&s);
}

/* Freed while a chunk is being loaded ahead. */
static void
left_early(void **state)
{
	struct sealed s;
	struct checked *c = NULL;
	uint8_t got[16];

	(void)state;
	make(&s);
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(checked_open(s.path, &s.file, &c, NULL), STATUS_OK);
		assert_int_equal(checked_read(c, got, sizeof got, 0, NULL), STATUS_OK);
		assert_int_equal(checked_read(c, got, sizeof got, SHA256_CHUNK, NULL), STATUS_OK);
		checked_free(c);
	}
	drop(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chunk_that_differs),
		cmocka_unit_test(told_and_given),
		cmocka_unit_test(left_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
