/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/reader.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/find.h"
#include "archive/lineage.h"
#include "archive/member.h"
#include "archive/parquet_reader.h"
#include "archive/received.h"
#include "archive/unproven.h"
#include "base/text.h"

/* A file that no manifest vouches for. */
struct plain {
	int fd;
	const char *path;
};

struct reader {
	struct reader_options o;
	reader_notice notice;
	void *ctx;
	char path[FILE_PATH_MAX];
	char archive[ARCHIVE_ID_HEX];
	const char *anchor;
	const char *doubt;   /* a finding that is one of all segments, or NULL */
	const char *finding; /* of the open segment, or NULL */
	uint64_t damaged;
	struct lineage lineage;
	size_t next; /* segment */
	struct member table;
	struct plain plain;
	struct parquet_reader *parquet;
	struct received *received;  /* of a reader of datagrams */
	bool is_open;               /* and of that, a segment */
	size_t group;
	uint64_t row;
	uint64_t before; /* rows of the row groups before */
	uint64_t given;  /* row of the file that the last table began with */
};

static void
tell(struct reader *r, const struct fault *why)
{
	r->damaged++;
	r->notice(r->ctx, why);
}

/* The same, as a reader_notice: what differs is said of the segment, too. */
static void
tell_difference(void *ctx, const struct fault *why)
{
	static const char *const codes[] = { "CHUNK_HASH", "FILE_SIZE" };
	struct reader *r = ctx;

	for (size_t i = 0; i < sizeof codes / sizeof *codes && r->finding == NULL; i++)
		if (strncmp(why->text, codes[i], strlen(codes[i])) == 0)
			r->finding = codes[i];
	tell(r, why);
}

/* What makes the whole reading fail, not only a part of the archive. */
static bool
is_ours(enum status rc)
{
	return rc == STATUS_NO_MEMORY || rc == STATUS_INTERRUPTED;
}

static enum status
read_plain(void *ctx, void *data, size_t len, uint64_t offset, struct fault *f)
{
	const struct plain *p = ctx;

	return file_read_at(p->fd, data, len, offset, p->path, f);
}

static enum status
open_plain(struct reader *r, struct fault *f)
{
	struct parquet_input in = { .read_at = read_plain, .ctx = &r->plain, .name = r->path };
	struct stat st;
	enum status rc = file_open_regular(r->path, &r->plain.fd, &st, f);

	if (rc != STATUS_OK)
		return rc;
	r->plain.path = r->path;
	in.size = (uint64_t)st.st_size;
	r->anchor = "none";
	return parquet_reader_open(&in, &r->parquet, f);
}

/* The genesis against the one that was given, or that this machine remembers. */
static enum status
check_genesis(struct reader *r, const struct chain *start, struct anchor *a, bool *known,
    struct fault *f)
{
	char seen[SHA256_HEX];
	char want[SHA256_HEX];
	uint8_t given[SHA256_SIZE];
	bool by_path = false;
	enum status rc = anchor_find(r->o.state, start->archive, r->path, a, &by_path, f);

	*known = rc == STATUS_OK && !by_path;
	if (rc != STATUS_OK && rc != STATUS_ABSENT)
		return rc;
	r->anchor = r->o.genesis != NULL ? "given" : rc == STATUS_OK ? "remembered" : "none";
	text_hex(seen, start->sha256, SHA256_SIZE);
	if (r->o.genesis != NULL && !text_parse_hex_typed(r->o.genesis, given, sizeof given))
		return fault_set(f, STATUS_USAGE, NULL, "--genesis %s: it is 64 hex digits", r->o.genesis);
	if (r->o.genesis != NULL)
		text_hex(want, given, sizeof given);
	else if (rc == STATUS_OK)
		text_hex(want, a->genesis, SHA256_SIZE);
	else
		return STATUS_OK;
	if (strcmp(seen, want) == 0)
		return STATUS_OK;
	r->doubt = "WRONG_GENESIS";
	return fault_set(f, STATUS_DIFFERS, r->path, "WRONG_GENESIS: the genesis is %s, not the %s %s",
	    seen, r->anchor, want);
}

/* Unsealed files are told, and never read. */
static void
tell_unsealed(struct reader *r)
{
	char open[FILE_PATH_MAX];
	struct fault told = { 0 };
	unsigned count = 0;

	if (file_join(open, r->path, "open", NULL) != STATUS_OK)
		return;
	count = find_parts(open);
	if (count == 0)
		return;
	(void)fault_set(&told, STATUS_OK, open, "%u unsealed files; they are not read", count);
	r->notice(r->ctx, &told);
}

/* The genesis, signed as it says; STATUS_UNSUPPORTED where there is none. */
static enum status
read_genesis(struct reader *r, struct chain *start, struct fault *f)
{
	char path[FILE_PATH_MAX];
	uint8_t signature[SIGNATURE_SIZE];
	struct buf text = { 0 };
	enum status rc = file_join(path, r->path, "genesis.json", f);

	if (rc == STATUS_OK && !file_exists(path))
		return fault_set(f, STATUS_UNSUPPORTED, r->path, "no archive: it has no genesis.json");
	if (rc == STATUS_OK)
		rc = lineage_read(path, &text, signature, f);
	if (rc == STATUS_OK)
		rc = chain_start(text.data, text.len, signature, path, start, NULL, NULL, f);
	buf_free(&text);
	return rc;
}

/* All that nothing proves as well; where there is no genesis that holds (end NULL), all is so. */
static enum status
add_unproven(struct reader *r, const struct chain *end, const struct fault *why, struct fault *f)
{
	static const char *const tables[] = { ".flows.parquet", NULL };
	static const char *const datagrams[] = { ".datagrams.pcapng.zst", ".messages.ipfix.zst", NULL };
	enum status rc;

	if (end == NULL)
		tell(r, why);
	rc = unproven_add(r->path, end, r->o.datagrams ? datagrams : tables, &r->lineage, tell_difference, r, f);
	if (rc != STATUS_OK || end != NULL || r->lineage.count > 0)
		return rc;
	if (f != NULL)
		*f = *why; /* it is no archive at all */
	return why->status;
}

static enum status
walk(struct reader *r, const struct chain *start, const struct anchor *head, struct fault *f)
{
	struct chain end;
	enum status rc = lineage_walk(r->path, start, head, r->notice, r->ctx, &r->lineage, &end, f);

	memcpy(r->archive, start->archive, sizeof r->archive);
	r->damaged += r->lineage.missing + r->lineage.forked + r->lineage.unsigned_ones;
	return rc == STATUS_OK && r->o.unverified ? add_unproven(r, &end, NULL, f) : rc;
}

static enum status
open_chain(struct reader *r, struct fault *f)
{
	struct fault why = { 0 };
	struct chain start;
	struct anchor a;
	bool known = false;
	enum status rc = read_genesis(r, &start, &why);

	if (rc != STATUS_OK && r->o.unverified && !is_ours(rc))
		return add_unproven(r, NULL, &why, f);
	if (rc == STATUS_OK)
		rc = check_genesis(r, &start, &a, &known, &why);
	if (r->doubt != NULL && r->o.unverified) {
		tell(r, &why);
		rc = STATUS_OK;
	}
	if (rc != STATUS_OK && f != NULL)
		*f = why;
	return rc == STATUS_OK ? walk(r, &start, known ? &a : NULL, f) : rc;
}

static enum status
open_archive(struct reader *r, struct fault *f)
{
	enum status rc = open_chain(r, f);

	if (rc == STATUS_OK)
		tell_unsealed(r);
	if (rc == STATUS_OK && r->o.datagrams)
		rc = received_make(r->o.unverified, tell_difference, r, &r->received, f);
	return rc;
}

enum status
reader_open(const char *path, const struct reader_options *o, reader_notice notice, void *ctx,
    struct reader **out, struct fault *f)
{
	struct reader *r = calloc(1, sizeof *r);
	struct stat st;
	enum status rc;

	if (r == NULL)
		return fault_memory(f);
	r->o = *o;
	r->anchor = "none";
	r->table = (struct member)MEMBER_NONE;
	r->notice = notice;
	r->ctx = ctx;
	r->plain.fd = -1;
	if (stat(path, &st) != 0)
		rc = fault_errno(f, path, "cannot open");
	else if (!anchor_resolve(r->path, path))
		rc = fault_set(f, STATUS_USAGE, path, "no usable path");
	else
		rc = S_ISDIR(st.st_mode) ? open_archive(r, f) : open_plain(r, f);
	if (rc == STATUS_OK)
		*out = r;
	else
		reader_free(r);
	return rc;
}

static void
close_segment(struct reader *r)
{
	parquet_reader_free(r->parquet);
	if (r->received != NULL)
		received_close(r->received);
	member_close(&r->table);
	if (r->plain.fd >= 0)
		(void)close(r->plain.fd);
	r->plain.fd = -1;
	r->finding = NULL;
	r->parquet = NULL;
	r->is_open = false;
	r->group = 0;
	r->row = 0;
	r->before = 0;
}

/* Nothing in it is within the window. */
static bool
is_outside(const struct reader *r, const struct manifest_span *s)
{
	if (!s->has_from || !s->has_to)
		return false;
	return s->to / 1000 + 1 < r->o.from || s->from / 1000 - 1 >= r->o.to;
}

static enum status
open_table(struct reader *r, const char *manifest, const struct manifest *m, struct fault *f)
{
	const struct member_rules rules = { r->o.unverified, tell_difference, r };
	enum status rc = member_open(manifest, m, ".flows.parquet", &rules, &r->table, f);
	struct parquet_input in;

	if (rc != STATUS_OK)
		return rc;
	in = (struct parquet_input){ r->table.read_at, r->table.ctx, r->table.size, r->table.path,
		.checked = !r->o.unverified };
	rc = parquet_reader_open(&in, &r->parquet, f);
	if (rc == STATUS_OK)
		parquet_reader_presence(r->parquet, &r->o.presence);
	return rc;
}

static enum status
open_datagrams(struct reader *r, const char *manifest, const struct manifest *m, struct fault *f)
{
	enum status rc = received_open(r->received, manifest, m, f);

	r->is_open = rc == STATUS_OK;
	return rc;
}

/* The manifest once more, and still the one that the walk saw. */
static enum status
reread(const struct lineage_segment *s, struct manifest **out, struct fault *f)
{
	uint8_t sha256[SHA256_SIZE];
	struct buf text = { 0 };
	enum status rc = file_slurp(s->path, MANIFEST_SIZE_MAX, &text, f);

	if (rc == STATUS_OK)
		rc = sha256_of(text.data, text.len, sha256, f);
	if (rc == STATUS_OK && memcmp(sha256, s->sha256, SHA256_SIZE) != 0)
		rc = fault_set(f, STATUS_DIFFERS, s->path, "it changed while it was read");
	if (rc == STATUS_OK)
		rc = manifest_parse(text.data, text.len, s->path, out, NULL, f);
	buf_free(&text);
	return rc;
}

static enum status
open_segment(struct reader *r, const struct lineage_segment *s, struct fault *f)
{
	struct manifest *m = NULL;
	enum status rc = reread(s, &m, s->unproven ? NULL : f);

	r->finding = s->unproven ? s->finding : r->doubt;
	if (s->unproven && !is_ours(rc))
		rc = STATUS_OK; /* its files by their names */
	if (rc == STATUS_OK)
		rc = r->o.datagrams ? open_datagrams(r, s->path, m, f) : open_table(r, s->path, m, f);
	manifest_free(m);
	return rc;
}

/* The next segment that can be opened; STATUS_END behind the last. */
static enum status
next_segment(struct reader *r, struct fault *f)
{
	close_segment(r);
	while (r->next < r->lineage.count) {
		const struct lineage_segment *s = &r->lineage.segments[r->next++];
		struct fault why = { 0 };
		enum status rc;

		if (!r->o.datagrams && !s->unproven && is_outside(r, &s->flows))
			continue; /* of when datagrams came, the flows' times tell nothing */
		rc = open_segment(r, s, &why);
		if (rc == STATUS_OK)
			return rc;
		close_segment(r);
		if (is_ours(rc)) {
			if (f != NULL)
				*f = why;
			return rc;
		}
		if (why.status != STATUS_OK)
			tell(r, &why);
	}
	return STATUS_END;
}

static bool
group_is_outside(const struct reader *r)
{
	int64_t min;
	int64_t max;

	if (parquet_reader_range(r->parquet, r->group, COLUMN_FLOW_END, &min, &max) &&
	    max < r->o.from)
		return true;
	return parquet_reader_range(r->parquet, r->group, COLUMN_FLOW_START, &min, &max) &&
	    min >= r->o.to;
}

/* Rows of the open file; STATUS_END behind its last group. */
static enum status
read_rows(struct reader *r, struct table *t, struct fault *f)
{
	while (r->group < parquet_reader_groups(r->parquet)) {
		struct fault why = { 0 };
		enum status rc = STATUS_END;
		uint64_t from = r->row;

		if (r->row > 0 || !group_is_outside(r))
			rc = parquet_reader_read(r->parquet, r->group, &r->row, &r->o.columns, t, &why);
		if (rc == STATUS_OK) {
			r->given = r->before + from;
			return rc;
		}
		if (rc != STATUS_END && is_ours(rc)) {
			if (f != NULL)
				*f = why;
			return rc;
		}
		if (rc != STATUS_END)
			tell(r, &why);
		table_reset(t);
		r->before += parquet_reader_group_rows(r->parquet, r->group++);
		r->row = 0;
	}
	return STATUS_END;
}

enum status
reader_next(struct reader *r, struct table *t, struct fault *f)
{
	enum status rc = STATUS_OK;

	table_reset(t);
	while (rc == STATUS_OK) {
		if (r->parquet != NULL) {
			rc = read_rows(r, t, f);
			if (rc != STATUS_END)
				return rc;
		}
		rc = next_segment(r, f);
	}
	return rc;
}

enum status
reader_next_datagram(struct reader *r, struct reader_datagram *out, struct fault *f)
{
	enum status rc = STATUS_OK;

	while (rc == STATUS_OK) {
		if (r->is_open) {
			rc = received_next(r->received, out, f);
			if (rc == STATUS_OK)
				out->segment = r->lineage.segments[r->next - 1].sequence;
			if (rc != STATUS_END)
				return rc;
		}
		rc = next_segment(r, f);
	}
	return rc;
}

struct flow_place
reader_place(const struct reader *r)
{
	struct flow_place p = { .archive = r->archive, .row = r->given };

	if (r->next > 0) {
		const struct lineage_segment *g = &r->lineage.segments[r->next - 1];

		p.sequence = g->sequence;
		p.manifest = g->hashed ? g->sha256 : NULL;
		p.finding = r->finding;
	}
	return p;
}

bool
reader_span(const struct reader *r, int64_t *from, int64_t *to)
{
	int64_t first = INT64_MAX, last = INT64_MIN;

	for (size_t i = 0; i < r->lineage.count; i++) {
		const struct manifest_span *s = &r->lineage.segments[i].flows;

		if (!s->has_from || !s->has_to || is_outside(r, s))
			continue;
		first = s->from / 1000 < first ? s->from / 1000 : first;
		last = s->to / 1000 > last ? s->to / 1000 : last;
	}
	if (first > last)
		return false;
	*from = first > r->o.from ? first : r->o.from;
	*to = last < r->o.to ? last : r->o.to;
	return true;
}

uint64_t
reader_damaged(const struct reader *r)
{
	return r->damaged;
}

const char *
reader_anchor(const struct reader *r)
{
	return r->anchor;
}

void
reader_free(struct reader *r)
{
	if (r == NULL)
		return;
	close_segment(r);
	received_free(r->received);
	lineage_free(&r->lineage);
	free(r);
}
