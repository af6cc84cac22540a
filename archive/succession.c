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

/* The head is the newest that is proven, or the one that the state remembers. */
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
start_chain(const char *path, struct chain *start, unsigned *layout, struct fault *f)
{
	char genesis[FILE_PATH_MAX];
	uint8_t signature[SIGNATURE_SIZE];
	struct genesis *g = NULL;
	struct buf text = { 0 };
	enum status rc = file_join(genesis, path, "genesis.json", f);

	if (rc == STATUS_OK)
		rc = lineage_read(genesis, &text, signature, f);
	if (rc == STATUS_OK)
		rc = chain_start(text.data, text.len, signature, genesis, start, &g, NULL, f);
	if (rc == STATUS_OK)
		*layout = (unsigned)g->layout;
	genesis_free(g);
	buf_free(&text);
	return rc;
}

/* What follows the head: false where that is not there, or cannot be read. */
static bool
read_head(const struct genesis_continues *c, const struct lineage *l, const struct chain *start,
    struct chain *out)
{
	const struct lineage_segment *last = l->count == 0 ? NULL : &l->segments[l->count - 1];
	struct buf text = { 0 };
	struct manifest *m = NULL;
	bool ok = false;

	*out = *start;
	if (c->sequence == 0)
		return true;
	if (last != NULL && last->sequence == c->sequence &&
	    file_slurp(last->path, MANIFEST_SIZE_MAX, &text, NULL) == STATUS_OK &&
	    manifest_parse(text.data, text.len, last->path, &m, NULL, NULL) == STATUS_OK) {
		chain_after(out, m, last->sha256);
		ok = true;
	}
	manifest_free(m);
	buf_free(&text);
	return ok;
}

/* What was sealed, and behind it what is open. */
static enum status
look_at_segments(const char *path, const struct state *s, const struct chain *start,
    const struct anchor *known, reader_notice notice, void *ctx, struct genesis_continues *c,
    struct adoption *adopted, struct fault *f)
{
	struct lineage l = { .count = 0 };
	struct chain head;
	bool told;
	enum status rc = lineage_walk(path, start, known, notice, ctx, &l, NULL, f);

	if (rc != STATUS_OK)
		return rc;
	take_lineage(c, &l);
	told = read_head(c, &l, start, &head);
	lineage_free(&l);
	if ((told && head.closed) || (known != NULL && known->closed))
		return STATUS_OK;
	return adopt_find(s, c->sequence, told ? head.next_key : NULL, adopted, f);
}

/* The genesis, which stands for the head until more is known, and where all lies. */
static enum status
begin(const char *path, struct chain *start, struct genesis_continues *c, struct adoption *adopted,
    struct fault *f)
{
	enum status rc = STATUS_OK;

	memset(adopted, 0, sizeof *adopted);
	memset(c, 0, sizeof *c);
	if (!anchor_resolve(adopted->path, path))
		rc = fault_set(f, STATUS_USAGE, path, "no usable path");
	if (rc == STATUS_OK)
		rc = start_chain(path, start, &adopted->layout, f);
	if (rc != STATUS_OK)
		return rc;
	memcpy(adopted->archive, start->archive, sizeof adopted->archive);
	memcpy(c->archive, start->archive, sizeof c->archive);
	memcpy(c->genesis, start->sha256, SHA256_SIZE);
	memcpy(c->manifest_sha256, start->sha256, SHA256_SIZE);
	return STATUS_OK;
}

enum status
succession_read(const char *path, const struct state *s, reader_notice notice, void *ctx,
    struct genesis_continues *out, struct adoption *adopted, struct fault *f)
{
	struct genesis_continues c;
	struct chain start;
	struct anchor a = { .sequence = 0 };
	bool known;
	enum status rc = begin(path, &start, &c, adopted, f);

	if (rc != STATUS_OK)
		return rc;
	rc = anchor_find(s->dir, start.archive, NULL, &a, NULL, f);
	known = rc == STATUS_OK;
	if (rc != STATUS_OK && rc != STATUS_ABSENT)
		return rc;
	if (known && memcmp(a.genesis, start.sha256, SHA256_SIZE) != 0)
		return fault_set(f, STATUS_DIFFERS, path, "its genesis is not the one that the state "
		    "remembers");
	rc = STATUS_OK;
	if (known) {
		c.sequence = a.sequence;
		memcpy(c.manifest_sha256, a.manifest_sha256, SHA256_SIZE);
		rc = check_ended(path, s, a.archive, a.sequence, a.closed, f);
	}
	if (rc == STATUS_OK)
		rc = look_at_segments(path, s, &start, known ? &a : NULL, notice, ctx, &c, adopted, f);
	if (rc == STATUS_OK)
		*out = c;
	return rc;
}
