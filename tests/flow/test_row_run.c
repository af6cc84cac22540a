/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/row_run.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

enum { ROWS = ROW_RUN_SLICE, KINDS = 6 };

static uint64_t
random_bits(uint64_t *x)
{
	*x = *x * 6364136223846793005ULL + 1442695040888963407ULL;
	return *x >> 16;
}

static void
set_value(struct table *t, enum column_id c, size_t row, uint64_t *x)
{
	struct address a = { { 0 }, random_bits(x) % 4 == 0 ? 6 : 4 };
	uint64_t v = random_bits(x) >> (random_bits(x) % 48);

	for (size_t i = 0; i < (a.family == 4 ? 4 : 16); i++)
		a.octets[i] = (uint8_t)random_bits(x);
	switch (column_infos[c].type) {
	case COLUMN_TYPE_INT32:
		table_set_i32(t, c, row, random_bits(x) % 50 == 0 ? (int32_t)v : (int32_t)(v % 200));
		break;
	case COLUMN_TYPE_INT64:
		table_set_i64(t, c, row, random_bits(x) % 50 == 0 ? -(int64_t)v : (int64_t)v);
		break;
	case COLUMN_TYPE_TIME:
		table_set_i64(t, c, row, INT64_C(1795330800000000) + (int64_t)(v % 1000000000));
		break;
	case COLUMN_TYPE_ADDRESS:
		table_set_address(t, c, row, &a);
		break;
	case COLUMN_TYPE_MAC:
		table_set_mac(t, c, row, v & 0xffffffffffff);
		break;
	default:
		table_set_bytes(t, c, row, &v, v % 9);
		break;
	}
}

/*
 * Rows of some kinds that come in runs: each kind has columns of its own, and some that change
 * from row to row; the last kind has texts, whose records vary in length.
 */
static struct table *
make_table(uint64_t seed)
{
	struct table *t = NULL;
	uint64_t x = seed, kind = 0;

	assert_int_equal(table_open(ROWS, &t, NULL), STATUS_OK);
	while (t->rows < ROWS) {
		size_t row = table_add_row(t);

		if (random_bits(&x) % 9 == 0)
			kind = random_bits(&x) % KINDS;
		for (unsigned c = 0; c < COLUMN_OTHER; c++) {
			bool text = column_infos[c].type == COLUMN_TYPE_TEXT ||
			    column_infos[c].type == COLUMN_TYPE_OCTETS;

			if (text ? kind == KINDS - 1 : (c * 7 + kind * 13) % 5 < 3 && random_bits(&x) % 400 != 0)
				set_value(t, (enum column_id)c, row, &x);
		}
	}
	assert_false(t->failed);
	return t;
}

/* What row_encode makes of each row, one behind the other. */
struct encoded {
	struct buf octets;
	size_t at[ROWS + 1];
	struct row_plan *plans[ROWS];
	struct loss loss[ROWS];
};

static void
encode_each(struct row_encoder *e, const struct table *t, const struct uptime_clock *clock,
    struct encoded *out)
{
	buf_init(&out->octets, 0);
	for (size_t row = 0; row < t->rows; row++) {
		out->at[row] = out->octets.len;
		memset(&out->loss[row], 0, sizeof out->loss[row]);
		assert_int_equal(row_encode(e, t, row, false, clock, &out->plans[row], &out->octets,
		    &out->loss[row], NULL), STATUS_OK);
		out->plans[row]->sent = true;
	}
	out->at[t->rows] = out->octets.len;
}

static void
check_run(const struct row_encoder *e, const struct table *t, const struct uptime_clock *clock,
    const struct encoded *want, size_t row, size_t n)
{
	const struct row_plan *plan = want->plans[row];
	struct loss loss, sum;
	uint8_t *got = malloc(n * plan->octets);

	memset(&loss, 0, sizeof loss);
	memset(&sum, 0, sizeof sum);
	assert_non_null(got);
	row_run_put(e, t, row, n, plan, clock, got, &loss);
	assert_memory_equal(got, want->octets.data + want->at[row], want->at[row + n] - want->at[row]);
	for (size_t i = 0; i < n; i++)
		for (unsigned c = 0; c < COLUMN_COUNT; c++)
			sum.columns[c] += want->loss[row + i].columns[c];
	assert_memory_equal(&loss.columns, &sum.columns, sizeof sum.columns);
	free(got);
}

/* The same octets and losses as row by row, whatever the rows; only slices differ. */
static void
as_row_by_row(enum dialect dialect, bool precise, uint64_t seed)
{
	static struct encoded want;
	static struct row_run run;
	const struct uptime_clock clock = { 1795330000, 1795340000, true };
	struct table *t = make_table(seed);
	struct row_encoder *e = NULL;
	size_t n, in_runs = 0, from = (size_t)(seed % 50);

	assert_int_equal(row_encoder_open(dialect, precise, &e, NULL), STATUS_OK);
	row_encoder_table(e, t);
	encode_each(e, t, &clock, &want);
	row_run_slice(&run, e, t, from, ROWS);
	for (size_t row = from; row < ROWS; row += n) {
		const struct row_plan *plan = row_run_plan(&run, e, row);

		assert_true(row_run_same(&run, want.plans[row], row));
		assert_true(plan == NULL || plan == want.plans[row]);
		assert_true(plan != NULL || want.plans[row]->octets == 0 || want.plans[row]->id >= 256 + 16);
		for (n = 1; row + n < ROWS && want.plans[row + n] == want.plans[row]; n++)
			assert_true(row_run_same(&run, want.plans[row], row + n));
		if (plan == NULL)
			continue;
		check_run(e, t, &clock, &want, row, n);
		in_runs += n;
	}
	assert_true(in_runs > 0);
	row_encoder_free(e);
	buf_free(&want.octets);
	table_free(t);
}

static void
same_octets(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 8; seed++) {
		as_row_by_row(DIALECT_NETFLOW9, false, seed);
		as_row_by_row(DIALECT_IPFIX, false, seed);
		as_row_by_row(DIALECT_IPFIX, true, seed);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(same_octets) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
