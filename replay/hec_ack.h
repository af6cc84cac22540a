/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_HEC_ACK_H
#define REPLAY_HEC_ACK_H

/*
 * The acknowledgements of Splunk's HTTP Event Collector: each request on a channel gets a
 * number, and the collector is asked about the numbers until its indexers have the events.
 * hec_ack_open; hec_ack_expect for each request; hec_ack_wait; hec_ack_free.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "replay/http.h"
#include "replay/schedule.h"

struct hec_ack;

/* url: where the events go.  The channel is a random one. */
MUST_USE enum status hec_ack_open(const char *url, struct hec_ack **out, struct fault *f);
/* The header that every request of the channel has. */
const char *hec_ack_header(const struct hec_ack *a);
/* A request with so many events was given this number; with it the first `flows` are out. */
MUST_USE enum status hec_ack_expect(struct hec_ack *a, uint64_t id, uint64_t flows, uint64_t events,
    struct fault *f);
/*
 * Asks for what has come: all: until everything has, for a minute at most; else only until no
 * more than some hundred are out.  What did not come is hec_ack_missing.
 */
MUST_USE enum status hec_ack_wait(struct hec_ack *a, struct http *h, struct schedule *s, bool all,
    struct fault *f);
uint64_t hec_ack_settled(const struct hec_ack *a); /* flows from the first on */
uint64_t hec_ack_records(const struct hec_ack *a); /* events that were acknowledged */
uint64_t hec_ack_missing(const struct hec_ack *a); /* events that were not */
void hec_ack_free(struct hec_ack *a);

#endif
