/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Biflows of captures below $NFSEAL_CAPTURES/packets that other meters' results stand beside:
 * Zeek's conn.log (orig_pkts, orig_ip_bytes, resp_pkts, resp_ip_bytes) and ipfixprobe's CSV.
 * Rows where they split by their own application plugins are left out.  Zeek picks the
 * responder of a connection without a SYN by its port (mpls-in-vlan: 80 to 32828 is reversed
 * there); we keep who was seen first.
 */
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/meter.h"
#include "tests/unit.h"

enum { FOUND_MAX = 64 };

struct golden {
	const char *file;
	const char *src, *dst;
	int src_port, dst_port, protocol; /* ports -1: null */
	int packets, bytes, rev_packets, rev_bytes;
	int flags, rev_flags; /* -1: not compared */
};

static const struct golden golden[] = {
	{ "zeek/mixed-vlan-mpls.pcap", "10.1.2.1", "10.34.0.1", 11001, 23, 6, 11, 470, 0, 0, -1, -1 },
	{ "zeek/mixed-vlan-mpls.pcap", "141.42.64.125", "125.190.109.199", 56730, 80, 6, 12, 730, 10, 9945, -1, -1 },
	{ "zeek/mixed-vlan-mpls.pcap", "10.20.80.1", "10.0.0.15", 50343, 80, 6, 7, 381, 7, 3801, -1, -1 },
	{ "zeek/mpls-in-vlan.pcap", "65.65.65.65", "65.65.65.65", 19244, 80, 6, 1, 257, 0, 0, -1, -1 },
	{ "zeek/mpls-in-vlan.pcap", "65.65.65.65", "65.65.65.65", 80, 32828, 6, 1, 1500, 0, 0, -1, -1 },
	{ "zeek/mpls-in-vlan.pcap", "65.65.65.65", "65.65.65.65", 61193, 80, 6, 1, 710, 0, 0, -1, -1 },
	{ "zeek/pbb.pcap", "10.199.242.132", "224.0.0.5", -1, -1, 89, 1, 76, 0, 0, -1, -1 },
	{ "zeek/pbb.pcap", "10.199.249.11", "10.199.249.12", 49601, 49416, 6, 5, 421, 3, 132, -1, -1 },
	{ "zeek/vntag.pcap", "1.1.1.1", "1.1.2.1", -1, -1, 253, 3, 300, 0, 0, -1, -1 },
	{ "zeek/pppoe.pcap", "fc00:0:2:100::1:1", "fc00::1", -1, -1, 58, 5, 500, 5, 500, -1, -1 },
	{ "zeek/pppoe.pcap", "fe80::c801:eff:fe88:8", "ff02::16", -1, -1, 58, 8, 608, 0, 0, -1, -1 },
	{ "zeek/pppoe.pcap", "fe80::c801:eff:fe88:8", "fe80::ce05:eff:fe88:0", 547, 546, 17, 2, 288, 0, 0, -1, -1 },
	{ "zeek/radiotap.pcap", "172.17.156.76", "208.67.220.220", 61738, 53, 17, 1, 63, 1, 156, -1, -1 },
	{ "zeek/radiotap.pcap", "fe80::a667:6ff:fef7:ec54", "ff02::fb", 5353, 5353, 17, 1, 328, 0, 0, -1, -1 },
	{ "zeek/wlanmon.pcap", "172.17.156.76", "208.67.220.220", 61738, 53, 17, 1, 63, 1, 156, -1, -1 },
	{ "zeek/tcp-http-with-padding.pcap", "167.221.30.181", "217.207.159.63", 59406, 27272, 6, 13, 704, 12, 823, -1, -1 },
	{ "ipfixprobe/dns.pcap", "192.168.0.30", "8.8.4.4", 32925, 53, 17, 1, 85, 1, 112, -1, -1 },
	{ "ipfixprobe/idpcontent.pcap", "192.168.1.244", "80.211.210.189", 55172, 80, 6, 6, 463, 4, 707, 27, 27 },
	{ "ipfixprobe/netbios.pcap", "147.229.180.189", "147.229.183.255", 137, 137, 17, 1, 96, 0, 0, -1, -1 },
	{ "ipfixprobe/ovpn.pcap", "192.168.43.91", "90.178.247.107", 54113, 10103, 6, 164, 49004, 166, 64203, 30, 26 },
	{ "ipfixprobe/rtsp.pcap", "81.131.231.67", "82.211.92.253", 3925, 554, 6, 6, 1124, 5, 471, 27, 27 },
	{ "ipfixprobe/tls.pcap", "192.168.88.244", "160.85.255.180", 59673, 443, 6, 4, 1344, 2, 416, 24, 24 },
};

struct found {
	struct golden rows[FOUND_MAX];
	char src[FOUND_MAX][TEXT_ADDRESS_MAX], dst[FOUND_MAX][TEXT_ADDRESS_MAX];
	size_t count;
};

static int
value(const struct table *t, enum column_id id, size_t row)
{
	return table_has(t, id, row) ? (int)table_int(t, id, row) : -1;
}

static enum status
keep_rows(void *ctx, struct table **t, struct fault *f)
{
	struct found *w = ctx;

	(void)f;
	for (size_t i = 0; i < (*t)->rows && w->count < FOUND_MAX; i++) {
		struct golden *g = &w->rows[w->count];

		text_address(w->src[w->count], &(*t)->columns[COLUMN_SRC_IP].v.address[i]);
		text_address(w->dst[w->count], &(*t)->columns[COLUMN_DST_IP].v.address[i]);
		g->src_port = value(*t, COLUMN_SRC_PORT, i);
		g->dst_port = value(*t, COLUMN_DST_PORT, i);
		g->protocol = value(*t, COLUMN_PROTOCOL, i);
		g->packets = value(*t, COLUMN_PACKETS, i);
		g->bytes = value(*t, COLUMN_BYTES, i);
		g->rev_packets = value(*t, COLUMN_REV_PACKETS, i);
		g->rev_bytes = value(*t, COLUMN_REV_BYTES, i);
		g->flags = value(*t, COLUMN_TCP_FLAGS, i);
		g->rev_flags = value(*t, COLUMN_REV_TCP_FLAGS, i);
		w->count++;
	}
	table_reset(*t);
	return STATUS_OK;
}

static bool
meter_file(const char *path, struct found *w)
{
	char text[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline(path, text);
	struct pcap_pkthdr *h;
	const u_char *data;
	struct meter_options o;
	struct meter *m;
	uint64_t n = 0;

	if (p == NULL)
		return false;
	meter_defaults(&o);
	assert_int_equal(meter_open(&o, keep_rows, w, &m, NULL), STATUS_OK);
	while (pcap_next_ex(p, &h, &data) == 1) {
		struct packet k = { .data = data, .captured = h->caplen, .wire = h->len,
			.link_type = (uint16_t)pcap_datalink(p), .frame = ++n };

		k.time = ((int64_t)h->ts.tv_sec * 1000000 + h->ts.tv_usec) * 1000;
		assert_int_equal(meter_put(m, &k, 1, NULL, NULL), STATUS_OK);
	}
	assert_int_equal(meter_finish(m, NULL), STATUS_OK);
	meter_free(m);
	pcap_close(p);
	return true;
}

static bool
same(const struct found *w, size_t i, const struct golden *g)
{
	const struct golden *r = &w->rows[i];

	return strcmp(w->src[i], g->src) == 0 && strcmp(w->dst[i], g->dst) == 0 &&
	    r->src_port == g->src_port && r->dst_port == g->dst_port &&
	    r->protocol == g->protocol && r->packets == g->packets && r->bytes == g->bytes &&
	    r->rev_packets == g->rev_packets && r->rev_bytes == g->rev_bytes &&
	    (g->flags < 0 || (r->flags == g->flags && r->rev_flags == g->rev_flags));
}

static void
others_agree(void **state)
{
	const char *captures = getenv("NFSEAL_CAPTURES");

	(void)state;
	for (const struct golden *g = golden; g < golden + ARRAY_LEN(golden); g++) {
		struct found *w = calloc(1, sizeof(*w));
		char path[4096];
		size_t i = 0;

		assert_non_null(w);
		(void)snprintf(path, sizeof(path), "%s/packets/%s", captures == NULL ? "" : captures,
		    g->file);
		if (captures == NULL || access(captures, R_OK) != 0) {
			free(w);
			print_message("skip: no captures at NFSEAL_CAPTURES\n");
			skip();
		}
		assert_true(meter_file(path, w));
		while (i < w->count && !same(w, i, g))
			i++;
		if (i == w->count)
			fail_msg("%s: no such flow %s %d > %s %d", g->file, g->src, g->src_port, g->dst,
			    g->dst_port);
		free(w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(others_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
