/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_CMD_CAPTURE_LIVE_H
#define CAPTURE_CMD_CAPTURE_LIVE_H

/*
 * `nfseal capture -i`: its settings (cmd_capture_live_set.c), the loop that reads and meters
 * (cmd_capture_live.c), what the other thread writes and seals (cmd_capture_live_seal.c), the
 * facts about a segment (cmd_capture_live_facts.c), and what is told (cmd_capture_live_report.c).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/jsonw.h"
#include "base/service.h"
#include "base/status.h"
#include "capture/live.h"

struct capture_settings;
struct capture_result;

/* The ids of its options; the others are below. */
enum {
	CAPTURE_LIVE_FIRST = 1000,
	CAPTURE_LIVE_INTERFACE = CAPTURE_LIVE_FIRST,
	CAPTURE_LIVE_SNAP,
	CAPTURE_LIVE_RING,
	CAPTURE_LIVE_NO_PROMISCUOUS,
	CAPTURE_LIVE_USER,
	CAPTURE_LIVE_GROUP,
	CAPTURE_LIVE_DAEMON,
	CAPTURE_LIVE_PID_FILE,
	CAPTURE_LIVE_NO_SANDBOX
};

/* Rows of capture's table of options. */
#define CAPTURE_LIVE_OPTIONS \
	{ CAPTURE_LIVE_INTERFACE, 'i', "interface", "IF", "capture there; may be repeated" }, \
	{ CAPTURE_LIVE_SNAP, 's', "snap-length", "N", "octets of each frame to read (256)" }, \
	{ CAPTURE_LIVE_RING, 'B', "ring", "KIB", "the ring of each interface (32768)" }, \
	{ CAPTURE_LIVE_NO_PROMISCUOUS, 'p', "no-promiscuous", NULL, "only what is for this machine" }, \
	{ CAPTURE_LIVE_USER, 'u', "user", "USER", "become this user when the interfaces are open" }, \
	{ CAPTURE_LIVE_GROUP, 'g', "group", "GROUP", "and this group (the user's)" }, \
	{ CAPTURE_LIVE_DAEMON, 'D', "daemon", NULL, "go on in the background once it runs" }, \
	{ CAPTURE_LIVE_PID_FILE, 'P', "pid-file", "FILE", "keep the process's number there" }, \
	{ CAPTURE_LIVE_NO_SANDBOX, '\0', "no-sandbox", NULL, "leave every system call allowed" },

struct capture_live {
	const char *interfaces[LIVE_INTERFACES_MAX];
	size_t interface_count;
	uint64_t ring;        /* octets; 0: the default */
	uint32_t snap_length; /* 0: as the settings need */
	bool not_promiscuous;
	struct service_options service; /* -u, -g, -D, -P */
	struct service *running;        /* while it runs */
	bool any;             /* one of the options was given */
};

/* Something to tell about an interface: in the manifest of its segment, and in the summary. */
struct capture_live_finding {
	const char *code; /* "DROPPED", ... */
	char file[LIVE_NAME_MAX];
	char text[LIVE_TEXT_MAX];
};

enum { CAPTURE_LIVE_FINDINGS_MAX = 256 }; /* that are kept at a time */

struct capture_live_findings {
	struct capture_live_finding *list;
	size_t count;
	bool more; /* than could be kept */
};

struct capture_live_result {
	struct live_interface interfaces[LIVE_INTERFACES_MAX];
	uint64_t octets[LIVE_INTERFACES_MAX]; /* captured there */
	size_t interface_count;
	struct capture_live_findings findings;
	bool lost; /* packets, or an interface */
};

MUST_USE enum status capture_live_take(struct capture_live *l, int id, const char *value,
    struct fault *f);
/* What was not given and depends on other settings. */
void capture_live_defaults(struct capture_settings *s);
MUST_USE enum status capture_live_check(const struct capture_settings *s, struct fault *f);

/*
 * Around `run`, which does the work and gives the exit status: background, pid file and service
 * manager.  In the parent of -D it is not called.  Returns what to exit with.
 */
int capture_live_serve(struct capture_settings *s,
    int (*run)(const struct capture_settings *s, struct fault *f), struct fault *f);
MUST_USE enum status capture_live_run(const struct capture_settings *s,
    struct capture_result *out, struct fault *f);

/* 0, or 3 where something was lost. */
int capture_live_exit(const struct capture_live_result *r);
void capture_live_json(const struct capture_live_result *r, struct jsonw *j);
void capture_live_text(const struct capture_live_result *r, struct buf *out);
void capture_live_result_free(struct capture_live_result *r);

#endif
