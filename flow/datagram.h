/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_DATAGRAM_H
#define FLOW_DATAGRAM_H

/*
 * An export datagram, or a message of IPFIX that came another way, as it came: borrowed octets,
 * and what is known of their way.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* The names stand in the ledger: append only (transport_name). */
enum transport {
	TRANSPORT_UDP,
	TRANSPORT_TCP,
	TRANSPORT_TLS, /* over TCP */
	TRANSPORT_FILE /* or a stream on standard input: nobody knows when and from whom it came */
};

static inline const char *
transport_name(enum transport t)
{
	static const char *const names[] = { "udp", "tcp", "tls", "file" };

	return names[t];
}

struct datagram {
	enum transport transport;
	uint64_t session;     /* not of UDP: number of the transport session in this run, from 1 */
	int64_t received;     /* nanoseconds since 1970; of TRANSPORT_FILE, the export time */
	const uint8_t *data;  /* the payload of UDP; not of UDP: one whole message */
	size_t len;
	struct address src;   /* the exporter */
	struct address dst;
	uint16_t src_port;
	uint16_t dst_port;
	uint64_t number;      /* of the segment's datagrams, or of its messages, from 1; 0: is not kept */
	uint16_t input;       /* of one that came out of a capture: index of the input */
	uint64_t frame;       /* and its frame, from 1; 0: received */
	size_t set;           /* of a carried one, not 0: where the body of its only set that counts is */
	bool listed;          /* of a carried one: of its option records these count, by their offsets */
	const uint32_t *records;
	size_t record_count;
};

#endif
