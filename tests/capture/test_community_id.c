/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/community_id.h"

#include "base/text.h"
#include "tests/capture/packets.h"
#include "tests/unit.h"

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
	{ TCP, "1.2.3.4", "5.6.7.8", 1122, 3344, "1:wCb3OG7yAFWelaUydu0D+125CLM=",
	    "1:HhA1B+6CoLbiKPEs5nhNYN4XWfk=" },
	{ TCP, "5.6.7.8", "1.2.3.4", 3344, 1122, "1:wCb3OG7yAFWelaUydu0D+125CLM=",
	    "1:HhA1B+6CoLbiKPEs5nhNYN4XWfk=" },
	{ UDP, "1.2.3.4", "5.6.7.8", 1122, 3344, "1:0Mu9InQx6z4ZiCZM/7HXi2WMhOg=",
	    "1:OShq+iKDAMVouh/4bMxB9Sz4amw=" },
	{ UDP, "5.6.7.8", "1.2.3.4", 3344, 1122, "1:0Mu9InQx6z4ZiCZM/7HXi2WMhOg=",
	    "1:OShq+iKDAMVouh/4bMxB9Sz4amw=" },
	{ 132, "1.2.3.4", "5.6.7.8", 1122, 3344, "1:EKt4MsxuyaE6mL+hmrEkQ9csDD8=",
	    "1:uitchpn5MMGAQKBJh7bIr/bAr7s=" },
	{ 132, "5.6.7.8", "1.2.3.4", 3344, 1122, "1:EKt4MsxuyaE6mL+hmrEkQ9csDD8=",
	    "1:uitchpn5MMGAQKBJh7bIr/bAr7s=" },
	{ ICMP, "1.2.3.4", "5.6.7.8", 8, 0, "1:crodRHL2FEsHjbv3UkRrfbs4bZ0=",
	    "1:9pr4ZGTICiuZoIh90RRYE2RyXpU=" },
	{ ICMP, "5.6.7.8", "1.2.3.4", 0, 0, "1:crodRHL2FEsHjbv3UkRrfbs4bZ0=",
	    "1:9pr4ZGTICiuZoIh90RRYE2RyXpU=" },
	{ ICMP, "1.2.3.4", "5.6.7.8", 11, 0, "1:f/YiSyWqczrTgfUCZlBUnvHRcPk=",
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
	struct fault f = { .status = STATUS_OK };
	struct community_id *c;

	assert_int_equal(community_id_open(seed, &c, &f), STATUS_OK);
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
		assert_true(community_id_text(c, &t, text));
		assert_string_equal(text, seed == 0 ? published[i].text : published[i].seeded);
	}
	community_id_free(c);
}

static void
the_published_ones(void **state)
{
	(void)state;
	assert_ids(0);
	assert_ids(1);
}

/* What a flow cannot tell has no id. */
static void
unknown_ports_and_types_have_none(void **state)
{
	static const struct {
		uint64_t w4;
		uint32_t flow_state;
		unsigned key;
		bool has;
	} cases[] = {
		{ (uint64_t)80 << 32 | TCP << 8 | 4, 0, METER_KEY_PORTS, true },
		{ (uint64_t)80 << 32 | TCP << 8 | 4, 0, 0, false },
		{ TCP << 8 | 4, 0, METER_KEY_PORTS, false },
		{ 50 << 8 | 4, 0, 0, true },
		{ ICMP << 8 | 4, BIFLOW_FLAGS, METER_KEY_PORTS, true },
		{ ICMP << 8 | 4, 0, METER_KEY_PORTS, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct meter_options o = { .key = cases[i].key };
		struct biflow b = { .state = cases[i].flow_state };
		struct fault f = { .status = STATUS_OK };
		struct table *t;
		void *part;

		b.key.w[4] = cases[i].w4;
		assert_int_equal(table_open(1, &t, &f), STATUS_OK);
		assert_int_equal(community_id_part.open(&o, 1, &part, &f), STATUS_OK);
		community_id_part.row(part, 0, &b, t, table_add_row(t));
		assert_int_equal(table_has(t, COLUMN_COMMUNITY_ID, 0), cases[i].has);
		community_id_part.free(part);
		table_free(t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_ones),
		cmocka_unit_test(unknown_ports_and_types_have_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
