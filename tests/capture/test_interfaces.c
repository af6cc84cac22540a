/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/interfaces.h"
#include "unit.h"

static void
count(struct interfaces **list, const struct interfaces_budget *b, uint32_t index, uint32_t format, const void *octets,
    size_t len, int64_t time)
{
	const struct sflow_record r = { format, cursor_over(octets, len) };
	struct interface *i = NULL;

	assert_int_equal(interfaces_find(list, b, INTERFACE_INDEX, index, &i), STATUS_OK);
	assert_int_equal(interfaces_count(*list, b, i, &r, time), STATUS_OK);
}

static void
says(struct interfaces *list, size_t room, const char *want)
{
	struct buf out;
	struct jsonw j;

	buf_init(&out, 0);
	jsonw_init(&j, &out);
	jsonw_object(&j);
	jsonw_key(&j, "interfaces");
	interfaces_json(list, &room, &j);
	jsonw_object_end(&j);
	assert_string_equal(buf_cstr(&out), want);
	buf_free(&out);
}

static void
first_and_last(void **state)
{
	(void)state;
	static const uint8_t one[] = { 0, 0, 0, 5 }, two[] = { 0, 0, 0, 6 }, three[] = { 0, 0, 0, 7, 9 };
	struct interfaces *list = NULL;
	struct interface *again = NULL;
	size_t exporter = 0, total = 0;
	const struct interfaces_budget b = { &exporter, &total };

	says(list, 9, "{\"interfaces\":[]}");
	count(&list, &b, 7, SFLOW_FORMAT(0, 1002), one, sizeof one, 100);
	count(&list, &b, 7, SFLOW_FORMAT(0, 1002), two, sizeof two, 200);
	count(&list, &b, 7, SFLOW_FORMAT(0, 1002), one, sizeof one, 300);
	count(&list, &b, 3, SFLOW_FORMAT(9, 1), three, sizeof three, 400);
	says(list, 9, "{\"interfaces\":[{\"class\":\"interface\",\"index\":7,\"counters\":[{\"format\":\"radio_utilization\","
	    "\"records\":3,\"first_time\":\"100\",\"first\":{\"elapsed_time\":5},\"last_time\":\"300\","
	    "\"last\":{\"elapsed_time\":5}}]},{\"class\":\"interface\",\"index\":3,\"counters\":[{\"format\":\"9/1\","
	    "\"records\":1,\"first_time\":\"400\",\"first\":\"0000000709\",\"last_time\":\"400\",\"last\":\"0000000709\"}]}]}");
	/* the next segment begins anew */
	says(list, 9, "{\"interfaces\":[]}");
	count(&list, &b, 7, SFLOW_FORMAT(0, 1002), two, sizeof two, 500);
	says(list, 0, "{\"interfaces\":[],\"interfaces_left_out\":1}");
	assert_int_equal(interfaces_find(&list, &b, INTERFACE_INDEX, 7, &again), STATUS_OK);
	assert_ptr_equal(interfaces_first(list), again);
	/* the same number in another class is another */
	assert_int_equal(interfaces_find(&list, &b, INTERFACE_VLAN, 7, &again), STATUS_OK);
	assert_ptr_not_equal(interfaces_first(list), again);
	interfaces_free(list, &b);
	assert_int_equal(total, 0);
}

/* A record that grew has room of its own; the quotas hold, and what is beyond is said. */
static void
quotas(void **state)
{
	(void)state;
	static const uint8_t octets[INTERFACES_RECORD_MAX + 1] = { 0 };
	struct interfaces *list = NULL;
	struct interface *i = NULL;
	size_t exporter = 0, total = 0, room = 0;
	const struct interfaces_budget b = { &exporter, &total };
	struct buf out;
	struct jsonw j;

	for (uint32_t f = 0; f < INTERFACES_FORMATS_MAX + 2; f++)
		count(&list, &b, 1, SFLOW_FORMAT(9, f), octets, 4, 1);
	count(&list, &b, 2, 1, octets, 4, 1);
	count(&list, &b, 2, 1, octets, 8, 2);
	count(&list, &b, 2, 1, octets, sizeof octets, 3);
	for (uint32_t n = 0; n < INTERFACES_MAX + 5; n++)
		assert_int_equal(interfaces_find(&list, &b, INTERFACE_LOGICAL, n, &i),
		    n < INTERFACES_MAX - 2 ? STATUS_OK : STATUS_LIMIT);
	assert_int_equal(interfaces_find(&list, &b, INTERFACE_LOGICAL, INTERFACES_MAX, &i), STATUS_LIMIT);
	buf_init(&out, 0);
	jsonw_init(&j, &out);
	jsonw_object(&j);
	jsonw_key(&j, "a");
	interfaces_json(list, &room, &j);
	jsonw_object_end(&j);
	/* 2 formats, 1 record, 5 + 2 + 1 interfaces, and 2 for which there was no room */
	assert_string_equal(buf_cstr(&out), "{\"a\":[],\"interfaces_left_out\":13}");
	buf_free(&out);
	interfaces_free(list, &b);
	assert_int_equal(total, 0);
	assert_int_equal(exporter, 0);
	exporter = INTERFACES_EXPORTER_MAX - 8;
	list = NULL;
	assert_int_equal(interfaces_find(&list, &b, INTERFACE_INDEX, 1, &i), STATUS_LIMIT);
	assert_null(list);
	/* others took all that there is: some are sure */
	exporter = 0;
	total = INTERFACES_TOTAL_MAX - 8;
	for (uint32_t n = 0; n < 20; n++)
		count(&list, &b, n, 2, octets, 52, 1);
	for (uint32_t n = 20; n < 1000; n++)
		if (interfaces_find(&list, &b, INTERFACE_INDEX, n, &i) != STATUS_OK)
			break;
	assert_true(exporter > INTERFACES_SURE - 512 && exporter <= INTERFACES_SURE);
	interfaces_free(list, &b);
	assert_int_equal(total, INTERFACES_TOTAL_MAX - 8);
}

static void
anew(void **state)
{
	(void)state;
	struct interfaces *list = NULL;
	struct interface *i = NULL;
	size_t exporter = 0, total = 0;
	const struct interfaces_budget b = { &exporter, &total };

	interfaces_anew(NULL);
	assert_int_equal(interfaces_find(&list, &b, INTERFACE_INDEX, 1, &i), STATUS_OK);
	i->series[SFLOW_FLOW].started = true;
	interfaces_anew(list);
	assert_true(i->series[SFLOW_FLOW].anew);
	assert_false(i->series[SFLOW_COUNTERS].anew);
	interfaces_free(list, &b);
	interfaces_free(NULL, &b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_and_last),
		cmocka_unit_test(quotas),
		cmocka_unit_test(anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
