/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/sha1.h"

#include <openssl/sha.h>
#include <string.h>

#include "base/text.h"
#include "unit.h"

static void
assert_digest(const char *text, const char *expected)
{
	uint8_t digest[SHA1_SIZE];
	char hex[2 * SHA1_SIZE + 1];

	sha1(text, strlen(text), digest);
	text_hex(hex, digest, SHA1_SIZE);
	assert_string_equal(hex, expected);
}

/* FIPS 180's examples. */
static void
published(void **state)
{
	(void)state;
	assert_digest("", "da39a3ee5e6b4b0d3255bfef95601890afd80709");
	assert_digest("abc", "a9993e364706816aba3e25717850c26c9cd0d89d");
	assert_digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}

/* Each length around the ends of blocks, as OpenSSL has it. */
static void
every_length(void **state)
{
	(void)state;
	uint8_t data[300], ours[SHA1_SIZE], theirs[SHA1_SIZE];

	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i * 7 + 3);
	for (size_t len = 0; len <= sizeof data; len++) {
		sha1(data, len, ours);
		(void)SHA1(data, len, theirs);
		assert_memory_equal(ours, theirs, SHA1_SIZE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published),
		cmocka_unit_test(every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
