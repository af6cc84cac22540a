/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_HEARD_H
#define CAPTURE_HEARD_H

/*
 * Who exports in a capture: from which address and port to which an export message came.  What
 * else comes there, though too short to be told by its content, is the exporter's, too.
 * Zeroed at first, with a seed; heard_add and heard_has in any order; heard_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As many are known at once; of others each message is told by its content alone. */
enum { HEARD_MAX = 49152 };

/* Both addresses, 16 octets each, zeros behind those of IPv4; the version of IP and both ports. */
struct heard_key {
	uint64_t words[5];
};

struct heard {
	uint64_t *slots; /* hashes; 0: free.  Made with the first. */
	size_t count;
	uint64_t seed;
};

/* Without memory for it nothing is learned. */
void heard_add(struct heard *h, const struct heard_key *key);
bool heard_has(const struct heard *h, const struct heard_key *key);
void heard_free(struct heard *h);

#endif
