/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/datagram_batch.h"

#include <stdlib.h>

enum status
datagram_batch_open(struct datagram_batch **out, struct fault *f)
{
	struct datagram_batch *b = calloc(1, sizeof *b);

	if (b == NULL)
		return fault_memory(f);
	buf_init(&b->octets, 0);
	*out = b;
	return STATUS_OK;
}

void
datagram_batch_free(struct datagram_batch *b)
{
	if (b == NULL)
		return;
	buf_free(&b->octets);
	free(b);
}

static void
add(struct datagram_batch *b, const struct input *in, const struct reader_datagram *d)
{
	struct batched_datagram *last = &b->list[b->count++];

	*last = (struct batched_datagram){ .datagram = *d, .place = { .archive = "" } };
	last->datagram.records = NULL;
	last->datagram.record_count = 0;
	(void)input_place(in, &last->place);
	buf_put(&b->octets, d->data, d->len);
}

/* The octets may have moved while they grew: only now is it known where they are. */
static void
point(struct datagram_batch *b)
{
	size_t at = 0;

	for (size_t i = 0; i < b->count; i++) {
		b->list[i].datagram.data = b->octets.data + at;
		at += b->list[i].datagram.len;
	}
}

enum status
datagram_batch_read(struct datagram_batch *b, struct input *in, struct fault *end, struct fault *f)
{
	enum status st = end->status;
	struct reader_datagram d;

	b->count = 0;
	buf_reset(&b->octets);
	while (st == STATUS_OK && b->count < DATAGRAM_BATCH_MOST && b->octets.len < DATAGRAM_BATCH_OCTETS) {
		st = input_next_datagram(in, &d, end);
		if (st == STATUS_OK)
			add(b, in, &d);
	}
	end->status = st; /* also of an end, which is no fault */
	if (!buf_ok(&b->octets))
		return fault_memory(f);
	point(b);
	if (b->count > 0)
		return STATUS_OK;
	if (f != NULL && st != STATUS_END)
		*f = *end;
	return st;
}
