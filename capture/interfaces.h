/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_INTERFACES_H
#define CAPTURE_INTERFACES_H

/*
 * What an sFlow agent tells of its interfaces, one list for each domain: counters, and the
 * sequence of their samples.  Keyed by ifIndex, and by sFlow's other classes of data sources.
 * Bounded: what is beyond the quotas is not listed and counted.  interfaces_find makes list
 * and entries; interfaces_free.  (What option records say of interfaces: capture/options.h.)
 */

#include "base/jsonw.h"
#include "base/status.h"
#include "capture/samples.h"

enum {
	INTERFACES_MAX = 4096,       /* of one domain */
	INTERFACES_FORMATS_MAX = 16, /* kinds of counters of one interface */
	INTERFACES_RECORD_MAX = 512  /* octets of a record of counters */
};
enum {
	INTERFACES_EXPORTER_MAX = 4 << 20, /* octets of one exporter's */
	INTERFACES_SURE = 1 << 14,         /* ... that it may have, whatever the others take */
	INTERFACES_TOTAL_MAX = 64 << 20    /* of all exporters together, but for that */
};

/* Octets that they take: of one exporter, and of all. */
struct interfaces_budget {
	size_t *exporter;
	size_t *total;
};

enum interface_class {
	INTERFACE_INDEX,    /* ifIndex */
	INTERFACE_VLAN,
	INTERFACE_PHYSICAL, /* entPhysicalIndex */
	INTERFACE_LOGICAL
};

/* Counters of one format: the first and the last record since the segment began. */
struct interface_counters {
	struct interface_counters *next;
	uint32_t format; /* SFLOW_FORMAT() */
	uint16_t room;   /* octets that either may have */
	uint16_t first_len;
	uint16_t last_len;
	uint64_t records; /* since the segment began; 0: nothing holds */
	int64_t first_time;
	int64_t last_time;
	uint8_t octets[]; /* twice `room` */
};

struct interface {
	struct interface *next;  /* in the order in which they came */
	struct interface *chain; /* of its hash bucket */
	uint32_t class;          /* enum interface_class */
	uint32_t index;
	struct sample_series series[SFLOW_KINDS];
	struct interface_counters *counters;
	unsigned formats;
};

struct interfaces;

/*
 * The interface, made if need be, list and all; what it takes is the budget's.  STATUS_LIMIT
 * beyond a quota, counted; STATUS_NO_MEMORY.
 */
MUST_USE enum status interfaces_find(struct interfaces **list,
    const struct interfaces_budget *b, uint32_t class, uint32_t index, struct interface **out);
/* A record of counters came; one beyond the quotas is counted and not kept. */
MUST_USE enum status interfaces_count(struct interfaces *list,
    const struct interfaces_budget *b, struct interface *i, const struct sflow_record *r, int64_t time);
/* The exporter started anew: so may its sources. */
void interfaces_anew(struct interfaces *list);
/* Counters that came so far are another run's; sequences go on. */
void interfaces_settle(struct interfaces *list);
/* All of them; NULL for none. */
const struct interface *interfaces_first(const struct interfaces *list);
/*
 * Writes those with counters as an array, at most *room (which is lowered), and
 * "interfaces_left_out" if that is not 0; the segment's counters begin anew.
 */
void interfaces_json(struct interfaces *list, size_t *room, struct jsonw *j);
void interfaces_free(struct interfaces *list, const struct interfaces_budget *b);

#endif
