/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/cmd_collect.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/layout.h"
#include "base/activation.h"
#include "base/log.h"
#include "base/option.h"
#include "base/option_value.h"
#include "base/text.h"
#include "base/version.h"
#include "capture/cmd_capture.h"
#include "capture/inputs.h"
#include "flow/sender.h"
#include "nfseal.h"

enum {
	OPT_PORT = 1,
	OPT_BIND,
	OPT_GROUP,
	OPT_BUFFER,
	OPT_QUEUE,
	OPT_READ,
	OPT_WRITE,
	OPT_BASE,
	OPT_ROUTE,
	OPT_ROUTES,
	OPT_PER_EXPORTER,
	OPT_DYNAMIC,
	OPT_IDENT,
	OPT_ALLOW,
	OPT_OUTPUT,
	OPT_FORMAT,
	OPT_ROTATE,
	OPT_LIFETIME,
	OPT_LAYOUT,
	OPT_COUNT,
	OPT_STATE,
	OPT_NO_DATAGRAMS,
	OPT_USER,
	OPT_USER_GROUP,
	OPT_DAEMON,
	OPT_PID_FILE,
	OPT_HOOK,
	OPT_REPEAT,
	OPT_METRICS,
	OPT_IPV4,
	OPT_IPV6,
	OPT_NO_SANDBOX,
	OPT_CLOSE,
	OPT_KEY_STORAGE,
	OPT_JSON,
	OPT_QUIET,
	OPT_HELP,
	OPT_VERSION,
	OPT_NFCAPD /* and the letter: what of nfcapd's is without meaning here, or refused */
};

static const struct option options[] = {
	{ OPT_PORT, 'p', "port", "PORT", "listen on this UDP port; a list, or several times" },
	{ OPT_BIND, 'b', "bind", "HOST", "listen on this address only" },
	{ OPT_GROUP, 'J', "multicast", "GROUP", "join this multicast group" },
	{ OPT_IPV4, '4', NULL, NULL, "listen on IPv4 alone" },
	{ OPT_IPV6, '6', NULL, NULL, "listen on IPv6 alone" },
	{ OPT_BUFFER, 'B', "buffer", "N", "octets that the kernel may hold for each port (16 MiB)" },
	{ OPT_QUEUE, '\0', "queue", "N", "octets that may wait for the decoder (an 8th of the memory)" },
	{ COLLECT_STREAM_LISTEN, '\0', "listen", "URL", "tcp://[HOST][:PORT], tls:// or udp://; may be repeated" },
	{ COLLECT_STREAM_CERT, '\0', "cert", "FILE", "the certificate for tls://, PEM" },
	{ COLLECT_STREAM_KEY, '\0', "key", "FILE", "its private key (in the certificate's file)" },
	{ COLLECT_STREAM_CA, '\0', "client-ca", "FILE", "exporters need a certificate of these CAs" },
	{ COLLECT_STREAM_IDLE, '\0', "idle", "TIME", "end sessions that are silent for so long (1800)" },
	{ COLLECT_STREAM_SESSIONS, '\0', "sessions", "N", "as many at once, a quarter from one address (512)" },
	{ OPT_READ, 'r', "read", "FILE", "take the datagrams out of a capture; may be repeated" },
	{ OPT_WRITE, 'w', "write", "ARCHIVE", "seal into this archive; alone, nfcapd's -w: as -t does" },
	{ OPT_BASE, 'l', NULL, "DIR", "the archive, as nfcapd's" },
	{ OPT_ROUTE, 'n', "exporter", "IDENT,ADDRESS[/N],ARCHIVE", "an archive for these; may be repeated" },
	{ OPT_ROUTES, 'N', "exporters", "FILE", "the same, a line each" },
	{ OPT_PER_EXPORTER, '\0', "per-exporter", "[=N]", "an archive for each below -w, for N of them (64)" },
	{ OPT_DYNAMIC, 'M', NULL, "DIR", "the same below DIR, as nfcapd's" },
	{ OPT_IDENT, 'I', "ident", "NAME", "what the exporters of -w are called" },
	{ OPT_ALLOW, '\0', "allow", "ADDRESS[/N]", "nobody else may send; a list, or several times" },
	{ OPT_OUTPUT, 'o', "output", "DEST", "write the flows to a file, - or a collector's URL, too" },
	{ OPT_FORMAT, '\0', "format", "NAME", "of -o" },
	{ OPT_ROTATE, 't', "rotate", "TIME", "a segment per interval of the clock (300)" },
	{ OPT_LIFETIME, '\0', "template-lifetime", "TIME", "how old templates may be after a restart (90m)" },
	{ OPT_LAYOUT, 'S', "layout", "N", "directories of segments, 0 to 8 as nfcapd's (1)" },
	{ OPT_COUNT, 'c', "count", "N", "stop after N datagrams" },
	{ OPT_STATE, '\0', "state", "DIR", "the state directory with keys and anchors" },
	{ OPT_NO_DATAGRAMS, '\0', "no-datagrams", NULL, "keep the flows alone, not what was received" },
	{ OPT_USER, 'u', "user", "USER", "run as this user once the ports are open" },
	{ OPT_USER_GROUP, 'g', "group", "GROUP", "and as this group (the user's)" },
	{ OPT_DAEMON, 'D', "daemon", NULL, "go into the background, once it receives" },
	{ OPT_PID_FILE, 'P', "pid-file", "FILE", "write the process's number there" },
	{ OPT_HOOK, 'x', "hook", "COMMAND", "after each seal, with the manifest's path; %d %f %t %u %i as nfcapd's" },
	{ OPT_REPEAT, 'R', "repeat", "HOST[/PORT]", "send what is received there, too; may be repeated" },
	{ OPT_METRICS, '\0', "metrics", "FILE", "numbers for Prometheus, written anew each second" },
	{ OPT_NO_SANDBOX, '\0', "no-sandbox", NULL, "keep every system call allowed" },
	{ OPT_CLOSE, '\0', "close", NULL, "seal for good at the end: nothing can follow" },
	{ OPT_KEY_STORAGE, '\0', "key-storage", "HOW", "file; or memory, which implies --close" },
	{ OPT_JSON, '\0', "json", NULL, "the summary as one JSON document" },
	{ OPT_QUIET, 'q', "quiet", NULL, "no notices and no summary" },
	{ OPT_HELP, 'h', "help", NULL, "this text" },
	/* nfcapd's other name for -r, and what collect_nfcapd_option knows */
	{ OPT_READ, 'f', NULL, "FILE", NULL },
	{ OPT_VERSION, 'V', NULL, NULL, NULL },
	{ OPT_NFCAPD + 'z', 'z', NULL, "[=KIND]", NULL },
	{ OPT_NFCAPD + 'j', 'j', NULL, NULL, NULL },
	{ OPT_NFCAPD + 'y', 'y', NULL, NULL, NULL },
	{ OPT_NFCAPD + 'T', 'T', NULL, "LIST", NULL },
	{ OPT_NFCAPD + 'X', 'X', NULL, "LIST", NULL },
	{ OPT_NFCAPD + 'v', 'v', NULL, NULL, NULL },
	{ OPT_NFCAPD + 'W', 'W', NULL, "N", NULL },
	{ OPT_NFCAPD + 'Z', 'Z', NULL, NULL, NULL },
	{ OPT_NFCAPD + 'e', 'e', NULL, NULL, NULL },
	{ OPT_NFCAPD + 'E', 'E', NULL, NULL, NULL },
	{ OPT_NFCAPD + 's', 's', NULL, "RATE", NULL },
	{ OPT_NFCAPD + 'A', 'A', NULL, NULL, NULL },
	{ OPT_NFCAPD + 'd', 'd', NULL, "DEVICE", NULL },
	{ OPT_NFCAPD + 'm', 'm', NULL, "PATH", NULL },
	{ OPT_NFCAPD + 'i', 'i', NULL, "RATE", NULL },
	{ OPT_NFCAPD + 'C', 'C', NULL, "FILE", NULL },
	{ OPT_NFCAPD + 'Y', 'Y', NULL, "FILE", NULL },
	{ 0, '\0', NULL, NULL, NULL },
};

static const char synopsis[] = "nfseal collect -p PORT... | --listen URL... | -r FILE...  -w ARCHIVE | -o DEST";

#define DEFAULT_ROTATE INT64_C(300000000000)
/* Three times the half hour after which Cisco's exporters send templates again. */
#define DEFAULT_LIFETIME INT64_C(5400000000000)
enum { DEFAULT_BUFFER = 16 << 20 };

/* "2055" or "2055,4739"; the texts are the settings' own. */
static enum status
take_ports(struct collect_settings *s, const char *value, struct fault *f)
{
	for (const char *p = value;;) {
		size_t len = strcspn(p, ",");
		char *text = strndup(p, len);
		uint64_t port;

		if (text == NULL)
			return fault_memory(f);
		if (!text_parse_u64(text, 65535, &port) || port == 0 || s->port_count == COLLECT_PORTS_MAX) {
			free(text);
			return option_bad_value("-p", value, "a port from 1 to 65535, or a list of some", f);
		}
		s->port_texts[s->port_count] = text;
		s->ports[s->port_count++].port = text;
		if (p[len] == '\0')
			return STATUS_OK;
		p += len + 1;
	}
}

static enum status
take_archive(struct collect_settings *s, const char *value, struct fault *f)
{
	if (s->archive != NULL && strcmp(s->archive, value) != 0)
		return fault_set(f, STATUS_USAGE, NULL,
		    "two archives: %s and %s; -n has one for each exporter", s->archive, value);
	for (size_t i = 0; i < s->route_count; i++)
		if (strcmp(s->routes[i].archive, value) == 0)
			return fault_set(f, STATUS_USAGE, NULL, "%s is the archive of -n %s", value,
			    s->routes[i].ident);
	s->archive = value;
	return STATUS_OK;
}

static void
set_all_ports(struct collect_settings *s, const struct receive_options *o)
{
	for (size_t i = 0; i < s->port_count; i++) {
		const char *port = s->ports[i].port, *host = s->ports[i].host;

		s->ports[i] = *o;
		s->ports[i].port = port;
		if (host != NULL)
			s->ports[i].host = host; /* --listen udp:// has its own */
	}
}

/* Which archives there are, and for whom. */
static enum status
take_source(struct collect_settings *s, int id, const char *value, struct fault *f)
{
	switch (id) {
	case OPT_WRITE:
		return take_archive(s, value, f);
	case OPT_BASE:
		s->nfcapd = true;
		return take_archive(s, value, f);
	case OPT_ROUTE:
		return collect_sources_route(s, value, f);
	case OPT_ROUTES:
		return collect_sources_file(s, value, f);
	case OPT_DYNAMIC:
		s->nfcapd = true;
		s->per_exporter = COLLECT_OWN_DEFAULT;
		return take_archive(s, value, f);
	case OPT_PER_EXPORTER:
		s->per_exporter = COLLECT_OWN_DEFAULT;
		return value == NULL ? STATUS_OK : option_number("--per-exporter", value, 1,
		    COLLECT_ARCHIVES_MAX - 1, &s->per_exporter, f);
	case OPT_IDENT:
		return collect_sources_ident(s, value, f);
	default: /* OPT_ALLOW */
		return collect_sources_allow(s, value, f);
	}
}

static void
take_service(struct service_options *o, int id, const char *value)
{
	switch (id) {
	case OPT_USER:
		o->user = value;
		break;
	case OPT_USER_GROUP:
		o->group = value;
		break;
	case OPT_DAEMON:
		o->background = true;
		break;
	case OPT_NO_SANDBOX:
		o->unconfined = true;
		break;
	default: /* OPT_PID_FILE */
		o->pid_file = value;
		break;
	}
}

/* Where and how it listens, on all ports. */
static enum status
take_listening(struct receive_options *all, int id, const char *value, struct fault *f)
{
	switch (id) {
	case OPT_BIND:
		all->host = value;
		break;
	case OPT_GROUP:
		all->group = value;
		break;
	case OPT_IPV4:
	case OPT_IPV6:
		if (all->family != 0 && all->family != (id == OPT_IPV4 ? 4 : 6))
			return fault_set(f, STATUS_USAGE, NULL, "-4 and -6: without them it listens on both");
		all->family = id == OPT_IPV4 ? 4 : 6;
		break;
	default: /* OPT_BUFFER */
		return option_number("-B", value, 1 << 16, INT32_MAX / 2, &all->buffer, f);
	}
	return STATUS_OK;
}

static enum status
take_option(struct collect_settings *s, struct receive_options *all, int id, const char *value,
    struct fault *f)
{
	uint64_t v = 0;
	enum status st = STATUS_OK;

	switch (id) {
	case OPT_PORT:
		return take_ports(s, value, f);
	case OPT_BIND:
	case OPT_GROUP:
	case OPT_IPV4:
	case OPT_IPV6:
	case OPT_BUFFER:
		return take_listening(all, id, value, f);
	case OPT_HOOK:
		s->hook = value;
		break;
	case OPT_REPEAT:
		return collect_repeat_take(s, value, f);
	case OPT_METRICS:
		s->metrics = value;
		break;
	case OPT_READ:
		return inputs_name(&s->inputs, &s->input_count, value, f);
	case OPT_WRITE:
	case OPT_BASE:
	case OPT_ROUTE:
	case OPT_ROUTES:
	case OPT_PER_EXPORTER:
	case OPT_DYNAMIC:
	case OPT_IDENT:
	case OPT_ALLOW:
		return take_source(s, id, value, f);
	case OPT_OUTPUT:
		return collect_outputs_add(s, value, f);
	case OPT_FORMAT:
		return collect_outputs_format(s, value, f);
	case OPT_ROTATE:
		return option_interval("-t", value, &s->rotate, f);
	case OPT_LIFETIME:
		return option_duration("--template-lifetime", value, &s->lifetime, f);
	case OPT_LAYOUT:
		st = option_number("-S", value, 0, LAYOUT_MAX, &v, f);
		s->layout = (int)v;
		return st;
	case OPT_QUEUE:
		return option_number("--queue", value, 1 << 20, SIZE_MAX / 2, &s->queue, f);
	case OPT_COUNT:
		return option_number("-c", value, 1, UINT64_MAX, &s->count, f);
	case OPT_STATE:
		s->state = value;
		break;
	case OPT_USER:
	case OPT_USER_GROUP:
	case OPT_DAEMON:
	case OPT_PID_FILE:
	case OPT_NO_SANDBOX:
		take_service(&s->service, id, value);
		break;
	case OPT_NO_DATAGRAMS:
		s->no_datagrams = true;
		break;
	case OPT_CLOSE:
		s->close = true;
		break;
	case OPT_KEY_STORAGE:
		s->keys_in_memory = strcmp(value, "memory") == 0;
		if (!s->keys_in_memory && strcmp(value, "file") != 0)
			return fault_set(f, STATUS_USAGE, NULL, "--key-storage %s: file or memory is expected",
			    value);
		break;
	case OPT_JSON:
		s->json = true;
		break;
	case OPT_QUIET:
		s->quiet = true;
		break;
	case OPT_HELP:
		s->help = true;
		break;
	case OPT_VERSION:
		s->version = true;
		break;
	default:
		if (id > OPT_NFCAPD)
			return collect_nfcapd_option(s, (char)(id - OPT_NFCAPD), value, f);
		return fault_set(f, STATUS_USAGE, NULL, "%s: no operand is expected", value);
	}
	return STATUS_OK;
}

static enum status
parse(struct collect_settings *s, int argc, char **argv, struct fault *f)
{
	struct receive_options all = { .buffer = DEFAULT_BUFFER };
	struct options o;
	const char *value;
	enum status st = STATUS_OK;
	int id;

	option_init(&o, options, argc, argv);
	while (st == STATUS_OK && (id = option_next(&o, &value, f)) != OPTION_END)
		st = id == OPTION_BAD ? STATUS_USAGE
		    : id >= COLLECT_STREAM_LISTEN ? collect_streams_option(s, id, value, f)
		                                  : take_option(s, &all, id, value, f);
	if (st == STATUS_OK && s->input_count == 0)
		st = activation_sockets(getenv("LISTEN_PID"), getenv("LISTEN_FDS"), &s->handed_over, f);
	for (size_t i = 0; i < s->handed_over; i++)
		s->streams.handed_over += activation_is_stream(ACTIVATION_FIRST + (int)i);
	if (s->port_count == 0 && s->input_count == 0 && s->handed_over == 0 && s->nfcapd)
		s->ports[s->port_count++].port = "9995"; /* nfcapd's */
	set_all_ports(s, &all);
	s->buffer = all.buffer;
	return st;
}

/*
 * nfcapd's -w has no argument and means what -t does here: one that another option follows, or
 * nothing, is left out.
 */
static int
leave_out_bare_w(struct collect_settings *s, int argc, char **argv)
{
	int kept = 0;

	for (int i = 0; i < argc; i++) {
		bool bare = i > 0 && strcmp(argv[i], "-w") == 0 &&
		    (i + 1 == argc || (argv[i + 1][0] == '-' && argv[i + 1][1] != '\0'));

		s->nfcapd |= bare;
		if (!bare)
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	return kept;
}

static enum status
check(struct collect_settings *s, struct fault *f)
{
	bool to_stdout = false;
	enum status st = collect_outputs_check(s, &to_stdout, f);

	if (st != STATUS_OK)
		return st;
	if (s->port_count + s->handed_over + s->streams.listener_count == 0 && s->input_count == 0)
		return fault_set(f, STATUS_USAGE, NULL,
		    "no input: -p PORT, --listen URL or -r FILE is needed");
	if (s->port_count + s->streams.listener_count > 0 && s->input_count > 0)
		return fault_set(f, STATUS_USAGE, NULL, "-p and -r exclude each other, and --listen and -r do");
	if (collect_streams_check(&s->streams, f) != STATUS_OK)
		return STATUS_USAGE;
	if (s->archive == NULL && s->route_count == 0 && s->destination_count == 0)
		return fault_set(f, STATUS_USAGE, NULL,
		    "nowhere to write to: -w ARCHIVE or -o DEST is needed");
	if (s->json && to_stdout)
		return fault_set(f, STATUS_USAGE, NULL, "--json and -o - both want standard output");
	if (s->per_exporter > 0 && (s->archive == NULL || s->route_count > 0))
		return fault_set(f, STATUS_USAGE, NULL, "--per-exporter needs -w, and excludes -n");
	if (s->archive == NULL && s->route_count == 0 && (s->close || s->keys_in_memory))
		return fault_set(f, STATUS_USAGE, NULL, "--close and --key-storage need an archive, -w");
	if (s->service.group != NULL && s->service.user == NULL)
		return fault_set(f, STATUS_USAGE, NULL, "-g GROUP needs -u USER");
	if (s->service.background && (s->json || to_stdout))
		return fault_set(f, STATUS_USAGE, NULL, "-D: the background has no output");
	if (s->input_count > 0 && (s->service.background || s->service.user != NULL ||
	        s->service.pid_file != NULL || s->repeater_count > 0 || s->metrics != NULL))
		return fault_set(f, STATUS_USAGE, NULL,
		    "-D, -P, -u, -R and --metrics are for a collector that receives, -p");
	if (s->rotate == 0 && s->input_count == 0)
		s->rotate = DEFAULT_ROTATE;
	return STATUS_OK;
}

int
collect_command(const struct collect_settings *s, struct fault *f)
{
	struct collect_result result = { .signal = 0 };
	enum status st = collect_run(s, &result, f);
	int code;

	if (result.source != NULL)
		capture_tell_findings(result.source);
	if (st == STATUS_OK)
		st = collect_report(s, &result, f);
	if (st != STATUS_OK)
		code = f->status == STATUS_IO && f->err == EPIPE ? 128 + SIGPIPE : log_exit(f);
	else
		code = result.source == NULL ? 0 : capture_findings_exit(result.source);
	if (code == 0 && collect_lost(&result))
		code = 3;
	/* A collector ends by a signal and no other way; a run over files was interrupted by it. */
	if (st == STATUS_OK && result.signal != 0 && s->input_count > 0)
		code = 128 + result.signal;
	collect_result_free(&result);
	return code;
}

/* As a service, where it receives. */
static int
serve(struct collect_settings *s, struct fault *f)
{
	struct service service;
	bool parent = false;
	int code = 0;

	if (s->input_count > 0)
		return collect_command(s, f);
	s->running = &service;
	if (service_begin(&service, &s->service, &parent, &code, f) != STATUS_OK)
		code = log_exit(f);
	else if (!parent)
		code = collect_command(s, f);
	service_end(&service);
	return code;
}

int
cmd_collect(int argc, char **argv)
{
	struct collect_settings s = { .layout = 1, .lifetime = DEFAULT_LIFETIME };
	struct fault f = { 0 };
	int code = 0;

	s.sender.pack.max_octets = PACK_DATAGRAM_DEFAULT;
	s.sender.pack.refresh = PACK_REFRESH_DEFAULT;
	s.sender.rate = SENDER_RATE_DEFAULT;
	argc = leave_out_bare_w(&s, argc, argv);
	if (parse(&s, argc, argv, &f) != STATUS_OK) {
		code = log_exit(&f);
	} else if (s.help) {
		option_usage(options, synopsis, stdout);
	} else if (s.version) {
		printf("nfseal %s (%s)\n", VERSION_TEXT, version_build());
	} else if (check(&s, &f) != STATUS_OK) {
		code = log_exit(&f);
	} else {
		log_quiet(s.quiet);
		if (s.nfcapd)
			collect_nfcapd_tell(&s);
		code = serve(&s, &f);
	}
	free(s.inputs);
	collect_sources_free(&s);
	for (size_t i = 0; i < s.port_count; i++) {
		free(s.port_texts[i]);
		free(s.host_texts[i]);
	}
	return code;
}
