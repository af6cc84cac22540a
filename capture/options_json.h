/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_OPTIONS_JSON_H
#define CAPTURE_OPTIONS_JSON_H

/* What the options of a domain say, as JSON: nfseal-archive(5), STEM.exporters.json. */

#include "base/jsonw.h"
#include "capture/options.h"

enum { OPTIONS_LISTED_MAX = 65536 }; /* entries in a document */

/*
 * The object "options", if there are any: samplers, interfaces, VRFs and facts one by one, as long
 * as there is room (which shrinks), and how many applications there are.
 */
void options_json_write(const struct options *o, size_t *room, struct jsonw *j);

#endif
