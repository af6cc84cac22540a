/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_COLLECTOR_CORE_H
#define CAPTURE_COLLECTOR_CORE_H

/* What the collector's files share: collector.c, collector_sflow.c, collector_carried.c.  Internal to them. */

#include "capture/collector.h"
#include "capture/options_apply.h"
#include "capture/section.h"
#include "capture/sflow_row.h"
#include "flow/message.h"
#include "flow/row_decode.h"

struct collector {
	collector_emit emit;
	void *ctx;
	struct table *table;
	struct row_decoder *decoder;
	struct sflow_rows *sflow_rows;
	struct sections *sections;
	struct netflow_fixed fixed;
	struct exporters *exporters;
	struct collector_counts counts;
	uint64_t segment;
	uint64_t seed;
	bool silent;        /* what comes is another run's */
	bool carrying;      /* what comes stands at a segment's head */
	enum status failed; /* sticks */
};

/* One message on its way into rows. */
struct decoding {
	struct collector *c;
	struct exporter *x;
	struct exporter_domain *domain;
	const struct datagram *datagram;
	const uint8_t *start;  /* of the octets that offsets count from */
	size_t offset;         /* of `start` in the datagram */
	uint64_t late_segment; /* of a set that waited: where its datagram is, else 0 */
	bool late;             /* its template came behind it */
	struct export_header header;
	struct decode_counters *counters; /* for what is found in its records */
	uint32_t unread;       /* octets of sets without a template */
	struct options_in_force options;
	uint64_t init;         /* when the exporter started, by its options */
	struct waiting_octets *copy; /* of the datagram, when sets of it wait */
};

/* Rows that follow each other, and where they begin: the first, and every stride octets. */
struct run_place {
	const uint8_t *octets;
	size_t count;
	size_t stride;
};

/* Where the rows from `row` on came from. */
void collector_way(const struct decoding *g, const struct run_place *at, struct table *t, size_t row);
/* So many rows were added: a table that is full is handed over. */
MUST_USE enum status collector_added(struct collector *c, size_t count, struct fault *f);
/* The message's place in the sequence of its domain, by its header and these units. */
enum ledger_verdict collector_sequence(const struct decoding *g, uint32_t units, uint32_t slack,
    const uint8_t *data, size_t len);

/* The messages of a datagram; those of one exporter too many are counted as refused. */
MUST_USE enum status collector_datagram(struct collector *c, const struct datagram *d,
    uint64_t segment, bool inherited, struct fault *f);

/* Decodes a set that waited: nothing where its template has not come. */
MUST_USE enum status collector_decode_set(struct collector *c, struct exporter *x,
    const struct waiting_set *set, struct fault *f);

/* collector_sflow.c: one sFlow datagram; *used is its octets, 0 if it is none of version 5. */
MUST_USE enum status collector_sflow(struct collector *c, struct exporter *x,
    const struct datagram *d, struct cursor octets, size_t *used, struct fault *f);

#endif
