/* SPDX-License-Identifier: BSD-2-Clause */
/* The examples of nfseal-archive(5) are what the page says: read, checked and chained. */
#include <stdlib.h>
#include <string.h>

#include "archive/chain.h"
#include "base/file.h"
#include "base/text.h"
#include "unit.h"

/* The first line of the page that begins so, its newline included. */
static struct buf
line_of(const char *page, const char *beginning)
{
	struct buf line = { 0 };
	const char *at = strstr(page, beginning);

	assert_non_null(at);
	buf_put(&line, at, strcspn(at, "\n") + 1);
	return line;
}

/* The signature: the next line of 128 digits behind the text. */
static void
signature_behind(const char *page, const char *beginning, uint8_t out[SIGNATURE_SIZE])
{
	const char *at = strstr(page, beginning);
	char hex[2 * SIGNATURE_SIZE + 1];

	do {
		at = strchr(at, '\n');
		assert_non_null(at);
		at++;
	} while (strcspn(at, "\n") != 2 * SIGNATURE_SIZE);
	memcpy(hex, at, 2 * SIGNATURE_SIZE);
	hex[2 * SIGNATURE_SIZE] = '\0';
	assert_true(text_parse_hex(hex, out, SIGNATURE_SIZE));
}

static void
test_examples(void **state)
{
	static const char genesis_begins[] = "\n{\"format\":\"nfseal-genesis/1\"";
	static const char manifest_begins[] = "\n{\"format\":\"nfseal-manifest/1\"";
	const char *source = getenv("NFSEAL_SOURCE");
	char path[FILE_PATH_MAX];
	uint8_t signature[SIGNATURE_SIZE];
	struct buf page = { 0 };
	struct buf line;
	struct chain c;

	(void)state;
	assert_int_equal(file_join(path, source == NULL ? "." : source, "man/nfseal-archive.5", NULL),
	    STATUS_OK);
	assert_int_equal(file_slurp(path, 1 << 20, &page, NULL), STATUS_OK);
	line = line_of(buf_cstr(&page), genesis_begins + 1);
	signature_behind(buf_cstr(&page), genesis_begins, signature);
	assert_int_equal(chain_start(line.data, line.len, signature, "genesis", &c, NULL, NULL, NULL),
	    STATUS_OK);
	buf_free(&line);
	line = line_of(buf_cstr(&page), manifest_begins + 1);
	signature_behind(buf_cstr(&page), manifest_begins, signature);
	assert_int_equal(chain_follow(&c, line.data, line.len, signature, "manifest", NULL, NULL, NULL),
	    STATUS_OK);
	assert_true(c.sequence == 1 && c.closed);
	buf_free(&line);
	buf_free(&page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_examples) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
