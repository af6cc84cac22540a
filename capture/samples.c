/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/samples.h"

static struct sample_place
behind(const struct sflow_sample *sample)
{
	return (struct sample_place){ sample->sequence + 1, sample->pool, sample->drops };
}

static void
add_gap(struct sample_series *s, uint32_t missing, struct sample_counts *counts)
{
	counts->gaps++;
	counts->missed += missing;
	s->open = s->open > UINT32_MAX - missing ? UINT32_MAX : s->open + missing;
}

static void
go_on(struct sample_series *s, const struct sflow_sample *sample, struct sample_counts *counts)
{
	uint32_t pool = sample->pool - s->at.pool, drops = sample->drops - s->at.drops;
	uint32_t ahead = sample->sequence - s->at.expected;

	if (ahead > 0)
		add_gap(s, ahead, counts);
	/* what went back was set to zero, or is not counted by this agent */
	counts->pool += pool <= INT32_MAX ? pool : 0;
	counts->drops += drops <= INT32_MAX ? drops : 0;
	s->at = behind(sample);
	s->anew = false;
	s->doubted = false;
}

/* The one that was doubted was right: where it stands is where the source is. */
static void
believe(struct sample_series *s, struct sample_counts *counts)
{
	if (s->ahead > SAMPLES_GAP_MAX) {
		counts->restarts += !s->anew;
		s->open = 0;
	} else if (!s->anew) {
		add_gap(s, s->ahead, counts);
	}
	s->at = s->doubt;
	s->anew = false;
	s->doubted = false;
}

static void
fill(struct sample_series *s, const struct sflow_sample *sample, struct sample_counts *counts)
{
	if (sample->sequence - s->at.expected <= SAMPLES_GAP_MAX || s->open == 0)
		return;
	counts->filled++;
	s->open--;
}

void
samples_take(struct sample_series *s, const struct sflow_sample *sample, enum sample_way way,
    struct sample_counts *counts)
{
	uint32_t ahead = sample->sequence - s->at.expected;

	if (!s->started) {
		s->started = true;
		s->at = behind(sample);
		return;
	}
	if (way == SAMPLE_LATE) {
		fill(s, sample, counts);
		return;
	}
	if (ahead == 0 || (ahead <= SAMPLES_NEAR && !s->anew)) {
		go_on(s, sample, counts);
		return;
	}
	if (s->doubted && sample->sequence - s->doubt.expected <= SAMPLES_NEAR) {
		believe(s, counts);
		go_on(s, sample, counts);
		return;
	}
	s->doubted = true;
	s->doubt = behind(sample);
	s->ahead = ahead;
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
