/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "flow/other.h"

/* The column's text for one field of these octets. */
static void
told(uint32_t pen, uint16_t id, const void *octets, size_t len, const char *wanted)
{
	const struct template_field spec = { .pen = pen, .id = id, .length = (uint16_t)len };
	const struct template head = { .id = 256, .count = 1 };
	struct template *t = template_make(&head, &spec);
	struct field field = { t == NULL ? NULL : &t->fields[0], octets, len };
	const bool marked = true;
	struct buf out;

	assert_non_null(t);
	buf_init(&out, 0);
	other_write(t, NULL, &field, &marked, 1, &out);
	assert_string_equal(buf_cstr(&out), wanted);
	buf_free(&out);
	free(t);
}

static void
values(void **state)
{
	static const uint8_t v[16] = { 192, 0, 2, 1, 5, 6, 7, 8 }, half[] = { 0x3f, 0xe0, 0, 0, 0, 0, 0, 0 };

	(void)state;
	told(0, 47, v, 4, "{\"mplsTopLabelIPv4Address\":\"c0000201\"}");
	told(0, 47, v, 5, "{\"mplsTopLabelIPv4Address\":\"c000020105\"}");
	told(0, 140, v, 16, "{\"mplsTopLabelIPv6Address\":\"c0000201050607080000000000000000\"}");
	told(0, 365, v, 6, "{\"staMacAddress\":\"c00002010506\"}");
	told(0, 276, "\1", 1, "{\"dataRecordsReliability\":\"01\"}");
	told(0, 276, "\2", 1, "{\"dataRecordsReliability\":\"02\"}");
	told(0, 276, "\3", 1, "{\"dataRecordsReliability\":\"03\"}");
	told(0, 311, half, 8, "{\"samplingProbability\":0.5}");
	told(0, 311, "\x3f\0\0\0", 4, "{\"samplingProbability\":0.5}");
	told(0, 311, "\x7f\xc0\0\0", 4, "{\"samplingProbability\":\"7fc00000\"}"); /* no number */
	told(0, 311, v, 3, "{\"samplingProbability\":\"c00002\"}");
	told(0, 434, "\xff\xfe", 2, "{\"mibObjectValueInteger\":-2}");
	told(0, 25, v, 8, "{\"minimumIpTotalLength\":\"13835060258684667656\"}");
	told(0, 82, "eth0\0\0", 6, "{\"interfaceName\":\"eth0\"}");
	told(0, 82, "\xff\0", 2, "{\"interfaceName\":\"ff00\"}");
	told(0, 71, v, 3, "{\"mplsLabelStackSection2\":\"c00002\"}");
}

/* IANA's names alone, enterprises' elements by their numbers. */
static void
keys(void **state)
{
	(void)state;
	told(6876, 950, "\0\0\0\7", 4, "{\"6876/950\":7}");
	told(29305, 136, "\1", 1, "{\"reverseFlowEndReason\":1}");
	told(6871, 40 | 0x4000, "\0\1", 2, "{\"6871/16424\":1}");
	told(4444, 7, "ab", 2, "{\"4444/7\":\"6162\"}");
	told(0, 30000, "ab", 2, "{\"0/30000\":\"6162\"}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
