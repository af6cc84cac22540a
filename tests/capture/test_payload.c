/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/payload.h"

#include "tests/capture/packets.h"
#include "tests/unit.h"

/* A part with room for N octets each way, and one row. */
struct scene {
	void *part;
	struct table *table;
	struct biflow flow;
};

static struct scene
scene_open(size_t most)
{
	struct meter_options o = { .payload = most, .depth = METER_DEPTH_PAYLOAD };
	struct fault f = { .status = STATUS_OK };
	struct scene s = { .part = NULL };

	assert_int_equal(payload_part.open(&o, 4, &s.part, &f), STATUS_OK);
	assert_int_equal(table_open(4, &s.table, &f), STATUS_OK);
	return s;
}

static void
scene_close(struct scene *s)
{
	payload_part.free(s->part);
	table_free(s->table);
}

/* `lacking` octets were not captured. */
static void
add(struct scene *s, uint32_t number, unsigned way, const char *octets, uint32_t lacking)
{
	struct depth_packet p = { .direction = way };

	p.fresh.captured = (uint32_t)strlen(octets);
	p.fresh.length = p.fresh.captured + lacking;
	p.fresh.at = p.fresh.captured == 0 ? NULL : (const uint8_t *)octets;
	assert_true(payload_part.add(s->part, number, &p));
}

static void
assert_column(struct scene *s, enum column_id id, size_t row, const char *want)
{
	size_t len;
	const uint8_t *got = table_bytes(s->table, id, row, &len);

	assert_int_equal(table_has(s->table, id, row), want != NULL);
	if (want == NULL)
		return;
	assert_int_equal(len, strlen(want));
	assert_memory_equal(got, want, len);
}

static void
assert_row(struct scene *s, uint32_t number, const char *forward, const char *reverse)
{
	size_t row = table_add_row(s->table);

	payload_part.row(s->part, number, &s->flow, s->table, row);
	assert_column(s, COLUMN_PAYLOAD, row, forward);
	assert_column(s, COLUMN_REV_PAYLOAD, row, reverse);
}

static void
the_first_octets_each_way(void **state)
{
	struct scene s = scene_open(10);

	(void)state;
	assert_true(payload_part.begin(s.part, 2, DEPTH_NEW));
	add(&s, 2, 0, "GET /", 0);
	add(&s, 2, 1, "HTTP", 0);
	add(&s, 2, 0, "", 0);
	add(&s, 2, 0, "index.html", 0);
	add(&s, 2, 0, "more", 0);
	assert_row(&s, 2, "GET /index", "HTTP");
	assert_true(payload_part.begin(s.part, 2, DEPTH_NEW));
	assert_row(&s, 2, NULL, NULL);
	scene_close(&s);
}

/* "abc", then what nobody captured, then "xyz": the octets end with "abc". */
static void
a_cut_packet_ends_them(void **state)
{
	struct scene s = scene_open(10);

	(void)state;
	assert_true(payload_part.begin(s.part, 0, DEPTH_NEW));
	add(&s, 0, 0, "abc", 1);
	add(&s, 0, 0, "xyz", 0);
	add(&s, 0, 1, "", 5);
	add(&s, 0, 1, "xyz", 0);
	assert_row(&s, 0, "abc", NULL);
	assert_true(payload_part.begin(s.part, 0, DEPTH_NEW));
	add(&s, 0, 0, "0123456789", 50); /* all that was asked for is there */
	assert_row(&s, 0, "0123456789", NULL);
	scene_close(&s);
}

static void
turned_and_continued(void **state)
{
	struct scene s = scene_open(10);

	(void)state;
	assert_true(payload_part.begin(s.part, 0, DEPTH_NEW));
	add(&s, 0, 0, "abc", 0);
	payload_part.turn(s.part, 0);
	add(&s, 0, 1, "def", 0);
	add(&s, 0, 0, "xyz", 0);
	assert_true(payload_part.begin(s.part, 1, 0));
	add(&s, 1, 0, "continued", 0);
	assert_row(&s, 0, "xyz", "abcdef");
	assert_row(&s, 1, NULL, NULL);
	scene_close(&s);
}

/* What no row took is freed with the part, which the sanitizer sees. */
static void
nothing_is_left(void **state)
{
	struct scene s = scene_open(10);

	(void)state;
	assert_true(payload_part.begin(s.part, 3, DEPTH_NEW));
	add(&s, 3, 0, "abc", 0);
	add(&s, 3, 1, "abc", 0);
	scene_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_octets_each_way),
		cmocka_unit_test(a_cut_packet_ends_them),
		cmocka_unit_test(turned_and_continued),
		cmocka_unit_test(nothing_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
