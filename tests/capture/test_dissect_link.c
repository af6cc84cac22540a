/* SPDX-License-Identifier: BSD-2-Clause */
/* One row per way to IP: link type, the octets before the IP header, what is expected. */
#include <string.h>

#include "capture/dissect.h"
#include "capture/linktype.h"
#include "tests/capture/packets.h"
#include "tests/unit.h"

enum { V4 = 4, V6 = 6 };

#define MACS   "020000000002 020000000001 "
#define WLAN_A "020000000011 020000000012 020000000013 1000 "
#define SNAP   "aaaa03 000000 "

struct row {
	unsigned link_type;
	const char *before;
	unsigned version;
	unsigned vlan;       /* 0: none, else the id + 1 */
	unsigned inner_vlan;
	unsigned label;      /* the same */
	unsigned src_mac;    /* last octet, 0: none */
	unsigned dst_mac;
};

static const struct row rows[] = {
	{ 1, MACS "0800", V4, 0, 0, 0, 1, 2 },
	{ 1, MACS "86dd", V6, 0, 0, 0, 1, 2 },
	{ 1, MACS "8100 0064 0800", V4, 101, 0, 0, 1, 2 },
	{ 1, MACS "8100 e000 86dd", V6, 1, 0, 0, 1, 2 }, /* a priority tag: id 0 */
	{ 1, MACS "88a8 0064 8100 0005 0800", V4, 101, 6, 0, 1, 2 },
	{ 1, MACS "9100 0064 8100 0005 8100 0007 86dd", V6, 101, 6, 0, 1, 2 },
	{ 1, MACS "8847 00010140", V4, 0, 0, 17, 1, 2 },
	{ 1, MACS "8847 00010040 00020040 00030140", V6, 0, 0, 17, 1, 2 },
	{ 1, MACS "8100 0064 8848 00010140", V4, 101, 0, 17, 1, 2 },
	{ 1, MACS "8864 1100 0001 0030 0021", V4, 0, 0, 0, 1, 2 },
	{ 1, MACS "8864 1100 0001 0030 0057", V6, 0, 0, 0, 1, 2 },
	{ 1, MACS "8864 1100 0001 0030 57", V6, 0, 0, 0, 1, 2 }, /* compressed */
	{ 1, MACS "0030 " SNAP "0800", V4, 0, 0, 0, 1, 2 },
	{ 1, MACS "0030 060603", V4, 0, 0, 0, 1, 2 },
	{ 1, MACS "8100 0064 0030 aaaa03 0000f8 86dd", V6, 101, 0, 0, 1, 2 },
	{ 1, MACS "8926 00010002 8100 0064 0800", V4, 101, 0, 0, 1, 2 },
	{ 1, MACS "88a8 0064 88e7 00000007 020000000004 020000000003 8100 0005 86dd", V6, 101, 6, 0, 3, 4 },
	{ 239, "02 00 0000 0800 0100 08000300 0500 0a00 41000000 2c00 0900", V4, 0, 0, 0, 0, 0 },
	{ 239, "0a 00 0000 4000 0900", V6, 0, 0, 0, 0, 0 },
	{ 0, "02000000", V4, 0, 0, 0, 0, 0 },
	{ 0, "00000002", V4, 0, 0, 0, 0, 0 },
	{ 0, "0000001c", V6, 0, 0, 0, 0, 0 },
	{ 0, "1e000000", V6, 0, 0, 0, 0, 0 },
	{ 108, "00000018", V6, 0, 0, 0, 0, 0 },
	{ 109, "02000000 00000000 00000000", V4, 0, 0, 0, 0, 0 },
	{ 12, "", V4, 0, 0, 0, 0, 0 },
	{ 14, "", V6, 0, 0, 0, 0, 0 },
	{ 101, "", V4, 0, 0, 0, 0, 0 },
	{ 101, "", V6, 0, 0, 0, 0, 0 },
	{ 228, "", V4, 0, 0, 0, 0, 0 },
	{ 229, "", V6, 0, 0, 0, 0, 0 },
	{ 219, "00010140", V4, 0, 0, 17, 0, 0 },
	{ 9, "0021", V4, 0, 0, 0, 0, 0 },
	{ 9, "ff03 0021", V4, 0, 0, 0, 0, 0 },
	{ 9, "ff03 57", V6, 0, 0, 0, 0, 0 },
	{ 9, "0281 00010140", V6, 0, 0, 17, 0, 0 },
	{ 50, "ff03 0057", V6, 0, 0, 0, 0, 0 },
	{ 50, "0f00 0800", V4, 0, 0, 0, 0, 0 }, /* Cisco's under PPP's number */
	{ 51, "1100 0001 0030 0021", V4, 0, 0, 0, 0, 0 },
	{ 166, "00 03 0021", V4, 0, 0, 0, 0, 0 },
	{ 204, "01 ff03 0057", V6, 0, 0, 0, 0, 0 },
	{ 104, "0f00 0800", V4, 0, 0, 0, 0, 0 },
	{ 104, "8f00 86dd", V6, 0, 0, 0, 0, 0 },
	{ 100, SNAP "0800", V4, 0, 0, 0, 0, 0 },
	{ 107, "1841 03cc", V4, 0, 0, 0, 0, 0 },
	{ 107, "1841 038e", V6, 0, 0, 0, 0, 0 },
	{ 107, "1841 0800", V4, 0, 0, 0, 0, 0 },
	{ 10, "50" MACS SNAP "0800", V4, 0, 0, 0, 1, 2 },
	{ 113, "0000 0001 0006 0200000000030000 0800", V4, 0, 0, 0, 3, 0 },
	{ 113, "0004 0304 0000 0000000000000000 86dd", V6, 0, 0, 0, 0, 0 },
	{ 113, "0000 0001 0006 0200000000030000 8100 0064 0800", V4, 101, 0, 0, 3, 0 },
	{ 276, "0800 0000 00000002 0001 00 06 0200000000030000", V4, 0, 0, 0, 3, 0 },
	{ 276, "86dd 0000 00000002 0304 04 00 0000000000000000", V6, 0, 0, 0, 0, 0 },
	{ 117, "06 02 0000 00000000", V4, 0, 0, 0, 0, 0 }, /* padded to 8 */
	/* 802.11 data, by direction: ad hoc, to, from and between the distribution system */
	{ 105, "0800 0000 " WLAN_A SNAP "0800", V4, 0, 0, 0, 0x12, 0x11 },
	{ 105, "0801 0000 " WLAN_A SNAP "0800", V4, 0, 0, 0, 0x12, 0x13 },
	{ 105, "0802 0000 " WLAN_A SNAP "86dd", V6, 0, 0, 0, 0x13, 0x11 },
	{ 105, "0803 0000 " WLAN_A "020000000014" SNAP "0800", V4, 0, 0, 0, 0x14, 0x13 },
	{ 105, "8802 0000 " WLAN_A "0000" SNAP "86dd", V6, 0, 0, 0, 0x13, 0x11 },
	{ 105, "8882 0000 " WLAN_A "0000 00000000" SNAP "86dd", V6, 0, 0, 0, 0x13, 0x11 },
	{ 127, "0000 0800 00000000 0801 0000 " WLAN_A SNAP "0800", V4, 0, 0, 0, 0x12, 0x13 },
	{ 127, "0000 1a00 03000080 00000000 00000000 0000000000000000 00 00"
	       "0801 0000 " WLAN_A SNAP "0800", V4, 0, 0, 0, 0x12, 0x13 },
	{ 127, "0000 0900 02000000 20 8801 0000 " WLAN_A "0000 0000" SNAP "0800", V4, 0, 0, 0,
	    0x12, 0x13 }, /* padded to 4 */
	{ 163, "80211001 0000000c 00000000 0801 0000 " WLAN_A SNAP "0800", V4, 0, 0, 0, 0x12, 0x13 },
	{ 119, "80211001 0000000c 00000000 0801 0000 " WLAN_A SNAP "0800", V4, 0, 0, 0, 0x12, 0x13 },
	{ 192, "0000 0800 01000000 " MACS "0800", V4, 0, 0, 0, 1, 2 },
	{ 192, "0000 0c00 69000000 00000000 0800 0000 " WLAN_A SNAP "0800", V4, 0, 0, 0, 0x12, 0x11 },
};

static void
build(struct frame *b, const char *before, unsigned version)
{
	frame_hex(b, before);
	if (version == V6)
		frame_ip6(b, 1, 2, TCP, 20);
	else
		frame_ip4(b, 1, 2, TCP, 20);
	frame_tcp(b, 50000, 443, SYN);
}

static unsigned
vlan_plus_1(unsigned v)
{
	return v & KEY_VLAN_TAGGED ? (v & 0xfff) + 1 : 0;
}

static void
ways_to_ip(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + ARRAY_LEN(rows); r++) {
		struct frame b = { .len = 0 };
		struct packet p;
		struct dissected d;

		build(&b, r->before, r->version);
		p = frame_packet(&b, r->link_type);
		if (dissect(&p, &d) != REJECT_NONE)
			fail_msg("link type %u, %s", r->link_type, r->before);
		assert_int_equal(KEY_VERSION(d.key.w[4]), r->version);
		assert_int_equal(KEY_SRC_PORT(d.key.w[4]), 50000);
		assert_int_equal(KEY_DST_PORT(d.key.w[4]), 443);
		assert_int_equal(d.ip_bytes, r->version == V4 ? 40 : 60);
		assert_int_equal(d.marks & ~(DISSECT_LABEL | DISSECT_TUNNEL), DISSECT_TCP);
		assert_int_equal(vlan_plus_1(KEY_VLAN(d.key.w[4])), r->vlan);
		assert_int_equal(vlan_plus_1(d.inner_vlan), r->inner_vlan);
		assert_int_equal(d.marks & DISSECT_LABEL ? d.label + 1 : 0, r->label);
		assert_int_equal(d.src_mac == NULL ? 0 : d.src_mac[5], r->src_mac);
		assert_int_equal(d.dst_mac == NULL ? 0 : d.dst_mac[5], r->dst_mac);
	}
}

/* Each way at each length: a reason or a flow, and no octet beyond. */
static void
ways_to_ip_cut(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + ARRAY_LEN(rows); r++) {
		struct frame b = { .len = 0 };
		size_t ports;

		build(&b, r->before, r->version);
		ports = b.len - 16;
		for (uint32_t n = 0; n < b.len; n++) {
			struct packet p = frame_packet(&b, r->link_type);
			struct dissected d;
			uint8_t *exact = malloc(n > 0 ? n : 1);

			memcpy(exact, b.data, n);
			p.data = exact;
			p.captured = n;
			if (dissect(&p, &d) != (n < ports ? REJECT_HEADER_CUT : REJECT_NONE))
				fail_msg("link type %u, %s, cut at %u", r->link_type, r->before, n);
			free(exact);
		}
	}
}

static void
no_ip(void **state)
{
	static const struct {
		unsigned link_type;
		const char *before;
		enum reject want;
	} no[] = {
		{ 1, MACS "0806", REJECT_NOT_IP },
		{ 1, MACS "88cc", REJECT_NOT_IP },
		{ 1, MACS "05ff", REJECT_NOT_IP }, /* neither a length nor a type */
		{ 1, MACS "0026 424203", REJECT_NOT_IP },
		{ 1, MACS "0026 aaaa03 00000c 2000", REJECT_NOT_IP }, /* CDP */
		{ 1, MACS "8863 1109 0000 0004", REJECT_NOT_IP },
		{ 1, MACS "8864 1100 0001 0030 c021", REJECT_NOT_IP },
		{ 1, MACS "8847 00010140 00000000", REJECT_NOT_IP }, /* a control word */
		{ 0, "00000007", REJECT_NOT_IP },
		{ 113, "0004 0338 0000 0000000000000000 0800", REJECT_NOT_IP }, /* netlink */
		{ 105, "8000 0000 " WLAN_A, REJECT_NOT_IP }, /* beacon */
		{ 105, "4801 0000 " WLAN_A, REJECT_NOT_IP }, /* null data */
		{ 105, "0801 0000 020000000011 020000000012 020000000013 1100", REJECT_NOT_IP },
		{ 105, "8801 0000 " WLAN_A "8000", REJECT_NOT_IP }, /* A-MSDU */
		{ 105, "0841 0000 " WLAN_A, REJECT_ENCRYPTED },
		{ 127, "0000 0800 00000000 8841 0000 " WLAN_A "0000", REJECT_ENCRYPTED },
		{ 127, "0100 0800 00000000", REJECT_BAD_HEADER },
		{ 192, "0000 0800 93000000", REJECT_LINK_TYPE },
		{ 147, "", REJECT_LINK_TYPE },
		{ 101, "70", REJECT_NOT_IP },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(no); i++) {
		struct frame b = { .len = 0 };
		struct packet p;
		struct dissected d;

		build(&b, no[i].before, V4);
		p = frame_packet(&b, no[i].link_type);
		if (dissect(&p, &d) != no[i].want)
			fail_msg("link type %u, %s", no[i].link_type, no[i].before);
	}
}

/* The radiotap header says that the frame has its check sequence: no IP byte. */
static void
radiotap_fcs(void **state)
{
	struct frame b = { .len = 0 };
	struct packet p;
	struct dissected d;

	(void)state;
	frame_hex(&b, "0000 0900 02000000 10 0801 0000 " WLAN_A SNAP "0800");
	frame_ip4_full(&b, 1, 2, TCP, 0, 1, 0);
	frame_tcp(&b, 50000, 443, SYN);
	frame_hex(&b, "deadbeef");
	p = frame_packet(&b, 127);
	assert_int_equal(dissect(&p, &d), REJECT_NONE);
	assert_int_equal(d.ip_bytes, 40);
}

static void
table_has_no_value_twice(void **state)
{
	size_t count;
	const struct linktype *t = linktype_table(&count);

	(void)state;
	for (size_t i = 0; i < count; i++)
		assert_ptr_equal(linktype_find(t[i].value), &t[i]);
	assert_null(linktype_find(147));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ways_to_ip),
		cmocka_unit_test(ways_to_ip_cut),
		cmocka_unit_test(no_ip),
		cmocka_unit_test(radiotap_fcs),
		cmocka_unit_test(table_has_no_value_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
