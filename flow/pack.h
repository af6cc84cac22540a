/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_PACK_H
#define FLOW_PACK_H

/*
 * Packs rows into export messages of a bounded size: templates before the records that need
 * them, sequence numbers as each protocol counts (5: flows, 9: datagrams, IPFIX: data
 * records, those of options too), and header clocks made from the flows' own times, so that the same rows give the
 * same octets, or from the time that the caller tells (pack_now).  Where the protocol has no
 * biflows, a flow with packets in its other direction becomes two records.
 * pack_open; pack_put per table; pack_flush; pack_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "flow/loss.h"
#include "flow/table.h"

enum pack_format { PACK_NETFLOW5, PACK_NETFLOW9, PACK_IPFIX, PACK_FORMAT_COUNT };

enum {
	PACK_DATAGRAM_DEFAULT = 1400, /* octets: fits every path that carries Ethernet */
	PACK_MESSAGE_LEAST = 512,
	PACK_MESSAGE_MAX = 65535,
	PACK_REFRESH_DEFAULT = 256
};

struct pack_options {
	enum pack_format format;
	size_t max_octets;      /* of a message, PACK_MESSAGE_LEAST to PACK_MESSAGE_MAX */
	uint32_t refresh;       /* messages after which templates come again; 0: never */
	uint32_t domain;        /* observation domain, source id; engine of NetFlow 5 */
	bool precise;           /* IPFIX: times finer than milliseconds too */
	unsigned announce;      /* what is told by option records: ANNOUNCE_... of flow/announce.h */
	struct column_set required; /* fields that every record has, zeros where there is no value */
};

struct pack_stats {
	uint64_t flows;     /* given */
	uint64_t records;
	uint64_t messages;
	uint64_t octets;
	uint64_t templates; /* repeated ones too */
	uint64_t options;   /* option records, likewise; none of `records` */
	struct loss loss;
};

/* A whole message with so many data records; borrowed for the call. */
typedef enum status (*pack_emit)(void *ctx, const uint8_t *data, size_t len, size_t records,
    struct fault *f);

struct packer;

/* "netflow5", "netflow9", "ipfix"; false if it is none. */
bool pack_format_find(const char *name, enum pack_format *out);
const char *pack_format_name(enum pack_format format);

MUST_USE enum status pack_open(const struct pack_options *o, pack_emit emit, void *ctx,
    struct packer **out, struct fault *f);
/* The rows with matched[row] != 0; all if matched is NULL. */
MUST_USE enum status pack_put(struct packer *p, const struct table *t, const uint8_t *matched,
    struct fault *f);
/* Of these, rows from to to - 1. */
MUST_USE enum status pack_put_rows(struct packer *p, const struct table *t, size_t from, size_t to,
    const uint8_t *matched, struct fault *f);
/*
 * The templates that these rows and their options need and that are new go now, behind what is left; *sent where there
 * are such.  A receiver may need time for them.
 */
MUST_USE enum status pack_prepare(struct packer *p, const struct table *t, size_t from, size_t to,
    const uint8_t *matched, bool *sent, struct fault *f);
/* Emits what is left. */
MUST_USE enum status pack_flush(struct packer *p, struct fault *f);
/*
 * The time now, in seconds since 1970, for an exporter that is live: headers say it from here
 * on, but never a time before the end of a flow that they bring.
 */
void pack_now(struct packer *p, int64_t seconds);
/* Templates that were sent are due again, before the next record that needs them. */
void pack_refresh(struct packer *p);
/* Emits what is left, and every template that is due, without waiting for a record. */
MUST_USE enum status pack_templates(struct packer *p, struct fault *f);
/*
 * The receiver knows nothing any more, as on a new connection (RFC 7011 section 10.4.2): the templates
 * go again by `emit`, and the sequence begins anew.  May be called while pack_open's emit has a
 * message, which is then the first one with records; its sequence number is set right.  IPFIX only.
 */
MUST_USE enum status pack_restart(struct packer *p, pack_emit emit, void *ctx, struct fault *f);
const struct pack_stats *pack_stats(const struct packer *p);
void pack_free(struct packer *p);

#endif
