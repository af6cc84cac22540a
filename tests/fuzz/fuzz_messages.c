/* SPDX-License-Identifier: BSD-2-Clause */
/* The messages of a segment and their marks: the input is what a frame holds, once as it is and once compressed. */
#include "archive/messages.h"
#include "frames_target.h"

static void
read_all(const struct frames_input *in)
{
	struct messages *d = NULL;
	struct messagemark g;
	struct fault f = { 0 };
	volatile uint8_t sum = 0;
	enum status st;

	if (messages_open(in, &d, NULL) != STATUS_OK)
		return;
	while ((st = messages_next(d, &g, &f)) == STATUS_OK)
		for (size_t i = 0; i < g.way.len; i++)
			sum = (uint8_t)(sum + g.way.data[i]);
	if (st != STATUS_END && f.status != st)
		abort(); /* a refusal without a reason */
	messages_free(d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	target_both(data, size, read_all);
	return 0;
}
