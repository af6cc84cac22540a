/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_LIVE_H
#define CAPTURE_LIVE_H

/*
 * Packets from network interfaces, through libpcap: each with a ring in the kernel, in
 * promiscuous mode if wanted, the filter in the kernel, times in nanoseconds where the system
 * has them.  What the kernel and the interface dropped is counted.
 *
 * An interface that is taken down is waited for; one that vanishes ends, the others go on.
 *
 * live_open; live_next...; live_count before counters are looked at; live_stop and live_next
 * until nothing comes, so that what was received is read; live_close.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "capture/packet.h"

enum {
	LIVE_INTERFACES_MAX = 32,
	LIVE_NAME_MAX = 128,
	LIVE_SNAP_MAX = 262144,  /* as tcpdump's: no frame is longer */
	LIVE_TEXT_MAX = 256,     /* libpcap's messages */
	LIVE_HOLD_MILLIS = 100   /* how long the kernel gathers packets before it shows them */
};

struct live_options {
	const char *const *interfaces;
	size_t interface_count; /* 1 to LIVE_INTERFACES_MAX */
	uint32_t snap_length;   /* octets of a frame that are kept, 1 to LIVE_SNAP_MAX */
	uint64_t ring;          /* octets of each interface's ring, below 2^31 */
	bool promiscuous;
	const char *filter;     /* pcap-filter(7), or NULL */
};

/* What the system counts for an interface since it was opened. */
struct live_counts {
	uint64_t received;          /* matched the filter; on Linux: read + dropped, once all is read;
	                             * but on loopback packets on their way out count, and are not shown */
	uint64_t dropped;           /* of these, for want of room in the ring */
	uint64_t interface_dropped; /* by the interface or its driver, before the filter */
};

struct live_interface {
	char name[LIVE_NAME_MAX];
	uint16_t link_type; /* LINKTYPE_ */
	uint32_t snap_length;
	bool nanoseconds;
	bool gone;
	char text[LIVE_TEXT_MAX]; /* why it is gone, or what is to be told at the start; "" for nothing */
	uint64_t packets; /* handed on */
	struct live_counts counts; /* as of the last live_count */
};

struct live;

MUST_USE enum status live_open(const struct live_options *o, struct live **out, struct fault *f);
/*
 * Up to max packets into batch; where none is there, waits up to `millis` or for a signal, and
 * *count may be 0.  Their data stay valid until the next call; packets of several interfaces are
 * not merged by time.  STATUS_END: no interface is left.
 */
MUST_USE enum status live_next(struct live *l, struct packet *batch, size_t max, int millis,
    size_t *count, struct fault *f);
/* Whether the last live_next left nothing in the rings that the kernel had shown. */
bool live_drained(const struct live *l);
/* From now on no packet enters the rings; what is in them can still be read. */
void live_stop(struct live *l);
/* Asks the system for its counters. */
void live_count(struct live *l);
const struct live_interface *live_interfaces(struct live *l, size_t *count);
void live_close(struct live *l);

#endif
