/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "capture/waiting.h"

static const uint8_t octets[65535];

static void
put(struct waiting *w, size_t *total, uint16_t id, size_t len)
{
	const struct waiting_set set = { .id = id, .offset = 0, .len = len,
		.datagram = { .data = octets, .len = len } };
	struct waiting_octets *copy = NULL;

	assert_true(waiting_put(w, total, &set, &copy));
	waiting_done(w, total, copy);
}

static bool
is_id(void *ctx, uint32_t domain, uint16_t id)
{
	assert_int_equal(domain, 0);
	return id == *(uint16_t *)ctx;
}

static uint16_t
take(struct waiting *w, size_t *total, uint16_t id)
{
	struct waiting_set *s = waiting_take(w, total, is_id, &id);
	uint16_t len = s == NULL ? 0 : (uint16_t)s->len;

	if (s != NULL) {
		assert_int_equal(s->octets->len, len);
		waiting_set_free(w, total, s);
	}
	return len;
}

static void
first_come_first_served(void **state)
{
	(void)state;
	struct waiting w = { 0 };
	size_t total = 0;

	put(&w, &total, 256, 10);
	put(&w, &total, 257, 20);
	put(&w, &total, 256, 30);
	assert_int_equal(w.octets, total);
	assert_int_equal(take(&w, &total, 258), 0);
	assert_int_equal(take(&w, &total, 256), 10);
	assert_int_equal(take(&w, &total, 256), 30);
	put(&w, &total, 258, 40); /* behind the last that was taken */
	assert_int_equal(take(&w, &total, 257), 20);
	assert_int_equal(take(&w, &total, 258), 40);
	assert_null(w.first);
	assert_int_equal(w.octets, 0);
	assert_int_equal(total, 0);
	put(&w, &total, 256, 50);
	assert_int_equal(take(&w, &total, 256), 50);
	assert_int_equal(total, 0);
}

/* The oldest of the same exporter gives way, never another's. */
static void
bounded(void **state)
{
	(void)state;
	struct waiting w = { 0 }, other = { 0 };
	size_t total = 0;

	put(&other, &total, 256, 7);
	for (uint16_t id = 300; id < 340; id++)
		put(&w, &total, id, sizeof octets);
	assert_true(w.octets <= WAITING_MAX);
	assert_int_equal(w.dropped, 40 - WAITING_MAX / (sizeof octets + sizeof(struct waiting_octets) + sizeof(struct waiting_set)));
	assert_int_equal(take(&w, &total, 300), 0);
	assert_int_equal(take(&w, &total, 339), sizeof octets);
	assert_int_equal(take(&other, &total, 256), 7);
	/* all together: what is above the sure share is not kept, and counted */
	total += WAITING_TOTAL_MAX;
	put(&other, &total, 256, 7);
	assert_int_equal(other.dropped, 0);
	put(&other, &total, 257, WAITING_SURE);
	assert_int_equal(other.dropped, 2);
	assert_null(other.first);
	total -= WAITING_TOTAL_MAX;
	waiting_free(&w, &total);
	assert_int_equal(total, 0);
	assert_int_equal(w.octets, 0);
}

/* The sets of one datagram share a copy, which goes with the last of them. */
static void
sets_share_their_datagram(void **state)
{
	(void)state;
	struct waiting w = { 0 };
	size_t total = 0;
	struct waiting_set set = { .id = 256, .len = 100, .datagram = { .data = octets, .len = 60000 } };
	struct waiting_octets *copy = NULL;
	uint16_t id = 256;

	/* more sets than there is room for: the oldest give way, the copy stays */
	for (size_t i = 0; i < 2 * WAITING_MAX / sizeof set; i++)
		assert_true(waiting_put(&w, &total, &set, &copy));
	waiting_done(&w, &total, copy);
	assert_int_equal(w.count, (WAITING_MAX - sizeof *copy - 60000) / sizeof set);
	assert_int_equal(w.dropped, 2 * WAITING_MAX / sizeof set - w.count);
	assert_int_equal(w.octets, w.count * sizeof set + sizeof *copy + 60000);
	while (w.count > 0)
		waiting_set_free(&w, &total, waiting_take(&w, &total, is_id, &id));
	assert_int_equal(w.octets, 0);
	assert_int_equal(total, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_come_first_served),
		cmocka_unit_test(bounded),
		cmocka_unit_test(sets_share_their_datagram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
