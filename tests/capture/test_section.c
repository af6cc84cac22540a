/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "capture/section.h"

/* UDP from 10.0.0.1:53 to 10.0.0.2:1024 in IPv4, 28 octets long. */
static const uint8_t packet[] = { 0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
	0, 53, 4, 0, 0, 8, 0, 0 };

static struct template *
template_of(uint16_t element, uint16_t len)
{
	const struct template_field field = { .id = element, .length = len };
	const struct template head = { .id = 256, .count = 1 };
	struct template *t = template_make(&head, &field);

	assert_non_null(t);
	return t;
}

static struct table *
apply(uint16_t element, const uint8_t *octets, uint16_t len, const char *src)
{
	struct template *template = template_of(element, len);
	const struct record r = { template, octets, len };
	struct sections *s;
	struct table *t;

	assert_int_equal(sections_open(&s, NULL), STATUS_OK);
	assert_int_equal(table_open(2, &t, NULL), STATUS_OK);
	(void)table_add_row(t);
	if (src != NULL) {
		struct address a;

		assert_true(text_parse_address(src, &a));
		table_set_address(t, COLUMN_SRC_IP, 0, &a);
	}
	assert_true(sections_in(template));
	sections_apply(s, &r, t, 0);
	assert_false(t->failed);
	sections_free(s);
	free(template);
	return t;
}

static void
fills_what_is_empty(void **state)
{
	struct table *t = apply(313, packet, sizeof packet, NULL);

	(void)state;
	assert_int_equal(table_int(t, COLUMN_SRC_PORT, 0), 53);
	assert_int_equal(table_int(t, COLUMN_DST_PORT, 0), 1024);
	assert_int_equal(table_int(t, COLUMN_PACKETS, 0), 1);
	assert_int_equal(table_int(t, COLUMN_BYTES, 0), 28);
	assert_true(table_has(t, COLUMN_DST_IP, 0));
	table_free(t);
	t = apply(313, packet, sizeof packet, "10.0.0.1");
	assert_int_equal(table_int(t, COLUMN_DST_PORT, 0), 1024);
	table_free(t);
	t = apply(313, packet, sizeof packet, "10.0.0.9"); /* another packet's record */
	assert_false(table_has(t, COLUMN_DST_IP, 0) || table_has(t, COLUMN_PACKETS, 0));
	table_free(t);
}

/* Cut anywhere, nothing is read beyond, and no ports come out of half of them. */
static void
cut(void **state)
{
	(void)state;
	for (uint16_t len = 1; len < sizeof packet; len++) {
		uint8_t *exact = malloc(len);
		struct table *t;

		assert_non_null(exact);
		memcpy(exact, packet, len);
		t = apply(313, exact, len, NULL);
		assert_true(table_has(t, COLUMN_SRC_PORT, 0) <= (len >= 24));
		assert_true(table_has(t, COLUMN_SRC_IP, 0) <= (len >= 20));
		table_free(t);
		free(exact);
	}
}

static void
no_section(void **state)
{
	struct template *t = template_of(8, 4);

	(void)state;
	assert_false(sections_in(t));
	free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_what_is_empty),
		cmocka_unit_test(cut),
		cmocka_unit_test(no_section),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
