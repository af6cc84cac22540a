/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_ROW_DECODE_H
#define FLOW_ROW_DECODE_H

/*
 * A record becomes a row of the standard columns, as elements.def says.  Of several fields
 * for one column the first decides, by rank, that is not zero.  No value is lost: what has
 * no column, comes twice, lost the precedence or does not fit stands in the column `other`,
 * a JSON object; a time that lost against a finer telling of the same time is no loss.
 */

#include "base/status.h"
#include "base/text.h"
#include "flow/decode.h"
#include "flow/record.h"
#include "flow/table.h"

struct row_decoder;

/* Where the record comes from. */
struct row_origin {
	const struct export_header *header;
	const struct address *exporter; /* NULL if not known (a file) */
	uint16_t exporter_port;
	const struct template_set *templates; /* for structured data (RFC 6313); NULL: it is hex */
	uint64_t init_millis; /* when the exporter started, for IPFIX's uptimes; 0 if not known */
};

MUST_USE enum status row_decoder_open(struct row_decoder **out, struct fault *f);
/* A new row of t, which must not be full; what fails for memory sticks in t->failed. */
void row_decode(struct row_decoder *d, const struct record *r, const struct row_origin *origin,
    struct table *t);
/* Likewise each record of a run, into rows for which t has room. */
void row_decode_run(struct row_decoder *d, const struct record_run *run,
    const struct row_origin *origin, struct table *t);
void row_decoder_free(struct row_decoder *d);

#endif
