/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_TRANSMIT_H
#define BASE_TRANSMIT_H

/* Datagrams out of a connected socket, several with one call where the system can. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { TRANSMIT_BATCH = 64 };

struct transmit {
	const uint8_t *data;
	size_t len;
};

/* A connected socket, and what was found out about it; zeroed but for the descriptor. */
struct transmitter {
	int fd;
	bool no_segments; /* the system does not cut a large one into datagrams there */
};

/*
 * The first *sent of n (at most TRANSMIT_BATCH are tried) have gone when it returns, also with an
 * error, which is that of the one behind them: as socket_send's, with errno in the fault.
 */
MUST_USE enum status transmit_batch(struct transmitter *t, const struct transmit *v, size_t n,
    size_t *sent, struct fault *f);

#endif
