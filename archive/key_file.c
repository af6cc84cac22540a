/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * key_verify_file of archive/key.h: Ed25519 over a text that is too large to be held.  The library
 * wants the whole text in memory, so RFC 8032, section 5.1.7, is done here by its big numbers, without
 * the cofactor: the encoding of [S]B - [k]A is R.  All of it is public; nothing need be in constant
 * time, and it may be slow.
 */
#include "archive/key.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

enum { PIECE = 1 << 16, WIDE = 64 };

/* x = X / Z, y = Y / Z */
struct point {
	BIGNUM *x, *y, *z;
};

/* The field and what is computed with; every number is the context's. */
struct curve {
	BN_CTX *ctx;
	BIGNUM *p, *d, *order;
	BIGNUM *t[8];
};

/* RFC 8032, section 5.1: p, the group's order, the base point, whose x is even; little-endian. */
static const uint8_t prime[KEY_SIZE] = { 0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0x7f };
static const uint8_t order[KEY_SIZE] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c,
	0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10 };
static const uint8_t base[KEY_SIZE] = { 0x58, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
	0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
	0x66, 0x66, 0x66, 0x66, 0x66, 0x66 };

static bool
mul(const struct curve *c, BIGNUM *r, const BIGNUM *a, const BIGNUM *b)
{
	return BN_mod_mul(r, a, b, c->p, c->ctx) == 1;
}

static bool
plus(const struct curve *c, BIGNUM *r, const BIGNUM *a, const BIGNUM *b)
{
	return BN_mod_add(r, a, b, c->p, c->ctx) == 1;
}

static bool
minus(const struct curve *c, BIGNUM *r, const BIGNUM *a, const BIGNUM *b)
{
	return BN_mod_sub(r, a, b, c->p, c->ctx) == 1;
}

static bool
inverse(const struct curve *c, BIGNUM *r, const BIGNUM *a)
{
	return BN_mod_inverse(r, a, c->p, c->ctx) != NULL;
}

/* d = -121665/121666 */
static bool
curve_open(struct curve *c)
{
	c->ctx = BN_CTX_new();
	if (c->ctx == NULL)
		return false;
	BN_CTX_start(c->ctx);
	c->p = BN_CTX_get(c->ctx);
	c->d = BN_CTX_get(c->ctx);
	c->order = BN_CTX_get(c->ctx);
	for (size_t i = 0; i < sizeof c->t / sizeof *c->t; i++)
		c->t[i] = BN_CTX_get(c->ctx);
	return c->t[7] != NULL && BN_lebin2bn(prime, KEY_SIZE, c->p) != NULL &&
	    BN_lebin2bn(order, KEY_SIZE, c->order) != NULL && BN_set_word(c->t[0], 121666) == 1 &&
	    inverse(c, c->d, c->t[0]) && BN_set_word(c->t[0], 121665) == 1 &&
	    mul(c, c->d, c->d, c->t[0]) && BN_sub(c->d, c->p, c->d) == 1;
}

static void
curve_close(struct curve *c)
{
	if (c->ctx == NULL)
		return;
	BN_CTX_end(c->ctx);
	BN_CTX_free(c->ctx);
}

/* The neutral element. */
static bool
point_open(const struct curve *c, struct point *r)
{
	r->x = BN_CTX_get(c->ctx);
	r->y = BN_CTX_get(c->ctx);
	r->z = BN_CTX_get(c->ctx);
	return r->z != NULL && BN_set_word(r->x, 0) == 1 && BN_one(r->y) == 1 && BN_one(r->z) == 1;
}

/*
 * r = a + b, any of which may be the same: the complete addition of twisted Edwards curves with a = -1
 * (Bernstein, Birkner, Joye, Lange, Peters 2008).
 */
static bool
add(const struct curve *c, struct point *r, const struct point *a, const struct point *b)
{
	BIGNUM *const *t = c->t;

	return mul(c, t[0], a->z, b->z) && mul(c, t[1], t[0], t[0]) && mul(c, t[2], a->x, b->x) &&
	    mul(c, t[3], a->y, b->y) && plus(c, t[4], a->x, a->y) && plus(c, t[5], b->x, b->y) &&
	    mul(c, t[7], t[4], t[5]) && minus(c, t[7], t[7], t[2]) && minus(c, t[7], t[7], t[3]) &&
	    mul(c, t[4], t[2], t[3]) && mul(c, t[4], t[4], c->d) && minus(c, t[5], t[1], t[4]) &&
	    plus(c, t[6], t[1], t[4]) && plus(c, t[3], t[3], t[2]) && mul(c, r->x, t[0], t[5]) &&
	    mul(c, r->x, r->x, t[7]) && mul(c, r->y, t[0], t[6]) && mul(c, r->y, r->y, t[3]) &&
	    mul(c, r->z, t[5], t[6]);
}

/* r, which is the neutral element, becomes [n]q. */
static bool
times(const struct curve *c, struct point *r, const BIGNUM *n, const struct point *q)
{
	bool ok = true;

	for (int bit = BN_num_bits(n) - 1; ok && bit >= 0; bit--) {
		ok = add(c, r, r, r);
		if (ok && BN_is_bit_set(n, bit))
			ok = add(c, r, r, q);
	}
	return ok;
}

/* RFC 8032, section 5.1.3.  1: it is a point; 0: it is none; -1: no memory. */
static int
decode(const struct curve *c, const uint8_t in[KEY_SIZE], struct point *r)
{
	uint8_t y[KEY_SIZE];
	int odd = in[KEY_SIZE - 1] >> 7;

	memcpy(y, in, KEY_SIZE);
	y[KEY_SIZE - 1] &= 0x7f;
	if (!point_open(c, r) || BN_lebin2bn(y, KEY_SIZE, r->y) == NULL || !mul(c, c->t[0], r->y, r->y) ||
	    !mul(c, c->t[1], c->t[0], c->d) || !minus(c, c->t[0], c->t[0], BN_value_one()) ||
	    !plus(c, c->t[1], c->t[1], BN_value_one()) || !inverse(c, c->t[1], c->t[1]) ||
	    !mul(c, c->t[0], c->t[0], c->t[1]))
		return -1;
	if (BN_is_zero(c->t[0]))
		return !odd;
	if (BN_kronecker(c->t[0], c->p, c->ctx) != 1)
		return BN_kronecker(c->t[0], c->p, c->ctx) == -1 ? 0 : -1;
	if (BN_mod_sqrt(r->x, c->t[0], c->p, c->ctx) == NULL)
		return -1;
	return BN_is_odd(r->x) == odd || BN_sub(r->x, c->p, r->x) == 1 ? 1 : -1;
}

static bool
encode(const struct curve *c, const struct point *q, uint8_t out[KEY_SIZE])
{
	if (!inverse(c, c->t[0], q->z) || !mul(c, c->t[1], q->x, c->t[0]) ||
	    !mul(c, c->t[2], q->y, c->t[0]) || BN_bn2lebinpad(c->t[2], out, KEY_SIZE) != KEY_SIZE)
		return false;
	out[KEY_SIZE - 1] |= (uint8_t)(BN_is_odd(c->t[1]) << 7);
	return true;
}

/* 1: R is the encoding of [S]B - [k]A; 0: it is not; -1: no memory. */
static int
compare(const struct curve *c, const uint8_t public[KEY_SIZE], const uint8_t wide[WIDE],
    const uint8_t signature[SIGNATURE_SIZE])
{
	struct point a, b, ka, sb;
	BIGNUM *k = BN_CTX_get(c->ctx);
	BIGNUM *s = BN_CTX_get(c->ctx);
	uint8_t r[KEY_SIZE];
	int rc;

	if (s == NULL || decode(c, base, &b) != 1 || !point_open(c, &ka) || !point_open(c, &sb) ||
	    BN_lebin2bn(wide, WIDE, k) == NULL || BN_nnmod(k, k, c->order, c->ctx) != 1 ||
	    BN_lebin2bn(signature + KEY_SIZE, KEY_SIZE, s) == NULL)
		return -1;
	rc = decode(c, public, &a);
	if (rc != 1)
		return rc;
	if (!times(c, &ka, k, &a) || !times(c, &sb, s, &b) || BN_sub(ka.x, c->p, ka.x) != 1 ||
	    !add(c, &sb, &sb, &ka) || !encode(c, &sb, r))
		return -1;
	return memcmp(r, signature, KEY_SIZE) == 0;
}

/* SHA-512 of R, the key and the file's octets. */
static enum status
hash_file(const uint8_t public[KEY_SIZE], const char *path, uint64_t size,
    const uint8_t signature[SIGNATURE_SIZE], uint8_t out[WIDE], struct fault *f)
{
	uint8_t piece[PIECE];
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool ok = md != NULL && EVP_DigestInit_ex(md, EVP_sha512(), NULL) == 1 &&
	    EVP_DigestUpdate(md, signature, KEY_SIZE) == 1 && EVP_DigestUpdate(md, public, KEY_SIZE) == 1;
	enum status rc = STATUS_OK;
	int fd = -1;

	if (ok)
		rc = file_open_regular(path, &fd, NULL, f);
	for (uint64_t at = 0; ok && rc == STATUS_OK && at < size;) {
		size_t n = size - at > PIECE ? PIECE : (size_t)(size - at);

		rc = file_read_at(fd, piece, n, at, path, f);
		ok = rc != STATUS_OK || EVP_DigestUpdate(md, piece, n) == 1;
		at += n;
	}
	if (rc == STATUS_OK && (!ok || EVP_DigestFinal_ex(md, out, NULL) != 1))
		rc = fault_memory(f);
	if (fd >= 0)
		(void)close(fd);
	EVP_MD_CTX_free(md);
	return rc;
}

enum status
key_verify_file(const uint8_t public[KEY_SIZE], const char *path, uint64_t size,
    const uint8_t signature[SIGNATURE_SIZE], struct fault *f)
{
	struct curve c = { .ctx = NULL };
	uint8_t wide[WIDE];
	enum status rc = key_check(public, signature, f);
	int same = -1;

	if (rc == STATUS_OK)
		rc = hash_file(public, path, size, signature, wide, f);
	if (rc != STATUS_OK)
		return rc;
	if (curve_open(&c))
		same = compare(&c, public, wide, signature);
	curve_close(&c);
	if (same < 0)
		return fault_memory(f);
	return same == 1 ? STATUS_OK :
	    fault_set(f, STATUS_DIFFERS, path, "the signature is not of this text by this key");
}
