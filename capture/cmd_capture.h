/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_CMD_CAPTURE_H
#define CAPTURE_CMD_CAPTURE_H

/*
 * The parts of `nfseal capture`: its settings (cmd_capture.c; cmd_capture_depth.c), the run from packets to sealed
 * segments (cmd_capture_run.c), and what it tells at the end (cmd_capture_report.c).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/facts.h"
#include "archive/receipts.h"
#include "base/buf.h"
#include "base/status.h"
#include "capture/cmd_capture_live.h"
#include "capture/meter.h"
#include "capture/source.h"
#include "flow/sender_report.h"

enum {
	CAPTURE_DESTINATIONS_MAX = 8,
	CAPTURE_FILTER_MAX = 65536, /* octets of the pcap-filter */
	CAPTURE_FACTS_OPTIONS_MAX = 48,
	CAPTURE_TUNNEL_NAMES_MAX = 128,
	CAPTURE_TUNNEL_PORTS_MAX = TUNNEL_PORTS_MAX * 16, /* octets: name, =, port, comma */
	CAPTURE_DPI_MAX = 64 /* octets of the names that --dpi knows, with commas and a NUL */
};

/* One -o: a file, or a collector by its URL. */
struct capture_destination {
	const char *name;
	const char *format; /* --format, or NULL: by the name's ending; of a collector IPFIX */
};

/* The last --format that files, and collectors, can have; or NULL. */
struct output_formats {
	const char *file;
	const char *collector;
};

#define CAPTURE_DEDUP_MAX ((int64_t)60 * 1000000000) /* nanoseconds: 60 s */

struct capture_settings {
	const char **inputs; /* -r, in order */
	size_t input_count;
	const char *archive; /* -w, or NULL */
	struct capture_destination destinations[CAPTURE_DESTINATIONS_MAX]; /* -o */
	size_t destination_count;
	struct output_formats formats;
	struct sender_options sender; /* of every collector */
	bool sender_set; /* an option was given that is for collectors only */
	const char *state;
	struct buf filter; /* the pcap-filter expression, "" for none */
	struct meter_options meter;
	struct capture_live live; /* -i and what belongs to it */
	int64_t rotate; /* -t, nanoseconds; 0: one segment a run */
	uint64_t count; /* -c: packets to read, 0: all */
	int layout;
	unsigned threads; /* -j; 0: as many as help */
	bool hash_inputs;
	bool close;
	bool keys_in_memory; /* which closes too: nobody could go on */
	bool json;
	bool quiet;
	bool help;
};

/* What a run came to, for the report; freed by capture_result_free. */
struct capture_result {
	struct source *source; /* its inputs and findings; NULL of a live run */
	struct capture_live_result *live; /* NULL of a run over files */
	struct accounting total;
	struct receipts sealed;
	struct sender_report targets[CAPTURE_DESTINATIONS_MAX]; /* the collectors among -o */
	size_t target_count;
	int signal;  /* the signal that ended the run, or 0 */
};

/* --dpi=LIST; NULL, without a list, is all there is. */
MUST_USE enum status capture_take_dpi(struct meter_options *m, const char *list, struct fault *f);
/* --community-id=SEED and --dedup=WINDOW; NULL is the default. */
MUST_USE enum status capture_take_community_id(struct meter_options *m, const char *seed,
    struct fault *f);
MUST_USE enum status capture_take_dedup(struct meter_options *m, const char *window,
    struct fault *f);
/* What --dpi came to, as a list that it takes; "" for nothing. */
void capture_dpi_text(const struct meter_options *m, char text[CAPTURE_DPI_MAX]);

/* --tunnels and --tunnel-port, and what they came to. */
MUST_USE enum status capture_take_tunnels(struct meter_options *m, const char *value,
    struct fault *f);
MUST_USE enum status capture_take_tunnel_port(struct meter_options *m, const char *value,
    struct fault *f);
const char *capture_tunnels_text(const struct meter_options *m);
void capture_tunnel_ports_text(const struct meter_options *m, char text[CAPTURE_TUNNEL_PORTS_MAX]);

MUST_USE enum status capture_run(const struct capture_settings *s, struct capture_result *out,
    struct fault *f);
void capture_result_free(struct capture_result *r);

/* Whether every flow went out to every collector. */
bool capture_exported_whole(const struct capture_result *r);
/* The exit status that the findings ask for: 0, 3 (damage), 5 (no capture at all). */
int capture_findings_exit(struct source *source);
/* The manifest's facts from the run so far; the arrays belong to *facts until facts_release. */
MUST_USE enum status capture_facts(const struct capture_settings *s, struct source *source,
    struct segment_facts *facts, struct fault *f);
/* The options in force alone. */
MUST_USE enum status capture_facts_options(const struct capture_settings *s,
    struct segment_facts *facts, struct fault *f);
void capture_facts_release(struct segment_facts *facts);
/* The summary on stdout: text, or one JSON document. */
MUST_USE enum status capture_report(const struct capture_settings *s,
    const struct capture_result *r, struct fault *f);
/* Findings and skipped members on stderr. */
void capture_tell_findings(struct source *source);

#endif
