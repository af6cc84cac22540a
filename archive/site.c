/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/site.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "archive/find.h"
#include "archive/lineage.h"
#include "base/text.h"

void
site_notice(const struct site *s, const char *fmt, ...)
{
	char text[1024];
	char escaped[1024];
	va_list ap;

	if (s->notice == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	text_escape(escaped, sizeof escaped, text, strlen(text));
	s->notice(s->notice_ctx, escaped);
}

void
site_found(const struct site *s, const struct manifest_recovery *r)
{
	if (s->found != NULL)
		s->found(s->found_ctx, r);
}

struct software
site_software(const struct writer_options *o)
{
	return (struct software) { .name = "nfseal",
		.version = o->version == NULL ? "unknown" : o->version,
		.build = o->build == NULL ? "unknown" : o->build };
}

enum status
site_read_genesis(struct site *s, struct chain *start, struct fault *f)
{
	char path[FILE_PATH_MAX];
	uint8_t signature[SIGNATURE_SIZE];
	struct genesis *g = NULL;
	struct buf text = { 0 };
	enum status rc = file_join(path, s->path, "genesis.json", f);

	if (rc == STATUS_OK)
		rc = lineage_read(path, &text, signature, f);
	if (rc == STATUS_OK)
		rc = chain_start(text.data, text.len, signature, path, start, &g, NULL, f);
	if (rc == STATUS_OK)
		s->layout = (unsigned)g->layout;
	if (rc == STATUS_OK)
		s->head_time = g->created.nanos;
	genesis_free(g);
	buf_free(&text);
	return rc;
}

static enum status
read_head_manifest(struct site *s, const char *path, struct fault *f)
{
	uint8_t sha256[SHA256_SIZE];
	struct manifest *m = NULL;
	struct buf text = { 0 };
	enum status rc = file_slurp(path, MANIFEST_SIZE_MAX, &text, f);

	if (rc == STATUS_OK)
		rc = sha256_of(text.data, text.len, sha256, f);
	if (rc == STATUS_OK && memcmp(sha256, s->anchor.manifest_sha256, SHA256_SIZE) != 0)
		rc = fault_set(f, STATUS_DIFFERS, path, "it is not the head that the state remembers");
	if (rc == STATUS_OK)
		rc = manifest_parse(text.data, text.len, path, &m, NULL, f);
	if (rc == STATUS_OK) {
		chain_after(&s->chain, m, sha256);
		s->head_time = m->sealed.nanos;
	}
	manifest_free(m);
	buf_free(&text);
	return rc;
}

enum status
site_read_head(struct site *s, const struct chain *start, struct fault *f)
{
	char path[FILE_PATH_MAX];
	enum status rc;

	if (memcmp(start->sha256, s->anchor.genesis, SHA256_SIZE) != 0)
		return fault_set(f, STATUS_DIFFERS, s->path, "its genesis is not the one that the state "
		    "remembers");
	if (s->anchor.sequence == 0) {
		s->chain = *start;
		return STATUS_OK;
	}
	rc = file_join(path, s->path, s->anchor.manifest, f);
	if (rc == STATUS_OK && !file_exists(path))
		return fault_set(f, STATUS_ABSENT, path, "the head that the state remembers, segment %llu, "
		    "is not there: the archive cannot be extended", (unsigned long long)s->anchor.sequence);
	return rc == STATUS_OK ? read_head_manifest(s, path, f) : rc;
}

/*
 * Names are not asked: whatever lies there and says, in its first bytes, that it is of this archive
 * and later than the head.  That it is not signed by the key at hand does not make it harmless:
 * the one between may be gone.
 */
static enum status
refuse_newer(void *ctx, const char *path, struct fault *f)
{
	const struct site *s = ctx;
	char archive[ARCHIVE_ID_HEX];
	uint8_t signature[SIGNATURE_SIZE];
	struct buf text = { 0 };
	uint64_t sequence;
	bool is_signed;

	if (!find_claim(path, archive, &sequence) || sequence <= s->anchor.sequence ||
	    strcmp(archive, s->anchor.archive) != 0)
		return STATUS_OK;
	is_signed = lineage_read(path, &text, signature, NULL) == STATUS_OK &&
	    key_verify(s->chain.next_key, text.data, text.len, signature, NULL) == STATUS_OK;
	buf_free(&text);
	if (is_signed)
		return fault_set(f, STATUS_DIFFERS, path, "the state is older than the archive (head %llu): "
		    "it is an old copy, and going on would fork the chain",
		    (unsigned long long)s->anchor.sequence);
	return fault_set(f, STATUS_DIFFERS, path, "it says that it is segment %llu, and the state's head "
	    "is %llu: if the state is an old copy, going on would fork the chain; if somebody put it "
	    "there, take it away", (unsigned long long)sequence,
	    (unsigned long long)s->anchor.sequence);
}

static void
tell_unread(void *ctx, const struct fault *why)
{
	const struct site *s = ctx;
	char text[1024];

	fault_print(why, text, sizeof text);
	site_notice(s, "%s: that nothing newer lies there is not known", text);
}

enum status
site_check_newest(const struct site *s, struct fault *f)
{
	struct site copy = *s;
	const struct find_calls calls = { .seen = refuse_newer, .unread = tell_unread, .ctx = &copy };

	return find_manifests(s->path, &calls, f);
}

enum status
site_lock(struct site *s, struct fault *f)
{
	char lock[FILE_PATH_MAX];
	enum status rc = file_join(s->open, s->path, "open", f);

	if (rc == STATUS_OK)
		rc = file_make_dirs(s->open, 0755, f);
	if (rc == STATUS_OK)
		rc = file_join(lock, s->open, "lock", f);
	return rc == STATUS_OK ? file_lock(lock, &s->archive_lock, f) : rc;
}

void
site_close(struct site *s)
{
	if (s->state_lock >= 0)
		(void)close(s->state_lock);
	if (s->archive_lock >= 0)
		(void)close(s->archive_lock);
	s->state_lock = s->archive_lock = -1;
}
