/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_OUTLET_SYSLOG_H
#define REPLAY_OUTLET_SYSLOG_H

/*
 * Flows as syslog messages in CEF, LEEF or JSON: over UDP one a datagram (RFC 5426), over TCP
 * (RFC 6587) and TLS (RFC 5425) each behind its length.
 */

#include "replay/outlet.h"

extern const struct outlet_kind outlet_syslog;
extern const struct outlet_kind outlet_syslog_stream;

#endif
