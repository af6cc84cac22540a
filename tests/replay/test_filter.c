/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "replay/filter.h"

/*
 * Eight flows; an expectation is a string of eight digits, 1 where the flow matches:
 *	0  TCP 10.0.0.1:40000 > 192.168.1.5:443      SYN seen, both ways, 10 s
 *	1  UDP 10.0.0.2:5353 > 8.8.8.8:53            no reverse, no duration
 *	2  TCP 2001:db8::1:50000 > 2001:db8::2:80    VLAN 7
 *	3  ICMP 172.16.0.1 > 10.0.0.1, type 8        no ports
 *	4  ICMPv6 fe80::1 > ff02::1
 *	5  TCP 192.168.1.5:22 > 10.1.2.3:65535       SYN only, application "ssh"
 *	6  UDP 255.255.255.255:0 > 0.0.0.0:68        interface 3 to 4, AS 64500
 *	7  nothing but a protocol
 */
enum { ROWS = 8 };

static void
set_ip(struct table *t, enum column_id id, size_t row, const char *text)
{
	struct address a = { 0 };

	assert_true(text_parse_address(text, &a));
	table_set_address(t, id, row, &a);
}

static void
add(struct table *t, int protocol, const char *src, int src_port, const char *dst, int dst_port)
{
	size_t row = table_add_row(t);

	table_set_i32(t, COLUMN_PROTOCOL, row, protocol);
	if (src != NULL) {
		set_ip(t, COLUMN_SRC_IP, row, src);
		set_ip(t, COLUMN_DST_IP, row, dst);
	}
	if (src_port >= 0) {
		table_set_i32(t, COLUMN_SRC_PORT, row, src_port);
		table_set_i32(t, COLUMN_DST_PORT, row, dst_port);
	}
}

static void
set_counts(struct table *t, size_t row, int64_t packets, int64_t bytes, int64_t micros)
{
	int64_t start = 1763884800000000; /* 2025-11-23T08:00:00Z */

	table_set_i64(t, COLUMN_PACKETS, row, packets);
	table_set_i64(t, COLUMN_BYTES, row, bytes);
	table_set_i64(t, COLUMN_FLOW_START, row, start + (int64_t)row * 1000000);
	table_set_i64(t, COLUMN_FLOW_END, row, start + (int64_t)row * 1000000 + micros);
}

static struct table *
flows(void)
{
	struct table *t;

	assert_int_equal(table_open(ROWS, &t, NULL), STATUS_OK);
	add(t, 6, "10.0.0.1", 40000, "192.168.1.5", 443);
	add(t, 17, "10.0.0.2", 5353, "8.8.8.8", 53);
	add(t, 6, "2001:db8::1", 50000, "2001:db8::2", 80);
	add(t, 1, "172.16.0.1", -1, "10.0.0.1", -1);
	add(t, 58, "fe80::1", -1, "ff02::1", -1);
	add(t, 6, "192.168.1.5", 22, "10.1.2.3", 65535);
	add(t, 17, "255.255.255.255", 0, "0.0.0.0", 68);
	add(t, 255, NULL, -1, NULL, -1);
	set_counts(t, 0, 100, 1500000, 10000000);
	set_counts(t, 1, 1, 64, 0);
	set_counts(t, 2, 10, 65536, 1000);
	set_counts(t, 5, 3, 180, 2000000);
	table_set_i64(t, COLUMN_REV_PACKETS, 0, 50);
	table_set_i64(t, COLUMN_REV_BYTES, 0, 2000000);
	table_set_i32(t, COLUMN_TCP_FLAGS, 0, 0x1b);
	table_set_i32(t, COLUMN_REV_TCP_FLAGS, 0, 0x12);
	table_set_i32(t, COLUMN_INITIAL_TCP_FLAGS, 0, 0x02);
	table_set_i32(t, COLUMN_TCP_FLAGS, 2, 0x14);
	table_set_i32(t, COLUMN_TCP_FLAGS, 5, 0x02);
	table_set_i32(t, COLUMN_VLAN, 2, 7);
	table_set_i32(t, COLUMN_ICMP_TYPE, 3, 8);
	table_set_i32(t, COLUMN_ICMP_CODE, 3, 0);
	table_set_i32(t, COLUMN_END_REASON, 0, 3);
	table_set_i32(t, COLUMN_END_REASON, 1, 1);
	table_set_i32(t, COLUMN_TOS, 0, 184);
	table_set_mac(t, COLUMN_SRC_MAC, 0, 0x001122334455);
	table_set_mac(t, COLUMN_DST_MAC, 1, 0x001122334455);
	table_set_bytes(t, COLUMN_APP_NAME, 5, "ssh", 3);
	table_set_bytes(t, COLUMN_APP_NAME, 0, "https", 5);
	table_set_bytes(t, COLUMN_APP_ID, 0, "\x0d\x00\x00\x50", 4);
	table_set_i64(t, COLUMN_IN_IF, 6, 3);
	table_set_i64(t, COLUMN_OUT_IF, 6, 4);
	table_set_i64(t, COLUMN_SRC_AS, 6, 64500);
	set_ip(t, COLUMN_EXPORTER_IP, 6, "192.0.2.1");
	set_ip(t, COLUMN_NAT_SRC_IP, 6, "198.51.100.7");
	table_set_i32(t, COLUMN_NAT_DST_PORT, 6, 8080);
	return t;
}

struct expectation {
	const char *filter;
	const char *rows;
};

static void
check(const struct expectation *e, size_t count)
{
	struct table *t = flows();

	for (size_t i = 0; i < count; i++) {
		struct fault fault = { 0 };
		struct filter *filter = NULL;
		uint8_t matched[ROWS];
		char seen[ROWS + 1] = "";
		size_t sum = 0;

		if (filter_parse(e[i].filter, &filter, &fault) != STATUS_OK)
			fail_msg("%s: offset %d: %s", e[i].filter, (int)fault.offset, fault.text);
		for (size_t k = 0; k < ROWS; k++)
			sum += e[i].rows[k] == '1';
		assert_int_equal(filter_rows(filter, t, matched), sum);
		for (size_t k = 0; k < ROWS; k++)
			seen[k] = (char)('0' + matched[k]);
		if (strcmp(seen, e[i].rows) != 0)
			fail_msg("%s: %s instead of %s", e[i].filter, seen, e[i].rows);
		filter_free(filter);
	}
	table_free(t);
}

#define CHECK(e) check(e, sizeof(e) / sizeof((e)[0]))

static void
test_addresses(void **state)
{
	static const struct expectation e[] = {
		{ "host 10.0.0.1", "10010000" },
		{ "ip 10.0.0.1", "10010000" },
		{ "src host 10.0.0.1", "10000000" },
		{ "dst ip 10.0.0.1", "00010000" },
		{ "src 10.0.0.1", "10000000" },
		{ "src or dst host 10.0.0.1", "10010000" },
		{ "src and dst net 10.0.0.0/8", "00000000" },
		{ "src and dst net 2001:db8::/32", "00100000" },
		{ "src_ip = 10.0.0.1", "10000000" },
		{ "src_ip == 10.0.0.1", "10000000" },
		{ "src-ip=10.0.0.1", "10000000" },
		{ "SRC IP 10.0.0.1", "10000000" },
		{ "net 10.0.0.0/8", "11010100" },
		{ "net 10.9.9.9/8", "11010100" },
		{ "net 10.0.0.0 255.0.0.0", "11010100" },
		{ "net 10.0.0.0 mask 255.255.0.0 and tcp", "10000000" },
		{ "dst net 10.1.0.0/16", "00000100" },
		{ "net 2001:db8::/32", "00100000" },
		{ "net 2001:db8::2/127", "00100000" },
		{ "src net 2001:db8::2/127", "00000000" },
		{ "net fe80::/10", "00001000" },
		{ "net 0.0.0.0/0", "11010110" },
		{ "net ::/0", "00101000" },
		{ "host 255.255.255.255", "00000010" },
		{ "host 10.0.0.1-10.0.0.9", "11010000" },
		{ "host 2001:db8::2-2001:db8::9", "00100000" },
		{ "ip in [8.8.8.8, 172.16.0.0/12 2001:db8::1]", "01110000" },
		{ "ip in [8.8.8.8,8.8.8.8,8.8.8.0/24,8.0.0.0/8]", "01000000" },
		{ "host != 10.0.0.1", "01101110" },
		{ "not host 10.0.0.1", "01101111" },
		{ "src_ip != 10.0.0.1", "01111110" },
		{ "not src_ip = 10.0.0.1", "01111111" },
		{ "ipv4", "11010110" },
		{ "inet", "11010110" },
		{ "ipv6", "00101000" },
		{ "inet6 or ip4", "11111110" },
		{ "exporter 192.0.2.1", "00000010" },
		{ "exporter ip 192.0.2.1", "00000010" },
		{ "exporter_ip in [192.0.2.0/24]", "00000010" },
		{ "nat ip 198.51.100.7", "00000010" },
		{ "src nat ip 198.51.100.7", "00000010" },
		{ "nat dst ip 198.51.100.7", "00000000" },
		{ "nat port 8080 and not nat src port 8080", "00000010" },
	};

	(void)state;
	CHECK(e);
}

static void
test_ports_and_protocols(void **state)
{
	static const struct expectation e[] = {
		{ "port 443", "10000000" },
		{ "port = 443", "10000000" },
		{ "src port 443", "00000000" },
		{ "dst port 443", "10000000" },
		{ "port 0", "00000010" },
		{ "port 65535", "00000100" },
		{ "port 1024-65535", "11100100" },
		{ "portrange 40000-50000", "10100000" },
		{ "src port 1024-65535", "11100000" },
		{ "port > 50000", "00000100" },
		{ "port >= 50000", "00100100" },
		{ "port < 53", "00000110" },
		{ "port <= 53", "01000110" },
		{ "port gt 50000", "00000100" },
		{ "port in [53, 80]", "01100000" },
		{ "port in [53 80 20-25]", "01100100" },
		{ "dst port in [443]", "10000000" },
		{ "port != 443", "01100110" },
		{ "not port 443", "01111111" },
		{ "src or dst port != 443", "11100110" },
		{ "proto tcp", "10100100" },
		{ "proto 17", "01000010" },
		{ "proto ICMP6", "00001000" },
		{ "proto in [tcp, 17]", "11100110" },
		{ "protocol = udp", "01000010" },
		{ "protocol > 58", "00000001" },
		{ "tcp", "10100100" },
		{ "udp or icmp", "01010010" },
		{ "icmp6", "00001000" },
		{ "icmpv6", "00001000" },
		{ "tcp port 22", "00000100" },
		{ "udp dst port 53", "01000000" },
		{ "tcp src port 22 or udp dst port 53", "01000100" },
		{ "icmp type 8", "00010000" },
		{ "icmp-type 8 and icmp-code = 0", "00010000" },
		{ "icmp_type != 8", "00000000" },
	};

	(void)state;
	CHECK(e);
}

static void
test_counters(void **state)
{
	static const struct expectation e[] = {
		{ "bytes > 1M", "10000000" },
		{ "bytes >= 65536", "10100000" },
		{ "bytes >= 64Ki", "10100000" },
		{ "bytes > 64Ki", "10000000" },
		{ "bytes 64-180", "01000100" },
		{ "bytes>65k and bytes<66K", "00100000" },
		{ "bytes = 0x40", "01000000" },
		{ "packets 1", "01000000" },
		{ "packets != 1", "10100100" },
		{ "in packets > 50", "10000000" },
		{ "out packets 50", "10000000" },
		{ "rev packets 50", "10000000" },
		{ "rev_bytes = 2m", "10000000" },
		{ "total bytes = 3500000", "10000000" },
		{ "total packets > 2", "10100100" },
		{ "duration 10s", "10000000" },
		{ "duration > 1999", "10000100" },
		{ "duration >= 1ms and duration < 3s", "00100100" },
		{ "duration = 0", "01000000" },
		{ "pps 10", "10000000" },
		{ "pps > 0", "10100100" },
		{ "pps >= 0", "10100100" },
		{ "bps = 1200000", "10000000" },
		{ "bps > 1G", "00000000" },
		{ "bps > 500M", "00100000" },
		{ "bpp 60-64", "01000100" },
		{ "bpp > 1400", "10100000" },
	};

	(void)state;
	CHECK(e);
}

static void
test_flags(void **state)
{
	static const struct expectation e[] = {
		{ "flags S", "10000100" },
		{ "flags SA", "10000000" },
		{ "flags S and not flags A", "00000100" },
		{ "flags S/SA", "00000100" },
		{ "flags SA/SA", "10000000" },
		{ "flags /S", "00100000" },
		{ "flags = S", "00000100" },
		{ "flags != S", "10100000" },
		{ "flags = 2", "00000100" },
		{ "flags 0x14", "00100000" },
		{ "flags in [S, RA]", "00100100" },
		{ "flags > 2", "10100000" },
		/* As nfdump: none of them, and flows without flags too. */
		{ "not flags RF", "01011111" },
		{ "not (flags RF)", "01011111" },
		{ "not flags S/SA", "11111011" },
		{ "flags X", "00000000" },
		{ "tcp flags S", "10000100" },
		{ "out flags SA", "10000000" },
		{ "initial flags S", "10000000" },
		{ "rev_tcp_flags = SA", "10000000" },
	};

	(void)state;
	CHECK(e);
}

static void
test_columns(void **state)
{
	static const struct expectation e[] = {
		{ "vlan 7", "00100000" },
		{ "has vlan", "00100000" },
		{ "not has src port", "00011001" },
		{ "mac 00:11:22:33:44:55", "11000000" },
		{ "src mac 00-11-22-33-44-55", "10000000" },
		{ "dst_mac != 00:11:22:33:44:55", "00000000" },
		{ "if 4", "00000010" },
		{ "in if 4", "00000000" },
		{ "out if 4", "00000010" },
		{ "as 64500", "00000010" },
		{ "dst as 64500", "00000000" },
		{ "tos 184", "10000000" },
		{ "end reason idle", "01000000" },
		{ "end_reason in [idle, end]", "11000000" },
		{ "end-reason != end", "01000000" },
		{ "app_name ssh", "00000100" },
		{ "app_name = \"https\"", "10000000" },
		{ "app name contains 'tt'", "10000000" },
		{ "app_name startswith s", "00000100" },
		{ "app_name endswith s", "10000000" },
		{ "app_name contains s", "10000100" },
		{ "app_name != ssh", "10000000" },
		{ "app_id = 0d000050", "10000000" },
		{ "app_id startswith 0D", "10000000" },
		{ "flow_start >= 2025-11-23T08:00:02Z", "00100100" },
		{ "flow_start < 2025/11/23.08:00:01", "10000000" },
		{ "flow_end > @1763884805.5", "10000100" },
		{ "flow_start = 2025-11-23T09:00:01+01:00", "01000000" },
	};

	(void)state;
	CHECK(e);
}

static void
test_grammar(void **state)
{
	static const struct expectation e[] = {
		{ "", "11111111" },
		{ " \t\n# nothing\n", "11111111" },
		{ "any", "11111111" },
		{ "not any", "00000000" },
		{ "tcp or udp and port 53", "11100100" },
		{ "(tcp or udp) and port 53", "01000000" },
		{ "not tcp or port 443", "11011011" },
		{ "not (tcp or port 53)", "00011011" },
		{ "not tcp and not udp", "00011001" },
		{ "not not tcp", "10100100" },
		{ "!tcp&&!udp", "00011001" },
		{ "tcp||udp", "11100110" },
		{ "tcp OR Udp", "11100110" },
		{ "tcp # or udp\n and port 22", "00000100" },
		{ "((((tcp))))", "10100100" },
		{ "tcp and ipv4 and src net 10.0.0.0/8 and not port 80", "10000000" },
		{ "udp or icmp or icmp6 or port 443", "11011010" },
		{ "host 10.0.0.1 and (udp or not (port 443 or icmp6))", "00010000" },
	};

	(void)state;
	CHECK(e);
}

struct refusal {
	const char *filter;
	size_t offset;
	const char *text;
};

static void
test_refusals(void **state)
{
	static const struct refusal r[] = {
		{ "port", 4, "expected a number or a range (80, 64k, 1024-65535), saw the end" },
		{ "port http", 5, "expected a number or a range (80, 64k, 1024-65535), saw `http'" },
		{ "port 65536", 5, "at most 65535 can stand here" },
		{ "port 80-22", 5,
		    "expected a number or a range (80, 64k, 1024-65535), saw `80-22'" },
		{ "port > 1-5", 7, "a range goes with =, != and in only" },
		{ "port 80 or 443", 11,
		    "expected a test; several values are written `port in [80, 443]', saw `443'" },
		{ "port 80 udp", 8, "expected `and', `or' or the end, saw `udp'" },
		{ "port in []", 9, "expected a number or a range (80, 64k, 1024-65535), saw `]'" },
		{ "port in [80", 11,
		    "expected a number or a range (80, 64k, 1024-65535), saw the end" },
		{ "(tcp or udp", 11, "expected `and', `or' or `)', saw the end" },
		{ "tcp)", 3, "expected `and', `or' or the end, saw `)'" },
		{ "tcp and", 7, "expected a test (port 80, src net 10.0.0.0/8), saw the end" },
		{ "or tcp", 0, "expected a test (port 80, src net 10.0.0.0/8), saw `or'" },
		{ "()", 1, "expected a test (port 80, src net 10.0.0.0/8), saw `)'" },
		{ "host www.example.org", 5, "expected an address, not a name "
		    "(10.0.0.1, 10.0.0.0/8, 2001:db8::/32), saw `www.example.org'" },
		{ "net 10.0.0.0/33", 4, "expected an address, not a name "
		    "(10.0.0.1, 10.0.0.0/8, 2001:db8::/32), saw `10.0.0.0/33'" },
		{ "net 10.0.0.0 255.0.255.0", 13,
		    "expected a netmask (255.255.0.0), saw `255.0.255.0'" },
		{ "src_ip > 10.0.0.1", 9, "here only =, != and in [...] can be used" },
		{ "src ipp 10.0.0.1", 4,
		    "expected ip, net, port, as, mask or mac behind src and dst, saw `ipp'" },
		{ "src if 1", 4,
		    "expected ip, net, port, as, mask or mac behind src and dst, saw `if'" },
		{ "src_iq 10.0.0.1", 0, "expected a column or a keyword (`src_ip'?), saw `src_iq'" },
		{ "bites > 5", 0, "expected a column or a keyword (`bytes'?), saw `bites'" },
		{ "supercalifragilistic", 0, "expected a column or a keyword (nfseal-filter(7) "
		    "lists them), saw `supercalifragilistic'" },
		{ "flags SQ", 6, "expected TCP flags (S, S/SA, 0x02; letters of FSRPAUEC), saw `SQ'" },
		{ "flags S/A", 6,
		    "expected TCP flags (S, S/SA, 0x02; letters of FSRPAUEC), saw `S/A'" },
		{ "proto foo", 6, "expected a protocol's name or number (tcp, 47), saw `foo'" },
		{ "app_name > x", 11,
		    "a text goes with =, !=, contains, startswith and endswith" },
		{ "app_name = \"x", 11, "the quotation mark is not closed" },
		{ "app_id = 0d0", 9, "expected hexadecimal digits (0d000050), saw `0d0'" },
		{ "has nothing", 4, "expected a column's name, saw `nothing'" },
		{ "bytes > 5X", 8, "expected a number or a range (80, 64k, 1024-65535), saw `5X'" },
		{ "bytes > 99999999999999999999", 8, "expected a number or a range "
		    "(80, 64k, 1024-65535), saw `99999999999999999999'" },
		{ "tcp ; udp", 4, "expected `and', `or' or the end, saw `;'" },
		{ "mac 00:11:22:33:44", 4,
		    "expected a MAC address (00:11:22:33:44:55), saw `00:11:22:33:44'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(r) / sizeof(r[0]); i++) {
		struct fault fault = { 0 };
		struct filter *filter = NULL;

		if (filter_parse(r[i].filter, &filter, &fault) != STATUS_USAGE)
			fail_msg("%s was taken", r[i].filter);
		assert_null(filter);
		assert_true(fault.at_offset);
		assert_string_equal(fault.text, r[i].text);
		assert_int_equal(fault.offset, r[i].offset);
	}
}

static void
test_message(void **state)
{
	char out[FILTER_MESSAGE_MAX];
	struct fault fault = { 0 };
	struct filter *filter;
	const char *text = "tcp and\tsrc ipp 10.0.0.1";
	char longer[300];

	(void)state;
	assert_int_equal(filter_parse(text, &filter, &fault), STATUS_USAGE);
	filter_message(text, &fault, out);
	assert_string_equal(out,
	    "filter: column 13: expected ip, net, port, as, mask or mac behind src and dst, "
	    "saw `ipp'\n"
	    "  tcp and src ipp 10.0.0.1\n"
	    "              ^\n");
	memset(longer, ' ', sizeof(longer));
	memcpy(longer + 100, "\033[31m", 5);
	longer[sizeof(longer) - 1] = '\0';
	fault = (struct fault){ 0 };
	assert_int_equal(filter_parse(longer, &filter, &fault), STATUS_USAGE);
	filter_message(longer, &fault, out);
	assert_string_equal(out,
	    "filter: column 101: expected a test (port 80, src net 10.0.0.0/8), saw `\\x1b'\n"
	    "                                                    ?[31m                   \n"
	    "                                                    ^\n");
}

static char *
repeat(const char *head, const char *item, size_t count, const char *tail)
{
	size_t len = strlen(item);
	char *out = calloc(1, strlen(head) + len * count + strlen(tail) + 1);
	char *at = out;

	assert_non_null(out);
	at += sprintf(at, "%s", head);
	for (size_t i = 0; i < count; i++, at += len)
		memcpy(at, item, len);
	sprintf(at, "%s", tail);
	return out;
}

static void
check_limit(char *text, enum status want, const char *message)
{
	struct fault fault = { 0 };
	struct filter *filter = NULL;

	assert_int_equal(filter_parse(text, &filter, &fault), want);
	assert_string_equal(fault.text, message);
	filter_free(filter);
	free(text);
}

static void
test_limits(void **state)
{
	(void)state;
	check_limit(repeat("", "(", 65, ""), STATUS_LIMIT,
	    "more than 64 parentheses and `not' inside each other");
	check_limit(repeat("", "not ", 65, "tcp"), STATUS_LIMIT,
	    "more than 64 parentheses and `not' inside each other");
	check_limit(repeat("", "!", 64, "tcp"), STATUS_OK, "");
	check_limit(repeat("tcp", " or tcp", 65533, ""), STATUS_OK, "");
	check_limit(repeat("tcp", " or tcp", 65534, ""), STATUS_LIMIT,
	    "more than 65536 tests and operators");
	check_limit(repeat("port in [", "1 ", 65536, "]"), STATUS_OK, "");
	check_limit(repeat("port in [", "1 ", 65537, "]"), STATUS_LIMIT,
	    "more than 65536 items in a list");
	check_limit(repeat("", " ", 1 << 20, ""), STATUS_OK, "");
	check_limit(repeat("", " ", (1 << 20) + 1, ""), STATUS_LIMIT, "longer than 1048576 octets");
}

static void
check_needs(const char *text, const char *names)
{
	struct filter *filter;
	struct column_set set;
	char seen[400] = "";

	assert_int_equal(filter_parse(text, &filter, NULL), STATUS_OK);
	set = filter_columns(filter);
	for (enum column_id id = 0; id < COLUMN_COUNT; id++)
		if (column_set_has(&set, id)) {
			strcat(seen, column_infos[id].name);
			strcat(seen, " ");
		}
	assert_string_equal(seen, names);
	filter_free(filter);
}

static void
test_needs(void **state)
{
	(void)state;
	check_needs("", "");
	check_needs("host 10.0.0.1", "src_ip dst_ip ");
	check_needs("tcp dst port 80", "dst_port protocol ");
	check_needs("bps > 1", "flow_start flow_end bytes ");
	check_needs("has vlan and not total bytes > 5", "bytes rev_bytes vlan ");
	check_needs("ipv6 or app_name contains x", "src_ip dst_ip app_name ");
}

/* More rows than one block, and an end that is none. */
static void
test_blocks(void **state)
{
	struct table *t;
	struct filter *filter;
	static uint8_t matched[5000];

	(void)state;
	assert_int_equal(table_open(5000, &t, NULL), STATUS_OK);
	for (size_t i = 0; i < 5000; i++) {
		size_t row = table_add_row(t);

		table_set_i32(t, COLUMN_SRC_PORT, row, (int32_t)i);
		if (i % 2 == 0)
			table_set_i32(t, COLUMN_DST_PORT, row, 80);
	}
	assert_int_equal(filter_parse("dst port 80 and not src port < 4000", &filter, NULL), STATUS_OK);
	assert_int_equal(filter_rows(filter, t, matched), 500);
	for (size_t i = 0; i < 5000; i++)
		assert_int_equal(matched[i], i >= 4000 && i % 2 == 0);
	filter_free(filter);
	table_free(t);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_ports_and_protocols),
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_grammar),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_message),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_needs),
		cmocka_unit_test(test_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
