/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/schedule.h"

/* A wait is made of such steps, so that an interruption is seen. */
#define STEP INT64_C(200000000)
/* What comes so soon goes now: well below the two milliseconds that a datagram may be off. */
#define SLACK INT64_C(200000)

void
schedule_open(struct schedule *s, const struct schedule_options *o)
{
	int64_t now = o->dry ? 0 : o->clock.now();

	*s = (struct schedule){ .options = *o, .started = now };
	/* bits are counted as octets: a billion of them a second can be asked for */
	if (o->unit == SCHEDULE_BITS && o->rate > 0)
		s->options.rate = (o->rate + 7) / 8;
	pace_init(&s->pace, s->options.rate, now);
}

void
schedule_before_wait(struct schedule *s, void (*call)(void *ctx), void *ctx)
{
	s->before_wait = call;
	s->before_wait_ctx = ctx;
}

void
schedule_rewind(struct schedule *s)
{
	s->has_anchor = false;
}

int64_t
schedule_now(const struct schedule *s)
{
	return s->options.dry ? s->reckoned : s->options.clock.now();
}

bool
schedule_interrupted(const struct schedule *s)
{
	return s->options.interrupt != NULL &&
	    __atomic_load_n(s->options.interrupt, __ATOMIC_RELAXED) != 0;
}

/* False where it was interrupted before. */
static bool
wait_until(struct schedule *s, int64_t due)
{
	int64_t now = schedule_now(s);

	if (s->options.dry) {
		if (due > s->reckoned)
			s->reckoned = due;
		return !schedule_interrupted(s);
	}
	if (due > now + SLACK && s->before_wait != NULL)
		s->before_wait(s->before_wait_ctx);
	while (due > now + SLACK) {
		if (schedule_interrupted(s))
			return false;
		s->options.clock.sleep_until(due - now < STEP ? due : now + STEP);
		now = schedule_now(s);
	}
	return true;
}

/* Nanoseconds of the clock that so many of the archive take; far away is far away. */
static int64_t
scaled(const struct schedule *s, int64_t by)
{
	__extension__ typedef __int128 wide;
	wide v = (wide)by * SCHEDULE_SPEED_ONE / (int64_t)s->options.speed;
	wide most = INT64_MAX / 4;

	return (int64_t)(v > most ? most : v < -most ? -most : v);
}

/* When it is due, on the clock. */
static int64_t
due_of(struct schedule *s, int64_t time)
{
	int64_t by;

	if (!s->has_anchor) {
		s->anchor = time;
		s->anchored = schedule_now(s);
		s->has_anchor = true;
	}
	if (__builtin_sub_overflow(time, s->anchor, &by))
		by = time > s->anchor ? INT64_MAX : INT64_MIN;
	return s->anchored + scaled(s, by);
}

int64_t
schedule_left(struct schedule *s, int64_t time)
{
	int64_t left;

	if (s->options.speed == 0)
		return 0;
	left = due_of(s, time) - schedule_now(s);
	return left > SLACK ? left : 0;
}

bool
schedule_follow(struct schedule *s, int64_t time)
{
	if (s->options.speed == 0)
		return true;
	s->due = due_of(s, time);
	return wait_until(s, s->due);
}

static uint64_t
units_of(const struct schedule *s, uint64_t flows, size_t octets)
{
	switch (s->options.unit) {
	case SCHEDULE_DATAGRAMS:
		return 1;
	case SCHEDULE_BITS:
		return octets;
	default:
		return flows;
	}
}

void
schedule_admit(struct schedule *s, uint64_t flows, size_t octets)
{
	bool followed = s->options.speed != 0 && s->has_anchor;
	int64_t due = s->due;

	if (!followed && s->options.rate == 0)
		return;
	if (s->options.rate != 0) {
		int64_t paced = pace_take(&s->pace, units_of(s, flows, octets), schedule_now(s));

		due = followed && due > paced ? due : paced;
	}
	if (wait_until(s, due))
		jitter_add(&s->jitter, schedule_now(s) - (followed ? s->due : due));
}

void
schedule_pause(struct schedule *s, int64_t nanos)
{
	(void)wait_until(s, schedule_now(s) + nanos);
}
