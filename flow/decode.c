/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/decode.h"

static const struct {
	const char *name;
	const char *help;
} infos[MALFORMED_REASONS] = {
#define MALFORMED(id, name, help) [MALFORMED_##id] = { #name, help },
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

uint64_t
decode_malformed(const struct decode_counters *c)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < MALFORMED_REASONS; i++)
		sum += c->malformed[i];
	return sum;
}
