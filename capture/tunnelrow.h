/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_TUNNELROW_H
#define CAPTURE_TUNNELROW_H

/* Tunnels in a row: the innermost has columns, the others stand in `other`. */

#include "base/jsonw.h"
#include "capture/tunnel.h"
#include "flow/table.h"

/* kinds: of the path, the outermost first; l: the innermost layer; id: it has one to be told. */
void tunnelrow_set(struct table *t, size_t row, const uint8_t *kinds, size_t depth,
    const struct tunnel_layer *l, bool id);
/* A layer as a JSON object: type, id, src, dst. */
void tunnelrow_write(struct jsonw *j, const struct tunnel_layer *l);

#endif
