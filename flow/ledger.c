/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/ledger.h"

#include <string.h>

static void
remember(struct ledger *s, const struct ledger_message *m)
{
	unsigned at = s->recent_at;

	s->recent[at].digest = m->digest;
	s->recent[at].number = m->number;
	s->recent[at].units = m->units;
	s->recent[at].set = true;
	s->recent_at = (at + 1) % LEDGER_RECENT;
}

static bool
came_before(const struct ledger *s, const struct ledger_message *m)
{
	for (unsigned i = 0; i < LEDGER_RECENT; i++)
		if (s->recent[i].set && s->recent[i].number == m->number &&
		    s->recent[i].units == m->units && s->recent[i].digest == m->digest)
			return true;
	return false;
}

static void
expect_behind(struct ledger *s, const struct ledger_message *m)
{
	s->expected = m->number + m->units;
	s->uncertain = m->uncounted;
	s->last = m->received;
	s->started = true;
	remember(s, m);
}

static void
drop_gap(struct ledger *s, unsigned i)
{
	s->gap_count--;
	memmove(&s->gaps[i], &s->gaps[i + 1], (s->gap_count - i) * sizeof s->gaps[0]);
}

static void
push_gap(struct ledger *s, uint32_t first, uint32_t count)
{
	if (s->gap_count == LEDGER_GAPS)
		drop_gap(s, 0);
	s->gaps[s->gap_count++] = (struct ledger_gap){ first, count };
}

static void
open_gap(struct ledger *s, const struct ledger_message *m, uint32_t count)
{
	if (s->counts.gaps++ == 0)
		s->counts.missed_from = s->last;
	s->counts.missed_to = m->received;
	s->counts.missed += count;
	push_gap(s, s->expected, count);
}

/*
 * Takes the units out of the gap that holds the number; what is left of it before and
 * behind stays.  A message of no units fills nothing but lies in the gap all the same.
 */
static bool
fill_gap(struct ledger *s, const struct ledger_message *m)
{
	for (unsigned i = 0; i < s->gap_count; i++) {
		struct ledger_gap gap = s->gaps[i];
		uint32_t before = m->number - gap.first, units = m->units;

		if (before >= gap.count)
			continue;
		if (units > gap.count - before)
			units = gap.count - before;
		s->counts.filled += units;
		if (units == 0)
			return true;
		drop_gap(s, i);
		if (before > 0)
			push_gap(s, gap.first, before);
		if (before + units < gap.count)
			push_gap(s, m->number + units, gap.count - before - units);
		return true;
	}
	return false;
}

static enum ledger_verdict
begin_anew(struct ledger *s, const struct ledger_message *m)
{
	s->counts.restarts++;
	s->gap_count = 0;
	memset(s->recent, 0, sizeof s->recent);
	expect_behind(s, m);
	return LEDGER_RESTART;
}

static enum ledger_verdict
behind_expected(struct ledger *s, const struct ledger_message *m)
{
	if (came_before(s, m)) {
		s->counts.twice++;
		return LEDGER_TWICE;
	}
	if (!m->restarted && fill_gap(s, m)) {
		s->counts.late++;
		remember(s, m);
		return LEDGER_LATE;
	}
	return begin_anew(s, m);
}

enum ledger_verdict
ledger_take(struct ledger *s, const struct ledger_message *m)
{
	uint32_t ahead = m->number - s->expected;

	if (!s->started) {
		expect_behind(s, m);
		return LEDGER_FIRST;
	}
	/* A message without units has the number of the next one: a copy of it is one all the same. */
	if (ahead == 0 && m->units == 0 && came_before(s, m)) {
		s->counts.twice++;
		return LEDGER_TWICE;
	}
	if (ahead == 0 || (s->uncertain && ahead <= LEDGER_GAP_MAX)) {
		s->counts.uncounted += ahead;
		expect_behind(s, m);
		return LEDGER_NEXT;
	}
	if (ahead > LEDGER_GAP_MAX)
		return behind_expected(s, m);
	if (m->restarted)
		return begin_anew(s, m);
	open_gap(s, m, ahead);
	expect_behind(s, m);
	return LEDGER_GAP;
}

struct ledger_counts
ledger_cut(struct ledger *s)
{
	struct ledger_counts counts = s->counts;

	memset(&s->counts, 0, sizeof s->counts);
	return counts;
}
