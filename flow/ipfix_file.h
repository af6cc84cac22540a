/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_IPFIX_FILE_H
#define FLOW_IPFIX_FILE_H

/*
 * IPFIX files and streams (RFC 5655): messages back to back.  Reading needs one message of
 * memory; what stands before damage is given first, then the fault with its offset.
 * Writing makes messages of up to 65535 octets, whose export times are those of the flows.
 *
 * ipfix_file_open; _next until STATUS_END; _free.
 * ipfix_writer_open; _put per table; _finish; _free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sink.h"
#include "base/status.h"
#include "flow/decode.h"
#include "flow/pack.h"
#include "flow/table.h"

struct ipfix_source {
	/* Up to len octets; *got is 0 at the end. */
	enum status (*read)(void *ctx, void *data, size_t len, size_t *got, struct fault *f);
	void *ctx;
	const char *name; /* for faults; outlives the file */
};

struct ipfix_file;

enum { IPFIX_PROBE_SIZE = 4 };

/* Whether a file that begins with these octets can be one. */
bool ipfix_file_probe(const void *data, size_t len);
MUST_USE enum status ipfix_file_open(const struct ipfix_source *source, struct ipfix_file **out,
    struct fault *f);
/*
 * The next rows into t, which is reset first.  STATUS_TRUNCATED where the last message is
 * cut, STATUS_MALFORMED where no message begins: nothing can be read behind that.
 */
MUST_USE enum status ipfix_file_next(struct ipfix_file *file, struct table *t, struct fault *f);
const struct decode_counters *ipfix_file_counters(const struct ipfix_file *file);
void ipfix_file_free(struct ipfix_file *file);

struct ipfix_writer_options {
	uint32_t domain;  /* observation domain */
	bool milliseconds; /* leave finer times out */
};

struct ipfix_writer;

MUST_USE enum status ipfix_writer_open(const struct ipfix_writer_options *o,
    const struct sink *sink, struct ipfix_writer **out, struct fault *f);
MUST_USE enum status ipfix_writer_put(struct ipfix_writer *w, const struct table *t,
    struct fault *f);
MUST_USE enum status ipfix_writer_finish(struct ipfix_writer *w, struct fault *f);
const struct pack_stats *ipfix_writer_stats(const struct ipfix_writer *w);
void ipfix_writer_free(struct ipfix_writer *w);

#endif
