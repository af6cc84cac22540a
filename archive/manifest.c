/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "archive/document.h"
#include "archive/manifest_part.h"

enum {
	KEYS_ROOT = 29,
	REASONS_MAX = 256,
	SUFFIX_MAX = 64,
	SEQUENCE_DIGITS = 8
};

void
archive_id_read(struct document *d, const struct json_t *obj, const char *key,
    char out[ARCHIVE_ID_HEX])
{
	uint8_t id[ARCHIVE_ID_HEX / 2];
	const char *text = doc_text(d, obj, key, ARCHIVE_ID_HEX - 1);

	doc_hex(d, obj, key, id, sizeof id);
	if (doc_ok(d))
		memcpy(out, text, ARCHIVE_ID_HEX);
}

void
time_read(struct document *d, const struct json_t *obj, const char *key, struct manifest_time *t)
{
	const struct json_t *o = doc_object(d, obj, key, 2);

	t->nanos = doc_time(d, o, "time");
	t->clock = doc_name(d, o, "clock");
}

void
software_read(struct document *d, const struct json_t *obj, struct software *s)
{
	const struct json_t *o = doc_object(d, obj, "software", 3);

	s->name = doc_text(d, o, "name", MANIFEST_NAME_MAX);
	s->version = doc_text(d, o, "version", MANIFEST_NAME_MAX);
	s->build = doc_text(d, o, "build", MANIFEST_NAME_MAX);
}

static void
read_span(struct document *d, const struct json_t *o, const char *from, const char *to,
    struct manifest_span *s)
{
	s->has_from = doc_time_or_null(d, o, from, &s->from);
	s->has_to = doc_time_or_null(d, o, to, &s->to);
}

void
interval_read(struct document *d, const struct json_t *root, struct manifest *m)
{
	read_span(d, doc_object(d, root, "interval", 2), "from", "to", &m->interval);
}

void
source_read(struct document *d, const struct json_t *root, struct manifest *m)
{
	const struct json_t *source = doc_object(d, root, "source", 2);
	const struct json_t *list;

	m->source = doc_name(d, source, "kind");
	list = doc_array(d, source, "inputs", MANIFEST_LIST_MAX, &m->input_count);
	m->inputs = doc_alloc(d, m->input_count, sizeof *m->inputs);
	for (size_t i = 0; i < m->input_count && doc_ok(d); i++) {
		const struct json_t *o = doc_at(d, list, i, 7);
		struct manifest_input *in = &m->inputs[i];

		in->name = doc_text(d, o, "name", MANIFEST_TEXT_MAX);
		in->size = doc_u64(d, o, "size");
		in->hashed = doc_hex_or_null(d, o, "sha256", in->sha256, SHA256_SIZE);
		in->contained = doc_u64_or_null(d, o, "container", &in->container);
		in->capture = doc_bool(d, o, "capture");
		in->format = doc_text_or_null(d, o, "format", MANIFEST_NAME_MAX);
		in->packets = doc_u64(d, o, "packets");
		if (in->contained && in->container >= i)
			(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED,
			    "input %zu: its container is no earlier input", i);
	}
}

void
options_read(struct document *d, const struct json_t *root, struct manifest *m)
{
	const struct json_t *list =
	    doc_array(d, root, "options", MANIFEST_LIST_MAX, &m->option_count);

	m->options = doc_alloc(d, m->option_count, sizeof *m->options);
	for (size_t i = 0; i < m->option_count && doc_ok(d); i++) {
		const struct json_t *o = doc_at(d, list, i, 2);

		m->options[i].name = doc_name(d, o, "name");
		m->options[i].value = doc_text_or_null(d, o, "value", MANIFEST_TEXT_MAX);
	}
}

/* The same reasons in the same order in "packets" and in "wire_bytes". */
static void
read_packets(struct document *d, const struct json_t *root, struct manifest *m)
{
	const struct json_t *packets = doc_object(d, root, "packets", 3);
	const struct json_t *bytes = doc_object(d, root, "wire_bytes", 3);
	const struct json_t *reasons =
	    doc_map(d, packets, "rejected", REASONS_MAX, &m->rejected_count);
	size_t n;
	const struct json_t *same = doc_map(d, bytes, "rejected", REASONS_MAX, &n);

	m->read.packets = doc_u64(d, packets, "read");
	m->metered.packets = doc_u64(d, packets, "metered");
	m->read.wire_bytes = doc_u64(d, bytes, "read");
	m->metered.wire_bytes = doc_u64(d, bytes, "metered");
	if (doc_ok(d) && n != m->rejected_count)
		(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED,
		    "packets and wire_bytes have different reasons");
	m->rejected = doc_alloc(d, m->rejected_count, sizeof *m->rejected);
	for (size_t i = 0; i < m->rejected_count && doc_ok(d); i++) {
		struct manifest_rejected *r = &m->rejected[i];

		r->name = doc_map_at(d, reasons, i, &r->packets);
		if (strcmp(r->name, doc_map_at(d, same, i, &r->wire_bytes)) != 0)
			(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED,
			    "packets and wire_bytes have different reasons");
	}
}

static void
read_sum(struct document *d, const struct json_t *root, const char *key, const char *second,
    struct manifest_sum *s)
{
	const struct json_t *o = doc_object(d, root, key, 4);

	s->carried_in = doc_u64(d, o, "carried_in");
	s->metered = doc_u64(d, o, second);
	s->emitted = doc_u64(d, o, "emitted");
	s->carried_out = doc_u64(d, o, "carried_out");
}

void
counts_read(struct document *d, const struct json_t *root, struct manifest *m)
{
	const struct json_t *losses;

	m->rows = doc_u64(d, root, "rows");
	read_packets(d, root, m);
	read_sum(d, root, "ip_bytes", "metered", &m->ip_bytes);
	read_sum(d, root, "flow_packets", "metered", &m->flow_packets);
	read_sum(d, root, "flows", "started", &m->flows);
	losses = doc_map(d, root, "losses", REASONS_MAX, &m->loss_count);
	m->losses = doc_alloc(d, m->loss_count, sizeof *m->losses);
	for (size_t i = 0; i < m->loss_count && doc_ok(d); i++)
		m->losses[i].name = doc_map_at(d, losses, i, &m->losses[i].value);
}

void
findings_read(struct document *d, const struct json_t *root, struct manifest *m)
{
	const struct json_t *list =
	    doc_array(d, root, "findings", MANIFEST_LIST_MAX, &m->finding_count);

	m->findings = doc_alloc(d, m->finding_count, sizeof *m->findings);
	for (size_t i = 0; i < m->finding_count && doc_ok(d); i++) {
		const struct json_t *o = doc_at(d, list, i, 4);
		struct manifest_finding *x = &m->findings[i];

		x->code = doc_name(d, o, "code");
		x->file = doc_text_or_null(d, o, "file", MANIFEST_TEXT_MAX);
		x->at_offset = doc_u64_or_null(d, o, "offset", &x->offset);
		x->text = doc_text(d, o, "text", MANIFEST_TEXT_MAX);
	}
}

/* s begins with the pattern, in which 9 is any digit and all else itself. */
static bool
matches(const char *s, const char *pattern)
{
	for (; *pattern != '\0'; s++, pattern++) {
		bool digit = *s >= '0' && *s <= '9';

		if (*pattern == '9' ? !digit : *s != *pattern)
			return false;
	}
	return true;
}

/* 20261123T070000Z-00000042.SUFFIX, with the manifest's own sequence. */
static bool
is_file_name(const char *name, const struct manifest *m)
{
	const char *digits = name + strlen("99999999T999999Z-");
	size_t len = strlen(name);
	uint64_t sequence = 0;
	size_t n = 0;

	if (len > MANIFEST_NAME_MAX || !matches(name, "99999999T999999Z-"))
		return false;
	for (; digits[n] >= '0' && digits[n] <= '9' && n < 20; n++)
		sequence = sequence * 10 + (uint64_t)(digits[n] - '0');
	if (sequence != m->sequence || n < SEQUENCE_DIGITS ||
	    (n > SEQUENCE_DIGITS && digits[0] == '0') || digits[n] != '.')
		return false;
	len = strlen(digits + n + 1);
	if (len == 0 || len > SUFFIX_MAX || digits[n + 1] == '.')
		return false;
	if (strspn(digits + n + 1, "abcdefghijklmnopqrstuvwxyz0123456789.") != len)
		return false;
	return strcmp(digits + n, ".manifest.json") != 0 && strcmp(digits + n, ".manifest.sig") != 0;
}

/* Any name that stays in its directory and cannot be taken for anything else. */
static bool
is_plain_name(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= MANIFEST_NAME_MAX && name[0] != '.' && name[0] != '-' &&
	    strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == len;
}

static void
read_chunks(struct document *d, const struct json_t *o, struct manifest_file *file)
{
	const struct json_t *list =
	    doc_array(d, o, "chunks", MANIFEST_VALUES_MAX, &file->chunk_count);
	uint64_t expect = file->size > SHA256_CHUNK ? (file->size - 1) / SHA256_CHUNK + 1 : 0;
	uint8_t *chunks;

	if (doc_ok(d) && file->chunk_count != expect)
		(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "%s: %zu chunks for %llu bytes", file->name,
		    file->chunk_count, (unsigned long long)file->size);
	chunks = doc_alloc(d, file->chunk_count, SHA256_SIZE);
	file->chunks = chunks;
	for (size_t i = 0; i < file->chunk_count && doc_ok(d); i++)
		doc_hex_at(d, list, i, chunks + i * SHA256_SIZE, SHA256_SIZE);
}

static void
read_files(struct document *d, const struct json_t *root, struct manifest *m)
{
	const struct json_t *list = doc_array(d, root, "files", MANIFEST_LIST_MAX, &m->file_count);

	m->files = doc_alloc(d, m->file_count, sizeof *m->files);
	for (size_t i = 0; i < m->file_count && doc_ok(d); i++) {
		const struct json_t *o = doc_at(d, list, i, 4);
		struct manifest_file *file = &m->files[i];

		file->name = doc_text(d, o, "name", MANIFEST_NAME_MAX);
		file->size = doc_u64(d, o, "size");
		doc_hex(d, o, "sha256", file->sha256, SHA256_SIZE);
		if (doc_ok(d) && !is_file_name(file->name, m))
			(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "\"%.80s\" is no name of a file of "
			    "segment %llu", file->name, (unsigned long long)m->sequence);
		if (doc_ok(d) && strncmp(file->name, m->files[0].name, strcspn(file->name, ".") + 1) != 0)
			(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "the files have different stems");
		if (doc_ok(d) && i > 0 && strcmp(m->files[i - 1].name, file->name) >= 0)
			(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "files are not in the order of their "
			    "names, each once");
		read_chunks(d, o, file);
	}
}

static void
read_keys(struct document *d, const struct json_t *root, struct manifest *m)
{
	const char *weak;

	m->closed = !doc_hex_or_null(d, root, "next_key", m->next_key, KEY_SIZE);
	m->key_storage = doc_name(d, root, "key_storage");
	weak = m->closed || !doc_ok(d) ? NULL : key_weakness(m->next_key);
	if (weak != NULL)
		(void)doc_fail(d, "WEAK_KEY", STATUS_KEY, "next_key is %s", weak);
}

static void
read_leftovers(struct document *d, const struct json_t *o, struct manifest_recovery *r)
{
	const struct json_t *list = doc_array(d, o, "files", MANIFEST_LIST_MAX, &r->file_count);

	r->files = doc_alloc(d, r->file_count, sizeof *r->files);
	for (size_t i = 0; i < r->file_count && doc_ok(d); i++) {
		const struct json_t *x = doc_at(d, list, i, 3);

		r->files[i].name = doc_text(d, x, "name", MANIFEST_TEXT_MAX);
		r->files[i].size = doc_u64(d, x, "size");
		r->files[i].hashed = doc_hex_or_null(d, x, "sha256", r->files[i].sha256, SHA256_SIZE);
	}
}

struct manifest_recovery *
recovery_read(struct document *d, const struct json_t *obj, size_t *count)
{
	const struct json_t *list = doc_array(d, obj, "recovery", MANIFEST_LIST_MAX, count);
	struct manifest_recovery *all = doc_alloc(d, *count, sizeof *all);

	for (size_t i = 0; i < *count && doc_ok(d); i++) {
		const struct json_t *o = doc_at(d, list, i, 6);

		all[i].action = doc_name(d, o, "action");
		all[i].has_sequence = doc_u64_or_null(d, o, "sequence", &all[i].sequence);
		read_span(d, o, "from", "to", &all[i].span);
		read_leftovers(d, o, &all[i]);
		all[i].text = doc_text(d, o, "text", MANIFEST_TEXT_MAX);
	}
	return all;
}

void
recovery_free(struct manifest_recovery *list, size_t count)
{
	for (size_t i = 0; list != NULL && i < count; i++)
		free(list[i].files);
	free(list);
}

static void
read_makers(struct document *d, const struct json_t *root, struct manifest *m)
{
	const struct json_t *decoder = doc_object(d, root, "decoder", 2);

	m->decoder_version = doc_text(d, decoder, "version", MANIFEST_NAME_MAX);
	doc_hex(d, decoder, "elements", m->decoder_elements, SHA256_SIZE);
	m->libzstd = doc_text(d, root, "libzstd", MANIFEST_NAME_MAX);
	software_read(d, root, &m->software);
}

static void
read_attachments(struct document *d, const struct json_t *root, struct manifest *m)
{
	const struct json_t *list =
	    doc_array(d, root, "attachments", MANIFEST_LIST_MAX, &m->attachment_count);

	m->attachments = doc_alloc(d, m->attachment_count, sizeof *m->attachments);
	for (size_t i = 0; i < m->attachment_count && doc_ok(d); i++) {
		const struct json_t *o = doc_at(d, list, i, 4);
		struct manifest_attachment *a = &m->attachments[i];

		a->role = doc_name(d, o, "role");
		a->name = doc_text(d, o, "name", MANIFEST_NAME_MAX);
		a->size = doc_u64(d, o, "size");
		doc_hex(d, o, "sha256", a->sha256, SHA256_SIZE);
		if (doc_ok(d) && !is_plain_name(a->name))
			(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "\"%.80s\" is no name of an "
			    "attachment", a->name);
		/* Else one large file, listed ten thousand times, would be hashed as often. */
		if (doc_ok(d) && i > 0 && strcmp(m->attachments[i - 1].name, a->name) >= 0)
			(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "attachments are not in the order "
			    "of their names, each once");
	}
}

static void
read_expired(struct document *d, const struct json_t *root, struct manifest *m)
{
	const struct json_t *list =
	    doc_array(d, root, "expired", MANIFEST_LIST_MAX, &m->expired_count);

	m->expired = doc_alloc(d, m->expired_count, sizeof *m->expired);
	for (size_t i = 0; i < m->expired_count && doc_ok(d); i++) {
		const struct json_t *o = doc_at(d, list, i, 3);
		struct manifest_expired *x = &m->expired[i];

		x->sequence = doc_u64(d, o, "sequence");
		doc_hex(d, o, "manifest_sha256", x->manifest_sha256, SHA256_SIZE);
		x->reason = doc_text(d, o, "reason", MANIFEST_TEXT_MAX);
		if (doc_ok(d) && (x->sequence == 0 || x->sequence >= m->sequence))
			(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "segment %llu cannot have expired here",
			    (unsigned long long)x->sequence);
	}
}

static void
read_identity(struct document *d, const struct json_t *root, struct manifest *m)
{
	archive_id_read(d, root, "archive", m->archive);
	m->sequence = doc_u64(d, root, "sequence");
	if (doc_ok(d) && m->sequence == 0)
		(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "sequence 0 is the genesis");
	doc_hex(d, root, "previous", m->previous, SHA256_SIZE);
	time_read(d, root, "opened", &m->opened);
	time_read(d, root, "sealed", &m->sealed);
	interval_read(d, root, m);
	read_span(d, root, "first_flow", "last_flow", &m->flows_span);
}

static void
read_all(struct document *d, struct manifest *m)
{
	const struct json_t *root = doc_object(d, NULL, NULL, KEYS_ROOT);

	read_identity(d, root, m);
	source_read(d, root, m);
	options_read(d, root, m);
	m->interrupted = doc_bool(d, root, "interrupted");
	counts_read(d, root, m);
	findings_read(d, root, m);
	read_files(d, root, m);
	read_keys(d, root, m);
	m->recovery = recovery_read(d, root, &m->recovery_count);
	read_makers(d, root, m);
	read_attachments(d, root, m);
	read_expired(d, root, m);
}

static enum status
parse_once(const void *data, size_t len, const char *name, struct manifest **out,
    const char **code, struct fault *f)
{
	struct document d;
	struct manifest *m = NULL;
	struct buf again;

	buf_init(&again, 2 * (size_t)MANIFEST_SIZE_MAX);
	if (doc_parse(&d, data, len, MANIFEST_SIZE_MAX, MANIFEST_VALUES_MAX, MANIFEST_FORMAT, name,
	    f) == STATUS_OK) {
		m = doc_alloc(&d, 1, sizeof *m);
		if (m != NULL)
			read_all(&d, m);
		if (doc_ok(&d)) {
			manifest_write(m, &again);
			doc_canonical(&d, data, len, &again);
		}
	}
	if (doc_ok(&d) && m != NULL) {
		m->root = doc_take(&d);
		*out = m;
		m = NULL; /* handed over */
	}
	*code = d.code;
	manifest_free(m);
	buf_free(&again);
	doc_free(&d);
	return d.status;
}

enum status
manifest_parse(const void *data, size_t len, const char *name, struct manifest **out,
    const char **code, struct fault *f)
{
	const char *ignored;
	enum status rc;

	code = code == NULL ? &ignored : code;
	rc = parse_once(data, len, name, out, code, NULL);
	return rc == STATUS_OK ? rc : doc_confirm(rc, code, f) ?
	    parse_once(data, len, name, out, code, f) : STATUS_NO_MEMORY;
}

/* sum of parts == sum of wholes, without overflow. */
static bool
balanced(const struct manifest_sum *s)
{
	uint64_t in;
	uint64_t out;

	return !__builtin_add_overflow(s->carried_in, s->metered, &in) &&
	    !__builtin_add_overflow(s->emitted, s->carried_out, &out) && in == out;
}

static bool
all_read_accounted(const struct manifest *m)
{
	uint64_t packets = m->metered.packets;
	uint64_t bytes = m->metered.wire_bytes;

	for (size_t i = 0; i < m->rejected_count; i++)
		if (__builtin_add_overflow(packets, m->rejected[i].packets, &packets) ||
		    __builtin_add_overflow(bytes, m->rejected[i].wire_bytes, &bytes))
			return false;
	return packets == m->read.packets && bytes == m->read.wire_bytes;
}

/* Every metered packet is in one flow, but those in two. */
static bool
flows_have_the_metered(const struct manifest *m)
{
	uint64_t packets = m->metered.packets;

	for (size_t i = 0; i < m->loss_count; i++)
		if (strcmp(m->losses[i].name, MANIFEST_TWICE) == 0 &&
		    __builtin_add_overflow(packets, m->losses[i].value, &packets))
			return false;
	return packets == m->flow_packets.metered;
}

enum status
manifest_check_counts(const struct manifest *m, const char *name, struct fault *f)
{
	const char *wrong = NULL;

	if (!all_read_accounted(m))
		wrong = "packets or bytes read are not those metered and rejected";
	else if (!balanced(&m->ip_bytes))
		wrong = "ip_bytes: carried_in + metered is not emitted + carried_out";
	else if (!balanced(&m->flow_packets))
		wrong = "flow_packets: carried_in + metered is not emitted + carried_out";
	else if (!balanced(&m->flows))
		wrong = "flows: carried_in + started is not emitted + carried_out";
	else if (!flows_have_the_metered(m))
		wrong = "the packets metered are not those that the flows took";
	else if (m->rows != m->flows.emitted)
		wrong = "the table's rows are not the flows emitted";
	return wrong == NULL ? STATUS_OK : fault_set(f, STATUS_MALFORMED, name, "COUNTS: %s", wrong);
}

const struct manifest_file *
manifest_file_by_suffix(const struct manifest *m, const char *suffix)
{
	size_t want = strlen(suffix);

	for (size_t i = 0; i < m->file_count; i++) {
		size_t len = strlen(m->files[i].name);

		if (len >= want && strcmp(m->files[i].name + len - want, suffix) == 0)
			return &m->files[i];
	}
	return NULL;
}

void
manifest_free(struct manifest *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; m->files != NULL && i < m->file_count; i++)
		free((void *)(uintptr_t)m->files[i].chunks);
	free(m->inputs);
	free(m->options);
	free(m->rejected);
	free(m->losses);
	free(m->findings);
	free(m->files);
	recovery_free(m->recovery, m->recovery_count);
	free(m->attachments);
	free(m->expired);
	doc_release(m->root);
	free(m);
}
