/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_SENDER_OPTION_H
#define FLOW_SENDER_OPTION_H

/*
 * The options of senders as capture and replay take them.  Each reads one value as it was
 * typed; STATUS_USAGE says what is expected.
 */

#include "base/status.h"
#include "flow/sender.h"

/* --rate: "5000" records a second, or "300d" for datagrams; 0 is no limit. */
MUST_USE enum status sender_option_rate(struct sender_options *o, const char *value, struct fault *f);
/* --mtu: octets of a datagram's payload at most. */
MUST_USE enum status sender_option_mtu(struct sender_options *o, const char *value, struct fault *f);
/* --refresh: templates come again every so many datagrams ("256") and after that time ("60s"),
 * either or both ("256,60s"); 0 of what is given is never, the other stays as it is. */
MUST_USE enum status sender_option_refresh(struct sender_options *o, const char *value,
    struct fault *f);

#endif
