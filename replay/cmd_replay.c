/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/option.h"
#include "base/socket.h"
#include "base/text.h"
#include "flow/sender_option.h"
#include "nfseal.h"
#include "replay/cmd_input.h"
#include "replay/filter.h"
#include "replay/input.h"
#include "replay/replay_report.h"
#include "replay/retime.h"

enum {
	TARGETS_MAX = 16,
	BATCH_ROWS = 16384,
	TURN_ROWS = 32 /* of each target in turn, about a datagram */
};

#define PROGRESS_NANOS INT64_C(500000000)

enum {
	OPT_TO = 1,
	OPT_FORMAT,
	OPT_RATE,
	OPT_MTU,
	OPT_REFRESH,
	OPT_TIME,
	OPT_SHIFT,
	OPT_STATE,
	OPT_GENESIS,
	OPT_JSON,
	OPT_QUIET,
	OPT_HELP
};

static const struct option options[] = {
	{ OPT_TO, '\0', "to", "URL", "where to: udp://HOST:PORT; may be given several times" },
	{ OPT_FORMAT, '\0', "format", "NAME", "netflow5, netflow9 or ipfix (default), of the --to behind it" },
	{ OPT_RATE, '\0', "rate", "N", "records a second (100000), or Nd datagrams; 0 is no limit" },
	{ OPT_MTU, '\0', "mtu", "N", "octets of a datagram's payload at most (1400)" },
	{ OPT_REFRESH, '\0', "refresh", "N,TIME", "send the templates again so often (256,60s)" },
	{ OPT_TIME, '\0', "time", "WHEN", "the flows' times: original (default), or now: each ends as it is sent" },
	{ OPT_SHIFT, '\0', "shift", "TIME", "move the flows' times: +3d, -90s" },
	{ OPT_STATE, '\0', "state", "DIR", "the state directory" },
	{ OPT_GENESIS, '\0', "genesis", "HEX", "the archive's genesis fingerprint" },
	{ OPT_JSON, '\0', "json", NULL, "print the summary as one JSON document" },
	{ OPT_QUIET, 'q', "quiet", NULL, "no notices, no progress and no summary" },
	{ OPT_HELP, 'h', "help", NULL, "print this" },
	{ 0, '\0', NULL, NULL, NULL },
};

struct target {
	const char *url;
	struct endpoint endpoint;
	enum pack_format format;
	bool format_given;
	struct sender *sender;
};

struct replay {
	struct reader_options reader;
	const char *path;
	struct buf filter_text;
	struct filter *filter;
	struct target targets[TARGETS_MAX];
	size_t target_count;
	struct sender_options sender; /* of all of them */
	struct retime retime;
	bool json;
	bool quiet;
	bool help;
	struct input *input;
	struct table *table;
	uint8_t matched[BATCH_ROWS];
	uint64_t read;
	uint64_t selected;
	uint64_t stayed; /* flows whose times could not be moved */
	int64_t position; /* the newest flow's end */
	int64_t started;
	int64_t shown;
	bool progress;
	bool interrupted;
};

static enum status
add_target(struct replay *r, const char *url, const enum pack_format *format, struct fault *f)
{
	struct target *t = &r->targets[r->target_count];

	if (r->target_count == TARGETS_MAX)
		return fault_set(f, STATUS_USAGE, NULL, "more than %d --to", TARGETS_MAX);
	t->url = url;
	t->format_given = format != NULL;
	t->format = format != NULL ? *format : PACK_IPFIX;
	r->target_count++;
	return endpoint_parse(url, &t->endpoint, f);
}

/* A format counts for the targets behind it, and for those before it that have none. */
static enum status
set_format(struct replay *r, const char *name, enum pack_format *format, struct fault *f)
{
	if (!pack_format_find(name, format))
		return fault_set(f, STATUS_USAGE, NULL, "--format is netflow5, netflow9 or ipfix");
	for (size_t i = 0; i < r->target_count; i++) {
		if (!r->targets[i].format_given) {
			r->targets[i].format = *format;
			r->targets[i].format_given = true;
		}
	}
	return STATUS_OK;
}

static void
add_operand(struct replay *r, const char *value)
{
	if (r->path == NULL) {
		r->path = value;
		return;
	}
	if (r->filter_text.len > 0)
		buf_str(&r->filter_text, " ");
	buf_str(&r->filter_text, value);
}

static enum status
take_option(struct replay *r, int id, const char *value, enum pack_format *format, bool *given,
    struct fault *f)
{
	switch (id) {
	case OPTION_OPERAND:
		add_operand(r, value);
		break;
	case OPT_TO:
		return add_target(r, value, *given ? format : NULL, f);
	case OPT_FORMAT:
		*given = true;
		return set_format(r, value, format, f);
	case OPT_RATE:
		return sender_option_rate(&r->sender, value, f);
	case OPT_MTU:
		return sender_option_mtu(&r->sender, value, f);
	case OPT_REFRESH:
		return sender_option_refresh(&r->sender, value, f);
	case OPT_TIME:
		return retime_parse(value, &r->retime, f);
	case OPT_SHIFT:
		return retime_parse_shift(value, &r->retime, f);
	case OPT_STATE:
		r->reader.state = value;
		break;
	case OPT_GENESIS:
		r->reader.genesis = value;
		break;
	case OPT_JSON:
		r->json = true;
		break;
	case OPT_QUIET:
		r->quiet = true;
		break;
	case OPT_HELP:
		r->help = true;
		break;
	default:
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

static void
defaults(struct replay *r)
{
	r->reader.columns = column_set_all();
	r->reader.from = INT64_MIN;
	r->reader.to = INT64_MAX;
	sender_defaults(&r->sender);
	r->sender.clock = (struct sender_clock){ clock_monotonic_nanos, clock_sleep_until, NULL };
	r->sender.interrupt = interrupt_flag();
	buf_init(&r->filter_text, FILTER_TEXT_MAX + 1); /* and a NUL */
}

static enum status
parse_arguments(struct replay *r, int argc, char **argv, struct fault *f)
{
	enum pack_format format = PACK_IPFIX;
	bool format_given = false;
	enum status st = STATUS_OK;
	struct options o;
	const char *value;
	int id;

	option_init(&o, options, argc, argv);
	while (st == STATUS_OK && (id = option_next(&o, &value, f)) != OPTION_END)
		st = take_option(r, id, value, &format, &format_given, f);
	if (st != STATUS_OK || r->help)
		return st;
	if (r->path == NULL)
		return fault_set(f, STATUS_USAGE, NULL, "no archive or file is named");
	if (r->target_count == 0)
		return fault_set(f, STATUS_USAGE, NULL, "no --to says where the flows go");
	(void)buf_cstr(&r->filter_text); /* it is read as a string from here on */
	if (!buf_ok(&r->filter_text))
		return fault_set(f, STATUS_LIMIT, NULL, "the filter is longer than %d octets",
		    FILTER_TEXT_MAX);
	return STATUS_OK;
}

/* The filter's own message has a caret under the place. */
static bool
parse_filter(struct replay *r, int *status)
{
	const char *text = buf_cstr(&r->filter_text);
	struct fault where = { 0 };
	char message[FILTER_MESSAGE_MAX];
	enum status st = filter_parse(text, &r->filter, &where);

	if (st == STATUS_OK)
		return true;
	filter_message(text, &where, message);
	message[strlen(message) - 1] = '\0';
	log_error("%s", message);
	*status = status_exit(st);
	return false;
}

static enum status
open_targets(struct replay *r, struct fault *f)
{
	enum status st = STATUS_OK;

	for (size_t i = 0; i < r->target_count && st == STATUS_OK; i++) {
		struct sender_options o = r->sender;

		o.pack.format = r->targets[i].format;
		st = sender_open(&r->targets[i].endpoint, &o, &r->targets[i].sender, f);
	}
	return st;
}

static void
show_progress(struct replay *r, int64_t now)
{
	double seconds = (double)(now - r->started) / 1e9;
	char position[TEXT_TIME_MAX];

	text_time_micros(position, r->position);
	fprintf(stderr, "%s%" PRIu64 " flows, %.0f a second, at %s%s", r->progress ? "\r" : "", r->selected,
	    seconds > 0 ? (double)r->selected / seconds : 0, position, r->progress ? "\033[K" : "\n");
	r->shown = now;
}

static void
progress(struct replay *r)
{
	int64_t now = clock_monotonic_nanos();

	if (interrupt_status_wanted() || (r->progress && now - r->shown >= PROGRESS_NANOS))
		show_progress(r, now);
}

static void
note_position(struct replay *r, size_t row)
{
	int64_t end = table_int(r->table, COLUMN_FLOW_END, row);

	if (end > r->position)
		r->position = end;
}

/* The targets take turns of some rows, so that each keeps its pace. */
static enum status
send_table(struct replay *r, struct fault *f)
{
	enum status st = STATUS_OK;
	size_t rows = r->table->rows;

	for (size_t from = 0; from < rows && st == STATUS_OK; from += TURN_ROWS) {
		size_t to = rows - from < TURN_ROWS ? rows : from + TURN_ROWS;

		note_position(r, to - 1);
		r->stayed += retime_rows(&r->retime, r->table, from, to, r->matched,
		    clock_wall_nanos() / 1000);
		for (size_t i = 0; i < r->target_count && st == STATUS_OK; i++)
			st = sender_put(r->targets[i].sender, r->table, from, to, r->matched, f);
		for (size_t row = from; row < to; row++)
			r->selected += r->matched[row];
		progress(r);
	}
	return st;
}

static enum status
send_all(struct replay *r, struct fault *f)
{
	enum status st;

	for (;;) {
		st = input_next(r->input, r->table, f);
		if (st != STATUS_OK)
			break;
		r->read += r->table->rows;
		filter_rows(r->filter, r->table, r->matched);
		st = send_table(r, f);
		if (st != STATUS_OK)
			break;
	}
	return st == STATUS_END ? STATUS_OK : st;
}

/* Also after an error: what was packed is worth sending. */
static enum status
finish_targets(struct replay *r, struct fault *f)
{
	enum status st = STATUS_OK;

	for (size_t i = 0; i < r->target_count; i++) {
		enum status one = sender_finish(r->targets[i].sender, f);

		if (st == STATUS_OK)
			st = one;
	}
	return st;
}

static int
report(struct replay *r, bool damaged)
{
	struct sender_report list[TARGETS_MAX];
	struct replay_report rep = { .input = r->path,
		.anchor = input_is_archive(r->input) ? input_anchor(r->input) : "no archive",
		.read = r->read, .matched = r->selected, .stayed = r->stayed, .damaged = input_damaged(r->input) + damaged,
		.interrupted = r->interrupted, .nanos = clock_monotonic_nanos() - r->started,
		.targets = list, .target_count = r->target_count };
	struct buf text;
	bool written = true;

	for (size_t i = 0; i < r->target_count; i++)
		sender_report_take(&list[i], r->targets[i].sender, r->targets[i].url,
		    r->targets[i].format);
	buf_init(&text, 0);
	if (r->json)
		replay_report_json(&rep, &text);
	else if (!r->quiet)
		replay_report_text(&rep, &text);
	if (r->progress && r->shown > r->started)
		fputs("\r\033[K", stderr);
	if (text.len > 0)
		written = fwrite(text.data, 1, text.len, stdout) == text.len;
	written = fflush(stdout) == 0 && written && buf_ok(&text);
	buf_free(&text);
	if (!written) {
		log_error("the summary could not be written");
		return 2;
	}
	if (input_nothing_read(r->input, r->read))
		return status_exit(STATUS_MALFORMED);
	return replay_report_complete(&rep) ? 0 : 3;
}

static enum status
open_all(struct replay *r, struct fault *f)
{
	enum status st = input_open(r->path, &r->reader, input_say_fault, NULL, &r->input, f);

	if (st == STATUS_OK)
		st = table_open(BATCH_ROWS, &r->table, f);
	return st == STATUS_OK ? open_targets(r, f) : st;
}

static int
run(struct replay *r, struct fault *f)
{
	enum status st = open_all(r, f), finished;
	bool damaged;
	int rc;

	if (st != STATUS_OK)
		return log_exit(f);
	input_say_trust(r->input, r->path);
	r->started = r->shown = clock_monotonic_nanos();
	r->progress = !r->quiet && isatty(STDERR_FILENO);
	st = send_all(r, f);
	r->interrupted = st == STATUS_INTERRUPTED;
	/* damage ends the input; what came before it was good and is sent */
	damaged = st == STATUS_TRUNCATED || st == STATUS_MALFORMED;
	finished = r->interrupted ? STATUS_OK : finish_targets(r, f);
	if (st == STATUS_OK)
		st = finished;
	r->interrupted |= finished == STATUS_INTERRUPTED;
	rc = report(r, damaged);
	if (r->interrupted)
		return 128 + *interrupt_flag();
	if (st == STATUS_OK)
		return rc;
	log_fault(f);
	return damaged && r->read > 0 ? 3 : status_exit(st);
}

static void
release(struct replay *r)
{
	for (size_t i = 0; i < r->target_count; i++)
		sender_free(r->targets[i].sender);
	input_free(r->input);
	table_free(r->table);
	filter_free(r->filter);
	buf_free(&r->filter_text);
	free(r);
}

int
cmd_replay(int argc, char **argv)
{
	struct replay *r = calloc(1, sizeof *r);
	struct fault f = { 0 };
	int rc = 0;

	if (r == NULL) {
		log_error("out of memory");
		return 2;
	}
	interrupt_install();
	defaults(r);
	if (parse_arguments(r, argc, argv, &f) != STATUS_OK) {
		rc = log_exit(&f);
	} else if (r->help) {
		option_usage(options, "nfseal replay ARCHIVE|FILE|- [options] [filter]", stdout);
	} else {
		log_quiet(r->quiet);
		if (parse_filter(r, &rc))
			rc = run(r, &f);
	}
	release(r);
	return rc;
}
