/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_SCHEDULE_H
#define REPLAY_SCHEDULE_H

/*
 * When what a target sends may go: an absolute schedule on a monotonic clock that the caller
 * gives, which follows the archive's own time at some speed, a rate, or both; nothing drifts and
 * nothing is waited for in a loop.  How far from its time each datagram went is kept.
 *
 * schedule_open; schedule_follow before what has a time in the archive; schedule_admit before
 * each datagram.  Once interrupted nothing waits any more.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pace.h"
#include "replay/jitter.h"

enum schedule_unit { SCHEDULE_FLOWS, SCHEDULE_DATAGRAMS, SCHEDULE_BITS };

/* Nanoseconds. */
struct schedule_clock {
	int64_t (*now)(void); /* monotonic */
	void (*sleep_until)(int64_t now);
	int64_t (*wall)(void); /* since 1970 */
};

enum { SCHEDULE_SPEED_ONE = 1000 };

struct schedule_options {
	uint64_t rate;  /* units a second, 0: no limit */
	enum schedule_unit unit;
	uint64_t speed; /* SCHEDULE_SPEED_ONE is the archive's own; 0: its time is not followed */
	struct schedule_clock clock;
	const volatile int *interrupt; /* NULL, or nonzero once nothing is to wait any more */
	bool dry; /* nothing waits: the time that it would take is reckoned */
};

struct schedule {
	struct schedule_options options;
	struct pace pace;
	struct jitter jitter;
	int64_t started;  /* the clock's */
	int64_t reckoned; /* a dry one's clock */
	int64_t anchor;   /* the archive's time that went at `anchored`, nanoseconds since 1970 */
	int64_t anchored;
	bool has_anchor;
	int64_t due;      /* of what schedule_follow saw last */
	void (*before_wait)(void *ctx); /* NULL, or called before each wait */
	void *before_wait_ctx;
};

void schedule_open(struct schedule *s, const struct schedule_options *o);
/* To be called before anything waits: what is held back so that more goes at once must go then. */
void schedule_before_wait(struct schedule *s, void (*call)(void *ctx), void *ctx);
/* The next time that is followed goes at once, and those behind it relative to it. */
void schedule_rewind(struct schedule *s);
/* The clock; of a dry one what it would show. */
int64_t schedule_now(const struct schedule *s);
bool schedule_interrupted(const struct schedule *s);
/* How long until that time of the archive comes; 0 where it is past, or where none is followed. */
int64_t schedule_left(struct schedule *s, int64_t time);
/* Waits for it; false where it was interrupted before. */
bool schedule_follow(struct schedule *s, int64_t time);
/* Waits until a datagram with so many flows and octets may go, and notes how exact that was. */
void schedule_admit(struct schedule *s, uint64_t flows, size_t octets);
/* Waits that long, if it is not interrupted. */
void schedule_pause(struct schedule *s, int64_t nanos);

#endif
