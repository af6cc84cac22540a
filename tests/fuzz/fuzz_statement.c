/* SPDX-License-Identifier: BSD-2-Clause */
/* Block statements: what is accepted is written again as the same bytes; a file of them is walked. */
#include <stdlib.h>
#include <string.h>

#include "archive/statement.h"

static void
parse(const uint8_t *data, size_t size)
{
	struct fault f = { 0 };
	struct statement s;
	struct buf again = { 0 };

	if (statement_parse(data, size, "fuzz", &s, &f) != STATUS_OK) {
		if (f.status == STATUS_OK)
			abort(); /* a refusal without a reason */
		return;
	}
	statement_write(&s, &again);
	if (again.len != size || memcmp(again.data, data, size) != 0)
		abort();
	if (s.opens != (s.index == 0) || (s.file == NULL) != s.opens)
		abort();
	statement_free(&s);
	buf_free(&again);
}

/* Nothing is signed here: none may be taken. */
static void
walk(const uint8_t *data, size_t size)
{
	struct statement_chain c = { .sequence = 1 };
	struct fault f = { 0 };
	struct statement s;
	size_t at = 0;

	memset(c.key, 0x5a, sizeof c.key);
	if (statement_next(&c, data, size, &at, "fuzz", &s, &f) == STATUS_OK || at != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	parse(data, size);
	walk(data, size);
	return 0;
}
