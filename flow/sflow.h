/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_SFLOW_H
#define FLOW_SFLOW_H

/*
 * sFlow version 5 (sflow.org/sflow_version_5.txt): datagrams of samples, samples of records,
 * each bounded by the length that it carries.  Numbers are XDR's (RFC 4506).
 * sflow_open; sflow_next per sample until false; of each, sflow_next_record until false.
 * What is not known is skipped by its length and told apart: kind SFLOW_UNKNOWN for samples,
 * no structure (flow/sflow_structure.h) for records.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/text.h"
#include "flow/decode.h"

enum {
	SFLOW_PROTOCOL = 105, /* what stands as the protocol's version: NetFlow has 1 to 10 */
	SFLOW_ALL_ONES_PORT = 0x3fffffff /* no interface: from or to the device itself */
};

/* enterprise in the upper 20 bits, format in the lower 12 */
#define SFLOW_FORMAT(enterprise, format) ((uint32_t)(enterprise) << 12 | (format))

enum sflow_kind { SFLOW_FLOW, SFLOW_COUNTERS, SFLOW_DISCARDED, SFLOW_UNKNOWN, SFLOW_KINDS };

/* How an interface is told. */
enum sflow_port {
	SFLOW_PORT_INDEX,    /* value is ifIndex, 0 not known, SFLOW_ALL_ONES_PORT none */
	SFLOW_PORT_DISCARD,  /* value is the reason */
	SFLOW_PORT_MULTIPLE  /* value is their number, 0 not known */
};

struct sflow_interface {
	uint32_t format; /* enum sflow_port, or 3, which nobody defined */
	uint32_t value;
};

struct sflow_sample {
	enum sflow_kind kind;
	bool expanded;
	uint32_t format;       /* SFLOW_FORMAT() */
	const uint8_t *octets; /* where it begins, with its format */
	uint32_t sequence;
	uint32_t source_class; /* 0 ifIndex, 1 VLAN, 2 entPhysicalEntry, 3 a logical one */
	uint32_t source_index;
	uint32_t rate;         /* of flow samples: 1 in so many packets */
	uint32_t pool;
	uint32_t drops;        /* and of discarded packets */
	uint32_t reason;       /* of those: why */
	struct sflow_interface input;
	struct sflow_interface output;
	uint32_t left;         /* records to come */
	struct cursor records;
	struct decode_counters *counters;
};

struct sflow_record {
	uint32_t format; /* SFLOW_FORMAT() */
	struct cursor body;
};

struct sflow_message {
	struct export_header header; /* version SFLOW_PROTOCOL; domain is the sub agent */
	struct address agent;        /* family 0: it does not say */
	uint32_t left;               /* samples to come */
	struct cursor rest;          /* ... and behind the last, what is no sample */
	struct decode_counters *counters;
};

/* The version, 2, 4 or 5, of what begins as an sFlow datagram does; 0 if it does not. */
unsigned sflow_version(const uint8_t *data, size_t len);
/* False, and counted, if it is none of version 5, or shorter than its header. */
bool sflow_open(struct sflow_message *m, const void *data, size_t len,
    struct decode_counters *counters);
/* A sample that is shorter than its fields is counted and skipped. */
bool sflow_next(struct sflow_message *m, struct sflow_sample *out);
/* A record beyond its sample ends that, counted. */
bool sflow_next_record(struct sflow_sample *s, struct sflow_record *out);
/* An address with its type; family 0 for type 0.  Fails the cursor for other types. */
struct address sflow_address(struct cursor *c);
/* Why a packet was discarded; NULL where the number has no name. */
const char *sflow_drop_name(uint32_t reason);

#endif
