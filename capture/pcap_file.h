/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_PCAP_FILE_H
#define CAPTURE_PCAP_FILE_H

/*
 * The pcap format (draft-ietf-opsawg-pcap, pcap-savefile(5)), as libpcap reads it: both
 * byte orders, micro- and nanoseconds, Kuznetzov's longer record header, the lengths that
 * versions before 2.3 and DG/UX's 543.0 have the other way round, and the frame check
 * sequence's length in the link type's upper bits.  pcap_file_open on a stream at its
 * start, pcap_file_next until it is not STATUS_OK.
 *
 * What is not as a writer should have it, and what is made of it:
 * - a captured length above the snap length is accepted, as by Wireshark, with all octets;
 * - a captured length above the wire length raises the wire length to it;
 * - a fraction of a second or more (10^6 microseconds, 10^9 nanoseconds, or above) carries
 *   over into the seconds; seconds are unsigned, so that times reach to 2106;
 * - a captured length above CAPTURED_MAX is damage (libpcap's MAXIMUM_SNAPLEN), but for the
 *   link types where libpcap allows more (D-Bus, USB, EBHSCR): their packets are handed on
 *   with the first CAPTURED_MAX octets.
 */

#include <stddef.h>

#include "capture/packet.h"
#include "capture/feed.h"

enum { CAPTURED_MAX = 262144 };

/* The largest captured length that is no damage: CAPTURED_MAX but for a few link types. */
uint32_t captured_limit(uint16_t link_type);

struct pcap_file {
	struct feed *in;
	bool big;              /* big-endian */
	bool nanos;            /* else microseconds */
	enum { LENGTHS_PLAIN, LENGTHS_SWAPPED, LENGTHS_GUESSED } lengths;
	size_t header;         /* octets of a record's header */
	uint16_t link_type;
	uint8_t fcs;
	uint64_t frames;       /* handed on so far */
	uint32_t skip;         /* octets of the last packet that are passed over */
};

/*
 * STATUS_TRUNCATED: the file header is cut; STATUS_MALFORMED, STATUS_UNSUPPORTED: told in f,
 * without a file name; or what ended the feed.
 */
MUST_USE enum status pcap_file_open(struct pcap_file *p, struct feed *in, struct fault *f);
/*
 * Up to max packets, in memory until the next call; packets' input is left 0.  STATUS_OK
 * with *count > 0, STATUS_END behind the last record, STATUS_TRUNCATED where a record is
 * cut, STATUS_MALFORMED, or what ended the feed; f has the offset and no file name.
 */
MUST_USE enum status pcap_file_next(struct pcap_file *p, struct packet *batch, size_t max,
    size_t *count, struct fault *f);

#endif
