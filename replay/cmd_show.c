/* SPDX-License-Identifier: BSD-2-Clause */
#include "nfseal.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/option.h"
#include "flow/format.h"
#include "replay/cmd_input.h"
#include "replay/cmd_show_open.h"
#include "replay/filter.h"
#include "replay/input.h"
#include "replay/top_text.h"
#include "replay/window.h"

enum {
	OPT_FORMAT = 1,
	OPT_COUNT,
	OPT_TIME,
	OPT_SINCE,
	OPT_UNTIL,
	OPT_COLUMNS,
	OPT_STATISTIC,
	OPT_PLACES,
	OPT_GENESIS,
	OPT_STATE,
	OPT_UNVERIFIED,
	OPT_OPEN,
	OPT_QUIET,
	OPT_HELP
};

static const struct option table_of_options[] = {
	{ OPT_FORMAT, 'o', "format", "FORMAT", "table (the default), ndjson, csv; ecs, hec, cef, leef, goflow2-json and others" },
	{ OPT_COUNT, 'c', "count", "N", "the first N flows that match" },
	{ OPT_TIME, 't', "time", "SPAN", "flows of a time: 2026/11/23.07:44:00-2026/11/23.08, or A..B" },
	{ OPT_SINCE, '\0', "since", "TIME", "flows that end then or later" },
	{ OPT_UNTIL, '\0', "until", "TIME", "flows that begin before" },
	{ OPT_COLUMNS, '\0', "columns", "LIST", "columns of ndjson and csv: src_ip,dst_ip,bytes" },
	{ OPT_STATISTIC, 's', "statistic", "STAT[/ORDER]",
	    "rank src_ip, dst_ip, ip, port, ... by flows, packets or bytes" },
	{ OPT_PLACES, 'n', "top", "N", "places of the ranking, 10; 0 is all" },
	{ OPT_GENESIS, '\0', "genesis", "SHA256", "the fingerprint that the archive must have" },
	{ OPT_STATE, '\0', "state", "DIR", "the state directory" },
	{ OPT_UNVERIFIED, '\0', "unverified", NULL, "also what is not as it was sealed, each part told" },
	{ OPT_OPEN, '\0', "open", NULL, "the flows that are not sealed yet, while they come" },
	{ OPT_QUIET, 'q', "quiet", NULL, "no notices and no summary" },
	{ OPT_HELP, 'h', "help", NULL, "print this" },
	{ 0, '\0', NULL, NULL, NULL },
};

static const char synopsis[] = "nfseal show [options] ARCHIVE|FILE|- [filter]\n"
    "  nfseal show case42 'src net 10.0.0.0/8 and not port 443'\n"
    "  nfseal show case42 -s src_ip/bytes -n 10\n"
    "  nfseal show flows.parquet -o ndjson -t 2026/11/23.07";

struct show {
	/* the command line */
	const char *path;
	struct buf expression;
	const char *format_name;
	const struct format *format;
	struct column_list columns;
	bool columns_given;
	struct window window;
	uint64_t limit;
	uint64_t places;
	const char *statistic;
	bool quiet;
	bool open;
	struct reader_options reader;
	/* the work */
	struct filter *filter;
	struct top *top;
	struct input *input;
	struct format_writer *writer;
	struct flow_place place; /* of the table */
	struct table *table;
	uint8_t *matched;
	uint64_t read;
	uint64_t broken; /* streams that ended in damage */
	struct top_counts shown; /* what matched, summed both ways */
};

static enum status
take_number(const char *s, uint64_t max, const char *option, uint64_t *out, struct fault *f)
{
	if (text_parse_u64(s, max, out))
		return STATUS_OK;
	return fault_set(f, STATUS_USAGE, NULL, "%s %s is no number", option, s);
}

static enum status
take_option(struct show *s, int id, const char *value, struct fault *f)
{
	switch (id) {
	case OPT_FORMAT:
		s->format_name = value;
		return STATUS_OK;
	case OPT_COUNT:
		return take_number(value, UINT64_MAX, "-c", &s->limit, f);
	case OPT_TIME:
		return window_parse(value, &s->window, f);
	case OPT_SINCE:
		return window_parse_time(value, &s->window.from, f);
	case OPT_UNTIL:
		return window_parse_time(value, &s->window.to, f);
	case OPT_COLUMNS:
		s->columns_given = true;
		return column_list_parse(value, &s->columns, f);
	case OPT_STATISTIC:
		s->statistic = value;
		return STATUS_OK;
	case OPT_PLACES:
		return take_number(value, SIZE_MAX, "-n", &s->places, f);
	case OPT_GENESIS:
		s->reader.genesis = value;
		return STATUS_OK;
	case OPT_STATE:
		s->reader.state = value;
		return STATUS_OK;
	case OPT_UNVERIFIED:
		s->reader.unverified = true;
		return STATUS_OK;
	case OPT_OPEN:
		s->open = true;
		return STATUS_OK;
	default:
		s->quiet = true;
		return STATUS_OK;
	}
}

/* The first operand is the input, the others are the filter, as with tcpdump. */
static void
take_operand(struct show *s, const char *value)
{
	if (s->path == NULL) {
		s->path = value;
		return;
	}
	if (s->expression.len > 0)
		buf_u8(&s->expression, ' ');
	buf_str(&s->expression, value);
}

static enum status
unknown_format(const char *name, struct fault *f)
{
	struct buf names;
	enum status st;

	buf_init(&names, 0);
	for (size_t i = 0; format_name(i) != NULL; i++)
		buf_printf(&names, "%s%s", i > 0 ? ", " : "", format_name(i));
	st = fault_set(f, STATUS_USAGE, NULL, "-o %s: the formats are %s", name, buf_cstr(&names));
	buf_free(&names);
	return st;
}

static enum status
check_options(struct show *s, struct fault *f)
{
	if (s->path == NULL)
		return fault_set(f, STATUS_USAGE, NULL, "no archive and no file is given; --help tells more");
	s->format = format_find(s->format_name);
	if (s->format == NULL)
		return unknown_format(s->format_name, f);
	if (s->statistic != NULL && format_is_for_events(s->format))
		return fault_set(f, STATUS_USAGE, NULL, "-o %s is for flows; a ranking is a table, ndjson or csv",
		    s->format_name);
	if (s->columns_given && (s->statistic != NULL || !format_takes_columns(s->format)))
		return fault_set(f, STATUS_USAGE, NULL,
		    "--columns goes with -o ndjson and -o csv, not with a table or a ranking");
	(void)buf_cstr(&s->expression); /* it is read as a string from here on */
	if (!buf_ok(&s->expression))
		return fault_set(f, STATUS_LIMIT, NULL, "the filter is longer than %d octets",
		    FILTER_TEXT_MAX);
	if (s->open && s->reader.genesis != NULL)
		return fault_set(f, STATUS_USAGE, NULL, "--open and --genesis: what is open is not verified");
	if (s->window.to <= s->window.from)
		return fault_set(f, STATUS_USAGE, NULL, "the time ends before it begins");
	if (!s->columns_given)
		s->columns = column_list_all();
	if (s->places == 0)
		s->places = SIZE_MAX;
	return STATUS_OK;
}

/* False where the run is over, with the exit status. */
static bool
parse_line(struct show *s, int argc, char **argv, int *status)
{
	struct fault fault = { 0 };
	struct options options;
	const char *value;
	int id;

	option_init(&options, table_of_options, argc, argv);
	while ((id = option_next(&options, &value, &fault)) != OPTION_END) {
		if (id == OPT_HELP) {
			option_usage(table_of_options, synopsis, stdout);
			*status = 0;
			return false;
		}
		if (id == OPTION_OPERAND)
			take_operand(s, value);
		else if (id == OPTION_BAD || take_option(s, id, value, &fault) != STATUS_OK)
			break;
	}
	if (fault.status == STATUS_OK)
		(void)check_options(s, &fault);
	if (fault.status == STATUS_OK)
		return true;
	*status = log_exit(&fault);
	return false;
}

/* Parses the filter and says what is wrong with it, with its caret. */
static bool
open_filter(struct show *s, int *status)
{
	const char *text = buf_cstr(&s->expression);
	char message[FILTER_MESSAGE_MAX];
	struct fault fault = { 0 };
	enum status st = filter_parse(text, &s->filter, &fault);

	if (st == STATUS_OK)
		return true;
	filter_message(text, &fault, message);
	message[strlen(message) - 1] = '\0';
	log_error("%s", message);
	*status = status_exit(st);
	return false;
}

/* What the table shows, the window asks and the summary sums. */
static const enum column_id always[] = { COLUMN_FLOW_START, COLUMN_FLOW_END, COLUMN_PROTOCOL,
	COLUMN_SRC_IP, COLUMN_SRC_PORT, COLUMN_DST_IP, COLUMN_DST_PORT, COLUMN_ICMP_TYPE,
	COLUMN_ICMP_CODE, COLUMN_TCP_FLAGS, COLUMN_PACKETS, COLUMN_BYTES, COLUMN_REV_TCP_FLAGS,
	COLUMN_REV_PACKETS, COLUMN_REV_BYTES, COLUMN_END_REASON };

static struct column_set
columns_to_read(const struct show *s)
{
	struct column_set set = filter_columns(s->filter);
	struct column_set more = { 0 };

	if (s->top != NULL) {
		more = top_columns(s->top);
	} else if (format_is_for_events(s->format)) {
		return column_set_all();
	} else {
		for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
			column_set_add(&more, always[i]);
		for (unsigned i = 0; i < s->columns.count && format_takes_columns(s->format); i++)
			column_set_add(&more, (enum column_id)s->columns.ids[i]);
	}
	for (size_t i = 0; i < sizeof(set.words) / sizeof(set.words[0]); i++)
		set.words[i] |= more.words[i];
	return set;
}

static enum status
write_out(void *ctx, const void *data, size_t len, struct fault *f)
{
	(void)ctx;
	return file_write_all(STDOUT_FILENO, data, len, "standard output", f);
}

static enum status
open_all(struct show *s, const struct sink *sink, struct fault *f)
{
	enum status st = STATUS_OK;

	if (s->statistic != NULL)
		st = top_open(s->statistic, 0, (uint64_t)clock_wall_nanos(), &s->top, f);
	s->matched = malloc(TABLE_ROWS);
	if (st == STATUS_OK && s->matched == NULL)
		st = fault_memory(f);
	if (st == STATUS_OK)
		st = table_open(TABLE_ROWS, &s->table, f);
	if (st != STATUS_OK)
		return st;
	s->reader.columns = columns_to_read(s);
	s->reader.from = s->window.from;
	s->reader.to = s->window.to;
	if (!s->open)
		st = input_open(s->path, &s->reader, input_say_fault, NULL, &s->input, f);
	if (st == STATUS_OK && s->top == NULL)
		st = format_open(s->format, &s->columns, sink, &s->writer, f);
	return st;
}

static void
sum_row(struct show *s, const struct table *t, size_t row)
{
	struct top_counts *c = &s->shown;
	int64_t start = table_int(t, COLUMN_FLOW_START, row), end = table_int(t, COLUMN_FLOW_END, row);

	c->flows++;
	c->packets += (uint64_t)table_int(t, COLUMN_PACKETS, row) +
	    (uint64_t)table_int(t, COLUMN_REV_PACKETS, row);
	c->bytes += (uint64_t)table_int(t, COLUMN_BYTES, row) +
	    (uint64_t)table_int(t, COLUMN_REV_BYTES, row);
	if (!table_has(t, COLUMN_FLOW_START, row) || !table_has(t, COLUMN_FLOW_END, row))
		return;
	if (!c->timed || start < c->first)
		c->first = start;
	if (!c->timed || end > c->last)
		c->last = end;
	c->timed = true;
}

static enum status
show_rows(struct show *s, const struct table *t, struct fault *f)
{
	enum status st = STATUS_OK;

	for (size_t row = 0; row < t->rows && st == STATUS_OK; row++) {
		if (!s->matched[row])
			continue;
		if (s->shown.flows == s->limit)
			return STATUS_END;
		sum_row(s, t, row);
		if (s->top == NULL)
			st = format_row(s->writer, t, row, f);
		else
			s->matched[row] = 2; /* within the limit */
	}
	return st;
}

static enum status
rank_rows(struct show *s, const struct table *t, enum status shown, struct fault *f)
{
	enum status st;

	if (s->top == NULL || (shown != STATUS_OK && shown != STATUS_END))
		return shown;
	for (size_t row = 0; row < t->rows; row++)
		s->matched[row] = s->matched[row] == 2;
	st = top_add(s->top, t, s->matched, f);
	return st == STATUS_OK ? shown : st;
}

/* A stream that breaks off after some flows is told, counted, and shown as far as it goes. */
static enum status
next_table(struct show *s, struct fault *f)
{
	struct fault fault = { 0 };
	enum status st = input_next(s->input, s->table, &fault);

	if (st == STATUS_OK || st == STATUS_END)
		return st;
	if (s->read > 0 &&
	    (st == STATUS_TRUNCATED || st == STATUS_MALFORMED || st == STATUS_DIFFERS)) {
		log_fault(&fault);
		s->broken++;
		return STATUS_END;
	}
	*f = fault;
	return st;
}

static enum status
show_table(struct show *s, const struct table *t, struct fault *f)
{
	s->read += t->rows;
	(void)filter_rows(s->filter, t, s->matched);
	if (window_rows(&s->window, t, s->matched) == 0)
		return STATUS_OK;
	return rank_rows(s, t, show_rows(s, t, f), f);
}

/* All tables of the input; STATUS_END when all was read or the limit was reached. */
static enum status
run(struct show *s, struct fault *f)
{
	enum status st;

	if (s->limit == 0)
		return STATUS_END;
	for (;;) {
		if (*interrupt_flag() != 0)
			return fault_set(f, STATUS_INTERRUPTED, NULL, "interrupted");
		st = next_table(s, f);
		if (st != STATUS_OK)
			return st;
		if (s->top == NULL)
			format_place(s->writer, input_place(s->input, &s->place) ? &s->place : NULL);
		st = show_table(s, s->table, f);
		if (st != STATUS_OK)
			return st;
	}
}

static enum status
take_open(void *ctx, struct table *t, struct fault *f)
{
	struct show *s = ctx;

	if (*interrupt_flag() != 0)
		return fault_set(f, STATUS_INTERRUPTED, NULL, "interrupted");
	return show_table(s, t, f);
}

static void
say_open(const struct show *s, const struct show_open_result *r)
{
	char made[TEXT_TIME_MAX];

	if (s->quiet)
		return;
	if (r->segments == 0) {
		log_notice("%s: no segment is open", s->path);
		return;
	}
	text_time_nanos(made, r->made);
	log_notice("NOT SEALED: flows of segment %" PRIu64 "%s, as far as they were durable at %s; nothing of "
	    "this was verified", r->last, r->first != r->last ? " and before" : "", made);
}

/* Those of the open segments; as run. */
static enum status
run_open(struct show *s, struct fault *f)
{
	struct show_open_result result;
	enum status st = s->limit == 0 ? STATUS_END :
	    show_open(s->path, take_open, input_say_fault, s, &result, f);

	if (st == STATUS_OK || (st == STATUS_END && s->limit > 0)) {
		s->broken += result.damaged;
		say_open(s, &result);
		st = STATUS_END;
	}
	return st;
}

static enum status
finish_ranking(struct show *s, const struct sink *sink, struct fault *f)
{
	enum top_format format = strcmp(s->format_name, "table") == 0 ? TOP_TABLE :
	    strcmp(s->format_name, "csv") == 0 ? TOP_CSV : TOP_NDJSON;
	struct buf out;
	size_t keys;
	enum status st = top_rank(s->top, &keys, f);

	if (st != STATUS_OK)
		return st;
	buf_init(&out, 0);
	top_print(s->top, keys, s->places, format, &out);
	st = buf_ok(&out) ? sink_write(sink, out.data, out.len, f) : fault_memory(f);
	buf_free(&out);
	return st;
}

static void
summary(const struct show *s)
{
	const struct top_counts *c = &s->shown;
	char first[TEXT_TIME_MAX] = "", last[TEXT_TIME_MAX] = "";

	if (s->quiet || strcmp(s->format_name, "table") != 0)
		return;
	if (c->timed) {
		text_time_micros(first, c->first);
		text_time_micros(last, c->last);
	}
	fprintf(stderr, "%" PRIu64 " flows, %" PRIu64 " packets, %" PRIu64 " bytes%s%s%s%s; %" PRIu64
	    " flows read\n", c->flows, c->packets, c->bytes, c->timed ? ", " : "", first,
	    c->timed ? " to " : "", last, s->read);
}

/* What cost no record is a notice only. */
static void
say_malformed(const struct decode_counters *c)
{
	for (unsigned i = 0; i < MALFORMED_REASONS; i++) {
		const char *help = malformed_help((enum malformed)i);

		if (c->malformed[i] > 0 && malformed_loses((enum malformed)i))
			log_error("%" PRIu64 " times: %s", c->malformed[i], help);
		else if (c->malformed[i] > 0)
			log_notice("%" PRIu64 " times: %s", c->malformed[i], help);
	}
}

static int
exit_status(const struct show *s)
{
	const struct decode_counters *c = s->open ? NULL : input_counters(s->input);
	uint64_t damaged = s->broken + (s->open ? 0 : input_damaged(s->input));
	uint64_t left_out = s->top != NULL ? top_left_out(s->top) : 0;

	if (left_out > 0)
		log_error("the ranking holds %d keys at most: %" PRIu64 " flows of further keys are "
		    "left out; a filter makes it exact", TOP_KEYS_MAX, left_out);
	if (c != NULL)
		say_malformed(c);
	if (damaged > 0)
		log_error("%" PRIu64 " part%s could not be given", damaged, damaged == 1 ? "" : "s");
	if (!s->open && input_nothing_read(s->input, s->read))
		return status_exit(STATUS_MALFORMED);
	return damaged > 0 || left_out > 0 ? 3 : 0;
}

/* The exit status for what ended the run early; a reader that went away is told nothing. */
static int
failed(const struct fault *fault)
{
	if (fault->status == STATUS_INTERRUPTED)
		return 128 + *interrupt_flag();
	if (fault->status == STATUS_IO && fault->err == EPIPE)
		return 128 + SIGPIPE;
	return log_exit(fault);
}

static int
show(struct show *s)
{
	const struct sink sink = { write_out, NULL };
	struct fault fault = { 0 };
	enum status st = open_all(s, &sink, &fault);

	if (st != STATUS_OK)
		return failed(&fault);
	if (!s->open)
		input_say_trust(s->input, s->path);
	st = s->open ? run_open(s, &fault) : run(s, &fault);
	if (st == STATUS_END)
		st = s->top != NULL ? finish_ranking(s, &sink, &fault) : format_finish(s->writer, &fault);
	if (st != STATUS_OK)
		return failed(&fault);
	summary(s);
	return exit_status(s);
}

static void
show_free(struct show *s)
{
	format_free(s->writer);
	input_free(s->input);
	table_free(s->table);
	top_free(s->top);
	filter_free(s->filter);
	free(s->matched);
	buf_free(&s->expression);
}

int
cmd_show(int argc, char **argv)
{
	struct show s = { .format_name = "table", .window = WINDOW_ALL, .limit = UINT64_MAX,
		.places = 10 };
	int status;

	buf_init(&s.expression, FILTER_TEXT_MAX + 1); /* and a NUL */
	interrupt_install();
	if (parse_line(&s, argc, argv, &status)) {
		log_quiet(s.quiet);
		if (open_filter(&s, &status))
			status = show(&s);
	}
	show_free(&s);
	return status;
}
