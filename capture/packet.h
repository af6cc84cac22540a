/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_PACKET_H
#define CAPTURE_PACKET_H

/* A captured frame as a source hands it on: borrowed bytes and what the file says of them. */

#include <stdbool.h>
#include <stdint.h>

struct packet {
	int64_t time;        /* nanoseconds since 1970 */
	const uint8_t *data; /* valid until the source is asked again */
	uint32_t captured;   /* octets at data */
	uint32_t wire;       /* octets on the wire, never below captured */
	uint16_t link_type;  /* LINKTYPE_ value as in the file, e.g. 1 for Ethernet */
	uint16_t input;      /* index of the input in the manifest's list */
	uint8_t fcs;         /* octets of frame check sequence at the end of the wire frame */
	bool fine;           /* the file's times are finer than a microsecond */
	uint64_t frame;      /* number within its input, from 1 as Wireshark counts */
};

#endif
