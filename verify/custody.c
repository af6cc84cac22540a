/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/custody.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

enum { PIECE = 1 << 16 };

struct walk {
	struct custody_check *out;
	const char *state;
	struct custody_head remembered;
	uint64_t lines;
	uint64_t offset; /* of the line */
	bool broken;     /* nothing is said of the places of those behind it */
};

static void
note_key(struct custody_check *c, const struct custody_entry *e)
{
	size_t i = 0;

	while (i < c->key_count && memcmp(c->keys[i].key, e->key, KEY_SIZE) != 0)
		i++;
	if (i == CUSTODY_KEYS_MAX)
		return;
	if (i == c->key_count) {
		memcpy(c->keys[i].key, e->key, KEY_SIZE);
		memcpy(c->keys[i].user, e->user, sizeof e->user);
		memcpy(c->keys[i].host, e->host, sizeof e->host);
		c->key_count++;
	}
	c->keys[i].entries++;
}

/* The first line tells which log it is. */
static void
recall(struct walk *w, const uint8_t *line, size_t len)
{
	uint8_t first[SHA256_SIZE];
	struct fault why = { 0 };
	enum status st = sha256_of(line, len, first, &why);

	if (st == STATUS_OK)
		st = custody_remembered(w->state, first, &w->remembered, &why);
	w->out->remembered = st == STATUS_OK;
	if (st != STATUS_OK && st != STATUS_ABSENT)
		findings_add(&w->out->findings, FINDING_IO, w->out->path, "%s", why.text);
}

static void
judge_place(struct walk *w, const struct custody_entry *e, size_t len)
{
	struct custody_check *c = w->out;

	if (e->sequence != c->head.sequence + 1 ||
	    memcmp(e->previous, c->head.sha256, SHA256_SIZE) != 0) {
		findings_add_at(&c->findings, FINDING_CHAIN, c->path, w->offset, len,
		    "line %" PRIu64 " is entry %" PRIu64 ", and does not follow the one before it", w->lines, e->sequence);
		w->broken = true;
	} else if (c->remembered && e->sequence == w->remembered.sequence &&
	    memcmp(e->sha256, w->remembered.sha256, SHA256_SIZE) != 0) {
		findings_add_at(&c->findings, FINDING_CHAIN, c->path, w->offset, len,
		    "entry %" PRIu64 " is not the one that is remembered on this machine", e->sequence);
	}
}

static void
judge_line(struct walk *w, const uint8_t *line, size_t len)
{
	struct custody_check *c = w->out;
	struct custody_entry e;
	struct fault why = { 0 };
	const char *code = NULL;

	w->lines++;
	if (w->lines == 1)
		recall(w, line, len);
	if (custody_parse(line, len, c->path, &e, &code, &why) != STATUS_OK) {
		findings_add_at(&c->findings, finding_by_name(code == NULL ? "IO" : code), c->path, w->offset, len,
		    "line %" PRIu64 ": %s", w->lines, why.text);
		w->broken = true;
		return;
	}
	if (!w->broken)
		judge_place(w, &e, len);
	if (w->broken)
		return;
	c->head.sequence = e.sequence;
	memcpy(c->head.sha256, e.sha256, SHA256_SIZE);
	c->cut += e.cut;
	note_key(c, &e);
}

/* Whole lines out of the buffer; what is left of one stays. */
static void
take_lines(struct walk *w, struct buf *b)
{
	size_t at = 0;

	for (;;) {
		const uint8_t *line = b->data + at;
		const uint8_t *feed = b->len > at ? memchr(line, '\n', b->len - at) : NULL;

		if (feed == NULL)
			break;
		judge_line(w, line, (size_t)(feed - line) + 1);
		w->offset += (uint64_t)(feed - line) + 1;
		at += (size_t)(feed - line) + 1;
	}
	if (at > 0) {
		memmove(b->data, b->data + at, b->len - at);
		b->len -= at;
	}
}

static enum status
read_all(struct walk *w, int fd, struct fault *f)
{
	struct buf b = { 0 };
	size_t got = 1;
	enum status st = STATUS_OK;

	while (st == STATUS_OK && got > 0) {
		uint8_t *to = buf_grow(&b, PIECE);

		st = to == NULL ? fault_memory(f) : file_read(fd, to, PIECE, &got, w->out->path, f);
		if (st != STATUS_OK)
			break;
		b.len -= PIECE - got;
		take_lines(w, &b);
		if (b.len > CUSTODY_LINE_MAX) {
			findings_add_at(&w->out->findings, FINDING_LIMIT, w->out->path, w->offset, b.len,
			    "a line of more than %d octets", CUSTODY_LINE_MAX);
			w->broken = true;
			break;
		}
	}
	w->out->torn = w->broken ? 0 : b.len;
	buf_free(&b);
	return st;
}

void
custody_check(const char *path, const char *state, struct custody_check *out)
{
	struct walk w = { .out = out, .state = state };
	struct fault why = { 0 };
	int fd;
	enum status st = file_open_regular(path, &fd, NULL, &why);

	memset(out, 0, sizeof *out);
	out->path = path;
	if (st == STATUS_OK) {
		st = read_all(&w, fd, &why);
		(void)close(fd); /* only read: nothing can be lost here */
	}
	if (st != STATUS_OK)
		findings_add(&out->findings, st == STATUS_ABSENT ? FINDING_FILE_MISSING : FINDING_IO, path, "%s", why.text);
	else if (out->remembered && !w.broken && out->head.sequence < w.remembered.sequence)
		findings_add(&out->findings, FINDING_HEAD_MISSING, path, "it ends with entry %" PRIu64 ", though entry %" PRIu64
		    " is remembered on this machine", out->head.sequence, w.remembered.sequence);
	out->verdict = out->findings.count > 0 || out->findings.failed ? out->findings.verdict : VERDICT_VERIFIED;
}

void
custody_check_text(const struct custody_check *c, struct buf *out)
{
	char hex[SHA256_HEX], name[1024];

	text_escape(name, sizeof name, c->path, strlen(c->path));
	text_hex(hex, c->head.sha256, SHA256_SIZE);
	buf_printf(out, "  custody   %s: %s\n", name, c->findings.count > 0 ? verdict_name(c->verdict) :
	    "every entry is signed and in its place");
	if (c->head.sequence > 0)
		buf_printf(out, "            head %" PRIu64 ":%s (%s)\n", c->head.sequence, hex, c->remembered ?
		    "a head is remembered on this machine" : "not remembered here: that later entries were removed "
		    "cannot be excluded");
	for (size_t i = 0; i < c->key_count; i++) {
		text_hex(hex, c->keys[i].key, KEY_SIZE);
		text_escape(name, sizeof name, c->keys[i].user, strlen(c->keys[i].user));
		buf_printf(out, "            %" PRIu64 " by the key %s, %s", c->keys[i].entries, hex, name);
		text_escape(name, sizeof name, c->keys[i].host, strlen(c->keys[i].host));
		buf_printf(out, " at %s\n", name);
	}
	if (c->torn > 0)
		buf_printf(out, "            behind them %" PRIu64 " octets of an entry that was interrupted\n", c->torn);
	for (size_t i = 0; i < c->findings.count; i++)
		buf_printf(out, "            %s at octet %" PRIu64 ": %s\n", finding_name(c->findings.list[i].code),
		    c->findings.list[i].offset, c->findings.list[i].text);
}

static void
json_finding(const struct finding *x, struct jsonw *j)
{
	jsonw_object(j);
	jsonw_key_str(j, "code", finding_name(x->code));
	jsonw_key_u64_if(j, "offset", x->placed, x->offset);
	jsonw_key_u64_if(j, "length", x->placed, x->length);
	jsonw_key_str(j, "text", x->text);
	jsonw_object_end(j);
}

void
custody_check_json(const struct custody_check *c, struct jsonw *j)
{
	char name[1024];

	text_escape(name, sizeof name, c->path, strlen(c->path));
	jsonw_object(j);
	jsonw_key_str(j, "path", name);
	jsonw_key_str(j, "verdict", verdict_name(c->verdict));
	jsonw_key_u64(j, "entries", c->head.sequence);
	jsonw_key_hex_if(j, "head_sha256", c->head.sequence > 0, c->head.sha256, SHA256_SIZE);
	jsonw_key_bool(j, "remembered", c->remembered);
	jsonw_key_u64(j, "cut", c->cut);
	jsonw_key_u64(j, "torn", c->torn);
	jsonw_key(j, "keys");
	jsonw_array(j);
	for (size_t i = 0; i < c->key_count; i++) {
		jsonw_object(j);
		jsonw_key_hex(j, "key", c->keys[i].key, KEY_SIZE);
		jsonw_key_str(j, "user", c->keys[i].user);
		jsonw_key_str(j, "host", c->keys[i].host);
		jsonw_key_u64(j, "entries", c->keys[i].entries);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
	jsonw_key(j, "findings");
	jsonw_array(j);
	for (size_t i = 0; i < c->findings.count; i++)
		json_finding(&c->findings.list[i], j);
	jsonw_array_end(j);
	jsonw_object_end(j);
}

void
custody_check_free(struct custody_check *c)
{
	findings_free(&c->findings);
}
