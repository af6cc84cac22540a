/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_UDP_H
#define CAPTURE_UDP_H

/*
 * Export datagrams out of captured frames: over UDP on any port, told by their content, since
 * a capture holds other things as well.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/datagram.h"
#include "capture/packet.h"

enum udp_result {
	UDP_DATAGRAM, /* *out holds, and borrows from the frame */
	UDP_OTHER,    /* no UDP, or no export message */
	UDP_FRAGMENT, /* of UDP; it is not put together again */
	UDP_CUT       /* an export message, but the snap length cut it; *out holds what there is */
};

enum udp_result udp_take(const struct packet *p, struct datagram *out);
/* Whether octets look like the beginning of an export message of a known version. */
bool udp_is_export(const uint8_t *data, size_t len);

#endif
