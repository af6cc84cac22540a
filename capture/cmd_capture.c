/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/cmd_capture.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/option.h"
#include "base/option_value.h"
#include "base/text.h"
#include "capture/cmd_capture_live.h"
#include "capture/cmd_capture_out.h"
#include "capture/inputs.h"
#include "flow/sender_option.h"
#include "nfseal.h"

enum {
	OPT_READ = 1,
	OPT_WRITE,
	OPT_OUTPUT,
	OPT_FORMAT,
	OPT_RATE,
	OPT_MTU,
	OPT_REFRESH,
	OPT_ROTATE,
	OPT_LAYOUT,
	OPT_COUNT,
	OPT_STATE,
	OPT_ACTIVE,
	OPT_IDLE,
	OPT_LINGER,
	OPT_MAX_FLOWS,
	OPT_FRAGMENT_WAIT,
	OPT_MAX_FRAGMENTS,
	OPT_UNIFLOW,
	OPT_KEY,
	OPT_TUNNELS,
	OPT_TUNNEL_PORT,
	OPT_DPI,
	OPT_PAYLOAD,
	OPT_COMMUNITY_ID,
	OPT_DEDUP,
	OPT_NO_HASH,
	OPT_CLOSE,
	OPT_KEY_STORAGE,
	OPT_THREADS,
	OPT_JSON,
	OPT_QUIET,
	OPT_HELP
};

static const struct option options[] = {
	{ OPT_READ, 'r', "read", "FILE", "a capture to read, - for standard input; may be repeated" },
	CAPTURE_LIVE_OPTIONS
	{ OPT_WRITE, 'w', "write", "ARCHIVE", "seal the flows into this archive" },
	{ OPT_OUTPUT, 'o', "output", "FILE|URL", "write the flows there: - is stdout, udp://HOST:PORT a "
	    "collector" },
	{ OPT_FORMAT, '\0', "format", "NAME", "of files ipfix, parquet, ndjson, csv, table; of collectors "
	    "ipfix, netflow9, netflow5" },
	{ OPT_RATE, '\0', "rate", "N", "to a collector: records a second (100000), or Nd datagrams" },
	{ OPT_MTU, '\0', "mtu", "N", "octets of a datagram's payload at most (1400)" },
	{ OPT_REFRESH, '\0', "refresh", "N,TIME", "send the templates again so often (256,60s)" },
	{ OPT_ROTATE, 't', "rotate", "TIME", "a segment per interval of packet time (300, 5m, 1h); live 5m" },
	{ OPT_LAYOUT, 'S', "layout", "N", "directories of segments, 0 to 8 as nfcapd's (1)" },
	{ OPT_COUNT, 'c', "count", "N", "stop after N packets" },
	{ OPT_STATE, '\0', "state", "DIR", "the state directory with keys and anchors" },
	{ OPT_ACTIVE, '\0', "active", "TIME", "end flows that last longer (300s; 0: never)" },
	{ OPT_IDLE, '\0', "idle", "TIME", "end flows that are silent for longer (60s)" },
	{ OPT_LINGER, '\0', "linger", "TIME", "keep finished TCP flows for late segments (5s)" },
	{ OPT_MAX_FLOWS, '\0', "max-flows", "N", "flows in memory at most" },
	{ OPT_FRAGMENT_WAIT, '\0', "fragment-wait", "TIME", "wait for a fragment's first (30s)" },
	{ OPT_MAX_FRAGMENTS, '\0', "max-fragments", "N", "fragments waiting at most" },
	{ OPT_UNIFLOW, '\0', "uniflow", NULL, "one flow per direction" },
	{ OPT_KEY, '\0', "key", "LIST", "what makes a flow: ports,vlan,mac,tos,mpls,tunnel (ports,vlan)" },
	{ OPT_TUNNELS, '\0', "tunnels", "WHICH", "of packets in tunnels: inner (default), outer, both" },
	{ OPT_TUNNEL_PORT, '\0', "tunnel-port", "NAME=PORT,...", "the UDP ports that mean a tunnel" },
	{ OPT_DPI, '\0', "dpi", "[=LIST]", "more of each flow: tcp,dns,tls,quic,http,ssh (all)" },
	{ OPT_PAYLOAD, '\0', "payload", "N", "the first N octets that it carried, each way" },
	{ OPT_COMMUNITY_ID, '\0', "community-id", "[=SEED]", "its Community ID (seed 0)" },
	{ OPT_DEDUP, '\0', "dedup", "[=TIME]", "reject copies of a packet within this time (10ms)" },
	{ OPT_NO_HASH, '\0', "no-input-hash", NULL, "leave out the SHA-256 of the inputs" },
	{ OPT_CLOSE, '\0', "close", NULL, "seal for good: nothing can follow" },
	{ OPT_KEY_STORAGE, '\0', "key-storage", "HOW", "file; or memory, which implies --close" },
	{ OPT_THREADS, 'j', "jobs", "N", "1: one thread for all but the input hash; 2: three of them" },
	{ OPT_JSON, '\0', "json", NULL, "the summary as one JSON document" },
	{ OPT_QUIET, 'q', "quiet", NULL, "no notices and no summary" },
	{ OPT_HELP, 'h', "help", NULL, "this text" },
	{ 0, '\0', NULL, NULL, NULL },
};

static const char synopsis[] =
    "nfseal capture -r FILE... | -i IF... -w ARCHIVE | -o FILE|URL [pcap-filter]";

static enum status
take_key(const char *value, unsigned *key, struct fault *f)
{
	static const struct {
		const char *name;
		unsigned bit;
	} parts[] = { { "ports", METER_KEY_PORTS }, { "vlan", METER_KEY_VLAN },
		{ "mac", METER_KEY_MAC }, { "tos", METER_KEY_TOS }, { "mpls", METER_KEY_MPLS },
		{ "tunnel", METER_KEY_TUNNEL } };
	unsigned bits = 0;

	for (const char *p = value; *p != '\0';) {
		size_t len = strcspn(p, ",");
		unsigned bit = 0;

		for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
			if (strlen(parts[i].name) == len && memcmp(parts[i].name, p, len) == 0)
				bit = parts[i].bit;
		if (bit == 0)
			return option_bad_value("--key", value, "a list of ports, vlan, mac, tos, mpls, tunnel", f);
		bits |= bit;
		p += len;
		p += *p == ',';
	}
	*key = bits;
	return STATUS_OK;
}

/* What has its keys in memory is closed at the end: nobody could go on. */
static enum status
take_storage(struct capture_settings *s, const char *value, struct fault *f)
{
	s->keys_in_memory = strcmp(value, "memory") == 0;
	s->close |= s->keys_in_memory;
	if (!s->keys_in_memory && strcmp(value, "file") != 0)
		return option_bad_value("--key-storage", value, "file or memory", f);
	return STATUS_OK;
}

/* The options that take a number or a time. */
static enum status
take_measure(struct capture_settings *s, int id, const char *value, struct fault *f)
{
	uint64_t v = 0;
	enum status rc;

	switch (id) {
	case OPT_ROTATE:
		return option_interval("-t", value, &s->rotate, f);
	case OPT_ACTIVE:
		return option_duration("--active", value, &s->meter.active, f);
	case OPT_IDLE:
		return option_duration("--idle", value, &s->meter.idle, f);
	case OPT_LINGER:
		return option_duration("--linger", value, &s->meter.linger, f);
	case OPT_FRAGMENT_WAIT:
		return option_duration("--fragment-wait", value, &s->meter.fragment_wait, f);
	case OPT_LAYOUT:
		rc = option_number("-S", value, 0, 8, &v, f);
		s->layout = (int)v;
		return rc;
	case OPT_COUNT:
		return option_number("-c", value, 1, UINT64_MAX, &s->count, f);
	case OPT_MAX_FLOWS:
		rc = option_number("--max-flows", value, 1, 1U << 30, &v, f);
		s->meter.max_flows = (size_t)v;
		return rc;
	case OPT_PAYLOAD:
		rc = option_number("--payload", value, 1, METER_PAYLOAD_MAX, &v, f);
		s->meter.payload = (size_t)v;
		s->meter.depth |= METER_DEPTH_PAYLOAD;
		return rc;
	case OPT_MAX_FRAGMENTS:
		rc = option_number("--max-fragments", value, 1, 1U << 24, &v, f);
		s->meter.max_fragments = (size_t)v;
		return rc;
	default: /* OPT_THREADS */
		rc = option_number("-j", value, 1, 64, &v, f);
		s->threads = (unsigned)v;
		return rc;
	}
}

static enum status
take_destination(struct capture_settings *s, const char *value, struct fault *f)
{
	if (s->destination_count == CAPTURE_DESTINATIONS_MAX)
		return fault_set(f, STATUS_LIMIT, NULL, "more than %d times -o",
		    CAPTURE_DESTINATIONS_MAX);
	s->destinations[s->destination_count++] = (struct capture_destination) { value,
	    output_formats_for(&s->formats, value) };
	return STATUS_OK;
}

static enum status
take_sender_option(struct capture_settings *s, int id, const char *value, struct fault *f)
{
	s->sender_set = true;
	if (id == OPT_RATE)
		return sender_option_rate(&s->sender, value, f);
	if (id == OPT_MTU)
		return sender_option_mtu(&s->sender, value, f);
	return sender_option_refresh(&s->sender, value, f);
}

static enum status
take_option(struct capture_settings *s, int id, const char *value, struct fault *f)
{
	switch (id) {
	case OPT_READ:
		return inputs_name(&s->inputs, &s->input_count, value, f);
	case OPT_WRITE:
		s->archive = value;
		return STATUS_OK;
	case OPT_OUTPUT:
		return take_destination(s, value, f);
	case OPT_FORMAT:
		return output_formats_take(&s->formats, s->destinations, s->destination_count, value, f);
	case OPT_RATE:
	case OPT_MTU:
	case OPT_REFRESH:
		return take_sender_option(s, id, value, f);
	case OPT_STATE:
		s->state = value;
		return STATUS_OK;
	case OPT_KEY:
		return take_key(value, &s->meter.key, f);
	case OPT_TUNNELS:
		return capture_take_tunnels(&s->meter, value, f);
	case OPT_TUNNEL_PORT:
		return capture_take_tunnel_port(&s->meter, value, f);
	case OPT_DPI:
		return capture_take_dpi(&s->meter, value, f);
	case OPT_COMMUNITY_ID:
		return capture_take_community_id(&s->meter, value, f);
	case OPT_DEDUP:
		return capture_take_dedup(&s->meter, value, f);
	case OPT_UNIFLOW:
		s->meter.uniflow = true;
		return STATUS_OK;
	case OPT_NO_HASH:
		s->hash_inputs = false;
		return STATUS_OK;
	case OPT_CLOSE:
		s->close = true;
		return STATUS_OK;
	case OPT_KEY_STORAGE:
		return take_storage(s, value, f);
	case OPT_JSON:
		s->json = true;
		return STATUS_OK;
	case OPT_QUIET:
		s->quiet = true;
		return STATUS_OK;
	case OPT_HELP:
		s->help = true;
		return STATUS_OK;
	default:
		return take_measure(s, id, value, f);
	}
}

static enum status
parse(struct capture_settings *s, int argc, char **argv, struct fault *f)
{
	struct options o;
	const char *value;
	enum status rc = STATUS_OK;
	int id;

	option_init(&o, options, argc, argv);
	while (rc == STATUS_OK && (id = option_next(&o, &value, f)) != OPTION_END) {
		if (id == OPTION_BAD)
			return STATUS_USAGE;
		if (id == OPTION_OPERAND) {
			if (s->filter.len > 0)
				buf_u8(&s->filter, ' ');
			buf_str(&s->filter, value);
			continue;
		}
		rc = id >= CAPTURE_LIVE_FIRST ? capture_live_take(&s->live, id, value, f) :
		    take_option(s, id, value, f);
	}
	output_formats_settle(s->destinations, s->destination_count);
	(void)buf_cstr(&s->filter); /* it is read as a string from here on */
	if (rc == STATUS_OK && !buf_ok(&s->filter))
		return fault_set(f, STATUS_LIMIT, NULL, "the pcap-filter is longer than %d octets",
		    CAPTURE_FILTER_MAX);
	return rc;
}

static enum status
check_destinations(const struct capture_settings *s, struct fault *f)
{
	enum status rc = outputs_check(&s->formats, s->destinations, s->destination_count, f);
	bool exports = false;

	for (size_t i = 0; i < s->destination_count; i++)
		exports |= output_is_export(s->destinations[i].name);
	if (rc == STATUS_OK && s->sender_set && !exports)
		return fault_set(f, STATUS_USAGE, NULL,
		    "--rate, --mtu and --refresh are for collectors: -o udp://HOST:PORT");
	return rc;
}

static enum status
check(const struct capture_settings *s, struct fault *f)
{
	enum status rc = capture_live_check(s, f);
	bool to_stdout = false;

	if (rc != STATUS_OK)
		return rc;
	for (size_t i = 0; i < s->destination_count; i++)
		to_stdout |= strcmp(s->destinations[i].name, "-") == 0;
	if (s->input_count == 0 && s->live.interface_count == 0)
		return fault_set(f, STATUS_USAGE, NULL, "no input: -r FILE or -i INTERFACE is needed");
	if (s->archive == NULL && s->destination_count == 0)
		return fault_set(f, STATUS_USAGE, NULL,
		    "nowhere to write to: -w ARCHIVE, -o FILE or -o udp://HOST:PORT is needed");
	if (s->json && to_stdout)
		return fault_set(f, STATUS_USAGE, NULL, "--json and -o - both want standard output");
	if (s->archive == NULL && (s->rotate != 0 || s->close || s->keys_in_memory))
		return fault_set(f, STATUS_USAGE, NULL, "-t, --close and --key-storage need an archive, -w");
	return check_destinations(s, f);
}

/* Evidence is never written over. */
static enum status
check_no_output(const struct capture_settings *s, const char *input, const struct stat *st,
    struct fault *f)
{
	for (size_t i = 0; i < s->destination_count; i++)
		if (output_replaces(s->destinations[i].name, st))
			return fault_set(f, STATUS_USAGE, input, "-o %s would replace this input",
			    s->destinations[i].name);
	return STATUS_OK;
}

/* A mistyped name must not begin a chain: every input is looked at before anything is made. */
static enum status
check_inputs(const struct capture_settings *s, struct fault *f)
{
	for (size_t i = 0; i < s->input_count; i++) {
		struct stat st;
		enum status rc;
		int fd;

		if (strcmp(s->inputs[i], "-") == 0)
			continue;
		if (stat(s->inputs[i], &st) != 0)
			return fault_errno(f, s->inputs[i], "cannot open");
		if (S_ISDIR(st.st_mode))
			return fault_set(f, STATUS_USAGE, s->inputs[i], "is a directory, not a capture");
		if (!S_ISREG(st.st_mode))
			continue; /* opening a FIFO twice would lose its writer */
		rc = check_no_output(s, s->inputs[i], &st, f);
		if (rc != STATUS_OK)
			return rc;
		rc = file_open_read(s->inputs[i], &fd, f);
		if (rc != STATUS_OK || (rc = file_close(fd, s->inputs[i], f)) != STATUS_OK)
			return rc;
	}
	return STATUS_OK;
}

/* A reader of the output that went away is told nothing. */
static int
failed(const struct fault *fault)
{
	if (fault->status == STATUS_IO && fault->err == EPIPE)
		return 128 + SIGPIPE;
	return log_exit(fault);
}

static int
run(const struct capture_settings *s, struct fault *f)
{
	struct capture_result result = { 0 };
	enum status rc = check_inputs(s, f);
	int code;

	if (rc == STATUS_OK)
		rc = s->live.interface_count > 0 ? capture_live_run(s, &result, f) :
		    capture_run(s, &result, f);
	if (result.source != NULL)
		capture_tell_findings(result.source);
	if (rc == STATUS_OK)
		rc = capture_report(s, &result, f);
	code = rc != STATUS_OK ? failed(f) : result.live != NULL ?
	    capture_live_exit(result.live) : capture_findings_exit(result.source);
	if (rc == STATUS_OK && code == 0 && !capture_exported_whole(&result))
		code = 3;
	if (rc == STATUS_OK && result.signal != 0)
		code = 128 + result.signal;
	capture_result_free(&result);
	return code;
}

/* Nobody can know in a run's packets which of them collide; no output depends on it. */
static enum status
draw_seed(struct capture_settings *s, struct fault *f)
{
	if (getentropy(&s->meter.seed, sizeof s->meter.seed) != 0)
		return fault_errno(f, NULL, "no random numbers");
	return STATUS_OK;
}

int
cmd_capture(int argc, char **argv)
{
	struct capture_settings s = { .layout = 1, .hash_inputs = true };
	struct fault f = { 0 };
	int code = 0;

	buf_init(&s.filter, CAPTURE_FILTER_MAX + 1); /* and a NUL */
	meter_defaults(&s.meter);
	sender_defaults(&s.sender);
	if (parse(&s, argc, argv, &f) != STATUS_OK) {
		code = log_exit(&f);
	} else if (s.help) {
		option_usage(options, synopsis, stdout);
	} else if (capture_live_defaults(&s), check(&s, &f) != STATUS_OK ||
	    draw_seed(&s, &f) != STATUS_OK) {
		code = log_exit(&f);
	} else {
		log_quiet(s.quiet);
		code = s.live.interface_count > 0 ? capture_live_serve(&s, run, &f) : run(&s, &f);
	}
	free(s.inputs);
	buf_free(&s.filter);
	return code;
}
