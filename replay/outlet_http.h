/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_OUTLET_HTTP_H
#define REPLAY_OUTLET_HTTP_H

/*
 * Flows by HTTP POST: Elasticsearch's _bulk, Splunk's HTTP Event Collector, or lines of JSON.
 *
 * Events go in batches.  One that finds nobody, or a server that is busy (408, 429, 5xx), is
 * tried again with growing pauses; then it is given up and counted, and the server is asked once
 * for each batch until it answers again.  Of _bulk each event's own verdict counts: one that is
 * there already is no loss.  With --ack a flow counts as gone when the indexer acknowledged it.
 */

#include "replay/outlet.h"

extern const struct outlet_kind outlet_http;

#endif
