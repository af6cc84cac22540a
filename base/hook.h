/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_HOOK_H
#define BASE_HOOK_H

/*
 * Runs a command now and then beside a process that must neither wait for it nor be able to start
 * programs itself: a runner is forked at the start, when rights are gone and before threads and
 * confinement, and takes orders over a socket.  No shell: the command is split at blanks, where
 * '...' and "..." keep them, and %X in a word stands for a value (%% for %); a command without any
 * %X gets the first value as its last word.
 *
 * At most HOOK_RUNNING at a time; orders beyond what the socket holds are refused; what runs longer
 * than HOOK_SECONDS is killed.  hook_open; hook_run...; hook_next...; hook_close.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum {
	HOOK_RUNNING = 4,
	HOOK_SECONDS = 600,
	HOOK_WORDS_MAX = 64,
	HOOK_ORDER_MAX = 16 << 10, /* octets of all words with their values, and the label */
	HOOK_LABEL_MAX = 1024,
	HOOK_NOT_STARTED = 127
};

struct hook_value {
	char letter;
	const char *text;
};

struct hook_result {
	char label[HOOK_LABEL_MAX];
	int status; /* its exit status, 128 + N where signal N ended it, HOOK_NOT_STARTED */
};

struct hook;

/*
 * letters: those that hook_run will have values for; another in the command is STATUS_USAGE.
 * silent: the command's output leads nowhere; else all of it to standard error.
 */
MUST_USE enum status hook_open(const char *command, const char *letters, bool silent,
    struct hook **out, struct fault *f);
/* STATUS_LIMIT: not taken, since too many wait.  label: what its result will be called. */
MUST_USE enum status hook_run(struct hook *h, const char *label, const struct hook_value *values,
    size_t count, struct fault *f);
/* A result that has come; never waits. */
bool hook_next(struct hook *h, struct hook_result *out);
/* Nothing more will be ordered; waits so long for results.  What still runs then goes on. */
bool hook_last(struct hook *h, int64_t until_monotonic, struct hook_result *out);
void hook_close(struct hook *h);

#endif
