/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "verify/cmd_info.h"

/*
 * Every segment of a run lists the inputs so far, the last of them all; what is still being
 * read has no hash yet.  Manifests do not name their run, so it is told by what they list.
 */

static bool
same_input(const struct manifest_input *before, const struct manifest_input *after)
{
	if (strcmp(before->name, after->name) != 0 || before->contained != after->contained ||
	    before->container != after->container)
		return false;
	if (before->size > after->size || before->packets > after->packets)
		return false;
	return !before->hashed ||
	    (after->hashed && memcmp(before->sha256, after->sha256, SHA256_SIZE) == 0);
}

static uint64_t
packets_of_inputs(const struct manifest *m)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < m->input_count; i++)
		sum += m->inputs[i].packets;
	return sum;
}

/* All is hashed only at the end of a run. */
static bool
has_ended(const struct manifest *m)
{
	for (size_t i = 0; i < m->input_count; i++)
		if (!m->inputs[i].hashed)
			return false;
	return true;
}

/* read: the packets of the run up to and with m, which its inputs must have had. */
static bool
goes_on(const struct manifest *before, const struct manifest *m, uint64_t read)
{
	if (before->input_count == 0 || m->input_count < before->input_count || has_ended(before))
		return false;
	for (size_t i = 0; i < before->input_count; i++)
		if (!same_input(&before->inputs[i], &m->inputs[i]))
			return false;
	return read <= packets_of_inputs(m);
}

void
info_find_runs(struct info *in)
{
	uint64_t read = 0;

	for (size_t i = 0; i < in->count; i++) {
		const struct manifest *m = info_at(in, i);
		bool continued = i > 0 &&
		    goes_on(info_at(in, i - 1), m, read + m->read.packets);

		read = continued ? read + m->read.packets : m->read.packets;
		in->segments[i].ends_run = true;
		if (continued)
			in->segments[i - 1].ends_run = false;
	}
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool
info_finding_repeated(const struct info *in, size_t segment, const struct manifest_finding *f)
{
	const struct manifest *m;

	if (segment == 0 || in->segments[segment - 1].ends_run)
		return false;
	m = info_at(in, segment - 1);
	for (size_t i = 0; i < m->finding_count; i++) {
		const struct manifest_finding *g = &m->findings[i];

		if (strcmp(f->code, g->code) == 0 && same_text(f->file, g->file) &&
		    f->at_offset == g->at_offset && f->offset == g->offset &&
		    strcmp(f->text, g->text) == 0)
			return true;
	}
	return false;
}
