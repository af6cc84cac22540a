/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/instant.h"

#include "base/cursor.h"

#define NTP_1970       INT64_C(2208988800) /* seconds from 1900 to 1970 */
#define NTP_ERA        (INT64_C(1) << 32)
#define MICROS         UINT64_C(1000000)
#define DAY            INT64_C(86400)
#define YEAR           (365 * DAY)

enum { MICRO_BITS = 21 }; /* of the fraction; the lower 11 are to be ignored */

/* Seconds since 1970 of an NTP time, in the era that brings it nearest to `near`. */
static int64_t
ntp_seconds(uint32_t ntp, int64_t near)
{
	int64_t s = (int64_t)ntp - NTP_1970;

	return s + floor_div(near - s + NTP_ERA / 2, NTP_ERA) * NTP_ERA;
}

static int64_t
nanos_fraction(uint64_t ntp)
{
	uint64_t fraction = (uint32_t)ntp;

	return (int64_t)((fraction * (uint64_t)NANOS_PER_SECOND + (UINT64_C(1) << 31)) >> 32);
}

static int64_t
micros_fraction(uint64_t ntp)
{
	uint64_t fraction = (uint32_t)ntp >> (32 - MICRO_BITS);

	fraction = (fraction * MICROS + (1 << (MICRO_BITS - 1))) >> MICRO_BITS;
	return (int64_t)fraction * NANOS_PER_MICRO;
}

/* So many units since 1970, and no NTP time at all. */
static bool
is_count(uint64_t v, int64_t near, int64_t unit)
{
	int64_t per_second = NANOS_PER_SECOND / unit, seconds;

	if (v > (uint64_t)(INT64_MAX / unit))
		return false;
	seconds = (int64_t)v / per_second;
	return seconds >= near - DAY && seconds <= near + DAY;
}

/* The fraction may have been rounded up to a whole second. */
static bool
ntp_time(uint64_t ntp, int64_t near, int64_t fraction, int64_t unit, struct instant *out)
{
	int64_t seconds = ntp_seconds((uint32_t)(ntp >> 32), near);

	if ((seconds < near - YEAR || seconds > near + YEAR) && is_count(ntp, near, unit)) {
		*out = (struct instant){ (int64_t)ntp * unit, unit };
		return true;
	}
	if (seconds < INT64_MIN / NANOS_PER_SECOND || seconds >= INT64_MAX / NANOS_PER_SECOND)
		return false;
	*out = (struct instant){ seconds * NANOS_PER_SECOND + fraction, unit };
	return true;
}

bool
instant_read(enum element_type type, const uint8_t *octets, size_t len, int64_t near,
    struct instant *out)
{
	uint64_t v;

	if (len != element_type_size(type))
		return false;
	v = len == 4 ? load_be32(octets) : load_be64(octets);
	switch (type) {
	case ELEMENT_dateTimeSeconds:
		*out = (struct instant){ (int64_t)v * NANOS_PER_SECOND, NANOS_PER_SECOND };
		return true;
	case ELEMENT_dateTimeMilliseconds:
		if (v > INT64_MAX / NANOS_PER_MILLI)
			return false;
		*out = (struct instant){ (int64_t)v * NANOS_PER_MILLI, NANOS_PER_MILLI };
		return true;
	case ELEMENT_dateTimeMicroseconds:
		return ntp_time(v, near, micros_fraction(v), NANOS_PER_MICRO, out);
	case ELEMENT_dateTimeNanoseconds:
		return ntp_time(v, near, nanos_fraction(v), 1, out);
	default:
		return false;
	}
}

struct instant
instant_of_uptime(const struct export_header *h, uint32_t uptime)
{
	int64_t clock = (int64_t)h->seconds * NANOS_PER_SECOND + h->nanos;
	int64_t behind = (int64_t)h->uptime - uptime;

	/* a little ahead of the header happens; far ahead means that the uptime has wrapped */
	if (behind < -(INT64_C(1) << 31))
		behind += INT64_C(1) << 32;
	return (struct instant){ clock - behind * NANOS_PER_MILLI, NANOS_PER_MILLI };
}

uint64_t
instant_ntp_nanos(int64_t nanos)
{
	int64_t seconds = floor_div(nanos, NANOS_PER_SECOND);
	uint64_t rest = (uint64_t)floor_mod(nanos, NANOS_PER_SECOND);
	uint64_t fraction = ((rest << 32) + (uint64_t)NANOS_PER_SECOND / 2) / (uint64_t)NANOS_PER_SECOND;

	return (uint64_t)(seconds + NTP_1970) << 32 | fraction;
}

uint64_t
instant_ntp_micros(int64_t micros)
{
	int64_t seconds = floor_div(micros, (int64_t)MICROS);
	uint64_t rest = (uint64_t)floor_mod(micros, (int64_t)MICROS);
	uint64_t fraction = ((rest << MICRO_BITS) + MICROS / 2) / MICROS;

	return (uint64_t)(seconds + NTP_1970) << 32 | fraction << (32 - MICRO_BITS);
}

bool
instant_same(const struct instant *a, const struct instant *b)
{
	int64_t unit = a->unit > b->unit ? a->unit : b->unit;

	return floor_div(a->nanos, unit) == floor_div(b->nanos, unit);
}
