/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Datagrams of other people's exporters (UDP payloads; NetFlow 5, 9 and IPFIX): as many records
 * and templates, and the same sum of octets, as an independent walker and tshark count.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/file.h"
#include "flow/message.h"
#include "flow/row_decode.h"

enum { FILES = 4, ROWS = 1000 };

static const struct group {
	const char *files[FILES]; /* in this order through one set of templates */
	uint64_t records;         /* of data and of options */
	uint64_t templates;
	uint64_t octets;
} groups[] = {
	{ { "graylog-plugin-netflow/netflow-v5-2.dat" },
	    30, 0, 342263 },
	{ { "graylog-plugin-netflow/netflow-v9-2-1.dat",
		"graylog-plugin-netflow/netflow-v9-2-2.dat",
		"graylog-plugin-netflow/netflow-v9-2-3.dat" },
	    3, 3, 3166 },
	{ { "logstash-codec-netflow/ipfix_test_mikrotik_tpl.dat",
		"logstash-codec-netflow/ipfix_test_mikrotik_data258.dat",
		"logstash-codec-netflow/ipfix_test_mikrotik_data259.dat" },
	    46, 2, 103235 },
	{ { "logstash-codec-netflow/ipfix_test_nokia_bras_tpl.dat",
		"logstash-codec-netflow/ipfix_test_nokia_bras_data256.dat" },
	    1, 2, 0 },
	{ { "logstash-codec-netflow/ipfix_test_procera_tpl52935.dat",
		"logstash-codec-netflow/ipfix_test_procera_data52935.dat" },
	    8, 1, 0 },
	{ { "logstash-codec-netflow/ipfix_test_vmware_vds_tpl.dat",
		"logstash-codec-netflow/ipfix_test_vmware_vds_data264.dat",
		"logstash-codec-netflow/ipfix_test_vmware_vds_data266.dat",
		"logstash-codec-netflow/ipfix_test_vmware_vds_data266_267.dat" },
	    5, 13, 806 },
	{ { "logstash-codec-netflow/netflow9_test_cisco_1941K9.dat" },
	    29, 1, 70258 },
	{ { "logstash-codec-netflow/netflow9_cisco_asr1001x_tpl259.dat" },
	    25, 1, 38255 },
	{ { "logstash-codec-netflow/netflow9_test_cisco_asr9k_tpl260.dat",
		"logstash-codec-netflow/netflow9_test_cisco_asr9k_data260.dat" },
	    21, 1, 208031 },
	{ { "logstash-codec-netflow/netflow9_test_cisco_nbar_tpl262.dat",
		"logstash-codec-netflow/netflow9_test_cisco_nbar_data262.dat" },
	    5, 1, 3064 },
	{ { "logstash-codec-netflow/netflow9_test_cisco_wlc_tpl.dat",
		"logstash-codec-netflow/netflow9_test_cisco_wlc_data261.dat" },
	    19, 2, 142991108 },
	{ { "logstash-codec-netflow/netflow9_test_fortigate_fortios_521_tpl.dat",
		"logstash-codec-netflow/netflow9_test_fortigate_fortios_521_data256.dat",
		"logstash-codec-netflow/netflow9_test_fortigate_fortios_521_data257.dat" },
	    2, 5, 152 },
	{ { "logstash-codec-netflow/netflow9_test_h3c_netstream_varstring_tpl3281.dat",
		"logstash-codec-netflow/netflow9_test_h3c_netstream_varstring_data3281.dat" },
	    1, 1, 702 },
	{ { "logstash-codec-netflow/netflow9_test_huawei_netstream_tpl.dat",
		"logstash-codec-netflow/netflow9_test_huawei_netstream_data.dat" },
	    1, 1, 200 },
	{ { "logstash-codec-netflow/netflow9_test_paloalto_panos_tpl.dat",
		"logstash-codec-netflow/netflow9_test_paloalto_panos_data.dat" },
	    8, 8, 617 },
	{ { "logstash-codec-netflow/netflow9_test_ubnt_edgerouter_tpl.dat",
		"logstash-codec-netflow/netflow9_test_ubnt_edgerouter_data1024.dat",
		"logstash-codec-netflow/netflow9_test_ubnt_edgerouter_data1025.dat" },
	    16, 4, 20418 },
	{ { "logstash-codec-netflow/netflow9_test_iptnetflow_reduced_size_encoding_tpldata260.dat" },
	    12, 1, 7598 },
	{ { "logstash-codec-netflow/netflow9_test_macaddr_tpl.dat",
		"logstash-codec-netflow/netflow9_test_macaddr_data.dat" },
	    30, 3, 0 },
	{ { "logstash-codec-netflow/netflow9_test_nprobe_tpl.dat",
		"logstash-codec-netflow/netflow9_test_softflowd_tpl_data.dat",
		"logstash-codec-netflow/netflow9_test_nprobe_data.dat" },
	    9, 5, 1328 },
	{ { "logstash-codec-netflow/netflow9_test_nprobe_tpl.dat" },
	    1, 3, 0 },
	{ { "logstash-codec-netflow/netflow9_test_valid01.dat" },
	    7, 2, 1128 },
	{ { "logstash-codec-netflow/ipfix_test_ixia_tpldata256.dat",
		"logstash-codec-netflow/ipfix_test_ixia_tpldata271.dat" },
	    3, 6, 492 },
	{ { "logstash-codec-netflow/netflow5.dat" },
	    30, 0, 18684 },
	{ { "logstash-codec-netflow/netflow5_test_invalid02.dat" },
	    30, 0, 7452936707 },
	{ { "logstash-codec-netflow/netflow5_test_juniper_mx80.dat" },
	    29, 0, 3989 },
	{ { "logstash-codec-netflow/netflow9_test_cisco_aci_tpl256-258.dat",
		"logstash-codec-netflow/netflow9_test_cisco_aci_data256.dat" },
	    3, 3, 297 },
	{ { "logstash-codec-netflow/netflow9_test_cisco_asr9k_opttpl257.dat",
		"logstash-codec-netflow/netflow9_test_cisco_asr9k_opttpl334.dat",
		"logstash-codec-netflow/netflow9_test_cisco_asr9k_tpl266.dat" },
	    0, 3, 0 },
};

struct decoding {
	struct template_set *templates;
	struct netflow_fixed fixed;
	struct row_decoder *decoder;
	struct decode_counters counters;
	struct table *rows;
};

/* One message; the octets behind it, which a payload seldom has. */
static struct cursor
decode_message(struct decoding *d, struct cursor c)
{
	const struct message_context context = { &d->fixed, d->templates, &d->counters };
	struct row_origin origin = { .header = NULL };
	struct message m;
	struct record r;

	assert_true(message_open(&m, c.at, cursor_left(&c), &context));
	origin.header = message_header(&m);
	while (message_next(&m, &r))
		row_decode(d->decoder, &r, &origin, d->rows);
	return message_behind(&m);
}

static void
datagram(struct decoding *d, const struct buf *b)
{
	struct cursor c = cursor_over(b->data, b->len);

	while (cursor_left(&c) >= 4)
		c = decode_message(d, c);
}

/* False where the captures are not here. */
static bool
read_group(struct decoding *d, const struct group *g)
{
	const char *captures = getenv("NFSEAL_CAPTURES");

	for (size_t i = 0; i < FILES && g->files[i] != NULL; i++) {
		char path[1024];
		struct buf data;
		bool there;

		buf_init(&data, 0);
		snprintf(path, sizeof path, "%s/netflow/%s",
		    captures != NULL ? captures : "../shared/captures", g->files[i]);
		there = file_slurp(path, 1 << 20, &data, NULL) == STATUS_OK && data.len > 2;
		if (there)
			datagram(d, &data);
		buf_free(&data);
		if (!there) {
			print_message("skip: %s is not there (NFSEAL_CAPTURES)\n", path);
			return false;
		}
	}
	return true;
}

static void
as_others_count(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
		struct decoding d = { .templates = NULL };
		uint64_t octets = 0;

		assert_int_equal(netflow_fixed_open(&d.fixed, NULL), STATUS_OK);
		assert_int_equal(template_set_open(&d.templates, NULL), STATUS_OK);
		assert_int_equal(row_decoder_open(&d.decoder, NULL), STATUS_OK);
		assert_int_equal(table_open(ROWS, &d.rows, NULL), STATUS_OK);
		if (read_group(&d, &groups[i])) {
			for (size_t row = 0; row < d.rows->rows; row++)
				octets += (uint64_t)table_int(d.rows, COLUMN_BYTES, row);
			if (d.counters.records + d.counters.option_records != groups[i].records ||
			    d.counters.templates != groups[i].templates || octets != groups[i].octets)
				fail_msg("%s: %llu records, %llu templates, %llu octets", groups[i].files[0],
				    (unsigned long long)d.counters.records,
				    (unsigned long long)d.counters.templates, (unsigned long long)octets);
		}
		table_free(d.rows);
		row_decoder_free(d.decoder);
		template_set_free(d.templates);
		netflow_fixed_close(&d.fixed);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_others_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
