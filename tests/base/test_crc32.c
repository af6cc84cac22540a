/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/crc32.h"

static void
known_values(void **state)
{
	static struct crc32 c;
	const char *fox = "The quick brown fox jumps over the lazy dog";

	(void)state;
	crc32_init(&c);
	assert_int_equal(crc32_of(&c, 0, "", 0), 0);
	assert_int_equal(crc32_of(&c, 0, "123456789", 9), 0xcbf43926);
	assert_int_equal(crc32_of(&c, 0, fox, 43), 0x414fa339);
	for (size_t cut = 0; cut <= 43; cut++)
		assert_int_equal(crc32_of(&c, crc32_of(&c, 0, fox, cut), fox + cut, 43 - cut),
		    0x414fa339);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(known_values) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
