/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/sflows.h"

#include <stdlib.h>
#include <string.h>

#include "flow/sflow_structure.h"

/* What the body says, as JSON; whole: nothing was missing. */
static void
says(enum sflow_kind kind, uint32_t format, const struct buf *body, bool whole, const char *want)
{
	const struct sflow_structure *s = sflow_structure_find(kind, format);
	struct jsonw j;
	struct buf out;

	assert_non_null(s);
	buf_init(&out, 0);
	jsonw_init(&j, &out);
	assert_int_equal(sflow_structure_write(s, cursor_over(body->data, body->len), &j), whole);
	assert_string_equal(buf_cstr(&out), want);
	buf_free(&out);
}

/* Every row of the table can be read: known letters, names that fit, no format twice. */
static void
the_table(void **state)
{
	(void)state;
	size_t count;
	const struct sflow_structure *t = sflow_structure_table(&count);

	assert_true(count > 80);
	for (size_t i = 0; i < count; i++) {
		size_t name = 0;

		assert_ptr_equal(sflow_structure_find((enum sflow_kind)t[i].kind, t[i].format), &t[i]);
		assert_true(t[i].kind == SFLOW_FLOW || t[i].kind == SFLOW_COUNTERS);
		for (const char *p = t[i].fields; *p != '\0'; p++) {
			name = *p == ' ' ? 0 : name + 1;
			assert_true(name < 44);
			if (*p != ':')
				continue;
			assert_non_null(strchr("hkifa46mgsolLTPA", p[1]));
			assert_true(p[2] == ' ' || p[2] == '\0');
			p++;
		}
	}
	assert_null(sflow_structure_find(SFLOW_FLOW, SFLOW_FORMAT(1, 1)));
	assert_null(sflow_structure_find(SFLOW_COUNTERS, 7));
	assert_null(sflow_structure_find(SFLOW_DISCARDED, 1));
}

static void
numbers(void **state)
{
	(void)state;
	struct buf b;

	buf_init(&b, 0);
	SFLOWS_WORDS(&b, 10, UINT32_MAX, 0, 7);
	says(SFLOW_FLOW, 1001, &b, true,
	    "{\"src_vlan\":10,\"src_priority\":null,\"dst_vlan\":0,\"dst_priority\":7}");
	buf_reset(&b);
	SFLOWS_WORDS(&b, 1, 2, 3, 0, 4096, 0x00200000, 1);
	says(SFLOW_COUNTERS, 1001, &b, true,
	    "{\"five_sec_cpu\":1,\"one_min_cpu\":2,\"five_min_cpu\":3,\"total_memory\":4096,"
	    "\"free_memory\":\"9007199254740993\"}");
	buf_reset(&b);
	SFLOWS_WORDS(&b, 0x3f400000, 0, 0x7f800000);
	says(SFLOW_COUNTERS, 2003, &b, false,
	    "{\"load_one\":\"0.75\",\"load_five\":\"0\",\"load_fifteen\":\"inf\"}");
	buf_free(&b);
}

static void
addresses_and_texts(void **state)
{
	(void)state;
	struct buf b;

	buf_init(&b, 0);
	sflows_address(&b, "2001:db8::1");
	SFLOWS_WORDS(&b, 48, 64);
	says(SFLOW_FLOW, 1002, &b, true,
	    "{\"nexthop\":\"2001:db8::1\",\"src_mask_len\":48,\"dst_mask_len\":64}");
	buf_reset(&b);
	sflows_address(&b, NULL);
	SFLOWS_WORDS(&b, 0, 0);
	says(SFLOW_FLOW, 1002, &b, true, "{\"nexthop\":null,\"src_mask_len\":0,\"dst_mask_len\":0}");
	buf_reset(&b);
	SFLOWS_WORDS(&b, 106);
	sflows_opaque(&b, "an\"n", 4);
	SFLOWS_WORDS(&b, 3);
	sflows_opaque(&b, "b", 1);
	says(SFLOW_FLOW, 1004, &b, true,
	    "{\"src_charset\":106,\"src_user\":\"an\\\"n\",\"dst_charset\":3,\"dst_user\":\"b\"}");
	buf_reset(&b);
	SFLOWS_WORDS(&b, 60, 0x02000000, 0x00010000, 0x02000000, 0x00020000, 0x0806);
	says(SFLOW_FLOW, 2, &b, true,
	    "{\"length\":60,\"src_mac\":\"02:00:00:00:00:01\",\"dst_mac\":\"02:00:00:00:00:02\",\"type\":2054}");
	buf_reset(&b);
	SFLOWS_WORDS(&b, 0x000fac04);
	sflows_opaque(&b, "\1\2", 2);
	SFLOWS_WORDS(&b, 0xabcdef00);
	says(SFLOW_FLOW, 1013, &b, true, "{\"ciphersuite\":1027076,\"data\":\"0102\",\"more\":\"abcdef00\"}");
	buf_free(&b);
}

/* nfseal-archive(5): U+0000 does not occur. */
static void
zeros_in_texts(void **state)
{
	(void)state;
	struct buf b;

	buf_init(&b, 0);
	sflows_opaque(&b, "eth0\0\0\0\0", 8);
	says(SFLOW_COUNTERS, 1005, &b, true, "{\"name\":\"eth0\"}");
	buf_reset(&b);
	sflows_opaque(&b, "a\0b", 3);
	says(SFLOW_COUNTERS, 1005, &b, true, "{\"name\":\"610062\"}");
	buf_reset(&b);
	sflows_opaque(&b, "\0", 1);
	says(SFLOW_COUNTERS, 1005, &b, true, "{\"name\":\"\"}");
	buf_reset(&b);
	sflows_opaque(&b, "\xff\n", 2);
	says(SFLOW_COUNTERS, 1005, &b, true, "{\"name\":\"\xef\xbf\xbd\\n\"}");
	buf_free(&b);
}

static void
lists(void **state)
{
	(void)state;
	struct buf b;

	buf_init(&b, 0);
	sflows_address(&b, "192.0.2.1");
	SFLOWS_WORDS(&b, 65000, 65001, 65002, 2, 2, 2, 65010, 65011, 1, 1, 65012, 2, 0xfde80001, 5, 100);
	says(SFLOW_FLOW, 1003, &b, true,
	    "{\"nexthop\":\"192.0.2.1\",\"as\":65000,\"src_as\":65001,\"src_peer_as\":65002,"
	    "\"dst_as_path\":[{\"sequence\":[65010,65011]},{\"set\":[65012]}],"
	    "\"communities\":[4259840001,5],\"localpref\":100}");
	buf_reset(&b);
	sflows_address(&b, "192.0.2.1");
	SFLOWS_WORDS(&b, 2, 0x000640ff, 0x0001017f, 0);
	says(SFLOW_FLOW, 1006, &b, true,
	    "{\"nexthop\":\"192.0.2.1\",\"in_stack\":[{\"label\":100,\"tc\":0,\"bottom\":false,\"ttl\":255},"
	    "{\"label\":16,\"tc\":0,\"bottom\":true,\"ttl\":127}],\"out_stack\":[]}");
	buf_reset(&b);
	SFLOWS_WORDS(&b, 1, 0x88a8b00a);
	says(SFLOW_FLOW, 1012, &b, true,
	    "{\"stack\":[{\"tpid\":34984,\"priority\":5,\"dei\":true,\"vlan\":10}]}");
	buf_reset(&b);
	SFLOWS_WORDS(&b, 1, 3, 1, 0x02000000, 0x00030000);
	says(SFLOW_COUNTERS, 2001, &b, true,
	    "{\"adapters\":[{\"ifIndex\":3,\"mac\":[\"02:00:00:00:00:03\"]}]}");
	buf_free(&b);
}

/* Lengths and counts that nothing bears out. */
static void
impossible_lengths(void **state)
{
	(void)state;
	struct buf b;

	buf_init(&b, 0);
	sflows_address(&b, "192.0.2.1");
	SFLOWS_WORDS(&b, 1, 2, 3, UINT32_MAX, 2, UINT32_MAX);
	says(SFLOW_FLOW, 1003, &b, false,
	    "{\"nexthop\":\"192.0.2.1\",\"as\":1,\"src_as\":2,\"src_peer_as\":3,\"dst_as_path\":[{\"sequence\":[]}]}");
	buf_reset(&b);
	SFLOWS_WORDS(&b, 0x40000001, 0);
	says(SFLOW_FLOW, 1034, &b, false, "{\"stack\":[]}");
	/* half an address is none */
	buf_reset(&b);
	SFLOWS_WORDS(&b, 2, 0x20010db8);
	says(SFLOW_FLOW, 1002, &b, false, "{\"nexthop\":null}");
	buf_reset(&b);
	SFLOWS_WORDS(&b, UINT32_MAX, 0);
	says(SFLOW_FLOW, 1038, &b, false, "{\"symbol\":null}");
	buf_reset(&b);
	SFLOWS_WORDS(&b, UINT32_MAX, 1, UINT32_MAX, 1, 2);
	says(SFLOW_COUNTERS, 2001, &b, false,
	    "{\"adapters\":[{\"ifIndex\":1,\"mac\":[\"00:00:00:01:00:00\"]}]}");
	buf_free(&b);
}

/* Whatever the octets, each structure is one JSON object; cut at any length, too. */
static void
any_octets(void **state)
{
	(void)state;
	size_t count;
	const struct sflow_structure *t = sflow_structure_table(&count);

	for (size_t i = 0; i < count; i++) {
		for (size_t len = 0; len < 120; len++) {
			uint8_t *body = calloc(1, len + 1);
			struct jsonw j;
			struct buf out;

			assert_non_null(body);
			for (size_t k = 3; k < len; k += 4)
				body[k] = 1;
			buf_init(&out, 0);
			jsonw_init(&j, &out);
			(void)sflow_structure_write(&t[i], cursor_over(body, len), &j);
			assert_true(buf_ok(&out));
			assert_int_equal(j.depth, 0);
			assert_false(j.after_key);
			assert_int_equal(out.data[out.len - 1], '}');
			buf_free(&out);
			free(body);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table),
		cmocka_unit_test(numbers),
		cmocka_unit_test(addresses_and_texts),
		cmocka_unit_test(zeros_in_texts),
		cmocka_unit_test(lists),
		cmocka_unit_test(impossible_lengths),
		cmocka_unit_test(any_octets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
