/* SPDX-License-Identifier: BSD-2-Clause */
/* revive_seal of archive/revive.h: what is vouched for becomes a segment, and how that is told. */
#include "archive/revive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/derive.h"
#include "archive/sealing.h"

enum {
	PIECE = 1 << 16,
	SEALED_FILES_MAX = JOURNAL_FILES_MAX + 2 /* with the table, and the ledger */
};

/* When it was last known to be whole. */
static int64_t
last_time(const struct site *s, const struct vouched *v)
{
	if (!v->any)
		return s->head_time;
	return v->index == 0 ? v->opening.made.nanos : v->last.made.nanos;
}

/* Whose segment it is, where it is not this archive's. */
static size_t
tell_whose(const struct revived *r, char text[REVIVE_TEXT_MAX])
{
	text[0] = '\0';
	if (r->older != NULL)
		(void)snprintf(text, REVIVE_TEXT_MAX, "of the archive %s, which this one continues: ", r->older);
	return strlen(text);
}

/* What was durable and is not there. */
void
revive_describe_loss(const struct site *s, const struct revived *r, size_t i,
    char text[REVIVE_TEXT_MAX], struct manifest_recovery *out)
{
	const struct durable_segment *known = &r->record.open[i];
	const struct vouched *v = &r->segments[i];
	size_t at = tell_whose(r, text);

	*out = (struct manifest_recovery) { .action = "lost", .has_sequence = true,
		.sequence = known->sequence, .span = { true, true, last_time(s, v), s->now() },
		.text = text };
	if (v->any)
		(void)snprintf(text + at, REVIVE_TEXT_MAX - at, "statements 0 to %llu were durable, and only those up to "
		    "%llu hold: %s: %s", (unsigned long long)known->index, (unsigned long long)v->index,
		    v->where, v->why.text);
	else
		(void)snprintf(text + at, REVIVE_TEXT_MAX - at, "statements 0 to %llu were durable, and none holds: %s: %s",
		    (unsigned long long)known->index, v->where, v->why.text);
}

/* The segment behind it was opened: it had come to its end. */
static bool
is_whole(const struct revived *r, size_t i)
{
	return i + 1 < r->record.count && r->segments[i + 1].any && r->segments[i].any &&
	    memcmp(r->segments[i + 1].opening.previous, r->segments[i].sha256, SHA256_SIZE) == 0;
}

/* What the manifest says of how it came to be. */
static void
describe(const struct site *s, const struct revived *r, size_t i, char text[REVIVE_TEXT_MAX],
    struct manifest_recovery *out)
{
	const struct vouched *v = &r->segments[i];
	const struct manifest *facts = v->index == 0 ? v->opening.facts : v->last.facts;
	bool whole = is_whole(r, i);
	size_t at = tell_whose(r, text);
	size_t room = REVIVE_TEXT_MAX - at;

	*out = (struct manifest_recovery) { .action = r->older == NULL ? "recovered" : "adopted", .has_sequence = true,
		.sequence = r->record.open[i].sequence, .text = text };
	if (!whole)
		out->span = (struct manifest_span) { true, true, last_time(s, v), s->now() };
	if (whole)
		(void)snprintf(text + at, room, "an interrupted run had completed this segment and not "
		    "sealed it; nothing of it is missing");
	else if (!v->any)
		(void)snprintf(text + at, room, "nothing vouches for what an interrupted run had written "
		    "into this segment, which is empty");
	else
		(void)snprintf(text + at, room, "an interrupted run left this segment open; sealed is what "
		    "its statements 0 to %llu vouch for, %llu rows; what came behind that is missing, and "
		    "%llu flows of %llu packets that had not ended", (unsigned long long)v->index,
		    (unsigned long long)facts->rows, (unsigned long long)facts->flows.carried_out,
		    (unsigned long long)facts->flow_packets.carried_out);
}

void
revive_tell(const struct site *s, const struct revived *r, size_t first)
{
	char text[REVIVE_TEXT_MAX];
	struct manifest_recovery told;

	for (size_t i = first; i < r->record.count; i++) {
		if (!r->segments[i].complete) {
			revive_describe_loss(s, r, i, text, &told);
			site_found(s, &told);
		}
		if (r->seals[i]) {
			describe(s, r, i, text, &told);
			site_found(s, &told);
		}
	}
}

static int
by_name(const void *a, const void *b)
{
	const struct manifest_file *x = a;
	const struct manifest_file *y = b;

	return strcmp(x->name, y->name);
}

static struct manifest_file
entry_of(const struct vouched_file *v)
{
	struct manifest_file file = { .name = v->name, .size = v->digest.size,
		.chunks = v->digest.chunks.data, .chunk_count = digest_chunk_count(&v->digest) };

	memcpy(file.sha256, v->digest.sha256, SHA256_SIZE);
	return file;
}

/* The last counts, under the first statement's source and options. */
static struct manifest
facts_of(const struct revived *r, size_t i, const struct declare_table *table)
{
	const struct vouched *v = &r->segments[i];
	/* Of an empty one, the source of the next, which is vouched for. */
	const struct manifest *first = v->any ? v->opening.facts : r->segments[1].opening.facts;
	struct manifest m = { .sequence = 0 };

	if (v->any)
		m = *(v->index == 0 ? v->opening.facts : v->last.facts);
	m.root = NULL;
	m.source = first->source;
	m.inputs = first->inputs;
	m.input_count = first->input_count;
	m.options = first->options;
	m.option_count = first->option_count;
	m.findings = v->findings;
	m.finding_count = v->finding_count;
	m.flows_span = table->span;
	m.interrupted = !is_whole(r, i);
	return m;
}

/* One segment on its way. */
struct reviving {
	struct site *s;
	const struct writer_options *o;
	struct revived *r;
	size_t i;
	char stem[LAYOUT_STEM_MAX];
	struct segment_file copies[JOURNAL_FILES_MAX]; /* of an older archive's files */
	size_t copy_count;
	struct manifest_leftover sources[JOURNAL_FILES_MAX + 1]; /* these, as they lie there */
	char source_names[JOURNAL_FILES_MAX + 1][STATEMENT_NAME_MAX + 48];
	size_t source_count;
	char datagrams[FILE_PATH_MAX]; /* what is kept of them; "": none, or they are not decoded */
	char messages[FILE_PATH_MAX];  /* likewise */
	bool has_ledger;               /* the one below was made anew */
	struct segment_file ledger;
};

/* DIR/NAME.part, or where a seal had moved it. */
static enum status
open_source(const struct revived *r, const char *name, int *fd, struct fault *f)
{
	char path[FILE_PATH_MAX];
	char part[STATEMENT_NAME_MAX + 32];
	enum status rc;

	(void)snprintf(part, sizeof part, "%s.part", name);
	rc = file_join(path, r->from_dir, part, f);
	if (rc == STATUS_OK && !file_exists(path) && r->sealed_dir != NULL)
		rc = file_join(path, r->sealed_dir, name, f);
	return rc == STATUS_OK ? file_open_regular(path, fd, NULL, f) : rc;
}

/* The octets that are vouched for, into a sink. */
static enum status
copy_octets(int fd, const char *name, uint64_t size, const struct sink *to, struct fault *f)
{
	uint8_t piece[PIECE];
	uint64_t at = 0;
	enum status rc = STATUS_OK;

	while (at < size && rc == STATUS_OK) {
		size_t n = size - at > PIECE ? PIECE : (size_t)(size - at);

		rc = file_read_at(fd, piece, n, at, name, f);
		if (rc == STATUS_OK)
			rc = sink_write(to, piece, n, f);
		at += n;
	}
	return rc;
}

/* An older archive's file becomes one of this archive's segment; that one stays as it is. */
static enum status
copy_file(struct reviving *v, const struct vouched_file *from, struct fault *f)
{
	struct segment_file *to = &v->copies[v->copy_count];
	const char *suffix = from->name + strlen(v->r->record.open[v->i].stem) + 1;
	struct sink sink = segment_file_sink(to);
	enum status rc = segment_file_create(to, v->s->open, v->stem, suffix, f);
	int fd;

	if (rc != STATUS_OK)
		return rc;
	v->copy_count++;
	rc = open_source(v->r, from->name, &fd, f);
	if (rc != STATUS_OK)
		return rc;
	rc = copy_octets(fd, from->name, from->digest.size, &sink, f);
	(void)close(fd);
	if (rc == STATUS_OK)
		rc = segment_file_finish(to, f);
	if (rc == STATUS_OK && !digest_equal(&to->digest, &from->digest))
		rc = fault_set(f, STATUS_DIFFERS, from->name, "it changed while it was copied");
	return rc;
}

static struct manifest_leftover *
add_source(struct reviving *v, const char *name, uint64_t size)
{
	struct manifest_leftover *x = &v->sources[v->source_count];
	char *to = v->source_names[v->source_count++];

	(void)snprintf(to, sizeof v->source_names[0], "%s.part", name);
	*x = (struct manifest_leftover) { .name = to, .size = size, .hashed = true };
	return x;
}

static enum status
hash_to(void *ctx, const void *data, size_t len, struct fault *f)
{
	return sha256_update(ctx, data, len, f);
}

/* The statements, as far as they hold. */
static enum status
add_statements(struct reviving *v, struct fault *f)
{
	uint64_t size = v->r->segments[v->i].statements_size;
	char name[STATEMENT_NAME_MAX + 32];
	struct sha256 *h = NULL;
	struct sink sink = { .write = hash_to };
	enum status rc;
	int fd;

	(void)snprintf(name, sizeof name, "%s.%s", v->r->record.open[v->i].stem, STATEMENT_SUFFIX);
	rc = open_source(v->r, name, &fd, f);
	if (rc != STATUS_OK)
		return rc;
	rc = sha256_open(&h, f);
	sink.ctx = h;
	if (rc == STATUS_OK)
		rc = copy_octets(fd, name, size, &sink, f);
	if (rc == STATUS_OK)
		rc = sha256_finish(h, add_source(v, name, size)->sha256, f);
	sha256_free(h);
	(void)close(fd);
	return rc;
}

/* Takes over an older archive's files, under this one's stem; notes what they were. */
static enum status
adopt_files(struct reviving *v, struct fault *f)
{
	const struct vouched *x = &v->r->segments[v->i];
	enum status rc = STATUS_OK;

	for (size_t k = 0; k < x->count && rc == STATUS_OK; k++) {
		if (&x->files[k] != vouched_flows(x))
			rc = copy_file(v, &x->files[k], f);
		memcpy(add_source(v, x->files[k].name, x->files[k].digest.size)->sha256,
		    x->files[k].digest.sha256, SHA256_SIZE);
	}
	return rc == STATUS_OK && x->any ? add_statements(v, f) : rc;
}

/* The files that are kept as they are: those in open/, or the copies. */
static size_t
list_files(const struct reviving *v, const struct segment_file *table,
    struct manifest_file files[SEALED_FILES_MAX])
{
	const struct vouched *x = &v->r->segments[v->i];
	size_t n = 0;

	files[n++] = segment_file_entry(table);
	if (v->has_ledger)
		files[n++] = segment_file_entry(&v->ledger);
	for (size_t k = 0; k < v->copy_count; k++)
		files[n++] = segment_file_entry(&v->copies[k]);
	for (size_t k = 0; k < x->count && v->r->older == NULL; k++)
		if (&x->files[k] != vouched_flows(x))
			files[n++] = entry_of(&x->files[k]);
	qsort(files, n, sizeof *files, by_name);
	return n;
}

/* Rows that were made again of datagrams are counted again: a statement may know fewer. */
static void
count_again(struct manifest *m, const struct declare_table *rows)
{
	const struct manifest_sum none = { .carried_in = 0 };

	m->rows = rows->rows;
	m->read.packets = m->metered.packets = rows->packets;
	m->flows = m->flow_packets = m->ip_bytes = none;
	m->flows.metered = m->flows.emitted = rows->rows;
	m->flow_packets.metered = m->flow_packets.emitted = rows->packets;
	m->ip_bytes.metered = m->ip_bytes.emitted = rows->octets;
}

static enum status
seal_table(struct reviving *v, const struct segment_file *table, const struct declare_table *rows,
    struct fault *f)
{
	const struct revived *r = v->r;
	bool follows = r->older == NULL && v->i + 1 < r->record.count && r->seals[v->i + 1];
	struct manifest_file files[SEALED_FILES_MAX];
	char text[REVIVE_TEXT_MAX];
	struct manifest_recovery told;
	struct manifest m = facts_of(r, v->i, rows);
	struct sealing what = { .opened = { v->s->now(), v->o->clock_state() }, .files = files,
		.file_count = list_files(v, table, files), .recovered = &told,
		.next_key = follows ? r->record.open[v->i + 1].key : NULL };

	if (r->segments[v->i].any)
		what.opened = r->segments[v->i].opening.made;
	describe(v->s, r, v->i, text, &told);
	told.files = v->sources;
	told.file_count = v->source_count;
	if (v->datagrams[0] != '\0')
		count_again(&m, rows);
	if (m.rows != rows->rows)
		return fault_set(f, STATUS_DIFFERS, v->s->path, "segment %llu: its journal has %llu rows, its "
		    "statements count %llu", (unsigned long long)told.sequence,
		    (unsigned long long)rows->rows, (unsigned long long)m.rows);
	site_found(v->s, &told);
	site_notice(v->s, "%s: segment %llu: %s", told.action, (unsigned long long)told.sequence, text);
	return sealing_run(v->s, v->o, &what, &m, f);
}

/* A file of the segment as it will be sealed, if it is to be decoded; else out stays "". */
static enum status
find_kept(const struct reviving *v, const struct vouched_file *kept, char out[FILE_PATH_MAX],
    struct fault *f)
{
	char part[STATEMENT_NAME_MAX + 32];

	if (v->o->redecode == NULL || kept == NULL)
		return STATUS_OK;
	/* under the stem that it will have: an older archive's file was copied */
	(void)snprintf(part, sizeof part, "%s%s.part", v->stem,
	    kept->name + strlen(v->r->record.open[v->i].stem));
	return file_join(out, v->s->open, part, f);
}

/* What its table is made of; path: room for the journal's name. */
static enum status
find_sources(struct reviving *v, char path[FILE_PATH_MAX], struct derive_source *from,
    struct fault *f)
{
	const struct vouched *x = &v->r->segments[v->i];
	const struct vouched_file *flows = vouched_flows(x);
	char part[STATEMENT_NAME_MAX + 32];
	enum status rc = find_kept(v, vouched_datagrams(x), v->datagrams, f);

	if (rc == STATUS_OK && vouched_ledger(x) == NULL)
		rc = find_kept(v, vouched_messages(x), v->messages, f);
	from->kept.datagrams = v->datagrams[0] != '\0' ? v->datagrams : NULL;
	from->kept.messages = v->messages[0] != '\0' ? v->messages : NULL;
	if (rc != STATUS_OK || flows == NULL)
		return rc;
	(void)snprintf(part, sizeof part, "%s.part", flows->name);
	rc = file_join(path, v->r->from_dir, part, f);
	from->journal = path;
	from->size = flows->digest.size;
	memcpy(from->sha256, flows->digest.sha256, SHA256_SIZE);
	return rc;
}

static enum status
seal_one(struct reviving *v, struct fault *f)
{
	struct derive_source from = { .open_dir = v->s->open, .stem = v->stem,
		.level = v->o->zstd_level, .build = v->o->build, .redecode = v->o->redecode,
		.kept.sequence = v->r->record.open[v->i].sequence };
	struct buf ledger = { 0 };
	char path[FILE_PATH_MAX];
	struct segment_file table;
	struct declare_table rows;
	enum status rc = find_sources(v, path, &from, f);

	if (rc == STATUS_OK)
		rc = derive_flows(&from, &table, &rows, &ledger, f);
	if (rc != STATUS_OK)
		goto out;
	if (ledger.len > 0 && vouched_ledger(&v->r->segments[v->i]) == NULL) {
		rc = derive_ledger(&from, &ledger, &v->ledger, f);
		v->has_ledger = rc == STATUS_OK;
	}
	if (rc == STATUS_OK)
		rc = seal_table(v, &table, &rows, f);
	if (v->has_ledger)
		segment_file_free(&v->ledger);
	segment_file_free(&table);
out:
	buf_free(&ledger);
	return rc;
}

enum status
revive_seal_one(struct site *s, const struct writer_options *o, struct revived *r, size_t i,
    struct fault *f)
{
	struct reviving v = { .s = s, .o = o, .r = r, .i = i };
	const char *stem = r->record.open[i].stem;
	enum status rc = STATUS_OK;

	if (strlen(stem) >= sizeof v.stem)
		return fault_set(f, STATUS_MALFORMED, stem, "no stem of a segment");
	memcpy(v.stem, stem, strlen(stem) + 1);
	if (r->older != NULL) {
		(void)snprintf(v.stem, sizeof v.stem, "%.*s-%08llu", (int)strcspn(stem, "-"), stem,
		    (unsigned long long)(s->anchor.sequence + 1));
		rc = adopt_files(&v, f);
	}
	if (rc == STATUS_OK)
		rc = seal_one(&v, f);
	for (size_t k = 0; k < v.copy_count; k++)
		segment_file_free(&v.copies[k]);
	return rc;
}

enum status
revive_seal(struct site *s, const struct writer_options *o, struct revived *r, struct fault *f)
{
	enum status rc = STATUS_OK;

	for (size_t i = 0; i < r->record.count && rc == STATUS_OK; i++) {
		if (r->seals[i])
			rc = revive_seal_one(s, o, r, i, f);
		if (rc == STATUS_OK && r->seals[i])
			rc = revive_tidy(s, f);
	}
	return rc;
}
