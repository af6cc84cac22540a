/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_DERIVE_H
#define VERIFY_DERIVE_H

/*
 * How a segment's table is made again of the datagrams that it keeps.  The decoder is the
 * collector's: whoever asks for a deep check brings it along.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "flow/table_queue.h"

/* A record in a datagram of an earlier segment, which waited for its template. */
struct derive_late {
	uint64_t segment;
	uint64_t datagram; /* its number there */
	uint64_t offset;   /* of the record, in the datagram */
	const char *path;  /* of that segment's datagrams */
};

struct derive_task {
	const char *datagrams; /* path, or NULL: it keeps none */
	const char *messages;  /* likewise of those that came over TCP, TLS or out of files */
	uint64_t sequence;
	const struct derive_late *late; /* by segment, datagram and offset */
	size_t late_count;
	table_consume take;             /* its rows, in their order */
	void *take_ctx;
};

/* What its datagrams are. */
struct derive_counts {
	uint64_t datagrams;
	uint64_t carried;
	uint64_t messages;
	uint64_t messages_carried;
};

struct deriver {
	enum status (*derive)(void *ctx, const struct derive_task *task, struct derive_counts *out,
	    struct fault *f); /* NULL: nothing is derived.  Several threads call it. */
	void *ctx;
};

#endif
