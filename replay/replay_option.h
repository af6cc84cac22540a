/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_REPLAY_OPTION_H
#define REPLAY_REPLAY_OPTION_H

/*
 * The command line of nfseal replay.  Options of a target behind a --to are that target's; those
 * before the first --to are every target's that has none of its own; the rest are the run's.
 * replay_options_init; replay_options_parse; replay_options_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/reader.h"
#include "base/buf.h"
#include "base/option.h"
#include "base/status.h"
#include "replay/profile.h"
#include "replay/retime.h"
#include "replay/schedule.h"
#include "replay/window.h"

enum {
	REPLAY_TARGETS_MAX = 16,
	REPLAY_BATCH_DEFAULT = 500,
	REPLAY_BATCH_MAX = 20000,
	REPLAY_RATE_DEFAULT = 100000, /* flows a second: what a socket buffer of usual size takes */
	REPLAY_DATAGRAMS_DEFAULT = 4000 /* datagrams: as they were received, or events */
};

#define REPLAY_LOOP_FOREVER UINT64_MAX

struct target_options {
	const char *url;
	const char *format; /* NULL: the outlet's default */
	const char *filter; /* beside the run's, or NULL */
	struct window window;
	uint64_t rate;      /* as schedule_options has them */
	enum schedule_unit unit;
	bool rate_given;
	bool flows_named;   /* the rate is one of flows in so many words */
	uint64_t speed;
	uint64_t loop;      /* times that the selection is sent */
	size_t mtu;         /* octets of a datagram's payload */
	bool mtu_given;
	uint32_t refresh;   /* datagrams after which templates come again, 0: never */
	int64_t refresh_time; /* nanoseconds, 0: never */
	int64_t lead;       /* nanoseconds that new templates go ahead of their records */
	int64_t patience;   /* nanoseconds that a connection may take nothing */
	const struct profile *profile; /* or NULL */
	unsigned announce;  /* what is told by option records: ANNOUNCE_... of flow/announce.h */
	bool announce_given;
	bool refresh_given;
	bool lead_given;
	struct retime retime;
	bool source_exporter; /* datagrams bear the exporter's address */
	struct address source; /* or this one; family 0: this host's */
	bool syslog_3164;     /* else RFC 5424 */
	size_t batch;         /* events of a request */
	bool ack;             /* of HEC: wait for the indexers' word */
	const char *token_file; /* of HTTP, or NULL */
	const char *kafka_config; /* file of librdkafka's NAME=VALUE lines, or NULL */
	const char *ca;       /* PEM files of TLS, or NULL */
	const char *certificate;
	const char *key;
	bool insecure;
};

struct replay_options {
	struct reader_options reader;
	const char *path;
	struct buf filter; /* text, with a NUL behind it */
	struct target_options defaults;
	struct target_options targets[REPLAY_TARGETS_MAX];
	size_t target_count;
	const char *receipt; /* file, or NULL */
	bool custody;        /* the receipt is appended to a custody log: */
	const char *custody_file; /* NULL: beside the archive */
	const char *resume;  /* the receipt of a run that is to be finished, or NULL */
	bool dry;
	bool profiles; /* a list of them is asked for */
	bool log_json;
	bool json;
	bool quiet;
	bool help;
};

extern const struct option replay_option_table[];

void replay_options_init(struct replay_options *o);
MUST_USE enum status replay_options_parse(struct replay_options *o, int argc, char **argv,
    struct fault *f);
void replay_options_free(struct replay_options *o);
/* The rate that a target has: where none is given and the archive's time is not followed, one that
 * receivers take.  apart: each flow is a datagram of its own. */
uint64_t target_rate(const struct target_options *o, bool apart);
/* Flows, unless it says otherwise; of datagrams that are sent as they are, these. */
enum schedule_unit target_unit(const struct target_options *o);
bool target_is_exact(const struct target_options *o);

#endif
