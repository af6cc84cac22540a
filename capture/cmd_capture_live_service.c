/* SPDX-License-Identifier: BSD-2-Clause */
/* A live run as a service: rights, background, and who wants to know how it is. */
#include "capture/cmd_capture_live_loop.h"

#include <stdio.h>
#include <string.h>

#include "archive/anchor.h"
#include "base/clock.h"
#include "base/log.h"

int
capture_live_serve(struct capture_settings *s,
    int (*run)(const struct capture_settings *s, struct fault *f), struct fault *f)
{
	struct service service;
	bool parent = false;
	int code = 0;

	s->live.running = &service;
	if (service_begin(&service, &s->live.service, &parent, &code, f) != STATUS_OK)
		code = log_exit(f);
	else if (!parent)
		code = run(s, f);
	service_end(&service);
	s->live.running = NULL;
	return code;
}

enum status
live_run_drop(struct live_run *r, struct fault *f)
{
	const struct capture_settings *s = r->set;
	const char *const directories[] = { s->archive,
		s->archive != NULL ? r->state : NULL };
	enum status rc = STATUS_OK;

	/* The default is root's as long as it is root who asks. */
	if (s->archive != NULL && s->state == NULL)
		rc = state_default(r->state, f);
	else if (s->archive != NULL && strlen(s->state) >= sizeof r->state)
		rc = fault_set(f, STATUS_LIMIT, s->state, "the path is too long");
	else if (s->archive != NULL)
		(void)snprintf(r->state, sizeof r->state, "%s", s->state);
	return rc == STATUS_OK ? service_drop(s->live.running, directories, 2, f) : rc;
}

enum status
live_run_ready(struct live_run *r, struct fault *f)
{
	char line[LIVE_STATUS_MAX];

	live_run_status(r, line, sizeof line);
	return service_ready(r->set->live.running, line, f);
}
