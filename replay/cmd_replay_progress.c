/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/cmd_replay_progress.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "base/text.h"

#define TERMINAL_NANOS INT64_C(500000000)
#define JSON_NANOS     INT64_C(1000000000)
#define SECOND         INT64_C(1000000000)

struct standing {
	uint64_t done;
	uint64_t rate;    /* a second */
	bool exact;       /* datagrams */
	int64_t position; /* microseconds, INT64_MIN: at the beginning */
	int64_t left;     /* nanoseconds, -1: cannot be told */
};

bool
progress_due(const struct progress *p, int64_t now)
{
	if (p->quiet)
		return false;
	return p->json ? now - p->shown >= JSON_NANOS : p->terminal && now - p->shown >= TERMINAL_NANOS;
}

/* By the archive's time that is left, and how fast it went up to here. */
static int64_t
time_left(const struct target_result *t, int64_t took)
{
	const struct target_progress *p = &t->progress;
	double done, all;

	if (!p->has_span || p->position <= p->from || p->to <= p->from || t->options->loop != 1)
		return -1;
	if (p->position >= p->to)
		return 0;
	if (t->options->speed != 0)
		return (int64_t)((double)(p->to - p->position) * 1e6 / (double)t->options->speed);
	done = (double)(p->position - p->from);
	all = (double)(p->to - p->from);
	return (int64_t)((double)took * (all - done) / done);
}

static void
look(struct progress *p, struct target *const *targets, size_t count, int64_t now,
    struct standing *out)
{
	int64_t took = now - p->began;

	*out = (struct standing){ .done = UINT64_MAX, .position = INT64_MAX, .left = -1 };
	for (size_t i = 0; i < count; i++) {
		struct target_result t;
		int64_t left;

		target_look(targets[i], &t);
		if (t.progress.matched > out->done)
			continue;
		left = time_left(&t, took);
		*out = (struct standing){ .done = t.progress.matched, .exact = t.exact,
			.position = t.progress.position, .left = left };
	}
	if (took > 0)
		out->rate = (uint64_t)((double)out->done * 1e9 / (double)took);
}

static void
show_json(const struct standing *s)
{
	char text[TEXT_TIME_MAX];
	struct buf b = { 0 };
	struct jsonw j;

	jsonw_init(&j, &b);
	jsonw_object(&j);
	text_time_nanos(text, clock_wall_nanos());
	jsonw_key_str(&j, "time", text);
	jsonw_key_str(&j, "level", "progress");
	jsonw_key_u64(&j, s->exact ? "datagrams" : "flows", s->done);
	jsonw_key_u64(&j, "per_second", s->rate);
	text_time_micros(text, s->position);
	jsonw_key_str(&j, "position", s->position != INT64_MIN ? text : NULL);
	jsonw_key(&j, "left_nanos");
	if (s->left < 0)
		jsonw_null(&j);
	else
		jsonw_i64(&j, s->left);
	jsonw_object_end(&j);
	fprintf(stderr, "%s\n", buf_cstr(&b));
	buf_free(&b);
}

static void
show_text(const struct progress *p, const struct standing *s)
{
	char when[TEXT_TIME_MAX] = "the beginning", left[64] = "", line[256];

	if (s->position != INT64_MIN)
		text_time_micros(when, s->position);
	if (s->left >= 0)
		snprintf(left, sizeof left, ", %" PRId64 ":%02" PRId64 " left", s->left / SECOND / 60,
		    s->left / SECOND % 60);
	snprintf(line, sizeof line, "%" PRIu64 " %s, %" PRIu64 " a second, at %s%s", s->done,
	    s->exact ? "datagrams" : "flows", s->rate, when, left);
	if (p->terminal)
		log_progress(line);
	else
		fprintf(stderr, "%s\n", line);
}

void
progress_show(struct progress *p, struct target *const *targets, size_t count, int64_t now)
{
	struct standing s;

	look(p, targets, count, now, &s);
	if (p->json)
		show_json(&s);
	else
		show_text(p, &s);
	p->shown = now;
}
