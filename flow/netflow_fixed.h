/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_NETFLOW_FIXED_H
#define FLOW_NETFLOW_FIXED_H

/*
 * NetFlow 1, 5 and 7: datagrams of records of a fixed layout, IPv4 only.  Decoding gives
 * records of built-in templates, so that row_decode knows them.
 * netflow_fixed_open; per datagram netflow_fixed_message, then netflow_fixed_next until it
 * says false; netflow_fixed_close.
 */

#include "base/cursor.h"
#include "flow/decode.h"
#include "flow/record.h"

enum { NETFLOW_FIXED_VERSIONS = 3 };

/* The built-in templates, of versions 1, 5 and 7. */
struct netflow_fixed {
	struct template *templates[NETFLOW_FIXED_VERSIONS];
};

struct netflow_fixed_message {
	struct export_header header;
	const struct template *template;
	struct cursor rest;
	size_t left; /* records to come */
	struct decode_counters *counters;
};

MUST_USE enum status netflow_fixed_open(struct netflow_fixed *n, struct fault *f);
void netflow_fixed_close(struct netflow_fixed *n);

/* Whether one of these has this version. */
bool netflow_fixed_known(unsigned version);
/*
 * False if it is no such message.  A count above what is there is counted as COUNT.  What
 * follows the announced records stays in m->rest: a file may have the next message there.
 */
bool netflow_fixed_message(struct netflow_fixed_message *m, const void *data, size_t len,
    const struct netflow_fixed *n, struct decode_counters *counters);
bool netflow_fixed_next(struct netflow_fixed_message *m, struct record *out);
/* All that are left, at most `most`. */
bool netflow_fixed_run(struct netflow_fixed_message *m, size_t most, struct record_run *out);

#endif
