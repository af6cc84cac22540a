/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_OPTIONS_APPLY_H
#define CAPTURE_OPTIONS_APPLY_H

/*
 * What options say of a flow, for the columns that its record leaves empty: sampling_interval (by
 * the sampler that the record names, else its template, its interface, all of the domain), and
 * the names of its application, interfaces and VRFs.
 */

#include "capture/options.h"
#include "flow/record.h"
#include "flow/table.h"

/* The domain's own, and those of domain 0, which speak for the whole exporter; NULL: none. */
struct options_in_force {
	const struct options *own;
	const struct options *whole;
};

void options_apply(const struct options_in_force *o, const struct record *r, struct table *t,
    size_t row);
/* A fact by its element's id; false if it is not known. */
bool options_fact(const struct options_in_force *o, uint16_t id, uint64_t *out);

#endif
