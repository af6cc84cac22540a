/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "capture/options.h"
#include "capture/options_learn.h"
#include "flow/sampling.h"

struct world {
	size_t exporter;
	size_t total;
	struct options *options;
};

static void
begin(struct world *w, uint64_t seed)
{
	const struct options_budget budget = { &w->exporter, &w->total };

	assert_int_equal(options_open(seed, &budget, &w->options), STATUS_OK);
}

static enum status
put(struct world *w, enum option_kind kind, uint64_t key, uint64_t number, const char *name,
    const char *description)
{
	const struct option_entry e = { .kind = (uint8_t)kind, .key = key, .number = number,
		.name = { name, strlen(name) }, .description = { description, strlen(description) },
		.origin = { 3, number } };

	return options_put(w->options, &e);
}

static void
text_is(struct option_text text, const char *wanted)
{
	assert_int_equal(text.len, strlen(wanted));
	assert_memory_equal(text.octets, wanted, text.len);
}

/* A later entry replaces, in its place; what it does not say stays; each names its datagram. */
static void
replaced(void **state)
{
	struct world w = { 0, 0, NULL };
	const struct option_entry *e;

	(void)state;
	begin(&w, 1);
	assert_int_equal(put(&w, OPTION_INTERFACE, 1, 10, "eth1", "first"), STATUS_OK);
	assert_int_equal(put(&w, OPTION_INTERFACE, 2, 11, "eth2", ""), STATUS_OK);
	assert_int_equal(put(&w, OPTION_VRF, 1, 12, "red", ""), STATUS_OK);
	assert_int_equal(put(&w, OPTION_INTERFACE, 1, 13, "uplink", ""), STATUS_OK);
	assert_int_equal(put(&w, OPTION_INTERFACE, 2, 14, "eth2", ""), STATUS_OK);
	assert_int_equal(put(&w, OPTION_VRF, 1, 15, "violet", ""), STATUS_OK);
	assert_int_equal(options_count(w.options, OPTION_INTERFACE), 2);
	e = options_next(w.options, NULL);
	text_is(e->name, "uplink");
	text_is(e->description, "first");
	assert_int_equal(e->origin.segment, 3);
	assert_int_equal(e->origin.datagram, 13);
	e = options_next(w.options, e);
	text_is(e->name, "eth2");
	assert_int_equal(e->origin.datagram, 14);
	e = options_next(w.options, e);
	text_is(e->name, "violet");
	assert_ptr_equal(e, options_find(w.options, OPTION_VRF, 1));
	assert_null(options_next(w.options, e));
	assert_int_equal(put(&w, OPTION_VRF, 2, 16, "blue", ""), STATUS_OK);
	assert_ptr_equal(options_next(w.options, e), options_find(w.options, OPTION_VRF, 2));
	options_free(w.options);
	assert_int_equal(w.exporter, 0);
	assert_int_equal(w.total, 0);
}

/* Many are found and kept in their order, whatever the hash's seed. */
static void
many(void **state)
{
	enum { COUNT = 5000 };

	(void)state;
	for (uint64_t seed = 0; seed < 3; seed++) {
		struct world w = { 0, 0, NULL };
		uint64_t at = 0;

		begin(&w, seed);
		for (uint64_t key = 0; key < COUNT; key++)
			assert_int_equal(put(&w, OPTION_SAMPLER, key << 32, key + 1, "", ""), STATUS_OK);
		for (uint64_t key = 0; key < COUNT; key++)
			assert_int_equal(options_find(w.options, OPTION_SAMPLER, key << 32)->number, key + 1);
		assert_null(options_find(w.options, OPTION_SAMPLER, 1));
		assert_null(options_find(w.options, OPTION_VRF, 0));
		for (const struct option_entry *e = options_next(w.options, NULL); e != NULL;
		     e = options_next(w.options, e))
			assert_int_equal(e->number, ++at);
		assert_int_equal(at, COUNT);
		options_free(w.options);
	}
}

/* An exporter's own limit; the limit of all, which leaves each its sure share. */
static void
budgets(void **state)
{
	char name[OPTION_TEXT_MAX + 1];
	struct world w = { 0, 0, NULL };
	uint64_t key = 0;
	size_t full;

	(void)state;
	memset(name, 'x', OPTION_TEXT_MAX);
	name[OPTION_TEXT_MAX] = '\0';
	begin(&w, 1);
	while (put(&w, OPTION_VRF, key, 0, name, "") == STATUS_OK)
		key++;
	assert_int_equal(options_refused(w.options), 1);
	assert_true(w.exporter <= OPTIONS_MAX && w.exporter > OPTIONS_MAX - 1000);
	/* one that is there may still be told anew, and shorter */
	full = w.exporter;
	assert_int_equal(put(&w, OPTION_VRF, 7, 1, "red", ""), STATUS_OK);
	assert_true(w.exporter < full);
	options_free(w.options);

	w = (struct world){ 0, OPTIONS_TOTAL_MAX, NULL };
	begin(&w, 1);
	for (key = 0; put(&w, OPTION_VRF, key, 0, name, "") == STATUS_OK;)
		key++;
	assert_true(w.exporter <= OPTIONS_SURE && w.exporter > OPTIONS_SURE - 1000);
	options_free(w.options);
	assert_int_equal(w.total, OPTIONS_TOTAL_MAX);
}

/* Of few, and whatever the order in which they came to have it. */
static void
in_common(void **state)
{
	struct world w = { 0, 0, NULL };

	(void)state;
	assert_int_equal(options_common(NULL, OPTION_SAMPLER), 0);
	begin(&w, 1);
	assert_int_equal(options_common(w.options, OPTION_SAMPLER), 0);
	assert_int_equal(put(&w, OPTION_SAMPLER, 1, 100, "a", ""), STATUS_OK);
	assert_int_equal(options_common(w.options, OPTION_SAMPLER), 100);
	assert_int_equal(put(&w, OPTION_SAMPLER, 2, 50, "b", ""), STATUS_OK);
	assert_int_equal(options_common(w.options, OPTION_SAMPLER), 0);
	assert_int_equal(put(&w, OPTION_SAMPLER, 1, 50, "c", ""), STATUS_OK);
	assert_int_equal(options_common(w.options, OPTION_SAMPLER), 50);
	assert_int_equal(options_common(w.options, OPTION_SAMPLED_CARD), 0);
	for (uint64_t key = 3; key <= OPTIONS_COMMON_MAX; key++)
		assert_int_equal(put(&w, OPTION_SAMPLER, key, 50, "", ""), STATUS_OK);
	assert_int_equal(options_common(w.options, OPTION_SAMPLER), 50);
	assert_int_equal(put(&w, OPTION_SAMPLER, 99, 50, "", ""), STATUS_OK);
	assert_int_equal(options_common(w.options, OPTION_SAMPLER), 0);
	options_free(w.options);
}

static void
application_keys(void **state)
{
	uint64_t a, b;

	(void)state;
	assert_true(option_application_key((const uint8_t[]){ 13, 0, 0, 80 }, 4, &a));
	assert_true(option_application_key((const uint8_t[]){ 13, 80 }, 2, &b));
	assert_true(a == b && a == (UINT64_C(13) << 56 | 80));
	assert_true(option_application_key((const uint8_t[]){ 1, 0, 0, 0, 0, 2, 3, 4, 5, 6, 7, 8 }, 12, &a));
	assert_false(option_application_key((const uint8_t[]){ 1, 1, 2, 3, 4, 5, 6, 7, 8 }, 9, &a));
	assert_false(option_application_key((const uint8_t[]){ 13 }, 1, &a));
	assert_false(option_application_key((const uint8_t[]){ 0 }, 0, &a));
}

static void
spaced_sampling(void **state)
{
	(void)state;
	assert_int_equal(sampling_spaced(1, 99), 100);
	assert_int_equal(sampling_spaced(1, 0), 1);
	assert_int_equal(sampling_spaced(3, 7), 3);
	assert_int_equal(sampling_spaced(0, 7), 1);
	assert_int_equal(sampling_spaced(UINT64_MAX, UINT64_MAX), 1);
	assert_int_equal(sampling_spaced(1, UINT32_MAX), UINT64_C(1) << 32);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replaced),
		cmocka_unit_test(many),
		cmocka_unit_test(budgets),
		cmocka_unit_test(in_common),
		cmocka_unit_test(application_keys),
		cmocka_unit_test(spaced_sampling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
