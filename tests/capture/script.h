/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_CAPTURE_SCRIPT_H
#define TESTS_CAPTURE_SCRIPT_H

/*
 * A script of packets, run through a meter; the rows come out as text, one line each:
 *   SRC>DST PROTOCOL SPORT>DPORT packets/bytes rev/rev START..END REASON #FRAME
 * with the last octet of the addresses, milliseconds since BASE, and "-" for null.
 * Every run checks the accounting identity.
 */

#include <stdio.h>

#include "capture/meter.h"
#include "tests/capture/packets.h"
#include "tests/unit.h"

enum { SCRIPT_MAX = 4096, SCRIPT_TEXT = 1 << 19, FRAME_KEPT = 256 };

#define MS   ((int64_t)1000000)
#define BASE ((int64_t)1700000000 * 1000 * MS)

struct script {
	size_t count;
	struct packet packets[SCRIPT_MAX];
	uint8_t data[SCRIPT_MAX][FRAME_KEPT];
	/* of the last run */
	char text[SCRIPT_TEXT];
	size_t len;
	struct accounting account;
	bool tunnels; /* at the end: type, id, ends (last octets), other */
	enum column_id extra[12]; /* printed at the end of each line, COLUMN_FLOW_START: none */
};

static inline struct script *
script_new(void)
{
	return calloc(1, sizeof(struct script));
}

/* An empty script for each test. */
static inline int
script_setup(void **state)
{
	*state = script_new();
	return *state == NULL ? -1 : 0;
}

static inline int
script_teardown(void **state)
{
	free(*state);
	return 0;
}

static inline struct packet *
script_frame(struct script *s, const struct frame *b, int64_t ms)
{
	struct packet *p = &s->packets[s->count];

	*p = frame_packet(b, ETH);
	memcpy(s->data[s->count], b->data, b->len < FRAME_KEPT ? b->len : FRAME_KEPT);
	p->data = s->data[s->count];
	p->captured = b->len < FRAME_KEPT ? (uint32_t)b->len : FRAME_KEPT;
	p->time = BASE + ms * MS;
	p->frame = ++s->count;
	return p;
}

/* A TCP segment of 40 octets from 192.0.2.src, port 1000 + src, to dst, port 1000 + dst. */
static inline struct packet *
script_tcp(struct script *s, int64_t ms, unsigned src, unsigned dst, unsigned flags)
{
	struct frame b = { .len = 0 };

	frame_eth(&b, 0x800);
	frame_ip4(&b, src, dst, TCP, 20);
	frame_tcp(&b, 1000 + src, 1000 + dst, flags);
	return script_frame(s, &b, ms);
}

/* A datagram of 28 octets. */
static inline struct packet *
script_udp(struct script *s, int64_t ms, unsigned src, unsigned dst)
{
	struct frame b = { .len = 0 };

	frame_eth(&b, 0x800);
	frame_ip4(&b, src, dst, UDP, 8);
	frame_udp(&b, 1000 + src, 1000 + dst, 8);
	return script_frame(s, &b, ms);
}

static inline void
script_print(struct script *s, const char *format, long long v)
{
	int n = snprintf(s->text + s->len, SCRIPT_TEXT - s->len, format, v);

	assert_true(n >= 0 && (size_t)n < SCRIPT_TEXT - s->len);
	s->len += (size_t)n;
}

static inline void
script_value(struct script *s, const struct table *t, enum column_id id, size_t row,
    const char *after)
{
	if (table_has(t, id, row))
		script_print(s, "%lld", table_int(t, id, row));
	else
		script_print(s, "-", 0);
	script_print(s, after, 0);
}

static inline void
script_address(struct script *s, const struct table *t, enum column_id id, size_t row,
    const char *after)
{
	const struct address *a = &t->columns[id].v.address[row];

	script_print(s, "%lld", a->octets[a->family == 4 ? 3 : 15]);
	script_print(s, after, 0);
}

static inline void
script_text(struct script *s, const struct table *t, enum column_id id, size_t row)
{
	size_t len;
	const uint8_t *text = table_bytes(t, id, row, &len);
	int n = snprintf(s->text + s->len, SCRIPT_TEXT - s->len, " %.*s", text == NULL ? 1 : (int)len,
	    text == NULL ? "-" : (const char *)text);

	assert_true(n >= 0 && (size_t)n < SCRIPT_TEXT - s->len);
	s->len += (size_t)n;
}

static inline void
script_tunnel(struct script *s, const struct table *t, size_t row)
{
	script_text(s, t, COLUMN_TUNNEL_TYPE, row);
	script_print(s, " ", 0);
	script_value(s, t, COLUMN_TUNNEL_ID, row, " ");
	if (table_has(t, COLUMN_TUNNEL_SRC_IP, row)) {
		script_address(s, t, COLUMN_TUNNEL_SRC_IP, row, ">");
		script_address(s, t, COLUMN_TUNNEL_DST_IP, row, "");
	} else {
		script_print(s, "-", 0);
	}
	script_text(s, t, COLUMN_OTHER, row);
}

static inline void
script_row(struct script *s, const struct table *t, size_t row)
{
	script_address(s, t, COLUMN_SRC_IP, row, ">");
	script_address(s, t, COLUMN_DST_IP, row, " ");
	script_value(s, t, COLUMN_PROTOCOL, row, " ");
	script_value(s, t, COLUMN_SRC_PORT, row, ">");
	script_value(s, t, COLUMN_DST_PORT, row, " ");
	script_value(s, t, COLUMN_PACKETS, row, "/");
	script_value(s, t, COLUMN_BYTES, row, " ");
	script_value(s, t, COLUMN_REV_PACKETS, row, "/");
	script_value(s, t, COLUMN_REV_BYTES, row, " ");
	script_print(s, "%lld..", (table_int(t, COLUMN_FLOW_START, row) - BASE / 1000) / 1000);
	script_print(s, "%lld ", (table_int(t, COLUMN_FLOW_END, row) - BASE / 1000) / 1000);
	script_value(s, t, COLUMN_END_REASON, row, " #");
	script_value(s, t, COLUMN_FIRST_FRAME, row, "");
	for (size_t i = 0; i < ARRAY_LEN(s->extra) && s->extra[i] != COLUMN_FLOW_START; i++) {
		script_print(s, " ", 0);
		script_value(s, t, s->extra[i], row, "");
	}
	if (s->tunnels)
		script_tunnel(s, t, row);
	script_print(s, "\n", 0);
}

static inline enum status
script_emit(void *ctx, struct table **t, struct fault *f)
{
	(void)f;
	for (size_t i = 0; i < (*t)->rows; i++)
		script_row(ctx, *t, i);
	table_reset(*t);
	return STATUS_OK;
}

static inline void
script_check(const struct accounting *a)
{
	uint64_t packets = a->metered.packets, wire = a->metered.wire_bytes;

	for (unsigned i = 0; i < REJECT_COUNT; i++) {
		packets += a->rejected[i].packets;
		wire += a->rejected[i].wire_bytes;
	}
	assert_int_equal(a->read.packets, packets);
	assert_int_equal(a->read.wire_bytes, wire);
	assert_int_equal(a->carried_in.flows + a->metered_sum.flows,
	    a->emitted.flows + a->carried_out.flows);
	assert_int_equal(a->carried_in.packets + a->metered_sum.packets,
	    a->emitted.packets + a->carried_out.packets);
	assert_int_equal(a->carried_in.ip_bytes + a->metered_sum.ip_bytes,
	    a->emitted.ip_bytes + a->carried_out.ip_bytes);
	assert_int_equal(a->metered.packets + a->twice, a->metered_sum.packets);
}

/* In batches of so many packets; the rows in s->text. */
static inline const char *
script_run_batches(struct script *s, const struct meter_options *o, size_t batch)
{
	struct fault f = { .status = STATUS_OK };
	struct meter *m;

	s->len = 0;
	s->text[0] = '\0';
	assert_int_equal(meter_open(o, script_emit, s, &m, &f), STATUS_OK);
	for (size_t i = 0; i < s->count; i += batch) {
		size_t n = s->count - i < batch ? s->count - i : batch;

		assert_int_equal(meter_put(m, s->packets + i, n, NULL, &f), STATUS_OK);
	}
	meter_account(m, &s->account, false);
	script_check(&s->account);
	assert_int_equal(meter_finish(m, &f), STATUS_OK);
	meter_account(m, &s->account, false);
	script_check(&s->account);
	assert_int_equal(s->account.carried_out.flows, 0);
	assert_int_equal(s->account.carried_out.packets, 0);
	meter_free(m);
	return s->text;
}

static inline struct meter_options
script_options(void)
{
	struct meter_options o;

	meter_defaults(&o);
	o.max_flows = 65536;
	o.seed = 1;
	o.rows = 100;
	return o;
}

static inline const char *
script_run(struct script *s)
{
	struct meter_options o = script_options();

	return script_run_batches(s, &o, SCRIPT_MAX);
}

#endif
