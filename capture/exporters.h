/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_EXPORTERS_H
#define CAPTURE_EXPORTERS_H

/*
 * The exporters that a collector hears: one per source address and port, since NAT hides
 * several behind an address, or one per transport session, each with its templates and, per
 * protocol and observation domain, its sequence, its clock and its counts (RFC 7011 sections
 * 3.1 and 10.3).
 *
 * Bounded: a flood of invented exporters is refused, and counted, when the table is full; an
 * exporter gives way only when it was silent for EXPORTER_IDLE, or said next to nothing and
 * was silent for EXPORTER_TRIED, or its session is over.  exporters_open; exporters_find;
 * exporters_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "capture/carried.h"
#include "capture/options.h"
#include "capture/interfaces.h"
#include "capture/samples.h"
#include "capture/waiting.h"
#include "flow/decode.h"
#include "flow/habit.h"
#include "flow/ledger.h"
#include "flow/template.h"

enum {
	EXPORTERS_MAX = 16384,
	EXPORTER_DOMAINS_MAX = 1024, /* of one exporter */
	EXPORTER_DOMAINS_SURE = 4,   /* that each may have, whatever the others take */
	EXPORTERS_DOMAINS_MAX = 32768 /* of all together, but for these */
};
#define EXPORTER_IDLE  (INT64_C(3600) * 1000000000)
#define EXPORTER_TRIED (INT64_C(60) * 1000000000)

/* What came of a domain: in a segment, or in all. */
struct exporter_counts {
	struct decode_counters decoded;
	struct ledger_counts ledger;
	struct sample_counts samples; /* of sFlow */
	uint64_t late;        /* records whose template came behind them */
	bool clocked;         /* the fields below hold */
	int64_t offset_least; /* received time less export time, nanoseconds */
	int64_t offset_most;
};

struct exporter_domain {
	struct exporter_domain *next;
	uint16_t version;             /* 1, 5, 7, 9, 10, SFLOW_PROTOCOL */
	uint32_t domain;              /* observation domain, source id, engine, sub agent */
	struct address agent;         /* of sFlow, which names it apart from the sender; else zero */
	struct ledger ledger;
	struct habit habit;           /* of IPFIX: how it numbers */
	struct exporter_counts now;   /* since the last exporter_cut, but for the ledger's */
	struct exporter_counts total; /* before that */
	bool timed;                   /* uptime holds */
	uint32_t uptime;              /* of the latest header */
	struct options *options;      /* NULL until there are some */
	struct interfaces *interfaces; /* NULL: nothing was told of any */
	bool told;                    /* the fields below hold */
	uint32_t told_uptime;         /* of the latest header of templates and options */
	uint32_t told_sequence;
};

struct exporter {
	struct exporter *next; /* of its hash bucket */
	struct address address;
	uint16_t port;
	enum transport transport;
	uint64_t session; /* 0: UDP */
	bool ended;       /* its session is over: templates and what waited for some are gone */
	int64_t first; /* received times */
	int64_t last;
	uint64_t datagrams;
	struct template_set *templates; /* NULL once it has ended */
	struct waiting waiting;
	struct carried_list carried;
	bool inherited; /* its templates are from an earlier run, and it was not heard since */
	struct exporter_domain *domains; /* in the order in which they came */
	size_t domain_count;
	size_t option_octets; /* of its domains' options */
	size_t interface_octets;
	size_t place; /* in the list of all */
};

struct exporters;

MUST_USE enum status exporters_open(uint64_t seed, struct exporters **out, struct fault *f);
void exporters_free(struct exporters *e);
/*
 * The exporter of a datagram, by its source and session, made if need be.  STATUS_LIMIT (no fault
 * is set) where the table is full; STATUS_NO_MEMORY.
 */
MUST_USE enum status exporters_find(struct exporters *e, const struct datagram *d,
    struct exporter **out);
/* The one of this datagram that was made before, or NULL. */
struct exporter *exporters_look(struct exporters *e, const struct datagram *d);
/* Its session is over; its counts stay until its place is needed. */
void exporters_end(struct exporters *e, struct exporter *x);
/* Its domain for this protocol; STATUS_LIMIT and STATUS_NO_MEMORY likewise. */
MUST_USE enum status exporters_domain(struct exporters *e, struct exporter *x, uint16_t version,
    uint32_t domain, struct exporter_domain **out);
/* NULL where there is none. */
const struct exporter_domain *exporters_known(const struct exporter *x, uint16_t version,
    uint32_t domain);
/* The domain's options, made if need be; STATUS_NO_MEMORY. */
MUST_USE enum status exporters_options(struct exporters *e, struct exporter *x,
    struct exporter_domain *d, struct options **out);
/* That of an sFlow agent and sub agent. */
MUST_USE enum status exporters_agent(struct exporters *e, struct exporter *x,
    const struct address *agent, uint32_t sub_agent, struct exporter_domain **out);
/* All of them; the order is stable as long as none is made. */
struct exporter *const *exporters_list(const struct exporters *e, size_t *count);

/* What came since the last call, and is in the total from now on. */
struct exporter_counts exporter_cut(struct exporter_domain *d);
/* All that came of it until now. */
struct exporter_counts exporter_so_far(const struct exporter_domain *d);
void exporter_counts_add(struct exporter_counts *to, const struct exporter_counts *from);
/* Those that gave way since the last call, how many they were, and what came of them. */
struct exporter_counts exporters_gone(struct exporters *e, uint64_t *count);

/* What the exporter's interfaces take: for capture/interfaces.h. */
struct interfaces_budget exporters_interfaces(struct exporters *e, struct exporter *x);

/* What their templates and options came in. */
struct carried *exporters_carried(struct exporters *e);

/* How many they are so far, and the same counts; both stay. */
uint64_t exporters_gone_count(const struct exporters *e);
struct exporter_counts exporters_gone_counts(const struct exporters *e);
/* Data sets that gave way while they waited, of exporters that gave way themselves. */
uint64_t exporters_gone_sets(const struct exporters *e);
/* Octets that wait for templates, of all exporters together: for capture/waiting.h. */
size_t *exporters_waiting(struct exporters *e);

/* The domain told something of its templates or options under this header. */
void exporter_told(struct exporter_domain *d, const struct export_header *h);
/*
 * A message with this header has come.  Where the exporter started anew since what was inherited
 * of it was told, nothing of that holds any more: all its templates are withdrawn.
 */
void exporter_heard(struct exporters *e, struct exporter *x, const struct exporter_domain *d,
    const struct export_header *h);
/*
 * What came so far was another run's: nothing of it is counted, and what exporters told is
 * inherited, of those that were heard last between these times.
 */
void exporters_settle(struct exporters *e, int64_t since, int64_t until);

/*
 * What a header says of the exporter's clock: true if by its uptime it started anew.  Version
 * 10 has no uptime, sFlow no time of export.
 */
bool exporter_clock(struct exporter_domain *d, const struct export_header *h, int64_t received);

#endif
