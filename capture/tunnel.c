/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/tunnel.h"

#include <string.h>

enum { DEFAULT_PORTS = 3 };

#define NO_PORTS   { 0 }
#define PORTS(...) { __VA_ARGS__ }

static const struct {
	const char *name;
	uint16_t ports[DEFAULT_PORTS];
} kinds[TUNNEL_KINDS] = {
#define TUNNEL(id, name, ports) [TUNNEL_##id] = { name, ports },
#include "capture/tunnel.def"
#undef TUNNEL
};

const char *
tunnel_name(unsigned kind)
{
	return kind < TUNNEL_KINDS ? kinds[kind].name : NULL;
}

enum tunnel_kind
tunnel_on_udp(const char *name, size_t len)
{
	for (unsigned k = 1; k < TUNNEL_KINDS; k++)
		if (kinds[k].ports[0] != 0 && strlen(kinds[k].name) == len &&
		    memcmp(kinds[k].name, name, len) == 0)
			return (enum tunnel_kind)k;
	return TUNNEL_NONE;
}

void
tunnel_path_text(const uint8_t *path, size_t count, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < count; i++) {
		const char *name = tunnel_name(path[i]);
		size_t n = name == NULL ? 0 : strlen(name);

		if (len + n + 2 > TUNNEL_PATH_TEXT)
			break;
		if (i > 0)
			out[len++] = '/';
		memcpy(out + len, name == NULL ? "" : name, n);
		len += n;
	}
	out[len] = '\0';
}

void
tunnel_ports_default(struct tunnel_ports *p)
{
	p->count = 0;
	for (unsigned k = 1; k < TUNNEL_KINDS; k++)
		for (unsigned i = 0; i < DEFAULT_PORTS && kinds[k].ports[i] != 0; i++)
			(void)tunnel_ports_add(p, (enum tunnel_kind)k, kinds[k].ports[i]);
}

void
tunnel_ports_clear(struct tunnel_ports *p, enum tunnel_kind kind)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->count; i++)
		if (p->rows[i].kind != kind)
			p->rows[kept++] = p->rows[i];
	p->count = kept;
}

bool
tunnel_ports_add(struct tunnel_ports *p, enum tunnel_kind kind, uint16_t port)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->rows[i].port == port) {
			p->rows[i].kind = (uint8_t)kind;
			return true;
		}
	if (p->count == TUNNEL_PORTS_MAX)
		return false;
	p->rows[p->count].port = port;
	p->rows[p->count++].kind = (uint8_t)kind;
	return true;
}

enum tunnel_kind
tunnel_ports_find(const struct tunnel_ports *p, unsigned port)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->rows[i].port == port)
			return (enum tunnel_kind)p->rows[i].kind;
	return TUNNEL_NONE;
}
