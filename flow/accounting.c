/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/accounting.h"

#include <stddef.h>

static const struct {
	const char *name;
	const char *help;
} rejects[REJECT_COUNT] = {
#define REJECT(id, name, help) [REJECT_##id] = { #name, help },
#include "flow/reject.def"
#undef REJECT
};

const char *
reject_name(enum reject r)
{
	return r < REJECT_COUNT ? rejects[r].name : NULL;
}

const char *
reject_help(enum reject r)
{
	return r < REJECT_COUNT ? rejects[r].help : NULL;
}

static void
add_sum(struct flow_sum *to, const struct flow_sum *from)
{
	to->flows += from->flows;
	to->packets += from->packets;
	to->ip_bytes += from->ip_bytes;
}

static void
add_tally(struct tally *to, const struct tally *from)
{
	to->packets += from->packets;
	to->wire_bytes += from->wire_bytes;
}

void
accounting_add(struct accounting *to, const struct accounting *from)
{
	add_tally(&to->read, &from->read);
	add_tally(&to->metered, &from->metered);
	for (int i = 0; i < REJECT_COUNT; i++)
		add_tally(&to->rejected[i], &from->rejected[i]);
	add_sum(&to->metered_sum, &from->metered_sum);
	add_sum(&to->emitted, &from->emitted);
	to->carried_out = from->carried_out;
	to->evicted += from->evicted;
	to->orphan_fragments += from->orphan_fragments;
	to->time_regressions += from->time_regressions;
	to->length_zero += from->length_zero;
	to->length_beyond += from->length_beyond;
	to->hints_left_out += from->hints_left_out;
	to->twice += from->twice;
	to->tunnel_cut += from->tunnel_cut;
	to->tunnel_depth += from->tunnel_depth;
}
