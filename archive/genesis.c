/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/genesis.h"

#include <stdlib.h>
#include <string.h>

#include "archive/manifest_part.h"
#include "base/jsonw.h"

enum { GENESIS_VALUES_MAX = 64, GENESIS_KEYS = 10, ALGORITHM_KEYS = 3, CONTINUES_KEYS = 4 };

static void
write_algorithms(struct jsonw *j)
{
	jsonw_key(j, "algorithms");
	jsonw_object(j);
	jsonw_key_str(j, "hash", "sha256");
	jsonw_key_str(j, "signature", "ed25519");
	jsonw_key_u64(j, "chunk", SHA256_CHUNK);
	jsonw_object_end(j);
}

static void
write_continues(struct jsonw *j, const struct genesis *g)
{
	if (!g->is_continuation) {
		jsonw_key_null(j, "continues");
		return;
	}
	jsonw_key(j, "continues");
	jsonw_object(j);
	jsonw_key_str(j, "archive", g->continues.archive);
	jsonw_key_hex(j, "genesis", g->continues.genesis, SHA256_SIZE);
	jsonw_key_u64(j, "sequence", g->continues.sequence);
	jsonw_key_hex(j, "manifest_sha256", g->continues.manifest_sha256, SHA256_SIZE);
	jsonw_object_end(j);
}

void
genesis_write(const struct genesis *g, struct buf *out)
{
	struct jsonw j;

	jsonw_init(&j, out);
	jsonw_object(&j);
	jsonw_key_str(&j, "format", GENESIS_FORMAT);
	jsonw_key_str(&j, "archive", g->archive);
	time_write(&j, "created", &g->created);
	write_algorithms(&j);
	jsonw_key_hex(&j, "key", g->key, KEY_SIZE);
	jsonw_key_hex(&j, "next_key", g->next_key, KEY_SIZE);
	jsonw_key_str(&j, "key_storage", g->key_storage);
	jsonw_key_u64(&j, "layout", g->layout);
	software_write(&j, &g->software);
	write_continues(&j, g);
	jsonw_object_end(&j);
	buf_u8(out, '\n');
}

static void
read_algorithms(struct document *d, const struct json_t *root)
{
	const struct json_t *o = doc_object(d, root, "algorithms", ALGORITHM_KEYS);
	const char *hash = doc_name(d, o, "hash");
	const char *signature = doc_name(d, o, "signature");
	uint64_t chunk = doc_u64(d, o, "chunk");

	if (doc_ok(d) && (strcmp(hash, "sha256") != 0 || strcmp(signature, "ed25519") != 0 ||
	    chunk != SHA256_CHUNK))
		(void)doc_fail(d, "VERSION", STATUS_UNSUPPORTED, "algorithms %s, %s, %llu are not known",
		    hash, signature, (unsigned long long)chunk);
}

static void
read_continues(struct document *d, const struct json_t *root, struct genesis *g)
{
	const struct json_t *o;

	g->is_continuation = doc_ok(d) && !doc_is_null(root, "continues");
	if (!g->is_continuation)
		return;
	o = doc_object(d, root, "continues", CONTINUES_KEYS);
	archive_id_read(d, o, "archive", g->continues.archive);
	doc_hex(d, o, "genesis", g->continues.genesis, SHA256_SIZE);
	g->continues.sequence = doc_u64(d, o, "sequence");
	doc_hex(d, o, "manifest_sha256", g->continues.manifest_sha256, SHA256_SIZE);
}

static void
read_public(struct document *d, const struct json_t *root, const char *key, uint8_t out[KEY_SIZE])
{
	const char *weak;

	doc_hex(d, root, key, out, KEY_SIZE);
	weak = doc_ok(d) ? key_weakness(out) : NULL;
	if (weak != NULL)
		(void)doc_fail(d, "WEAK_KEY", STATUS_KEY, "%s is %s", key, weak);
}

static void
read_all(struct document *d, struct genesis *g)
{
	const struct json_t *root = doc_object(d, NULL, NULL, GENESIS_KEYS);

	archive_id_read(d, root, "archive", g->archive);
	time_read(d, root, "created", &g->created);
	read_algorithms(d, root);
	read_public(d, root, "key", g->key);
	read_public(d, root, "next_key", g->next_key);
	if (doc_ok(d) && memcmp(g->key, g->next_key, KEY_SIZE) == 0)
		(void)doc_fail(d, "WEAK_KEY", STATUS_KEY, "next_key is key again");
	g->key_storage = doc_name(d, root, "key_storage");
	g->layout = doc_u64(d, root, "layout");
	if (doc_ok(d) && g->layout > GENESIS_LAYOUT_MAX)
		(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "layout %llu is not known",
		    (unsigned long long)g->layout);
	software_read(d, root, &g->software);
	read_continues(d, root, g);
}

static enum status
parse_once(const void *data, size_t len, const char *name, struct genesis **out,
    const char **code, struct fault *f)
{
	struct document d;
	struct genesis *g = NULL;
	struct buf again;

	buf_init(&again, 2 * (size_t)GENESIS_SIZE_MAX);
	if (doc_parse(&d, data, len, GENESIS_SIZE_MAX, GENESIS_VALUES_MAX, GENESIS_FORMAT, name, f) ==
	    STATUS_OK) {
		g = doc_alloc(&d, 1, sizeof *g);
		if (g != NULL)
			read_all(&d, g);
		if (doc_ok(&d)) {
			genesis_write(g, &again);
			doc_canonical(&d, data, len, &again);
		}
	}
	if (doc_ok(&d) && g != NULL) {
		g->root = doc_take(&d);
		*out = g;
		g = NULL; /* handed over */
	}
	*code = d.code;
	genesis_free(g);
	buf_free(&again);
	doc_free(&d);
	return d.status;
}

enum status
genesis_parse(const void *data, size_t len, const char *name, struct genesis **out,
    const char **code, struct fault *f)
{
	const char *ignored;
	enum status rc;

	code = code == NULL ? &ignored : code;
	rc = parse_once(data, len, name, out, code, NULL);
	return rc == STATUS_OK ? rc : doc_confirm(rc, code, f) ?
	    parse_once(data, len, name, out, code, f) : STATUS_NO_MEMORY;
}

static enum status
claimed_key_once(const void *data, size_t len, uint8_t key[KEY_SIZE], const char **code,
    struct fault *f)
{
	struct document d;
	const char *weak = NULL;

	if (doc_parse(&d, data, len, GENESIS_SIZE_MAX, GENESIS_VALUES_MAX, GENESIS_FORMAT, NULL, f) ==
	    STATUS_OK) {
		doc_hex(&d, d.root, "key", key, KEY_SIZE);
		weak = doc_ok(&d) ? key_weakness(key) : NULL;
	}
	if (weak != NULL)
		(void)doc_fail(&d, "WEAK_KEY", STATUS_KEY, "key is %s", weak);
	*code = d.code;
	doc_free(&d);
	return d.status;
}

enum status
genesis_claimed_key(const void *data, size_t len, uint8_t key[KEY_SIZE], const char **code,
    struct fault *f)
{
	const char *ignored;
	enum status rc;

	code = code == NULL ? &ignored : code;
	rc = claimed_key_once(data, len, key, code, NULL);
	return rc == STATUS_OK ? rc : doc_confirm(rc, code, f) ?
	    claimed_key_once(data, len, key, code, f) : STATUS_NO_MEMORY;
}

void
genesis_free(struct genesis *g)
{
	if (g == NULL)
		return;
	doc_release(g->root);
	free(g);
}
