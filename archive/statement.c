/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/statement.h"

#include <stdlib.h>
#include <string.h>

#include "archive/manifest_part.h"
#include "base/jsonw.h"
#include "base/text.h"

enum { KEYS_ROOT = 20, VALUES_MAX = 60000, SIGNATURE_LINE = 2 * SIGNATURE_SIZE + 1 };

static void
write_opening(struct jsonw *j, const struct statement *s)
{
	if (!s->opens) {
		jsonw_key_null(j, "opening");
		return;
	}
	jsonw_key(j, "opening");
	jsonw_object(j);
	jsonw_key_str(j, "stem", s->stem);
	source_write(j, s->facts);
	options_write(j, s->facts);
	jsonw_object_end(j);
}

static void
write_block(struct jsonw *j, const struct statement *s)
{
	jsonw_key_str(j, "file", s->file);
	jsonw_key_u64(j, "offset", s->offset);
	jsonw_key_u64(j, "length", s->length);
	jsonw_key_hex_if(j, "sha256", s->file != NULL, s->sha256, SHA256_SIZE);
}

void
statement_write(const struct statement *s, struct buf *out)
{
	struct jsonw j;

	jsonw_init(&j, out);
	jsonw_object(&j);
	jsonw_key_str(&j, "format", STATEMENT_FORMAT);
	jsonw_key_str(&j, "archive", s->archive);
	jsonw_key_u64(&j, "sequence", s->sequence);
	jsonw_key_u64(&j, "index", s->index);
	jsonw_key_hex(&j, "previous", s->previous, SHA256_SIZE);
	time_write(&j, "made", &s->made);
	write_opening(&j, s);
	write_block(&j, s);
	interval_write(&j, s->facts);
	counts_write(&j, s->facts);
	findings_write(&j, s->facts);
	jsonw_object_end(&j);
	buf_u8(out, '\n');
}

static void
read_opening(struct document *d, const struct json_t *root, struct statement *s)
{
	const struct json_t *o;

	s->opens = !doc_is_null(root, "opening");
	if (doc_ok(d) && s->opens != (s->index == 0))
		(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "the first statement, and no other, opens");
	if (!s->opens)
		return;
	o = doc_object(d, root, "opening", 3);
	s->stem = doc_text(d, o, "stem", STATEMENT_NAME_MAX);
	source_read(d, o, s->facts);
	options_read(d, o, s->facts);
}

/* A name that stays in its directory. */
static bool
is_plain(const char *name)
{
	return name[0] != '.' && name[0] != '\0' &&
	    strspn(name, "0123456789TZ-abcdefghijklmnopqrstuvwxyz.") == strlen(name);
}

static void
read_block(struct document *d, const struct json_t *root, struct statement *s)
{
	bool hashed;

	s->file = doc_text_or_null(d, root, "file", STATEMENT_NAME_MAX);
	s->offset = doc_u64(d, root, "offset");
	s->length = doc_u64(d, root, "length");
	hashed = doc_hex_or_null(d, root, "sha256", s->sha256, SHA256_SIZE);
	if (!doc_ok(d))
		return;
	if ((s->file == NULL) != s->opens || hashed != (s->file != NULL))
		(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "the first statement, and no other, "
		    "vouches for no file");
	else if (s->file == NULL && (s->offset != 0 || s->length != 0))
		(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "octets of no file");
	else if (s->length > (uint64_t)INT64_MAX - s->offset || s->offset > (uint64_t)INT64_MAX)
		(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "a block beyond any file");
	else if ((s->file != NULL && !is_plain(s->file)) || (s->stem != NULL && !is_plain(s->stem)))
		(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "no name of a file of a segment");
}

static void
read_all(struct document *d, struct statement *s)
{
	const struct json_t *root = doc_object(d, NULL, NULL, KEYS_ROOT);

	archive_id_read(d, root, "archive", s->archive);
	s->sequence = doc_u64(d, root, "sequence");
	s->index = doc_u64(d, root, "index");
	doc_hex(d, root, "previous", s->previous, SHA256_SIZE);
	time_read(d, root, "made", &s->made);
	read_opening(d, root, s);
	read_block(d, root, s);
	interval_read(d, root, s->facts);
	counts_read(d, root, s->facts);
	findings_read(d, root, s->facts);
}

enum status
statement_parse(const void *data, size_t len, const char *name, struct statement *out,
    struct fault *f)
{
	struct statement s = { .index = 0 };
	struct document d = { .root = NULL };
	struct buf again;

	buf_init(&again, 2 * (size_t)STATEMENT_SIZE_MAX);
	if (doc_parse(&d, data, len, STATEMENT_SIZE_MAX, VALUES_MAX, STATEMENT_FORMAT, name, f) ==
	    STATUS_OK) {
		s.facts = doc_alloc(&d, 1, sizeof *s.facts);
		if (s.facts != NULL)
			read_all(&d, &s);
		if (doc_ok(&d)) {
			statement_write(&s, &again);
			doc_canonical(&d, data, len, &again);
		}
	}
	if (doc_ok(&d) && s.facts != NULL) {
		s.facts->root = doc_take(&d);
		*out = s;
		s.facts = NULL; /* handed over */
	}
	manifest_free(s.facts);
	buf_free(&again);
	doc_free(&d);
	return d.status;
}

void
statement_free(struct statement *s)
{
	manifest_free(s->facts);
	s->facts = NULL;
}

static enum status
check_place(const struct statement_chain *c, const struct statement *s, const char *name,
    uint64_t at, struct fault *f)
{
	if (strcmp(s->archive, c->archive) != 0 || s->sequence != c->sequence)
		return fault_at(f, STATUS_DIFFERS, name, at, "a statement of another segment");
	if (s->index != c->next)
		return fault_at(f, STATUS_DIFFERS, name, at, "statement %llu where %llu must follow",
		    (unsigned long long)s->index, (unsigned long long)c->next);
	/* What the first one names is for the caller to judge. */
	if (s->index > 0 && memcmp(s->previous, c->sha256, SHA256_SIZE) != 0)
		return fault_at(f, STATUS_DIFFERS, name, at, "it names another statement before it");
	return STATUS_OK;
}

/* The signature first, then the text. */
static enum status
check_text(struct statement_chain *c, const uint8_t *text, size_t len, const uint8_t *hex,
    const char *name, uint64_t at, struct statement *out, struct fault *f)
{
	uint8_t signature[SIGNATURE_SIZE];
	uint8_t sha256[SHA256_SIZE];
	char digits[SIGNATURE_LINE];
	struct statement s;
	enum status rc;

	memcpy(digits, hex, SIGNATURE_LINE - 1);
	digits[SIGNATURE_LINE - 1] = '\0';
	if (hex[SIGNATURE_LINE - 1] != '\n' || !text_parse_hex(digits, signature, SIGNATURE_SIZE))
		return fault_at(f, STATUS_MALFORMED, name, at, "no signature follows the statement");
	rc = key_verify(c->key, text, len, signature, NULL);
	if (rc != STATUS_OK)
		return rc == STATUS_NO_MEMORY ? fault_memory(f) :
		    fault_at(f, STATUS_DIFFERS, name, at, "the segment's key did not sign this statement");
	rc = statement_parse(text, len, name, &s, f);
	if (rc != STATUS_OK)
		return rc;
	rc = check_place(c, &s, name, at, f);
	if (rc == STATUS_OK)
		rc = sha256_of(text, len, sha256, f);
	if (rc != STATUS_OK) {
		statement_free(&s);
		return rc;
	}
	memcpy(c->sha256, sha256, SHA256_SIZE);
	c->next++;
	*out = s;
	return STATUS_OK;
}

enum status
statement_next(struct statement_chain *c, const uint8_t *data, size_t len, size_t *at,
    const char *name, struct statement *out, struct fault *f)
{
	const uint8_t *text = data + *at;
	size_t left = len - *at;
	const uint8_t *end = left == 0 ? NULL : memchr(text, '\n', left);
	size_t size = end == NULL ? 0 : (size_t)(end - text) + 1;
	enum status rc;

	if (left == 0)
		return STATUS_END;
	if (end == NULL || size > STATEMENT_SIZE_MAX || left - size < SIGNATURE_LINE)
		return fault_at(f, STATUS_TRUNCATED, name, *at, "the last statement is cut");
	rc = check_text(c, text, size, end + 1, name, *at, out, f);
	if (rc == STATUS_OK)
		*at += size + SIGNATURE_LINE;
	return rc;
}
