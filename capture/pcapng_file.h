/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_PCAPNG_FILE_H
#define CAPTURE_PCAPNG_FILE_H

/*
 * The pcapng format (draft-ietf-opsawg-pcapng): sections of either byte order, several
 * interfaces of any link type and time resolution, enhanced, simple and obsolete packet
 * blocks; all other blocks are passed over by their length.  pcapng_file_open on a stream
 * at its start, pcapng_file_next until it is not STATUS_OK, pcapng_file_free.
 *
 * - simple packet blocks have no time: theirs is 0, as for libpcap;
 * - an interface's times are nanoseconds rounded down; one that 64 bits cannot hold
 *   (before 1677, after 2262) becomes the nearest that they can, and the first of these is
 *   told as damage at the file's end: its packets are good;
 * - the frame check sequence is what if_fcslen says, or epb_flags for a single packet; a
 *   value of 8 or more in if_fcslen is taken for bits (old drafts, and the text of the new);
 * - lengths as in pcap_file.h.
 */

#include <stddef.h>

#include "capture/packet.h"
#include "capture/feed.h"

struct pcapng_file;

/* As pcap_file_open; *out is NULL on failure. */
MUST_USE enum status pcapng_file_open(struct feed *in, struct pcapng_file **out,
    struct fault *f);
/* As pcap_file_next. */
MUST_USE enum status pcapng_file_next(struct pcapng_file *p, struct packet *batch, size_t max,
    size_t *count, struct fault *f);
void pcapng_file_free(struct pcapng_file *p);

#endif
