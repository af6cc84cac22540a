/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/service.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/seccomp.h"

#define ALIVE_NANOS INT64_C(5000000000) /* between two words on the status */

enum status
service_begin(struct service *s, const struct service_options *o, bool *parent, int *status,
    struct fault *f)
{
	enum status rc = STATUS_OK;

	*s = (struct service) { .o = o, .daemon.report = -1, .pidfile.fd = -1, .notify.fd = -1 };
	*parent = false;
	if (o->background)
		rc = daemon_fork(&s->daemon, parent, status, f);
	if (rc != STATUS_OK || *parent)
		return rc;
	if (o->user != NULL)
		rc = identity_find(o->user, o->group, &s->identity, f);
	if (rc == STATUS_OK)
		rc = notify_open(&s->notify, getenv("NOTIFY_SOCKET"), getenv("WATCHDOG_USEC"),
		    getenv("WATCHDOG_PID"), f);
	if (rc == STATUS_OK && o->pid_file != NULL)
		rc = pidfile_open(&s->pidfile, o->pid_file, f);
	return rc;
}

enum status
service_drop(struct service *s, const char *const *directories, size_t count, struct fault *f)
{
	enum status rc = STATUS_OK;

	for (size_t i = 0; i < count && s->o->user != NULL && rc == STATUS_OK; i++)
		if (directories[i] != NULL)
			rc = identity_own(&s->identity, directories[i], 0755, f);
	return rc == STATUS_OK ?
	    privilege_drop(s->o->user != NULL ? &s->identity : NULL, f) : rc;
}

bool
service_confine(const struct service *s)
{
	return !s->o->unconfined && seccomp_confine();
}

enum status
service_ready(struct service *s, const char *status, struct fault *f)
{
	enum status rc;

	if (s->o->background)
		log_to_system();
	rc = daemon_ready(&s->daemon, f);
	if (rc == STATUS_OK)
		notify_send(&s->notify, "READY=1\nSTATUS=%s", status);
	return rc;
}

void
service_alive(struct service *s, int64_t now, const char *status)
{
	int64_t often = s->notify.watchdog > 0 && s->notify.watchdog / 3 < ALIVE_NANOS ?
	    s->notify.watchdog / 3 : ALIVE_NANOS;

	if (s->notify.fd < 0 || now - s->alive_at < often)
		return;
	s->alive_at = now;
	notify_send(&s->notify, "%sSTATUS=%s", s->notify.watchdog > 0 ? "WATCHDOG=1\n" : "", status);
}

void
service_reloading(const struct service *s, int64_t now)
{
	notify_send(&s->notify, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, now / 1000);
}

void
service_reloaded(const struct service *s)
{
	notify_send(&s->notify, "READY=1");
}

void
service_stopping(const struct service *s)
{
	notify_send(&s->notify, "STOPPING=1");
}

void
service_end(struct service *s)
{
	notify_close(&s->notify);
	pidfile_close(&s->pidfile);
	daemon_close(&s->daemon);
}
