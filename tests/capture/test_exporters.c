/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "capture/exporters.h"

#define SECOND INT64_C(1000000000)

static struct address
address(uint32_t n)
{
	struct address a = { .octets = { 10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n },
		.family = 4 };

	return a;
}

static enum status
find(struct exporters *e, uint32_t n, uint16_t port, int64_t at, struct exporter **out)
{
	const struct datagram d = { .src = address(n), .src_port = port, .received = at };

	return exporters_find(e, &d, out);
}

static void
finds_the_same(void **state)
{
	(void)state;
	struct exporter *one, *two, *again;
	struct exporters *e = NULL;
	struct exporter_domain *d, *same;

	assert_int_equal(exporters_open(1, &e, NULL), STATUS_OK);
	assert_int_equal(find(e, 1, 5, 10, &one), STATUS_OK);
	assert_int_equal(find(e, 1, 6, 11, &two), STATUS_OK);
	assert_int_equal(find(e, 1, 5, 12, &again), STATUS_OK);
	assert_ptr_equal(one, again);
	assert_ptr_not_equal(one, two);
	assert_int_equal(one->datagrams, 2);
	assert_int_equal(one->first, 10);
	assert_int_equal(one->last, 12);
	assert_int_equal(exporters_domain(e, one, 9, 3, &d), STATUS_OK);
	assert_int_equal(exporters_domain(e, one, 10, 3, &same), STATUS_OK);
	assert_ptr_not_equal(d, same);
	assert_int_equal(exporters_domain(e, one, 9, 3, &same), STATUS_OK);
	assert_ptr_equal(d, same);
	assert_int_equal(one->domain_count, 2);
	for (uint32_t i = 4; i < EXPORTER_DOMAINS_MAX + 2; i++)
		assert_int_equal(exporters_domain(e, one, 9, i, &d), STATUS_OK);
	assert_int_equal(exporters_domain(e, one, 9, 5000, &d), STATUS_LIMIT);
	assert_int_equal(exporters_domain(e, two, 9, 5000, &d), STATUS_OK);
	exporters_free(e);
}

/* Exporters that have all the domains there are leave each other one its sure share. */
static void
domains_for_everybody(void **state)
{
	(void)state;
	struct exporters *e = NULL;
	struct exporter *x;
	struct exporter_domain *d;
	uint32_t i;

	assert_int_equal(exporters_open(1, &e, NULL), STATUS_OK);
	for (uint16_t port = 1; port <= EXPORTERS_DOMAINS_MAX / EXPORTER_DOMAINS_MAX; port++) {
		assert_int_equal(find(e, 1, port, 10, &x), STATUS_OK);
		for (i = 0; i < EXPORTER_DOMAINS_MAX; i++)
			assert_int_equal(exporters_domain(e, x, 9, i, &d), STATUS_OK);
	}
	assert_int_equal(find(e, 2, 1, 10, &x), STATUS_OK);
	for (i = 0; i < EXPORTER_DOMAINS_SURE; i++)
		assert_int_equal(exporters_domain(e, x, 9, i, &d), STATUS_OK);
	assert_int_equal(exporters_domain(e, x, 9, i, &d), STATUS_LIMIT);
	exporters_free(e);
}

/* What came is told once, goes into the total, and is not lost with an exporter that gives way. */
static void
counts_are_cut(void **state)
{
	(void)state;
	struct exporters *e = NULL;
	struct exporter *x;
	struct exporter_domain *d;
	struct exporter_counts c;
	uint64_t gone;

	assert_int_equal(exporters_open(1, &e, NULL), STATUS_OK);
	assert_int_equal(find(e, 1, 5, 0, &x), STATUS_OK);
	assert_int_equal(exporters_domain(e, x, 9, 3, &d), STATUS_OK);
	d->now.decoded.records = 7;
	d->now.late = 2;
	d->ledger.counts = (struct ledger_counts){ .missed = 4, .gaps = 1, .missed_from = 10,
		.missed_to = 20 };
	c = exporter_cut(d);
	assert_int_equal(c.decoded.records, 7);
	assert_int_equal(c.ledger.missed, 4);
	c = exporter_cut(d);
	assert_int_equal(c.decoded.records + c.ledger.missed + c.late, 0);
	d->now.decoded.records = 1;
	d->ledger.counts = (struct ledger_counts){ .missed = 1, .gaps = 1, .missed_from = 30,
		.missed_to = 40 };
	c = exporter_cut(d);
	assert_int_equal(d->total.decoded.records, 8);
	assert_int_equal(d->total.late, 2);
	assert_int_equal(d->total.ledger.missed, 5);
	assert_int_equal(d->total.ledger.missed_from, 10);
	assert_int_equal(d->total.ledger.missed_to, 40);
	d->now.decoded.records = 3;
	for (uint32_t i = 1; i < EXPORTERS_MAX; i++)
		assert_int_equal(find(e, 100 + i, 1, 2 * EXPORTER_IDLE, &x), STATUS_OK);
	for (int i = 0; i < 300 && find(e, 99, 1, 2 * EXPORTER_IDLE, &x) != STATUS_OK; i++)
		continue;
	c = exporters_gone(e, &gone);
	assert_int_equal(gone, 1);
	assert_int_equal(c.decoded.records, 3);
	(void)exporters_gone(e, &gone);
	assert_int_equal(gone, 0);
	exporters_free(e);
}

/* A flood of invented ones: those that are known stay, and the table does not grow. */
static void
flood(void **state)
{
	(void)state;
	struct exporter *honest, *x;
	struct exporters *e = NULL;
	size_t count;

	assert_int_equal(exporters_open(1, &e, NULL), STATUS_OK);
	for (int i = 0; i < 10; i++)
		assert_int_equal(find(e, 0, 2055, 0, &honest), STATUS_OK);
	for (uint32_t i = 1; i < EXPORTERS_MAX; i++)
		assert_int_equal(find(e, i, 1, SECOND, &x), STATUS_OK);
	assert_int_equal(find(e, EXPORTERS_MAX, 1, 2 * SECOND, &x), STATUS_LIMIT);
	/* after a minute those that said next to nothing give way, and not the honest one */
	for (uint32_t i = 0; i < EXPORTERS_MAX; i++)
		assert_int_equal(find(e, EXPORTERS_MAX + i, 1, 100 * SECOND, &x),
		    i < EXPORTERS_MAX - 1 ? STATUS_OK : STATUS_LIMIT);
	assert_int_equal(find(e, 0, 2055, 100 * SECOND, &x), STATUS_OK);
	assert_ptr_equal(x, honest);
	assert_int_equal(x->datagrams, 11);
	exporters_list(e, &count);
	assert_int_equal(count, EXPORTERS_MAX);
	exporters_free(e);
}

static bool
header(struct exporter_domain *d, uint16_t version, uint32_t uptime, uint32_t seconds, int64_t at)
{
	const struct export_header h = { .version = version, .uptime = uptime, .seconds = seconds };

	return exporter_clock(d, &h, at);
}

static void
clocks(void **state)
{
	(void)state;
	struct exporter_domain d = { 0 }, ipfix = { 0 };

	assert_false(header(&d, 9, 1000000, 100, 101 * SECOND));
	assert_false(header(&d, 9, 1002000, 102, 102 * SECOND));
	assert_false(header(&d, 9, 999000, 99, 103 * SECOND)); /* came late */
	assert_int_equal(d.uptime, 1002000);
	assert_int_equal(d.now.offset_least, 0);
	assert_int_equal(d.now.offset_most, 4 * SECOND);
	assert_true(header(&d, 9, 500, 104, 104 * SECOND)); /* began anew */
	assert_false(header(&d, 9, 1500, 105, 105 * SECOND));
	/* 49.7 days: the wrap is no start */
	d.uptime = UINT32_MAX - 400;
	assert_false(header(&d, 9, 600, 106, 106 * SECOND));
	assert_int_equal(d.uptime, 600);
	/* IPFIX has none */
	assert_false(header(&ipfix, 10, 0, 100, 100 * SECOND));
	assert_false(header(&ipfix, 10, 0, 50, 100 * SECOND));
	assert_int_equal(ipfix.now.offset_most, 50 * SECOND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_same),
		cmocka_unit_test(domains_for_everybody),
		cmocka_unit_test(counts_are_cut),
		cmocka_unit_test(flood),
		cmocka_unit_test(clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
