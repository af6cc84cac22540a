/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/cmd_replay_resume.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "archive/sha256.h"
#include "base/file.h"
#include "base/text.h"
#include "replay/filter_canonical.h"

enum { RECEIPT_MAX = 256 << 20 };

static enum status
malformed(const struct replay_options *o, const char *what, struct fault *f)
{
	return fault_set(f, STATUS_MALFORMED, o->resume, "no receipt of a replay: %s", what);
}

static enum status
another(const struct replay_options *o, const char *what, struct fault *f)
{
	return fault_set(f, STATUS_USAGE, o->resume, "the receipt is of another replay: %s differs", what);
}

/* Whether the value is that text; null for NULL. */
static bool
is_text(const json_t *value, const char *text)
{
	if (text == NULL)
		return json_is_null(value);
	return json_is_string(value) && strcmp(json_string_value(value), text) == 0;
}

static bool
is_filter(const json_t *value, const char *text)
{
	struct buf b = { 0 };
	bool same;

	if (text == NULL)
		return json_is_null(value);
	filter_canonical(text, &b);
	same = is_text(value, buf_cstr(&b)) && buf_ok(&b);
	buf_free(&b);
	return same;
}

static bool
is_bound(const json_t *value, int64_t micros, int64_t open)
{
	char text[TEXT_TIME_MAX];

	text_time_micros(text, micros);
	return is_text(value, micros == open ? NULL : text);
}

static bool
is_loop(const json_t *value, uint64_t loop)
{
	if (loop == REPLAY_LOOP_FOREVER)
		return json_is_null(value);
	return json_is_integer(value) && (uint64_t)json_integer_value(value) == loop;
}

/* What of a target decides which flows it gets, and in which order. */
static enum status
check_target(const struct replay_options *o, const struct target_options *t, const json_t *j,
    struct fault *f)
{
	const json_t *window = json_object_get(j, "window"), *speed = json_object_get(j, "speed_thousandths");

	if (!is_text(json_object_get(j, "to"), t->url))
		return another(o, "--to", f);
	if (t->format != NULL && !is_text(json_object_get(j, "format"), t->format))
		return another(o, "--format", f);
	if (!is_filter(json_object_get(j, "filter"), t->filter))
		return another(o, "--filter", f);
	if (!is_bound(json_object_get(window, "from"), t->window.from, INT64_MIN) ||
	    !is_bound(json_object_get(window, "to"), t->window.to, INT64_MAX))
		return another(o, "--window", f);
	if (!is_loop(json_object_get(j, "loop"), t->loop))
		return another(o, "--loop", f);
	if ((json_integer_value(speed) != 0) != (t->speed != 0))
		return another(o, "whether the archive's time is followed (--speed)", f);
	return STATUS_OK;
}

static bool
read_segment(const json_t *j, struct target_segment *out)
{
	const json_t *sequence = json_object_get(j, "sequence");
	const json_t *manifest = json_object_get(j, "manifest_sha256");
	const char *hash = json_string_value(manifest);

	if (!json_is_integer(sequence) || (hash == NULL && !json_is_null(manifest)) ||
	    (hash != NULL && !text_parse_hex(hash, out->manifest, TARGET_SHA256)))
		return false;
	out->sequence = (uint64_t)json_integer_value(sequence);
	return true;
}

static enum status
read_segments(const struct replay_options *o, const json_t *j, struct target_resume *out,
    struct fault *f)
{
	size_t n = json_array_size(j);
	struct target_segment *list;

	if (!json_is_array(j))
		return malformed(o, "a target without segments", f);
	list = calloc(n + 1, sizeof *list);
	if (list == NULL)
		return fault_memory(f);
	out->segments = list;
	out->segment_count = n;
	for (size_t i = 0; i < n; i++)
		if (!read_segment(json_array_get(j, i), &list[i]))
			return malformed(o, "a segment without sequence or hash", f);
	return STATUS_OK;
}

static enum status
read_target(const struct replay_options *o, size_t i, const json_t *j, struct target_resume *out,
    struct fault *f)
{
	const json_t *position = json_object_get(j, "position");
	enum status st = check_target(o, &o->targets[i], j, f);

	if (st != STATUS_OK)
		return st;
	if (!json_is_integer(position) || json_integer_value(position) < 0)
		return malformed(o, "a target without position", f);
	out->position = (uint64_t)json_integer_value(position);
	return read_segments(o, json_object_get(j, "segments"), out, f);
}

static enum status
read_receipt(const struct replay_options *o, const json_t *j, struct resume *out, struct fault *f)
{
	const json_t *targets = json_object_get(j, "targets");
	const char *filter = o->filter.len > 0 ? (const char *)o->filter.data : "";
	enum status st = STATUS_OK;

	if (!is_text(json_object_get(j, "format"), "nfseal-replay-receipt/1") || !json_is_array(targets))
		return malformed(o, "it is no nfseal-replay-receipt/1", f);
	if (json_is_true(json_object_get(j, "dry_run")))
		return another(o, "that it was a dry run", f);
	if (!is_filter(json_object_get(j, "filter"), filter))
		return another(o, "the filter", f);
	if (json_array_size(targets) != o->target_count)
		return another(o, "the number of targets", f);
	for (size_t i = 0; i < o->target_count && st == STATUS_OK; i++)
		st = read_target(o, i, json_array_get(targets, i), &out->targets[i], f);
	return st;
}

enum status
resume_read(const struct replay_options *o, struct resume *out, struct fault *f)
{
	uint8_t sha256[SHA256_SIZE];
	struct buf text = { 0 };
	json_error_t error;
	json_t *j = NULL;
	enum status st = file_slurp(o->resume, RECEIPT_MAX, &text, f);

	if (st == STATUS_OK)
		st = sha256_of(text.data, text.len, sha256, f);
	if (st == STATUS_OK) {
		text_hex(out->sha256, sha256, sizeof sha256);
		j = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, &error);
		st = j != NULL ? read_receipt(o, j, out, f) : malformed(o, error.text, f);
	}
	json_decref(j);
	buf_free(&text);
	if (st != STATUS_OK)
		resume_free(out);
	return st;
}

void
resume_free(struct resume *r)
{
	for (size_t i = 0; i < REPLAY_TARGETS_MAX; i++) {
		struct target_segment *list;

		memcpy(&list, &r->targets[i].segments, sizeof list);
		free(list);
		r->targets[i].segments = NULL;
	}
}
