/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/succession.h"

#include <string.h>
#include <unistd.h>

#include "archive/lineage.h"

/* Whoever still writes it, or could, would go on beyond the head that is named for it. */
static enum status
check_ended(const char *path, const struct state *s, const char *id, uint64_t head, bool closed,
    struct fault *f)
{
	uint8_t secret[KEY_SIZE];
	int lock = -1;
	enum status rc = state_lock(s, id, &lock, f);

	if (rc != STATUS_OK)
		return rc;
	(void)close(lock);
	if (closed || state_key_load(s, id, head + 1, secret, NULL) != STATUS_OK)
		return STATUS_OK;
	key_wipe(secret);
	return fault_set(f, STATUS_EXISTS, path, "this state can still extend it: go on writing to it, "
	    "or `nfseal close' it first");
}

static void
take_lineage(struct genesis_continues *out, const struct lineage *l)
{
	const struct lineage_segment *last = l->count == 0 ? NULL : &l->segments[l->count - 1];

	if (last == NULL || last->sequence <= out->sequence)
		return;
	out->sequence = last->sequence;
	memcpy(out->manifest_sha256, last->sha256, SHA256_SIZE);
}

static enum status
start_chain(const char *path, struct chain *start, struct fault *f)
{
	char genesis[FILE_PATH_MAX];
	uint8_t signature[SIGNATURE_SIZE];
	struct buf text = { 0 };
	enum status rc = file_join(genesis, path, "genesis.json", f);

	if (rc == STATUS_OK)
		rc = lineage_read(genesis, &text, signature, f);
	if (rc == STATUS_OK)
		rc = chain_start(text.data, text.len, signature, genesis, start, NULL, NULL, f);
	buf_free(&text);
	return rc;
}

enum status
succession_read(const char *path, const struct state *s, reader_notice notice, void *ctx,
    struct genesis_continues *out, struct fault *f)
{
	struct genesis_continues c;
	struct chain start;
	struct anchor a = { .sequence = 0 };
	struct lineage l = { .count = 0 };
	bool known = false;
	enum status rc = start_chain(path, &start, f);

	if (rc != STATUS_OK)
		return rc;
	memcpy(c.archive, start.archive, sizeof c.archive);
	memcpy(c.genesis, start.sha256, SHA256_SIZE);
	c.sequence = 0;
	memcpy(c.manifest_sha256, start.sha256, SHA256_SIZE);
	rc = anchor_find(s->dir, start.archive, NULL, &a, NULL, f);
	known = rc == STATUS_OK;
	if (rc != STATUS_OK && rc != STATUS_ABSENT)
		return rc;
	if (known && memcmp(a.genesis, start.sha256, SHA256_SIZE) != 0)
		return fault_set(f, STATUS_DIFFERS, path, "its genesis is not the one that the state "
		    "remembers");
	if (known) {
		c.sequence = a.sequence;
		memcpy(c.manifest_sha256, a.manifest_sha256, SHA256_SIZE);
		rc = check_ended(path, s, a.archive, a.sequence, a.closed, f);
	} else {
		rc = STATUS_OK;
	}
	if (rc == STATUS_OK)
		rc = lineage_walk(path, &start, known ? &a : NULL, notice, ctx, &l, f);
	if (rc == STATUS_OK) {
		take_lineage(&c, &l);
		lineage_free(&l);
		*out = c;
	}
	return rc;
}
