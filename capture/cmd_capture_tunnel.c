/* SPDX-License-Identifier: BSD-2-Clause */
/* What --tunnels and --tunnel-port ask for. */
#include "capture/cmd_capture.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const char *const choices[] = {
	[METER_TUNNELS_INNER] = "inner",
	[METER_TUNNELS_OUTER] = "outer",
	[METER_TUNNELS_BOTH] = "both",
};

enum { CHOICES = sizeof choices / sizeof *choices, PORT_DIGITS = 5 };

enum status
capture_take_tunnels(struct meter_options *m, const char *value, struct fault *f)
{
	for (unsigned i = 0; i < CHOICES; i++)
		if (strcmp(value, choices[i]) == 0) {
			m->tunnels = (enum meter_tunnels)i;
			return STATUS_OK;
		}
	return fault_set(f, STATUS_USAGE, NULL, "--tunnels %s: inner, outer or both is expected", value);
}

const char *
capture_tunnels_text(const struct meter_options *m)
{
	return choices[m->tunnels];
}

static enum status
bad_kind(const char *value, struct fault *f)
{
	char known[CAPTURE_TUNNEL_NAMES_MAX];
	size_t len = 0;

	known[0] = '\0';
	for (unsigned k = 1; k < TUNNEL_KINDS; k++) {
		const char *name = tunnel_name(k);

		if (tunnel_on_udp(name, strlen(name)) != TUNNEL_NONE && len < sizeof known)
			len += (size_t)snprintf(known + len, sizeof known - len, "%s%s",
			    len > 0 ? ", " : "", name);
	}
	return fault_set(f, STATUS_USAGE, NULL, "--tunnel-port %s: NAME=PORT[,PORT...] is expected, "
	    "of %s", value, known);
}

static enum status
take_ports(struct tunnel_ports *ports, enum tunnel_kind kind, const char *value, const char *list,
    struct fault *f)
{
	for (const char *p = list; *p != '\0';) {
		size_t len = strcspn(p, ",");
		char text[PORT_DIGITS + 1] = "";
		uint64_t port;

		if (len <= PORT_DIGITS)
			memcpy(text, p, len);
		if (!text_parse_u64(text, UINT16_MAX, &port) || port == 0)
			return fault_set(f, STATUS_USAGE, NULL,
			    "--tunnel-port %s: ports from 1 to %d are expected", value, UINT16_MAX);
		if (!tunnel_ports_add(ports, kind, (uint16_t)port))
			return fault_set(f, STATUS_LIMIT, NULL, "--tunnel-port: more than %d ports",
			    TUNNEL_PORTS_MAX);
		p += len;
		if (*p == ',' && *++p == '\0')
			return bad_kind(value, f);
	}
	return STATUS_OK;
}

/* The ports given are all that mean this kind; none, or an empty list, switches it off. */
enum status
capture_take_tunnel_port(struct meter_options *m, const char *value, struct fault *f)
{
	size_t len = strcspn(value, "=");
	enum tunnel_kind kind = tunnel_on_udp(value, len);

	if (kind == TUNNEL_NONE || value[len] != '=')
		return bad_kind(value, f);
	tunnel_ports_clear(&m->tunnel_ports, kind);
	if (strcmp(value + len + 1, "none") == 0)
		return STATUS_OK;
	return take_ports(&m->tunnel_ports, kind, value, value + len + 1, f);
}

void
capture_tunnel_ports_text(const struct meter_options *m, char text[CAPTURE_TUNNEL_PORTS_MAX])
{
	const struct tunnel_ports *p = &m->tunnel_ports;
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < p->count && len < CAPTURE_TUNNEL_PORTS_MAX; i++)
		len += (size_t)snprintf(text + len, CAPTURE_TUNNEL_PORTS_MAX - len, "%s%s=%u",
		    len > 0 ? "," : "", tunnel_name(p->rows[i].kind), p->rows[i].port);
}
