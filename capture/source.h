/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_SOURCE_H
#define CAPTURE_SOURCE_H

/*
 * Packets out of files: pcap and pcapng, plain or compressed, inside archives, or standard
 * input, one path after the other as they were given.  Every input (each path, and each
 * capture inside an archive) is hashed to its end, also after damage, on a thread of its
 * own.  Damage ends one input, not the run: it becomes a finding, what was good is kept.
 *
 * source_open; source_next until STATUS_END; source_inputs and source_findings; source_close.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "capture/packet.h"

struct source_options {
	const char *const *paths; /* "-" is standard input; must outlive the source */
	size_t path_count;
	bool hash;                       /* false for --no-input-hash */
	bool messages; /* the inputs are IPFIX streams, and their messages the packets (ipfix_stream.h) */
	const volatile int *interrupted; /* non-zero: end as if the input ended; may be NULL */
};

/* One entry of the manifest's "inputs": a path, or a capture inside one. */
struct source_input {
	char *name;       /* as given; a member as "PATH:MEMBER" (nested: more colons) */
	uint64_t size;    /* octets read of it (of a member: decompressed) */
	uint8_t sha256[32];
	bool hashed;
	int container;    /* index of the input that contains it, or -1 */
	bool capture;     /* false: a container, or no capture with a header that can be read */
	uint64_t packets; /* read from it */
	const char *format; /* "pcap", "pcapng", "gzip", "zip", ... static text */
};

/* Something to tell: damage (exit 3), no capture at all (exit 5), a skipped member (notice). */
enum source_finding_code {
	SOURCE_TRUNCATED,   /* ended inside a record */
	SOURCE_DAMAGED,     /* a rule of the format is broken; the rest of this input is lost */
	SOURCE_NOT_CAPTURE, /* no capture format at all */
	SOURCE_SKIPPED,     /* a member that is no capture: a notice */
	SOURCE_IO           /* it could not be opened or read */
};

/* "TRUNCATED", ...: in manifests and in --json. */
const char *source_finding_name(enum source_finding_code code);

struct source_finding {
	enum source_finding_code code;
	int input;           /* index into the inputs */
	struct fault fault;  /* file (with the member's name), offset in the decompressed stream, text */
};

struct block;
struct source;

MUST_USE enum status source_open(const struct source_options *o, struct source **out,
    struct fault *f);
/*
 * Up to max packets of the current input into batch; *count > 0 with STATUS_OK.  Their
 * data stay valid until the next call.  STATUS_END after the last input.  Failures are only
 * what ends the whole run (STATUS_NO_MEMORY; STATUS_LIMIT for too many inputs); a bad input
 * is a finding instead.
 */
MUST_USE enum status source_next(struct source *s, struct packet *batch, size_t max,
    size_t *count, struct fault *f);
/*
 * Keeps the frames of the packets that source_next just gave in memory, beyond its next call,
 * until source_release, which any thread may call.  Few: block.h says how many.
 */
struct block *source_hold(struct source *s);
void source_release(struct source *s, struct block *b);
/* From another thread: the next source_next ends as if it were interrupted, soon. */
void source_stop(struct source *s);
/* Complete after STATUS_END: waits for the hashes. Borrowed until source_close. */
const struct source_input *source_inputs(struct source *s, size_t *count);
const struct source_finding *source_findings(struct source *s, size_t *count);
/* Octets of the paths read so far and in all (0 if unknown), for the progress line. */
void source_progress(const struct source *s, uint64_t *done, uint64_t *total);
void source_close(struct source *s);

#endif
