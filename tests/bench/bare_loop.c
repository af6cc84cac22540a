/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The limit to measure against: bare_loop FILE walks over a little-endian pcap file of Ethernet
 * frames, parses VLAN, IP and ports, and counts packets, octets, first and last time in the
 * plainest fast hash table of biflows.  No timeouts, no fragments, no bounds on memory, no
 * output but the totals, and no care for hostile lengths beyond the record's own.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/hash.h"

enum { FILE_HEADER = 24, RECORD_HEADER = 16, FRAME_LEAST = 60, WORDS = 5, FIRST_SLOTS = 1 << 20 };

struct entry {
	uint64_t key[WORDS];
	uint64_t packets, bytes, first, last;
};

struct loop {
	struct entry *entries;
	uint64_t mask;
	uint64_t used;
	uint64_t packets;
};

static uint64_t
hash_of(const uint64_t *k)
{
	uint64_t h = hash_mix(k[0] ^ UINT64_C(0xa0761d6478bd642f), k[1] ^ UINT64_C(0xe7037ed1a0b428db));

	h ^= hash_mix(k[2] ^ UINT64_C(0x8ebc6af09c88c6e3), k[3] ^ UINT64_C(0x589965cc75374cc3));
	return hash_mix(h ^ k[4], UINT64_C(0x1d8e4e27c47d124f));
}

static struct entry *
place_of(const struct loop *l, const uint64_t *key)
{
	uint64_t i = hash_of(key) & l->mask;

	while (l->entries[i].packets != 0 && memcmp(l->entries[i].key, key, sizeof l->entries[i].key) != 0)
		i = (i + 1) & l->mask;
	return &l->entries[i];
}

static void
grow(struct loop *l)
{
	struct entry *old = l->entries;
	uint64_t count = old == NULL ? 0 : l->mask + 1;

	l->mask = old == NULL ? FIRST_SLOTS - 1 : l->mask * 2 + 1;
	l->entries = calloc(l->mask + 1, sizeof *l->entries);
	if (l->entries == NULL)
		exit(1);
	for (uint64_t i = 0; i < count; i++)
		if (old[i].packets != 0)
			*place_of(l, old[i].key) = old[i];
	free(old);
}

/* The lower address and port in front. */
static void
turn(uint64_t *k)
{
	uint64_t t;

	if (memcmp(k, k + 2, 16) <= 0)
		return;
	t = k[0];
	k[0] = k[2];
	k[2] = t;
	t = k[1];
	k[1] = k[3];
	k[3] = t;
	k[4] = (k[4] & UINT32_MAX) | (k[4] >> 16 & UINT64_C(0xffff00000000)) | (k[4] & UINT64_C(0xffff00000000)) << 16;
}

/* The key of a frame and its IP length; 0 where it is no IP packet. */
static uint32_t
parse(const uint8_t *p, uint64_t *k)
{
	uint16_t type = load_be16(p + 12);
	uint32_t protocol, fragment = 0, len;
	const uint8_t *upper;

	for (p += 14; type == 0x8100 || type == 0x88a8; p += 4)
		type = load_be16(p + 2);
	memset(k, 0, WORDS * sizeof *k);
	if (type == 0x0800) {
		len = load_be16(p + 2);
		protocol = p[9];
		fragment = load_be16(p + 6) & 0x1fff;
		k[0] = load_be32(p + 12);
		k[2] = load_be32(p + 16);
		upper = p + (p[0] & 15) * 4;
	} else if (type == 0x86dd) {
		len = 40u + load_be16(p + 4);
		protocol = p[6];
		memcpy(k, p + 8, 32);
		upper = p + 40;
	} else {
		return 0;
	}
	k[4] = protocol | (uint64_t)type << 16;
	if (fragment == 0 && (protocol == 6 || protocol == 17))
		k[4] |= (uint64_t)load_be32(upper) << 32;
	return len;
}

static void
count(struct loop *l, const uint8_t *record)
{
	uint64_t time = (uint64_t)load_le32(record) * 1000000 + load_le32(record + 4);
	uint64_t key[WORDS];
	uint32_t len = parse(record + RECORD_HEADER, key);
	struct entry *e;

	if (len == 0)
		return;
	turn(key);
	e = place_of(l, key);
	if (e->packets == 0) {
		if (++l->used * 10 > (l->mask + 1) * 6) {
			grow(l);
			e = place_of(l, key);
		}
		memcpy(e->key, key, sizeof e->key);
		e->first = time;
	}
	e->packets++;
	e->bytes += len;
	e->last = time;
}

int
main(int argc, char **argv)
{
	int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
	struct loop l = { .packets = 0 };
	const uint8_t *at, *end;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || st.st_size < FILE_HEADER) {
		fprintf(stderr, "usage: bare_loop FILE\n");
		return 2;
	}
	at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		return 1;
	grow(&l);
	for (end = at + st.st_size, at += FILE_HEADER; end - at >= RECORD_HEADER; l.packets++) {
		uint32_t captured = load_le32(at + 8);

		if (captured > (size_t)(end - at) - RECORD_HEADER)
			break;
		if (captured >= FRAME_LEAST)
			count(&l, at);
		at += RECORD_HEADER + captured;
	}
	printf("%" PRIu64 " packets, %" PRIu64 " biflows\n", l.packets, l.used);
	free(l.entries);
	close(fd);
	return 0;
}
