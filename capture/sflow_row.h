/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_SFLOW_ROW_H
#define CAPTURE_SFLOW_ROW_H

/*
 * A flow sample of sFlow, or a discarded packet, as a row: the sampled header dissected as a
 * captured packet is, or what the agent itself read of it; the extended structures in the
 * columns that mean the same.  Counters are those of the one packet (packets 1, bytes by
 * IP's own length), never scaled: sampling_interval says one in how many packets it is.
 * sFlow has no times: start and end are when the datagram was received.
 *
 * `other` has, named as the specification does: agent, the sample's own fields, and each
 * structure that says more than its columns do; those of no known structure as
 * ENTERPRISE/FORMAT in hex.  A structure that comes more than once is an array.
 */

#include "capture/dissect.h"
#include "capture/samples.h"
#include "flow/sflow.h"
#include "flow/table.h"

enum { SFLOW_RECORDS_MAX = 128 /* of one sample; more are counted and left out */ };

struct sflow_rows;

MUST_USE enum status sflow_rows_open(struct sflow_rows **out, struct fault *f);
void sflow_rows_free(struct sflow_rows *r);
/*
 * A new row of t, which is not full; reads all of the sample's records.  What fails for
 * memory sticks in t->failed.
 */
void sflow_rows_add(struct sflow_rows *r, const struct sflow_message *m, struct sflow_sample *s,
    int64_t received, struct sample_counts *counts, struct table *t);

#endif
