/* SPDX-License-Identifier: BSD-2-Clause */
/* A collector's rights, which end when its ports are open. */
#include "capture/cmd_collect.h"

#include <stdio.h>
#include <string.h>

#include "archive/anchor.h"
#include "base/priority.h"

/* Everything that the run knows it will write to, once each; the last entry is the state. */
static size_t
written_to(const struct collect_common *c, const char *out[COLLECT_ROUTES_MAX + 2])
{
	const struct collect_settings *s = c->set;
	size_t n = 0;

	if (s->archive != NULL)
		out[n++] = s->archive;
	for (size_t i = 0; i < s->route_count; i++)
		out[n++] = s->routes[i].archive;
	if (n > 0)
		out[n++] = c->state;
	return n;
}

/* Rights are needed for the ports alone. */
enum status
collect_rights_drop(struct collect_common *c, struct fault *f)
{
	const struct collect_settings *s = c->set;
	const char *directories[COLLECT_ROUTES_MAX + 2];
	size_t count = written_to(c, directories);
	enum status st = STATUS_OK;

	if (count > 0 && s->state == NULL)
		st = state_default(c->state, f); /* root's, as long as it is root who asks */
	else if (count > 0 && strlen(s->state) >= sizeof c->state)
		st = fault_set(f, STATUS_LIMIT, s->state, "the path is too long");
	else if (count > 0)
		snprintf(c->state, sizeof c->state, "%s", s->state);
	priority_reserve(); /* for what receives */
	return st == STATUS_OK ? service_drop(s->running, directories, count, f) : st;
}
