/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_INTERVAL_H
#define CAPTURE_INTERVAL_H

/* The intervals of rotation: multiples of their length since 1970, the clock of the day (UTC). */

#include <stdint.h>

/*
 * The interval that a time lies in, *from included, *to not; length above 0, all nanoseconds.
 * The first and the last that 64 bits know are cut.
 */
void interval_of(int64_t time, int64_t length, int64_t *from, int64_t *to);

#endif
