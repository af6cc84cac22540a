/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_TUNNEL_H
#define CAPTURE_TUNNEL_H

/*
 * The kinds of tunnels, what is kept of each that a packet came through, and the UDP ports
 * that mean one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tunnel_kind {
	TUNNEL_NONE,
#define TUNNEL(id, name, ports) TUNNEL_##id,
#include "capture/tunnel.def"
#undef TUNNEL
	TUNNEL_KINDS
};

enum {
	TUNNEL_LAYERS_MAX = 4, /* tunnels inside each other that are seen through */
	TUNNEL_PORTS_MAX = 64,
	TUNNEL_PATH_TEXT = 64  /* octets of all names of a path, slashes and the NUL */
};

enum {
	TUNNEL_HAS_ID = 1,
	TUNNEL_SEGMENT = 2,      /* the id is a virtual network's, the same both ways */
	TUNNEL_ID_HIGH = 4,      /* the id's last octet may differ within a flow (NVGRE) */
	TUNNEL_MIRROR = 8        /* both directions of a flow go the same way through it */
};

/* One tunnel; addresses as in struct flow_key, the sender's first. */
struct tunnel_layer {
	uint64_t src[2];
	uint64_t dst[2];
	uint32_t id;
	uint8_t kind;
	uint8_t version; /* of the addresses; 0: no IP packet carries it */
	uint8_t marks;   /* TUNNEL_ bits */
};

/* All tunnels around a packet, the outermost first. */
struct tunnel_path {
	struct tunnel_layer layers[TUNNEL_LAYERS_MAX];
	uint64_t segments; /* the two innermost segments' ids, each + 1, as 32-bit halves; or 0 */
	uint8_t depth;     /* layers that hold */
};

/* Which UDP ports mean which tunnel. */
struct tunnel_ports {
	struct {
		uint16_t port;
		uint8_t kind;
	} rows[TUNNEL_PORTS_MAX];
	size_t count;
};

/* "vxlan", ...; NULL for TUNNEL_NONE and what is no kind. */
const char *tunnel_name(unsigned kind);
/* The kind of this name that UDP ports can mean; TUNNEL_NONE if there is none. */
enum tunnel_kind tunnel_on_udp(const char *name, size_t len);
/* The names of a path, the outermost first, as "gre/vxlan"; out has TUNNEL_PATH_TEXT octets. */
void tunnel_path_text(const uint8_t *kinds, size_t count, char *out);

void tunnel_ports_default(struct tunnel_ports *p);
/* No port means this kind any more. */
void tunnel_ports_clear(struct tunnel_ports *p, enum tunnel_kind kind);
/* A port has one meaning, the last one given.  False: TUNNEL_PORTS_MAX are in use. */
bool tunnel_ports_add(struct tunnel_ports *p, enum tunnel_kind kind, uint16_t port);
/* TUNNEL_NONE where the port has no meaning. */
enum tunnel_kind tunnel_ports_find(const struct tunnel_ports *p, unsigned port);

static inline const struct tunnel_layer *
tunnel_innermost(const struct tunnel_path *p)
{
	return &p->layers[p->depth - 1];
}

#endif
