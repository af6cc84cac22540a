/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_ANNOUNCE_H
#define FLOW_ANNOUNCE_H

/*
 * What an exporter says by option records (RFC 3954 section 6, RFC 7011 section 3.4.2) so that the
 * rows behind them mean what they meant: how packets were sampled, what interfaces and VRFs are
 * called, whose flows these are.  It keeps what was told, tells what a row needs and the receiver
 * does not know, or knows otherwise, and begins anew where its memory is full.
 * announcer_open; announcer_table per table; announcer_due, announcer_told per row; announcer_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"
#include "flow/ipfix_decode.h"
#include "flow/loss.h"
#include "flow/table.h"

enum {
	ANNOUNCE_SAMPLING = 1,
	ANNOUNCE_NAMES = 2, /* of interfaces and VRFs */
	ANNOUNCE_EXPORTER = 4,
	ANNOUNCE_ALL = 7
};

enum {
	ANNOUNCE_ID_FIRST = 1024,      /* of our options templates: those of flows are below */
	ANNOUNCE_NAME_MAX = 216,       /* octets of a name: twice that fits the smallest message */
	ANNOUNCE_OCTETS_MAX = 1 << 18  /* what is remembered of names, of one observation domain */
};

/* The tables of which records are told, each with a template of its own. */
enum announce_kind {
	ANNOUNCE_SAMPLER,
	ANNOUNCE_INTERFACE,
	ANNOUNCE_INTERFACE_LONG, /* whose name is longer than 32 octets */
	ANNOUNCE_VRF,
	ANNOUNCE_VRF_LONG,
	ANNOUNCE_EXPORTER4,
	ANNOUNCE_EXPORTER6,
	ANNOUNCE_KINDS
};

/* One option record; what it points to is the table's or the announcer's until the next row. */
struct announcement {
	enum announce_kind kind;
	uint32_t key;        /* sampler's id, ifIndex, VRF's id */
	uint32_t interval;   /* of a sampler: one of so many packets */
	const uint8_t *name;
	size_t len;
	const struct address *exporter;
};

struct announcer;

/* what: of ANNOUNCE_... */
MUST_USE enum status announcer_open(unsigned what, struct announcer **out, struct fault *f);
void announcer_free(struct announcer *a);
/* Adds the columns that come out by what is told. */
void announcer_carries(const struct announcer *a, struct column_set *out);
/* The table of the rows from here on, also when it has changed. */
void announcer_table(struct announcer *a, const struct table *t);
/* Something is to be told before this row; true again until it was told (announcer_told). */
bool announcer_due(struct announcer *a, const struct table *t, size_t row, struct announcement *out);
MUST_USE enum status announcer_told(struct announcer *a, const struct announcement *x, struct fault *f);
/* The kinds that the row's records may be of, told or not, a bit each. */
unsigned announcer_kinds(const struct announcer *a, const struct table *t, size_t row);
/* Names of the row that cannot be told, since they belong to no number or are too long. */
void announcer_loss(const struct announcer *a, const struct table *t, size_t row, struct loss *loss);
/* What was told is to be told again, before the rows that need it. */
void announcer_refresh(struct announcer *a);
/* Counts up with that. */
uint64_t announcer_generation(const struct announcer *a);
/* The id by which a flow's record names its sampler; 0: it has none. */
uint32_t announcer_sampler(const struct announcer *a, int64_t interval);

/* All that was told, the walk zeroed at first; false behind the last. */
struct announcer_walk {
	size_t at;
	size_t bucket;
	const void *entry;
};
bool announcer_next(const struct announcer *a, struct announcer_walk *w, struct announcement *out);

/* The template's id; its record, and the option record, appended. */
uint16_t announcement_id(enum announce_kind kind);
void announcement_template(enum dialect dialect, enum announce_kind kind, struct buf *out);
void announcement_record(enum dialect dialect, uint32_t domain, const struct announcement *x,
    struct buf *out);

#endif
