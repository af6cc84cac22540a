/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_READER_H
#define ARCHIVE_READER_H

/*
 * Flows out of an archive: returns only bytes whose chunk was checked, of segments whose
 * manifest has the right signature and place in the chain.  What fails is told by the
 * notice callback (the damaged segment, file and offset), counted, and skipped; the rest is
 * still read.  With `unverified` all is given that can be read, and reader_place says of what it is not
 * true that it was sealed so.  A plain Parquet file, or a single segment's, can be read too, unchecked,
 * and says so.  reader_open; reader_next until STATUS_END; reader_damaged; reader_free.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "flow/datagram.h"
#include "flow/place.h"
#include "flow/table.h"

struct reader_options {
	const char *state;   /* directory, NULL for the default */
	const char *genesis; /* fingerprint in hex, or NULL: remembered, or none */
	struct column_set columns;
	struct column_set presence; /* of these, only whether rows have a value (parquet_reader_presence) */
	int64_t from; /* flow_end >= from and flow_start < to, microseconds; rows outside may still */
	int64_t to;   /* come: this only skips segments and row groups; INT64_MIN and MAX: all */
	bool unverified; /* what differs from what was sealed, or is not proven, is told, and given all the same */
	bool datagrams; /* reader_next_datagram is called instead of reader_next */
};

/* A datagram of a collected segment, or a message that came another way, as it was received. */
struct reader_datagram {
	int64_t received;    /* nanoseconds since 1970; of a file's messages their export time */
	const uint8_t *data; /* the payload of UDP, or one message of IPFIX; until the next call */
	size_t len;
	struct address src;  /* the exporter; family 0 where nobody knows: of files */
	struct address dst;
	uint16_t src_port;
	uint16_t dst_port;
	uint64_t segment;    /* its sequence */
	uint64_t number;     /* in its segment, from 1, of datagrams and of messages; 0: carried */
	enum transport transport;
	uint64_t stream;     /* not of UDP: its transport session, by a number of its own (archive/streams.h) */
	bool ended;          /* no message: that session is over */
	bool carried;        /* it came in an earlier segment, and tells what holds in this one: */
	bool inherited;      /* an earlier run's, and its exporter was not heard since */
	uint64_t came_segment;
	uint64_t came_number; /* in that; 0: it was not kept there */
	uint64_t came_set;    /* not 0: where the body of the only set that counts is, in its octets */
	const uint32_t *records; /* the offsets of its option records that count; as the octets */
	size_t record_count;
};

typedef void (*reader_notice)(void *ctx, const struct fault *fault);

struct reader;

/* path: an archive's directory or a Parquet file. */
MUST_USE enum status reader_open(const char *path, const struct reader_options *o,
    reader_notice notice, void *ctx, struct reader **out, struct fault *f);
/* The next rows into t (reset first). */
MUST_USE enum status reader_next(struct reader *r, struct table *t, struct fault *f);
/*
 * The next datagram or message of the collected segments of an archive, in the order of the chain
 * and of archive/received.h; segments that have none are passed over.  What fails is told and
 * counted as with rows.
 */
MUST_USE enum status reader_next_datagram(struct reader *r, struct reader_datagram *out,
    struct fault *f);
/* The place of the table, or the segment of the datagram, that was given last; what it points to is the reader's. */
struct flow_place reader_place(const struct reader *r);
/*
 * When the flows of the archive's segments that the window lets through begin and end, cut to the
 * window, microseconds; false where no manifest tells.
 */
bool reader_span(const struct reader *r, int64_t *from, int64_t *to);
/* Segments or parts of them that could not be given. */
uint64_t reader_damaged(const struct reader *r);
/* "given", "remembered", "none"; how the genesis was known. */
const char *reader_anchor(const struct reader *r);
void reader_free(struct reader *r);

#endif
