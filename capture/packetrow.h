/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_PACKETROW_H
#define CAPTURE_PACKETROW_H

/*
 * One packet as a row: the columns that a dissected header fills, where exporters send the
 * beginning of a packet (sFlow's sampled header, IPFIX's sections).
 */

#include "base/jsonw.h"
#include "capture/dissect.h"
#include "flow/table.h"

struct packetrow {
	struct dissected d;
	struct tunnelled t;
	enum reject reject;
	bool link;   /* what is below IP was read: MACs, tags, label */
	bool ip;     /* ... and IP's fixed header */
	bool length; /* ... and d.ip_bytes holds */
};

/* Dissects; what of it can be used although it was rejected is said. */
void packetrow_dissect(const struct dissector *x, const struct packet *p, struct packetrow *out);
/*
 * The columns but for packets, bytes and times.  Ports are null where the header was cut
 * before them, and 0 of later fragments.
 */
void packetrow_set(const struct packetrow *r, struct table *t, size_t row);
/* The tunnels around the innermost as the key "tunnels" of an object; nothing without any. */
void packetrow_write(const struct packetrow *r, struct jsonw *j);

#endif
