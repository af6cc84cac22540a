/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_SOURCE_JSON_H
#define CAPTURE_SOURCE_JSON_H

/* Inputs and findings of a source as the --json of every command has them. */

#include "base/jsonw.h"
#include "capture/source.h"

/* The keys that say which input it is, into the open object: name to container. */
void source_json_input(struct jsonw *j, const struct source_input *in);
/* The key "inputs": of each these keys and its packets. */
void source_json_inputs(struct jsonw *j, struct source *source);
/* The key "findings" and all of them. */
void source_json_findings(struct jsonw *j, struct source *source);

#endif
