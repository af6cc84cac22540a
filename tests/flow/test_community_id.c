/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/community_id.h"

#include "base/text.h"
#include "flow/rows.h"

/* The tables of the specification. */
static const struct {
	uint8_t protocol;
	const char *src;
	const char *dst;
	uint16_t src_port;
	uint16_t dst_port;
	const char *text;
	const char *seeded; /* with seed 1 */
} published[] = {
	{ 6, "1.2.3.4", "5.6.7.8", 1122, 3344, "1:wCb3OG7yAFWelaUydu0D+125CLM=",
	    "1:HhA1B+6CoLbiKPEs5nhNYN4XWfk=" },
	{ 6, "5.6.7.8", "1.2.3.4", 3344, 1122, "1:wCb3OG7yAFWelaUydu0D+125CLM=",
	    "1:HhA1B+6CoLbiKPEs5nhNYN4XWfk=" },
	{ 17, "1.2.3.4", "5.6.7.8", 1122, 3344, "1:0Mu9InQx6z4ZiCZM/7HXi2WMhOg=",
	    "1:OShq+iKDAMVouh/4bMxB9Sz4amw=" },
	{ 17, "5.6.7.8", "1.2.3.4", 3344, 1122, "1:0Mu9InQx6z4ZiCZM/7HXi2WMhOg=",
	    "1:OShq+iKDAMVouh/4bMxB9Sz4amw=" },
	{ 132, "1.2.3.4", "5.6.7.8", 1122, 3344, "1:EKt4MsxuyaE6mL+hmrEkQ9csDD8=",
	    "1:uitchpn5MMGAQKBJh7bIr/bAr7s=" },
	{ 132, "5.6.7.8", "1.2.3.4", 3344, 1122, "1:EKt4MsxuyaE6mL+hmrEkQ9csDD8=",
	    "1:uitchpn5MMGAQKBJh7bIr/bAr7s=" },
	{ 1, "1.2.3.4", "5.6.7.8", 8, 0, "1:crodRHL2FEsHjbv3UkRrfbs4bZ0=",
	    "1:9pr4ZGTICiuZoIh90RRYE2RyXpU=" },
	{ 1, "5.6.7.8", "1.2.3.4", 0, 0, "1:crodRHL2FEsHjbv3UkRrfbs4bZ0=",
	    "1:9pr4ZGTICiuZoIh90RRYE2RyXpU=" },
	{ 1, "1.2.3.4", "5.6.7.8", 11, 0, "1:f/YiSyWqczrTgfUCZlBUnvHRcPk=",
	    "1:1DD7cWGC/Yg91YGsQeni8du3pIA=" },
	{ 58, "fe80:1:203:405:607:809:a0b:c0d", "fe80:1011:1213:1415:1617:1819:1a1b:1c1d", 128, 0,
	    "1:0bf7hyMJUwt3fMED7z8LIfRpBeo=", "1:IO27GQzPuCtNnwFvjWALMHu5tJE=" },
	{ 58, "fe80:1011:1213:1415:1617:1819:1a1b:1c1d", "fe80:1:203:405:607:809:a0b:c0d", 129, 0,
	    "1:0bf7hyMJUwt3fMED7z8LIfRpBeo=", "1:IO27GQzPuCtNnwFvjWALMHu5tJE=" },
	{ 58, "fe80:1:203:405:607:809:a0b:c0d", "fe80:1011:1213:1415:1617:1819:1a1b:1c1d", 146, 0,
	    "1:fYC8+pz24E+EhANP1EZhpX0Dw10=", "1:Cv4IKJe56BNkF0MBW2YxQ3Nwc3s=" },
	{ 46, "1.2.3.4", "5.6.7.8", 0, 0, "1:ikv3kmf89luf73WPz1jOs49S768=",
	    "1:/buhqeOmaRCopOZFy9HnoJd5XW8=" },
	{ 46, "5.6.7.8", "1.2.3.4", 0, 0, "1:ikv3kmf89luf73WPz1jOs49S768=",
	    "1:/buhqeOmaRCopOZFy9HnoJd5XW8=" },
	{ 46, "fe80:1:203:405:607:809:a0b:c0d", "fe80:1011:1213:1415:1617:1819:1a1b:1c1d", 0, 0,
	    "1:wQ/2mwrnXP4lmJcHdGL5ePjR+e0=", "1:j6EyyfBzL4vWKHFXgUqb5Az3OxM=" },
	{ 46, "fe80:1011:1213:1415:1617:1819:1a1b:1c1d", "fe80:1:203:405:607:809:a0b:c0d", 0, 0,
	    "1:wQ/2mwrnXP4lmJcHdGL5ePjR+e0=", "1:j6EyyfBzL4vWKHFXgUqb5Az3OxM=" },
};

static void
assert_ids(uint16_t seed)
{
	for (size_t i = 0; i < ARRAY_LEN(published); i++) {
		struct community_tuple t = { .protocol = published[i].protocol,
			.src_port = published[i].src_port, .dst_port = published[i].dst_port };
		struct address src, dst;
		char text[COMMUNITY_ID_SIZE];

		assert_true(text_parse_address(published[i].src, &src));
		assert_true(text_parse_address(published[i].dst, &dst));
		t.version = src.family;
		memcpy(t.src, src.octets, sizeof t.src);
		memcpy(t.dst, dst.octets, sizeof t.dst);
		community_id_text(seed, &t, text);
		assert_string_equal(text, seed == 0 ? published[i].text : published[i].seeded);
	}
}

static void
the_published_ones(void **state)
{
	(void)state;
	assert_ids(0);
	assert_ids(1);
}

/* The same out of a flow's columns, and ICMP's type out of the destination port. */
static void
of_rows(void **state)
{
	static const struct {
		int32_t protocol;
		int32_t ports[2];
		int32_t icmp[2]; /* -1: null */
		const char *text;
	} cases[] = {
		{ 6, { 1122, 3344 }, { -1, -1 }, "1:wCb3OG7yAFWelaUydu0D+125CLM=" },
		{ 6, { 1122, 3344 }, { 0, 0 }, "1:wCb3OG7yAFWelaUydu0D+125CLM=" }, /* as Cisco sends it */
		{ 6, { 0, 0 }, { -1, -1 }, NULL },
		{ 1, { 0, 0 }, { 8, 0 }, "1:crodRHL2FEsHjbv3UkRrfbs4bZ0=" },
		{ 1, { 0, 0x800 }, { -1, -1 }, "1:crodRHL2FEsHjbv3UkRrfbs4bZ0=" },
		{ 1, { 0, 0x0b00 }, { -1, -1 }, "1:f/YiSyWqczrTgfUCZlBUnvHRcPk=" },
		{ 1, { 77, 0x800 }, { -1, -1 }, NULL }, /* that is no type */
		{ 58, { 0, 0 }, { -1, -1 }, NULL },
		{ 46, { 0, 0 }, { -1, -1 }, "1:ikv3kmf89luf73WPz1jOs49S768=" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[COMMUNITY_ID_SIZE];
		struct table *t = rows_table(1);
		size_t row = table_add_row(t);

		assert_false(community_id_of_row(t, row, text));
		rows_address(t, COLUMN_SRC_IP, row, "1.2.3.4");
		rows_address(t, COLUMN_DST_IP, row, "5.6.7.8");
		table_set_i32(t, COLUMN_PROTOCOL, row, cases[i].protocol);
		table_set_i32(t, COLUMN_SRC_PORT, row, cases[i].ports[0]);
		table_set_i32(t, COLUMN_DST_PORT, row, cases[i].ports[1]);
		if (cases[i].icmp[0] >= 0) {
			table_set_i32(t, COLUMN_ICMP_TYPE, row, cases[i].icmp[0]);
			table_set_i32(t, COLUMN_ICMP_CODE, row, cases[i].icmp[1]);
		}
		assert_int_equal(community_id_of_row(t, row, text), cases[i].text != NULL);
		if (cases[i].text != NULL)
			assert_string_equal(text, cases[i].text);
		table_free(t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_ones),
		cmocka_unit_test(of_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
