/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/exporters_file.h"

#define COUNTS                                                                                       \
	"\"messages\":1,\"records\":2,\"late_records\":3,\"option_records\":4,\"templates\":5,"          \
	"\"withdrawals\":6,\"malformed\":{\"header\":7},\"missed\":8,\"filled\":9,\"gaps\":10,"          \
	"\"missed_from\":\"11\",\"missed_to\":\"12\",\"late\":13,\"duplicates\":14,\"restarts\":15,"     \
	"\"uncounted\":16,\"clock_offset_least\":\"-17\",\"clock_offset_most\":\"18\""
#define NAME "\"address\":\"192.0.2.1\",\"port\":2055,\"protocol\":\"ipfix\",\"domain\":4294967295"
#define NOBODY "\"address\":null,\"port\":null,\"protocol\":null,\"domain\":null"

static enum status
parse(const char *entries, struct exporters_file *out)
{
	struct fault f = { 0 };
	char *text = malloc(strlen(entries) + 100);
	enum status st;

	assert_non_null(text);
	(void)sprintf(text, "{\"format\":\"nfseal-exporters/1\",\"exporters\":[%s]}\n", entries);
	st = exporters_file_parse(text, strlen(text), "x", out, &f);
	free(text);
	return st;
}

static void
every_field(void **state)
{
	struct exporters_file file;
	const struct exporters_entry *e;

	(void)state;
	assert_int_equal(parse("{" NAME ",\"agent\":\"2001:db8::1\",\"transport\":\"udp\"," COUNTS
	                       ",\"samples\":{\"flow\":3,\"drops\":1},\"later\":[{\"a\":1}]},{" NOBODY "," COUNTS "}",
	                     &file),
	    STATUS_OK);
	assert_int_equal(file.count, 2);
	e = &file.entries[0];
	assert_string_equal(e->address, "192.0.2.1");
	assert_string_equal(e->agent, "2001:db8::1");
	assert_string_equal(e->transport, "udp");
	assert_string_equal(e->protocol, "ipfix");
	assert_int_equal(e->port, 2055);
	assert_int_equal(e->domain, 4294967295U);
	assert_int_equal(e->counts[EXPORTERS_MESSAGES], 1);
	assert_int_equal(e->counts[EXPORTERS_WITHDRAWALS], 6);
	assert_int_equal(e->counts[EXPORTERS_MISSED], 8);
	assert_int_equal(e->counts[EXPORTERS_UNCOUNTED], 16);
	assert_int_equal(e->malformed.count, 1);
	assert_string_equal(e->malformed.list[0].name, "header");
	assert_int_equal(e->malformed.list[0].value, 7);
	assert_int_equal(e->samples.count, 2);
	assert_true(e->has_missed && e->clocked);
	assert_int_equal(e->missed_from, 11);
	assert_int_equal(e->missed_to, 12);
	assert_int_equal(e->offset_least, -17);
	assert_int_equal(e->offset_most, 18);
	assert_string_equal(file.entries[1].address, "");
	exporters_file_free(&file);
}

static void
refused(void **state)
{
	static const char *const entries[] = {
		"7",
		"{}",
		"{" NAME "}",
		"{" NAME "," COUNTS ",\"messages\":1}",
		"{\"address\":\"\\u001b[2J\",\"port\":1,\"protocol\":\"ipfix\",\"domain\":1," COUNTS "}",
		"{\"address\":\"edge\",\"port\":1,\"protocol\":\"ipfix\",\"domain\":1," COUNTS "}",
		"{\"address\":\"192.0.2.1\",\"port\":65536,\"protocol\":\"ipfix\",\"domain\":1," COUNTS "}",
		"{\"address\":\"192.0.2.1\",\"port\":1,\"protocol\":\"ipfix\",\"domain\":4294967296," COUNTS "}",
		"{\"address\":\"192.0.2.1\",\"port\":1,\"protocol\":\"a protocol\",\"domain\":1," COUNTS "}",
		"{\"address\":\"192.0.2.1\",\"port\":-1,\"protocol\":\"ipfix\",\"domain\":1," COUNTS "}",
		"{\"address\":\"192.0.2.1\",\"port\":1,\"protocol\":\"ipfix\",\"domain\":1.5," COUNTS "}",
		"{" NAME "," COUNTS ",\"samples\":{\"a_name_that_is_longer_than_any_of_ours\":1}}",
		"{" NAME "," COUNTS ",\"samples\":{\"bad name\":1}}",
		"{" NAME "," COUNTS ",\"samples\":[]}",
	};
	struct exporters_file file = { .count = 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(entries); i++)
		assert_int_not_equal(parse(entries[i], &file), STATUS_OK);
	assert_null(file.entries);
}

/* The same exporter in many segments is one line; times are those of the first and the last gap. */
static void
sums(void **state)
{
	struct exporters_file one, two, sum = { .seed = 7 };
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(parse("{" NAME "," COUNTS "},{" NOBODY "," COUNTS "}", &one), STATUS_OK);
	assert_int_equal(parse("{" NAME "," COUNTS "}", &two), STATUS_OK);
	two.entries[0].missed_from = 20;
	two.entries[0].missed_to = 21;
	two.entries[0].offset_least = 0;
	two.entries[0].offset_most = 99;
	strcpy(two.entries[0].malformed.list[0].name, "record");
	assert_int_equal(exporters_file_add(&sum, &one, &f), STATUS_OK);
	assert_int_equal(exporters_file_add(&sum, &two, &f), STATUS_OK);
	assert_int_equal(sum.count, 2);
	assert_int_equal(sum.entries[0].counts[EXPORTERS_RESTARTS], 30);
	assert_int_equal(sum.entries[0].missed_from, 11);
	assert_int_equal(sum.entries[0].missed_to, 21);
	assert_int_equal(sum.entries[0].offset_least, -17);
	assert_int_equal(sum.entries[0].offset_most, 99);
	assert_int_equal(sum.entries[0].malformed.count, 2);
	assert_int_equal(sum.entries[1].counts[EXPORTERS_RESTARTS], 15);
	exporters_file_free(&one);
	exporters_file_free(&two);
	exporters_file_free(&sum);
}

/* However many there are, the sum is bounded, and nothing is left out of it. */
static void
bounded(void **state)
{
	enum { MORE = EXPORTERS_FILE_ENTRIES_MAX + 50 };
	struct exporters_file one = { .count = 1 }, sum = { .seed = 9 };
	struct fault f = { 0 };
	uint64_t all = 0;

	(void)state;
	one.entries = calloc(1, sizeof *one.entries);
	assert_non_null(one.entries);
	strcpy(one.entries[0].address, "192.0.2.1");
	one.entries[0].counts[EXPORTERS_MISSED] = 1;
	for (uint32_t i = 0; i < MORE; i++) {
		one.entries[0].domain = i;
		assert_int_equal(exporters_file_add(&sum, &one, &f), STATUS_OK);
	}
	assert_int_equal(sum.count, EXPORTERS_FILE_ENTRIES_MAX + 1);
	for (size_t i = 0; i < sum.count; i++)
		all += sum.entries[i].counts[EXPORTERS_MISSED];
	assert_int_equal(all, MORE);
	assert_string_equal(sum.entries[sum.count - 1].address, "");
	assert_int_equal(sum.entries[sum.count - 1].counts[EXPORTERS_MISSED], 50);
	exporters_file_free(&one);
	exporters_file_free(&sum);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field),
		cmocka_unit_test(refused),
		cmocka_unit_test(sums),
		cmocka_unit_test(bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
