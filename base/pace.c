/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/pace.h"

#define SECOND INT64_C(1000000000)

enum { RATE_MAX = 1000000000 };

void
pace_init(struct pace *p, uint64_t rate, int64_t now)
{
	/* at a unit each nanosecond nothing is limited any more */
	*p = (struct pace){ .rate = rate > RATE_MAX ? 0 : rate, .start = now };
}

int64_t
pace_take(struct pace *p, uint64_t units, int64_t now)
{
	int64_t due;

	if (p->rate == 0)
		return now;
	due = p->start + (int64_t)(p->done * (uint64_t)SECOND / p->rate);
	if (now > due + PACE_BACKLOG) {
		p->start += now - due - PACE_BACKLOG;
		due = now - PACE_BACKLOG;
	}
	p->done += units;
	/* whole seconds go into the start, so that no product overflows */
	p->start += (int64_t)(p->done / p->rate) * SECOND;
	p->done %= p->rate;
	return due;
}
