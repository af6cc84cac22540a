/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#include "base/floor.h"

enum { DAY_SECONDS = 86400 };
#define NANOS 1000000000LL

struct civil {
	int64_t year;
	unsigned month, day, hour, minute, second;
};

/* Days since 1970 to the Gregorian calendar, by eras of 400 years that begin on 1 March. */
static void
civil_from_seconds(int64_t seconds, struct civil *c)
{
	int64_t days = floor_div(seconds, DAY_SECONDS);
	unsigned rest = (unsigned)floor_mod(seconds, DAY_SECONDS);
	int64_t z = days + 719468;
	int64_t era = floor_div(z, 146097);
	unsigned doe = (unsigned)(z - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;

	c->day = doy - (153 * mp + 2) / 5 + 1;
	c->month = mp < 10 ? mp + 3 : mp - 9;
	c->year = (int64_t)yoe + era * 400 + (c->month <= 2);
	c->hour = rest / 3600;
	c->minute = rest / 60 % 60;
	c->second = rest % 60;
}

static int64_t
seconds_from_civil(const struct civil *c)
{
	int64_t y = c->year - (c->month <= 2);
	int64_t era = floor_div(y, 400);
	unsigned yoe = (unsigned)(y - era * 400);
	unsigned doy = (153 * (c->month > 2 ? c->month - 3 : c->month + 9) + 2) / 5 + c->day - 1;
	unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	int64_t days = era * 146097 + (int64_t)doe - 719468;

	return days * DAY_SECONDS + c->hour * 3600 + c->minute * 60 + c->second;
}

static char *
put_digits(char *p, uint64_t v, int n)
{
	for (int i = n - 1; i >= 0; i--) {
		p[i] = (char)('0' + v % 10);
		v /= 10;
	}
	return p + n;
}

/* Date and time; NULL where the year does not fit. */
static char *
put_civil(char *p, int64_t seconds)
{
	struct civil c;

	civil_from_seconds(seconds, &c);
	if (c.year < 0 || c.year > 9999)
		return NULL;
	p = put_digits(p, (uint64_t)c.year, 4);
	*p++ = '-';
	p = put_digits(p, c.month, 2);
	*p++ = '-';
	p = put_digits(p, c.day, 2);
	*p++ = 'T';
	p = put_digits(p, c.hour, 2);
	*p++ = ':';
	p = put_digits(p, c.minute, 2);
	*p++ = ':';
	return put_digits(p, c.second, 2);
}

/* Seconds since 1970, for the years that RFC 3339 cannot write. */
static size_t
text_epoch(char *out, int64_t value, int64_t unit, int digits)
{
	uint64_t u = (uint64_t)unit, magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	return (size_t)snprintf(out, TEXT_TIME_MAX, "@%s%llu.%0*llu", value < 0 ? "-" : "",
	    (unsigned long long)(magnitude / u), digits, (unsigned long long)(magnitude % u));
}

static size_t
text_time(char *out, int64_t value, int64_t unit, int digits)
{
	char *p = put_civil(out, floor_div(value, unit));

	if (p == NULL)
		return text_epoch(out, value, unit, digits);
	*p++ = '.';
	p = put_digits(p, (uint64_t)floor_mod(value, unit), digits);
	*p++ = 'Z';
	*p = '\0';
	return (size_t)(p - out);
}

size_t
text_time_micros(char out[TEXT_TIME_MAX], int64_t micros)
{
	return text_time(out, micros, 1000000, 6);
}

size_t
text_time_nanos(char out[TEXT_TIME_MAX], int64_t nanos)
{
	return text_time(out, nanos, NANOS, 9);
}

/* A number of n digits; false if one is missing. */
static bool
take_digits(const char **s, int n, unsigned *out)
{
	unsigned v = 0;

	for (int i = 0; i < n; i++) {
		unsigned digit = (unsigned)(unsigned char)(*s)[i] - '0';

		if (digit > 9)
			return false;
		v = v * 10 + digit;
	}
	*s += n;
	*out = v;
	return true;
}

static bool
take(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

/* ".123" to nanoseconds, digits behind the ninth cut; no fraction is none. */
static bool
take_fraction(const char **s, int64_t *nanos)
{
	int64_t scale = NANOS / 10;

	*nanos = 0;
	if (!take(s, '.'))
		return true;
	if (**s < '0' || **s > '9')
		return false;
	for (; **s >= '0' && **s <= '9'; (*s)++) {
		*nanos += (**s - '0') * scale;
		scale /= 10;
	}
	return true;
}

static bool
take_zone(const char **s, int64_t *seconds)
{
	unsigned hours, minutes;
	bool east = **s == '+';

	*seconds = 0;
	if (take(s, 'Z') || take(s, 'z') || **s == '\0')
		return true;
	if (!take(s, '+') && !take(s, '-'))
		return false;
	if (!take_digits(s, 2, &hours))
		return false;
	(void)take(s, ':');
	if (!take_digits(s, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*seconds = (int64_t)(hours * 3600 + minutes * 60) * (east ? 1 : -1);
	return true;
}

static unsigned
month_days(int64_t year, unsigned month)
{
	static const uint8_t days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap ? 1U : 0U);
}

static bool
civil_valid(const struct civil *c)
{
	return c->month >= 1 && c->month <= 12 && c->day >= 1 &&
	    c->day <= month_days(c->year, c->month) && c->hour <= 23 && c->minute <= 59 &&
	    c->second <= 60;
}

/* Date, then optionally time: 2026-11-23[T07:44[:00]] or nfdump's 2026/11/23[.07:44[:00]]. */
static bool
take_civil(const char **s, struct civil *c)
{
	unsigned year;
	char dash;

	if (!take_digits(s, 4, &year))
		return false;
	c->year = year;
	dash = **s;
	if ((dash != '-' && dash != '/') || !take(s, dash) || !take_digits(s, 2, &c->month) ||
	    !take(s, dash) || !take_digits(s, 2, &c->day))
		return false;
	if (**s == '\0')
		return true;
	if (!(dash == '/' ? take(s, '.') : take(s, 'T') || take(s, 't') || take(s, ' ')))
		return false;
	if (!take_digits(s, 2, &c->hour) || !take(s, ':') || !take_digits(s, 2, &c->minute))
		return false;
	return !take(s, ':') || take_digits(s, 2, &c->second);
}

static bool
to_nanos(int64_t seconds, int64_t rest, int64_t *nanos)
{
	/* towards zero, so that the lowest time of all does not pass through a lower one */
	if (seconds < 0 && rest > 0) {
		seconds++;
		rest -= NANOS;
	}
	return !__builtin_mul_overflow(seconds, NANOS, nanos) &&
	    !__builtin_add_overflow(*nanos, rest, nanos);
}

static bool
parse_epoch(const char *s, int64_t *nanos)
{
	int64_t seconds = 0, rest, v;
	bool negative = take(&s, '-');

	if (*s < '0' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9'; s++)
		if (__builtin_mul_overflow(seconds, 10, &seconds) ||
		    __builtin_add_overflow(seconds, *s - '0', &seconds))
			return false;
	if (!take_fraction(&s, &rest) || *s != '\0' ||
	    !to_nanos(negative ? -seconds : seconds, negative ? -rest : rest, &v))
		return false;
	*nanos = v;
	return true;
}

bool
text_parse_time(const char *s, int64_t *nanos)
{
	struct civil c = { 0 };
	int64_t rest, zone, v;

	if (take(&s, '@'))
		return parse_epoch(s, nanos);
	if (!take_civil(&s, &c) || !civil_valid(&c))
		return false;
	if (!take_fraction(&s, &rest) || !take_zone(&s, &zone) || *s != '\0')
		return false;
	if (!to_nanos(seconds_from_civil(&c) - zone, rest, &v))
		return false;
	*nanos = v;
	return true;
}

bool
text_parse_duration(const char *s, int64_t *nanos)
{
	static const struct {
		const char *name;
		int64_t nanos;
	} units[] = { { "", NANOS }, { "s", NANOS }, { "ms", 1000000 }, { "us", 1000 }, { "ns", 1 },
		{ "m", 60 * NANOS }, { "h", 3600 * NANOS }, { "d", 86400 * NANOS },
		{ "w", 7 * 86400 * NANOS } };
	size_t digits = strspn(s, "0123456789");
	char number[24];
	int64_t fraction, whole;
	uint64_t v;

	if (digits == 0 || digits >= sizeof number)
		return false;
	memcpy(number, s, digits);
	number[digits] = '\0';
	s += digits;
	if (!text_parse_u64(number, INT64_MAX, &v) || !take_fraction(&s, &fraction))
		return false;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (strcmp(s, units[i].name) != 0)
			continue;
		if (__builtin_mul_overflow((int64_t)v, units[i].nanos, &whole))
			return false;
		/* The fraction is in billionths of the unit; units below a second cut it. */
		fraction = units[i].nanos >= NANOS ? fraction * (units[i].nanos / NANOS) :
		    fraction / (NANOS / units[i].nanos);
		if (__builtin_add_overflow(whole, fraction, &whole))
			return false;
		*nanos = whole;
		return true;
	}
	return false;
}
