/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/custody.h"

#include <sys/stat.h>
#include <unistd.h>

#include "../custody_line.h"

#define LONG_NAME "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
#define ZEROS     "0000000000000000000000000000000000000000000000000000000000000000"

static const uint8_t zeros[SHA256_SIZE];

static void
test_good(void **state)
{
	struct buf line = { 0 };
	struct custody_entry e;
	uint8_t key[KEY_SIZE], sha256[SHA256_SIZE];
	const char *code;

	(void)state;
	custody_line(&line, 1, zeros, NULL, NULL);
	assert_int_equal(custody_parse(line.data, line.len, "log", &e, &code, NULL), STATUS_OK);
	assert_true(text_parse_hex(CUSTODY_PUBLIC, key, KEY_SIZE));
	assert_int_equal(sha256_of(line.data, line.len, sha256, NULL), STATUS_OK);
	assert_memory_equal(e.key, key, KEY_SIZE);
	assert_memory_equal(e.sha256, sha256, SHA256_SIZE);
	assert_memory_equal(e.previous, zeros, SHA256_SIZE);
	assert_int_equal(e.sequence, 1);
	assert_int_equal(e.time, 1700000000000000001);
	assert_int_equal(e.cut, 0);
	assert_string_equal(e.user, "ann");
	assert_string_equal(e.host, "lab");
	assert_string_equal(e.action, "replay");
	buf_free(&line);
}

struct bad {
	const char *old, *new;
	enum status status;
	const char *text; /* what the fault begins with: the code, and where it is */
};

#define MALFORMED STATUS_MALFORMED

/* Each is signed as it stands. */
static const struct bad bad[] = {
	{ "custody/1", "custody/2", STATUS_UNSUPPORTED, "VERSION: format \"nfseal-custody/2\"" },
	{ "\"nfseal-custody/1\"", "1", MALFORMED, "SCHEMA: no \"format\"" },
	{ "\"sequence\":1", "\"sequence\":0", MALFORMED, "SCHEMA: key \"sequence\": entries are counted from 1" },
	{ "\"sequence\":1", "\"sequence\":-1", MALFORMED, "SCHEMA: key \"sequence\": is no count" },
	{ "\"sequence\":1", "\"sequence\":1.5", MALFORMED, "NON_CANONICAL: \"sequence\" is no integer" },
	{ "\"sequence\":1", "\"sequence\":\"1\"", MALFORMED, "NON_CANONICAL: written again it differs from byte 40 on" },
	{ "\"sequence\":1", "\"sequence\":9007199254740992", MALFORMED, "NON_CANONICAL: \"sequence\": from 2^53" },
	{ "\"sequence\":1", "\"sequence\":99999999999999999999", MALFORMED, "NON_CANONICAL: at byte " },
	{ "\"sequence\":1", "\"sequence\":true", MALFORMED, "SCHEMA: key \"sequence\": is no count" },
	{ "\"sequence\":1,", "", MALFORMED, "SCHEMA: \"\" has 11 keys, not 12" },
	{ "\"" ZEROS "\"", "null", MALFORMED, "SCHEMA: \"previous\": not 32 octets" },
	{ "\"" ZEROS, "\"00" ZEROS, MALFORMED, "SCHEMA: \"previous\": not 32 octets" },
	{ "\"00", "\"", MALFORMED, "SCHEMA: \"previous\": not 32 octets" },
	{ "\"00", "\"0", MALFORMED, "SCHEMA: \"previous\": not 32 octets" },
	{ "\"00", "\"0A", MALFORMED, "SCHEMA: \"previous\": not 32 octets" },
	{ "\"1700000000000000001\"", "1700000000000000001", MALFORMED, "SCHEMA: key \"time\": is no time" },
	{ "\"1700000000000000001", "\"9223372036854775808", MALFORMED, "SCHEMA: key \"time\": is no time" },
	{ "\"1700000000000000001", "\"-", MALFORMED, "SCHEMA: key \"time\": is no time" },
	{ "\"1700000000000000001", "\"-0", MALFORMED, "NON_CANONICAL: written again" },
	{ "\"1700000000000000001", "\"01", MALFORMED, "NON_CANONICAL: written again" },
	{ "\"ann\"", "[]", MALFORMED, "SCHEMA: key \"user\": is no string" },
	{ "\"ann", "\"" LONG_NAME LONG_NAME LONG_NAME LONG_NAME, STATUS_LIMIT, "LIMIT: \"user\" is longer than 255" },
	{ "ann", "a\\u006en", MALFORMED, "NON_CANONICAL: written again" },
	{ "ann", "a\\u0000n", MALFORMED, "NON_CANONICAL: at byte " },
	{ "ann", "a\xffn", MALFORMED, "NON_CANONICAL: at byte " },
	{ "\"lab\"", "7", MALFORMED, "SCHEMA: key \"host\": is no string" },
	{ "\"replay\"", "null", MALFORMED, "SCHEMA: key \"action\": is no string" },
	{ "\"cut\":0", "\"cut\":null", MALFORMED, "SCHEMA: key \"cut\": is no count" },
	{ "\"cut\":0", "\"cut\":5", MALFORMED, "NON_CANONICAL: written again" }, /* of which there is no hash */
	{ "null", "\"" ZEROS "\"", MALFORMED, "NON_CANONICAL: written again" }, /* of nothing */
	{ "null", "0", MALFORMED, "SCHEMA: \"cut_sha256\": not 32 octets" },
	{ "\"3d40", "\"40", MALFORMED, "SCHEMA: \"key\": not 32 octets" },
	{ CUSTODY_PUBLIC, ZEROS, STATUS_KEY, "WEAK_KEY: entry 1 is not signed" },
	{ "{\"flows\":1}", "1", MALFORMED, "SCHEMA: key \"document\": is no object" },
	{ "{\"flows\":1}", "[1]", MALFORMED, "SCHEMA: key \"document\": is no object" },
	{ "\"document\":", "\"foreign\":", MALFORMED, "SCHEMA: key \"document\": is missing" },
	{ "1}}", "1,\"flows\":2}}", MALFORMED, "DUPLICATE_KEY: " },
	{ "1}}", "[[[[[[[[1]]]]]]]]}}", STATUS_LIMIT, "LIMIT: nested deeper than 8" },
	{ "1}}", "1 }}", MALFORMED, "NON_CANONICAL: white space at byte " },
	{ "1}}", "1}\n}", MALFORMED, "NON_CANONICAL: white space at byte " },
	{ "\"user\"", "\"foreign\":1,\"user\"", MALFORMED, "SCHEMA: \"\" has 13 keys, not 12" },
	{ "\"user\"", "\"cut\":0,\"user\"", MALFORMED, "DUPLICATE_KEY: " },
	{ "\"user\"", " \"user\"", MALFORMED, "NON_CANONICAL: written again it differs from byte 149 on" },
	{ "\"user\":\"ann\",\"host\":\"lab\"", "\"host\":\"lab\",\"user\":\"ann\"", MALFORMED,
	    "NON_CANONICAL: written again it differs from byte 150 on" },
	{ "{\"format\"", "\n{\"format\"", MALFORMED, "NON_CANONICAL: written again it differs from byte 0 on" },
	{ "{\"format\"", "{{\"format\"", MALFORMED, "NON_CANONICAL: at byte " },
};

static void
refused(const struct buf *line, enum status want, const char *text)
{
	struct custody_entry e = { .sequence = 77 };
	struct fault f = { 0 };
	const char *code = NULL;
	enum status st = custody_parse(line->data, line->len, "log", &e, &code, &f);

	if (st != want || strncmp(f.text, text, strlen(text)) != 0)
		fail_msg("status %d, \"%s\", not %d, \"%s\"", st, f.text, want, text);
	assert_int_equal(f.status, want);
	assert_string_equal(f.file, "log");
	assert_non_null(code);
	assert_int_equal(strncmp(code, text, strlen(code)), 0);
	assert_int_equal(e.sequence, 77); /* nothing of it is told */
}

static void
test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct buf line = { 0 };

		custody_line(&line, 1, zeros, bad[i].old, bad[i].new);
		refused(&line, bad[i].status, bad[i].text);
		buf_free(&line);
	}
}

/* At every octet it ends too early, and each octet of it is signed, or is the signature. */
static void
test_cut_and_changed(void **state)
{
	struct buf line = { 0 };
	struct custody_entry e;
	const char *code;
	size_t len;

	(void)state;
	custody_line(&line, 1, zeros, NULL, NULL);
	len = line.len;
	for (line.len = 0; line.len < len; line.len++)
		refused(&line, STATUS_MALFORMED, "NON_CANONICAL: ");
	for (size_t i = 0; i < len; i++) {
		code = NULL;
		line.data[i] ^= 1;
		if (custody_parse(line.data, len, "log", &e, &code, NULL) == STATUS_OK || code == NULL)
			fail_msg("octet %zu", i);
		line.data[i] ^= 1;
	}
	buf_free(&line);
}

static void
test_signature(void **state)
{
	struct buf line = { 0 };

	(void)state;
	custody_text(&line, 1, zeros, NULL, NULL);
	refused(&line, STATUS_MALFORMED, "SCHEMA: \"\" has 11 keys");
	line.len = 0;
	custody_text(&line, 1, zeros, "}}\n", "},\"signature\":\"00\"}\n");
	refused(&line, STATUS_MALFORMED, "SCHEMA: \"signature\": not 64 octets");
	line.len = 0;
	custody_text(&line, 1, zeros, "}}\n", "},\"signature\":\"" ZEROS ZEROS "\"}\n");
	refused(&line, STATUS_DIFFERS, "SIGNATURE: entry 1 ");
	line.len = 0;
	custody_text(&line, 1, zeros, "\"document\"", "\"signature\":\"" ZEROS ZEROS "\",\"document\"");
	refused(&line, STATUS_MALFORMED, "NON_CANONICAL: ");
	line.len = 0;
	custody_line(&line, 1, zeros, NULL, NULL);
	line.data[line.len - 1] = ' ';
	refused(&line, STATUS_MALFORMED, "NON_CANONICAL: the signature is not at the end");
	buf_free(&line);
}

static void
test_too_long(void **state)
{
	struct buf line = { 0 };
	uint8_t *p = buf_grow(&line, CUSTODY_LINE_MAX + 1);

	(void)state;
	assert_non_null(p);
	memset(p, ' ', CUSTODY_LINE_MAX + 1);
	refused(&line, STATUS_LIMIT, "LIMIT: 16777217 bytes, more than 16777216");
	memset(p, ',', CUSTODY_LINE_MAX);
	line.len--;
	refused(&line, STATUS_LIMIT, "LIMIT: 16777217 values, more than 1048576");
	buf_free(&line);
}

struct place {
	char dir[32], log[64], state[64];
};

static void
make(struct place *p)
{
	(void)snprintf(p->dir, sizeof p->dir, "custody-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->log, sizeof p->log, "%s/log", p->dir);
	(void)snprintf(p->state, sizeof p->state, "%s/state", p->dir);
}

static void
drop(const struct place *p)
{
	char command[64];

	(void)snprintf(command, sizeof command, "rm -r %s", p->dir);
	assert_int_equal(system(command), 0);
}

static enum status
append(const struct place *p, const char *user, const char *document, struct custody_head *head, struct fault *f)
{
	const struct custody_writer w = { .path = p->log, .state = p->state, .user = user, .host = "l\xe4 b\"",
		.time = -5 };
	struct buf d = { 0 };
	enum status st;

	buf_str(&d, document);
	st = custody_append(&w, "replay", &d, head, f);
	buf_free(&d);
	return st;
}

static void
slurp(const struct place *p, struct buf *out)
{
	out->len = 0;
	assert_int_equal(file_slurp(p->log, CUSTODY_LINE_MAX, out, NULL), STATUS_OK);
}

static void
test_written(void **state)
{
	struct place p;
	struct custody_head head, remembered;
	struct custody_entry e[2];
	struct buf log = { 0 };
	const char *code;
	size_t first;

	(void)state;
	make(&p);
	assert_int_equal(append(&p, "ann", "{\"n\":1}\n", &head, NULL), STATUS_OK);
	assert_int_equal(head.sequence, 1);
	assert_int_equal(append(&p, "ann", "{}", &head, NULL), STATUS_OK);
	slurp(&p, &log);
	first = (size_t)((const uint8_t *)memchr(log.data, '\n', log.len) - log.data) + 1;
	assert_int_equal(custody_parse(log.data, first, "log", &e[0], &code, NULL), STATUS_OK);
	assert_int_equal(custody_parse(log.data + first, log.len - first, "log", &e[1], &code, NULL), STATUS_OK);
	assert_int_equal(e[0].time, -5);
	assert_memory_equal(e[0].previous, zeros, SHA256_SIZE);
	assert_int_equal(e[1].sequence, 2);
	assert_memory_equal(e[1].previous, e[0].sha256, SHA256_SIZE);
	assert_memory_equal(e[1].sha256, head.sha256, SHA256_SIZE);
	assert_int_equal(custody_remembered(p.state, e[0].sha256, &remembered, NULL), STATUS_OK);
	assert_int_equal(remembered.sequence, 2);
	assert_memory_equal(remembered.sha256, head.sha256, SHA256_SIZE);
	assert_int_equal(custody_remembered(p.state, zeros, &remembered, NULL), STATUS_ABSENT);
	buf_free(&log);
	drop(&p);
}

/* What nobody could read again is not written: the log is as it was, and goes on. */
static void
test_not_written(void **state)
{
	static const struct { const char *user, *document; enum status status; } cases[] = {
		{ LONG_NAME LONG_NAME LONG_NAME LONG_NAME, "{}", STATUS_LIMIT },
		{ "ann", "[]", STATUS_MALFORMED },
		{ "ann", "{\"n\":1", STATUS_MALFORMED },
		{ "ann", "{ }", STATUS_MALFORMED },
		{ "ann", "{\"n\":[[[[[[[1]]]]]]]}", STATUS_LIMIT },
	};
	struct place p;
	struct custody_head head;
	struct buf before = { 0 }, after = { 0 };

	(void)state;
	make(&p);
	assert_int_equal(append(&p, "ann", "{}", &head, NULL), STATUS_OK);
	slurp(&p, &before);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fault f = { 0 };

		assert_int_equal(append(&p, cases[i].user, cases[i].document, &head, &f), cases[i].status);
		assert_int_equal(f.status, cases[i].status);
		slurp(&p, &after);
		assert_int_equal(after.len, before.len);
		assert_memory_equal(after.data, before.data, before.len);
	}
	assert_int_equal(append(&p, "ann", "{}", &head, NULL), STATUS_OK);
	assert_int_equal(head.sequence, 2);
	buf_free(&before);
	buf_free(&after);
	drop(&p);
}

/* Behind an entry of the last number that there is, another would be entry 0. */
static void
test_last_number(void **state)
{
	struct place p;
	struct custody_head head;
	struct fault f = { 0 };
	struct buf line = { 0 };

	(void)state;
	make(&p);
	custody_line(&line, 1, zeros, "\"sequence\":1", "\"sequence\":\"18446744073709551615\"");
	assert_int_equal(file_replace(p.log, 0644, line.data, line.len, NULL), STATUS_OK);
	assert_int_equal(append(&p, "ann", "{}", &head, &f), STATUS_LIMIT);
	assert_string_equal(f.text, "its last entry has the last number that there is");
	buf_free(&line);
	drop(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_cut_and_changed),
		cmocka_unit_test(test_signature),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_written),
		cmocka_unit_test(test_not_written),
		cmocka_unit_test(test_last_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
