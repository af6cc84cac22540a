/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/heard.h"
#include "tests/unit.h"

static struct heard_key
key_of(uint64_t n)
{
	return (struct heard_key){ { n, 0, 1, 0, 4 | (uint64_t)4000 << 16 | (uint64_t)2055 << 32 } };
}

static void
each_word_counts(void **state)
{
	(void)state;
	struct heard h = { .seed = 3 };
	struct heard_key key = key_of(1);

	assert_false(heard_has(&h, &key));
	heard_add(&h, &key);
	heard_add(&h, &key);
	assert_int_equal(h.count, 1);
	assert_true(heard_has(&h, &key));
	for (unsigned i = 0; i < 5; i++) {
		struct heard_key other = key;

		other.words[i] ^= (uint64_t)1 << 63;
		assert_false(heard_has(&h, &other));
	}
	heard_free(&h);
	assert_false(heard_has(&h, &key));
}

/* What is known stays known when no other can be learned. */
static void
no_more_than_so_many(void **state)
{
	(void)state;
	struct heard h = { .seed = 5 };

	for (uint64_t n = 0; n < HEARD_MAX + 10; n++) {
		struct heard_key key = key_of(n);

		heard_add(&h, &key);
	}
	assert_int_equal(h.count, HEARD_MAX);
	for (uint64_t n = 0; n < HEARD_MAX + 10; n++) {
		struct heard_key key = key_of(n);

		assert_int_equal(heard_has(&h, &key), n < HEARD_MAX);
	}
	heard_free(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_word_counts),
		cmocka_unit_test(no_more_than_so_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
