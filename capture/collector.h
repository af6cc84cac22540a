/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_COLLECTOR_H
#define CAPTURE_COLLECTOR_H

/*
 * Export datagrams in, flows out as rows of a table: NetFlow 1, 5, 7, 9, IPFIX and sFlow 5,
 * told by their content.  Every datagram is counted, by its exporter, domain and protocol, or as
 * rejected; data before its template waits and is decoded when that comes.
 * Messages of IPFIX that came in a transport session (struct datagram with another transport than
 * UDP) are an exporter's of their own, which collector_end forgets.
 * collector_open; collector_put per datagram; collector_flush; collector_free.
 *
 * Rows come in the order of the datagrams and of the records in them; a set that waited stands
 * where its template came.  They have, beside what the record says:
 *   exporter_ip, exporter_port, received;
 *   datagram and datagram_record: the datagram's number in its segment, and the record's
 *   offset in the datagram, octets;
 *   message instead of datagram, for what did not come over UDP;
 *   datagram_segment, the segment of its datagram, where the record had to wait;
 *   input and first_frame of a datagram that came out of a capture, input of a message out of
 *   a file, which has no received.
 */

#include <stdint.h>

#include "base/status.h"
#include "capture/exporters.h"
#include "flow/datagram.h"
#include "flow/table.h"

/* Takes a full (or the last) table and gives back an empty one, as meter_emit. */
typedef enum status (*collector_emit)(void *ctx, struct table **t, struct fault *f);

struct collector_counts {
	uint64_t datagrams;  /* received, over UDP */
	uint64_t octets;
	uint64_t messages;   /* and another way */
	uint64_t message_octets;
	uint64_t rejected_version; /* no message of a known protocol */
	uint64_t rejected_header;  /* of a known protocol, but shorter than its header */
	uint64_t rejected_sflow;   /* sFlow of version 2 or 4 */
	uint64_t rejected_limit;   /* beyond the number of exporters, or of domains */
	uint64_t message_limit;    /* messages that were rejected so */
	uint64_t behind;     /* octets behind a datagram's messages that are no message */
	uint64_t records;    /* decoded into rows */
	uint64_t late;       /* of these, records whose template came behind them */
	uint64_t options;    /* option records */
};

struct collector;

/* rows: of each table; seed: of hashes, changes nothing in the output. */
MUST_USE enum status collector_open(size_t rows, uint64_t seed, collector_emit emit, void *ctx,
    struct collector **out, struct fault *f);
/* Rows that wait from here on belong to a segment with this sequence. */
void collector_segment(struct collector *c, uint64_t sequence);
MUST_USE enum status collector_put(struct collector *c, const struct datagram *d, struct fault *f);
/* The session of this datagram (its source, port and session are read) is over; false: it had none. */
bool collector_end(struct collector *c, const struct datagram *d);
/* Templates in force for the next message of this datagram's session; NULL: it has none yet. */
const struct template_set *collector_templates(struct collector *c, const struct datagram *d);

/*
 * The datagrams that define the templates and options in force, to be repeated at the head of a
 * segment: per exporter in the order in which they took effect.  Stops where `take` fails.
 */
typedef enum status (*collector_take)(void *ctx, const struct carried_datagram *d,
    struct fault *f);
MUST_USE enum status collector_carried(struct collector *c, collector_take take, void *ctx,
    struct fault *f);
/* One of these, at a segment's head: its templates and options take effect, its data are no rows. */
MUST_USE enum status collector_put_carried(struct collector *c, const struct datagram *d,
    uint64_t segment, bool inherited, struct fault *f);
/*
 * A datagram of an earlier segment, of which sets still wait for their template: those in which
 * one of these offsets in the datagram lies, in ascending order.  Nothing else of it counts.
 */
MUST_USE enum status collector_put_late(struct collector *c, const struct datagram *d,
    uint64_t segment, const uint64_t *offsets, size_t count, struct fault *f);
/*
 * Between these two datagrams of an earlier run are put, as they stand in its last segment: no rows
 * come of them and nothing is counted, but templates, options, waiting data and sequences go on.
 */
void collector_inherit(struct collector *c);
/* Exporters that were heard last at another time do not count: their templates may be others now. */
void collector_inherited(struct collector *c, int64_t since, int64_t until);
/* As if nothing had been put: where what was to be inherited cannot be read to its end. */
MUST_USE enum status collector_forget(struct collector *c, struct fault *f);

/* Hands over the rows so far. */
MUST_USE enum status collector_flush(struct collector *c, struct fault *f);
const struct collector_counts *collector_counts(const struct collector *c);
struct exporters *collector_exporters(struct collector *c);
void collector_free(struct collector *c);

#endif
