/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_SERVICE_H
#define BASE_SERVICE_H

/*
 * What a command that runs for months has beside its work: the background, a pid file, a user
 * without rights, and a service manager that wants to know how it is.
 *
 * service_begin first of all; service_drop when what needs rights is open; service_confine when
 * all that needs unusual system calls is; service_ready; service_alive each second or so; service_end.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/daemon.h"
#include "base/notify.h"
#include "base/pidfile.h"
#include "base/privilege.h"

struct service_options {
	bool background;      /* -D */
	const char *pid_file; /* -P, or NULL */
	const char *user;     /* -u, or NULL */
	const char *group;    /* -g, or NULL: the user's */
	bool unconfined;      /* every system call stays allowed */
};

struct service {
	const struct service_options *o;
	struct daemon daemon;
	struct pidfile pidfile;
	struct notify notify;
	struct identity identity; /* with o->user */
	int64_t alive_at; /* monotonic: when the watchdog was told last */
};

/* *parent, *status: as daemon_fork; service_end is to be called where it is false. */
MUST_USE enum status service_begin(struct service *s, const struct service_options *o,
    bool *parent, int *status, struct fault *f);
/*
 * Rights are gone from now on.  Each of these directories (NULL is skipped) that is absent is made
 * before, for the user who shall write there.
 */
MUST_USE enum status service_drop(struct service *s, const char *const *directories, size_t count,
    struct fault *f);
/* False where the system cannot, or it was not wanted. */
bool service_confine(const struct service *s);
/* The start is over: in the background messages go to the system's log from now on. */
MUST_USE enum status service_ready(struct service *s, const char *status, struct fault *f);
/* Tells the watchdog, and the status in words, as often as they want to know. */
void service_alive(struct service *s, int64_t monotonic_nanos, const char *status);
void service_reloading(const struct service *s, int64_t monotonic_nanos);
void service_reloaded(const struct service *s);
void service_stopping(const struct service *s);
void service_end(struct service *s);

#endif
