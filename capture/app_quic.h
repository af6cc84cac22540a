/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_APP_QUIC_H
#define CAPTURE_APP_QUIC_H

/* What a flow remembers for the reader of QUIC: the client's keys, and its CRYPTO stream. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/app_found.h"
#include "capture/app_stream.h"

struct app_quic;

void app_quic_free(struct app_quic *q, struct app_budget *b);
/* What a hello that never became whole tells; q may be NULL. */
void app_quic_last(const struct app_quic *q, struct app_found *found);

/* The CRYPTO frames among these of an opened Initial packet, RFC 9000 section 17.2.2. */
void app_quic_frames(const uint8_t *data, size_t len, struct app_stream *crypto,
    struct app_budget *b);

#endif
