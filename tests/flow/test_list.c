/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <string.h>

#include "flow/lifted.h"
#include "flow/list.h"

enum { DOMAIN = 7 };

static struct template_set *
templates_with_macs(void)
{
	const struct template head = { .domain = DOMAIN, .id = 300, .count = 2 };
	const struct template_field fields[] = { { .id = 56, .length = 6 }, { .id = 4, .length = 1 } };
	struct template_set *s;

	assert_int_equal(template_set_open(&s, NULL), STATUS_OK);
	assert_int_equal(template_set_put(s, &head, fields, NULL), STATUS_OK);
	return s;
}

static struct field
value_of(struct template_field *spec, uint16_t element, const void *octets, size_t len)
{
	*spec = (struct template_field){ .id = element, .length = TEMPLATE_VARIABLE };
	template_field_resolve(spec);
	assert_true(list_is(spec));
	return (struct field){ spec, octets, len };
}

/* Records of one template, of several; in another domain the template is not known. */
static void
records(void **state)
{
	static const uint8_t sub[] = { 3, 1, 44, 1, 2, 3, 4, 5, 6, 17, 6, 5, 4, 3, 2, 1, 6 };
	static const uint8_t multi[] = { 255, 1, 44, 0, 11, 1, 2, 3, 4, 5, 6, 17, 1, 44, 0, 4, 1, 44, 0,
		11, 6, 5, 4, 3, 2, 1, 6 };
	struct template_set *s = templates_with_macs();
	struct template_field spec;
	struct list l;
	struct record r;
	struct field v = value_of(&spec, 292, sub, sizeof sub);

	(void)state;
	assert_true(list_open(&l, &v, s, DOMAIN));
	assert_int_equal(l.semantic, 3);
	assert_true(list_next(&l, &r) && r.octets == sub + 3 && r.len == 7);
	assert_true(list_next(&l, &r) && r.octets == sub + 10);
	assert_false(list_next(&l, &r) || l.broken);
	assert_true(list_open(&l, &v, s, DOMAIN + 1));
	assert_false(list_next(&l, &r));
	assert_true(l.broken);
	assert_true(list_open(&l, &v, NULL, DOMAIN));
	assert_false(list_next(&l, &r));
	assert_true(l.broken);

	v = value_of(&spec, 293, multi, sizeof multi);
	assert_true(list_open(&l, &v, s, DOMAIN));
	assert_true(list_next(&l, &r) && r.octets == multi + 5);
	assert_true(list_next(&l, &r) && r.octets == multi + 20);
	assert_false(list_next(&l, &r) || l.broken);
	/* cut at every length: never read beyond, and broken or empty at the end */
	for (size_t len = 0; len < sizeof multi; len++) {
		unsigned count = 0;

		v.len = len;
		if (!list_open(&l, &v, s, DOMAIN))
			continue;
		while (list_next(&l, &r)) {
			assert_true(r.octets + r.len <= multi + len);
			count++;
		}
		assert_true(l.broken == (len != 1 && len != 12 && len != 16));
		assert_int_equal(count, len >= 12);
	}
	template_set_free(s);
}

static void
values(void **state)
{
	static const uint8_t octets[] = { 0, 0, 4, 0, 1, 17, 6 };
	static const uint8_t vendor[] = { 1, 0x80, 18, 255, 255, 0, 0, 26, 215, 2, 'h', 'i', 255, 0, 1, 'x' };
	struct template_field spec;
	struct list l;
	struct field x, v = value_of(&spec, 291, octets, sizeof octets);

	(void)state;
	assert_true(list_open(&l, &v, NULL, DOMAIN));
	assert_string_equal(l.field.element->name, "protocolIdentifier");
	assert_true(list_value(&l, &x) && x.len == 1 && *x.octets == 17);
	assert_true(list_value(&l, &x) && x.octets == octets + 6);
	assert_false(list_value(&l, &x) || l.broken);

	v = value_of(&spec, 291, vendor, sizeof vendor);
	assert_true(list_open(&l, &v, NULL, DOMAIN));
	assert_int_equal(l.field.pen, 6871);
	assert_string_equal(l.field.element->name, "payload");
	assert_true(list_value(&l, &x) && x.len == 2 && memcmp(x.octets, "hi", 2) == 0);
	assert_true(list_value(&l, &x) && x.len == 1 && *x.octets == 'x');
	assert_false(list_value(&l, &x) || l.broken);
}

/* Told once, it is the flow's; told twice, by whichever list, it is nobody's. */
static void
lifted(void **state)
{
	static const uint8_t one[] = { 3, 1, 44, 1, 2, 3, 4, 5, 6, 17 };
	struct template_set *s = templates_with_macs();
	struct template_field specs[2];
	struct field v[2];
	struct lifted l;

	(void)state;
	v[0] = value_of(&specs[0], 292, one, sizeof one);
	v[1] = v[0];
	lifted_find(&l, v, 1, s, DOMAIN);
	assert_ptr_equal(lifted_field(&l, COLUMN_SRC_MAC)->octets, one + 3);
	assert_ptr_equal(lifted_field(&l, COLUMN_PROTOCOL)->octets, one + 9);
	assert_null(lifted_field(&l, COLUMN_DST_MAC));
	lifted_find(&l, v, 2, s, DOMAIN);
	assert_null(lifted_field(&l, COLUMN_SRC_MAC));
	template_set_free(s);
}

static void
semantics(void **state)
{
	(void)state;
	assert_string_equal(list_semantic(0), "noneOf");
	assert_string_equal(list_semantic(4), "ordered");
	assert_null(list_semantic(5));
	assert_string_equal(list_semantic(255), "undefined");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records),
		cmocka_unit_test(values),
		cmocka_unit_test(lifted),
		cmocka_unit_test(semantics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
