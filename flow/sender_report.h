/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_SENDER_REPORT_H
#define FLOW_SENDER_REPORT_H

/* What a sender did, for people and in JSON, as capture and replay tell it. */

#include <stdbool.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "flow/sender.h"

struct sender_report {
	const char *url; /* as it was given */
	char address[SOCKET_ADDRESS_MAX];
	enum pack_format format;
	struct sender_counts counts;
	struct pack_stats stats;
};

/* url is borrowed. */
void sender_report_take(struct sender_report *out, const struct sender *s, const char *url,
    enum pack_format format);
/* Whether every flow went out whole and nobody refused. */
bool sender_report_complete(const struct sender_report *r);
/* Some lines; the first begins with the URL. */
void sender_report_text(const struct sender_report *r, struct buf *out);
/* One object (nfseal-replay(1)). */
void sender_report_json(const struct sender_report *r, struct jsonw *j);

#endif
