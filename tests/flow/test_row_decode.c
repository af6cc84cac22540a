/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <string.h>

#include "flow/row_decode.h"

#define FIELD(p, i, l) { .pen = (p), .id = (i), .length = (l) }
#define OCTETS(s)      (s), sizeof(s) - 1

/* 1795419840 s since 1970 is 0x6b03eec0, in NTP's seconds 0xeeae6d40 */
enum { SECONDS = 1795419840 };
#define MICROS_OF(s) ((int64_t)(s) * 1000000)

/* A row from one record of the given fields. */
static struct table *
row_of(uint16_t version, const struct template_field *fields, size_t count, const char *octets,
    size_t len)
{
	const struct template head = { .id = 256, .count = (uint16_t)count };
	const struct export_header h = { .version = version, .seconds = SECONDS, .uptime = 100000,
		.domain = 9, .sampling = version == 5 ? 0x4064 : 0 };
	struct row_origin origin = { .header = &h };
	struct template_set *templates = NULL;
	struct row_decoder *d = NULL;
	struct table *t = NULL;
	struct cursor c = cursor_over(octets, len);
	struct record r;

	assert_int_equal(table_open(2, &t, NULL), STATUS_OK);
	assert_int_equal(template_set_open(&templates, NULL), STATUS_OK);
	assert_int_equal(template_set_put(templates, &head, fields, NULL), STATUS_OK);
	assert_int_equal(row_decoder_open(&d, NULL), STATUS_OK);
	assert_true(record_read(&c, template_set_find(templates, 0, 256), &r));
	assert_true(cursor_done(&c));
	row_decode(d, &r, &origin, t);
	assert_false(t->failed);
	assert_int_equal(t->rows, 1);
	row_decoder_free(d);
	template_set_free(templates);
	return t;
}

static void
other_is(const struct table *t, const char *expected)
{
	size_t len;
	const uint8_t *text = table_bytes(t, COLUMN_OTHER, 0, &len);

	assert_int_equal(table_has(t, COLUMN_OTHER, 0), expected != NULL);
	if (expected == NULL)
		return;
	if (len != strlen(expected) || memcmp(text, expected, len) != 0)
		fail_msg("other is %.*s", (int)len, (const char *)text);
}

static void
precedence_and_other(void **state)
{
	(void)state;
	static const struct template_field fields[] = {
		FIELD(0, 24, 4), FIELD(0, 2, 4), FIELD(0, 2, 4), /* packets: post, in, in again */
		FIELD(0, 23, 4), FIELD(0, 1, 4),                 /* bytes: post, and a zero */
		FIELD(0, 3, 1), FIELD(29305, 3, 1), FIELD(9, 4711, 2), FIELD(0, 82, 4),
		FIELD(0, 210, 2), FIELD(0, 166, 1), FIELD(0, 166, 8), FIELD(0, 434, 2),
	};
	struct table *t = row_of(10, fields, ARRAY_LEN(fields),
	    OCTETS("\0\0\0\x05" "\0\0\0\x07" "\0\0\0\x09" "\0\0\0\x63" "\0\0\0\0" "\x01" "\x02"
		   "\xca\xfe" "eth0" "\0\0" "\x0a" "\xff\0\0\0\0\0\0\0" "\xff\xfe"));

	assert_int_equal(table_int(t, COLUMN_PACKETS, 0), 7);
	assert_int_equal(table_int(t, COLUMN_BYTES, 0), 99);
	assert_int_equal(table_int(t, COLUMN_OBSERVATION_DOMAIN, 0), 9);
	assert_int_equal(table_int(t, COLUMN_EXPORT_PROTOCOL, 0), 10);
	assert_int_equal(table_int(t, COLUMN_EXPORT_TIME, 0), MICROS_OF(SECONDS));
	assert_false(table_has(t, COLUMN_EXPORTER_IP, 0));
	other_is(t, "{\"postPacketDeltaCount\":5,\"packetDeltaCount\":9,\"octetDeltaCount\":0,"
		    "\"deltaFlowCount\":1,\"reverseDeltaFlowCount\":2,\"9/4711\":\"cafe\","
		    "\"interfaceName\":\"eth0\",\"notSentFlowTotalCount\":[10,\"18374686479671623680\"],"
		    "\"mibObjectValueInteger\":-2}");
	table_free(t);
}

static void
the_finest_time_wins(void **state)
{
	(void)state;
	static const struct template_field fields[] = {
		FIELD(0, 150, 4), FIELD(0, 152, 8), FIELD(0, 156, 8), /* one start in three units */
		FIELD(0, 151, 4), FIELD(0, 155, 8),                   /* two ends that differ */
	};
	struct table *t = row_of(10, fields, ARRAY_LEN(fields),
	    OCTETS("\x6b\x03\xee\xc0" "\0\0\x01\xa2\x07\x5c\x9f\xf4" "\xee\xae\x6d\x40\x80\0\0\0"
		   "\x6b\x03\xee\xc2" "\xee\xae\x6d\x41\x80\0\0\0"));

	assert_int_equal(table_int(t, COLUMN_FLOW_START, 0), MICROS_OF(SECONDS) + 500000);
	assert_int_equal(table_int(t, COLUMN_FLOW_START_NS, 0), (MICROS_OF(SECONDS) + 500000) * 1000);
	assert_int_equal(table_int(t, COLUMN_FLOW_END, 0), MICROS_OF(SECONDS) + 1500000);
	assert_false(table_has(t, COLUMN_FLOW_END_NS, 0));
	/* the same instant is no loss, another one is */
	other_is(t, "{\"flowEndSeconds\":1795419842}");
	table_free(t);
}

static void
times_by_the_header(void **state)
{
	(void)state;
	static const struct template_field v9[] = { FIELD(0, 22, 4), FIELD(0, 21, 4) };
	static const struct template_field delta[] = { FIELD(0, 158, 4), FIELD(0, 159, 4) };
	static const struct template_field init[] = { FIELD(0, 160, 8), FIELD(0, 22, 4),
		FIELD(0, 21, 4) };
	struct table *t = row_of(9, v9, 2, OCTETS("\0\0\x27\x10" "\0\x01\x86\xa0"));

	assert_int_equal(table_int(t, COLUMN_FLOW_START, 0), MICROS_OF(SECONDS - 90));
	assert_int_equal(table_int(t, COLUMN_FLOW_END, 0), MICROS_OF(SECONDS));
	table_free(t);
	t = row_of(10, delta, 2, OCTETS("\0\0\0\x05" "\0\0\0\0"));
	assert_int_equal(table_int(t, COLUMN_FLOW_START, 0), MICROS_OF(SECONDS) - 5);
	assert_int_equal(table_int(t, COLUMN_FLOW_END, 0), MICROS_OF(SECONDS));
	table_free(t);
	t = row_of(10, init, 3, OCTETS("\0\0\0\0\0\0\x03\xe8" "\0\0\0\x01" "\0\0\0\x02"));
	assert_int_equal(table_int(t, COLUMN_FLOW_START, 0), 1001000);
	assert_int_equal(table_int(t, COLUMN_FLOW_END, 0), 1002000);
	other_is(t, "{\"systemInitTimeMilliseconds\":1000}");
	table_free(t);
	/* IPFIX has no uptime in its header: kept as it came */
	t = row_of(10, v9, 2, OCTETS("\0\0\x27\x10" "\0\x01\x86\xa0"));
	assert_false(table_has(t, COLUMN_FLOW_START, 0));
	other_is(t, "{\"flowStartSysUpTime\":10000,\"flowEndSysUpTime\":100000}");
	table_free(t);
}

static void
an_event_has_one_time(void **state)
{
	(void)state;
	static const struct template_field fields[] = { FIELD(0, 323, 8) };
	struct table *t = row_of(10, fields, 1, OCTETS("\0\0\0\0\0\0\x03\xe9"));

	assert_int_equal(table_int(t, COLUMN_FLOW_START, 0), 1001000);
	assert_int_equal(table_int(t, COLUMN_FLOW_END, 0), 1001000);
	table_free(t);
}

static void
icmp_mpls_text_and_octets(void **state)
{
	(void)state;
	static const struct template_field fields[] = {
		FIELD(0, 32, 2), FIELD(0, 70, 3), FIELD(0, 96, 6), FIELD(0, 95, TEMPLATE_VARIABLE),
		FIELD(0, 56, 6), FIELD(0, 8, 4), FIELD(0, 28, 16), FIELD(0, 7, 1),
	};
	struct table *t = row_of(10, fields, ARRAY_LEN(fields),
	    OCTETS("\x03\x01" "\x00\x01\x01" "dns\0\0\0" "\x04\x0d\0\x02\x26" "\x02\0\0\0\0\x01"
		   "\xc0\0\x02\x01" "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01" "\x35"));
	size_t len;

	assert_int_equal(table_int(t, COLUMN_ICMP_TYPE, 0), 3);
	assert_int_equal(table_int(t, COLUMN_ICMP_CODE, 0), 1);
	assert_int_equal(table_int(t, COLUMN_MPLS_LABEL, 0), 16);
	assert_memory_equal(table_bytes(t, COLUMN_APP_NAME, 0, &len), "dns", 3);
	assert_int_equal(len, 3);
	assert_memory_equal(table_bytes(t, COLUMN_APP_ID, 0, &len), "\x0d\0\x02\x26", 4);
	assert_int_equal(table_int(t, COLUMN_SRC_MAC, 0), 0x020000000001);
	assert_int_equal(t->columns[COLUMN_SRC_IP].v.address[0].family, 4);
	assert_int_equal(t->columns[COLUMN_DST_IP].v.address[0].family, 6);
	assert_int_equal(t->columns[COLUMN_DST_IP].v.address[0].octets[15], 1);
	assert_int_equal(table_int(t, COLUMN_SRC_PORT, 0), 53); /* reduced size */
	other_is(t, NULL);
	table_free(t);
}

static void
what_does_not_fit_is_kept(void **state)
{
	(void)state;
	static const struct template_field fields[] = {
		FIELD(0, 8, 3), FIELD(0, 56, 7), FIELD(0, 96, 2), FIELD(0, 1, 9), FIELD(0, 152, 4),
		FIELD(0, 70, 3), FIELD(0, 4, 0),
	};
	struct table *t = row_of(10, fields, ARRAY_LEN(fields),
	    OCTETS("\xc0\0\x02" "\1\2\3\4\5\6\7" "\xff\xfe" "\0\0\0\0\0\0\0\0\x09" "\0\0\0\x01"
		   "\0\x01\x0f"));

	assert_false(table_has(t, COLUMN_SRC_IP, 0));
	assert_false(table_has(t, COLUMN_APP_NAME, 0));
	assert_false(table_has(t, COLUMN_PROTOCOL, 0));
	assert_int_equal(table_int(t, COLUMN_MPLS_LABEL, 0), 16); /* and its class bits */
	other_is(t, "{\"sourceIPv4Address\":\"c00002\",\"sourceMacAddress\":\"01020304050607\","
		    "\"applicationName\":\"fffe\",\"octetDeltaCount\":\"000000000000000009\","
		    "\"flowStartMilliseconds\":1,\"mplsTopLabelStackSection\":\"00010f\","
		    "\"protocolIdentifier\":\"\"}");
	table_free(t);
}

static void
counters_are_clamped(void **state)
{
	(void)state;
	static const struct template_field fields[] = { FIELD(0, 2, 8) };
	struct table *t = row_of(10, fields, 1, OCTETS("\xff\xff\xff\xff\xff\xff\xff\xff"));

	assert_true(table_int(t, COLUMN_PACKETS, 0) == INT64_MAX);
	assert_int_equal(t->clamped, 1);
	table_free(t);
}

static void
sampling_of_the_header(void **state)
{
	(void)state;
	static const struct template_field fields[] = { FIELD(0, 4, 1) };
	struct table *t = row_of(5, fields, 1, OCTETS("\x06"));

	assert_int_equal(table_int(t, COLUMN_SAMPLING_INTERVAL, 0), 100);
	table_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(precedence_and_other),
		cmocka_unit_test(the_finest_time_wins),
		cmocka_unit_test(times_by_the_header),
		cmocka_unit_test(an_event_has_one_time),
		cmocka_unit_test(icmp_mpls_text_and_octets),
		cmocka_unit_test(what_does_not_fit_is_kept),
		cmocka_unit_test(counters_are_clamped),
		cmocka_unit_test(sampling_of_the_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
