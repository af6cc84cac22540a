/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/capture/quic_seal.h"
#include "tests/unit.h"

#include "base/text.h"

static const uint8_t cid[] = { 0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08 };

static void
assert_keys(uint32_t version, const char *key, const char *iv, const char *hp)
{
	struct quic_keys k;
	char text[64];

	assert_true(quic_client_keys(quic_version_find(version), cid, sizeof(cid), &k));
	text_hex(text, k.key, sizeof(k.key));
	assert_string_equal(text, key);
	text_hex(text, k.iv, sizeof(k.iv));
	assert_string_equal(text, iv);
	text_hex(text, k.hp, sizeof(k.hp));
	assert_string_equal(text, hp);
}

/* RFC 9001 appendix A.1 and RFC 9369 appendix A.1. */
static void
the_published_keys(void **state)
{
	(void)state;
	assert_keys(QUIC_V1, "1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c",
	    "9f50449e04a0e810283a1e9933adedd2");
	assert_keys(QUIC_V2, "8b1a0bc121284290a29e0971b5cd045d", "91f73e2351d8fa91660e909f",
	    "45b95e15235d6f45a6b19cbcb0294ba9");
}

static void
versions(void **state)
{
	static const struct {
		uint32_t version;
		bool known, chlo;
	} cases[] = { { 1, true, false }, { 0, false, false }, { 2, false, false }, { QUIC_V2, true, false },
		{ 0xff000015, false, false }, { 0xff000016, true, false }, { 0xff000017, true, false },
		{ 0xff00001c, true, false }, { 0xff00001d, true, false }, { 0xff000022, true, false },
		{ 0xff000023, false, false }, { 0x51303530, true, true }, { 0x51303436, false, false } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct quic_version *v = quic_version_find(cases[i].version);

		assert_int_equal(v != NULL, cases[i].known);
		if (v != NULL)
			assert_int_equal(v->chlo, cases[i].chlo);
	}
}

static void
opens_what_was_sealed_alone(void **state)
{
	static const uint8_t frames[] = { 6, 0, 3, 'a', 'b', 'c', 0, 0 };
	const struct sealing s = { .version = QUIC_V1, .cid = cid, .cid_len = sizeof(cid), .token = 5,
		.number = 0x01020304 };
	struct buf b = { .data = NULL };
	struct quic_keys k;
	uint8_t out[QUIC_PACKET_MAX];
	size_t len = 0;
	const size_t number = 1 + 4 + 1 + 8 + 1 + 2 + 5 + 2;

	(void)state;
	assert_true(seal_initial(&b, &s, frames, sizeof(frames)));
	assert_true(quic_client_keys(quic_version_find(QUIC_V1), cid, sizeof(cid), &k));
	assert_true(quic_open(&k, b.data, b.len, number, out, &len));
	assert_int_equal(len, sizeof(frames));
	assert_memory_equal(out, frames, sizeof(frames));
	for (size_t i = 0; i < b.len; i++) {
		b.data[i] ^= 0x10;
		assert_false(quic_open(&k, b.data, b.len, number, out, &len));
		b.data[i] ^= 0x10;
		assert_false(quic_open(&k, b.data, i, number, out, &len));
	}
	assert_false(quic_open(&k, b.data, b.len, number + 1, out, &len));
	assert_false(quic_open(&k, b.data, b.len, SIZE_MAX, out, &len));
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_keys),
		cmocka_unit_test(versions),
		cmocka_unit_test(opens_what_was_sealed_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
