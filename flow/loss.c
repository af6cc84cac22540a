/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/loss.h"

static const struct {
	const char *name;
	const char *help;
} infos[REFUSAL_COUNT] = {
#define REFUSAL(id, name, help) [REFUSAL_##id] = { #name, help },
#include "flow/refusal.def"
#undef REFUSAL
};

const char *
refusal_name(enum refusal r)
{
	return infos[r].name;
}

const char *
refusal_help(enum refusal r)
{
	return infos[r].help;
}

uint64_t
loss_refused(const struct loss *l)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < REFUSAL_COUNT; i++)
		sum += l->refused[i];
	return sum;
}

void
loss_add(struct loss *to, const struct loss *more)
{
	for (unsigned i = 0; i < REFUSAL_COUNT; i++)
		to->refused[i] += more->refused[i];
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		to->columns[i] += more->columns[i];
	to->rounded += more->rounded;
	to->padded += more->padded;
}
