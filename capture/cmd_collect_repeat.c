/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * -R: what is received also goes to others, octet by octet, as nfcapd's repeater does it: from this
 * machine's address.  A receiver that is not there costs nothing but a count.
 */
#include "capture/cmd_collect.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/socket.h"

#define DEFAULT_PORT "9995"

/* "host", "host/port", or "udp://host:port". */
enum status
collect_repeat_take(struct collect_settings *s, const char *value, struct fault *f)
{
	struct endpoint *e = &s->repeaters[s->repeater_count];
	const char *slash = strrchr(value, '/');
	char url[SOCKET_HOST_MAX + 32];
	size_t host = slash == NULL ? strlen(value) : (size_t)(slash - value);
	bool brackets = memchr(value, ':', host) != NULL && value[0] != '[';

	if (s->repeater_count == COLLECT_REPEATERS_MAX)
		return fault_set(f, STATUS_USAGE, NULL, "more than %d times -R", COLLECT_REPEATERS_MAX);
	if (strncmp(value, "udp://", 6) == 0)
		snprintf(url, sizeof url, "%s", value);
	else
		snprintf(url, sizeof url, "udp://%s%.*s%s:%s", brackets ? "[" : "", (int)host, value,
		    brackets ? "]" : "", slash == NULL ? DEFAULT_PORT : slash + 1);
	if (endpoint_parse(url, e, NULL) != STATUS_OK)
		return fault_set(f, STATUS_USAGE, NULL, "-R %s: HOST/PORT is expected", value);
	s->repeater_count++;
	return STATUS_OK;
}

enum status
collect_repeat_open(struct collect_common *c, struct fault *f)
{
	enum status st = STATUS_OK;

	for (size_t i = 0; i < COLLECT_REPEATERS_MAX; i++)
		c->repeaters[i] = -1;
	for (size_t i = 0; i < c->set->repeater_count && st == STATUS_OK; i++)
		st = socket_connect_udp(&c->set->repeaters[i], &c->repeaters[i], f);
	return st;
}

void
collect_repeat(struct collect_common *c, const struct datagram *d)
{
	for (size_t i = 0; i < c->set->repeater_count; i++) {
		struct fault f = { 0 };

		if (socket_send(c->repeaters[i], d->data, d->len, &f) == STATUS_OK)
			c->result->repeated++;
		else
			c->result->not_repeated++;
	}
}

void
collect_repeat_close(struct collect_common *c)
{
	for (size_t i = 0; i < c->set->repeater_count; i++)
		if (c->repeaters[i] >= 0)
			socket_close(c->repeaters[i]);
}
