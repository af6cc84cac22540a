/* SPDX-License-Identifier: BSD-2-Clause */
/* What a session's templates are, for one who comes late. */
#include "replay/defining.h"

#include <string.h>

#include "base/cursor.h"
#include "unit.h"

static const uint8_t template_a[] = { 0, 2, 0, 12, 1, 0, 0, 1, 0, 8, 0, 4 };
static const uint8_t template_b[] = { 0, 2, 0, 12, 1, 0, 0, 1, 0, 2, 0, 4 };
static const uint8_t records[] = { 1, 0, 0, 8, 10, 0, 0, 1 };

/* A message of these sets. */
static struct buf
message(uint32_t seconds, uint32_t sequence, uint32_t domain, const uint8_t *set, size_t len, bool data)
{
	struct buf b;

	buf_init(&b, 0);
	buf_be16(&b, 10);
	buf_be16(&b, (uint16_t)(16 + len + (data ? sizeof records : 0)));
	buf_be32(&b, seconds);
	buf_be32(&b, sequence);
	buf_be32(&b, domain);
	buf_put(&b, set, len);
	if (data)
		buf_put(&b, records, sizeof records);
	return b;
}

static void
note(struct defining *g, uint32_t sequence, uint32_t domain, const uint8_t *set, bool data)
{
	struct buf b = message(100, sequence, domain, set, set == records ? sizeof records : sizeof template_a, data);

	defining_note(g, b.data, b.len);
	buf_free(&b);
}

static enum status
put(void *ctx, const uint8_t *data, size_t len, struct fault *f)
{
	(void)f;
	buf_put(ctx, data, len);
	return STATUS_OK;
}

static void
tell(const struct defining *g, struct buf *out)
{
	struct buf next = message(200, 77, 1, records, sizeof records, false);

	buf_init(out, 0);
	assert_int_equal(defining_tell(g, next.data, put, out, NULL), STATUS_OK);
	buf_free(&next);
}

static void
expect_message(const struct buf *out, size_t at, uint32_t sequence, uint32_t domain, const uint8_t *set)
{
	struct buf want = message(200, sequence, domain, set, sizeof template_a, false);

	assert_true(at + want.len <= out->len);
	assert_memory_equal(out->data + at, want.data, want.len);
	buf_free(&want);
}

static void
the_last_of_each_in_its_order(void **state)
{
	size_t budget = 1000;
	struct defining g;
	struct buf out;

	(void)state;
	defining_open(&g, &budget);
	note(&g, 1, 1, template_a, true);
	note(&g, 2, 1, template_b, false);
	note(&g, 3, 2, template_a, false);
	note(&g, 4, 1, template_a, true); /* again: it is what 256 means in the end */
	note(&g, 5, 1, records, false);   /* none */
	assert_int_equal(budget, 1000 - 3 * 28);
	tell(&g, &out);
	assert_int_equal(out.len, 3 * 28);
	expect_message(&out, 0, 77, 1, template_b);
	expect_message(&out, 28, 3, 2, template_a); /* of another domain nothing newer is known */
	expect_message(&out, 56, 77, 1, template_a);
	assert_false(g.incomplete);
	buf_free(&out);
	defining_free(&g);
	assert_int_equal(budget, 1000);
}

static void
what_finds_no_room_is_told(void **state)
{
	size_t budget = 50;
	struct defining g;

	(void)state;
	defining_open(&g, &budget);
	note(&g, 1, 1, template_a, false);
	assert_false(g.incomplete);
	note(&g, 1, 1, template_b, false);
	assert_true(g.incomplete);
	assert_int_equal(g.list.len, 28);
	defining_free(&g);
	assert_int_equal(budget, 50);
}

static void
only_sets_of_templates_define(void **state)
{
	struct buf b = message(1, 1, 1, records, sizeof records, false);
	uint8_t nine[24] = { 0, 9, 0, 1, [20] = 0, 0, 0, 4 };

	(void)state;
	assert_false(defining_is(b.data, b.len));
	assert_false(defining_is(b.data, 3));
	buf_free(&b);
	b = message(1, 1, 1, template_a, sizeof template_a, false);
	assert_true(defining_is(b.data, b.len));
	assert_false(defining_is(b.data, 27)); /* cut */
	buf_free(&b);
	assert_true(defining_is(nine, sizeof nine)); /* flow set 0 of NetFlow 9 */
	nine[20] = 1; /* 256: data */
	assert_false(defining_is(nine, sizeof nine));
	nine[20] = 0;
	nine[1] = 5;
	assert_false(defining_is(nine, sizeof nine));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_of_each_in_its_order),
		cmocka_unit_test(what_finds_no_room_is_told),
		cmocka_unit_test(only_sets_of_templates_define),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
