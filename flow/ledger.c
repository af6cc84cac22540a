/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/ledger.h"

#include <string.h>

#include "base/hash.h"

/*
 * By which a message is known again, together with its number; 0 is no message's.  The constants
 * only keep zeros from being factors.
 */
static uint32_t
mark_of(const struct ledger_message *m)
{
	return (uint32_t)hash_mix(m->digest ^ UINT64_C(0x9e3779b97f4a7c15),
	           m->units + UINT64_C(0xbf58476d1ce4e5b9)) | 1;
}

static void
remember(struct ledger *s, const struct ledger_message *m)
{
	unsigned at = s->recent_at;

	s->recent[at].mark = mark_of(m);
	s->recent[at].number = m->number;
	s->recent_at = (at + 1) % LEDGER_RECENT;
}

static bool
came_before(const struct ledger *s, const struct ledger_message *m)
{
	uint32_t mark = mark_of(m);

	for (unsigned i = 0; i < LEDGER_RECENT; i++)
		if (s->recent[i].number == m->number && s->recent[i].mark == mark)
			return true;
	return false;
}

static void
expect_behind(struct ledger *s, const struct ledger_message *m)
{
	s->expected = m->number + m->units;
	s->slack = m->slack;
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

static void
keep_before(struct ledger *s)
{
	s->before = (struct ledger_before){ .set = true, .expected = s->expected, .slack = s->slack,
		.last = s->last, .gap_count = s->gap_count, .counts = s->counts };
}

/* The message before this one was a stray: the sequence goes on where it was. */
static void
take_back(struct ledger *s)
{
	struct ledger_before was = s->before;

	s->before.set = false;
	s->expected = was.expected;
	s->slack = was.slack;
	s->last = was.last;
	s->gap_count = was.gap_count;
	if (was.cut)
		return; /* what was said cannot be unsaid */
	s->counts = was.counts;
	s->counts.late++;
}

static bool
was_stray(const struct ledger *s, const struct ledger_message *m)
{
	uint32_t by_then = m->number - s->before.expected;

	return s->before.set && !m->restarted && by_then <= LEDGER_NEAR &&
	    by_then < m->number - s->expected;
}

static enum ledger_verdict
begin_anew(struct ledger *s, const struct ledger_message *m)
{
	keep_before(s);
	s->counts.restarts++;
	s->gap_count = 0; /* their places stay as they are for one message: take_back */
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

/* Ahead by more than the message before can account for. */
static enum ledger_verdict
ahead_of_expected(struct ledger *s, const struct ledger_message *m, uint32_t ahead)
{
	if (ahead > LEDGER_NEAR)
		keep_before(s);
	s->counts.uncounted += s->slack;
	s->expected += s->slack;
	open_gap(s, m, ahead - s->slack);
	if (s->before.gap_count >= s->gap_count)
		s->before.gap_count = s->gap_count - 1; /* the oldest gave way to it */
	expect_behind(s, m);
	return LEDGER_GAP;
}

enum ledger_verdict
ledger_take(struct ledger *s, const struct ledger_message *m)
{
	uint32_t ahead;

	if (!s->started) {
		expect_behind(s, m);
		return LEDGER_FIRST;
	}
	if (was_stray(s, m))
		take_back(s);
	s->before.set = false;
	ahead = m->number - s->expected;
	/* A message without units has the number of the next one: a copy of it is one all the same. */
	if (ahead == 0 && m->units == 0 && came_before(s, m)) {
		s->counts.twice++;
		return LEDGER_TWICE;
	}
	if (ahead == 0 || (ahead <= s->slack && !m->restarted)) {
		s->counts.uncounted += ahead;
		expect_behind(s, m);
		return LEDGER_NEXT;
	}
	if (ahead > LEDGER_GAP_MAX)
		return behind_expected(s, m);
	if (m->restarted)
		return begin_anew(s, m);
	return ahead_of_expected(s, m, ahead);
}

void
ledger_expect(struct ledger *s, uint32_t number)
{
	s->expected = number;
}

struct ledger_counts
ledger_cut(struct ledger *s)
{
	struct ledger_counts counts = s->counts;

	memset(&s->counts, 0, sizeof s->counts);
	s->before.cut = true;
	return counts;
}
