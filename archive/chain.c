/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/chain.h"

#include <string.h>

/* A key_verify() that failed, as a finding. */
static enum status
refuse_signature(enum status rc, const char *name, const char **code, struct fault *f)
{
	if (rc == STATUS_NO_MEMORY) {
		*code = "IO";
		return fault_memory(f);
	}
	*code = rc == STATUS_KEY ? "WEAK_KEY" : "SIGNATURE";
	return fault_set(f, rc, name, "%s", rc == STATUS_KEY ?
	    "WEAK_KEY: the key that must have signed it is weak" :
	    "SIGNATURE: it is not signed by the key that must have signed it");
}

void
chain_after(struct chain *out, const struct manifest *m, const uint8_t sha256[SHA256_SIZE])
{
	memset(out, 0, sizeof *out);
	memcpy(out->archive, m->archive, sizeof out->archive);
	out->sequence = m->sequence;
	memcpy(out->sha256, sha256, SHA256_SIZE);
	out->closed = m->closed;
	if (!m->closed)
		memcpy(out->next_key, m->next_key, KEY_SIZE);
}

enum status
chain_start(const void *data, size_t len, const uint8_t signature[SIGNATURE_SIZE],
    const char *name, struct chain *out, struct genesis **genesis, const char **code,
    struct fault *f)
{
	struct chain c = { .sequence = 0 };
	struct genesis *g = NULL;
	uint8_t key[KEY_SIZE];
	const char *ignored;
	enum status rc;

	code = code == NULL ? &ignored : code;
	rc = genesis_claimed_key(data, len, key, code, f);
	if (rc != STATUS_OK)
		return rc;
	rc = key_verify(key, data, len, signature, NULL);
	if (rc != STATUS_OK)
		return refuse_signature(rc, name, code, f);
	rc = genesis_parse(data, len, name, &g, code, f);
	if (rc != STATUS_OK)
		return rc;
	rc = sha256_of(data, len, c.sha256, f);
	memcpy(c.archive, g->archive, sizeof c.archive);
	memcpy(c.next_key, g->next_key, KEY_SIZE);
	if (rc == STATUS_OK)
		*out = c;
	if (rc == STATUS_OK && genesis != NULL)
		*genesis = g;
	else
		genesis_free(g);
	return rc;
}

static const char *
wrong_place(const struct chain *c, const struct manifest *m)
{
	if (strcmp(c->archive, m->archive) != 0)
		return "it is of another archive";
	if (m->sequence != c->sequence + 1)
		return "its sequence is not the next";
	if (memcmp(m->previous, c->sha256, SHA256_SIZE) != 0)
		return "it names another predecessor";
	if (!m->closed && memcmp(m->next_key, c->next_key, KEY_SIZE) == 0)
		return "it names its own key again";
	return NULL;
}

enum status
chain_follow(struct chain *c, const void *data, size_t len,
    const uint8_t signature[SIGNATURE_SIZE], const char *name, struct manifest **out,
    const char **code, struct fault *f)
{
	struct manifest *m = NULL;
	uint8_t hash[SHA256_SIZE];
	const char *ignored;
	const char *wrong;
	enum status rc;

	code = code == NULL ? &ignored : code;
	if (c->closed) {
		*code = "CHAIN";
		return fault_set(f, STATUS_MALFORMED, name, "CHAIN: the archive was closed before it");
	}
	rc = key_verify(c->next_key, data, len, signature, NULL);
	if (rc != STATUS_OK)
		return refuse_signature(rc, name, code, f);
	rc = manifest_parse(data, len, name, &m, code, f);
	if (rc != STATUS_OK)
		return rc;
	wrong = wrong_place(c, m);
	if (wrong != NULL) {
		*code = "CHAIN";
		rc = fault_set(f, STATUS_MALFORMED, name, "CHAIN: %s", wrong);
	} else {
		rc = sha256_of(data, len, hash, f);
	}
	if (rc == STATUS_OK)
		chain_after(c, m, hash);
	if (rc == STATUS_OK && out != NULL)
		*out = m;
	else
		manifest_free(m);
	return rc;
}
