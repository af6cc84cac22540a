/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/source.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "capture/block.h"
#include "capture/capture_file.h"
#include "capture/decompress.h"
#include "capture/format.h"
#include "capture/inputhash.h"
#include "capture/inputs.h"
#include "capture/members.h"
#include "capture/feed.h"

enum {
	SOURCE_DEPTH_MAX = 6, /* file, .zip in it, .tar.gz in that (two levels), a .pcap.gz (two) */
	POLL_MILLIS = 250     /* how long a pipe without data delays an interruption */
};

/*
 * One input under way: the path, what is inside it, what is inside that.  The last one is
 * a capture, or a container that is asked for its next member.
 */
struct level {
	struct feed feed;
	enum format format;
	int input;
	bool yielded; /* a container: something in it was read, or could not be */
	bool taken;   /* a compressed stream: its one member */
	struct capture_file file;
	struct decompress *decompress;
	struct members *members;
};

struct source {
	struct source_options options;
	size_t next_path;
	bool ended;
	atomic_bool stop;
	struct block_pool *pool;
	struct inputhash *hash;
	struct inputs inputs;
	struct level levels[SOURCE_DEPTH_MAX];
	int depth;
	const char *path; /* the one that is open */
	int fd;
	int err; /* why reading it failed */
	bool regular;
	uint64_t file_size;
	uint64_t done; /* octets of the paths before */
	uint64_t total;
};

static bool
stopped(const struct source *s)
{
	const volatile int *flag = s->options.interrupted;

	return s->stop || (flag != NULL && __atomic_load_n(flag, __ATOMIC_RELAXED) != 0);
}

/* A pipe is waited for in short turns, so that a signal between two looks is not missed. */
static enum status
file_wait(struct source *s)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	int r;

	do {
		if (stopped(s))
			return STATUS_INTERRUPTED;
		r = s->regular ? 1 : poll(&p, 1, POLL_MILLIS);
	} while (r == 0 || (r < 0 && errno == EINTR));
	return STATUS_OK;
}

static enum status
file_origin_read(void *ctx, uint8_t *buf, size_t cap, size_t *got, struct fault *f)
{
	struct source *s = ctx;
	enum status st = file_wait(s);

	if (st != STATUS_OK)
		return st;
	st = file_read(s->fd, buf, cap, got, s->path, f);
	if (st != STATUS_OK) {
		s->err = f == NULL ? 0 : f->err;
		return STATUS_IO;
	}
	return *got == 0 ? STATUS_END : STATUS_OK;
}

static enum status
file_origin_seek(void *ctx, uint64_t offset, struct fault *f)
{
	struct source *s = ctx;

	if (offset > INT64_MAX || lseek(s->fd, (off_t)offset, SEEK_SET) < 0)
		return fault_errno(f, s->path, "cannot seek");
	return STATUS_OK;
}

/* A zero total where one path has no size: standard input, a pipe, an absent file. */
static uint64_t
paths_total(const struct source_options *o)
{
	uint64_t total = 0;
	struct stat sb;

	for (size_t i = 0; i < o->path_count; i++) {
		if (strcmp(o->paths[i], "-") == 0 || stat(o->paths[i], &sb) != 0 ||
		    !S_ISREG(sb.st_mode))
			return 0;
		total += (uint64_t)sb.st_size;
	}
	return total;
}

enum status
source_open(const struct source_options *o, struct source **out, struct fault *f)
{
	struct source *s = calloc(1, sizeof(*s));
	enum status st;

	if (s == NULL)
		return fault_memory(f);
	s->options = *o;
	s->fd = -1;
	s->total = paths_total(o);
	st = block_pool_open(&s->pool, f);
	if (st == STATUS_OK && o->hash)
		st = inputhash_open(s->pool, &s->hash, f);
	if (st != STATUS_OK) {
		source_close(s);
		return st;
	}
	*out = s;
	return STATUS_OK;
}

static struct level *
top(struct source *s)
{
	return &s->levels[s->depth - 1];
}

static const char *
input_name(const struct source *s, int input)
{
	return s->inputs.list[input].name;
}

static enum source_finding_code
finding_code(enum status st)
{
	switch (st) {
	case STATUS_TRUNCATED:
		return SOURCE_TRUNCATED;
	case STATUS_MALFORMED:
	case STATUS_UNSUPPORTED:
	case STATUS_LIMIT:
		return SOURCE_DAMAGED;
	default:
		return SOURCE_IO;
	}
}

/*
 * A failure of one input becomes a finding and the run goes on; what ends the run is handed
 * back.  An interruption is neither: source_next sees it by itself.
 */
static enum status
failure_find(struct source *s, int input, const char *name, struct fault *found, struct fault *f)
{
	if (found->status == STATUS_NO_MEMORY)
		return fault_memory(f);
	if (found->status == STATUS_INTERRUPTED || stopped(s))
		return STATUS_OK;
	if (found->status == STATUS_IO && found->err == 0)
		found->err = s->err;
	return inputs_find(&s->inputs, finding_code(found->status), input, name, found, f);
}

static enum status
notice(struct source *s, enum source_finding_code code, int input, const char *name,
    const char *text, struct fault *f)
{
	struct fault found = { 0 };

	(void)fault_set(&found, STATUS_UNSUPPORTED, NULL, "%s", text);
	return inputs_find(&s->inputs, code, input, name, &found, f);
}

static void
file_end(struct source *s)
{
	if (s->fd > STDIN_FILENO)
		close(s->fd);
	s->fd = -1;
}

/* Leaves the innermost input; with `finish` it is hashed to its end. */
static void
level_pop(struct source *s, bool finish)
{
	struct level *l = top(s);

	capture_file_free(&l->file);
	decompress_free(l->decompress);
	members_free(l->members);
	if (finish && !stopped(s))
		feed_finish(&l->feed);
	if (l->input >= 0)
		s->inputs.list[l->input].size = l->feed.size;
	feed_close(&l->feed);
	s->depth--;
	if (s->depth == 0) {
		s->done += l->feed.size;
		file_end(s);
	}
}

static enum status
level_push(struct source *s, const struct feed_origin *origin, struct fault *f)
{
	struct level *l = &s->levels[s->depth];
	enum status st;

	memset(l, 0, sizeof(*l));
	l->input = -1;
	st = feed_open(&l->feed, origin, s->pool, f);
	if (st == STATUS_OK)
		s->depth++;
	return st;
}

/* Enters the innermost input into the list and begins its hash. */
static enum status
level_list(struct source *s, const char *name, int container, struct fault *f)
{
	struct level *l = top(s);
	enum status st;

	st = inputs_add(&s->inputs, name, container, l->format, &l->input, f);
	if (st == STATUS_OK && s->hash != NULL)
		st = feed_hash(&l->feed, s->hash, l->input, f);
	return st;
}

/* The reader for the format; its failure is a finding, and the input is left. */
static enum status
level_begin(struct source *s, struct fault *f)
{
	struct level *l = top(s);
	uint64_t size = s->depth == 1 && s->regular ? s->file_size : 0;
	struct fault found = { 0 };
	enum status st;

	switch (format_info(l->format)->kind) {
	case FORMAT_CAPTURE:
		st = capture_file_open(&l->file, l->format, &l->feed, &found);
		break;
	case FORMAT_COMPRESSED:
		st = decompress_open(l->format, &l->feed, &l->decompress, &found);
		break;
	default:
		st = members_open(l->format, &l->feed, size, s->options.interrupted,
		    &l->members, &found);
		break;
	}
	if (st == STATUS_OK)
		return STATUS_OK;
	s->inputs.list[l->input].capture = false;
	st = failure_find(s, l->input, input_name(s, l->input), &found, f);
	level_pop(s, true);
	return st;
}

/* Looks at the first octets; the feed's own failure is left for who reads on. */
static void
level_look(const struct source *s, struct level *l)
{
	if (feed_need(&l->feed, FORMAT_LOOK) == STATUS_NO_MEMORY)
		return;
	l->format = format_of(l->feed.at, feed_left(&l->feed));
	if (!s->options.messages || format_info(l->format)->kind != FORMAT_CAPTURE)
		return;
	l->format = ipfix_stream_is(l->feed.at, feed_left(&l->feed)) ? FORMAT_IPFIX : FORMAT_NONE;
}

/* The path at the innermost level is open: what is it? */
static enum status
path_begin(struct source *s, struct fault *f)
{
	struct level *l = top(s);
	struct fault found = { 0 };
	enum status st;

	level_look(s, l);
	st = level_list(s, s->path, -1, f);
	if (st != STATUS_OK)
		return st;
	if (l->format != FORMAT_NONE)
		return level_begin(s, f);
	if (l->feed.ended != STATUS_OK && l->feed.ended != STATUS_END) {
		found = l->feed.fault;
		found.status = l->feed.ended;
		st = failure_find(s, l->input, s->path, &found, f);
	} else if (l->feed.ended == STATUS_END && feed_left(&l->feed) == 0) {
		st = notice(s, SOURCE_NOT_CAPTURE, l->input, s->path, "is empty", f);
	} else {
		st = notice(s, SOURCE_NOT_CAPTURE, l->input, s->path, s->options.messages ?
		    "neither IPFIX messages nor an archive or compressed file" :
		    "neither a capture (pcap, pcapng) nor an archive or compressed file", f);
	}
	level_pop(s, true);
	return st;
}

static enum status
path_open(struct source *s, struct fault *found)
{
	enum status st = STATUS_OK;
	struct stat sb;

	if (strcmp(s->path, "-") == 0)
		s->fd = STDIN_FILENO;
	else
		st = file_open_read(s->path, &s->fd, found);
	if (st != STATUS_OK)
		return st;
	if (fstat(s->fd, &sb) != 0)
		return fault_errno(found, s->path, "cannot stat");
	if (S_ISDIR(sb.st_mode))
		return fault_set(found, STATUS_IO, s->path, "is a directory");
	/* Standard input is read from where it stands, and in order. */
	s->regular = S_ISREG(sb.st_mode);
	s->file_size = s->regular ? (uint64_t)sb.st_size : 0;
	return STATUS_OK;
}

/* A path that cannot be opened is listed, too. */
static enum status
path_failed(struct source *s, struct fault *found, struct fault *f)
{
	int input = -1;
	enum status st;

	file_end(s);
	st = inputs_add(&s->inputs, s->path, -1, FORMAT_NONE, &input, f);
	if (st != STATUS_OK)
		return st;
	return failure_find(s, input, s->path, found, f);
}

static enum status
path_next(struct source *s, struct fault *f)
{
	struct feed_origin origin = { file_origin_read, file_origin_seek, s };
	struct fault found = { 0 };
	enum status st;

	if (s->next_path == s->options.path_count)
		return STATUS_END;
	s->path = s->options.paths[s->next_path++];
	s->err = 0;
	if (path_open(s, &found) != STATUS_OK)
		return path_failed(s, &found, f);
	if (!s->regular || s->fd == STDIN_FILENO)
		origin.seek = NULL;
	st = level_push(s, &origin, f);
	return st == STATUS_OK ? path_begin(s, f) : st;
}

/* The member at the innermost level, inside the container below it: what is it? */
static enum status
member_begin(struct source *s, const char *name, struct fault *f)
{
	struct level *l = top(s), *outer = l - 1;
	struct fault found = { 0 };
	enum status st;

	level_look(s, l);
	if (l->format != FORMAT_NONE) {
		outer->yielded = true;
		st = level_list(s, name, outer->input, &found);
		if (st == STATUS_OK)
			return level_begin(s, f);
	} else if (l->feed.ended != STATUS_OK && l->feed.ended != STATUS_END) {
		outer->yielded = true;
		found = l->feed.fault;
		found.status = l->feed.ended;
	} else {
		st = notice(s, SOURCE_SKIPPED, outer->input, name, "is no capture: skipped", f);
		level_pop(s, false);
		return st;
	}
	st = failure_find(s, outer->input, name, &found, f);
	level_pop(s, false);
	return st;
}

/* The reading end of a member into a new level, or why it is not read. */
static enum status
member_push(struct source *s, const char *name, const struct member *m, struct fault *f)
{
	struct level *l = top(s);
	struct feed_origin origin = { decompress_read, NULL, l->decompress };
	enum status st;

	if (m->directory)
		return STATUS_OK;
	if (!m->file)
		return notice(s, SOURCE_SKIPPED, l->input, name, "is no regular file: skipped", f);
	if (m->encrypted) {
		l->yielded = true;
		return notice(s, SOURCE_DAMAGED, l->input, name, "is encrypted: not read", f);
	}
	if (s->depth == SOURCE_DEPTH_MAX) {
		l->yielded = true;
		return notice(s, SOURCE_DAMAGED, l->input, name,
		    "lies too deep in archives inside archives: not opened", f);
	}
	if (l->members != NULL)
		origin = (struct feed_origin){ members_read, NULL, l->members };
	st = level_push(s, &origin, f);
	return st == STATUS_OK ? member_begin(s, name, f) : st;
}

/* All members were read: what else is to be said of the container. */
static enum status
container_end(struct source *s, struct fault *f)
{
	struct level *l = top(s);
	const char *name = input_name(s, l->input);
	enum status st = STATUS_OK;

	if (l->decompress != NULL && decompress_ended(l->decompress) &&
	    feed_need(&l->feed, 1) == STATUS_OK)
		st = notice(s, SOURCE_SKIPPED, l->input, name,
		    "something else follows the compressed data: skipped", f);
	if (st == STATUS_OK && !l->yielded)
		st = notice(s, s->depth == 1 ? SOURCE_NOT_CAPTURE : SOURCE_SKIPPED, l->input, name,
		    "no capture in it", f);
	level_pop(s, true);
	return st;
}

static enum status
container_next(struct source *s, struct fault *f)
{
	struct level *l = top(s);
	struct member m = { .name = "", .file = true };
	struct fault found = { 0 };
	char name[INPUTS_NAME_MAX];
	enum status st;

	if (l->members != NULL) {
		st = members_next(l->members, &m, &found);
	} else {
		st = l->taken ? STATUS_END : STATUS_OK;
		l->taken = true;
	}
	if (st == STATUS_END)
		return container_end(s, f);
	if (st != STATUS_OK) {
		st = failure_find(s, l->input, input_name(s, l->input), &found, f);
		level_pop(s, true);
		return st;
	}
	inputs_member_name(name, input_name(s, l->input), m.name);
	return member_push(s, name, &m, f);
}

/* STATUS_OK without packets: the capture is at its end and was left. */
static enum status
capture_next(struct source *s, struct packet *batch, size_t max, size_t *count, struct fault *f)
{
	struct level *l = top(s);
	struct fault found = { 0 };
	bool over;
	enum status st = capture_file_next(&l->file, batch, max, count, &over, &found);

	if (st == STATUS_OK) {
		s->inputs.list[l->input].packets += *count;
		for (size_t i = 0; i < *count; i++)
			batch[i].input = (uint16_t)l->input;
		return STATUS_OK;
	}
	if (st != STATUS_END)
		st = failure_find(s, l->input, input_name(s, l->input), &found, f);
	if (over)
		level_pop(s, true);
	return st == STATUS_END ? STATUS_OK : st;
}

static enum status
source_step(struct source *s, struct packet *batch, size_t max, size_t *count, struct fault *f)
{
	if (s->depth == 0)
		return path_next(s, f);
	if (format_info(top(s)->format)->kind == FORMAT_CAPTURE)
		return capture_next(s, batch, max, count, f);
	return container_next(s, f);
}

enum status
source_next(struct source *s, struct packet *batch, size_t max, size_t *count, struct fault *f)
{
	enum status st = s->ended ? STATUS_END : STATUS_OK;

	*count = 0;
	while (st == STATUS_OK && *count == 0 && !stopped(s))
		st = source_step(s, batch, max, count, f);
	if (st == STATUS_OK && *count > 0)
		return STATUS_OK;
	while (s->depth > 0)
		level_pop(s, false);
	if (!s->ended && (st == STATUS_OK || st == STATUS_END))
		st = inputs_close(&s->inputs, f);
	s->ended = true;
	return st == STATUS_OK ? STATUS_END : st;
}

struct block *
source_hold(struct source *s)
{
	struct block *b = top(s)->feed.block;

	block_share(s->pool, b);
	return b;
}

void
source_release(struct source *s, struct block *b)
{
	block_release(s->pool, b);
}

void
source_stop(struct source *s)
{
	s->stop = true;
}

const struct source_input *
source_inputs(struct source *s, size_t *count)
{
	uint8_t digest[INPUTHASH_SIZE];
	int input;

	if (s->hash != NULL && s->ended)
		inputhash_wait(s->hash);
	while (s->hash != NULL && inputhash_result(s->hash, &input, digest)) {
		memcpy(s->inputs.list[input].sha256, digest, sizeof(digest));
		s->inputs.list[input].hashed = true;
	}
	for (int i = 0; i < s->depth && s->levels[i].input >= 0; i++)
		s->inputs.list[s->levels[i].input].size = s->levels[i].feed.size;
	*count = s->inputs.count;
	return s->inputs.list;
}

const struct source_finding *
source_findings(struct source *s, size_t *count)
{
	*count = s->inputs.finding_count;
	return s->inputs.findings;
}

void
source_progress(const struct source *s, uint64_t *done, uint64_t *total)
{
	*done = s->done + (s->depth > 0 ? s->levels[0].feed.size : 0);
	*total = s->total;
}

void
source_close(struct source *s)
{
	if (s == NULL)
		return;
	while (s->depth > 0)
		level_pop(s, false);
	inputhash_close(s->hash);
	block_pool_close(s->pool);
	inputs_free(&s->inputs);
	file_end(s);
	free(s);
}
