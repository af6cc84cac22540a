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
