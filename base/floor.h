/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_FLOOR_H
#define BASE_FLOOR_H

/*
 * Division that rounds down, for times before 1970.  For any a and any b > 0; the rest is
 * computed by itself, since quotient * b may lie below what 64 bits hold.
 */

#include <stdint.h>

static inline int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* 0 to b - 1. */
static inline int64_t
floor_mod(int64_t a, int64_t b)
{
	int64_t rest = a % b;

	return rest < 0 ? rest + b : rest;
}

#endif
