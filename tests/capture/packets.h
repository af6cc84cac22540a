/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_CAPTURE_PACKETS_H
#define TESTS_CAPTURE_PACKETS_H

/*
 * Frames for the tests, header by header: frame_eth, frame_ip4, frame_tcp, ... append to a
 * struct frame; frame_packet makes a struct packet of it.  Addresses are 192.0.2.N and
 * 2001:db8::N.  Lengths are what the caller says, so that they can be wrong.
 */

#include <stdlib.h>
#include <string.h>

#include "capture/packet.h"

enum { FRAME_MAX = 2048, ETH = 1 };
enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };
enum { ICMP = 1, TCP = 6, UDP = 17 };

struct frame {
	uint8_t data[FRAME_MAX];
	size_t len;
};

static inline void
frame_u8(struct frame *b, unsigned v)
{
	b->data[b->len++] = (uint8_t)v;
}

static inline void
frame_be16(struct frame *b, unsigned v)
{
	frame_u8(b, v >> 8);
	frame_u8(b, v & 255);
}

static inline void
frame_be32(struct frame *b, uint32_t v)
{
	frame_be16(b, v >> 16);
	frame_be16(b, v & 0xffff);
}

static inline void
frame_zeros(struct frame *b, size_t n)
{
	memset(b->data + b->len, 0, n);
	b->len += n;
}

/* Hexadecimal, blanks allowed. */
static inline void
frame_hex(struct frame *b, const char *s)
{
	for (; *s != '\0'; s++) {
		char octet[3] = { s[0], s[1], '\0' };

		if (*s == ' ')
			continue;
		frame_u8(b, (unsigned)strtoul(octet, NULL, 16));
		s++;
	}
}

/* From 02:00:00:00:00:01 to ...:02. */
static inline void
frame_eth(struct frame *b, unsigned type)
{
	frame_hex(b, "020000000002 020000000001");
	frame_be16(b, type);
}

static inline void
frame_vlan(struct frame *b, unsigned id, unsigned type)
{
	frame_be16(b, id);
	frame_be16(b, type);
}

static inline void
frame_ip4_full(struct frame *b, unsigned src, unsigned dst, unsigned protocol, unsigned total,
    unsigned id, unsigned fragment)
{
	frame_hex(b, "4500");
	frame_be16(b, total);
	frame_be16(b, id);
	frame_be16(b, fragment);
	frame_u8(b, 64);
	frame_u8(b, protocol);
	frame_be16(b, 0);
	frame_be32(b, 0xc0000200u + src);
	frame_be32(b, 0xc0000200u + dst);
}

/* payload: octets behind the header. */
static inline void
frame_ip4(struct frame *b, unsigned src, unsigned dst, unsigned protocol, unsigned payload)
{
	frame_ip4_full(b, src, dst, protocol, 20 + payload, 1, 0);
}

static inline void
frame_ip6(struct frame *b, unsigned src, unsigned dst, unsigned next, unsigned payload)
{
	frame_be32(b, 0x6b800000u); /* traffic class B8 */
	frame_be16(b, payload);
	frame_u8(b, next);
	frame_u8(b, 57);
	frame_hex(b, "20010db8 00000000 00000000");
	frame_be32(b, src);
	frame_hex(b, "20010db8 00000000 00000000");
	frame_be32(b, dst);
}

static inline void
frame_tcp(struct frame *b, unsigned src, unsigned dst, unsigned flags)
{
	frame_be16(b, src);
	frame_be16(b, dst);
	frame_zeros(b, 8);
	frame_u8(b, 0x50);
	frame_u8(b, flags);
	frame_zeros(b, 6);
}

static inline void
frame_udp(struct frame *b, unsigned src, unsigned dst, unsigned len)
{
	frame_be16(b, src);
	frame_be16(b, dst);
	frame_be16(b, len);
	frame_be16(b, 0);
}

static inline struct packet
frame_packet(const struct frame *b, unsigned link_type)
{
	return (struct packet){ .data = b->data, .captured = (uint32_t)b->len,
		.wire = (uint32_t)b->len, .link_type = (uint16_t)link_type, .frame = 1 };
}

#endif
