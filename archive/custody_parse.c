/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "archive/custody.h"
#include "archive/custody_part.h"
#include "archive/document.h"
#include "base/jsonw.h"
#include "base/text.h"

enum {
	VALUES_MAX = 1 << 20, /* in an entry */
	KEYS = 12, /* of an entry */
	DIGITS = 2 * SIGNATURE_SIZE,
	TAIL = sizeof CUSTODY_SIGNATURE - 1 + DIGITS + sizeof CUSTODY_BEHIND - 1
};

/* The signature that stands at the end of the line. */
static bool
split(const char *line, size_t len, uint8_t signature[SIGNATURE_SIZE])
{
	char digits[DIGITS + 1];
	const char *at = line + len - TAIL;

	if (len <= TAIL || memcmp(at, CUSTODY_SIGNATURE, sizeof CUSTODY_SIGNATURE - 1) != 0 ||
	    memcmp(line + len - (sizeof CUSTODY_BEHIND - 1), CUSTODY_BEHIND, sizeof CUSTODY_BEHIND - 1) != 0)
		return false;
	memcpy(digits, at + sizeof CUSTODY_SIGNATURE - 1, DIGITS);
	digits[DIGITS] = '\0';
	return text_parse_hex(digits, signature, SIGNATURE_SIZE);
}

static enum status
check_signature(const char *line, size_t len, const uint8_t key[KEY_SIZE],
    const uint8_t signature[SIGNATURE_SIZE], struct fault *f)
{
	struct buf b = { 0 };
	enum status st;

	buf_put(&b, line, len - TAIL);
	buf_str(&b, "}\n");
	st = buf_ok(&b) ? key_verify(key, b.data, b.len, signature, NULL) : fault_memory(f);
	buf_free(&b);
	return st;
}

static void
copy_text(struct document *d, const char *key, char out[CUSTODY_NAME_MAX + 1])
{
	const char *s = doc_text(d, d->root, key, CUSTODY_NAME_MAX);

	if (s != NULL)
		(void)snprintf(out, CUSTODY_NAME_MAX + 1, "%s", s);
}

void
custody_put_head(const struct custody_entry *e, struct buf *out)
{
	struct jsonw j;

	jsonw_init(&j, out);
	jsonw_object(&j);
	jsonw_key_str(&j, "format", CUSTODY_FORMAT);
	jsonw_key_u64(&j, "sequence", e->sequence);
	jsonw_key_hex(&j, "previous", e->previous, SHA256_SIZE);
	jsonw_key(&j, "time");
	jsonw_decimal(&j, e->time);
	jsonw_key_str(&j, "user", e->user);
	jsonw_key_str(&j, "host", e->host);
	jsonw_key_str(&j, "action", e->action);
	jsonw_key_u64(&j, "cut", e->cut);
	jsonw_key_hex_if(&j, "cut_sha256", e->cut > 0, e->cut_sha256, SHA256_SIZE);
	jsonw_key_hex(&j, "key", e->key, KEY_SIZE);
	jsonw_key(&j, "document");
}

static void
read_entry(struct document *d, struct custody_entry *e)
{
	uint8_t ignored[SIGNATURE_SIZE];
	size_t n;

	(void)doc_object(d, d->root, NULL, KEYS);
	e->sequence = doc_u64(d, d->root, "sequence");
	if (doc_ok(d) && e->sequence == 0)
		(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "key \"sequence\": entries are counted from 1 on");
	doc_hex(d, d->root, "previous", e->previous, SHA256_SIZE);
	e->time = doc_time(d, d->root, "time");
	copy_text(d, "user", e->user);
	copy_text(d, "host", e->host);
	copy_text(d, "action", e->action);
	e->cut = doc_u64(d, d->root, "cut");
	(void)doc_hex_or_null(d, d->root, "cut_sha256", e->cut_sha256, SHA256_SIZE);
	doc_hex(d, d->root, "key", e->key, KEY_SIZE);
	(void)doc_map(d, d->root, "document", VALUES_MAX, &n);
	doc_hex(d, d->root, "signature", ignored, SIGNATURE_SIZE);
}

/* White space outside of texts, but for the line feed at the end: len where there is none. */
static size_t
find_space(const char *line, size_t len)
{
	bool in_string = false;

	for (size_t i = 0; i + 1 < len; i++) {
		if (in_string && line[i] == '\\')
			i++;
		else if (line[i] == '"')
			in_string = !in_string;
		else if (!in_string && (line[i] == ' ' || line[i] == '\t' || line[i] == '\r' || line[i] == '\n'))
			return i;
	}
	return len;
}

/* One way only to write an entry: what stands before the document, in its order, and no white space. */
static void
check_canonical(struct document *d, const char *line, size_t len, const struct custody_entry *e)
{
	struct buf again = { 0 };
	size_t space = find_space(line, len);

	if (doc_ok(d)) {
		custody_put_head(e, &again);
		doc_canonical(d, line, len < again.len ? len : again.len, &again);
	}
	if (doc_ok(d) && space < len)
		(void)doc_fail(d, "NON_CANONICAL", STATUS_MALFORMED, "white space at byte %zu", space);
	buf_free(&again);
}

enum status
custody_parse(const void *line, size_t len, const char *name, struct custody_entry *out,
    const char **code, struct fault *f)
{
	struct custody_entry e = { .sequence = 0 };
	uint8_t signature[SIGNATURE_SIZE];
	struct document d;
	enum status st = doc_parse(&d, line, len, CUSTODY_LINE_MAX, VALUES_MAX, CUSTODY_FORMAT, name, f);

	if (st == STATUS_OK) {
		read_entry(&d, &e);
		check_canonical(&d, line, len, &e);
		st = d.status;
	}
	*code = d.code;
	doc_free(&d);
	if (st != STATUS_OK)
		return st;
	if (!split(line, len, signature)) {
		*code = "NON_CANONICAL";
		return fault_set(f, STATUS_MALFORMED, name, "NON_CANONICAL: the signature is not at the end");
	}
	st = check_signature(line, len, e.key, signature, f);
	if (st != STATUS_OK) {
		*code = st == STATUS_KEY ? "WEAK_KEY" : st == STATUS_NO_MEMORY ? "IO" : "SIGNATURE";
		return fault_set(f, st, name, "%s: entry %llu is not signed by the key that it names", *code,
		    (unsigned long long)e.sequence);
	}
	st = sha256_of(line, len, e.sha256, f);
	if (st == STATUS_OK)
		*out = e;
	return st;
}
