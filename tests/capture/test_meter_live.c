/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run over interfaces asks of the meter beyond packets: time that passes, counts so far,
 * a clock that was set back. */
#include "capture/meter.h"

#include "tests/capture/script.h"

struct sums {
	uint64_t rows;
	int64_t packets;
};

static enum status
take(void *ctx, struct table **t, struct fault *f)
{
	struct sums *s = ctx;

	(void)f;
	for (size_t row = 0; row < (*t)->rows; row++)
		s->packets += table_int(*t, COLUMN_PACKETS, row) + table_int(*t, COLUMN_REV_PACKETS, row);
	s->rows += (*t)->rows;
	table_reset(*t);
	return STATUS_OK;
}

static struct meter *
open_meter(struct sums *sums)
{
	struct meter_options o;
	struct meter *m = NULL;
	struct fault f = { 0 };

	meter_defaults(&o);
	o.idle = 1000 * MS;
	assert_int_equal(meter_open(&o, take, sums, &m, &f), STATUS_OK);
	return m;
}

static void
put(struct meter *m, const struct script *s, size_t at, size_t count)
{
	struct fault f = { 0 };

	assert_int_equal(meter_put(m, s->packets + at, count, NULL, &f), STATUS_OK);
}

/* No packet comes, and flows end all the same. */
static void
time_alone_ends_flows(void **state)
{
	struct sums sums = { .rows = 0 };
	struct meter *m = open_meter(&sums);
	struct script *s = script_new();
	struct fault f = { 0 };

	(void)state;
	script_udp(s, 0, 1, 2);
	script_udp(s, 900, 3, 4);
	put(m, s, 0, 2);
	assert_int_equal(meter_flows(m), 2);
	assert_int_equal(meter_flush(m, BASE + 900 * MS, &f), STATUS_OK);
	assert_int_equal(sums.rows, 0);
	assert_int_equal(meter_flush(m, BASE + 1300 * MS, &f), STATUS_OK);
	assert_int_equal(sums.rows, 1);
	assert_int_equal(meter_flush(m, BASE + 2300 * MS, &f), STATUS_OK);
	assert_int_equal(sums.rows, 2);
	assert_int_equal(meter_flows(m), 0);
	meter_free(m);
	free(s);
}

/* They are those of meter_account at any moment. */
static void
counts_so_far(void **state)
{
	struct sums sums = { .rows = 0 };
	struct meter *m = open_meter(&sums);
	struct script *s = script_new();
	struct accounting quick, exact;
	struct fault f = { 0 };

	(void)state;
	for (unsigned i = 0; i < 40; i++)
		script_udp(s, i * 200, i % 10, 100);
	for (size_t i = 0; i < 40; i++) {
		put(m, s, i, 1);
		assert_int_equal(meter_flush(m, s->packets[i].time, &f), STATUS_OK);
		meter_account_so_far(m, &quick);
		meter_account(m, &exact, i % 7 == 6);
		assert_memory_equal(&quick, &exact, sizeof quick);
	}
	meter_free(m);
	free(s);
}

/* The flows of before end; those of after end by their own time, not an hour later. */
static void
a_clock_that_was_set_back(void **state)
{
	struct sums sums = { .rows = 0 };
	struct meter *m = open_meter(&sums);
	struct script *s = script_new();
	struct accounting a;
	struct fault f = { 0 };

	(void)state;
	for (unsigned i = 0; i < 20; i++)
		script_udp(s, 3600000 + i, i, 100);
	for (unsigned i = 0; i < 20; i++)
		script_udp(s, i, i, 100);
	script_udp(s, 1500, 50, 100);
	put(m, s, 0, 20);
	assert_int_equal(meter_restart(m, &f), STATUS_OK);
	assert_int_equal(sums.rows, 20);
	assert_int_equal(meter_flows(m), 0);
	put(m, s, 20, 20);
	assert_int_equal(meter_flows(m), 20);
	put(m, s, 40, 1);
	assert_int_equal(meter_flush(m, BASE + 1500 * MS, &f), STATUS_OK);
	assert_int_equal(sums.rows, 40);
	assert_int_equal(meter_finish(m, &f), STATUS_OK);
	assert_int_equal(sums.rows, 41);
	assert_int_equal(sums.packets, 41);
	meter_account(m, &a, true);
	assert_int_equal(a.emitted.flows, 41);
	assert_int_equal(a.carried_out.flows, 0);
	assert_int_equal(a.time_regressions, 0);
	meter_free(m);
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_alone_ends_flows),
		cmocka_unit_test(counts_so_far),
		cmocka_unit_test(a_clock_that_was_set_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
