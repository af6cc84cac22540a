/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/community_id.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "flow/protocol.h"

enum { DIGEST = 20, INPUT_MAX = 2 + 16 + 16 + 2 + 4, PROTOCOL_SCTP = 132 };

struct community_id {
	EVP_MD *sha1;
	EVP_MD_CTX *ctx;
	uint16_t seed;
	bool ports; /* they are in the flow key */
};

enum status
community_id_open(uint16_t seed, struct community_id **out, struct fault *f)
{
	struct community_id *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return fault_memory(f);
	c->seed = seed;
	c->ports = true;
	c->ctx = EVP_MD_CTX_new();
	c->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	if (c->ctx == NULL || c->sha1 == NULL) {
		enum status st = c->ctx == NULL ? fault_memory(f) : fault_set(f,
		    STATUS_UNSUPPORTED, NULL, "OpenSSL has no SHA-1, which a Community ID needs");

		community_id_free(c);
		return st;
	}
	*out = c;
	return STATUS_OK;
}

void
community_id_free(struct community_id *c)
{
	if (c == NULL)
		return;
	EVP_MD_CTX_free(c->ctx);
	EVP_MD_free(c->sha1);
	free(c);
}

struct pair {
	uint8_t request;
	uint8_t reply;
};

/* RFC 792, 950, 1256. */
static const struct pair icmp_pairs[] = { { 8, 0 }, { 13, 14 }, { 15, 16 }, { 10, 9 }, { 17, 18 } };

/* RFC 4443, 2710, 4861, 4620, 6275. */
static const struct pair icmpv6_pairs[] = { { 128, 129 }, { 130, 131 }, { 133, 134 }, { 135, 136 },
	{ 139, 140 }, { 144, 145 } };

/* The type of what answers this type, or of what it answers; -1 if there is none. */
static int
counterpart(const struct community_tuple *t)
{
	const struct pair *pairs = t->protocol == PROTOCOL_ICMP ? icmp_pairs : icmpv6_pairs;
	size_t count = t->protocol == PROTOCOL_ICMP ? sizeof icmp_pairs / sizeof *icmp_pairs
	                                            : sizeof icmpv6_pairs / sizeof *icmpv6_pairs;

	for (size_t i = 0; i < count; i++) {
		if (pairs[i].request == t->src_port)
			return pairs[i].reply;
		if (pairs[i].reply == t->src_port)
			return pairs[i].request;
	}
	return -1;
}

static bool
has_ports(uint8_t protocol)
{
	return protocol == PROTOCOL_TCP || protocol == PROTOCOL_UDP || protocol == PROTOCOL_SCTP;
}

static bool
is_icmp(uint8_t protocol)
{
	return protocol == PROTOCOL_ICMP || protocol == PROTOCOL_ICMPV6;
}

static void
swap_sides(struct community_tuple *t)
{
	struct community_tuple old = *t;

	memcpy(t->src, old.dst, sizeof t->src);
	memcpy(t->dst, old.src, sizeof t->dst);
	t->src_port = old.dst_port;
	t->dst_port = old.src_port;
}

/* The tuple in the order in which it is hashed. */
static struct community_tuple
ordered(const struct community_tuple *tuple)
{
	struct community_tuple t = *tuple;
	int order, answer = is_icmp(t.protocol) ? counterpart(&t) : 0;

	if (answer < 0)
		return t; /* it goes one way */
	if (is_icmp(t.protocol))
		t.dst_port = (uint16_t)answer;
	order = memcmp(t.src, t.dst, t.version == 4 ? 4 : 16);
	if (order > 0 || (order == 0 && t.src_port > t.dst_port))
		swap_sides(&t);
	return t;
}

static uint8_t *
put_be16(uint8_t *at, uint16_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
	return at + 2;
}

bool
community_id_text(struct community_id *c, const struct community_tuple *tuple,
    char text[COMMUNITY_ID_SIZE])
{
	struct community_tuple t = ordered(tuple);
	size_t len = t.version == 4 ? 4 : 16;
	uint8_t input[INPUT_MAX], digest[DIGEST], *at = put_be16(input, c->seed);

	memcpy(at, t.src, len);
	memcpy(at + len, t.dst, len);
	at += 2 * len;
	*at++ = t.protocol;
	*at++ = 0;
	if (has_ports(t.protocol) || is_icmp(t.protocol))
		at = put_be16(put_be16(at, t.src_port), t.dst_port);
	if (EVP_DigestInit_ex2(c->ctx, c->sha1, NULL) != 1 ||
	    EVP_DigestUpdate(c->ctx, input, (size_t)(at - input)) != 1 ||
	    EVP_DigestFinal_ex(c->ctx, digest, NULL) != 1)
		return false;
	memcpy(text, "1:", 2);
	return EVP_EncodeBlock((unsigned char *)text + 2, digest, DIGEST) == COMMUNITY_ID_SIZE - 3;
}

/* False: what it is made of is not known. */
static bool
tuple_of(const struct biflow *b, bool ports, struct community_tuple *t)
{
	bool from_b = b->state & BIFLOW_FROM_B;
	uint64_t w4 = b->key.w[4];
	uint16_t first = (uint16_t)KEY_SRC_PORT(w4), second = (uint16_t)KEY_DST_PORT(w4);

	*t = (struct community_tuple){ .version = (uint8_t)KEY_VERSION(w4),
		.protocol = (uint8_t)KEY_PROTOCOL(w4) };
	memcpy(t->src, &b->key.w[from_b ? 2 : 0], 16);
	memcpy(t->dst, &b->key.w[from_b ? 0 : 2], 16);
	if (is_icmp(t->protocol)) {
		t->src_port = b->initial[0];
		t->dst_port = b->initial[1];
		return b->state & BIFLOW_FLAGS;
	}
	if (!has_ports(t->protocol))
		return true;
	t->src_port = from_b ? second : first;
	t->dst_port = from_b ? first : second;
	return ports && (first != 0 || second != 0);
}

static enum status
part_open(const struct meter_options *o, size_t numbers, void **state, struct fault *f)
{
	struct community_id *c = NULL;
	enum status st = community_id_open(o->community_seed, &c, f);

	(void)numbers;
	if (st != STATUS_OK)
		return st;
	c->ports = o->key & METER_KEY_PORTS;
	*state = c;
	return STATUS_OK;
}

static void
part_free(void *state)
{
	community_id_free(state);
}

static void
part_row(void *state, uint32_t number, const struct biflow *b, struct table *t, size_t row)
{
	struct community_id *c = state;
	struct community_tuple tuple;
	char text[COMMUNITY_ID_SIZE];

	(void)number;
	if (tuple_of(b, c->ports, &tuple) && community_id_text(c, &tuple, text))
		table_set_bytes(t, COLUMN_COMMUNITY_ID, row, text, COMMUNITY_ID_SIZE - 1);
}

const struct depth_part community_id_part = {
	.bit = METER_DEPTH_COMMUNITY_ID,
	.open = part_open,
	.free = part_free,
	.row = part_row,
};
