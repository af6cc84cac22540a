/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "flow/instant.h"

static void
octets(uint8_t out[8], uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		out[i] = (uint8_t)v;
}

static int64_t
back(enum element_type type, uint64_t v, int64_t near)
{
	struct instant at = { 0, 0 };
	uint8_t o[8];

	octets(o, v);
	assert_true(instant_read(type, o, sizeof o, near, &at));
	return at.nanos;
}

static void
nanoseconds_survive(void **state)
{
	(void)state;
	static const int64_t times[] = { 0, 1, 999999999, 1795419840123456789, 4294967295999999999,
		-86400000000001, 1000000000 };

	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		int64_t near = floor_div(times[i], NANOS_PER_SECOND);

		assert_int_equal(back(ELEMENT_dateTimeNanoseconds, instant_ntp_nanos(times[i]), near),
		    times[i]);
	}
	/* every fraction of some seconds' worth of odd steps */
	for (int64_t n = 0; n < NANOS_PER_SECOND; n += 9999991)
		assert_int_equal(back(ELEMENT_dateTimeNanoseconds, instant_ntp_nanos(n), 0), n);
}

static void
microseconds_survive(void **state)
{
	(void)state;
	for (int64_t n = 0; n < 1000000; n += 7) {
		uint64_t ntp = instant_ntp_micros(1795419840 * INT64_C(1000000) + n);

		assert_int_equal(ntp & 0x7ff, 0); /* RFC 7011 section 6.1.9 */
		assert_int_equal(back(ELEMENT_dateTimeMicroseconds, ntp, 1795419840),
		    1795419840 * NANOS_PER_SECOND + n * 1000);
	}
}

/* As exporters have it that take dateTimeNanoseconds and -Microseconds for what they are called. */
static void
counts_since_1970_are_told_by_the_exporters_clock(void **state)
{
	(void)state;
	static const int64_t now = 1795419840; /* of the header */
	static const int64_t nanos = 1795419839123456789;

	assert_int_equal(back(ELEMENT_dateTimeNanoseconds, (uint64_t)nanos, now), nanos);
	assert_int_equal(back(ELEMENT_dateTimeMicroseconds, (uint64_t)nanos / 1000, now), nanos / 1000 * 1000);
	/* a day and more from the header's clock: nobody knows, and the RFC's reading holds */
	assert_int_not_equal(back(ELEMENT_dateTimeNanoseconds, (uint64_t)nanos, now + 90000), nanos);
	assert_int_not_equal(back(ELEMENT_dateTimeNanoseconds, (uint64_t)nanos, now - 90000), nanos);
	/* NTP's times are NTP's, whatever the header's clock says */
	for (int64_t away = -20 * 365; away <= 20 * 365; away += 7)
		assert_int_equal(back(ELEMENT_dateTimeNanoseconds, instant_ntp_nanos(nanos), now + away * 86400),
		    nanos);
	/* and those of VPP keep their second */
	assert_int_equal(back(ELEMENT_dateTimeNanoseconds,
	    (instant_ntp_nanos(nanos) >> 32) << 32 | 999999999, now) / NANOS_PER_SECOND, now - 1);
}

static void
known_octets(void **state)
{
	(void)state;
	/* 1970 is 2208988800 in NTP's seconds; half a second is the upper bit */
	assert_int_equal(instant_ntp_nanos(500000000), UINT64_C(0x83aa7e8080000000));
	assert_int_equal(instant_ntp_micros(500000), UINT64_C(0x83aa7e8080000000));
	assert_int_equal(back(ELEMENT_dateTimeMilliseconds, 1795419840123, 0),
	    INT64_C(1795419840123000000));
}

static void
eras(void **state)
{
	(void)state;
	/* 2036-02-07T06:28:16Z is NTP's zero in its second era */
	assert_int_equal(back(ELEMENT_dateTimeNanoseconds, 0, 2085978496), 2085978496 * NANOS_PER_SECOND);
	assert_int_equal(back(ELEMENT_dateTimeNanoseconds, 0, -1000000000),
	    -2208988800 * NANOS_PER_SECOND);
}

static void
wrong_lengths(void **state)
{
	(void)state;
	struct instant at = { 7, 7 };
	uint8_t o[8] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	assert_false(instant_read(ELEMENT_dateTimeSeconds, o, 8, 0, &at));
	assert_false(instant_read(ELEMENT_dateTimeMilliseconds, o, 4, 0, &at));
	assert_false(instant_read(ELEMENT_dateTimeMilliseconds, o, 8, 0, &at)); /* beyond 64 bits of ns */
	/* the era nearest to 2262 reaches beyond */
	assert_false(instant_read(ELEMENT_dateTimeNanoseconds, o, 8, 9223372036, &at));
	assert_false(instant_read(ELEMENT_dateTimeMicroseconds, o, 8, 9223372036, &at));
	assert_false(instant_read(ELEMENT_unsigned64, o, 8, 0, &at));
	assert_int_equal(at.nanos, 7);
}

static void
uptimes(void **state)
{
	(void)state;
	struct export_header h = { .uptime = 5000, .seconds = 100, .nanos = 250000000 };

	assert_int_equal(instant_of_uptime(&h, 5000).nanos, INT64_C(100250000000));
	assert_int_equal(instant_of_uptime(&h, 1000).nanos, INT64_C(96250000000));
	assert_int_equal(instant_of_uptime(&h, 6000).nanos, INT64_C(101250000000)); /* a little ahead */
	/* 2000 ms before the counter wrapped: 7 s before the header */
	assert_int_equal(instant_of_uptime(&h, UINT32_MAX - 1999).nanos, INT64_C(93250000000));
	h.uptime = UINT32_MAX; /* 49.7 days of a flow */
	h.seconds = 1795419840;
	assert_int_equal(instant_of_uptime(&h, 0).nanos,
	    INT64_C(1795419840250000000) - INT64_C(4294967295) * NANOS_PER_MILLI);
}

static void
same(void **state)
{
	(void)state;
	struct instant fine = { 1999999999, 1 }, second = { 1000000000, 1000000000 };
	struct instant milli = { 1999000000, 1000000 };

	assert_true(instant_same(&fine, &second));
	assert_true(instant_same(&milli, &fine));
	second.nanos = 2000000000;
	assert_false(instant_same(&fine, &second));
	assert_int_equal(floor_div(-1, 1000), -1);
	assert_int_equal(floor_div(-1000, 1000), -1);
	assert_int_equal(floor_div(999, 1000), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nanoseconds_survive),
		cmocka_unit_test(microseconds_survive),
		cmocka_unit_test(counts_since_1970_are_told_by_the_exporters_clock),
		cmocka_unit_test(known_octets),
		cmocka_unit_test(eras),
		cmocka_unit_test(wrong_lengths),
		cmocka_unit_test(uptimes),
		cmocka_unit_test(same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
