/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/packets.h"
#include "capture/udp.h"
#include "flow/sflows.h"

enum {
	DATA = 3000, /* octets of the export datagram */
	PART = 1480, /* octets behind IP's header in a fragment, a multiple of 8 */
	PARTS = 3
};

/* A NetFlow 5 datagram of 62 records and some octets behind them. */
static const uint8_t *
export_data(void)
{
	static uint8_t data[DATA];

	for (size_t i = 0; i < DATA; i++)
		data[i] = (uint8_t)(i * 31 + i / 256);
	store_be16(data, 5);
	store_be16(data + 2, 62);
	store_be32(data + 8, 1700000000);
	return data;
}

/* The same of 200 octets, with three records. */
static const uint8_t *
small_data(void)
{
	static uint8_t data[200];

	memcpy(data, export_data(), sizeof data);
	store_be16(data + 2, 3);
	return data;
}

/* UDP from 4000 to 2055: header and data. */
static void
make_udp(uint8_t out[8 + DATA], const uint8_t *data, size_t len)
{
	store_be16(out, 4000);
	store_be16(out + 2, 2055);
	store_be16(out + 4, (uint16_t)(8 + len));
	store_be16(out + 6, 0);
	memcpy(out + 8, data, len);
}

static void
put_bytes(struct frame *f, const uint8_t *p, size_t len)
{
	memcpy(f->data + f->len, p, len);
	f->len += len;
}

/* Octets at..at+len as a fragment of IP. */
static void
add_fragment(struct frame *f, bool v6, const uint8_t *udp, size_t at, size_t len, bool more, unsigned id)
{
	if (v6) {
		frame_ip6(f, 1, 2, 44, 8 + (unsigned)len);
		frame_hex(f, "1100");
		frame_be16(f, (unsigned)at | more);
		frame_be32(f, id);
	} else {
		frame_ip4_full(f, 1, 2, UDP, 20 + (unsigned)len, id, (unsigned)(at / 8) | (more ? 0x2000u : 0));
	}
	put_bytes(f, udp + at, len);
}

/* Fragment i of the datagram in a frame of Ethernet. */
static struct frame
fragment(bool v6, const uint8_t *udp, size_t total, unsigned i, unsigned vlan, unsigned id)
{
	struct frame f = { .len = 0 };
	size_t at = (size_t)i * PART, len = total - at < PART ? total - at : PART;

	frame_eth(&f, vlan != 0 ? 0x8100 : v6 ? 0x86dd : 0x800);
	if (vlan != 0)
		frame_vlan(&f, vlan, v6 ? 0x86dd : 0x800);
	add_fragment(&f, v6, udp, at, len, at + len < total, id);
	return f;
}

static struct udp_reader *
open_reader(void)
{
	struct udp_reader *r = NULL;

	assert_int_equal(udp_reader_open(3, &r, NULL), STATUS_OK);
	return r;
}

static enum udp_result
take(struct udp_reader *r, const struct frame *f, uint64_t number, struct datagram *out)
{
	struct packet p = frame_packet(f, ETH);

	p.time = (int64_t)number * 1000000;
	p.frame = number;
	p.input = 2;
	return udp_reader_take(r, &p, out);
}

static void
is_whole(const struct datagram *d, bool v6)
{
	assert_int_equal(d->len, DATA);
	assert_memory_equal(d->data, export_data(), DATA);
	assert_int_equal(d->src_port, 4000);
	assert_int_equal(d->dst_port, 2055);
	assert_int_equal(d->src.family, v6 ? 6 : 4);
	assert_int_equal(d->src.octets[v6 ? 15 : 3], 1);
	assert_int_equal(d->dst.octets[v6 ? 15 : 3], 2);
	assert_int_equal(d->input, 2);
}

static void
both_versions_every_order(void **state)
{
	(void)state;
	static const unsigned orders[][PARTS] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 2, 0 }, { 1, 0, 2 } };
	uint8_t udp[8 + DATA];

	make_udp(udp, export_data(), DATA);
	for (size_t i = 0; i < 2 * ARRAY_LEN(orders); i++) {
		const unsigned *order = orders[i / 2];
		struct udp_reader *r = open_reader();
		bool v6 = i % 2;
		struct datagram d;

		for (unsigned k = 0; k < PARTS; k++) {
			struct frame f = fragment(v6, udp, sizeof udp, order[k], 0, 77);

			assert_int_equal(take(r, &f, 10 + k, &d), k < 2 ? UDP_FRAGMENT : UDP_DATAGRAM);
		}
		is_whole(&d, v6);
		/* received when it was whole; its first frame is the first that came */
		assert_int_equal(d.received, 12 * 1000000);
		assert_int_equal(d.frame, 10);
		assert_int_equal(udp_reader_counts(r)->used, 3);
		assert_int_equal(udp_reader_counts(r)->datagrams, 1);
		udp_reader_free(r);
	}
}

/* The same datagram in two VLANs is two: no fragment of one is missing for the other's. */
static void
vlans(void **state)
{
	(void)state;
	struct udp_reader *r = open_reader();
	uint8_t udp[8 + DATA];
	struct datagram d;

	make_udp(udp, export_data(), DATA);
	for (unsigned k = 0; k < PARTS; k++)
		for (unsigned vlan = 10; vlan <= 20; vlan += 10) {
			struct frame f = fragment(false, udp, sizeof udp, k, vlan, 77);

			assert_int_equal(take(r, &f, 1, &d), k < 2 ? UDP_FRAGMENT : UDP_DATAGRAM);
		}
	is_whole(&d, false);
	udp_reader_finish(r);
	assert_int_equal(udp_reader_counts(r)->datagrams, 2);
	assert_int_equal(reassemble_lost(udp_reader_counts(r)), 0);
	udp_reader_free(r);
}

/* VXLAN around whole datagrams, around fragments, and in fragments itself. */
static void
inside_a_tunnel(void **state)
{
	(void)state;
	struct udp_reader *r = open_reader();
	uint8_t udp[8 + DATA], *outer = calloc(1, 8 + 8 + 14 + 20 + sizeof udp);
	struct frame f = { .len = 0 };
	struct datagram d;
	size_t len;

	assert_non_null(outer);
	make_udp(udp, export_data(), DATA);
	frame_eth(&f, 0x800);
	frame_ip4(&f, 101, 102, UDP, 8 + 8 + 14 + 28 + 200);
	frame_udp(&f, 9, 4789, 8 + 8 + 14 + 28 + 200);
	frame_hex(&f, "08000000 00123400");
	frame_eth(&f, 0x800);
	frame_ip4(&f, 1, 2, UDP, 208);
	frame_udp(&f, 4000, 2055, 208);
	put_bytes(&f, small_data(), 200);
	assert_int_equal(take(r, &f, 1, &d), UDP_DATAGRAM);
	assert_int_equal(d.len, 200);
	assert_int_equal(d.src.octets[3], 1);
	for (unsigned k = 0; k < PARTS; k++) {
		struct frame inner = fragment(false, udp, sizeof udp, k, 0, 77);

		f.len = 0;
		frame_eth(&f, 0x800);
		frame_ip4(&f, 101, 102, UDP, 16 + (unsigned)inner.len);
		frame_udp(&f, 9, 4789, 16 + (unsigned)inner.len);
		frame_hex(&f, "08000000 00123400");
		put_bytes(&f, inner.data, inner.len);
		assert_int_equal(take(r, &f, 2 + k, &d), k < 2 ? UDP_FRAGMENT : UDP_DATAGRAM);
	}
	is_whole(&d, false);
	/* the outer datagram in fragments: UDP, VXLAN, Ethernet, IP, UDP */
	f.len = 0;
	frame_udp(&f, 9, 4789, 8 + 8 + 14 + 20 + sizeof udp);
	frame_hex(&f, "08000000 00123400");
	frame_eth(&f, 0x800);
	frame_ip4(&f, 1, 2, UDP, sizeof udp);
	memcpy(outer, f.data, f.len);
	memcpy(outer + f.len, udp, sizeof udp);
	len = f.len + sizeof udp;
	for (unsigned k = 0; k < PARTS; k++) {
		f = fragment(false, outer, len, k, 0, 78);
		assert_int_equal(take(r, &f, 5 + k, &d), k < 2 ? UDP_FRAGMENT : UDP_DATAGRAM);
	}
	is_whole(&d, false);
	assert_int_equal(d.frame, 5);
	assert_int_equal(udp_reader_counts(r)->datagrams, 2);
	free(outer);
	udp_reader_free(r);
}

/* An exporter that sends to a tunnel's port is no tunnel. */
static void
to_the_port_of_a_tunnel(void **state)
{
	(void)state;
	struct udp_reader *r = open_reader();
	struct frame f = { .len = 0 };
	struct datagram d;

	frame_eth(&f, 0x800);
	frame_ip4(&f, 1, 2, UDP, 208);
	frame_udp(&f, 4000, 4789, 208);
	put_bytes(&f, small_data(), 200);
	assert_int_equal(take(r, &f, 1, &d), UDP_DATAGRAM);
	assert_int_equal(d.dst_port, 4789);
	udp_reader_free(r);
}

/* What is no export is no loss, whichever of its fragments are there. */
static void
no_export(void **state)
{
	(void)state;
	struct udp_reader *r = open_reader();
	uint8_t udp[8 + DATA], data[DATA] = "no export message";
	struct datagram d;

	make_udp(udp, data, DATA);
	for (unsigned k = 0; k < 2; k++) {
		struct frame f = fragment(k == 1, udp, sizeof udp, 0, 0, 77);

		assert_int_equal(take(r, &f, 1, &d), UDP_FRAGMENT);
		f = fragment(k == 1, udp, sizeof udp, 1, 0, 77);
		assert_int_equal(take(r, &f, 2, &d), UDP_FRAGMENT);
	}
	/* TCP in VXLAN in fragments: what the first one carries is read */
	for (unsigned k = 0; k < 2; k++) {
		struct frame f = { .len = 0 };

		frame_eth(&f, 0x800);
		frame_ip4_full(&f, 101, 102, UDP, 20 + 8 + 8 + 14 + 40, 9, k == 0 ? 0x2000 : 9);
		frame_udp(&f, 9, 4789, 1000);
		frame_hex(&f, "08000000 00123400");
		frame_eth(&f, 0x800);
		frame_ip4(&f, 1, 2, TCP, 900);
		frame_tcp(&f, 1, 2, ACK);
		f.data[16] = 0;
		f.data[17] = 20 + 72;
		assert_int_equal(take(r, &f, 3, &d), UDP_FRAGMENT);
	}
	udp_reader_finish(r);
	assert_int_equal(udp_reader_counts(r)->other, 6);
	assert_int_equal(reassemble_lost(udp_reader_counts(r)), 0);
	udp_reader_free(r);
}

static void
lost_ones(void **state)
{
	(void)state;
	struct udp_reader *r = open_reader();
	uint8_t udp[8 + DATA];
	struct packet p;
	struct datagram d;
	struct frame f;

	make_udp(udp, export_data(), DATA);
	/* one is missing */
	f = fragment(false, udp, sizeof udp, 0, 0, 1);
	assert_int_equal(take(r, &f, 1, &d), UDP_FRAGMENT);
	f = fragment(false, udp, sizeof udp, 2, 0, 1);
	assert_int_equal(take(r, &f, 1, &d), UDP_FRAGMENT);
	/* one is cut by the snap length */
	f = fragment(true, udp, sizeof udp, 1, 0, 2);
	p = frame_packet(&f, ETH);
	p.captured = 200;
	assert_int_equal(udp_reader_take(r, &p, &d), UDP_FRAGMENT);
	/* beyond what IPv4's length can say */
	f.len = 0;
	frame_eth(&f, 0x800);
	frame_ip4_full(&f, 1, 2, UDP, 20 + 32, 3, 8189);
	frame_zeros(&f, 32);
	assert_int_equal(take(r, &f, 1, &d), UDP_FRAGMENT);
	udp_reader_finish(r);
	assert_int_equal(udp_reader_counts(r)->lost[REASSEMBLE_INCOMPLETE], 2);
	assert_int_equal(udp_reader_counts(r)->lost[REASSEMBLE_CUT], 1);
	assert_int_equal(udp_reader_counts(r)->lost[REASSEMBLE_MALFORMED], 1);
	udp_reader_free(r);
}

/* Options behind IPv6's fragment header, in the first fragment alone. */
static void
options_behind(void **state)
{
	(void)state;
	struct udp_reader *r = open_reader();
	uint8_t udp[8 + DATA], payload[8 + sizeof udp];
	struct datagram d;

	make_udp(udp, export_data(), DATA);
	memset(payload, 0, 8);
	payload[0] = UDP;
	payload[2] = 1; /* PadN */
	payload[3] = 4;
	memcpy(payload + 8, udp, sizeof udp);
	for (unsigned k = 0; k < PARTS; k++) {
		struct frame f = fragment(true, payload, sizeof payload, k, 0, 77);

		f.data[14 + 40] = 60;
		assert_int_equal(take(r, &f, 1, &d), k < 2 ? UDP_FRAGMENT : UDP_DATAGRAM);
	}
	is_whole(&d, true);
	udp_reader_free(r);
}

/* What begins as an old version does: STUN's requests, and octets that mean nothing. */
static void
no_netflow(void **state)
{
	(void)state;
	uint8_t data[24 + 3 * 48 + 5];

	for (unsigned version = 1; version <= 7; version += version == 1 ? 4 : 2) {
		size_t header = version == 1 ? 16 : 24, record = version == 5 ? 48 : 52;

		memset(data, 0, sizeof data);
		store_be16(data, (uint16_t)version);
		store_be16(data + 2, 2);
		store_be32(data + 8, 60); /* a clock that was never set */
		assert_true(udp_is_export(data, header + 2 * record));
		/* something behind the records */
		assert_true(udp_is_export(data, header + 2 * record + 2));
		/* an announcement that is not true */
		store_be16(data + 2, 55582);
		assert_true(udp_is_export(data, header + 2 * record));
		assert_false(udp_is_export(data, header + 2 * record + 2));
		/* cut: believed with a time that is one */
		store_be16(data + 2, 30);
		assert_false(udp_is_export(data, header + 2 * record + 2));
		store_be32(data + 8, 1700000000);
		assert_true(udp_is_export(data, header + 2 * record + 2));
		assert_false(udp_is_export(data, header + record - 1));
		store_be16(data + 2, 0);
		assert_false(udp_is_export(data, header + 2 * record));
	}
	/* RFC 5389: a binding request of 104 octets, which are two records */
	memset(data, 0x77, sizeof data);
	store_be16(data, 1);
	store_be16(data + 2, 16 + 2 * 52 - 20);
	store_be32(data + 4, 0x2112a442);
	assert_false(udp_is_export(data, 16 + 2 * 52));
}

/* NetFlow 9, which does not say how long it is: whole, and cut within its first set. */
static void
cut_netflow9(void **state)
{
	(void)state;
	uint8_t data[120] = { 0, 9, 0, 2 };

	store_be16(data + 20, 256);
	store_be16(data + 22, 100);
	assert_true(udp_is_export(data, 120));  /* a clock that was never set */
	assert_false(udp_is_export(data, 119)); /* cut, and nothing else tells it */
	store_be32(data + 8, 1700000000);
	assert_true(udp_is_export(data, 119));
	assert_true(udp_is_export(data, 24));
	assert_false(udp_is_export(data, 23));
	store_be16(data + 2, 5000); /* more records than a datagram has */
	assert_false(udp_is_export(data, 119));
	assert_true(udp_is_export(data, 120));
	store_be16(data + 2, 2);
	store_be16(data + 20, 2); /* no template set of this version */
	assert_false(udp_is_export(data, 119));
}

/* UDP of so many octets from the host and port in one frame of Ethernet. */
static enum udp_result
take_plain(struct udp_reader *r, unsigned host, uint16_t port, const uint8_t *data, size_t len)
{
	struct frame f = { .len = 0 };
	uint8_t udp[8 + DATA];
	struct packet p = { .link_type = 1 };
	struct datagram d;
	enum udp_result result;

	make_udp(udp, data, len);
	store_be16(udp, port);
	frame_eth(&f, 0x800);
	frame_ip4_full(&f, host, 2, UDP, 20 + 8 + (unsigned)len, 1, 0);
	put_bytes(&f, udp, 8 + len);
	p.data = f.data;
	p.captured = p.wire = (uint32_t)f.len;
	result = udp_reader_take(r, &p, &d);
	if (result == UDP_DATAGRAM) {
		assert_int_equal(d.len, len);
		if (len > 0)
			assert_memory_equal(d.data, data, len);
	}
	return result;
}

/* What is too short to be told is an exporter's where one was heard before, and only there. */
static void
from_a_known_exporter(void **state)
{
	(void)state;
	struct udp_reader *r;

	assert_int_equal(udp_reader_open(7, &r, NULL), STATUS_OK);
	assert_int_equal(take_plain(r, 1, 4000, small_data(), 10), UDP_OTHER);
	assert_int_equal(take_plain(r, 1, 4000, small_data(), 200), UDP_DATAGRAM);
	assert_int_equal(take_plain(r, 1, 4000, small_data(), 30), UDP_DATAGRAM);
	assert_int_equal(take_plain(r, 1, 4000, small_data(), 1), UDP_DATAGRAM);
	assert_int_equal(take_plain(r, 1, 4000, small_data(), 0), UDP_DATAGRAM);
	assert_int_equal(take_plain(r, 1, 4001, small_data(), 30), UDP_OTHER);
	assert_int_equal(take_plain(r, 3, 4000, small_data(), 30), UDP_OTHER);
	udp_reader_free(r);
}

/* sFlow by its content; what only begins like it is none. */
static void
sflow_by_content(void **state)
{
	(void)state;
	static const char text[] = "\0\0\0\5\0\0\0\1 and now a text of some length, which is no sFlow at all.";
	struct buf b;

	assert_false(udp_is_export((const uint8_t *)text, sizeof text));
	buf_init(&b, 0);
	sflows_head(&b, "2001:db8::1", 0, 1, 1, 0);
	assert_true(udp_is_export(b.data, b.len));
	buf_reset(&b);
	sflows_head(&b, "192.0.2.1", 0, 1, 1, 1);
	sflows_end(&b, sflows_flow(&b, 1, 0));
	assert_true(udp_is_export(b.data, b.len));
	b.data[28] = 0x10; /* another enterprise's sample */
	assert_true(udp_is_export(b.data, b.len));
	b.data[28] = 0;
	b.data[31] = 9;
	assert_false(udp_is_export(b.data, b.len));
	b.data[31] = 1;
	b.data[35] = 2; /* a length of two octets more */
	assert_false(udp_is_export(b.data, b.len));
	b.data[3] = 4;
	assert_true(udp_is_export(b.data, b.len)); /* to be told, and rejected */
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_versions_every_order),
		cmocka_unit_test(vlans),
		cmocka_unit_test(inside_a_tunnel),
		cmocka_unit_test(to_the_port_of_a_tunnel),
		cmocka_unit_test(no_export),
		cmocka_unit_test(lost_ones),
		cmocka_unit_test(options_behind),
		cmocka_unit_test(no_netflow),
		cmocka_unit_test(cut_netflow9),
		cmocka_unit_test(from_a_known_exporter),
		cmocka_unit_test(sflow_by_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
