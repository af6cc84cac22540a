/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/custody.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "archive/anchor.h"
#include "archive/custody_part.h"
#include "archive/state.h"
#include "base/text.h"

enum {
	LOCK_TRIES = 100, /* with a pause between them: ten seconds */
	HEAD_MAX = 128
};

#define LOCK_PAUSE 100000000L /* nanoseconds */

/* The log while it is locked: where it ends, and what an interrupted writer left behind that. */
struct tail {
	int fd;
	uint64_t size; /* up to the last line feed */
	struct custody_head head;
	uint8_t first[SHA256_SIZE]; /* of the log's first line, by which it is remembered */
	uint64_t torn;
	uint8_t torn_sha256[SHA256_SIZE];
};

static enum status
lock(const char *path, int *fd, struct fault *f)
{
	const struct timespec pause = { 0, LOCK_PAUSE };
	struct fault why = { 0 };
	enum status st = file_lock(path, fd, &why);

	for (int i = 0; st == STATUS_LOCKED && i < LOCK_TRIES; i++) {
		(void)nanosleep(&pause, NULL);
		why = (struct fault){ 0 };
		st = file_lock(path, fd, &why);
	}
	if (st == STATUS_LOCKED)
		return fault_set(f, st, path, "another writer holds this custody log");
	if (st != STATUS_OK && f != NULL)
		*f = why;
	return st;
}

/* The octets from `from` to the end, CUSTODY_LINE_MAX of them at most. */
static enum status
read_end(const char *path, int fd, uint64_t size, struct buf *out, uint64_t *from, struct fault *f)
{
	size_t len = size < 2u * CUSTODY_LINE_MAX ? (size_t)size : 2u * CUSTODY_LINE_MAX;
	uint8_t *to = buf_grow(out, len);

	if (to == NULL)
		return fault_memory(f);
	*from = size - len;
	return file_read_at(fd, to, len, *from, path, f);
}

static const uint8_t *
last_feed(const uint8_t *data, size_t len)
{
	while (len > 0 && data[len - 1] != '\n')
		len--;
	return len > 0 ? data + len - 1 : NULL;
}

static enum status
parse_last(const char *path, const uint8_t *line, size_t len, struct tail *t, struct fault *f)
{
	struct custody_entry e;
	const char *code;
	enum status st = custody_parse(line, len, path, &e, &code, f);

	if (st != STATUS_OK)
		return st;
	t->head.sequence = e.sequence;
	memcpy(t->head.sha256, e.sha256, SHA256_SIZE);
	return STATUS_OK;
}

/* What a writer of ours may have left: the beginning of an entry, or the zeros of a disk that lost it. */
static bool
is_torn(const uint8_t *data, size_t len)
{
	static const char begin[] = "{\"format\":\"" CUSTODY_FORMAT "\",";
	size_t n = len < sizeof begin - 1 ? len : sizeof begin - 1;
	size_t zeros = 0;

	while (zeros < len && data[zeros] == 0)
		zeros++;
	return zeros == len || memcmp(data, begin, n) == 0;
}

static enum status
find_tail(const char *path, const struct buf *end, uint64_t from, struct tail *t, struct fault *f)
{
	const uint8_t *feed = last_feed(end->data, end->len), *before;
	size_t whole = feed == NULL ? 0 : (size_t)(feed - end->data) + 1, line;
	enum status st = STATUS_OK;

	t->torn = end->len - whole;
	t->size = from + whole;
	if (t->torn > CUSTODY_LINE_MAX || (feed == NULL && from > 0))
		return fault_set(f, STATUS_MALFORMED, path, "no custody log: a line of more than %d octets",
		    CUSTODY_LINE_MAX);
	if (!is_torn(end->data + whole, (size_t)t->torn))
		return fault_set(f, STATUS_MALFORMED, path, "no custody log: it ends with what is no entry");
	if (t->torn > 0)
		st = sha256_of(end->data + whole, (size_t)t->torn, t->torn_sha256, f);
	if (st != STATUS_OK || feed == NULL)
		return st;
	before = last_feed(end->data, whole - 1);
	line = before == NULL ? 0 : (size_t)(before - end->data) + 1;
	if (before == NULL && from > 0)
		return fault_set(f, STATUS_MALFORMED, path, "no custody log: a line of more than %d octets",
		    CUSTODY_LINE_MAX);
	return parse_last(path, end->data + line, whole - line, t, f);
}

/* The hash of the first line, which is no longer than others. */
static enum status
find_first(const char *path, struct tail *t, struct fault *f)
{
	size_t len = t->size < CUSTODY_LINE_MAX ? (size_t)t->size : CUSTODY_LINE_MAX;
	struct buf b = { 0 };
	uint8_t *data = buf_grow(&b, len);
	const uint8_t *feed;
	enum status st = data == NULL ? fault_memory(f) : file_read_at(t->fd, data, len, 0, path, f);

	if (st == STATUS_OK) {
		feed = memchr(data, '\n', len);
		st = feed == NULL ? fault_set(f, STATUS_MALFORMED, path, "no custody log") :
		    sha256_of(data, (size_t)(feed - data) + 1, t->first, f);
	}
	buf_free(&b);
	return st;
}

static enum status
look(const char *path, struct tail *t, struct fault *f)
{
	struct stat st;
	struct buf end = { 0 };
	uint64_t from = 0;
	enum status rc;

	if (fstat(t->fd, &st) != 0)
		return fault_errno(f, path, "cannot look at it");
	if (!S_ISREG(st.st_mode))
		return fault_set(f, STATUS_USAGE, path, "a custody log is a regular file");
	if (st.st_size == 0)
		return STATUS_OK;
	rc = read_end(path, t->fd, (uint64_t)st.st_size, &end, &from, f);
	if (rc == STATUS_OK)
		rc = find_tail(path, &end, from, t, f);
	if (rc == STATUS_OK && t->size > 0)
		rc = find_first(path, t, f);
	buf_free(&end);
	return rc;
}

/* Of this user on this machine, made when it is needed first. */
static enum status
take_key(const struct custody_writer *w, struct state *s, uint8_t secret[KEY_SIZE], struct fault *f)
{
	char path[FILE_PATH_MAX], dir[FILE_PATH_MAX];
	uint8_t public[KEY_SIZE];
	enum status st = state_open(s, w->state, NULL, f);

	if (st == STATUS_OK)
		st = file_join(dir, s->dir, "keys", f);
	if (st == STATUS_OK)
		st = file_join(path, dir, "custody-00000000.key", f);
	if (st == STATUS_OK && !file_exists(path))
		st = state_key_make(s, "custody", 0, public, f);
	return st == STATUS_OK ? state_key_load(s, "custody", 0, secret, f) : st;
}

/* False where a name is too long to be read again. */
static bool
name(char out[CUSTODY_NAME_MAX + 1], const char *s)
{
	return (size_t)snprintf(out, CUSTODY_NAME_MAX + 1, "%s", s) <= CUSTODY_NAME_MAX;
}

static enum status
put_entry(const struct custody_writer *w, const char *action, const struct buf *document,
    const struct tail *t, const uint8_t key[KEY_SIZE], struct buf *out, struct fault *f)
{
	struct custody_entry e = { .sequence = t->head.sequence + 1, .time = w->time, .cut = t->torn };

	if (!name(e.user, w->user) || !name(e.host, w->host) || !name(e.action, action))
		return fault_set(f, STATUS_LIMIT, w->path, "a name of more than %d octets", CUSTODY_NAME_MAX);
	if (e.sequence == 0)
		return fault_set(f, STATUS_LIMIT, w->path, "its last entry has the last number that there is");
	memcpy(e.previous, t->head.sha256, SHA256_SIZE);
	memcpy(e.cut_sha256, t->torn_sha256, SHA256_SIZE);
	memcpy(e.key, key, KEY_SIZE);
	custody_put_head(&e, out);
	buf_put(out, document->data, document->len - (document->data[document->len - 1] == '\n'));
	buf_str(out, "}\n");
	return STATUS_OK;
}

/* What could not be read again would be the end of the log: it is not written. */
static enum status
read_again(const struct buf *line, const char *path, struct fault *f)
{
	struct custody_entry e;
	const char *code;

	return custody_parse(line->data, line->len, path, &e, &code, f);
}

/* The entry's text becomes its line: the signature over it is put before its last brace. */
static enum status
sign(const uint8_t secret[KEY_SIZE], struct buf *entry, const char *path, struct fault *f)
{
	uint8_t signature[SIGNATURE_SIZE];
	enum status st = buf_ok(entry) ? key_sign(secret, entry->data, entry->len, signature, f) : fault_memory(f);

	if (st != STATUS_OK)
		return st;
	entry->len -= 2; /* brace and line feed */
	buf_str(entry, CUSTODY_SIGNATURE);
	for (size_t i = 0; i < sizeof signature; i++)
		buf_printf(entry, "%02x", signature[i]);
	buf_str(entry, CUSTODY_BEHIND);
	if (!buf_ok(entry))
		return fault_memory(f);
	return entry->len <= CUSTODY_LINE_MAX ? STATUS_OK :
	    fault_set(f, STATUS_LIMIT, path, "an entry of %zu octets; %d at most", entry->len, CUSTODY_LINE_MAX);
}

/* Behind what is whole; where that fails, the log is cut back to it. */
static enum status
write_line(const char *path, const struct tail *t, const struct buf *line, struct fault *f)
{
	char dir[FILE_PATH_MAX];
	enum status st = t->torn > 0 ? file_truncate(path, t->size, f) : STATUS_OK;

	if (st == STATUS_OK && lseek(t->fd, (off_t)t->size, SEEK_SET) < 0)
		st = fault_errno(f, path, "cannot go to its end");
	if (st == STATUS_OK)
		st = file_write_all(t->fd, line->data, line->len, path, f);
	if (st == STATUS_OK)
		st = file_sync(t->fd, path, f);
	/* where the cut fails, too, the next writer makes it */
	if (st != STATUS_OK && file_truncate(path, t->size, NULL) != STATUS_OK)
		return st;
	if (st != STATUS_OK)
		return st;
	file_parent(dir, path);
	return t->size == 0 ? file_sync_dir(dir, f) : STATUS_OK;
}

static enum status
head_path(const char *state, const uint8_t first[SHA256_SIZE], char out[FILE_PATH_MAX], struct fault *f)
{
	char name[sizeof "anchors/custody-.head" + SHA256_HEX], hex[SHA256_HEX];

	text_hex(hex, first, SHA256_SIZE);
	(void)snprintf(name, sizeof name, "anchors/custody-%s.head", hex);
	return file_join(out, state, name, f);
}

static enum status
remember(const struct state *s, const struct tail *t, const struct custody_head *head, struct fault *f)
{
	char path[FILE_PATH_MAX], hex[SHA256_HEX], text[HEAD_MAX];
	enum status st = head_path(s->dir, t->size == 0 ? head->sha256 : t->first, path, f);
	int len;

	text_hex(hex, head->sha256, SHA256_SIZE);
	len = snprintf(text, sizeof text, "%llu:%s\n", (unsigned long long)head->sequence, hex);
	return st == STATUS_OK ? file_replace(path, 0644, text, (size_t)len, f) : st;
}

enum status
custody_remembered(const char *state, const uint8_t first[SHA256_SIZE], struct custody_head *out,
    struct fault *f)
{
	char mine[FILE_PATH_MAX], path[FILE_PATH_MAX];
	struct buf text = { 0 };
	char *colon;
	enum status st = state == NULL ? state_default(mine, f) : STATUS_OK;

	if (st == STATUS_OK)
		st = head_path(state == NULL ? mine : state, first, path, f);
	if (st == STATUS_OK && !file_exists(path))
		return STATUS_ABSENT;
	if (st == STATUS_OK)
		st = file_slurp(path, HEAD_MAX, &text, f);
	if (st == STATUS_OK) {
		char *s = (char *)text.data;

		colon = text.len > 0 && s[text.len - 1] == '\n' ? memchr(s, ':', text.len) : NULL;
		if (colon != NULL) {
			*colon = s[text.len - 1] = '\0';
			if (!text_parse_u64(s, UINT64_MAX, &out->sequence) ||
			    !text_parse_hex(colon + 1, out->sha256, SHA256_SIZE))
				colon = NULL;
		}
		if (colon == NULL)
			st = fault_set(f, STATUS_MALFORMED, path, "no head of a custody log");
	}
	buf_free(&text);
	return st;
}

static enum status
append(const struct custody_writer *w, const char *action, const struct buf *document, struct tail *t,
    struct custody_head *out, struct fault *f)
{
	uint8_t secret[KEY_SIZE], public[KEY_SIZE];
	struct buf line = { 0 };
	struct state s;
	enum status st = take_key(w, &s, secret, f);

	if (st == STATUS_OK)
		st = look(w->path, t, f);
	if (st == STATUS_OK && document != NULL) {
		st = key_public(secret, public, f);
		if (st == STATUS_OK)
			st = put_entry(w, action, document, t, public, &line, f);
		if (st == STATUS_OK)
			st = sign(secret, &line, w->path, f);
		if (st == STATUS_OK)
			st = read_again(&line, w->path, f);
		if (st == STATUS_OK)
			st = write_line(w->path, t, &line, f);
		out->sequence = t->head.sequence + 1;
		if (st == STATUS_OK)
			st = sha256_of(line.data, line.len, out->sha256, f);
		if (st == STATUS_OK)
			st = remember(&s, t, out, f);
	}
	key_wipe(secret);
	buf_free(&line);
	return st;
}

enum status
custody_append(const struct custody_writer *w, const char *action, const struct buf *document,
    struct custody_head *out, struct fault *f)
{
	struct tail t = { .fd = -1 };
	struct custody_head head = { .sequence = 0 };
	enum status st = lock(w->path, &t.fd, f);

	if (st != STATUS_OK)
		return st;
	st = append(w, action, document, &t, &head, f);
	(void)close(t.fd); /* what was written was synced */
	if (st == STATUS_OK && out != NULL)
		*out = head;
	return st;
}
