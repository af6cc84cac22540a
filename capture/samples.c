/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/samples.h"

/* Ahead by more than this is no gap, as in flow/ledger.h. */
#define AHEAD_MAX (UINT32_C(1) << 24)

static void
begin(struct sample_series *s, const struct sflow_sample *sample)
{
	s->started = true;
	s->expected = sample->sequence + 1;
	s->open = 0;
	s->pool = sample->pool;
	s->drops = sample->drops;
}

static void
go_on(struct sample_series *s, const struct sflow_sample *sample, uint32_t ahead,
    struct sample_counts *counts)
{
	uint32_t pool = sample->pool - s->pool, drops = sample->drops - s->drops;

	if (ahead > 0) {
		counts->gaps++;
		counts->missed += ahead;
		s->open = s->open > UINT32_MAX - ahead ? UINT32_MAX : s->open + ahead;
	}
	/* what went back was set to zero, or is not counted by this agent */
	counts->pool += pool <= INT32_MAX ? pool : 0;
	counts->drops += drops <= INT32_MAX ? drops : 0;
	s->expected = sample->sequence + 1;
	s->pool = sample->pool;
	s->drops = sample->drops;
}

void
samples_take(struct sample_series *s, const struct sflow_sample *sample, enum sample_way way,
    struct sample_counts *counts)
{
	uint32_t ahead = sample->sequence - s->expected;

	if (!s->started) {
		begin(s, sample);
	} else if (ahead <= AHEAD_MAX) {
		go_on(s, sample, ahead, counts);
	} else if (way == SAMPLE_LATE) {
		counts->filled += s->open > 0;
		s->open -= s->open > 0;
	} else {
		counts->restarts++;
		begin(s, sample);
	}
}

void
samples_add(struct sample_counts *to, const struct sample_counts *from)
{
	for (unsigned i = 0; i < SFLOW_KINDS; i++)
		to->samples[i] += from->samples[i];
	to->unknown_records += from->unknown_records;
	to->no_packet += from->no_packet;
	to->missed += from->missed;
	to->gaps += from->gaps;
	to->filled += from->filled;
	to->restarts += from->restarts;
	to->unchecked += from->unchecked;
	to->pool += from->pool;
	to->drops += from->drops;
}
