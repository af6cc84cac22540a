/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every capture below $NFSEAL_CAPTURES/packets and malformed that libpcap opens, with several
 * options: the accounting identity holds, the rows' sums are the accounting's, and batches of
 * one packet give what large ones give.
 */
#include <ftw.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "capture/meter.h"
#include "tests/unit.h"

enum { PACKETS_MAX = 200000 };

struct capture {
	struct packet *packets;
	size_t count;
};

struct result {
	uint64_t rows, packets, bytes, hash;
};

static struct {
	unsigned files;
	uint64_t packets;
} seen;

static enum status
add_rows(void *ctx, struct table **t, struct fault *f)
{
	static const enum column_id columns[] = { COLUMN_FLOW_START, COLUMN_FLOW_END, COLUMN_SRC_PORT,
		COLUMN_PACKETS, COLUMN_REV_PACKETS, COLUMN_BYTES, COLUMN_REV_BYTES, COLUMN_END_REASON,
		COLUMN_FIRST_FRAME, COLUMN_TCP_FLAGS };
	struct result *r = ctx;

	(void)f;
	for (size_t i = 0; i < (*t)->rows; i++) {
		r->rows++;
		r->packets += (uint64_t)(table_int(*t, COLUMN_PACKETS, i) +
		    table_int(*t, COLUMN_REV_PACKETS, i));
		r->bytes += (uint64_t)(table_int(*t, COLUMN_BYTES, i) +
		    table_int(*t, COLUMN_REV_BYTES, i));
		for (size_t k = 0; k < ARRAY_LEN(columns); k++)
			r->hash = hash_mix(r->hash ^ (uint64_t)table_int(*t, columns[k], i),
			    0x9e3779b97f4a7c15u + k);
	}
	table_reset(*t);
	return STATUS_OK;
}

static void
read_all(pcap_t *p, struct capture *c)
{
	int link = pcap_datalink(p);
	struct pcap_pkthdr *h;
	const u_char *data;

	c->packets = calloc(PACKETS_MAX, sizeof(*c->packets));
	assert_non_null(c->packets);
	while (c->count < PACKETS_MAX && pcap_next_ex(p, &h, &data) == 1) {
		struct packet *k = &c->packets[c->count];
		uint8_t *copy = malloc(h->caplen > 0 ? h->caplen : 1);

		assert_non_null(copy);
		memcpy(copy, data, h->caplen);
		*k = (struct packet){ .data = copy, .captured = h->caplen,
			.wire = h->len < h->caplen ? h->caplen : h->len,
			.link_type = (uint16_t)link, .frame = ++c->count };
		k->time = (int64_t)h->ts.tv_sec * 1000000000 + h->ts.tv_usec;
	}
}

static struct result
run(const struct capture *c, const struct meter_options *o, size_t batch)
{
	struct result r = { .hash = 1 };
	struct accounting a;
	struct meter *m;
	uint64_t packets, wire;

	assert_int_equal(meter_open(o, add_rows, &r, &m, NULL), STATUS_OK);
	for (size_t i = 0; i < c->count; i += batch) {
		size_t n = c->count - i < batch ? c->count - i : batch;

		assert_int_equal(meter_put(m, c->packets + i, n, NULL, NULL), STATUS_OK);
	}
	assert_int_equal(meter_finish(m, NULL), STATUS_OK);
	meter_account(m, &a, false);
	meter_free(m);
	packets = a.metered.packets;
	wire = a.metered.wire_bytes;
	for (unsigned i = 0; i < REJECT_COUNT; i++) {
		packets += a.rejected[i].packets;
		wire += a.rejected[i].wire_bytes;
	}
	assert_int_equal(packets, c->count);
	assert_int_equal(packets, a.read.packets);
	assert_int_equal(wire, a.read.wire_bytes);
	assert_int_equal(a.metered.packets, r.packets);
	assert_int_equal(a.metered_sum.ip_bytes, r.bytes);
	assert_int_equal(a.metered_sum.flows, r.rows);
	return r;
}

static void
check_capture(const struct capture *c)
{
	for (unsigned i = 0; i < 3; i++) {
		struct meter_options o;
		struct result one, many;

		meter_defaults(&o);
		o.max_flows = i == 1 ? 16 : 65536;
		o.max_fragments = i == 1 ? 4 : 16384;
		o.uniflow = i == 2;
		o.rows = i == 1 ? 1 : 1000;
		one = run(c, &o, 1);
		o.seed = 4711;
		many = run(c, &o, 1000);
		assert_int_equal(one.hash, many.hash);
		assert_int_equal(one.rows, many.rows);
	}
}

static int
each_file(const char *path, const struct stat *st, int type, struct FTW *where)
{
	struct capture c = { .count = 0 };
	char text[PCAP_ERRBUF_SIZE];
	pcap_t *p;

	(void)st;
	(void)where;
	if (type != FTW_F)
		return 0;
	p = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, text);
	if (p == NULL)
		return 0;
	read_all(p, &c);
	pcap_close(p);
	check_capture(&c);
	for (size_t i = 0; i < c.count; i++)
		free((void *)(uintptr_t)c.packets[i].data);
	free(c.packets);
	seen.files++;
	seen.packets += c.count;
	return 0;
}

static void
every_capture(void **state)
{
	static const char *const folders[] = { "packets", "malformed" };
	const char *captures = getenv("NFSEAL_CAPTURES");
	char path[4096];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", captures == NULL ? "" : captures,
		    folders[i]);
		if (captures == NULL || access(captures, R_OK) != 0) {
			print_message("skip: no captures at NFSEAL_CAPTURES\n");
			skip();
		}
		assert_int_equal(nftw(path, each_file, 16, FTW_PHYS), 0);
	}
	print_message("%u captures, %llu packets\n", seen.files, (unsigned long long)seen.packets);
	assert_true(seen.files > 0);
	assert_true(seen.packets > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_capture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
