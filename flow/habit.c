/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/habit.h"

static uint32_t
units(unsigned way, uint32_t records, uint32_t options)
{
	return way & HABIT_NO_OPTIONS ? records : records + options;
}

static bool
fits(const struct habit *h, unsigned way, const struct habit_message *m)
{
	uint32_t step = way & HABIT_WITH_OWN ? units(way, m->records, m->options)
	                                     : units(way, h->records, h->options);

	return m->number == h->number + step;
}

/* The first way that fits and was never contradicted; HABIT_WAYS if there is none. */
static unsigned
find_way(const struct habit *h, unsigned fitting)
{
	unsigned way = 0;

	while (way < HABIT_WAYS && !(fitting & ~h->contradicted & 1u << way))
		way++;
	return way;
}

bool
habit_take(struct habit *h, const struct habit_message *m)
{
	unsigned fitting = 0, way;
	bool changed = false;

	for (way = 0; way < HABIT_WAYS && h->started; way++)
		fitting |= (unsigned)fits(h, way, m) << way;
	way = find_way(h, fitting);
	if (fitting != 0 && !(fitting & 1u << h->way) && way < HABIT_WAYS) {
		h->way = (uint8_t)way;
		changed = true;
	}
	if (fitting != 0)
		h->contradicted |= (uint8_t)(~fitting & ((1u << HABIT_WAYS) - 1));
	h->number = m->number;
	h->records = m->records;
	h->options = m->options;
	h->started = true;
	return changed;
}

void
habit_lose(struct habit *h)
{
	h->started = false;
}

uint32_t
habit_units(const struct habit *h, const struct habit_message *m)
{
	return units(h->way, m->records, m->options);
}

uint32_t
habit_number(const struct habit *h, const struct habit_message *m)
{
	return h->way & HABIT_WITH_OWN ? m->number - habit_units(h, m) : m->number;
}
