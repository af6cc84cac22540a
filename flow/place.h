/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_PLACE_H
#define FLOW_PLACE_H

/* Where the rows of a table stand in an archive: it names a flow for good, whoever reads it. */

#include <stdint.h>

struct flow_place {
	const char *archive;     /* id in hex, "" of a plain file */
	uint64_t sequence;       /* of the segment; 0 of a plain file */
	const uint8_t *manifest; /* SHA-256 of its manifest, 32 octets; NULL where it has none, and of a plain file */
	const char *finding;     /* why the segment is not proven, or its file not as it was; NULL: it is */
	uint64_t row;            /* number of the table's first row in the segment's table, from 0 */
};

#endif
