/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/prefix.h"

#include <stdio.h>
#include <string.h>

static unsigned
bits_of(const struct address *a)
{
	return a->family == 4 ? 32 : 128;
}

static void
clear_behind(struct prefix *p)
{
	for (unsigned i = 0; i < sizeof p->address.octets; i++) {
		unsigned kept = p->bits <= 8 * i ? 0 : p->bits - 8 * i;

		if (kept < 8)
			p->address.octets[i] = (uint8_t)(p->address.octets[i] & (0xff00U >> kept));
	}
}

bool
prefix_parse(const char *text, size_t len, struct prefix *out)
{
	char copy[PREFIX_TEXT_MAX];
	struct prefix p;
	uint64_t bits;
	char *slash;

	if (len >= sizeof copy)
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	slash = strpbrk(copy, "/;");
	if (slash != NULL)
		*slash = '\0';
	if (!text_parse_address(copy, &p.address))
		return false;
	bits = bits_of(&p.address);
	if (slash != NULL && !text_parse_u64(slash + 1, bits, &bits))
		return false;
	p.bits = (unsigned)bits;
	clear_behind(&p);
	*out = p;
	return true;
}

bool
prefix_has(const struct prefix *p, const struct address *a)
{
	unsigned whole = p->bits / 8, rest = p->bits % 8;

	if (a->family != p->address.family || memcmp(a->octets, p->address.octets, whole) != 0)
		return false;
	return rest == 0 || (a->octets[whole] ^ p->address.octets[whole]) >> (8 - rest) == 0;
}

void
prefix_text(char out[PREFIX_TEXT_MAX], const struct prefix *p)
{
	size_t n = text_address(out, &p->address);

	if (p->bits < bits_of(&p->address))
		snprintf(out + n, PREFIX_TEXT_MAX - n, "/%u", p->bits);
}
