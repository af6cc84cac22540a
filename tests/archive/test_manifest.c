/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/manifest.h"

#include <stdlib.h>

#include "sample.h"
#include "unit.h"

/* The sample as text, NUL-ended. */
static struct buf
sample_text(void)
{
	struct sample s;
	struct buf b;

	sample_fill(&s);
	buf_init(&b, 0);
	manifest_write(&s.m, &b);
	assert_true(buf_ok(&b));
	(void)buf_cstr(&b);
	return b;
}

/* The finding code of text, NULL if it is accepted. */
static const char *
code_of(const void *text, size_t len)
{
	struct manifest *m = NULL;
	struct fault f = { 0 };
	const char *code = NULL;
	enum status rc = manifest_parse(text, len, "test", &m, &code, &f);

	assert_true((rc == STATUS_OK) == (code == NULL) && (rc == STATUS_OK) == (m != NULL));
	assert_int_equal(f.status, rc);
	manifest_free(m);
	return code;
}

/* The code after the first `from` in the sample became `to`. */
static const char *
code_with(const char *from, const char *to)
{
	struct buf b = sample_text();
	struct buf changed;
	const char *text = buf_cstr(&b);
	const char *at = strstr(text, from);
	const char *code;

	assert_non_null(at);
	buf_init(&changed, 0);
	buf_put(&changed, text, (size_t)(at - text));
	buf_str(&changed, to);
	buf_str(&changed, at + strlen(from));
	code = code_of(changed.data, changed.len);
	buf_free(&changed);
	buf_free(&b);
	return code;
}

static void
test_round_trip(void **state)
{
	struct buf b = sample_text();
	struct manifest *m = NULL;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(manifest_parse(b.data, b.len, "test", &m, NULL, &f), STATUS_OK);
	assert_memory_equal(b.data, "{\"format\":\"nfseal-manifest/1\",\"archive\":\"0011", 45);
	assert_int_equal(b.data[b.len - 1], '\n');
	assert_int_equal(m->sequence, 3);
	assert_int_equal(m->opened.nanos, 1790000000000000000);
	assert_string_equal(m->sealed.clock, "unknown");
	assert_true(m->interval.has_from && m->interval.from == -1);
	assert_false(m->flows_span.has_from);
	assert_int_equal(m->input_count, 2);
	assert_true(m->inputs[0].size == (uint64_t)1 << 60);
	assert_false(m->inputs[0].hashed);
	assert_string_equal(m->inputs[1].name, "a.tar/\xc3\xa9 \"1\"\n.pcap");
	assert_null(m->inputs[1].format);
	assert_string_equal(m->rejected[1].name, "not_ip");
	assert_int_equal(m->rejected[1].wire_bytes, 84);
	assert_int_equal(m->files[1].chunk_count, 2);
	assert_int_equal(m->recovery[0].files[0].size, 1);
	assert_string_equal(m->attachments[0].role, "tsa");
	assert_int_equal(m->expired[0].sequence, 1);
	assert_ptr_equal(manifest_file_by_suffix(m, ".flows.parquet"), &m->files[1]);
	assert_null(manifest_file_by_suffix(m, ".datagrams.pcapng.zst"));
	assert_int_equal(manifest_check_counts(m, "test", &f), STATUS_OK);
	manifest_free(m);
	buf_free(&b);
}

static void
test_every_cut_and_flip(void **state)
{
	struct buf b = sample_text();

	(void)state;
	for (size_t i = 0; i < b.len; i++)
		assert_non_null(code_of(b.data, i));
	/* A flipped bit may make another valid manifest (that is the signature's business), but
	 * what is accepted is canonical: code_of() would fail on a parse that disagrees. */
	for (size_t i = 0; i < b.len; i++) {
		b.data[i] ^= 1;
		(void)code_of(b.data, i);
		b.data[i] ^= 1;
	}
	assert_null(code_of(b.data, b.len));
	buf_free(&b);
}

static void
test_non_canonical(void **state)
{
	struct buf b = sample_text();

	(void)state;
	assert_string_equal(code_of(b.data, b.len - 1), "NON_CANONICAL"); /* no newline */
	assert_string_equal(code_with("\"sequence\":3", "\"sequence\": 3"), "NON_CANONICAL");
	assert_string_equal(code_with("\"sequence\":3", "\"sequence\":3.0"), "NON_CANONICAL");
	assert_string_equal(code_with("\"sequence\":3", "\"sequence\":\"3\""), "NON_CANONICAL");
	assert_string_equal(code_with("{\"format\"", "\xef\xbb\xbf{\"format\""), "NON_CANONICAL");
	assert_string_equal(code_with("}\n", "}\r\n"), "NON_CANONICAL");
	assert_string_equal(code_with("}\n", "}\n\n"), "NON_CANONICAL");
	assert_string_equal(code_with("}\n", "}{}\n"), "NON_CANONICAL");
	assert_string_equal(code_with("\"1152921504606846976\"", "1152921504606846976"),
	    "NON_CANONICAL");
	assert_string_equal(code_with("\"left\"", "\"\\u006ceft\""), "NON_CANONICAL");
	assert_string_equal(code_with("\"left\"", "\"le\xff\""), "NON_CANONICAL");
	assert_string_equal(code_with("\"-5\"", "\"-05\""), "NON_CANONICAL");
	assert_string_equal(code_with("\"name\":\"a.tar\",\"size\":\"1152921504606846976\"",
	    "\"size\":\"1152921504606846976\",\"name\":\"a.tar\""), "NON_CANONICAL");
	assert_string_equal(code_with("\"rows\":2", "\"rows\":02"), "NON_CANONICAL");
	assert_string_equal(code_with("\"rows\":2", "\"rows\":99999999999999999999"),
	    "NON_CANONICAL");
	buf_free(&b);
}

static void
test_schema(void **state)
{
	(void)state;
	assert_string_equal(code_with("\"rows\":2", "\"rows\":2,\"rows\":2"), "DUPLICATE_KEY");
	assert_string_equal(code_with("nfseal-manifest/1", "nfseal-manifest/2"), "VERSION");
	assert_string_equal(code_with("\"rows\":2", "\"rowz\":2"), "SCHEMA");
	assert_string_equal(code_with("\"rows\":2", "\"rows\":2,\"x\":1"), "SCHEMA");
	assert_string_equal(code_with("\"rows\":2,", ""), "SCHEMA");
	assert_string_equal(code_with("\"rows\":2", "\"rows\":-2"), "SCHEMA");
	assert_string_equal(code_with("\"rows\":2", "\"rows\":null"), "SCHEMA");
	assert_string_equal(code_with("\"sequence\":3", "\"sequence\":0"), "SCHEMA");
	assert_string_equal(code_with("0011223344556677", "0011223344556G77"), "SCHEMA");
	assert_string_equal(code_with("0011223344556677", "00112233445566AA"), "SCHEMA");
	assert_string_equal(code_with("\"container\":0", "\"container\":1"), "SCHEMA");
	assert_string_equal(code_with("\"size\":1048577", "\"size\":1048576"), "SCHEMA");
	assert_string_equal(code_with("\"expired\":[{\"sequence\":1", "\"expired\":[{\"sequence\":3"),
	    "SCHEMA");
}

static void
test_file_names(void **state)
{
	static const char *const bad[] = { "../00000000000Z-00000003.a", "20261123T070000Z-00000003/a",
		"20261123T070000Z-00000004.a.zst", "20261123T070000Z-3.a.zst",
		"20261123T070000Z-000000003.a.zst", "20261123T070000Z-00000003.", "",
		"20261123T070000Z-00000003.manifest.json", "20261123T070000Z-00000003.manifest.sig",
		"20261123T070000Z-00000003.A", "20261123T070000Z-00000003..a", "/etc/passwd",
		"20261123T070001Z-00000003.a.zst", "20261123T070000Z-00000003.z" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_string_equal(code_with("20261123T070000Z-00000003.a.zst", bad[i]), "SCHEMA");
	assert_string_equal(code_with("x.tsr", "../x.tsr"), "SCHEMA");
	assert_string_equal(code_with("x.tsr", ".x"), "SCHEMA");
}

static void
test_limits_and_keys(void **state)
{
	char deep[64];
	char zero[80];

	(void)state;
	memset(deep, '[', sizeof deep);
	assert_string_equal(code_of(deep, sizeof deep), "LIMIT");
	memset(zero, '0', 64);
	zero[64] = '\0';
	assert_string_equal(code_with(
	    "5555555555555555555555555555555555555555555555555555555555555555", zero), "WEAK_KEY");
	assert_null(code_with(
	    "\"5555555555555555555555555555555555555555555555555555555555555555\"", "null"));
}

static void
test_counts(void **state)
{
	struct sample s;
	struct fault f = { 0 };

	(void)state;
	sample_fill(&s);
	assert_int_equal(manifest_check_counts(&s.m, "test", &f), STATUS_OK);
	s.rejected[1].packets = 3;
	assert_int_equal(manifest_check_counts(&s.m, "test", &f), STATUS_MALFORMED);
	assert_non_null(strstr(f.text, "packets or bytes read"));
	sample_fill(&s);
	s.m.ip_bytes.carried_in = UINT64_MAX;
	s.m.ip_bytes.metered = 1001;
	assert_int_equal(manifest_check_counts(&s.m, "test", NULL), STATUS_MALFORMED);
	sample_fill(&s);
	s.m.rows = 3;
	assert_int_equal(manifest_check_counts(&s.m, "test", NULL), STATUS_MALFORMED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_every_cut_and_flip),
		cmocka_unit_test(test_non_canonical),
		cmocka_unit_test(test_schema),
		cmocka_unit_test(test_file_names),
		cmocka_unit_test(test_limits_and_keys),
		cmocka_unit_test(test_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
