/* SPDX-License-Identifier: BSD-2-Clause */
/* The datagrams of a segment: the input is what a frame holds, once as it is and once compressed. */
#include "archive/datagrams.h"
#include "frames_target.h"

static void
read_all(const struct frames_input *in)
{
	struct datagrams *d = NULL;
	struct reader_datagram g;
	struct fault f = { 0 };
	volatile uint8_t sum = 0;
	enum status st;

	if (datagrams_open(in, &d, NULL) != STATUS_OK)
		return;
	while ((st = datagrams_next(d, &g, &f)) == STATUS_OK)
		for (size_t i = 0; i < g.len; i++)
			sum = (uint8_t)(sum + g.data[i]);
	if (st != STATUS_END && f.status != st)
		abort(); /* a refusal without a reason */
	datagrams_free(d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	target_both(data, size, read_all);
	return 0;
}
