/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_CMD_COLLECT_H
#define CAPTURE_CMD_COLLECT_H

/*
 * The parts of `nfseal collect`: its settings (cmd_collect.c), the run (cmd_collect_run.c), which
 * archive a datagram goes into (cmd_collect_routes.c), what a segment is made of and sealed with
 * (cmd_collect_segment.c, cmd_collect_facts.c, of messages over TCP and TLS cmd_collect_stream.c), and what it tells at the end
 * (cmd_collect_report.c).
 */

#include "archive/facts.h"
#include "archive/receipts.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/hook.h"
#include "base/prefix.h"
#include "base/receive.h"
#include "base/service.h"
#include "base/socket.h"
#include "capture/cmd_capture_out.h"
#include "capture/collector.h"
#include "capture/datalog.h"
#include "capture/exporters_json.h"
#include "capture/messagelog.h"
#include "capture/reassemble.h"
#include "capture/sessions.h"
#include "capture/source.h"

enum {
	COLLECT_PORTS_MAX = 64,
	COLLECT_LISTENERS_MAX = 64,
	COLLECT_DESTINATIONS_MAX = 8,
	COLLECT_ROUTES_MAX = 256,
	COLLECT_ARCHIVES_MAX = 257,  /* of a run: the last is of all others */
	COLLECT_OWN_DEFAULT = 64,    /* exporters with an archive of their own */
	COLLECT_ALLOWED_MAX = 1024,
	COLLECT_REPEATERS_MAX = 8,
	COLLECT_IDENT_MAX = 128,
	COLLECT_REFUSED_NAMED = 8    /* sources that are named; all are counted */
};

/* -n: whose datagrams go into which archive. */
struct collect_route {
	char ident[COLLECT_IDENT_MAX];
	struct prefix from;
	const char *archive;
};

#define COLLECT_IDLE_DEFAULT INT64_C(1800000000000)

/* --listen tcp:// and tls://, and what TLS needs. */
struct collect_stream_settings {
	struct endpoint listeners[COLLECT_LISTENERS_MAX];
	size_t listener_count;
	const char *certificate; /* --cert, or NULL */
	const char *key;         /* --key; NULL: in the certificate's file */
	const char *client_ca;   /* --client-ca: clients need a certificate of these, or NULL */
	int64_t idle;            /* --idle, nanoseconds; 0: the default */
	uint64_t sessions;       /* --sessions; 0: the default */
	size_t handed_over;      /* of the sockets of a service manager, those for connections */
};

struct collect_settings {
	struct receive_options ports[COLLECT_PORTS_MAX]; /* -p; host, group and buffer are of all */
	size_t port_count;
	size_t handed_over; /* sockets of a service manager, for datagrams and for connections */
	uint64_t buffer;    /* -B, of these */
	uint64_t queue;     /* octets that may wait for the decoder; 0: by the machine's memory */
	struct collect_stream_settings streams;
	const char **inputs; /* -r: captures that hold datagrams */
	bool messages;       /* the inputs are IPFIX streams and files instead */
	size_t input_count;
	const char *archive; /* -w or -l, or NULL; with per_exporter the directory above the archives */
	const char *ident;   /* -I, or NULL */
	struct collect_route *routes; /* -n, -N */
	size_t route_count;
	char *routes_text;            /* of -N */
	struct prefix *allowed; /* --allow; none: all may */
	size_t allowed_count;
	uint64_t per_exporter; /* how many may have an archive of their own; 0: none has */
	struct capture_destination destinations[COLLECT_DESTINATIONS_MAX]; /* -o */
	size_t destination_count;
	struct output_formats formats;
	struct sender_options sender;
	const char *state;
	int64_t rotate; /* nanoseconds; 0: one segment */
	int64_t lifetime; /* of templates over a restart, nanoseconds; 0: nothing is taken over */
	int layout;
	uint64_t count; /* -c: datagrams, 0: all */
	struct service_options service;
	struct service *running; /* while it runs, and receives */
	bool no_datagrams;
	bool close;
	bool keys_in_memory; /* which closes too: nobody could go on */
	const char *hook;    /* -x, or NULL */
	const char *metrics; /* the file, or NULL */
	struct endpoint repeaters[COLLECT_REPEATERS_MAX]; /* -R */
	size_t repeater_count;
	bool nfcapd; /* the options of nfcapd's were used: say what was understood */
	uint64_t left_out; /* those without meaning here: cmd_collect_nfcapd.c */
	bool version;
	bool json;
	bool quiet;
	bool help;
	char *port_texts[COLLECT_PORTS_MAX];
	char *host_texts[COLLECT_PORTS_MAX]; /* of --listen udp:// */
};

/*
 * What a capture held beside export datagrams, what the kernel kept from us, and what was refused:
 * of the whole run, whatever archives it has.
 */
struct collect_losses {
	uint64_t frames;       /* read, of captures */
	uint64_t other;        /* of these, without an export message */
	uint64_t fragments;    /* of UDP, not put together, for all reasons */
	struct reassemble_counts reassembly; /* of all of them */
	uint64_t cut;          /* datagrams that the snap length or the buffer cut */
	uint64_t kernel;       /* datagrams that the kernel dropped */
	uint64_t before;       /* the same at sockets that were handed over, before this run */
	uint64_t waits;        /* times that received datagrams had to wait in the kernel */
	uint64_t not_kept;     /* datagrams that were received as an archive failed */
	uint64_t messages_not_kept; /* likewise of messages, which their exporters think delivered */
	uint64_t not_allowed;  /* datagrams of sources that --allow does not name */
	uint64_t no_route;     /* datagrams of sources that have no archive */
	uint64_t sessions;     /* over TCP and TLS, that were begun */
	uint64_t sessions_refused;
	uint64_t session_ends[SESSION_ENDS];
	uint64_t session_octets_lost; /* that came and are of no message */
	uint64_t session_octets_cut;  /* of these, behind a session's whole messages */
};

/* An archive of the run, and what became of it. */
struct collect_archive {
	char path[FILE_PATH_MAX];      /* "": none, its flows go to -o alone */
	char ident[COLLECT_IDENT_MAX]; /* -I, -n's, or the exporter's address; "": none */
	struct collector *collector;   /* its exporters, templates and ledgers */
	uint64_t kept;                 /* datagrams */
	uint64_t kept_messages;
	struct receipts sealed;
	uint64_t sealed_count;
	int64_t sealed_at;             /* when the last one was, nanoseconds since 1970 */
};

/* Commands of -x. */
struct collect_hooks {
	uint64_t run;
	uint64_t failed;
	uint64_t skipped; /* too many waited */
};

struct collect_result {
	struct collect_losses losses;
	struct collect_archive **archives;
	size_t archive_count;
	struct address refused[COLLECT_REFUSED_NAMED]; /* the first sources that were */
	size_t refused_count;
	struct collect_hooks hooks;
	uint64_t repeated;     /* datagrams, to each of -R */
	uint64_t not_repeated;
	struct sender_report targets[COLLECT_DESTINATIONS_MAX];
	size_t target_count;
	int signal;
	struct source *source;      /* of -r */
};

/* What all segments of a run have in common. */
struct collect_common {
	const struct collect_settings *set;
	struct collect_result *result;
	struct output *outputs[COLLECT_DESTINATIONS_MAX];
	char state[FILE_PATH_MAX]; /* the state directory, "" for the default */
	uint64_t seed;
	struct hook *hook; /* NULL: there is none */
	int repeaters[COLLECT_REPEATERS_MAX];
	bool no_metrics;   /* they could not be written last, which was said */
};

/* The open segment of an archive, and where its rows and datagrams go. */
struct collect_segment {
	struct collect_common *common;
	struct collect_archive *archive;
	struct writer *writer; /* NULL without an archive */
	struct datalog *datalog;       /* NULL: no datagrams can come, or none is kept */
	struct messagelog *messagelog; /* likewise of messages */
	struct buf frame;
	struct accounting sums;    /* of its rows: what exporters metered */
	struct collector_counts before;     /* the collector's counts as it began */
	struct collect_losses before_losses; /* the run's */
	uint64_t sequence;
	uint64_t datagrams;
	uint64_t messages;
	uint64_t messages_carried;
	uint64_t carried;          /* datagrams at its head */
	uint64_t dropped_sets;     /* that gave way while they waited, as it began */
	uint64_t left_out;         /* tellings of templates and options that are not there */
	int64_t from;
	int64_t to;                /* INT64_MAX: it has no end */
	int64_t durable_due;       /* monotonic */
	bool dirty; /* something came since it was last made durable */
};

/* cmd_collect_sources.c: what options say of the exporters; values are borrowed */

MUST_USE enum status collect_sources_ident(struct collect_settings *s, const char *value,
    struct fault *f);
MUST_USE enum status collect_sources_route(struct collect_settings *s, const char *value,
    struct fault *f);
MUST_USE enum status collect_sources_file(struct collect_settings *s, const char *path,
    struct fault *f);
MUST_USE enum status collect_sources_allow(struct collect_settings *s, const char *value,
    struct fault *f);
void collect_sources_free(struct collect_settings *s);

/* cmd_collect_segment.c */

/* Opens the archive, and its first segment, which begins at `time` or at that interval's start. */
MUST_USE enum status collect_segment_open(struct collect_segment *s, int64_t time, struct fault *f);
/*
 * The clock, or a datagram, reached `time`: ends what is over by then.
 */
MUST_USE enum status collect_segment_advance(struct collect_segment *s, int64_t time, bool datagram,
    struct fault *f);
/* A datagram is kept; *number is its number. */
MUST_USE enum status collect_segment_keep(struct collect_segment *s, struct datagram *d,
    uint64_t dropped, struct fault *f);
/* What is pending of the datagrams goes into the file. */
MUST_USE enum status collect_segment_frame(struct collect_segment *s, struct fault *f);
/* A collector_emit: ctx is the segment. */
enum status collect_segment_rows(void *ctx, struct table **t, struct fault *f);
/* All that came is durable. */
MUST_USE enum status collect_segment_durable(struct collect_segment *s, struct fault *f);
/* Ends it at time `to` and goes on with the next. */
MUST_USE enum status collect_segment_rotate(struct collect_segment *s, int64_t to, struct fault *f);
MUST_USE enum status collect_segment_finish(struct collect_segment *s, int64_t to, struct fault *f);
void collect_segment_free(struct collect_segment *s);

/* cmd_collect_stream.c */

struct collect_streams;

struct collect_routes;
struct inbox;

/* Where messages go, each of one session in its order. */
struct collect_streams_sink {
	struct inbox *inbox;           /* is woken when there is something to take */
	struct collect_routes *routes; /* which of their collectors is told that a session is over */
	enum status (*put)(void *ctx, struct datagram *d, struct fault *f);
	void *ctx;
};

/* The options' ids, which are none of cmd_collect.c's own. */
enum {
	COLLECT_STREAM_LISTEN = 1000, /* udp:// is a port of -p with its own host */
	COLLECT_STREAM_CERT,
	COLLECT_STREAM_KEY,
	COLLECT_STREAM_CA,
	COLLECT_STREAM_IDLE,
	COLLECT_STREAM_SESSIONS
};

MUST_USE enum status collect_streams_option(struct collect_settings *s, int id, const char *value,
    struct fault *f);
MUST_USE enum status collect_streams_check(const struct collect_stream_settings *s,
    struct fault *f);
/* Opens listeners and reads keys, for which rights may be needed. */
MUST_USE enum status collect_streams_listen(const struct collect_settings *s,
    struct collect_losses *losses, struct collect_streams **out, struct fault *f);
MUST_USE enum status collect_streams_start(struct collect_streams *c,
    const struct collect_streams_sink *sink, struct fault *f);
/* So much of what has come goes to the sink, without waiting; *more: there may be more. */
MUST_USE enum status collect_streams_take(struct collect_streams *c, size_t batches, bool *more,
    struct fault *f);
struct collect_gauges;
/* What waits, and how many are open. */
void collect_streams_gauges(struct collect_streams *c, struct collect_gauges *g);
/* Nothing more is awaited; what had come goes to the sink. */
MUST_USE enum status collect_streams_finish(struct collect_streams *c, struct fault *f);
/* The same where nothing can be kept any more: it is counted. */
void collect_streams_drop(struct collect_streams *c);
void collect_streams_free(struct collect_streams *c);

MUST_USE enum status collect_stream_open(struct collect_segment *s, struct fault *f);
/* A message is kept; *number is its number. */
MUST_USE enum status collect_stream_keep(struct collect_segment *s, struct datagram *d,
    struct fault *f);
MUST_USE enum status collect_stream_carry(struct collect_segment *s,
    const struct carried_datagram *d, struct fault *f);
/* What is kept so far goes into the segment's file. */
MUST_USE enum status collect_stream_frame(struct collect_segment *s, struct fault *f);

/* cmd_collect_routes.c: the archives of a run, one or many */

MUST_USE enum status collect_routes_open(struct collect_common *common, struct collect_routes **out,
    struct fault *f);
/* What is known from the start is opened, and begins at `time`. */
MUST_USE enum status collect_routes_begin(struct collect_routes *r, int64_t time, struct fault *f);
/*
 * The segment that a datagram goes into; *out is NULL where it is refused, which was counted then.
 * An exporter's own archive is made by its first datagram.
 */
MUST_USE enum status collect_routes_find(struct collect_routes *r, const struct datagram *d,
    struct collect_segment **out, struct fault *f);
struct collect_segment *const *collect_routes_segments(const struct collect_routes *r,
    size_t *count);
void collect_routes_free(struct collect_routes *r);

/* cmd_collect_outputs.c: what goes to -o */

MUST_USE enum status collect_outputs_add(struct collect_settings *s, const char *name, struct fault *f);
MUST_USE enum status collect_outputs_format(struct collect_settings *s, const char *format,
    struct fault *f);
/* Behind the last option: whether each is one that can be opened, and one is standard output. */
MUST_USE enum status collect_outputs_check(struct collect_settings *s, bool *to_stdout,
    struct fault *f);
MUST_USE enum status collect_outputs_open(struct collect_common *c, struct fault *f);
MUST_USE enum status collect_outputs_put(struct collect_common *c, const struct table *t,
    struct fault *f);
MUST_USE enum status collect_outputs_tick(struct collect_common *c, struct fault *f);
MUST_USE enum status collect_outputs_finish(struct collect_common *c, struct fault *f);
void collect_outputs_free(struct collect_common *c);

/* cmd_collect_carry.c */

/* The datagrams that define the templates and options in force, at the head of the open segment. */
MUST_USE enum status collect_carry(struct collect_segment *s, struct fault *f);

/* cmd_collect_ports.c */

struct collect_drops {
	uint32_t last; /* as the kernel counts, modulo 2^32 */
	uint64_t all;
};

struct collect_ports {
	struct receiver *receivers[COLLECT_PORTS_MAX]; /* those that were handed over stand first */
	size_t count;
	struct collect_drops drops[COLLECT_PORTS_MAX];
	uint64_t before; /* dropped at sockets that were handed over, before that */
};

/* What was opened is there to be closed, also where it fails. */
MUST_USE enum status collect_ports_open(const struct collect_settings *s, struct collect_ports *p,
    struct fault *f);
/* Datagrams that the kernel dropped until now, by the sockets' own counters. */
uint64_t collect_ports_dropped(struct collect_ports *p);
void collect_ports_close(struct collect_ports *p);

/* cmd_collect_hook.c: -x; failures are told and counted, and end nothing */

MUST_USE enum status collect_hook_open(struct collect_common *c, struct fault *f);
void collect_hook_sealed(struct collect_common *c, const struct collect_archive *a,
    const struct receipt *r);
void collect_hook_tick(struct collect_common *c);
void collect_hook_close(struct collect_common *c);

/* cmd_collect_repeat.c: -R */

MUST_USE enum status collect_repeat_take(struct collect_settings *s, const char *value,
    struct fault *f);
MUST_USE enum status collect_repeat_open(struct collect_common *c, struct fault *f);
void collect_repeat(struct collect_common *c, const struct datagram *d);
void collect_repeat_close(struct collect_common *c);

/* cmd_collect_metrics.c */

/* What only the run knows. */
struct collect_gauges {
	uint64_t queue_octets; /* datagrams that were received and wait here */
	uint64_t queue_limit;
	uint64_t sessions;       /* that are open */
	uint64_t session_octets; /* of their messages, that wait likewise */
	uint64_t session_limit;  /* 0: there are no listeners */
	uint64_t now;          /* seconds since 1970 */
	uint64_t started;
};

/* Replaces the file, if there is to be one. */
MUST_USE enum status collect_metrics_write(struct collect_common *c,
    const struct collect_gauges *g, struct fault *f);
/* The same; a failure is told once, and once that it is over. */
void collect_metrics_tick(struct collect_common *c, const struct collect_gauges *g);
/* The text. */
void collect_metrics_text(const struct collect_common *c, const struct collect_gauges *g,
    struct buf *out);

/* cmd_collect_nfcapd.c */

MUST_USE enum status collect_nfcapd_option(struct collect_settings *s, char letter,
    const char *value, struct fault *f);
/* Who typed a line for nfcapd reads what becomes of it. */
void collect_nfcapd_tell(const struct collect_settings *s);

/* cmd_collect_inherit.c */

/*
 * Takes over what the archive's last segment tells, for a run that begins at `time`: where that
 * cannot be, it is said, and nothing is taken over.
 */
MUST_USE enum status collect_inherit(struct collect_segment *s, int64_t time, struct fault *f);

/* cmd_collect_facts.c */

enum { COLLECT_FACT_LOSSES = 128, COLLECT_FACT_OPTIONS = 24 };

struct collect_facts {
	struct segment_facts facts;
	struct facts_loss losses[COLLECT_FACT_LOSSES];
	char names[COLLECT_FACT_LOSSES][64];
	struct facts_option options[COLLECT_FACT_OPTIONS];
	char numbers[COLLECT_FACT_OPTIONS][32];
	char ports[8 * COLLECT_PORTS_MAX];
	char listeners[(SOCKET_HOST_MAX + 20) * COLLECT_LISTENERS_MAX];
};

/* The segment's facts up to `to`; sum NULL where it begins. */
MUST_USE enum status collect_facts_fill(const struct collect_segment *s, int64_t to,
    const struct exporters_sum *sum, struct collect_facts *out, struct fault *f);
void collect_facts_free(struct collect_facts *facts);

/* cmd_collect_rights.c */

/* Rights are needed for the ports alone; the state's directory is settled before. */
MUST_USE enum status collect_rights_drop(struct collect_common *c, struct fault *f);

/* cmd_collect_run.c */

/* The run, what it tells, and the exit status. */
int collect_command(const struct collect_settings *s, struct fault *f);
MUST_USE enum status collect_run(const struct collect_settings *s, struct collect_result *out,
    struct fault *f);
void collect_result_free(struct collect_result *r);
/* The counts of all its archives. */
struct collector_counts collect_counts(const struct collect_result *r);

/* cmd_collect_report.c */

MUST_USE enum status collect_report(const struct collect_settings *s,
    const struct collect_result *r, struct fault *f);
/* Of what was asked for, something did not come or did not go: exit 3. */
bool collect_lost(const struct collect_result *r);

#endif
