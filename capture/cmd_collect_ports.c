/* SPDX-License-Identifier: BSD-2-Clause */
/* The UDP sockets of a run: those of a service manager, and its own. */
#include "capture/cmd_collect.h"

#include <stdlib.h>

#include "base/activation.h"

static enum status
adopt(const struct collect_settings *s, struct collect_ports *p, struct fault *f)
{
	for (size_t i = 0; i < s->handed_over; i++) {
		struct collect_drops *drops = &p->drops[p->count];
		enum status st;

		if (activation_is_stream(ACTIVATION_FIRST + (int)i))
			continue; /* the sessions' */
		if (p->count == COLLECT_PORTS_MAX)
			return fault_set(f, STATUS_USAGE, NULL, "more than %d ports", COLLECT_PORTS_MAX);
		st = receive_adopt(ACTIVATION_FIRST + (int)i, s->buffer, &p->receivers[p->count], f);
		if (st != STATUS_OK)
			return st;
		(void)receive_drop_counter(p->receivers[p->count++], &drops->last);
		p->before += drops->last;
	}
	return STATUS_OK;
}

/* A manager that has opened a port for us has opened it as it should be. */
static bool
is_handed_over(const struct collect_settings *s, const struct collect_ports *p, const char *port)
{
	for (size_t i = 0; i < s->handed_over && i < p->count; i++)
		if (receive_port(p->receivers[i]) == strtoul(port, NULL, 10))
			return true;
	return false;
}

enum status
collect_ports_open(const struct collect_settings *s, struct collect_ports *p, struct fault *f)
{
	enum status st = adopt(s, p, f);

	for (size_t i = 0; i < s->port_count && st == STATUS_OK; i++) {
		if (is_handed_over(s, p, s->ports[i].port))
			continue;
		if (p->count == COLLECT_PORTS_MAX)
			return fault_set(f, STATUS_USAGE, NULL, "more than %d ports", COLLECT_PORTS_MAX);
		st = receive_open(&s->ports[i], &p->receivers[p->count], f);
		if (st == STATUS_OK)
			p->count++;
	}
	return st;
}

uint64_t
collect_ports_dropped(struct collect_ports *p)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < p->count; i++) {
		struct collect_drops *c = &p->drops[i];
		uint32_t now;

		if (receive_drop_counter(p->receivers[i], &now)) {
			c->all += now - c->last;
			c->last = now;
		}
		sum += c->all;
	}
	return sum;
}

void
collect_ports_close(struct collect_ports *p)
{
	for (size_t i = 0; i < p->count; i++)
		receive_close(p->receivers[i]);
}
