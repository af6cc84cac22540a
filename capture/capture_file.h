/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_CAPTURE_FILE_H
#define CAPTURE_CAPTURE_FILE_H

/*
 * The reader of one input that has records, whatever its format is: pcap, pcapng, or an IPFIX
 * stream, whose messages are handed on as packets.  capture_file_open on a feed at its start;
 * capture_file_next; capture_file_free.
 */

#include "capture/format.h"
#include "capture/ipfix_stream.h"
#include "capture/pcap_file.h"
#include "capture/pcapng_file.h"

struct capture_file {
	enum format format;
	struct pcap_file pcap;
	struct pcapng_file *pcapng;
	struct ipfix_stream ipfix;
};

/* Zeroed before; to be freed also where it fails. */
MUST_USE enum status capture_file_open(struct capture_file *c, enum format format,
    struct feed *in, struct fault *f);
/* As pcap_file_next; *over is false where a failure is no end: more can be read behind it. */
MUST_USE enum status capture_file_next(struct capture_file *c, struct packet *batch, size_t max,
    size_t *count, bool *over, struct fault *f);
void capture_file_free(struct capture_file *c);

#endif
