/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/decode.h"

static const struct {
	const char *name;
	const char *help;
	bool loss;
} infos[MALFORMED_REASONS] = {
#define MALFORMED(id, name, loss, help) [MALFORMED_##id] = { #name, help, loss },
#include "flow/decode.def"
#undef MALFORMED
};

const char *
malformed_name(enum malformed m)
{
	return infos[m].name;
}

const char *
malformed_help(enum malformed m)
{
	return infos[m].help;
}

bool
malformed_loses(enum malformed m)
{
	return infos[m].loss;
}

uint64_t
decode_malformed(const struct decode_counters *c)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < MALFORMED_REASONS; i++)
		sum += c->malformed[i];
	return sum;
}

uint64_t
decode_lost(const struct decode_counters *c)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < MALFORMED_REASONS; i++)
		sum += infos[i].loss ? c->malformed[i] : 0;
	return sum;
}

void
decode_counters_add(struct decode_counters *to, const struct decode_counters *from)
{
	to->messages += from->messages;
	to->sets += from->sets;
	to->templates += from->templates;
	to->withdrawals += from->withdrawals;
	to->records += from->records;
	to->option_records += from->option_records;
	for (unsigned i = 0; i < MALFORMED_REASONS; i++)
		to->malformed[i] += from->malformed[i];
}
