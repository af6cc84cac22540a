/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_FACTS_H
#define ARCHIVE_FACTS_H

/* What a writing command tells the archive about a segment, for its manifest. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "flow/accounting.h"

struct facts_input {
	const char *name;
	uint64_t size;
	uint8_t sha256[32];
	bool hashed; /* false: "sha256":null, and "input_hash":false in the options in force */
	int container;
	bool capture;
	uint64_t packets;
	const char *format;
};

struct facts_option {
	const char *name;
	const char *value; /* as text */
};

struct facts_finding {
	const char *code; /* "TRUNCATED", "DAMAGED", ... */
	const char *file;
	bool at_offset;
	uint64_t offset;
	const char *text;
};

/* A loss counter beside the meter's own. */
struct facts_loss {
	const char *name; /* a name of nfseal-archive(5) */
	uint64_t value;
};

enum { FACTS_LOSSES_MAX = 200 };

/* All borrowed for the call. */
struct segment_facts {
	const char *source; /* "files", "interface", "exporters", "close": nfseal-archive(5), MANIFEST */
	const struct facts_input *inputs;
	size_t input_count;
	const struct facts_option *options;
	size_t option_count;
	const struct facts_finding *findings;
	size_t finding_count;
	const struct facts_loss *losses;
	size_t loss_count; /* at most FACTS_LOSSES_MAX */
	struct accounting accounting;
	int64_t from; /* packet time of the interval, nanoseconds; 0 and 0: unknown */
	int64_t to;
	bool interrupted;
};

/* A copy that owns all that it points to, for a seal that goes on while the caller does. */
MUST_USE enum status facts_copy(struct segment_facts *to, const struct segment_facts *from,
    struct fault *f);
void facts_free(struct segment_facts *facts); /* of facts_copy only; a zeroed one too */

#endif
