/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_FLOWTUNNEL_H
#define CAPTURE_FLOWTUNNEL_H

/*
 * What carries the packets of a flow: its innermost tunnel as each side's first packet came
 * through it, and the tunnels around that of the flow's first such packet.  Only the flows
 * that have some (KEY_TUNNEL in their key) take memory for it: entries that are used
 * again, found by a number beside the flow cache.  flowtunnel_open; note...; row, which
 * gives the entry back; flowtunnel_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "capture/beside.h"
#include "capture/biflow.h"
#include "capture/tunnel.h"
#include "flow/table.h"

struct flow_tunnel {
	struct tunnel_layer way[2];        /* the innermost, by the side that sent: 0 is side A */
	uint64_t segments;                 /* as in struct tunnel_path */
	uint8_t kinds[TUNNEL_LAYERS_MAX];  /* of the first packet's path, the outermost first */
	uint8_t depth;
	uint8_t seen;                      /* 1 << side: way holds */
	bool first_b;                      /* the path is that of a packet of side B */
	uint32_t entry;                    /* its own; the next one's in the list of the spare */
};

struct flowtunnel {
	struct beside entries; /* uint32_t by the flow's number */
	struct beside flows;   /* struct flow_tunnel by entry */
	struct beside around;  /* the path's other layers by entry, where there are some */
	size_t numbers;
	uint32_t fresh;        /* entries from here on were never used */
	uint32_t spare;        /* list of those given back, UINT32_MAX ends it */
};

/* For the flow numbers below `numbers`; takes no memory until a tunnel is seen. */
void flowtunnel_open(struct flowtunnel *ft, size_t numbers);
void flowtunnel_free(struct flowtunnel *ft);

/* A packet of side_b that came through p is counted into flow `number`.  False: no memory. */
MUST_USE bool flowtunnel_note(struct flowtunnel *ft, uint32_t number, struct biflow *b,
    const struct tunnel_path *p, bool side_b);
/* NULL for a flow without a tunnel. */
const struct flow_tunnel *flowtunnel_at(const struct flowtunnel *ft, uint32_t number,
    const struct biflow *b);
/* Whether a packet of side_b through p (NULL: through none) comes the flow's way or back it. */
bool flowtunnel_same_path(const struct flowtunnel *ft, uint32_t number, const struct biflow *b,
    const struct tunnel_path *p, bool side_b);
/* A number for that, the same for both directions; 0 for none. */
uint64_t tunnel_path_hash(const struct tunnel_path *p, uint64_t secret);
uint64_t flowtunnel_hash(const struct flowtunnel *ft, uint32_t number, const struct biflow *b,
    uint64_t secret);
/* The columns of the row of a flow that has a tunnel; the flow is over. */
void flowtunnel_row(struct flowtunnel *ft, uint32_t number, const struct biflow *b,
    struct table *t, size_t row);

#endif
