/* SPDX-License-Identifier: BSD-2-Clause */
/* nfseal archive: IPFIX streams and files, whoever wrote them, into sealed segments. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/layout.h"
#include "base/log.h"
#include "base/option.h"
#include "base/option_value.h"
#include "capture/cmd_collect.h"
#include "capture/inputs.h"
#include "nfseal.h"

enum {
	OPT_WRITE = 1,
	OPT_OUTPUT,
	OPT_FORMAT,
	OPT_ROTATE,
	OPT_LAYOUT,
	OPT_COUNT,
	OPT_STATE,
	OPT_NO_MESSAGES,
	OPT_CLOSE,
	OPT_KEY_STORAGE,
	OPT_JSON,
	OPT_QUIET,
	OPT_HELP
};

static const struct option options[] = {
	{ OPT_WRITE, 'w', "write", "ARCHIVE", "seal into this archive" },
	{ OPT_OUTPUT, 'o', "output", "DEST", "write the flows to a file, - or a collector's URL, too" },
	{ OPT_FORMAT, '\0', "format", "NAME", "of -o" },
	{ OPT_ROTATE, 't', "rotate", "TIME", "a segment per interval of export time (one for all)" },
	{ OPT_LAYOUT, 'S', "layout", "N", "directories of segments, 0 to 8 as nfcapd's (1)" },
	{ OPT_COUNT, 'c', "count", "N", "stop after N messages" },
	{ OPT_STATE, '\0', "state", "DIR", "the state directory with keys and anchors" },
	{ OPT_NO_MESSAGES, '\0', "no-messages", NULL, "keep the flows alone, not the messages" },
	{ OPT_CLOSE, '\0', "close", NULL, "seal for good at the end: nothing can follow" },
	{ OPT_KEY_STORAGE, '\0', "key-storage", "HOW", "file; or memory, which implies --close" },
	{ OPT_JSON, '\0', "json", NULL, "the summary as one JSON document" },
	{ OPT_QUIET, 'q', "quiet", NULL, "no notices and no summary" },
	{ OPT_HELP, 'h', "help", NULL, "this text" },
	{ 0, '\0', NULL, NULL, NULL },
};

static const char synopsis[] = "nfseal archive -w ARCHIVE [-o DEST] [options] [FILE... | -]";

static enum status
take_key_storage(struct collect_settings *s, const char *value, struct fault *f)
{
	s->keys_in_memory = strcmp(value, "memory") == 0;
	if (s->keys_in_memory || strcmp(value, "file") == 0)
		return STATUS_OK;
	return fault_set(f, STATUS_USAGE, NULL, "--key-storage %s: file or memory is expected", value);
}

static enum status
take_option(struct collect_settings *s, int id, const char *value, struct fault *f)
{
	uint64_t v = 0;
	enum status st = STATUS_OK;

	switch (id) {
	case OPT_WRITE:
		if (s->archive != NULL)
			return fault_set(f, STATUS_USAGE, NULL, "two archives: %s and %s", s->archive, value);
		s->archive = value;
		break;
	case OPT_OUTPUT:
		return collect_outputs_add(s, value, f);
	case OPT_FORMAT:
		return collect_outputs_format(s, value, f);
	case OPT_ROTATE:
		return option_interval("-t", value, &s->rotate, f);
	case OPT_LAYOUT:
		st = option_number("-S", value, 0, LAYOUT_MAX, &v, f);
		s->layout = (int)v;
		break;
	case OPT_COUNT:
		return option_number("-c", value, 1, UINT64_MAX, &s->count, f);
	case OPT_STATE:
		s->state = value;
		break;
	case OPT_NO_MESSAGES:
		s->no_datagrams = true;
		break;
	case OPT_CLOSE:
		s->close = true;
		break;
	case OPT_KEY_STORAGE:
		return take_key_storage(s, value, f);
	case OPT_JSON:
		s->json = true;
		break;
	case OPT_QUIET:
		s->quiet = true;
		break;
	case OPT_HELP:
		s->help = true;
		break;
	default:
		return inputs_name(&s->inputs, &s->input_count, value, f);
	}
	return st;
}

static enum status
parse(struct collect_settings *s, int argc, char **argv, struct fault *f)
{
	struct options o;
	const char *value;
	enum status st = STATUS_OK;
	int id;

	option_init(&o, options, argc, argv);
	while (st == STATUS_OK && (id = option_next(&o, &value, f)) != OPTION_END)
		st = id == OPTION_BAD ? STATUS_USAGE : take_option(s, id, value, f);
	return st;
}

static enum status
check(struct collect_settings *s, struct fault *f)
{
	bool to_stdout = false;
	enum status st = collect_outputs_check(s, &to_stdout, f);

	if (st != STATUS_OK)
		return st;
	if (s->archive == NULL)
		return fault_set(f, STATUS_USAGE, NULL, "nowhere to seal into: -w ARCHIVE is needed");
	if (s->json && to_stdout)
		return fault_set(f, STATUS_USAGE, NULL, "--json and -o - both want standard output");
	if (s->input_count > 0)
		return STATUS_OK;
	if (isatty(STDIN_FILENO))
		return fault_set(f, STATUS_USAGE, NULL, "no input: a file, or - for standard input");
	return inputs_name(&s->inputs, &s->input_count, "-", f);
}

int
cmd_archive(int argc, char **argv)
{
	struct collect_settings s = { .layout = 1, .messages = true };
	struct fault f = { 0 };
	int code = 0;

	s.sender.pack.max_octets = PACK_DATAGRAM_DEFAULT;
	s.sender.pack.refresh = PACK_REFRESH_DEFAULT;
	s.sender.rate = SENDER_RATE_DEFAULT;
	if (parse(&s, argc, argv, &f) != STATUS_OK) {
		code = log_exit(&f);
	} else if (s.help) {
		option_usage(options, synopsis, stdout);
	} else if (check(&s, &f) != STATUS_OK) {
		code = log_exit(&f);
	} else {
		log_quiet(s.quiet);
		code = collect_command(&s, &f);
	}
	free(s.inputs);
	return code;
}
