/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries of custody logs: as they come, and signed, with the first key of that length replaced, so that what is
 * behind the signature is reached, too.  What is accepted has its one form.
 */
#include <stdlib.h>
#include <string.h>

#include "archive/custody.h"
#include "archive/custody_part.h"
#include "base/text.h"

enum { HEX_KEY = 2 * KEY_SIZE, HEX_SIGNATURE = 2 * SIGNATURE_SIZE };

static void
parse(const uint8_t *data, size_t size)
{
	struct custody_entry e;
	struct fault f = { 0 };
	struct buf again = { 0 };
	const char *code = NULL;

	if (custody_parse(data, size, "fuzz", &e, &code, &f) != STATUS_OK) {
		if (code == NULL || f.status == STATUS_OK)
			abort(); /* a refusal without a finding */
		return;
	}
	custody_put_head(&e, &again);
	if (!buf_ok(&again) || again.len > size || memcmp(again.data, data, again.len) != 0 ||
	    data[size - 1] != '\n' || memchr(data, '\n', size) != data + size - 1 || e.sequence == 0)
		abort();
	buf_free(&again);
}

static const uint8_t *
find(const struct buf *b, const char *what)
{
	size_t len = strlen(what);

	for (size_t i = 0; i + len <= b->len; i++)
		if (memcmp(b->data + i, what, len) == 0)
			return b->data + i + len;
	return NULL;
}

/* The entry, up to where its signature begins, with our key in it and our signature behind it. */
static void
parse_signed(const uint8_t *data, size_t size)
{
	static const uint8_t secret[KEY_SIZE] = { 1 };
	uint8_t public[KEY_SIZE], signature[SIGNATURE_SIZE];
	char hex[HEX_SIGNATURE + 1];
	struct buf b = { 0 };
	const uint8_t *at;

	buf_put(&b, data, size);
	at = find(&b, CUSTODY_SIGNATURE);
	if (at != NULL)
		b.len = (size_t)(at - b.data) - (sizeof CUSTODY_SIGNATURE - 1);
	if (key_public(secret, public, NULL) != STATUS_OK)
		abort();
	text_hex(hex, public, KEY_SIZE);
	at = find(&b, "\"key\":\"");
	if (at != NULL && b.len - (size_t)(at - b.data) >= HEX_KEY)
		memcpy(b.data + (at - b.data), hex, HEX_KEY);
	buf_str(&b, "}\n");
	if (!buf_ok(&b) || key_sign(secret, b.data, b.len, signature, NULL) != STATUS_OK)
		abort();
	text_hex(hex, signature, SIGNATURE_SIZE);
	b.len -= 2;
	buf_str(&b, CUSTODY_SIGNATURE);
	buf_str(&b, hex);
	buf_str(&b, CUSTODY_BEHIND);
	if (!buf_ok(&b))
		abort();
	parse(b.data, b.len);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	parse(data, size);
	parse_signed(data, size);
	return 0;
}
