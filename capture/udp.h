/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_UDP_H
#define CAPTURE_UDP_H

/*
 * Export datagrams out of captured frames: over UDP on any port, told by their content, since
 * a capture holds other things as well; through all that the dissector reads, also inside
 * tunnels, and put together from fragments.
 * udp_reader_open; udp_reader_take per frame, in their order; udp_reader_finish behind the
 * last; udp_reader_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "capture/packet.h"
#include "capture/reassemble.h"
#include "flow/datagram.h"

enum udp_result {
	UDP_DATAGRAM, /* *out holds, and borrows from the frame, or from the reader until the next call */
	UDP_OTHER,    /* no UDP, or no export message */
	UDP_FRAGMENT, /* of UDP, and nothing is whole by it: udp_reader_counts tells what became of it */
	UDP_CUT       /* an export message, but the snap length cut it; *out holds what there is */
};

struct udp_reader;

MUST_USE enum status udp_reader_open(uint64_t seed, struct udp_reader **out, struct fault *f);
/*
 * A datagram that is whole with this frame was received at this frame's time; its input and
 * frame are those of the fragment that came first.
 */
enum udp_result udp_reader_take(struct udp_reader *r, const struct packet *p, struct datagram *out);
/* Fragments that still wait waited in vain. */
void udp_reader_finish(struct udp_reader *r);
const struct reassemble_counts *udp_reader_counts(const struct udp_reader *r);
void udp_reader_free(struct udp_reader *r);

/* Whether octets look like the beginning of an export message of a known version. */
bool udp_is_export(const uint8_t *data, size_t len);

#endif
