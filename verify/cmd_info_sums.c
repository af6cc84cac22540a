/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/cmd_info.h"

#include <stdio.h>
#include <string.h>

static void
widen(struct manifest_span *span, const struct manifest_span *with)
{
	if (with->has_from && (!span->has_from || with->from < span->from)) {
		span->has_from = true;
		span->from = with->from;
	}
	if (with->has_to && (!span->has_to || with->to > span->to)) {
		span->has_to = true;
		span->to = with->to;
	}
}

static void
sum_segment(const struct info_segment *s, const struct manifest *m, struct info_sums *out)
{

	out->rows += m->rows;
	out->disk += s->size + SIGNATURE_SIZE;
	for (size_t i = 0; i < m->file_count; i++)
		out->disk += m->files[i].size;
	out->read_packets += m->read.packets;
	out->read_bytes += m->read.wire_bytes;
	out->metered_packets += m->metered.packets;
	out->metered_bytes += m->metered.wire_bytes;
	out->ip_bytes += m->ip_bytes.metered;
	out->flows.metered += m->flows.metered;
	out->flows.emitted += m->flows.emitted;
	out->inputs += m->input_count;
	out->findings += m->finding_count;
	widen(&out->span, &m->flows_span);
}

void
info_sum(const struct info *in, struct info_sums *out)
{
	uint64_t next = in->genesis != NULL ? 1 : 0;

	*out = (struct info_sums){ 0 };
	for (size_t i = 0; i < in->count; i++) {
		const struct info_segment *s = &in->segments[i];

		sum_segment(s, info_at(in, i), out);
		if (in->genesis == NULL)
			continue;
		out->unlinked += !s->linked;
		if (s->sequence >= next) {
			out->missing += s->sequence - next;
			next = s->sequence + 1;
		}
	}
	if (in->count > 0) {
		out->flows.carried_in = info_at(in, 0)->flows.carried_in;
		out->flows.carried_out = info_at(in, in->count - 1)->flows.carried_out;
	}
}

const struct info_segment *
info_head(const struct info *in)
{
	return in->count == 0 ? NULL : &in->segments[in->count - 1];
}

static struct info_named *
named(struct info_named *list, size_t *count, const char *name)
{
	for (size_t i = 0; i < *count; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	if (*count == INFO_NAMES_MAX)
		return &list[INFO_NAMES_MAX - 1];
	list[*count] = (struct info_named){ .packets = 0 };
	(void)snprintf(list[*count].name, sizeof list[*count].name, "%s", name);
	return &list[(*count)++];
}

size_t
info_rejected(const struct info *in, struct info_named out[INFO_NAMES_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < in->count; i++) {
		const struct manifest *m = info_at(in, i);

		for (size_t k = 0; k < m->rejected_count; k++) {
			struct info_named *n = named(out, &count, m->rejected[k].name);

			n->packets += m->rejected[k].packets;
			n->wire_bytes += m->rejected[k].wire_bytes;
		}
	}
	return count;
}

size_t
info_losses(const struct info *in, struct info_named out[INFO_NAMES_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < in->count; i++) {
		const struct manifest *m = info_at(in, i);

		for (size_t k = 0; k < m->loss_count; k++)
			named(out, &count, m->losses[k].name)->packets += m->losses[k].value;
	}
	return count;
}
