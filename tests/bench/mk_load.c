/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes a capture of so many UDP packets that are drawn at random from so many flows at once:
 * what a packet costs the flow cache, and nothing else.  usage: mk_load KIND PACKETS FLOWS FILE
 *   even      every packet belongs to one of FLOWS flows, none of which ends
 *   flood     every packet is a flow of its own, from a random address (FLOWS is not used)
 *   collide   as even, with keys that collide in their lowest 10 bits under a hash of the seed 0
 * Packets are 1 microsecond apart.  The same arguments give the same bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "capture/flowkey.h"
#include "capture/meter.h"

enum {
	FILE_HEADER = 24,
	RECORD_HEADER = 16,
	FRAME = 60, /* Ethernet, IPv4, UDP, 18 octets of data */
	BUFFER = 1 << 16,
	COLLIDING_BITS = 10
};
#define FIRST_SECOND UINT64_C(1763884800) /* 2025-11-23 08:00 UTC */

struct endpoints {
	uint32_t src, dst;
	uint16_t sport, dport;
};

static uint64_t
random_of(uint64_t n)
{
	return hash_mix(n ^ UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xe7037ed1a0b428db) + n);
}

static struct endpoints
flow_of(uint64_t n)
{
	uint64_t r = random_of(n);

	return (struct endpoints){ (uint32_t)n * 2654435761u, 0x0a000000u | (uint32_t)(r >> 40 & 0xffff),
		(uint16_t)(1024 + (r & 0x7fff)), 53 };
}

static void
put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static void
put_frame(uint8_t *f, const struct endpoints *e)
{
	memset(f, 0, FRAME);
	memset(f, 2, 12);
	put16(f + 12, 0x0800);
	f[14] = 0x45;
	put16(f + 16, FRAME - 14);
	f[22] = 64;
	f[23] = 17;
	put32(f + 26, e->src);
	put32(f + 30, e->dst);
	put16(f + 34, e->sport);
	put16(f + 36, e->dport);
	put16(f + 38, FRAME - 34);
}

/* The numbers of flows whose keys end in the same bits under a seed that anyone knows. */
static uint64_t *
colliding(size_t count)
{
	uint64_t *numbers = malloc(count * sizeof *numbers);
	struct flowkey known;
	uint8_t frame[FRAME];

	flowkey_init(&known, METER_KEY_PORTS | METER_KEY_VLAN, false, 0);
	for (uint64_t n = 0, found = 0; numbers != NULL && found < count; n++) {
		struct endpoints e = flow_of(n);
		struct packet p = { .data = frame, .captured = FRAME, .wire = FRAME, .link_type = 1 };
		struct dissected d;

		put_frame(frame, &e);
		if (dissect(&p, &d) != REJECT_NONE)
			break;
		(void)flowkey_turn(&known, &d.key);
		numbers[found] = n;
		found += flowkey_hash(&known, &d.key, 0) % (1 << COLLIDING_BITS) == 0;
	}
	return numbers;
}

static void
put_le32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static bool
write_header(FILE *out)
{
	uint8_t h[FILE_HEADER] = { 0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0 };

	put_le32(h + 16, 65535);
	put_le32(h + 20, 1);
	return fwrite(h, sizeof h, 1, out) == 1;
}

static bool
write_packet(FILE *out, uint64_t i, const struct endpoints *e)
{
	uint8_t r[RECORD_HEADER + FRAME];

	put_le32(r, (uint32_t)(FIRST_SECOND + i / 1000000));
	put_le32(r + 4, (uint32_t)(i % 1000000));
	put_le32(r + 8, FRAME);
	put_le32(r + 12, FRAME);
	put_frame(r + RECORD_HEADER, e);
	return fwrite(r, sizeof r, 1, out) == 1;
}

int
main(int argc, char **argv)
{
	uint64_t packets = argc == 5 ? strtoull(argv[2], NULL, 10) : 0;
	uint64_t flows = argc == 5 ? strtoull(argv[3], NULL, 10) : 0;
	uint64_t *chosen = NULL;
	bool flood, ok;
	FILE *out;

	if (packets == 0 || flows == 0) {
		fprintf(stderr, "usage: mk_load even|flood|collide PACKETS FLOWS FILE\n");
		return 2;
	}
	flood = strcmp(argv[1], "flood") == 0;
	if (strcmp(argv[1], "collide") == 0 && (chosen = colliding((size_t)flows)) == NULL)
		return 1;
	out = fopen(argv[4], "wb");
	ok = out != NULL && setvbuf(out, NULL, _IOFBF, BUFFER) == 0 && write_header(out);
	for (uint64_t i = 0; ok && i < packets; i++) {
		uint64_t n = flood ? i : random_of(i) % flows;
		struct endpoints e = flow_of(chosen != NULL ? chosen[n] : n);

		ok = write_packet(out, i, &e);
	}
	ok = out != NULL && fclose(out) == 0 && ok;
	free(chosen);
	if (!ok)
		perror(argv[4]);
	return ok ? 0 : 1;
}
