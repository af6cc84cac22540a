/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Export datagrams, always the same ones, of flows as a router sees them: clients and servers of
 * unequal weight, short flows and long ones, one datagram in eight with IPv6 (not NetFlow 5).
 *
 *   exports file FORMAT FLOWS FILE             a capture of them
 *   exports send FORMAT FLOWS PORT FLOWS/S     to 127.0.0.1, at that rate
 *
 * FORMAT is netflow5, netflow9, ipfix, or nfreplay: NetFlow 9 as nfdump's nfreplay sends it, with the
 * template before every record and 4000 octets a datagram.  Sends what is due each half millisecond and sleeps in
 * between, so that the collector beside it has the processor.  Prints datagrams, flows, and the
 * flows a second that it came to.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/cursor.h"

enum {
	PAYLOAD = 1400,
	PAYLOAD_MAX = 4000,
	RING = 8192,        /* datagrams that are made; then they come again, with other numbers */
	SEQUENCE_AT9 = 12,
	SEQUENCE_AT10 = 8,
	SEQUENCE_AT5 = 16,
	TEMPLATES_EVERY = 512,
	REPEATED = 200,     /* octets of a template and its record, at most */
	START = 1700000000,
	UPTIME = 86400000
};
#define SLICE INT64_C(500000) /* nanoseconds */

struct element {
	uint16_t id;
	uint16_t octets;
};

static const struct element v9_fields[] = { { 8, 4 }, { 12, 4 }, { 15, 4 }, { 10, 4 }, { 14, 4 }, { 2, 4 },
	{ 1, 4 }, { 22, 4 }, { 21, 4 }, { 7, 2 }, { 11, 2 }, { 6, 1 }, { 4, 1 }, { 5, 1 }, { 16, 4 }, { 17, 4 },
	{ 9, 1 }, { 13, 1 }, { 61, 1 }, { 0, 0 } };
static const struct element v9_fields6[] = { { 27, 16 }, { 28, 16 }, { 62, 16 }, { 10, 4 }, { 14, 4 },
	{ 2, 4 }, { 1, 4 }, { 22, 4 }, { 21, 4 }, { 7, 2 }, { 11, 2 }, { 6, 1 }, { 4, 1 }, { 5, 1 }, { 16, 4 },
	{ 17, 4 }, { 29, 1 }, { 30, 1 }, { 61, 1 }, { 0, 0 } };
static const struct element v10_fields[] = { { 8, 4 }, { 12, 4 }, { 15, 4 }, { 10, 4 }, { 14, 4 }, { 2, 8 },
	{ 1, 8 }, { 152, 8 }, { 153, 8 }, { 7, 2 }, { 11, 2 }, { 6, 2 }, { 4, 1 }, { 5, 1 }, { 16, 4 }, { 17, 4 },
	{ 9, 1 }, { 13, 1 }, { 136, 1 }, { 0, 0 } };
static const struct element v10_fields6[] = { { 27, 16 }, { 28, 16 }, { 62, 16 }, { 10, 4 }, { 14, 4 },
	{ 2, 8 }, { 1, 8 }, { 152, 8 }, { 153, 8 }, { 7, 2 }, { 11, 2 }, { 6, 2 }, { 4, 1 }, { 5, 1 }, { 16, 4 },
	{ 17, 4 }, { 29, 1 }, { 30, 1 }, { 136, 1 }, { 0, 0 } };
static const struct element v5_fields[] = { { 8, 4 }, { 12, 4 }, { 15, 4 }, { 10, 2 }, { 14, 2 }, { 2, 4 },
	{ 1, 4 }, { 22, 4 }, { 21, 4 }, { 7, 2 }, { 11, 2 }, { 0, 1 }, { 6, 1 }, { 4, 1 }, { 5, 1 }, { 16, 2 },
	{ 17, 2 }, { 9, 1 }, { 13, 1 }, { 0, 2 }, { 0, 0 } };

struct maker {
	unsigned version;
	bool repeats;                    /* the template, before each record */
	const struct element *fields[2]; /* IPv4, IPv6 */
	size_t record[2];                /* octets */
	uint64_t random;
	uint32_t millis; /* since START */
};

struct made {
	uint16_t len;
	uint16_t flows;
	uint8_t octets[PAYLOAD_MAX];
};

static uint64_t
next_random(struct maker *m)
{
	uint64_t z = m->random += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* Below n; small ones are much more frequent. */
static uint32_t
skewed(struct maker *m, uint32_t n)
{
	uint64_t r = next_random(m);
	unsigned drop = (unsigned)(r & 15);
	uint32_t bound = n >> (drop < 12 ? drop / 2 : 8);

	return (uint32_t)((r >> 32) * (bound > 0 ? bound : 1) >> 32);
}

struct flow {
	uint32_t client, server;
	uint16_t ports[2];
	uint32_t packets, octets;
	uint32_t start, end; /* milliseconds since START */
	uint8_t protocol, flags;
	bool back;           /* from the server */
};

static struct flow
make_flow(struct maker *m)
{
	static const uint16_t ports[] = { 443, 443, 443, 80, 53, 22, 993, 8080 };
	struct flow f = { .client = skewed(m, 65536), .server = skewed(m, 16384) };
	uint64_t r = next_random(m);

	f.ports[0] = (uint16_t)(32768 + (r >> 8) % 28000);
	f.ports[1] = ports[f.server & 7];
	f.protocol = f.ports[1] == 53 ? 17 : 6;
	f.flags = f.protocol == 17 ? 0 : (r & 0xf) == 0 ? 2 : 0x1b;
	f.packets = 1 + skewed(m, f.protocol == 17 ? 4 : 4096);
	f.octets = f.packets * (60 + skewed(m, 1400));
	f.end = m->millis;
	f.start = f.end - (f.packets == 1 ? 0 : skewed(m, 60000));
	f.back = (r >> 4 & 1) != 0;
	return f;
}

static void
put_number(struct buf *b, uint64_t v, size_t octets)
{
	while (octets-- > 0)
		buf_u8(b, (uint8_t)(v >> 8 * octets));
}

static void
put_address(struct buf *b, uint32_t network, uint32_t host, size_t octets)
{
	put_number(b, octets == 16 ? 0x20010db8u : network + host, 4);
	if (octets == 16) {
		put_number(b, network, 8);
		put_number(b, host, 4);
	}
}

static uint64_t
value_of(const struct maker *m, const struct flow *f, unsigned id)
{
	uint64_t start = f->start + (uint64_t)UPTIME, end = f->end + (uint64_t)UPTIME;

	switch (id) {
	case 1: return f->octets;
	case 2: return f->packets;
	case 4: return f->protocol;
	case 6: return f->flags;
	case 7: return f->ports[f->back];
	case 11: return f->ports[!f->back];
	case 9: case 29: return f->back ? 24 : 16;
	case 13: case 30: return f->back ? 16 : 24;
	case 10: return f->back ? 1 : 2 + (f->client & 3);
	case 14: return f->back ? 2 + (f->client & 3) : 1;
	case 16: return f->back ? 64500 + (f->server & 63) : 0;
	case 17: return f->back ? 0 : 64500 + (f->server & 63);
	case 21: return end;
	case 22: return start;
	case 61: return f->back;
	case 136: return f->packets == 1 ? 1 : 3;
	case 152: return (uint64_t)START * 1000 + f->start;
	case 153: return (uint64_t)START * 1000 + f->end;
	default: (void)m; return 0;
	}
}

static void
put_record(struct buf *b, const struct maker *m, const struct flow *f, const struct element *e)
{
	for (; e->octets != 0; e++) {
		bool source = e->id == 8 || e->id == 27;

		if (source || e->id == 12 || e->id == 28) {
			bool client = source != f->back;

			put_address(b, client ? 0x0a000000 : 0xc6120000, client ? f->client : f->server, e->octets);
		} else if (e->id == 15 || e->id == 62) {
			put_address(b, 0xc0000200, f->back ? 1 : 2 + (f->server & 1), e->octets);
		} else {
			put_number(b, value_of(m, f, e->id), e->octets);
		}
	}
}

/* A template set with those of some families; how many there are. */
static size_t
put_templates(struct buf *b, const struct maker *m, unsigned first, unsigned last)
{
	size_t start = b->len;

	buf_be16(b, m->version == 9 ? 0 : 2);
	buf_be16(b, 0);
	for (unsigned family = first; family <= last; family++) {
		size_t count = 0;

		while (m->fields[family][count].octets != 0)
			count++;
		buf_be16(b, (uint16_t)(256 + family));
		buf_be16(b, (uint16_t)count);
		for (size_t i = 0; i < count; i++) {
			buf_be16(b, m->fields[family][i].id);
			buf_be16(b, m->fields[family][i].octets);
		}
	}
	store_be16(b->data + start + 2, (uint16_t)(b->len - start));
	return last - first + 1;
}

static void
put_header(struct buf *b, const struct maker *m)
{
	buf_be16(b, (uint16_t)m->version);
	buf_be16(b, 0); /* the count, or IPFIX's length */
	if (m->version != 10)
		buf_be32(b, UPTIME + m->millis);
	buf_be32(b, START + m->millis / 1000);
	if (m->version == 5)
		buf_be32(b, m->millis % 1000 * 1000000);
	buf_be32(b, 0); /* the sequence */
	buf_be32(b, m->version == 5 ? 0 : 1);
}

/* A data set of as many records as go into `room` octets, at most `most`. */
static size_t
put_set(struct maker *m, struct buf *b, unsigned family, size_t room, size_t most)
{
	size_t set = b->len, records = 0;

	if (m->version != 5) {
		buf_be16(b, (uint16_t)(256 + family));
		buf_be16(b, 0);
	}
	while (b->len + m->record[family] + 4 <= set + room && records < most) {
		struct flow f = make_flow(m);

		put_record(b, m, &f, m->fields[family]);
		records++;
	}
	while (m->version != 5 && b->len % 4 != 0)
		buf_u8(b, 0);
	if (m->version != 5)
		store_be16(b->data + set + 2, (uint16_t)(b->len - set));
	return records;
}

static void
make_datagram(struct maker *m, struct buf *b, size_t index, struct made *out)
{
	unsigned family = m->version != 5 && index % 8 == 7;
	size_t units = 0;

	buf_reset(b);
	m->millis += 10;
	out->flows = 0;
	put_header(b, m);
	if (m->repeats) {
		while (b->len + REPEATED <= PAYLOAD_MAX) {
			units += put_templates(b, m, family, family);
			out->flows += (uint16_t)put_set(m, b, family, REPEATED, 1);
		}
	} else {
		if (m->version != 5 && index % TEMPLATES_EVERY == 0)
			units = put_templates(b, m, 0, 1);
		out->flows = (uint16_t)put_set(m, b, family, PAYLOAD - b->len, m->version == 5 ? 30 : PAYLOAD);
	}
	store_be16(b->data + 2, (uint16_t)(m->version == 10 ? b->len : units + out->flows));
	out->len = (uint16_t)b->len;
	memcpy(out->octets, b->data, b->len);
}

static bool
maker_open(struct maker *m, const char *format)
{
	*m = (struct maker){ .repeats = strcmp(format, "nfreplay") == 0, .millis = 100000 };
	m->version = strcmp(format, "ipfix") == 0 ? 10 : strcmp(format, "netflow9") == 0 || m->repeats ? 9 : 5;
	if (m->version == 5 && strcmp(format, "netflow5") != 0)
		return false;
	m->fields[0] = m->version == 5 ? v5_fields : m->version == 9 ? v9_fields : v10_fields;
	m->fields[1] = m->version == 10 ? v10_fields6 : v9_fields6;
	for (unsigned family = 0; family < 2; family++)
		for (const struct element *e = m->fields[family]; e->octets != 0; e++)
			m->record[family] += e->octets;
	return true;
}

/* What comes next has the number behind what came before, in the protocol's unit. */
static void
number(const struct maker *m, struct made *d, uint64_t datagrams, uint64_t flows)
{
	size_t at = m->version == 5 ? SEQUENCE_AT5 : m->version == 9 ? SEQUENCE_AT9 : SEQUENCE_AT10;

	store_be32(d->octets + at, (uint32_t)(m->version == 9 ? datagrams : flows));
}

struct sums {
	uint64_t datagrams, flows;
};

static void
put_le32(FILE *out, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		fputc((int)(v >> 8 * i & 0xff), out);
}

/* LINKTYPE_RAW */
static void
write_frame(FILE *out, const struct made *d, uint64_t index)
{
	uint8_t head[28] = { 0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 0x80, 0, 0x08, 0x07 };

	store_be16(head + 2, (uint16_t)(sizeof head + d->len));
	store_be16(head + 24, (uint16_t)(8 + d->len));
	put_le32(out, START + 100 + (uint32_t)(index / 10000));
	put_le32(out, (uint32_t)(index % 10000 * 100));
	put_le32(out, (uint32_t)(sizeof head + d->len));
	put_le32(out, (uint32_t)(sizeof head + d->len));
	fwrite(head, 1, sizeof head, out);
	fwrite(d->octets, 1, d->len, out);
}

static int
write_file(const struct maker *m, struct made *ring, uint64_t flows, const char *name)
{
	FILE *out = fopen(name, "wb");
	struct sums s = { 0, 0 };

	if (out == NULL)
		return 2;
	put_le32(out, 0xa1b2c3d4);
	put_le32(out, 2 | 4 << 16);
	put_le32(out, 0);
	put_le32(out, 0);
	put_le32(out, 65535);
	put_le32(out, 101);
	while (s.flows < flows) {
		struct made *d = &ring[s.datagrams % RING];

		number(m, d, s.datagrams, s.flows);
		write_frame(out, d, s.datagrams++);
		s.flows += d->flows;
	}
	printf("%" PRIu64 " %" PRIu64 "\n", s.datagrams, s.flows);
	return fclose(out) == 0 ? 0 : 2;
}

static int
send_all(const struct maker *m, struct made *ring, uint64_t flows, unsigned port, double rate)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct sums s = { 0, 0 };
	int64_t start = clock_monotonic_nanos(), now = start;

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
		return 2;
	while (s.flows < flows) {
		uint64_t due = (uint64_t)((double)(now - start) * rate / 1e9);

		while (s.flows < flows && s.flows <= due) {
			struct made *d = &ring[s.datagrams % RING];

			number(m, d, s.datagrams, s.flows);
			if (send(fd, d->octets, d->len, 0) != d->len)
				return 2;
			s.datagrams++;
			s.flows += d->flows;
		}
		clock_sleep_until(now + SLICE);
		now = clock_monotonic_nanos();
	}
	now = clock_monotonic_nanos();
	printf("%" PRIu64 " %" PRIu64 " %.0f\n", s.datagrams, s.flows,
	    (double)s.flows * 1e9 / (double)(now - start));
	close(fd);
	return 0;
}

int
main(int argc, char **argv)
{
	struct made *ring = malloc(RING * sizeof *ring);
	struct maker m;
	struct buf b;
	int code = 2;

	buf_init(&b, 0);
	if (argc >= 5 && ring != NULL && maker_open(&m, argv[2])) {
		uint64_t flows = strtoull(argv[3], NULL, 10);

		for (size_t i = 0; i < RING; i++)
			make_datagram(&m, &b, i, &ring[i]);
		if (strcmp(argv[1], "file") == 0)
			code = write_file(&m, ring, flows, argv[4]);
		else if (argc == 6)
			code = send_all(&m, ring, flows, (unsigned)atoi(argv[4]), atof(argv[5]));
	}
	buf_free(&b);
	free(ring);
	return code;
}
