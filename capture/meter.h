/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_METER_H
#define CAPTURE_METER_H

/*
 * The flow cache: packets in, flows out as rows of a table (RFC 7011 section 2: metering
 * process; RFC 5103: biflows).  Time is packet time; nothing depends on how the packets
 * are cut into batches or files, on threads, or on hash order.  Memory is bounded by
 * max_flows and max_fragments.  meter_open; meter_put per batch; meter_finish; meter_free.
 *
 * - Forward is who sent a SYN without ACK, else who was seen first; a continued flow (after
 *   the active timeout) keeps its direction.
 * - A packet more than `idle` after the flow's last one (or before its first one: files may
 *   be given in any order) begins another flow, exactly; so does one that would make the
 *   flow longer than `active`.  A flow that gets no more packets is written within 1/64 of
 *   the longest timeout after it is due, by the clock, which is the highest time of a metered
 *   packet and never goes back.
 * - A TCP connection is finished by FINs acknowledged both ways (one-way metering: one FIN)
 *   or a reset; its flow takes what comes within `linger` and ends as END_OF_FLOW, however
 *   it leaves the cache; a new SYN begins another.
 * - ICMP has no ports in the key; echo and reply are one biflow.
 * - Later fragments are counted into their first one's flow with their own times.  Those
 *   without a first within fragment_wait are a flow with ports 0.
 * - Of a packet in a tunnel the packet inside is metered (capture/dissect.h), and what
 *   carries it stands in the flow's row.  Later fragments of the packet outside are metered
 *   as such: what they carry was counted, whole, with the first one.
 * - A full cache ends the flow that would have been over next.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "capture/packet.h"
#include "capture/tunnel.h"
#include "flow/accounting.h"
#include "flow/table.h"

/* IANA's flowEndReason (136). */
enum end_reason {
	END_IDLE = 1,
	END_ACTIVE = 2,
	END_OF_FLOW = 3,
	END_FORCED = 4, /* the run ended */
	END_NO_RESOURCES = 5
};

/* What makes the key beside addresses and protocol. */
enum { METER_KEY_PORTS = 1, METER_KEY_VLAN = 2, METER_KEY_MAC = 4, METER_KEY_TOS = 8, METER_KEY_MPLS = 16,
	METER_KEY_TUNNEL = 32 };

/* Of a packet in a tunnel: which flow it is counted into. */
enum meter_tunnels {
	METER_TUNNELS_INNER, /* the innermost packet's */
	METER_TUNNELS_OUTER, /* the outermost one's */
	METER_TUNNELS_BOTH   /* both */
};

/* What to ask of a flow beyond its counters (capture/depth.h). */
enum { METER_DEPTH_TCP = 1, METER_DEPTH_PAYLOAD = 2, METER_DEPTH_APP = 4, METER_DEPTH_COMMUNITY_ID = 8 };

enum { METER_PAYLOAD_MAX = 4096 };

struct meter_options {
	bool uniflow;
	unsigned key;           /* METER_KEY_ bits; default PORTS | VLAN */
	int64_t active;         /* nanoseconds; default 300 s; 0 = never */
	int64_t idle;           /* default 60 s */
	int64_t linger;         /* after FINs or RST; default 5 s */
	size_t max_flows;       /* default 4 Mi */
	int64_t fragment_wait;  /* default 30 s */
	size_t max_fragments;   /* waiting later fragments; default 16384 */
	size_t rows;            /* of the tables that it fills; default TABLE_ROWS */
	uint64_t seed;          /* of the hash; changes nothing in the output */
	int64_t dedup;          /* reject copies within so many nanoseconds (capture/dedup.h); 0: none */
	unsigned depth;         /* METER_DEPTH_ bits; default none */
	uint16_t community_seed;
	size_t payload;         /* octets each way of METER_DEPTH_PAYLOAD, 1 to METER_PAYLOAD_MAX */
	unsigned readers;       /* of METER_DEPTH_APP: bits of app_readers[] (capture/app.h) */
	enum meter_tunnels tunnels;        /* default INNER */
	struct tunnel_ports tunnel_ports;  /* default tunnel_ports_default() */
};

/*
 * Takes a full (or the last) table and gives back an empty one in *t, which may be the same
 * after table_reset.  Rows come ordered by the packet that ended the flow, then by its first
 * packet.
 */
typedef enum status (*meter_emit)(void *ctx, struct table **t, struct fault *f);

struct item;
struct meter;

void meter_defaults(struct meter_options *o);
MUST_USE enum status meter_open(const struct meter_options *o, meter_emit emit, void *ctx,
    struct meter **out, struct fault *f);
/*
 * matched[i] == 0 means that the capture filter refused packet i (NULL: all matched).
 */
MUST_USE enum status meter_put(struct meter *m, const struct packet *packets, size_t count,
    const uint8_t *matched, struct fault *f);
/*
 * meter_put in two halves, for two threads.  meter_dissect reads only what never changes in
 * the meter, and may run beside anything; meter_update takes the same items, in the order of
 * their packets, while their frames are still in memory.
 */
void meter_dissect(const struct meter *m, const struct packet *packets, size_t count,
    const uint8_t *matched, struct item *items);
MUST_USE enum status meter_update(struct meter *m, struct item *items, size_t count,
    struct fault *f);
/* Expires what is due at `time` (packet time) before a rotation, hands over the rows so far. */
MUST_USE enum status meter_flush(struct meter *m, int64_t time, struct fault *f);
/* Ends every flow (END_FORCED) and hands over the rest. */
MUST_USE enum status meter_finish(struct meter *m, struct fault *f);
/*
 * Ends every flow as meter_finish does, and goes on with a clock that begins anew: for packets
 * whose clock was set back.
 */
MUST_USE enum status meter_restart(struct meter *m, struct fault *f);
/* The counts since the last call with reset, carried_in and carried_out filled. */
void meter_account(struct meter *m, struct accounting *out, bool reset);
/*
 * The same without reset and without counting anew: carried_out is what the identity leaves.  For
 * those who ask often.
 */
void meter_account_so_far(const struct meter *m, struct accounting *out);
/* Flows in the cache. */
size_t meter_flows(const struct meter *m);
void meter_free(struct meter *m);

#endif
