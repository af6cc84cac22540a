/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/sha256.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "unit.h"

static void
assert_hash(const uint8_t got[SHA256_SIZE], const char *want)
{
	char text[SHA256_HEX];

	text_hex(text, got, SHA256_SIZE);
	assert_string_equal(text, want);
}

/* FIPS 180-4's examples. */
static void
test_known(void **state)
{
	uint8_t got[SHA256_SIZE];

	(void)state;
	assert_int_equal(sha256_of("abc", 3, got, NULL), STATUS_OK);
	assert_hash(got, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(sha256_of(NULL, 0, got, NULL), STATUS_OK);
	assert_hash(got, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* Pieces of `step` bytes of a file of `size` zeros. */
static void
take(struct digest *d, size_t size, size_t step)
{
	uint8_t *zeros = calloc(1, step);

	assert_non_null(zeros);
	assert_int_equal(digest_open(d, true, NULL), STATUS_OK);
	while (size > 0) {
		size_t n = size < step ? size : step;

		assert_int_equal(digest_update(d, zeros, n, NULL), STATUS_OK);
		size -= n;
	}
	assert_int_equal(digest_finish(d, NULL), STATUS_OK);
	free(zeros);
}

static void
test_chunks(void **state)
{
	static const struct {
		size_t size;
		size_t chunks;
	} rows[] = { { 0, 0 }, { 1, 0 }, { SHA256_CHUNK, 0 }, { SHA256_CHUNK + 1, 2 },
		{ 2 * SHA256_CHUNK, 2 }, { 2 * SHA256_CHUNK + 1, 3 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct digest a;
		struct digest b;

		take(&a, rows[i].size, 65537);
		take(&b, rows[i].size, 3 * SHA256_CHUNK);
		assert_int_equal(digest_chunk_count(&a), rows[i].chunks);
		assert_true(a.size == rows[i].size);
		assert_true(digest_equal(&a, &b));
		digest_free(&a);
		digest_free(&b);
	}
}

static void
test_chunk_values(void **state)
{
	struct digest d;

	(void)state;
	take(&d, SHA256_CHUNK + 1, 4096);
	/* head -c 1048576 /dev/zero | sha256sum; head -c 1 ... */
	assert_hash(d.chunks.data,
	    "30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36582b8af909fcb58");
	assert_hash(d.chunks.data + SHA256_SIZE,
	    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
	digest_free(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_chunk_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
